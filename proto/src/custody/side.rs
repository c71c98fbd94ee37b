//! A party under one registrar: offers and recalls as J, accepts and rejects as K, and learns what was
//! sequenced.
//!
//! What is stored: one [`Side`] per party and registrar above it (or the party itself), one [`Held`] per leg.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::chain::{Chain, Equivocation, Standing, State};
use super::message::{Alarm, Checked, Done, Message, Now, Openness};
use super::registrar::{Refusal, other_of};
use super::rules::Rules;
use super::sign::Signed;
use super::step::{Age, Ballot, RejectReason, Step, StepKind, lowest_common};
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;
use crate::store::Record;

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

/// What a party wants to do with a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Offer the case (again).
    Offer(Offer),
    /// Take the offer back.
    Recall,
    /// Take the case.
    Accept,
    /// Do not take the case.
    Reject(RejectReason),
}

/// What an offer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// To whom.
    pub receiver: Party,
    /// Hash of the preview.
    pub payload: Hash,
    /// [`Chain::head`] of the leg before; `None` in the first leg.
    pub after: Option<Hash>,
}

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

/// Why a move cannot be made here and now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotMove {
    /// Restored, and not welcomed yet.
    #[error("restored, and waiting for the registrar {0}")]
    Blocked(Party),
    /// Two chains were seen.
    #[error("the leg is frozen")]
    Frozen,
    /// Another step of this party is on its way.
    #[error("another step is on its way")]
    Pending,
    /// Not from this state, or not by this party.
    #[error("not possible in this state")]
    State(State),
    /// The receiver is this party, or another hub is the registrar between the two.
    #[error("{0} is not a receiver under this registrar")]
    Receiver(Party),
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
        Self { me, registrar, life, promise, open: Openness::Everyone, rules: Rules::default() }
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

    /// Signs a step and sends it to the registrar. From an ACCEPT's signature on this party answers for the
    /// child, so the state must be on disk before the message leaves.
    ///
    /// # Errors
    /// [`CannotMove`]; nothing has changed.
    pub fn make(
        &self,
        leg: Leg,
        held: &mut Held,
        wanted: Move,
        note: String,
        now: Now<'_>,
    ) -> Result<Done, CannotMove> {
        let step = self.draft(leg, held, wanted, note, now)?;
        let again = |pending: &Signed| (pending.step().n, pending.step().kind) == (step.n, StepKind::Accept);
        if held.pending.as_ref().is_some_and(|p| step.kind != StepKind::Accept || !again(p)) {
            return Err(CannotMove::Pending);
        }
        held.pending = Some(Signed::new(step, now.signer));
        let mut done = Done { changed: BTreeSet::from([leg]), ..Done::default() };
        self.propose_again(held, &mut done);
        Ok(done)
    }

    fn draft(
        &self,
        leg: Leg,
        held: &Held,
        wanted: Move,
        note: String,
        now: Now<'_>,
    ) -> Result<Step, CannotMove> {
        let state = held.chain.state();
        let (kind, receiver, payload, after) = match wanted {
            Move::Offer(offer) => (StepKind::Offer, Some(offer.receiver), offer.payload, offer.after),
            Move::Recall => (StepKind::Recall, None, Hash::ROOT, None),
            Move::Accept => (StepKind::Accept, None, Hash::ROOT, None),
            Move::Reject(reason) => (StepKind::Reject(reason), None, Hash::ROOT, None),
        };
        let frame = held.chain.frame();
        let offerer = frame.map_or(&self.me, |frame| &frame.offerer).clone();
        let receiver = match (frame, receiver) {
            (Some(frame), Some(named)) if named != frame.receiver => return Err(CannotMove::Receiver(named)),
            (Some(frame), _) => frame.receiver.clone(),
            (None, Some(named)) => named,
            (None, None) => return Err(CannotMove::State(state)),
        };
        let step = Step {
            leg,
            n: held.chain.len() + 1,
            prev: held.chain.head(),
            kind,
            offerer,
            receiver,
            registrar: self.registrar.clone(),
            by: self.me.clone(),
            at: now.at,
            life: self.life,
            payload,
            after: after.filter(|_| held.chain.is_empty()),
            note,
        };
        self.may(&step, held, state)?;
        Ok(step)
    }

    fn may(&self, step: &Step, held: &Held, state: State) -> Result<(), CannotMove> {
        let other = if step.offerer == self.me { &step.receiver } else { &step.offerer };
        let registrar = lowest_common(&step.offerer, &step.receiver);
        if other == &self.me || registrar.as_ref() != Some(&self.registrar) {
            Err(CannotMove::Receiver(step.receiver.clone()))
        } else if !self.is_open(other) {
            Err(CannotMove::Blocked(self.registrar.clone()))
        } else if held.frozen.is_some() {
            Err(CannotMove::Frozen)
        } else if state.take(step.kind).is_none() || *step.signer() != self.me {
            Err(CannotMove::State(state))
        } else {
            Ok(())
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
            Message::Refused { leg, step, why } => refused(leg, step, why, legs, &mut done),
            Message::Reborn { ballot } => self.promise(ballot, legs, &mut done),
            Message::Welcome { ballot, life, open, chains } => {
                self.welcomed(ballot, life, &open, chains, legs, &mut done);
            }
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
            done.tell(&self.registrar, Message::Propose(pending.clone()));
        }
    }

    /// The registrar was restored: its older lives are ignored from now on, and it is shown all chains.
    fn promise(&mut self, ballot: Ballot, legs: &Holdings, done: &mut Done) {
        match self.promise.judge(ballot) {
            Age::Older | Age::Twin => {
                return done.tell(&self.registrar, Message::Higher { ballot: self.promise });
            }
            Age::Same => (),
            Age::Newer if self.rules.promise => self.promise = ballot,
            Age::Newer => (),
        }
        let mine = legs.values().filter(|held| self.other_in(&held.chain).is_some());
        let chains = mine.map(|held| held.chain.clone()).collect();
        done.tell(&self.registrar, Message::Heads { life: self.life, promise: ballot, chains });
    }

    /// The registrar tells a restored party all it knows. What is still held here is replaced by it: the
    /// registrar's word on open legs is whole, and proposals of older lives will never be sequenced.
    fn welcomed(
        &mut self,
        ballot: Ballot,
        life: Ballot,
        open: &Openness,
        chains: Vec<Chain>,
        legs: &mut Holdings,
        done: &mut Done,
    ) {
        if (life != self.life && self.rules.same_life) || !self.fence(ballot, done) {
            return;
        }
        let opened = |other: &Party| open.with(other) && !self.open.with(other);
        for (leg, held) in legs.iter_mut() {
            let pending = held.pending.as_ref().map(Signed::step);
            let other = held.chain.frame().or(pending).and_then(|frame| other_of(frame, &self.me));
            if other.is_some_and(opened) {
                *held = Held::default();
                done.changed.insert(*leg);
            }
        }
        self.open.widen(open);
        for chain in chains {
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
        self.say_hello(&mut done);
        done
    }

    fn say_hello(&self, done: &mut Done) {
        done.tell(&self.registrar, Message::Hello { life: self.life });
    }
}

/// A proposal that will not be sequenced as it is. An ACCEPT stays: what was signed may still arrive by
/// another way, so only a sequenced step ends its duty.
fn refused(leg: Leg, step: Hash, why: Refusal, legs: &mut Holdings, done: &mut Done) {
    let Some(held) = legs.get_mut(&leg) else { return };
    let stays = matches!(why, Refusal::Locked | Refusal::Ahead);
    let dropped = held
        .pending
        .take_if(|pending| pending.hash() == step && pending.step().kind != StepKind::Accept && !stays);
    if dropped.is_some() {
        done.changed.insert(leg);
    }
}

impl Say for Stance {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Acting => ("由本单位负责", "this place answers for the child"),
            Self::HandingOver => (
                "划转中，在对方接收登记前仍由本单位负责",
                "being handed over; this place answers until it is confirmed",
            ),
            Self::Accepted => (
                "已签收，等待登记，自签收起由本单位负责",
                "accepted, not yet confirmed; this place answers already",
            ),
            Self::NotMine => ("由其他单位负责", "another place answers"),
            Self::Blocked => (
                "本机由备份恢复，正在向登记机关核对，核对前请按仍由本单位负责处理",
                "restored from a backup and asking the registrar; treat the child as yours until it answers",
            ),
            Self::Frozen => (
                "登记冲突，已冻结；处理前由双方共同负责",
                "two records conflict; both places answer until people decide",
            ),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for CannotMove {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Blocked(registrar) => say!(
                lang,
                "本机由备份恢复，须等 {registrar} 核对后才能办理。请保持联网，核对后重试",
                "this hub was restored and must hear from {registrar} first. Keep the link up and try again"
            ),
            Self::Frozen => say!(
                lang,
                "该程登记冲突，已冻结。请电话联系登记机关处理",
                "this leg is frozen because two records conflict. Call the registrar's office"
            ),
            Self::Pending => say!(
                lang,
                "上一步已发出，尚未登记。请等登记机关答复后再办理",
                "the step before is on its way. Wait for the registrar's answer"
            ),
            Self::State(state) => {
                let state = state.say(lang);
                say!(
                    lang,
                    "当前状态（{state}）不能办理这一步。请查看个案状态",
                    "not possible now ({state}). Look at where the case stands"
                )
            }
            Self::Receiver(party) => say!(
                lang,
                "{party} 不能作为本程的接收方。请核对流入地；如须改送他处，请另起一程",
                "{party} cannot receive in this leg. Check the inflow place; for another place begin a new leg"
            ),
        }
    }
}
