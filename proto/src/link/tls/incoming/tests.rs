use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Mutex;
use tokio_stream::StreamExt;

use super::*;
use crate::identity::forge::{NOW, SCHOOL};
use crate::identity::spoken::Trust;
use crate::link::tls::tests::{COUNTY, Tree, party, rules_at};
use crate::link::tls::{LinkInfo, join_name, pinned_client_config, server_name};

/// A line of pipes in memory.
#[derive(Debug)]
struct PipeNet {
    call: mpsc::Sender<DuplexStream>,
    calls: Mutex<Option<mpsc::Receiver<DuplexStream>>>,
}

struct PipeListener(mpsc::Receiver<DuplexStream>);

#[async_trait::async_trait]
impl Net for PipeNet {
    async fn connect(&self, _address: &str) -> io::Result<BoxIo> {
        let (ours, theirs) = duplex(64 << 10);
        self.call.send(theirs).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(Box::new(ours))
    }

    async fn listen(&self, _address: &str) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(PipeListener(self.calls.lock().await.take().ok_or(io::ErrorKind::AddrInUse)?)))
    }
}

#[async_trait::async_trait]
impl Listener for PipeListener {
    async fn accept(&mut self) -> io::Result<(BoxIo, SocketAddr)> {
        let stream = self.0.recv().await.ok_or(io::ErrorKind::NotConnected)?;
        Ok((Box::new(stream), self.local_addr()?))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 1).into())
    }
}

/// A county that listens and a school that can dial it.
struct Scene {
    tree: Tree,
    net: PipeNet,
    tls: Arc<TlsServer>,
    config: Arc<ClientConfig>,
    rules: TlsRules,
    stop: CancellationToken,
}

impl Scene {
    async fn open(limits: Limits) -> (Self, Incoming) {
        let (call, calls) = mpsc::channel(8);
        let net = PipeNet { call, calls: Mutex::new(Some(calls)) };
        let (tree, rules, stop) = (Tree::new(), rules_at(NOW), CancellationToken::new());
        let tls = TlsServer::new(tree.county_server(&rules), rules.clone());
        let config = Arc::new(tree.school_client(&tree.school(), &rules));
        let incoming = incoming(net.listen("").await.unwrap(), Arc::clone(&tls), limits, stop.clone());
        (Self { tree, net, tls, config, rules, stop }, incoming)
    }

    async fn dial(&self) -> io::Result<Secured> {
        let (name, limit) = (server_name(&party(COUNTY)), Duration::from_secs(30));
        dial(&self.net, "", name, Arc::clone(&self.config), &self.rules, limit).await
    }
}

#[tokio::test]
async fn a_connection_knows_its_party_and_its_bytes() {
    let (scene, mut incoming) = Scene::open(Limits::default()).await;
    let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
    let (mut dialed, mut accepted) = (dialed.unwrap(), accepted.unwrap().unwrap());
    assert_eq!(accepted.info().peer.as_ref().unwrap().party, party(SCHOOL));
    assert_eq!(dialed.info().peer.as_ref().unwrap().party, party(COUNTY));
    let mut heard = [0; 5];
    dialed.write_all(b"hello").await.unwrap();
    dialed.flush().await.unwrap();
    accepted.read_exact(&mut heard).await.unwrap();
    accepted.write_all(b"world").await.unwrap();
    accepted.flush().await.unwrap();
    dialed.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"world");
    let (ours, theirs) = (&dialed.info().traffic, &accepted.info().traffic);
    assert!(ours.written() > 1_000 && ours.read() > 1_000);
    assert_eq!((ours.written(), ours.read()), (theirs.read(), theirs.written()));
    drop((dialed, accepted));

    let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
    assert!(dialed.unwrap().info().resumed && accepted.unwrap().unwrap().info().resumed);
    assert_eq!(scene.tls.tally().resumed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn words_that_belong_together_leave_in_one_record() {
    let (scene, mut incoming) = Scene::open(Limits::default()).await;
    let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
    let (mut dialed, mut accepted) = (dialed.unwrap(), accepted.unwrap().unwrap());
    // a record costs 22 bytes: its head, its type and its seal
    let sent = |side: &Secured, before: u64| side.info().traffic.written() - before;
    let (ours, theirs) = (sent(&dialed, 0), sent(&accepted, 0));
    accepted.write_all(b"greeting ").await.unwrap();
    accepted.flush().await.unwrap();
    assert_eq!(sent(&accepted, theirs), 0, "nothing is said before the caller has spoken");
    for word in [b"one ", b"two ", b"six "] {
        dialed.write_all(word).await.unwrap();
    }
    dialed.flush().await.unwrap();
    let mut heard = [0; 12];
    accepted.read_exact(&mut heard).await.unwrap();
    assert_eq!((&heard, sent(&dialed, ours)), (b"one two six ", 12 + 22));
    accepted.write_all(b"and answer").await.unwrap();
    accepted.flush().await.unwrap();
    assert_eq!(sent(&accepted, theirs), 19 + 22);
    // more than a record holds goes out without waiting, and whole
    let large: Vec<u8> = (0..100_000).map(|n| n as u8).collect();
    let reading = async {
        let mut heard = vec![0; large.len() + 4];
        accepted.read_exact(&mut heard).await.unwrap();
        heard
    };
    let writing = async {
        dialed.write_all(b"and ").await.unwrap();
        dialed.write_all(&large).await.unwrap();
        dialed.shutdown().await.unwrap();
    };
    let ((), heard) = tokio::join!(writing, reading);
    assert_eq!((&heard[..4], &heard[4..]), (&b"and "[..], large.as_slice()));
}

#[tokio::test]
async fn a_caller_that_says_nothing_is_dropped_and_holds_up_nobody_for_long() {
    let limits = Limits { handshake: Duration::from_millis(50), handshakes: 1, ..Limits::default() };
    let (scene, mut incoming) = Scene::open(limits).await;
    let mut silent = scene.net.connect("").await.unwrap();
    let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
    assert!(dialed.is_ok() && accepted.unwrap().is_ok());
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0, "the line is closed");
    assert_eq!(scene.tls.tally().late.load(Ordering::Relaxed), 1);
    assert_eq!(scene.tls.tally().accepted.load(Ordering::Relaxed), 1);
}

/// A greeting of TLS 1.2 with one suite of its day and nothing that says it could do better.
fn greeting_of_tls_1_2() -> Vec<u8> {
    let signatures = [0, 8, 0, 13, 0, 4, 0, 2, 8, 7];
    let hello = [&[3, 3][..], &[7; 32], &[0], &[0, 2, 0xc0, 0x2b], &[1, 0], &signatures].concat();
    let handshake = [&[1, 0, 0, u8::try_from(hello.len()).unwrap()][..], &hello].concat();
    [&[22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()][..], &handshake].concat()
}

#[tokio::test]
async fn an_older_tls_is_not_spoken() {
    let (scene, _incoming) = Scene::open(Limits::default()).await;
    let mut old = scene.net.connect("").await.unwrap();
    old.write_all(&greeting_of_tls_1_2()).await.unwrap();
    let mut answer = Vec::new();
    old.read_to_end(&mut answer).await.unwrap();
    assert_eq!((answer.first(), answer.len()), (Some(&21), 7), "an alert and nothing else");
    assert_eq!(scene.tls.tally().refused.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_caller_that_speaks_something_else_is_turned_away() {
    let (scene, mut incoming) = Scene::open(Limits::default()).await;
    let mut browser = scene.net.connect("").await.unwrap();
    browser.write_all(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    browser.read_to_end(&mut answer).await.unwrap();
    assert!(answer.len() < 16, "an alert at most");
    assert_eq!(scene.tls.tally().refused.load(Ordering::Relaxed), 1);
    let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
    assert!(dialed.is_ok() && accepted.unwrap().is_ok());
}

#[tokio::test]
async fn a_full_house_makes_callers_wait() {
    let (scene, mut incoming) = Scene::open(Limits { connections: 1, ..Limits::default() }).await;
    let (first, inside) = tokio::join!(scene.dial(), incoming.next());
    let (first, inside) = (first.unwrap(), inside.unwrap().unwrap());
    let both = async { tokio::join!(scene.dial(), incoming.next()) };
    tokio::pin!(both);
    for _ in 0..100 {
        let waits = std::future::poll_fn(|cx| Poll::Ready(both.as_mut().poll(cx).is_pending())).await;
        assert!(waits);
        tokio::task::yield_now().await;
    }
    drop((first, inside));
    let (second, inside) = both.await;
    assert!(second.is_ok() && inside.unwrap().is_ok());
}

#[tokio::test]
async fn strangers_take_no_units_place() {
    let (scene, mut incoming) = Scene::open(Limits { strangers: 1, ..Limits::default() }).await;
    let pin = crate::identity::code::Pin::of(&scene.tree.county.certificate().spki_hash());
    let joins = Arc::new(pinned_client_config(Trust::Pin(pin), &party(SCHOOL), &scene.rules).unwrap());
    let (rules, limit) = (&scene.rules, Duration::from_secs(30));
    let knock = || dial(&scene.net, "", join_name(), Arc::clone(&joins), rules, limit);
    let (first, inside) = tokio::join!(knock(), incoming.next());
    let inside = inside.unwrap().unwrap();
    assert_eq!(inside.info().peer, None);
    let mut second = knock().await.unwrap();
    assert!(!matches!(second.read(&mut [0; 1]).await, Ok(1..)), "the line is closed");
    let (unit, its_inside) = tokio::join!(scene.dial(), incoming.next());
    assert!(unit.is_ok() && its_inside.unwrap().is_ok());
    drop((first, inside));
}

#[tokio::test]
async fn a_renewed_certificate_takes_effect_at_once_and_stopping_ends_the_stream() {
    let (scene, mut incoming) = Scene::open(Limits::default()).await;
    let mut keys = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
        assert!(!accepted.unwrap().unwrap().info().resumed);
        keys.insert(dialed.unwrap().info().peer.as_ref().unwrap().spki_hash);
        scene.tls.replace(scene.tree.county_server(&scene.rules));
    }
    assert_eq!(keys.len(), 2);
    scene.stop.cancel();
    assert!(incoming.next().await.is_none());
    assert!(scene.dial().await.is_err());
}

#[tokio::test]
async fn tonic_serves_it_and_every_call_knows_its_party() {
    use tonic::codegen::http::{Request, Response};
    use tower::{ServiceExt, service_fn};

    let (scene, incoming) = Scene::open(Limits::default()).await;
    let scene = Arc::new(scene);
    let answer = service_fn(|request: Request<tonic::body::Body>| async move {
        let info: &LinkInfo = request.extensions().get().expect("tonic passes the connection's info on");
        let party = info.peer.as_ref().map(|peer| peer.party.to_string());
        let response = Response::builder().header("party", party.unwrap_or_default());
        Ok::<_, std::convert::Infallible>(response.body(tonic::body::Body::empty()).unwrap())
    });
    let serving = tonic::transport::Server::builder().serve_with_incoming(answer, incoming);
    let calling = async {
        let dialer = Arc::clone(&scene);
        let connector = service_fn(move |_| {
            let scene = Arc::clone(&dialer);
            async move { scene.dial().await.map(hyper_util::rt::TokioIo::new) }
        });
        let endpoint = tonic::transport::Endpoint::from_static("http://parent");
        let channel = endpoint.connect_with_connector(connector).await.unwrap();
        let request = Request::post("http://parent/link").body(tonic::body::Body::empty()).unwrap();
        let response = channel.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["party"], SCHOOL);
        drop(response);
        scene.stop.cancel();
    };
    let (served, ()) = tokio::join!(serving, calling);
    served.unwrap();
}
