//! Runs of entries, packed, and pieces of large ones.

use prost::Message as _;

use super::{MAX_ITEMS, Malformed, hash_in};
use crate::link::turn::{Batch, Chunk};
use crate::model::day::Moment;
use crate::model::entry::{Entry, Kind, MAX_BODY};
use crate::wire;

/// The most bytes that a packed frame may unpack to.
const MAX_FRAME: usize = 4 << 20;
/// Frames below this size are not worth packing.
const PACK_FROM: usize = 160;
/// Frames from this size on are packed harder.
const PACK_HARD_FROM: usize = 4 << 10;

/// What the rest of a turn may still unpack to.
pub(super) struct Left {
    bytes: usize,
    entries: usize,
}

impl Left {
    /// At its beginning.
    pub(super) const fn of_a_turn() -> Self {
        Self { bytes: MAX_FRAME, entries: MAX_ITEMS }
    }
}

pub(super) fn batch_out(batch: &Batch) -> wire::Batch {
    let mut last = 0;
    let entries = batch.entries.iter().map(|entry| {
        let made = entry.made.0.wrapping_sub(last);
        last = entry.made.0;
        wire::Entry { made, kind: entry.kind.0, body: entry.body.clone() }
    });
    let plain = wire::Frame { entries: entries.collect() }.encode_to_vec();
    let (packing, frame) = pack(plain);
    wire::Batch {
        slot: batch.slot,
        first: batch.entries.first().map_or(0, |e| e.seq),
        through: batch.through.0.to_vec(),
        packing: packing.into(),
        frame,
        returned: batch.returned,
    }
}

fn pack(plain: Vec<u8>) -> (wire::Packing, Vec<u8>) {
    let level = if plain.len() >= PACK_HARD_FROM { 9 } else { 3 };
    if plain.len() >= PACK_FROM
        && let Ok(packed) = zstd::bulk::compress(&plain, level)
        && packed.len() < plain.len()
    {
        return (wire::Packing::Zstd, packed);
    }
    (wire::Packing::Plain, plain)
}

pub(super) fn batch_in(batch: &wire::Batch, left: &mut Left) -> Result<Batch, Malformed> {
    let too_large = || Malformed::TooLarge("batch.frame");
    let plain = match batch.packing() {
        wire::Packing::Plain => batch.frame.clone(),
        wire::Packing::Zstd => zstd::bulk::decompress(&batch.frame, left.bytes).map_err(|_| too_large())?,
    };
    left.bytes = left.bytes.checked_sub(plain.len()).ok_or_else(too_large)?;
    let frame = wire::Frame::decode(plain.as_slice()).map_err(|_| Malformed::NotA("frame"))?;
    left.entries = left.entries.checked_sub(frame.entries.len()).ok_or_else(too_large)?;
    if batch.first == 0 || batch.first.checked_add(frame.entries.len() as u64).is_none() {
        return Err(Malformed::Field("batch.first"));
    }
    let mut made = 0_i64;
    let entries = frame.entries.into_iter().zip(batch.first..).map(|(entry, seq)| {
        made = made.wrapping_add(entry.made);
        if entry.body.len() > MAX_BODY {
            return Err(Malformed::TooLarge("entry.body"));
        }
        Ok(Entry { seq, made: Moment(made), kind: Kind(entry.kind), body: entry.body })
    });
    Ok(Batch {
        slot: batch.slot,
        entries: entries.collect::<Result<_, _>>()?,
        through: hash_in(&batch.through, "batch.through")?,
        returned: batch.returned,
    })
}

pub(super) fn chunk_out(chunk: &Chunk) -> wire::Chunk {
    wire::Chunk {
        slot: chunk.slot,
        seq: chunk.seq,
        made: chunk.made.0,
        kind: chunk.kind.0,
        total: chunk.total,
        body_hash: chunk.body_hash.0.to_vec(),
        offset: chunk.offset,
        piece: chunk.piece.clone(),
    }
}

pub(super) fn chunk_in(chunk: wire::Chunk) -> Result<Chunk, Malformed> {
    Ok(Chunk {
        slot: chunk.slot,
        seq: chunk.seq,
        made: Moment(chunk.made),
        kind: Kind(chunk.kind),
        total: chunk.total,
        body_hash: hash_in(&chunk.body_hash, "chunk.body_hash")?,
        offset: chunk.offset,
        piece: chunk.piece,
    })
}
