//! The hub's certificates, its place under its parent, and how it joins.
//!
//! Keys: `h/leaf`, `h/authority` certificates, DER; `h/above` the authorities above its own, or above the
//! town; `h/parents` whom it dials.

use std::sync::Arc;

use proto::identity::Identity;
use proto::identity::authority::{Authority, AuthorityError};
use proto::identity::certificate::Certificate;
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::{BadLineage, Lineage};
use proto::identity::spoken::Ticket;
use proto::link::acquaintance;
use proto::link::caller::Parent;
use proto::link::join::{self, Request};
use proto::link::net::Net;
use proto::link::tls::TlsRules;
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Hub, HubError, has_authority};

/// Certificates as they are stored.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// The link's certificate.
    pub leaf: Option<Vec<u8>>,
    /// The authority's certificate: provisional, or issued by the parent.
    pub authority: Option<Vec<u8>>,
    /// The authorities above, nearest first.
    pub above: Vec<Vec<u8>>,
    /// Whom it dials.
    pub parents: Vec<Parent>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Ders(Vec<Vec<u8>>);

impl Record for Ders {
    const VERSION: u8 = 1;
    const NAME: &'static str = "chain of certificates";
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Parents(Vec<Parent>);

impl Record for Parents {
    const VERSION: u8 = 1;
    const NAME: &'static str = "list of parents";
}

/// What is stored.
///
/// # Errors
/// When the store cannot read.
pub fn read(room: &Room<'_>) -> Result<Parts, StoreError> {
    let ders = |key: &[u8]| -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(room.get(key)?.map(|bytes| from_bytes::<Ders>(&bytes)).transpose()?.unwrap_or_default().0)
    };
    Ok(Parts {
        leaf: room.get(b"h/leaf")?,
        authority: room.get(b"h/authority")?,
        above: ders(b"h/above")?,
        parents: parents(room)?,
    })
}

/// Whom this hub dials.
///
/// # Errors
/// When the store cannot read.
pub fn parents(room: &Room<'_>) -> Result<Vec<Parent>, StoreError> {
    Ok(room.read::<Parents>(b"h/parents")?.unwrap_or_default().0)
}

/// Dials these from the next call on.
pub fn keep_parents(room: &mut Room<'_>, parents: Vec<Parent>) {
    room.write(b"h/parents".as_slice(), &Parents(parents));
}

fn keep_above(room: &mut Room<'_>, above: &[Vec<u8>]) {
    room.write(b"h/above".as_slice(), &Ders(above.to_vec()));
}

/// The authority from its key and its certificate.
///
/// # Errors
/// When the two do not belong together.
pub fn authority(key: &SecretKey, der: &[u8]) -> Result<Authority, HubError> {
    let certificate = Certificate::authority(der.to_vec()).map_err(BadLineage::from)?;
    Ok(Authority::new(copy(key), certificate)?)
}

fn copy(key: &SecretKey) -> SecretKey {
    SecretKey::from_pkcs8(key.pkcs8()).expect("the bytes of a key are a key")
}

/// The lineage under which the leaf stands.
fn lineage(parts: &Parts) -> Result<Option<Lineage>, BadLineage> {
    let chain: Vec<Vec<u8>> = parts.authority.iter().chain(&parts.above).cloned().collect();
    if chain.is_empty() { Ok(None) } else { Lineage::new(chain).map(Some) }
}

/// The identity, when it is complete.
///
/// # Errors
/// When its parts do not belong together.
pub fn assemble(key: &Arc<SecretKey>, parts: &Parts) -> Result<Option<Identity>, HubError> {
    let (Some(leaf), Some(lineage)) = (&parts.leaf, lineage(parts)?) else { return Ok(None) };
    let leaf = Certificate::leaf(leaf.clone()).map_err(BadLineage::from)?;
    Ok(Some(Identity::new(Arc::clone(key), leaf, lineage)?))
}

impl Hub {
    /// The first certificates of a new hub: a provisional authority and a leaf of its own.
    pub(super) async fn found(&self, authority: Authority) -> Result<(), HubError> {
        let (leaf_key, me, now) = (self.keys.leaf.clone(), self.me.clone(), self.clock.now());
        let days = self.state().rules.certificates.valid_days;
        self.change(move |room| {
            let leaf = authority.issue_leaf(&csr::request(&me, &leaf_key), &me, now, days)?;
            room.put(b"h/authority".as_slice(), authority.certificate().der().to_vec());
            room.put(b"h/leaf".as_slice(), leaf.der().to_vec());
            Ok(())
        })
        .await
    }

    /// Joins the parent by a printed invitation.
    ///
    /// # Errors
    /// When the invitation is another's, the parent refuses, or its answer does not fit.
    pub async fn join(&self, net: &dyn Net, code: &str, lang: Lang) -> Result<Vec<Parent>, HubError> {
        if self.me.parent().is_none() {
            return Err(HubError::Root(self.me.clone()));
        }
        let code = Ticket::read(code, &self.me)?;
        if code.unit != self.me {
            return Err(HubError::OtherUnit { unit: code.unit, me: self.me.clone() });
        }
        let request = Request {
            leaf: csr::request(&self.me, &self.keys.leaf),
            authority: self.keys.authority.as_ref().map_or_else(Vec::new, |key| csr::request(&self.me, key)),
            address: self.public_address().unwrap_or_default(),
            seal_key: self.desk.act(acquaintance::own_key).await?,
        };
        let rules = TlsRules::new(self.clock.clone());
        let joined = join::join(net, &code, request, &rules, lang).await;
        let joined = joined.map_err(|error| HubError::Join(error.say(lang)))?;
        let parents = joined.parents.clone();
        let (me, now) = (self.me.clone(), self.clock.now());
        let keys = (self.keys.leaf.clone(), self.keys.authority.clone());
        self.change(move |room| {
            // the pin vouches for the new chain: an authority may have been made anew
            take_chain(room, &me, (&keys.0, keys.1.as_deref()), &joined.chain, Some(now))?;
            keep_parents(room, joined.parents);
            joined.keys.iter().try_for_each(|(parent, key)| acquaintance::learn(room, parent, key))?;
            Ok(())
        })
        .await?;
        Ok(parents)
    }

    /// A request for the next certificates, when they are due: half of a town's leaf is over, or the
    /// lineage does not reach the province yet.
    pub(super) fn renewal_request(&self, now: Moment) -> Option<Vec<u8>> {
        let state = self.state();
        let identity = state.identity.as_ref()?;
        if state.parents.is_empty() {
            return None;
        }
        let short = identity.lineage().root().party().parent().is_some();
        match &self.keys.authority {
            Some(key) => {
                let due = state.authority.as_ref()?.certificate().past_half_life(now);
                (due || short).then(|| csr::request(&self.me, key))
            }
            None => (identity.leaf().past_half_life(now) || short)
                .then(|| csr::request(&self.me, &self.keys.leaf)),
        }
    }

    /// Takes what the parent issued. What does not fit is logged and left.
    pub(super) fn take_renewed(
        &self,
        room: &mut Room<'_>,
        chain: &[Vec<u8>],
        now: Moment,
    ) -> Result<(), StoreError> {
        let keys = (&self.keys.leaf, self.keys.authority.as_deref());
        let known = read(room)?;
        let sure = self.state().wrong_clock(room, now)?.is_none().then_some(now);
        let taken = room.attempt(|room| {
            take_chain(room, &self.me, keys, chain, sure)?;
            // without a pin, a known authority never changes its key
            if let (Some(before), Some(after)) = (lineage(&known)?, lineage(&read(room)?)?) {
                before.renewed(after)?;
            }
            Ok(())
        });
        match taken {
            Ok(()) => self.changed.notify_one(),
            Err(HubError::Store(error)) => return Err(error),
            Err(error) => tracing::warn!("the parent's certificate is not used: {error}"),
        }
        Ok(())
    }

    /// Issues the hub's own leaf again when half of it is over, or when it is not valid yet. Whether it did.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn renew_own_leaf(&self) -> Result<bool, HubError> {
        let (now, state) = (self.clock.now(), self.state());
        let (Some(authority), Some(identity)) = (&state.authority, &state.identity) else { return Ok(false) };
        // one that a clock years ahead has made would shut everybody out until then
        let made_in_the_future = identity.leaf().not_before() > now;
        if !made_in_the_future
            && (!identity.leaf().past_half_life(now) || self.wrong_clock().await?.is_some())
        {
            return Ok(false);
        }
        let request = csr::request(&self.me, &self.keys.leaf);
        let leaf = authority.issue_leaf(&request, &self.me, now, state.rules.certificates.valid_days)?;
        self.change(move |room| {
            room.put(b"h/leaf".as_slice(), leaf.der().to_vec());
            Ok(())
        })
        .await?;
        Ok(true)
    }
}

/// Checks a chain from the parent and keeps it: `chain[0]` is the authority's certificate, or a town's
/// leaf; the rest are the issuers. `now`: `None` by a wrong clock, which dates no leaf.
fn take_chain(
    room: &mut Room<'_>,
    me: &proto::model::party::Party,
    (leaf_key, authority_key): (&Arc<SecretKey>, Option<&SecretKey>),
    chain: &[Vec<u8>],
    now: Option<Moment>,
) -> Result<(), HubError> {
    let known = read(room)?;
    let (first, above) = chain.split_first().ok_or(BadLineage::Length(0))?;
    let mut parts = Parts { above: above.to_vec(), ..known };
    if has_authority(me) {
        parts.authority = Some(first.clone());
        let key = authority_key.ok_or_else(|| AuthorityError::NoAuthority(me.clone()))?;
        let authority = authority(key, first)?;
        // the leaf may have run out while the hub stood alone
        if let (Some(leaf), Some(now)) = (&parts.leaf, now)
            && Certificate::leaf(leaf.clone()).is_ok_and(|leaf| leaf.past_half_life(now))
        {
            let request = csr::request(me, leaf_key);
            let fresh = authority.issue_leaf(&request, me, now, proto::identity::authority::LEAF_DAYS)?;
            parts.leaf = Some(fresh.der().to_vec());
        }
    } else {
        parts.leaf = Some(first.clone());
    }
    assemble(leaf_key, &parts)?;
    keep_above(room, &parts.above);
    for (key, der) in [(b"h/leaf".as_slice(), &parts.leaf), (b"h/authority", &parts.authority)] {
        if let Some(der) = der {
            room.put(key, der.clone());
        }
    }
    Ok(())
}
