//! A connection after its handshake: who, from where, how much.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustls::{CommonState, HandshakeKind};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsStream;
use tonic::transport::server::Connected;

use super::{Peer, PeerError, TlsRules, peer};
use crate::link::net::BoxIo;

/// Bytes of one connection, handshake and TLS records included, TCP/IP headers not.
#[derive(Debug, Default)]
pub struct Traffic {
    read: AtomicU64,
    written: AtomicU64,
}

impl Traffic {
    /// Bytes that came in.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes that went out.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// What is known of a connection; tonic hands it to every call as a request extension.
#[derive(Debug, Clone)]
pub struct LinkInfo {
    /// Who is at the other end; `None` for a unit that joins.
    pub peer: Option<Peer>,
    /// From where; `None` on the side that dialed.
    pub remote: Option<SocketAddr>,
    /// How much has passed.
    pub traffic: Arc<Traffic>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
}

/// How long what is said waits for the next words, so that both leave in one packet. HTTP/2 says its greeting,
/// a call's headers and its body one by one; on a metered line each packet costs more than most of them say.
const GATHER: Duration = Duration::from_millis(2);
/// What does not fit into one TLS record leaves at once.
const RECORD: usize = 16 << 10;

/// A connection after its handshake.
pub struct Secured {
    stream: TlsStream<Counted>,
    info: LinkInfo,
    gathered: Gathered,
    _room: Option<OwnedSemaphorePermit>,
}

/// Words that wait for the next ones.
struct Gathered {
    bytes: Vec<u8>,
    until: Until,
}

/// What gathered words wait for.
enum Until {
    /// On the side that dialed: a moment from when they could leave.
    Moment { leave: Pin<Box<Sleep>>, running: bool },
    /// On the side that answers: it says nothing before it is spoken to. In HTTP/2 the caller speaks first and
    /// never waits for the greeting, which then leaves with what it answers.
    SpokenTo,
    /// Nothing.
    Now,
}

impl Gathered {
    fn new(dialed: bool) -> Self {
        let until = match dialed {
            true => Until::Moment { leave: Box::pin(tokio::time::sleep(GATHER)), running: false },
            false => Until::SpokenTo,
        };
        Self { bytes: Vec::new(), until }
    }

    /// Keeps the words, unless they are too many for one record.
    fn keep(&mut self, words: &[u8]) -> bool {
        let fits = self.bytes.len() + words.len() <= RECORD;
        if fits {
            self.bytes.extend_from_slice(words);
        }
        fits
    }

    /// Sends what waits, when its time has come.
    fn poll_leave(&mut self, stream: &mut TlsStream<Counted>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.until {
            _ if self.bytes.is_empty() => return Poll::Ready(Ok(())),
            Until::Now => {}
            Until::SpokenTo => return Poll::Ready(Ok(())),
            Until::Moment { leave, running } => {
                if !*running {
                    *running = true;
                    leave.as_mut().reset(Instant::now() + GATHER);
                }
                ready!(leave.as_mut().poll(cx));
            }
        }
        self.poll_out(stream, cx)
    }

    fn poll_out(&mut self, stream: &mut TlsStream<Counted>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &self.bytes))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.bytes.drain(..sent);
        }
        if let Until::Moment { running, .. } = &mut self.until {
            *running = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl Secured {
    /// What is known of it.
    pub const fn info(&self) -> &LinkInfo {
        &self.info
    }

    pub(super) fn new(
        stream: TlsStream<Counted>,
        remote: Option<SocketAddr>,
        traffic: Arc<Traffic>,
        rules: &TlsRules,
    ) -> Result<Self, PeerError> {
        let state: &CommonState = stream.get_ref().1;
        let resumed = state.handshake_kind() == Some(HandshakeKind::Resumed);
        let peer = peer(state, rules.clock.now(), rules.grace)?;
        let gathered = Gathered::new(remote.is_none());
        Ok(Self { stream, info: LinkInfo { peer, remote, traffic, resumed }, gathered, _room: None })
    }

    /// Keeps a place taken for as long as the connection lives.
    pub(super) fn holding(self, room: OwnedSemaphorePermit) -> Self {
        Self { _room: Some(room), ..self }
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secured").field(&self.info).finish()
    }
}

impl Connected for Secured {
    type ConnectInfo = LinkInfo;

    fn connect_info(&self) -> LinkInfo {
        self.info.clone()
    }
}

/// A line that counts what passes.
pub(super) struct Counted {
    io: BoxIo,
    traffic: Arc<Traffic>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        self.traffic.read.fetch_add((buf.filled().len() - before) as u64, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl Counted {
    pub(super) fn new(io: BoxIo, traffic: &Arc<Traffic>) -> Self {
        Self { io, traffic: Arc::clone(traffic) }
    }

    fn count(&self, written: usize) -> usize {
        self.traffic.written.fetch_add(written as u64, Ordering::Relaxed);
        written
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, buf))?;
        Poll::Ready(Ok(self.count(written)))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs))?;
        Poll::Ready(Ok(self.count(written)))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if matches!(self.gathered.until, Until::SpokenTo) {
            self.gathered.until = Until::Now;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Self { gathered, stream, .. } = &mut *self;
        if gathered.keep(buf) {
            return Poll::Ready(Ok(buf.len()));
        }
        ready!(gathered.poll_out(stream, cx))?;
        Pin::new(stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { gathered, stream, .. } = &mut *self;
        let all: usize = bufs.iter().map(|buf| buf.len()).sum();
        if gathered.bytes.len() + all <= RECORD {
            bufs.iter().for_each(|buf| gathered.bytes.extend_from_slice(buf));
            return Poll::Ready(Ok(all));
        }
        ready!(gathered.poll_out(stream, cx))?;
        Pin::new(stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { gathered, stream, .. } = &mut *self;
        ready!(gathered.poll_leave(stream, cx))?;
        Pin::new(stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { gathered, stream, .. } = &mut *self;
        ready!(gathered.poll_out(stream, cx))?;
        Pin::new(stream).poll_shutdown(cx)
    }
}
