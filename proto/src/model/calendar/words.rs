//! The words of a calendar: whose day, what kind of day, for whom, in which year.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::day::Day;
use crate::model::party::SchoolCode;
use crate::model::region::{Level, Region};

/// The `owner` of a national document.
pub const NATION: &str = "CN";

/// Whose days these are; later in this order wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Statutory days off and make-up days.
    National,
    /// Ethnic festivals, province-wide closures.
    Province,
    /// As the province, for one city.
    City,
    /// Terms, local closures.
    County,
    /// A school's own closures and added days.
    School,
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A statutory day off.
    Off,
    /// A workday, whatever the weekday: a make-up day. The school teaches when it lies in a term.
    Work,
    /// The school teaches, whatever the weekday and the term.
    Class,
    /// The school does not teach.
    NoClass,
}

/// 1 September to 31 August, written `2025-2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchoolYear(i16);

/// A text that is no school year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a school year: expected two years in a row such as 2025-2026")]
pub struct NotASchoolYear(pub String);

/// For which ages, in full years on the day, an entry holds; both ends open when `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ages {
    /// Children of this age and older.
    pub from_age: Option<u8>,
    /// Children younger than this.
    pub only_under_age: Option<u8>,
}

impl Scope {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::School => "school",
        }
    }

    /// Whether `owner` is a code of this layer.
    pub(super) fn is_owned_by(self, owner: &str) -> bool {
        let level = match self {
            Self::National => return owner == NATION,
            Self::School => return owner.parse::<SchoolCode>().is_ok(),
            Self::Province => Level::Province,
            Self::City => Level::City,
            Self::County => Level::County,
        };
        owner.parse::<Region>().is_ok_and(|region| region.level() == level)
    }
}

impl DayKind {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Work => "work",
            Self::Class => "class",
            Self::NoClass => "no_class",
        }
    }
}

impl SchoolYear {
    /// The school year that `day` falls in.
    pub fn of(day: Day) -> Self {
        Self(if day.date().month() >= 9 { day.date().year() } else { day.date().year() - 1 })
    }

    /// The calendar year in which it begins.
    pub const fn first_year(self) -> i16 {
        self.0
    }

    /// Whether a document of this year may speak of `day`. A term may begin in the last weeks of the
    /// summer; the nation announces whole calendar years.
    pub(super) fn may_hold(self, scope: Scope, day: Day) -> bool {
        let (year, month) = (day.date().year(), day.date().month());
        match scope {
            Scope::National => year == self.0 || year == self.0 + 1,
            _ => (year == self.0 && month >= 8) || (year == self.0 + 1 && month <= 8),
        }
    }
}

impl Ages {
    /// Everyone.
    pub const ALL: Self = Self { from_age: None, only_under_age: None };

    /// Whether a child born on `birth` is meant on `day`. A child of unknown birth is meant only by
    /// entries for everyone.
    pub fn include(self, birth: Option<Day>, day: Day) -> bool {
        if self == Self::ALL {
            return true;
        }
        birth.is_some_and(|birth| {
            let age = age_on(birth, day);
            self.from_age.is_none_or(|from| age >= i16::from(from))
                && self.only_under_age.is_none_or(|under| age < i16::from(under))
        })
    }

    pub(super) fn overlap(self, other: Self) -> bool {
        let bounds = |ages: Self| (ages.from_age.unwrap_or(0), ages.only_under_age.unwrap_or(u8::MAX));
        let ((a, b), (c, d)) = (bounds(self), bounds(other));
        a < d && c < b
    }
}

/// Full years from `birth` to `day`.
pub fn age_on(birth: Day, day: Day) -> i16 {
    let (born, now) = (birth.date(), day.date());
    let before_birthday = (now.month(), now.day()) < (born.month(), born.day());
    now.year() - born.year() - i16::from(before_birthday)
}

impl FromStr for SchoolYear {
    type Err = NotASchoolYear;

    fn from_str(text: &str) -> Result<Self, NotASchoolYear> {
        let wrong = || NotASchoolYear(text.to_owned());
        let (first, second) = text.split_once('-').ok_or_else(wrong)?;
        let first: i16 = first.parse().map_err(|_| wrong())?;
        let year = Self(first);
        let fits =
            (1950..2150).contains(&first) && second.parse() == Ok(first + 1) && year.to_string() == text;
        fits.then_some(year).ok_or_else(wrong)
    }
}

impl TryFrom<String> for SchoolYear {
    type Error = NotASchoolYear;

    fn try_from(text: String) -> Result<Self, NotASchoolYear> {
        text.parse()
    }
}

impl From<SchoolYear> for String {
    fn from(year: SchoolYear) -> Self {
        year.to_string()
    }
}

impl fmt::Display for SchoolYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.0 + 1)
    }
}
