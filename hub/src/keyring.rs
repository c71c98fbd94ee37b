//! The keys that other parties' letters are sealed for: a unit tells its own once, and again when it has a
//! new one.
//!
//! Keys: `h/y/<party>`; `h/y-asked` when this hub last told its own to its parent.

use proto::model::day::Moment;
use proto::model::party::Party;
use proto::seal::SealKey;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

const ASKED: &[u8] = b"h/y-asked";
/// A parent that has not answered is told again after so long, in milliseconds.
const AGAIN: i64 = 7 * 86_400_000;

#[derive(Serialize, Deserialize)]
struct Kept(SealKey);

#[derive(Serialize, Deserialize)]
struct Asked(Moment);

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "sealing key of another party";
}

impl Record for Asked {
    const VERSION: u8 = 1;
    const NAME: &'static str = "moment of telling a key";
}

fn key_of(party: &Party) -> Vec<u8> {
    format!("h/y/{party}").into_bytes()
}

/// The key to seal with for `party`.
///
/// # Errors
/// When the store cannot read.
pub fn of(room: &Room<'_>, party: &Party) -> Result<Option<SealKey>, StoreError> {
    Ok(room.read::<Kept>(&key_of(party))?.map(|Kept(key)| key))
}

/// Keeps the key that `party` told.
pub fn keep(room: &mut Room<'_>, party: &Party, key: SealKey) {
    room.write(key_of(party), &Kept(key));
}

/// Whether `parent` has to be told this hub's key now; notes that it is.
///
/// # Errors
/// When the store cannot read.
pub fn introduce(room: &mut Room<'_>, parent: &Party, now: Moment) -> Result<bool, StoreError> {
    let waited = |Asked(at)| now.since(at) >= AGAIN;
    let due = of(room, parent)?.is_none() && room.read(ASKED)?.is_none_or(waited);
    if due {
        room.write(ASKED, &Asked(now));
    }
    Ok(due)
}
