use super::*;
use crate::identity::authority::{AUTHORITY_DAYS, Authority};
use crate::identity::forge::{NOW, SCHOOL, authority_like, odd_leafs, p256_leaf};

fn county() -> Authority {
    Authority::create(&"p52/c5205/d520502".parse().unwrap(), NOW, AUTHORITY_DAYS).unwrap()
}

#[test]
fn odd_leafs_have_no_name_here() {
    let county = county();
    for odd in odd_leafs(&county) {
        let read = Certificate::leaf(odd.der).map(|leaf| leaf.party().clone());
        assert_eq!(read, odd.verdict, "{}", odd.what);
    }
    assert_eq!(Certificate::leaf(p256_leaf(&county)), Err(NotACertificate::Key));
}

#[test]
fn odd_authorities_are_refused() {
    use rcgen::{BasicConstraints, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints};
    let not_an_authority = || Err(NotACertificate::Role(Role::Authority));
    let unlimited = || Err(NotACertificate::Unlimited(county().party().clone()));
    let permit = |names: &[&str]| {
        Some(NameConstraints {
            permitted_subtrees: names.iter().map(|n| GeneralSubtree::DnsName((*n).to_owned())).collect(),
            excluded_subtrees: Vec::new(),
        })
    };
    let own = county().party().dns_name();
    let party = || county().party().clone();
    type Change<'a> = Box<dyn FnOnce(&mut rcgen::CertificateParams) + 'a>;
    let cases: Vec<(&str, Change<'_>, Result<Party, NotACertificate>)> = vec![
        ("as it should be", Box::new(|_| ()), Ok(party())),
        ("a leaf", Box::new(|p| p.is_ca = IsCa::NoCa), not_an_authority()),
        (
            "may not sign",
            Box::new(|p| p.key_usages = vec![KeyUsagePurpose::DigitalSignature]),
            not_an_authority(),
        ),
        ("any depth", Box::new(|p| p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), unlimited()),
        ("too deep", Box::new(|p| p.is_ca = IsCa::Ca(BasicConstraints::Constrained(1))), unlimited()),
        ("any name", Box::new(|p| p.name_constraints = None), unlimited()),
        (
            "its city's names",
            Box::new(|p| p.name_constraints = permit(&["c5205.p52.guixue.internal"])),
            unlimited(),
        ),
        (
            "two jurisdictions",
            Box::new(|p| p.name_constraints = permit(&[&own, "p51.guixue.internal"])),
            unlimited(),
        ),
    ];
    for (what, change, verdict) in cases {
        let der = authority_like(&county(), change);
        assert_eq!(Certificate::authority(der).map(|read| read.party().clone()), verdict, "{what}");
    }
}

#[test]
fn damaged_bytes_are_never_a_certificate_of_somebody_else() {
    let county = county();
    let der = odd_leafs(&county).swap_remove(0).der;
    for at in 0..der.len() {
        let mut damaged = der.clone();
        damaged[at] ^= 1;
        if let Ok(read) = Certificate::leaf(damaged) {
            assert!(read.issued_by(county.certificate()).is_err(), "byte {at}");
        }
        assert_eq!(Certificate::leaf(&der[..at]), Err(NotACertificate::Unreadable));
    }
    assert_eq!(Certificate::leaf([&der[..], &[0]].concat()), Err(NotACertificate::Unreadable));
    assert_eq!(Certificate::leaf(der).unwrap().party().to_string(), SCHOOL);
}

#[test]
fn a_certificate_reads_back_from_pem() {
    use rustls::pki_types::pem::PemObject;
    let county = county();
    let pem = county.certificate().pem();
    let back = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    assert_eq!(Certificate::authority(back.to_vec()).as_ref(), Ok(county.certificate()));
}
