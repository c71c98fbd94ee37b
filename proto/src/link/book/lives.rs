//! Which streams there are: the one that a party writes on a lane now, its lives, those of others.

use super::entries::push;
use super::{StreamRecord, begin, find, index_key, key, lane_prefix, read, save};
use crate::model::entry::{Entry, Incarnation, Lane, StreamId};
use crate::model::party::Party;
use crate::store::{Room, StoreError, after};

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

/// The streams that `me` writes now, on every lane.
///
/// # Errors
/// When the store cannot read.
pub fn written(room: &Room<'_>, me: &Party) -> Result<Vec<StreamRecord>, StoreError> {
    let mut out = Vec::new();
    for (_, stream) in room.list(b"l/w/")? {
        let record = room.read::<StreamRecord>(&[b"l/s/".as_slice(), &stream].concat())?;
        out.extend(record.filter(|record| record.id.origin == *me));
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
