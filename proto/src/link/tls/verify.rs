//! Who is let in: the chain, the dates, the name constraints (webpki), and the application check besides.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
};

use super::{roots, server_name};
use crate::identity::certificate::{Certificate, NotACertificate};
use crate::identity::spoken::Trust;
use crate::model::day::Moment;
use crate::model::party::Party;

/// Why the application check refuses a certificate whose chain may be in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misfit {
    #[error("the certificate is refused: {0}")]
    Form(#[from] NotACertificate),
    #[error("{0} is outside the jurisdiction of the authorities accepted here")]
    Outside(Party),
    #[error("expected {expected}, found {found}")]
    OtherParty { expected: Party, found: Party },
    #[error("the server has no authority that fits the pin")]
    Pin,
}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(misfit))))
    }
}

/// How long after its end a leaf is still let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grace(pub(super) Duration);

impl Grace {
    /// Verifies as of now or, for a leaf that expired within the grace, as of its last moment.
    fn verify<T>(
        self,
        leaf: &Certificate,
        now: UnixTime,
        verify: impl Fn(UnixTime) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let expired = |error: &Error| {
            use CertificateError::{Expired, ExpiredContext};
            matches!(error, Error::InvalidCertificate(Expired | ExpiredContext { .. }))
        };
        let end = unix(leaf.not_after());
        match verify(now) {
            Err(error)
                if expired(&error) && now > end && now.as_secs() <= end.as_secs() + self.0.as_secs() =>
            {
                verify(end)
            }
            verdict => verdict,
        }
    }
}

/// A moment in rustls's words: whole seconds, never before 1970.
pub(super) fn unix(moment: Moment) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(moment.0).unwrap_or(0)))
}

/// Who signed a handshake is checked as the inner verifier does it.
macro_rules! signatures_by_inner {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.inner.verify_tls12_signature(message, cert, dss)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.inner.verify_tls13_signature(message, cert, dss)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.inner.supported_verify_schemes()
        }
    };
}

/// A hub's eyes: units of its authorities, or nobody yet (a unit that joins shows no certificate).
#[derive(Debug)]
pub(super) struct KnownClients {
    pub(super) inner: Arc<dyn ClientCertVerifier>,
    pub(super) authorities: Vec<Certificate>,
    pub(super) grace: Grace,
}

impl KnownClients {
    fn covers(&self, party: &Party) -> bool {
        self.authorities
            .iter()
            .any(|authority| party == authority.party() || party.is_below(authority.party()))
    }
}

impl ClientCertVerifier for KnownClients {
    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let leaf = Certificate::leaf(end_entity.to_vec()).map_err(Misfit::Form)?;
        if !self.covers(leaf.party()) {
            return Err(Misfit::Outside(leaf.party().clone()).into());
        }
        self.grace.verify(&leaf, now, |at| self.inner.verify_client_cert(end_entity, intermediates, at))
    }

    signatures_by_inner!();
}

/// A unit's eyes: exactly the parent that it means to talk to.
#[derive(Debug)]
pub(super) struct KnownServer {
    inner: Arc<WebPkiServerVerifier>,
    expected: Party,
    grace: Grace,
}

impl KnownServer {
    pub(super) fn new(
        anchor: &Certificate,
        expected: &Party,
        grace: Grace,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        Ok(Self { inner: by_anchor(anchor, provider)?, expected: expected.clone(), grace })
    }
}

fn by_anchor(
    anchor: &Certificate,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let roots = roots(std::slice::from_ref(anchor))?;
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| Error::General(error.to_string()))
}

impl ServerCertVerifier for KnownServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let leaf = Certificate::leaf(end_entity.to_vec()).map_err(Misfit::Form)?;
        if *leaf.party() != self.expected {
            let (expected, found) = (self.expected.clone(), leaf.party().clone());
            return Err(Misfit::OtherParty { expected, found }.into());
        }
        let name = server_name(&self.expected);
        self.grace.verify(&leaf, now, |at| {
            self.inner.verify_server_cert(end_entity, intermediates, &name, ocsp_response, at)
        })
    }

    signatures_by_inner!();
}

/// The eyes of a unit that joins: the hub's authority has the pinned key, and the hub is that authority's own and
/// stands above the unit. Nothing is taken on trust.
#[derive(Debug)]
pub(super) struct PinnedServer {
    pub(super) trust: Trust,
    pub(super) unit: Party,
    pub(super) provider: Arc<CryptoProvider>,
}

impl PinnedServer {
    fn pinned(&self, intermediates: &[CertificateDer<'_>]) -> Result<Certificate, Misfit> {
        let authorities = intermediates.iter().filter_map(|der| Certificate::authority(der.to_vec()).ok());
        authorities.into_iter().find(|authority| self.trust.fits(&authority.spki_hash())).ok_or(Misfit::Pin)
    }
}

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let authority = self.pinned(intermediates)?;
        let leaf = Certificate::leaf(end_entity.to_vec()).map_err(Misfit::Form)?;
        if leaf.party() != authority.party() {
            let (expected, found) = (authority.party().clone(), leaf.party().clone());
            return Err(Misfit::OtherParty { expected, found }.into());
        }
        if !self.unit.is_below(leaf.party()) {
            return Err(Misfit::Outside(self.unit.clone()).into());
        }
        let inner = by_anchor(&authority, &self.provider)?;
        inner.verify_server_cert(end_entity, &[], &server_name(leaf.party()), ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
