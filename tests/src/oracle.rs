//! The statuses and the counts once more, worked out day by day from what was handed in. It shares no
//! rule with the school's program, and reads the nation's days off by itself: what two people work out
//! in two ways and find the same is likely right.

use std::collections::{BTreeMap, BTreeSet};

use proto::model::day::Day;
use proto::model::sheet::{Counts, Indicator};

use crate::marks::{Call, Mark};
use crate::pupils::{Class, Pupil};

/// The days on which schools teach.
#[derive(Debug, Clone)]
pub struct Days {
    off: BTreeSet<Day>,
    work: BTreeSet<Day>,
}

/// Where a child stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 在读
    Enrolled,
    /// 疑似辍学
    Suspected,
    /// 辍学
    DroppedOut,
    /// 转学办理中: the child is in class at another place.
    Moved,
}

/// Children who came to a roll or were found elsewhere, by their place among the children, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moves {
    /// In class here from that day on.
    pub came: BTreeMap<usize, Day>,
    /// In class at another place from that day on, who was missing here. That another place has begun to look for a
    /// child changes nothing: it is missing until it is in class.
    pub went: BTreeMap<usize, Day>,
}

impl Status {
    /// As the school's services write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrolled => "ENROLLED",
            Self::Suspected => "SUSPECTED",
            Self::DroppedOut => "DROPPED_OUT",
            Self::Moved => "TRANSFER_PENDING",
        }
    }
}

/// What is true of a school at the close of a day, by what was handed in so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Each child's status; `None` for those who are not on the roll.
    pub statuses: Vec<Option<Status>>,
    /// The counts of every day from the first to the last.
    pub counts: BTreeMap<Day, Counts>,
}

impl Days {
    /// The nation's days as they are published.
    ///
    /// # Panics
    /// When the table is damaged.
    pub fn of_the_nation() -> Self {
        let (mut off, mut work) = (BTreeSet::new(), BTreeSet::new());
        let table = include_str!("../../proto/data/day_overrides_cn.csv");
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let day = cells.next().and_then(|cell| cell.parse().ok()).expect("a date in the first column");
            if cells.next() == Some("off") {
                off.insert(day)
            } else {
                work.insert(day)
            };
        }
        Self { off, work }
    }

    /// Whether schools teach on `day`, terms apart.
    pub fn taught(&self, day: Day) -> bool {
        if self.work.contains(&day) {
            return true;
        }
        // 1970-01-01 was a Thursday
        let weekday = (day.number() + 3).rem_euclid(7);
        weekday < 5 && !self.off.contains(&day)
    }

    /// The first `count` days from `first` on, on which schools teach.
    pub fn school_days(&self, first: Day, count: usize) -> Vec<Day> {
        let mut day = first;
        let mut days = Vec::new();
        while days.len() < count {
            if self.taught(day) {
                days.push(day);
            }
            day = day.plus(1);
        }
        days
    }
}

/// One child's way.
#[derive(Debug, Clone, Copy)]
struct Way {
    status: Status,
    /// Counting days of absence since the child was last seen.
    absent: u32,
    /// The first day after the month that follows the mark.
    month_over: Option<Day>,
}

impl Way {
    fn is_missing(self) -> bool {
        matches!(self.status, Status::Suspected | Status::DroppedOut)
    }
}

/// What is true from `first` to `last` when `handed` is all that was handed in, in that order. Children
/// in `out` are not on the roll, and `moves` says who came later or is in class elsewhere.
pub fn truth<'a>(
    days: &Days,
    pupils: &[Pupil],
    (out, moves): (&[usize], &Moves),
    handed: impl IntoIterator<Item = &'a Call>,
    (first, last): (Day, Day),
) -> Truth {
    // the last word on each class and day stands
    let mut words: BTreeMap<(Class, Day), &Call> = BTreeMap::new();
    for call in handed {
        words.insert((call.class, call.day), call);
    }
    let mut ways: Vec<Option<Way>> = (0..pupils.len())
        .map(|at| {
            let way = Way { status: Status::Enrolled, absent: 0, month_over: None };
            (!out.contains(&at)).then_some(way)
        })
        .collect();
    let on_roll = pupils.iter().enumerate().filter(|(at, _)| !out.contains(at));
    let classes: BTreeSet<Class> = on_roll.map(|(_, pupil)| pupil.class).collect();
    let mut counts = BTreeMap::new();
    let mut day = first;
    while day <= last {
        let mut sheet = Counts::default();
        for (at, way) in ways.iter_mut().enumerate() {
            let Some(way) = way.as_mut().filter(|_| moves.came.get(&at).is_none_or(|came| *came <= day))
            else {
                continue;
            };
            let word = words.get(&(pupils[at].class, day)).filter(|_| days.taught(day));
            let mark = word.map(|call| {
                call.listed.iter().find(|(listed, _)| *listed == at).map_or(Mark::Present, |(_, mark)| *mark)
            });
            let gone = moves.went.get(&at).is_some_and(|went| *went <= day);
            if gone && (way.is_missing() || missing_by_night(way, day, mark)) {
                way.status = Status::Moved;
            }
            live(way, day, mark, &mut sheet);
            stand(way, &mut sheet);
        }
        if days.taught(day) {
            sheet.set(Indicator::ClassesDue, classes.len() as u64);
            let called = classes.iter().filter(|class| words.contains_key(&(**class, day))).count();
            sheet.set(Indicator::ClassesCalled, called as u64);
        }
        counts.insert(day, sheet);
        day = day.plus(1);
    }
    Truth { statuses: ways.into_iter().map(|way| way.map(|way| way.status)).collect(), counts }
}

/// One day of one child, and its events.
fn live(way: &mut Way, day: Day, mark: Option<Mark>, sheet: &mut Counts) {
    // nobody here waits for the child any more
    if way.status == Status::Moved {
        return;
    }
    if mark == Some(Mark::Present) {
        if way.status != Status::Enrolled {
            sheet.count(Indicator::Returned);
        }
        *way = Way { status: Status::Enrolled, absent: 0, month_over: None };
        return;
    }
    if way.status == Status::Suspected && way.month_over.is_some_and(|over| day >= over) {
        way.status = Status::DroppedOut;
        sheet.count(Indicator::NewlyDroppedOut);
    }
    match mark {
        Some(Mark::Absent) => {
            sheet.count(Indicator::AbsentUnexcused);
            way.absent += 1;
            if way.absent == 6 && way.status == Status::Enrolled {
                way.status = Status::Suspected;
                way.month_over = Some(month_later(day).plus(1));
                sheet.count(Indicator::NewlySuspected);
            }
        }
        Some(Mark::Sick | Mark::Leave) => sheet.count(Indicator::AbsentExcused),
        Some(Mark::Present) | None => {}
    }
}

/// Whether the day's roll call makes the child missing.
fn missing_by_night(way: &Way, day: Day, mark: Option<Mark>) -> bool {
    let mut way = *way;
    live(&mut way, day, mark, &mut Counts::default());
    way.is_missing()
}

fn stand(way: &Way, sheet: &mut Counts) {
    if way.status != Status::Moved {
        sheet.count(Indicator::OnRoll);
    }
    match way.status {
        Status::Enrolled => sheet.count(Indicator::Enrolled),
        Status::Suspected => sheet.count(Indicator::Suspected),
        Status::DroppedOut => sheet.count(Indicator::DroppedOut),
        Status::Moved => sheet.count(Indicator::TransfersPending),
    }
    if way.status == Status::Enrolled && way.absent >= 5 {
        sheet.count(Indicator::Alerted);
    }
}

/// The same day number of the next month, or its last day.
fn month_later(day: Day) -> Day {
    let date = day.date();
    let (year, month) =
        if date.month() == 12 { (date.year() + 1, 1) } else { (date.year(), date.month() + 1) };
    (1..=date.day()).rev().find_map(|number| Day::new(year, month, number).ok()).expect("a month has a first")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::live;
    use crate::pupils::{Size, roll};

    fn d(text: &str) -> Day {
        text.parse().expect("a date")
    }

    #[test]
    fn make_up_days_are_taught_and_holidays_are_not() {
        let days = Days::of_the_nation();
        let taught = days.school_days(d("2025-09-26"), 6);
        let expected = ["2025-09-26", "2025-09-28", "2025-09-29", "2025-09-30", "2025-10-09", "2025-10-10"];
        assert_eq!(taught, expected.map(d));
        assert!(days.taught(d("2025-10-11")) && !days.taught(d("2025-10-12")));
    }

    #[test]
    fn a_month_ends_on_its_last_day_at_the_latest() {
        for (day, later) in [("2026-01-31", "2026-02-28"), ("2025-12-08", "2026-01-08")] {
            assert_eq!(month_later(d(day)), d(later));
        }
    }

    #[test]
    fn a_term_holds_all_that_the_rules_are_about() {
        let days = Days::of_the_nation();
        let school_days = days.school_days(d("2025-09-01"), 30);
        let pupils = roll(1, 1, 2025, Size { grades: (1, 6), classes: 1, children: 30 });
        let life = live(1, 1, &pupils, &[], &school_days);
        let span = (d("2025-09-01"), *school_days.last().expect("thirty days"));
        let handed = life.handed.values().flatten();
        let end = truth(&days, &pupils, (&[], &Moves::default()), handed, span);
        assert_eq!(end.statuses[0], Some(Status::DroppedOut));
        assert_eq!(end.statuses[4], Some(Status::Enrolled), "a late sick note took the mark back");
        let mut sum = Counts::default();
        end.counts.values().for_each(|counts| sum.add(counts));
        for indicator in [
            Indicator::Alerted,
            Indicator::NewlySuspected,
            Indicator::NewlyDroppedOut,
            Indicator::Returned,
            Indicator::AbsentExcused,
        ] {
            assert!(sum.of(indicator) > 0, "{}", indicator.code());
        }
        assert!(sum.of(Indicator::ClassesCalled) < sum.of(Indicator::ClassesDue));
        let before = life.handed.range(..school_days[9]).flat_map(|(_, calls)| calls);
        let before = truth(&days, &pupils, (&[], &Moves::default()), before, span);
        assert!(before.counts != end.counts, "corrections restate earlier days");
    }
}
