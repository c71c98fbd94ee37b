//! What travels: entries of a stream, numbered by their origin and chained by hash.
//!
//! A stream belongs to the party that writes it. It goes up the tree ([`Lane::Up`]) or down to one
//! party ([`Lane::To`]). Hubs on the way keep it whole, so the same entry may arrive by two ways and
//! still counts once.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::day::Moment;
use super::party::Party;

/// One life of a stream's writer. A restored, cloned or replaced writer starts a new one, so that a
/// number is never given to two different entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Incarnation {
    /// Rises with each life.
    pub number: u32,
    /// Random: two lives that took the same number unknown to each other stay apart.
    pub nonce: u64,
}

/// Which way a stream flows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lane {
    /// To whoever is above.
    Up,
    /// Down to this party.
    To(Party),
}

/// Names a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    /// Who writes it.
    pub origin: Party,
    /// In which life.
    pub life: Incarnation,
    /// Which way it goes.
    pub lane: Lane,
}

/// BLAKE3 over the previous hash and the entry: stands for everything up to here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

/// What an entry's body is. New kinds are added at the end; a party that does not know a kind keeps
/// the entry, passes it on and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind(pub u32);

impl Kind {
    /// A school's counts of one day.
    pub const SHEET: Self = Self(1);
    /// A hub's totals of one day, a row for each place below it.
    pub const TOTALS: Self = Self(2);
    /// An answer to one entry: why it was not taken as it is.
    pub const RECEIPT: Self = Self(3);
    /// A letter to one party: [`crate::parcel`].
    pub const PARCEL: Self = Self(4);
}

/// One numbered entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    /// When it was written, by its origin's clock. Decides nothing.
    pub made: Moment,
    /// What the body is.
    pub kind: Kind,
    /// The body as its origin encoded it; never re-encoded on the way.
    pub body: Vec<u8>,
}

/// A place in a stream: a number and the hash of everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// 0 before the first entry.
    pub seq: u64,
    /// [`Hash::ROOT`] before the first entry.
    pub hash: Hash,
}

/// The largest body that may enter a stream, in bytes.
pub const MAX_BODY: usize = 1 << 20;

impl Hash {
    /// Before the first entry.
    pub const ROOT: Self = Self([0; 32]);

    /// The hash after `entry`.
    #[must_use]
    pub fn then(&self, entry: &Entry) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(&entry.seq.to_be_bytes());
        hasher.update(&entry.made.0.to_be_bytes());
        hasher.update(&entry.kind.0.to_be_bytes());
        hasher.update(&entry.body);
        Self(*hasher.finalize().as_bytes())
    }
}

impl Mark {
    /// Before the first entry.
    pub const START: Self = Self { seq: 0, hash: Hash::ROOT };

    /// The mark after `entry`, which must carry the next number.
    #[must_use]
    pub fn then(&self, entry: &Entry) -> Self {
        Self { seq: entry.seq, hash: self.hash.then(entry) }
    }
}

impl StreamId {
    /// A short key that stands for the stream: 16 bytes of BLAKE3 over its name.
    pub fn key(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.origin.to_string().as_bytes());
        hasher.update(&self.life.number.to_be_bytes());
        hasher.update(&self.life.nonce.to_be_bytes());
        match &self.lane {
            Lane::Up => hasher.update(b"\0up"),
            Lane::To(party) => hasher.update(b"\0to ").update(party.to_string().as_bytes()),
        };
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        key
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0[..6] {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.origin, self.life.number)?;
        match &self.lane {
            Lane::Up => Ok(()),
            Lane::To(party) => write!(f, ">{party}"),
        }
    }
}
