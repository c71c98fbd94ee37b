//! What is said in one turn of a conversation (`schema/v1/link.proto`).

use serde::{Deserialize, Serialize};

use super::addresses::Listens;
use crate::model::day::Moment;
use crate::model::document::{Document, Topic};
use crate::model::entry::{Entry, Hash, Kind, Mark, StreamId};
use crate::model::party::Party;
use crate::version::Speaks;

/// One side's turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// Only in a side's first turn.
    pub hello: Option<Hello>,
    /// Streams this side can give, numbered over the whole conversation.
    pub offers: Vec<Offer>,
    /// Runs of entries.
    pub batches: Vec<Batch>,
    /// Pieces of large entries.
    pub chunks: Vec<Chunk>,
    /// Where this side stands in the other's streams.
    pub acks: Vec<Ack>,
    /// Requests for one's own entries.
    pub recalls: Vec<Recall>,
    /// Which documents this side holds, and wants.
    pub shelf: Option<ShelfList>,
    /// Documents.
    pub documents: Vec<Document>,
    /// From a parent: where the other side finds its parents now.
    pub parents: Vec<Listens>,
    /// A new certificate and its issuers, DER.
    pub certificate: Vec<Vec<u8>>,
    /// Nothing more to send unless asked.
    pub over: bool,
}

/// The first words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Protocol versions.
    pub speaks: Speaks,
    /// This side's clock.
    pub clock: Moment,
    /// Digest of the documents from above.
    pub shelf: u64,
    /// Random number of this side's store; another one after a restore.
    pub store: u64,
    /// From a child: the number handed out in the last conversation; from a parent: the next.
    pub tally: u64,
    /// From a parent: the number shown is unknown to it, so it has forgotten what was said since.
    pub forgot: bool,
    /// A PKCS#10 request for a new certificate.
    pub renewal: Vec<u8>,
    /// Program version.
    pub software: String,
    /// This side's sealing key; empty when the other side has it.
    pub seal_key: Vec<u8>,
    /// The short name of the other side's sealing key as it is known here; 0 when it is not.
    pub knows_key: u32,
    /// From a child: digest of where it finds its parents; 0 from others.
    pub whereabouts: u32,
    /// From a hub to its parent: where it listens.
    pub listens: Option<Listens>,
}

/// A stream that can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub stream: StreamId,
    /// First number kept.
    pub base: u64,
    /// Last number.
    pub tail: u64,
}

/// A run of entries without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Number of the offer.
    pub slot: u32,
    /// The entries; the first one's number says where the run starts.
    pub entries: Vec<Entry>,
    /// Hash after the last.
    pub through: Hash,
    /// The receiver's own entries, given back.
    pub returned: bool,
}

/// A piece of a large entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Number of the offer.
    pub slot: u32,
    /// The entry's number.
    pub seq: u64,
    /// The entry's time.
    pub made: Moment,
    /// The entry's kind.
    pub kind: Kind,
    /// Length of the whole body.
    pub total: u64,
    /// BLAKE3 of the whole body.
    pub body_hash: Hash,
    /// Where the piece starts.
    pub offset: u64,
    /// The piece.
    pub piece: Vec<u8>,
}

/// Everything up to the mark is durable and applied once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// Number of the other side's offer.
    pub slot: u32,
    /// How far.
    pub mark: Mark,
    /// What may be forgotten below.
    pub safe: u64,
    /// Highest life of the origin seen.
    pub latest_life: u32,
    /// Bytes of the next entry that are here.
    pub partial: u64,
    /// Please say everything again in a new life.
    pub restate: bool,
    /// Entries of this turn that were here already.
    pub duplicates: u32,
}

/// Give me back my own entries from this number on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recall {
    /// Number of my offer.
    pub slot: u32,
    /// First number wanted.
    pub from: u64,
}

/// Documents held, and wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShelfList {
    /// What this side holds; empty when only answering.
    pub heads: Vec<DocumentHead>,
    /// Indexes into the other's heads.
    pub wants: Vec<u32>,
}

/// A document's name, version and short hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DocumentHead {
    /// Topic.
    pub topic: Topic,
    /// Issuer.
    pub issuer: Party,
    /// Part.
    pub part: String,
    /// Version.
    pub version: u32,
    /// First eight bytes of the hash.
    pub hash: u64,
}

impl Turn {
    /// Whether the other side must answer. Acknowledgements alone need none, nor does a parent's hello.
    pub fn needs_answer(&self) -> bool {
        !self.offers.is_empty()
            || !self.batches.is_empty()
            || !self.chunks.is_empty()
            || !self.recalls.is_empty()
            || self.shelf.is_some()
            || !self.documents.is_empty()
            || !self.over
    }

    /// Whether nothing is said but, perhaps, that there is nothing more to say.
    pub fn is_silent(&self) -> bool {
        let asks = !(Self { over: true, ..self.clone() }).needs_answer();
        let told = self.certificate.is_empty() && self.parents.is_empty();
        asks && told && self.hello.is_none() && self.acks.is_empty()
    }
}
