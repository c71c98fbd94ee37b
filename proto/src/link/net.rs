//! The line itself, as a port: TCP in a program, a simulated network in a test.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

/// How many connections the system keeps waiting before the program takes them.
const BACKLOG: u32 = 1_024;

/// A stream of bytes both ways.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// Any stream of bytes.
pub type BoxIo = Box<dyn Io>;

/// Dials and listens.
#[async_trait]
pub trait Net: fmt::Debug + Send + Sync + 'static {
    /// Dials `host:port`. The caller sets the time limit.
    ///
    /// # Errors
    /// When the name is unknown or nobody answers.
    async fn connect(&self, address: &str) -> io::Result<BoxIo>;

    /// Listens on `host:port`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is taken or not this machine's.
    async fn listen(&self, address: &str) -> io::Result<Box<dyn Listener>>;
}

/// Takes calls.
#[async_trait]
pub trait Listener: Send + 'static {
    /// The next caller. Dropping the future loses nobody.
    ///
    /// # Errors
    /// When the system has no room for a caller now, or the caller is gone again.
    async fn accept(&mut self) -> io::Result<(BoxIo, SocketAddr)>;

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

/// TCP, without delay for small writes and with keepalive, so that a silent peer is noticed in the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct TcpNet;

#[async_trait]
impl Net for TcpNet {
    async fn connect(&self, address: &str) -> io::Result<BoxIo> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for target in lookup_host(address).await? {
            match dial(target).await {
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn listen(&self, address: &str) -> io::Result<Box<dyn Listener>> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for target in lookup_host(address).await? {
            match listen(target) {
                Ok(listener) => return Ok(Box::new(listener)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

#[async_trait]
impl Listener for TcpListener {
    async fn accept(&mut self) -> io::Result<(BoxIo, SocketAddr)> {
        let (stream, remote) = Self::accept(self).await?;
        stream.set_nodelay(true)?;
        Ok((Box::new(stream), remote))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }
}

fn socket(target: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if target.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_keepalive(true)?;
    Ok(socket)
}

async fn dial(target: SocketAddr) -> io::Result<TcpStream> {
    let stream = socket(target)?.connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn listen(target: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(target)?;
    // a restarted hub takes its port again at once; on Windows the same option would let two programs share it
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(target)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_sent_arrives() {
        let mut listener = TcpNet.listen("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (dialed, accepted) = tokio::join!(TcpNet.connect(&address), listener.accept());
        let (mut dialed, (mut accepted, remote)) = (dialed.unwrap(), accepted.unwrap());
        assert!(remote.ip().is_loopback());
        dialed.write_all(b"hello").await.unwrap();
        let mut heard = [0; 5];
        accepted.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");
    }

    #[tokio::test]
    async fn an_address_that_is_taken_or_wrong_is_refused() {
        let listener = TcpNet.listen("127.0.0.1:0").await.unwrap();
        let taken = listener.local_addr().unwrap().to_string();
        assert_eq!(TcpNet.listen(&taken).await.err().unwrap().kind(), io::ErrorKind::AddrInUse);
        assert!(TcpNet.connect("no port").await.is_err());
        drop(listener);
        assert_eq!(TcpNet.connect(&taken).await.err().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    }
}
