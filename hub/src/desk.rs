//! A hub that is open: its store and the one writer, its identity, its rules. What people ask of it is in
//! the files below; what the link brings is in [`intake`].

mod error;
pub mod identity;
pub mod intake;
pub mod papers;
pub mod registry;
pub mod units;
pub mod watch;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use proto::identity::Identity;
use proto::identity::authority::{AUTHORITY_DAYS, Authority};
use proto::identity::keys::{SecretKey, SpkiHash};
use proto::link::caller::Parent;
use proto::link::post::{self, Post};
use proto::model::calendar::Calendar;
use proto::model::clock::Clock;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::rulebook::Rulebook;
use proto::store::{
    BackupReport, Desk, KeyFile, Options, Room, Sealed, SledStore, StoreError, backup_online,
};
use proto::version::Speaks;
use tokio::sync::Notify;

pub use error::HubError;

use crate::config::Config;
use crate::files::Files;
use crate::gate::Knocks;
use crate::metrics::Metrics;
use crate::rulebook;
use registry::Registry;

/// A hub that is open.
pub struct Hub {
    /// Its settings.
    pub config: Config,
    /// Its folder.
    pub files: Files,
    /// Who it is.
    pub me: Party,
    /// Its writer.
    pub desk: Desk,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// What it counts.
    pub metrics: Metrics,
    /// Strangers with valid certificates.
    pub knocks: Knocks,
    /// Rings when what is stored has changed and [`Hub::state`] does not show it yet.
    pub changed: Notify,
    /// Rings when [`Hub::state`] shows something new.
    pub shown: Notify,
    /// Rings when a stranger knocked: the directory may be out of date.
    pub knocked: Notify,
    seen_keys: Mutex<Vec<(Party, SpkiHash)>>,
    keys: Keys,
    state: RwLock<Arc<State>>,
    address: Mutex<Option<String>>,
    refreshing: tokio::sync::Mutex<()>,
}

/// The private keys.
struct Keys {
    store: Arc<KeyFile>,
    leaf: Arc<SecretKey>,
    authority: Option<Arc<SecretKey>>,
}

/// What is asked often and changes seldom, as of the last commit.
#[derive(Debug, Clone)]
pub struct State {
    /// The rules in force.
    pub rules: Arc<Rulebook>,
    /// The days in force, without any school's own.
    pub calendar: Arc<Calendar>,
    /// The authority, where there is one.
    pub authority: Option<Arc<Authority>>,
    /// What it shows and checks on a link; `None` for a town that has not joined.
    pub identity: Option<Arc<Identity>>,
    /// Whom it dials.
    pub parents: Vec<Parent>,
    /// Who is let in.
    pub registry: Arc<Registry>,
}

/// The thread behind the desk. Join it after every handle of the hub is gone.
#[derive(Debug)]
pub struct Closing(JoinHandle<Result<(), StoreError>>);

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("me", &self.me).finish_non_exhaustive()
    }
}

impl Closing {
    /// Waits until the last action is on disk and the store is closed.
    ///
    /// # Errors
    /// When a commit failed.
    pub async fn wait(self) -> Result<(), StoreError> {
        let joined = tokio::task::spawn_blocking(|| self.0.join()).await;
        joined.ok().and_then(Result::ok).unwrap_or(Err(StoreError::Stopped))
    }
}

impl Hub {
    /// Opens the hub in `dir`.
    ///
    /// # Errors
    /// See [`HubError`]: settings, keys or the store.
    pub async fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<(Arc<Self>, Closing), HubError> {
        let files = Files::of(dir);
        let config = Config::load(&files.config())?;
        let options = Options { cache_bytes: config.cache_mib << 20, ..Options::hub() };
        Self::open_with(files, config, options, clock).await
    }

    async fn open_with(
        files: Files,
        config: Config,
        options: Options,
        clock: Arc<dyn Clock>,
    ) -> Result<(Arc<Self>, Closing), HubError> {
        let store_key = Arc::new(KeyFile::open(&files.store_key())?);
        let leaf = Arc::new(SecretKey::load(&files.leaf_key())?);
        let authority = match has_authority(&config.me) {
            true => Some(Arc::new(SecretKey::load(&files.authority_key())?)),
            false => None,
        };
        let opened = SledStore::open(&files.store(), options)?;
        let store = Arc::new(Sealed::open(opened.store, &store_key)?);
        let (desk, writer) = Desk::open(store.clone());
        let closing = Closing(writer.spawn());
        if opened.restored {
            tracing::warn!(
                "the store is a copy put back: it gets a new number; what was sent since comes back"
            );
            desk.act(|room| post::renew_store_number(room).map(|_| ())).await?;
            store.inner().settle()?;
        }
        drop(store);
        let keys = Keys { store: store_key, leaf, authority };
        let state = load(&desk, &config, &keys).await?;
        let hub = Self {
            me: config.me.clone(),
            config,
            files,
            desk,
            clock,
            metrics: Metrics::default(),
            knocks: Knocks::default(),
            changed: Notify::new(),
            shown: Notify::new(),
            knocked: Notify::new(),
            seen_keys: Mutex::default(),
            keys,
            state: RwLock::new(Arc::new(state)),
            address: Mutex::new(None),
            refreshing: tokio::sync::Mutex::new(()),
        };
        Ok((Arc::new(hub), closing))
    }

    /// What is in force, as of the last commit.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again what [`Hub::state`] shows.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn refresh(&self) -> Result<(), HubError> {
        // one at a time, so that an older reading never replaces a newer one
        let _turn = self.refreshing.lock().await;
        let state = load(&self.desk, &self.config, &self.keys).await?;
        self.show(state);
        Ok(())
    }

    /// Runs an action that changes what the register says of `unit`, and shows the change at the gate.
    ///
    /// # Errors
    /// What `action` returns, or the store.
    pub async fn change_unit<T, E>(
        &self,
        unit: Party,
        action: impl FnOnce(&mut Room<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let done = self.desk.act(action).await?;
        let _turn = self.refreshing.lock().await;
        let party = unit.clone();
        let entry = self.desk.act(move |room| Registry::read_one(room, &party)).await?;
        let state = self.state();
        let registry = Arc::new(state.registry.with(unit, entry));
        self.show(State { registry, ..State::clone(&state) });
        Ok(done)
    }

    /// Shows a unit at the gate before its change is committed: only for what may be shown in vain.
    fn admit_early(&self, unit: &Party, entry: Option<registry::Entry>) {
        let state = self.state();
        let registry = Arc::new(state.registry.with(unit.clone(), entry));
        self.show(State { registry, ..State::clone(&state) });
        self.changed.notify_one();
    }

    fn show(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        self.shown.notify_one();
    }

    /// Runs an action that changes the documents or the identity, and shows the change to everyone.
    ///
    /// # Errors
    /// What `action` returns, or the store.
    pub async fn change<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Room<'_>) -> Result<T, HubError> + Send + 'static,
    ) -> Result<T, HubError> {
        let done = self.desk.act(action).await?;
        self.refresh().await?;
        Ok(done)
    }

    /// The party at the link.
    pub fn post(self: &Arc<Self>) -> Post {
        Post {
            me: self.me.clone(),
            desk: self.desk.clone(),
            clock: self.clock.clone(),
            handler: Arc::new(intake::Intake::new(self)),
            speaks: Speaks::default(),
        }
    }

    /// A unit has used the key of its renewed certificate.
    pub fn saw_next_key(&self, unit: Party, key: SpkiHash) {
        self.seen_keys.lock().unwrap_or_else(PoisonError::into_inner).push((unit, key));
        self.changed.notify_one();
    }

    /// From now on the keys that renewed ones replaced are no longer let in.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn settle_seen_keys(&self) -> Result<(), HubError> {
        let seen = std::mem::take(&mut *self.seen_keys.lock().unwrap_or_else(PoisonError::into_inner));
        for (unit, key) in seen {
            self.settle_key(unit, key.0).await?;
        }
        Ok(())
    }

    /// Notes where it really listens.
    pub fn listens_at(&self, port: u16) {
        let host = self.config.public.rsplit_once(':').map_or("", |(host, _)| host);
        let public = match self.config.public.rsplit_once(':') {
            Some((_, "0")) => format!("{host}:{port}"),
            _ => self.config.public.clone(),
        };
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = Some(public);
    }

    /// Where units dial it.
    ///
    /// # Errors
    /// When the settings leave the port open and the hub does not run.
    pub fn public_address(&self) -> Result<String, HubError> {
        let bound = self.address.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bound {
            Some(address) => Ok(address),
            None if self.config.public.ends_with(":0") => Err(HubError::NoPort),
            None => Ok(self.config.public.clone()),
        }
    }

    /// Makes a verified copy of the store and tells the units that everything in it is safe here. A town
    /// says so only when its county does: see [`proto::link::book::settle`].
    ///
    /// # Errors
    /// See [`HubError::Backup`].
    pub async fn backup(&self, to: Option<&Path>) -> Result<(std::path::PathBuf, BackupReport), HubError> {
        let to = match to {
            Some(path) => path.to_owned(),
            None => self.files.backups().join(backup_name(self.clock.now())),
        };
        if let Some(parent) = to.parent().filter(|p| !p.as_os_str().is_empty()) {
            proto::platform::private_dir(parent)
                .map_err(|why| HubError::Io { what: parent.display().to_string(), why })?;
        }
        let me = self.me.clone();
        // heads first: what comes after them may or may not be in the copy
        let heads = self.desk.act(move |room| proto::link::book::streams(room, true, &me)).await?;
        let key = self.keys.store.clone();
        let report = backup_online(&self.desk, key, self.me.clone(), to.clone()).await?;
        let (settles_itself, own) = (has_authority(&self.me), self.me.clone());
        let secure = move |room: &mut Room<'_>| {
            for head in heads.iter().filter(|head| settles_itself && head.id.origin != own) {
                proto::link::book::secure(room, &head.id, head.tail.seq)?;
            }
            Ok::<_, StoreError>(())
        };
        self.desk.act(secure).await?;
        Ok((to, report))
    }

    /// Makes a new hub in `dir`: settings, keys, an empty store, and an authority where its level has one.
    ///
    /// # Errors
    /// [`HubError::Exists`] when there is one already.
    pub async fn init(dir: &Path, config: Config, clock: Arc<dyn Clock>) -> Result<(), HubError> {
        let files = Files::of(dir);
        if files.config().exists() || files.store().exists() {
            return Err(HubError::Exists(dir.to_owned()));
        }
        let io = |what: &Path| {
            let what = what.display().to_string();
            move |why| HubError::Io { what, why }
        };
        proto::platform::private_dir(&files.identity()).map_err(io(&files.identity()))?;
        SecretKey::generate().save(&files.leaf_key())?;
        let authority = match has_authority(&config.me) {
            true => Some(Authority::create(&config.me, clock.now(), AUTHORITY_DAYS)?),
            false => None,
        };
        if let Some(authority) = &authority {
            authority.key().save(&files.authority_key())?;
        }
        KeyFile::create(&files.store_key())?;
        let options = Options { cache_bytes: 8 << 20, ..Options::hub() }.creating();
        let text = config.to_text();
        let (hub, closing) = Self::open_with(files.clone(), config, options, clock).await?;
        let made = match authority {
            Some(authority) => hub.found(authority).await,
            None => Ok(()),
        };
        drop(hub);
        closing.wait().await?;
        made?;
        // last: a folder with settings is a hub
        proto::platform::replace_file(&files.config(), text.as_bytes()).map_err(io(&files.config()))
    }
}

/// Provinces, cities and counties issue certificates; towns do not.
pub fn has_authority(me: &Party) -> bool {
    matches!(me.level(), Some(Level::Province | Level::City | Level::County))
}

fn backup_name(now: Moment) -> String {
    let name: String = now
        .to_string()
        .chars()
        .filter_map(|c| if c == ' ' { Some('T') } else { (c != ':').then_some(c) })
        .collect();
    format!("{name}.guixue-backup")
}

async fn load(desk: &Desk, config: &Config, keys: &Keys) -> Result<State, HubError> {
    let me = config.me.clone();
    let read = move |room: &mut Room<'_>| {
        let parts = identity::read(room)?;
        let documents = proto::link::shelf::all(room)?;
        let registry = Registry::read(room, &me)?;
        Ok::<_, StoreError>((parts, documents, registry))
    };
    let (parts, documents, registry) = desk.act(read).await?;
    let authority = match (&keys.authority, &parts.authority) {
        (Some(key), Some(der)) => Some(Arc::new(identity::authority(key, der)?)),
        _ => None,
    };
    let identity = identity::assemble(&keys.leaf, &parts)?.map(Arc::new);
    Ok(State {
        rules: Arc::new(rulebook::rules(&documents)),
        calendar: Arc::new(rulebook::calendar(&documents)),
        authority,
        identity,
        parents: parts.parents,
        registry: Arc::new(registry),
    })
}
