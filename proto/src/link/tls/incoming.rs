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
    /// How many without a certificate besides: units that join. Whoever has none can take no unit's place.
    pub strangers: usize,
    /// How many may be shaking hands at once.
    pub handshakes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(10), connections: 2_048, strangers: 64, handshakes: 256 }
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
        strangers: Arc::new(Semaphore::new(limits.strangers)),
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
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "connecting or the handshake timed out");
    let stream = tokio::time::timeout(limit, dialing).await.map_err(late)??;
    Secured::new(stream.into(), None, traffic, rules)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Who stands at the door.
#[derive(Clone)]
struct Porter {
    tls: Arc<TlsServer>,
    limits: Limits,
    connections: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
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
            Ok(secured) => self.let_in(secured, connection, remote).await,
            Err(error) => {
                tally.refused.fetch_add(1, Ordering::Relaxed);
                tracing::info!(%remote, %error, "turned away {remote}: {error}");
            }
        }
    }

    /// Gives a unit the place that was kept for it, and a stranger one of the strangers' places.
    async fn let_in(&self, secured: Secured, connection: OwnedSemaphorePermit, remote: SocketAddr) {
        let (tally, known) = (self.tls.tally(), secured.info().peer.is_some());
        let room =
            if known { Some(connection) } else { Arc::clone(&self.strangers).try_acquire_owned().ok() };
        let Some(room) = room else {
            tally.refused.fetch_add(1, Ordering::Relaxed);
            return tracing::info!(%remote, "turned away {remote}: too many callers without a certificate");
        };
        tally.accepted.fetch_add(1, Ordering::Relaxed);
        tally.resumed.fetch_add(u64::from(secured.info().resumed), Ordering::Relaxed);
        // nobody receives any more when the server is being dropped: then the caller is, too
        let _ = self.door.send(secured.holding(room)).await;
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
mod tests;
