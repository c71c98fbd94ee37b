//! How a unit becomes known: the one service that answers without a certificate. An invitation is good
//! once; the same key may ask again for an answer that the line lost.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use proto::identity::authority::{AUTHORITY_DAYS, Authority};
use proto::identity::certificate::Certificate;
use proto::identity::csr::{self, MAX_REQUEST};
use proto::identity::invite::{Invitation, InviteSecret, Redeemed, Refusal};
use proto::identity::keys::SpkiHash;
use proto::link::acquaintance;
use proto::link::join::LANG_HEADER;
use proto::link::tls::LinkInfo;
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::say;
use proto::seal::SealKey;
use proto::store::{Room, StoreError};
use proto::wire;
use proto::wire::enrolment_server::{Enrolment, EnrolmentServer};
use tonic::{Request, Response, Status};

use crate::desk::chain;
use crate::desk::registry::{self, Credential, Invited};
use crate::desk::revocation::Issuer;
use crate::desk::units::entered;
use crate::desk::{Hub, HubError, State, has_authority};
use crate::units::{self, Status as Standing, Unit};

/// Wrong secrets from one address in a minute: enough for a county's office that mistypes, far too few to
/// guess 128 bits.
const WRONG_A_MINUTE: u32 = 30;
/// How many addresses are remembered.
const MOST_ADDRESSES: usize = 4_096;

/// The service.
#[derive(Debug, Clone)]
pub struct Enrol {
    hub: Arc<Hub>,
    wrong: Arc<Wrong>,
}

/// Why a unit is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Too many wrong secrets from this address.
    #[error("too many wrong invitations from this address")]
    TooMany,
    /// The request is not of its form.
    #[error("the field {0} is missing or not of its form")]
    Form(&'static str),
    /// The invitation does not hold.
    #[error(transparent)]
    Invitation(#[from] Refusal),
    /// The unit was revoked after the invitation was made.
    #[error("{0} was revoked")]
    Revoked(Party),
    /// This hub issues nothing.
    #[error("this hub issues no certificates")]
    NoAuthority,
    /// The hub cannot do it.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<StoreError> for EnrolError {
    fn from(error: StoreError) -> Self {
        Self::Hub(error.into())
    }
}

impl Say for EnrolError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::TooMany => say!(
                lang,
                "邀请码连续输错太多次，请一分钟后再试，并对照原件核对。",
                "Too many wrong invitations from this address. Wait a minute and compare with the original."
            ),
            Self::Form(field) => say!(
                lang,
                "入网申请的 {field} 有误。请升级本单位的程序后重试。",
                "The field {field} of the request is wrong. Upgrade this unit's program and try again."
            ),
            Self::Invitation(refusal) => refusal.say(lang),
            Self::Revoked(unit) => HubError::Revoked(unit.clone()).say(lang),
            Self::NoAuthority => say!(
                lang,
                "该节点不签发证书。请向县级节点索取邀请码。",
                "This hub issues no certificates. Ask the county's office for an invitation."
            ),
            Self::Hub(error) => error.say(lang),
        }
    }
}

impl EnrolError {
    fn status(&self, lang: Lang) -> Status {
        let text = self.say(lang);
        match self {
            Self::TooMany => Status::resource_exhausted(text),
            Self::Form(_) => Status::invalid_argument(text),
            Self::Invitation(_) | Self::Revoked(_) => Status::permission_denied(text),
            Self::NoAuthority => Status::failed_precondition(text),
            Self::Hub(HubError::Store(_)) => Status::unavailable(text),
            Self::Hub(_) => Status::failed_precondition(text),
        }
    }
}

/// A request, read.
struct Asked {
    party: Party,
    secret: InviteSecret,
    leaf: Vec<u8>,
    authority: Vec<u8>,
    address: String,
    key: SpkiHash,
    /// Its sealing key; an older release does not tell it.
    seal_key: Option<SealKey>,
}

impl Asked {
    fn read(request: wire::JoinRequest) -> Result<Self, EnrolError> {
        let wire::JoinRequest { party, secret, leaf_request, authority_request, address, seal_key, .. } =
            request;
        let secret: [u8; 16] = secret.try_into().map_err(|_| EnrolError::Form("secret"))?;
        if party.len() > 128 {
            return Err(EnrolError::Form("party"));
        }
        let party: Party = party.parse().map_err(|_| EnrolError::Form("party"))?;
        if leaf_request.len() > MAX_REQUEST || authority_request.len() > MAX_REQUEST {
            return Err(EnrolError::Form("leaf_request"));
        }
        if address.len() > 300 || address.chars().any(|c| !c.is_ascii_graphic()) {
            return Err(EnrolError::Form("address"));
        }
        let proven = csr::key_of(&leaf_request, &party).map_err(|_| EnrolError::Form("leaf_request"))?;
        if has_authority(&party) == authority_request.is_empty() {
            return Err(EnrolError::Form("authority_request"));
        }
        Ok(Self {
            party,
            secret: InviteSecret::from_bytes(secret),
            leaf: leaf_request,
            authority: authority_request,
            address,
            key: proven.spki_hash(),
            seal_key: SealKey::from_bytes(&seal_key).ok(),
        })
    }
}

impl Enrol {
    /// The service of `hub`.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub, wrong: Arc::default() }
    }

    /// As a tonic service.
    pub fn service(self) -> EnrolmentServer<Self> {
        EnrolmentServer::new(self).max_decoding_message_size(16 << 10)
    }

    async fn take_in(
        &self,
        request: wire::JoinRequest,
        from: Option<IpAddr>,
    ) -> Result<wire::JoinReply, EnrolError> {
        let now = self.hub.clock.now();
        if !self.wrong.may_try(from, now) {
            return Err(EnrolError::TooMany);
        }
        let asked = Asked::read(request)?;
        let state = self.hub.state();
        let authority = state.authority.clone().ok_or(EnrolError::NoAuthority)?;
        let (me, unit, address) = (self.hub.me.clone(), asked.party.clone(), self.hub.public_address()?);
        let redeem = move |room: &mut Room<'_>| {
            let issued = redeem(room, &me, &authority, &state, &asked, now)?;
            if let Some(key) = &asked.seal_key {
                acquaintance::learn(room, &asked.party, key)?;
            }
            let parents = parents(room, &me, &asked.party, address)?;
            let identity = state.identity.as_ref();
            let above = identity.map(|identity| identity.lineage().authorities()).unwrap_or_default();
            Ok::<_, EnrolError>((chain(&issued, above), parents))
        };
        let done = self.hub.change_unit(unit.clone(), redeem).await;
        if matches!(done, Err(EnrolError::Invitation(Refusal::Unknown))) {
            self.wrong.note(from, now);
        }
        let (chain, parents) = done?;
        self.hub.knocks.forget(&unit);
        tracing::info!(unit = %unit, "{unit} has joined");
        Ok(wire::JoinReply { chain, parents, clock: now.0 })
    }
}

#[tonic::async_trait]
impl Enrolment for Enrol {
    async fn join(&self, request: Request<wire::JoinRequest>) -> Result<Response<wire::JoinReply>, Status> {
        let lang = request.metadata().get(LANG_HEADER).and_then(|lang| lang.to_str().ok()?.parse().ok());
        let remote = request.extensions().get::<LinkInfo>().and_then(|info| info.remote);
        let reply = self.take_in(request.into_inner(), remote.map(|remote| remote.ip())).await;
        reply.map(Response::new).map_err(|error| {
            tracing::info!(remote = ?remote, "a unit was not taken in: {error}");
            error.status(lang.unwrap_or_default())
        })
    }
}

/// Redeems the invitation, issues the certificate and enters the unit: all of it or nothing.
fn redeem(
    room: &mut Room<'_>,
    me: &Party,
    authority: &Authority,
    state: &State,
    asked: &Asked,
    now: Moment,
) -> Result<Certificate, EnrolError> {
    let found = registry::invitation(room, &asked.secret.hash())?;
    let (invitation, name) = match found {
        Some(Invited { invitation, name }) => (Some(invitation), name),
        None => (None, String::new()),
    };
    let known = units::get(room, &asked.party)?;
    let revoked = known.as_ref().is_some_and(|unit| matches!(unit.status, Standing::Revoked { .. }));
    // revoking withdraws what is open, so an unused invitation was made afterwards
    if revoked && invitation.as_ref().is_some_and(|invitation| invitation.used.is_some()) {
        return Err(EnrolError::Revoked(asked.party.clone()));
    }
    if invitation.is_some()
        && let Some(other) = units::elsewhere(room, me, &asked.party)?
    {
        return Err(HubError::Elsewhere(other).into());
    }
    match Invitation::redeem(invitation.as_ref(), &asked.secret, &asked.party, asked.key, now)? {
        Redeemed::Again => {
            let issued = registry::credential(room, &asked.party)?.issued;
            if let Ok(certificate) = read_issued(&asked.party, issued) {
                return Ok(certificate);
            }
        }
        Redeemed::First(used) => {
            registry::keep_invitation(room, &Invited { invitation: used, name: name.clone() });
        }
    }
    let issued = issue(authority, state, asked, now)?;
    let credential = Credential { next: None, issued: issued.der().to_vec() };
    registry::keep_credential(room, &asked.party, &credential);
    let before = known.filter(|unit| unit.status != Standing::Invited);
    let before = match before {
        Some(before) => before,
        None => units::newcomer(room, me, asked.party.clone(), name.clone(), now.day())?,
    };
    let unit = Unit {
        name: if name.is_empty() { before.name.clone() } else { name },
        status: Standing::Active,
        closed: None,
        spki_hash: Some(asked.key.0),
        // a hub issues its own certificate: when it ends is seen on the link
        not_after: (!has_authority(&asked.party)).then(|| issued.not_after()),
        address: (!asked.address.is_empty()).then(|| asked.address.clone()),
        ..before
    };
    if let Some(identity) = state.identity.as_deref() {
        Issuer { identity, now }.lift(room, &unit.party, asked.key)?;
    }
    entered(room, me, Some(authority), &unit, now)?;
    Ok(issued)
}

fn read_issued(
    party: &Party,
    der: Vec<u8>,
) -> Result<Certificate, proto::identity::certificate::NotACertificate> {
    if has_authority(party) { Certificate::authority(der) } else { Certificate::leaf(der) }
}

fn issue(
    authority: &Authority,
    state: &State,
    asked: &Asked,
    now: Moment,
) -> Result<Certificate, EnrolError> {
    let issued = if has_authority(&asked.party) {
        authority.issue_authority(&asked.authority, &asked.party, now, AUTHORITY_DAYS)
    } else {
        authority.issue_leaf(&asked.leaf, &asked.party, now, state.rules.certificates.valid_days)
    };
    Ok(issued.map_err(HubError::from)?)
}

/// Whom a unit dials, and the keys to seal for them: its town when that has joined, then this hub.
fn parents(
    room: &mut Room<'_>,
    me: &Party,
    unit: &Party,
    address: String,
) -> Result<Vec<wire::Parent>, StoreError> {
    let mut parents = Vec::new();
    let town = unit.parent().filter(|parent| parent != me && parent.level() == Some(Level::Town));
    if let Some(town) = town
        && let Some(known) = units::get(room, &town)?
        && known.status == Standing::Active
        && let Some(address) = known.address
    {
        let seal_key = acquaintance::key_of(room, &town)?.map_or_else(Vec::new, |key| key.bytes().to_vec());
        parents.push(wire::Parent { party: town.to_string(), address, seal_key });
    }
    let seal_key = acquaintance::own_key(room)?;
    parents.push(wire::Parent { party: me.to_string(), address, seal_key });
    Ok(parents)
}

/// Wrong secrets by address, in the minute that runs.
#[derive(Debug, Default)]
struct Wrong(Mutex<(i64, HashMap<Option<IpAddr>, u32>)>);

impl Wrong {
    fn may_try(&self, from: Option<IpAddr>, now: Moment) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.0.div_euclid(60_000);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        counts.1.get(&from).is_none_or(|times| *times < WRONG_A_MINUTE)
    }

    fn note(&self, from: Option<IpAddr>, now: Moment) {
        if self.may_try(from, now) {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if counts.1.len() < MOST_ADDRESSES || counts.1.contains_key(&from) {
                *counts.1.entry(from).or_default() += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_may_be_wrong_only_so_often_a_minute() {
        let wrong = Wrong::default();
        let (here, there) = (Some(IpAddr::from([10, 0, 0, 1])), Some(IpAddr::from([10, 0, 0, 2])));
        let now = Moment(1_758_643_200_000);
        for _ in 0..WRONG_A_MINUTE {
            assert!(wrong.may_try(here, now));
            wrong.note(here, now);
        }
        assert!(!wrong.may_try(here, now));
        assert!(wrong.may_try(there, now), "a typo must not lock out a county");
        assert!(wrong.may_try(here, now.plus_millis(60_000)));
    }
}
