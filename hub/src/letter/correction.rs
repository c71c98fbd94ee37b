//! A slip in what was entered about a child of a letter: a later record with a reason takes its place, and what
//! stood there before is kept.
//!
//! Keys: `h/v/c/<leg>` the entries that were corrected.

use proto::model::case::{Leg, Outcome};
use proto::model::day::{Day, Moment};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::register::of_leg;
use super::{Letter, LetterError, Reply, Waiting};

/// An entry that does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What was entered.
    pub was: Reply,
    /// When it was corrected.
    pub at: Moment,
    /// By which account.
    pub by: String,
    /// Why; no personal data.
    pub reason: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Corrections(Vec<Correction>);

impl Record for Corrections {
    const VERSION: u8 = 1;
    const NAME: &'static str = "answers that were corrected";
}

/// What was entered about a case before, oldest first.
///
/// # Errors
/// When the store cannot read.
pub fn corrections(room: &Room<'_>, leg: Leg) -> Result<Vec<Correction>, StoreError> {
    Ok(room.read::<Corrections>(&of_leg(b"h/v/c/", leg))?.unwrap_or_default().0)
}

/// Keeps an entry that does not count any more.
///
/// # Errors
/// When the store cannot read.
pub fn keep_correction(room: &mut Room<'_>, leg: Leg, correction: Correction) -> Result<(), StoreError> {
    let mut held = corrections(room, leg)?;
    held.push(correction);
    room.write(of_leg(b"h/v/c/", leg), &Corrections(held));
    Ok(())
}

impl Reply {
    /// The same answer, whoever entered it.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |it: &Self| (it.outcome, it.day, it.place, it.note.clone());
        said(self) == said(other)
    }

    /// A child that went on went somewhere.
    ///
    /// # Errors
    /// [`LetterError::NoPlace`].
    pub fn is_whole(&self) -> Result<(), LetterError> {
        let missing = self.outcome == Outcome::MovedOn && self.place.is_none();
        if missing { Err(LetterError::NoPlace) } else { Ok(()) }
    }
}

impl Letter {
    /// Puts another result in the place of the one that was entered about a child. Gives the case and what stood
    /// there.
    ///
    /// # Errors
    /// [`LetterError`]: nothing was changed.
    pub fn correct(&mut self, case: &str, reply: Reply, today: Day) -> Result<(Waiting, Reply), LetterError> {
        reply.is_whole()?;
        let number = self.number.clone();
        let line = self.line_on(case, &reply, today)?;
        match &line.reply {
            Some(known) if known.says_the_same(&reply) => Err(LetterError::SameAnswer(line.case.leg)),
            Some(known) => {
                let was = known.clone();
                line.reply = Some(reply);
                Ok((line.case.clone(), was))
            }
            None => Err(LetterError::NotAnswered { number, leg: line.case.leg }),
        }
    }
}
