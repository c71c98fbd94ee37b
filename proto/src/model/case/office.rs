//! Who acts: an office, and what it has to do in time.

use serde::{Deserialize, Serialize};

use crate::model::day::Day;

/// Part of a hub's work that somebody is on duty for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Office {
    /// Persuasion cases of its schools (D07 to D11).
    Persuasion,
    /// Cases that move from place to place (E01 to E06).
    Transfer,
}

/// What an office has to do about a case. Written where it is due and where it is overdue: new ones are added
/// at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Duty {
    /// D07, D08: tell the township government, report to the county government (P3 to P4).
    Inform,
    /// D09: the government assigns people (P4 to P5).
    Government,
    /// D09: they visit until the child is back (P5, P6).
    Visit,
    /// D11: the date of an order has passed (P6).
    Order,
    /// A closing that the school asked for is confirmed or refused (P10).
    Confirm,
}

/// A duty and its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Overdue {
    /// What.
    pub duty: Duty,
    /// It was, or is, to be done by this day.
    pub due: Day,
}
