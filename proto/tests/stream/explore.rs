//! Breadth first, so the first way to a broken law is a shortest one.

use std::collections::HashSet;
use std::fmt;

use super::laws::Laws;
use super::memory::Memory;
use super::world::{SCHOOL, World};

/// What was found.
pub(super) struct Report {
    pub(super) states: usize,
    pub(super) broken: Vec<Broken>,
    /// Somewhere a school forgot an entry because it was safe.
    pub(super) settled: bool,
}

/// A law and the shortest way to break it.
pub(super) struct Broken {
    pub(super) law: &'static str,
    way: Vec<String>,
}

/// The whole world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) disks: [u32; 3],
    pub(super) backups: [u32; 3],
    letters: u32,
    written: u8,
    pub(super) restores: u8,
    /// Links, by bit, whose ends have talked since either was put back.
    pub(super) met: u8,
    /// Links, by bit, whose parent was put back since they talked.
    pub(super) forgot: u8,
}

/// What happened.
#[derive(Clone, Copy)]
enum Event {
    Start,
    Writes,
    Hears(u32),
    Talk(usize),
    Backup(usize),
    Restored(usize),
}

/// Larger worlds do not fit into the tests.
const MOST: usize = 500_000;

/// How many states are looked at where a world is not explored to its end.
fn nearest() -> usize {
    std::env::var("STREAM_STATES").ok().and_then(|states| states.parse().ok()).unwrap_or(40_000)
}

/// Explores the world to its end, or until a law whose name contains `until` is broken.
pub(super) fn explore(world: &World, until: Option<&str>) -> Report {
    let mut memory = Memory::new(world);
    let (disk, letters) = (memory.empty_disk(), memory.no_letters());
    let start =
        State { disks: [disk; 3], backups: [disk; 3], letters, written: 0, restores: 0, met: 0, forgot: 0 };
    let mut known = HashSet::from([start]);
    let mut queue = vec![(start, 0_usize, Event::Start)];
    let mut laws = Laws::default();
    let mut report = Report { states: 0, broken: Vec::new(), settled: false };
    let (mut at, nearest) = (0, nearest());
    while let Some((state, _, _)) = queue.get(at).copied() {
        for law in laws.broken_by(&mut memory, state) {
            if !report.broken.iter().any(|broken| broken.law == law) {
                report.broken.push(Broken { law, way: way(&memory, &queue, at) });
            }
        }
        if until.is_some_and(|law| report.broken.iter().any(|broken| broken.law.contains(law))) {
            break;
        }
        for (event, next) in moves(&mut memory, state) {
            if known.insert(next) {
                queue.push((next, at, event));
            }
        }
        at += 1;
        assert!(at < MOST || !world.whole, "the world is too large");
        if !world.whole && at >= nearest {
            break;
        }
    }
    report.states = queue.len();
    report.settled = laws.settled;
    report
}

fn moves(memory: &mut Memory<'_>, state: State) -> Vec<(Event, State)> {
    let world = *memory.world;
    let mut moves = Vec::new();
    if state.written < world.entries {
        let mut next = State { written: state.written + 1, ..state };
        next.disks[SCHOOL] = memory.write(SCHOOL, state.disks[SCHOOL], next.written, state.restores);
        moves.push((Event::Writes, next));
    }
    for letter in memory.letters_of(state.letters).iter().copied() {
        let mut next = state;
        let at = memory.reader(letter);
        next.disks[at] = memory.hear(state.disks[at], letter);
        moves.push((Event::Hears(letter), next));
    }
    if world.rules.talks {
        for link in 0..world.links().len() {
            moves.push((Event::Talk(link), talked(memory, state, link)));
        }
    }
    for at in 0..world.size() {
        backups(memory, state, at, &mut moves);
    }
    for (_, next) in &mut moves {
        for at in 0..world.size() {
            next.letters = memory.with_said(next.letters, at, next.disks[at], next.restores);
        }
    }
    moves
}

/// Two neighbours talk.
pub(super) fn talked(memory: &mut Memory<'_>, state: State, link: usize) -> State {
    let (child, parent) = memory.world.links()[link];
    let (bit, mut next) = (1 << link, state);
    let ends = (state.disks[child], state.disks[parent]);
    (next.disks[child], next.disks[parent]) =
        memory.talk(link, ends, state.forgot & bit != 0, state.restores);
    next.met |= bit;
    next.forgot &= !bit;
    next
}

/// A hub backs up to let those below forget; a party that may be put back needs something to be put back from.
fn backups(memory: &mut Memory<'_>, state: State, at: usize, moves: &mut Vec<(Event, State)>) {
    let world = *memory.world;
    let restorable = world.restorable.contains(&at) && state.restores < world.restores;
    if state.disks[at] != state.backups[at] && (restorable || at != SCHOOL) {
        let mut next = state;
        next.backups[at] = state.disks[at];
        if at != SCHOOL {
            next.disks[at] = memory.secured(at, state.disks[at]);
        }
        moves.push((Event::Backup(at), next));
    }
    if restorable && state.disks[at] != state.backups[at] {
        let mut next = State { restores: state.restores + 1, ..state };
        let number = (!world.image).then_some(next.restores);
        next.disks[at] = memory.put_back(state.backups[at], number);
        for (link, (child, parent)) in world.links().iter().enumerate() {
            if *parent == at {
                next.forgot |= 1 << link;
            }
            if *parent == at || *child == at {
                next.met &= !(1 << link);
            }
        }
        moves.push((Event::Restored(at), next));
    }
}

fn way(memory: &Memory<'_>, queue: &[(State, usize, Event)], mut at: usize) -> Vec<String> {
    let mut way = Vec::new();
    while at != 0 {
        let (state, before, event) = queue[at];
        way.push(match event {
            Event::Start => "start".to_owned(),
            Event::Writes => format!("the school writes e{}", state.written),
            Event::Hears(letter) => memory.tell(letter),
            Event::Talk(link) => format!("{:?} talk", memory.world.links()[link]),
            Event::Backup(at) => format!("{at} takes a backup"),
            Event::Restored(at) => format!("{at} is put back"),
        });
        at = before;
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
