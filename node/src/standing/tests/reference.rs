//! The same law written another way: each day is judged by walking back from it, and the status by
//! yesterday's.

use proptest::prelude::{Just, Strategy, prop_assert_eq, prop_oneof, proptest};
use proto::model::calendar::Calendar;
use proto::model::day::Day;
use proto::model::rulebook::Rulebook;

use crate::attendance::{Excuse, Mark};
use crate::standing::{DaySet, EnrolmentStatus, Facts, RollMatch, stand};

/// What a class wrote down of a child on a day; `None` when it did not call the roll.
type Written = Option<Mark>;

struct Naive<'a> {
    calendar: &'a Calendar,
    rules: &'a Rulebook,
    birth: Day,
    start: Day,
    written: &'a [Written],
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    status: EnrolmentStatus,
    alerted: bool,
    run: Vec<Day>,
    gaps: Vec<Day>,
    dropped: u32,
    events: Vec<(&'static str, Day)>,
}

impl Naive<'_> {
    /// `None` on a day without school for this child.
    fn on(&self, day: Day) -> Option<Written> {
        let at = usize::try_from(day.number() - self.start.number()).ok()?;
        self.calendar.day(day, Some(self.birth)).counts.then(|| self.written[at])
    }

    /// Walks back over the school days to the last present mark: counting days, and gaps among them.
    fn back_from(&self, today: Day) -> (Vec<Day>, Vec<Day>) {
        let (mut run, mut gaps) = (vec![], vec![]);
        let mut day = today;
        while day >= self.start {
            match self.on(day) {
                Some(Some(Mark::Present)) => break,
                Some(Some(Mark::Unexcused)) => run.insert(0, day),
                Some(None) => gaps.insert(0, day),
                Some(Some(Mark::Excused(_))) | None => {}
            }
            day = day.plus(-1);
        }
        gaps.retain(|gap| run.first().is_some_and(|first| gap > first));
        (run, gaps)
    }

    fn judge(&self) -> Judged {
        let (report, suspect) =
            (self.rules.absence.report_on_day as usize, self.rules.absence.suspect_after_days as usize);
        let (mut status, mut mark, mut events, mut dropped) =
            (EnrolmentStatus::Enrolled, self.start, vec![], 0);
        let last = self.start.plus(i32::try_from(self.written.len()).unwrap() - 1);
        let mut day = self.start;
        while day <= last {
            let (run, _) = self.back_from(day);
            let written = self.on(day).flatten();
            let months = i32::try_from(self.rules.absence.drop_out_after_months).unwrap();
            let late = day > mark.plus_months(months);
            status = match (status, written) {
                (EnrolmentStatus::Suspected, Some(Mark::Present)) => {
                    events.push(("T03", day));
                    EnrolmentStatus::Enrolled
                }
                (EnrolmentStatus::DroppedOut, Some(Mark::Present)) => {
                    events.push(("T05", day));
                    EnrolmentStatus::Enrolled
                }
                (EnrolmentStatus::Suspected, _) if late => {
                    events.push(("T04", day));
                    dropped += 1;
                    EnrolmentStatus::DroppedOut
                }
                (EnrolmentStatus::Enrolled, Some(Mark::Unexcused)) => {
                    if run.len() == report {
                        events.push(("T01", day));
                    }
                    if run.len() > suspect {
                        events.push(("T02", day));
                        mark = day;
                        EnrolmentStatus::Suspected
                    } else {
                        EnrolmentStatus::Enrolled
                    }
                }
                (status, _) => status,
            };
            day = day.next();
        }
        let (run, gaps) = self.back_from(last);
        Judged { status, alerted: run.len() >= report, run, gaps, dropped, events }
    }
}

/// Long absences, so that months pass; now and then a present, an excused, an uncalled day.
fn marks() -> impl Strategy<Value = Vec<Written>> {
    let day = prop_oneof![
        4 => Just(Some(Mark::Present)),
        8 => Just(Some(Mark::Unexcused)),
        1 => Just(Some(Mark::Excused(Excuse::Sick))),
        1 => Just(None),
    ];
    let stretch = (day, 1_usize..30).prop_map(|(mark, days)| vec![mark; days]);
    proptest::collection::vec(stretch, 1..16).prop_map(|stretches| stretches.concat())
}

proptest! {
    #[test]
    fn standing_agrees_with_the_naive_walk(
        written in marks(),
        first in 0_i32..300,
        age in 6_i32..16,
        report in 1_u32..6,
        extra in 0_u32..5,
        months in 1_u32..3,
    ) {
        let calendar = Calendar::build(&[]);
        let start = Day::new(2025, 2, 1).unwrap().plus(first);
        let birth = start.plus_months(-12 * age).plus(-40);
        let mut rules = Rulebook::default();
        rules.absence.report_on_day = report;
        rules.absence.suspect_after_days = report + extra;
        rules.absence.drop_out_after_months = months;
        let naive = Naive { calendar: &calendar, rules: &rules, birth, start, written: &written }.judge();

        let days = || (0..).map(|n| start.plus(n)).zip(&written);
        let called: DaySet = days().filter(|(_, w)| w.is_some()).map(|(day, _)| day).collect();
        let absent: Vec<(Day, Mark)> =
            days().filter_map(|(day, w)| w.filter(|m| *m != Mark::Present).map(|m| (day, m))).collect();
        let facts = Facts {
            birth: Some(birth),
            on_roll_since: start,
            roll_match: RollMatch::Matched,
            called: &called,
            absent: &absent,
            recorded: &[],
        };
        let today = start.plus(i32::try_from(written.len()).unwrap() - 1);
        let standing = stand(&facts, &calendar, &rules, today);
        let events: Vec<(String, Day)> =
            standing.history.iter().map(|s| (format!("{:?}", s.id), s.effective)).collect();
        let expected: Vec<(String, Day)> =
            naive.events.iter().map(|(id, day)| ((*id).to_owned(), *day)).collect();
        prop_assert_eq!(events, expected);
        prop_assert_eq!(standing.status, naive.status);
        prop_assert_eq!(standing.alerted.is_some(), naive.alerted);
        prop_assert_eq!(standing.run, naive.run);
        prop_assert_eq!(standing.data_gaps, naive.gaps);
        prop_assert_eq!(standing.times_dropped, naive.dropped);
    }
}
