use super::*;
use crate::identity::certificate::Role;
use crate::model::document::Topic;
use crate::model::entry::Hash;

const NOW: Moment = Moment(1_758_643_200_000);

fn party(text: &str) -> Party {
    text.parse().unwrap()
}

fn authority(text: &str) -> Authority {
    Authority::create(&party(text), NOW, AUTHORITY_DAYS).unwrap()
}

#[test]
fn who_may_be_issued_what() {
    let county = authority("p52/c5205/d520502");
    for (to, leaf) in [
        ("p52/c5205/d520502", true),
        ("p52/c5205/d520502/t520502100", true),
        ("p52/c5205/d520502/t520502100/s2152000001", true),
        ("p52/c5205/d520502/s2152000001", true),
        ("p52/c5205/d520521", false),
        ("p52/c5205/d520521/s2152000001", false),
        ("p52/c5205", false),
        ("p52", false),
    ] {
        let (to, key) = (party(to), SecretKey::generate());
        let issued = county.issue_leaf(&csr::request(&to, &key), &to, NOW, LEAF_DAYS);
        assert_eq!(issued.is_ok(), leaf, "{to}");
        if let Ok(issued) = issued {
            assert_eq!((issued.party(), issued.key(), issued.role()), (&to, key.public(), Role::Leaf));
            assert_eq!(issued.issued_by(county.certificate()), Ok(()));
        }
    }
}

#[test]
fn which_authorities_may_follow_which() {
    for (above, below, allowed) in [
        ("p52", "p52/c5205", true),
        ("p65", "p65/d659001", true),
        ("p52/c5205", "p52/c5205/d520502", true),
        ("p52/c5205", "p52/c5205", false),
        ("p52/c5205", "p52/c5201/d520102", false),
        ("p52/c5205/d520502", "p52/c5205/d520502/t520502100", false),
        ("p52/c5205/d520502", "p52/c5205/d520502/s2152000001", false),
    ] {
        let (above, below, key) = (authority(above), party(below), SecretKey::generate());
        let issued = above.issue_authority(&csr::request(&below, &key), &below, NOW, AUTHORITY_DAYS);
        assert_eq!(issued.is_ok(), allowed, "{below}");
    }
    let town = party("p52/c5205/d520502/t520502100");
    assert_eq!(Authority::create(&town, NOW, 1).unwrap_err(), AuthorityError::NoAuthority(town));
}

#[test]
fn a_provisional_authority_keeps_its_key_when_it_joins() {
    let (city, county) = (authority("p52/c5205"), authority("p52/c5205/d520502"));
    let (school, key) = (party("p52/c5205/d520502/s2152000001"), SecretKey::generate());
    let leaf = county.issue_leaf(&csr::request(&school, &key), &school, NOW, LEAF_DAYS).unwrap();
    let issued = city.issue_authority(&county.request(), county.party(), NOW, AUTHORITY_DAYS).unwrap();
    assert_eq!(issued.issued_by(city.certificate()), Ok(()));
    let county = county.with_certificate(issued).unwrap();
    assert_eq!(leaf.issued_by(county.certificate()), Ok(()), "issued before, valid after");
    let theirs = authority("p52/c5205/d520502").certificate().clone();
    assert!(matches!(county.with_certificate(theirs), Err(AuthorityError::OtherKey(_))));
}

#[test]
fn dates_are_backdated_and_never_outlive_the_issuer() {
    let county = Authority::create(&party("p52/c5205/d520502"), NOW, 100).unwrap();
    let (school, key) = (party("p52/c5205/d520502/s2152000001"), SecretKey::generate());
    let request = csr::request(&school, &key);
    let leaf = county.issue_leaf(&request, &school, NOW, LEAF_DAYS).unwrap();
    assert_eq!(leaf.not_before(), NOW.plus_millis(-DAY));
    assert_eq!(leaf.not_after(), NOW.plus_millis(100 * DAY));
    assert!(
        !leaf.past_half_life(NOW.plus_millis(49 * DAY)) && leaf.past_half_life(NOW.plus_millis(50 * DAY))
    );
    let late = county.issue_leaf(&request, &school, NOW.plus_millis(100 * DAY), LEAF_DAYS);
    assert!(matches!(late, Err(AuthorityError::Expired { .. })));
    for wild in [Moment(i64::MIN), Moment(i64::MAX)] {
        Authority::create(&party("p52"), wild, u32::MAX).unwrap();
    }
}

#[test]
fn serials_differ_and_have_one_length() {
    let serials: std::collections::BTreeSet<String> =
        (0..100).map(|_| authority("p52").certificate().serial().to_owned()).collect();
    assert!(serials.len() == 100 && serials.iter().all(|s| s.len() == 32));
}

#[test]
fn it_signs_only_its_own_documents() {
    let city = authority("p52/c5205");
    let document = |issuer| Document {
        topic: Topic::Rulebook,
        issuer: party(issuer),
        part: String::new(),
        version: 1,
        previous: Hash::ROOT,
        issued: NOW,
        body: "suspect_after = 5".to_owned(),
        signature: Vec::new(),
    };
    let signed = city.sign_document(document("p52/c5205")).unwrap();
    assert_eq!(city.certificate().key().verify(&signed.signed_bytes(), &signed.signature), Ok(()));
    assert!(city.sign_document(document("p52")).is_err());
}
