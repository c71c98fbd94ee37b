//! Where a child stands: a pure function of facts, calendar, rulebook and day.
//!
//! Nothing here is written by hand or by a timer: a mark, a dropout, a return take effect on the day on
//! which the facts make them so, whenever the computer was on. A late fact changes the whole answer, and
//! [`compare`] shows what it undid.
//!
//! ```text
//!              T01 alert, 5th day
//!                   +--+
//!                   |  v     6th day            a month more
//!   T20, T18 -> ENROLLED -----T02----> SUSPECTED -----T04----> DROPPED_OUT
//!                |  ^  ^ ^<-----T03-------+  |                  | |  |
//!                |  |  |  present            |                  | |  +-T06-> IN_VOCATIONAL
//!                |  |  +----------T05 present-------------------+ +-T08-> REMOTE_TAUGHT
//!                |  |                        |                  |
//!                |  +-T12--- SUSPENDED --T02-+ (leave over)     +-T07-+
//!                +----T11---^                                         v
//!                +----T09----------------------------------------> HOME_TAUGHT
//!                +----T14-> TRANSFER_PENDING -T14-> TRANSFERRED_OUT, ABROAD -T18-> ENROLLED, on the roll again
//!                    <-T15-+    ^--- T16, from SUSPECTED and DROPPED_OUT: in class elsewhere
//!   any on the roll -T22-> COMPLETED        any -T21-> ABROAD, DECEASED
//! ```
//!
//! The counter (2.2): PRESENT begins anew, ABSENT_UNEXCUSED counts, ABSENT_EXCUSED and NO_DATA do
//! neither, other days are passed over. It goes on while a transfer runs: one that lapses hides nobody.
//!
//! Of a fact and a roll call of the same day: a leave, home teaching and their ends, a transfer that is done or lapsed
//! hold from the morning; a transfer that begins, graduation, going abroad and death from the evening, so that they
//! take no mark of that day back.

use proto::model::day::Day;
use proto::model::rulebook::Rulebook;
use serde::{Deserialize, Serialize};

mod compare;
mod explain;
mod facts;
mod month;
mod propose;
mod refused;
mod status;
#[cfg(test)]
mod tests;
mod walk;

pub use compare::{Because, Change, compare, kept};
pub use explain::explain;
pub use facts::{DaySet, Fact, Facts, Recorded};
pub use month::Month;
pub use propose::{Act, Proposal, completes, propose};
pub use refused::StepRefused;
pub use status::{EnrolmentStatus, RollMatch, Transition};
pub use walk::{stand, stand_before_the_call};

/// Where a child stands at the close of a day, and how it came there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The status.
    pub status: EnrolmentStatus,
    /// Since when, by the facts.
    pub since: Day,
    /// Person against roll: a field of its own, not a status.
    pub roll_match: RollMatch,
    /// The day of T01 or T13 of the current absence.
    pub alerted: Option<Day>,
    /// The counting days of the current absence.
    pub run: Vec<Day>,
    /// Every day that ever counted as absence, the current ones among them.
    pub counted: Vec<Day>,
    /// How often DROPPED_OUT (T04) took effect.
    pub times_dropped: u32,
    /// When the child last came back after SUSPECTED or DROPPED_OUT.
    pub last_return: Option<Day>,
    /// Every step, by its day.
    pub history: Vec<Step>,
    /// School days inside the current absence on which the class did not call the roll.
    pub data_gaps: Vec<Day>,
    /// The leave is over and the child is not back (T13).
    pub overdue: bool,
    /// The last day of leave, while on it.
    pub leave_until: Option<Day>,
    /// What it was computed by.
    pub by: By,
}

/// What a standing was computed by: shown with every status, and told when it changes one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct By {
    /// The rulebook's label.
    pub rules: String,
    /// The calendar's label.
    pub calendar: String,
}

/// One step of a child's history, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which row of 2.2.
    pub id: Transition,
    /// The status before.
    pub from: EnrolmentStatus,
    /// The status after; the same for an alert.
    pub to: EnrolmentStatus,
    /// From which day it holds.
    pub effective: Day,
    /// The days that it was counted from.
    pub days: Vec<Day>,
    /// The rulebook that it was computed by.
    pub rules: String,
    /// Some of its days lie in a year without national data.
    pub provisional: bool,
    /// T04: days of the month that lie outside terms.
    pub vacation_days_inside: u32,
    /// What a recorded fact rests on; empty where the roll calls speak.
    pub evidence: String,
}

impl Standing {
    /// On the roll and attending, since `day`.
    pub const fn enrolled(day: Day, roll_match: RollMatch, by: By) -> Self {
        Self {
            status: EnrolmentStatus::Enrolled,
            since: day,
            roll_match,
            alerted: None,
            run: Vec::new(),
            counted: Vec::new(),
            times_dropped: 0,
            last_return: None,
            history: Vec::new(),
            data_gaps: Vec::new(),
            overdue: false,
            leave_until: None,
            by,
        }
    }

    /// The status at the close of `day`, by what is known now. Before the first step ENROLLED.
    pub fn status_on(&self, day: Day) -> EnrolmentStatus {
        self.history.iter().rev().find(|s| s.effective <= day).map_or(EnrolmentStatus::Enrolled, |s| s.to)
    }

    /// The day of the mark of a child who is missing.
    pub fn open_mark(&self) -> Option<Day> {
        let marked = || self.history.iter().rev().find(|step| step.id == Transition::T02);
        self.status.is_missing().then(marked).flatten().map(|step| step.effective)
    }

    /// When a child who had left was last put on the roll again (T18).
    pub fn back_on_roll(&self) -> Option<Day> {
        self.history.iter().rev().find(|step| step.id == Transition::T18).map(|step| step.effective)
    }

    /// Whether the roll call of `day` must name the child, who stands so before it ([`stand_before_the_call`]): silence
    /// about a child who is gone is no return. Gone is also who is away after a leave (T13), and who was away
    /// beyond the mark while a transfer ran that may yet lapse (T15).
    pub fn must_be_named(&self, day: Day, rules: &Rulebook) -> bool {
        match self.status {
            EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut => true,
            EnrolmentStatus::Suspended => self.leave_until.is_some_and(|until| until < day),
            EnrolmentStatus::Enrolled => self.is_beyond_the_mark(rules),
            EnrolmentStatus::TransferPending => {
                let began = self.history.iter().rev().find(|step| step.to != step.from);
                // one who was missing when it began is sought elsewhere (T16)
                self.is_beyond_the_mark(rules) && began.is_none_or(|step| step.id == Transition::T14)
            }
            _ => false,
        }
    }

    const fn is_beyond_the_mark(&self, rules: &Rulebook) -> bool {
        self.run.len() > rules.absence.suspect_after_days as usize
    }
}
