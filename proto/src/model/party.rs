//! Who speaks: a hub or a school, named by its path from the province down.
//!
//! The path follows who manages whom (`domain/4-divisions.md` 4.4, 9), not the address: a city-run
//! school hangs on the city. The same path is the party's DNS name in its certificate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::lang::{Lang, Say};
use super::region::{Level, Region};
use crate::say;

/// The last labels of every party's DNS name.
pub const DOMAIN: &str = "guixue.internal";

/// A school's 10-digit code (学校标识码).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchoolCode(u64);

/// One end of a link. `p52/c5205/d520502/s2152000001` as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Party {
    hubs: Vec<Region>,
    school: Option<SchoolCode>,
}

/// A text that names no school or no party.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAParty {
    /// Not ten digits.
    #[error("{0:?} is not a school code: expected 10 digits")]
    School(String),
    /// Not a path such as `p52/c5205/d520502`.
    #[error("{0:?} does not name a party: expected a path such as p52/c5205/d520502/s2152000001")]
    Path(String),
}

impl Say for NotAParty {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::School(text) => say!(
                lang,
                "“{text}”不是学校标识码。请填写 10 位数字，例如 2152000001。",
                "{text:?} is not a school code. Enter its 10 digits, such as 2152000001."
            ),
            Self::Path(text) => say!(
                lang,
                "“{text}”不是节点名称。请从省写起，例如 p52/c5205/d520502/s2152000001。",
                "{text:?} does not name a party. Write its path from the province down, such as p52/c5205/d520502/s2152000001."
            ),
        }
    }
}

impl SchoolCode {
    /// The ten digits as a number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Whether the school is of the province of `place`: a code's third and fourth digits are the first two of its
    /// province's. Nothing in a code tells more of the place.
    pub const fn is_of_the_province_of(self, place: Region) -> bool {
        self.0 / 1_000_000 % 100 == place.number() as u64 / 10_000_000
    }
}

impl FromStr for SchoolCode {
    type Err = NotAParty;

    fn from_str(text: &str) -> Result<Self, NotAParty> {
        if text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| NotAParty::School(text.to_owned()))
        } else {
            Err(NotAParty::School(text.to_owned()))
        }
    }
}

impl TryFrom<String> for SchoolCode {
    type Error = NotAParty;

    fn try_from(text: String) -> Result<Self, NotAParty> {
        text.parse()
    }
}

impl From<SchoolCode> for String {
    fn from(code: SchoolCode) -> Self {
        code.to_string()
    }
}

impl fmt::Display for SchoolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

impl fmt::Debug for SchoolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Party {
    /// A hub at the top of a tree (a province).
    pub fn root(region: Region) -> Self {
        Self { hubs: vec![region], school: None }
    }

    /// A hub below this one. `None` when this is a school or `region` is not of a lower level.
    pub fn hub(&self, region: Region) -> Option<Self> {
        let last = *self.hubs.last()?;
        (self.school.is_none() && region.level() > last.level()).then(|| {
            let mut hubs = self.hubs.clone();
            hubs.push(region);
            Self { hubs, school: None }
        })
    }

    /// A school of this hub. `None` when this is a school.
    pub fn school(&self, code: SchoolCode) -> Option<Self> {
        self.school.is_none().then(|| Self { hubs: self.hubs.clone(), school: Some(code) })
    }

    /// The hub's own place, or the place of the hub that manages the school.
    pub fn region(&self) -> Region {
        *self.hubs.last().expect("a party has at least one hub in its path")
    }

    /// The hub's level; `None` for a school.
    pub fn level(&self) -> Option<Level> {
        self.school.is_none().then(|| self.region().level())
    }

    /// The school's code; `None` for a hub.
    pub const fn school_code(&self) -> Option<SchoolCode> {
        self.school
    }

    /// Whether this party is a school.
    pub const fn is_school(&self) -> bool {
        self.school.is_some()
    }

    /// The hub that manages this party; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.school.is_some() {
            return Some(Self { hubs: self.hubs.clone(), school: None });
        }
        let (_, above) = self.hubs.split_last()?;
        (!above.is_empty()).then(|| Self { hubs: above.to_vec(), school: None })
    }

    /// This party and everyone above it, nearest first.
    pub fn lineage(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// Whether this party stands somewhere below `other` in the tree (not the party itself).
    pub fn is_below(&self, other: &Self) -> bool {
        other.school.is_none()
            && self.hubs.starts_with(&other.hubs)
            && (self.hubs.len() > other.hubs.len() || self.school.is_some())
    }

    /// The DNS name of the party's certificate: `s2152000001.d520502.c5205.p52.guixue.internal`.
    pub fn dns_name(&self) -> String {
        let path = self.to_string();
        let mut labels: Vec<&str> = path.split('/').collect();
        labels.reverse();
        format!("{}.{DOMAIN}", labels.join("."))
    }

    /// Reads a DNS name back.
    ///
    /// # Errors
    /// When the name does not follow the grammar, to the letter: lower case, no wildcard.
    pub fn from_dns_name(name: &str) -> Result<Self, NotAParty> {
        let wrong = || NotAParty::Path(name.to_owned());
        let stem = name.strip_suffix(DOMAIN).and_then(|s| s.strip_suffix('.')).ok_or_else(wrong)?;
        let mut labels: Vec<&str> = stem.split('.').collect();
        labels.reverse();
        labels.join("/").parse().map_err(|_| wrong())
    }
}

/// `p52`, `c5205`, `d520502`, `t520502100`: the digits that the level needs. Made a dozen times in every
/// conversation, so it allocates nothing.
fn label(region: Region) -> Label {
    let n = region.number();
    let (letter, digits, mut rest) = match region.level() {
        Level::Province => (b'p', 2, n / 10_000_000),
        Level::City => (b'c', 4, n / 100_000),
        Level::County => (b'd', 6, n / 1_000),
        Level::Town => (b't', 9, n),
    };
    let mut bytes = [letter; 10];
    for byte in bytes[1..=digits].iter_mut().rev() {
        *byte = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    Label { bytes, length: digits + 1 }
}

struct Label {
    bytes: [u8; 10],
    length: usize,
}

impl Label {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).expect("a letter and digits")
    }
}

impl FromStr for Party {
    type Err = NotAParty;

    fn from_str(text: &str) -> Result<Self, NotAParty> {
        let wrong = || NotAParty::Path(text.to_owned());
        let mut party: Option<Self> = None;
        for part in text.split('/') {
            let (kind, digits) = part.split_at_checked(1).ok_or_else(wrong)?;
            party = if kind == "s" {
                party.ok_or_else(wrong)?.school(digits.parse()?)
            } else {
                let region: Region = digits.parse().map_err(|_| wrong())?;
                if label(region).as_str() != part {
                    return Err(wrong());
                }
                match party {
                    None => Some(Self::root(region)),
                    Some(above) => above.hub(region),
                }
            };
            if party.is_none() {
                return Err(wrong());
            }
        }
        party.ok_or_else(wrong)
    }
}

impl TryFrom<String> for Party {
    type Error = NotAParty;

    fn try_from(text: String) -> Result<Self, NotAParty> {
        text.parse()
    }
}

impl From<Party> for String {
    fn from(party: Party) -> Self {
        party.to_string()
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, region) in self.hubs.iter().enumerate() {
            if i > 0 {
                f.write_str("/")?;
            }
            f.write_str(label(*region).as_str())?;
        }
        self.school.map_or(Ok(()), |code| write!(f, "/s{code}"))
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_follows_the_tree_and_reads_back() {
        for (path, dns) in [
            ("p52", "p52.guixue.internal"),
            ("p52/c5205/d520502/t520502100", "t520502100.d520502.c5205.p52.guixue.internal"),
            ("p52/c5205/s2152000001", "s2152000001.c5205.p52.guixue.internal"),
            ("p65/d659001", "d659001.p65.guixue.internal"),
        ] {
            assert_eq!(party(path).dns_name(), dns);
            assert_eq!(Party::from_dns_name(dns).unwrap(), party(path));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for path in [
            "",
            "p52/",
            "s2152000001",
            "c5205/p52",
            "p52/s1",
            "p52/s2152000001/t520502100",
            "P52",
            "p520000",
            "p52/d5205",
        ] {
            assert!(path.parse::<Party>().is_err(), "{path}");
        }
        for dns in [
            "*.p52.guixue.internal",
            "p52.guixue.internal.",
            "xp52.guixue.internal",
            "guixue.internal",
            "p52.example.org",
        ] {
            assert!(Party::from_dns_name(dns).is_err(), "{dns}");
        }
    }

    #[test]
    fn the_tree_knows_above_and_below() {
        let (county, school) =
            (party("p52/c5205/d520502"), party("p52/c5205/d520502/t520502100/s2152000001"));
        assert!(school.is_below(&county) && !county.is_below(&county) && !county.is_below(&school));
        assert!(!school.is_below(&party("p52/c5205/d520521")));
        assert_eq!(school.parent().unwrap(), party("p52/c5205/d520502/t520502100"));
        assert_eq!(school.lineage().count(), 5);
        assert_eq!(party("p52").parent(), None);
    }
}
