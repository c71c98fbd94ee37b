//! The children in class that schools told of many at a time: kept as they came, sealed, so that tokens can be made
//! of them whenever a pool's key comes.
//!
//! Keys: `h/x/r/<hash>` a roll; each of its children is a [`Child`](super::Child) without a number of its own.

use proto::model::case::Roll;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// A roll as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which school wrote it.
    pub from: Party,
    /// What it wrote.
    pub roll: Roll,
}

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "roll";
}

/// Keeps a roll.
pub fn keep(room: &mut Room<'_>, kept: &Kept) {
    let hash = blake3::hash(&kept.roll.0.0);
    room.write([b"h/x/r/".as_slice(), &hash.as_bytes()[..16]].concat(), kept);
}

/// All rolls.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Kept>, StoreError> {
    room.list(b"h/x/r/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}
