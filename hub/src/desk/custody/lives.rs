//! When a hub begins a new life in custody (R7, R8).
//!
//! **As registrar at every start.** A whole disk put back while the program was off, its side file with it, looks
//! like any other start, and what was countersigned in the lost span may be with anyone: a county that called
//! past its city, a stick. So each start is taken for a put-back: nothing is sequenced between two counties before
//! both have promised to ignore older countersigns and have shown their chains. Only a hub without any unit has
//! said nothing yet.
//!
//! **As a party when it is known.** A party that forgot only what it heard is one that has not heard it yet. What
//! it said stands in its own streams, and whoever holds them shows that at the next contact
//! ([`proto::link::post::Handler::put_back`]), before anything else is heard there; a restore by the program's own
//! command is known at once.
//!
//! Keys: `h/c/b` restored, not begun; `h/c/B` was ever put back; `h/c/l/r`, `h/c/l/s` the run of the program in which the last life began.

use proto::custody::registrar;
use proto::custody::side::Holdings;
use proto::identity::Identity;
use proto::link::post::random;
use proto::model::case::Leg;
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::store::{Room, StoreError};

use super::super::transfer::Case;
use super::{Hub, Run, all_registered, as_registrar, side};

/// Set from a restore until the new life has begun.
const RESTORED: &[u8] = b"h/c/b";
/// Set for good when this hub was put back once.
const WAS_RESTORED: &[u8] = b"h/c/B";
/// The run in which this hub last began a life as registrar, and as a party.
const REGISTRAR_SINCE: &[u8] = b"h/c/l/r";
const SIDES_SINCE: &[u8] = b"h/c/l/s";

/// The store is a copy put back: a new life must begin before anything of custody is heard or said.
pub(in crate::desk) fn note_restored(room: &mut Room<'_>) {
    room.put(RESTORED, [1]);
    room.put(WAS_RESTORED, [1]);
}

/// Whether the store was ever put back: letters may then speak of cases that are not known here any more.
pub(in crate::desk) fn was_restored(room: &Room<'_>) -> Result<bool, StoreError> {
    Ok(room.get(WAS_RESTORED)?.is_some())
}

impl Hub {
    /// The program has started: new lives begin before anything is heard or said. Gives this hub's own legs that
    /// changed.
    pub(in crate::desk) fn custody_begins(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        now: Moment,
    ) -> Result<Vec<Leg>, StoreError> {
        let restored = room.get(RESTORED)?.is_some();
        let spoke = !self.state().registry.is_empty();
        self.begin_lives(room, identity, (restored || spoke, restored), now)
    }

    /// Somebody holds words of this hub that it does not know: the store was put back, and nothing else said so.
    pub(in crate::desk) fn custody_was_put_back(
        &self,
        room: &mut Room<'_>,
        now: Moment,
    ) -> Result<(), StoreError> {
        room.put(WAS_RESTORED, [1]);
        let state = self.state();
        let Some(identity) = state.identity.as_deref() else {
            note_restored(room);
            return Ok(());
        };
        let changed = self.begin_lives(room, identity, (true, true), now)?;
        Case { hub: self, identity, now }.follow_all(room, changed)
    }

    /// Begins a life as registrar and as a party, each at most once in a run: a disk is not put back under a
    /// program that works.
    fn begin_lives(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        (as_registrar, as_party): (bool, bool),
        now: Moment,
    ) -> Result<Vec<Leg>, StoreError> {
        let mut run = Run::new(self, identity, room, now)?;
        if as_registrar && self.is_first(room, REGISTRAR_SINCE)? {
            run.registrar_begins(room)?;
        }
        if as_party && self.is_first(room, SIDES_SINCE)? {
            run.sides_begin(room)?;
        }
        if let Err(bad) = run.settle(room)? {
            tracing::error!("{}", bad.say(Lang::En));
        }
        Ok(run.changed)
    }

    /// Whether this is the first time in this run; from now on it is not.
    fn is_first(&self, room: &mut Room<'_>, key: &[u8]) -> Result<bool, StoreError> {
        let run = self.run.to_be_bytes();
        let first = room.get(key)?.is_none_or(|last| last != run);
        if first {
            room.put(key, run);
        }
        Ok(first)
    }
}

impl Run<'_> {
    fn registrar_begins(&mut self, room: &mut Room<'_>) -> Result<(), StoreError> {
        let mut registrar = as_registrar(room, &self.hub.me)?;
        let legs: registrar::Legs = all_registered(room)?.into_iter().collect();
        let done = registrar.reborn(&legs, random());
        self.keep_registered(room, &registrar, &legs, done)?;
        // the hubs below are told by the broadcast; this one may be a party, too
        self.tell(room, &self.hub.me.clone(), registrar.word_for(&self.hub.me))
    }

    fn sides_begin(&mut self, room: &mut Room<'_>) -> Result<(), StoreError> {
        room.delete(RESTORED);
        for above in self.hub.me.lineage() {
            let mut side = side(room, &self.hub.me, &above)?;
            let done = side.reborn(random());
            self.keep_held(room, &side, &Holdings::new(), done)?;
        }
        Ok(())
    }
}
