//! The laws of custody, looked at in every state.

use std::collections::VecDeque;

use super::super::super::chain::{Chain, Standing, State};
use super::super::{LEG, party};
use super::memory::{Map, Memory};
use super::world::{J, K};

/// Judges each combination of places once.
#[derive(Default)]
pub(super) struct Laws {
    judged: Map<[u32; 3], ()>,
    pub(super) handed_over: bool,
}

impl Laws {
    /// Which laws do not hold here.
    pub(super) fn broken_by(&mut self, memory: &mut Memory<'_>, places: [u32; 3]) -> Vec<String> {
        if self.judged.insert(places, ()).is_some() {
            return Vec::new();
        }
        let mut broken = standing_laws(memory, places);
        broken.extend(law_of_healing(memory, places));
        let held = memory.places.of(places[K]).held();
        self.handed_over |= held.chain.state() == State::HandedOver;
        broken
    }
}

fn forked(one: &Chain, other: &Chain) -> bool {
    matches!(one.against(other), Standing::Forked(_))
}

fn standing_laws(memory: &Memory<'_>, places: [u32; 3]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut law = |holds: bool, law: &str| {
        if !holds {
            broken.push(law.to_owned());
        }
    };
    let world = memory.world;
    let [j, k] = [J, K].map(|at| memory.places.of(places[at]));
    let l = memory.places.of(places[world.registrar_at()]);
    let (held_j, held_k) = (j.held(), k.held());
    law(!forked(&held_j.chain, &held_k.chain), "I1: both parties hold one chain");
    law(held_j.frozen.is_none() && held_k.frozen.is_none(), "I1: nobody sees two chains");
    let (offerer, receiver) = (party(world.offerer), party(world.receiver));
    let registered = l.legs.get(&LEG).cloned().unwrap_or_default();
    law(registered.frozen.is_none(), "I1: nobody sees two chains");
    if l.registrar.as_ref().unwrap().is_open(&offerer, &receiver) {
        for held in [&held_j, &held_k] {
            law(
                !forked(&held.chain, &registered.chain),
                "I1: an unlocked registrar holds the parties' chain",
            );
            law(held.chain.len() <= registered.chain.len(), "I4: an unlocked registrar has lost nothing");
        }
    }
    // before its first offer is sequenced the case is the offerer's own
    let side = j.side.as_ref().unwrap();
    let j_acts = held_j.chain.is_empty() || side.stance(&held_j).acts();
    let side = k.side.as_ref().unwrap();
    let k_acts = side.stance(&held_k).acts() || !side.is_open(&offerer) || k.unaware.is_some();
    law(j_acts || k_acts, "I2: somebody answers for the child");
    broken
}

/// I3 and I12: when lines and machines hold, a few nights bring everybody to one chain, and the holder alone
/// answers for the child. All that was on its way before may be lost.
fn law_of_healing(memory: &mut Memory<'_>, mut places: [u32; 3]) -> Option<String> {
    let count = memory.parties.len();
    let mut quiet = false;
    for _ in 0..12 {
        let before = places;
        let mut line: VecDeque<u32> = VecDeque::new();
        for (at, place) in places.iter_mut().enumerate().take(count) {
            let (aware, letters) = memory.aware(at, *place);
            *place = aware;
            line.extend(memory.open(letters));
            let letters = memory.night(at, aware);
            line.extend(memory.open(letters));
        }
        let mut spoken = 0;
        while let Some(letter) = line.pop_front() {
            let at = memory.to(letter);
            let (place, letters) = memory.hear(places[at], letter);
            places[at] = place;
            line.extend(memory.open(letters));
            spoken += 1;
            if spoken > 500 {
                return Some("I12: the talk comes to an end".to_owned());
            }
        }
        quiet = places == before;
        if quiet {
            break;
        }
    }
    if !quiet {
        return Some("I12: nights bring rest".to_owned());
    }
    healed(memory, places)
}

fn healed(memory: &Memory<'_>, places: [u32; 3]) -> Option<String> {
    let world = memory.world;
    let [j, k] = [J, K].map(|at| memory.places.of(places[at]));
    let l = memory.places.of(places[world.registrar_at()]);
    let (held_j, held_k) = (j.held(), k.held());
    let (offerer, receiver) = (party(world.offerer), party(world.receiver));
    let (side_j, side_k) = (j.side.as_ref().unwrap(), k.side.as_ref().unwrap());
    let open = l.registrar.as_ref().unwrap().is_open(&offerer, &receiver)
        && side_j.is_open(&receiver)
        && side_k.is_open(&offerer);
    let chain = l.legs.get(&LEG).cloned().unwrap_or_default().chain;
    let j_acts = chain.is_empty() || side_j.stance(&held_j).acts();
    let k_acts = side_k.stance(&held_k).acts();
    if !open {
        Some("I12: nothing stays locked".to_owned())
    } else if held_j.chain != chain || held_k.chain != chain {
        Some("I3: all three hold one chain after healing".to_owned())
    } else if held_j.pending.is_some() || held_k.pending.is_some() {
        Some("I12: nothing stays pending".to_owned())
    } else if j_acts == k_acts || k_acts != (chain.state() == State::HandedOver) {
        Some("I3: the holder alone answers after healing".to_owned())
    } else {
        None
    }
}
