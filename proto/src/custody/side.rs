//! A party under one registrar: offers and recalls as J, accepts and rejects as K, and learns what was
//! sequenced.
//!
//! What is stored: one [`Side`] per party and registrar above it (or the party itself), one [`Held`] per leg.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chain::{Chain, Equivocation, Standing, State};
use super::digest::Digest;
use super::message::{Alarm, Checked, Done, Heads, Message, Now, Openness, Welcome};
use super::page::{Gathered, Page};
use super::registrar::{Refusal, other_of};
use super::rules::Rules;
use super::sign::{Sign, Signed};
use super::step::{Age, Ballot, StepKind};
use crate::every;
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::party::Party;
use crate::store::Record;

/// What is signed to see by which certificate this party signs today.
const REVOKED: &[u8] = b"guixue/custody/certificate/v1\0";

mod moves;

pub use moves::{CannotMove, Move, Offer};

/// What a party keeps for one registrar.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Side {
    me: Party,
    registrar: Party,
    life: Ballot,
    /// The registrar's life that was promised: countersigns of older ones are ignored.
    promise: Ballot,
    /// With whom legs may go on; everyone when this party was never restored.
    open: Openness,
    /// A welcome of which pages are still to come.
    gathered: Option<Gathered>,
    #[serde(skip)]
    pub(super) rules: Rules,
}

/// One leg at one of its parties.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Held {
    /// What was sequenced, as far as is known here.
    pub chain: Chain,
    /// Signed here and not yet seen in the chain.
    pub pending: Option<Signed>,
    /// Set when two chains were seen.
    pub frozen: Option<Box<Equivocation>>,
}

/// The legs that a call needs: that of the message ([`Message::leg`]), or all under this registrar.
pub type Holdings = BTreeMap<Leg, Held>;

every! {
    /// How a party stands to a leg.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Stance {
        /// Answers for the child.
        Acting,
        /// Has offered the case and answers until it holds the countersigned ACCEPT (R2).
        HandingOver,
        /// Has signed ACCEPT, not yet confirmed: answers already (R3).
        Accepted,
        /// Another place answers.
        NotMine,
        /// Was restored and does not know yet.
        Blocked,
        /// Two chains were seen: answers until people decide.
        Frozen,
    }
}

impl Record for Side {
    const VERSION: u8 = 1;
    const NAME: &'static str = "custody side";
}

impl Record for Held {
    const VERSION: u8 = 1;
    const NAME: &'static str = "custody leg";
}

impl Stance {
    /// Whether this party answers for the child.
    pub const fn acts(self) -> bool {
        matches!(self, Self::Acting | Self::HandingOver | Self::Accepted | Self::Frozen)
    }
}

impl Side {
    /// A party that was never restored, under `registrar`.
    pub fn new(me: Party, registrar: Party, nonce: u64) -> Self {
        let (life, promise) = (Ballot::first(nonce), Ballot::NONE);
        let (open, rules) = (Openness::Everyone, Rules::default());
        Self { me, registrar, life, promise, open, gathered: None, rules }
    }

    /// Whose side this is.
    pub const fn party(&self) -> &Party {
        &self.me
    }

    /// Under whom.
    pub const fn registrar(&self) -> &Party {
        &self.registrar
    }

    /// The present life.
    pub const fn life(&self) -> Ballot {
        self.life
    }

    /// Whether legs with `other` may go on.
    pub fn is_open(&self, other: &Party) -> bool {
        !self.rules.welcome || self.open.with(other)
    }

    /// Begins a new life because the store was put back from a backup (R8): nothing is proposed or learned
    /// before the registrar's welcome.
    pub fn reborn(&mut self, nonce: u64) -> Done {
        self.begin(self.life.next(nonce))
    }

    /// Asks for the welcome again (each night, while anything is blocked).
    pub fn remind(&self) -> Done {
        let mut done = Done::default();
        if self.open != Openness::Everyone {
            self.say_hello(&mut done);
        }
        done
    }

    /// Sends what is pending in a leg again (each night).
    pub fn repeat(&self, held: &Held) -> Done {
        let mut done = Done::default();
        self.propose_again(held, &mut done);
        done
    }

    /// How this party stands to a leg.
    pub fn stance(&self, held: &Held) -> Stance {
        let pending = held.pending.as_ref().map(Signed::step);
        let Some(frame) = held.chain.frame().or(pending) else { return Stance::NotMine };
        let offers = frame.offerer == self.me;
        let signed = self.rules.act_from_signature && pending.is_some_and(|s| s.kind == StepKind::Accept);
        match held.chain.state() {
            _ if held.frozen.is_some() => Stance::Frozen,
            State::Held if offers => Stance::Acting,
            State::Offered if offers && self.rules.act_until_confirmed => Stance::HandingOver,
            State::Offered if !offers && signed => Stance::Accepted,
            State::HandedOver if !offers => Stance::Acting,
            _ if other_of(frame, &self.me).is_some_and(|other| !self.is_open(other)) => Stance::Blocked,
            _ => Stance::NotMine,
        }
    }

    /// Takes a message that is not [`Message::is_for_registrar`]. From anybody but the registrar it is nothing.
    pub fn handle(&mut self, checked: Checked, legs: &mut Holdings, now: Now<'_>) -> Done {
        let Checked { from, message } = checked;
        let mut done = Done::default();
        if from != self.registrar {
            return done;
        }
        match message {
            Message::Sequenced { ballot, chain } => self.hear(ballot, chain, legs, &mut done),
            Message::Refused { leg, step, why } => refused((leg, step), why, legs, now.signer, &mut done),
            Message::Reborn { ballot, known } => self.promise(ballot, &known, legs, &mut done),
            Message::Welcome(welcome) => self.welcomed(*welcome, legs, &mut done),
            Message::Stale { life } => self.stale(life, now.nonce, &mut done),
            _ => (),
        }
        done
    }

    /// Whether a registrar's life may be heard; a later one is noted, a twin answered.
    fn fence(&mut self, ballot: Ballot, done: &mut Done) -> bool {
        match self.promise.judge(ballot) {
            Age::Same => true,
            Age::Newer => {
                self.promise = ballot;
                true
            }
            Age::Older => !self.rules.promise,
            Age::Twin => {
                done.tell(&self.registrar, Message::Higher { ballot: self.promise });
                !self.rules.promise
            }
        }
    }

    fn hear(&mut self, ballot: Ballot, chain: Chain, legs: &mut Holdings, done: &mut Done) {
        let Some(other) = self.other_in(&chain) else { return };
        if !self.is_open(other) {
            self.say_hello(done);
        } else if self.fence(ballot, done) {
            self.learn(chain, legs, done);
        }
    }

    /// The other party of a chain that is this side's business.
    fn other_in<'c>(&self, chain: &'c Chain) -> Option<&'c Party> {
        let frame = chain.frame().filter(|frame| frame.registrar == self.registrar)?;
        other_of(frame, &self.me)
    }

    fn learn(&self, chain: Chain, legs: &mut Holdings, done: &mut Done) {
        let Some(leg) = chain.leg() else { return };
        let held = legs.entry(leg).or_default();
        match held.chain.against(&chain) {
            Standing::Shorter => return,
            // nobody was first, so the proposal has not arrived
            Standing::Same => return self.propose_again(held, done),
            Standing::Longer => {
                held.chain = chain;
                held.pending.take_if(|pending| pending.step().n <= held.chain.len());
            }
            Standing::Forked(evidence) => {
                held.frozen.get_or_insert_with(|| evidence.clone());
                done.alarms.push(Alarm::Equivocation(leg, evidence));
            }
        }
        done.changed.insert(leg);
    }

    fn propose_again(&self, held: &Held, done: &mut Done) {
        if let Some(pending) = &held.pending {
            done.tell(&self.registrar, Message::Propose(Box::new(pending.clone())));
        }
    }

    /// The registrar was restored: its older lives are ignored from now on, and it is shown all chains that it does
    /// not hold as they are here.
    fn promise(&mut self, ballot: Ballot, known: &Digest, legs: &Holdings, done: &mut Done) {
        match self.promise.judge(ballot) {
            Age::Older | Age::Twin => {
                return done.tell(&self.registrar, Message::Higher { ballot: self.promise });
            }
            Age::Same => (),
            Age::Newer if self.rules.promise => self.promise = ballot,
            Age::Newer => (),
        }
        let mine = || legs.iter().filter(|(_, held)| self.other_in(&held.chain).is_some());
        let (life, promise) = (self.life, ballot);
        let shown = Digest::of(mine().map(|(_, held)| &held.chain));
        let differs = mine().filter(|(leg, _)| !known.agrees(&shown, **leg)).map(|(_, held)| &held.chain);
        for (page, chains) in Page::cut(format!("{promise} {life} {shown:?}").as_bytes(), differs) {
            let heads = Heads { life, promise, shown: shown.clone(), page, chains };
            done.tell(&self.registrar, Message::Heads(Box::new(heads)));
        }
    }

    /// The registrar tells a restored party all it knows. What is still held here is replaced by it: the
    /// registrar's word on open legs is whole, and proposals of older lives will never be sequenced. Legs that are
    /// here as they are there are not told again.
    fn welcomed(&mut self, welcome: Welcome, legs: &mut Holdings, done: &mut Done) {
        if (welcome.life != self.life && self.rules.same_life) || !self.fence(welcome.ballot, done) {
            return;
        }
        let opened = |other: &Party| welcome.open.with(other) && !self.open.with(other);
        for (leg, held) in legs.iter_mut() {
            let pending = held.pending.as_ref().map(Signed::step);
            let other = held.chain.frame().or(pending).and_then(|frame| other_of(frame, &self.me));
            if !other.is_some_and(opened) {
                continue;
            }
            if welcome.tells_of(*leg) {
                *held = Held::default();
                done.changed.insert(*leg);
            } else if !welcome.is_told(*leg) && held.pending.take().is_some() {
                done.changed.insert(*leg);
            }
        }
        if Gathered::take(&mut self.gathered, &welcome.page) {
            self.open.widen(&welcome.open);
        }
        for chain in welcome.chains {
            if self.other_in(&chain).is_some() {
                self.learn(chain, legs, done);
            }
        }
    }

    /// The registrar knows another life of this party, of no lower number: a still higher one begins.
    fn stale(&mut self, known: Ballot, nonce: u64, done: &mut Done) {
        if matches!(self.life.judge(known), Age::Twin | Age::Newer) {
            done.join(self.begin(known.next(nonce)));
        }
    }

    fn begin(&mut self, life: Ballot) -> Done {
        let mut done = Done::default();
        self.life = life;
        self.open = Openness::nobody();
        self.gathered = None;
        self.say_hello(&mut done);
        done
    }

    fn say_hello(&self, done: &mut Done) {
        done.tell(&self.registrar, Message::Hello { life: self.life });
    }
}

/// A proposal that will not be sequenced as it is. An ACCEPT stays: what was signed may still arrive by
/// another way, so only a sequenced step ends its duty; but one that was signed under a certificate which was
/// revoked, and of which this party has another by now, is signed again.
fn refused((leg, step): (Leg, Hash), why: Refusal, legs: &mut Holdings, signer: &dyn Sign, done: &mut Done) {
    let Some(held) = legs.get_mut(&leg) else { return };
    let goes = |pending: &Signed| match (why, pending.step().kind) {
        (Refusal::Locked | Refusal::Ahead, _) => false,
        (Refusal::Revoked, StepKind::Accept) => {
            signer.sign(REVOKED).chain.first() != pending.signature().chain.first()
        }
        (_, kind) => kind != StepKind::Accept,
    };
    let dropped = held.pending.take_if(|pending| pending.hash() == step && goes(pending));
    if dropped.is_some() {
        done.changed.insert(leg);
    }
}
