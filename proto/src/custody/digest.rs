//! What somebody holds, in short: a registrar and a party that compare digests say only what differs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use crate::model::case::Leg;

/// Which chains somebody holds: the legs are dealt out to at most 256 buckets by their case, and each bucket that
/// is not empty has the hash of its heads. Equal hashes are equal chains, for a head stands for all before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Digest(BTreeMap<u8, Short>);

/// The beginning of a BLAKE3 hash.
type Short = [u8; 16];

/// Bytes of one bucket on the wire.
const ITEM: usize = 17;

impl Digest {
    /// The digest of these chains, each of another leg. Empty ones do not count.
    pub fn of<'c>(chains: impl IntoIterator<Item = &'c Chain>) -> Self {
        let mut heads: BTreeMap<u8, BTreeMap<Leg, _>> = BTreeMap::new();
        for chain in chains {
            if let Some(leg) = chain.leg() {
                heads.entry(bucket(leg)).or_default().insert(leg, chain.head());
            }
        }
        let short = |heads: BTreeMap<Leg, crate::model::entry::Hash>| {
            let mut hasher = blake3::Hasher::new();
            for (leg, head) in heads {
                hasher.update(&leg.case.0).update(&leg.number.to_be_bytes()).update(&head.0);
            }
            let mut short = Short::default();
            hasher.finalize_xof().fill(&mut short);
            short
        };
        Self(heads.into_iter().map(|(bucket, heads)| (bucket, short(heads))).collect())
    }

    /// Whether both hold the same in the bucket of `leg`.
    pub fn agrees(&self, other: &Self, leg: Leg) -> bool {
        let bucket = bucket(leg);
        self.0.get(&bucket) == other.0.get(&bucket)
    }

    /// The buckets in which the two do not hold the same.
    pub(super) fn differing(&self, other: &Self) -> BTreeSet<u8> {
        let both = self.0.keys().chain(other.0.keys());
        both.copied().filter(|bucket| self.0.get(bucket) != other.0.get(bucket)).collect()
    }

    /// For the wire: bucket and hash, one after the other.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(bucket, short)| std::iter::once(*bucket).chain(*short)).collect()
    }

    /// From the wire; `None` when the bytes are no digest.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let item = |item: &[u8]| Some((item[0], Short::try_from(&item[1..]).ok()?));
        let items = bytes.chunks(ITEM).map(|chunk| (chunk.len() == ITEM).then(|| item(chunk)).flatten());
        items.collect::<Option<_>>().map(Self)
    }
}

/// Case numbers are random, but for those that a list from above gave: so not the number itself decides.
pub(super) fn bucket(leg: Leg) -> u8 {
    blake3::hash(&leg.case.0).as_bytes()[0]
}
