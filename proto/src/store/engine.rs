//! What opens a party's store and runs its writer: a disk and a thread in a program, memory and a task in
//! a simulation.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tokio::task;

use super::{Desk, KeyError, KeyFile, OpenError, Options, Sealed, SledStore, StoreError};

/// Opens stores.
pub trait Engine: fmt::Debug + Send + Sync + 'static {
    /// Opens the store in `dir`, which `key` unseals, and lets its writer run.
    ///
    /// # Errors
    /// When the store does not open, or the key is another's.
    fn open(&self, dir: &Path, key: &KeyFile, options: Options) -> Result<Working, EngineError>;
}

/// A store at work.
#[derive(Debug)]
pub struct Working {
    /// The way to the one writer.
    pub desk: Desk,
    /// The writer, to be joined when every handle of the desk is gone.
    pub closing: Closing,
    /// There when the store is a copy put back: commit a new incarnation, then settle it.
    pub restored: Option<Restored>,
}

/// A store that was put back and may have forgotten what it has told others.
pub struct Restored(Box<dyn FnOnce() -> Result<(), StoreError> + Send>);

impl fmt::Debug for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Restored")
    }
}

impl Restored {
    /// A store that `settle` makes the one that belongs where it lies.
    pub fn new(settle: impl FnOnce() -> Result<(), StoreError> + Send + 'static) -> Self {
        Self(Box::new(settle))
    }

    /// The new incarnation is committed: from now on the store is the one that belongs here.
    ///
    /// # Errors
    /// As [`super::Store::commit`].
    pub fn settle(self) -> Result<(), StoreError> {
        (self.0)()
    }
}

/// The writer behind a desk. Wait for it after every handle of the desk is gone.
#[derive(Debug)]
pub enum Closing {
    /// On a thread of its own.
    Thread(thread::JoinHandle<Result<(), StoreError>>),
    /// Among the party's other tasks.
    Task(task::JoinHandle<Result<(), StoreError>>),
}

impl Closing {
    /// Waits until the last action is on disk and the store is closed.
    ///
    /// # Errors
    /// When a commit failed, or the writer did not end by itself.
    pub async fn wait(self) -> Result<(), StoreError> {
        let ended = match self {
            Self::Thread(thread) => task::spawn_blocking(|| thread.join()).await.ok().and_then(Result::ok),
            Self::Task(task) => task.await.ok(),
        };
        ended.unwrap_or(Err(StoreError::Stopped))
    }
}

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The disk: sled in the party's folder, values sealed, the writer on a thread of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Engine for Disk {
    fn open(&self, dir: &Path, key: &KeyFile, options: Options) -> Result<Working, EngineError> {
        let opened = SledStore::open(dir, options)?;
        let store = Arc::new(Sealed::open(opened.store, key)?);
        let (desk, writer) = Desk::open(store.clone());
        let restored = opened.restored.then(|| Restored::new(move || store.inner().settle()));
        Ok(Working { desk, closing: Closing::Thread(writer.spawn()), restored })
    }
}
