//! What is done before sled may open a folder, and when it cannot. A store that cannot be opened is never
//! taken for an empty one.
//!
//! ```text
//! store/                the engine's files and READY, written last when the store was made
//! store.life            which store was last used here (beside it, so that a copy leaves it behind)
//! store.lock            held while the store is open
//! store.restoring/      a restore under way; not a store yet
//! store.corrupt-1/      a store that could not be opened
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{OpenError, Options};
use crate::platform;

const READY: &str = "READY";
/// Where sled's recovery has named its snapshot and not yet touched what the one before still needs.
const SNAPSHOT_NAMED: &str = "snap write mv post";
const RETRY_EVERY: Duration = Duration::from_millis(50);
/// Opening writes a little; with less than this it is not tried.
const OPENING_NEEDS: u64 = 2 * 1024 * 1024;

/// A store's folder and what lies beside it.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) dir: PathBuf,
}

/// An engine that opened.
pub(super) struct Engine {
    pub(super) db: sled::Db,
    /// Made just now.
    pub(super) new: bool,
}

impl Home {
    pub(super) fn at(dir: &Path) -> Result<Self, OpenError> {
        let home = Self { dir: dir.to_owned() };
        match dir.file_name() {
            Some(_) => Ok(home),
            None => Err(home.failed(io::Error::new(io::ErrorKind::InvalidInput, "the folder needs a name"))),
        }
    }

    pub(super) fn life(&self) -> PathBuf {
        self.dir.with_added_extension("life")
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.dir.with_added_extension("lock")
    }

    pub(super) fn restoring(&self) -> Self {
        Self { dir: self.dir.with_added_extension("restoring") }
    }

    pub(super) fn failed(&self, error: io::Error) -> OpenError {
        if platform::is_disk_full(&error) {
            OpenError::Full { dir: self.dir.clone() }
        } else {
            OpenError::Io { dir: self.dir.clone(), error }
        }
    }

    /// Waits up to `wait` for the lock, which is free again when the file is dropped.
    pub(super) fn lock(&self, wait: Duration) -> Result<File, OpenError> {
        let path = self.lock_file();
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            platform::private_dir(parent).map_err(|e| self.failed(e))?;
        }
        let file = match platform::new_private_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                File::options().read(true).write(true).open(&path)
            }
            made => made,
        }
        .map_err(|e| self.failed(e))?;
        self.patiently(wait, || match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: self.dir.clone() }),
            Err(TryLockError::Error(error)) => Err(self.failed(error)),
        })?;
        Ok(file)
    }

    /// Opens the engine in the folder, or makes it when there never was one and `options` say so. The
    /// caller holds the lock and, when the engine is new, calls [`Home::ready`] once it has written to it.
    pub(super) fn open(&self, options: &Options) -> Result<Engine, OpenError> {
        let new = !self.dir.join(READY).exists();
        if new {
            self.clear_for_a_new_one(options)?;
            platform::private_dir(&self.dir).map_err(|e| self.failed(e))?;
        }
        self.check_space()?;
        if !new {
            self.tidy().map_err(|e| self.failed(e))?;
            for file in ["conf", "db"] {
                if fs::metadata(self.dir.join(file)).map_or(0, |m| m.len()) == 0 {
                    return Err(self.set_aside(format!("{file} is missing or empty")));
                }
            }
        }
        let db = self.patiently(options.lock_wait, || self.engine(options))?;
        self.sync().map_err(|e| self.failed(e))?;
        Ok(Engine { db, new })
    }

    /// Everything that exists is on disk: from now on, a folder that does not open is a damaged store.
    pub(super) fn ready(&self) -> Result<(), OpenError> {
        let mark = || {
            self.sync()?;
            platform::new_private_file(&self.dir.join(READY))?.sync_all()?;
            platform::sync_dir(&self.dir)?;
            platform::sync_parent(&self.dir)
        };
        mark().map_err(|e| self.failed(e))
    }

    /// Moves a store that cannot be read out of the way and says so.
    pub(super) fn set_aside(&self, why: String) -> OpenError {
        let free = (1..)
            .map(|n| self.dir.with_added_extension(format!("corrupt-{n}")))
            .find(|path| !path.exists())
            .expect("some number is free");
        let moved_to = match fs::rename(&self.dir, &free).and_then(|()| platform::sync_parent(&free)) {
            Ok(()) => free,
            // Windows refuses while the failed engine still holds a file: it stays where it is
            Err(_) => self.dir.clone(),
        };
        OpenError::Corrupt { moved_to, why }
    }

    fn clear_for_a_new_one(&self, options: &Options) -> Result<(), OpenError> {
        let dir = self.dir.clone();
        if self.life().exists() {
            return Err(OpenError::Gone { dir });
        }
        if self.restoring().dir.exists() {
            return Err(OpenError::HalfRestored { dir });
        }
        if !options.create {
            return Err(OpenError::Missing { dir });
        }
        if dir.exists() {
            // no READY: the power failed while it was being made, and nothing was ever promised
            self.wipe()?;
        }
        Ok(())
    }

    fn wipe(&self) -> Result<(), OpenError> {
        let entries = fs::read_dir(&self.dir)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|e| self.failed(e))?;
        let foreign = entries.iter().map(|e| e.file_name()).find(|name| !is_engine_file(name));
        if let Some(found) = foreign {
            return Err(OpenError::Foreign {
                dir: self.dir.clone(),
                found: found.to_string_lossy().into_owned(),
            });
        }
        for entry in entries {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
                .map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// A snapshot that was being written when the power failed keeps sled from opening at all. The newest
    /// of the others counts, and its name must be on disk before sled acts on it.
    fn tidy(&self) -> io::Result<()> {
        let mut snapshots = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "generating") {
                fs::remove_file(path)?;
            } else if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap.")) {
                snapshots.push(path);
            }
        }
        platform::sync_dir(&self.dir)?;
        snapshots.sort_unstable();
        snapshots.pop();
        snapshots.iter().try_for_each(fs::remove_file)
    }

    fn check_space(&self) -> Result<(), OpenError> {
        match platform::free_space(&self.dir) {
            Ok(free) if free < OPENING_NEEDS => Err(OpenError::Full { dir: self.dir.clone() }),
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Opens in two steps where sled has to recover. It gives the new snapshot its name, which nobody has
    /// synced, and at once wipes the segments that the snapshot no longer needs; after a power cut there the
    /// old snapshot would meet wiped segments. So sled is stopped in between, and the name synced.
    fn engine(&self, options: &Options) -> Result<sled::Db, OpenError> {
        static RECOVERING: Mutex<()> = Mutex::new(());
        let opened = {
            let _turn = RECOVERING.lock().unwrap_or_else(PoisonError::into_inner);
            sled::fail::set(SNAPSHOT_NAMED, 1);
            let opened = self.engine_opened(options);
            sled::fail::reset();
            opened
        };
        let opened = match opened {
            Ok(Err(sled::Error::FailPoint)) => {
                self.tidy().map_err(|e| self.failed(e))?;
                self.engine_opened(options)
            }
            done => done,
        };
        let why = match opened {
            Ok(Ok(db)) => return Ok(db),
            Ok(Err(sled::Error::Io(error))) => {
                if error.to_string().contains("could not acquire lock") {
                    return Err(OpenError::InUse { dir: self.dir.clone() });
                }
                match error.kind() {
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => error.to_string(),
                    _ => return Err(self.failed(error)),
                }
            }
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic_text(&*panic),
        };
        // the engine stumbles in many ways when it cannot write: then nothing is damaged
        self.check_space()?;
        Err(self.set_aside(why))
    }

    fn engine_opened(&self, options: &Options) -> std::thread::Result<sled::Result<sled::Db>> {
        let config = sled::Config::new()
            .path(&self.dir)
            .mode(sled::Mode::LowSpace)
            .cache_capacity(options.cache_bytes)
            .flush_every_ms(None);
        catch_unwind(AssertUnwindSafe(|| config.open()))
    }

    /// Waits for what sled keeps outside its log, which it writes and never syncs.
    pub(super) fn sync_blobs(&self) -> io::Result<()> {
        let dir = self.dir.join("blobs");
        let mut any = false;
        for entry in fs::read_dir(&dir)? {
            platform::sync_file(&entry?.path())?;
            any = true;
        }
        if any { platform::sync_dir(&dir) } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_blobs()?;
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.is_dir() { platform::sync_dir(&path)? } else { platform::sync_file(&path)? }
        }
        platform::sync_dir(&self.dir)
    }

    fn patiently<T>(
        &self,
        wait: Duration,
        mut attempt: impl FnMut() -> Result<T, OpenError>,
    ) -> Result<T, OpenError> {
        let mut left = wait;
        loop {
            match attempt() {
                Err(OpenError::InUse { .. }) if !left.is_zero() => {
                    std::thread::sleep(RETRY_EVERY.min(left));
                    left = left.saturating_sub(RETRY_EVERY);
                }
                done => return done,
            }
        }
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned()
}

fn is_engine_file(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    matches!(&*name, "conf" | "db" | "blobs") || name.starts_with("snap.")
}
