//! Letters that come to this hub, and those that it passes on.

use proto::identity::Identity;
use proto::link::post::{Reason, Taken};
use proto::model::case::Letter;
use proto::model::day::Moment;
use proto::model::entry::{Entry, Lane, StreamId};
use proto::model::party::Party;
use proto::parcel::{self, Arrival, Content, Here, arrive};
use proto::seal::{self, SealKey};
use proto::store::{Room, StoreError};

use super::Hub;
use super::intake::passes_schools;
use super::pool::Watched;
use super::transfer::Case;
use crate::units;

impl Hub {
    /// Takes a parcel: reads the letter when it is for this hub, else passes it on.
    pub(super) fn take_parcel(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let state = self.state();
        let Some(identity) = &state.identity else {
            return Ok(Taken::Refused(Reason::Nowhere, "this hub has not joined its parent".to_owned()));
        };
        let passes = stream.lane == Lane::Up
            && stream.origin.is_school()
            && passes_schools(self.me.level(), &state.rules);
        let reaches = |to: &Party| state.registry.leads_to(to);
        let here = Here { me: &self.me, root: identity.lineage().root(), passes, reaches: &reaches };
        Ok(match arrive(room, &here, stream, entry, now)? {
            Arrival::Mine(content) => self.read_letter(room, identity, *content, now)?,
            Arrival::Again | Arrival::Passing | Arrival::Forwarded => Taken::Applied,
            Arrival::Refused(reason, why) => Taken::Refused(reason, why),
        })
    }

    /// What a letter to this hub means.
    fn read_letter(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        content: Content,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let Content { from, letter, .. } = content;
        let (desk, watched) = (Case { hub: self, identity, now }, Watched::of(&letter));
        let taken = match letter {
            Letter::Key(key) => self.take_key(room, identity, &from, &key, now)?,
            letter @ (Letter::PoolAsk(_)
            | Letter::PoolKey(_)
            | Letter::Newcomer(_)
            | Letter::Tokens(_)
            | Letter::Match(_)) => desk.read_pool(room, &from, letter)?,
            other => desk.read(room, &from, other)?,
        };
        if let (Taken::Applied, Some(watched)) = (&taken, watched) {
            desk.watch(room, &from, watched)?;
        }
        Ok(taken)
    }

    /// A unit tells its sealing key: kept, and answered with this hub's own. A hub above answers: what
    /// waited for its key goes out.
    fn take_key(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        from: &Party,
        key: &SealKey,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if self.me.is_below(from) {
            units::keep_seal_key(room, from, key);
            Case { hub: self, identity, now }.send_unsent(room)?;
            return Ok(Taken::Applied);
        }
        if !from.is_below(&self.me) {
            return Ok(Taken::Refused(Reason::NotYours, "keys are told up and down only".to_owned()));
        }
        units::keep_seal_key(room, from, key);
        let own = seal::own(room)?.public();
        parcel::send(room, identity, from, Letter::Key(own), now)?;
        Ok(Taken::Applied)
    }
}
