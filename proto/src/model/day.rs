//! A date that people write, and an instant that machines write. The zone is fixed at +08:00
//! (`domain/6-calendar.md` 6.3): no summer time, no table.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::lang::{Lang, Say};
use crate::say;

/// A plain local date of the years 1800 to 2199; nobody whose papers are read was born before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// An instant in milliseconds since 1970-01-01T00:00Z. It decides nothing about order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date: expected year-month-day such as 2025-09-24")]
pub struct NotADay(pub String);

impl Day {
    /// The date `year-month-day`.
    ///
    /// # Errors
    /// When there is no such date, or not in these years.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, NotADay> {
        let wrong = || NotADay(format!("{year}-{month}-{day}"));
        Date::new(year, month, day).ok().and_then(Self::within).ok_or_else(wrong)
    }

    fn within(date: Date) -> Option<Self> {
        (FIRST..=LAST).contains(&date).then_some(Self(date))
    }

    /// The date as jiff has it.
    pub const fn date(self) -> Date {
        self.0
    }

    /// Days since 1970-01-01, for storage and the wire.
    pub fn number(self) -> i32 {
        (self.0 - EPOCH).get_days()
    }

    /// From days since 1970-01-01.
    ///
    /// # Errors
    /// When the number is outside the years 1800 to 2199.
    pub fn from_number(number: i32) -> Result<Self, NotADay> {
        let wrong = || NotADay(number.to_string());
        let span = jiff::Span::new().try_days(number).map_err(|_| wrong())?;
        EPOCH.checked_add(span).ok().and_then(Self::within).ok_or_else(wrong)
    }

    /// The day `days` later (earlier when negative); the first or last day there is when that is too far.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        self.moved(jiff::Span::new().try_days(days), days)
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The same day number `months` later, or the last day of that month (Civil Code 200 to 203).
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        self.moved(jiff::Span::new().try_months(months), months)
    }

    fn moved(self, span: Result<jiff::Span, jiff::Error>, sign: i32) -> Self {
        let date = span.and_then(|span| self.0.checked_add(span));
        Self(date.map_or(if sign < 0 { FIRST } else { LAST }, |date| date.clamp(FIRST, LAST)))
    }

    /// Monday to Friday.
    pub fn is_weekday(self) -> bool {
        !matches!(self.0.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);
const FIRST: Date = jiff::civil::date(1800, 1, 1);
const LAST: Date = jiff::civil::date(2199, 12, 31);

impl Moment {
    /// The local date of this instant at +08:00; the first or last day there is for a clock beyond them.
    pub fn day(self) -> Day {
        let days = self.0.saturating_add(8 * 3_600_000).div_euclid(86_400_000);
        let far = if days < 0 { i32::MIN } else { i32::MAX };
        Day(EPOCH).plus(i32::try_from(days).unwrap_or(far))
    }

    /// The instant `millis` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant; negative when this one is earlier.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Local hour and minute as minutes since midnight, for the nightly window.
    pub const fn minute_of_day(self) -> u16 {
        ((self.0.div_euclid(60_000) + 480).rem_euclid(1_440)) as u16
    }

    /// `minute` minutes after local midnight of `day`.
    pub fn at(day: Day, minute: u16) -> Self {
        Self(i64::from(day.number()) * 86_400_000 + (i64::from(minute) - 480) * 60_000)
    }
}

impl fmt::Display for Moment {
    /// `2025-09-24 02:15:00`, local.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0.div_euclid(1_000) + 8 * 3_600;
        let s = s.rem_euclid(86_400);
        write!(f, "{} {:02}:{:02}:{:02}", self.day(), s / 3_600, s / 60 % 60, s % 60)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(text.to_owned());
        let day = text.parse().ok().and_then(Self::within).ok_or_else(wrong)?;
        if day.to_string() == text { Ok(day) } else { Err(wrong()) }
    }
}

impl Say for NotADay {
    fn say(&self, lang: Lang) -> String {
        let text = &self.0;
        say!(
            lang,
            "“{text}”不是日期。请按 年-月-日 填写，例如 2025-09-24。",
            "{text:?} is not a date. Write year-month-day, such as 2025-09-24."
        )
    }
}

impl TryFrom<String> for Day {
    type Error = NotADay;

    fn try_from(text: String) -> Result<Self, NotADay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_later_is_the_same_number_or_the_last_day() {
        for (from, to) in
            [("2026-01-31", "2026-02-28"), ("2024-01-31", "2024-02-29"), ("2025-09-30", "2025-10-30")]
        {
            assert_eq!(from.parse::<Day>().unwrap().plus_months(1).to_string(), to);
        }
    }

    #[test]
    fn the_local_date_is_eight_hours_ahead() {
        assert_eq!(Moment(1_758_643_199_000).day().to_string(), "2025-09-23");
        assert_eq!(Moment(1_758_643_200_000).day().to_string(), "2025-09-24");
        let day: Day = "2025-09-24".parse().unwrap();
        assert_eq!(Moment::at(day, 135).to_string(), "2025-09-24 02:15:00");
        assert_eq!(Moment::at(day, 135).minute_of_day(), 135);
        assert_eq!(Day::from_number(day.number()).unwrap(), day);
    }

    #[test]
    fn no_step_and_no_clock_leaves_the_calendar() {
        let day: Day = "2025-09-24".parse().unwrap();
        for (far, shown) in [
            (day.plus(i32::MAX), "2199-12-31"),
            (day.plus(i32::MIN), "1800-01-01"),
            (day.plus_months(i32::MAX), "2199-12-31"),
            (day.plus_months(-12 * 300), "1800-01-01"),
            (Moment(i64::MAX).day(), "2199-12-31"),
            (Moment(i64::MIN).day(), "1800-01-01"),
        ] {
            assert_eq!(far.to_string(), shown);
            assert_eq!(Day::from_number(far.number()), Ok(far));
        }
        for (millis, shown) in [
            (0, "1970-01-01 08:00:00"),
            (-86_400_000, "1969-12-31 08:00:00"),
            (-28_800_001, "1969-12-31 23:59:59"),
        ] {
            assert_eq!(Moment(millis).to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["2014-02-29", "2025-9-4", "20250904", "today", "", "0206-09-24", "2200-01-01"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert!(Day::from_number(i32::MAX).is_err());
    }
}
