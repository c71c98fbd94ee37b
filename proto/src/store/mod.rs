//! Where facts are kept: one ordered map of bytes, changed only by whole batches that are on disk
//! before [`Store::commit`] returns.
//!
//! ```text
//! desk (one writer) -> Room (an action's view, nothing written yet) -> Batch -> Store::commit -> disk
//! ```
//!
//! The map is small on purpose: a second engine has four functions to write and [`suite`] to pass.

pub mod desk;
pub mod record;
pub mod room;

pub use desk::{Desk, Writer};
pub use record::{Record, RecordError};
pub use room::Room;

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

    /// Writes the batch as one: when this returns, it survives a power cut.
    ///
    /// # Errors
    /// When the batch may not be on disk. The caller must not acknowledge anything and must stop
    /// writing: a failed sync cannot be repeated.
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
    /// Another process holds the store.
    #[error("the store at {0} is open in another process")]
    InUse(String),
    /// The writer has stopped after an earlier failure.
    #[error("the store has stopped writing after an earlier failure")]
    Stopped,
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
    vec![u8::MAX; 64]
}
