//! What a registrar that begins a new life and its parties tell each other of all their legs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Message, Openness};
use crate::custody::chain::Chain;
use crate::custody::digest::{Digest, bucket};
use crate::custody::page::Page;
use crate::custody::step::Ballot;
use crate::model::case::Leg;
use crate::model::party::Party;

/// What a party holds, for a restored registrar. It has reported when all pages have come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Heads {
    /// The party's own life.
    pub life: Ballot,
    /// The registrar's life: countersigns of older ones are ignored from now on.
    pub promise: Ballot,
    /// All chains of this party under this registrar, in short.
    pub shown: Digest,
    /// Which page this is.
    pub page: Page,
    /// Those of them that the registrar does not hold as they are.
    pub chains: Vec<Chain>,
}

/// What a registrar knows of a party's legs. The party may act when all pages have come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Welcome {
    /// The registrar's life.
    pub ballot: Ballot,
    /// The party's life that is welcomed.
    pub life: Ballot,
    /// With whom the party may act again.
    pub open: Openness,
    /// The buckets that are told; in the others the party holds what the registrar holds. `None`: all are told.
    pub told: Option<BTreeSet<u8>>,
    /// Which page this is.
    pub page: Page,
    /// All its legs with those.
    pub chains: Vec<Chain>,
}

/// A registrar begins a new life: each county below is told, with what is held of its chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebirth {
    pub(in crate::custody) ballot: Ballot,
    pub(in crate::custody) known: BTreeMap<Party, Digest>,
}

impl Rebirth {
    /// What `county` is told.
    pub fn word_for(&self, county: &Party) -> Message {
        Message::Reborn { ballot: self.ballot, known: self.known.get(county).cloned().unwrap_or_default() }
    }
}

impl Welcome {
    /// Whether the registrar's word on this leg is on this page. Else the leg stands as the party has shown it, or
    /// another page tells.
    pub(in crate::custody) fn tells_of(&self, leg: Leg) -> bool {
        self.is_told(leg) && self.page.covers(leg)
    }

    /// Whether the registrar's word on this leg is in the welcome.
    pub(in crate::custody) fn is_told(&self, leg: Leg) -> bool {
        self.told.as_ref().is_none_or(|told| told.contains(&bucket(leg)))
    }
}
