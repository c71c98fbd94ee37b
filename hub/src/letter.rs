//! Letters to other provinces (S3, E04): the city's register of what it was asked to write about, what it
//! wrote, and what came back. The county answers for the child until the other place takes it.
//!
//! ```text
//! Waiting ── draft ──> Drafted ── send ──> Sent ── every child answered ──> Answered
//!                                           └── the day of reply passes ──> overdue, shown until answered
//! ```
//!
//! Keys: `h/v/w/<leg>` a case that waits for a letter, `h/v/l/<year><prefix>/<serial>` a letter,
//! `h/v/i/<leg>` the letter a case went into, `h/v/c/<leg>` answers that were corrected; at the county `h/v/o/<case>` what it asked its city to write.

mod correction;
pub mod over;
pub mod paper;
mod register;
mod words;

use proto::every;
use proto::model::case::{Leg, Outcome, Preview, TransferState};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::paper::Number;
use proto::seal::Sealed;
use proto::store::Record;
use serde::{Deserialize, Serialize};

pub use correction::{Correction, corrections, keep_correction};
pub use register::{all, asked, draft, find, keep, keep_asked, leave, unsent, wait, waiting, with, withdraw};

/// A case that waits for a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which.
    pub leg: Leg,
    /// Who answers for the child.
    pub county: Party,
    /// The finest place known.
    pub to: Region,
    /// The city there, or the province.
    pub addressee: Region,
    /// What everybody may know.
    pub preview: Preview,
    /// The record, sealed by the county for this hub.
    pub record: Sealed,
    /// Since when.
    pub since: Moment,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its number: one series a year.
    pub number: Number,
    /// To whom.
    pub addressee: Region,
    /// When it was drafted.
    pub drafted: Day,
    /// By which account.
    pub by: String,
    /// When it went out, and until when an answer is asked for.
    pub sent: Option<Sent>,
    /// Its list.
    pub lines: Vec<Line>,
}

/// A letter that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// On which day.
    pub day: Day,
    /// Answer until then.
    pub reply_by: Day,
    /// The account that entered it.
    pub by: String,
}

/// One child of a letter's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which case, as it was asked for.
    pub case: Waiting,
    /// What was answered.
    pub reply: Option<Reply>,
}

/// What the other place found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What.
    pub outcome: Outcome,
    /// On which day.
    pub day: Day,
    /// Where the child went on to.
    pub place: Option<Region>,
    /// A remark; no personal data.
    pub note: String,
    /// The account that entered it, or the hub from which it came.
    pub by: String,
}

every! {
    /// How a letter stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Standing {
        /// Not sent yet.
        Drafted,
        /// Sent; nobody was answered.
        Sent,
        /// Some of its children were answered.
        Partial,
        /// All were.
        Answered,
    }
}

/// What the county asked its city to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which leg.
    pub leg: Leg,
    /// Where to.
    pub to: Region,
    /// Who writes.
    pub writer: Party,
    /// The writer's key was known, so the request went out.
    pub sent: bool,
    /// What was answered.
    pub answered: Option<Outcome>,
    /// The earlier letter whose late answer holds in place of an answer to this one: it has the child.
    pub by_earlier: Option<Leg>,
    /// The county asks no more: what comes of it all the same decides nothing by itself.
    pub over: bool,
}

/// Why a letter is not drafted, sent or answered so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// Nothing waits for that addressee.
    #[error("no case waits for a letter to {0}")]
    NothingWaits(Region),
    /// A case that was named does not wait.
    #[error("case {0} does not wait for a letter to that place")]
    NotWaiting(Leg),
    /// No letter of that number.
    #[error("no letter has the number {0}")]
    NoLetter(String),
    /// It went out before.
    #[error("letter {0} was sent before")]
    AlreadySent(Number),
    /// Every child of its list was taken back by its county.
    #[error("letter {0} has no child on its list any more")]
    Empty(Number),
    /// It did not go out yet.
    #[error("letter {0} was not sent yet")]
    NotSent(Number),
    /// A day before the letter's, or after today.
    #[error("{day} does not fit letter {number}")]
    Day {
        /// Which letter.
        number: Number,
        /// The day given.
        day: Day,
    },
    /// The letter's list has no such case.
    #[error("letter {number} has no case {case:?}, or several")]
    NoLine {
        /// Which letter.
        number: Number,
        /// What was typed.
        case: String,
    },
    /// That child was answered before.
    #[error("case {leg} was answered with {outcome:?} before")]
    AlreadyAnswered {
        /// Which.
        leg: Leg,
        /// With what.
        outcome: Outcome,
    },
    /// A child that went on, and nobody says where.
    #[error("the place to which the child went on is missing")]
    NoPlace,
    /// A correction without a reason.
    #[error("an answer is corrected for a reason")]
    NoReason,
    /// A correction of what was not entered.
    #[error("case {leg} of letter {number} was not answered yet")]
    NotAnswered {
        /// Which letter.
        number: Number,
        /// Which case.
        leg: Leg,
    },
    /// A correction that changes nothing.
    #[error("case {0} was answered so already")]
    SameAnswer(Leg),
}

impl Letter {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        let answered = self.answered();
        match (&self.sent, answered) {
            (None, _) => Standing::Drafted,
            (Some(_), 0) => Standing::Sent,
            (Some(_), n) if n == self.lines.len() => Standing::Answered,
            (Some(_), _) => Standing::Partial,
        }
    }

    /// How many of its children were answered.
    pub fn answered(&self) -> usize {
        self.lines.iter().filter(|line| line.reply.is_some()).count()
    }

    /// Whether an answer is missing after the day asked for.
    pub fn is_overdue(&self, today: Day) -> bool {
        let late = self.sent.as_ref().is_some_and(|sent| today > sent.reply_by);
        late && self.standing() != Standing::Answered
    }

    /// Sends it on `day`.
    ///
    /// # Errors
    /// When it was sent, or the day is before the draft or after `today`.
    pub fn send(&mut self, day: Day, today: Day, reply_days: u32, by: &str) -> Result<(), LetterError> {
        if self.sent.is_some() {
            return Err(LetterError::AlreadySent(self.number.clone()));
        }
        if self.lines.is_empty() {
            return Err(LetterError::Empty(self.number.clone()));
        }
        if day < self.drafted || day > today {
            return Err(LetterError::Day { number: self.number.clone(), day });
        }
        let reply_by = day.plus(i32::try_from(reply_days).unwrap_or(i32::MAX));
        self.sent = Some(Sent { day, reply_by, by: by.to_owned() });
        Ok(())
    }

    /// Enters what was answered about one child; `case` is as many of its digits as no other line has. One
    /// result a child: only who was still being persuaded may get another. Gives the line.
    ///
    /// # Errors
    /// [`LetterError`]: nothing was entered.
    pub fn reply(&mut self, case: &str, reply: Reply, today: Day) -> Result<&Line, LetterError> {
        let line = self.line_on(case, &reply, today)?;
        if let Some(known) = &line.reply
            && !known.says_the_same(&reply)
            && known.outcome != Outcome::Persuading
        {
            return Err(LetterError::AlreadyAnswered { leg: line.case.leg, outcome: known.outcome });
        }
        line.reply = Some(reply);
        Ok(line)
    }

    /// The line of `case` of a letter that was sent, when `reply` may be of its day.
    fn line_on(&mut self, case: &str, reply: &Reply, today: Day) -> Result<&mut Line, LetterError> {
        let Some(sent) = &self.sent else { return Err(LetterError::NotSent(self.number.clone())) };
        if reply.day < sent.day || reply.day > today {
            return Err(LetterError::Day { number: self.number.clone(), day: reply.day });
        }
        let fits = |line: &Line| !case.is_empty() && line.case.leg.to_string().starts_with(case);
        let mut fitting = self.lines.iter_mut().filter(|line| fits(line));
        match (fitting.next(), fitting.next()) {
            (Some(line), None) => Ok(line),
            _ => Err(LetterError::NoLine { number: self.number.clone(), case: case.to_owned() }),
        }
    }
}

/// How a case stands after an answer by letter.
pub const fn after_reply(outcome: Outcome) -> TransferState {
    match outcome {
        Outcome::Placed => TransferState::AcceptedPlaced,
        Outcome::Persuading => TransferState::AcceptedPersuading,
        Outcome::AlreadyEnrolled => TransferState::AlreadyEnrolled,
        Outcome::NotFound => TransferState::ReturnedToSender,
        Outcome::MovedOn => TransferState::Misrouted,
    }
}

/// Whether the origin still answers for the child in that state.
pub const fn is_the_origins(state: TransferState) -> bool {
    use TransferState as X;
    !matches!(state, X::AcceptedPlaced | X::AcceptedPersuading | X::AlreadyEnrolled)
}

impl Record for Waiting {
    const VERSION: u8 = 1;
    const NAME: &'static str = "case that waits for a letter";
}

impl Record for Letter {
    const VERSION: u8 = 1;
    const NAME: &'static str = "letter to another province";
}

impl Record for Asked {
    const VERSION: u8 = 1;
    const NAME: &'static str = "request for a letter";
}

#[cfg(test)]
mod tests;
