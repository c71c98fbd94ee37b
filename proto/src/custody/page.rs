//! Long lists of chains are said on pages, each an entry of its own. What a list means holds when all its pages
//! have come, in whatever order and however often.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::sign::{Sequenced, Signature};
use crate::model::case::Leg;
use crate::model::entry::Hash;

/// The most bytes of chains on a page: a quarter of what an entry may hold, and half a minute of a slow line.
const PAGE_BYTES: usize = 256 << 10;
/// What a step takes besides its signer's bytes and the signatures, at the most.
const STEP_BYTES: usize = 128;

/// Which page of which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Page {
    /// The list: the hash of all that is on it and of whom it is for.
    pub list: Hash,
    /// From 0.
    pub number: u32,
    /// How many pages the list has.
    pub of: u32,
    /// The leg before the first of this page; `None` on the first page.
    pub after: Option<Leg>,
    /// The last leg of this page; `None` on the last page.
    pub through: Option<Leg>,
}

/// The pages of a list that have come so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Gathered {
    list: Hash,
    pages: BTreeSet<u32>,
}

impl Page {
    /// Whether the list says something about this leg on this page.
    pub(super) fn covers(&self, leg: Leg) -> bool {
        self.after.is_none_or(|after| after < leg) && self.through.is_none_or(|through| leg <= through)
    }

    /// Deals out chains, by leg and each of another one, to pages. There is always one. `about`: what else the list
    /// says.
    pub(super) fn cut<'c>(
        about: &[u8],
        chains: impl IntoIterator<Item = &'c Chain>,
    ) -> Vec<(Self, Vec<Chain>)> {
        let mut lists = vec![Vec::new()];
        let (mut hasher, mut size, mut certificates) = (blake3::Hasher::new(), 0, BTreeSet::new());
        hasher.update(about);
        for chain in chains {
            let Some(leg) = chain.leg() else { continue };
            hasher.update(&leg.case.0).update(&leg.number.to_be_bytes()).update(&chain.sealed_head().0);
            size += size_of(chain, &mut certificates);
            let last: &mut Vec<Chain> = lists.last_mut().expect("there is always a page");
            if size > PAGE_BYTES && !last.is_empty() {
                certificates.clear();
                size = size_of(chain, &mut certificates);
                lists.push(vec![chain.clone()]);
            } else {
                last.push(chain.clone());
            }
        }
        let list = Hash(*hasher.finalize().as_bytes());
        let of = u32::try_from(lists.len()).expect("a list has few pages");
        let mut after = None;
        let page = |(number, chains): (u32, Vec<Chain>)| {
            let last = chains.last().and_then(Chain::leg);
            let through = last.filter(|_| number + 1 < of);
            let page = Self { list, number, of, after, through };
            after = last;
            (page, chains)
        };
        (0..).zip(lists).map(page).collect()
    }
}

impl Gathered {
    /// Notes a page. Whether all of its list have come; then nothing is kept any more. A page of another list
    /// begins anew.
    pub(super) fn take(kept: &mut Option<Self>, page: &Page) -> bool {
        let mut gathered = kept
            .take()
            .filter(|gathered| gathered.list == page.list)
            .unwrap_or_else(|| Self { list: page.list, pages: BTreeSet::new() });
        gathered.pages.insert(page.number);
        let whole = (0..page.of).all(|number| gathered.pages.contains(&number));
        if !whole {
            *kept = Some(gathered);
        }
        whole
    }
}

/// At most so many bytes on a page that has these certificates already.
fn size_of<'c>(chain: &'c Chain, certificates: &mut BTreeSet<&'c [u8]>) -> usize {
    let mut signature = |signature: &'c Signature| {
        let new = signature.chain.iter().filter(|certificate| certificates.insert(certificate));
        signature.bytes.len() + new.map(|certificate| certificate.len() + 8).sum::<usize>()
    };
    let mut size = |step: &'c Sequenced| {
        let signed = step.signed.bytes().len() + signature(step.signed.signature());
        signed + signature(&step.countersign) + STEP_BYTES
    };
    chain.steps().iter().map(&mut size).sum()
}
