//! What is told of an entry that is in quarantine (I10). One that came up from below is answered by a receipt
//! beside what goes down to its origin; this tells the others: the party above whose stream brought it down, the
//! neighbouring root, and the writer of a parcel that others passed on.

use super::{Content, send};
use crate::convert::{Receipt, parcel_address_in, parcel_content_in, parcel_in, receipt_in, receipt_out};
use crate::identity::Identity;
use crate::link::book;
use crate::link::post::{Quarantined, Reason};
use crate::model::case::{Letter, Refused};
use crate::model::entry::{Entry, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::neighbour::{self, is_of_one_province};
use crate::store::{Room, StoreError};

/// What a party learns of an entry that another one has put into quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its stream, as far as it is known here: the reader's own where its parcel stands in one.
    pub stream: StreamId,
    /// Its number there; that of the stream which brought it to the one who refused it, when the reader keeps it
    /// no longer.
    pub seq: u64,
    /// Why.
    pub reason: Reason,
    /// In words.
    pub detail: String,
}

/// Tells those who must know of `held` and are not told by a receipt. Nobody is told of a refused refusal.
///
/// # Errors
/// When the store cannot read.
pub fn tell_refused(
    room: &mut Room<'_>,
    identity: &Identity,
    held: &Quarantined,
    entry: &Entry,
) -> Result<(), StoreError> {
    if entry.kind == Kind::RECEIPT {
        return Ok(());
    }
    let (writer, parcel) = match writer(room, identity, entry)? {
        Some((_, Some(Content { letter: Letter::Refused(_), .. }))) => return Ok(()),
        Some((from, content)) => (Some(from), content.map(|content| content.id)),
        None => (None, None),
    };
    let origin = held.stream.origin.clone();
    let bearer = matches!(held.stream.lane, Lane::To(_)).then(|| origin.clone());
    let mut readers: Vec<Party> =
        writer.filter(|writer| *writer != origin).into_iter().chain(bearer).collect();
    readers.retain(|reader| reader != identity.party());
    let Quarantined { stream, seq, reason, detail, at } = held.clone();
    let receipt = receipt_out(&Receipt { stream, seq, reason, detail });
    for reader in readers {
        let letter = Letter::Refused(Refused { receipt: receipt.clone(), parcel });
        send(room, identity, &reader, letter, at)?;
    }
    Ok(())
}

/// Who wrote the parcel in `entry`, when its certificates and its signature say so, and what it says, when this
/// release can read it.
fn writer(
    room: &Room<'_>,
    identity: &Identity,
    entry: &Entry,
) -> Result<Option<(Party, Option<Content>)>, StoreError> {
    let Ok(parcel) = parcel_in(&entry.body) else { return Ok(None) };
    let Ok((from, _)) = parcel_address_in(&parcel.content) else { return Ok(None) };
    let own = identity.lineage().root();
    let root = match is_of_one_province(&from, identity.party()) {
        true => Some(own.clone()),
        false => neighbour::anchor(room, &from)?,
    };
    let Some(root) = root else { return Ok(None) };
    Ok(parcel.check(&from, &root).is_ok().then(|| (from, parcel_content_in(&parcel.content).ok())))
}

/// What a letter about a refused entry says; `None` when its receipt cannot be read.
///
/// # Errors
/// When the store cannot read.
pub fn heard_refusal(room: &Room<'_>, me: &Party, refused: &Refused) -> Result<Option<Told>, StoreError> {
    let Ok(Receipt { stream, seq, reason, detail }) = receipt_in(&refused.receipt) else { return Ok(None) };
    if stream.origin == *me {
        return Ok(Some(Told { stream, seq, reason, detail }));
    }
    let own = match refused.parcel {
        Some(id) => find_own(room, me, id)?,
        None => None,
    };
    let (stream, seq) = own.unwrap_or((stream, seq));
    Ok(Some(Told { stream, seq, reason, detail }))
}

/// Where a parcel of this party's own stands in its streams, as far as they are kept.
fn find_own(room: &Room<'_>, me: &Party, id: [u8; 16]) -> Result<Option<(StreamId, u64)>, StoreError> {
    for record in book::written(room, me)? {
        let (entries, _) = book::read(room, &record.id, record.base, usize::MAX)?;
        let is_it = |entry: &Entry| {
            let content = parcel_in(&entry.body).and_then(|parcel| parcel_content_in(&parcel.content));
            entry.kind == Kind::PARCEL && content.is_ok_and(|content| content.id == id)
        };
        if let Some(entry) = entries.iter().find(|entry| is_it(entry)) {
            return Ok(Some((record.id, entry.seq)));
        }
    }
    Ok(None)
}
