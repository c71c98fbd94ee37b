//! What a county keeps of a case that is handed from place to place: the dossier. One per case, whether the
//! case began here, came here, or both; which place answers for the child is not in it but in the chains of
//! custody (`proto::custody`), and is asked there each time.
//!
//! Keys: `h/c/d/<case>`, `h/c/f/<case>` the proof of the legs before this hub's own, `h/c/t/<case>` the moment of the
//! last news that its school was told.

pub mod duties;
pub mod guest;
pub mod settle;
pub mod twice;

use proto::custody::step::{RejectReason, StepKind};
use proto::model::case::{CaseId, Closing, Finding, Leg, Outcome, Preview, TransferState, Unwilling};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::seal::{SealKey, Sealed};
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use crate::letter::{after_reply, is_the_origins};

/// All that this hub knows of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dossier {
    /// Which.
    pub case: CaseId,
    /// Where it stands, as the school that sent it reads it.
    pub state: TransferState,
    /// Since when.
    pub since: Moment,
    /// It began at a school of this county.
    pub origin: Option<Origin>,
    /// It came from another county.
    pub inflow: Option<Inflow>,
    /// The leg on which this county hands it on, and to whom.
    pub onward: Option<Onward>,
    /// Find the child: which unit was asked, and what it found.
    pub assigned: Option<Assigned>,
    /// Where it began has taken it back (X12) after this county, or one before it, had accepted: it goes back there.
    pub home: Option<Home>,
    /// What was learned after this county had handed the case on, or while it searches: sealed for it.
    pub late: Vec<LateNote>,
    /// What happened, oldest first.
    pub history: Vec<Event>,
}

/// The referral of a school of this county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Which school.
    pub school: Party,
    /// The referral's revision.
    pub revision: u32,
    /// Where the child is.
    pub to: Region,
    /// What a place sees before it accepts.
    pub preview: Preview,
    /// The record, sealed by the school for this county.
    pub record: Sealed,
    /// The school took it back.
    pub withdrawn: bool,
}

/// What came from another county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inflow {
    /// The leg.
    pub leg: Leg,
    /// From whom.
    pub from: Party,
    /// What it showed.
    pub preview: Option<Preview>,
    /// The place it named.
    pub place: Option<Region>,
    /// This county asked for the record.
    pub asked: bool,
    /// The record, sealed by the other county for this one.
    pub record: Option<Sealed>,
    /// What was answered last.
    pub answered: Option<Outcome>,
}

/// How this county hands the case on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onward {
    /// The leg.
    pub leg: Leg,
    /// To whom.
    pub to: Party,
    /// The key that the other county named: the record is sealed for it.
    pub key: Option<SealKey>,
    /// The record went out.
    pub released: bool,
    /// The offer is to be taken back as soon as it can be.
    pub recall: bool,
}

/// Who looks for the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Which school or town.
    pub unit: Party,
    /// Answer by this day.
    pub due: Day,
    /// What it found.
    pub finding: Option<Finding>,
}

/// Where a case began that was taken back after another place had accepted it (X12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The county: it is offered back to that one.
    pub county: Party,
    /// Since when it is known there.
    pub day: Day,
    /// Back in class, or what else ends the search.
    pub why: Option<Closing>,
    /// When it was heard here.
    pub at: Moment,
}

/// Something learned late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateNote {
    /// Who wrote it.
    pub from: Party,
    /// When.
    pub at: Moment,
    /// Text, sealed for this county.
    pub text: Sealed,
}

/// One line of a dossier's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// The account that did it; empty when the system did.
    pub by: String,
    /// What, for lists.
    pub what: What,
    /// A remark without personal data.
    pub note: String,
}

/// What happened to a case here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A school referred it.
    Referred,
    /// Its school took it back.
    Withdrawn,
    /// Sent back to its school.
    SentBack,
    /// Checked and proposed to the registrar.
    Proposed,
    /// A step of custody was sequenced.
    Step(StepKind),
    /// The other county asked for the record, or this one did.
    Asked,
    /// The record went out, or came.
    Released,
    /// The record was opened.
    Opened,
    /// A unit was asked to find the child.
    Assigned,
    /// The unit answered.
    Found(Outcome),
    /// The answer went to the origin, or came from the inflow place.
    Answered(Outcome),
    /// Something was learned late.
    Late,
    /// An inquiry by letter came so far.
    Letter(TransferState),
    /// The moving office sent the offer back; where it belongs, and why.
    Declined,
    /// The moving office has the offer (X3, X4).
    Collected,
    /// The unit that looked for the child need not any more: the case was taken back, or its offer is over.
    CalledOff,
    /// An officer entered what no message says.
    Settled,
    /// This office recorded that the child does not come back (E03).
    Unwilling(Unwilling),
}

impl Record for Dossier {
    const VERSION: u8 = 1;
    const NAME: &'static str = "dossier";
}

impl Dossier {
    /// Nothing known yet.
    pub const fn new(case: CaseId, now: Moment) -> Self {
        Self {
            case,
            state: TransferState::Draft,
            since: now,
            origin: None,
            inflow: None,
            onward: None,
            assigned: None,
            home: None,
            late: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Moves to a state; the clock starts anew when it is another one.
    pub fn turn(&mut self, state: TransferState, now: Moment) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
    }

    /// Adds a line to the history.
    pub fn note(&mut self, at: Moment, by: &str, what: What, note: impl Into<String>) {
        self.history.push(Event { at, by: by.to_owned(), what, note: note.into() });
    }

    /// The number of the next leg: legs are numbered through the whole case.
    pub fn next_leg(&self) -> Leg {
        let legs = self.inflow.iter().map(|i| i.leg.number).chain(self.onward.iter().map(|o| o.leg.number));
        self.case.leg(legs.max().unwrap_or(0).saturating_add(1))
    }

    /// What a place sees before it accepts, and the finest place known.
    pub fn preview(&self) -> Option<&Preview> {
        let own = self.origin.as_ref().map(|origin| &origin.preview);
        own.or_else(|| self.inflow.as_ref().and_then(|inflow| inflow.preview.as_ref()))
    }

    /// The sealed record and who sealed it.
    pub fn record(&self) -> Option<(&Sealed, &Party)> {
        let own = self.origin.as_ref().map(|origin| (&origin.record, &origin.school));
        own.or_else(|| {
            let inflow = self.inflow.as_ref()?;
            inflow.record.as_ref().map(|record| (record, &inflow.from))
        })
    }

    /// The county that this one tells what became of the child; `None` where the case began: its school is told.
    pub fn guest(&self) -> Option<&Inflow> {
        self.inflow.as_ref().filter(|_| self.origin.is_none())
    }

    /// A town looks for the child on behalf of its county.
    pub fn is_errand(&self) -> bool {
        let county = self.inflow.as_ref().map(|inflow| &inflow.from);
        self.origin.is_none()
            && self.assigned.as_ref().is_some_and(|assigned| assigned.unit.parent().as_ref() == county)
    }

    /// Where the place that did not take the case, or the moving office, says that it belongs; `None` once it was
    /// handed on or referred anew.
    pub fn hinted(&self) -> Option<Region> {
        self.history.iter().rev().find_map(|event| match event.what {
            What::Step(StepKind::Reject(RejectReason::Misrouted { hint })) => Some(Some(hint)),
            What::Declined => Some(event.note.split(' ').next().and_then(|place| place.parse().ok())),
            What::Proposed | What::Referred => Some(None),
            _ => None,
        })?
    }

    /// What was answered on the present stretch of the way: what an earlier one brought is over with it.
    pub fn outcome(&self) -> Option<Outcome> {
        let begins = |what: What| {
            matches!(
                what,
                What::Referred
                    | What::Withdrawn
                    | What::SentBack
                    | What::Proposed
                    | What::Step(_)
                    | What::Assigned
                    | What::Declined
            )
        };
        let mut since = self.history.iter().rev().map(|event| event.what).take_while(|what| !begins(*what));
        since.find_map(|what| match what {
            What::Answered(outcome) => Some(outcome),
            _ => None,
        })
    }

    /// What this office recorded of the child's will to come back, since its school referred it last.
    pub fn unwilling(&self) -> Option<Unwilling> {
        let since = self.history.iter().rev().take_while(|event| event.what != What::Referred);
        since.filter_map(|event| if let What::Unwilling(it) = event.what { Some(it) } else { None }).next()
    }

    /// The moving office has said that it has the offer that was made last.
    pub fn is_with_mover(&self) -> bool {
        let since = self.history.iter().rev().take_while(|event| event.what != What::Proposed);
        since.map(|event| event.what).any(|what| what == What::Collected)
    }

    /// Since the last word of a letter to another province, the county has acted within itself or its school has
    /// referred the case anew: what follows stands after that letter, though it takes no leg.
    pub fn went_on_after_letter(&self) -> bool {
        let own = |what| {
            use What::{Assigned, CalledOff, Found, Proposed, Referred, SentBack, Withdrawn};
            matches!(what, Referred | Withdrawn | SentBack | Proposed | Assigned | Found(_) | CalledOff)
        };
        let last = self.history.iter().rposition(|event| matches!(event.what, What::Letter(_)));
        last.is_some_and(|last| self.history[last..].iter().any(|event| own(event.what)))
    }

    /// S0: a school of this county has the child that another school of this county lost.
    pub fn is_found_within(&self) -> bool {
        let finding = self.assigned.as_ref().and_then(|assigned| assigned.finding.as_ref());
        self.guest().is_none() && finding.is_some_and(|found| !is_the_origins(after_reply(found.outcome)))
    }
}

/// Where a transfer stands after a step, as its origin reads it.
pub const fn after_step(kind: StepKind) -> TransferState {
    match kind {
        StepKind::Offer => TransferState::Dispatched,
        StepKind::Accept => TransferState::AcceptedPersuading,
        StepKind::Reject(RejectReason::Misrouted { .. }) => TransferState::Misrouted,
        StepKind::Reject(RejectReason::AlreadyEnrolled) => TransferState::AlreadyEnrolled,
        StepKind::Reject(_) | StepKind::Expire => TransferState::ReturnedToSender,
        StepKind::Recall => TransferState::Withdrawn,
    }
}

/// Where it stands after an answer of the inflow place, which answers for the child by then.
pub const fn after_answer(outcome: Outcome) -> TransferState {
    match outcome {
        Outcome::Placed => TransferState::AcceptedPlaced,
        Outcome::AlreadyEnrolled => TransferState::AlreadyEnrolled,
        Outcome::Persuading | Outcome::NotFound | Outcome::MovedOn => TransferState::AcceptedPersuading,
    }
}

#[cfg(test)]
mod tests;

fn key(case: CaseId) -> Vec<u8> {
    [b"h/c/d/".as_slice(), &case.0].concat()
}

/// The dossier of a case.
///
/// # Errors
/// When the store cannot read.
pub fn find(room: &Room<'_>, case: CaseId) -> Result<Option<Dossier>, StoreError> {
    room.read(&key(case))
}

/// All dossiers.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Dossier>, StoreError> {
    room.list(b"h/c/d/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// A file of the legs before this hub's own.
#[derive(Serialize, Deserialize)]
struct Earlier(String);

impl Record for Earlier {
    const VERSION: u8 = 1;
    const NAME: &'static str = "proof of the way so far";
}

fn earlier_key(case: CaseId) -> Vec<u8> {
    [b"h/c/f/".as_slice(), &case.0].concat()
}

/// The proof of the legs before this hub's own, as the county it came from gave it; it was checked.
///
/// # Errors
/// When the store cannot read.
pub fn earlier(room: &Room<'_>, case: CaseId) -> Result<Option<String>, StoreError> {
    Ok(room.read(&earlier_key(case))?.map(|Earlier(file)| file))
}

/// Keeps the proof of the legs before this hub's own.
pub fn keep_earlier(room: &mut Room<'_>, case: CaseId, file: String) {
    room.write(earlier_key(case), &Earlier(file));
}

/// The moment of the last news to the school.
#[derive(Serialize, Deserialize)]
struct ToldAt(Moment);

impl Record for ToldAt {
    const VERSION: u8 = 1;
    const NAME: &'static str = "moment of news";
}

/// The moment of the next news to the school that referred the case. A school reads those of one leg in this order, so
/// they rise even where a clock stands still or went back.
///
/// # Errors
/// When the store cannot read.
pub fn next_told(room: &mut Room<'_>, case: CaseId, now: Moment) -> Result<Moment, StoreError> {
    let key = [b"h/c/t/".as_slice(), &case.0].concat();
    let last = room.read(&key)?.map(|ToldAt(last)| last);
    let at = last.map_or(now, |last| now.max(Moment(last.0.saturating_add(1))));
    room.write(key, &ToldAt(at));
    Ok(at)
}

/// Keeps a dossier.
pub fn keep(room: &mut Room<'_>, dossier: &Dossier) {
    room.write(key(dossier.case), dossier);
}
