//! A party asks for a certificate: its public key, the name it believes to have, and the proof that
//! it holds the key (PKCS#10).

use rcgen::{CertificateParams, DistinguishedName, SanType};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::keys::{PublicKey, SecretKey};
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// The largest request that is read, in bytes. Ours have about 200.
pub const MAX_REQUEST: usize = 2_048;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not PKCS#10, too long, or another kind of key.
    #[error("not a readable certificate request with an ed25519 key")]
    Unreadable,
    /// The signature does not fit the key: the sender may not hold it.
    #[error("the request is not signed by its own key")]
    Proof,
    /// It asks for a name or a right other than the party's.
    #[error("the request asks for something else than the name of {0}")]
    OtherName(Party),
}

/// Makes a request for `party`, as DER.
pub fn request(party: &Party, key: &SecretKey) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![dns(party)];
    let request = params.serialize_request(key).expect("a name of plain ASCII and a key that signs");
    request.der().to_vec()
}

/// Reads a request: the key, once its holder has proved to have it.
///
/// The name for the certificate comes from the invitation or from the registry, never from here; a
/// request that asks for something else is refused because its sender takes itself for somebody
/// else.
///
/// # Errors
/// When it cannot be read, does not prove its key, or asks for anything but the name of `party`.
pub fn key_of(request: &[u8], party: &Party) -> Result<PublicKey, BadRequest> {
    if request.len() > MAX_REQUEST {
        return Err(BadRequest::Unreadable);
    }
    let (rest, csr) = X509CertificationRequest::from_der(request).map_err(|_| BadRequest::Unreadable)?;
    let info = &csr.certification_request_info;
    let key = info.subject_pki.subject_public_key.data.as_ref().try_into();
    let is_ed25519 = info.subject_pki.algorithm.algorithm == x509_parser::oid_registry::OID_SIG_ED25519;
    let key =
        key.ok().filter(|_| is_ed25519 && rest.is_empty()).map(PublicKey).ok_or(BadRequest::Unreadable)?;
    key.verify(info.raw, &csr.signature_value.data).map_err(|_| BadRequest::Proof)?;
    let wanted = party.dns_name();
    let asks_for_it = |extension: &ParsedExtension<'_>| match extension {
        ParsedExtension::SubjectAlternativeName(names) => {
            matches!(names.general_names.as_slice(), [GeneralName::DNSName(dns)] if *dns == wanted)
        }
        _ => false,
    };
    if csr.requested_extensions().is_none_or(|mut all| all.all(asks_for_it)) {
        Ok(key)
    } else {
        Err(BadRequest::OtherName(party.clone()))
    }
}

/// A party's DNS name as a certificate carries it.
pub(super) fn dns(party: &Party) -> SanType {
    SanType::DnsName(party.dns_name().try_into().expect("a party's name is plain ASCII"))
}

impl Say for BadRequest {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable => say!(
                lang,
                "证书申请无法读取。请升级本单位的程序后重试",
                "the certificate request cannot be read. Upgrade the program and try again"
            ),
            Self::Proof => say!(
                lang,
                "证书申请未能证明持有密钥，不予签发。请在本单位的电脑上重新发起申请",
                "the certificate request does not prove that its sender holds the key; nothing is issued. Start the request again on the unit's own machine"
            ),
            Self::OtherName(party) => say!(
                lang,
                "证书申请的名称与 {party} 不符，不予签发。请核对邀请码是否发错单位",
                "the certificate request asks for another name than {party}; nothing is issued. Check whether the invitation went to the wrong unit"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    #[test]
    fn a_request_proves_its_key_and_asks_for_one_name() {
        let (school, key) = (party("p52/c5205/d520502/s2152000001"), SecretKey::generate());
        let der = request(&school, &key);
        assert_eq!(key_of(&der, &school), Ok(key.public()));
        let other = party("p52/c5205/d520502/s2152000002");
        assert_eq!(key_of(&der, &other), Err(BadRequest::OtherName(other)));
        assert_eq!(key_of(&der[..der.len() - 1], &school), Err(BadRequest::Unreadable));
        assert_eq!(key_of(&[0; MAX_REQUEST + 1], &school), Err(BadRequest::Unreadable));
    }

    #[test]
    fn a_changed_request_proves_nothing() {
        let school = party("p52/c5205/d520502/s2152000001");
        let mut der = request(&school, &SecretKey::generate());
        *der.last_mut().unwrap() ^= 1;
        assert_eq!(key_of(&der, &school), Err(BadRequest::Proof));
        let theirs = SecretKey::generate().public();
        let at = der.windows(3).position(|w| w == [0x03, 0x21, 0x00]).unwrap() + 3;
        der[at..at + 32].copy_from_slice(&theirs.0);
        assert_eq!(key_of(&der, &school), Err(BadRequest::Proof), "somebody else's key");
    }

    #[test]
    fn a_request_for_more_is_refused() {
        let (school, key) = (party("p52/c5205/d520502/s2152000001"), SecretKey::generate());
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![dns(&school)];
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let der = params.serialize_request(&key).unwrap().der().to_vec();
        assert_eq!(key_of(&der, &school), Err(BadRequest::OtherName(school)));
    }
}
