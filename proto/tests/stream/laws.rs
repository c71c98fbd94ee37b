//! What must be true in every state.

use std::collections::HashMap;

use proto::link::book;
use proto::model::entry::StreamId;

use super::explore::{State, talked};
use super::memory::Memory;
use super::place::{self, Place};
use super::world::{SCHOOL, party};

const S1: &str = "S1: what the child takes for delivered is what the parent holds";
const S2: &str = "S2: what was forgotten below is above, or in its newest backup";
const S3: &str = "S3: nothing is applied twice";
const S4: &str = "S4: a few good nights bring all that the school has said to the top";
const S5: &str = "S5: after a few good nights nothing waits";

/// Laws that were worked out are remembered.
#[derive(Default)]
pub(super) struct Laws {
    /// Somewhere an entry was forgotten because it was safe.
    pub(super) settled: bool,
    delivered: HashMap<(usize, u32, u32), bool>,
    healed: HashMap<([u32; 3], u8, u8), Option<&'static str>>,
}

impl Laws {
    pub(super) fn broken_by(&mut self, memory: &mut Memory<'_>, state: State) -> Vec<&'static str> {
        let mut broken = Vec::new();
        let world = *memory.world;
        for (link, (child, parent)) in world.links().iter().enumerate() {
            let ends = (state.disks[*child], state.disks[*parent], state.restores);
            let talked = state.met & (1 << link) != 0 || !world.rules.talks;
            let fits = talked.then(|| {
                let delivered =
                    || delivered(&memory.places.of(ends.0), &memory.places.of(ends.1), (*child, *parent));
                *self.delivered.entry((link, ends.0, ends.1)).or_insert_with(delivered)
            });
            if fits == Some(false) {
                broken.push(S1);
            }
        }
        let gone = memory.places.of(state.disks[SCHOOL]).gone();
        self.settled |= !gone.is_empty();
        let mut above = std::collections::BTreeSet::new();
        for at in 1..world.size() {
            above.extend(memory.places.of(state.disks[at]).facts());
            above.extend(memory.places.of(state.backups[at]).facts());
            if !memory.places.of(state.disks[at]).once() {
                broken.push(S3);
            }
        }
        if !gone.is_subset(&above) {
            broken.push(S2);
        }
        if world.rules.talks {
            let key = (state.disks, state.forgot, state.restores);
            let found = match self.healed.get(&key) {
                Some(found) => *found,
                None => healed(memory, state),
            };
            self.healed.insert(key, found);
            broken.extend(found);
        }
        broken
    }
}

/// Whether the parent holds, under the same hash, all that the child believes it has acknowledged.
fn delivered(child: &Place, parent: &Place, link: (usize, usize)) -> bool {
    let mut marks = Vec::new();
    child.read(|room| {
        for record in place::given(room, link.0) {
            let cursor = book::cursor(room, &party(link.1), &record.id).expect("memory reads");
            marks.extend(cursor.map(|cursor| (record.id, cursor.acked)));
        }
    });
    parent.read(|room| {
        marks.iter().filter(|(_, mark)| mark.seq > 0).all(|(stream, mark): &(StreamId, _)| {
            let Some(record) = book::find(room, stream).expect("memory reads") else { return false };
            let hash = book::hash_at(room, &record, mark.seq).expect("memory reads");
            mark.seq <= record.tail.seq && hash.is_none_or(|hash| hash == mark.hash)
        })
    })
}

/// Lines and machines hold: three nights, in each of which everybody talks with its parent and sends what is news.
fn healed(memory: &mut Memory<'_>, mut state: State) -> Option<&'static str> {
    let world = *memory.world;
    for _ in 0..3 {
        for (link, (child, parent)) in world.links().iter().enumerate().take(world.top()) {
            for _ in 0..2 {
                state = talked(memory, state, link);
                let ends = (state.disks[*child], state.disks[*parent]);
                (state.disks[*child], state.disks[*parent]) =
                    memory.deliver((*child, *parent), ends, state.restores);
            }
        }
    }
    let school = memory.places.of(state.disks[SCHOOL]);
    let top = memory.places.of(state.disks[world.top()]).facts();
    if !school.held(SCHOOL).is_subset(&top) || !school.gone().is_subset(&top) {
        return Some(S4);
    }
    let waits = |(child, parent): &(usize, usize)| {
        memory.places.of(state.disks[*child]).read(|room| {
            place::shown(room, (*child, *parent)).iter().any(|record| {
                let cursor = book::cursor(room, &party(*parent), &record.id).expect("memory reads");
                cursor.is_none_or(|cursor| cursor.acked.seq < record.tail.seq) && record.tail.seq > 0
            })
        })
    };
    world.links()[..world.top()].iter().any(waits).then_some(S5)
}
