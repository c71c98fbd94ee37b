//! Why the school refuses, and what its reader does about it.

use std::path::PathBuf;

use proto::identity::Mismatch;
use proto::identity::certificate::NotACertificate;
use proto::identity::code::NotACode;
use proto::identity::lineage::BadLineage;
use proto::link::caller::CallError;
use proto::link::courier::CourierError;
use proto::link::join::JoinError;
use proto::model::calendar::CalendarError;
use proto::model::case::NotACase;
use proto::model::day::{Day, NotADay};
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::paper::register::RegisterError;
use proto::store::{BackupError, StoreError};

use super::clock::WrongClock;
use crate::attendance::CallRefused;
use crate::files::FolderError;
use crate::persuasion::CaseRefused;
use crate::pupil::Class;
use crate::roster;
use crate::standing::StepRefused;

mod words;

/// A refusal of the school.
#[derive(Debug, thiserror::Error)]
pub enum SchoolError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder failed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The roster file is refused as a whole.
    #[error(transparent)]
    Roster(#[from] roster::Refused),
    /// The roll call is refused.
    #[error(transparent)]
    Call(#[from] CallRefused),
    /// The roll call is refused because of one child.
    #[error("{refused}")]
    CallOf {
        /// Why.
        refused: CallRefused,
        /// Class and name, for the school's own counter.
        who: Personal<String>,
    },
    /// The step is refused, by a rule.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// The step of a case is refused, by a rule.
    #[error(transparent)]
    Case(#[from] CaseRefused),
    /// A document is not written, or its delivery not entered.
    #[error(transparent)]
    Paper(#[from] RegisterError),
    /// The calendar is refused.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar of another layer or of another school.
    #[error("the calendar is of {0}, not of this school")]
    NotOurCalendar(String),
    /// The calendar's version is not above the one that is in use.
    #[error("the calendar has version {given}, version {held} is in use")]
    CalendarVersion {
        /// As given.
        given: u32,
        /// In use.
        held: u32,
    },
    /// No date.
    #[error(transparent)]
    Date(#[from] NotADay),
    /// A required part of the request is missing or no such word exists.
    #[error("{what}: {given:?} is not one of {choices}")]
    Word {
        /// Which part of the request.
        what: &'static str,
        /// As given.
        given: String,
        /// What there is.
        choices: &'static str,
    },
    /// A leave without its last day.
    #[error("a leave needs its last day")]
    NoUntil,
    /// No case number.
    #[error(transparent)]
    CaseNumber(#[from] NotACase),
    /// No class.
    #[error("{0:?} is not a class")]
    NotAClass(String),
    /// The school has no such class on that day.
    #[error("there is no class {}.{} with children on {day}", class.grade, class.number)]
    NoSuchClass {
        /// Which.
        class: Class,
        /// When.
        day: Day,
    },
    /// Nobody fits. What was asked for is not repeated: it may be a name.
    #[error("no child fits")]
    NoSuchChild,
    /// Several children fit.
    #[error("{found} children fit")]
    SeveralChildren {
        /// How many.
        found: usize,
        /// What was asked for: a name.
        asked: Personal<String>,
    },
    /// A line of a table is good, and its roll call is not taken because of another line.
    #[error("the roll call of class {}.{} on {day} is not taken because of line {line}", class.grade, class.number)]
    OtherLine {
        /// The other line.
        line: u32,
        /// Which class.
        class: Class,
        /// Which day.
        day: Day,
    },
    /// The table of absences cannot be read at all.
    #[error("the table of absences cannot be read: {0}")]
    Table(TableFault),
    /// No sheet was drawn up of this day.
    #[error("there is no sheet of {0}")]
    NoSheet(Day),
    /// No sheet was written yet.
    #[error("there is no sheet yet")]
    NoSheetYet,
    /// No roll was imported yet.
    #[error("no roll was imported yet")]
    NoRoll,
    /// The school has not joined: it knows no root to check against.
    #[error("this school knows no root: it has not joined")]
    NoRoot,
    /// The clock is wrong: no day is closed.
    #[error("the clock is wrong: {0:?}")]
    Clock(WrongClock),
    /// The store was restored and the parent not asked yet: no day is closed.
    #[error("the store was restored and the parent was not asked yet what is missing")]
    AsksFirst,
    /// The invitation's text is wrong.
    #[error(transparent)]
    Code(#[from] NotACode),
    /// The invitation is for somebody else.
    #[error("the invitation is for {invited}, this is {here}")]
    OtherUnit {
        /// For whom it is.
        invited: Party,
        /// Who this is.
        here: Party,
    },
    /// Store and certificate are another school's than the settings.
    #[error("the store and its certificate are of {held}, the settings say {here}")]
    OtherSchool {
        /// Whose store and certificate.
        held: Party,
        /// Who the settings say.
        here: Party,
    },
    /// Joining failed.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// A certificate from above makes no sense.
    #[error(transparent)]
    Certificate(#[from] NotACertificate),
    /// The authorities above make no sense.
    #[error(transparent)]
    Lineage(#[from] BadLineage),
    /// Key and certificate do not belong together.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The authority is not the one that the invitation names.
    #[error("the authority is not the one of the invitation")]
    OtherAuthority,
    /// The call to the parent failed.
    #[error(transparent)]
    Sync(#[from] CallError),
    /// A file on a stick is not written or not taken.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A file for the caller cannot be written.
    #[error("cannot write {}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A dry run: all was tried and nothing is kept.
    #[error("a dry run")]
    Rehearsed(Box<super::table::TableTaken>),
    /// No such document was refused or held.
    #[error("there is no such document")]
    NoDocument,
}

/// Why a table of absences cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// Neither UTF-8 nor GB18030, or a workbook.
    #[error("not text")]
    NotText,
    /// Columns are missing; by name.
    #[error("columns are missing: {0}")]
    Columns(String),
    /// More lines than a school can have.
    #[error("too many lines")]
    TooLong,
}

impl SchoolError {
    /// The rule that was broken, where it is one of the plans or the law.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Step(refused) => Some(refused.rule()),
            Self::Case(refused) => Some(refused.rule()),
            Self::Call(CallRefused::NotListed(_))
            | Self::CallOf { refused: CallRefused::NotListed(_), .. } => Some("T03"),
            Self::Call(_) | Self::CallOf { .. } => Some("C01"),
            _ => None,
        }
    }
}
