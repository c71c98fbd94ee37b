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
    /// Only on the side that dialed: the other answers in one piece anyway, and may have much to answer.
    gathered: Option<Gathered>,
    _room: Option<OwnedSemaphorePermit>,
}

/// Words that wait for the next ones.
struct Gathered {
    bytes: Vec<u8>,
    leave: Pin<Box<Sleep>>,
    /// Somebody waits for them to leave.
    pressed: bool,
}

impl Gathered {
    fn new() -> Self {
        Self { bytes: Vec::new(), leave: Box::pin(tokio::time::sleep(GATHER)), pressed: false }
    }

    /// Keeps the words, unless they are too many for one record.
    fn keep(&mut self, words: &[u8]) -> bool {
        let fits = self.bytes.len() + words.len() <= RECORD;
        if fits {
            self.bytes.extend_from_slice(words);
        }
        fits
    }

    /// Whether it is time to leave.
    fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.pressed {
            self.pressed = true;
            self.leave.as_mut().reset(Instant::now() + GATHER);
        }
        self.leave.as_mut().poll(cx)
    }

    fn poll_out(&mut self, stream: &mut TlsStream<Counted>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &self.bytes))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.bytes.drain(..sent);
        }
        self.pressed = false;
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
        let gathered = remote.is_none().then(Gathered::new);
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
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Secured {
    /// Sends what was gathered.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.gathered {
            Some(gathered) => gathered.poll_out(&mut self.stream, cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.gathered.as_mut().is_some_and(|gathered| gathered.keep(buf)) {
            return Poll::Ready(Ok(buf.len()));
        }
        ready!(self.poll_out(cx))?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all: usize = bufs.iter().map(|buf| buf.len()).sum();
        if self.gathered.as_ref().is_some_and(|gathered| gathered.bytes.len() + all <= RECORD) {
            for buf in bufs {
                self.gathered.as_mut().map(|gathered| gathered.keep(buf));
            }
            return Poll::Ready(Ok(all));
        }
        ready!(self.poll_out(cx))?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(gathered) = self.gathered.as_mut().filter(|gathered| !gathered.bytes.is_empty()) {
            ready!(gathered.poll_leave(cx));
            ready!(self.poll_out(cx))?;
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_out(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
