//! Backups: online, encrypted, read back before they count; and the way back from one.

mod file;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::guard::Home;
use super::{
    Batch, Desk, KeyError, KeyFile, OpenError, Options, Pair, Sealed, SledStore, Store, StoreError, after,
};
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::{platform, say};
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

/// Why a backup was not made or not restored. Nothing that was there before is changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file of that name exists; backups are never overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The folder to restore into is not empty.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The file cannot be used.
    #[error("cannot use the backup {}: {why}", .path.display())]
    File {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        why: Broken,
    },
    /// What was restored is not what the backup holds.
    #[error("the restored store differs from the backup")]
    Differs,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store to restore into did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What is wrong with a backup file.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It does not begin like one.
    #[error("not a backup")]
    NotABackup,
    /// A newer release wrote it.
    #[error("written by a newer release (format {0})")]
    Newer(u8),
    /// It was made with another key file.
    #[error("made with another key file")]
    WrongKey,
    /// It is another party's.
    #[error("the backup of {0}")]
    OtherParty(String),
    /// It was cut short or edited.
    #[error("cut short or changed")]
    Damaged,
    /// A value is over 4 GiB.
    #[error("a value is too long")]
    TooLong,
    /// The file system refused.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Damaged } else { Self::Io(error) }
    }
}

impl Say for BackupError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Exists(path) => say!(
                lang,
                "{} 已存在，备份不会覆盖旧文件。请换一个文件名。",
                "{} exists; a backup never overwrites a file. Choose another name.",
                path.display()
            ),
            Self::NotEmpty(dir) => say!(
                lang,
                "{} 不是空目录，没有恢复。请先把其中的数据移到别处，或恢复到另一个目录。",
                "{} is not empty; nothing was restored. Move what it holds elsewhere, or restore into another folder.",
                dir.display()
            ),
            Self::File { path, why } => {
                let (what, path) = (why.say(lang), path.display());
                say!(lang, "备份文件 {} 无法使用：{}", "The backup {} cannot be used: {}", path, what)
            }
            Self::Differs => say!(
                lang,
                "恢复后的数据与备份不一致，没有启用。请检查磁盘后重新运行 restore。",
                "What was restored differs from the backup and was not put in use. Check the disk and run restore again."
            ),
            Self::Store(error) => error.say(lang),
            Self::Open(error) => error.say(lang),
            Self::Key(error) => error.say(lang),
        }
    }
}

impl Say for Broken {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotABackup => {
                say!(lang, "不是本系统的备份。请检查文件名。", "it is not a backup. Check the name.")
            }
            Self::Newer(version) => say!(
                lang,
                "由更新版本的程序写入（格式 {}）。请先升级。",
                "a newer release wrote it (format {}). Upgrade first.",
                version
            ),
            Self::WrongKey => say!(
                lang,
                "由另一个密钥文件加密。请换用备份时的密钥文件。",
                "it was made with another key file. Use the one from then."
            ),
            Self::OtherParty(party) => {
                say!(
                    lang,
                    "这是 {} 的备份。请选用本单位的备份。",
                    "it belongs to {}. Choose this unit's own.",
                    party
                )
            }
            Self::Damaged => say!(
                lang,
                "内容不完整或被改动。请重新复制，或改用另一份备份。",
                "it was cut short or changed. Copy it again or use another backup."
            ),
            Self::TooLong => {
                say!(lang, "有一条数据过大。请联系维护人员。", "a value is too large. Please report it.")
            }
            Self::Io(error) if platform::is_disk_full(error) => {
                say!(lang, "磁盘空间不足。请清理后重试。", "the disk is full. Free some space and try again.")
            }
            Self::Io(error) => say!(
                lang,
                "{}。请检查磁盘、路径和权限。",
                "{}. Check the disk, the path and its permissions.",
                error
            ),
        }
    }
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
