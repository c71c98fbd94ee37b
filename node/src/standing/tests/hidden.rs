//! Nothing that is recorded hides a child who is missing (2.2, forbidden).

use super::{Child, Fact, d, told};
use crate::standing::EnrolmentStatus as S;
use crate::standing::{Proposal, StepRefused, propose};
use proto::model::day::Moment;

fn leave(from: &str, until: &str) -> Fact {
    Fact::Suspension { from: d(from), until: d(until), approval: "镇教字 12 号".into() }
}

fn transfer(on: &str) -> Fact {
    Fact::TransferStarted { on: d(on), to: "2152000002".into() }
}

fn lapse(on: &str) -> Fact {
    Fact::TransferLapsed { on: d(on) }
}

#[test]
fn a_fact_of_the_same_day_does_not_take_the_mark_back() {
    let on = d("2025-09-30");
    for (fact, last) in [
        (transfer("2025-09-30"), "T16 2025-09-30"),
        (Fact::Completed { on }, "T22 2025-09-30"),
        (Fact::Abroad { on }, "T21 2025-09-30"),
        (Fact::Deceased { on }, "T21 2025-09-30"),
    ] {
        let standing = Child::new().absent("2025-09-24", "2025-10-11").record(fact).on("2025-10-11");
        assert_eq!(told(&standing), ["T01 2025-09-29", "T02 2025-09-30", last]);
    }
    // lapsed, the child is where it was
    let child = Child::new().absent("2025-09-24", "2025-10-11").record(transfer("2025-09-30"));
    assert_eq!(child.record(lapse("2025-10-10")).on("2025-10-11").status, S::Suspected);
}

#[test]
fn what_ends_the_search_is_not_dated_before_the_mark() {
    let child = Child::new().absent("2025-09-24", "2025-10-11");
    let (standing, mark) = (child.on("2025-10-11"), d("2025-09-30"));
    let on = |day: &str, complete: bool| {
        let fact = if complete { Fact::Completed { on: d(day) } } else { transfer(day) };
        propose(&Proposal::Record { fact: &fact, evidence: "证明" }, &standing, child.since, d("2025-10-11"))
    };
    for complete in [false, true] {
        let refused = on("2025-09-29", complete).unwrap_err();
        assert!(matches!(refused, StepRefused::BeforeMark { mark: held, .. } if held == mark), "{refused}");
        assert!(on("2025-09-30", complete).is_ok());
    }
}

#[test]
fn a_present_mark_while_a_transfer_runs_begins_the_count_anew() {
    let child = Child::new()
        .absent("2025-09-08", "2025-09-10")
        .record(transfer("2025-09-11"))
        .record(lapse("2025-09-16"))
        .absent("2025-09-16", "2025-09-22");
    assert_eq!((child.on("2025-09-22").run.len(), child.on("2025-09-22").status), (5, S::Enrolled));
    assert!(child.on("2025-09-15").run.is_empty());
}

#[test]
fn absences_while_a_transfer_runs_alert_and_mark_the_child_when_it_has_lapsed() {
    let child = Child::new().absent("2025-09-08", "2025-09-22").record(transfer("2025-09-08"));
    let pending = child.on("2025-09-19");
    assert_eq!((pending.status, pending.run.len()), (S::TransferPending, 10));
    assert_eq!(pending.alerted, Some(d("2025-09-12")));
    assert!(pending.must_be_named(d("2025-09-22"), &child.rules), "silence would begin the count anew");
    let lapsed = child.record(lapse("2025-09-22")).on("2025-09-22");
    assert_eq!(
        told(&lapsed),
        ["T14 2025-09-08", "T01 2025-09-12", "T15 2025-09-22", "T02 2025-09-22"],
        "{lapsed:?}"
    );
}

#[test]
fn silence_about_a_child_sought_on_another_roll_is_no_return() {
    // marked on 30 September; nobody names the child from 13 October on
    let child = Child::new().absent("2025-09-24", "2025-10-11").record(transfer("2025-10-11"));
    assert!(!child.on("2025-10-17").must_be_named(d("2025-10-20"), &child.rules));
    let mut lapsed = child.record(lapse("2025-10-20"));
    // it is known here a day later only
    lapsed.recorded[1].recorded = Moment::at(d("2025-10-21"), 600);
    for day in ["2025-10-20", "2025-10-21"] {
        assert_eq!(lapsed.on(day).status, S::Suspected, "{day}");
    }
    assert_eq!(lapsed.on("2025-10-22").status, S::Enrolled, "whoever was not named then was there");

    let back = lapsed.present("2025-10-16");
    assert_eq!(
        (back.on("2025-10-16").status, back.on("2025-10-20").status),
        (S::TransferPending, S::Enrolled)
    );
    assert_eq!(back.on("2025-10-20").last_return, Some(d("2025-10-16")));
}

#[test]
fn a_leave_approved_ahead_does_not_cover_a_mark() {
    let child = Child::new().absent("2025-09-24", "2025-10-15").record(leave("2025-10-09", "2025-12-31"));
    let standing = child.on("2025-10-15");
    assert_eq!((standing.status, standing.since), (S::Suspected, d("2025-09-30")));
    assert_eq!(told(&standing), ["T01 2025-09-29", "T02 2025-09-30"]);
    assert_eq!(standing.run.len(), 12, "and its absences go on counting");
}

#[test]
fn who_is_gone_must_be_named_by_the_roll_call_of_the_day() {
    let missing = Child::new().absent("2025-09-24", "2025-11-14");
    let on_leave = Child::new().record(leave("2025-10-15", "2025-11-14"));
    let extended =
        Child::new().record(leave("2025-10-15", "2025-11-14")).record(leave("2025-11-17", "2025-12-31"));
    let ended = Child::new()
        .record(leave("2025-10-15", "2025-12-31"))
        .record(Fact::SuspensionEnded { on: d("2025-11-17") });
    for (child, day, named) in [
        (&missing, "2025-09-30", false),
        (&missing, "2025-10-09", true),
        (&missing, "2025-11-03", true),
        (&on_leave, "2025-11-14", false),
        // nobody has looked at the child since the leave ended
        (&on_leave, "2025-11-17", true),
        (&on_leave, "2025-11-24", false),
        (&extended, "2025-11-17", false),
        (&ended, "2025-11-14", false),
        (&ended, "2025-11-17", false),
    ] {
        let before = child.before_the_call(day);
        assert_eq!(before.must_be_named(d(day), &child.rules), named, "{day}");
    }
}

#[test]
fn a_child_that_left_comes_back_with_a_new_start() {
    let left = Child::new()
        .record(transfer("2025-09-15"))
        .record(Fact::TransferredOut { on: d("2025-09-22"), to: "2152000002".into() })
        .absent("2025-09-22", "2025-11-14");
    assert_eq!(left.on("2025-11-14").status, S::TransferredOut);
    let back = left.record(Fact::BackOnRoll { on: d("2025-11-10") });
    assert_eq!(back.on("2025-11-09").status, S::TransferredOut);
    let standing = back.on("2025-11-14");
    assert_eq!((standing.status, standing.since, standing.run.len()), (S::Enrolled, d("2025-11-10"), 5));
    assert_eq!(told(&standing)[2..], ["T18 2025-11-10", "T01 2025-11-14"]);
    let never_left = Child::new().record(Fact::BackOnRoll { on: d("2025-11-10") });
    assert_eq!(never_left.on("2025-11-14").history, []);
}
