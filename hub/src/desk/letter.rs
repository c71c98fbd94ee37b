//! Letters to other provinces: what officers do with them. What counties and cities write to each other about
//! them is in [`mail`].

mod across;
pub mod correct;
mod mail;
mod over;

use std::sync::Arc;

use proto::model::case::{ChildRecord, Leg, Office, Outcome, TransferState, Way};
use proto::model::day::{Day, Moment};
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::paper::{Prefix, Year, serial};
use proto::seal::{self, OpenKey};
use proto::store::{Room, StoreError};

use super::casework::account;
use super::transfer::Case;
use super::transfer::act::names_nobody;
use super::{Hub, HubError};
use crate::audit::{self, Action, Ended, Note};
use crate::letter::{self, Letter, LetterError, Reply, Waiting, after_reply};
use crate::{offices, routing};

impl Hub {
    /// Makes a letter to the city (or province) of `to` of the cases that wait for it: of `legs`, or of all.
    ///
    /// # Errors
    /// When nothing waits, or the place is unknown.
    pub async fn draft_letter(
        self: &Arc<Self>,
        to: Region,
        prefix: Prefix,
        legs: Vec<Leg>,
        by: String,
    ) -> Result<Letter, HubError> {
        account(&by)?;
        let there = Divisions::shipped().party_of(to, &self.config.by).map_err(routing::RouteError::from)?;
        let addressee = routing::writer(&there).region();
        self.with_cases(move |desk, room| {
            let mut cases = letter::waiting(room)?;
            cases.retain(|case| case.addressee == addressee && (legs.is_empty() || legs.contains(&case.leg)));
            if let Some(missing) = legs.iter().find(|leg| !cases.iter().any(|case| case.leg == **leg)) {
                return Err(LetterError::NotWaiting(*missing).into());
            }
            if cases.is_empty() {
                return Err(LetterError::NothingWaits(addressee).into());
            }
            let today = desk.now.day();
            let number = serial::next(room, &prefix, Year::of(today))?;
            let letter = letter::draft(room, number, addressee, (today, &by), cases);
            desk.log_letter(room, &letter, (&by, "draft a letter"))?;
            Ok(letter)
        })
        .await
    }

    /// Enters that a letter went out; the counties and schools learn its number and until when an answer is
    /// asked for.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn send_letter(
        self: &Arc<Self>,
        number: String,
        day: Option<Day>,
        by: String,
    ) -> Result<Letter, HubError> {
        account(&by)?;
        let days = self.state().rules.transfer.letter_reply_days;
        self.with_cases(move |desk, room| {
            let mut letter = letter::find(room, &number)??;
            let today = desk.now.day();
            letter.send(day.unwrap_or(today), today, days, &by)?;
            letter::keep(room, &letter);
            desk.log_letter(room, &letter, (&by, "send a letter"))?;
            for line in &letter.lines {
                desk.tell_county(room, &line.case, TransferState::Dispatched, Some(&letter), None)?;
            }
            desk.send_across(room, &letter)?;
            Ok(letter)
        })
        .await
    }

    /// Enters what was answered about one child of a letter; its county and school learn it. A slip is corrected by
    /// [`Hub::correct_letter`].
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn answer_letter(
        self: &Arc<Self>,
        number: String,
        case: String,
        reply: Reply,
    ) -> Result<Letter, HubError> {
        account(&reply.by)?;
        self.with_cases(move |desk, room| {
            let mut letter = letter::find(room, &number)??;
            reply.is_whole()?;
            let state = after_reply(reply.outcome);
            let case = letter.reply(&case, reply.clone(), desk.now.day())?.case.clone();
            names_nobody(desk.record_for(room, &case)?.as_ref(), &reply.note)?;
            letter::keep(room, &letter);
            desk.log_letter(room, &letter, (&reply.by, reply.outcome.code()))?;
            desk.tell_county(room, &case, state, Some(&letter), Some(&reply))?;
            Ok(letter)
        })
        .await
    }

    /// The register: letters, and cases that wait for one.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn letters(self: &Arc<Self>) -> Result<(Vec<Letter>, Vec<Waiting>), HubError> {
        self.desk.act(|room| Ok((letter::all(room)?, letter::waiting(room)?))).await
    }

    /// One letter; with a purpose also the records of its list, where they open. `None` stands for one that
    /// does not.
    ///
    /// # Errors
    /// When there is no such letter, or nobody says who opens them.
    pub async fn letter(
        self: &Arc<Self>,
        number: String,
        opening: Option<Opening>,
    ) -> Result<(Letter, Vec<Option<ChildRecord>>), HubError> {
        let (me, now) = (self.me.clone(), self.clock.now());
        self.desk
            .act(move |room| {
                let letter = letter::find(room, &number)??;
                let Some(opening) = opening else { return Ok((letter, Vec::new())) };
                opening.log(room, Action::OpenLetter, letter.number.to_string().as_bytes(), now)?;
                let records = open_all(room, &me, &letter)?;
                Ok((letter, records))
            })
            .await
    }
}

impl Case<'_> {
    /// The record of one child of a letter, for a program's eyes; `None` when it does not open.
    fn record_for(&self, room: &mut Room<'_>, waiting: &Waiting) -> Result<Option<ChildRecord>, StoreError> {
        Ok(open(waiting, &self.hub.me, &seal::own(room)?))
    }

    /// Who did what with a letter, for the log: the letter stands there by its number.
    fn log_letter(
        &self,
        room: &mut Room<'_>,
        letter: &Letter,
        (by, what): (&str, &str),
    ) -> Result<(), StoreError> {
        let role = offices::role(room, Office::Transfer, by)?.to_owned();
        let (object, ended) = (audit::object(letter.number.to_string().as_bytes()), Ended::Done);
        let (who, purpose, action) = (by.to_owned(), what.to_owned(), Action::Decide);
        audit::append(room, Note { who, role, purpose, action, object, ended }, self.now).map(drop)
    }
}

/// Who opens names, and why.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The officer's account.
    pub by: String,
    /// Why; no personal data.
    pub purpose: String,
}

impl Opening {
    /// From what was typed; `None` when no purpose was given, for then nothing is opened.
    pub fn of(by: String, purpose: String) -> Option<Self> {
        (!purpose.trim().is_empty()).then_some(Self { by, purpose })
    }

    /// Enters the opening in the log.
    ///
    /// # Errors
    /// [`CaseError::Nobody`] when no account opens it.
    pub(super) fn log(
        self,
        room: &mut Room<'_>,
        action: Action,
        object: &[u8],
        now: Moment,
    ) -> Result<(), HubError> {
        account(&self.by)?;
        let role = offices::role(room, Office::Transfer, &self.by)?.to_owned();
        let (object, ended) = (audit::object(object), Ended::Done);
        let note = Note { who: self.by, role, purpose: self.purpose, action, object, ended };
        Ok(audit::append(room, note, now).map(drop)?)
    }
}

/// The records of a letter's list, in its order; `None` stands for one that does not open.
pub(super) fn open_all(
    room: &mut Room<'_>,
    me: &Party,
    letter: &Letter,
) -> Result<Vec<Option<ChildRecord>>, StoreError> {
    let own = seal::own(room)?;
    Ok(letter.lines.iter().map(|line| open(&line.case, me, &own)).collect())
}

fn open(waiting: &Waiting, me: &Party, own: &OpenKey) -> Option<ChildRecord> {
    let Waiting { leg, county, record, .. } = waiting;
    Way { case: leg.case, from: county, to: me }.open(record, own).ok()
}

/// Reads an outcome as it is typed.
///
/// # Errors
/// When there is no such outcome.
pub fn outcome(text: &str) -> Result<Outcome, HubError> {
    let wrong = || HubError::Field { field: "outcome", found: text.to_owned() };
    Outcome::from_code(&text.to_uppercase()).ok_or_else(wrong)
}

/// Reads a number's prefix as it is typed.
///
/// # Errors
/// When it is none.
pub fn prefix(text: &str) -> Result<Prefix, HubError> {
    text.parse().map_err(|_| HubError::Field { field: "prefix", found: text.to_owned() })
}
