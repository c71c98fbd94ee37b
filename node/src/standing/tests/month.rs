//! The month rule and its two switches (`domain/6-calendar.md` 6.2).

use super::{Child, TERMS, d, step};
use crate::standing::{Month, Transition};

#[test]
fn a_month_ends_on_the_same_day_number_or_the_last_day() {
    let child = Child::new();
    for (mark, last, over) in [
        ("2026-01-31", "2026-02-28", "2026-03-01"),
        ("2024-01-31", "2024-02-29", "2024-03-01"),
        ("2025-09-30", "2025-10-30", "2025-10-31"),
        ("2025-12-31", "2026-01-31", "2026-02-01"),
        ("2025-02-28", "2025-03-28", "2025-03-29"),
    ] {
        let month = Month::after(d(mark), &child.rules, &child.calendar, d("2026-12-31")).unwrap();
        assert_eq!((month.last, month.over(), month.vacation_days), (d(last), d(over), 0), "{mark}");
        assert_eq!(Month::after(d(mark), &child.rules, &child.calendar, d(last).plus(-1)), None, "{mark}");
    }
}

/// Marked on Friday 16 January; the break is from 24 January to 1 March, 37 days.
#[test]
fn vacations_are_shown_and_pause_the_month_only_by_switch() {
    let child = Child::new().calendar(TERMS).absent("2026-01-09", "2026-07-03");
    let dropped = child.on("2026-07-03");
    let dropped = step(&dropped, Transition::T04);
    assert_eq!((dropped.effective, dropped.vacation_days_inside), (d("2026-02-17"), 24));

    let paused = child.rules("[absence]\nmonth_pauses_in_vacation = true");
    let standing = paused.on("2026-07-03");
    let dropped = step(&standing, Transition::T04);
    assert_eq!((dropped.effective, dropped.vacation_days_inside), (d("2026-03-26"), 37));
    assert!(paused.on("2026-03-25").times_dropped == 0);
}

#[test]
fn the_marked_day_is_not_of_the_month() {
    let child = Child::new().calendar(TERMS);
    let month = Month::after(d("2026-02-10"), &child.rules, &child.calendar, d("2026-12-31")).unwrap();
    assert_eq!((month.last, month.vacation_days), (d("2026-03-10"), 19), "from 11 February to 1 March");
}

#[test]
fn a_paused_month_without_a_next_term_does_not_end() {
    let autumn = "[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n";
    let child = Child::new().calendar(autumn).absent("2026-01-09", "2026-01-23");
    let child = child.rules("[absence]\nmonth_pauses_in_vacation = true");
    assert_eq!(child.on("2026-08-31").times_dropped, 0);
}

/// Marked on 2025-09-03 and 2025-09-08: the months end on a day off in October.
#[test]
fn the_month_rolls_over_days_off_only_by_switch() {
    for (from, literal, rolled) in [
        ("2025-08-29", "2025-10-06", "2025-10-10"),
        ("2025-09-04", "2025-10-12", "2025-10-12"),
        ("2025-09-05", "2025-10-13", "2025-10-14"),
    ] {
        let mut child = Child::new();
        child.since = d("2025-08-01");
        let child = child.absent(from, "2025-11-28");
        assert_eq!(step(&child.on("2025-11-28"), Transition::T04).effective, d(literal), "{from}");
        let child = child.rules("[absence]\nmonth_rolls_over_days_off = true");
        assert_eq!(step(&child.on("2025-11-28"), Transition::T04).effective, d(rolled), "{from}");
    }
}
