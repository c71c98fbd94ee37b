//! A party at the link: its desk, and what it makes of what arrives.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::book;
use super::shelf::DocumentFault;
use crate::convert::{Receipt, receipt_out};
use crate::model::clock::Clock;
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::model::entry::{Entry, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::store::{Desk, Record, Room, StoreError};
use crate::version::Speaks;

/// What a party does with what the link brings. Called inside the action that stores it: the fact and
/// the entry are committed together. A party that only listens says what it takes, what it lets pass and which
/// documents it believes; the rest does nothing unless it is said otherwise.
pub trait Handler: Send + Sync + 'static {
    /// Applies a new entry. What it refuses is kept all the same, and its origin gets the reason.
    ///
    /// # Errors
    /// When the store cannot read.
    fn take(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError>;

    /// An entry was put into quarantine. Whoever wrote it is told beside what goes down to it, when its stream
    /// came up from below; all others that must know are for the party to write to.
    ///
    /// # Errors
    /// When the store cannot read.
    fn refused(&self, _: &mut Room<'_>, _: &Quarantined, _: &Entry) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether a stream from below goes on to the parent.
    ///
    /// # Errors
    /// When the store cannot read.
    fn passes_up(&self, room: &Room<'_>, stream: &StreamId) -> Result<bool, StoreError>;

    /// The parent gave back entries that this party had sent and no longer has.
    ///
    /// # Errors
    /// When the store cannot read.
    fn returned(&self, _: &mut Room<'_>, _: &[Entry], _: Moment) -> Result<(), StoreError> {
        Ok(())
    }

    /// The parent lacks an earlier part: append everything that stands to the stream again.
    ///
    /// # Errors
    /// When the store cannot read.
    fn restate(&self, _: &mut Room<'_>, _: Moment) -> Result<(), StoreError> {
        Ok(())
    }

    /// The other side holds words of this party that its own store does not know: the store is an older copy
    /// put back, and nothing on it said so. Called before anything else of the turn is heard, in the same
    /// action, and again at each contact that shows it.
    ///
    /// # Errors
    /// When the store cannot read.
    fn put_back(&self, _room: &mut Room<'_>, _now: Moment) -> Result<(), StoreError> {
        Ok(())
    }

    /// Checks a document's signature and text.
    ///
    /// # Errors
    /// Why it must not be taken.
    fn check(&self, document: &Document) -> Result<(), DocumentFault>;

    /// A document has come into force.
    ///
    /// # Errors
    /// When the store cannot read.
    fn in_force(&self, _: &mut Room<'_>, _: &Document, _: Moment) -> Result<(), StoreError> {
        Ok(())
    }

    /// A request for a new certificate, when one is due.
    fn renewal(&self, _: &Party, _: Moment) -> Option<Vec<u8>> {
        None
    }

    /// Answers a child's request: its new certificate and the issuers, DER. `None` when this hub does
    /// not issue certificates, or the request is not the child's own.
    ///
    /// # Errors
    /// When the store cannot read.
    fn renew(
        &self,
        _: &mut Room<'_>,
        _: &Party,
        _: &[u8],
        _: Moment,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        Ok(None)
    }

    /// The parent answered with a new certificate.
    ///
    /// # Errors
    /// When the store cannot read.
    fn renewed(&self, _: &mut Room<'_>, _: &[Vec<u8>], _: Moment) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It counts now, or what it says was known already.
    Applied,
    /// It is kept in quarantine.
    Refused(Reason, String),
}

/// Why an entry is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Reason {
    /// The body cannot be read.
    #[error("the body cannot be read")]
    Unreadable,
    /// The kind is not known here yet.
    #[error("the kind of entry is not known here yet")]
    UnknownKind,
    /// The counts contradict each other.
    #[error("the counts contradict each other")]
    Inconsistent,
    /// The day lies in the future or too far back.
    #[error("the day lies in the future or too far back")]
    Day,
    /// The origin may not speak about this place.
    #[error("the origin may not speak about this place")]
    NotYours,
    /// The signature of an addressed entry does not hold.
    #[error("the signature does not hold")]
    Forged,
    /// Nobody leads to the addressee here.
    #[error("nobody leads to the addressee here")]
    Nowhere,
    /// It speaks of what this party has lost in a restore and not heard again yet. Looked at again every day;
    /// its origin is told only when that does not help.
    #[error("it speaks of what was lost in a restore")]
    Early,
}

/// A party at the link. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    /// This party.
    pub me: Party,
    /// Its writer.
    pub desk: Desk,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// What it makes of entries.
    pub handler: Arc<dyn Handler>,
    /// Its protocol versions.
    pub speaks: Speaks,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("me", &self.me).finish_non_exhaustive()
    }
}

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

impl Record for Contact {
    const VERSION: u8 = 1;
    const NAME: &'static str = "contact";
}

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

fn contact_key(peer: &Party) -> Vec<u8> {
    format!("l/c/{peer}").into_bytes()
}

/// What is known of `peer`.
///
/// # Errors
/// When the store cannot read.
pub fn contact(room: &Room<'_>, peer: &Party) -> Result<Option<Contact>, StoreError> {
    room.read(&contact_key(peer))
}

/// Records a contact.
pub fn note_contact(room: &mut Room<'_>, peer: &Party, contact: &Contact) {
    room.write(contact_key(peer), contact);
}

/// Keeps an entry in quarantine and, unless it may count yet, sends its origin the reason: down beside what
/// comes from above, or as the party itself writes to those that it cannot reach so.
///
/// # Errors
/// When the store cannot read.
pub(super) fn refuse(
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

/// The random number of this party's store, made when first asked for.
///
/// # Errors
/// When the store cannot read.
pub fn store_number(room: &mut Room<'_>) -> Result<u64, StoreError> {
    if let Some(bytes) = room.get(b"l/n")?
        && let Ok(bytes) = <[u8; 8]>::try_from(bytes.as_slice())
    {
        return Ok(u64::from_be_bytes(bytes));
    }
    renew_store_number(room)
}

/// Gives the store another number: after a restore.
///
/// # Errors
/// Never today; kept for stores that can refuse.
pub fn renew_store_number(room: &mut Room<'_>) -> Result<u64, StoreError> {
    let number = random();
    room.put(b"l/n".as_slice(), number.to_be_bytes());
    Ok(number)
}

/// A random number for lives and stores.
///
/// # Panics
/// When the operating system has no randomness: nothing can be trusted then.
pub fn random() -> u64 {
    getrandom::u64().expect("the operating system gives random numbers")
}
