//! T09, T11 to T16, T21, T22: recorded facts.

use super::{Child, Fact, d, step, told};
use crate::standing::{EnrolmentStatus, Transition};

fn leave(from: &str, until: &str) -> Fact {
    Fact::Suspension { from: d(from), until: d(until), approval: "镇教字 12 号".into() }
}

fn transfer(on: &str) -> Fact {
    Fact::TransferStarted { on: d(on), to: "2152000002".into() }
}

#[test]
fn t11_absences_on_leave_do_not_count() {
    let child = Child::new().absent("2025-10-13", "2025-11-14").record(leave("2025-10-15", "2025-11-14"));
    let standing = child.on("2025-11-14");
    assert_eq!((standing.status, standing.since), (EnrolmentStatus::Suspended, d("2025-10-15")));
    assert_eq!(told(&standing), ["T11 2025-10-15"]);
    assert_eq!(step(&standing, Transition::T11).evidence, "证明 7 号");
    assert_eq!(child.on("2025-10-14").status, EnrolmentStatus::Enrolled);
}

#[test]
fn t12_a_leave_ends_by_record_or_by_a_present_mark_after_it() {
    let recorded = Child::new()
        .record(leave("2025-10-15", "2025-11-14"))
        .record(Fact::SuspensionEnded { on: d("2025-11-03") });
    assert_eq!(told(&recorded.on("2025-11-20")), ["T11 2025-10-15", "T12 2025-11-03"]);
    let present = Child::new().record(leave("2025-10-15", "2025-11-14"));
    let standing = present.on("2025-11-17");
    assert_eq!(told(&standing), ["T11 2025-10-15", "T12 2025-11-17"]);
    assert_eq!((standing.status, standing.last_return), (EnrolmentStatus::Enrolled, None));
}

#[test]
fn t13_a_leave_that_is_over_alerts_and_absences_count_from_the_next_school_day() {
    let child = Child::new().record(leave("2025-10-15", "2025-11-14")).absent("2025-11-17", "2025-12-31");
    assert_eq!(child.on("2025-11-16").alerted, None);
    let first = child.on("2025-11-17");
    assert_eq!((first.status, first.alerted), (EnrolmentStatus::Suspended, Some(d("2025-11-17"))));
    assert!(first.overdue && first.must_be_named(d("2025-11-18"), &child.rules));
    let marked = child.on("2025-11-24");
    assert_eq!(told(&marked), ["T11 2025-10-15", "T13 2025-11-17", "T01 2025-11-21", "T02 2025-11-24"]);
    assert_eq!((marked.status, marked.alerted), (EnrolmentStatus::Suspected, Some(d("2025-11-17"))));
    assert_eq!(child.on("2025-12-25").status, EnrolmentStatus::DroppedOut);
}

#[test]
fn a_leave_may_be_extended() {
    let child = Child::new()
        .record(leave("2025-10-15", "2025-11-14"))
        .record(leave("2025-11-10", "2026-01-09"))
        .record(leave("2025-12-01", "2025-12-05"))
        .absent("2025-11-17", "2026-01-12");
    assert_eq!(child.on("2026-01-09").alerted, None);
    assert_eq!(child.on("2026-01-12").alerted, Some(d("2026-01-12")));
    assert_eq!(child.on("2026-01-12").since, d("2025-10-15"));
}

#[test]
fn a_leave_that_ended_early_does_not_stretch_the_next_one() {
    let child = Child::new()
        .record(leave("2025-10-15", "2025-12-31"))
        .record(Fact::SuspensionEnded { on: d("2025-11-03") })
        .record(leave("2025-11-10", "2025-11-14"))
        .absent("2025-11-17", "2025-11-17");
    assert_eq!(child.on("2025-11-17").alerted, Some(d("2025-11-17")));
}

#[test]
fn t09_and_t07_a_child_taught_at_home_is_not_absent() {
    let home = |from: &str| Fact::HomeTaught { from: d(from), assessment: "评 3 号".into() };
    let child = Child::new().absent("2025-10-13", "2026-01-16");
    let early = child.record(home("2025-10-15")).on("2026-01-16");
    assert_eq!(told(&early), ["T09 2025-10-15"]);
    let ended = Child::new()
        .absent("2025-09-08", "2025-11-28")
        .record(home("2025-10-28"))
        .record(Fact::HomeTaughtEnded { on: d("2025-11-24") });
    let standing = ended.on("2025-11-28");
    let steps = ["T01 2025-09-12", "T02 2025-09-15", "T04 2025-10-16", "T07 2025-10-28", "T09 2025-11-24"];
    assert_eq!(told(&standing)[..5], steps);
    assert_eq!((standing.status, standing.run.len()), (EnrolmentStatus::Enrolled, 5));
}

#[test]
fn t14_a_transfer_runs_and_ends_on_the_other_roll() {
    let child = Child::new()
        .absent("2025-10-13", "2026-01-16")
        .record(transfer("2025-10-15"))
        .record(Fact::TransferredOut { on: d("2025-11-05"), to: "2152000002".into() });
    assert_eq!(child.on("2025-11-04").status, EnrolmentStatus::TransferPending);
    let standing = child.on("2026-01-16");
    assert_eq!((standing.status, standing.since), (EnrolmentStatus::TransferredOut, d("2025-11-05")));
    assert_eq!(told(&standing), ["T14 2025-10-15", "T01 2025-10-17", "T14 2025-11-05"]);
}

#[test]
fn t15_and_t16_a_lapsed_transfer_hides_nobody() {
    let lapsed = Fact::TransferLapsed { on: d("2025-11-03") };
    let child = Child::new().absent("2025-10-13", "2025-11-28");
    let enrolled = Child { recorded: vec![], ..child }.record(transfer("2025-10-15")).record(lapsed.clone());
    // the days of the transfer count, and mark the child once it has lapsed
    assert_eq!(step(&enrolled.on("2025-11-28"), Transition::T02).effective, d("2025-11-03"));

    let missing =
        Child::new().absent("2025-09-24", "2025-11-28").record(transfer("2025-10-15")).record(lapsed);
    let standing = missing.on("2025-11-28");
    assert_eq!(
        told(&standing)[1..],
        ["T02 2025-09-30", "T16 2025-10-15", "T15 2025-11-03", "T04 2025-11-03"]
    );
}

#[test]
fn t21_and_t22_end_states_stay() {
    for (fact, status, id) in [
        (Fact::Completed { on: d("2026-06-30") }, EnrolmentStatus::Completed, Transition::T22),
        (Fact::Abroad { on: d("2026-06-30") }, EnrolmentStatus::Abroad, Transition::T21),
        (Fact::Deceased { on: d("2026-06-30") }, EnrolmentStatus::Deceased, Transition::T21),
    ] {
        let child = Child::new().absent("2026-06-25", "2026-07-24").record(fact);
        let child = child.record(leave("2026-07-02", "2026-07-20"));
        let standing = child.on("2026-07-24");
        assert_eq!((standing.status, standing.since), (status, d("2026-06-30")));
        assert_eq!(standing.history.last().map(|s| s.id), Some(id));
        assert!(standing.run.is_empty());
        assert_eq!(standing.status_on(d("2026-06-29")), EnrolmentStatus::Enrolled);
    }
}

#[test]
fn facts_count_by_their_day_not_by_when_they_were_written() {
    let child = Child::new()
        .record(Fact::SuspensionEnded { on: d("2025-11-03") })
        .record(leave("2025-10-15", "2025-11-14"));
    assert_eq!(told(&child.on("2025-12-01")), ["T11 2025-10-15", "T12 2025-11-03"]);
    assert_eq!(child.on("2025-10-14").history, []);
}
