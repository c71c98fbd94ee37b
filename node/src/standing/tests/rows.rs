//! T01 to T05: the roll calls alone.

use proto::model::lang::Lang;

use proto::model::rulebook::Rulebook;

use super::{Child, d, step, told};
use crate::standing::{EnrolmentStatus, Transition, explain};

#[test]
fn t01_the_fifth_counting_day_alerts_and_changes_no_status() {
    let child = Child::new().absent("2025-09-24", "2025-09-29");
    let before = child.on("2025-09-28");
    assert_eq!((before.status, before.alerted, before.run.len()), (EnrolmentStatus::Enrolled, None, 4));
    let standing = child.on("2025-09-29");
    assert_eq!((standing.status, standing.alerted), (EnrolmentStatus::Enrolled, Some(d("2025-09-29"))));
    assert_eq!(told(&standing), ["T01 2025-09-29"]);
    let days = ["2025-09-24", "2025-09-25", "2025-09-26", "2025-09-28", "2025-09-29"].map(d);
    assert_eq!(step(&standing, Transition::T01).days, days, "the make-up Sunday counts");
}

#[test]
fn t02_the_sixth_counting_day_marks() {
    let standing = Child::new().absent("2025-09-24", "2025-10-11").on("2025-10-11");
    assert_eq!((standing.status, standing.since), (EnrolmentStatus::Suspected, d("2025-09-30")));
    assert_eq!(told(&standing), ["T01 2025-09-29", "T02 2025-09-30"]);
    assert_eq!(standing.run.len(), 9);
    let marked = step(&standing, Transition::T02);
    assert_eq!((marked.days.len(), marked.rules.as_str(), marked.provisional), (6, "built-in", false));
    assert!(standing.must_be_named(d("2025-10-13"), &Rulebook::default()));
}

#[test]
fn t03_the_first_present_mark_brings_the_child_back() {
    let standing = Child::new().absent("2025-09-24", "2025-10-11").on("2025-10-13");
    assert_eq!((standing.status, standing.since), (EnrolmentStatus::Enrolled, d("2025-10-13")));
    assert_eq!(standing.last_return, Some(d("2025-10-13")));
    assert_eq!(told(&standing), ["T01 2025-09-29", "T02 2025-09-30", "T03 2025-10-13"]);
    assert!(standing.run.is_empty() && standing.alerted.is_none() && standing.times_dropped == 0);
}

#[test]
fn t04_and_t05_a_month_more_and_back() {
    let child = Child::new().absent("2025-09-24", "2025-11-14");
    assert_eq!(child.on("2025-10-30").status, EnrolmentStatus::Suspected);
    let out = child.on("2025-10-31");
    assert_eq!((out.status, out.since, out.times_dropped), (EnrolmentStatus::DroppedOut, d("2025-10-31"), 1));
    let back = child.on("2025-11-17");
    assert_eq!((back.status, back.last_return), (EnrolmentStatus::Enrolled, Some(d("2025-11-17"))));
    assert_eq!(told(&back), ["T01 2025-09-29", "T02 2025-09-30", "T04 2025-10-31", "T05 2025-11-17"]);
    assert_eq!(back.times_dropped, 1);
    let again = child.absent("2025-11-19", "2026-01-16").on("2026-01-16");
    assert_eq!((again.status, again.times_dropped), (EnrolmentStatus::DroppedOut, 2));
}

#[test]
fn a_child_back_on_the_very_day_is_back_in_time() {
    let child = Child::new().absent("2025-09-24", "2025-10-30");
    assert_eq!(told(&child.on("2025-10-31"))[2], "T03 2025-10-31");
}

#[test]
fn a_present_day_begins_the_count_anew() {
    let child = Child::new().absent("2025-09-08", "2025-09-12").absent("2025-09-16", "2025-09-22");
    let standing = child.on("2025-09-22");
    assert_eq!((standing.status, standing.run.len()), (EnrolmentStatus::Enrolled, 5));
    assert_eq!(told(&standing), ["T01 2025-09-12", "T01 2025-09-22"]);
}

#[test]
fn excused_days_and_days_without_a_call_neither_count_nor_begin_anew() {
    let child = Child::new().absent("2025-09-08", "2025-09-17").excused("2025-09-10").no_call("2025-09-11");
    let standing = child.on("2025-09-17");
    assert_eq!(standing.status, EnrolmentStatus::Suspected);
    assert_eq!(told(&standing), ["T01 2025-09-16", "T02 2025-09-17"]);
    assert_eq!(standing.data_gaps, [d("2025-09-11")]);
    assert!(explain(&standing, Lang::Zh).contains("补点名：2025-09-11"));
    // the gap goes with the absence
    assert!(child.on("2025-09-18").data_gaps.is_empty());
}

#[test]
fn where_nobody_calls_the_roll_nobody_is_present_or_absent() {
    let mut child = Child::new().absent("2025-09-08", "2025-09-09");
    child.called = child.called.iter().filter(|day| *day <= d("2025-09-09")).collect();
    let standing = child.on("2025-11-28");
    assert_eq!((standing.status, standing.run.len()), (EnrolmentStatus::Enrolled, 2));
    assert_eq!(standing.data_gaps.len(), 54);
}

#[test]
fn the_first_of_june_counts_for_the_older_only() {
    for (birth, marked) in [("2012-06-01", "2026-06-01"), ("2012-06-02", "2026-06-02")] {
        let mut child = Child::new();
        child.birth = Some(d(birth));
        let child = child.absent("2026-05-25", "2026-06-02");
        assert_eq!(step(&child.on("2026-06-02"), Transition::T02).effective, d(marked), "{birth}");
    }
}

#[test]
fn thresholds_are_the_rulebooks() {
    let rules = "[absence]\nreport_on_day = 1\nsuspect_after_days = 3\ndrop_out_after_months = 2";
    let standing = Child::new().rules(rules).absent("2025-09-08", "2025-12-31").on("2025-12-31");
    assert_eq!(told(&standing), ["T01 2025-09-08", "T02 2025-09-11", "T04 2025-11-12"]);
    assert!(standing.history.iter().all(|s| s.rules == "built-in+520502@1"));
}

#[test]
fn on_statutory_workdays_a_closed_school_does_not_bring_the_child_back() {
    let closed = (10..=12).map(|n| format!("[[day]]\ndate = 2025-09-{n}\nkind = \"no_class\"\n"));
    let closed: String = closed.collect();
    let child = Child::new().calendar(&closed).absent("2025-09-05", "2025-09-15");
    assert_eq!(child.on("2025-09-15").run.len(), 4);
    let child = child.rules("[absence]\nbasis = \"work_days\"");
    assert_eq!(told(&child.on("2025-09-15")), ["T01 2025-09-11", "T02 2025-09-12"]);
    let child = child.excused("2025-09-09");
    assert_eq!(child.on("2025-09-15").run.len(), 3, "excused before the closure");
}

#[test]
fn on_statutory_workdays_an_added_saturday_does_not_count_but_tells_that_the_child_is_away() {
    let days =
        "[[day]]\ndate = 2025-09-06\nkind = \"class\"\n[[day]]\ndate = 2025-09-08\nkind = \"no_class\"\n";
    let child = Child::new().calendar(days).rules("[absence]\nbasis = \"work_days\"");
    let child = child.absent("2025-09-06", "2025-09-09");
    assert_eq!(child.on("2025-09-09").run, ["2025-09-08", "2025-09-09"].map(d));
}

#[test]
fn a_year_without_national_days_gives_provisional_steps() {
    let mut child = Child::new();
    child.since = d("2027-03-01");
    child.called = (0..60).map(|n| child.since.plus(n)).collect();
    let standing = child.absent("2027-03-08", "2027-03-15").on("2027-03-15");
    assert!(step(&standing, Transition::T02).provisional);
    assert!(explain(&standing, Lang::En).contains("provisional"));
}

#[test]
fn a_status_explains_itself() {
    let standing = Child::new().absent("2025-09-24", "2025-10-31").on("2025-10-31");
    assert_eq!(
        explain(&standing, Lang::Zh),
        "状态：辍学（自 2025-10-31 起）；人籍一致；规则 内置；校历 内置\n\
         2025-09-29 连续缺课，班主任上报（T01）：在读 → 在读；依据日期 2025-09-24、2025-09-25、2025-09-26、2025-09-28、2025-09-29\n\
         2025-09-30 标记疑似辍学（T02）：在读 → 疑似辍学；依据日期 2025-09-24、2025-09-25、2025-09-26、2025-09-28、2025-09-29、2025-09-30\n\
         2025-10-31 疑似辍学超过期限，标注辍学（T04）：疑似辍学 → 辍学；依据日期 2025-09-24、2025-09-25、2025-09-26、2025-09-28、2025-09-29、2025-09-30"
    );
}
