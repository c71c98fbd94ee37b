//! What two neighbours know of each other beyond the call itself: when they spoke last, the keys to seal for, how
//! new the words are that were carried from one to the other, and whether both remember the last conversation.
//!
//! Keys: `l/c/<party>` what is known of a neighbour, in one record because each contact reads and writes all of it;
//! `l/k/<party>` its sealing key, which is larger than the rest and seldom needed; `l/f` the public half of this
//! party's own.

use serde::{Deserialize, Serialize};

use super::tally::Tally;
use super::turn::Hello;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::seal::{self, SealKey};
use crate::store::{Record, Room, StoreError};

/// A clock that was this far ahead says nothing about what is new.
const FAR_AHEAD: i64 = 86_400_000;

/// What is known of a neighbour from its contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When it last spoke.
    pub last: Moment,
    /// Its clock minus ours, in milliseconds.
    pub clock_offset: i64,
    /// Its store's random number.
    pub store: u64,
    /// Its program version.
    pub software: String,
    /// The protocol version in use.
    pub version: u32,
    /// Conversations so far.
    pub conversations: u64,
}

/// How new words are. Before any, every clock is later.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Newest {
    /// The newest words heard, by the neighbour's clock.
    heard: Moment,
    /// The newest words said to it, by this party's clock.
    said: Moment,
}

impl Default for Newest {
    fn default() -> Self {
        Self { heard: Moment(i64::MIN), said: Moment(i64::MIN) }
    }
}

/// Keys by their short names; 0 for none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Names {
    /// Of the neighbour's key that is kept here.
    theirs: u32,
    /// Of the key by which the neighbour knows this party.
    knows: u32,
}

/// A neighbour, as far as it is known.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Acquaintance {
    pub(super) contact: Option<Contact>,
    pub(super) tally: Tally,
    newest: Newest,
    names: Names,
}

impl Record for Acquaintance {
    const VERSION: u8 = 2;
    const NAME: &'static str = "neighbour on the line";
}

fn key(peer: &Party) -> Vec<u8> {
    format!("l/c/{peer}").into_bytes()
}

fn key_key(peer: &Party) -> Vec<u8> {
    format!("l/k/{peer}").into_bytes()
}

/// A name for a key in a greeting; never 0. Two keys of one name cost a key that is sent too late, no more.
fn short(key: &[u8]) -> u32 {
    let hash = blake3::hash(key);
    let four = hash.as_bytes()[..4].try_into().expect("a hash has 32 bytes");
    u32::from_be_bytes(four).max(1)
}

impl Acquaintance {
    /// What is known of `peer`; nothing, before its first contact.
    pub(super) fn of(room: &Room<'_>, peer: &Party) -> Result<Self, StoreError> {
        Ok(room.read(&key(peer))?.unwrap_or_default())
    }

    pub(super) fn keep(&self, room: &mut Room<'_>, peer: &Party) {
        room.write(key(peer), self);
    }

    /// A greeting on the line: its keys, and that nothing carried from before is news any more.
    pub(super) fn meet(
        &mut self,
        room: &mut Room<'_>,
        peer: &Party,
        hello: &Hello,
        now: Moment,
    ) -> Result<(), StoreError> {
        self.newest = Newest { heard: hello.clock, said: self.newest.said.max(now) };
        self.note_keys(room, peer, hello)
    }

    /// Takes over what a greeting says of keys. What is no key of this release is left out.
    pub(super) fn note_keys(
        &mut self,
        room: &mut Room<'_>,
        peer: &Party,
        hello: &Hello,
    ) -> Result<(), StoreError> {
        self.names.knows = hello.knows_key;
        match SealKey::from_bytes(&hello.seal_key) {
            Ok(shown) => self.learn(room, peer, &shown),
            Err(_) => Ok(()),
        }
    }

    fn learn(&mut self, room: &mut Room<'_>, peer: &Party, shown: &SealKey) -> Result<(), StoreError> {
        if room.get(&key_key(peer))?.is_none_or(|kept| kept != shown.bytes()) {
            room.put(key_key(peer), shown.bytes());
        }
        self.names.theirs = short(shown.bytes());
        Ok(())
    }

    /// The short name of the neighbour's key; 0 when it is not known.
    pub(super) const fn known(&self) -> u32 {
        self.names.theirs
    }

    /// This party's key, unless the neighbour has it.
    pub(super) fn to_show(&self, room: &mut Room<'_>) -> Result<Vec<u8>, StoreError> {
        let own = own_key(room)?;
        Ok(if self.names.knows == short(&own) { Vec::new() } else { own })
    }

    /// Whether words that the neighbour wrote down at `made` are newer than all that was heard from it; if so, they
    /// are the newest from now on.
    pub(super) fn is_news(&mut self, made: Moment, now: Moment) -> bool {
        let news = made > self.newest.heard || self.newest.heard > now.plus_millis(FAR_AHEAD);
        if news {
            self.newest.heard = made;
        }
        news
    }
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
    Ok(room.get(&key_key(peer))?.and_then(|key| SealKey::from_bytes(&key).ok()))
}

/// Keeps the key that `peer` has shown otherwise than in a greeting: when it joined, or was joined.
///
/// # Errors
/// When the store cannot read.
pub fn learn(room: &mut Room<'_>, peer: &Party, key: &SealKey) -> Result<(), StoreError> {
    let mut them = Acquaintance::of(room, peer)?;
    them.learn(room, peer, key)?;
    them.keep(room, peer);
    Ok(())
}

/// The last contact with `peer`.
///
/// # Errors
/// When the store cannot read.
pub fn contact(room: &Room<'_>, peer: &Party) -> Result<Option<Contact>, StoreError> {
    Ok(Acquaintance::of(room, peer)?.contact)
}

/// Records a contact.
///
/// # Errors
/// When the store cannot read.
pub fn note_contact(room: &mut Room<'_>, peer: &Party, contact: &Contact) -> Result<(), StoreError> {
    let mut them = Acquaintance::of(room, peer)?;
    them.contact = Some(contact.clone());
    them.keep(room, peer);
    Ok(())
}

/// What `peer`'s clock showed when it last spoke or wrote, by line or by stick; `None` before that.
///
/// # Errors
/// When the store cannot read.
pub fn heard(room: &Room<'_>, peer: &Party) -> Result<Option<Moment>, StoreError> {
    Ok(Some(Acquaintance::of(room, peer)?.newest.heard).filter(|at| *at > Moment(0)))
}

/// When words for `peer` are written down: now, but later than any said before.
///
/// # Errors
/// When the store cannot read.
pub(super) fn write_at(room: &mut Room<'_>, peer: &Party, now: Moment) -> Result<Moment, StoreError> {
    let mut them = Acquaintance::of(room, peer)?;
    let before = them.newest.said;
    // a clock that was far ahead and is set right again starts over
    let said = if before > now.plus_millis(FAR_AHEAD) { now } else { now.max(before.plus_millis(1)) };
    them.newest.said = said;
    them.keep(room, peer);
    Ok(said)
}
