//! A place: a province, city, county or town by its division code (GB/T 2260, and the statistics
//! bureau's nine digits for towns).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::lang::{Lang, Say};
use crate::say;

/// The four levels that run a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 省, 自治区, 直辖市
    Province,
    /// 地级市, 州
    City,
    /// 县, 区, 县级市
    County,
    /// 乡, 镇, 街道
    Town,
}

impl Level {
    /// All levels, from the top.
    pub const ALL: [Self; 4] = [Self::Province, Self::City, Self::County, Self::Town];
}

/// A division code, kept as nine digits: `520502100` is 鸭池镇, `520502000` is 七星关区.
///
/// Written with six digits above the town and nine for a town, as the official lists do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(u32);

/// A text that is no division code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a division code: expected 2, 4, 6 or 9 digits such as 520502 or 520502100")]
pub struct NotARegion(pub String);

impl Region {
    /// From nine digits as a number.
    ///
    /// # Errors
    /// When the number has no province (11 to 82) or is wider than nine digits.
    pub fn from_number(number: u32) -> Result<Self, NotARegion> {
        if (110_000_000..830_000_000).contains(&number) {
            Ok(Self(number))
        } else {
            Err(NotARegion(number.to_string()))
        }
    }

    /// The nine digits as a number, for storage and the wire.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The level, read off the zeros at the end.
    pub const fn level(self) -> Level {
        if !self.0.is_multiple_of(1_000) {
            Level::Town
        } else if !self.0.is_multiple_of(100_000) {
            Level::County
        } else if !self.0.is_multiple_of(10_000_000) {
            Level::City
        } else {
            Level::Province
        }
    }

    /// The place one level up in the code tree; `None` for a province. A town of a city without
    /// counties (441900003) has the city itself above it.
    pub const fn parent(self) -> Option<Self> {
        let above = match self.level() {
            Level::Province => return None,
            Level::City => self.0 / 10_000_000 * 10_000_000,
            Level::County => self.0 / 100_000 * 100_000,
            Level::Town => self.0 / 1_000 * 1_000,
        };
        Some(Self(above))
    }

    /// Whether `other` is this place or lies inside it, by code.
    pub const fn contains(self, other: Self) -> bool {
        let span = match self.level() {
            Level::Province => 10_000_000,
            Level::City => 100_000,
            Level::County => 1_000,
            Level::Town => 1,
        };
        other.0 / span == self.0 / span
    }
}

impl FromStr for Region {
    type Err = NotARegion;

    fn from_str(text: &str) -> Result<Self, NotARegion> {
        let wrong = || NotARegion(text.to_owned());
        if !matches!(text.len(), 2 | 4 | 6 | 9) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let padded = format!("{text:0<9}");
        Self::from_number(padded.parse().map_err(|_| wrong())?).map_err(|_| wrong())
    }
}

impl Say for NotARegion {
    fn say(&self, lang: Lang) -> String {
        let text = &self.0;
        say!(
            lang,
            "“{text}”不是区划代码。请填写 2、4、6 或 9 位数字，例如 520502 或 520502100。",
            "{text:?} is not a division code. Enter 2, 4, 6 or 9 digits, such as 520502 or 520502100."
        )
    }
}

impl TryFrom<String> for Region {
    type Error = NotARegion;

    fn try_from(text: String) -> Result<Self, NotARegion> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_string()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.level() == Level::Town {
            write!(f, "{:09}", self.0)
        } else {
            write!(f, "{:06}", self.0 / 1_000)
        }
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_parsed_once() {
        for (text, shown, level, parent) in [
            ("52", "520000", Level::Province, None),
            ("520500", "520500", Level::City, Some("520000")),
            ("520502", "520502", Level::County, Some("520500")),
            ("520502100", "520502100", Level::Town, Some("520502")),
            ("441900003", "441900003", Level::Town, Some("441900")),
        ] {
            let region: Region = text.parse().unwrap();
            assert_eq!(region.to_string(), shown);
            assert_eq!(region.level(), level, "{text}");
            assert_eq!(region.parent().map(|p| p.to_string()).as_deref(), parent, "{text}");
        }
        for text in ["", "5", "+30205", "5205021", "九", "990101", "000000"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_place_contains_what_lies_inside_it() {
        let [city, county, town, other]: [Region; 4] =
            ["520500", "520502", "520502100", "520521"].map(|c| c.parse().unwrap());
        assert!(city.contains(county) && city.contains(town) && county.contains(town) && town.contains(town));
        assert!(!county.contains(other) && !town.contains(county));
    }
}
