//! I10: whoever wrote an entry that is in quarantine somewhere has been told.

use hub::desk::intake;
use node::records::{self, Answer, keys};
use proto::convert;
use proto::link::book;
use proto::link::post::{self, Quarantined};
use proto::model::party::Party;

use super::Breaches;
use crate::world::World;

pub(super) fn check(world: &World, breaches: &mut Breaches) {
    for hub in world.hubs() {
        for held in world.read(hub, |room| post::quarantined(room).expect("memory is read")) {
            breaches.hold(is_told(world, hub, &held), || {
                let Quarantined { stream, seq, reason, detail, .. } = &held;
                format!("I10 {hub} holds {seq} of {stream} back ({reason}: {detail}), and its origin does not know{}", parcel(world, hub, &held))
            });
        }
    }
}

/// From whom to whom the entry was, when it is a parcel.
fn parcel(world: &World, hub: &Party, held: &Quarantined) -> String {
    let entries = world.read(hub, |room| book::read(room, &held.stream, held.seq, 1));
    let entry = entries.ok().and_then(|(entries, _)| entries.into_iter().next());
    let parcel = entry.and_then(|entry| convert::parcel_in(&entry.body).ok());
    let address = parcel.and_then(|parcel| convert::parcel_address_in(&parcel.content).ok());
    address.map_or_else(String::new, |(from, to)| format!("; a parcel from {from} to {to}"))
}

fn is_told(world: &World, hub: &Party, held: &Quarantined) -> bool {
    let origin = &held.stream.origin;
    world.read(origin, |room| {
        if origin.is_school() {
            let answers = records::all::<Answer>(room, keys::ANSWERS).expect("memory is read");
            let this = |a: &Answer| (a.life, a.seq) == (held.stream.life.number, held.seq) && a.from == *hub;
            return answers.iter().any(|(_, answer)| this(answer));
        }
        let answers = intake::answers(room).expect("memory is read");
        answers.iter().any(|answer| answer.seq == held.seq && answer.from == *hub)
    })
}
