//! Asking about a child where no hub of this tree can be asked: letters to another province (E04), and lists
//! that come from above or from outside (A09).

use serde::{Deserialize, Serialize};

use super::{CaseId, Leg, Outcome, Preview, TransferState};
use crate::model::day::{Day, Moment};
use crate::model::party::SchoolCode;
use crate::model::region::Region;
use crate::seal::Sealed;

/// County to its city, or to the province where there is no city: put this case into a letter (S3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outward {
    /// Which.
    pub leg: Leg,
    /// The finest place known, in another province.
    pub to: Region,
    /// What everybody on the way may know.
    pub preview: Preview,
    /// A [`super::ChildRecord`], sealed for the writer of the letter, whose list names the child.
    pub record: Sealed,
    /// The child came back, or the request was a mistake: only what was not sent yet is held back.
    pub withdrawn: bool,
}

/// The writer of the letter to the county: how the inquiry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Which.
    pub leg: Leg,
    /// Collected, dispatched, answered, or returned.
    pub state: TransferState,
    /// The letter's number; empty before it has one.
    pub number: String,
    /// An answer is asked for until this day.
    pub reply_by: Option<Day>,
    /// What the other place found.
    pub outcome: Option<Outcome>,
    /// Where the child went on to.
    pub place: Option<Region>,
    /// When.
    pub at: Moment,
    /// A remark; no personal data.
    pub note: String,
}

/// County to school: a list names a child of yours. Open a case, verify, answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The case, numbered by the county.
    pub case: CaseId,
    /// Number or title of the list.
    pub list: String,
    /// When the county handed it on.
    pub day: Day,
    /// Answer by this day.
    pub answer_by: Option<Day>,
    /// A [`super::ChildRecord`] with what the list says, sealed for who it is sent to.
    pub record: Sealed,
    /// For an office below: the school's code, when the list has it.
    pub code: Option<SchoolCode>,
    /// For an office below: the grade, 1 to 9.
    pub grade: Option<u8>,
}

/// School to county: what became of a child of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Which.
    pub case: CaseId,
    /// What was found.
    pub result: ListResult,
    /// On which day.
    pub day: Day,
    /// A remark; no personal data.
    pub note: String,
}

/// What checking a child of a list gave. No official code list was found: these are this system's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListResult {
    /// In class at the school that was asked.
    InSchool,
    /// In class at another school.
    Elsewhere,
    /// Dropped out: a case is open and people persuade.
    Persuading,
    /// Had dropped out and is back in class.
    Returned,
    /// Taught at home or over video, or in a vocational school.
    Placed,
    /// Certified unable to study.
    Exempt,
    /// Moved to another place of the country.
    Moved,
    /// Left the country.
    Abroad,
    /// Finished nine years.
    Completed,
    /// Died.
    Deceased,
    /// Nobody of that name and number is known there.
    Unknown,
}
