//! A province, its city and two counties with real keys, and a case that is handed over.

use std::sync::Arc;

use super::super::chain::Chain;
use super::super::message::{Done, Message, Now};
use super::super::registrar::{Legs, Registrar};
use super::super::side::{Held, Holdings, Move, Offer, Side};
use super::super::sign::{Sequenced, Sign, Signed};
use super::super::step::{Ballot, Step, StepKind};
use super::{LEG, party};
use crate::identity::Identity;
use crate::identity::authority::{AUTHORITY_DAYS, Authority, LEAF_DAYS};
use crate::identity::certificate::Certificate;
use crate::identity::csr;
use crate::identity::forge::NOW;
use crate::identity::keys::SecretKey;
use crate::identity::lineage::Lineage;
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::party::Party;

pub(super) const CITY: &str = "p52/c5205";
pub(super) const ONE: &str = "p52/c5205/d520502";
pub(super) const OTHER: &str = "p52/c5205/d520521";

pub(super) struct Tree {
    pub(super) root: Certificate,
    pub(super) province: Identity,
    pub(super) city: Identity,
    pub(super) one: Identity,
    pub(super) other: Identity,
}

impl Tree {
    pub(super) fn new() -> Self {
        let province = Authority::create(&party("p52"), NOW, AUTHORITY_DAYS).unwrap();
        let city = joined(&province, CITY);
        let above = Lineage::below(province.certificate(), None).unwrap();
        let city_lineage = Lineage::below(city.certificate(), Some(&above)).unwrap();
        let county = |text| {
            let county = joined(&city, text);
            let lineage = Lineage::below(county.certificate(), Some(&city_lineage)).unwrap();
            identity(&county, lineage)
        };
        Self {
            one: county(ONE),
            other: county(OTHER),
            root: province.certificate().clone(),
            province: identity(&province, above.clone()),
            city: identity(&city, city_lineage.clone()),
        }
    }

    /// A first offer, countersigned.
    pub(super) fn offered(&self) -> Chain {
        self.chain(&[(StepKind::Offer, &self.one)])
    }

    /// A leg that was offered and accepted.
    pub(super) fn handed_over(&self) -> Chain {
        self.chain(&[(StepKind::Offer, &self.one), (StepKind::Accept, &self.other)])
    }

    pub(super) fn chain(&self, steps: &[(StepKind, &Identity)]) -> Chain {
        let mut chain = Chain::default();
        for (kind, signer) in steps {
            let next = self.sequenced(&chain, *kind, *signer, &self.city);
            chain.push(next).unwrap();
        }
        chain
    }

    /// The next step of `chain`, signed and countersigned by these.
    pub(super) fn sequenced(
        &self,
        chain: &Chain,
        kind: StepKind,
        signer: &dyn Sign,
        registrar: &dyn Sign,
    ) -> Sequenced {
        let signed = Signed::new(step(chain, kind), signer);
        Sequenced::new(signed, Ballot::first(1), NOW, chain.sealed_head(), registrar)
    }
}

/// The next step of `chain` between the two counties, taken by whom it belongs to.
pub(super) fn step(chain: &Chain, kind: StepKind) -> Step {
    let mut step = Step {
        leg: LEG,
        n: chain.len() + 1,
        prev: chain.head(),
        kind,
        offerer: party(ONE),
        receiver: party(OTHER),
        registrar: party(CITY),
        by: party(ONE),
        at: NOW,
        life: Ballot::first(1),
        payload: Hash::ROOT,
        after: None,
        note: String::new(),
    };
    step.by = step.signer().clone();
    step
}

fn joined(above: &Authority, text: &str) -> Authority {
    let below = Authority::create(&party(text), NOW, AUTHORITY_DAYS).unwrap();
    let issued = above.issue_authority(&below.request(), below.party(), NOW, AUTHORITY_DAYS).unwrap();
    below.with_certificate(issued).unwrap()
}

fn identity(authority: &Authority, lineage: Lineage) -> Identity {
    let key = SecretKey::generate();
    let request = csr::request(authority.party(), &key);
    let leaf = authority.issue_leaf(&request, authority.party(), NOW, LEAF_DAYS).unwrap();
    Identity::new(Arc::new(key), leaf, lineage).unwrap()
}

/// The three hubs of one leg, talking without a line.
pub(super) struct Talk<'t> {
    pub(super) tree: &'t Tree,
    pub(super) registrar: Registrar,
    pub(super) legs: Legs,
    pub(super) sides: [(Side, Holdings); 2],
}

impl<'t> Talk<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let side = |text| (Side::new(party(text), party(CITY), 1), Holdings::new());
        let registrar = Registrar::new(party(CITY), 1);
        Self { tree, registrar, legs: Legs::new(), sides: [side(ONE), side(OTHER)] }
    }

    pub(super) fn now<'a>(signer: &'a Identity, school_day: u32) -> Now<'a> {
        Now { at: NOW, school_day, nonce: 5, signer }
    }

    /// A party's move, and all that follows.
    pub(super) fn make(&mut self, side: usize, wanted: Move) {
        let done = self.draft(side, LEG, wanted);
        self.settle(&party([ONE, OTHER][side]), done);
    }

    /// A party's move that stays at home.
    pub(super) fn draft(&mut self, side: usize, leg: Leg, wanted: Move) -> Done {
        let signer = [&self.tree.one, &self.tree.other][side];
        let (side, holdings) = &mut self.sides[side];
        side.make(leg, holdings.entry(leg).or_default(), wanted, String::new(), Self::now(signer, 0)).unwrap()
    }

    /// Delivers what was sent, with everything that it leads to.
    pub(super) fn settle(&mut self, from: &Party, done: Done) -> Vec<Message> {
        let mut said = Vec::new();
        let mut line: Vec<_> =
            done.send.into_iter().map(|(to, message)| (from.clone(), to, message)).collect();
        while let Some((from, to, message)) = line.pop() {
            let message = Message::from_bytes(&message.to_bytes()).unwrap();
            said.push(message.clone());
            let checked = message.check(&from, &self.tree.root).unwrap();
            let done = if checked.message().is_for_registrar() {
                self.registrar.handle(checked, &mut self.legs, Self::now(&self.tree.city, 0))
            } else {
                let at = usize::from(to == party(OTHER));
                let signer = [&self.tree.one, &self.tree.other][at];
                let (side, holdings) = &mut self.sides[at];
                side.handle(checked, holdings, Self::now(signer, 0))
            };
            line.extend(done.send.into_iter().map(|(next, message)| (to.clone(), next, message)));
        }
        said
    }

    pub(super) fn held(&self, side: usize) -> Held {
        self.sides[side].1.get(&LEG).cloned().unwrap_or_default()
    }
}

pub(super) fn offer() -> Move {
    Move::Offer(Offer { receiver: party(OTHER), payload: Hash([9; 32]), after: None })
}
