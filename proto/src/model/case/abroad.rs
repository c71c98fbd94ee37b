//! Letters between two provinces that both run this system: the inquiry goes out by stick from root to root, and
//! the reply comes back the same way (E04, S3). The origin's county answers for the child throughout.

use serde::{Deserialize, Serialize};

use super::{Leg, Outcome, Preview};
use crate::model::day::Day;
use crate::model::party::Party;
use crate::model::region::Region;
use crate::seal::Sealed;

/// An entry is in quarantine: to the party whose stream brought it down, and to the writer of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// A receipt, encoded by the link.
    pub receipt: Vec<u8>,
    /// The parcel that was refused, by its id; `None` when the entry was no parcel that could be read.
    pub parcel: Option<[u8; 16]>,
}

/// A root to its own units, or to the root of a neighbouring province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduced {
    /// The neighbour's root.
    pub party: Party,
    /// Its introduction, encoded by [`crate::neighbour`]; empty: it is no neighbour any more.
    pub introduction: Vec<u8>,
}

/// A letter to another province about one child, from hub to hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Which.
    pub leg: Leg,
    /// The letter's number.
    pub number: String,
    /// Who wrote the letter, in the other province.
    pub writer: Party,
    /// The finest place known.
    pub to: Region,
    /// What everybody on the way may know.
    pub preview: Preview,
    /// A [`super::ChildRecord`], sealed for the reader.
    pub record: Sealed,
    /// When the letter went out.
    pub sent: Day,
    /// An answer is asked for until this day.
    pub reply_by: Day,
    /// The writer asks no more: the child is back, or was found elsewhere.
    pub withdrawn: bool,
}

/// What the other province found about one child of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replied {
    /// Which.
    pub leg: Leg,
    /// The letter's number.
    pub number: String,
    /// What was found.
    pub outcome: Outcome,
    /// On which day.
    pub day: Day,
    /// Where the child went on to.
    pub place: Option<Region>,
    /// A remark; no personal data.
    pub note: String,
}
