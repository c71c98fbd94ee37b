//! Which X follows which step of custody and which answer (2.4). What may follow what is the chain's to say; its
//! own table is in `proto::custody`. A step or answer that is added later does not compile here.

use proto::custody::step::{RejectReason as Why, StepKind};
use proto::model::case::{CaseId, Outcome, TransferState as X};
use proto::model::day::Moment;
use proto::store::{MemoryStore, Room};

use super::{Dossier, What, after_answer, after_step, next_told};
use crate::letter::{after_reply, is_the_origins};

#[test]
fn every_step_of_custody_has_its_state_and_its_answerable_place() {
    let hint = "520521".parse().unwrap();
    for kind in StepKind::every(hint) {
        let (state, origins) = match kind {
            StepKind::Offer => (X::Dispatched, true),
            StepKind::Accept => (X::AcceptedPersuading, false),
            StepKind::Recall => (X::Withdrawn, true),
            StepKind::Expire => (X::ReturnedToSender, true),
            StepKind::Reject(Why::Misrouted { .. }) => (X::Misrouted, true),
            StepKind::Reject(Why::AlreadyEnrolled) => (X::AlreadyEnrolled, false),
            StepKind::Reject(
                Why::NotHere | Why::Duplicate | Why::OverAge | Why::Insufficient | Why::KeyUnknown,
            ) => (X::ReturnedToSender, true),
        };
        assert_eq!((after_step(kind), is_the_origins(after_step(kind))), (state, origins), "{kind:?}");
    }
}

#[test]
fn every_answer_has_its_state_with_and_without_custody() {
    for outcome in Outcome::ALL.iter().copied() {
        // in the province the inflow place answers for the child by then; after a letter only when it says so
        let (handed_over, by_letter) = match outcome {
            Outcome::Placed => (X::AcceptedPlaced, X::AcceptedPlaced),
            Outcome::Persuading => (X::AcceptedPersuading, X::AcceptedPersuading),
            Outcome::AlreadyEnrolled => (X::AlreadyEnrolled, X::AlreadyEnrolled),
            Outcome::NotFound => (X::AcceptedPersuading, X::ReturnedToSender),
            Outcome::MovedOn => (X::AcceptedPersuading, X::Misrouted),
        };
        assert_eq!((after_answer(outcome), after_reply(outcome)), (handed_over, by_letter), "{outcome:?}");
        assert!(!is_the_origins(after_answer(outcome)), "{outcome:?}");
    }
}

#[test]
fn what_was_answered_on_an_earlier_stretch_is_not_said_of_a_later_one() {
    let (case, at) = (CaseId::new([1; 16]), Moment(1));
    let of = |history: &[What]| {
        let mut dossier = Dossier::new(case, at);
        history.iter().for_each(|what| dossier.note(at, "", *what, ""));
        dossier.outcome()
    };
    let placed = [What::Referred, What::Step(StepKind::Accept), What::Answered(Outcome::Placed)];
    assert_eq!(of(&placed), Some(Outcome::Placed));
    for silent in [What::Asked, What::Released, What::Opened, What::Late, What::Found(Outcome::Placed)] {
        assert_eq!(of(&[&placed[..], &[silent]].concat()), Some(Outcome::Placed), "{silent:?}");
    }
    for begins in [
        What::Referred,
        What::Withdrawn,
        What::SentBack,
        What::Proposed,
        What::Step(StepKind::Accept),
        What::Assigned,
        What::Declined,
    ] {
        assert_eq!(of(&[&placed[..], &[begins]].concat()), None, "{begins:?}");
    }
}

#[test]
fn the_moments_of_news_rise_whatever_the_clock_does() {
    let store = MemoryStore::default();
    let (mut room, case) = (Room::new(&store), CaseId::new([1; 16]));
    let mut tell = |now| next_told(&mut room, case, Moment(now)).unwrap().0;
    assert_eq!([tell(50), tell(50), tell(20), tell(90)], [50, 51, 52, 90]);
}
