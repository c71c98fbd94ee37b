//! What has to be said in a request: one table for the counters of both programs. A request gets in through
//! [`heard`] or [`Asked::checked`] alone, so that what comes behind never meets an empty account, reason or purpose.

use tonic::{Request, Status};

use crate::link::join::LANG_HEADER;
use crate::model::lang::{Lang, Say};
use crate::say;
use crate::wire::{bureau, school};

/// A text that has to say something and says nothing. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is empty")]
pub struct Unsaid(pub &'static str);

impl Say for Unsaid {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self.0 {
            "by" => ("经办账号", "the account that acts"),
            "reason" => ("原因", "the reason"),
            "purpose" => ("事由", "the purpose"),
            "note" => ("说明", "the remark"),
            "to" => ("受送达人或主送单位", "to whom it goes"),
            "text" => ("内容", "the text"),
            "kind" => ("谁不愿返回", "who does not come back"),
            other => (other, other),
        };
        let option = self.0;
        say!(
            lang,
            "{zh}（--{option}）不能为空。什么也没有办理；请填写后重试。",
            "{en} (--{option}) must not be empty. Nothing was done; say it and try again."
        )
    }
}

/// A request some of whose texts have to say something.
pub trait Asked: Sized {
    /// These texts, with their names.
    fn must_say(&self) -> Vec<(&'static str, &str)>;

    /// The request, when they do.
    ///
    /// # Errors
    /// The first that does not.
    fn checked(self) -> Result<Self, Unsaid> {
        let empty = self.must_say().into_iter().find(|(_, text)| text.trim().is_empty());
        match empty.map(|(name, _)| name) {
            Some(name) => Err(Unsaid(name)),
            None => Ok(self),
        }
    }
}

/// Takes a request in: its reader's language, and what is asked.
///
/// # Errors
/// When a text that has to say something is empty, in the reader's language.
pub fn heard<T: Asked>(request: Request<T>) -> Result<(Lang, T), Status> {
    let shown = request.metadata().get(LANG_HEADER).and_then(|lang| lang.to_str().ok()?.parse().ok());
    let lang = shown.unwrap_or_default();
    match request.into_inner().checked() {
        Ok(asked) => Ok((lang, asked)),
        Err(unsaid) => Err(Status::invalid_argument(unsaid.say(lang))),
    }
}

macro_rules! asked {
    ($($request:path { $($field:ident),+ })+) => {
        $(impl Asked for $request {
            fn must_say(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($field), self.$field.as_str())),+]
            }
        })+

        #[cfg(test)]
        mod tests {
            use super::*;

            /// Every request of the table with all its texts said, and with each of them left out.
            #[test]
            fn no_text_of_the_table_may_be_empty() {
                $({
                    let mut said = <$request>::default();
                    assert!(said.clone().checked().is_err(), stringify!($request));
                    $(said.$field = "核查".to_owned();)+
                    assert!(said.clone().checked().is_ok(), stringify!($request));
                    $({
                        let unsaid = { let mut it = said.clone(); it.$field = " \u{3000}".to_owned(); it };
                        assert_eq!(unsaid.checked().err(), Some(Unsaid(stringify!($field))));
                    })+
                })+
            }
        }
    };
}

asked! {
    bureau::HandOnRequest { by }
    bureau::SendBackRequest { reason, by }
    bureau::UnwillingRequest { kind, by }
    bureau::AskRequest { purpose, by }
    bureau::OpenRecordRequest { purpose, by }
    bureau::IssueHandoverRequest { purpose, by }
    bureau::RejectRequest { by }
    bureau::AssignRequest { by }
    bureau::ConcludeRequest { by }
    bureau::SettleRequest { note, by }
    bureau::LegRequest { by }
    bureau::DraftLetterRequest { by }
    bureau::SendLetterRequest { by }
    bureau::AnswerLetterRequest { by }
    bureau::ImportListRequest { by }
    bureau::AssignRowRequest { by }
    bureau::AnswerRowRequest { by }
    bureau::ExportListRequest { purpose, by }
    bureau::ReplyToListRequest { to, purpose, by }
    bureau::OpenIncomingRequest { purpose, by }
    bureau::PassIncomingRequest { by }
    bureau::AssignIncomingRequest { by }
    bureau::AnswerIncomingRequest { by }
    bureau::DirectRequest { by }
    bureau::OpenReportRequest { purpose, by }
    bureau::SetDutyRequest { by }
    bureau::ExportAuditRequest { by }
    bureau::AcceptAuditRequest { by }
    bureau::PrintPaperRequest { purpose, by }
    bureau::DeliverPaperRequest { to }
    school::WithdrawCaseRequest { reason }
    school::AddLateEvidenceRequest { text }
    school::ShowInflowRequest { purpose }
    school::ShowListedRequest { purpose }
}
