//! Lives of the registrar and of its parties: who was restored, who has reported, who may go on (R7, R8).

use std::collections::{BTreeMap, BTreeSet};

use super::{Legs, Registered, Registrar, other_of};
use crate::custody::chain::{Chain, Standing};
use crate::custody::digest::{Digest, bucket};
use crate::custody::message::{Alarm, Done, Heads, Message, Now, Openness, Rebirth, Welcome};
use crate::custody::page::{Gathered, Page};
use crate::custody::step::{Age, Ballot};
use crate::model::case::Leg;
use crate::model::party::Party;

impl Registrar {
    /// A party has promised this life and shows what it knows: longer chains are taken up, and when it has shown
    /// all, legs whose other party reported before are open.
    pub(super) fn heads(&mut self, from: &Party, heads: Heads, legs: &mut Legs, now: Now<'_>) -> Done {
        let mut done = Done::default();
        let Heads { life, promise, shown, page, chains } = heads;
        if promise != self.ballot || !self.knows_life(from, life, &mut done) {
            return done;
        }
        for chain in chains {
            self.adopt(from, chain, legs, now.school_day, &mut done);
        }
        if !self.has_shown_all(from, &page) {
            return done;
        }
        self.reported.widen(&Openness::Only(BTreeSet::from([from.clone()])));
        self.known.remove(from);
        self.welcome(from, life, Some(&shown), legs, &mut done);
        self.shown.insert(from.clone(), shown);
        self.tell_the_others(from, legs, &mut done);
        done
    }

    fn has_shown_all(&mut self, from: &Party, page: &Page) -> bool {
        let mut gathered = self.gathered.remove(from);
        let all = Gathered::take(&mut gathered, page);
        self.gathered.extend(gathered.map(|gathered| (from.clone(), gathered)));
        all
    }

    /// Legs that are open since `from` has reported: their other parties are told what they did not show.
    fn tell_the_others(&self, from: &Party, legs: &Legs, done: &mut Done) {
        let mut held: BTreeMap<&Party, Digest> = BTreeMap::new();
        for (id, leg) in legs {
            let Some(frame) = leg.chain.frame().filter(|frame| self.is_settled(leg, frame)) else { continue };
            let Some(other) = other_of(frame, from) else { continue };
            let held = held.entry(other).or_insert_with(|| digest_of(other, legs));
            if !self.shown.get(other).is_some_and(|shown| shown.agrees(held, *id)) {
                self.publish(&leg.chain, [other], done);
            }
        }
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
                self.shown.remove(from);
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
            self.welcome(from, life, None, legs, &mut done);
        } else {
            done.tell(from, self.word_for(from));
        }
        done
    }

    /// `shown`: what the party holds itself; that is not told.
    fn welcome(&self, party: &Party, life: Ballot, shown: Option<&Digest>, legs: &Legs, done: &mut Done) {
        let told = shown.map(|shown| digest_of(party, legs).differing(shown));
        let open = |(id, leg): &(&Leg, &Registered)| {
            told.as_ref().is_none_or(|told| told.contains(&bucket(**id)))
                && leg.chain.frame().is_some_and(|f| other_of(f, party).is_some() && self.is_settled(leg, f))
        };
        let chains = legs.iter().filter(open).map(|(_, leg)| &leg.chain);
        let about = format!("{} {life} {:?} {told:?}", self.ballot, self.reported);
        for (page, chains) in Page::cut(about.as_bytes(), chains) {
            let (ballot, open, told) = (self.ballot, self.reported.clone(), told.clone());
            let welcome = Welcome { ballot, life, open, told, page, chains };
            done.tell(party, Message::Welcome(Box::new(welcome)));
        }
    }

    /// A party has promised another life of this registrar: a still higher one begins.
    pub(super) fn higher(&mut self, promised: Ballot, legs: &Legs, nonce: u64) -> Done {
        match self.ballot.judge(promised) {
            Age::Older | Age::Same => Done::default(),
            Age::Twin | Age::Newer => self.begin(promised.next(nonce), legs),
        }
    }

    pub(super) fn begin(&mut self, ballot: Ballot, legs: &Legs) -> Done {
        self.ballot = ballot;
        self.reported = if self.rules.lock { Openness::nobody() } else { Openness::Everyone };
        self.shown.clear();
        self.gathered.clear();
        self.known = digests(legs);
        let known = self.known.clone();
        Done { broadcast: Some(Rebirth { ballot, known }), ..Done::default() }
    }
}

fn digest_of(party: &Party, legs: &Legs) -> Digest {
    let theirs = |chain: &&Chain| chain.frame().is_some_and(|frame| other_of(frame, party).is_some());
    Digest::of(legs.values().map(|leg| &leg.chain).filter(theirs))
}

/// What is held of each party's chains.
fn digests(legs: &Legs) -> BTreeMap<Party, Digest> {
    let mut chains: BTreeMap<&Party, Vec<&Chain>> = BTreeMap::new();
    for leg in legs.values() {
        let parties = leg.chain.frame().map(|frame| [&frame.offerer, &frame.receiver]);
        for party in parties.into_iter().flatten() {
            chains.entry(party).or_default().push(&leg.chain);
        }
    }
    chains.into_iter().map(|(party, chains)| (party.clone(), Digest::of(chains))).collect()
}
