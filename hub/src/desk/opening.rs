//! How a hub is made, opened and copied.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use proto::identity::authority::{AUTHORITY_DAYS, Authority};
use proto::identity::keys::SecretKey;
use proto::model::clock::Clock;
use proto::model::day::Moment;
use proto::office::owner::check_owner;
use proto::store::{
    BackupReport, Closing, Desk, Disk, Engine, KeyFile, Options, Room, StoreError, Working, backup_online,
};
use tokio::sync::Notify;

use super::registry::Registry;
use super::{Hub, HubError, Keys, State, has_authority, identity, intake};
use crate::config::Config;
use crate::files::Files;
use crate::gate::Knocks;
use crate::metrics::Metrics;
use crate::rulebook;

impl Hub {
    /// Opens the hub in `dir`.
    ///
    /// # Errors
    /// See [`HubError`]: settings, keys or the store.
    pub async fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<(Arc<Self>, Closing), HubError> {
        Self::open_on(&Disk, dir, clock).await
    }

    /// The same on another engine than the disk.
    ///
    /// # Errors
    /// As [`Hub::open`].
    pub async fn open_on(
        engine: &dyn Engine,
        dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<(Arc<Self>, Closing), HubError> {
        let files = Files::of(dir);
        check_owner(dir)?;
        let config = Config::load(&files.config())?;
        let options = Options { cache_bytes: config.cache_mib << 20, ..Options::hub() };
        Self::open_with(engine, files, config, options, clock).await
    }

    async fn open_with(
        engine: &dyn Engine,
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
        let Working { desk, closing, restored } = engine.open(&files.store(), &store_key, options)?;
        if let Some(restored) = restored {
            tracing::warn!(
                "the store is a copy put back: it gets a new number; what was sent since comes back"
            );
            let me = config.me.clone();
            desk.act(move |room| intake::come_back(room, &me)).await?;
            restored.settle()?;
        }
        // made before the first backup: a copy without it could open nothing that was sealed since
        desk.act(|room| proto::seal::own(room).map(drop)).await?;
        let keys = Keys { store: store_key, leaf, authority };
        let state = load(&desk, &config, &keys).await?;
        if let Some(held) = state.identity.as_ref().map(|identity| identity.leaf().party())
            && *held != config.me
        {
            return Err(HubError::OtherHub { held: held.clone(), me: config.me });
        }
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
            run: proto::link::post::random(),
        };
        let hub = Arc::new(hub);
        hub.keep_root(&hub.state());
        hub.begin_new_life().await?;
        Ok((hub, closing))
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
        Self::init_on(&Disk, dir, config, clock).await
    }

    /// The same on another engine than the disk.
    ///
    /// # Errors
    /// As [`Hub::init`].
    pub async fn init_on(
        engine: &dyn Engine,
        dir: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<(), HubError> {
        let files = Files::of(dir);
        check_owner(dir)?;
        if files.config().exists() || files.store().exists() {
            return Err(HubError::Exists(dir.to_owned()));
        }
        let parts = ["identity", "store.key", "store", "store.life", "store.lock"].map(|part| dir.join(part));
        let made: Vec<_> = parts.into_iter().filter(|path| !path.exists()).collect();
        let done = Self::make(engine, files, config, clock).await;
        if done.is_err() {
            // half a folder would be taken for a hub: what was made is removed again
            for path in &made {
                let _ =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
        }
        done
    }

    async fn make(
        engine: &dyn Engine,
        files: Files,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<(), HubError> {
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
        let (hub, closing) = Self::open_with(engine, files.clone(), config, options, clock).await?;
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

fn backup_name(now: Moment) -> String {
    let name: String = now
        .to_string()
        .chars()
        .filter_map(|c| if c == ' ' { Some('T') } else { (c != ':').then_some(c) })
        .collect();
    format!("{name}.guixue-backup")
}

/// Reads what [`Hub::state`] shows.
pub(super) async fn load(desk: &Desk, config: &Config, keys: &Keys) -> Result<State, HubError> {
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
