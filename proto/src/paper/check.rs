//! What a document cannot go out without.

use super::{Contact, Head, Paper};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::personal::{Personal, Purpose};
use crate::say;

/// Why a document is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// A field is empty.
    #[error("the document has no {0}")]
    Empty(&'static str),
    /// It concerns nobody.
    #[error("the document names no child")]
    NoChild,
    /// The last day that it sets or the time it speaks of does not fit its date.
    #[error("the {what} {day} does not fit the document's date {issued}")]
    Dates {
        /// Which date.
        what: &'static str,
        /// That date.
        day: Day,
        /// The document's date.
        issued: Day,
    },
}

/// Whether `paper` can go out.
pub(super) fn check(paper: &Paper) -> Result<(), PaperError> {
    let head = paper.head();
    filled("发文机关", &head.issuer)?;
    match paper {
        Paper::PersuasionNotice(notice) => {
            filled("教育行政部门", &notice.department)?;
            filled("乡镇人民政府", &notice.township)?;
            named("学生姓名", &notice.child.name)?;
            named("监护人姓名", &notice.child.guardian.name)?;
            past(head, "缺课统计日期", notice.absence.until)?;
            future(head, "返校期限", notice.return_by)?;
            reachable(&notice.contact)
        }
        Paper::ReturnOrder(order) => {
            named("学生姓名", &order.child.name)?;
            named("监护人姓名", &order.child.guardian.name)?;
            past(head, "缺课统计日期", order.absence.until)?;
            order.notice.iter().try_for_each(|notice| past(head, "劝返通知书日期", notice.day))?;
            future(head, "返校期限", order.return_by)?;
            reachable(&order.contact)
        }
        Paper::SchoolReport(report) => {
            filled("主送机关", &report.to)?;
            named("签发人", &report.signed_by)?;
            named("学生姓名", &report.child.name)?;
            past(head, "缺课统计日期", report.absence.until)?;
            report.notice.iter().try_for_each(|served| past(head, "劝返通知书日期", served.notice.day))?;
            report.attempts.iter().try_for_each(|attempt| past(head, "联系日期", attempt.day))?;
            reachable(&report.contact)
        }
        Paper::Notification(notification) => {
            filled("主送机关", &notification.to)?;
            somebody(&notification.children)?;
            future(head, "反馈期限", notification.reply_by)?;
            reachable(&notification.contact)
        }
        Paper::GovernmentReport(report) => {
            filled("主送机关", &report.to)?;
            named("签发人", &report.signed_by)?;
            somebody(&report.told).map_err(|_| PaperError::Empty("通报的乡镇人民政府"))?;
            somebody(&report.children)?;
            reachable(&report.contact)
        }
        Paper::LedgerHandover(handover) => {
            filled("划出单位", &handover.from)?;
            filled("划入单位", &handover.to)?;
            if handover.children.is_empty() {
                return Err(PaperError::NoChild);
            }
            future(head, "反馈期限", handover.reply_by)?;
            reachable(&handover.contact)
        }
        Paper::AssistanceLetter(letter) => {
            filled("主送机关", &letter.to)?;
            somebody(&letter.children)?;
            future(head, "回函期限", letter.reply_by)?;
            reachable(&letter.contact)
        }
        Paper::ReplyLetter(reply) => {
            filled("主送机关", &reply.to)?;
            filled("来函文号", &reply.letter)?;
            somebody(&reply.results)?;
            reply.results.iter().try_for_each(|result| past(head, "核查日期", result.checked))?;
            reachable(&reply.contact)
        }
    }
}

fn filled(what: &'static str, text: &str) -> Result<(), PaperError> {
    if text.trim().is_empty() { Err(PaperError::Empty(what)) } else { Ok(()) }
}

fn named(what: &'static str, value: &Personal<String>) -> Result<(), PaperError> {
    filled(what, value.open(Purpose::Document))
}

fn reachable(contact: &Contact) -> Result<(), PaperError> {
    named("联系人", &contact.name)?;
    named("联系电话", &contact.phone)
}

fn somebody<T>(list: &[T]) -> Result<(), PaperError> {
    if list.is_empty() { Err(PaperError::NoChild) } else { Ok(()) }
}

fn past(head: &Head, what: &'static str, day: Day) -> Result<(), PaperError> {
    fits(head, what, day, day <= head.day)
}

fn future(head: &Head, what: &'static str, day: Day) -> Result<(), PaperError> {
    fits(head, what, day, day > head.day)
}

fn fits(head: &Head, what: &'static str, day: Day, fits: bool) -> Result<(), PaperError> {
    if fits { Ok(()) } else { Err(PaperError::Dates { what, day, issued: head.day }) }
}

impl Say for PaperError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Empty(what) => say!(
                lang,
                "公文缺少“{what}”，不能生成。请补充后重试。",
                "The document lacks “{what}” and was not written. Fill it in and try again."
            ),
            Self::NoChild => say!(
                lang,
                "公文名单中没有学生，不能生成。请先选择学生。",
                "The document's list names no child; it was not written. Choose the children first."
            ),
            Self::Dates { what, day, issued } => say!(
                lang,
                "“{what}”（{day}）与成文日期（{issued}）不符，公文没有生成。请核对日期。",
                "“{what}” ({day}) does not fit the document's date ({issued}); it was not written. Check the dates."
            ),
        }
    }
}
