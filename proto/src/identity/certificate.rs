//! Certificates, read once and strictly: what does not follow the law below has no name here.
//!
//! TLS libraries check chains, dates and name constraints, yet let a certificate without a name, or
//! with a URI alone, slip past a constraint. So every certificate is read by this file as well,
//! on every connection.
//!
//! - Leaf: exactly one name, a DNS name that is a party's; both key usages (server and client);
//!   no authority.
//! - Authority: the same one name; may sign; permitted names = its own name and those below; as
//!   many authorities below it as its level has.

use std::fmt;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{BasicConstraints, GeneralName};
use x509_parser::prelude::FromDer;

use super::keys::{BadSignature, PublicKey, SpkiHash};
use super::pem::pem;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::region::Level;
use crate::say;

/// What stands before the 64 bytes of the signature: Ed25519, and a bit string without padding.
const SIGNATURE_PREFIX: [u8; 10] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x41, 0x00];

/// A certificate that follows the law of this file.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    party: Party,
    role: Role,
    serial: String,
    not_before: Moment,
    not_after: Moment,
    key: PublicKey,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Speaks on a link.
    Leaf,
    /// Issues certificates and signs documents.
    Authority,
}

/// Why bytes are no certificate of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACertificate {
    /// Not X.509, or damaged.
    #[error("not a readable x.509 certificate")]
    Unreadable,
    /// Another kind of key.
    #[error("its key is not an ed25519 key")]
    Key,
    /// No name, or several.
    #[error("it carries {0} names instead of exactly one")]
    Names(usize),
    /// Its one name is a URI, an address, a mailbox or the like.
    #[error("its name is not a dns name")]
    NotDns,
    /// Its DNS name is no party's: foreign, or a wildcard.
    #[error("its name {0:?} is not a party's")]
    NotAParty(String),
    /// It is not for both ends of a link.
    #[error("its extended key usage is not exactly server and client")]
    Purpose,
    /// An authority where a leaf was expected, or the reverse.
    #[error("it is not a certificate of the kind expected here ({0:?})")]
    Role(Role),
    /// An authority whose limits are missing or wider than its level.
    #[error("the authority {0} is not limited to its own jurisdiction")]
    Unlimited(Party),
}

/// How many levels of authorities may follow below one; `None` where there is none (a town).
pub const fn authorities_below(level: Level) -> Option<u8> {
    match level {
        Level::Province => Some(2),
        Level::City => Some(1),
        Level::County => Some(0),
        Level::Town => None,
    }
}

impl Certificate {
    /// Reads a leaf.
    ///
    /// # Errors
    /// When it does not follow the law.
    pub fn leaf(der: impl Into<Vec<u8>>) -> Result<Self, NotACertificate> {
        read(der.into(), Role::Leaf)
    }

    /// Reads an authority's certificate.
    ///
    /// # Errors
    /// When it does not follow the law.
    pub fn authority(der: impl Into<Vec<u8>>) -> Result<Self, NotACertificate> {
        read(der.into(), Role::Authority)
    }

    /// The bytes.
    pub const fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// Reads an authority's certificate from PEM text.
    ///
    /// # Errors
    /// As [`Certificate::authority`]; a text without a certificate is unreadable.
    pub fn authority_from_pem(text: &str) -> Result<Self, NotACertificate> {
        let der = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| NotACertificate::Unreadable)?;
        Self::authority(der.to_vec())
    }

    /// The certificate as PEM text.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// Whom it names.
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// What it is for.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The serial number in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The first instant at which it is valid.
    pub const fn not_before(&self) -> Moment {
        self.not_before
    }

    /// The last instant at which it is valid.
    pub const fn not_after(&self) -> Moment {
        self.not_after
    }

    /// The public key.
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// The name of its key.
    pub fn spki_hash(&self) -> SpkiHash {
        self.key.spki_hash()
    }

    /// Whether half of its life is over, which is when a party asks for the next one.
    pub const fn past_half_life(&self, now: Moment) -> bool {
        now.since(self.not_before) >= self.not_after.since(self.not_before) / 2
    }

    /// Checks that `authority` made this certificate: its signature, and a name in its jurisdiction.
    /// Dates are not looked at.
    ///
    /// # Errors
    /// When it did not.
    pub fn issued_by(&self, authority: &Self) -> Result<(), BadSignature> {
        let (ours, above) = (parse(&self.der)?, parse(&authority.der)?);
        let inside = self.party == authority.party || self.party.is_below(&authority.party);
        if authority.role != Role::Authority || !inside || ours.issuer().as_raw() != above.subject().as_raw()
        {
            return Err(BadSignature);
        }
        authority.key.verify(ours.tbs_certificate.as_ref(), &ours.signature_value.data)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} until {} (key {:?})", self.role, self.party, self.not_after, self.key)
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, BadSignature> {
    X509Certificate::from_der(der).map(|(_, cert)| cert).map_err(|_| BadSignature)
}

fn read(der: Vec<u8>, role: Role) -> Result<Certificate, NotACertificate> {
    let (rest, cert) = X509Certificate::from_der(&der).map_err(|_| NotACertificate::Unreadable)?;
    // this part is not signed itself, and the parser is lenient about it: only one spelling passes
    let spelled = der.len().checked_sub(64).is_some_and(|at| der[..at].ends_with(&SIGNATURE_PREFIX));
    if !rest.is_empty() || !spelled {
        return Err(NotACertificate::Unreadable);
    }
    let key = key(&cert)?;
    let party = name(&cert)?;
    match role {
        Role::Leaf => check_leaf(&cert)?,
        Role::Authority => check_authority(&cert, &party)?,
    }
    let moment = |time: &x509_parser::time::ASN1Time| Moment(time.timestamp().saturating_mul(1_000));
    let serial = cert.raw_serial().iter().map(|b| format!("{b:02x}")).collect();
    let (not_before, not_after) = (moment(&cert.validity().not_before), moment(&cert.validity().not_after));
    Ok(Certificate { party, role, serial, not_before, not_after, key, der: CertificateDer::from(der) })
}

fn key(cert: &X509Certificate<'_>) -> Result<PublicKey, NotACertificate> {
    let spki = cert.public_key();
    let is_ed25519 = spki.algorithm.algorithm == x509_parser::oid_registry::OID_SIG_ED25519;
    let bytes = spki.subject_public_key.data.as_ref().try_into();
    bytes.ok().filter(|_| is_ed25519).map(PublicKey).ok_or(NotACertificate::Key)
}

/// The one DNS name. A common name is never looked at.
fn name(cert: &X509Certificate<'_>) -> Result<Party, NotACertificate> {
    let names = cert.subject_alternative_name().map_err(|_| NotACertificate::Unreadable)?;
    match names.map(|names| names.value.general_names.as_slice()) {
        Some([GeneralName::DNSName(dns)]) => {
            Party::from_dns_name(dns).map_err(|_| NotACertificate::NotAParty((*dns).to_owned()))
        }
        Some([_]) => Err(NotACertificate::NotDns),
        names => Err(NotACertificate::Names(names.map_or(0, <[_]>::len))),
    }
}

fn limits<'a>(cert: &'a X509Certificate<'_>) -> Result<Option<&'a BasicConstraints>, NotACertificate> {
    let limits = cert.basic_constraints().map_err(|_| NotACertificate::Unreadable)?;
    Ok(limits.map(|limits| limits.value))
}

fn check_leaf(cert: &X509Certificate<'_>) -> Result<(), NotACertificate> {
    if limits(cert)?.is_some_and(|limits| limits.ca) {
        return Err(NotACertificate::Role(Role::Leaf));
    }
    let usage = cert.extended_key_usage().map_err(|_| NotACertificate::Unreadable)?;
    match usage.map(|usage| usage.value) {
        Some(usage) if usage.server_auth && usage.client_auth && !usage.any => Ok(()),
        _ => Err(NotACertificate::Purpose),
    }
}

fn check_authority(cert: &X509Certificate<'_>, party: &Party) -> Result<(), NotACertificate> {
    let not_an_authority = || NotACertificate::Role(Role::Authority);
    let limits = limits(cert)?.filter(|limits| limits.ca).ok_or_else(not_an_authority)?;
    let signs = cert.key_usage().map_err(|_| NotACertificate::Unreadable)?;
    if !signs.is_some_and(|usage| usage.value.key_cert_sign()) {
        return Err(not_an_authority());
    }
    let most = party.level().and_then(authorities_below).ok_or_else(not_an_authority)?;
    let follows = limits.path_len_constraint.is_some_and(|n| n <= u32::from(most));
    if follows && only_permits(cert, &party.dns_name())? {
        Ok(())
    } else {
        Err(NotACertificate::Unlimited(party.clone()))
    }
}

fn only_permits(cert: &X509Certificate<'_>, dns_name: &str) -> Result<bool, NotACertificate> {
    let constraints = cert.name_constraints().map_err(|_| NotACertificate::Unreadable)?;
    let permitted = constraints.and_then(|constraints| constraints.value.permitted_subtrees.as_deref());
    Ok(matches!(permitted, Some([one]) if matches!(one.base, GeneralName::DNSName(base) if base == dns_name)))
}

impl Say for NotACertificate {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable => say!(
                lang,
                "证书无法读取，文件可能已损坏。请从备份恢复，或重新办理入网",
                "the certificate cannot be read; the file may be damaged. Restore it from a backup, or join again"
            ),
            Self::Key | Self::Names(_) | Self::NotDns | Self::Purpose | Self::Role(_) => say!(
                lang,
                "证书不符合本系统的要求（{self}），不予接受。请联系上级重新签发",
                "the certificate does not follow this system's rules ({self}) and is refused. Ask the office above for a new one"
            ),
            Self::NotAParty(name) => say!(
                lang,
                "证书上的名称“{name}”不是本系统的单位，不予接受。请核对证书来源",
                "the certificate's name {name:?} is no unit of this system; it is refused. Check where the certificate comes from"
            ),
            Self::Unlimited(party) => say!(
                lang,
                "{party} 的签发机构证书没有限定在本辖区内，不予接受。请由其上级重新签发",
                "the authority certificate of {party} is not limited to its own jurisdiction; it is refused. Its parent must issue it again"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
