//! Every state that a case can be in at a hub that answers for it has a next step, but those that are closed.

use std::sync::LazyLock;

use proto::model::case::{CaseId, Closing, Evidence, Finding, Leg, Preview, Way};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::model::region::Region;
use proto::seal::{OpenKey, Sealed};

use super::*;
use crate::letter::is_the_origins;
use crate::transfer::{Home, Inflow, Onward as OnwardLeg, Origin};

const CASE: CaseId = CaseId::new([7; 16]);
/// A Wednesday; the first of October is a day off.
const NOW: &str = "2025-09-24";

fn now() -> Moment {
    Moment::at(NOW.parse().unwrap(), 20 * 60)
}

fn party(path: &str) -> Party {
    path.parse().unwrap()
}

fn preview() -> Preview {
    let last: Region = "520502".parse().unwrap();
    Preview { age_from: 12, grade: 6, last, evidence: Evidence::SchoolConfirmation }
}

/// Bytes that somebody sealed; nobody opens them here.
static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let (from, to) = (party("p52/c5205/d520502/s2152000001"), party("p52/c5205/d520502"));
    let way = Way { case: CASE, from: &from, to: &to };
    way.seal_text(&Personal::new(String::new()), &OpenKey::generate().public())
});

fn origin(withdrawn: bool) -> Origin {
    let (school, record) = (party("p52/c5205/d520502/s2152000001"), SEALED.clone());
    Origin { school, revision: 1, to: "520521".parse().unwrap(), preview: preview(), record, withdrawn }
}

fn inflow(leg: Leg, answered: Option<Outcome>) -> Inflow {
    let from = party("p52/c5205/d520521");
    Inflow { leg, from, preview: Some(preview()), place: None, asked: true, record: None, answered }
}

fn onward(leg: Leg) -> OnwardLeg {
    OnwardLeg { leg, to: party("p52/c5201/d520103"), key: None, released: false, recall: false }
}

fn assigned(found: Option<Outcome>) -> Assigned {
    let day = now().day();
    let finding =
        found.map(|outcome| Finding { leg: CASE.leg(1), outcome, day, place: None, note: String::new() });
    Assigned { unit: party("p52/c5205/d520502/s2152000002"), due: day, finding }
}

fn facts(stance: Stance) -> Facts {
    Facts { stance, offered: false, onward: None, inquiry: None, closed: false, on_roll: false }
}

/// All dossiers of a county: where they come from, in what state, handed on or not, searched for or not.
fn dossiers() -> Vec<Dossier> {
    let found = Outcome::ALL.iter().copied().map(Some).chain([None]);
    let searches: Vec<Option<Assigned>> = found.map(|found| Some(assigned(found))).chain([None]).collect();
    let answers: Vec<Option<Outcome>> = Outcome::ALL.iter().copied().map(Some).chain([None]).collect();
    let mut all = Vec::new();
    for state in TransferState::ALL {
        for search in &searches {
            for withdrawn in [false, true] {
                let origin = Some(origin(withdrawn));
                let (state, assigned) = (*state, search.clone());
                all.push(Dossier { state, origin, assigned, ..Dossier::new(CASE, now()) });
            }
            for answered in &answers {
                let inflow = Some(inflow(CASE.leg(1), *answered));
                let (state, assigned) = (*state, search.clone());
                all.push(Dossier { state, inflow, assigned, ..Dossier::new(CASE, now()) });
            }
        }
    }
    all
}

/// Nothing is to be done any more by a hub that answers for the child: it is in class, on a roll, or its school
/// has it back; or it is in class in another province, which was written to.
fn is_closed(dossier: &Dossier, inquiry: Option<Inquiry>) -> bool {
    let home = dossier.origin.as_ref().is_some_and(|origin| origin.withdrawn);
    let in_class = |outcome| matches!(outcome, Outcome::Placed | Outcome::AlreadyEnrolled);
    let answered = dossier.inflow.as_ref().and_then(|inflow| inflow.answered).is_some_and(in_class);
    let enrolled = matches!(dossier.state, TransferState::AcceptedPlaced | TransferState::AlreadyEnrolled);
    let here = dossier.origin.is_some() || inquiry == Some(Inquiry::Taken);
    home || answered || here && enrolled
}

#[test]
fn a_case_that_a_county_answers_for_has_a_next_step_until_it_is_closed() {
    // whoever answers for the child has not handed it over
    let ways = Onward::ALL.into_iter().filter(|way| *way != Onward::Over).map(Some).chain([None]);
    let ways: Vec<Option<Onward>> = ways.collect();
    let mut walked = 0;
    for dossier in dossiers() {
        for stance in Stance::ALL.into_iter().filter(|stance| stance.acts()) {
            for &way in &ways {
                let taken = |it: &Inquiry| *it != Inquiry::Taken || !is_the_origins(dossier.state);
                let inquiries = Inquiry::ALL.into_iter().filter(taken).map(Some).chain([None]);
                for inquiry in inquiries {
                    let onward = way.map(|_| onward(CASE.leg(2)));
                    let dossier = Dossier { onward, ..dossier.clone() };
                    let facts = Facts { onward: way, inquiry, ..facts(stance) };
                    let next = dossier.duty(facts);
                    assert!(
                        next.is_some() || is_closed(&dossier, inquiry),
                        "{:?} {facts:?} assigned {:?} inflow {:?}",
                        dossier.state,
                        dossier.assigned,
                        dossier.inflow
                    );
                    walked += 1;
                }
            }
        }
    }
    assert!(walked > 10_000, "{walked}");
}

/// X12 "both sides": whatever was found or answered here.
#[test]
fn a_case_that_was_taken_back_where_it_began_is_handed_back_and_nothing_else() {
    let (county, day) = ("p52/c5205/d520502".parse().unwrap(), now().day());
    let home = Home { county, day, why: Some(Closing::Returned), at: now() };
    for dossier in dossiers().into_iter().filter(|dossier| dossier.guest().is_some()) {
        let dossier = Dossier { home: Some(home.clone()), ..dossier };
        assert_eq!(dossier.duty(facts(Stance::Acting)), Some(Duty::GiveBack), "{:?}", dossier.state);
        let offered = Facts { onward: Some(Onward::Offered), ..facts(Stance::Acting) };
        let waits = dossier.duty(offered);
        assert!(
            matches!(waits, Some(Duty::AwaitAnswer | Duty::AwaitReceipt)),
            "{:?} {waits:?}",
            dossier.state
        );
    }
}

#[test]
fn a_case_that_another_place_answers_for_asks_nothing_of_this_one() {
    for dossier in dossiers() {
        for stance in Stance::ALL.into_iter().filter(|stance| !stance.acts()) {
            assert_eq!(dossier.duty(facts(stance)), None, "{:?}", dossier.state);
            let offered = Facts { offered: true, ..facts(stance) };
            assert_eq!(dossier.duty(offered), Some(Duty::AnswerOffer), "{:?}", dossier.state);
        }
    }
}

fn of_state(state: TransferState, found: Option<Option<Outcome>>) -> Dossier {
    let assigned = found.map(assigned);
    Dossier { state, origin: Some(origin(false)), assigned, ..Dossier::new(CASE, now()) }
}

#[test]
fn the_next_step_follows_from_where_the_case_stands() {
    use TransferState as X;
    let mine = facts(Stance::Acting);
    let way = |onward| Facts { onward: Some(onward), ..facts(Stance::HandingOver) };
    let letter = |inquiry| Facts { inquiry: Some(inquiry), ..mine };
    let table = [
        (of_state(X::Submitted, None), mine, Some(Duty::CheckReferral)),
        (of_state(X::Collected, None), way(Onward::Proposed), Some(Duty::AwaitDispatch)),
        // the moving office sent it back before it stood in its place
        (of_state(X::Collected, None), way(Onward::Back), Some(Duty::DecideReturn)),
        (of_state(X::Dispatched, None), way(Onward::Offered), Some(Duty::AwaitReceipt)),
        (of_state(X::Received, None), way(Onward::Offered), Some(Duty::AwaitAnswer)),
        (of_state(X::ReturnedToSender, None), way(Onward::Back), Some(Duty::DecideReturn)),
        (of_state(X::Withdrawn, None), way(Onward::Back), Some(Duty::DecideReturn)),
        // kept in the county after it came back
        (of_state(X::Verifying, None), way(Onward::Back), Some(Duty::Assign)),
        (of_state(X::Verifying, Some(None)), way(Onward::Back), Some(Duty::Verify)),
        (of_state(X::Verifying, Some(None)), mine, Some(Duty::Verify)),
        (of_state(X::AcceptedPersuading, Some(Some(Outcome::Persuading))), mine, Some(Duty::Persuade)),
        (of_state(X::AcceptedPlaced, Some(Some(Outcome::Placed))), mine, None),
        (of_state(X::ReturnedToSender, Some(Some(Outcome::NotFound))), mine, Some(Duty::DecideReturn)),
        (of_state(X::Collected, None), letter(Inquiry::UnderWay), Some(Duty::AwaitLetter)),
        (of_state(X::Misrouted, None), letter(Inquiry::Over), Some(Duty::DecideReturn)),
        (of_state(X::AcceptedPersuading, None), letter(Inquiry::Taken), Some(Duty::AskAgain)),
        (of_state(X::AcceptedPlaced, None), letter(Inquiry::Taken), None),
    ];
    for (dossier, facts, expected) in table {
        assert_eq!(dossier.duty(facts), expected, "{:?} {facts:?}", dossier.state);
    }
}

#[test]
fn what_is_rejected_because_the_child_is_on_a_roll_there_waits_until_the_roll_is_moved_and_the_case_closed() {
    let rejected = What::Step(StepKind::Reject(RejectReason::AlreadyEnrolled));
    let mut dossier = of_state(TransferState::AlreadyEnrolled, None);
    dossier.onward = Some(onward(CASE.leg(1)));
    let facts = Facts { onward: Some(Onward::Back), ..facts(Stance::Acting) };
    dossier.note(now(), "", rejected, "1.2");
    assert_eq!(dossier.duty(facts), Some(Duty::MoveRoll));
    let (rules, calendar) = (Rulebook::default(), Calendar::build(&[]));
    let due = calendar.workdays_after(now().day(), rules.transfer.move_roll_within_days);
    assert_eq!(dossier.clock(Duty::MoveRoll, &rules, &calendar), (now().day(), due));
    assert_eq!(dossier.duty(Facts { closed: true, ..facts }), None);
    dossier.turn(TransferState::ReturnedToSender, now());
    dossier.note(now(), "wang", What::SentBack, "");
    assert_eq!(dossier.duty(facts), Some(Duty::AwaitSchool));
    assert!(is_the_origins(TransferState::ReturnedToSender));
}

#[test]
fn an_offer_that_nobody_has_looked_at_is_due_before_one_that_is_being_looked_into() {
    let (rules, calendar) = (Rulebook::default(), Calendar::build(&[]));
    let mut dossier = Dossier { inflow: Some(inflow(CASE.leg(1), None)), ..Dossier::new(CASE, now()) };
    let due = |dossier: &Dossier| dossier.clock(Duty::AnswerOffer, &rules, &calendar);
    dossier.note(now(), "wang", What::Opened, "an earlier stay");
    dossier.note(now(), "", What::Step(StepKind::Offer), "1.1");
    let unread = due(&dossier);
    assert_eq!(unread.0, now().day());
    dossier.note(now(), "wang", What::Asked, "");
    let read = due(&dossier);
    assert!(unread.1 < read.1, "{unread:?} {read:?}");
    let (unread_days, days) = (rules.transfer.unread_after_days, rules.transfer.expire_after_days);
    assert_eq!(unread.1, calendar.workdays_after(now().day(), unread_days));
    assert_eq!(read.1, calendar.workdays_after(now().day(), days));
}

#[test]
fn a_town_that_looks_for_a_child_is_done_when_it_has_answered() {
    let town = party("p52/c5205/d520502/t520502100");
    let county = town.parent().unwrap();
    let came = Inflow { from: county, ..inflow(CASE.leg(1), None) };
    let mut dossier = Dossier { inflow: Some(came), ..Dossier::new(CASE, now()) };
    dossier.assigned = Some(Assigned { unit: town.clone(), ..assigned(None) });
    assert_eq!(dossier.duty(facts(Stance::NotMine)), Some(Duty::Verify));
    dossier.assigned = Some(Assigned { unit: town, ..assigned(Some(Outcome::NotFound)) });
    assert_eq!(dossier.duty(facts(Stance::NotMine)), None);
}
