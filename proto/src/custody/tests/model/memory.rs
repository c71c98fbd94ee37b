//! What was computed is remembered: places, letters and sets of letters have numbers, and each (place,
//! letter) is given to the reducers once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

use super::super::super::chain::Chain;
use super::super::super::message::{Done, Message, Welcome};
use super::world::{Act, Place, World};
use crate::model::party::Party;

/// What happens.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Start,
    Does(usize, Act),
    Hears(usize, u32),
    Backup(usize),
    Restored(usize),
}

/// What an event at one place leads to.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) event: Event,
    pub(super) place: u32,
    pub(super) inbox: u32,
    /// Sets of letters, one to each place.
    pub(super) letters: [u32; 3],
}

/// A few multiplications: the keys are small numbers.
#[derive(Default)]
pub(super) struct Quick(u64);

pub(super) type Map<A, B> = HashMap<A, B, BuildHasherDefault<Quick>>;

/// Gives equal things equal numbers.
pub(super) struct Names<T> {
    things: Vec<T>,
    numbers: HashMap<T, u32>,
}

/// A message on its way: from, to, what.
type Letter = (usize, usize, Message);

/// An inbox holds letters by number, doubled; odd: it was heard and does not come again.
type Inbox = Vec<u32>;

pub(super) struct Memory<'w> {
    pub(super) world: &'w World,
    pub(super) parties: Vec<Party>,
    pub(super) places: Names<Place>,
    letters: Names<Letter>,
    inboxes: Names<Inbox>,
    heard: Map<(u32, u32), (u32, [u32; 3])>,
    restored: Map<(u32, u32), (u32, [u32; 3])>,
    steps: Map<(u32, u32), Rc<[Step]>>,
    unions: Map<(u32, u32), u32>,
    prompts: Map<u32, Option<u32>>,
}

impl<'w> Memory<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self {
            world,
            parties: world.parties(),
            places: Names::new(),
            letters: Names::new(),
            inboxes: Names::new(),
            heard: Map::default(),
            restored: Map::default(),
            steps: Map::default(),
            unions: Map::default(),
            prompts: Map::default(),
        }
    }

    /// The places at the beginning, and the empty inbox.
    pub(super) fn start(&mut self) -> ([u32; 3], u32) {
        let mut places = [0; 3];
        for (at, place) in self.world.places().into_iter().enumerate() {
            places[at] = self.places.number(place);
        }
        (places, self.inboxes.number(Vec::new()))
    }

    /// All that can happen at a place and changes anything.
    pub(super) fn steps(&mut self, at: usize, place: u32, inbox: u32) -> Rc<[Step]> {
        if let Some(known) = self.steps.get(&(place, inbox)) {
            return known.clone();
        }
        let empty = self.inboxes.number(Vec::new());
        let mut steps = Vec::new();
        for act in self.world.acts.iter().copied() {
            let mut next = self.places.of(place).clone();
            if let Some(done) = self.world.act(&mut next, act, 0) {
                let letters = self.letters_of(at, done);
                steps.push(Step {
                    event: Event::Does(at, act),
                    place: self.places.number(next),
                    inbox,
                    letters,
                });
            }
        }
        for item in self.inboxes.of(inbox).clone().into_iter().filter(|item| item % 2 == 0) {
            let letter = item / 2;
            let (place, letters) = self.hear(place, letter);
            let inbox = if self.comes_again(letter) { inbox } else { self.with_heard(inbox, letter) };
            steps.push(Step { event: Event::Hears(at, letter), place, inbox, letters });
        }
        steps.retain(|step| (step.place, step.inbox, step.letters) != (place, inbox, [empty; 3]));
        let steps: Rc<[Step]> = steps.into();
        self.steps.insert((place, inbox), steps.clone());
        steps
    }

    /// What becomes of `place` when it hears `letter`.
    pub(super) fn hear(&mut self, place: u32, letter: u32) -> (u32, [u32; 3]) {
        if let Some(known) = self.heard.get(&(place, letter)) {
            return *known;
        }
        let (from, at, message) = self.letters.of(letter).clone();
        let mut next = self.places.of(place).clone();
        let nonce = next.nonce();
        let done = next.deliver(&self.parties[from], message, nonce);
        let result = (self.places.number(next), self.letters_of(at, done));
        self.heard.insert((place, letter), result);
        result
    }

    pub(super) fn restore(&mut self, at: usize, backup: u32, inbox: u32, restores: u32) -> Step {
        let (place, letters) = match self.restored.get(&(backup, restores)) {
            Some(known) => *known,
            None => {
                let mut next = self.places.of(backup).clone();
                let nonce = u64::from(restores) + 10;
                let done = if self.world.unnoticed && next.registrar.is_none() {
                    next.unaware = Some(nonce);
                    Done::default()
                } else {
                    next.reborn(nonce)
                };
                (self.places.number(next), self.letters_of(at, done))
            }
        };
        self.restored.insert((backup, restores), (place, letters));
        Step { event: Event::Restored(at), place, inbox, letters }
    }

    /// The place speaks with its neighbours: if it was put back, it knows from now on.
    pub(super) fn aware(&mut self, at: usize, place: u32) -> (u32, [u32; 3]) {
        let mut next = self.places.of(place).clone();
        let done = next.learns_of_it();
        (self.places.number(next), self.letters_of(at, done))
    }

    /// What the place `at` sends by itself each night.
    pub(super) fn night(&mut self, at: usize, place: u32) -> [u32; 3] {
        let done = self.places.of(place).night(&self.parties[..2]);
        self.letters_of(at, done)
    }

    /// The letters in these sets that have not been heard.
    pub(super) fn open<const N: usize>(&self, sets: [u32; N]) -> impl Iterator<Item = u32> + '_ {
        sets.into_iter()
            .flat_map(|set| self.inboxes.of(set))
            .filter(|item| *item % 2 == 0)
            .map(|item| item / 2)
    }

    pub(super) fn to(&self, letter: u32) -> usize {
        self.letters.of(letter).1
    }

    /// An inbox with more letters; one that was heard and does not come again stays so.
    pub(super) fn with(&mut self, inbox: u32, letters: u32) -> u32 {
        if let Some(known) = self.unions.get(&(inbox, letters)) {
            return *known;
        }
        let mut all = self.inboxes.of(inbox).clone();
        let new: Vec<u32> = self
            .inboxes
            .of(letters)
            .iter()
            .copied()
            .filter(|item| !all.contains(item) && !all.contains(&(item + 1)))
            .collect();
        all.extend(new);
        all.sort_unstable();
        let union = self.inboxes.number(all);
        self.unions.insert((inbox, letters), union);
        union
    }

    /// An inbox in which this letter was heard.
    pub(super) fn with_heard(&mut self, inbox: u32, letter: u32) -> u32 {
        let heard = |item: &u32| if *item / 2 == letter { letter * 2 + 1 } else { *item };
        let items = self.inboxes.of(inbox).iter().map(heard).collect();
        self.inboxes.number(items)
    }

    /// A letter that is answered or heard at once: reports and welcomes, when no line delays them.
    pub(super) fn prompt(&mut self, inbox: u32) -> Option<u32> {
        if let Some(known) = self.prompts.get(&inbox) {
            return *known;
        }
        let prompt = self.open([inbox; 1]).find(|letter| {
            let message = &self.letters.of(*letter).2;
            !is_lasting(message) && !matches!(message, Message::Hello { .. } | Message::Reborn { .. })
        });
        self.prompts.insert(inbox, prompt);
        prompt
    }

    /// Proposals and sequenced steps come again and again, the rest only when the world says so.
    fn comes_again(&self, letter: u32) -> bool {
        let message = &self.letters.of(letter).2;
        let hello = self.world.prompt && matches!(message, Message::Hello { .. });
        self.world.again || hello || is_lasting(message)
    }

    /// What is sent, as one set of letters to each place.
    fn letters_of(&mut self, from: usize, done: Done) -> [u32; 3] {
        let mut sent = done.send;
        if let Some(rebirth) = done.broadcast {
            sent.extend(self.parties.iter().take(2).map(|party| (party.clone(), rebirth.word_for(party))));
        }
        if !self.world.refusals {
            sent.retain(|(_, message)| !matches!(message, Message::Refused { .. }));
        }
        let mut sets = [Vec::new(), Vec::new(), Vec::new()];
        for (to, message) in sent {
            let to = self.parties.iter().position(|party| *party == to).unwrap();
            sets[to].push(self.letters.number((from, to, message)) * 2);
        }
        sets.map(|mut set| {
            set.sort_unstable();
            set.dedup();
            self.inboxes.number(set)
        })
    }

    pub(super) fn tell(&self, event: Event) -> String {
        let name = |at: usize| self.parties[at].to_string();
        match event {
            Event::Start => "start".to_owned(),
            Event::Does(at, act) => format!("{} {act:?}", name(at)),
            Event::Backup(at) => format!("{} backed up", name(at)),
            Event::Restored(at) => format!("{} RESTORED", name(at)),
            Event::Hears(at, letter) => format!("{} hears {}", name(at), brief(&self.letters.of(letter).2)),
        }
    }
}

fn is_lasting(message: &Message) -> bool {
    matches!(message, Message::Propose(_) | Message::Sequenced { .. })
}

fn kinds(chain: &Chain) -> String {
    chain.steps().iter().filter_map(|step| format!("{:?}", step.step().kind).chars().next()).collect()
}

fn brief(message: &Message) -> String {
    let all = |chains: &[Chain]| chains.iter().map(kinds).collect::<Vec<_>>();
    match message {
        Message::Propose(signed) => {
            let step = signed.step();
            format!("Propose #{} {:?} of life {}", step.n, step.kind, step.life)
        }
        Message::Refused { why, .. } => format!("Refused {why:?}"),
        Message::Sequenced { ballot, chain } => format!("Sequenced {} @{ballot}", kinds(chain)),
        Message::Heads(heads) => {
            format!("Heads {:?} of life {} promising {}", all(&heads.chains), heads.life, heads.promise)
        }
        Message::Welcome(welcome) => {
            let Welcome { ballot, life, open, chains, .. } = &**welcome;
            format!("Welcome {:?} @{ballot} to life {life}, {open:?}", all(chains))
        }
        other => format!("{other:?}"),
    }
}

impl<T: Clone + Eq + Hash> Names<T> {
    fn new() -> Self {
        Self { things: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.things.len()).unwrap();
        *self.numbers.entry(thing).or_insert_with_key(|thing| {
            self.things.push(thing.clone());
            next
        })
    }

    pub(super) fn of(&self, number: u32) -> &T {
        &self.things[number as usize]
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for eight in bytes.chunks(8) {
            let mut padded = [0; 8];
            padded[..eight.len()].copy_from_slice(eight);
            self.write_u64(u64::from_ne_bytes(padded));
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(23) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}
