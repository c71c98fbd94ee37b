//! Offers that wait for the registrar's officer (X3, X4): kept, receipted, let go or sent back.

use proto::custody::message::{Checked, Message};
use proto::custody::registrar;
use proto::custody::sign::Signed;
use proto::custody::step::StepKind;
use proto::identity::Identity;
use proto::model::case::{Leg, Letter, News, TransferState};
use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::rulebook::Dispatch;
use proto::parcel;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::kept::{as_registrar, leg_key, registered};
use super::{Hub, HubError, Run, Waiting, goes_round};

/// The last offer of a leg that the registrar's officer sent back: said again, it is refused again.
#[derive(Debug, Serialize, Deserialize)]
struct Declined(Hash);

impl Record for Declined {
    const VERSION: u8 = 1;
    const NAME: &'static str = "offer that was sent back";
}

fn refused(leg: Leg, step: Hash) -> Message {
    Message::Refused { leg, step, why: registrar::Refusal::Unlawful }
}

impl Run<'_> {
    /// An offer that the registrar's officer has to let go first (X3), one that has gone from place to place too
    /// often for the system to decide, or one to a county that has no hub. `true`: it goes no further now. One
    /// that this registrar may not sequence yet is kept as well: its officer sees it, and can send it back.
    pub(super) fn waits(&mut self, room: &mut Room<'_>, checked: &Checked) -> Result<bool, StoreError> {
        let Some(signed) = self.offer_in(room, checked)? else { return Ok(false) };
        let (leg, hash) = (signed.step().leg, signed.hash());
        if room.read::<Declined>(&leg_key("y", leg))?.is_some_and(|declined| declined.0 == hash) {
            // its county said it again before it heard
            self.tell(room, checked.from(), refused(leg, hash))?;
            return Ok(true);
        }
        let (step, state) = (signed.step(), self.hub.state());
        let rules = &state.rules.transfer;
        let free = rules.dispatch == Dispatch::Automatic
            && !goes_round(room, step.leg, rules.most_legs)?
            && state.registry.leads_to(&step.receiver);
        let open = as_registrar(room, &self.hub.me)?.is_open(&step.offerer, &step.receiver);
        if !free || !open {
            let since = room.read::<Waiting>(&leg_key("w", step.leg))?.map_or(self.at, |held| held.since);
            let (leg, from, to) = (step.leg, step.offerer.clone(), step.receiver.clone());
            let proposal = checked.message().to_bytes();
            room.write(leg_key("w", leg), &Waiting { leg, from: from.clone(), to, since, proposal });
            self.receipt(room, &from, leg)?;
        } else {
            room.delete(leg_key("w", step.leg));
        }
        Ok(!free)
    }

    /// An offer for this registrar that stands in no chain yet.
    fn offer_in<'c>(&self, room: &Room<'_>, checked: &'c Checked) -> Result<Option<&'c Signed>, StoreError> {
        let Message::Propose(signed) = checked.message() else { return Ok(None) };
        let step = signed.step();
        let is_mine = step.kind == StepKind::Offer && step.registrar == self.hub.me;
        let known = registered(room, step.leg)?;
        Ok((is_mine && known.is_none_or(|known| !known.chain.holds(signed.hash()))).then_some(&**signed))
    }

    /// Tells the county that its offer is here and waits (X3, X4): without it, it would not know whether a hub on the
    /// way keeps it back.
    fn receipt(&self, room: &mut Room<'_>, to: &Party, leg: Leg) -> Result<(), StoreError> {
        if *to == self.hub.me {
            return Ok(());
        }
        let state = match self.hub.me.level() {
            Some(Level::Province) => TransferState::ProvinceReceived,
            _ => TransferState::Collected,
        };
        let (place, outcome, at, reason) = (None, None, self.at, String::new());
        let news = News { leg, state, place, outcome, at, reason, yours: true };
        parcel::send(room, self.identity, to, Letter::News(news), self.at).map(drop)
    }
}

impl Hub {
    /// The officer lets an offer go (X3 to X5).
    pub(in crate::desk) fn let_go(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        leg: Leg,
        now: Moment,
    ) -> Result<Vec<Leg>, HubError> {
        let waiting: Waiting = room.read(&leg_key("w", leg))?.ok_or(HubError::NothingWaits(leg))?;
        if !as_registrar(room, &self.me)?.is_open(&waiting.from, &waiting.to) {
            return Err(HubError::NotReported(leg));
        }
        room.delete(leg_key("w", leg));
        let mut run = Run::new(self, identity, room, now)?;
        run.dispatched = true;
        let message = Message::from_bytes(&waiting.proposal).map_err(|_| HubError::NothingWaits(leg))?;
        run.queue.push_back((waiting.from, message));
        run.settle(room)??;
        Ok(run.changed)
    }

    /// The officer sends an offer back to the county that made it. Gives that county, and the legs that changed.
    pub(in crate::desk) fn send_offer_back(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        leg: Leg,
        now: Moment,
    ) -> Result<(Party, Vec<Leg>), HubError> {
        let waiting: Waiting = room.read(&leg_key("w", leg))?.ok_or(HubError::NothingWaits(leg))?;
        room.delete(leg_key("w", leg));
        let Ok(Message::Propose(signed)) = Message::from_bytes(&waiting.proposal) else {
            return Ok((waiting.from, Vec::new()));
        };
        room.write(leg_key("y", leg), &Declined(signed.hash()));
        let mut run = Run::new(self, identity, room, now)?;
        run.tell(room, &waiting.from, refused(leg, signed.hash()))?;
        run.settle(room)??;
        Ok((waiting.from, run.changed))
    }
}
