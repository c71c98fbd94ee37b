//! `inflow` and `audit`.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::school::{
    FoundInflowRequest, InflowRecord, InflowRow, ListInflowReply, ListInflowRequest, ListOpeningsReply,
    ListOpeningsRequest, ShowInflowReply, ShowInflowRequest,
};

use super::args::cases::{Found, Inflow};
use super::page::{moment, pick};
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn inflow(&self, command: Inflow) -> Result<Page, Failure> {
        match command {
            Inflow::List => {
                let request = self.ask(ListInflowRequest {});
                let reply = self.call(async |mut school| school.list_inflow(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(list(&reply, self.lang)) }
            }
            Inflow::Show { case, purpose, by } => {
                let request = self.ask(ShowInflowRequest { case, purpose, by });
                let reply = self.call(async |mut school| school.show_inflow(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(one(&reply, self.lang)) }
            }
            Inflow::Found(found) => self.found(found).await,
        }
    }

    async fn found(&self, found: Found) -> Result<Page, Failure> {
        let Found { case, outcome, class, place, day, note, by } = found;
        let request = self.ask(FoundInflowRequest {
            case,
            outcome,
            on: day.map(|day| day.to_string()).unwrap_or_default(),
            class: class.unwrap_or_default(),
            place: place.unwrap_or_default(),
            note,
            by,
        });
        let reply = self.call(async |mut school| school.found_inflow(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let row = reply.row.unwrap_or_default();
        let (case, outcome) = (&row.case, &row.outcome_words);
        Ok(say!(self.lang, "个案 {case}：已答复“{outcome}”", "case {case}: answered, {outcome}").into())
    }

    pub(super) async fn audit(&self) -> Result<Page, Failure> {
        let request = self.ask(ListOpeningsRequest {});
        let reply = self.call(async |mut school| school.list_openings(request).await).await?;
        let code = u8::from(reply.broken > 0);
        let page = if self.json { Page::json(&reply)? } else { openings(&reply, self.lang) };
        Ok(page.with_code(code))
    }
}

fn list(reply: &ListInflowReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let rows = reply.children.iter().map(|row| {
        let due = if row.overdue {
            format!("{} {}", row.due, pick(lang, "逾期", "LATE"))
        } else {
            row.due.clone()
        };
        [
            row.case.clone(),
            format!("{}-{}", row.age_from, row.age_from + 1),
            row.grade.to_string(),
            row.last.clone(),
            row.evidence_words.clone(),
            due,
            row.outcome_words.clone(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["个案编号", "年龄", "年级", "原学校所在地", "依据", "期限", "答复"],
        Lang::En => ["case", "age", "grade", "last school in", "evidence", "due", "answer"],
    };
    page.table(header, rows.collect());
    let pending = reply.children.iter().filter(|row| row.outcome.is_empty()).count();
    page.line(say!(lang, "待核实 {pending} 人", "{pending} children to be found"));
    page
}

fn one(reply: &ShowInflowReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let row = reply.row.clone().unwrap_or_default();
    let InflowRow { case, due, .. } = &row;
    page.line(say!(lang, "个案 {case}，{due} 前答复", "case {case}, answer by {due}"));
    if let Some(record) = &reply.record {
        table(&mut page, record, lang);
    }
    for late in &reply.late {
        page.line(say!(lang, "原学校补充：{late}", "added by the old school: {late}"));
    }
    page.line(pick(lang, "本次查阅已记录", "this opening is in the log"));
    page
}

/// What a sealed record says.
pub(super) fn table(page: &mut Page, record: &InflowRecord, lang: Lang) {
    let rows = [
        (pick(lang, "姓名", "name"), &record.name),
        (pick(lang, "性别", "sex"), &record.sex),
        (pick(lang, "出生日期", "birth"), &record.birth),
        (pick(lang, "身份证件号", "ID number"), &record.id_number),
        (pick(lang, "学籍号", "roll number"), &record.roll_number),
        (pick(lang, "监护人", "guardian"), &record.guardian),
        (pick(lang, "联系电话", "telephone"), &record.phone),
        (pick(lang, "最后住址", "last address"), &record.address),
        (pick(lang, "原学校", "last school"), &record.school),
        (pick(lang, "去向依据", "evidence"), &record.evidence),
        (pick(lang, "劝返经过", "what was done"), &record.summary),
        (pick(lang, "返回意愿", "will to come back"), &record.unwilling),
        (pick(lang, "特殊需要", "needs"), &record.needs),
    ];
    let rows = rows.into_iter().filter(|(_, text)| !text.is_empty());
    page.table(
        [pick(lang, "项目", "item"), pick(lang, "内容", "content")],
        rows.map(|(name, text)| [name.to_owned(), text.clone()]).collect(),
    );
}

fn openings(reply: &ListOpeningsReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let rows = reply.openings.iter().map(|row| {
        let good = if row.good {
            pick(lang, "已打开", "opened")
        } else {
            pick(lang, "未能打开", "did not open")
        };
        [
            row.n.to_string(),
            moment(row.at),
            row.by.clone(),
            row.purpose.clone(),
            row.case.clone(),
            good.to_owned(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["序号", "时间", "经办", "目的", "个案编号", "结果"],
        Lang::En => ["n", "when", "by", "purpose", "case", "result"],
    };
    page.table(header, rows.collect());
    let (broken, head) = (reply.broken, &reply.head);
    page.line(match broken {
        0 => say!(lang, "记录完整，校验值 {head}", "the log is whole, its head is {head}"),
        _ => say!(
            lang,
            "第 {broken} 条与前一条不衔接，记录被改动过",
            "line {broken} does not follow from the one before: the log was changed"
        ),
    });
    page
}
