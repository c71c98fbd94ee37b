//! Names: who passes for whom, and who does not.

use super::*;

/// A client that shows whatever chain it is given.
fn client_with(
    tree: &Tree,
    key: &SecretKey,
    chain: &[&[u8]],
    hub: &Authority,
    rules: &TlsRules,
) -> ClientConfig {
    let dialing = Dialing::new(&tree.school(), hub.certificate(), hub.party(), rules).unwrap();
    let mut config = (*dialing.full).clone();
    let signer = config.crypto_provider().key_provider.load_private_key(key.private_key_der()).unwrap();
    let chain = chain.iter().map(|der| der.to_vec().into()).collect();
    config.client_auth_cert_resolver = Arc::new(Shows(Arc::new(CertifiedKey::new(chain, signer))));
    config
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl rustls::client::ResolvesClientCert for Shows {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What webpki alone says of a client.
fn webpki(authority: &Authority, leaf: &[u8], above: &[&Authority]) -> Result<(), Error> {
    let provider = Arc::new(provider(KeyExchange::Classic));
    let anchor = std::slice::from_ref(authority.certificate());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots(anchor).unwrap(), provider).build().unwrap();
    let above: Vec<_> = above.iter().map(|a| a.certificate().der().clone()).collect();
    verifier.verify_client_cert(&leaf.to_vec().into(), &above, verify::unix(NOW)).map(|_| ())
}

#[test]
fn odd_certificates_are_turned_away_even_where_webpki_lets_them_pass() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    for odd in odd_leafs(&tree.county) {
        assert_eq!(webpki(&tree.county, &odd.der, &[]).is_ok(), odd.slips_through_webpki, "{}", odd.what);
        let client = client_with(&tree, &odd.key, &[&odd.der], &tree.county, &rules);
        let shaken = shake_with_county(&tree, client, &rules);
        match (&odd.verdict, shaken) {
            (Ok(_), shaken) => assert!(shaken.is_ok(), "{}", odd.what),
            (Err(why), Err(refused)) => {
                assert_eq!(refused.fault(), TlsFault::Form(why.clone()), "{}", odd.what)
            }
            (Err(_), Ok(_)) => panic!("{} was let in", odd.what),
        }
    }
}

#[test]
fn a_county_cannot_speak_for_another_county() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let theirs = party("p52/c5205/d520521/s2152000009");
    let key = SecretKey::generate();
    let forged = leaf_like(&tree.county, &key, |params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName(theirs.dns_name().try_into().unwrap())];
    });
    assert!(webpki(&tree.county, &forged, &[]).is_err(), "the anchor's own name constraint bites");
    assert!(
        webpki(&tree.city, &forged, &[&tree.county]).is_err(),
        "the intermediate's name constraint bites"
    );

    let at_county = client_with(&tree, &key, &[&forged], &tree.county, &rules);
    let refused = shake_with_county(&tree, at_county, &rules).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::Outside(theirs));
    let chain: [&[u8]; 2] = [&forged, tree.county.certificate().der()];
    let at_city = client_with(&tree, &key, &chain, &tree.city, &rules);
    let city = tree.identity(&tree.city, CITY, NOW, LEAF_DAYS);
    let server = server_config(&city, std::slice::from_ref(tree.city.certificate()), &rules).unwrap();
    let refused = shake(&Arc::new(at_city), &Arc::new(server), server_name(&party(CITY))).err().unwrap();
    assert!(
        matches!(refused, Refused::ByServer(_)) && refused.fault() == TlsFault::ForeignAuthority,
        "{refused:?}"
    );
}

#[test]
fn strangers_are_turned_away_on_both_sides() {
    let (tree, foreign, rules) = (Tree::new(), Tree::new(), rules_at(NOW));
    let school = foreign.school();
    let client = client_with(&tree, school.key(), &[school.leaf().der()], &tree.county, &rules);
    let refused = shake_with_county(&tree, client, &rules).err().unwrap();
    assert!(matches!(refused, Refused::ByServer(_)) && refused.fault() == TlsFault::ForeignAuthority);

    let refused =
        shake_with_county(&foreign, tree.school_client(&tree.school(), &rules), &rules).err().unwrap();
    assert!(matches!(refused, Refused::ByClient(_)) && refused.fault() == TlsFault::ForeignAuthority);

    let town = tree.identity(&tree.county, TOWN, NOW, LEAF_DAYS);
    let server = server_config(&town, std::slice::from_ref(tree.county.certificate()), &rules).unwrap();
    let client = Arc::new(tree.school_client(&tree.school(), &rules));
    let refused = shake(&client, &Arc::new(server), server_name(&party(COUNTY))).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::OtherParty { expected: party(COUNTY), found: party(TOWN) });
}
