//! Two parties in one process, their handshakes in memory.

mod dates;
mod joining;
mod names;

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
        (*self.school_dialing(school, rules).full).clone()
    }

    fn school_dialing(&self, school: &Identity, rules: &TlsRules) -> Dialing {
        Dialing::new(school, self.county.certificate(), &party(COUNTY), rules).unwrap()
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
    let (Connection::Client(client), Connection::Server(server)) = (client, server) else {
        panic!("another number of parts")
    };
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
        let client = Dialing::new(&caller_identity, anchor, &party(hub), &rules).unwrap().full;
        let shaken = shake(&client, &Arc::new(server), server_name(&party(hub))).unwrap();
        assert_eq!(
            peer(&shaken.server, NOW, GRACE).unwrap().unwrap().party,
            party(caller),
            "{caller} to {hub}"
        );
        assert_eq!(shaken.server.peer_certificates().unwrap().len(), chain, "{caller} to {hub}");
        assert_eq!(shaken.client.peer_certificates().unwrap().len(), 1, "a hub sends its leaf alone");
    }
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
fn each_line_pays_once_for_the_key_exchange_that_it_chose() {
    let tree = Tree::new();
    let mut sizes = Vec::new();
    for exchange in [KeyExchange::Hybrid, KeyExchange::Classic] {
        let rules = TlsRules { exchange, ..rules_at(NOW) };
        let server = Arc::new(tree.county_server(&rules));
        let dialing = tree.school_dialing(&tree.school(), &rules);
        assert!(!dialing.remembers());
        for (client, kind) in [(&dialing.full, HandshakeKind::Full), (&dialing.again, HandshakeKind::Resumed)]
        {
            let shaken = shake(client, &server, server_name(&party(COUNTY))).unwrap();
            assert_eq!(shaken.server.handshake_kind(), Some(kind));
            assert!(dialing.remembers(), "each session is followed by one more");
            let group = shaken.server.negotiated_key_exchange_group().unwrap().name();
            let large = group == rustls::NamedGroup::X25519MLKEM768;
            let expected = exchange == KeyExchange::Hybrid && kind == HandshakeKind::Full;
            assert_eq!(large, expected, "{exchange:?} {kind:?}: {group:?}");
            println!("{exchange:?} {kind:?}: {} up, {} down", shaken.up, shaken.down);
            sizes.push(shaken.up + shaken.down);
        }
    }
    let [hybrid, hybrid_resumed, classic, classic_resumed] = sizes[..] else {
        panic!("another number of parts")
    };
    assert!(classic < 2_400 && classic_resumed < 800, "{classic} {classic_resumed}");
    assert!((2_200..2_400).contains(&(hybrid - classic)) && hybrid_resumed == classic_resumed);
}

#[test]
fn a_full_handshake_is_hybrid_whatever_came_before() {
    let (tree, rules) = (Tree::new(), rules_at(NOW));
    let dialing = tree.school_dialing(&tree.school(), &rules);
    let before = Arc::new(tree.county_server(&rules));
    for client in [&dialing.full, &dialing.again] {
        shake(client, &before, server_name(&party(COUNTY))).unwrap();
    }
    // the hub was started again and knows no sessions
    let after = Arc::new(tree.county_server(&rules));
    let shaken = shake(&dialing.full, &after, server_name(&party(COUNTY))).unwrap();
    assert_eq!(shaken.server.handshake_kind(), Some(HandshakeKind::Full));
    let group = shaken.server.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
}

#[test]
fn a_session_older_than_its_parent_keeps_it_is_not_tried() {
    let (tree, clock) = (Tree::new(), Arc::new(SetClock::new(NOW)));
    let rules = TlsRules::new(clock.clone());
    let dialing = tree.school_dialing(&tree.school(), &rules);
    let server = Arc::new(tree.county_server(&rules));
    shake(&dialing.full, &server, server_name(&party(COUNTY))).unwrap();
    let week = i64::from(SESSION_SECONDS) * 1_000;
    for (later, expected) in [(0, true), (week - 1, true), (week, false)] {
        clock.set(NOW.plus_millis(later));
        assert_eq!(dialing.remembers(), expected, "{later} ms");
    }
}
