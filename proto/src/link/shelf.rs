//! The documents that a party holds from above, and how two neighbours find out which differ.
//!
//! Keys: `l/d/<topic><issuer>\0<part>` the document in force, `l/h/…` its head, `l/r/…` the last one refused.

use serde::{Deserialize, Serialize};

use super::turn::DocumentHead;
use crate::model::day::Moment;
use crate::model::document::{Document, Succession, Topic};
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

impl Record for Document {
    const VERSION: u8 = 1;
    const NAME: &'static str = "document";
}

impl Record for DocumentHead {
    const VERSION: u8 = 1;
    const NAME: &'static str = "head of a document";
}

/// A document that was not taken, for the people who look after the party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedDocument {
    /// What came.
    pub topic: Topic,
    /// From whom.
    pub issuer: Party,
    /// Which part.
    pub part: String,
    /// Its version.
    pub version: u32,
    /// Why it was not taken.
    pub why: DocumentFault,
    /// When.
    pub at: Moment,
}

impl Record for RefusedDocument {
    const VERSION: u8 = 1;
    const NAME: &'static str = "refused document";
}

/// Why a document is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum DocumentFault {
    /// An earlier version than the one in force.
    #[error("older than the one in force")]
    Older,
    /// Another document of the same number, or one that does not follow from the one in force.
    #[error("does not follow from the one in force")]
    Forked,
    /// The signature is not the issuer's.
    #[error("the signature is not the issuer's")]
    Signature,
    /// The issuer is not above this party.
    #[error("the issuer is not above this party")]
    NotAbove,
    /// The text cannot be read.
    #[error("the text cannot be read")]
    Unreadable,
}

fn key(kind: u8, topic: Topic, issuer: &Party, part: &str) -> Vec<u8> {
    let mut out = vec![b'l', b'/', kind, b'/', topic as u8];
    out.extend_from_slice(issuer.to_string().as_bytes());
    out.push(0);
    out.extend_from_slice(part.as_bytes());
    out
}

/// The document in force.
///
/// # Errors
/// When the store cannot read.
pub fn held(
    room: &Room<'_>,
    topic: Topic,
    issuer: &Party,
    part: &str,
) -> Result<Option<Document>, StoreError> {
    room.read(&key(b'd', topic, issuer, part))
}

/// All documents in force.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Document>, StoreError> {
    let pairs = room.list(b"l/d/")?;
    pairs.iter().map(|(_, value)| Ok(crate::store::record::from_bytes(value)?)).collect()
}

/// Documents that were not taken and not repaired since.
///
/// # Errors
/// When the store cannot read.
pub fn refused(room: &Room<'_>) -> Result<Vec<RefusedDocument>, StoreError> {
    let pairs = room.list(b"l/r/")?;
    pairs.iter().map(|(_, value)| Ok(crate::store::record::from_bytes(value)?)).collect()
}

/// Takes a document whose signature has been checked. `Ok(true)` when it is now in force and was not
/// before.
///
/// # Errors
/// [`DocumentFault::Older`] or [`DocumentFault::Forked`], recorded for [`refused`]; or the store's.
pub fn take(room: &mut Room<'_>, document: &Document) -> Result<Result<bool, DocumentFault>, StoreError> {
    let Document { topic, issuer, part, .. } = document;
    let held = held(room, *topic, issuer, part)?;
    Ok(match document.against(held.as_ref()) {
        Succession::Newer => {
            room.write(key(b'd', *topic, issuer, part), document);
            // every conversation compares heads: none should read and hash whole documents for it
            room.write(key(b'h', *topic, issuer, part), &head(document));
            room.delete(key(b'r', *topic, issuer, part));
            Ok(true)
        }
        Succession::Same => Ok(false),
        Succession::Older => Err(DocumentFault::Older),
        Succession::Forked => Err(DocumentFault::Forked),
    })
}

/// Keeps a note of a document that was not taken.
pub fn note_refused(room: &mut Room<'_>, document: &Document, why: DocumentFault, at: Moment) {
    let Document { topic, issuer, part, version, .. } = document;
    let note = RefusedDocument {
        topic: *topic,
        issuer: issuer.clone(),
        part: part.clone(),
        version: *version,
        why,
        at,
    };
    room.write(key(b'r', *topic, issuer, part), &note);
}

/// Forgets the document in force, so that the next contact brings the issuer's own: the way out of a
/// fork.
pub fn repair(room: &mut Room<'_>, topic: Topic, issuer: &Party, part: &str) {
    room.delete(key(b'd', topic, issuer, part));
    room.delete(key(b'h', topic, issuer, part));
    room.delete(key(b'r', topic, issuer, part));
}

/// Forgets that another document was shown than the one in force.
pub fn forget_refused(room: &mut Room<'_>, topic: Topic, issuer: &Party, part: &str) {
    room.delete(key(b'r', topic, issuer, part));
}

/// The heads of the documents that `child` should hold from above: everything issued by a hub above
/// it. The directory is for hubs only.
///
/// # Errors
/// When the store cannot read.
pub fn heads_for(room: &Room<'_>, child: &Party) -> Result<Vec<DocumentHead>, StoreError> {
    let mut heads = Vec::new();
    for (_, value) in room.list(b"l/h/")? {
        let head: DocumentHead = crate::store::record::from_bytes(&value)?;
        if child.is_below(&head.issuer) && (head.topic != Topic::Directory || !child.is_school()) {
            heads.push(head);
        }
    }
    Ok(heads)
}

/// A document's head.
pub fn head(document: &Document) -> DocumentHead {
    let hash = document.hash().0;
    DocumentHead {
        topic: document.topic,
        issuer: document.issuer.clone(),
        part: document.part.clone(),
        version: document.version,
        hash: u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes")),
    }
}

/// One number for a list of heads: equal lists, equal numbers.
pub fn digest(heads: &[DocumentHead]) -> u64 {
    let mut sorted: Vec<&DocumentHead> = heads.iter().collect();
    sorted.sort();
    let mut hasher = blake3::Hasher::new();
    for head in sorted {
        hasher.update(&[head.topic as u8]);
        hasher.update(head.issuer.to_string().as_bytes());
        hasher.update(b"\0");
        hasher.update(head.part.as_bytes());
        hasher.update(b"\0");
        hasher.update(&head.version.to_be_bytes());
        hasher.update(&head.hash.to_be_bytes());
    }
    u64::from_be_bytes(hasher.finalize().as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
}
