//! Backups: online, encrypted, read back before they count; and the way back from one.

mod error;
mod file;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::guard::Home;
use super::{Batch, Desk, KeyFile, Options, Pair, Sealed, SledStore, Store, StoreError, after};
use crate::model::party::Party;
use crate::platform;
pub use error::{BackupError, Broken};
use file::{FileReader, FileWriter, Tally};

/// Restored pairs are committed in batches of about this many bytes.
const BATCH: usize = 1 << 20;

/// What a backup holds. Equal reports mean equal stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupReport {
    /// How many pairs.
    pub records: u64,
    /// Keys and values together, before compression.
    pub bytes: u64,
    /// BLAKE3 over all pairs in order, each part behind its length.
    pub root: [u8; 32],
}

/// Writes all of `store` to `to` and reads it back. Hand in the store that opens the values: the backup has
/// a seal of its own, under the same key file.
///
/// Nobody may write meanwhile; with a desk at work use [`backup_online`].
///
/// # Errors
/// See [`BackupError`]. No file of that name is left.
pub fn backup(
    store: &dyn Store,
    key: &KeyFile,
    party: &Party,
    to: &Path,
) -> Result<BackupReport, BackupError> {
    let written = copy_out(store, key, party, to)?;
    verify_and_name(written, key, party, to)
}

/// As [`backup`], in turn with the desk's other actions: the copy is taken between two commits, so it is a
/// state that the store really had. Others wait while it is written, not while it is read back.
///
/// # Errors
/// See [`BackupError`]. No file of that name is left.
pub async fn backup_online(
    desk: &Desk,
    key: Arc<KeyFile>,
    party: Party,
    to: PathBuf,
) -> Result<BackupReport, BackupError> {
    let copy = (desk.store().clone(), key.clone(), party.clone(), to.clone());
    let written = desk.act(move |_| copy_out(&*copy.0, &copy.1, &copy.2, &copy.3)).await?;
    tokio::task::spawn_blocking(move || verify_and_name(written, &key, &party, &to))
        .await
        .map_err(|_| StoreError::Stopped)?
}

/// Reads `from` to its end without writing anything.
///
/// # Errors
/// [`BackupError::File`].
pub fn verify(from: &Path, key: &KeyFile, party: &Party) -> Result<BackupReport, BackupError> {
    let read = || FileReader::open(BufReader::new(File::open(from)?), key, party)?.read(drop);
    read().map_err(broken(from))
}

/// Makes a sealed store in `dir` from the backup `from`. The store appears only when it is whole and equal
/// to the backup, and its next opening reports that it was restored.
///
/// # Errors
/// See [`BackupError`]. `dir` is as it was.
pub fn restore(
    from: &Path,
    key: &KeyFile,
    party: &Party,
    dir: &Path,
    options: Options,
) -> Result<BackupReport, BackupError> {
    let home = Home::at(dir)?;
    let _lock = home.lock(options.lock_wait)?;
    let empty = !dir.exists() || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    if !empty {
        return Err(BackupError::NotEmpty(dir.to_owned()));
    }
    let promised = verify(from, key, party)?;
    let part = home.restoring();
    forget(&part).map_err(|e| home.failed(e))?;
    let restored = fill(&part, from, key, party, options)?;
    if restored != promised {
        return Err(BackupError::Differs);
    }
    put_in_place(&part, &home).map_err(|e| home.failed(e))?;
    Ok(restored)
}

fn fill(
    part: &Home,
    from: &Path,
    key: &KeyFile,
    party: &Party,
    options: Options,
) -> Result<BackupReport, BackupError> {
    let options = Options { lock_wait: Duration::ZERO, ..options }.creating();
    let store = Sealed::open(SledStore::open_at(part.clone(), options)?.store, key)?;
    let file = File::open(from).map_err(Broken::Io).map_err(broken(from))?;
    let mut batch: Batch = Vec::new();
    let mut size = 0;
    let mut committed = Ok(());
    let each = |(key, value): Pair| {
        size += key.len() + value.len();
        batch.push((key, Some(value)));
        if size >= BATCH && committed.is_ok() {
            size = 0;
            committed = store.commit(std::mem::take(&mut batch));
        }
    };
    FileReader::open(BufReader::new(file), key, party).and_then(|f| f.read(each)).map_err(broken(from))?;
    committed?;
    store.commit(batch)?;
    let mut tally = Tally::default();
    for pair in store.scan(b"", &after(b"")) {
        tally.add(&pair?);
    }
    store.inner().mark_restored()?;
    Ok(tally.report())
}

fn put_in_place(part: &Home, home: &Home) -> io::Result<()> {
    if home.dir.exists() {
        fs::remove_dir(&home.dir)?;
    }
    fs::rename(&part.dir, &home.dir)?;
    platform::sync_parent(&home.dir)?;
    forget(part)
}

/// Removes what an earlier attempt left.
fn forget(part: &Home) -> io::Result<()> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(fs::remove_dir_all(&part.dir))?;
    gone(fs::remove_file(part.life()))?;
    gone(fs::remove_file(part.lock_file()))
}

fn copy_out(store: &dyn Store, key: &KeyFile, party: &Party, to: &Path) -> Result<BackupReport, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let part = part_of(to);
    let result = write_pairs(store.scan(b"", &after(b"")), key, party, &part);
    if result.is_err() {
        let _ = fs::remove_file(&part);
    }
    result
}

fn write_pairs(
    pairs: impl Iterator<Item = Result<Pair, StoreError>>,
    key: &KeyFile,
    party: &Party,
    part: &Path,
) -> Result<BackupReport, BackupError> {
    let new_file = || {
        match fs::remove_file(part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        platform::new_private_file(part)
    };
    let file = new_file().map_err(Broken::Io).map_err(broken(part))?;
    let mut out = FileWriter::new(BufWriter::new(file), key, party).map_err(broken(part))?;
    for pair in pairs {
        out.pair(&pair?).map_err(broken(part))?;
    }
    let (out, report) = out.finish().map_err(broken(part))?;
    out.get_ref().sync_all().map_err(Broken::Io).map_err(broken(part))?;
    Ok(report)
}

fn verify_and_name(
    written: BackupReport,
    key: &KeyFile,
    party: &Party,
    to: &Path,
) -> Result<BackupReport, BackupError> {
    let part = part_of(to);
    let read = verify(&part, key, party)
        .and_then(|read| if read == written { Ok(()) } else { Err(broken(&part)(Broken::Damaged)) });
    let named = read.and_then(|()| {
        fs::rename(&part, to)
            .and_then(|()| platform::sync_parent(to))
            .map_err(|error| broken(to)(Broken::Io(error)))
    });
    if named.is_err() {
        let _ = fs::remove_file(&part);
    }
    named.map(|()| written)
}

fn part_of(to: &Path) -> PathBuf {
    to.with_added_extension("part")
}

fn broken(path: &Path) -> impl Fn(Broken) -> BackupError {
    move |why| BackupError::File { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests;
