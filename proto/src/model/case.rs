//! A case: one child that is looked for, named by a number for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names a case for ever: random, made where the case is opened. Two offices that speak of a child speak of
/// this number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseId(pub [u8; 16]);

/// A text that is no case number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a case number: expected 32 hexadecimal digits")]
pub struct NotACase(pub String);

/// A stretch of a case's way from one place to another. A return and a way on are legs of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Leg {
    /// Which case.
    pub case: CaseId,
    /// From 1.
    pub number: u16,
}

impl CaseId {
    /// From 16 random bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The leg of that number.
    pub const fn leg(self, number: u16) -> Leg {
        Leg { case: self, number }
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.case, self.number)
    }
}

impl FromStr for CaseId {
    type Err = NotACase;

    fn from_str(text: &str) -> Result<Self, NotACase> {
        let wrong = || NotACase(text.to_owned());
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| wrong())
    }
}

impl TryFrom<String> for CaseId {
    type Error = NotACase;

    fn try_from(text: String) -> Result<Self, NotACase> {
        text.parse()
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> Self {
        id.to_string()
    }
}
