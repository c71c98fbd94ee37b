//! Handing a case on: where to, on which leg, under which registrar (X2).

use proto::custody::chain::{Chain, State};
use proto::custody::side::{Move, Offer};
use proto::custody::step::lowest_common;
use proto::model::case::{CaseId, Leg, Letter, Showing, TransferState};
use proto::model::division::Divisions;
use proto::model::entry::Hash;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::store::{Room, StoreError};

use super::act::{Handed, found};
use super::duties::is_on_its_way;
use super::{Case, stance};
use crate::audit::{Action, Ended};
use crate::desk::{HubError, custody};
use crate::routing::{self, Scope};
use crate::transfer::{self, Dossier, Onward, What};

impl Case<'_> {
    pub(super) fn hand_on(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        to: Option<Region>,
        by: &str,
        note: String,
    ) -> Result<Handed, HubError> {
        let (mut dossier, me) = (found(room, case)?, &self.hub.me);
        if !stance(room, me, &dossier)?.acts() {
            return Err(HubError::NotOurs(case));
        }
        if is_on_its_way(room, me, &dossier)? {
            return Err(HubError::OnItsWay(case));
        }
        self.names_nobody(room, &dossier, &note)?;
        self.log(room, case, (by, "hand on"), Action::Decide, Ended::Done)?;
        let home = dossier.home.as_ref().map(|home| home.county.region());
        let said = to.or(home).or_else(|| dossier.hinted());
        let to = said
            .or_else(|| dossier.origin.as_ref().map(|origin| origin.to))
            .ok_or(HubError::NoPlace(case))?;
        if let Some(origin) = &mut dossier.origin {
            origin.to = to;
        }
        let (divisions, by_whom) = (Divisions::shipped(), &self.hub.config.by);
        if routing::county(divisions, by_whom, to).is_ok_and(|county| county == *me) {
            if self.keep_here(&mut dossier, by, note) {
                transfer::keep(room, &dossier);
                self.tell_school(room, &dossier, "")?;
            }
            return Ok(Handed::Here);
        }
        let route = routing::route(divisions, by_whom, me.region(), to)?;
        let receiver = match (route.scope, route.receiver) {
            (Scope::S1 | Scope::S2, Some(receiver)) => receiver,
            (Scope::S3, _) => {
                self.ask_for_letter(room, &mut dossier, to, by)?;
                return Ok(Handed::Letter);
            }
            _ => return Err(HubError::Abroad(to)),
        };
        let registrar = lowest_common(me, &receiver).ok_or(HubError::NoPlace(case))?;
        let preview = dossier.preview().cloned().ok_or(HubError::NoRecord(case))?;
        let (leg, after) = leg_for(room, &dossier, &receiver)?;
        let offer = Offer { receiver: receiver.clone(), payload: preview.hash(), after };
        // who was offered it on this leg before has the record, and does not ask again
        let before = dossier.onward.take().filter(|onward| onward.leg == leg && onward.to == receiver);
        let (key, released) = before.map_or((None, false), |onward| (onward.key, onward.released));
        dossier.onward = Some(Onward { leg, to: receiver.clone(), key, released, recall: false });
        dossier.turn(TransferState::Collected, self.now);
        dossier.note(self.now, by, What::Proposed, "");
        transfer::keep(room, &dossier);
        let wanted = Move::Offer(offer);
        let changed = self.hub.make_move(room, self.identity, (leg, &registrar), wanted, note, self.now)?;
        self.send(room, &receiver, Letter::Showing(Showing { leg, preview, place: to }))?;
        self.tell_school(room, &dossier, "")?;
        self.follow_all(room, changed)?;
        Ok(Handed::Offered { leg, to: receiver, registrar })
    }

    /// The child is looked for in this county: by whom is open, unless somebody is looking already. `false` when that
    /// was decided before and nothing was found since.
    pub(super) fn keep_here(&self, dossier: &mut Dossier, by: &str, note: String) -> bool {
        let found = dossier.assigned.as_ref().is_some_and(|assigned| assigned.finding.is_some());
        if dossier.state == TransferState::Verifying && !found {
            return false;
        }
        dossier.turn(TransferState::Verifying, self.now);
        dossier.note(self.now, by, What::Proposed, note);
        dossier.assigned.take_if(|assigned| assigned.finding.is_some());
        if let Some(inflow) = &mut dossier.inflow {
            inflow.answered = None;
        }
        true
    }
}

/// The leg on which the case is offered to `receiver`: the one under way to it, or a new one, which names the
/// head of the last one in which anything stands.
fn leg_for(room: &Room<'_>, dossier: &Dossier, receiver: &Party) -> Result<(Leg, Option<Hash>), StoreError> {
    let again = match &dossier.onward {
        // declined before anything stood in its place, or ended there, it begins or goes on
        Some(onward) if onward.to == *receiver => {
            (custody::held(room, onward.leg)?.chain.state() == State::Held).then_some(onward.leg)
        }
        _ => None,
    };
    let leg = again.unwrap_or_else(|| dossier.next_leg());
    let mut before = custody::chains(room, dossier.case)?;
    before.retain(|chain| chain.leg().is_some_and(|known| known.number < leg.number));
    let after = (leg.number > 1).then(|| before.last().map_or(Hash::ROOT, Chain::head));
    Ok((leg, after))
}
