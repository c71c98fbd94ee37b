//! Where an officer sits: the office at one moment, what it sees of a case, sends and logs.

use std::sync::Arc;

use proto::model::case::{Letter, Office, Overdue};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::{Room, StoreError};
use proto::{parcel, seal};

use super::list::Looked;
use crate::audit::{self, Action, Ended, Note};
use crate::desk::State;
use crate::desk::watch::shown_name;
use crate::persuasion::duties::duties;
use crate::persuasion::{Case, report};
use crate::{offices, units};

/// The office at one moment: who it is, what is in force, what day it is.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) me: Party,
    pub(super) state: Arc<State>,
    pub(super) now: Moment,
}

impl Seat {
    pub(super) fn today(&self) -> Day {
        self.now.day()
    }

    /// The same office at the moment up to which days count: by a wrong clock it is not later than is sure.
    pub(super) fn surely(self, room: &Room<'_>) -> Result<Self, StoreError> {
        let wrong = self.state.wrong_clock(room, self.now)?;
        let now = wrong.map_or(self.now, |wrong| wrong.timers(self.now));
        Ok(Self { now, ..self })
    }

    /// The parent, when this hub has joined it.
    pub(super) fn parent(&self) -> Option<Party> {
        self.me.parent().filter(|_| !self.state.parents.is_empty())
    }

    /// Puts a letter on its way; gives whether it could be signed.
    pub(super) fn send(&self, room: &mut Room<'_>, to: &Party, letter: Letter) -> Result<bool, StoreError> {
        let Some(identity) = &self.state.identity else { return Ok(false) };
        let to = units::now_at(room, &self.me, to)?;
        parcel::send(room, identity, &to, letter, self.now)?;
        Ok(true)
    }

    /// Tells `party` the key to seal with for this hub.
    pub(super) fn send_key(&self, room: &mut Room<'_>, party: &Party) -> Result<(), StoreError> {
        let key = seal::own(room)?.public();
        self.send(room, party, Letter::Key(key)).map(drop)
    }

    pub(super) fn duties(&self, case: &Case) -> Vec<Overdue> {
        duties(case, &self.state.rules.persuasion, &self.state.calendar, self.today())
    }

    pub(super) fn look(&self, room: &Room<'_>, case: Case) -> Result<Looked, StoreError> {
        let today = self.today();
        let duties = self.duties(&case);
        let owed = duties.iter().map(|duty| duty.due).find(|due| self.late(*due) > 0);
        let late_since = owed.into_iter().chain(case.school_late(today)).min();
        let name = units::get(room, &case.school)?.map(|unit| shown_name(&unit)).unwrap_or_default();
        let (suspended, reports) = (case.suspended(today), report::all(room, &case)?);
        Ok(Looked { case, name, duties, late_since, suspended, reports })
    }

    pub(super) fn late(&self, due: Day) -> u32 {
        self.state.calendar.workdays_late(due, self.today())
    }

    pub(super) fn log(
        &self,
        room: &mut Room<'_>,
        by: &str,
        (action, ended): (Action, Ended),
        purpose: String,
        object: &[u8],
    ) -> Result<(), StoreError> {
        let role = offices::role(room, Office::Persuasion, by)?.to_owned();
        let object = audit::object(object);
        let note = Note { who: by.to_owned(), role, purpose, action, object, ended };
        audit::append(room, note, self.now).map(drop)
    }
}
