//! Answers about cases as tables for people.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::bureau as wire;

use super::super::tables::{at, or_dash, table};

/// The register, and how many cases there are of each sort.
pub(super) fn cases(reply: &wire::CasesReply, lang: Lang) -> String {
    if reply.cases.is_empty() {
        return say!(lang, "没有符合条件的个案。", "There are no such cases.");
    }
    let header = match lang {
        Lang::Zh => ["个案", "学校", "阶段", "自", "应办结", "逾期自", "暂缓至", "申请销号", "书面报告"],
        Lang::En => {
            ["case", "school", "stage", "since", "due", "late since", "set aside until", "closing", "report"]
        }
    };
    let mut table = table(&header, header.len());
    for line in &reply.cases {
        let school = if line.school_name.is_empty() { &line.school } else { &line.school_name };
        table.add_row([
            line.case.as_str(),
            school,
            &format!("{} {}", line.stage, line.stage_words),
            &line.since,
            or_dash(&line.due),
            or_dash(&line.late_since),
            or_dash(&line.suspended_until),
            or_dash(&line.closing),
            if line.reported { lang.pick("有", "yes") } else { "—" },
        ]);
    }
    let sum = |of: fn(&wire::CaseCount) -> u32| reply.counts.iter().map(of).sum::<u32>();
    let (all, overdue, suspended) = (sum(|c| c.cases), sum(|c| c.overdue), sum(|c| c.suspended));
    let sums = say!(
        lang,
        "共 {all} 件，逾期 {overdue} 件，暂缓 {suspended} 件。",
        "{all} cases, {overdue} overdue, {suspended} set aside."
    );
    format!("{table}\n{sums}")
}

/// What the office owes.
pub(super) fn owed(owed: &[wire::DutyLine], lang: Lang) -> String {
    let lines = owed.iter().map(|line| {
        let (words, due) = (&line.words, &line.due);
        say!(lang, "待办：{words}，{due} 前。\n", "To do: {words}, by {due}.\n")
    });
    lines.collect()
}

/// One case and what was done.
pub(super) fn case(reply: &wire::CaseReply, lang: Lang) -> String {
    let line = reply.line.clone().unwrap_or_default();
    let (case, school, name, heard) = (line.case, line.school, line.school_name, at(line.heard));
    let (stage, words, since) = (line.stage, line.stage_words, line.since);
    let (told, revision) = (&reply.told_stage, reply.revision);
    let mut out = say!(
        lang,
        "个案 {case}\n学校 {name}（{school}），最近来函 {heard}（第 {revision} 次，{told}）\n阶段 {stage} {words}，自 {since}\n",
        "case {case}\nschool {name} ({school}), last word {heard} (number {revision}, {told})\nstage {stage}, {words}, since {since}\n"
    );
    if !line.late_since.is_empty() {
        let late = line.late_since;
        out += &say!(lang, "逾期：自 {late}\n", "overdue since {late}\n");
    }
    if !line.suspended_until.is_empty() {
        let until = line.suspended_until;
        out += &say!(lang, "暂缓至 {until}\n", "set aside until {until}\n");
    }
    if !line.closing.is_empty() {
        let closing = line.closing;
        out += &say!(lang, "学校申请销号：{closing}\n", "the school asks to close it: {closing}\n");
    }
    let counts = reply.reports.last().map(|last| last.revision);
    for report in &reply.reports {
        let (revision, number, came) = (report.revision, or_dash(&report.number), at(report.came));
        out += &say!(
            lang,
            "书面报告（第 {revision} 次）{number}，收到时间 {came}",
            "report, revision {revision}: {number}, received {came}"
        );
        if counts != Some(revision) {
            out += lang.pick("，已被更正", ", corrected since");
        }
        out.push('\n');
    }
    out += &owed(&reply.owed, lang);
    for act in &reply.acts {
        let wire::ActLine { words, day, number, until, note, by, restated, .. } = act;
        let rest = [number, until, note].into_iter().filter(|text| !text.is_empty());
        let rest: Vec<&str> = rest.map(String::as_str).collect();
        let by = match restated {
            true => lang.pick("恢复备份后据学校所报补记", "known from the school since a restore"),
            false => by.as_str(),
        };
        out += &format!("{day} {words} {} [{by}]\n", rest.join(lang.pick("，", ", ")));
    }
    out
}

/// A report that was opened.
pub(super) fn report(reply: &wire::OpenReportReply, lang: Lang) -> String {
    let (number, came) = (or_dash(&reply.number), at(reply.came));
    let revision = reply.revision;
    let mut head = say!(
        lang,
        "书面报告 {number}（第 {revision} 次），收到时间 {came}。本次查看已记入日志。\n",
        "Report {number} (revision {revision}), received {came}. This opening is logged.\n"
    );
    if reply.replaced_by > 0 {
        let later = reply.replaced_by;
        head += &say!(
            lang,
            "注意：本报告已由第 {later} 次报告更正，以更正后的为准。\n",
            "Note: revision {later} has taken the place of this report.\n"
        );
    }
    let lines = reply.lines.iter().map(|line| format!("{}\t{}\n", line.label, line.value));
    head + &lines.collect::<String>()
}

/// Letters that went by.
pub(super) fn passed(reply: &wire::PassedReply, lang: Lang) -> String {
    if reply.lines.is_empty() {
        return say!(lang, "没有函件经过本节点。", "No letters went by here.");
    }
    let header = match lang {
        Lang::Zh => ["学校", "类别", "件数", "字节", "最近"],
        Lang::En => ["school", "sort", "letters", "bytes", "last"],
    };
    let mut table = table(&header, header.len());
    for line in &reply.lines {
        let (letters, bytes) = (line.letters.to_string(), line.bytes.to_string());
        table.add_row([line.school.as_str(), sort(&line.sort, lang), &letters, &bytes, &at(line.last)]);
    }
    table.to_string()
}

/// A sort of letter for people.
fn sort(word: &str, lang: Lang) -> &str {
    match (lang, word) {
        (Lang::Zh, "progress") => "进展",
        (Lang::Zh, "report") => "书面报告",
        (Lang::Zh, "referral") => "划转申请",
        (Lang::Zh, "key") => "密钥",
        (Lang::Zh, "finding") => "核查结果",
        (Lang::Zh, "late evidence") => "补充线索",
        (_, word) => word,
    }
}

/// The in-tray.
pub(super) fn todo(reply: &wire::TodoReply, lang: Lang) -> String {
    let warnings = reply.warnings.iter().map(|warning| format!("{warning}\n"));
    if reply.items.is_empty() {
        return warnings.chain([say!(lang, "没有待办事项。", "Nothing waits.")]).collect();
    }
    let items = reply.items.iter().map(|item| format!("{} {}\n", item.case, item.words));
    warnings.chain(items).collect()
}

/// Who is on duty.
pub(super) fn duties(reply: &wire::DutiesReply, lang: Lang) -> String {
    let lines = reply.offices.iter().map(|line| {
        let (office, words, since) = (&line.office, &line.words, at(line.since));
        match line.account.as_str() {
            "" => say!(
                lang,
                "{words}（{office}）：无人值守，待办事项直接上报上级。\n",
                "{words} ({office}): nobody; what is open goes straight to the hub above.\n"
            ),
            account => say!(
                lang,
                "{words}（{office}）：{account}，自 {since}\n",
                "{words} ({office}): {account} since {since}\n"
            ),
        }
    });
    lines.collect()
}

/// Records of the log.
pub(super) fn audit(reply: &wire::AuditReply, lang: Lang) -> String {
    if reply.records.is_empty() {
        return say!(lang, "日志是空的。", "The log is empty.");
    }
    let header = match lang {
        Lang::Zh => ["编号", "时间", "账号", "身份", "事项", "目的", "结果"],
        Lang::En => ["number", "at", "account", "role", "action", "purpose", "result"],
    };
    let mut table = table(&header, header.len());
    for line in &reply.records {
        table.add_row([
            line.n.to_string().as_str(),
            &at(line.when),
            &line.who,
            role(&line.role, lang),
            &line.action_words,
            or_dash(&line.purpose),
            if line.done { lang.pick("完成", "done") } else { lang.pick("未成功", "refused") },
        ]);
    }
    table.to_string()
}

fn role(word: &str, lang: Lang) -> &str {
    match (lang, word) {
        (Lang::Zh, "on duty") => "值守",
        (Lang::Zh, "other") => "其他",
        (_, word) => word,
    }
}

/// The own log and those of units.
pub(super) fn verified(reply: &wire::VerifyAuditReply) -> String {
    let units = reply.units.iter().map(|unit| format!("{}\n", unit.words));
    format!("{}\n{}\n{}", reply.words, reply.head, units.collect::<String>())
}
