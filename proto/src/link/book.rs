//! What a party keeps of streams: its own, those it has received, those it passes on. All of it in
//! terms of a [`Room`], so that facts and entries are committed together.
//!
//! Keys: `l/s/<stream>` record, `l/e/<stream><seq>` entry, `l/p/<stream><offset>` piece of a large
//! entry, `l/a/<peer>\0<stream>` cursor, `l/f/<peer>\0<stream>` refused branch, `l/o/<lane>` index by lane, `l/w/<lane>` the stream that this
//! party writes now. `<stream>` is [`StreamId::key`], 16 bytes.

mod entries;
mod lives;
mod settled;

pub use entries::{Heard, append, hash_at, hear, hear_chunk, partial, read};
pub use lives::{ask_restate, current, later_lives, latest_life, own, reincarnate, streams, written};
pub use settled::{Cursor, cursor, doubt, forget, is_refused, note_refused, secure, settle};

use serde::{Deserialize, Serialize};

use crate::model::entry::{Hash, Lane, Mark, StreamId};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// A stream as this party holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRecord {
    /// Which.
    pub id: StreamId,
    /// First number kept.
    pub base: u64,
    /// Hash before `base`.
    pub before: Hash,
    /// The last entry's mark.
    pub tail: Mark,
    /// Up to here it may be forgotten further down.
    pub safe: u64,
    /// An earlier part is missing and nobody has it: the origin must say everything again.
    pub restate: bool,
    /// How often another entry came under a number already given.
    pub forks: u32,
}

impl Record for StreamRecord {
    const VERSION: u8 = 1;
    const NAME: &'static str = "stream";
}

fn key(kind: u8, stream: &StreamId, rest: &[u8]) -> Vec<u8> {
    let mut out = vec![b'l', b'/', kind, b'/'];
    out.extend_from_slice(&stream.key());
    out.extend_from_slice(rest);
    out
}

/// `u/<origin>` or `t/<to>`: paths sort so that everyone below a party follows it.
fn lane_prefix(kind: u8, lane: &Lane, origin: &Party) -> Vec<u8> {
    let mut out = vec![b'l', b'/', kind, b'/'];
    match lane {
        Lane::Up => out.extend_from_slice(format!("u/{origin}").as_bytes()),
        Lane::To(party) => out.extend_from_slice(format!("t/{party}").as_bytes()),
    }
    out.push(0);
    out
}

fn index_key(stream: &StreamId) -> Vec<u8> {
    let mut out = lane_prefix(b'o', &stream.lane, &stream.origin);
    out.extend_from_slice(&stream.key());
    out
}

/// The stream as it is held here.
///
/// # Errors
/// When the store cannot read.
pub fn find(room: &Room<'_>, stream: &StreamId) -> Result<Option<StreamRecord>, StoreError> {
    room.read(&key(b's', stream, &[]))
}

fn save(room: &mut Room<'_>, record: &StreamRecord) {
    room.write(key(b's', &record.id, &[]), record);
}

fn begin(room: &mut Room<'_>, id: &StreamId) -> StreamRecord {
    let record = StreamRecord {
        id: id.clone(),
        base: 1,
        before: Hash::ROOT,
        tail: Mark::START,
        safe: 0,
        restate: false,
        forks: 0,
    };
    save(room, &record);
    room.put(index_key(id), id.key());
    record
}
