//! The network of the simulation under the product's own port: hosts are dialled by their names. A machine
//! without power says nothing more, and a line may be cut in the middle of what is said.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};

use proto::link::net::{BoxIo, Listener, Net};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil::net::{TcpListener, TcpStream};

use crate::drive::Drive;

/// A machine's way to the others.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    drive: Drive,
    /// Bytes that still get out before the line is cut once; negative: it is not.
    left: Arc<AtomicI64>,
}

impl Line {
    /// The line of the machine with this disk.
    pub(crate) fn new(drive: Drive) -> Self {
        Self { drive, left: Arc::new(AtomicI64::new(-1)) }
    }

    /// Cuts the connection that sends the byte after the next `bytes`.
    pub(crate) fn cut_after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Cuts nothing any more.
    pub(crate) fn mend(&self) {
        self.cut_after(-1);
    }

    fn wire(&self, stream: TcpStream) -> BoxIo {
        Box::new(Wire { stream, line: self.clone(), cut: false })
    }

    /// Whether `bytes` more are too many.
    fn is_cut_by(&self, bytes: usize) -> bool {
        let left = self.left.load(Ordering::SeqCst);
        if left < 0 {
            return false;
        }
        let left = left - i64::try_from(bytes).unwrap_or(i64::MAX);
        self.left.store(left.max(-1), Ordering::SeqCst);
        left < 0
    }
}

#[async_trait::async_trait]
impl Net for Line {
    async fn connect(&self, address: &str) -> io::Result<BoxIo> {
        Ok(self.wire(TcpStream::connect(address).await?))
    }

    async fn listen(&self, address: &str) -> io::Result<Box<dyn Listener>> {
        let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let port = port.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "no port"))?;
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?;
        Ok(Box::new(Ear { listener, line: self.clone() }))
    }
}

struct Ear {
    listener: TcpListener,
    line: Line,
}

#[async_trait::async_trait]
impl Listener for Ear {
    async fn accept(&mut self) -> io::Result<(BoxIo, SocketAddr)> {
        let (stream, from) = self.listener.accept().await?;
        Ok((self.line.wire(stream), from))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
struct Wire {
    stream: TcpStream,
    line: Line,
    cut: bool,
}

fn reset() -> io::Error {
    io::Error::new(ErrorKind::ConnectionReset, "the line was cut")
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut {
            return Poll::Ready(Err(reset()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.line.drive.is_dead() {
            return Poll::Ready(Ok(buf.len()));
        }
        if self.cut || self.line.is_cut_by(buf.len()) {
            self.cut = true;
            return Poll::Ready(Err(reset()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.drive.is_dead() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
