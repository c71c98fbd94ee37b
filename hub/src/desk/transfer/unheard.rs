//! A hub on the way that keeps letters back is noticed: whoever has signed a step and has no receipt in time has a
//! duty that says whom to telephone, and the hub above the one that should have passed it on is written to.
//! When the only line leads through the silent hub, the letter waits and the duty stands.

use proto::custody::chain::State;
use proto::custody::sign::Signed;
use proto::custody::step::{StepKind, lowest_common};
use proto::link::post::{self, Taken};
use proto::model::case::{Duty, Leg, News, TransferState, Unheard};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::duties::{Desk, Owed};
use super::{Case, not_yours};
use crate::desk::custody;
use crate::transfer::{self, Dossier, What};
use crate::unheard;

/// A step of this hub's own without a receipt.
#[derive(Debug, Clone)]
pub(super) struct Silent {
    said: Unheard,
    /// Whom to telephone: the hub above the one that should have passed the step on.
    ask: Party,
    due: Day,
}

impl Silent {
    /// As a duty.
    pub(super) fn owed(&self) -> Owed {
        let Self { said, ask, due } = self;
        Owed { case: said.leg.case, party: ask.clone(), duty: Duty::Unheard, since: said.sent, due: *due }
    }

    pub(super) fn leg(&self) -> Leg {
        self.said.leg
    }
}

impl Desk<'_> {
    /// The steps that this hub has signed and of which it has heard nothing for too long, though it has talked to its
    /// parent since.
    pub(super) fn unheard(&self, room: &Room<'_>) -> Result<Vec<Silent>, StoreError> {
        let Some(parent) = self.me.parent() else { return Ok(Vec::new()) };
        let talked = post::contact(room, &parent)?.map(|contact| contact.last.day());
        let mut silent = Vec::new();
        for (leg, held) in custody::all_held(room)? {
            let Some(step) = held.pending.as_ref().map(Signed::step) else { continue };
            let sent = step.at.day();
            let due = self.workdays(sent, self.state.rules.transfer.undeliverable_after_days);
            // on this hub's own line nothing could come
            let listened = talked.is_some_and(|day| day >= due.plus(-1));
            if step.registrar == *self.me || self.today < due || !listened {
                continue;
            }
            let dossier = transfer::find(room, leg.case)?;
            if step.kind == StepKind::Offer && dossier.is_some_and(|it| it.is_with_mover()) {
                continue;
            }
            let said = Unheard { leg, step: step.n, sent, over: false };
            silent.push(Silent { said, ask: parent.parent().unwrap_or_else(|| parent.clone()), due });
        }
        Ok(silent)
    }

    /// The same, for the hub above the parent.
    pub(in crate::desk) fn unheard_steps(&self, room: &Room<'_>) -> Result<Vec<Unheard>, StoreError> {
        Ok(self.unheard(room)?.into_iter().map(|silent| silent.said).collect())
    }

    /// What hubs further below have no receipt of: the hub between is to be asked.
    pub(super) fn unheard_below(&self, room: &Room<'_>) -> Result<Vec<Owed>, StoreError> {
        let heard = unheard::open(room)?.into_iter();
        let owed = heard.filter_map(|heard| {
            let party = self.next_to(&heard.by)?;
            let since = heard.said.sent;
            let due = self.workdays(since, self.state.rules.transfer.undeliverable_after_days);
            Some(Owed { case: heard.said.leg.case, party, duty: Duty::Unheard, since, due })
        });
        Ok(owed.collect())
    }

    /// The hub directly below this one through which `party` is reached.
    pub(super) fn next_to(&self, party: &Party) -> Option<Party> {
        party.lineage().take_while(|hub| hub != self.me).last()
    }
}

impl Case<'_> {
    /// A hub further below has no receipt of a step that it signed.
    pub(super) fn unheard(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        said: Unheard,
    ) -> Result<Taken, StoreError> {
        let me = &self.hub.me;
        let grandparent = from.parent().and_then(|parent| parent.parent());
        if from.is_school() || grandparent.as_ref() != Some(me) {
            return Ok(not_yours("a step without a receipt is told to the hub above the parent"));
        }
        if !said.over {
            tracing::warn!(from = %from, case = %said.leg.case, "a step of {from} of {} has no receipt", said.sent);
        }
        unheard::hear(room, from, said)?;
        Ok(Taken::Applied)
    }

    /// The moving office has an offer of this county, and has not let it go yet (X3, X4).
    pub(super) fn is_with_mover(
        &self,
        room: &Room<'_>,
        from: &Party,
        dossier: &Dossier,
        news: &News,
    ) -> Result<bool, StoreError> {
        let there = matches!(news.state, TransferState::Collected | TransferState::ProvinceReceived);
        let Some(onward) = dossier.onward.as_ref().filter(|onward| there && onward.leg == news.leg) else {
            return Ok(false);
        };
        let held = custody::held(room, onward.leg)?;
        let waits = held.chain.state() == State::Held && held.pending.is_some();
        Ok(waits && lowest_common(&self.hub.me, &onward.to).as_ref() == Some(from))
    }

    /// Enters that; said again, it is known. The school learns it, too.
    pub(super) fn with_mover(
        &self,
        room: &mut Room<'_>,
        mut dossier: Dossier,
        state: TransferState,
    ) -> Result<Taken, StoreError> {
        if dossier.is_with_mover() {
            return Ok(Taken::Applied);
        }
        let news = dossier.state != state;
        dossier.turn(state, self.now);
        dossier.note(self.now, "", What::Collected, "");
        transfer::keep(room, &dossier);
        if news { self.tell_school(room, &dossier, "").map(|()| Taken::Applied) } else { Ok(Taken::Applied) }
    }
}
