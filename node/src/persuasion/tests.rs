//! The ladder: its whole table, its clocks, and a case from P0 to P10.

use proto::model::calendar::{Calendar, CalendarDocument};
use proto::model::case::{CaseId, Closing, Stage};
use proto::model::day::{Day, Moment};
use proto::model::personal::Personal;
use proto::model::rulebook::{Persuasion, Rulebook};

use super::{
    Case, CaseRefused, Cause, Channel, Contact, Due, Duty, Move, Need, Notice, Office, Order, Placing,
    Reached, Step, Suspension, Turn, after,
};

/// Every step that is drawn: where, which, and what it leads to.
const DRAWN: &[(Move, &[(u8, u8)])] = &[
    (Move::Open, &[]),
    (Move::Contact, &[(0, 1), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::Notice, &[(1, 2)]),
    (Move::Report, &[(2, 3), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::ReportByClock, &[(0, 3), (1, 3), (2, 3)]),
    (Move::Inform, &[(0, 4), (1, 4), (2, 4), (3, 4), (4, 4), (5, 5), (6, 6)]),
    (Move::Assign, &[(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5), (6, 6)]),
    (Move::Visit, &[(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5), (6, 6)]),
    (Move::Order, &[(0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]),
    (Move::OrderSeen, &[(6, 6)]),
    (Move::Return, &[(0, 9), (1, 9), (2, 9), (3, 9), (4, 9), (5, 9), (6, 9), (7, 9), (8, 9)]),
    (Move::Observe, &[(9, 9)]),
    (Move::Place, &[(0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (6, 8), (9, 8)]),
    (Move::MoveAway, &[(0, 7), (1, 7), (2, 7), (3, 7), (4, 7), (5, 7), (6, 7)]),
    (Move::ComeBack, &[(7, 1), (10, 0)]),
    (Move::AskClosing, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]),
    (
        Move::Confirm,
        &[(0, 10), (1, 10), (2, 10), (3, 10), (4, 10), (5, 10), (6, 10), (7, 10), (8, 10), (9, 10)],
    ),
    (Move::RefuseClosing, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]),
    (Move::Suspend, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::Resume, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::Reopen, &[(8, 0), (9, 0), (10, 0)]),
    (Move::Refer, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::Withdraw, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    (Move::Late, &[(7, 7), (10, 10)]),
    (Move::DropClosing, &[(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]),
];

#[test]
fn every_pair_of_stage_and_step_is_as_drawn() {
    assert_eq!(DRAWN.iter().map(|(step, _)| *step).collect::<Vec<_>>(), Move::ALL);
    for (step, drawn) in DRAWN {
        for (at, stage) in (0..).zip(Stage::ALL) {
            let to = drawn.iter().find(|(from, _)| *from == at).map(|(_, to)| Stage::ALL[usize::from(*to)]);
            assert_eq!(after(*stage, *step), to.ok_or(step.rule()), "{stage:?} {step:?}");
        }
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// An autumn term around National Day: 28 September and 11 October are make-up days, 1 to 8 October are off.
struct Law(Persuasion, Calendar);

fn law() -> Law {
    let term = CalendarDocument::parse(
        "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\nversion = 1\n\
         issued = 2025-08-01\n\n[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-16\n",
    );
    Law(Rulebook::default().persuasion, Calendar::build(&[term.unwrap()]))
}

impl Law {
    fn on(&self, text: &str) -> Turn<'_> {
        let on = day(text);
        Turn { on, today: on, at: Moment::at(on, 600), by: "t", rules: &self.0, calendar: &self.1 }
    }

    fn due(&self, case: &Case) -> Option<(Duty, String)> {
        case.due(&self.0, &self.1).map(|due| (due.duty, due.on.to_string()))
    }
}

fn text(text: &str) -> Personal<String> {
    Personal::new(text.to_owned())
}

fn opened(law: &Law, on: &str) -> Case {
    Case::open(CaseId::new([7; 16]), None, Cause::Suspected, &law.on(on))
}

fn contact(on: &str) -> Step {
    Step::Contact(Contact {
        on: day(on),
        by: "t".to_owned(),
        channel: Channel::Phone,
        reached: Reached::Parent,
        excuse: None,
        promise: text(""),
        next: None,
        note: text(""),
    })
}

fn notice() -> Step {
    Step::Notice(Notice {
        number: "劝〔2025〕3号".to_owned(),
        delivery: "家访".to_owned(),
        receipt: text(""),
    })
}

fn order() -> Order {
    Order { number: "令".to_owned(), on: day("2025-11-10"), until: day("2025-11-25") }
}

fn take(law: &Law, case: &mut Case, on: &str, step: Step) {
    case.take(step, &law.on(on)).unwrap();
}

fn due(duty: Duty, on: &str) -> Option<(Duty, String)> {
    Some((duty, on.to_owned()))
}

#[test]
fn a_case_climbs_the_ladder_with_a_clock_on_every_step() {
    let law = law();
    let mut case = opened(&law, "2025-09-29");
    assert_eq!(law.due(&case), due(Duty::Contact, "2025-09-29"));
    take(&law, &mut case, "2025-09-29", contact("2025-09-29"));
    // five workdays after the 29th: 30, 9, 10, 11, 13
    assert_eq!(law.due(&case), due(Duty::Notice, "2025-10-13"));
    take(&law, &mut case, "2025-09-30", contact("2025-09-30"));
    take(&law, &mut case, "2025-10-05", contact("2025-10-05"));
    assert_eq!(law.due(&case), due(Duty::Notice, "2025-10-09"), "three contacts were in vain");
    take(&law, &mut case, "2025-10-09", notice());
    assert_eq!(law.due(&case), due(Duty::Report, "2025-10-13"));
    take(&law, &mut case, "2025-10-13", Step::Report("1".to_owned()));
    assert_eq!(law.due(&case), due(Duty::Inform, "2025-10-15"));
    take(&law, &mut case, "2025-10-15", Step::Inform("2".to_owned()));
    assert_eq!(law.due(&case), due(Duty::Assign, "2025-10-22"));
    take(&law, &mut case, "2025-10-20", Step::Assign(String::new()));
    assert_eq!(law.due(&case), due(Duty::Visit, "2025-11-03"));
    take(&law, &mut case, "2025-11-01", Step::Visit);
    assert_eq!(law.due(&case), due(Duty::Visit, "2025-11-15"));
    let order = order();
    take(&law, &mut case, "2025-11-10", Step::Order(order));
    assert_eq!(law.due(&case), due(Duty::Obey, "2025-11-25"));
    assert_eq!(case.stage, Stage::Ordered);
    take(&law, &mut case, "2025-11-17", Step::Return);
    assert_eq!(law.due(&case), due(Duty::Observe, "2026-01-16"));
    assert_eq!(case.log.len(), 11, "with the opening");
}

#[test]
fn who_acts_changes_when_the_day_has_passed() {
    let on = day("2025-10-09");
    for (duty, before, after) in [
        (Duty::Contact, Office::Staff, Office::Head),
        (Duty::Notice, Office::Head, Office::County),
        (Duty::Inform, Office::County, Office::Above),
        (Duty::Visit, Office::Government, Office::County),
    ] {
        let due = Due { duty, on };
        assert_eq!((due.falls_to(on), due.falls_to(on.next())), (before, after), "{duty:?}");
    }
}

#[test]
fn a_school_that_does_nothing_is_reported_all_the_same() {
    let law = law();
    let mut case = opened(&law, "2025-09-29");
    // contact on the 29th, notice five workdays later, report three more: 14, 15, 16
    assert_eq!(case.report_due(&law.0, &law.1), Some(day("2025-10-16")));
    take(&law, &mut case, "2025-10-17", Step::ReportByClock("1".to_owned()));
    assert_eq!(case.stage, Stage::Reported);
    assert!(case.report.as_ref().is_some_and(|report| report.by_clock));
    assert_eq!(case.report_due(&law.0, &law.1), None);
    take(&law, &mut case, "2025-10-18", Step::Report("2".to_owned()));
    assert_eq!(case.stage, Stage::Reported, "completed by the principal");
}

#[test]
fn the_countys_acts_carry_a_case_upwards_in_any_order() {
    let law = law();
    let mut case = opened(&law, "2025-09-29");
    take(&law, &mut case, "2025-10-20", Step::Assign(String::new()));
    take(&law, &mut case, "2025-10-15", Step::Inform(String::new()));
    take(&law, &mut case, "2025-10-20", Step::Assign(String::new()));
    assert_eq!((case.stage, case.since), (Stage::GovPersuading, day("2025-10-20")));
}

#[test]
fn a_return_is_watched_observed_and_confirmed() {
    let mut law = law();
    law.0.observations = 1;
    let mut case = opened(&law, "2025-09-29");
    take(&law, &mut case, "2025-10-09", Step::Return);
    let closing = || Step::AskClosing(Closing::Returned, text(""));
    // thirty school days from 9 October: the last is 18 November
    let until = day("2025-11-18");
    assert_eq!(case.take(closing(), &law.on("2025-11-17")), Err(CaseRefused::WatchNotOver(until)));
    assert_eq!(case.take(closing(), &law.on("2025-11-18")), Err(CaseRefused::Unobserved(1)));
    assert_eq!(law.due(&case), due(Duty::Observe, "2025-12-08"));
    take(&law, &mut case, "2025-12-08", Step::Observe(text("到课")));
    assert_eq!(law.due(&case), due(Duty::AskClosing, "2025-11-19"));
    take(&law, &mut case, "2025-12-08", closing());
    assert_eq!(law.due(&case), due(Duty::Confirm, "2025-12-15"));
    take(&law, &mut case, "2025-12-10", Step::RefuseClosing("材料不全".to_owned()));
    assert_eq!((case.stage, case.closing.is_none()), (Stage::Returned, true));
    take(&law, &mut case, "2025-12-11", closing());
    take(&law, &mut case, "2025-12-12", Step::Confirm);
    assert_eq!((case.stage, case.closed), (Stage::Closed, Some(Closing::Returned)));
    assert_eq!(law.due(&case), None);
    take(&law, &mut case, "2026-01-05", Step::Reopen);
    assert_eq!((case.stage, case.closed, case.contacts.len()), (Stage::Opened, None, 0));
    let [before] = &case.earlier[..] else { panic!("one round is over") };
    assert_eq!((before.until, before.closed), (day("2026-01-05"), Some(Closing::Returned)));
    assert_eq!((before.observations.len(), before.returned), (1, Some(day("2025-10-09"))));
    assert_eq!(law.due(&case), due(Duty::Contact, "2026-01-05"));
}

#[test]
fn a_new_round_forgets_nothing_and_counts_anew() {
    let law = law();
    let away = |case: &mut Case| {
        take(&law, case, "2025-10-09", Step::MoveAway("520521".to_owned()));
        take(&law, case, "2025-10-09", Step::AskClosing(Closing::Moved, text("520521")));
    };
    let back = || Step::ComeBack("未找到".to_owned());
    for (closed, stage) in [(false, Stage::Contacting), (true, Stage::Opened)] {
        let mut case = opened(&law, "2025-09-29");
        for on in ["2025-09-29", "2025-09-30", "2025-09-30"] {
            take(&law, &mut case, on, contact(on));
        }
        take(&law, &mut case, "2025-10-08", Step::Visit);
        away(&mut case);
        if closed {
            take(&law, &mut case, "2025-10-09", Step::Confirm);
        }
        take(&law, &mut case, "2025-10-13", back());
        assert_eq!((case.stage, case.contacts.len(), case.visits.len()), (stage, 0, 0), "{closed}");
        let [before] = &case.earlier[..] else { panic!("one round is over") };
        assert_eq!((before.contacts.len(), before.visits.len()), (3, 1), "{closed}");
        take(&law, &mut case, "2025-10-13", contact("2025-10-13"));
        assert_eq!((case.all_contacts().count(), case.contacts.len()), (4, 1), "{closed}");
        // the first of this round: three in vain would make the notice due at once
        assert_eq!(law.due(&case), due(Duty::Notice, "2025-10-20"), "{closed}");
    }
    let mut returned = opened(&law, "2025-09-29");
    take(&law, &mut returned, "2025-10-09", Step::Return);
    take(&law, &mut returned, "2025-12-08", Step::Observe(text("到课")));
    take(&law, &mut returned, "2025-12-15", Step::Reopen);
    assert_eq!((returned.earlier[0].observations.len(), returned.observations_now().count()), (1, 0));
    take(&law, &mut returned, "2025-12-16", Step::Return);
    assert_eq!(returned.unobserved(&law.0), law.0.observations);
    assert!(returned.clone().take(back(), &law.on("2025-12-16")).is_err(), "nobody had taken it over");
}

#[test]
fn what_was_done_before_the_case_makes_nothing_late() {
    let law = law();
    for (on, taken) in
        [("2025-09-29", true), ("2025-09-24", true), ("2025-09-15", true), ("2025-09-14", false)]
    {
        let mut case = opened(&law, "2025-09-29");
        let turn = Turn { on: day(on), ..law.on("2025-09-29") };
        let done = case.take(contact(on), &turn);
        let from = day("2025-09-15");
        let early = Err(CaseRefused::TooEarly { on: day(on), from });
        assert_eq!(done, if taken { Ok(()) } else { early }, "{on}");
        if taken {
            assert_eq!(law.due(&case), due(Duty::Notice, "2025-10-13"), "{on}: from the opening on");
            assert_eq!((case.stage, case.since), (Stage::Contacting, day("2025-09-29")), "{on}");
        }
    }
    let mut case = opened(&law, "2025-09-29");
    let early = Turn { on: day("2025-09-26"), ..law.on("2025-09-29") };
    let placing = Placing { how: Closing::PlacedHome, evidence: "评〔2025〕1号".to_owned() };
    take(&law, &mut case, "2025-09-29", contact("2025-09-29"));
    take(&law, &mut case, "2025-09-29", notice());
    for step in [Step::Report("1".to_owned()), Step::Place(placing)] {
        let refused = CaseRefused::TooEarly { on: day("2025-09-26"), from: day("2025-09-29") };
        assert_eq!(case.take(step, &early), Err(refused));
    }
}

#[test]
fn observations_count_when_they_lie_the_rules_days_apart() {
    let mut law = law();
    law.0.observations = 3;
    for (made, counted, next) in [
        (&["2025-10-09", "2025-10-09", "2025-10-09"] as &[&str], 0, "2025-12-08"),
        (&["2025-12-07"], 0, "2025-12-08"),
        (&["2025-12-08", "2025-12-08", "2026-02-05"], 1, "2026-02-06"),
        (&["2025-12-20", "2026-02-18"], 2, "2026-04-19"),
    ] {
        let mut case = opened(&law, "2025-09-29");
        take(&law, &mut case, "2025-10-09", Step::Return);
        for on in made {
            take(&law, &mut case, on, Step::Observe(text("到课")));
        }
        assert_eq!(law.0.observations - case.unobserved(&law.0), counted, "{made:?}");
        assert_eq!(law.due(&case), due(Duty::Observe, next), "{made:?}");
        assert_eq!(case.observations.len(), made.len(), "all are kept");
    }
    let mut case = opened(&law, "2025-09-29");
    take(&law, &mut case, "2025-10-09", Step::Return);
    let turn = law.on("2025-12-08");
    assert_eq!(case.take(Step::Observe(text(" ")), &turn), Err(CaseRefused::Missing(Need::Text)));
}

#[test]
fn setting_aside_stops_the_clock_and_needs_a_reason_and_an_end() {
    let law = law();
    let mut case = opened(&law, "2025-09-29");
    let aside =
        |until: &str, reason: &str| Step::Suspend(Suspension { until: day(until), reason: text(reason) });
    let turn = law.on("2025-09-29");
    assert_eq!(case.take(aside("2025-10-20", " "), &turn), Err(CaseRefused::Missing(Need::Reason)));
    let (until, most) = (day("2025-12-01"), day("2025-11-28"));
    assert_eq!(
        case.take(aside("2025-12-01", "住院"), &turn),
        Err(CaseRefused::SuspensionLength { until, most })
    );
    assert_eq!(case.take(Step::Resume, &turn), Err(CaseRefused::NotSuspended));
    case.take(aside("2025-10-20", "住院"), &turn).unwrap();
    assert_eq!(law.due(&case), due(Duty::TakeUp, "2025-10-20"));
    assert_eq!(case.report_due(&law.0, &law.1), None);
    assert_eq!(case.take(aside("2025-10-21", "住院"), &turn), Err(CaseRefused::SuspendedAlready));
    take(&law, &mut case, "2025-10-21", Step::Resume);
    assert_eq!(law.due(&case), due(Duty::Contact, "2025-10-21"));
}

#[test]
fn a_case_is_closed_for_the_reason_that_fits_its_stage() {
    let law = law();
    let turn = law.on("2025-10-09");
    let ask =
        |case: &Case, why, note: &str| case.clone().take(Step::AskClosing(why, text(note)), &turn).is_ok();
    let looked_for = opened(&law, "2025-09-29");
    let mut placed = looked_for.clone();
    let how = Closing::PlacedHome;
    let place = |evidence: &str| Step::Place(Placing { how, evidence: evidence.to_owned() });
    let without = |need| Err(CaseRefused::PlacedWithout { need, rule: "F07" });
    assert_eq!(placed.take(place(""), &turn), without(Need::Assessment));
    assert_eq!(
        placed.take(place("评〔2025〕1号"), &turn),
        without(Need::Contact),
        "P0, nobody was spoken with"
    );
    take(&law, &mut placed, "2025-09-30", contact("2025-09-30"));
    placed.take(place("评〔2025〕1号"), &turn).unwrap();
    let mut moved = looked_for.clone();
    moved.take(Step::MoveAway(String::new()), &turn).unwrap();
    for why in Closing::ALL {
        let by_proof =
            matches!(why, Closing::Abroad | Closing::Deceased | Closing::Completed | Closing::OpenedInError);
        assert_eq!(ask(&looked_for, *why, "证明"), by_proof, "{why:?}");
        assert_eq!(ask(&placed, *why, "证明"), by_proof || *why == how, "{why:?}");
        assert_eq!(ask(&moved, *why, "证明"), *why == Closing::Moved, "{why:?}");
    }
    assert!(!ask(&looked_for, Closing::Abroad, ""), "nothing proves it");
    let mut waits = looked_for;
    waits.take(Step::AskClosing(Closing::Abroad, text("护照")), &turn).unwrap();
    assert_eq!(waits.clone().take(Step::Confirm, &turn), Ok(()));
    assert_eq!(waits.take(notice(), &turn).map_err(|e| e.rule()), Err("D05"));
    assert_eq!(placed.take(Step::Confirm, &turn), Err(CaseRefused::NotAsked));
}

#[test]
fn a_case_that_a_wrong_clock_dated_ahead_can_be_worked_and_closed() {
    let law = law();
    let mut case = opened(&law, "2025-11-20");
    take(&law, &mut case, "2025-10-09", contact("2025-10-09"));
    take(&law, &mut case, "2025-10-09", notice());
    take(&law, &mut case, "2025-10-10", Step::Report("1".to_owned()));
    assert_eq!((case.stage, case.since), (Stage::Reported, day("2025-10-10")));
    take(&law, &mut case, "2025-10-13", Step::Order(order()));
    take(&law, &mut case, "2025-10-13", Step::OrderSeen(String::new()));
    take(&law, &mut case, "2025-10-14", Step::AskClosing(Closing::Abroad, text("护照")));
    take(&law, &mut case, "2025-10-15", Step::Confirm);
    assert_eq!(case.closed, Some(Closing::Abroad));
}

#[test]
fn no_step_is_taken_tomorrow() {
    let law = law();
    let mut case = opened(&law, "2025-09-29");
    let ahead = Turn { on: day("2025-09-30"), ..law.on("2025-09-29") };
    assert_eq!(case.take(Step::Return, &ahead), Err(CaseRefused::Future(day("2025-09-30"))));
    assert_eq!(case.log.len(), 1);
}

#[test]
fn a_deadline_says_whether_its_number_is_a_default() {
    let built_in = Persuasion::default();
    let ruled = Persuasion { report_after_days: 1, visit_every_days: 7, ..built_in.clone() };
    for (duty, by_default) in [
        (Duty::Contact, true),
        (Duty::Notice, true),
        (Duty::Report, false),
        (Duty::Inform, true),
        (Duty::Visit, false),
        (Duty::Observe, true),
        (Duty::Confirm, true),
        (Duty::Obey, false),
        (Duty::TakeUp, false),
    ] {
        assert_eq!(duty.is_by_default(&ruled), by_default, "{duty:?}");
    }
    assert!(Duty::Report.is_by_default(&built_in));
}
