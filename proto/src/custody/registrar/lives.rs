//! Lives of the registrar and of its parties: who was restored, who has reported, who may go on (R7, R8).

use std::collections::BTreeSet;

use super::{Legs, Registered, Registrar, other_of};
use crate::custody::chain::{Chain, Standing};
use crate::custody::message::{Alarm, Done, Message, Now, Openness};
use crate::custody::step::{Age, Ballot};
use crate::model::party::Party;

impl Registrar {
    /// A party has promised this life and shows what it knows: longer chains are taken up, and legs whose
    /// other party reported before are open.
    pub(super) fn heads(
        &mut self,
        from: &Party,
        life: Ballot,
        promise: Ballot,
        chains: Vec<Chain>,
        legs: &mut Legs,
        now: Now<'_>,
    ) -> Done {
        let mut done = Done::default();
        if promise != self.ballot || !self.knows_life(from, life, &mut done) {
            return done;
        }
        for chain in chains {
            self.adopt(from, chain, legs, now.school_day, &mut done);
        }
        self.reported.widen(&Openness::Only(BTreeSet::from([from.clone()])));
        self.welcome(from, life, legs, &mut done);
        for leg in legs.values() {
            let Some(frame) = leg.chain.frame().filter(|frame| self.is_settled(leg, frame)) else { continue };
            if let Some(other) = other_of(frame, from) {
                self.publish(&leg.chain, [other], &mut done);
            }
        }
        done
    }

    fn adopt(&self, from: &Party, chain: Chain, legs: &mut Legs, school_day: u32, done: &mut Done) {
        let Some(frame) = chain.frame() else { return };
        if frame.registrar != self.me || other_of(frame, from).is_none() {
            return;
        }
        let id = frame.leg;
        let known = legs.entry(id).or_default();
        match known.chain.against(&chain) {
            Standing::Same | Standing::Shorter => return,
            Standing::Longer => {
                known.offered = school_day;
                known.chain = chain;
            }
            Standing::Forked(evidence) => {
                known.frozen.get_or_insert_with(|| evidence.clone());
                done.alarms.push(Alarm::Equivocation(id, evidence));
            }
        }
        done.changed.insert(id);
    }

    /// Whether this is the party's present life; an unknown later one is noted, another one answered.
    fn knows_life(&mut self, from: &Party, life: Ballot, done: &mut Done) -> bool {
        let fence = self.fences.get(from).copied().unwrap_or(Ballot::NONE);
        match fence.judge(life) {
            Age::Same => true,
            Age::Newer => {
                self.fences.insert(from.clone(), life);
                true
            }
            Age::Older | Age::Twin => {
                done.tell(from, Message::Stale { life: fence });
                !self.rules.same_life
            }
        }
    }

    /// A restored party asks what it may know (R8). Its older lives are fenced off before it is told.
    pub(super) fn hello(&mut self, from: &Party, life: Ballot, legs: &Legs) -> Done {
        let mut done = Done::default();
        if !self.knows_life(from, life, &mut done) {
            return done;
        }
        if self.reported.with(from) {
            self.welcome(from, life, legs, &mut done);
        } else {
            done.tell(from, Message::Reborn { ballot: self.ballot });
        }
        done
    }

    fn welcome(&self, party: &Party, life: Ballot, legs: &Legs, done: &mut Done) {
        let open = |leg: &&Registered| {
            leg.chain.frame().is_some_and(|f| other_of(f, party).is_some() && self.is_settled(leg, f))
        };
        let chains = legs.values().filter(open).map(|leg| leg.chain.clone()).collect();
        let welcome = Message::Welcome { ballot: self.ballot, life, open: self.reported.clone(), chains };
        done.tell(party, welcome);
    }

    /// A party has promised another life of this registrar: a still higher one begins.
    pub(super) fn higher(&mut self, promised: Ballot, nonce: u64) -> Done {
        match self.ballot.judge(promised) {
            Age::Older | Age::Same => Done::default(),
            Age::Twin | Age::Newer => self.begin(promised.next(nonce)),
        }
    }

    pub(super) fn begin(&mut self, ballot: Ballot) -> Done {
        self.ballot = ballot;
        self.reported = if self.rules.lock { Openness::nobody() } else { Openness::Everyone };
        Done { broadcast: Some(Message::Reborn { ballot }), ..Done::default() }
    }
}
