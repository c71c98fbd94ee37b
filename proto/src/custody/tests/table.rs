//! Every state and every step, and who may take it.

use super::super::chain::{Chain, State, Unlawful};
use super::super::side::{CannotMove, Held, Holdings, Move, Side, Stance};
use super::super::sign::{Sequenced, Signed};
use super::super::step::{Ballot, RejectReason, Step, StepKind, lowest_common};
use super::tree::{CITY, ONE, OTHER, offer, step};
use super::{LEG, Nobody, now, party};
use crate::model::case::CaseId;
use crate::model::entry::Hash;

/// Every step with every reason; the numbers below see to it that none is missing.
fn kinds() -> [StepKind; 11] {
    StepKind::every(party(OTHER).region())
}

/// A step's place in [`kinds`]. One that is added later does not compile here until it has a place there.
const fn place(kind: StepKind) -> usize {
    match kind {
        StepKind::Offer => 0,
        StepKind::Accept => 1,
        StepKind::Recall => 2,
        StepKind::Expire => 3,
        StepKind::Reject(why) => match why {
            RejectReason::NotHere => 4,
            RejectReason::Misrouted { .. } => 5,
            RejectReason::Duplicate => 6,
            RejectReason::AlreadyEnrolled => 7,
            RejectReason::OverAge => 8,
            RejectReason::Insufficient => 9,
            RejectReason::KeyUnknown => 10,
        },
    }
}

/// The arrows of the drawing.
const fn drawn(state: State, kind: StepKind) -> Option<State> {
    match (state, kind) {
        (State::Held, StepKind::Offer) => Some(State::Offered),
        (State::Offered, StepKind::Accept) => Some(State::HandedOver),
        (State::Offered, StepKind::Reject(_) | StepKind::Recall | StepKind::Expire) => Some(State::Held),
        _ => None,
    }
}

fn pushed(chain: &mut Chain, step: Step) -> Result<(), Unlawful> {
    let signed = Signed::new(step, &Nobody);
    let prev = chain.sealed_head();
    chain.push(Sequenced::new(signed, Ballot::first(1), now(0).at, prev, &Nobody))
}

fn chain_in(state: State) -> Chain {
    let kinds: &[StepKind] = match state {
        State::Held => &[StepKind::Offer, StepKind::Recall],
        State::Offered => &[StepKind::Offer],
        State::HandedOver => &[StepKind::Offer, StepKind::Accept],
    };
    let mut chain = Chain::default();
    for kind in kinds {
        let next = step(&chain, *kind);
        pushed(&mut chain, next).unwrap();
    }
    chain
}

#[test]
fn a_chain_takes_exactly_the_drawn_steps_from_exactly_their_signers() {
    assert!(kinds().into_iter().map(place).eq(0..kinds().len()));
    for state in State::ALL {
        for kind in kinds() {
            let drawn = drawn(state, kind);
            for by in [ONE, OTHER, CITY] {
                let mut chain = chain_in(state);
                let next = Step { by: party(by), ..step(&chain, kind) };
                let mine = next.by == *next.signer();
                let taken = pushed(&mut chain, next);
                let expected = match drawn {
                    None => Err(Unlawful::Kind),
                    Some(_) if !mine => Err(Unlawful::Signer),
                    Some(_) => Ok(()),
                };
                assert_eq!(taken, expected, "{state:?} {kind:?} by {by}");
                let after = if expected.is_ok() { drawn.unwrap() } else { state };
                assert_eq!(chain.state(), after, "{state:?} {kind:?} by {by}");
            }
        }
    }
}

#[test]
fn a_step_that_does_not_follow_is_refused() {
    type Change = fn(&mut Step);
    let changes: [(Unlawful, Change); 9] = [
        (Unlawful::Number, |s| s.n += 1),
        (Unlawful::Number, |s| s.n -= 1),
        (Unlawful::Prev, |s| s.prev = Hash([1; 32])),
        (Unlawful::Frame, |s| s.leg = CaseId::new([8; 16]).leg(1)),
        (Unlawful::Frame, |s| s.receiver = party("p52/c5205/d520522")),
        (Unlawful::Frame, |s| s.registrar = party("p52")),
        (Unlawful::After, |s| s.after = Some(Hash([1; 32]))),
        (Unlawful::TooLong, |s| s.note = "长".repeat(400)),
        (Unlawful::Kind, |s| s.kind = StepKind::Offer),
    ];
    for (why, change) in changes {
        let mut chain = chain_in(State::Offered);
        let mut next = step(&chain, StepKind::Accept);
        change(&mut next);
        assert_eq!(pushed(&mut chain, next), Err(why), "{why:?}");
    }
}

#[test]
fn a_first_step_names_the_right_registrar_and_the_leg_before() {
    type Change = fn(&mut Step);
    let changes: [(Result<(), Unlawful>, Change); 6] = [
        (Ok(()), |_| ()),
        (Err(Unlawful::Registrar), |s| s.registrar = party("p52")),
        (Err(Unlawful::Registrar), |s| s.receiver = s.offerer.clone()),
        (Err(Unlawful::Registrar), |s| s.receiver = party("p51/c5101/d510104")),
        (Err(Unlawful::After), |s| s.leg.number = 2),
        (Ok(()), |s| (s.leg.number, s.after) = (2, Some(Hash([1; 32])))),
    ];
    for (place, (verdict, change)) in changes.into_iter().enumerate() {
        let mut first = step(&Chain::default(), StepKind::Offer);
        change(&mut first);
        assert_eq!(pushed(&mut Chain::default(), first), verdict, "{place}");
    }
}

#[test]
fn the_registrar_is_the_lowest_hub_above_both() {
    for (one, other, registrar) in [
        (ONE, OTHER, Some(CITY)),
        (ONE, "p52/c5203/d520302", Some("p52")),
        (CITY, ONE, Some(CITY)),
        (ONE, CITY, Some(CITY)),
        (ONE, "p51/c5101/d510104", None),
    ] {
        assert_eq!(lowest_common(&party(one), &party(other)), registrar.map(party), "{one} {other}");
    }
}

#[test]
fn each_side_answers_by_the_chain_it_holds() {
    let accept = Signed::new(step(&chain_in(State::Offered), StepKind::Accept), &Nobody);
    for (me, state, pending, stance) in [
        (ONE, State::Held, false, Stance::Acting),
        (ONE, State::Offered, false, Stance::HandingOver),
        (ONE, State::HandedOver, false, Stance::NotMine),
        (OTHER, State::Held, false, Stance::NotMine),
        (OTHER, State::Offered, false, Stance::NotMine),
        (OTHER, State::Offered, true, Stance::Accepted),
        (OTHER, State::HandedOver, false, Stance::Acting),
    ] {
        let mut side = Side::new(party(me), party(CITY), 1);
        let held = Held { chain: chain_in(state), pending: pending.then(|| accept.clone()), frozen: None };
        assert_eq!(side.stance(&held), stance, "{me} {state:?}");
        side.reborn(2);
        let restored = if stance == Stance::NotMine { Stance::Blocked } else { stance };
        assert_eq!(side.stance(&held), restored, "{me} {state:?}, restored");
    }
}

#[test]
fn a_side_makes_its_own_moves_alone() {
    let moves = [
        (Move::Recall, State::Offered, ONE),
        (Move::Accept, State::Offered, OTHER),
        (Move::Reject(RejectReason::NotHere), State::Offered, OTHER),
        (offer(), State::Held, ONE),
    ];
    for (wanted, from, by) in moves {
        for state in State::ALL {
            for me in [ONE, OTHER] {
                let side = Side::new(party(me), party(CITY), 1);
                let mut held = Held { chain: chain_in(state), ..Held::default() };
                let made = side.make(LEG, &mut held, wanted.clone(), String::new(), now(0)).is_ok();
                assert_eq!(made, (state, me) == (from, by), "{wanted:?} in {state:?} by {me}");
            }
        }
    }
}

#[test]
fn one_step_at_a_time_and_none_before_the_welcome() {
    let mut side = Side::new(party(OTHER), party(CITY), 1);
    let mut legs = Holdings::from([(LEG, Held { chain: chain_in(State::Offered), ..Held::default() })]);
    let held = legs.get_mut(&LEG).unwrap();
    let mut make = |side: &Side, wanted| side.make(LEG, held, wanted, String::new(), now(0)).map(drop);
    assert_eq!(make(&side, Move::Reject(RejectReason::NotHere)), Ok(()));
    assert_eq!(make(&side, Move::Accept), Err(CannotMove::Pending));
    side.reborn(2);
    assert_eq!(make(&side, Move::Accept), Err(CannotMove::Blocked(party(CITY))));
}
