//! A party at the link: its desk, and what it makes of what arrives.

mod quarantine;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::addresses::Listens;
use super::caller::Parent;
use super::shelf::DocumentFault;
use crate::model::clock::Clock;
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::model::entry::{Entry, StreamId};
use crate::model::party::Party;
use crate::store::{Desk, Room, StoreError};
use crate::version::Speaks;

pub use super::acquaintance::{Contact, contact, note_contact};
pub(super) use quarantine::refuse;
pub use quarantine::{Quarantined, quarantined, retry};

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

    /// The parents that this party dials.
    ///
    /// # Errors
    /// When the store cannot read.
    fn parents(&self, _: &Room<'_>) -> Result<Vec<Parent>, StoreError> {
        Ok(Vec::new())
    }

    /// A parent has told where parents listen now: these are dialled from the next call on.
    ///
    /// # Errors
    /// When the store cannot read.
    fn dials(&self, _: &mut Room<'_>, _: Vec<Parent>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Where `unit` finds its parents, in order of preference; empty: nothing is told.
    ///
    /// # Errors
    /// When the store cannot read.
    fn whereabouts(&self, _: &Room<'_>, _unit: &Party) -> Result<Vec<Listens>, StoreError> {
        Ok(Vec::new())
    }

    /// A unit has told where it listens itself.
    ///
    /// # Errors
    /// When the store cannot read.
    fn listens(&self, _: &mut Room<'_>, _: &Listens, _: Moment) -> Result<(), StoreError> {
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
