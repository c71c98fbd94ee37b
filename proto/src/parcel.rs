//! Parcels: entries addressed to one party. A parcel goes from stream to stream until it is there: every
//! hub where the stream that brought it ends either is the reader, or puts it into a stream of its own in the
//! same commit. So it is on disk at each step before the step before forgets it, and arrives once.
//!
//! The writer signs it with its link's key; the certificates go along, so that a reader far away and a proof
//! years later need the root alone. Between provinces the two roots hand parcels to each other, and each side
//! takes only what the root of the other vouches for ([`crate::neighbour`]).
//!
//! Keys: `p/i/<id>` parcels that were taken here.

mod refused;

pub use refused::{Told, heard_refusal, tell_refused};

use serde::{Deserialize, Serialize};

use crate::convert::{Malformed, parcel_content_in, parcel_content_out, parcel_in, parcel_out};
use crate::identity::Identity;
use crate::identity::certificate::Certificate;
use crate::identity::lineage::leaf_under;
use crate::link::book;
use crate::link::post::{Reason, random};
use crate::model::case::Letter;
use crate::model::day::Moment;
use crate::model::entry::{Entry, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::neighbour::{self, is_of_one_province, is_within_its_province, province};
use crate::store::{Record, Room, StoreError};

/// What the signature is over, before the content.
const PURPOSE: &[u8] = b"guixue/parcel/v1";

/// A parcel as it travels. Its content is not decoded before the signature is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The encoded [`Content`].
    pub content: Vec<u8>,
    /// The writer's certificate and its issuers up to the root, DER.
    pub chain: Vec<Vec<u8>>,
    /// The writer's signature.
    pub signature: Vec<u8>,
}

/// What a parcel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Made once: a reader takes each id once.
    pub id: [u8; 16],
    /// Who wrote it.
    pub from: Party,
    /// Who reads it.
    pub to: Party,
    /// When, by the writer's clock. Decides nothing.
    pub sent: Moment,
    /// The letter.
    pub letter: Letter,
}

/// A parcel whose signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// The certificates do not lead from the writer to the root known here.
    #[error("the certificates do not lead from the writer to the known root")]
    Chain,
    /// The certificate names somebody else.
    #[error("the certificate names somebody else")]
    Writer,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// What is to be done with a parcel that came.
#[derive(Debug)]
pub enum Arrival {
    /// It is for this party, for the first time.
    Mine(Box<Content>),
    /// It is for this party and was taken before.
    Again,
    /// The stream goes on and takes it along.
    Passing,
    /// It was put into a stream of this hub's own.
    Forwarded,
    /// It cannot be taken; why, for its origin.
    Refused(Reason, String),
}

/// Where this party stands when a parcel comes.
pub struct Here<'a> {
    /// This party.
    pub me: &'a Party,
    /// The root of its own certificates: nothing else vouches for a writer of its province.
    pub root: &'a Certificate,
    /// The stream that brought the parcel goes on from here.
    pub passes: bool,
    /// Whether this hub has a unit through which that party is reached.
    pub reaches: &'a dyn Fn(&Party) -> bool,
}

/// When a parcel was taken.
#[derive(Serialize, Deserialize)]
struct TakenAt(Moment);

impl Record for TakenAt {
    const VERSION: u8 = 1;
    const NAME: &'static str = "parcel taken";
}

impl Parcel {
    /// Writes and signs a parcel.
    pub fn write(identity: &Identity, to: &Party, letter: Letter, id: [u8; 16], now: Moment) -> Self {
        let from = identity.party().clone();
        let content = parcel_content_out(&Content { id, from, to: to.clone(), sent: now, letter });
        let chain = std::iter::once(identity.leaf().der().to_vec())
            .chain(identity.lineage().authorities().iter().map(|authority| authority.der().to_vec()))
            .collect();
        let signature = identity.key().sign(&[PURPOSE, &content].concat());
        Self { content, chain, signature }
    }

    /// Checks that `from` wrote it, by certificates that lead to `root`.
    ///
    /// # Errors
    /// [`Forged`].
    pub fn check(&self, from: &Party, root: &Certificate) -> Result<(), Forged> {
        let leaf = leaf_under(&self.chain, root).ok_or(Forged::Chain)?;
        if leaf.party() != from {
            return Err(Forged::Writer);
        }
        let signed = [PURPOSE, &self.content].concat();
        leaf.key().verify(&signed, &self.signature).map_err(|_| Forged::Signature)
    }
}

/// Writes a letter and puts it on its way. Gives the parcel's id.
///
/// # Errors
/// When the store cannot read.
pub fn send(
    room: &mut Room<'_>,
    identity: &Identity,
    to: &Party,
    letter: Letter,
    now: Moment,
) -> Result<[u8; 16], StoreError> {
    let id = new_id();
    let parcel = Parcel::write(identity, to, letter, id, now);
    post(room, identity.party(), to, parcel_out(&parcel), now)?;
    Ok(id)
}

/// Sixteen random bytes.
pub fn new_id() -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random().to_be_bytes());
    id[8..].copy_from_slice(&random().to_be_bytes());
    id
}

/// Puts an encoded parcel into this party's own stream towards `to`.
fn post(room: &mut Room<'_>, me: &Party, to: &Party, body: Vec<u8>, now: Moment) -> Result<(), StoreError> {
    let lane = if to.is_below(me) {
        Lane::To(to.clone())
    } else if me.parent().is_none() {
        Lane::To(province(to))
    } else {
        Lane::Up
    };
    book::append(room, me, &lane, random(), Kind::PARCEL, body, now)?;
    Ok(())
}

/// Takes a parcel that a stream brought: delivers it, passes it on, or says why not.
///
/// # Errors
/// When the store cannot read.
pub fn arrive(
    room: &mut Room<'_>,
    here: &Here<'_>,
    stream: &StreamId,
    entry: &Entry,
    now: Moment,
) -> Result<Arrival, StoreError> {
    let refuse = |reason, why: &str| Ok(Arrival::Refused(reason, why.to_owned()));
    let Ok(parcel) = parcel_in(&entry.body) else { return refuse(Reason::Unreadable, "no parcel") };
    let (from, to) = match crate::convert::parcel_address_in(&parcel.content) {
        Ok(address) => address,
        Err(error) => return refuse(Reason::Unreadable, &error.to_string()),
    };
    // who lies about the way it came lies about more
    let plausible = match &stream.lane {
        Lane::Up => from == stream.origin || !stream.origin.is_school() && from.is_below(&stream.origin),
        Lane::To(_) if here.me.is_below(&stream.origin) => !from.is_below(here.me) && from != *here.me,
        // from the root of another province, which speaks for that province alone
        Lane::To(_) => {
            (from == stream.origin || from.is_below(&stream.origin)) && is_within_its_province(&from)
        }
    };
    if !plausible {
        return refuse(Reason::NotYours, "the writer is not on the way that the parcel came");
    }
    let Some(root) = vouching(room, here, &from)? else {
        return refuse(
            Reason::Nowhere,
            &format!("the province of {from} is no neighbour that is known here"),
        );
    };
    if let Err(forged) = parcel.check(&from, &root) {
        return refuse(Reason::Forged, &forged.to_string());
    }
    if to == *here.me {
        return deliver(room, &parcel, now);
    }
    if turns_elsewhere(here, stream, &to)
        || here.passes
        || stream.lane != Lane::Up && stream.lane != Lane::To(here.me.clone())
    {
        return Ok(Arrival::Passing);
    }
    let is_root = here.root.party() == here.me;
    let leads = match (to.is_below(here.me), is_root) {
        (true, _) => (here.reaches)(&to),
        (false, true) => stream.lane == Lane::Up && neighbour::of(room, &to)?.is_some(),
        (false, false) => true,
    };
    if !leads {
        return refuse(Reason::Nowhere, &format!("nobody leads to {to} here"));
    }
    post(room, here.me, &to, entry.body.clone(), now)?;
    Ok(Arrival::Forwarded)
}

/// The root that has to vouch for a writer: this province's own, or that of a neighbour.
fn vouching(room: &Room<'_>, here: &Here<'_>, from: &Party) -> Result<Option<Certificate>, StoreError> {
    match is_of_one_province(from, here.me) {
        true => Ok(Some(here.root.clone())),
        false => neighbour::anchor(room, from),
    }
}

/// A hub's own stream goes on to the root, and every hub on its way sees what is in it: the lowest one that
/// leads to `to` turns it round, and no other.
fn turns_elsewhere(here: &Here<'_>, stream: &StreamId, to: &Party) -> bool {
    if stream.lane != Lane::Up || stream.origin.is_school() {
        return false;
    }
    let below = stream.origin.lineage().take_while(|hub| hub != here.me).last();
    let turned = below.is_some_and(|hub| *to == hub || to.is_below(&hub));
    let is_root = here.root.party() == here.me;
    turned || !to.is_below(here.me) && !is_root
}

/// A letter that was refused for now may be read again.
pub fn not_taken(room: &mut Room<'_>, id: [u8; 16]) {
    room.delete(taken_key(id));
}

fn taken_key(id: [u8; 16]) -> Vec<u8> {
    [b"p/i/".as_slice(), &id].concat()
}

fn deliver(room: &mut Room<'_>, parcel: &Parcel, now: Moment) -> Result<Arrival, StoreError> {
    let content = match parcel_content_in(&parcel.content) {
        Ok(content) => content,
        // kept, and looked at again after an upgrade
        Err(error @ Malformed::Later(_)) => {
            return Ok(Arrival::Refused(Reason::UnknownKind, error.to_string()));
        }
        Err(error) => return Ok(Arrival::Refused(Reason::Unreadable, error.to_string())),
    };
    let key = taken_key(content.id);
    if room.get(&key)?.is_some() {
        return Ok(Arrival::Again);
    }
    room.write(key, &TakenAt(now));
    Ok(Arrival::Mine(Box::new(content)))
}

#[cfg(test)]
mod tests;
