//! The nation's days, as far as they are known at the release.

use super::document::DayEntry;
use super::words::{Ages, DayKind, age_on};
use crate::model::day::Day;

pub(super) const LABEL: &str = super::super::rulebook::BUILT_IN;

/// `date,kind,name` for 2022 to 2026, from github.com/NateScarlet/holiday-cn (MIT), which cites the
/// notices of the State Council. Days that are not listed follow the weekday rule.
const DAYS: &str = include_str!("../../../data/day_overrides_cn.csv");

/// Children under this age have 1 June off (REG-HOL 3); no substitute day (REG-HOL 6).
const CHILDRENS_DAY_UNDER: i16 = 14;

pub(super) fn days() -> Vec<DayEntry> {
    DAYS.lines().skip(1).map(entry).collect()
}

fn entry(line: &str) -> DayEntry {
    let mut cells = line.split(',');
    let mut cell = || cells.next().expect("a shipped line has three cells");
    let date = cell().parse().expect("a shipped line begins with a date");
    let kind = if cell() == "work" { DayKind::Work } else { DayKind::Off };
    DayEntry { date, kind, ages: Ages::ALL, reason: cell().to_owned() }
}

/// The name of the day when it is one off for a child of this age.
pub(super) fn childrens_day(day: Day, birth: Option<Day>) -> Option<&'static str> {
    let is_it = (day.date().month(), day.date().day()) == (6, 1);
    (is_it && birth.is_some_and(|b| age_on(b, day) < CHILDRENS_DAY_UNDER)).then_some("儿童节")
}
