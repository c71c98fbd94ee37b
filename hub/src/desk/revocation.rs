//! Revocations that this hub makes, learns and passes on. What it revokes of a hub it tells every hub above it, for
//! each may be the registrar of the unit's cases; a registrar tells the other party of each leg of that unit, so that
//! who writes or reads a proof knows it. What it revokes of a town or a school it tells its parent: from there its own
//! word comes back when it was put back to an older copy, and no stolen machine is let in again. Whatever a hub knows it
//! tells its own units too, down to the schools: a few kilobytes each, once, and all of it to a unit that has just come
//! or was put back.

use proto::custody::revoked::Revocation;
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::identity::keys::SpkiHash;
use proto::link::post::{Reason, Taken};
use proto::model::case::Letter;
use proto::model::day::Moment;
use proto::model::entry::Entry;
use proto::model::party::Party;
use proto::parcel;
use proto::store::{Room, StoreError};

use super::parcels::own_letter;
use super::registry::{self, Credential};
use super::{Hub, HubError, custody, has_authority, units as changes};
use crate::revocation;
use crate::units::{self, Status, Unit};

/// Whoever revokes or lets in again: this hub, as it signs now.
#[derive(Clone, Copy)]
pub(crate) struct Issuer<'a> {
    /// Signs.
    pub(crate) identity: &'a Identity,
    /// Now.
    pub(crate) now: Moment,
}

impl Issuer<'_> {
    /// The register says that a unit is revoked: its keys are, for everybody.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(crate) fn revoke(self, room: &mut Room<'_>, unit: &Unit) -> Result<(), StoreError> {
        let Status::Revoked { at, .. } = &unit.status else { return Ok(()) };
        let Credential { issued, next } = registry::credential(room, &unit.party)?;
        let authority = Certificate::authority(issued).ok().filter(|_| has_authority(&unit.party));
        let authority = authority.map(|certificate| certificate.spki_hash());
        let keys: Vec<_> = unit.spki_hash.map(SpkiHash).into_iter().chain(next).chain(authority).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let me = self.identity.party().clone();
        let revocation = Revocation::new(unit.party.clone(), keys, *at, me, self.identity);
        self.declare(room, &revocation)
    }

    /// The same keys were let in again: what they sign from now on counts.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(crate) fn lift(self, room: &mut Room<'_>, party: &Party, key: SpkiHash) -> Result<(), StoreError> {
        for known in revocation::of(room, party)? {
            if known.stands() && known.by == *self.identity.party() && known.keys.contains(&key) {
                self.declare(room, &known.lifted(self.now, self.identity))?;
            }
        }
        Ok(())
    }

    fn declare(self, room: &mut Room<'_>, revocation: &Revocation) -> Result<(), StoreError> {
        if !revocation::keep(room, revocation)? {
            return Ok(());
        }
        // towns and schools sign no steps: who keeps the word is enough
        let most = if has_authority(&revocation.party) { usize::MAX } else { 1 };
        for above in self.identity.party().lineage().skip(1).take(most) {
            self.tell(room, &above, revocation)?;
        }
        self.tell_those_concerned(room, revocation)
    }

    /// The units of this hub's own register: a town's schools are in the county's.
    fn units(self, room: &Room<'_>) -> Result<Vec<Party>, StoreError> {
        let me = self.identity.party();
        if !has_authority(me) {
            return Ok(Vec::new());
        }
        let units = units::list(room, me)?.into_iter().filter(|unit| unit.active().is_some());
        Ok(units.map(|unit| unit.party).collect())
    }

    /// Tells a unit all that is known here: it has just come, or its store was put back.
    pub(super) fn tell_all(self, room: &mut Room<'_>, unit: &Party) -> Result<(), StoreError> {
        let me = self.identity.party();
        let ours = has_authority(me) && units::get(room, unit)?.is_some_and(|unit| unit.active().is_some());
        let known = if ours { revocation::all(room)? } else { Vec::new() };
        known.iter().try_for_each(|revocation| self.tell(room, unit, revocation))
    }

    /// Tells this hub's units, and the other party of each leg of the unit, or of one below it, whose registrar this
    /// hub is.
    fn tell_those_concerned(self, room: &mut Room<'_>, revocation: &Revocation) -> Result<(), StoreError> {
        let (me, mut others) = (self.identity.party(), self.units(room)?);
        let stands_on = |party: &Party| *party == revocation.party || party.is_below(&revocation.party);
        for (_, leg) in custody::all_registered(room)? {
            let Some(frame) = leg.chain.frame() else { continue };
            let both = [&frame.offerer, &frame.receiver];
            if both.into_iter().any(stands_on) {
                others.extend(both.into_iter().filter(|party| !stands_on(party) && *party != me).cloned());
            }
        }
        others.sort_unstable();
        others.dedup();
        others.iter().try_for_each(|other| self.tell(room, other, revocation))
    }

    fn tell(self, room: &mut Room<'_>, to: &Party, revocation: &Revocation) -> Result<(), StoreError> {
        parcel::send(room, self.identity, to, Letter::Revocation(revocation.to_bytes()), self.now).map(drop)
    }
}

impl Hub {
    /// Another hub says that keys were revoked, or let in again.
    pub(super) fn take_revocation(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        bytes: &[u8],
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let Ok(revocation) = Revocation::from_bytes(bytes) else {
            return Ok(Taken::Refused(Reason::Unreadable, "no revocation".to_owned()));
        };
        if let Err(why) = revocation.check(identity.lineage().root()) {
            return Ok(Taken::Refused(Reason::Forged, why.to_string()));
        }
        if revocation::keep(room, &revocation)? {
            let Revocation { party, by, .. } = &revocation;
            tracing::warn!(%party, %by, "{by} says which keys of {party} are revoked");
            Issuer { identity, now }.tell_those_concerned(room, &revocation)?;
            self.changed.notify_one();
        }
        Ok(Taken::Applied)
    }

    /// What this hub told its parent before it was put back to an older copy, and no longer knows: its own word on
    /// revoked keys counts again, in the register too. Why it was given is told to nobody and is lost.
    pub(super) fn revocations_came_back(
        &self,
        room: &mut Room<'_>,
        entries: &[Entry],
        now: Moment,
    ) -> Result<(), HubError> {
        let state = self.state();
        let Some(identity) = state.identity.as_deref() else { return Ok(()) };
        for revocation in entries.iter().filter_map(|entry| own_word(&self.me, entry)) {
            if revocation.check(identity.lineage().root()).is_err() || !revocation::keep(room, &revocation)? {
                continue;
            }
            let Some(unit) = units::get(room, &revocation.party)? else { continue };
            let Some(status) = revocation::status(&revocation, &unit) else { continue };
            tracing::warn!(unit = %unit.party, "{} stands again as this hub had said before the restore", unit.party);
            changes::entered(room, &self.me, state.authority.as_deref(), &Unit { status, ..unit }, now)?;
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Writes what is known beside the root's certificate, where `verify` reads it while the hub runs.
    pub(super) async fn keep_revocations(&self) {
        let Ok(known) = self.desk.act(|room| revocation::all(room)).await else { return };
        let (path, text) = (self.files.revoked(), revocation::to_text(&known));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if kept == text {
            return;
        }
        if let Err(error) = proto::platform::replace_file(&path, text.as_bytes()) {
            tracing::warn!("{} is not written: {error}", path.display());
        }
    }
}

/// The revocation that an entry of `me`'s own carries.
fn own_word(me: &Party, entry: &Entry) -> Option<Revocation> {
    let Letter::Revocation(bytes) = own_letter(entry)? else { return None };
    Revocation::from_bytes(&bytes).ok().filter(|revocation| revocation.by == *me)
}
