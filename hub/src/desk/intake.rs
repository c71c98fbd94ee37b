//! What this hub makes of what the link brings. Called inside the action that stores it, so a fact and its
//! entry are committed together.

use std::sync::{Arc, Weak};

use proto::convert::{receipt_in, sheet_in, totals_in};
use proto::link::addresses::Listens;
use proto::link::caller::Parent;
use proto::link::post::{Handler, Quarantined, Reason, Taken};
use proto::link::shelf::DocumentFault;
use proto::model::case::Letter;
use proto::model::day::{Day, Moment};
use proto::model::division::Divisions;
use proto::model::document::{Document, Topic};
use proto::model::entry::{Entry, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use proto::model::rulebook::Rulebook;
use proto::parcel::{Told, heard_refusal};
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::parcels::own_letter;
use super::{Hub, HubError, identity};
use crate::{directory, escalation, rollup, unheard, units, whereabouts};

/// The hub at the link.
#[derive(Debug)]
pub struct Intake {
    /// The hub lends its desk to the post, which holds this handler: not the other way round.
    hub: Weak<Hub>,
    me: Party,
}

/// An answer that this hub got to one of its own entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Who answered.
    pub from: Party,
    /// The number of the entry.
    pub seq: u64,
    /// Why it was not taken as it is.
    pub reason: Reason,
    /// In words.
    pub detail: String,
    /// When the answer came.
    pub at: Moment,
}

impl Record for Answered {
    const VERSION: u8 = 1;
    const NAME: &'static str = "answer to an entry";
}

/// The answers that this hub got to its own entries.
///
/// # Errors
/// When the store cannot read.
pub fn answers(room: &Room<'_>) -> Result<Vec<Answered>, StoreError> {
    room.list(b"h/r/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// Set while the parent has not been asked what a store that was put back has lost.
const ASK_FIRST: &[u8] = b"h/b";

/// The store is a copy put back. The parent may hold totals of higher revisions than those that are drawn
/// up from here on, and would take these for stale: none are drawn up until it has given back what it holds.
///
/// # Errors
/// When the store cannot read.
pub fn come_back(room: &mut Room<'_>, me: &Party) -> Result<(), StoreError> {
    proto::link::post::renew_store_number(room)?;
    super::custody::note_restored(room);
    if proto::link::book::current(room, me, &Lane::Up)?.is_some() {
        room.put(ASK_FIRST, [1]);
    }
    Ok(())
}

/// Whether a hub of this level hands the streams of its schools on to its parent.
pub fn passes_schools(level: Option<Level>, rules: &Rulebook) -> bool {
    level.is_some_and(|level| level > rules.reporting.school_rows_travel_to)
}

fn refused(reason: Reason, detail: impl Into<String>) -> Taken {
    Taken::Refused(reason, detail.into())
}

impl Intake {
    /// The handler of `hub`.
    pub fn new(hub: &Arc<Hub>) -> Self {
        Self { hub: Arc::downgrade(hub), me: hub.me.clone() }
    }

    fn hub(&self) -> Result<Arc<Hub>, StoreError> {
        // the hub is being closed: nothing more is promised
        self.hub.upgrade().ok_or(StoreError::Stopped)
    }

    fn take_sheet(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        body: &[u8],
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if !stream.origin.is_school() {
            return Ok(refused(Reason::NotYours, "only schools send sheets"));
        }
        let sheet = match sheet_in(body) {
            Ok(sheet) => sheet,
            Err(error) => return Ok(refused(Reason::Unreadable, error.to_string())),
        };
        let hub = self.hub()?;
        let rules = &hub.state().rules;
        if let Some(answer) = wrong_day(sheet.day, rules, now) {
            return Ok(answer);
        }
        if let Err(error) = rollup::consistent(&sheet) {
            return Ok(refused(Reason::Inconsistent, error.to_string()));
        }
        let deadline = rules.reporting.deadline(sheet.day);
        let school = units::counted_as(room, &self.me, &stream.origin, sheet.day)?;
        rollup::apply_sheet(room, &self.me, &school, &sheet, stream.life, now, deadline)?;
        hub.metrics.sheets.inc();
        Ok(Taken::Applied)
    }

    fn take_totals(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        body: &[u8],
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let reporter = &stream.origin;
        if reporter.is_school() {
            return Ok(refused(Reason::NotYours, "schools send no totals"));
        }
        let totals = match totals_in(body) {
            Ok(totals) => totals,
            Err(error) => return Ok(refused(Reason::Unreadable, error.to_string())),
        };
        let hub = self.hub()?;
        if let Some(answer) = wrong_day(totals.day, &hub.state().rules, now) {
            return Ok(answer);
        }
        let its_place = |place: Region| manages(&hub, reporter, place);
        if let Some(row) = totals.rows.iter().find(|row| !its_place(row.place)) {
            return Ok(refused(Reason::NotYours, format!("{} is not below {reporter}", row.place)));
        }
        if let Err(error) = rollup::consistent_totals(&totals, &its_place) {
            return Ok(refused(Reason::Inconsistent, error.to_string()));
        }
        rollup::apply_totals(room, &self.me, reporter, &totals, stream.life, now)?;
        hub.metrics.totals.inc();
        Ok(Taken::Applied)
    }

    fn take_receipt(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if stream.lane != Lane::To(self.me.clone()) {
            return Ok(refused(Reason::NotYours, "a receipt goes down to the one it answers"));
        }
        let receipt = match receipt_in(&entry.body) {
            Ok(receipt) => receipt,
            Err(error) => return Ok(refused(Reason::Unreadable, error.to_string())),
        };
        let from = stream.origin.clone();
        let (seq, reason, detail) = (receipt.seq, receipt.reason, receipt.detail);
        tracing::warn!(from = %from, seq, "{from} did not take entry {seq}: {reason}");
        let key = [b"h/r/".as_slice(), &stream.key(), &entry.seq.to_be_bytes()].concat();
        room.write(key, &Answered { from, seq, reason, detail, at: now });
        Ok(Taken::Applied)
    }
}

/// Keeps what another party says of an entry, or a parcel, of this hub's.
///
/// # Errors
/// When the store cannot read.
pub(super) fn take_refusal(
    room: &mut Room<'_>,
    me: &Party,
    from: &Party,
    refused: &proto::model::case::Refused,
    now: Moment,
) -> Result<Taken, StoreError> {
    let Some(Told { stream, seq, reason, detail }) = heard_refusal(room, me, refused)? else {
        return Ok(self::refused(Reason::Unreadable, "a receipt"));
    };
    tracing::warn!(from = %from, seq, "{from} did not take entry {seq} of {stream}: {reason}");
    let (parcel, by) = (refused.parcel.unwrap_or_default(), from.to_string());
    let key = [b"h/r/".as_slice(), &stream.key(), &seq.to_be_bytes(), &parcel, by.as_bytes()].concat();
    room.write(key, &Answered { from: from.clone(), seq, reason, detail, at: now });
    Ok(Taken::Applied)
}

/// A day in the future, or one that is no longer kept.
fn wrong_day(day: Day, rules: &Rulebook, now: Moment) -> Option<Taken> {
    let today = now.day();
    let kept = i32::try_from(rules.record.keep_entries_days).unwrap_or(i32::MAX);
    (day > today || day < today.plus(-kept)).then(|| refused(Reason::Day, format!("{day}; {today}")))
}

/// Whether `place` belongs to the jurisdiction of the hub `reporter`.
fn manages(hub: &Hub, reporter: &Party, place: Region) -> bool {
    Divisions::shipped()
        .party_of(place, &hub.config.by)
        .is_ok_and(|party| party == *reporter || party.is_below(reporter))
}

impl Handler for Intake {
    fn take(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        // what is counted goes up: a party above, or the root of another province, brings letters and receipts
        let comes_up = stream.lane == Lane::Up;
        match entry.kind {
            Kind::SHEET | Kind::TOTALS if !comes_up => {
                Ok(refused(Reason::NotYours, "figures come from below"))
            }
            Kind::SHEET => self.take_sheet(room, stream, &entry.body, now),
            Kind::TOTALS => self.take_totals(room, stream, &entry.body, now),
            Kind::RECEIPT => self.take_receipt(room, stream, entry, now),
            Kind::PARCEL => self.hub()?.take_parcel(room, stream, entry, now),
            Kind(other) => Ok(refused(Reason::UnknownKind, format!("kind {other}"))),
        }
    }

    fn refused(&self, room: &mut Room<'_>, held: &Quarantined, entry: &Entry) -> Result<(), StoreError> {
        match &self.hub()?.state().identity {
            Some(identity) => proto::parcel::tell_refused(room, identity, held, entry),
            None => Ok(()),
        }
    }

    fn passes_up(&self, _room: &Room<'_>, stream: &StreamId) -> Result<bool, StoreError> {
        if !stream.origin.is_school() {
            return Ok(true);
        }
        Ok(passes_schools(self.me.level(), &self.hub()?.state().rules))
    }

    fn returned(&self, room: &mut Room<'_>, entries: &[Entry], now: Moment) -> Result<(), StoreError> {
        for entry in entries.iter().filter(|entry| entry.kind == Kind::TOTALS) {
            // ours, from before the restore: the next totals of the day must have a higher revision
            if let Ok(totals) = totals_in(&entry.body) {
                rollup::drawn_before(room, &totals)?;
            }
        }
        for letter in entries.iter().filter_map(own_letter) {
            match letter {
                Letter::Escalation(escalation) => escalation::told_before(room, escalation)?,
                Letter::Unheard(said) => unheard::told_before(room, said)?,
                _ => {}
            }
        }
        match self.hub()?.revocations_came_back(room, entries, now) {
            Err(HubError::Store(error)) => Err(error),
            Err(error) => {
                tracing::error!("what this hub had revoked is not in the register again: {error}");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn restate(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        let hub = self.hub()?;
        rollup::touch_all(room)?;
        hub.draw_up(room, now)?;
        hub.tell_parent_again(room, now)
    }

    fn put_back(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        self.hub()?.custody_was_put_back(room, now)
    }

    fn check(&self, document: &Document) -> Result<(), DocumentFault> {
        self.hub().map_err(|_| DocumentFault::NotAbove)?.check_document(document)
    }

    fn in_force(&self, room: &mut Room<'_>, document: &Document, now: Moment) -> Result<(), StoreError> {
        if document.issuer == self.me {
            // its own words come back to it over the link: its store had forgotten them
            self.put_back(room, now)?;
        }
        if document.issuer == self.me && document.topic == Topic::Directory {
            directory::recover(room, &self.me, document)?;
        } else if self.me.level() == Some(Level::Town) {
            directory::take(room, &self.me, document)?;
        }
        tracing::info!(issuer = %document.issuer, topic = ?document.topic, version = document.version, "a document is in force");
        self.hub()?.changed.notify_one();
        Ok(())
    }

    fn parents(&self, room: &Room<'_>) -> Result<Vec<Parent>, StoreError> {
        identity::parents(room)
    }

    fn dials(&self, room: &mut Room<'_>, parents: Vec<Parent>) -> Result<(), StoreError> {
        identity::keep_parents(room, parents);
        self.hub()?.changed.notify_one();
        Ok(())
    }

    fn whereabouts(&self, room: &Room<'_>, unit: &Party) -> Result<Vec<Listens>, StoreError> {
        whereabouts::of_parents(room, &self.me, unit)
    }

    fn listens(&self, room: &mut Room<'_>, told: &Listens, now: Moment) -> Result<(), StoreError> {
        whereabouts::of_unit(room, &self.me, told, now)
    }

    fn renewal(&self, _parent: &Party, now: Moment) -> Option<Vec<u8>> {
        self.hub().ok()?.renewal_request(now)
    }

    fn renew(
        &self,
        room: &mut Room<'_>,
        child: &Party,
        request: &[u8],
        now: Moment,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let hub = self.hub()?;
        match hub.renew_unit(room, child, request, now) {
            Ok(chain) => Ok(chain),
            Err(HubError::Store(error)) => Err(error),
            Err(error) => {
                tracing::warn!(child = %child, "{child} gets no new certificate: {error}");
                Ok(None)
            }
        }
    }

    fn renewed(&self, room: &mut Room<'_>, chain: &[Vec<u8>], now: Moment) -> Result<(), StoreError> {
        self.hub()?.take_renewed(room, chain, now)
    }
}

impl Hub {
    /// The parent has answered. Whether that was what the totals were waiting for; then they are drawn up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn was_answered(self: &Arc<Self>) -> Result<bool, StoreError> {
        let (hub, now) = (self.clone(), self.clock.now());
        let answered = move |room: &mut Room<'_>| {
            if room.get(ASK_FIRST)?.is_none() {
                return Ok(false);
            }
            room.delete(ASK_FIRST);
            hub.draw_up(room, now)?;
            Ok(true)
        };
        self.desk.act(answered).await
    }

    /// Takes what was refused while this hub's clock was wrong, its program too old, or what a restore lost not
    /// heard again. Gives how many entries count now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_again(self: &Arc<Self>) -> Result<u32, StoreError> {
        let (intake, now, state) = (Intake::new(self), self.clock.now(), self.state());
        let me = self.me.clone();
        let retry = move |room: &mut Room<'_>| match state.wrong_clock(room, now)? {
            Some(_) => Ok(0),
            None => proto::link::post::retry(room, &me, &intake, now),
        };
        self.desk.act(retry).await
    }

    /// Draws up the totals of every day that changed and puts them on the way up.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn draw_up(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        let state = self.state();
        if state.parents.is_empty() || self.me.level() == Some(Level::Town) {
            return Ok(());
        }
        if room.get(ASK_FIRST)?.is_some() {
            tracing::warn!("no totals are drawn up: the parent is asked first what the restored store lost");
            return Ok(());
        }
        if state.wrong_clock(room, now)?.is_none() {
            rollup::touch_past(room, now.day(), state.calendar.label())?;
        }
        let due = |day: Day| state.calendar.day(day, None).counts;
        for totals in rollup::draw_up(room, now, &due)? {
            let body = proto::convert::totals_out(&totals);
            let nonce = proto::link::post::random();
            proto::link::book::append(room, &self.me, &Lane::Up, nonce, Kind::TOTALS, body, now)?;
        }
        Ok(())
    }
}
