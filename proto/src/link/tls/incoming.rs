//! The accept loop, and its twin that dials: sockets in, parties out.
//!
//! A caller that does not finish its handshake in time is dropped; how many may be at it, and how many may be
//! connected, is limited, and the rest wait in the system's queue.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::stream::Counted;
use super::{Secured, TlsFault, TlsRules, TlsServer, Traffic};
use crate::link::net::{BoxIo, Listener, Net};

/// How long to leave a listener alone that has no room for a caller (no file handles left).
const BREATH: Duration = Duration::from_millis(100);

/// What a listener grants.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte to the end of the handshake.
    pub handshake: Duration,
    /// How many may be connected at once.
    pub connections: usize,
    /// How many may be shaking hands at once.
    pub handshakes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(10), connections: 2_048, handshakes: 256 }
    }
}

/// What became of callers, since the start.
#[derive(Debug, Default)]
pub struct Tally {
    /// Let in.
    pub accepted: AtomicU64,
    /// Of these, by a resumed session.
    pub resumed: AtomicU64,
    /// Turned away: a wrong certificate, no TLS, a cut line.
    pub refused: AtomicU64,
    /// Dropped because the handshake took too long.
    pub late: AtomicU64,
}

/// The callers that were let in. Dropping it stops listening; connections already handed out live on.
pub struct Incoming {
    arrived: mpsc::Receiver<Secured>,
    _loop: AbortOnDropHandle<()>,
}

/// Takes callers from `listener` until `stop`, then ends. Must be called inside a tokio runtime.
pub fn incoming(
    listener: Box<dyn Listener>,
    tls: Arc<TlsServer>,
    limits: Limits,
    stop: CancellationToken,
) -> Incoming {
    let (door, arrived) = mpsc::channel(limits.handshakes.max(1));
    let porter = Porter {
        tls,
        limits,
        connections: Arc::new(Semaphore::new(limits.connections)),
        handshakes: Arc::new(Semaphore::new(limits.handshakes)),
        door,
    };
    let task = tokio::spawn(porter.watch(listener, stop));
    Incoming { arrived, _loop: AbortOnDropHandle::new(task) }
}

impl Stream for Incoming {
    type Item = io::Result<Secured>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.arrived.poll_recv(cx).map(|arrived| arrived.map(Ok))
    }
}

/// Dials `address` and shakes hands within `limit`.
///
/// In TLS 1.3 a client is done before the server has looked at its certificate: a refusal comes with the first
/// read, as an error that [`TlsFault::of`] reads.
///
/// # Errors
/// When nobody answers in time, or the other end is not who it should be.
pub async fn dial(
    net: &dyn Net,
    address: &str,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    rules: &TlsRules,
    limit: Duration,
) -> io::Result<Secured> {
    let traffic = Arc::new(Traffic::default());
    let dialing = async {
        let io = Counted::new(net.connect(address).await?, &traffic);
        TlsConnector::from(config).connect(name, io).await
    };
    let stream = tokio::time::timeout(limit, dialing).await.map_err(|_| io::ErrorKind::TimedOut)??;
    Secured::new(stream.into(), None, traffic, rules)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Who stands at the door.
#[derive(Clone)]
struct Porter {
    tls: Arc<TlsServer>,
    limits: Limits,
    connections: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    door: mpsc::Sender<Secured>,
}

/// A caller that has not shown who it is, with its two places.
struct Caller {
    io: BoxIo,
    remote: SocketAddr,
    connection: OwnedSemaphorePermit,
    handshake: OwnedSemaphorePermit,
}

impl Porter {
    async fn watch(self, mut listener: Box<dyn Listener>, stop: CancellationToken) {
        let mut greeting = JoinSet::new();
        while let Some(caller) = stop.run_until_cancelled(self.next(listener.as_mut())).await {
            while greeting.try_join_next().is_some() {}
            match caller {
                Ok(caller) => {
                    greeting.spawn(self.clone().greet(caller));
                }
                Err(error) if is_callers_fault(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot take a caller now: {error}");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        greeting.shutdown().await;
    }

    /// The next caller, once there is room for it.
    async fn next(&self, listener: &mut dyn Listener) -> io::Result<Caller> {
        let place = |room: &Arc<Semaphore>| Arc::clone(room).acquire_owned();
        let connection = place(&self.connections).await.expect("this semaphore is never closed");
        let handshake = place(&self.handshakes).await.expect("this semaphore is never closed");
        let (io, remote) = listener.accept().await?;
        Ok(Caller { io, remote, connection, handshake })
    }

    async fn greet(self, caller: Caller) {
        let Caller { io, remote, connection, handshake } = caller;
        let tally = self.tls.tally();
        let traffic = Arc::new(Traffic::default());
        let shaking = TlsAcceptor::from(self.tls.config()).accept(Counted::new(io, &traffic));
        let stream = match tokio::time::timeout(self.limits.handshake, shaking).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
                let reason =
                    TlsFault::of(&error).map_or_else(|| error.to_string(), |fault| fault.to_string());
                return tracing::info!(%remote, reason, "turned away {remote}: {reason}");
            }
            Err(_) => {
                tally.late.fetch_add(1, Ordering::Relaxed);
                return tracing::info!(%remote, "dropped {remote}: its handshake took too long");
            }
        };
        drop(handshake);
        match Secured::new(stream.into(), Some(remote), traffic, &self.tls.rules) {
            Ok(secured) => {
                tally.accepted.fetch_add(1, Ordering::Relaxed);
                tally.resumed.fetch_add(u64::from(secured.info().resumed), Ordering::Relaxed);
                // nobody receives any more when the server is being dropped: then the caller is, too
                let _ = self.door.send(secured.holding(connection)).await;
            }
            Err(error) => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
                tracing::info!(%remote, %error, "turned away {remote}: {error}");
            }
        }
    }
}

fn is_callers_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | NotConnected)
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incoming")
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::Mutex;
    use tokio_stream::StreamExt;

    use super::super::tests::{COUNTY, Tree, party, rules_at};
    use super::super::{LinkInfo, server_name};
    use super::*;
    use crate::identity::forge::{NOW, SCHOOL};

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
        for (from, to) in [(&mut dialed, &mut accepted)] {
            from.write_all(b"hello").await.unwrap();
            from.flush().await.unwrap();
            let mut heard = [0; 5];
            to.read_exact(&mut heard).await.unwrap();
            to.write_all(b"world").await.unwrap();
            to.flush().await.unwrap();
            from.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"world");
        }
        let (ours, theirs) = (&dialed.info().traffic, &accepted.info().traffic);
        assert!(ours.written() > 1_000 && ours.read() > 1_000);
        assert_eq!((ours.written(), ours.read()), (theirs.read(), theirs.written()));
        drop((dialed, accepted));

        let (dialed, accepted) = tokio::join!(scene.dial(), incoming.next());
        assert!(dialed.unwrap().info().resumed && accepted.unwrap().unwrap().info().resumed);
        assert_eq!(scene.tls.tally().resumed.load(Ordering::Relaxed), 1);
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
}
