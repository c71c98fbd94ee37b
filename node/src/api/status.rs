//! Refusals on the wire, in one place. The code is the retry advice: what to change is in the words.

use proto::link::caller::CallError;
use proto::link::conversation::TalkError;
use proto::link::courier::CourierError;
use proto::link::join::JoinError;
use proto::model::lang::{Lang, Say};
use proto::store::{BackupError, StoreError};
use tonic::{Code, Request, Status};

use crate::desk::SchoolError;
use crate::desk::withdraw::FactRefused;
use crate::persuasion::CaseRefused;
use proto::paper::register::RegisterError;
use proto::paper::serial::SerialError;

/// The header in which a caller says its reader's language.
pub const LANG_HEADER: &str = "guixue-lang";

/// The header that names the rule that was broken.
const RULE_HEADER: &str = "guixue-rule";

/// The caller's language; Chinese when it says none.
pub(super) fn lang<T>(request: &Request<T>) -> Lang {
    let said = request.metadata().get(LANG_HEADER).and_then(|value| value.to_str().ok());
    said.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// A refusal and its reader's language.
struct Worded(SchoolError, Lang);

impl From<Worded> for Status {
    fn from(Worded(error, lang): Worded) -> Self {
        let mut status = Self::new(code(&error), error.say(lang));
        if let Some(rule) = error.rule() {
            status.metadata_mut().insert(RULE_HEADER, rule.parse().expect("rule ids are plain ASCII"));
        }
        status
    }
}

/// The refusal for the caller.
pub(super) fn refuse(error: SchoolError, lang: Lang) -> Status {
    if matches!(code(&error), Code::Internal | Code::DataLoss) {
        tracing::error!("an action failed: {error}");
    }
    Worded(error, lang).into()
}

fn code(error: &SchoolError) -> Code {
    match error {
        SchoolError::Case(refused) => case_code(refused),
        SchoolError::Paper(refused) => paper_code(refused),
        SchoolError::Store(error) => store_code(error),
        SchoolError::Backup(BackupError::Store(error)) => store_code(error),
        // free the place, or mend the disk, then the same again
        SchoolError::Folder(_) | SchoolError::File { .. } | SchoolError::Backup(_) => {
            Code::FailedPrecondition
        }
        SchoolError::Courier(CourierError::Talk(TalkError::Store(error))) => store_code(error),
        // another file, or something else first
        SchoolError::Courier(
            CourierError::NoKey(_)
            | CourierError::NotJoined
            | CourierError::File { .. }
            | CourierError::Newer { .. },
        ) => Code::FailedPrecondition,
        SchoolError::Courier(_) => Code::InvalidArgument,
        // another request
        SchoolError::Roster(_)
        | SchoolError::Calendar(_)
        | SchoolError::NotOurCalendar(_)
        | SchoolError::Date(_)
        | SchoolError::Word { .. }
        | SchoolError::NotAClass(_)
        | SchoolError::CaseNumber(_)
        | SchoolError::FactNumber(_)
        | SchoolError::Fact(FactRefused::NoReason)
        | SchoolError::SeveralChildren { .. }
        | SchoolError::NoUntil
        | SchoolError::Unsaid(_)
        | SchoolError::Table(_)
        | SchoolError::Code(_)
        | SchoolError::Rehearsed(_) => Code::InvalidArgument,
        SchoolError::NoSuchClass { .. }
        | SchoolError::NoSuchChild
        | SchoolError::NoSheet(_)
        | SchoolError::NoSheetYet
        | SchoolError::Fact(FactRefused::Unknown(_))
        | SchoolError::NoDocument => Code::NotFound,
        // something else comes first
        SchoolError::Call(_)
        | SchoolError::CallOf { .. }
        | SchoolError::OtherLine { .. }
        | SchoolError::Step(_)
        | SchoolError::Fact(_)
        | SchoolError::CalendarVersion { .. }
        | SchoolError::NoRoll
        | SchoolError::NoRoot
        | SchoolError::Clock(_)
        | SchoolError::AsksFirst
        | SchoolError::OtherUnit { .. }
        | SchoolError::OtherSchool { .. }
        | SchoolError::OtherAuthority
        | SchoolError::Certificate(_)
        | SchoolError::Lineage(_)
        | SchoolError::Mismatch(_)
        | SchoolError::Join(JoinError::Refused(_) | JoinError::NotTheHub(_) | JoinError::Answer(_))
        | SchoolError::Sync(CallError::NotJoined | CallError::Refused { .. } | CallError::NoTrust { .. }) => {
            Code::FailedPrecondition
        }
        // the same again, later
        SchoolError::Join(JoinError::NoAnswer { .. }) | SchoolError::Sync(_) => Code::Unavailable,
    }
}

const fn case_code(refused: &CaseRefused) -> Code {
    match refused {
        CaseRefused::NoSuchCase | CaseRefused::NoProof(_) | CaseRefused::NoInflow => Code::NotFound,
        CaseRefused::Future(_)
        | CaseRefused::TooEarly { .. }
        | CaseRefused::Missing(_)
        | CaseRefused::NamesSomebody
        | CaseRefused::SuspensionLength { .. }
        | CaseRefused::NoPlace(_) => Code::InvalidArgument,
        _ => Code::FailedPrecondition,
    }
}

const fn paper_code(refused: &RegisterError) -> Code {
    match refused {
        RegisterError::Number(_) => Code::InvalidArgument,
        RegisterError::NoSuch(_) => Code::NotFound,
        RegisterError::Store(error) | RegisterError::Serial(SerialError::Store(error)) => store_code(error),
        _ => Code::FailedPrecondition,
    }
}

const fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::Full(_) => Code::ResourceExhausted,
        StoreError::Damaged { .. } | StoreError::Record(_) => Code::DataLoss,
        StoreError::Stopped => Code::Unavailable,
        StoreError::Engine(_) | StoreError::Key(_) => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standing::StepRefused;

    #[test]
    fn a_refusal_says_its_rule_and_speaks_both_languages() {
        let refusal = || SchoolError::Step(StepRefused::DropByHand);
        let (zh, en) = (refuse(refusal(), Lang::Zh), refuse(refusal(), Lang::En));
        assert_eq!(en.code(), Code::FailedPrecondition);
        assert_eq!(en.metadata().get(RULE_HEADER).unwrap(), "T04");
        assert_ne!(zh.message(), en.message());
    }
}
