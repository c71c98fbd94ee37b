//! Signed, versioned documents that go down the tree: rulebooks, calendars, the county's directory.

use serde::{Deserialize, Serialize};

use super::day::Moment;
use super::entry::Hash;
use super::party::Party;

/// What a document is about. One current document per (topic, issuer, part).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Thresholds, cadences, deadlines, suppression, indicator list ([`super::rulebook`]).
    Rulebook,
    /// Days off, made-up days, terms ([`super::calendar`]).
    Calendar,
    /// Which certificates are in force below the issuer, and which are revoked.
    Directory,
}

/// A document as its issuer signed it. The body is TOML, readable by people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is about.
    pub topic: Topic,
    /// Which hub issued it.
    pub issuer: Party,
    /// Which of the issuer's documents on the topic: a school year for calendars, else empty.
    pub part: String,
    /// From 1, rising by one.
    pub version: u32,
    /// Hash of the version before; [`Hash::ROOT`] for the first.
    pub previous: Hash,
    /// When it was signed.
    pub issued: Moment,
    /// TOML text.
    pub body: String,
    /// The issuer authority's signature over [`Document::signed_bytes`].
    pub signature: Vec<u8>,
}

/// The largest document body, in bytes.
pub const MAX_DOCUMENT: usize = 256 << 10;

impl Document {
    /// The bytes that are signed and hashed: every field but the signature, lengths included.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = b"guixue/document/v1\0".to_vec();
        let issuer = self.issuer.to_string();
        for part in [issuer.as_bytes(), self.part.as_bytes(), &self.previous.0, self.body.as_bytes()] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
        out.push(match self.topic {
            Topic::Rulebook => 1,
            Topic::Calendar => 2,
            Topic::Directory => 3,
        });
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.issued.0.to_be_bytes());
        out
    }

    /// BLAKE3 over the signed bytes.
    pub fn hash(&self) -> Hash {
        Hash(*blake3::hash(&self.signed_bytes()).as_bytes())
    }

    /// Whether this document may follow `held`, the one in force.
    pub fn against(&self, held: Option<&Self>) -> Succession {
        let Some(held) = held else { return Succession::Newer };
        match self.version.cmp(&held.version) {
            std::cmp::Ordering::Less => Succession::Older,
            std::cmp::Ordering::Equal if self.hash() == held.hash() => Succession::Same,
            std::cmp::Ordering::Equal => Succession::Forked,
            std::cmp::Ordering::Greater
                if self.version == held.version + 1 && self.previous != held.hash() =>
            {
                Succession::Forked
            }
            std::cmp::Ordering::Greater => Succession::Newer,
        }
    }
}

/// How a document stands to the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// Takes its place.
    Newer,
    /// The same document.
    Same,
    /// An earlier version: refused.
    Older,
    /// Another document of the same number, or one that does not follow from it: refused.
    Forked,
}
