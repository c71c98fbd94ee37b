//! What a party has received and not taken: kept, answered, and looked at again where that may help.

use serde::{Deserialize, Serialize};

use super::{Handler, Reason, Taken, random};
use crate::convert::{Receipt, receipt_out};
use crate::link::book;
use crate::model::day::Moment;
use crate::model::entry::{Entry, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// An entry in quarantine; the entry itself stays in its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its stream.
    pub stream: StreamId,
    /// Its number.
    pub seq: u64,
    /// Why.
    pub reason: Reason,
    /// In words.
    pub detail: String,
    /// Since when.
    pub at: Moment,
}

impl Record for Quarantined {
    const VERSION: u8 = 1;
    const NAME: &'static str = "quarantined entry";
}

/// Keeps an entry in quarantine and, unless it may count yet, sends its origin the reason: down beside what
/// comes from above, or as the party itself writes to those that it cannot reach so.
///
/// # Errors
/// When the store cannot read.
pub(in crate::link) fn refuse(
    room: &mut Room<'_>,
    me: &Party,
    handler: &dyn Handler,
    held: Quarantined,
    entry: &Entry,
) -> Result<(), StoreError> {
    room.write(quarantine_key(&held), &held);
    if held.reason == Reason::Early {
        return Ok(());
    }
    handler.refused(room, &held, entry)?;
    let origin = held.stream.origin.clone();
    if held.stream.lane == Lane::Up && origin.is_below(me) {
        let Quarantined { stream, seq, reason, detail, at } = held;
        let body = receipt_out(&Receipt { stream, seq, reason, detail });
        book::append(room, me, &Lane::To(origin), random(), Kind::RECEIPT, body, at)?;
    }
    Ok(())
}

fn quarantine_key(entry: &Quarantined) -> Vec<u8> {
    [b"l/q/".as_slice(), &entry.stream.key(), &entry.seq.to_be_bytes()].concat()
}

/// All entries in quarantine.
///
/// # Errors
/// When the store cannot read.
pub fn quarantined(room: &Room<'_>) -> Result<Vec<Quarantined>, StoreError> {
    let pairs = room.list(b"l/q/")?;
    pairs.iter().map(|(_, value)| Ok(crate::store::record::from_bytes(value)?)).collect()
}

/// What was lost in a restore is heard again within this time, or never.
const EARLY_FOR_MILLIS: i64 = 60 * 86_400_000;

/// At most so much of what came after an entry is looked at, in bytes.
const LATER: usize = 1 << 18;

/// Whether an entry that lay in the future was true all the same, because it was this party's clock that was
/// wrong: its origin has gone on since, its clock never went back, and what it says now is taken. From an
/// origin whose own clock was ahead no such word comes, and its false days never count.
fn is_vouched_for(
    room: &Room<'_>,
    held: &[Quarantined],
    stream: &StreamId,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let (later, _) = book::read(room, stream, entry.seq + 1, LATER)?;
    let is_held = |seq| held.iter().any(|held| held.stream == *stream && held.seq == seq);
    let went_back = later.iter().any(|later| later.made < entry.made);
    Ok(!went_back && later.iter().any(|later| later.kind == entry.kind && !is_held(later.seq)))
}

/// Gives entries another chance that were refused for what may have changed since: this party's clock, what
/// its program knows, what a restore had lost. Gives how many count now.
///
/// # Errors
/// When the store cannot read.
pub fn retry(room: &mut Room<'_>, me: &Party, handler: &dyn Handler, now: Moment) -> Result<u32, StoreError> {
    let (mut taken, all) = (0, quarantined(room)?);
    for held in all.clone() {
        if !matches!(held.reason, Reason::Day | Reason::UnknownKind | Reason::Nowhere | Reason::Early) {
            continue;
        }
        let (entries, _) = book::read(room, &held.stream, held.seq, 1)?;
        let Some(entry) = entries.first().filter(|entry| entry.seq == held.seq) else { continue };
        if held.reason == Reason::Day && !is_vouched_for(room, &all, &held.stream, entry)? {
            continue;
        }
        match handler.take(room, &held.stream, entry, now)? {
            Taken::Applied => {
                room.delete(quarantine_key(&held));
                taken += 1;
            }
            Taken::Refused(Reason::Early, _) if now.since(held.at) < EARLY_FOR_MILLIS => {}
            Taken::Refused(reason, detail) if held.reason == Reason::Early => {
                let reason = if reason == Reason::Early { Reason::NotYours } else { reason };
                refuse(room, me, handler, Quarantined { reason, detail, ..held.clone() }, entry)?;
            }
            Taken::Refused(..) => {}
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::link::shelf::DocumentFault;
    use crate::model::document::Document;
    use crate::store::MemoryStore;

    /// Takes everything once it knows what it is about.
    struct Forgetful(AtomicBool);

    impl Handler for Forgetful {
        fn take(&self, _: &mut Room<'_>, _: &StreamId, _: &Entry, _: Moment) -> Result<Taken, StoreError> {
            let early = || Taken::Refused(Reason::Early, "not here again".to_owned());
            Ok(if self.0.load(Ordering::Relaxed) { Taken::Applied } else { early() })
        }

        fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
            Ok(false)
        }

        fn check(&self, _: &Document) -> Result<(), DocumentFault> {
            Ok(())
        }
    }

    fn receipts(room: &Room<'_>, me: &Party, school: &Party) -> usize {
        let lane = Lane::To(school.clone());
        let down = book::current(room, me, &lane).unwrap();
        down.map_or(0, |stream| book::read(room, &stream.id, 1, 1 << 16).unwrap().0.len())
    }

    #[test]
    fn what_comes_before_it_is_known_again_counts_later_or_is_refused_in_the_end() {
        const DAY: i64 = 86_400_000;
        for known_again in [true, false] {
            let store = MemoryStore::default();
            let (mut room, handler) = (Room::new(&store), Forgetful(AtomicBool::new(false)));
            let me: Party = "p52/c5205/d520502".parse().unwrap();
            let school: Party = "p52/c5205/d520502/s2152000001".parse().unwrap();
            book::append(&mut room, &school, &Lane::Up, 7, Kind::PARCEL, vec![1], Moment(0)).unwrap();
            let stream = book::current(&room, &school, &Lane::Up).unwrap().unwrap().id;
            let entry = book::read(&room, &stream, 1, 1 << 16).unwrap().0.remove(0);
            let (reason, detail) = (Reason::Early, String::new());
            let held = Quarantined { stream, seq: 1, reason, detail, at: Moment(0) };
            refuse(&mut room, &me, &handler, held, &entry).unwrap();
            assert_eq!(retry(&mut room, &me, &handler, Moment(59 * DAY)).unwrap(), 0);
            assert_eq!(receipts(&room, &me, &school), 0, "nobody is told before it is certain");
            handler.0.store(known_again, Ordering::Relaxed);
            let taken = retry(&mut room, &me, &handler, Moment(60 * DAY)).unwrap();
            assert_eq!((taken, receipts(&room, &me, &school)), if known_again { (1, 0) } else { (0, 1) });
            let left: Vec<Reason> = quarantined(&room).unwrap().iter().map(|held| held.reason).collect();
            assert_eq!(left, if known_again { vec![] } else { vec![Reason::NotYours] });
        }
    }
}
