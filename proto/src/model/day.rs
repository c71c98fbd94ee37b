//! A date that people write, and an instant that machines write. The zone is fixed at +08:00
//! (`domain/6-calendar.md` 6.3): no summer time, no table.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// A plain local date.
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
    /// When there is no such date.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, NotADay> {
        Date::new(year, month, day).map(Self).map_err(|_| NotADay(format!("{year}-{month}-{day}")))
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
    /// When the number is outside the years 1900 to 2199, which no school day is.
    pub fn from_number(number: i32) -> Result<Self, NotADay> {
        if !(-25_567..=84_005).contains(&number) {
            return Err(NotADay(number.to_string()));
        }
        EPOCH.checked_add(jiff::Span::new().days(number)).map(Self).map_err(|_| NotADay(number.to_string()))
    }

    /// The day `days` later (earlier when negative).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days)))
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The same day number `months` later, or the last day of that month (Civil Code 200 to 203).
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().months(months)))
    }

    /// Monday to Friday.
    pub fn is_weekday(self) -> bool {
        !matches!(self.0.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

impl Moment {
    /// The local date of this instant at +08:00.
    pub fn day(self) -> Day {
        let zone = TimeZone::fixed(Offset::constant(8));
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Day(stamp.to_zoned(zone).date())
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
        write!(f, "{} {:02}:{:02}:{:02}", self.day(), s / 3_600 % 24, s / 60 % 60, s % 60)
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(text.to_owned());
        let day = text.parse().map(Self).map_err(|_| wrong())?;
        if day.to_string() == text { Ok(day) } else { Err(wrong()) }
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
    fn what_is_no_date_is_refused() {
        for text in ["2014-02-29", "2025-9-4", "20250904", "today", ""] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert!(Day::from_number(i32::MAX).is_err());
    }
}
