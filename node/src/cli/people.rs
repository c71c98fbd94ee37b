//! `status`, `classes`, `children`, `explain`, `doctor`, `backup`.

use std::path::PathBuf;

use proto::model::lang::Lang;
use proto::model::rulebook::say_label;
use proto::say;
use proto::wire::school::{
    BackupRequest, DoctorRequest, ExplainChildRequest, ListChildrenRequest, ListClassesRequest, StatusReply,
    StatusRequest,
};

use super::args::Filter;
use super::page::{moment, pick};
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn status(&self) -> Result<Page, Failure> {
        let request = self.ask(StatusRequest {});
        let reply = self.call(async |mut school| school.status(request).await).await?;
        if self.json { Page::json(&reply) } else { Ok(overview(&reply, self.lang)) }
    }

    pub(super) async fn classes(&self) -> Result<Page, Failure> {
        let request = self.ask(ListClassesRequest {});
        let reply = self.call(async |mut school| school.list_classes(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let rows = reply.classes.iter().map(|row| {
            let last = if row.last_called.is_empty() { "-" } else { &row.last_called };
            [row.class.clone(), row.children.to_string(), last.to_owned()]
        });
        let header = match self.lang {
            Lang::Zh => ["班级", "人数", "最近点名"],
            Lang::En => ["class", "children", "last roll call"],
        };
        let mut page = Page::default();
        page.table(header, rows.collect());
        Ok(page)
    }

    pub(super) async fn children(&self, filter: Filter) -> Result<Page, Failure> {
        let (class, status) = (filter.class.unwrap_or_default(), filter.status.unwrap_or_default());
        let request = self.ask(ListChildrenRequest { class, status });
        let reply = self.call(async |mut school| school.list_children(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let rows = reply.children.iter().map(|child| {
            let absent = if child.absent_days == 0 { String::new() } else { child.absent_days.to_string() };
            [
                child.class.clone(),
                child.name.clone(),
                child.status_words.clone(),
                child.since.clone(),
                absent,
                child.masked_id.clone(),
                child.id.clone(),
            ]
        });
        let header = match self.lang {
            Lang::Zh => ["班级", "姓名", "状态", "自", "缺课天数", "证件号", "编号"],
            Lang::En => ["class", "name", "status", "since", "days absent", "number", "id"],
        };
        let mut page = Page::default();
        page.table(header, rows.collect());
        let children = reply.children.len();
        page.line(say!(self.lang, "共 {children} 人", "{children} children"));
        Ok(page)
    }

    pub(super) async fn explain(&self, child: String) -> Result<Page, Failure> {
        let request = self.ask(ExplainChildRequest { child });
        let reply = self.call(async |mut school| school.explain_child(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let mut page = Page::default();
        if let Some(child) = &reply.child {
            page.line(format!("{}  {}  {}", child.name, child.class, child.masked_id));
        }
        page.line(&reply.words);
        for fact in reply.facts.iter().filter(|fact| fact.withdrawn != 0) {
            let (words, day, reason, id) = (&fact.words, &fact.day, &fact.reason, &fact.fact);
            let at = moment(fact.withdrawn);
            page.line(say!(
                self.lang,
                "{at}  撤回登记 {id}：{words}（自 {day}），原因：{reason}",
                "{at}  withdrew {id}: {words} (from {day}), because: {reason}"
            ));
        }
        for reversal in &reply.reversals {
            page.line(format!("{}  {}", moment(reversal.at), reversal.words));
        }
        Ok(page)
    }

    pub(super) async fn doctor(&self) -> Result<Page, Failure> {
        let request = self.ask(DoctorRequest {});
        let reply = self.call(async |mut school| school.doctor(request).await).await?;
        let code = u8::from(reply.checks.iter().any(|check| !check.good));
        if self.json {
            return Ok(Page::json(&reply)?.with_code(code));
        }
        let mut page = Page::default();
        for check in &reply.checks {
            let mark = match (check.good, check.warning) {
                (true, false) => pick(self.lang, "正常", "good"),
                (true, true) => pick(self.lang, "注意", "warning"),
                (false, _) => pick(self.lang, "异常", "FAULT"),
            };
            page.line(format!("[{mark}] {}", check.words));
        }
        Ok(page.with_code(code))
    }

    pub(super) async fn backup(&self, to: Option<PathBuf>) -> Result<Page, Failure> {
        let to = to.map(std::path::absolute).transpose().map_err(|error| Failure(error.to_string()))?;
        let to = to.map(|path| path.display().to_string()).unwrap_or_default();
        let request = self.ask(BackupRequest { to });
        let reply = self.call(async |mut school| school.backup(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        Ok(say!(
            self.lang,
            "已备份 {} 条记录到 {}，并已读回核对。请拷贝到别处；恢复时还需要 store.key。",
            "{} records are in {}, read back and checked. Copy it elsewhere; to restore it, store.key is needed too.",
            reply.records,
            reply.path
        )
        .into())
    }
}

fn overview(reply: &StatusReply, lang: Lang) -> Page {
    let mut page = Page::default();
    page.line(format!("{}  {}  {}", reply.name, reply.party, reply.today));
    for notice in &reply.notices {
        let mark = if notice.urgent {
            pick(lang, "【紧急】", "[URGENT] ")
        } else {
            pick(lang, "【提醒】", "[note] ")
        };
        page.line(format!("{mark}{}", notice.words));
    }
    let (children, classes) = (reply.children, reply.classes);
    page.line(say!(
        lang,
        "在籍 {children} 人，{classes} 个班",
        "{children} children on the roll, {classes} classes"
    ));
    let rows = reply.statuses.iter().map(|row| [row.words.clone(), row.children.to_string()]);
    page.table([pick(lang, "状态", "status"), pick(lang, "人数", "children")], rows.collect());
    let closed = if reply.last_closed.is_empty() { "-" } else { &reply.last_closed };
    page.line(say!(lang, "已结账至：{closed}", "closed up to: {closed}"));
    let (rules, calendar) = (say_label(&reply.rules, lang), say_label(&reply.calendar, lang));
    page.line(say!(lang, "规则：{rules}；校历：{calendar}", "rules: {rules}; calendar: {calendar}"));
    if let Some(sync) = &reply.sync {
        super::up::waiting(&mut page, sync, lang);
    }
    page
}
