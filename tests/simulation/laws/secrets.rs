//! I9: no hub's disk names a child.

use proto::store::{Store, after};
use tests::search::Search;

use super::Breaches;
use crate::world::World;

pub(super) fn check(world: &World, search: &Search, breaches: &mut Breaches) {
    for (party, seat) in &world.seats {
        let pairs = seat.machine.drive.pairs();
        let named =
            |pair: &(Vec<u8>, Vec<u8>)| search.find(&pair.0).or_else(|| search.find(&pair.1)).is_some();
        let found = pairs.scan(b"", &after(b"")).map(|pair| pair.expect("memory is read")).find(named);
        if party.is_school() {
            // a search that finds nothing where the names are would find nothing anywhere
            breaches.hold(found.is_some(), || format!("I9 the search is blind in {party}"));
        } else {
            breaches.hold(found.is_none(), || {
                let key = found.as_ref().map(|(key, _)| key.escape_ascii().to_string());
                format!("I9 {party} names a child under {key:?}")
            });
        }
    }
}
