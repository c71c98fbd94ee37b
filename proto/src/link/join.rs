//! How a unit becomes known: it dials the hub that invited it, knowing only the pin, and comes back with
//! a certificate.

use std::sync::Arc;
use std::time::Duration;

use super::caller::Parent;
use super::net::Net;
use super::tls::{self, TlsFault, TlsRules};
use super::uplink::over;
use crate::identity::spoken::Ticket;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::reason;
use crate::say;
use crate::seal::SealKey;
use crate::wire;
use crate::wire::enrolment_client::EnrolmentClient;

const HANDSHAKE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(60);

/// What a unit asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// PKCS#10 for its own certificate. Empty for a hub that issues its own.
    pub leaf: Vec<u8>,
    /// PKCS#10 for a certificate of authority; empty for schools and towns.
    pub authority: Vec<u8>,
    /// Where it listens, for hubs.
    pub address: String,
    /// Its sealing key, [`acquaintance::own_key`](super::acquaintance::own_key); may be empty.
    pub seal_key: Vec<u8>,
}

/// What a unit gets.
#[derive(Debug, Clone)]
pub struct Joined {
    /// DER: its own certificate (of authority, when it asked for one), then the issuers up to the root.
    pub chain: Vec<Vec<u8>>,
    /// Whom to dial, in order of preference.
    pub parents: Vec<Parent>,
    /// Their sealing keys, as far as the hub knows them: files for them can be written before any call.
    pub keys: Vec<(Party, SealKey)>,
    /// The hub's clock minus ours, in milliseconds.
    pub clock_offset: i64,
}

/// Why a unit has not joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Nobody answers at the invitation's address.
    #[error("no answer from {address}: {why}")]
    NoAnswer {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// Whoever answers is not the hub of the invitation.
    #[error("not the hub of the invitation: {0}")]
    NotTheHub(TlsFault),
    /// The hub refused, in its own words.
    #[error("the hub refused: {0}")]
    Refused(String),
    /// The answer makes no sense.
    #[error("the hub's answer makes no sense: {0}")]
    Answer(&'static str),
}

impl Say for JoinError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoAnswer { address, why } => say!(
                lang,
                "邀请码中的上级地址 {} 没有应答（{}）。请检查网络；邀请码未被使用，可以再试。",
                "No answer from the invitation's address {} ({}). Check the line; the code is not used up, try again.",
                address,
                reason::told(why, lang)
            ),
            Self::NotTheHub(fault) => say!(
                lang,
                "应答的不是发出邀请的上级：{}。请向上级核对地址和邀请码。",
                "Whoever answers is not the hub that invited: {}. Check the address and the code with the parent.",
                fault.say(lang)
            ),
            Self::Refused(why) => say!(lang, "上级拒绝加入：{}", "The hub refused: {}", why),
            Self::Answer(what) => say!(
                lang,
                "上级的答复无法理解（{}）。请核对双方程序版本。",
                "The hub's answer makes no sense ({}). Check both programs' versions.",
                what
            ),
        }
    }
}

/// The header in which a unit says its reader's language.
pub const LANG_HEADER: &str = "guixue-lang";

/// Joins by `code`. The same request may be repeated when the answer was lost.
///
/// # Errors
/// See [`JoinError`].
pub async fn join(
    net: &dyn Net,
    code: &Ticket,
    request: Request,
    rules: &TlsRules,
    lang: Lang,
) -> Result<Joined, JoinError> {
    let no_answer = |why: String| JoinError::NoAnswer { address: code.address.clone(), why };
    let config = tls::pinned_client_config(code.trust.clone(), &code.unit, rules)
        .map_err(|e| no_answer(e.to_string()))?;
    let line =
        tls::dial(net, &code.address, tls::join_name(), Arc::new(config), rules, HANDSHAKE).await.map_err(
            |error| TlsFault::of(&error).map_or_else(|| no_answer(error.to_string()), JoinError::NotTheHub),
        )?;
    let channel = over(line).await.map_err(|error| no_answer(error.to_string()))?;
    let now = rules.clock.now();
    let mut message = tonic::Request::new(wire::JoinRequest {
        party: code.unit.to_string(),
        secret: code.secret.bytes().to_vec(),
        leaf_request: request.leaf,
        authority_request: request.authority,
        address: request.address,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        seal_key: request.seal_key,
    });
    message
        .metadata_mut()
        .insert(LANG_HEADER, lang.pick("zh", "en").parse().expect("two letters are a header"));
    message.set_timeout(PATIENCE);
    let reply = EnrolmentClient::new(channel).join(message).await;
    let reply = reply.map_err(|status| JoinError::Refused(status.message().to_owned()))?.into_inner();
    if reply.chain.is_empty() {
        return Err(JoinError::Answer("chain"));
    }
    let (mut parents, mut keys) = (Vec::new(), Vec::new());
    for told in reply.parents {
        let key = SealKey::from_bytes(&told.seal_key).ok();
        let parent = parent(told)?;
        keys.extend(key.map(|key| (parent.party.clone(), key)));
        parents.push(parent);
    }
    Ok(Joined { chain: reply.chain, parents, keys, clock_offset: Moment(reply.clock).since(now) })
}

fn parent(parent: wire::Parent) -> Result<Parent, JoinError> {
    let party: Party = parent.party.parse().map_err(|_| JoinError::Answer("parents"))?;
    Ok(Parent { party, address: parent.address })
}
