//! The registrar of all legs between parties below it: it alone puts steps in their places (R1).
//!
//! What is stored: one [`Registrar`] per hub, one [`Registered`] per leg.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chain::{Chain, Equivocation, State};
use super::digest::Digest;
use super::message::{Alarm, Checked, Done, Message, Now, Openness};
use super::page::Gathered;
use super::rules::Rules;
use super::sign::{Sequenced, Signed};
use super::step::{Age, Ballot, Step, StepKind};
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::party::Party;
use crate::store::Record;

mod lives;

/// What a registrar knows beside its legs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Registrar {
    me: Party,
    ballot: Ballot,
    /// Who has promised this life and shown its chains; everyone when this registrar was never restored.
    reported: Openness,
    /// The latest known life of each party.
    fences: BTreeMap<Party, Ballot>,
    /// What was held at the beginning of this life of the chains of those that have not reported.
    known: BTreeMap<Party, Digest>,
    /// What those that have reported held then.
    shown: BTreeMap<Party, Digest>,
    /// Reports of which pages are still to come.
    gathered: BTreeMap<Party, Gathered>,
    #[serde(skip)]
    pub(super) rules: Rules,
}

/// One leg at its registrar.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Registered {
    /// What was sequenced.
    pub chain: Chain,
    /// The school day on which the last offer was sequenced or learned again.
    pub offered: u32,
    /// Set when two chains were seen: nothing is sequenced any more.
    pub frozen: Option<Box<Equivocation>>,
}

/// The legs that a call needs: those of the message ([`Message::leg`]), or all.
pub type Legs = BTreeMap<Leg, Registered>;

/// Why a proposal was not sequenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// This hub is not the registrar of the leg.
    #[error("this hub is not the leg's registrar")]
    NotMine,
    /// The registrar was restored and waits for a report of one of the parties. Propose again later.
    #[error("the registrar was restored and waits for reports")]
    Locked,
    /// Signed in a life of the party that is over.
    #[error("signed in a life that is over")]
    Fenced,
    /// Two chains of this leg were seen; people must decide.
    #[error("the leg is frozen")]
    Frozen,
    /// Another step took the place first; the chain follows.
    #[error("another step was first")]
    Lost,
    /// The proposal follows steps that the registrar does not know.
    #[error("it follows steps that the registrar does not know")]
    Ahead,
    /// The step may not stand there.
    #[error("the step is not allowed")]
    Unlawful,
    /// The certificate under which it was signed was revoked.
    #[error("the signer's certificate was revoked")]
    Revoked,
}

impl Record for Registrar {
    const VERSION: u8 = 1;
    const NAME: &'static str = "registrar";
}

impl Record for Registered {
    const VERSION: u8 = 1;
    const NAME: &'static str = "registered leg";
}

impl Registrar {
    /// A registrar that was never restored.
    pub fn new(me: Party, nonce: u64) -> Self {
        Self {
            me,
            ballot: Ballot::first(nonce),
            reported: Openness::Everyone,
            fences: BTreeMap::new(),
            known: BTreeMap::new(),
            shown: BTreeMap::new(),
            gathered: BTreeMap::new(),
            rules: Rules::default(),
        }
    }

    /// Whose registrar this is.
    pub const fn party(&self) -> &Party {
        &self.me
    }

    /// The present life.
    pub const fn ballot(&self) -> Ballot {
        self.ballot
    }

    /// Begins a new life because the store was put back from a backup (R7): every leg is locked until both
    /// its parties reported. `legs`: all.
    pub fn reborn(&mut self, legs: &Legs, nonce: u64) -> Done {
        self.begin(self.ballot.next(nonce), legs)
    }

    /// Which of `below` have not reported in this life.
    pub fn awaited<'p>(&self, below: &'p [Party]) -> Vec<&'p Party> {
        below.iter().filter(|party| !self.reported.with(party)).collect()
    }

    /// Reminds those of `below` that have not reported (each night).
    pub fn remind(&self, below: &[Party]) -> Done {
        let mut done = Done::default();
        for party in self.awaited(below) {
            done.tell(party, self.word_for(party));
        }
        done
    }

    /// What a party that has not reported in this life is told.
    pub fn word_for(&self, party: &Party) -> Message {
        let known = self.known.get(party).cloned().unwrap_or_default();
        Message::Reborn { ballot: self.ballot, known }
    }

    /// Whether steps of a leg between these two may be sequenced.
    pub fn is_open(&self, offerer: &Party, receiver: &Party) -> bool {
        self.reported.with(offerer) && self.reported.with(receiver)
    }

    /// Tells both parties of a leg where it stands, in this life.
    pub fn restate(&self, leg: &Registered) -> Done {
        let mut done = Done::default();
        if let Some(frame) = leg.chain.frame().filter(|frame| self.is_settled(leg, frame)) {
            self.publish(&leg.chain, [&frame.offerer, &frame.receiver], &mut done);
        }
        done
    }

    /// The answer to a proposal that stands on a key which is revoked: it is not sequenced, whatever else is
    /// true of it.
    pub fn turn_away(signed: &Signed) -> Done {
        let (step, mut done) = (signed.step(), Done::default());
        let refused = Message::Refused { leg: step.leg, step: signed.hash(), why: Refusal::Revoked };
        done.tell(&step.by, refused);
        done
    }

    /// Takes a message that [`Message::is_for_registrar`].
    pub fn handle(&mut self, checked: Checked, legs: &mut Legs, now: Now<'_>) -> Done {
        let Checked { from, message } = checked;
        match message {
            Message::Propose(signed) => self.propose(*signed, legs, now),
            Message::Heads(heads) => self.heads(&from, *heads, legs, now),
            Message::Higher { ballot } => self.higher(ballot, legs, now.nonce),
            Message::Hello { life } => self.hello(&from, life, legs),
            _ => Done::default(),
        }
    }

    /// Ends every offer among `legs` that has waited `days` school days of this hub's calendar.
    pub fn expire(&mut self, legs: &mut Legs, days: u32, now: Now<'_>) -> Done {
        let mut done = Done::default();
        for (id, leg) in legs {
            let Some(frame) = leg.chain.frame().cloned() else { continue };
            let due = leg.chain.state() == State::Offered
                && now.school_day.saturating_sub(leg.offered) >= days
                && self.is_settled(leg, &frame);
            if due {
                let step = self.expiry(&frame, &leg.chain, now);
                self.sequence(Signed::new(step, now.signer), leg, now);
                done.changed.insert(*id);
                self.publish(&leg.chain, [&frame.offerer, &frame.receiver], &mut done);
            }
        }
        done
    }

    fn expiry(&self, frame: &Step, chain: &Chain, now: Now<'_>) -> Step {
        Step {
            n: chain.len() + 1,
            prev: chain.head(),
            kind: StepKind::Expire,
            by: self.me.clone(),
            at: now.at,
            life: self.ballot,
            payload: Hash::ROOT,
            after: None,
            note: String::new(),
            ..frame.clone()
        }
    }

    fn propose(&mut self, signed: Signed, legs: &mut Legs, now: Now<'_>) -> Done {
        let mut done = Done::default();
        let step = signed.step();
        let leg = legs.entry(step.leg).or_default();
        match self.judge(&signed, leg) {
            Verdict::Next => {
                self.fences.insert(step.by.clone(), step.life);
                let (id, both) = (step.leg, [step.offerer.clone(), step.receiver.clone()]);
                self.sequence(signed, leg, now);
                done.changed.insert(id);
                self.publish(&leg.chain, [&both[0], &both[1]], &mut done);
            }
            Verdict::Recorded => self.publish(&leg.chain, [&step.by], &mut done),
            Verdict::Refused(why) => {
                self.explain(why, step, leg, &mut done);
                done.tell(&step.by, Message::Refused { leg: step.leg, step: signed.hash(), why });
            }
        }
        done
    }

    fn judge(&self, signed: &Signed, leg: &Registered) -> Verdict {
        let step = signed.step();
        let mine = step.registrar == self.me
            && leg
                .chain
                .frame()
                .is_none_or(|frame| (&frame.offerer, &frame.receiver) == (&step.offerer, &step.receiver));
        let refused = Verdict::Refused;
        let fence = self.fences.get(&step.by).copied().unwrap_or(Ballot::NONE);
        let current = !self.rules.fence || matches!(fence.judge(step.life), Age::Same | Age::Newer);
        if !mine || step.kind == StepKind::Expire {
            refused(Refusal::NotMine)
        } else if !self.is_open(&step.offerer, &step.receiver) {
            refused(Refusal::Locked)
        } else if leg.frozen.is_some() {
            refused(Refusal::Frozen)
        } else if leg.chain.holds(signed.hash()) {
            Verdict::Recorded
        } else if !current {
            refused(Refusal::Fenced)
        } else if step.n > leg.chain.len() + 1 {
            refused(Refusal::Ahead)
        } else if step.n <= leg.chain.len() || step.prev != leg.chain.head() {
            refused(Refusal::Lost)
        } else if leg.chain.admits(signed).is_err() {
            refused(Refusal::Unlawful)
        } else {
            Verdict::Next
        }
    }

    /// What a refused party needs in order to go on.
    fn explain(&self, why: Refusal, step: &Step, leg: &Registered, done: &mut Done) {
        match why {
            Refusal::Locked => {
                for party in [&step.offerer, &step.receiver] {
                    if !self.reported.with(party) {
                        done.tell(party, self.word_for(party));
                    }
                }
            }
            Refusal::Fenced => {
                let life = self.fences.get(&step.by).copied().unwrap_or(Ballot::NONE);
                done.tell(&step.by, Message::Stale { life });
            }
            Refusal::Lost => self.publish(&leg.chain, [&step.by], done),
            Refusal::Ahead => done.alarms.push(Alarm::Forgotten(step.leg)),
            Refusal::NotMine | Refusal::Frozen | Refusal::Unlawful | Refusal::Revoked => (),
        }
    }

    fn sequence(&self, signed: Signed, leg: &mut Registered, now: Now<'_>) {
        if signed.step().kind == StepKind::Offer {
            leg.offered = now.school_day;
        }
        let next = Sequenced::new(signed, self.ballot, now.at, leg.chain.sealed_head(), now.signer);
        leg.chain.push(next).expect("admitted a moment ago");
    }

    fn publish<'p>(&self, chain: &Chain, to: impl IntoIterator<Item = &'p Party>, done: &mut Done) {
        for party in to {
            done.tell(party, Message::Sequenced { ballot: self.ballot, chain: chain.clone() });
        }
    }

    fn is_settled(&self, leg: &Registered, frame: &Step) -> bool {
        leg.frozen.is_none() && self.is_open(&frame.offerer, &frame.receiver)
    }
}

enum Verdict {
    Next,
    Recorded,
    Refused(Refusal),
}

/// The other party of a leg; `None` when `party` is neither.
pub(super) fn other_of<'s>(frame: &'s Step, party: &Party) -> Option<&'s Party> {
    if frame.offerer == *party {
        Some(&frame.receiver)
    } else if frame.receiver == *party {
        Some(&frame.offerer)
    } else {
        None
    }
}
