//! The preview and the sealed record on their way to who looks for the child.

use proto::custody::chain::State;
use proto::link::post::Taken;
use proto::model::case::{Ask, Assignment, ChildRecord, Leg, Letter, Release, Showing, Way};
use proto::model::party::Party;
use proto::seal::{self, SealKey, Sealed};
use proto::store::{Room, StoreError};

use super::{Case, not_yours};
use crate::audit::{Action, Ended};
use crate::desk::custody;
use crate::transfer::{self, Assigned, Dossier, Inflow, Onward, What};

impl Case<'_> {
    /// Asks the other county for the record, sealed for this one.
    pub(in crate::desk) fn ask_for(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        (by, purpose): (&str, &str),
    ) -> Result<(), StoreError> {
        let key = seal::own(room)?.public();
        let Some(inflow) = &mut dossier.inflow else { return Ok(()) };
        inflow.asked = true;
        let (to, leg) = (inflow.from.clone(), inflow.leg);
        dossier.note(self.now, by, What::Asked, purpose);
        self.send(room, &to, Letter::Ask(Ask { leg, purpose: purpose.to_owned(), key }))
    }

    /// The other county asks for the record: it gets it while it is offered the case or answers for it.
    pub(super) fn ask(&self, room: &mut Room<'_>, from: &Party, ask: Ask) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, ask.leg.case)?;
        let held = custody::held(room, ask.leg)?;
        let entitled = matches!(held.chain.state(), State::Offered | State::HandedOver);
        let Some(onward) = dossier.onward.as_mut().filter(|o| o.leg == ask.leg && o.to == *from && entitled)
        else {
            return self.crossed(room, from, ask.leg, "the case is not offered to the one that asks");
        };
        (onward.key, onward.released) = (Some(ask.key), false);
        self.log(room, ask.leg.case, (&from.to_string(), &ask.purpose), Action::ReleaseRecord, Ended::Done)?;
        dossier.note(self.now, "", What::Asked, ask.purpose);
        self.release_record(room, &mut dossier)?;
        self.send_late_again(room, &dossier)?;
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// Sends the record, sealed anew for the other county, once that has named its key.
    pub(super) fn release_record(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
    ) -> Result<(), StoreError> {
        let Some(onward) = dossier.onward.clone() else { return Ok(()) };
        let (Some(key), false) = (&onward.key, onward.released) else { return Ok(()) };
        let Some(record) = self.sealed_anew(room, dossier, key, &onward.to)? else { return Ok(()) };
        self.send(room, &onward.to, Letter::Release(Release { leg: onward.leg, record }))?;
        dossier.onward = Some(Onward { released: true, ..onward });
        dossier.note(self.now, "", What::Released, "");
        Ok(())
    }

    /// The record sealed for somebody else; `None` when it is not here or does not open.
    pub(in crate::desk) fn sealed_anew(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        key: &SealKey,
        to: &Party,
    ) -> Result<Option<Sealed>, StoreError> {
        let (case, me) = (dossier.case, &self.hub.me);
        let record = self.record_here(room, dossier)?;
        Ok(record.map(|record| Way { case, from: me, to }.seal(&record, key)))
    }

    /// The record as the system itself reads it, in order to hand it on: nobody sees it. What this office recorded
    /// later goes along.
    pub(in crate::desk) fn record_here(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
    ) -> Result<Option<ChildRecord>, StoreError> {
        let own = seal::own(room)?;
        let Some((record, from)) = dossier.record() else { return Ok(None) };
        match (Way { case: dossier.case, from, to: &self.hub.me }).open(record, &own) {
            Ok(record) => {
                let unwilling = dossier.unwilling().or(record.unwilling);
                Ok(Some(ChildRecord { unwilling, ..record }))
            }
            Err(error) => {
                tracing::error!(case = %dossier.case, "a sealed record does not open: {error}");
                Ok(None)
            }
        }
    }

    /// A letter about a leg that is over. From its other party it has crossed the step that ended the leg, or
    /// the way back: nothing follows from it, and nobody did wrong. From anybody else it is refused.
    pub(super) fn crossed(
        &self,
        room: &Room<'_>,
        from: &Party,
        leg: Leg,
        why: &str,
    ) -> Result<Taken, StoreError> {
        let held = custody::held(room, leg)?;
        let between = |one: &Party, other: &Party| {
            held.chain.frame().is_some_and(|frame| frame.offerer == *one && frame.receiver == *other)
        };
        if !between(from, &self.hub.me) && !between(&self.hub.me, from) {
            return Ok(not_yours(why));
        }
        tracing::info!(case = %leg.case, from = %from, "a letter of {from} about case {} is late: {why}", leg.case);
        Ok(Taken::Applied)
    }

    pub(super) fn showing(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        showing: Showing,
    ) -> Result<Taken, StoreError> {
        let Showing { leg, preview, place } = showing;
        let mut dossier = self.dossier(room, leg.case)?;
        match &mut dossier.inflow {
            Some(inflow) if inflow.leg == leg && inflow.from == *from => {
                (inflow.preview, inflow.place) = (Some(preview), Some(place));
                if custody::held(room, leg)?.chain.state() == State::HandedOver {
                    // shown once more: the other county has to know for which key to seal
                    self.ask_for(room, &mut dossier, ("", "key"))?;
                }
            }
            Some(inflow) if inflow.leg.number >= leg.number => return Ok(Taken::Applied),
            _ => {
                // it came before the offer
                let (from, preview, place) = (from.clone(), Some(preview), Some(place));
                dossier.inflow =
                    Some(Inflow { leg, from, preview, place, asked: false, record: None, answered: None });
            }
        }
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    pub(super) fn release(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        release: Release,
    ) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, release.leg.case)?;
        let Some(inflow) = dossier.inflow.as_mut().filter(|i| i.leg == release.leg && i.from == *from) else {
            return self.crossed(room, from, release.leg, "no such case came from there");
        };
        inflow.record = Some(release.record);
        dossier.note(self.now, "", What::Released, "");
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// Gives the case to a school or town that looks for the child. `false` when the record is not here.
    pub(in crate::desk) fn give_to(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        assigned: Assigned,
        key: &SealKey,
    ) -> Result<bool, StoreError> {
        let (unit, due) = (assigned.unit.clone(), assigned.due);
        let Some(record) = self.sealed_anew(room, dossier, key, &unit)? else { return Ok(false) };
        let Some(preview) = dossier.preview().cloned() else { return Ok(false) };
        let leg = dossier.inflow.as_ref().map_or_else(|| dossier.case.leg(0), |inflow| inflow.leg);
        dossier.assigned = Some(assigned);
        self.send(room, &unit, Letter::Assignment(Assignment { leg, preview, record, due }))?;
        for which in 0..dossier.late.len() {
            self.send_late_on(room, dossier, which, None)?;
        }
        Ok(true)
    }
}
