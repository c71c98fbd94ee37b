//! A hub that is open: its store and the one writer, its identity, its rules. What people ask of it is in
//! the files below; what the link brings is in [`intake`].

pub mod casework;
mod clock;
pub mod courier;
pub mod custody;
mod error;
pub mod identity;
pub mod inbound;
pub mod incoming;
pub mod intake;
pub mod letter;
pub mod neighbour;
pub mod official;
mod opening;
pub mod papers;
pub mod parcels;
pub mod pool;
pub mod registry;
mod renewal;
pub(crate) mod revocation;
pub mod transfer;
pub mod units;
pub mod watch;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use proto::identity::Identity;
use proto::identity::authority::Authority;
use proto::identity::keys::{SecretKey, SpkiHash};
use proto::link::caller::Parent;
use proto::link::post::Post;
use proto::model::calendar::Calendar;
use proto::model::clock::Clock;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::rulebook::Rulebook;
use proto::store::{Desk, KeyFile, Room, StoreError};
use proto::version::Speaks;
use tokio::sync::Notify;

pub use error::HubError;
pub use renewal::chain;

use crate::config::Config;
use crate::files::Files;
use crate::gate::Knocks;
use crate::metrics::Metrics;
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
    /// A random number of this run of the program.
    run: u64,
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

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("me", &self.me).finish_non_exhaustive()
    }
}

impl Hub {
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
        let state = opening::load(&self.desk, &self.config, &self.keys).await?;
        self.show(state);
        self.keep_revocations().await;
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

    /// Writes the root's certificate beside the keys, where it can be read while the hub runs.
    fn keep_root(&self, state: &State) {
        let Some(identity) = &state.identity else { return };
        let (path, pem) = (self.files.root(), identity.lineage().root().pem());
        if std::fs::read_to_string(&path).is_ok_and(|kept| kept == pem) {
            return;
        }
        if let Err(error) = proto::platform::replace_file(&path, pem.as_bytes()) {
            tracing::warn!("{} is not written: {error}", path.display());
        }
    }

    fn show(&self, state: State) {
        if self.state().identity.is_none() {
            self.keep_root(&state);
        }
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

    /// Notes where units dial it from now on: they are told at their next contact when it is another address than
    /// before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_address(&self) -> Result<(), HubError> {
        let (me, now, address) = (self.me.clone(), self.clock.now(), self.public_address()?);
        let note = move |room: &mut Room<'_>| proto::link::addresses::note_own(room, &me, &address, now);
        Ok(self.desk.act(note).await?)
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
}

/// Provinces, cities and counties issue certificates; towns do not.
pub fn has_authority(me: &Party) -> bool {
    matches!(me.level(), Some(Level::Province | Level::City | Level::County))
}
