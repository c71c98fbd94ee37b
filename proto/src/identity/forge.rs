//! Certificates that no authority of ours would issue, for tests.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, PublicKeyData, SanType,
};

use super::authority::{Authority, set_days, subject};
use super::certificate::{NotACertificate, Role};
use super::csr::dns;
use super::keys::SecretKey;
use crate::model::day::Moment;
use crate::model::party::Party;

/// 2025-09-24 00:00 local.
pub(crate) const NOW: Moment = Moment(1_758_643_200_000);

/// Whom the forged leafs name, unless changed.
pub(crate) const SCHOOL: &str = "p52/c5205/d520502/s2152000001";

/// A leaf with its key, signed by a real authority.
pub(crate) struct Odd {
    pub(crate) what: &'static str,
    pub(crate) key: SecretKey,
    pub(crate) der: Vec<u8>,
    /// What the application check says.
    pub(crate) verdict: Result<Party, NotACertificate>,
    /// Whether chains, dates and constraints alone would let it through as a client.
    pub(crate) slips_through_webpki: bool,
}

/// A leaf as `authority` would issue it, changed by `change`.
pub(crate) fn leaf_like(
    authority: &Authority,
    key: &impl PublicKeyData,
    change: impl FnOnce(&mut CertificateParams),
) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![dns(&SCHOOL.parse().unwrap())];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    set_days(&mut params, NOW.plus_millis(-1_000), NOW.plus_millis(86_400_000));
    change(&mut params);
    params.signed_by(key, &issuer(authority)).unwrap().der().to_vec()
}

/// The authority's own certificate, signed by itself, changed by `change`.
pub(crate) fn authority_like(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params =
        super::authority::authority_params(authority.party(), NOW, NOW.plus_millis(1_000)).unwrap();
    change(&mut params);
    params.signed_by(authority.key(), &issuer(authority)).unwrap().der().to_vec()
}

fn issuer(authority: &Authority) -> Issuer<'_, &SecretKey> {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(authority.party());
    Issuer::new(params, authority.key())
}

/// One good leaf, then the odd ones.
pub(crate) fn odd_leafs(authority: &Authority) -> Vec<Odd> {
    let school: Party = SCHOOL.parse().unwrap();
    let name = |text: &str| SanType::DnsName(text.to_owned().try_into().unwrap());
    let odd = |what, verdict, slips_through_webpki, change: &dyn Fn(&mut CertificateParams)| {
        let key = SecretKey::generate();
        Odd { what, der: leaf_like(authority, &key, change), key, verdict, slips_through_webpki }
    };
    let uri = SanType::URI("spiffe://guixue.internal/p51".try_into().unwrap());
    let mail = SanType::Rfc822Name("head@example.cn".try_into().unwrap());
    let wildcard = "*.d520502.c5205.p52.guixue.internal";
    let not_a_party = |name: &str| Err(NotACertificate::NotAParty(name.to_owned()));
    vec![
        odd("as it should be", Ok(school.clone()), true, &|_| ()),
        odd("no name", Err(NotACertificate::Names(0)), true, &|p| p.subject_alt_names.clear()),
        odd("a common name alone", Err(NotACertificate::Names(0)), true, &|p| {
            p.subject_alt_names.clear();
            p.distinguished_name.push(DnType::CommonName, "p52.guixue.internal");
        }),
        odd("a mailbox alone", Err(NotACertificate::NotDns), true, &|p| {
            p.subject_alt_names = vec![mail.clone()]
        }),
        odd("a uri alone", Err(NotACertificate::NotDns), true, &|p| p.subject_alt_names = vec![uri.clone()]),
        odd("an address alone", Err(NotACertificate::NotDns), true, &|p| {
            p.subject_alt_names = vec![SanType::IpAddress([10, 2, 3, 4].into())];
        }),
        odd("two names", Err(NotACertificate::Names(2)), true, &|p| {
            p.subject_alt_names.push(name("s2152000002.d520502.c5205.p52.guixue.internal"));
        }),
        odd("a name and a uri", Err(NotACertificate::Names(2)), true, &|p| {
            p.subject_alt_names.push(uri.clone())
        }),
        odd("a wildcard", not_a_party(wildcard), true, &|p| p.subject_alt_names = vec![name(wildcard)]),
        odd("a name outside the grammar", not_a_party("x.d520502.c5205.p52.guixue.internal"), true, &|p| {
            p.subject_alt_names = vec![name("x.d520502.c5205.p52.guixue.internal")];
        }),
        odd("capitals", not_a_party("S2152000001.d520502.c5205.p52.guixue.internal"), true, &|p| {
            p.subject_alt_names = vec![name("S2152000001.d520502.c5205.p52.guixue.internal")];
        }),
        odd("an authority as a leaf", Err(NotACertificate::Role(Role::Leaf)), false, &|p| {
            p.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        }),
        odd("for clients alone", Err(NotACertificate::Purpose), true, &|p| {
            p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }),
        odd("for any purpose", Err(NotACertificate::Purpose), true, &|p| p.extended_key_usages.clear()),
        odd("the name twice, in two extensions", Err(NotACertificate::Unreadable), false, &|p| {
            let again =
                CustomExtension::from_oid_content(&[2, 5, 29, 17], vec![0x30, 0x03, 0x82, 0x01, b'x']);
            p.custom_extensions.push(again);
        }),
    ]
}

/// A leaf with another kind of key.
pub(crate) fn p256_leaf(authority: &Authority) -> Vec<u8> {
    leaf_like(authority, &KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(), |_| ())
}
