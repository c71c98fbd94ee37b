//! Deadlines that are counted in workdays: every office counts with these two functions, by its own
//! calendar.

use super::Calendar;
use crate::model::day::Day;
use crate::model::rulebook::Basis;

impl Calendar {
    /// The day by which something is due that has to be done within `workdays` after `day`: the day itself
    /// is not counted. Within 0 is the same day; when it is no workday, the next one (Civil Code 201, 203).
    pub fn workdays_after(&self, day: Day, workdays: u32) -> Day {
        let (first, nth) = match workdays {
            0 => (day, 0),
            n => (day.next(), usize::try_from(n - 1).unwrap_or(usize::MAX)),
        };
        // a calendar without workdays still has to give a date
        let plain = day.plus(i32::try_from(workdays).unwrap_or(i32::MAX));
        self.counting_days(first, None, Basis::WorkDays).nth(nth).unwrap_or(plain)
    }

    /// How many workdays lie after `due` up to and including `today`; 0 while it is not overdue.
    pub fn workdays_late(&self, due: Day, today: Day) -> u32 {
        let days = self.counting_days(due.next(), None, Basis::WorkDays).take_while(|day| *day <= today);
        u32::try_from(days.count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Calendar;
    use crate::model::day::Day;

    fn d(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// National Day 2025: off from 1 to 8 October, at work on Sunday 28 September and Saturday 11 October.
    #[test]
    fn a_deadline_is_counted_in_workdays_from_the_next_day_on() {
        let calendar = Calendar::build(&[]);
        for (day, within, due) in [
            ("2025-09-24", 0, "2025-09-24"),
            ("2025-09-24", 1, "2025-09-25"),
            ("2025-09-26", 0, "2025-09-26"),
            ("2025-09-26", 1, "2025-09-28"),
            ("2025-09-27", 0, "2025-09-28"),
            ("2025-09-30", 0, "2025-09-30"),
            ("2025-09-30", 1, "2025-10-09"),
            ("2025-09-30", 2, "2025-10-10"),
            ("2025-09-30", 3, "2025-10-11"),
            ("2025-09-30", 4, "2025-10-13"),
            ("2025-10-01", 0, "2025-10-09"),
            ("2025-10-01", 1, "2025-10-09"),
            ("2025-10-04", 0, "2025-10-09"),
            ("2025-10-04", 2, "2025-10-10"),
        ] {
            assert_eq!(calendar.workdays_after(d(day), within), d(due), "{within} after {day}");
        }
    }

    #[test]
    fn what_is_late_is_late_by_workdays() {
        let calendar = Calendar::build(&[]);
        for (due, today, late) in [
            ("2025-09-30", "2025-09-24", 0),
            ("2025-09-30", "2025-09-30", 0),
            ("2025-09-30", "2025-10-08", 0),
            ("2025-09-30", "2025-10-09", 1),
            ("2025-09-30", "2025-10-12", 3),
        ] {
            assert_eq!(calendar.workdays_late(d(due), d(today)), late, "{today}");
        }
    }
}
