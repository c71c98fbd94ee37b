//! Late corrections undo steps in plain sight.

use proto::model::lang::{Lang, Say};

use super::{Child, Fact, d, told};
use crate::standing::{Because, Change, EnrolmentStatus, Transition, compare, kept};

fn reversed(changes: &[Change]) -> Vec<(Transition, Because)> {
    let reversed = |change: &Change| match change {
        Change::Reversed { step, because } => Some((step.id, because.clone())),
        _ => None,
    };
    changes.iter().filter_map(reversed).collect()
}

#[test]
fn a_late_excuse_undoes_the_mark() {
    let child = Child::new().absent("2025-09-24", "2025-09-30");
    let before = child.on("2025-09-30");
    let after = child.excused("2025-09-25").on("2025-09-30");
    assert_eq!((after.status, after.run.len()), (EnrolmentStatus::Enrolled, 5));
    let changes = compare(&before, &after);
    assert_eq!(reversed(&changes), [(Transition::T02, Because::DaysNoLongerCount(vec![d("2025-09-25")]))]);
    let Change::Moved { step, from, .. } = &changes[0] else { panic!("{changes:?}") };
    assert_eq!((step.id, *from, step.effective), (Transition::T01, d("2025-09-29"), d("2025-09-30")));
    assert_eq!(
        changes[1].say(Lang::Zh),
        "撤销：标记疑似辍学（T02，原自 2025-09-30 起）；原因：2025-09-25 不再计为缺课"
    );
}

#[test]
fn a_late_excuse_undoes_the_dropout_and_the_return() {
    let child = Child::new().absent("2025-09-24", "2025-09-30");
    let child = (10..=28).fold(child, |c, n| c.no_call(&format!("2025-10-{n}"))).no_call("2025-10-09");
    let child = ["2025-10-29", "2025-10-30", "2025-10-31"].into_iter().fold(child, Child::no_call);
    let before = child.on("2025-11-05");
    assert_eq!(told(&before)[1..], ["T02 2025-09-30", "T04 2025-10-31", "T05 2025-11-03"]);
    let after = child.excused("2025-09-25").on("2025-11-05");
    assert_eq!((after.status, after.times_dropped, after.last_return), (EnrolmentStatus::Enrolled, 0, None));
    let gone = Because::DaysNoLongerCount(vec![d("2025-09-25")]);
    assert_eq!(
        reversed(&compare(&before, &after)),
        [
            (Transition::T02, gone.clone()),
            (Transition::T04, gone),
            (Transition::T05, Because::StepBefore(Transition::T04)),
        ]
    );
}

#[test]
fn a_late_roll_call_that_finds_the_child_present_breaks_the_run() {
    let child = Child::new().absent("2025-09-08", "2025-09-16").no_call("2025-09-10");
    let before = child.on("2025-09-16");
    assert_eq!(before.status, EnrolmentStatus::Suspected);
    let after = child.present("2025-09-10").on("2025-09-16");
    assert_eq!((after.status, after.run.len()), (EnrolmentStatus::Enrolled, 4));
    assert_eq!(
        reversed(&compare(&before, &after)),
        [(Transition::T01, Because::Interrupted), (Transition::T02, Because::StepBefore(Transition::T01))]
    );
}

#[test]
fn a_leave_approved_for_those_days_undoes_the_mark() {
    let child = Child::new().absent("2025-09-24", "2025-09-30");
    let before = child.on("2025-10-10");
    let fact =
        Fact::Suspension { from: d("2025-09-24"), until: d("2025-12-31"), approval: "镇 1 号".into() };
    let changes = compare(&before, &child.record(fact).on("2025-10-10"));
    assert_eq!(reversed(&changes).len(), 3, "{changes:?}");
    assert!(matches!(&changes[3], Change::Taken(step) if step.id == Transition::T11));
}

#[test]
fn another_rulebook_moves_a_mark_and_says_so() {
    let child = Child::new().absent("2025-09-08", "2025-09-17");
    let before = child.on("2025-09-17");
    let child = child.rules("[absence]\nsuspect_after_days = 7");
    let after = child.on("2025-09-17");
    let rules = Because::Rules { before: "built-in".into(), after: "built-in+520502@1".into() };
    assert_eq!(
        compare(&before, &after)
            .iter()
            .map(|c| matches!(c, Change::Moved { because, .. } if *because == rules))
            .collect::<Vec<_>>(),
        [true]
    );
    assert!(compare(&after, &after).is_empty());
    // nothing is left to name the new rulebook, and it is named all the same
    let lenient = child.rules("[absence]\nreport_on_day = 10\nsuspect_after_days = 10").on("2025-09-17");
    assert!(lenient.history.is_empty());
    assert!(reversed(&compare(&before, &lenient)).iter().all(|(_, b)| matches!(b, Because::Rules { .. })));
}

#[test]
fn a_day_that_the_county_closes_later_undoes_the_mark() {
    let child = Child::new().absent("2025-09-24", "2025-09-30");
    let before = child.on("2025-09-30");
    let child = child.calendar("[[day]]\ndate = 2025-09-25\nkind = \"no_class\"\nreason = \"暴雨停课\"\n");
    let after = child.on("2025-09-30");
    let gone = Because::DaysNoLongerCount(vec![d("2025-09-25")]);
    assert_eq!(reversed(&compare(&before, &after)), [(Transition::T02, gone)]);
    assert_eq!(after.by.calendar, "built-in+county 520502@1");
}

#[test]
fn a_mark_of_a_past_day_says_when_and_why_it_was_made() {
    let child = Child::new().absent("2025-09-08", "2025-09-11");
    let before = child.on("2025-09-15");
    let child = child.rules("[absence]\nreport_on_day = 2\nsuspect_after_days = 3");
    let after = child.on("2025-09-15");
    let late = |today: &str| kept(&before, &after, d(today));
    let [Change::Late { step, because }] = &late("2025-10-14")[..] else {
        panic!("{:?}", late("2025-10-14"))
    };
    assert_eq!((step.id, step.effective), (Transition::T02, d("2025-09-11")));
    assert_eq!(*because, Because::Rules { before: "built-in".into(), after: "built-in+520502@1".into() });
    assert!(late("2025-09-11").is_empty(), "a mark of today is the next step");

    // the roll of an earlier day is called later
    let before = Child::new().absent("2025-09-08", "2025-09-12").on("2025-09-12");
    let after = Child::new().absent("2025-09-05", "2025-09-12").on("2025-09-12");
    let kept = kept(&before, &after, d("2025-09-15"));
    assert!(
        kept.iter().any(
            |c| matches!(c, Change::Late { step, because: Because::Entered } if step.id == Transition::T02)
        ),
        "{kept:?}"
    );
    assert_eq!(
        kept.last().map(|change| change.say(Lang::Zh)),
        Some("补记：标记疑似辍学（T02，自 2025-09-12 起）；原因：补录或更正".to_owned())
    );
}
