//! What a party does by its own will: offer and recall as the offerer, accept and reject as the receiver.

use std::collections::BTreeSet;

use super::{Held, Side};
use crate::custody::chain::State;
use crate::custody::message::{Done, Now};
use crate::custody::sign::Signed;
use crate::custody::step::{RejectReason, Step, StepKind, lowest_common};
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::party::Party;

/// What a party wants to do with a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Offer the case (again).
    Offer(Offer),
    /// Take the offer back.
    Recall,
    /// Take the case.
    Accept,
    /// Do not take the case.
    Reject(RejectReason),
}

/// What an offer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To whom.
    pub receiver: Party,
    /// Hash of the preview.
    pub payload: Hash,
    /// [`Chain::head`] of the leg before; `None` in the first leg.
    pub after: Option<Hash>,
}

/// Why a move cannot be made here and now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotMove {
    /// Restored, and not welcomed yet.
    #[error("restored, and waiting for the registrar {0}")]
    Blocked(Party),
    /// Two chains were seen.
    #[error("the leg is frozen")]
    Frozen,
    /// Another step of this party is on its way.
    #[error("another step is on its way")]
    Pending,
    /// Not from this state, or not by this party.
    #[error("not possible in this state")]
    State(State),
    /// The receiver is this party, or another hub is the registrar between the two.
    #[error("{0} is not a receiver under this registrar")]
    Receiver(Party),
}

impl Side {
    /// Signs a step and sends it to the registrar. From an ACCEPT's signature on this party answers for the
    /// child, so the state must be on disk before the message leaves.
    ///
    /// # Errors
    /// [`CannotMove`]; nothing has changed.
    pub fn make(
        &self,
        leg: Leg,
        held: &mut Held,
        wanted: Move,
        note: String,
        now: Now<'_>,
    ) -> Result<Done, CannotMove> {
        let step = self.draft(leg, held, wanted, note, now)?;
        let again = |pending: &Signed| (pending.step().n, pending.step().kind) == (step.n, StepKind::Accept);
        if held.pending.as_ref().is_some_and(|p| step.kind != StepKind::Accept || !again(p)) {
            return Err(CannotMove::Pending);
        }
        held.pending = Some(Signed::new(step, now.signer));
        let mut done = Done { changed: BTreeSet::from([leg]), ..Done::default() };
        self.propose_again(held, &mut done);
        Ok(done)
    }

    fn draft(
        &self,
        leg: Leg,
        held: &Held,
        wanted: Move,
        note: String,
        now: Now<'_>,
    ) -> Result<Step, CannotMove> {
        let state = held.chain.state();
        let (kind, receiver, payload, after) = match wanted {
            Move::Offer(offer) => (StepKind::Offer, Some(offer.receiver), offer.payload, offer.after),
            Move::Recall => (StepKind::Recall, None, Hash::ROOT, None),
            Move::Accept => (StepKind::Accept, None, Hash::ROOT, None),
            Move::Reject(reason) => (StepKind::Reject(reason), None, Hash::ROOT, None),
        };
        let frame = held.chain.frame();
        let offerer = frame.map_or(&self.me, |frame| &frame.offerer).clone();
        let receiver = match (frame, receiver) {
            (Some(frame), Some(named)) if named != frame.receiver => return Err(CannotMove::Receiver(named)),
            (Some(frame), _) => frame.receiver.clone(),
            (None, Some(named)) => named,
            (None, None) => return Err(CannotMove::State(state)),
        };
        let step = Step {
            leg,
            n: held.chain.len() + 1,
            prev: held.chain.head(),
            kind,
            offerer,
            receiver,
            registrar: self.registrar.clone(),
            by: self.me.clone(),
            at: now.at,
            life: self.life,
            payload,
            after: after.filter(|_| held.chain.is_empty()),
            note,
        };
        self.may(&step, held, state)?;
        Ok(step)
    }

    fn may(&self, step: &Step, held: &Held, state: State) -> Result<(), CannotMove> {
        let other = if step.offerer == self.me { &step.receiver } else { &step.offerer };
        let registrar = lowest_common(&step.offerer, &step.receiver);
        if other == &self.me || registrar.as_ref() != Some(&self.registrar) {
            Err(CannotMove::Receiver(step.receiver.clone()))
        } else if !self.is_open(other) {
            Err(CannotMove::Blocked(self.registrar.clone()))
        } else if held.frozen.is_some() {
            Err(CannotMove::Frozen)
        } else if state.take(step.kind).is_none() || *step.signer() != self.me {
            Err(CannotMove::State(state))
        } else {
            Ok(())
        }
    }
}
