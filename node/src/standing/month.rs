//! The month between SUSPECTED and DROPPED_OUT (C04, T04).

use proto::model::calendar::Calendar;
use proto::model::day::Day;
use proto::model::rulebook::Rulebook;

/// When the month after a mark is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its last day.
    pub last: Day,
    /// Its days outside terms. The plans do not take them out; the record shows them.
    pub vacation_days: u32,
}

impl Month {
    /// The month that follows a mark on `mark`: the marked day is not counted, the month ends on the
    /// same day number or the last day of the month (Civil Code 200 to 203 as the model). `None` when it
    /// ends later than `today`.
    pub fn after(mark: Day, rules: &Rulebook, calendar: &Calendar, today: Day) -> Option<Self> {
        let absence = &rules.absence;
        let months = i32::try_from(absence.drop_out_after_months).expect("a rulebook has at most 12 months");
        let mut month = Self { last: mark.plus_months(months), vacation_days: 0 };
        let mut day = mark.next();
        while day <= month.last {
            if day > today {
                return None;
            }
            if !calendar.in_term(day) {
                month.vacation_days += 1;
                if absence.month_pauses_in_vacation {
                    month.last = month.last.next();
                }
            }
            day = day.next();
        }
        while absence.month_rolls_over_days_off && !calendar.is_workday(month.last) {
            month.last = month.last.next();
            if month.last > today {
                return None;
            }
        }
        Some(month)
    }

    /// "More than a month": the day after.
    pub fn over(self) -> Day {
        self.last.next()
    }
}
