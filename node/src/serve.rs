//! A school at work: its store, its desk, its services and its calling loop, opened and closed in order.
//!
//! ```text
//! start: folder -> store (open guard) -> desk -> school -> counter + calling loop -> ready
//! stop:  token -> services and loop drain -> last handle of the desk -> writer ends -> store closes
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use proto::link::caller::{Bell, Caller};
use proto::link::net::Net;
use proto::model::clock::Clock;
use proto::model::lang::{Lang, Say};
use proto::office::owner::{NotOwner, check_owner};
use proto::office::{self, Counter, OfficeError, Token};
use proto::say;
use proto::store::{Closing, Disk, Engine, EngineError, KeyError, KeyFile, OpenError, StoreError, Working};
use proto::wire;
use proto::wire::school::school_server::SchoolServer;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;

use crate::api::{Api, Ringer};
use crate::config::{Config, ConfigError};
use crate::desk::link::Caretaker;
use crate::desk::{School, SchoolError};
use crate::files::Folder;
use crate::telephone::Telephone;

/// What a school needs from outside.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its data folder.
    pub dir: PathBuf,
    /// Where it reads the time.
    pub clock: Arc<dyn Clock>,
    /// How it dials.
    pub net: Arc<dyn Net>,
    /// What opens its store.
    pub engine: Arc<dyn Engine>,
    /// How its store opens.
    pub store: proto::store::Options,
    /// Serves the school's own machine; a tree of schools in one process talks to [`Running::school`]
    /// instead.
    pub local: bool,
}

impl Options {
    /// The usual ones over a folder, a clock and a net.
    pub fn new(dir: impl Into<PathBuf>, clock: Arc<dyn Clock>, net: Arc<dyn Net>) -> Self {
        let store = proto::store::Options::node();
        Self { dir: dir.into(), clock, net, engine: Arc::new(Disk), store, local: true }
    }
}

/// Why a school does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder is another user's.
    #[error(transparent)]
    NotOwner(#[from] NotOwner),
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What is in it.
    #[error(transparent)]
    School(#[from] SchoolError),
    /// The local services.
    #[error(transparent)]
    Office(#[from] OfficeError),
}

impl From<EngineError> for StartError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Open(error) => Self::Open(error),
            EngineError::Key(error) => Self::Key(error),
        }
    }
}

impl Say for StartError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotOwner(e) => e.say(lang),
            Self::Config(e) => e.say(lang),
            Self::Key(e) => e.say(lang),
            Self::Open(e) => e.say(lang),
            Self::School(e) => e.say(lang),
            Self::Office(e) => say!(
                lang,
                "无法开放本机服务：{e}。请检查设置 api.listen 和数据目录权限。",
                "The local services cannot be opened: {e}. Check api.listen and the data folder's permissions."
            ),
        }
    }
}

/// A school that is open and does nothing yet.
struct House {
    school: Arc<School>,
    closing: Closing,
    caller: Caller,
    net: Arc<dyn Net>,
    config: Config,
}

impl House {
    async fn open(options: Options) -> Result<Self, StartError> {
        check_owner(&options.dir)?;
        let folder = Folder::at(options.dir);
        let config = Config::load(&folder.config())?;
        let key = Arc::new(KeyFile::open(&folder.key())?);
        let opened = options.engine.open(&folder.store(), &key, options.store)?;
        let Working { desk, closing, restored } = opened;
        let school = School::open(&config, folder, key, desk.clone(), options.clock.clone()).await?;
        if let Some(restored) = restored {
            tracing::warn!("the store was restored from a copy: the parent is asked what is missing");
            school.come_back().await?;
            restored.settle().map_err(SchoolError::from)?;
        }
        let post = school.post();
        let dial = Arc::new(Telephone::new(school.clone(), post.clone(), options.net.clone()));
        let since = school.calling_since().await?;
        let nights = Arc::new(Caretaker(school.clone()));
        Ok(Self { school, closing, caller: Caller { post, dial, nights, since }, net: options.net, config })
    }
}

/// The guarded service.
fn guarded(api: Api, token: &Token) -> InterceptedService<SchoolServer<Api>, office::Guard> {
    let server = SchoolServer::new(api)
        .max_decoding_message_size(office::MAX_MESSAGE)
        .max_encoding_message_size(office::MAX_MESSAGE);
    InterceptedService::new(server, token.guard())
}

/// What is served to the school's own machine.
async fn routes(api: Api, token: &Token) -> Routes {
    let (health_reporter, health) = tonic_health::server::health_reporter();
    health_reporter.set_serving::<SchoolServer<Api>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(wire::DESCRIPTORS)
        .build_v1()
        .expect("the descriptors were compiled with this program");
    Routes::new(guarded(api, token)).add_service(health).add_service(reflection)
}

/// A running school.
#[derive(Debug)]
pub struct Running {
    /// The school. Hand back every clone before [`Running::stop`]: the store closes with the last one.
    pub school: Arc<School>,
    /// Asks for calls.
    pub bell: Bell,
    /// Where the local services listen, when the school's own machine is served.
    pub api_address: Option<SocketAddr>,
    stop: CancellationToken,
    parts: JoinSet<Result<(), String>>,
}

/// How long the parts may take to end.
const DEADLINE: Duration = Duration::from_secs(20);

/// Opens a school and serves.
///
/// # Errors
/// See [`StartError`].
pub async fn start(options: Options) -> Result<Running, StartError> {
    let local = options.local;
    let House { school, closing, caller, net, config } = House::open(options).await?;
    let stop = CancellationToken::new();
    let (bell, rung) = Bell::new();
    let mut parts = JoinSet::new();
    parts.spawn(async move { closing.wait().await.map_err(|error| format!("the desk ended: {error}")) });
    let mut api_address = None;
    if local {
        let token = Token::random();
        let routes = routes(Api::new(school.clone(), Ringer::Loop(bell.clone()), net), &token).await;
        let counter = office::open(&token, &config.listen.to_string(), school.folder().path()).await?;
        api_address = Some(counter.address);
        let until = stop.clone();
        parts.spawn(async move { counter.serve(routes, until).await.map_err(|e| e.to_string()) });
    }
    let until = stop.clone();
    parts.spawn(async move {
        caller.run(rung, until).await;
        Ok(())
    });
    Ok(Running { school, bell, api_address, stop, parts })
}

impl Running {
    /// Returns when the first part has ended by itself, which none should.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> Result<(), String> {
        match self.parts.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(()),
        }
    }

    /// Stops: no new calls, what runs is finished, the store closes.
    ///
    /// # Errors
    /// When a part failed, or did not end in time: then what was acknowledged is on disk all the same.
    pub async fn stop(self) -> Result<(), String> {
        let Self { school, bell, stop, mut parts, .. } = self;
        stop.cancel();
        drop((school, bell));
        let drain = async {
            let mut failed = Ok(());
            while let Some(part) = parts.join_next().await {
                failed = failed.and(part.unwrap_or_else(|error| Err(error.to_string())));
            }
            failed
        };
        let drained = tokio::time::timeout(DEADLINE, drain).await;
        drained.unwrap_or_else(|_| Err("not everything ended in time".to_owned()))
    }
}

/// A school that one command has opened for itself.
#[derive(Debug)]
pub struct Inside {
    /// A client of the services.
    pub counter: Counter,
    closing: Closing,
}

/// Opens a school for one command, without listening or calling by itself.
///
/// # Errors
/// See [`StartError`].
pub async fn inside(options: Options) -> Result<Inside, StartError> {
    let House { school, closing, caller, net, .. } = House::open(options).await?;
    let token = Token::random();
    let api = Api::new(school, Ringer::Direct(tokio::sync::Mutex::new(caller)), net);
    let counter = office::inside(Routes::new(guarded(api, &token)), token).await?;
    Ok(Inside { counter, closing })
}

impl Inside {
    /// Closes the store.
    ///
    /// # Errors
    /// When its last commit failed.
    pub async fn close(self) -> Result<(), StoreError> {
        drop(self.counter);
        let ended = tokio::time::timeout(DEADLINE, self.closing.wait()).await;
        ended.unwrap_or(Err(StoreError::Stopped))
    }
}
