//! The places of the model and what can happen at one.

use std::collections::BTreeMap;

use super::super::super::message::{Done, Message};
use super::super::super::registrar::{Legs, Registrar};
use super::super::super::rules::Rules;
use super::super::super::side::{Held, Holdings, Move, Offer, Side};
use super::super::super::step::RejectReason;
use super::super::{LEG, now, party};
use crate::model::entry::Hash;
use crate::model::party::Party;

/// The offerer's place; also the registrar's when it is both.
pub(super) const J: usize = 0;
/// The receiver's place.
pub(super) const K: usize = 1;
/// The registrar's place, when it is none of the two.
pub(super) const L: usize = 2;

/// What is explored.
pub(super) struct World {
    pub(super) registrar: &'static str,
    pub(super) offerer: &'static str,
    pub(super) receiver: &'static str,
    pub(super) rules: Rules,
    /// Which places are put back from a backup.
    pub(super) restorable: &'static [usize],
    /// How often in all.
    pub(super) restores: u32,
    /// A party does not know that it was put back until it hears the next letter, and acts on what it remembers
    /// until then. A registrar takes each start for a put-back.
    pub(super) unnoticed: bool,
    /// Handshakes and refusals arrive again and again too, not at most once as parcels do.
    pub(super) again: bool,
    /// A party's promise and report are one event, and so are its hello and its welcome. Else each letter of
    /// them travels by itself.
    pub(super) prompt: bool,
    /// Refusals arrive too. Losing them all is the worse world, and a much smaller one.
    pub(super) refusals: bool,
    /// What places do by themselves.
    pub(super) acts: &'static [Act],
    /// The longest chain in which the offerer still offers.
    pub(super) steps: u32,
}

/// All that a hub keeps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) registrar: Option<Registrar>,
    pub(super) legs: Legs,
    pub(super) side: Option<Side>,
    pub(super) holdings: Holdings,
    /// Put back without knowing it: the random number of the life that begins when it is told.
    pub(super) unaware: Option<u64>,
}

/// What a place may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    Offer,
    Recall,
    Accept,
    Reject,
    Expire,
}

impl Act {
    pub(super) const ALL: [Self; 5] = [Self::Offer, Self::Recall, Self::Accept, Self::Reject, Self::Expire];
}

impl World {
    /// Who is where.
    pub(super) fn parties(&self) -> Vec<Party> {
        let mut parties = vec![party(self.offerer), party(self.receiver)];
        if !parties.contains(&party(self.registrar)) {
            parties.push(party(self.registrar));
        }
        parties
    }

    /// Where the registrar is.
    pub(super) fn registrar_at(&self) -> usize {
        self.parties().iter().position(|p| *p == party(self.registrar)).unwrap()
    }

    pub(super) fn places(&self) -> Vec<Place> {
        let place = |(at, me): (usize, Party)| {
            let registrar = (at == self.registrar_at()).then(|| {
                let mut registrar = Registrar::new(me.clone(), 1);
                registrar.rules = self.rules;
                registrar
            });
            let side = (at != L).then(|| {
                let mut side = Side::new(me, party(self.registrar), 1);
                side.rules = self.rules;
                side
            });
            Place { registrar, legs: BTreeMap::new(), side, holdings: BTreeMap::new(), unaware: None }
        };
        self.parties().into_iter().enumerate().map(place).collect()
    }

    /// Does `act`; `None` when it is not possible.
    pub(super) fn act(&self, place: &mut Place, act: Act, nonce: u64) -> Option<Done> {
        let wanted = match act {
            Act::Expire => {
                let Place { registrar, legs, .. } = place;
                return Some(registrar.as_mut()?.expire(legs, 0, now(nonce)));
            }
            Act::Offer => {
                Move::Offer(Offer { receiver: party(self.receiver), payload: Hash::ROOT, after: None })
            }
            Act::Recall => Move::Recall,
            Act::Accept => Move::Accept,
            Act::Reject => Move::Reject(RejectReason::NotHere),
        };
        let side = place.side.as_ref()?;
        if act == Act::Offer && *side.party() != party(self.offerer) {
            return None;
        }
        let mut held = place.holdings.get(&LEG).cloned().unwrap_or_default();
        if held.chain.len() >= self.steps && act == Act::Offer {
            return None;
        }
        let done = side.make(LEG, &mut held, wanted, String::new(), now(nonce)).ok()?;
        place.holdings.insert(LEG, held);
        Some(done)
    }
}

impl Place {
    pub(super) fn deliver(&mut self, from: &Party, message: Message, nonce: u64) -> Done {
        let mut done = self.learns_of_it();
        let for_registrar = message.is_for_registrar();
        let checked = message.trusted(from);
        done.join(match (&mut self.registrar, &mut self.side) {
            (Some(registrar), _) if for_registrar => registrar.handle(checked, &mut self.legs, now(nonce)),
            (_, Some(side)) if !for_registrar => side.handle(checked, &mut self.holdings, now(nonce)),
            _ => Done::default(),
        });
        // what is not written is not kept
        self.legs.retain(|_, leg| !leg.chain.is_empty());
        self.holdings.retain(|_, held| *held != Held::default());
        done
    }

    /// Comes back from a backup.
    pub(super) fn reborn(&mut self, nonce: u64) -> Done {
        let Self { registrar, legs, .. } = self;
        let mut done = registrar.as_mut().map(|registrar| registrar.reborn(legs, nonce)).unwrap_or_default();
        done.join(self.side.as_mut().map(|side| side.reborn(nonce)).unwrap_or_default());
        done
    }

    /// Whoever speaks with a place shows first what it forgot.
    pub(super) fn learns_of_it(&mut self) -> Done {
        self.unaware.take().map(|nonce| self.reborn(nonce)).unwrap_or_default()
    }

    /// A random number in the program; here one that belongs to the present life.
    pub(super) fn nonce(&self) -> u64 {
        let life = self.registrar.as_ref().map_or(0, |registrar| registrar.ballot().nonce);
        life + self.side.as_ref().map_or(0, |side| side.life().nonce) + 100
    }

    /// What each night does.
    pub(super) fn night(&self, below: &[Party]) -> Done {
        let mut done = Done::default();
        if let Some(registrar) = &self.registrar {
            done.join(registrar.remind(below));
            self.legs.values().for_each(|leg| done.join(registrar.restate(leg)));
        }
        if let Some(side) = &self.side {
            done.join(side.remind());
            self.holdings.values().for_each(|held| done.join(side.repeat(held)));
        }
        done
    }

    /// The leg here as a party; nothing yet when it is not known.
    pub(super) fn held(&self) -> Held {
        self.holdings.get(&LEG).cloned().unwrap_or_default()
    }
}
