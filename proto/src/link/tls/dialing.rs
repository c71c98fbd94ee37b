//! The same parent, night after night.
//!
//! Only a full handshake agrees on its key by X25519 and ML-KEM-768 together. A session that is resumed goes
//! on from the secret of that handshake: its keys are derived from it and from a new X25519 exchange (RFC 8446
//! 7.1, `psk_dhe_ke`). Who records the line and breaks X25519 one day lacks the secret, which never was on the
//! line, so repeating the large exchange every night would buy 2.3 KB of nothing. Each session's secret follows
//! from the one before by a one-way function: what is taken from a running hub opens nothing earlier.
//!
//! ```text
//! a session is remembered -> X25519, resume ---- resumed ------------------> the night
//!                                           \--- the parent has forgotten -> hang up, nothing was said
//! none                    -> full handshake, hybrid -----------------------> the night
//! ```

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue, WantsClientCert,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ConfigBuilder, NamedGroup, version};

use super::verify::KnownServer;
use super::{KeyExchange, OurTime, SESSION_SECONDS, Secured, TlsRules, dial, finish, provider, server_name};
use crate::identity::Identity;
use crate::identity::certificate::Certificate;
use crate::link::net::Net;
use crate::model::clock::Clock;
use crate::model::day::Moment;
use crate::model::party::Party;

/// How one parent is dialled. It remembers the session from call to call.
#[derive(Debug)]
pub struct Dialing {
    parent: Party,
    rules: TlsRules,
    pub(super) full: Arc<ClientConfig>,
    pub(super) again: Arc<ClientConfig>,
    last: Arc<Last>,
}

impl Dialing {
    /// How `identity` dials `parent`, whose leaf the authority `anchor` has issued. Keep it from night to night.
    ///
    /// # Errors
    /// When the anchor's certificate cannot serve as one or the key cannot sign.
    pub fn new(
        identity: &Identity,
        anchor: &Certificate,
        parent: &Party,
        rules: &TlsRules,
    ) -> Result<Self, rustls::Error> {
        let verifier = KnownServer::new(anchor, parent, rules.grace(), &Arc::new(provider(rules.exchange)))?;
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
        let mut chain = vec![identity.leaf().der().clone()];
        if identity.leaf().issued_by(anchor).is_err() {
            chain.push(identity.lineage().nearest().der().clone());
        }
        let last = Arc::new(Last { clock: Arc::clone(&rules.clock), held: Mutex::new(None) });
        let remembering = |config| {
            let mut config = finish(config);
            config.resumption = Resumption::store(last.clone());
            Arc::new(config)
        };
        let full = by(rules.exchange, &verifier, rules)?
            .with_client_auth_cert(chain, identity.key().private_key_der())?;
        // a session goes on only under the verifier and the key that began it
        let again = by(KeyExchange::Classic, &verifier, rules)?
            .with_client_cert_resolver(Arc::clone(&full.client_auth_cert_resolver));
        let (full, again) = (remembering(full), remembering(again));
        Ok(Self { parent: parent.clone(), rules: rules.clone(), full, again, last })
    }

    /// Whether there is a session that the parent may still know.
    pub(super) fn remembers(&self) -> bool {
        let lasts = i64::from(SESSION_SECONDS) * 1_000;
        let now = self.rules.clock.now();
        self.last.held().as_ref().is_some_and(|(since, _)| now.since(*since) < lasts)
    }

    /// Dials the parent at `address` and shakes hands within `limit`.
    ///
    /// # Errors
    /// As [`dial`].
    pub async fn dial(&self, net: &dyn Net, address: &str, limit: Duration) -> io::Result<Secured> {
        let call = |config: &Arc<ClientConfig>| {
            dial(net, address, server_name(&self.parent), Arc::clone(config), &self.rules, limit)
        };
        if self.rules.exchange == KeyExchange::Hybrid && self.remembers() {
            let line = call(&self.again).await?;
            if line.info().resumed {
                return Ok(line);
            }
            // its key is X25519's alone
            drop(line);
        }
        call(&self.full).await
    }
}

fn by(
    exchange: KeyExchange,
    verifier: &Arc<dyn ServerCertVerifier>,
    rules: &TlsRules,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let time = Arc::new(OurTime(Arc::clone(&rules.clock)));
    let builder = ClientConfig::builder_with_details(Arc::new(provider(exchange)), time);
    let builder = builder.with_protocol_versions(&[&version::TLS13])?.dangerous();
    Ok(builder.with_custom_certificate_verifier(Arc::clone(verifier)))
}

/// The last session, good once. It gives no hint of the group in use: a full handshake begins with the
/// preferred one, whatever came before.
struct Last {
    clock: Arc<dyn Clock>,
    held: Mutex<Option<(Moment, Tls13ClientSessionValue)>>,
}

impl Last {
    fn held(&self) -> MutexGuard<'_, Option<(Moment, Tls13ClientSessionValue)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Last")
    }
}

impl ClientSessionStore for Last {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, session: Tls13ClientSessionValue) {
        *self.held() = Some((self.clock.now(), session));
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.held().take().map(|(_, session)| session)
    }
}
