//! The link's waiting list, as people see it.

use std::sync::Arc;

use proto::link::caller::{self, Nights, Parent};
use proto::link::schedule::{self, Calls};
use proto::link::turned_away::{self, TurnedAway};
use proto::link::{addresses, book, post};
use proto::model::day::{Day, Moment};
use proto::model::entry::Lane;
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::link::Caretaker;
use super::{School, SchoolError};
use crate::records::{self, Answer, keys};

/// The link's waiting list.
#[derive(Debug)]
pub struct LineView {
    /// Parents, in order.
    pub parents: Vec<ParentView>,
    /// Entries written in this life of the stream.
    pub written: u64,
    /// Acknowledged by the parent that knows most.
    pub acked: u64,
    /// When the oldest entry that waits was written.
    pub oldest_waiting: Option<Moment>,
    /// The next call.
    pub next_call: Option<Moment>,
    /// Until when the certificate is good; `None` before joining.
    pub certificate_until: Option<Moment>,
    /// Answers from above to entries that were not taken.
    pub answers: Vec<Answer>,
    /// The parent must be asked first what a restored store lost.
    pub asks_first: bool,
    /// Days whose roll calls were lost in a restore.
    pub lost: Vec<Day>,
}

/// What is known of a parent.
#[derive(Debug)]
pub struct ParentView {
    /// Who and where.
    pub parent: Parent,
    /// Former addresses, which are tried when it does not answer at the newest.
    pub former: Vec<String>,
    /// Calls to it.
    pub calls: Calls,
    /// Entries that it acknowledged.
    pub acked: u64,
    /// Its clock minus ours at the last contact, in milliseconds.
    pub clock_offset: Option<i64>,
    /// It refuses this school.
    pub away: Option<TurnedAway>,
}

impl School {
    /// The link's waiting list.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn line_view(self: &Arc<Self>) -> Result<LineView, SchoolError> {
        let me = self.clone();
        self.act(move |_, room, now| Ok(me.line(room, now)?)).await
    }

    pub(super) fn line(self: &Arc<Self>, room: &Room<'_>, now: Moment) -> Result<LineView, StoreError> {
        let stream = book::current(room, &self.party, &Lane::Up)?;
        let mut parents = Vec::new();
        for parent in self.parents_now() {
            parents.push(self.parent_view(room, parent)?);
        }
        let acked = parents.iter().map(|p| p.acked).max().unwrap_or(0);
        let waiting = match &stream {
            Some(stream) => book::read(room, &stream.id, acked + 1, 1)?.0.first().map(|entry| entry.made),
            None => None,
        };
        let answers = records::all::<Answer>(room, keys::ANSWERS)?;
        let lost = room.list(keys::LOST)?;
        Ok(LineView {
            next_call: next_call(&Caretaker(self.clone()), &self.party, &parents, now),
            parents,
            written: stream.map_or(0, |stream| stream.tail.seq),
            acked,
            oldest_waiting: waiting,
            certificate_until: self.identity.borrow().as_ref().map(|identity| identity.leaf().not_after()),
            answers: answers.into_iter().map(|(_, answer)| answer).collect(),
            asks_first: Self::asks_first(room)?,
            lost: lost.iter().filter_map(|(key, _)| keys::day_at_end(key)).collect(),
        })
    }

    fn parent_view(&self, room: &Room<'_>, parent: Parent) -> Result<ParentView, StoreError> {
        let acked = match book::current(room, &self.party, &Lane::Up)? {
            Some(stream) => {
                book::cursor(room, &parent.party, &stream.id)?.map_or(0, |cursor| cursor.acked.seq)
            }
            None => 0,
        };
        let calls = caller::calls_to(room, &parent.party)?;
        let clock_offset = post::contact(room, &parent.party)?.map(|contact| contact.clock_offset);
        let away = turned_away::by(room, &parent.party)?;
        let former = addresses::to_try(room, &parent)?.split_off(1);
        Ok(ParentView { parent, former, calls, acked, clock_offset, away })
    }

    pub(super) fn acked(&self, room: &Room<'_>) -> Result<u64, StoreError> {
        let mut acked = 0;
        for parent in self.parents_now() {
            acked = self.parent_view(room, parent)?.acked.max(acked);
        }
        Ok(acked)
    }
}

fn next_call(nights: &Caretaker, me: &Party, parents: &[ParentView], now: Moment) -> Option<Moment> {
    let calls: Vec<Calls> = parents.iter().map(|p| p.calls).collect();
    let plan = nights.plan();
    let turn = schedule::choose(&plan, &calls, now, now);
    calls.get(turn).map(|calls| schedule::next_dial(me, &plan, calls, 0, now))
}
