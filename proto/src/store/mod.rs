//! Where facts are kept: one ordered map of bytes, changed only by whole batches that are on disk
//! before [`Store::commit`] returns.
//!
//! ```text
//! desk (one writer) -> Room (an action's view, nothing written yet) -> Batch -> Store::commit -> disk
//! ```
//!
//! The map is small on purpose: a second engine has four functions to write and [`suite`] to pass.

pub mod backup;
mod chunk;
pub mod desk;
pub mod disk;
pub mod engine;
mod guard;
pub mod key;
mod life;
pub mod memory;
mod open_error;
pub mod options;
pub mod record;
pub mod room;
pub mod sealed;
pub mod suite;

use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::say;

pub use backup::{BackupError, BackupReport, backup, backup_online, restore};
pub use desk::{Desk, Writer};
pub use disk::{Opened, SledStore};
pub use engine::{Closing, Disk, Engine, EngineError, Restored, Working};
pub use key::{KeyError, KeyFile};
pub use memory::MemoryStore;
pub use open_error::OpenError;
pub use options::Options;
pub use record::{Record, RecordError};
pub use room::Room;
pub use sealed::Sealed;

/// The longest key, in bytes.
pub const KEY_MAX: usize = 255;

/// Keys and values in a [`Batch`] or a scan.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Writes that happen together or not at all: `None` deletes.
pub type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// An ordered map of bytes on a disk. Reads see the last commit.
pub trait Store: Send + Sync + 'static {
    /// The value of `key`.
    ///
    /// # Errors
    /// When the engine cannot read or the value fails its check.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// All pairs with `from <= key < to`, ascending.
    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's>;

    /// The last pair with `from <= key <= to`.
    ///
    /// # Errors
    /// As [`Store::get`].
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError>;

    /// Writes the batch as one: when this returns, it survives a power cut. Where a key comes twice,
    /// the later write counts.
    ///
    /// # Errors
    /// When the batch may not be on disk; the caller must not acknowledge anything. After an error the
    /// store takes no more writes ([`StoreError::Stopped`]), because a failed sync cannot be repeated;
    /// unless it refused before writing anything: [`StoreError::Full`] while space is short, and
    /// [`StoreError::Key`].
    fn commit(&self, batch: Batch) -> Result<(), StoreError>;
}

/// Why the store did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk; nothing of the batch is acknowledged.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The engine failed.
    #[error("the store failed: {0}")]
    Engine(String),
    /// A value is not what was written.
    #[error("a stored value is damaged (key {key}): {why}")]
    Damaged {
        /// The key in hexadecimal.
        key: String,
        /// Which check failed.
        why: &'static str,
    },
    /// A record cannot be read as what its key says.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A key in the batch is longer than [`KEY_MAX`]; nothing was written.
    #[error("a key of {0} bytes is too long to store")]
    Key(usize),
    /// The writer has stopped after an earlier failure.
    #[error("the store has stopped writing after an earlier failure")]
    Stopped,
}

impl Say for StoreError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Full(_) => say!(
                lang,
                "磁盘空间不足，本次操作没有保存。请清理磁盘后重试；此前已确认的数据没有丢失。",
                "The disk is full; this action was not saved. Free some space and try again; nothing confirmed earlier is lost."
            ),
            Self::Engine(why) => say!(
                lang,
                "存储出错：{}，本次操作没有确认。请检查磁盘并重新启动程序。",
                "The store failed: {}; this action was not confirmed. Check the disk and start the program again.",
                reason::told(why, lang)
            ),
            Self::Damaged { key, why } => say!(
                lang,
                "有一条存储的数据已损坏（键 {key}：{why}）。请停止程序，用最近的备份恢复。",
                "A stored value is damaged (key {key}: {why}). Stop the program and restore the newest backup.",
            ),
            Self::Record(error) => {
                let RecordError { name, version } = error;
                say!(
                    lang,
                    "无法读取存储的{name}（版本 {version}）：由更新的程序写入，或已损坏。请升级程序；如仍不能读取，请用备份恢复。",
                    "A stored {name} (version {version}) cannot be read: a newer release wrote it, or it is damaged. Upgrade; if that does not help, restore a backup."
                )
            }
            Self::Key(length) => say!(
                lang,
                "内部错误：存储键过长（{length} 字节），没有写入任何数据。请联系维护人员。",
                "Internal error: a key of {length} bytes is too long; nothing was written. Please report it."
            ),
            Self::Stopped => say!(
                lang,
                "存储因先前的错误已停止写入。请查看日志，排除故障后重新启动程序。",
                "The store has stopped writing after an earlier failure. See the log, mend the cause and start the program again."
            ),
        }
    }
}

/// Refuses a batch with a key that no engine has to take.
///
/// # Errors
/// [`StoreError::Key`].
pub fn check_keys(batch: &Batch) -> Result<(), StoreError> {
    match batch.iter().find(|(key, _)| key.len() > KEY_MAX) {
        Some((key, _)) => Err(StoreError::Key(key.len())),
        None => Ok(()),
    }
}

/// The key that bounds a scan over everything that starts with `prefix`.
pub fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    // nothing but 0xff: longer than any key
    vec![u8::MAX; KEY_MAX + 1]
}

#[cfg(test)]
mod tests {
    use super::{KEY_MAX, after};

    #[test]
    fn a_scan_ends_right_after_its_prefix() {
        let all = vec![u8::MAX; KEY_MAX + 1];
        for (prefix, end) in
            [(&b"a"[..], b"b".to_vec()), (b"a\xff", b"b".to_vec()), (b"\xff\xff", all.clone()), (b"", all)]
        {
            assert_eq!(after(prefix), end, "{prefix:?}");
            assert!([prefix, &[u8::MAX; 9]].concat() < end);
        }
    }
}
