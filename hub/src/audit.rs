//! The log of what officers read and decided: who, in which role, for what purpose, when. Each record is
//! bound to the one before by its hash, and the hash after the last one is sent to the parent every night
//! ([`witness`]): a record that is changed, taken out or put in later is found.
//!
//! ```text
//! link of a record = BLAKE3(PURPOSE | record)    hash after it = BLAKE3(hash before it | link)
//! ```
//!
//! Keys: `h/a/<n>` the records, `h/a-head` how far they reach, `h/a-sent` what the parent was told,
//! `h/a-seen/<unit>` and `h/a-mark/<unit>/<n>` what units told this hub.

pub mod export;
pub mod witness;
mod words;

#[cfg(test)]
mod tests;

use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::store::record::{from_bytes, to_bytes};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// What a link is over, before the record.
const PURPOSE: &[u8] = b"guixue/audit/v1";
const HEAD: &[u8] = b"h/a-head";
const RECORDS: &[u8] = b"h/a/";

/// What is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The officer's account.
    pub who: String,
    /// In which role.
    pub role: String,
    /// Why; no personal data.
    pub purpose: String,
    /// What was done.
    pub action: Action,
    /// What it was done to: [`object`].
    pub object: Hash,
    /// How it ended.
    pub ended: Ended,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// From 1, without gaps.
    pub n: u64,
    /// The hash after the record before.
    pub prev: Hash,
    /// When, by this hub's clock.
    pub when: Moment,
    /// The officer's account.
    pub who: String,
    /// In which role.
    pub role: String,
    /// Why.
    pub purpose: String,
    /// What was done.
    pub action: Action,
    /// What it was done to.
    pub object: Hash,
    /// How it ended.
    pub ended: Ended,
}

/// What an officer did. New ones are added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opened a school's sealed report.
    OpenReport,
    /// Directed a case: informed, assigned, visited, ordered, confirmed or refused.
    Direct,
    /// Said who is on duty.
    SetDuty,
    /// Accepted the head of a unit's log after an alarm.
    AcceptHead,
    /// Exported this log.
    Export,
    /// Opened the list of a letter to another province.
    OpenLetter,
    /// Opened a list from above.
    OpenList,
    /// Opened the sealed record of a case that was handed over.
    OpenRecord,
    /// Sent the sealed record of a case to the county that asked for it.
    ReleaseRecord,
    /// Decided about a case on its way: handed on, dispatched, accepted, rejected, recalled, assigned, answered.
    Decide,
    /// Issued a document that names a child.
    Issue,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It was done.
    Done,
    /// It was tried and did not succeed.
    Refused,
}

/// How far a log reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Records.
    pub n: u64,
    /// The hash after the last.
    pub hash: Hash,
}

/// Where a log does not hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The record of this number is missing.
    #[error("record {0} is missing")]
    Missing(u64),
    /// The record does not follow from the one before, or was changed.
    #[error("record {0} does not follow from the one before")]
    Unlinked(u64),
    /// The records end elsewhere than the head says.
    #[error("the log ends after record {found}, its head says {head}")]
    Cut {
        /// The last number found.
        found: u64,
        /// The number in the head.
        head: u64,
    },
    /// A record was changed: the last hash is not the head's.
    #[error("a record up to {0} was changed")]
    Changed(u64),
}

impl Record for Logged {
    const VERSION: u8 = 1;
    const NAME: &'static str = "audit record";
}

impl Record for Head {
    const VERSION: u8 = 1;
    const NAME: &'static str = "audit head";
}

impl Head {
    /// Before the first record.
    pub const START: Self = Self { n: 0, hash: Hash::ROOT };

    /// The head after one more record with this link.
    #[must_use]
    pub fn then(self, link: &Hash) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.hash.0).update(&link.0);
        Self { n: self.n + 1, hash: Hash(*hasher.finalize().as_bytes()) }
    }
}

/// What stands for a thing in the log, so that the log itself tells nothing of it.
pub fn object(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

fn link(record: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(PURPOSE).update(record);
    Hash(*hasher.finalize().as_bytes())
}

fn key(n: u64) -> Vec<u8> {
    [RECORDS, &n.to_be_bytes()].concat()
}

/// How far the log reaches.
///
/// # Errors
/// When the store cannot read.
pub fn head(room: &Room<'_>) -> Result<Head, StoreError> {
    Ok(room.read(HEAD)?.unwrap_or(Head::START))
}

/// Writes a record at the end of the log.
///
/// # Errors
/// When the store cannot read.
pub fn append(room: &mut Room<'_>, note: Note, now: Moment) -> Result<Head, StoreError> {
    let Note { who, role, purpose, action, object, ended } = note;
    let Head { n, hash: prev } = head(room)?;
    let logged = Logged { n: n + 1, prev, when: now, who, role, purpose, action, object, ended };
    let bytes = to_bytes(&logged);
    let after = Head { n, hash: prev }.then(&link(&bytes));
    room.put(key(logged.n), bytes);
    room.write(HEAD, &after);
    Ok(after)
}

/// The last `most` records, newest first.
///
/// # Errors
/// When the store cannot read.
pub fn list(room: &Room<'_>, most: u64) -> Result<Vec<Logged>, StoreError> {
    let last = head(room)?.n;
    let from = last.saturating_sub(most) + 1;
    let pairs = room.range(&key(from), &key(last.saturating_add(1)), usize::MAX)?;
    pairs.iter().rev().map(|(_, bytes)| Ok(from_bytes(bytes)?)).collect()
}

/// The links of the records after `since`, at most `most`.
fn links(room: &Room<'_>, since: u64, most: usize) -> Result<Vec<Hash>, StoreError> {
    let pairs = room.range(&key(since.saturating_add(1)), &key(u64::MAX), most)?;
    Ok(pairs.iter().map(|(_, bytes)| link(bytes)).collect())
}

/// Follows the chain from the first record to the head. What it says is whether the log holds together.
///
/// # Errors
/// When the store cannot read.
pub fn verify(room: &Room<'_>) -> Result<Result<Head, Broken>, StoreError> {
    let (mut at, head) = (Head::START, head(room)?);
    for (_, bytes) in room.list(RECORDS)? {
        let expected = at.n + 1;
        let Ok(logged) = from_bytes::<Logged>(&bytes) else { return Ok(Err(Broken::Unlinked(expected))) };
        if logged.n != expected {
            return Ok(Err(Broken::Missing(expected)));
        }
        if logged.prev != at.hash {
            return Ok(Err(Broken::Unlinked(expected)));
        }
        at = at.then(&link(&bytes));
    }
    Ok(match at {
        at if at == head => Ok(head),
        at if at.n != head.n => Err(Broken::Cut { found: at.n, head: head.n }),
        at => Err(Broken::Changed(at.n)),
    })
}
