//! How far neighbours have acknowledged a stream, and what may be forgotten for it.

use serde::{Deserialize, Serialize};

use super::{find, hash_at, key, save};
use crate::model::day::Moment;
use crate::model::entry::{Mark, StreamId};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// How far a neighbour has acknowledged a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What it acknowledged.
    pub acked: Mark,
    /// When.
    pub at: Moment,
}

impl Record for Cursor {
    const VERSION: u8 = 1;
    const NAME: &'static str = "cursor";
}

/// The branch of a stream that a neighbour has refused, because it holds another one.
#[derive(Debug, Serialize, Deserialize)]
struct Refused {
    branch: Mark,
}

impl Record for Refused {
    const VERSION: u8 = 1;
    const NAME: &'static str = "refused branch";
}

fn cursor_key(peer: &Party, stream: &StreamId) -> Vec<u8> {
    peer_key('a', peer, stream)
}

fn refused_key(peer: &Party, stream: &StreamId) -> Vec<u8> {
    peer_key('f', peer, stream)
}

fn peer_key(kind: char, peer: &Party, stream: &StreamId) -> Vec<u8> {
    let mut out = format!("l/{kind}/{peer}\0").into_bytes();
    out.extend_from_slice(&stream.key());
    out
}

/// How far `peer` has acknowledged the stream.
///
/// # Errors
/// When the store cannot read.
pub fn cursor(room: &Room<'_>, peer: &Party, stream: &StreamId) -> Result<Option<Cursor>, StoreError> {
    room.read(&cursor_key(peer, stream))
}

/// Forgets how far `peer` has acknowledged the stream, and what it refused of it.
pub fn doubt(room: &mut Room<'_>, peer: &Party, stream: &StreamId) {
    room.delete(cursor_key(peer, stream));
    room.delete(refused_key(peer, stream));
}

/// Notes that `peer` holds another branch of the stream than `branch`, which ends at this mark: it will not take
/// this one.
pub fn note_refused(room: &mut Room<'_>, peer: &Party, stream: &StreamId, branch: Mark) {
    room.write(refused_key(peer, stream), &Refused { branch });
}

/// Whether `peer` has refused the branch of the stream that ends at this mark.
///
/// # Errors
/// When the store cannot read.
pub fn is_refused(
    room: &Room<'_>,
    peer: &Party,
    stream: &StreamId,
    branch: Mark,
) -> Result<bool, StoreError> {
    let refused: Option<Refused> = room.read(&refused_key(peer, stream))?;
    Ok(refused.is_some_and(|refused| refused.branch == branch))
}

/// Records an acknowledgement that fits this party's own record, and forgets what is safe above.
///
/// # Errors
/// When the store cannot read.
pub fn settle(
    room: &mut Room<'_>,
    peer: &Party,
    stream: &StreamId,
    cursor: Cursor,
    safe: u64,
) -> Result<(), StoreError> {
    room.write(cursor_key(peer, stream), &cursor);
    let Some(mut record) = find(room, stream)? else { return Ok(()) };
    let safe = safe.min(cursor.acked.seq);
    if safe > record.safe {
        record.safe = safe;
        save(room, &record);
        forget(room, stream, safe)?;
    }
    Ok(())
}

/// Notes that everything up to `seq` is in a verified backup here.
///
/// # Errors
/// When the store cannot read.
pub fn secure(room: &mut Room<'_>, stream: &StreamId, seq: u64) -> Result<(), StoreError> {
    if let Some(mut record) = find(room, stream)?
        && seq > record.safe
    {
        record.safe = seq.min(record.tail.seq);
        save(room, &record);
    }
    Ok(())
}

/// Forgets the entries up to `seq`; the marks around them stay known.
///
/// # Errors
/// When the store cannot read.
pub fn forget(room: &mut Room<'_>, stream: &StreamId, seq: u64) -> Result<(), StoreError> {
    let Some(mut record) = find(room, stream)? else { return Ok(()) };
    let seq = seq.min(record.tail.seq);
    let Some(before) = hash_at(room, &record, seq)? else { return Ok(()) };
    for gone in record.base..=seq {
        room.delete(key(b'e', stream, &gone.to_be_bytes()));
    }
    if seq >= record.base {
        record.base = seq + 1;
        record.before = before;
        save(room, &record);
    }
    Ok(())
}
