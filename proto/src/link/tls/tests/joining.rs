//! The first contact, known by the pin alone.

use crate::identity::code::Pin;
use crate::identity::spoken::{SpokenCode, Trust};

use super::*;

#[test]
fn a_unit_that_joins_knows_its_hub_by_the_pin() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let server = Arc::new(tree.county_server(&rules));
    let pin = Pin::of(&tree.county.certificate().spki_hash());
    let (_, secret): (Invitation, InviteSecret) = Invitation::new(party(SCHOOL), NOW, 1);
    let key = SecretKey::generate();
    let join = |pin, unit: &str| {
        let client = pinned_client_config(Trust::Pin(pin), &party(unit), &rules).unwrap();
        shake(&Arc::new(client), &server, join_name())
    };
    let shaken = join(pin, SCHOOL).unwrap();
    assert_eq!(peer(&shaken.server, NOW, GRACE), Ok(None), "it has no certificate to show");
    assert_eq!(peer(&shaken.client, NOW, GRACE).unwrap().unwrap().party, party(COUNTY));
    assert_eq!(shaken.client.peer_certificates().unwrap().len(), 2);
    println!("join: {} up, {} down", shaken.up, shaken.down);

    for (wrong, unit, fault) in [
        (Pin(*secret.bytes()), SCHOOL, TlsFault::Pin),
        (Pin::of(&tree.city.certificate().spki_hash()), SCHOOL, TlsFault::Pin),
        (Pin::of(&key.public().spki_hash()), SCHOOL, TlsFault::Pin),
        (pin, "p52/c5205/d520521/s2152000001", TlsFault::Outside(party("p52/c5205/d520521/s2152000001"))),
        (pin, CITY, TlsFault::Outside(party(CITY))),
    ] {
        assert_eq!(join(wrong, unit).err().unwrap().fault(), fault, "{unit}");
    }
    let client = pinned_client_config(Trust::Pin(pin), &party(SCHOOL), &rules).unwrap();
    let refused = shake(&Arc::new(client), &server, server_name(&party(COUNTY))).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::Pin, "by its nightly name a hub does not show its authority");
}

#[test]
fn a_unit_that_joins_by_telephone_knows_its_hub_by_the_digits_before_it_shows_the_code() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let server = Arc::new(tree.county_server(&rules));
    let (code, other) = (SpokenCode::random(), SpokenCode::random());
    let digits = code.digits(&tree.county.certificate().spki_hash());
    let join = |trust| {
        let client = pinned_client_config(trust, &party(SCHOOL), &rules).unwrap();
        shake(&Arc::new(client), &server, join_name()).map(drop).map_err(|refused| refused.fault())
    };
    assert_eq!(join(Trust::Spoken(code.clone(), digits)), Ok(()));
    let of_another = code.digits(&tree.city.certificate().spki_hash());
    assert_eq!(join(Trust::Spoken(code, of_another)), Err(TlsFault::Pin));
    assert_eq!(join(Trust::Spoken(other, digits)), Err(TlsFault::Pin));
}

#[test]
fn a_copied_authority_certificate_does_not_make_a_hub() {
    let (tree, foreign, rules) = (Tree::new(), Tree::new(), rules_at(NOW));
    let hub = foreign.hub();
    let provider = provider(KeyExchange::Hybrid);
    let key = provider.key_provider.load_private_key(hub.key().private_key_der()).unwrap();
    let copied = vec![hub.leaf().der().clone(), tree.county.certificate().der().clone()];
    let posing = Arc::new(CertifiedKey::new(copied, key));
    let mut server = foreign.county_server(&rules);
    server.cert_resolver = Arc::new(Chains { nightly: Arc::clone(&posing), join: posing });
    let pin = Pin::of(&tree.county.certificate().spki_hash());
    let client = pinned_client_config(Trust::Pin(pin), &party(SCHOOL), &rules).unwrap();
    let refused = shake(&Arc::new(client), &Arc::new(server), join_name()).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::ForeignAuthority);
}
