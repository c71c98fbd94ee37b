//! A party's disk in memory: it can be copied, put back, full, or lose power right after a commit.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proto::store::{
    Batch, Closing, Desk, Engine, EngineError, KeyFile, MemoryStore, Options, Pair, Restored, Store,
    StoreError, Working, after,
};

use crate::founding::Piece;

/// The disk. A clone is the same disk.
#[derive(Clone, Default)]
pub(crate) struct Drive(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    pairs: MemoryStore,
    /// What the last reading of everything saw: a backup.
    copy: Option<MemoryStore>,
    /// It was put back by a program that knows it.
    restored: bool,
    full: bool,
    /// The power fails when so many more commits are on disk.
    cut_after: Option<u32>,
    dead: bool,
    commits: u64,
    most_bytes: usize,
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").field("commits", &self.state().commits).finish_non_exhaustive()
    }
}

impl Drive {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on it.
    pub(crate) fn pairs(&self) -> MemoryStore {
        self.state().pairs.clone()
    }

    /// A disk with this on it.
    pub(crate) fn holding(pairs: &[Piece]) -> Self {
        let drive = Self::default();
        let batch = pairs.iter().map(|pair| (pair.name.clone(), Some(pair.content.clone()))).collect();
        drive.pairs().commit(batch).expect("memory is written");
        drive
    }

    /// Everything that is on it.
    pub(crate) fn content(&self) -> Vec<Piece> {
        let pairs = self.pairs();
        let all = pairs.scan(b"", &after(b"")).map(|pair| pair.expect("memory is read"));
        all.map(|(name, content)| Piece { name, content }).collect()
    }

    /// What is on it now, whatever comes.
    pub(crate) fn image(&self) -> MemoryStore {
        copy(&self.pairs())
    }

    /// What the party's last backup holds.
    pub(crate) fn last_backup(&self) -> Option<MemoryStore> {
        self.state().copy.take()
    }

    /// Puts an older content back. `knowing`: as the restore command does, which leaves a mark; else as somebody
    /// does who copies a disk.
    pub(crate) fn put_back(&self, older: &MemoryStore, knowing: bool) {
        let mut state = self.state();
        state.pairs = copy(older);
        state.restored |= knowing;
    }

    /// No more room, or room again.
    pub(crate) fn fill(&self, full: bool) {
        self.state().full = full;
    }

    /// The power fails right after the `commits`th commit from now: it is on disk, and nobody hears of it.
    pub(crate) fn cut_after(&self, commits: Option<u32>) {
        self.state().cut_after = commits;
    }

    /// Whether the power has failed: nothing leaves the machine any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Power again.
    pub(crate) fn revive(&self) {
        let mut state = self.state();
        state.dead = false;
        state.cut_after = None;
    }

    /// How many commits it has taken.
    pub(crate) fn commits(&self) -> u64 {
        self.state().commits
    }

    /// The largest commit in bytes.
    pub(crate) fn largest_commit(&self) -> usize {
        self.state().most_bytes
    }

    fn take(&self, batch: Batch) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.dead {
            return Err(StoreError::Stopped);
        }
        if state.full {
            return Err(StoreError::Full("the simulated disk".to_owned()));
        }
        let bytes = batch.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum();
        state.pairs.commit(batch)?;
        state.commits += 1;
        state.most_bytes = state.most_bytes.max(bytes);
        state.cut_after = state.cut_after.map(|left| left.saturating_sub(1));
        state.dead = state.cut_after == Some(0);
        Ok(())
    }
}

fn copy(pairs: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::default();
    let all = pairs.scan(b"", &after(b"")).map(|pair| pair.map(|(key, value)| (key, Some(value))));
    let all = all.collect::<Result<Batch, _>>().expect("memory is read");
    copy.commit(all).expect("memory is written");
    copy
}

impl Engine for Drive {
    fn open(&self, _: &Path, _: &KeyFile, _: Options) -> Result<Working, EngineError> {
        let (desk, writer) = Desk::open(Arc::new(Platter(self.clone())));
        let drive = self.clone();
        let settle = move || {
            drive.state().restored = false;
            Ok(())
        };
        let restored = self.state().restored.then(|| Restored::new(settle));
        Ok(Working { desk, closing: Closing::Task(tokio::spawn(writer.run())), restored })
    }
}

/// The disk as a store.
struct Platter(Drive);

impl Store for Platter {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.pairs().get(key)
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        let mut state = self.0.state();
        if from.is_empty() {
            // only a backup reads everything
            state.copy = Some(copy(&state.pairs));
        }
        let pairs: Vec<_> = state.pairs.scan(from, to).collect();
        Box::new(pairs.into_iter())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.0.pairs().last(from, to)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.0.take(batch)
    }
}
