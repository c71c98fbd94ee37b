//! `listed`.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::school::{
    AnswerListedRequest, ListListedReply, ListListedRequest, ShowListedReply, ShowListedRequest,
};

use super::args::cases::Listed;
use super::page::pick;
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn listed(&self, command: Listed) -> Result<Page, Failure> {
        match command {
            Listed::List => {
                let request = self.ask(ListListedRequest {});
                let reply = self.call(async |mut school| school.list_listed(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(list(&reply, self.lang)) }
            }
            Listed::Show { case, purpose, by } => {
                let request = self.ask(ShowListedRequest { case, purpose, by });
                let reply = self.call(async |mut school| school.show_listed(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(one(&reply, self.lang)) }
            }
            Listed::Answer { case, result, day, note } => {
                let on = day.map(|day| day.to_string()).unwrap_or_default();
                let request = self.ask(AnswerListedRequest { case, result, on, note });
                let reply = self.call(async |mut school| school.answer_listed(request).await).await?;
                if self.json {
                    return Page::json(&reply);
                }
                let row = reply.row.unwrap_or_default();
                let (case, result) = (&row.case, &row.result_words);
                Ok(say!(self.lang, "个案 {case}：已答复“{result}”", "case {case}: answered, {result}").into())
            }
        }
    }
}

fn list(reply: &ListListedReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let rows = reply.children.iter().map(|row| {
        let late = if row.overdue { pick(lang, " 逾期", " LATE") } else { "" };
        [
            row.list.clone(),
            row.name.clone(),
            row.status_words.clone(),
            format!("{}{late}", row.answer_by),
            row.suggested_words.clone(),
            row.result_words.clone(),
            row.case.clone(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["名单", "本校学生", "状态", "答复期限", "建议答复", "已答复", "个案编号"],
        Lang::En => ["list", "pupil here", "status", "answer by", "suggested", "answered", "case"],
    };
    page.table(header, rows.collect());
    let open = reply.children.iter().filter(|row| row.result.is_empty()).count();
    page.line(say!(lang, "未答复 {open} 人", "{open} children without an answer"));
    page
}

fn one(reply: &ShowListedReply, lang: Lang) -> Page {
    let mut page = Page::default();
    if let Some(record) = &reply.record {
        super::inflow::table(&mut page, record, lang);
    }
    page.line(pick(lang, "本次查阅已记录", "this opening is in the log"));
    page
}
