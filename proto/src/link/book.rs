//! What a party keeps of streams: its own, those it has received, those it passes on. All of it in
//! terms of a [`Room`], so that facts and entries are committed together.
//!
//! Keys: `l/s/<stream>` record, `l/e/<stream><seq>` entry, `l/p/<stream><offset>` piece of a large
//! entry, `l/a/<peer>\0<stream>` cursor, `l/o/<lane>` index by lane, `l/w/<lane>` the stream that this
//! party writes now. `<stream>` is [`StreamId::key`], 16 bytes.

use serde::{Deserialize, Serialize};

use super::turn::{Batch, Chunk};
use crate::model::day::Moment;
use crate::model::entry::{Entry, Hash, Incarnation, Kind, Lane, MAX_BODY, Mark, StreamId};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError, after};

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

/// What became of a run of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Entries that were new: stored, and now to be applied.
    pub fresh: Vec<Entry>,
    /// Entries that were here already, to the byte.
    pub duplicates: u32,
    /// Another entry is here under a number of the run.
    pub forked: bool,
    /// Where the stream stands now.
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

fn key(kind: u8, stream: &StreamId, rest: &[u8]) -> Vec<u8> {
    let mut out = vec![b'l', b'/', kind, b'/'];
    out.extend_from_slice(&stream.key());
    out.extend_from_slice(rest);
    out
}

fn cursor_key(peer: &Party, stream: &StreamId) -> Vec<u8> {
    let mut out = format!("l/a/{peer}\0").into_bytes();
    out.extend_from_slice(&stream.key());
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

/// The stream that `me` writes on `lane` now; begun with `life` when there is none yet.
///
/// # Errors
/// When the store cannot read.
pub fn own(room: &mut Room<'_>, me: &Party, lane: &Lane, nonce: u64) -> Result<StreamRecord, StoreError> {
    let at = lane_prefix(b'w', lane, me);
    if let Some(record) = current(room, me, lane)? {
        return Ok(record);
    }
    let id = StreamId { origin: me.clone(), life: Incarnation { number: 1, nonce }, lane: lane.clone() };
    room.put(at, id.key());
    Ok(begin(room, &id))
}

/// The stream that `me` writes on `lane` now, if any.
///
/// # Errors
/// When the store cannot read.
pub fn current(room: &Room<'_>, me: &Party, lane: &Lane) -> Result<Option<StreamRecord>, StoreError> {
    match room.get(&lane_prefix(b'w', lane, me))? {
        Some(stream) => room.read(&[b"l/s/".as_slice(), &stream].concat()),
        None => Ok(None),
    }
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

fn push(room: &mut Room<'_>, record: &mut StreamRecord, entry: Entry) {
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
        record.forks += 1;
        save(room, &record);
        return Ok(heard);
    }
    for entry in batch.entries.iter().filter(|e| e.seq > heard.mark.seq) {
        push(room, &mut record, entry.clone());
        heard.fresh.push(entry.clone());
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
    for (at, _) in pieces {
        room.delete(at);
    }
    if *blake3::hash(&body).as_bytes() != chunk.body_hash.0 {
        // the pieces were not of one entry: start over
        return Ok(nothing);
    }
    let entry = Entry { seq: chunk.seq, made: chunk.made, kind: chunk.kind, body };
    let through = record.tail.then(&entry).hash;
    hear(room, stream, &Batch { slot: chunk.slot, entries: vec![entry], through, returned: false })
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

/// How far `peer` has acknowledged the stream.
///
/// # Errors
/// When the store cannot read.
pub fn cursor(room: &Room<'_>, peer: &Party, stream: &StreamId) -> Result<Option<Cursor>, StoreError> {
    room.read(&cursor_key(peer, stream))
}

/// Forgets how far `peer` has acknowledged the stream.
pub fn doubt(room: &mut Room<'_>, peer: &Party, stream: &StreamId) {
    room.delete(cursor_key(peer, stream));
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

/// Starts a new life of one's own stream, numbered above `above`. Everything still kept is said again
/// in it: receivers know a fact by its own key, not by its number.
///
/// # Errors
/// When the store cannot read.
pub fn reincarnate(
    room: &mut Room<'_>,
    me: &Party,
    lane: &Lane,
    above: u32,
    nonce: u64,
) -> Result<StreamRecord, StoreError> {
    let old = current(room, me, lane)?;
    let number = old.as_ref().map_or(0, |r| r.id.life.number).max(above).saturating_add(1);
    let id = StreamId { origin: me.clone(), life: Incarnation { number, nonce }, lane: lane.clone() };
    room.put(lane_prefix(b'w', lane, me), id.key());
    let mut record = begin(room, &id);
    if let Some(old) = old {
        let (entries, _) = read(room, &old.id, old.base, usize::MAX)?;
        for entry in entries {
            room.delete(key(b'e', &old.id, &entry.seq.to_be_bytes()));
            let seq = record.tail.seq + 1;
            push(room, &mut record, Entry { seq, ..entry });
        }
        room.delete(key(b's', &old.id, &[]));
        room.delete(index_key(&old.id));
    }
    Ok(record)
}

/// All streams on `lane`: [`Lane::Up`] lists those of every origin at or below `party`, [`Lane::To`]
/// those to it and to everyone below it.
///
/// # Errors
/// When the store cannot read.
pub fn streams(room: &Room<'_>, up: bool, party: &Party) -> Result<Vec<StreamRecord>, StoreError> {
    let way = if up { 'u' } else { 't' };
    // a path goes on with a slash or ends with a zero: one scan meets both, and nothing lies between
    let (from, end) = (format!("l/o/{way}/{party}\0"), after(format!("l/o/{way}/{party}/").as_bytes()));
    let mut out = Vec::new();
    for (_, stream) in room.range(from.as_bytes(), &end, usize::MAX)? {
        out.extend(room.read::<StreamRecord>(&[b"l/s/".as_slice(), &stream].concat())?);
    }
    Ok(out)
}

/// The highest life of an origin's stream that is known here. Another life of the same number is taken
/// for a higher one: an origin that forgot it began must begin above both.
///
/// # Errors
/// When the store cannot read.
pub fn latest_life(room: &Room<'_>, stream: &StreamId) -> Result<u32, StoreError> {
    let (mut latest, this) = (stream.life.number, stream.key());
    for (_, other) in room.list(&lane_prefix(b'o', &stream.lane, &stream.origin))? {
        if other != this
            && let Some(record) = room.read::<StreamRecord>(&[b"l/s/".as_slice(), &other].concat())?
            && record.id.origin == stream.origin
            && record.tail.seq > 0
        {
            let twin = record.id.life.number == stream.life.number && record.id != *stream;
            latest = latest.max(record.id.life.number.saturating_add(u32::from(twin)));
        }
    }
    Ok(latest)
}

/// The later lives of the same stream that are held here, ascending.
///
/// # Errors
/// When the store cannot read.
pub fn later_lives(room: &Room<'_>, stream: &StreamId) -> Result<Vec<StreamRecord>, StoreError> {
    let mut later = Vec::new();
    for (_, other) in room.list(&lane_prefix(b'o', &stream.lane, &stream.origin))? {
        let record = room.read::<StreamRecord>(&[b"l/s/".as_slice(), &other].concat())?;
        later.extend(record.filter(|r| r.id != *stream && r.id.life.number >= stream.life.number));
    }
    later.sort_unstable_by_key(|record| record.id.life.number);
    Ok(later)
}

/// Marks a received stream: its origin must say everything again.
///
/// # Errors
/// When the store cannot read.
pub fn ask_restate(room: &mut Room<'_>, stream: &StreamId) -> Result<(), StoreError> {
    if let Some(mut record) = find(room, stream)? {
        record.restate = true;
        save(room, &record);
    }
    Ok(())
}
