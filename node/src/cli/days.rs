//! `attendance` and `fact`.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::school::{
    Absence, CallRollReply, CallRollRequest, Consequence, FactLine, ImportAbsencesReply,
    ImportAbsencesRequest, ListFactsRequest, RecordFactReply, RecordFactRequest, ShowRollReply,
    ShowRollRequest, WithdrawFactRequest,
};

use super::args::{AbsenceImport, Attendance, Fact, FactAction, FactEntry, Mark};
use super::page::{moment, pick};
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn attendance(&self, command: Attendance) -> Result<Page, Failure> {
        match command {
            Attendance::Mark(mark) => self.mark(mark).await,
            Attendance::Import(import) => self.import_absences(import).await,
            Attendance::Show { class, day } => {
                let day = day.map(|day| day.to_string()).unwrap_or_default();
                let request = self.ask(ShowRollRequest { class: class.unwrap_or_default(), day });
                let reply = self.call(async |mut school| school.show_roll(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(rolls(&reply, self.lang)) }
            }
        }
    }

    async fn mark(&self, mark: Mark) -> Result<Page, Failure> {
        let groups = [
            ("absent", mark.absent),
            ("sick", mark.sick),
            ("leave", mark.leave),
            ("other", mark.other),
            ("present", mark.present),
        ];
        let absences = groups.into_iter().flat_map(|(word, children)| {
            children.into_iter().map(move |child| Absence { child, mark: word.to_owned() })
        });
        let request = self.ask(CallRollRequest {
            class: mark.class,
            day: mark.day.map(|day| day.to_string()).unwrap_or_default(),
            absences: absences.collect(),
            correction: mark.reason.unwrap_or_default(),
            by: mark.by,
        });
        let reply = self.call(async |mut school| school.call_roll(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let mut page = Page::default();
        called(&mut page, &reply, self.lang);
        Ok(page)
    }

    async fn import_absences(&self, import: AbsenceImport) -> Result<Page, Failure> {
        let request = self.ask(ImportAbsencesRequest {
            file: self.file(&import.file)?,
            file_name: import.file.display().to_string(),
            dry_run: import.dry_run,
            correction: import.reason.unwrap_or_default(),
            by: import.by,
        });
        let reply = self.call(async |mut school| school.import_absences(request).await).await?;
        let code = if reply.problems.is_empty() { 0 } else { 2 };
        let page = if self.json { Page::json(&reply)? } else { table(&reply, self.lang) };
        Ok(page.with_code(code))
    }

    pub(super) async fn fact(&self, fact: Fact) -> Result<Page, Failure> {
        match (fact.action, fact.entry) {
            (Some(FactAction::List { child }), _) => {
                let request = self.ask(ListFactsRequest { child });
                let reply = self.call(async |mut school| school.list_facts(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(facts(&reply.facts, self.lang)) }
            }
            (Some(FactAction::Withdraw { fact, reason, by }), _) => {
                let request = self.ask(WithdrawFactRequest { fact, reason, by });
                let reply = self.call(async |mut school| school.withdraw_fact(request).await).await?;
                self.fact_done(&reply)
            }
            (None, Some(entry)) => self.record_fact(entry).await,
            (None, None) => Ok(Page::default()),
        }
    }

    async fn record_fact(&self, fact: FactEntry) -> Result<Page, Failure> {
        let request = self.ask(RecordFactRequest {
            child: fact.child,
            fact: fact.fact,
            day: fact.day.map(|day| day.to_string()).unwrap_or_default(),
            until: fact.until.map(|day| day.to_string()).unwrap_or_default(),
            to: fact.to,
            evidence: fact.evidence,
            by: fact.by,
        });
        let reply = self.call(async |mut school| school.record_fact(request).await).await?;
        self.fact_done(&reply)
    }

    fn fact_done(&self, reply: &RecordFactReply) -> Result<Page, Failure> {
        if self.json {
            return Page::json(reply);
        }
        let mut page = Page::default();
        if let Some(child) = &reply.child {
            let (name, class, status, since) = (&child.name, &child.class, &child.status_words, &child.since);
            page.line(say!(
                self.lang,
                "{name}（{class}）：{status}，自 {since} 起",
                "{name} ({class}): {status} since {since}"
            ));
        }
        if !reply.fact.is_empty() {
            page.line(say!(self.lang, "登记编号 {}", "number {}", reply.fact));
        }
        consequences(&mut page, &reply.consequences);
        Ok(page)
    }
}

/// Recorded facts as a table.
fn facts(facts: &[FactLine], lang: Lang) -> Page {
    let mut page = Page::default();
    if facts.is_empty() {
        page.line(say!(lang, "没有登记。", "Nothing was recorded."));
        return page;
    }
    let rows = facts.iter().map(|fact| {
        let gone = match fact.withdrawn {
            0 => String::new(),
            at => say!(lang, "{} 撤回：{}", "withdrawn {}: {}", moment(at), fact.reason),
        };
        let FactLine { fact: id, name, words, day, evidence, .. } = fact.clone();
        [id, name, words, day, evidence, moment(fact.recorded), gone]
    });
    let header = match lang {
        Lang::Zh => ["编号", "姓名", "登记", "自", "材料", "登记时间", "撤回"],
        Lang::En => ["number", "name", "fact", "from", "evidence", "recorded", "withdrawn"],
    };
    page.table(header, rows.collect());
    page
}

fn called(page: &mut Page, reply: &CallRollReply, lang: Lang) {
    let CallRollReply { class, day, revision, unchanged, .. } = reply;
    page.line(match (unchanged, revision) {
        (true, _) => say!(lang, "{class} 班 {day}：没有变化", "class {class} on {day}: nothing changed"),
        (false, 1) => say!(lang, "{class} 班 {day}：已点名", "class {class} on {day}: the roll is called"),
        (false, _) => say!(
            lang,
            "{class} 班 {day}：已更正（第 {revision} 版）",
            "class {class} on {day}: corrected, revision {revision}"
        ),
    });
    if reply.kept > 0 {
        let kept = reply.kept;
        page.line(say!(
            lang,
            "  此前登记缺勤、本次未写明的 {kept} 人不变；如当天到校，请用 --present（缺勤表中写“到校”）写明",
            "  {kept} recorded absences that were not named stay; who was there is named with --present (present in a table)"
        ));
    }
    consequences(page, &reply.consequences);
}

pub(super) fn consequences(page: &mut Page, list: &[Consequence]) {
    for consequence in list {
        page.line(format!("  {}  {}", consequence.name, consequence.words));
    }
}

fn table(reply: &ImportAbsencesReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let changed = reply.calls.iter().filter(|call| !call.unchanged);
    let (rows, calls, bad) = (reply.rows, changed.clone().count(), reply.problems.len());
    page.line(say!(
        lang,
        "{rows} 行：点名 {calls} 次，退回 {bad} 行",
        "{rows} lines: {calls} roll calls, {bad} lines refused"
    ));
    for call in changed {
        called(&mut page, call, lang);
    }
    for problem in &reply.problems {
        let (line, words) = (problem.line, &problem.words);
        page.line(say!(lang, "  第 {line} 行：{words}", "  line {line}: {words}"));
    }
    page.line(match (reply.written, calls) {
        (false, _) => say!(lang, "试运行：没有改动任何数据", "dry run: nothing was changed"),
        (true, 0) => say!(lang, "没有变化", "nothing changed"),
        (true, _) => say!(lang, "已导入", "imported"),
    });
    page
}

fn rolls(reply: &ShowRollReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let day = &reply.day;
    page.line(say!(lang, "{day} 点名", "roll calls of {day}"));
    let rows = reply.classes.iter().map(|row| {
        let state = match (row.called, row.due) {
            (true, _) => pick(lang, "已点名", "called"),
            (false, true) => pick(lang, "未点名", "not called"),
            (false, false) => pick(lang, "不上课", "no school"),
        };
        let marks: Vec<String> =
            row.marks.iter().map(|mark| format!("{} {}", mark.name, mark.words)).collect();
        [
            row.class.clone(),
            row.children.to_string(),
            state.to_owned(),
            marks.join(pick(lang, "；", "; ")),
            row.correction.clone(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["班级", "人数", "点名", "未到及说明", "更正原因"],
        Lang::En => ["class", "children", "roll", "marks", "correction"],
    };
    page.table(header, rows.collect());
    page
}
