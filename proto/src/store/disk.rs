//! The embedded engine: sled 0.34.7, made to keep its promises (what is done about its faults is said
//! where it is done: here, in `guard` and in `chunk`).

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chunk::{self, Stored};
use super::guard::{Home, panic_text};
use super::life::Life;
use super::options::{Options, SyncMode};
use super::{Batch, OpenError, Pair, Store, StoreError, check_keys, record};
use crate::platform;

const LIFE: &[u8] = b"\0life";
const RESTORED: &[u8] = b"\0restored";
/// The store's own notes may use most of the reserve: a store on a full disk still opens and reads.
const NOTE_NEEDS: u64 = 1 << 20;

/// A store that opened.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: SledStore,
    /// It is a copy put back, so it may have forgotten what it has told others: start a new incarnation,
    /// commit that, then call [`SledStore::settle`]. Stays true at every opening until then.
    pub restored: bool,
}

/// A store in a folder. Dropping it closes it.
pub struct SledStore {
    db: sled::Db,
    /// Kept open: a failed write-back is reported to handles that were open when it happened.
    file: File,
    turn: Mutex<Turn>,
    home: Home,
    options: Options,
    // last, so that the lock is let go after the engine is closed
    _lock: File,
}

/// What only the one who commits may touch.
struct Turn {
    life: Life,
    stopped: bool,
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.home.dir).finish_non_exhaustive()
    }
}

impl SledStore {
    /// Opens the store in `dir`; `dir.life` and `dir.lock` lie beside it.
    ///
    /// # Errors
    /// See [`OpenError`]: each says what to do.
    pub fn open(dir: &Path, options: Options) -> Result<Opened, OpenError> {
        Self::open_at(Home::at(dir)?, options)
    }

    pub(super) fn open_at(home: Home, options: Options) -> Result<Opened, OpenError> {
        let lock = home.lock(options.lock_wait)?;
        let engine = home.open(&options)?;
        let file = File::options().read(true).write(true).open(home.dir.join("db"));
        let file = file.map_err(|e| home.failed(e))?;
        let turn = Mutex::new(Turn { life: Life::new([0; 16]), stopped: false });
        let store = Self { db: engine.db, file, turn, home, options, _lock: lock };
        if engine.new {
            store
                .note(&[(LIFE, Some(record::to_bytes(&Life::new(nonce()))))])
                .map_err(|e| store.refused(e))?;
            store.home.ready()?;
        }
        let restored = store.begin_life()?;
        Ok(Opened { store, restored })
    }

    /// The new incarnation is committed: from now on the store is the one that belongs here.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn settle(&self) -> Result<(), StoreError> {
        self.note(&[(RESTORED, None)])
    }

    /// The next opening shall report that the store was restored.
    pub(super) fn mark_restored(&self) -> Result<(), StoreError> {
        self.note(&[(RESTORED, Some(Vec::new()))])
    }

    /// Compares the store with the note beside it, turns the page, and says whether it was restored.
    fn begin_life(&self) -> Result<bool, OpenError> {
        let path = self.home.life();
        let beside = Life::read(&path).map_err(|e| self.home.failed(e))?;
        let stored =
            match self.own(LIFE).map_err(|e| self.refused(e))?.map(|v| record::from_bytes::<Life>(&v)) {
                Some(Ok(life)) => life,
                // sled may take a log that it cannot read for an empty one
                _ => return Err(self.home.set_aside("the engine found none of what was stored".to_owned())),
            };
        let goes_on = stored.follows(beside);
        let life = if goes_on {
            // never more than a page ahead: a crash may follow a crash
            if beside != Some(stored) {
                stored.note(&path).map_err(|e| self.home.failed(e))?;
            }
            stored.next()
        } else {
            self.mark_restored().map_err(|e| self.refused(e))?;
            Life::new(nonce()).next()
        };
        self.turn_page(life).map_err(|e| self.refused(e))?;
        Ok(self.own(RESTORED).map_err(|e| self.refused(e))?.is_some())
    }

    fn turn_page(&self, life: Life) -> Result<(), StoreError> {
        self.note(&[(LIFE, Some(record::to_bytes(&life)))])?;
        life.note(&self.home.life()).map_err(|e| io_failure(&e))?;
        self.turn().life = life;
        Ok(())
    }

    fn own(&self, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(guarded(|| self.db.get(name))?.map(|v| v.to_vec()))
    }

    fn note(&self, notes: &[(&[u8], Option<Vec<u8>>)]) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (name, value) in notes {
            match value {
                Some(value) => batch.insert(*name, value.as_slice()),
                None => batch.remove(*name),
            }
        }
        self.write(&mut self.turn(), NOTE_NEEDS, || Ok(batch))
    }

    /// The one way to the disk.
    fn write(
        &self,
        turn: &mut Turn,
        needed: u64,
        batch: impl FnOnce() -> Result<sled::Batch, StoreError>,
    ) -> Result<(), StoreError> {
        if turn.stopped {
            return Err(StoreError::Stopped);
        }
        self.check_space(needed)?;
        let written = batch().and_then(|batch| {
            guarded(|| self.db.apply_batch(batch))?;
            guarded(|| self.db.flush())?;
            self.sync()
        });
        turn.stopped = written.is_err();
        written
    }

    /// Values are cut so that sled needs no file beside its log; should a page outgrow that, its file is
    /// synced too. All other names were synced when the store opened.
    fn sync(&self) -> Result<(), StoreError> {
        if self.options.sync == SyncMode::SledOnly {
            return Ok(());
        }
        let sync = || {
            self.home.sync_blobs()?;
            if platform::ENGINE_FLUSH_IS_DURABLE { Ok(()) } else { self.file.sync_data() }
        };
        sync().map_err(|e| io_failure(&e))
    }

    fn check_space(&self, needed: u64) -> Result<(), StoreError> {
        let free = platform::free_space(&self.home.dir).map_err(|e| io_failure(&e))?;
        if free < needed {
            return Err(StoreError::Full(format!("{free} bytes are free, {needed} are needed")));
        }
        Ok(())
    }

    /// The batch as the engine keeps it: large values in pieces, pieces of what they replace removed.
    fn lay_out(&self, batch: BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Result<sled::Batch, StoreError> {
        let mut out = sled::Batch::default();
        for (key, value) in batch {
            let at = chunk::data_key(&key);
            let old =
                match guarded(|| self.db.get(&at))?.as_deref().map(|r| chunk::parse(&key, r)).transpose()? {
                    Some(Stored::Cut(manifest)) => manifest.pieces(),
                    _ => 0,
                };
            let mut new = 0;
            match value {
                Some(value) => {
                    let (record, pieces) = chunk::cut(value)?;
                    out.insert(at, record);
                    for piece in pieces {
                        out.insert(chunk::piece_key(&key, new), piece);
                        new += 1;
                    }
                }
                None => out.remove(at),
            }
            for n in new..old {
                out.remove(chunk::piece_key(&key, n));
            }
        }
        Ok(out)
    }

    /// The value that the engine record of `key` stands for; `None` when a writer changed it meanwhile.
    fn whole(&self, key: &[u8], stored: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let manifest = match chunk::parse(key, stored)? {
            Stored::Whole(value) => return Ok(Some(value.to_vec())),
            Stored::Cut(manifest) => manifest,
        };
        let mut value = Vec::new();
        for n in 0..manifest.pieces() {
            match guarded(|| self.db.get(chunk::piece_key(key, n)))? {
                Some(piece) => value.extend_from_slice(&piece),
                None => break,
            }
        }
        if manifest.fits(&value) {
            return Ok(Some(value));
        }
        let now = guarded(|| self.db.get(chunk::data_key(key)))?;
        if now.as_deref() == Some(stored) {
            return Err(damaged(key, "the pieces do not make the value"));
        }
        Ok(None)
    }

    /// A pair that a scan met. `None` when it was deleted meanwhile.
    fn pair(&self, at: &[u8], stored: &[u8]) -> Result<Option<Pair>, StoreError> {
        let key = at.get(1..).unwrap_or_default().to_vec();
        let value = match self.whole(&key, stored)? {
            Some(value) => Some(value),
            None => self.get(&key)?,
        };
        Ok(value.map(|value| (key, value)))
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self, error: StoreError) -> OpenError {
        match error {
            StoreError::Full(_) => OpenError::Full { dir: self.home.dir.clone() },
            other => self.home.failed(std::io::Error::other(other)),
        }
    }
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        loop {
            let Some(stored) = guarded(|| self.db.get(chunk::data_key(key)))? else { return Ok(None) };
            if let Some(value) = self.whole(key, &stored)? {
                return Ok(Some(value));
            }
        }
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        if from >= to {
            return Box::new(std::iter::empty());
        }
        let mut range = self.db.range(chunk::data_key(from)..chunk::data_key(to));
        let mut next = move || loop {
            match guarded(|| range.next().transpose()) {
                Ok(None) => return None,
                Ok(Some((at, stored))) => match self.pair(&at, &stored) {
                    Ok(None) => {}
                    Ok(Some(pair)) => return Some(Ok(pair)),
                    Err(error) => return Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        };
        let mut failed = false;
        Box::new(std::iter::from_fn(move || {
            let item = if failed { None } else { next() };
            failed = matches!(item, Some(Err(_)));
            item
        }))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        if from > to {
            return Ok(None);
        }
        let mut range = self.db.range(chunk::data_key(from)..=chunk::data_key(to));
        while let Some((at, stored)) = guarded(|| range.next_back().transpose())? {
            if let Some(pair) = self.pair(&at, &stored)? {
                return Ok(Some(pair));
            }
        }
        Ok(None)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        check_keys(&batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        let bytes: usize = batch.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum();
        let needed = self.options.reserve_bytes.saturating_add(4 * bytes as u64);
        // the later write of a key counts
        let batch = batch.into_iter().collect();
        self.write(&mut self.turn(), needed, || self.lay_out(batch))
    }
}

impl Drop for SledStore {
    /// An orderly closing turns the page too, so that a copy of a running store is known as one.
    fn drop(&mut self) {
        let (life, stopped) = {
            let turn = self.turn();
            (turn.life, turn.stopped)
        };
        if !stopped && life.page > 0 {
            // when it fails, the store looks as after a crash, which is allowed
            let _ = self.turn_page(life.next());
        }
    }
}

/// Runs an engine call; a panic is an error like any other.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| failure(&error)),
        Err(panic) => Err(StoreError::Engine(panic_text(&*panic))),
    }
}

fn failure(error: &sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => io_failure(error),
        other => StoreError::Engine(other.to_string()),
    }
}

fn io_failure(error: &std::io::Error) -> StoreError {
    if platform::is_disk_full(error) {
        StoreError::Full(error.to_string())
    } else {
        StoreError::Engine(error.to_string())
    }
}

/// A stored value of `key` that is not what was written.
pub(super) fn damaged(key: &[u8], why: &'static str) -> StoreError {
    StoreError::Damaged { key: key.iter().map(|byte| format!("{byte:02x}")).collect(), why }
}

fn nonce() -> [u8; 16] {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
    nonce
}

#[cfg(test)]
mod tests;
