//! The counter inside the building: how a command line or other local software reaches a party's own
//! gRPC services.
//!
//! A running party listens on loopback and writes the address and a random token into its folder,
//! readable by its own user only. When nothing runs, the command opens the party itself and talks to
//! the same services through memory, so there is one way in, not two.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::service::{Interceptor, Routes};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Status};

pub mod owner;
pub mod said;
pub mod usage;

/// The largest message over the counter: a roster file of 20 MiB and its frame.
pub const MAX_MESSAGE: usize = 24 << 20;

const HEADER: &str = "guixue-token";

/// Why the counter cannot be opened or reached.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// A file of the counter cannot be written or read.
    #[error("cannot use {path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The address cannot be listened on, or nobody answers there.
    #[error("no connection at {address}: {why}")]
    Address {
        /// Which.
        address: String,
        /// Why.
        why: String,
    },
}

/// A client of the counter.
pub type Counter = InterceptedService<Channel, Token>;

/// What a caller shows. It is random, 128 bits, new at every start.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// A new token.
    ///
    /// # Panics
    /// When the operating system has no randomness.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        Self(text.parse().expect("hexadecimal digits fit into a header"))
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("hexadecimal digits are text")
    }

    /// The check at the counter.
    pub fn guard(&self) -> Guard {
        Guard(self.clone())
    }
}

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(HEADER, self.0.clone());
        Ok(request)
    }
}

/// Lets in who shows the token.
#[derive(Debug, Clone)]
pub struct Guard(Token);

impl Interceptor for Guard {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let shown = request.metadata().get(HEADER).map(MetadataValue::as_encoded_bytes).unwrap_or_default();
        if bool::from(subtle::ConstantTimeEq::ct_eq(shown, self.0.0.as_encoded_bytes())) {
            Ok(request)
        } else {
            Err(Status::unauthenticated("the token of this machine's api.token file is missing or wrong"))
        }
    }
}

fn token_file(dir: &Path) -> PathBuf {
    dir.join("api.token")
}

/// A counter that is open: calls are taken once it serves.
#[derive(Debug)]
pub struct Open {
    listener: TcpListener,
    path: PathBuf,
    /// Where.
    pub address: SocketAddr,
}

/// Opens the counter on `address` (loopback, port 0 for any) and writes `api.token` into `dir`.
///
/// # Errors
/// When the address or the file cannot be used.
pub async fn open(token: &Token, address: &str, dir: &Path) -> Result<Open, OfficeError> {
    let fault =
        |why: std::io::Error| OfficeError::Address { address: address.to_owned(), why: why.to_string() };
    let listener = TcpListener::bind(address).await.map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    let path = token_file(dir);
    let line = format!("{bound} {}\n", token.text());
    crate::platform::replace_file(&path, line.as_bytes())
        .map_err(|why| OfficeError::File { path: path.clone(), why })?;
    tracing::info!(address = %bound, "local services on {bound}");
    Ok(Open { listener, path, address: bound })
}

impl Open {
    /// Serves `routes` until `stop`, then takes `api.token` away. The services must be guarded with
    /// [`Token::guard`] of the token that the counter was opened with.
    ///
    /// # Errors
    /// When the connection fails as a whole.
    pub async fn serve(self, routes: Routes, stop: CancellationToken) -> Result<(), OfficeError> {
        let served = Server::builder()
            .add_routes(routes)
            .serve_with_incoming_shutdown(TcpListenerStream::new(self.listener), stop.cancelled_owned())
            .await;
        let _ = std::fs::remove_file(&self.path);
        served.map_err(|why| OfficeError::Address { address: self.address.to_string(), why: why.to_string() })
    }
}

/// [`open`] and [`Open::serve`] in one.
///
/// # Errors
/// As both.
pub async fn serve(
    routes: Routes,
    token: Token,
    address: &str,
    dir: &Path,
    stop: CancellationToken,
) -> Result<(), OfficeError> {
    open(&token, address, dir).await?.serve(routes, stop).await
}

/// The running party of `dir`, if there is one.
///
/// # Errors
/// When the token file is there but cannot be read.
pub async fn reach(dir: &Path) -> Result<Option<Counter>, OfficeError> {
    let path = token_file(dir);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(OfficeError::File { path, why }),
    };
    let Some((address, token)) = text.trim().split_once(' ') else { return Ok(None) };
    let (Ok(token), Ok(_)) = (token.parse(), address.parse::<std::net::SocketAddr>()) else {
        return Ok(None);
    };
    // a party that was killed leaves its file behind: nobody listens there any more
    if TcpStream::connect(address).await.is_err() {
        return Ok(None);
    }
    let endpoint = Endpoint::from_shared(format!("http://{address}"));
    let channel =
        endpoint.map_err(|why| OfficeError::Address { address: address.to_owned(), why: why.to_string() })?;
    Ok(Some(InterceptedService::new(channel.connect_lazy(), Token(token))))
}

/// Serves `routes` through memory for as long as the returned client lives.
///
/// # Errors
/// When the connection in memory fails, which it has no reason to.
pub async fn inside(routes: Routes, token: Token) -> Result<Counter, OfficeError> {
    let (near, far) = tokio::io::duplex(256 << 10);
    tokio::spawn(async move {
        let incoming = tokio_stream::once(Ok::<_, std::io::Error>(far));
        // ends when the client's end is dropped
        if let Err(error) = Server::builder().add_routes(routes).serve_with_incoming(incoming).await {
            tracing::debug!("the services in memory ended: {error}");
        }
    });
    let mut near = Some(TokioIo::new(near));
    let connector = tower::service_fn(move |_: tonic::transport::Uri| {
        let near = near.take();
        async move { near.ok_or_else(|| std::io::Error::other("one connection in memory")) }
    });
    let channel = Endpoint::from_static("http://inside").connect_with_connector(connector).await;
    let channel =
        channel.map_err(|why| OfficeError::Address { address: "memory".to_owned(), why: why.to_string() })?;
    Ok(InterceptedService::new(channel, token))
}
