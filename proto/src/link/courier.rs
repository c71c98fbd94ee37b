//! The courier: what two neighbours would say on a line, in a file on a stick. A school without any line
//! takes part by it, and one whose line fails for weeks loses nothing.
//!
//! ```text
//! school                         stick                       county
//!   export: entries, acks  -->  20261121-s2152000001-上行.guixue  -->  import: as on a line
//!   import: as on a line   <--  20261121-s2152000001-回执.guixue  <--  export: acks, what waits below, documents
//! ```
//!
//! A file is signed by its sender and sealed to its receiver: who finds the stick learns nothing, and what
//! is cut, changed or meant for somebody else is refused with the reason. Files may get lost, come twice or in
//! another order, and mix with calls on a line (rules in [`super::conversation`]).

mod envelope;
mod error;
pub mod files;

use std::time::Duration;

pub use envelope::MAX_FILE;
pub use error::CourierError;

use super::acquaintance;
use super::conversation::{Carried, Delivered, TalkError, Way, Words, read_out, write_down};
use super::post::Post;
use super::tls::Peer;
use crate::convert;
use crate::identity::Identity;
use crate::identity::certificate::Certificate;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::neighbour::{self, NeighbourError};
use crate::seal;
use crate::store::{Room, StoreError};

/// What a file says, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Who wrote it.
    pub from: Party,
    /// For whom.
    pub to: Party,
    /// Its number among the files that were written together, from 1.
    pub part: u32,
    /// How many were written together.
    pub parts: u32,
    /// What it says.
    pub carried: Carried,
}

/// A file to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// A name for it: day, unit, direction.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// How many entries are in it.
    pub entries: u64,
}

/// A file that was opened: its sender is who it says, and it is for this party. Whether the sender may speak
/// here is for the party to say.
#[derive(Debug)]
pub struct Opened {
    /// Who wrote it, by its certificate.
    pub peer: Peer,
    /// What it says.
    pub page: Page,
}

/// A page as it was signed: its bytes, by whom.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The page for the wire.
    pub(crate) page: Vec<u8>,
    /// By the link key of the first certificate.
    pub(crate) signature: Vec<u8>,
    /// The sender's certificate and the authorities above it, DER.
    pub(crate) chain: Vec<Vec<u8>>,
}

/// Before a page is signed: what is signed as one fits nothing else.
const SIGNED: &[u8] = b"guixue courier page\0";

/// Writes files for `peer`. `heard`: what was brought from it just now, to be answered.
///
/// # Errors
/// [`CourierError::NoKey`] when `peer` has not shown its sealing key yet; or the store's.
pub async fn export(
    post: &Post,
    identity: &Identity,
    peer: &Party,
    way: Way,
    words: Words,
    heard: Option<&Delivered>,
) -> Result<Vec<Bundle>, CourierError> {
    let to = peer.clone();
    let key = post.desk.act(move |room| acquaintance::key_of(room, &to)).await?;
    let key = key.ok_or_else(|| CourierError::NoKey(peer.clone()))?;
    let written = write_down(post, peer, way, words, heard).await?;
    let parts = u32::try_from(written.len()).unwrap_or(u32::MAX);
    let bundles = written.into_iter().zip(1..).map(|(carried, part)| {
        let name = name(&post.me, peer, way, heard.is_some(), carried.made, (part, parts));
        let entries =
            carried.turns.iter().flat_map(|turn| &turn.batches).map(|b| b.entries.len() as u64).sum();
        let page = Page { from: post.me.clone(), to: peer.clone(), part, parts, carried };
        let page = convert::page_out(&page);
        Bundle { name, bytes: envelope::close(&key, &convert::signed_out(sign(identity, page))), entries }
    });
    Ok(bundles.collect())
}

fn sign(identity: &Identity, page: Vec<u8>) -> Signed {
    let signature = identity.key().sign(&[SIGNED, &page].concat());
    let authorities = identity.lineage().authorities();
    let chain = [identity.leaf()].into_iter().chain(authorities).map(|c| c.der().to_vec());
    Signed { page, signature, chain: chain.collect() }
}

/// `20261121-s2152000001-上行.guixue`
fn name(me: &Party, peer: &Party, way: Way, answer: bool, made: Moment, part: (u32, u32)) -> String {
    let (unit, word) = match (way, answer) {
        (Way::Up, _) => (me, "上行"),
        (Way::Down, true) => (peer, "回执"),
        (Way::Down, false) => (peer, "下行"),
        (Way::Across, _) => (me, "跨省"),
    };
    let unit = unit.to_string();
    let unit = unit.rsplit('/').next().unwrap_or_default();
    let day = made.day().to_string().replace('-', "");
    match part {
        (_, 1) => format!("{day}-{unit}-{word}.guixue"),
        (part, _) => format!("{day}-{unit}-{word}-{part}.guixue"),
    }
}

/// Opens a file: its form, its receiver, its sender's certificate and signature. `grace`: how long after its end
/// a certificate still counts.
///
/// # Errors
/// See [`CourierError`]. Nothing was taken.
pub async fn open(
    post: &Post,
    identity: &Identity,
    grace: Duration,
    bytes: &[u8],
) -> Result<Opened, CourierError> {
    let key = post.desk.act(|room: &mut Room<'_>| seal::own(room)).await?;
    let plain = envelope::open(&key, bytes)?;
    let Signed { page, signature, chain } = convert::signed_in(&plain)?;
    drop(plain);
    let leaf = Certificate::leaf(chain.first().ok_or(CourierError::Unvouched(None))?.clone())?;
    let leaf = vouched(post, identity, leaf, &chain).await?;
    let peer = Peer::of(&leaf, post.clock.now(), grace)?;
    let from = leaf.party().clone();
    let fits = leaf.key().verify(&[SIGNED, &page].concat(), &signature);
    fits.map_err(|_| CourierError::Signature(from.clone()))?;
    let page = convert::page_in(&page)?;
    if page.from != from {
        return Err(CourierError::Signature(from));
    }
    if page.to != post.me {
        return Err(CourierError::OtherReceiver { to: page.to, me: post.me.clone() });
    }
    Ok(Opened { peer, page })
}

/// The sender's certificate, when it was issued by an authority that this party goes by: for those above it
/// one of its lineage, for its units its nearest one, or a unit's own that this one issued, for the root of
/// another province that root's own.
async fn vouched(
    post: &Post,
    identity: &Identity,
    leaf: Certificate,
    chain: &[Vec<u8>],
) -> Result<Certificate, CourierError> {
    let (from, now) = (leaf.party().clone(), post.clock.now());
    let unvouched = || CourierError::Unvouched(Some(from.clone()));
    if !neighbour::is_of_one_province(&from, &post.me) {
        let anchor = anchor_of(post, &from).await?;
        return if leaf.issued_by(&anchor).is_ok() { Ok(leaf) } else { Err(unvouched()) };
    }
    let lineage = identity.lineage();
    let anchor = match post.me.is_below(&from) {
        true => from.lineage().find_map(|party| lineage.of(&party)).ok_or_else(unvouched)?,
        false => lineage.nearest(),
    };
    if leaf.issued_by(anchor).is_ok() {
        return Ok(leaf);
    }
    let between = chain.get(1).ok_or_else(unvouched)?;
    let between = Certificate::authority(between.clone())?;
    let in_force = between.not_before() <= now && now <= between.not_after();
    match in_force && leaf.issued_by(&between).is_ok() && between.issued_by(anchor).is_ok() {
        true => Ok(leaf),
        false => Err(unvouched()),
    }
}

/// The root of a neighbouring province that vouches for itself.
async fn anchor_of(post: &Post, from: &Party) -> Result<Certificate, CourierError> {
    let asked = from.clone();
    let found = post.desk.act(move |room: &mut Room<'_>| neighbour::find(room, &asked)).await;
    match found {
        Ok(Some(neighbour)) if neighbour.removed.is_none() => Ok(neighbour.introduction.root),
        Ok(Some(_)) => Err(CourierError::RemovedNeighbour(from.clone())),
        Ok(None) => Err(CourierError::NoNeighbour(from.clone())),
        Err(NeighbourError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!("a neighbour that was known does not hold any more: {error}");
            Err(CourierError::NoNeighbour(from.clone()))
        }
    }
}

/// Takes what a file says, as if it had been said on a line. `wants_answer`: [`export`] will be called with the
/// result.
///
/// # Errors
/// See [`TalkError`]. What was taken before stands, and the file may be brought again.
pub async fn import(
    post: &Post,
    opened: Opened,
    way: Way,
    wants_answer: bool,
) -> Result<Delivered, CourierError> {
    let Opened { peer, page } = opened;
    Ok(read_out(post, &peer.party, way, page.carried, wants_answer).await?)
}

/// The first of `parents` that a file can be written for.
///
/// # Errors
/// [`CourierError::NotJoined`], or [`CourierError::NoKey`] of the first one.
pub async fn reader(post: &Post, parents: Vec<Party>) -> Result<Party, CourierError> {
    let first = parents.first().cloned().ok_or(CourierError::NotJoined)?;
    let known = move |room: &mut Room<'_>| {
        for parent in parents {
            if acquaintance::key_of(room, &parent)?.is_some() {
                return Ok(Some(parent));
            }
        }
        Ok::<_, StoreError>(None)
    };
    post.desk.act(known).await?.ok_or(CourierError::NoKey(first))
}

impl From<StoreError> for CourierError {
    fn from(error: StoreError) -> Self {
        Self::Talk(TalkError::Store(error))
    }
}

#[cfg(test)]
mod tests;
