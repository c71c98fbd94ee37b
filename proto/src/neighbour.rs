//! Neighbours: other provinces that run this system. No hub is above two provinces, so people are: the root of
//! one hands its [`Introduction`] over as a file, and the fingerprint of its key is compared by telephone or
//! letter. From then on parcels whose writers that root vouches for are taken, for its own province alone, and
//! letters to its cities can be sealed. A root tells the units right below it, which write and read such letters.
//!
//! Keys: `l/x/<root>` a neighbour.

mod error;
mod introduction;

use serde::{Deserialize, Serialize};

pub use error::NeighbourError;
pub(crate) use introduction::Signed;
pub use introduction::{Introduction, MAX_UNITS};

use crate::identity::certificate::Certificate;
use crate::link::acquaintance;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::seal::SealKey;
use crate::store::record::from_bytes;
use crate::store::{Record, Room, StoreError};

/// A province that this one knows, or knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// How it introduced itself last.
    pub introduction: Introduction,
    /// Since when it is known.
    pub since: Moment,
    /// Since when it is no neighbour any more.
    pub removed: Option<Moment>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    introduction: Vec<u8>,
    since: Moment,
    removed: Option<Moment>,
}

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "neighbour";
}

fn key_of(root: &Party) -> Vec<u8> {
    format!("l/x/{root}").into_bytes()
}

fn read(kept: &Kept) -> Result<Neighbour, NeighbourError> {
    let introduction = Introduction::read(&kept.introduction)?;
    Ok(Neighbour { introduction, since: kept.since, removed: kept.removed })
}

/// The root above `party`: its province.
pub fn province(party: &Party) -> Party {
    party.lineage().last().expect("a party's lineage holds the party itself")
}

/// Whether the two are of one province.
pub fn is_of_one_province(one: &Party, other: &Party) -> bool {
    province(one) == province(other)
}

/// Whether every hub on the path of `party` has a code of its province: a root vouches for no other.
pub fn is_within_its_province(party: &Party) -> bool {
    let digits = |party: &Party| party.region().number() / 10_000_000;
    let home = digits(&province(party));
    party.lineage().all(|above| digits(&above) == home)
}

/// Takes an introduction over: of a new neighbour, or a later one of a known neighbour, whose key stays the same
/// until it is removed. `false` when a later one is known.
///
/// # Errors
/// [`NeighbourError`]: it does not hold, or is another root of that name.
pub fn keep(room: &mut Room<'_>, introduction: &[u8], now: Moment) -> Result<bool, NeighbourError> {
    let told = Introduction::read(introduction)?;
    let known = find(room, told.party())?;
    if let Some(known) = &known {
        let same = known.introduction.root.key() == told.root.key();
        match (same, known.removed) {
            (false, None) => return Err(NeighbourError::OtherKey(told.party().clone())),
            (true, None) if known.introduction.made >= told.made => return Ok(false),
            _ => {}
        }
    }
    let since = known.filter(|known| known.removed.is_none()).map_or(now, |known| known.since);
    let (party, key) = (told.party().clone(), told.key);
    room.write(key_of(&party), &Kept { introduction: introduction.to_vec(), since, removed: None });
    acquaintance::learn(room, &party, &key)?;
    Ok(true)
}

/// Nothing is taken from `root` any more. `false` when it is no neighbour.
///
/// # Errors
/// When the store cannot read.
pub fn remove(room: &mut Room<'_>, root: &Party, now: Moment) -> Result<bool, StoreError> {
    let Some(kept) = room.read::<Kept>(&key_of(root))?.filter(|kept| kept.removed.is_none()) else {
        return Ok(false);
    };
    room.write(key_of(root), &Kept { removed: Some(now), ..kept });
    Ok(true)
}

/// The province of that root, also when it was removed.
///
/// # Errors
/// When the store cannot read, or what it holds does not.
pub fn find(room: &Room<'_>, root: &Party) -> Result<Option<Neighbour>, NeighbourError> {
    room.read::<Kept>(&key_of(root))?.as_ref().map(read).transpose()
}

/// The introduction of a neighbour as it was taken over; `None` when there is none.
///
/// # Errors
/// When the store cannot read.
pub fn file(room: &Room<'_>, root: &Party) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(room.read::<Kept>(&key_of(root))?.map(|kept| kept.introduction))
}

/// The neighbour in whose province `party` is; `None` when there is none, or it was removed.
///
/// # Errors
/// As [`find`].
pub fn of(room: &Room<'_>, party: &Party) -> Result<Option<Neighbour>, StoreError> {
    match find(room, &province(party)) {
        Ok(found) => Ok(found.filter(|neighbour| neighbour.removed.is_none())),
        Err(NeighbourError::Store(error)) => Err(error),
        Err(error) => {
            tracing::error!("a neighbour that was known does not hold any more: {error}");
            Ok(None)
        }
    }
}

/// What vouches for `party`, when a neighbour does.
///
/// # Errors
/// As [`of`].
pub fn anchor(room: &Room<'_>, party: &Party) -> Result<Option<Certificate>, StoreError> {
    Ok(of(room, party)?.map(|neighbour| neighbour.introduction.root))
}

/// The key to seal for `unit` of a neighbour, when its root has told it.
///
/// # Errors
/// As [`of`].
pub fn unit_key(room: &Room<'_>, unit: &Party) -> Result<Option<SealKey>, StoreError> {
    let Some(neighbour) = of(room, unit)? else { return Ok(None) };
    let told = neighbour.introduction.units.into_iter().find(|(party, _)| party == unit);
    Ok(told.map(|(_, key)| key))
}

/// All neighbours, also those that were removed.
///
/// # Errors
/// As [`find`].
pub fn all(room: &Room<'_>) -> Result<Vec<Neighbour>, NeighbourError> {
    room.list(b"l/x/")?.iter().map(|(_, value)| read(&from_bytes(value).map_err(StoreError::from)?)).collect()
}

#[cfg(test)]
mod tests;
