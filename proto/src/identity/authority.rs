//! An authority: it issues the leafs of its jurisdiction and the authorities right below, and it
//! signs documents.
//!
//! A hub makes its authority key once, at `init`, with a provisional certificate signed by itself.
//! When it joins its parent, the parent issues a certificate for the same key and the same subject,
//! so everything issued below stays valid.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, Issuer, KeyUsagePurpose, NameConstraints, SerialNumber, date_time_ymd,
};

use super::certificate::{Certificate, NotACertificate, authorities_below};
use super::csr::{self, BadRequest, dns};
use super::keys::{PublicKey, SecretKey, random};
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// One day in milliseconds.
pub const DAY: i64 = 86_400_000;

/// How long a leaf is valid: a year, the summer, and time for repairs (TRUST 5.3).
pub const LEAF_DAYS: u32 = 398;

/// How long an authority is valid.
pub const AUTHORITY_DAYS: u32 = 20 * 365;

/// Certificates begin this long before they are made, for machines whose clock is behind.
pub const BACKDATE: i64 = DAY;

/// The last second of the year 9999, in seconds since 1970.
const LAST_SECOND: u64 = 253_402_300_799;

/// A hub's power to issue and to sign.
#[derive(Debug)]
pub struct Authority {
    key: SecretKey,
    certificate: Certificate,
}

/// Why an authority does not issue, or cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Towns and schools have no authority.
    #[error("{0} has no authority of its own: only provinces, cities and counties do")]
    NoAuthority(Party),
    /// Not in this jurisdiction.
    #[error("{party} is not below {authority}")]
    NotBelow {
        /// For whom a certificate was asked.
        party: Party,
        /// Who was asked.
        authority: Party,
    },
    /// The request itself is wrong.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// The certificate given to an authority is not for its key and name.
    #[error("the certificate of {0} is not for this authority's key and name")]
    OtherKey(Party),
    /// The authority's own certificate has run out: what it issues would be valid for nobody.
    #[error("the authority {authority} expired at {since}")]
    Expired {
        /// Which authority.
        authority: Party,
        /// When it expired.
        since: Moment,
    },
}

impl Authority {
    /// Makes an authority for `party` with a new key and a provisional certificate.
    ///
    /// # Errors
    /// When parties of this kind have no authority.
    pub fn create(party: &Party, now: Moment, days: u32) -> Result<Self, AuthorityError> {
        let key = SecretKey::generate();
        let params = authority_params(party, now, until(now, days))?;
        let signed = params.self_signed(&key).expect("plain names and a key that signs");
        Ok(Self { certificate: ours(Certificate::authority(signed.der().to_vec())), key })
    }

    /// An authority from its stored key and certificate.
    ///
    /// # Errors
    /// When they do not belong together.
    pub fn new(key: SecretKey, certificate: Certificate) -> Result<Self, AuthorityError> {
        if key.public() != certificate.key() {
            return Err(AuthorityError::OtherKey(certificate.party().clone()));
        }
        Ok(Self { key, certificate })
    }

    /// The same authority with the certificate that its parent issued in place of the provisional one.
    ///
    /// # Errors
    /// When the certificate is for another key or party.
    pub fn with_certificate(self, certificate: Certificate) -> Result<Self, AuthorityError> {
        if certificate.party() != self.party() {
            return Err(AuthorityError::OtherKey(certificate.party().clone()));
        }
        Self::new(self.key, certificate)
    }

    /// Whose authority it is.
    pub const fn party(&self) -> &Party {
        self.certificate.party()
    }

    /// Its certificate: provisional, or issued by the parent.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key, for a sealed store.
    pub const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// A request to the parent for this authority's certificate, as DER.
    pub fn request(&self) -> Vec<u8> {
        csr::request(self.party(), &self.key)
    }

    /// Issues a leaf for the key of `request`. It is for `party`, whatever the request says.
    ///
    /// # Errors
    /// When `party` is neither this hub nor below it, or the request is refused.
    pub fn issue_leaf(
        &self,
        request: &[u8],
        party: &Party,
        now: Moment,
        days: u32,
    ) -> Result<Certificate, AuthorityError> {
        if party != self.party() && !party.is_below(self.party()) {
            return Err(self.not_below(party));
        }
        let key = csr::key_of(request, party)?;
        let mut params = params(party, now, self.not_later_than(until(now, days), now)?);
        params.is_ca = IsCa::NoCa;
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Ok(ours(Certificate::leaf(self.sign(&params, key))))
    }

    /// Issues a certificate for the authority of a hub below.
    ///
    /// # Errors
    /// When `party` is not a hub with an authority below this one, or the request is refused.
    pub fn issue_authority(
        &self,
        request: &[u8],
        party: &Party,
        now: Moment,
        days: u32,
    ) -> Result<Certificate, AuthorityError> {
        if !party.is_below(self.party()) {
            return Err(self.not_below(party));
        }
        let key = csr::key_of(request, party)?;
        let params = authority_params(party, now, self.not_later_than(until(now, days), now)?)?;
        Ok(ours(Certificate::authority(self.sign(&params, key))))
    }

    /// Signs a document that this hub issues.
    ///
    /// # Errors
    /// When its issuer is another party.
    pub fn sign_document(&self, mut document: Document) -> Result<Document, AuthorityError> {
        if document.issuer != *self.party() {
            return Err(self.not_below(&document.issuer));
        }
        document.signature = self.key.sign(&document.signed_bytes());
        Ok(document)
    }

    fn not_below(&self, party: &Party) -> AuthorityError {
        AuthorityError::NotBelow { party: party.clone(), authority: self.party().clone() }
    }

    /// Nothing outlives its issuer.
    fn not_later_than(&self, end: Moment, now: Moment) -> Result<Moment, AuthorityError> {
        let since = self.certificate.not_after();
        if since <= now {
            return Err(AuthorityError::Expired { authority: self.party().clone(), since });
        }
        Ok(end.min(since))
    }

    fn sign(&self, params: &CertificateParams, key: PublicKey) -> Vec<u8> {
        let mut issuer = CertificateParams::default();
        issuer.distinguished_name = subject(self.party());
        issuer.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let signed = params.signed_by(&key, &Issuer::new(issuer, &self.key));
        signed.expect("plain names and a key that signs").der().to_vec()
    }
}

/// What every certificate has: the one name, a random serial, and the days.
///
/// A leaf carries no subject, no key identifiers and no key usage: the fewer bytes, the shorter the
/// nightly handshake on a slow line.
fn params(party: &Party, now: Moment, end: Moment) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![dns(party)];
    set_days(&mut params, now.plus_millis(-BACKDATE), end);
    params.serial_number = Some(serial());
    params
}

pub(super) fn authority_params(
    party: &Party,
    now: Moment,
    end: Moment,
) -> Result<CertificateParams, AuthorityError> {
    let below = party.level().and_then(authorities_below);
    let below = below.ok_or_else(|| AuthorityError::NoAuthority(party.clone()))?;
    let mut params = params(party, now, end);
    params.distinguished_name = subject(party);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(party.dns_name())],
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

/// The subject of an authority, by which chains are put together. It authorises nothing.
pub(super) fn subject(party: &Party) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, party.to_string());
    subject
}

/// 16 bytes, 126 bits of them random: the top bit stays clear because a serial is positive
/// (RFC 5280 4.1.2.2), the next is set so that every serial has the same length.
fn serial() -> SerialNumber {
    let mut bytes = random::<16>();
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&bytes)
}

const fn until(now: Moment, days: u32) -> Moment {
    now.plus_millis(days as i64 * DAY)
}

/// Sets the days; what a wild clock says is kept inside the years that a certificate can name.
pub(super) fn set_days(params: &mut CertificateParams, from: Moment, to: Moment) {
    let date = |moment: Moment| {
        let seconds = u64::try_from(moment.0.div_euclid(1_000)).unwrap_or(0).min(LAST_SECOND);
        date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
    };
    params.not_before = date(from);
    params.not_after = date(to);
}

fn ours(read: Result<Certificate, NotACertificate>) -> Certificate {
    read.expect("what an authority issues follows its own law")
}

impl Say for AuthorityError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoAuthority(party) => say!(
                lang,
                "{party} 不设签发机构：只有省、市、县三级可以签发证书",
                "{party} has no authority of its own: only provinces, cities and counties issue certificates"
            ),
            Self::NotBelow { party, authority } => say!(
                lang,
                "{party} 不在 {authority} 的管理范围内，不能签发。请核对单位代码，或由其主管部门办理",
                "{party} is not in the jurisdiction of {authority}, so nothing is issued. Check the unit's code, or let its own managing office do it"
            ),
            Self::Request(request) => request.say(lang),
            Self::OtherKey(party) => say!(
                lang,
                "收到的 {party} 证书与本机构的密钥或名称不符，不予使用。请重新办理入网",
                "the certificate of {party} is not for this authority's key and name and is not used. Join the parent again"
            ),
            Self::Expired { authority, since } => say!(
                lang,
                "{authority} 的签发机构证书已于 {since} 到期，不能再签发。请先向上级申请续期，并核对本机时间",
                "the authority {authority} expired at {since} and can issue nothing. Renew it with its parent, and check this machine's clock"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
