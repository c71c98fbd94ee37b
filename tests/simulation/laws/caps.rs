//! I14: however much went wrong, nobody's disk and no commit has grown beyond what the work explains.

use proto::store::{Store, after};

use super::Breaches;
use crate::world::World;

/// Bytes of one commit: a conversation's turn is far below this.
const COMMIT: usize = 1 << 20;
/// Bytes of a whole disk after a few weeks.
const DISK: usize = 8 << 20;

pub(super) fn check(world: &World, breaches: &mut Breaches) {
    for (party, seat) in &world.seats {
        let drive = &seat.machine.drive;
        let bytes: usize = drive
            .pairs()
            .scan(b"", &after(b""))
            .map(|pair| pair.map_or(0, |(key, value)| key.len() + value.len()))
            .sum();
        breaches.hold(bytes <= DISK, || format!("I14 {party} holds {bytes} bytes"));
        let commit = drive.largest_commit();
        breaches.hold(commit <= COMMIT, || format!("I14 {party} committed {commit} bytes at once"));
    }
}
