//! TLS 1.3 between two parties: only Ed25519 certificates of our own authorities, only HTTP/2 above.
//!
//! A server sends its leaf alone. A client sends its leaf, and its authority's certificate besides when the server
//! belongs to another authority (a county that dials its city). A unit that is about to join knows no
//! certificate yet, only the pin of the authority's key: it asks for the name [`JOIN_NAME`] and gets the
//! authority's certificate as well, so that the nightly handshakes of all others stay small.
//!
//! A resumed session does not verify certificates again. So whoever accepts a connection asks
//! [`peer`] for its party, which looks at the dates every time, and asks the registry of units whether
//! the key is still in force.

mod dialing;
mod fault;
mod incoming;
mod peer;
mod stream;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::{
    ClientHello, ProducesTickets, ResolvesServerCert, ServerSessionMemoryCache, StoresServerSessions,
    WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SignatureScheme, version};

pub use dialing::Dialing;
pub use fault::TlsFault;
pub use incoming::{Incoming, Limits, Tally, dial, incoming};
pub use peer::{Peer, PeerError, peer};
pub use stream::{LinkInfo, Secured, Traffic};

use crate::identity::Identity;
use crate::identity::certificate::Certificate;
use crate::identity::spoken::Trust;
use crate::model::clock::Clock;
use crate::model::party::Party;
use verify::{Grace, KnownClients, PinnedServer};

/// The name that a unit asks for when it joins.
pub const JOIN_NAME: &str = "join.guixue.internal";

/// How many sessions a hub remembers for resumption: more than the schools of the largest province.
const SESSIONS: usize = 32_768;

/// How long a session can be resumed: a week, the most that TLS 1.3 allows (RFC 8446 4.6.1), so that weekends
/// and holidays in between do not matter.
const SESSION_SECONDS: u32 = 7 * 86_400;

/// How long after its end a leaf is still let in, with warnings: the summer, and time for repairs
/// (TRUST 5.3).
pub const GRACE: Duration = Duration::from_secs(180 * 86_400);

/// How the two ends agree on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyExchange {
    /// X25519 and ML-KEM-768 together: what is recorded today stays closed to a quantum computer. Costs about 2.3 KB
    /// on every full handshake; a resumed session builds on it (see [`Dialing`]).
    #[default]
    Hybrid,
    /// X25519 alone, for metered lines.
    Classic,
}

/// What both ends need besides certificates.
#[derive(Debug, Clone)]
pub struct TlsRules {
    /// The time that dates are judged by.
    pub clock: Arc<dyn Clock>,
    /// How long an expired leaf is still let in.
    pub grace: Duration,
    /// How keys are agreed on. A hub takes both; a client offers this one.
    pub exchange: KeyExchange,
}

impl TlsRules {
    /// The usual rules by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, grace: GRACE, exchange: KeyExchange::default() }
    }

    fn grace(&self) -> Grace {
        Grace(self.grace)
    }
}

/// The one provider in the whole tree, limited to what parties use.
pub fn provider(exchange: KeyExchange) -> CryptoProvider {
    let all = default_provider();
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS13_AES_256_GCM_SHA384,
        ],
        kx_groups: match exchange {
            KeyExchange::Hybrid => vec![kx_group::X25519MLKEM768, kx_group::X25519],
            KeyExchange::Classic => vec![kx_group::X25519],
        },
        signature_verification_algorithms: only_ed25519(all.signature_verification_algorithms),
        ..all
    }
}

fn only_ed25519(all: WebPkiSupportedAlgorithms) -> WebPkiSupportedAlgorithms {
    let at = all.mapping.iter().position(|(scheme, _)| *scheme == SignatureScheme::ED25519);
    let at = at.expect("the provider knows ed25519");
    WebPkiSupportedAlgorithms { all: all.mapping[at].1, mapping: &all.mapping[at..=at] }
}

/// The name by which `party` is asked for.
pub fn server_name(party: &Party) -> ServerName<'static> {
    ServerName::try_from(party.dns_name()).expect("a party's name is a DNS name")
}

/// The name by which an authority is asked for before its party is known.
pub fn join_name() -> ServerName<'static> {
    ServerName::try_from(JOIN_NAME).expect("the join name is a DNS name")
}

/// How a hub answers. `clients` are the authorities whose units it lets in: its own, and for a town that
/// of its county. A client without a certificate gets in as well, to join; the link service refuses it.
///
/// # Errors
/// When a certificate cannot serve as an anchor or the key cannot sign.
pub fn server_config(
    identity: &Identity,
    clients: &[Certificate],
    rules: &TlsRules,
) -> Result<ServerConfig, rustls::Error> {
    // a hub answers whatever the caller's line can afford
    let provider = Arc::new(provider(KeyExchange::Hybrid));
    let inner = WebPkiClientVerifier::builder_with_provider(roots(clients)?, Arc::clone(&provider))
        .clear_root_hint_subjects()
        .allow_unauthenticated()
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let verifier = KnownClients { inner, authorities: clients.to_vec(), grace: rules.grace() };
    let key = provider.key_provider.load_private_key(identity.key().private_key_der())?;
    let (leaf, issuer) = (identity.leaf().der().clone(), identity.lineage().nearest().der().clone());
    let chains = Chains {
        nightly: Arc::new(CertifiedKey::new(vec![leaf.clone()], Arc::clone(&key))),
        join: Arc::new(CertifiedKey::new(vec![leaf, issuer], key)),
    };
    let mut config =
        ServerConfig::builder_with_details(provider, Arc::new(OurTime(Arc::clone(&rules.clock))))
            .with_protocol_versions(&[&version::TLS13])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(chains));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.ticketer = Arc::new(Sessions(ServerSessionMemoryCache::new(SESSIONS)));
    config.send_tls13_tickets = 1;
    Ok(config)
}

/// How `unit` dials the hub that invited it, knowing only the pin. It shows no certificate. Ask for
/// [`join_name`].
///
/// # Errors
/// As [`server_config`].
pub fn pinned_client_config(
    trust: Trust,
    unit: &Party,
    rules: &TlsRules,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(provider(rules.exchange));
    let verifier = PinnedServer { trust, unit: unit.clone(), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_details(provider, Arc::new(OurTime(Arc::clone(&rules.clock))))
        .with_protocol_versions(&[&version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(finish(config))
}

fn finish(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    config
}

fn roots(authorities: &[Certificate]) -> Result<Arc<RootCertStore>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority.der().clone())?;
    }
    Ok(Arc::new(roots))
}

/// A hub's TLS as it is now. A renewed certificate takes effect with the next connection; sessions from before
/// are not resumed.
#[derive(Debug)]
pub struct TlsServer {
    config: RwLock<Arc<ServerConfig>>,
    rules: TlsRules,
    tally: Tally,
}

impl TlsServer {
    /// A server that answers by `config`, made with the same `rules`.
    pub fn new(config: ServerConfig, rules: TlsRules) -> Arc<Self> {
        Arc::new(Self { config: RwLock::new(Arc::new(config)), rules, tally: Tally::default() })
    }

    /// The configuration in force.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another configuration in force.
    pub fn replace(&self, config: ServerConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// What became of the connections so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Two chains for one key: the short one for every night, the long one for joining.
#[derive(Debug)]
struct Chains {
    nightly: Arc<CertifiedKey>,
    join: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Chains {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let joins = hello.server_name() == Some(JOIN_NAME);
        Some(Arc::clone(if joins { &self.join } else { &self.nightly }))
    }
}

/// Sessions that wait in memory under a random number, which is all that the client is given: a ticket that
/// carried the session itself would carry the client's certificate up and down every night. The library's own
/// store does the same, but its sessions end after 24 hours, which is a minute before many a school calls again.
#[derive(Debug)]
struct Sessions(Arc<ServerSessionMemoryCache>);

impl ProducesTickets for Sessions {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        SESSION_SECONDS
    }

    fn encrypt(&self, session: &[u8]) -> Option<Vec<u8>> {
        let mut number = vec![0; 16];
        getrandom::fill(&mut number).ok()?;
        self.0.put(number.clone(), session.to_vec()).then_some(number)
    }

    /// Each number is good once.
    fn decrypt(&self, number: &[u8]) -> Option<Vec<u8>> {
        self.0.take(number)
    }
}

/// Our clock as rustls asks for it.
#[derive(Debug)]
struct OurTime(Arc<dyn Clock>);

impl TimeProvider for OurTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(verify::unix(self.0.now()))
    }
}
