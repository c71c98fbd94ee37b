//! Two parties in one process, their handshakes in memory.

use std::io::Read;

use rustls::{ClientConnection, Connection, Error, HandshakeKind, ServerConnection};

use super::*;
use crate::identity::authority::{AUTHORITY_DAYS, Authority, DAY, LEAF_DAYS};
use crate::identity::csr;
use crate::identity::forge::{NOW, SCHOOL, leaf_like, odd_leafs};
use crate::identity::invite::{Invitation, InviteSecret};
use crate::identity::keys::SecretKey;
use crate::identity::lineage::Lineage;
use crate::model::clock::SetClock;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};

pub(super) const CITY: &str = "p52/c5205";
pub(super) const COUNTY: &str = "p52/c5205/d520502";
pub(super) const TOWN: &str = "p52/c5205/d520502/t520502100";

pub(super) fn party(text: &str) -> Party {
    text.parse().unwrap()
}

/// A province, a city and a county that have joined each other.
pub(super) struct Tree {
    province: Authority,
    city: Authority,
    pub(super) county: Authority,
}

impl Tree {
    pub(super) fn new() -> Self {
        let province = authority("p52");
        let city = joined(&province, CITY);
        let county = joined(&city, COUNTY);
        Self { province, city, county }
    }

    /// The authorities above those that `authority` issues for.
    fn lineage(&self, authority: &Authority) -> Lineage {
        let all = [&self.county, &self.city, &self.province];
        let from = all.iter().position(|a| a.party() == authority.party()).unwrap();
        Lineage::new(all[from..].iter().map(|a| a.certificate().der().to_vec())).unwrap()
    }

    /// A party whose leaf `authority` made at `made`.
    pub(super) fn identity(&self, authority: &Authority, name: &str, made: Moment, days: u32) -> Identity {
        let key = SecretKey::generate();
        let leaf = authority.issue_leaf(&csr::request(&party(name), &key), &party(name), made, days).unwrap();
        Identity::new(Arc::new(key), leaf, self.lineage(authority)).unwrap()
    }

    pub(super) fn hub(&self) -> Identity {
        self.identity(&self.county, COUNTY, NOW, LEAF_DAYS)
    }

    pub(super) fn school(&self) -> Identity {
        self.identity(&self.county, SCHOOL, NOW, LEAF_DAYS)
    }

    /// The county as it answers its units.
    pub(super) fn county_server(&self, rules: &TlsRules) -> ServerConfig {
        server_config(&self.hub(), &[self.county.certificate().clone()], rules).unwrap()
    }

    pub(super) fn school_client(&self, school: &Identity, rules: &TlsRules) -> ClientConfig {
        client_config(school, self.county.certificate(), &party(COUNTY), rules).unwrap()
    }
}

fn authority(name: &str) -> Authority {
    Authority::create(&party(name), NOW, AUTHORITY_DAYS).unwrap()
}

fn joined(above: &Authority, name: &str) -> Authority {
    let below = authority(name);
    let issued = above.issue_authority(&below.request(), below.party(), NOW, AUTHORITY_DAYS).unwrap();
    below.with_certificate(issued).unwrap()
}

pub(super) fn rules_at(moment: Moment) -> TlsRules {
    TlsRules::new(Arc::new(SetClock::new(moment)))
}

/// What a handshake came to.
struct Shaken {
    client: ClientConnection,
    server: ServerConnection,
    up: usize,
    down: usize,
}

#[derive(Debug)]
enum Refused {
    ByClient(Error),
    ByServer(Error),
}

impl Refused {
    fn fault(&self) -> TlsFault {
        match self {
            Self::ByClient(error) | Self::ByServer(error) => TlsFault::from(error),
        }
    }
}

/// Passes what one has to say to the other.
fn pass(from: &mut Connection, to: &mut Connection) -> Result<usize, Error> {
    let mut said = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut said).unwrap();
    }
    let mut rest = said.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).unwrap();
        to.process_new_packets()?;
    }
    Ok(said.len())
}

/// Shakes hands until nobody has more to say.
fn shake(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    name: ServerName<'static>,
) -> Result<Shaken, Refused> {
    let mut client = Connection::from(ClientConnection::new(Arc::clone(client), name).unwrap());
    let mut server = Connection::from(ServerConnection::new(Arc::clone(server)).unwrap());
    let (mut up, mut down) = (0, 0);
    loop {
        let (up_before, down_before) = (up, down);
        up += pass(&mut client, &mut server).map_err(Refused::ByServer)?;
        down += pass(&mut server, &mut client).map_err(Refused::ByClient)?;
        if (up, down) == (up_before, down_before) {
            break;
        }
    }
    let (Connection::Client(client), Connection::Server(server)) = (client, server) else { unreachable!() };
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(Shaken { client, server, up, down })
}

fn shake_with_county(tree: &Tree, client: ClientConfig, server: &TlsRules) -> Result<Shaken, Refused> {
    shake(&Arc::new(client), &Arc::new(tree.county_server(server)), server_name(&party(COUNTY)))
}

#[test]
fn a_school_and_its_county_know_each_other() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let school = tree.school();
    let shaken = shake_with_county(&tree, tree.school_client(&school, &rules), &rules).unwrap();
    let seen = peer(&shaken.server, NOW, GRACE).unwrap().unwrap();
    assert_eq!((seen.party, seen.spki_hash), (party(SCHOOL), school.leaf().spki_hash()));
    assert!(!seen.expired_but_in_grace);
    assert_eq!(peer(&shaken.client, NOW, GRACE).unwrap().unwrap().party, party(COUNTY));
    assert_eq!(shaken.server.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(shaken.server.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
}

#[test]
fn who_may_dial_whom() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let (of_city, of_county) = (tree.city.certificate(), tree.county.certificate());
    for (caller, its_authority, hub, anchor, chain) in [
        (SCHOOL, &tree.county, COUNTY, of_county, 1),
        (SCHOOL, &tree.county, TOWN, of_county, 1),
        (TOWN, &tree.county, COUNTY, of_county, 1),
        (COUNTY, &tree.county, CITY, of_city, 2),
        ("p52/c5205/s2152000002", &tree.city, CITY, of_city, 1),
        (CITY, &tree.city, "p52", tree.province.certificate(), 2),
    ] {
        let issuer = [&tree.county, &tree.city, &tree.province]
            .into_iter()
            .find(|a| a.certificate() == anchor)
            .unwrap();
        let hub_identity = tree.identity(issuer, hub, NOW, LEAF_DAYS);
        let server = server_config(&hub_identity, std::slice::from_ref(anchor), &rules).unwrap();
        let caller_identity = tree.identity(its_authority, caller, NOW, LEAF_DAYS);
        let client = client_config(&caller_identity, anchor, &party(hub), &rules).unwrap();
        let shaken = shake(&Arc::new(client), &Arc::new(server), server_name(&party(hub))).unwrap();
        assert_eq!(
            peer(&shaken.server, NOW, GRACE).unwrap().unwrap().party,
            party(caller),
            "{caller} to {hub}"
        );
        assert_eq!(shaken.server.peer_certificates().unwrap().len(), chain, "{caller} to {hub}");
        assert_eq!(shaken.client.peer_certificates().unwrap().len(), 1, "a hub sends its leaf alone");
    }
}

/// A client that shows whatever chain it is given.
fn client_with(
    tree: &Tree,
    key: &SecretKey,
    chain: &[&[u8]],
    hub: &Authority,
    rules: &TlsRules,
) -> ClientConfig {
    let mut config = client_config(&tree.school(), hub.certificate(), hub.party(), rules).unwrap();
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

#[test]
fn dates_are_judged_with_a_long_grace() {
    let tree = Tree::new();
    let school = tree.identity(&tree.county, SCHOOL, NOW, 100);
    let end = school.leaf().not_after();
    let after = |days: i64, seconds: i64| end.plus_millis(days * DAY + seconds * 1_000);
    for (now, let_in, in_grace) in [
        (NOW, true, false),
        (after(0, 0), true, false),
        (after(0, 1), true, true),
        (after(180, 0), true, true),
        (after(180, 1), false, true),
        (NOW.plus_millis(-DAY), true, false),
        (NOW.plus_millis(-DAY - 1_000), false, false),
    ] {
        // the school's own clock is right about itself: only the county judges here
        let shaken = shake_with_county(&tree, tree.school_client(&school, &rules_at(NOW)), &rules_at(now));
        assert_eq!(shaken.is_ok(), let_in, "{now}");
        match shaken {
            Ok(shaken) => {
                let seen = peer(&shaken.server, now, GRACE).unwrap().unwrap();
                assert_eq!((seen.expired_but_in_grace, seen.not_after), (in_grace, end), "{now}");
            }
            Err(refused) => {
                assert!(matches!(refused, Refused::ByServer(_)));
                let fault = refused.fault();
                assert!(
                    matches!(fault, TlsFault::Expired { .. } | TlsFault::NotYetValid { .. }),
                    "{fault:?}"
                );
            }
        }
    }
}

#[test]
fn a_wrong_clock_is_told_to_check_the_clock() {
    let tree = Tree::new();
    let client = tree.school_client(&tree.school(), &rules_at(Moment(0)));
    let refused = shake_with_county(&tree, client, &rules_at(NOW)).err().unwrap();
    assert!(matches!(refused, Refused::ByClient(_)));
    assert_eq!(refused.fault(), TlsFault::NotYetValid { from: NOW.plus_millis(-DAY), now: Moment(0) });
    assert!(refused.fault().say(Lang::En).contains("check the date and time here"));
    assert!(refused.fault().say(Lang::Zh).contains("请先核对本机的日期和时间"));
    assert!(refused.fault().say(Lang::Zh).contains("1970-01-01 08:00:00"));
}

#[test]
fn a_hub_in_its_grace_still_answers() {
    let tree = Tree::new();
    let hub = tree.identity(&tree.county, COUNTY, NOW, 100);
    let late = NOW.plus_millis(150 * DAY);
    let server =
        server_config(&hub, std::slice::from_ref(tree.county.certificate()), &rules_at(late)).unwrap();
    let client = tree.school_client(&tree.school(), &rules_at(late));
    let shaken = shake(&Arc::new(client), &Arc::new(server), server_name(&party(COUNTY))).unwrap();
    assert!(peer(&shaken.client, late, GRACE).unwrap().unwrap().expired_but_in_grace);
}

#[test]
fn a_unit_that_joins_knows_its_hub_by_the_pin() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let server = Arc::new(tree.county_server(&rules));
    let pin = Pin::of(&tree.county.certificate().spki_hash());
    let (_, secret): (Invitation, InviteSecret) = Invitation::new(party(SCHOOL), NOW, 1);
    let key = SecretKey::generate();
    let join = |pin, unit: &str| {
        let client = pinned_client_config(pin, &party(unit), &rules).unwrap();
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
    let client = pinned_client_config(pin, &party(SCHOOL), &rules).unwrap();
    let refused = shake(&Arc::new(client), &server, server_name(&party(COUNTY))).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::Pin, "by its nightly name a hub does not show its authority");
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
    let client = pinned_client_config(pin, &party(SCHOOL), &rules).unwrap();
    let refused = shake(&Arc::new(client), &Arc::new(server), join_name()).err().unwrap();
    assert_eq!(refused.fault(), TlsFault::ForeignAuthority);
}

#[test]
fn the_second_night_resumes_and_the_dates_are_judged_again() {
    let tree = Tree::new();
    let clock = Arc::new(SetClock::new(NOW));
    let rules =
        TlsRules { grace: Duration::from_secs(3_600), ..TlsRules::new(Arc::clone(&clock) as Arc<dyn Clock>) };
    let school = tree.identity(&tree.county, SCHOOL, NOW, 1);
    let (server, client) =
        (Arc::new(tree.county_server(&rules)), Arc::new(tree.school_client(&school, &rules)));
    let end = school.leaf().not_after();
    for (moment, kind) in [
        (NOW, HandshakeKind::Full),
        (NOW.plus_millis(DAY / 2), HandshakeKind::Resumed),
        (end.plus_millis(1_000), HandshakeKind::Resumed),
        (end.plus_millis(3_601_000), HandshakeKind::Resumed),
    ] {
        clock.set(moment);
        let shaken = shake(&client, &server, server_name(&party(COUNTY))).unwrap();
        assert_eq!(shaken.server.handshake_kind(), Some(kind), "{moment}");
        let seen = peer(&shaken.server, moment, rules.grace);
        if moment > end.plus_millis(3_600_999) {
            assert_eq!(seen, Err(PeerError::Expired { party: party(SCHOOL), since: end }));
        } else {
            assert_eq!(seen.unwrap().unwrap().expired_but_in_grace, moment > end);
        }
    }
}

#[test]
fn each_line_pays_for_the_key_exchange_that_it_chose() {
    let tree = Tree::new();
    let mut sizes = Vec::new();
    for exchange in [KeyExchange::Hybrid, KeyExchange::Classic] {
        let rules = TlsRules { exchange, ..rules_at(NOW) };
        let server = Arc::new(tree.county_server(&rules));
        let client = Arc::new(tree.school_client(&tree.school(), &rules));
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let shaken = shake(&client, &server, server_name(&party(COUNTY))).unwrap();
            assert_eq!(shaken.server.handshake_kind(), Some(kind));
            let group = shaken.server.negotiated_key_exchange_group().unwrap().name();
            let hybrid = group == rustls::NamedGroup::X25519MLKEM768;
            assert_eq!(hybrid, exchange == KeyExchange::Hybrid, "{group:?}");
            println!("{exchange:?} {kind:?}: {} up, {} down", shaken.up, shaken.down);
            sizes.push(shaken.up + shaken.down);
        }
    }
    let [hybrid, hybrid_resumed, classic, classic_resumed] = sizes[..] else { unreachable!() };
    assert!(classic < 2_400 && classic_resumed < 800, "{classic} {classic_resumed}");
    assert!(
        (2_200..2_400).contains(&(hybrid - classic)) && hybrid_resumed - classic_resumed == hybrid - classic
    );
}

#[test]
fn only_http2_is_spoken() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let mut client = tree.school_client(&tree.school(), &rules);
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let refused = shake_with_county(&tree, client, &rules).err().unwrap();
    assert!(matches!(refused.fault(), TlsFault::Language(_)), "{refused:?}");
}

#[test]
fn a_refusal_reaches_the_refused_with_a_reason() {
    let tree = Tree::new();
    let server = Arc::new(tree.county_server(&rules_at(NOW.plus_millis(LEAF_DAYS as i64 * DAY + 200 * DAY))));
    let client = Arc::new(tree.school_client(&tree.school(), &rules_at(NOW)));
    let mut client = Connection::from(ClientConnection::new(client, server_name(&party(COUNTY))).unwrap());
    let mut server = Connection::from(ServerConnection::new(server).unwrap());
    pass(&mut client, &mut server).unwrap();
    pass(&mut server, &mut client).unwrap();
    pass(&mut client, &mut server).unwrap_err();
    let alert = pass(&mut server, &mut client).unwrap_err();
    assert_eq!(TlsFault::from(&alert), TlsFault::OurDates);
    let deep = std::io::Error::other(std::io::Error::new(std::io::ErrorKind::InvalidData, alert));
    assert_eq!(TlsFault::of(&deep), Some(TlsFault::OurDates));
    assert_eq!(TlsFault::of(&std::io::Error::from(std::io::ErrorKind::BrokenPipe)), None);
    assert!(client.reader().read(&mut [0; 1]).is_err());
}
