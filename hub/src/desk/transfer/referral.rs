//! What a school refers to its county, corrects and takes back (X1, X12).

use proto::custody::chain::State;
use proto::custody::side::Move;
use proto::link::post::Taken;
use proto::model::case::{CaseId, Leg, Referral, TransferState};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::{Case, not_yours};
use crate::desk::{HubError, custody};
use crate::transfer::{self, Dossier, Onward, Origin, What};

impl Case<'_> {
    /// X1: a school of this county refers a case, corrects its referral, or takes it back.
    pub(super) fn referral(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        referral: Referral,
    ) -> Result<Taken, StoreError> {
        if !from.is_school() {
            return Ok(not_yours("only schools refer cases"));
        }
        let mut dossier = self.dossier(room, referral.case)?;
        if let Some(known) = &dossier.origin
            && (known.school != *from || known.revision >= referral.revision)
        {
            let same = known.school == *from;
            return Ok(if same { Taken::Applied } else { not_yours("another school referred this case") });
        }
        let Referral { revision, to, preview, record, withdrawn, .. } = referral;
        dossier.origin = Some(Origin { school: from.clone(), revision, to, preview, record, withdrawn });
        if withdrawn {
            dossier.note(self.now, "", What::Withdrawn, "");
            transfer::keep(room, &dossier);
            self.take_back(room, referral.case)?;
            dossier = self.dossier(room, referral.case)?;
        } else {
            dossier.note(self.now, "", What::Referred, "");
            // one that is on its way keeps its state: the correction counts when it comes back
            if dossier.onward.is_none() || !is_under_way(dossier.state) {
                dossier.turn(TransferState::Submitted, self.now);
            }
            transfer::keep(room, &dossier);
        }
        self.tell_school(room, &dossier, "")?;
        Ok(Taken::Applied)
    }

    /// A closed school takes nothing back by itself: what it referred is over, and `why` says how.
    pub(in crate::desk) fn take_back_for(
        &self,
        room: &mut Room<'_>,
        mut dossier: Dossier,
        school: &Party,
        (why, by): (&str, &str),
    ) -> Result<(), StoreError> {
        let Some(origin) = dossier.origin.as_mut().filter(|origin| origin.school == *school) else {
            return Ok(());
        };
        if origin.withdrawn {
            return Ok(());
        }
        origin.withdrawn = true;
        dossier.note(self.now, by, What::Withdrawn, why);
        transfer::keep(room, &dossier);
        self.take_back(room, dossier.case)
    }

    /// X12: recalls what is on its way, or ends what never left.
    pub(in crate::desk) fn take_back(&self, room: &mut Room<'_>, case: CaseId) -> Result<(), StoreError> {
        let mut dossier = self.dossier(room, case)?;
        let Some(onward) = dossier.onward.clone() else {
            self.withdraw_letter(room, &mut dossier)?;
            self.calls_off(room, &mut dossier)?;
            dossier.turn(TransferState::Withdrawn, self.now);
            transfer::keep(room, &dossier);
            return Ok(());
        };
        let (leg, held) = (onward.leg, custody::held(room, onward.leg)?);
        match held.chain.state() {
            // that takes both sides: who answers for the child hands it back
            State::HandedOver => return self.tell_withdrawn(room, &dossier),
            // the offer came to nothing, and by now it is looked for here, or a letter was asked for
            State::Held if held.pending.is_none() => {
                self.withdraw_letter(room, &mut dossier)?;
                self.calls_off(room, &mut dossier)?;
                dossier.turn(TransferState::Withdrawn, self.now);
            }
            _ => dossier.onward = Some(Onward { recall: true, ..onward }),
        }
        transfer::keep(room, &dossier);
        self.recall_when_possible(room, leg)
    }

    /// Takes an offer back that is to be taken back, as soon as it stands in its place.
    pub(super) fn recall_when_possible(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
        let wanted = self.dossier(room, leg.case)?.onward.is_some_and(|o| o.leg == leg && o.recall);
        let held = custody::held(room, leg)?;
        let Some(frame) = held.chain.frame().filter(|_| wanted && held.pending.is_none()) else {
            return Ok(());
        };
        if held.chain.state() != State::Offered {
            return Ok(());
        }
        let (registrar, note) = (frame.registrar.clone(), String::new());
        match self.hub.make_move(room, self.identity, (leg, &registrar), Move::Recall, note, self.now) {
            Ok(changed) => self.follow_all(room, changed),
            Err(HubError::Store(error)) => Err(error),
            Err(error) => {
                tracing::info!("the offer is not recalled yet: {error}");
                Ok(())
            }
        }
    }
}

fn is_under_way(state: TransferState) -> bool {
    use TransferState as X;
    !matches!(state, X::Draft | X::Submitted | X::ReturnedToSender | X::Misrouted | X::Withdrawn)
}
