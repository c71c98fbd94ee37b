//! A hub that runs: it answers units, calls its parent, serves its own machine, and stops when it is told.
//!
//! | part | what it does |
//! |---|---|
//! | [`doors`] | TLS in front, the link and enrolment behind |
//! | [`line`] | what is drawn up before a call, and the call |
//! | [`keeper`] | follows changes: certificates, register, figures for operators |
//! | [`health`] | metrics and health over HTTP on loopback |

mod doors;
mod health;
mod keeper;
pub(crate) mod line;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proto::link::caller::{Bell, Caller};
use proto::link::net::{Net, TcpNet};
use proto::model::clock::{Clock, WallClock};
use proto::office::{self, Token};
use proto::store::{Closing, Desk, Disk, Engine, StoreError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use keeper::begin_day;

use crate::api::Bureau;
use crate::desk::{Hub, HubError};
use line::{Calling, Evening, Line};

/// How long running conversations may go on after the hub was told to stop.
const DRAIN: Duration = Duration::from_secs(15);

/// How to run a hub.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its folder.
    pub dir: PathBuf,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its network.
    pub net: Arc<dyn Net>,
    /// What opens its store.
    pub engine: Arc<dyn Engine>,
    /// Listens here instead of where the settings say.
    pub listen: Option<String>,
    /// Serves the machine's own services and metrics; a tree of hubs in one process talks to
    /// [`Running::bureau`] instead.
    pub local: bool,
}

impl Options {
    /// The machine's clock, network and disk.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            clock: Arc::new(WallClock),
            net: Arc::new(TcpNet),
            engine: Arc::new(Disk),
            listen: None,
            local: true,
        }
    }
}

/// A hub that runs.
#[derive(Debug)]
pub struct Running {
    /// What people ask of it.
    pub bureau: Arc<Bureau>,
    /// Calls the parent now.
    pub bell: Bell,
    /// Where it listens for units.
    pub address: String,
    /// Where it is open: for tests and rehearsals that look inside.
    pub hub: Arc<Hub>,
    stop: CancellationToken,
    tasks: JoinSet<Result<(), HubError>>,
    closing: Closing,
}

/// A hub that is open without listening: one command of its command line.
#[derive(Debug)]
pub struct Inside {
    /// What people ask of it.
    pub bureau: Arc<Bureau>,
    closing: Closing,
}

fn caller(hub: &Arc<Hub>, line: &Arc<Line>) -> Caller {
    Caller {
        post: hub.post(),
        dial: line.clone(),
        nights: Arc::new(Evening::new(hub)),
        since: hub.clock.now(),
    }
}

/// Opens the hub of `options` and runs it.
///
/// # Errors
/// When the folder, the store or an address cannot be used.
pub async fn start(options: Options) -> Result<Running, HubError> {
    let (hub, closing) = Hub::open_on(&*options.engine, &options.dir, options.clock.clone()).await?;
    let line = Arc::new(Line::new(&hub, options.net.clone()));
    line.follow(&hub);
    let (bell, calls) = Bell::new();
    let bureau = Arc::new(Bureau::new(hub.clone(), Calling::Bell(bell.clone()), options.net.clone()));
    let listen = options.listen.as_deref().unwrap_or(&hub.config.listen);
    let fault = |why| HubError::Io { what: listen.to_owned(), why };
    let listener = options.net.listen(listen).await.map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    hub.listens_at(bound.port());
    hub.note_address().await?;
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let doors = doors::Doors::new(&hub);
    tasks.spawn(watch(hub.desk.clone(), stop.clone()));
    let calling = caller(&hub, &line).run(calls, stop.clone());
    tasks.spawn(async move {
        calling.await;
        Ok(())
    });
    tasks.spawn(doors.clone().answer(hub.clone(), listener, stop.clone()));
    tasks.spawn(keeper::keep(hub.clone(), line, doors.clone(), bell.clone(), stop.clone()));
    if options.local {
        let token = Token::random();
        let (routes, api, dir) = (bureau.routes(&token), hub.config.api.clone(), hub.files.dir().to_owned());
        let local = stop.clone();
        tasks.spawn(async move {
            let served = office::serve(routes.await, token, &api, &dir, local).await;
            served.map_err(|error| HubError::Io { what: api, why: std::io::Error::other(error) })
        });
        if let Some(address) = hub.config.metrics.clone() {
            tasks.spawn(health::serve(hub.clone(), doors, address, stop.clone()));
        }
    }
    tracing::info!(party = %hub.me, address = %bound, "{} listens on {bound}", hub.me);
    Ok(Running { bureau, bell, address: bound.to_string(), hub, stop, tasks, closing })
}

/// A hub whose writer has failed answers nobody: it must not look alive.
async fn watch(desk: Desk, stop: CancellationToken) -> Result<(), HubError> {
    match stop.run_until_cancelled(desk.ended()).await {
        Some(()) => Err(StoreError::Stopped.into()),
        None => Ok(()),
    }
}

/// Opens the hub of `options` for one command.
///
/// # Errors
/// As [`start`].
pub async fn inside(options: Options) -> Result<Inside, HubError> {
    let (hub, closing) = Hub::open_on(&*options.engine, &options.dir, options.clock.clone()).await?;
    let line = Arc::new(Line::new(&hub, options.net.clone()));
    let calling = Calling::Direct(Box::new(caller(&hub, &line)), line);
    let bureau = Arc::new(Bureau::new(hub, calling, options.net.clone()));
    Ok(Inside { bureau, closing })
}

impl Running {
    /// Waits until a part of the hub ends, which it does only when it fails.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> Result<(), HubError> {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => Err(error),
            Some(Ok(Ok(()))) | None => Err(part("it ended by itself")),
            Some(Err(panic)) => Err(part(panic)),
        }
    }

    /// Stops: no new calls, running conversations end, the store is closed.
    ///
    /// # Errors
    /// When the last commit failed.
    pub async fn stop(self) -> Result<(), HubError> {
        let Self { bureau, bell, hub, stop, tasks, closing, .. } = self;
        drop((bureau, bell, hub));
        finish(stop, tasks, closing).await
    }
}

impl Inside {
    /// Closes the hub again.
    ///
    /// # Errors
    /// When the last commit failed.
    pub async fn close(self) -> Result<(), HubError> {
        let Self { bureau, closing } = self;
        drop(bureau);
        shut(closing).await
    }
}

fn part(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> HubError {
    HubError::Io { what: "a part of the hub".to_owned(), why: std::io::Error::other(why) }
}

async fn finish(
    stop: CancellationToken,
    mut tasks: JoinSet<Result<(), HubError>>,
    closing: Closing,
) -> Result<(), HubError> {
    stop.cancel();
    let drained = tokio::time::timeout(DRAIN, async {
        while let Some(ended) = tasks.join_next().await {
            if let Ok(Err(error)) = ended {
                tracing::warn!("a part of the hub ended badly: {error}");
            }
        }
    });
    if drained.await.is_err() {
        tracing::warn!("conversations that still ran were cut; they resume with the next contact");
        tasks.shutdown().await;
    }
    shut(closing).await
}

async fn shut(closing: Closing) -> Result<(), HubError> {
    match tokio::time::timeout(DRAIN, closing.wait()).await {
        Ok(closed) => Ok(closed?),
        // what is acknowledged is on disk; only the orderly closing is missing
        Err(_) => {
            tracing::warn!("the store is still in use and was not closed");
            Ok(())
        }
    }
}
