//! The entries of a stream: written, heard whole or in pieces, read again.

use serde::{Deserialize, Serialize};

use super::{StreamRecord, begin, find, key, own, save};
use crate::link::turn::{Batch, Chunk};
use crate::model::day::Moment;
use crate::model::entry::{Entry, Hash, Kind, Lane, MAX_BODY, Mark, StreamId};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError, after};

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    hash: Hash,
    made: Moment,
    kind: Kind,
    #[serde(with = "bytes")]
    body: Vec<u8>,
}

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "entry";
}

/// What became of a run of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Entries that were new: stored, and now to be applied.
    pub fresh: Vec<Entry>,
    /// Entries that were here already, to the byte.
    pub duplicates: u32,
    /// Another entry is here under a number of the run.
    pub forked: bool,
    /// Where the stream stands now; of a fork, a place where the other branch stands otherwise: it may be longer
    /// here, and a length alone does not tell the two apart.
    pub mark: Mark,
}

/// Byte strings in one piece instead of number by number.
mod bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        <&[u8]>::deserialize(from).map(<[u8]>::to_vec)
    }
}

/// The hash after entry `seq`, when it is still known here.
///
/// # Errors
/// When the store cannot read.
pub fn hash_at(room: &Room<'_>, record: &StreamRecord, seq: u64) -> Result<Option<Hash>, StoreError> {
    if seq == record.tail.seq {
        Ok(Some(record.tail.hash))
    } else if seq + 1 == record.base {
        Ok(Some(record.before))
    } else if seq < record.base || seq > record.tail.seq {
        Ok(None)
    } else {
        Ok(room.read::<Kept>(&key(b'e', &record.id, &seq.to_be_bytes()))?.map(|kept| kept.hash))
    }
}

/// At most `most` bytes of entries from number `from` on (always at least one when there is one), and
/// the hash after the last.
///
/// # Errors
/// When the store cannot read.
pub fn read(
    room: &Room<'_>,
    stream: &StreamId,
    from: u64,
    most: usize,
) -> Result<(Vec<Entry>, Hash), StoreError> {
    let (mut entries, mut hash, mut size, mut next) = (Vec::new(), Hash::ROOT, 0, from);
    let end = after(&key(b'e', stream, &[]));
    'pages: loop {
        let page = room.range(&key(b'e', stream, &next.to_be_bytes()), &end, 128)?;
        let full = page.len() == 128;
        for (at, value) in page {
            let kept: Kept = crate::store::record::from_bytes(&value)?;
            size += kept.body.len() + 16;
            if size > most && !entries.is_empty() {
                break 'pages;
            }
            let seq =
                u64::from_be_bytes(at[at.len() - 8..].try_into().expect("entry keys end in eight bytes"));
            hash = kept.hash;
            next = seq + 1;
            entries.push(Entry { seq, made: kept.made, kind: kept.kind, body: kept.body });
        }
        if !full {
            break;
        }
    }
    Ok((entries, hash))
}

/// Writes an entry at the end of one's own stream.
///
/// # Errors
/// When the store cannot read.
///
/// # Panics
/// When the body is larger than [`MAX_BODY`]: our own rules never make one.
pub fn append(
    room: &mut Room<'_>,
    me: &Party,
    lane: &Lane,
    nonce: u64,
    kind: Kind,
    body: Vec<u8>,
    made: Moment,
) -> Result<Mark, StoreError> {
    assert!(body.len() <= MAX_BODY, "an entry's body has at most {MAX_BODY} bytes");
    let mut record = own(room, me, lane, nonce)?;
    let entry = Entry { seq: record.tail.seq + 1, made, kind, body };
    push(room, &mut record, entry);
    Ok(record.tail)
}

pub(super) fn push(room: &mut Room<'_>, record: &mut StreamRecord, entry: Entry) {
    record.tail = record.tail.then(&entry);
    let kept = Kept { hash: record.tail.hash, made: entry.made, kind: entry.kind, body: entry.body };
    room.write(key(b'e', &record.id, &entry.seq.to_be_bytes()), &kept);
    save(room, record);
}

/// Takes a run of entries: what is new is stored; what is here already is compared; a gap or a fork
/// leaves everything as it is.
///
/// # Errors
/// When the store cannot read.
pub fn hear(room: &mut Room<'_>, stream: &StreamId, batch: &Batch) -> Result<Heard, StoreError> {
    let mut record = match find(room, stream)? {
        Some(record) => record,
        None => begin(room, stream),
    };
    let mut heard = Heard { fresh: Vec::new(), duplicates: 0, forked: false, mark: record.tail };
    let Some(first) = batch.entries.first().map(|e| e.seq) else { return Ok(heard) };
    let Some(start) = hash_at(room, &record, first.saturating_sub(1))? else { return Ok(heard) };
    let chain = chain(Mark { seq: first - 1, hash: start }, &batch.entries);
    if chain.last().map(|m| m.hash) != Some(batch.through) {
        heard.forked = true;
    }
    for mark in chain.iter().filter(|m| m.seq <= record.tail.seq) {
        heard.forked |= hash_at(room, &record, mark.seq)?.is_some_and(|known| known != mark.hash);
        heard.duplicates += 1;
    }
    if heard.forked {
        heard.duplicates = 0;
        if let Some(last) = batch.entries.last().map(|entry| entry.seq).filter(|last| *last < record.tail.seq)
            && let Some(hash) = hash_at(room, &record, last)?
        {
            heard.mark = Mark { seq: last, hash };
        }
        record.forks += 1;
        save(room, &record);
        return Ok(heard);
    }
    for entry in batch.entries.iter().filter(|e| e.seq > heard.mark.seq) {
        push(room, &mut record, entry.clone());
        heard.fresh.push(entry.clone());
    }
    if !heard.fresh.is_empty() {
        // pieces of an entry that has come whole by another way
        drop_pieces(room, stream)?;
    }
    heard.mark = record.tail;
    Ok(heard)
}

/// The marks after each entry of a run; ends early at a number out of order.
fn chain(start: Mark, entries: &[Entry]) -> Vec<Mark> {
    let mut at = start;
    let mut marks = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.seq != at.seq + 1 {
            break;
        }
        at = at.then(entry);
        marks.push(at);
    }
    marks
}

/// Takes a piece of the next entry. When the last piece is here, the entry is heard.
///
/// # Errors
/// When the store cannot read.
pub fn hear_chunk(room: &mut Room<'_>, stream: &StreamId, chunk: &Chunk) -> Result<Heard, StoreError> {
    let record = match find(room, stream)? {
        Some(record) => record,
        None => begin(room, stream),
    };
    let nothing = Heard { fresh: Vec::new(), duplicates: 0, forked: false, mark: record.tail };
    let have = partial(room, stream)?;
    let end = chunk.offset.saturating_add(chunk.piece.len() as u64);
    if chunk.seq != record.tail.seq + 1
        || chunk.offset != have
        || end > chunk.total
        || chunk.total > MAX_BODY as u64
    {
        return Ok(nothing);
    }
    room.put(key(b'p', stream, &chunk.offset.to_be_bytes()), chunk.piece.clone());
    if end < chunk.total {
        return Ok(nothing);
    }
    let pieces = room.list(&key(b'p', stream, &[]))?;
    let body: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece).copied().collect();
    drop_pieces(room, stream)?;
    if *blake3::hash(&body).as_bytes() != chunk.body_hash.0 {
        // the pieces were not of one entry: start over
        return Ok(nothing);
    }
    let entry = Entry { seq: chunk.seq, made: chunk.made, kind: chunk.kind, body };
    let through = record.tail.then(&entry).hash;
    hear(room, stream, &Batch { slot: chunk.slot, entries: vec![entry], through, returned: false })
}

fn drop_pieces(room: &mut Room<'_>, stream: &StreamId) -> Result<(), StoreError> {
    for (at, _) in room.list(&key(b'p', stream, &[]))? {
        room.delete(at);
    }
    Ok(())
}

/// How many bytes of the next entry are here.
///
/// # Errors
/// When the store cannot read.
pub fn partial(room: &Room<'_>, stream: &StreamId) -> Result<u64, StoreError> {
    let prefix = key(b'p', stream, &[]);
    Ok(room.last(&prefix, &after(&prefix))?.map_or(0, |(at, piece)| {
        let offset =
            u64::from_be_bytes(at[at.len() - 8..].try_into().expect("piece keys end in eight bytes"));
        offset + piece.len() as u64
    }))
}
