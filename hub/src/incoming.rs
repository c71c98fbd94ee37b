//! Letters that came from another province which runs this system (E04): what is asked, for whom it was handed
//! on, and what was answered. The other province's county answers for the child throughout.
//!
//! ```text
//! city of the place      Here ── the county is known ──> Passed ── it replies ──> Answered
//! county of the place    Here ── an officer replies ───────────────────────────> Answered
//!                          └── a school or town is asked ──> Searched ── found ──┘
//!                               └── not found: Here again, the officer decides
//! ```
//!
//! Keys: `h/v/n/<leg>` a letter about one child that came; at the writer `h/v/a/<leg>` what went out by courier.

mod words;

use proto::every;
use proto::model::case::{Finding, Inquiry, Leg, Outcome, Replied};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use crate::letter::Reply;

/// A letter about one child that came from another province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// What is asked.
    pub inquiry: Inquiry,
    /// Who brought it here and sealed its record for this hub: its writer, or the city above.
    pub from: Party,
    /// When it came.
    pub came: Moment,
    /// The county that looks for the child.
    pub passed: Option<Party>,
    /// The account that handed it on; empty: the system did, by the place.
    pub passed_by: String,
    /// Counties that looked for the child before it was handed on to another one.
    pub passed_before: Vec<Party>,
    /// The schools and towns of this county that were asked to look for the child; the last one does now.
    pub searches: Vec<Search>,
    /// What was answered.
    pub reply: Option<Reply>,
}

/// Who looks for the child of a letter in this county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Which school or town.
    pub unit: Party,
    /// The account that asked it.
    pub by: String,
    /// On which day it was asked, and by which it answers.
    pub since: Day,
    /// Answer by this day.
    pub due: Day,
    /// What it found.
    pub found: Option<Finding>,
}

/// What went out by courier in place of paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Across {
    /// To which hub of the other province.
    pub unit: Party,
    /// When; `None`: its key is not known yet.
    pub sent: Option<Moment>,
}

every! {
    /// How a letter that came stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Standing {
        /// This office has to look for the child, or to name the county that does.
        Here,
        /// A county looks for the child.
        Passed,
        /// Its writer asks no more.
        Withdrawn,
        /// A school or town of this county looks for the child.
        Searched,
        /// Answered.
        Answered,
    }
}

/// Why a letter that came is not handed on or answered so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncomingError {
    /// No letter of that case came, or several.
    #[error("no letter about {0:?} came from another province, or several did")]
    None(String),
    /// Its record does not open here.
    #[error("the record of case {0} does not open here")]
    Shut(Leg),
    /// That hub is no county of this city.
    #[error("{0} is no county below this hub")]
    NoCounty(Party),
    /// A county looks for the child, and answers.
    #[error("case {leg} was handed on to {county}")]
    Passed {
        /// Which.
        leg: Leg,
        /// To whom.
        county: Party,
    },
    /// Its writer asks no more.
    #[error("the letter about case {0} was taken back by its writer")]
    TakenBack(Leg),
    /// A day before the letter's, or after today.
    #[error("{day} does not fit letter {number}")]
    Day {
        /// Which letter.
        number: String,
        /// The day given.
        day: Day,
    },
    /// It was answered before.
    #[error("case {leg} was answered with {outcome:?} before")]
    Answered {
        /// Which.
        leg: Leg,
        /// With what.
        outcome: Outcome,
    },
}

impl Incoming {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        let last_word = self.reply.as_ref().is_some_and(|reply| reply.outcome != Outcome::Persuading);
        match (&self.reply, &self.passed) {
            _ if self.inquiry.withdrawn && !last_word => Standing::Withdrawn,
            (Some(_), _) => Standing::Answered,
            (None, Some(_)) => Standing::Passed,
            (None, None) if self.search().is_some() => Standing::Searched,
            (None, None) => Standing::Here,
        }
    }

    /// The search of a school or town that has not said anything yet.
    pub fn search(&self) -> Option<&Search> {
        self.searches.last().filter(|search| search.found.is_none())
    }

    /// The school or town that looks for the child or persuades it.
    pub fn at_it(&self) -> Option<&Party> {
        let open = |found: &Finding| found.outcome == Outcome::Persuading;
        let last = self.searches.last().filter(|search| search.found.as_ref().is_none_or(open));
        last.map(|search| &search.unit)
    }

    /// Enters the answer; one result a child: only who was still being persuaded may get another.
    ///
    /// # Errors
    /// [`IncomingError`]: nothing was entered.
    pub fn answer(&mut self, reply: Reply, today: Day) -> Result<Replied, IncomingError> {
        let Inquiry { leg, number, sent, .. } = &self.inquiry;
        if reply.day < *sent || reply.day > today {
            return Err(IncomingError::Day { number: number.clone(), day: reply.day });
        }
        if let Some(known) = &self.reply
            && !known.says_the_same(&reply)
            && known.outcome != Outcome::Persuading
        {
            return Err(IncomingError::Answered { leg: *leg, outcome: known.outcome });
        }
        self.reply = Some(reply);
        Ok(self.replied().expect("it was entered just now"))
    }

    /// The answer, for whoever brought the letter.
    pub fn replied(&self) -> Option<Replied> {
        let Reply { outcome, day, place, note, .. } = self.reply.clone()?;
        let Inquiry { leg, number, .. } = &self.inquiry;
        Some(Replied { leg: *leg, number: number.clone(), outcome, day, place, note })
    }
}

impl Record for Incoming {
    const VERSION: u8 = 1;
    const NAME: &'static str = "letter from another province";
}

impl Record for Across {
    const VERSION: u8 = 1;
    const NAME: &'static str = "letter that went out by courier";
}

fn of_leg(prefix: &[u8], leg: Leg) -> Vec<u8> {
    [prefix, &leg.case.0, &leg.number.to_be_bytes()].concat()
}

/// The letter about a leg that came.
///
/// # Errors
/// When the store cannot read.
pub fn find(room: &Room<'_>, leg: Leg) -> Result<Option<Incoming>, StoreError> {
    room.read(&of_leg(b"h/v/n/", leg))
}

/// Keeps a letter that came.
pub fn keep(room: &mut Room<'_>, incoming: &Incoming) {
    room.write(of_leg(b"h/v/n/", incoming.inquiry.leg), incoming);
}

/// All letters that came.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Incoming>, StoreError> {
    room.list(b"h/v/n/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The letter whose case begins with `text` as no other does.
///
/// # Errors
/// When none or several fit, or the store cannot read.
pub fn named(room: &Room<'_>, text: &str) -> Result<Result<Incoming, IncomingError>, StoreError> {
    let mut fitting = all(room)?;
    fitting.retain(|it| !text.is_empty() && it.inquiry.leg.to_string().starts_with(text));
    Ok(match fitting.len() {
        1 => Ok(fitting.swap_remove(0)),
        _ => Err(IncomingError::None(text.to_owned())),
    })
}

/// How a case of this hub's letters went out by courier.
///
/// # Errors
/// When the store cannot read.
pub fn across(room: &Room<'_>, leg: Leg) -> Result<Option<Across>, StoreError> {
    room.read(&of_leg(b"h/v/a/", leg))
}

/// Keeps how a case went out.
pub fn keep_across(room: &mut Room<'_>, leg: Leg, across: &Across) {
    room.write(of_leg(b"h/v/a/", leg), across);
}

#[cfg(test)]
mod tests;
