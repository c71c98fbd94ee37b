//! Breadth first, so the first way to a broken law is a shortest one.

use std::collections::HashSet;
use std::fmt;
use std::hash::BuildHasherDefault;

use super::laws::Laws;
use super::memory::{Event, Memory, Quick, Step};
use super::world::World;

/// What was found.
pub(super) struct Report {
    pub(super) states: usize,
    pub(super) broken: Vec<Broken>,
    pub(super) handed_over: bool,
}

/// A law and the shortest way to break it.
pub(super) struct Broken {
    pub(super) law: String,
    pub(super) way: Vec<String>,
}

/// The whole world: what stands at each place, what was ever sent to it, its backup; how often one was restored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    places: [u32; 3],
    inboxes: [u32; 3],
    backups: [u32; 3],
    restores: u32,
}

/// Larger worlds do not fit into a minute.
const MOST: usize = 6_000_000;

/// Explores the world to its end.
pub(super) fn explore(world: &World) -> Report {
    let mut memory = Memory::new(world);
    let (places, empty) = memory.start();
    let start = State { places, inboxes: [empty; 3], backups: places, restores: 0 };
    let mut known: HashSet<State, BuildHasherDefault<Quick>> = HashSet::default();
    known.insert(start);
    let mut queue = vec![(start, 0_u32, Event::Start)];
    let mut laws = Laws::default();
    let mut report = Report { states: 0, broken: Vec::new(), handed_over: false };
    let mut at = 0;
    while let Some((state, _, _)) = queue.get(at).copied() {
        for law in laws.broken_by(&mut memory, state.places) {
            if !report.broken.iter().any(|broken| broken.law == law) {
                report.broken.push(Broken { law, way: way(&memory, &queue, at) });
            }
        }
        let from = u32::try_from(at).unwrap();
        let mut found = |event, state| {
            if known.insert(state) {
                queue.push((state, from, event));
            }
        };
        moves(&mut memory, state, &mut found);
        backups(&mut memory, state, &mut found);
        at += 1;
        if at % 100_000 == 0 {
            eprintln!("{at} q{} {} ", queue.len(), memory.stat());
        }
        assert!(at < MOST, "the world is too large");
    }
    report.states = queue.len();
    report.handed_over = laws.handed_over;
    report
}

fn moves(memory: &mut Memory<'_>, state: State, found: &mut dyn FnMut(Event, State)) {
    for at in 0..memory.parties.len() {
        for step in memory.steps(at, state.places[at], state.inboxes[at]).iter() {
            found(step.event, after(memory, state, at, step));
        }
    }
}

fn after(memory: &mut Memory<'_>, mut state: State, at: usize, step: &Step) -> State {
    state.places[at] = step.place;
    state.inboxes[at] = step.inbox;
    for (inbox, letters) in state.inboxes.iter_mut().zip(step.letters) {
        *inbox = memory.with(*inbox, letters);
    }
    state
}

fn backups(memory: &mut Memory<'_>, state: State, found: &mut dyn FnMut(Event, State)) {
    if state.restores == memory.world.restores {
        return;
    }
    for at in memory.world.restorable.iter().copied().filter(|at| state.backups[*at] != state.places[*at]) {
        let mut backed = state;
        backed.backups[at] = state.places[at];
        found(Event::Backup(at), backed);
        let step = memory.restore(at, state.backups[at], state.inboxes[at], state.restores);
        let mut restored = after(memory, state, at, &step);
        restored.restores += 1;
        found(step.event, restored);
    }
}

fn way(memory: &Memory<'_>, queue: &[(State, u32, Event)], mut at: usize) -> Vec<String> {
    let mut way = Vec::new();
    while at != 0 {
        let (_, before, event) = queue[at];
        way.push(memory.tell(event));
        at = before as usize;
    }
    way.reverse();
    way
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} states", self.states)?;
        self.broken
            .iter()
            .try_for_each(|Broken { law, way }| write!(f, "\n{law}\n    {}", way.join("\n    ")))
    }
}
