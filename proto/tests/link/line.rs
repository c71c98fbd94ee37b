//! A school and a county over a real line: TCP on loopback, mutual TLS, gRPC.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::pipe::Side;
use proto::identity::Identity;
use proto::identity::authority::Authority;
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::Lineage;
use proto::link::caller::{CallError, Dial, Parent};
use proto::link::conversation::{Limits, Report, TalkError};
use proto::link::downlink::{Downlink, Gate};
use proto::link::net::{Net, TcpNet};
use proto::link::refusal::Refusal;
use proto::link::tls::{self, KeyExchange, Peer, TlsRules, TlsServer};
use proto::link::uplink::Uplink;
use proto::model::clock::SetClock;
use proto::model::day::Moment;
use proto::model::party::Party;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const NOW: Moment = Moment(1_758_643_200_000);

struct County {
    authority: Authority,
    lineage: Lineage,
    side: Side,
    parent: Parent,
    open: Arc<Turnstile>,
    server: Arc<TlsServer>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Turnstile(AtomicBool);

impl Gate for Turnstile {
    fn admit(&self, _: &Peer, _: Moment) -> Result<(), Refusal> {
        if self.0.load(Ordering::SeqCst) { Err(Refusal::Revoked) } else { Ok(()) }
    }

    fn ended(&self, _: &Party, _: &Report, _: Option<&TalkError>) {}
}

fn rules(exchange: KeyExchange) -> TlsRules {
    TlsRules { exchange, ..TlsRules::new(Arc::new(SetClock::new(NOW))) }
}

fn identity(authority: &Authority, lineage: &Lineage, party: &Party) -> Arc<Identity> {
    let key = SecretKey::generate();
    let leaf = authority.issue_leaf(&csr::request(party, &key), party, NOW, 398).expect("a leaf");
    Arc::new(Identity::new(Arc::new(key), leaf, lineage.clone()).expect("they fit"))
}

fn answers(authority: &Authority, lineage: &Lineage, party: &Party) -> rustls::ServerConfig {
    let own = identity(authority, lineage, party);
    let units = std::slice::from_ref(authority.certificate());
    tls::server_config(&own, units, &rules(KeyExchange::Hybrid)).expect("a config")
}

impl County {
    async fn open() -> Self {
        let party: Party = "p52/c5205/d520502".parse().expect("a party");
        let authority = Authority::create(&party, NOW, 3_650).expect("counties have authorities");
        let lineage = Lineage::below(authority.certificate(), None).expect("a lineage");
        let side = Side::new("p52/c5205/d520502");
        let server = TlsServer::new(answers(&authority, &lineage, &party), rules(KeyExchange::Hybrid));
        let listener = TcpNet.listen("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let stop = CancellationToken::new();
        let incoming = tls::incoming(listener, server.clone(), tls::Limits::default(), stop.clone());
        let open = Arc::new(Turnstile::default());
        let downlink = Downlink::new(side.post.clone(), open.clone(), Limits::default(), TaskTracker::new());
        let service = tonic::transport::Server::builder().add_service(downlink.service());
        tokio::spawn(service.serve_with_incoming(incoming));
        Self { authority, lineage, side, parent: Parent { party, address }, open, server, stop }
    }

    /// What it remembers of sessions is gone, as after a restart.
    fn forget_sessions(&self) {
        self.server.replace(answers(&self.authority, &self.lineage, &self.parent.party));
    }

    fn uplink(&self, school: &Side, exchange: KeyExchange) -> Uplink {
        let identity = identity(&self.authority, &self.lineage, &school.post.me);
        Uplink::new(school.post.clone(), Arc::new(TcpNet), identity, rules(exchange), Limits::default())
    }
}

#[tokio::test]
async fn nights_over_a_real_line_resume_and_stay_small() {
    let county = County::open().await;
    for exchange in [KeyExchange::Hybrid, KeyExchange::Classic] {
        let school = Side::new("p52/c5205/d520502/s2152000001");
        let uplink = county.uplink(&school, exchange);
        for night in 0..4 {
            school.write(1).await;
            let called = uplink.call(&county.parent, None).await.expect("a good night");
            assert_eq!((called.report.acked, called.report.waiting), (1, 0), "night {night}");
            assert_eq!(called.resumed, night > 0, "night {night}");
            println!("{exchange:?} night {night}: {} B up, {} B down", called.bytes_out, called.bytes_in);
            assert!(called.bytes_out + called.bytes_in < 8_000);
        }
    }
}

#[tokio::test]
async fn a_parent_that_has_forgotten_the_session_is_met_with_the_hybrid_exchange_again() {
    let county = County::open().await;
    let school = Side::new("p52/c5205/d520502/s2152000001");
    let uplink = county.uplink(&school, KeyExchange::Hybrid);
    let mut sizes = Vec::new();
    for night in 0..4 {
        if night == 2 {
            county.forget_sessions();
        }
        school.write(1).await;
        let called = uplink.call(&county.parent, None).await.expect("a good night");
        assert_eq!((called.report.acked, called.resumed), (1, night % 2 == 1), "night {night}");
        sizes.push(called.bytes_out + called.bytes_in);
    }
    let [first, resumed, again, last] = sizes[..] else { panic!("another number of nights") };
    // 2.3 KB of keys, and 0.7 KB of certificates
    assert!(first > resumed + 2_800 && again > last + 2_800, "{sizes:?}");
}

#[tokio::test]
async fn a_revocation_takes_effect_at_the_next_contact() {
    let county = County::open().await;
    let school = Side::new("p52/c5205/d520502/s2152000001");
    let uplink = county.uplink(&school, KeyExchange::Classic);
    school.write(1).await;
    uplink.call(&county.parent, None).await.expect("let in");
    county.open.0.store(true, Ordering::SeqCst);
    school.write(1).await;
    let refused = uplink.call(&county.parent, None).await.expect_err("revoked");
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
    assert_eq!(county.side.applied().await.len(), 1);
}

#[tokio::test]
async fn a_parent_that_is_not_there_is_no_success() {
    let county = County::open().await;
    let school = Side::new("p52/c5205/d520502/s2152000001");
    let uplink = county.uplink(&school, KeyExchange::Classic);
    county.stop.cancel();
    let closed = TcpNet.listen("127.0.0.1:0").await.expect("a free port");
    let address = closed.local_addr().expect("an address").to_string();
    drop(closed);
    let parent = Parent { address, ..county.parent };
    assert!(matches!(uplink.call(&parent, None).await, Err(CallError::NoAnswer { .. })));
}
