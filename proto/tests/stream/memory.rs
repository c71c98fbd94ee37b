//! What was computed is remembered: disks, letters and sets of letters have numbers, and each (disk, letter) is
//! given to the books once.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use super::place::{self, Letter, Place};
use super::world::{World, talk};

/// Gives equal things equal numbers.
pub(super) struct Names<T> {
    things: Vec<Rc<T>>,
    numbers: HashMap<Rc<T>, u32>,
}

impl<T: Hash + Eq> Names<T> {
    fn new() -> Self {
        Self { things: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, thing: T) -> u32 {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        let number = u32::try_from(self.things.len()).expect("fewer than four thousand million");
        let thing = Rc::new(thing);
        self.things.push(thing.clone());
        self.numbers.insert(thing, number);
        number
    }

    pub(super) fn of(&self, number: u32) -> Rc<T> {
        self.things[number as usize].clone()
    }
}

/// A child's disk and its parent's.
type Ends = (u32, u32);

/// A link, its ends, whether the parent was put back since they talked, when.
type Talk = (usize, Ends, bool, u8);

/// A letter on its way: from, to, what.
type Sent = (usize, usize, Letter);

pub(super) struct Memory<'w> {
    pub(super) world: &'w World,
    pub(super) places: Names<Place>,
    letters: Names<Sent>,
    sets: Names<Vec<u32>>,
    said: HashMap<(usize, u32, u8), u32>,
    unions: HashMap<(u32, u32), u32>,
    heard: HashMap<(usize, u32, u32), u32>,
    talks: HashMap<Talk, Ends>,
    secured: HashMap<(usize, u32), u32>,
}

impl<'w> Memory<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self {
            world,
            places: Names::new(),
            letters: Names::new(),
            sets: Names::new(),
            said: HashMap::new(),
            unions: HashMap::new(),
            heard: HashMap::new(),
            talks: HashMap::new(),
            secured: HashMap::new(),
        }
    }

    pub(super) fn empty_disk(&mut self) -> u32 {
        self.places.number(Place::default())
    }

    /// All that the child has for the parent arrives, and the answer.
    pub(super) fn deliver(&mut self, link: (usize, usize), ends: (u32, u32), now: u8) -> (u32, u32) {
        let (mut below, mut above) = ends;
        for letter in self.places.of(below).pushes(link) {
            let letter = self.letters.number((link.0, link.1, letter));
            above = self.hear(above, letter);
        }
        for letter in self.places.of(above).words(link, now) {
            let letter = self.letters.number((link.1, link.0, letter));
            below = self.hear(below, letter);
        }
        (below, above)
    }

    pub(super) fn no_letters(&mut self) -> u32 {
        self.sets.number(Vec::new())
    }

    pub(super) fn letters_of(&self, set: u32) -> Rc<Vec<u32>> {
        self.sets.of(set)
    }

    pub(super) fn reader(&self, letter: u32) -> usize {
        self.letters.of(letter).1
    }

    pub(super) fn tell(&self, letter: u32) -> String {
        let sent = self.letters.of(letter);
        match &sent.2 {
            Letter::Push { stream, seq, body, .. } => {
                format!("{} hears #{seq} of life {}: e{}", sent.1, stream.life.number, body[0])
            }
            Letter::Word { stream, seq, safe, store, .. } => format!(
                "{} hears that store {store} has life {} up to #{seq}, safe {safe}",
                sent.1, stream.life.number
            ),
        }
    }

    /// The set with all that `at` can write now.
    pub(super) fn with_said(&mut self, set: u32, at: usize, disk: u32, now: u8) -> u32 {
        let said = match self.said.get(&(at, disk, now)) {
            Some(said) => *said,
            None => {
                let place = self.places.of(disk);
                let mut letters = Vec::new();
                for link in self.world.links() {
                    let (to, written) = match link {
                        (child, parent) if *child == at => (*parent, place.pushes(*link)),
                        (child, parent) if *parent == at => (*child, place.words(*link, now)),
                        _ => continue,
                    };
                    letters.extend(written.into_iter().map(|letter| self.letters.number((at, to, letter))));
                }
                letters.sort_unstable();
                let said = self.sets.number(letters);
                self.said.insert((at, disk, now), said);
                said
            }
        };
        if let Some(known) = self.unions.get(&(set, said)) {
            return *known;
        }
        let mut union = [&self.sets.of(set)[..], &self.sets.of(said)[..]].concat();
        union.sort_unstable();
        union.dedup();
        let union = self.sets.number(union);
        self.unions.insert((set, said), union);
        union
    }

    pub(super) fn write(&mut self, at: usize, disk: u32, id: u8, nonce: u8) -> u32 {
        let mut place = Place::clone(&self.places.of(disk));
        place.write(at, id, nonce);
        self.places.number(place)
    }

    pub(super) fn hear(&mut self, disk: u32, letter: u32) -> u32 {
        let sent = self.letters.of(letter);
        let (from, at, _) = *sent;
        if let Some(known) = self.heard.get(&(at, disk, letter)) {
            return *known;
        }
        let mut place = Place::clone(&self.places.of(disk));
        place.act(|room| match &sent.2 {
            Letter::Push { .. } => place::hear_push(room, from, &sent.2, self.world.rules),
            Letter::Word { .. } => place::hear_word(room, (at, from), &sent.2, self.world.rules),
        });
        let heard = self.places.number(place);
        self.heard.insert((at, disk, letter), heard);
        heard
    }

    pub(super) fn talk(&mut self, link: usize, ends: (u32, u32), forgot: bool, nonce: u8) -> (u32, u32) {
        let key = (link, ends, forgot, nonce);
        if let Some(known) = self.talks.get(&key) {
            return *known;
        }
        let disks = (self.places.of(ends.0), self.places.of(ends.1));
        let (child, parent) = talk(self.world, self.world.links()[link], (&disks.0, &disks.1), forgot, nonce);
        let after = (self.places.number(child), self.places.number(parent));
        self.talks.insert(key, after);
        after
    }

    pub(super) fn secured(&mut self, at: usize, disk: u32) -> u32 {
        if let Some(known) = self.secured.get(&(at, disk)) {
            return *known;
        }
        let place = self.places.of(disk).secured(at);
        let secured = self.places.number(place);
        self.secured.insert((at, disk), secured);
        secured
    }

    pub(super) fn put_back(&mut self, backup: u32, number: Option<u8>) -> u32 {
        let place = self.places.of(backup).put_back(number);
        self.places.number(place)
    }
}
