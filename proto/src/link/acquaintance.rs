//! What two neighbours know of each other beyond the call itself: the keys to seal for, and how new the
//! words are that were carried from one to the other.
//!
//! Keys: `l/k/<party>` a neighbour's sealing key, `l/f` the public half of this party's own, `l/j/<party>`
//! the newest words from and to a neighbour.

use serde::{Deserialize, Serialize};

use super::turn::Hello;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::seal::{self, SealKey};
use crate::store::{Record, Room, StoreError};

/// A clock that was this far ahead says nothing about what is new.
const FAR_AHEAD: i64 = 86_400_000;

/// What is known of a neighbour's sealing key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Keys {
    /// The neighbour's key; empty when it has not shown one.
    theirs: Vec<u8>,
    /// The short name of the key by which it knows this party; 0 for none.
    knows: u32,
}

impl Record for Keys {
    const VERSION: u8 = 1;
    const NAME: &'static str = "neighbour's sealing key";
}

/// How new words are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Newest {
    /// The newest words heard, by the neighbour's clock.
    heard: Moment,
    /// The newest words said to it, by this party's clock.
    said: Moment,
}

impl Record for Newest {
    const VERSION: u8 = 1;
    const NAME: &'static str = "newest words of a neighbour";
}

fn keys_key(peer: &Party) -> Vec<u8> {
    format!("l/k/{peer}").into_bytes()
}

fn newest_key(peer: &Party) -> Vec<u8> {
    format!("l/j/{peer}").into_bytes()
}

/// Before any words, every clock is later.
fn newest(room: &Room<'_>, peer: &Party) -> Result<Newest, StoreError> {
    let none = Newest { heard: Moment(i64::MIN), said: Moment(i64::MIN) };
    Ok(room.read(&newest_key(peer))?.unwrap_or(none))
}

/// A name for a key in a greeting; never 0. Two keys of one name cost a key that is sent too late, no more.
fn short(key: &[u8]) -> u32 {
    let hash = blake3::hash(key);
    let four = hash.as_bytes()[..4].try_into().expect("a hash has 32 bytes");
    u32::from_be_bytes(four).max(1)
}

/// This party's public sealing key. Its bytes are kept apart, so that a greeting does not have to derive them.
///
/// # Errors
/// When the store cannot read.
pub fn own_key(room: &mut Room<'_>) -> Result<Vec<u8>, StoreError> {
    if let Some(key) = room.get(b"l/f")? {
        return Ok(key);
    }
    let key = seal::own(room)?.public().bytes().to_vec();
    room.put(b"l/f".as_slice(), key.clone());
    Ok(key)
}

/// The key to seal for `peer`, when it has shown one.
///
/// # Errors
/// When the store cannot read.
pub fn key_of(room: &Room<'_>, peer: &Party) -> Result<Option<SealKey>, StoreError> {
    let keys: Keys = room.read(&keys_key(peer))?.unwrap_or_default();
    Ok(SealKey::from_bytes(&keys.theirs).ok())
}

/// The short name of `peer`'s key; 0 when it is not known.
pub(super) fn known(room: &Room<'_>, peer: &Party) -> Result<u32, StoreError> {
    let keys: Keys = room.read(&keys_key(peer))?.unwrap_or_default();
    Ok(if keys.theirs.is_empty() { 0 } else { short(&keys.theirs) })
}

/// This party's key, unless `peer` has it.
pub(super) fn to_show(room: &mut Room<'_>, peer: &Party) -> Result<Vec<u8>, StoreError> {
    let own = own_key(room)?;
    let keys: Keys = room.read(&keys_key(peer))?.unwrap_or_default();
    Ok(if keys.knows == short(&own) { Vec::new() } else { own })
}

/// Takes over what a greeting says of keys. What is no key of this release is left out.
///
/// # Errors
/// When the store cannot read.
pub(super) fn note_keys(room: &mut Room<'_>, peer: &Party, hello: &Hello) -> Result<(), StoreError> {
    let before: Keys = room.read(&keys_key(peer))?.unwrap_or_default();
    let shown = SealKey::from_bytes(&hello.seal_key).ok();
    let theirs = shown.map_or_else(|| before.theirs.clone(), |key| key.bytes().to_vec());
    let after = Keys { theirs, knows: hello.knows_key };
    if after != before {
        room.write(keys_key(peer), &after);
    }
    Ok(())
}

/// A greeting on the line: its keys, and that nothing carried from before is news any more.
///
/// # Errors
/// When the store cannot read.
pub(super) fn meet(room: &mut Room<'_>, peer: &Party, hello: &Hello, now: Moment) -> Result<(), StoreError> {
    note_keys(room, peer, hello)?;
    let newest = newest(room, peer)?;
    room.write(newest_key(peer), &Newest { heard: hello.clock, said: newest.said.max(now) });
    Ok(())
}

/// What `peer`'s clock showed when it last spoke or wrote, by line or by stick; `None` before that.
///
/// # Errors
/// When the store cannot read.
pub fn heard(room: &Room<'_>, peer: &Party) -> Result<Option<Moment>, StoreError> {
    Ok(room.read::<Newest>(&newest_key(peer))?.map(|newest| newest.heard).filter(|at| *at > Moment(0)))
}

/// Whether words that `peer` wrote down at `made` are newer than all that was heard from it; if so, they are
/// the newest from now on.
///
/// # Errors
/// When the store cannot read.
pub(super) fn is_news(
    room: &mut Room<'_>,
    peer: &Party,
    made: Moment,
    now: Moment,
) -> Result<bool, StoreError> {
    let newest = newest(room, peer)?;
    let news = made > newest.heard || newest.heard > now.plus_millis(FAR_AHEAD);
    if news {
        room.write(newest_key(peer), &Newest { heard: made, ..newest });
    }
    Ok(news)
}

/// When words for `peer` are written down: now, but later than any said before.
///
/// # Errors
/// When the store cannot read.
pub(super) fn write_at(room: &mut Room<'_>, peer: &Party, now: Moment) -> Result<Moment, StoreError> {
    let newest = newest(room, peer)?;
    // a clock that was far ahead and is set right again starts over
    let said =
        if newest.said > now.plus_millis(FAR_AHEAD) { now } else { now.max(newest.said.plus_millis(1)) };
    room.write(newest_key(peer), &Newest { said, ..newest });
    Ok(said)
}
