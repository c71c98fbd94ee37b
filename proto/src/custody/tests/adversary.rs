//! Adversaries and accidents , by name, with real keys.

use super::super::chain::{Chain, Standing, State};
use super::super::digest::Digest;
use super::super::message::{Alarm, Heads, Message, Openness, Welcome};
use super::super::page::Page;
use super::super::registrar::{Refusal, Registered};
use super::super::side::{Held, Move, Stance};
use super::super::sign::{Forged, Sequenced, Signed};
use super::super::step::{Ballot, RejectReason, StepKind};
use super::tree::{CITY, ONE, OTHER, Talk, Tree, offer, step};
use super::{LEG, party};
use crate::convert::Malformed;
use crate::identity::forge::NOW;
use crate::model::entry::Hash;
use crate::store::record;

#[test]
fn a_case_is_handed_over_and_everyone_holds_the_same_words() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    talk.make(0, offer());
    assert_eq!(talk.sides[0].0.stance(&talk.held(0)), Stance::HandingOver);
    talk.make(1, Move::Accept);
    let stances = [0, 1].map(|side| talk.sides[side].0.stance(&talk.held(side)));
    assert_eq!(stances, [Stance::NotMine, Stance::Acting]);
    assert_eq!(talk.held(0).chain, talk.legs[&LEG].chain);
    assert_eq!(talk.held(1), Held { chain: talk.held(0).chain, pending: None, frozen: None });

    let (side, registered) = (talk.sides[1].0.clone(), talk.legs[&LEG].clone());
    assert_eq!(record::from_bytes(&record::to_bytes(&side)), Ok(side));
    assert_eq!(record::from_bytes(&record::to_bytes(&registered)), Ok(registered));
    assert_eq!(record::from_bytes(&record::to_bytes(&talk.registrar)), Ok(talk.registrar.clone()));
    assert_eq!(record::from_bytes(&record::to_bytes(&talk.held(1))), Ok(talk.held(1)));
}

#[test]
fn a_proposal_that_comes_twice_repeats_the_outcome() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    let first = talk.draft(0, LEG, offer());
    talk.settle(&party(ONE), first.clone());
    let before = talk.legs.clone();
    let said = talk.settle(&party(ONE), first);
    assert!(matches!(&said[1..], [Message::Sequenced { chain, .. }] if chain.len() == 1), "{said:?}");
    assert_eq!(talk.legs, before);
}

#[test]
fn a_proposal_that_lost_the_race_is_told_so_and_its_writer_stands_down() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    talk.make(0, offer());
    let accept = talk.draft(1, LEG, Move::Accept);
    assert_eq!(talk.sides[1].0.stance(&talk.held(1)), Stance::Accepted);
    let recall = talk.draft(0, LEG, Move::Recall);
    talk.settle(&party(ONE), recall);
    let said = talk.settle(&party(OTHER), accept);
    assert!(said.iter().any(|m| matches!(m, Message::Refused { why: Refusal::Lost, .. })), "{said:?}");
    let stances = [0, 1].map(|side| talk.sides[side].0.stance(&talk.held(side)));
    assert_eq!(stances, [Stance::Acting, Stance::NotMine]);
}

#[test]
fn a_replayed_old_push_changes_nothing() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    talk.make(0, offer());
    let old = Message::Sequenced { ballot: talk.registrar.ballot(), chain: talk.held(0).chain };
    let accept = talk.draft(1, LEG, Move::Accept);
    talk.settle(&party(OTHER), accept);
    let before = talk.held(0);
    let checked = old.check(&party(CITY), &tree.root).unwrap();
    let (side, legs) = &mut talk.sides[0];
    let done = side.handle(checked, legs, Talk::now(&tree.one, 0));
    assert!(done.changed.is_empty() && done.send.is_empty());
    assert_eq!(talk.held(0), before);
}

#[test]
fn what_somebody_else_says_in_the_registrars_name_is_nothing() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    let message = Message::Sequenced { ballot: Ballot::first(1), chain: tree.handed_over() };
    let checked = message.check(&party(OTHER), &tree.root).unwrap();
    let (side, legs) = &mut talk.sides[0];
    side.handle(checked, legs, Talk::now(&tree.one, 0));
    assert_eq!(talk.held(0), Held::default());
}

#[test]
fn an_accept_by_another_county_is_refused() {
    let tree = Tree::new();
    let chain = tree.offered();
    let mut theirs = step(&chain, StepKind::Accept);
    theirs.by = party(ONE);
    let signed = Signed::new(theirs, &tree.one);
    let mut talk = Talk::new(&tree);
    talk.legs.insert(LEG, Registered { chain, ..Registered::default() });
    let checked = Message::Propose(Box::new(signed)).check(&party(ONE), &tree.root).unwrap();
    let done = talk.registrar.handle(checked, &mut talk.legs, Talk::now(&tree.city, 0));
    assert!(matches!(&done.send[..], [(_, Message::Refused { why: Refusal::Unlawful, .. })]), "{done:?}");
    assert_eq!(talk.legs[&LEG].chain.state(), State::Offered);
}

#[test]
fn wrong_signatures_are_found_with_their_place() {
    let (tree, stranger) = (Tree::new(), Tree::new());
    let offered = tree.offered();
    let with = |last: Sequenced| Chain::try_from([offered.steps(), &[last]].concat()).unwrap();
    let accept = StepKind::Accept;
    for (what, chain, why) in [
        ("wrong key", tree.sequenced(&offered, accept, &tree.one, &tree.city), Forged::Signer),
        ("another tree", tree.sequenced(&offered, accept, &stranger.other, &tree.city), Forged::Chain),
        ("forged countersign", tree.sequenced(&offered, accept, &tree.other, &tree.other), Forged::Signer),
        ("posing registrar", tree.sequenced(&offered, accept, &tree.other, &stranger.city), Forged::Chain),
        (
            "moved countersign",
            {
                let mut moved = tree.sequenced(&offered, accept, &tree.other, &tree.city);
                moved.countersign = offered.steps()[0].countersign.clone();
                moved
            },
            Forged::Signature,
        ),
    ] {
        let message = Message::Sequenced { ballot: Ballot::first(1), chain: with(chain) };
        let error = message.check(&party(CITY), &tree.root).unwrap_err();
        assert_eq!((error.n, error.why), (2, why), "{what}");
    }
}

#[test]
fn a_registrar_that_gives_one_number_twice_is_found_and_the_leg_is_frozen() {
    let tree = Tree::new();
    let accepted = tree.handed_over();
    let recalled = tree.chain(&[(StepKind::Offer, &tree.one), (StepKind::Recall, &tree.one)]);
    let Standing::Forked(evidence) = accepted.against(&recalled) else { panic!("they part") };
    assert!(evidence.holds(&tree.root) && !evidence.holds(&Tree::new().root));

    let mut talk = Talk::new(&tree);
    talk.sides[0].1.insert(LEG, Held { chain: accepted, ..Held::default() });
    let message = Message::Sequenced { ballot: Ballot::first(1), chain: recalled };
    let checked = message.check(&party(CITY), &tree.root).unwrap();
    let (side, legs) = &mut talk.sides[0];
    let done = side.handle(checked, legs, Talk::now(&tree.one, 0));
    assert_eq!(done.alarms, [Alarm::Equivocation(LEG, evidence)]);
    assert_eq!(side.stance(&legs[&LEG]), Stance::Frozen);
    assert!(Stance::Frozen.acts(), "an overlap, never a gap");
}

#[test]
fn a_registrar_that_forgot_without_knowing_is_told() {
    let tree = Tree::new();
    let mut talk = Talk::new(&tree);
    talk.make(0, offer());
    let accept = talk.draft(1, LEG, Move::Accept);
    talk.legs.clear();
    let Message::Propose(signed) = accept.send[0].1.clone() else { panic!("a proposal") };
    let checked = Message::Propose(signed).check(&party(OTHER), &tree.root).unwrap();
    let done = talk.registrar.handle(checked, &mut talk.legs, Talk::now(&tree.city, 0));
    assert_eq!(done.alarms, [Alarm::Forgotten(LEG)]);
}

#[test]
fn an_offer_expires_in_the_registrars_school_days_whatever_the_clock_says() {
    let tree = Tree::new();
    for (school_day, state) in [(0, State::Offered), (9, State::Offered), (10, State::Held)] {
        let mut talk = Talk::new(&tree);
        talk.make(0, offer());
        let mut now = Talk::now(&tree.city, school_day);
        now.at = NOW.plus_millis(75 * 365 * 86_400_000);
        let done = talk.registrar.expire(&mut talk.legs, 10, now);
        talk.settle(&party(CITY), done);
        assert_eq!(talk.held(1).chain.state(), state, "{school_day}");
    }
}

#[test]
fn every_message_reads_back_and_no_bytes_make_reading_panic() {
    let tree = Tree::new();
    let signed = Signed::new(step(&Chain::default(), StepKind::Offer), &tree.one);
    let misrouted = RejectReason::Misrouted { hint: party(OTHER).region() };
    let rejected = tree.chain(&[(StepKind::Offer, &tree.one), (StepKind::Reject(misrouted), &tree.other)]);
    let (ballot, life) = (Ballot { number: 3, nonce: u64::MAX }, Ballot::first(7));
    let only = Openness::Only([party(ONE)].into());
    let shown = Digest::of([&rejected]);
    let page = Page { list: Hash([9; 32]), number: 0, of: 3, after: None, through: Some(LEG) };
    for message in [
        Message::Refused { leg: LEG, step: signed.hash(), why: Refusal::Locked },
        Message::Propose(Box::new(signed)),
        Message::Sequenced { ballot, chain: rejected.clone() },
        Message::Reborn { ballot, known: shown.clone() },
        Message::Heads(Box::new(Heads {
            life,
            promise: ballot,
            shown,
            page,
            chains: vec![rejected.clone(), Chain::default()],
        })),
        Message::Higher { ballot },
        Message::Stale { life },
        Message::Hello { life },
        Message::Welcome(Box::new(Welcome {
            ballot,
            life,
            open: only,
            told: Some([0, 7, 255].into()),
            page: Page { number: 2, after: Some(LEG), through: None, ..page },
            chains: vec![rejected],
        })),
    ] {
        let bytes = message.to_bytes();
        assert_eq!(Message::from_bytes(&bytes), Ok(message));
        for end in 0..bytes.len() {
            let _ = Message::from_bytes(&bytes[..end]);
        }
    }
    assert_eq!(Message::from_bytes(&[]), Err(Malformed::Field("message.body")));
}
