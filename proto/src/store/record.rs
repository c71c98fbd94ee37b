//! What is stored says its version, and old versions still read.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that is stored under some key.
pub trait Record: Serialize + DeserializeOwned {
    /// The version that is written today.
    const VERSION: u8;
    /// What it is, for errors.
    const NAME: &'static str;

    /// Reads an older version. The default knows none.
    ///
    /// # Errors
    /// When the version was never written by any release.
    fn from_older(version: u8, _bytes: &[u8]) -> Result<Self, RecordError> {
        Err(RecordError { name: Self::NAME, version })
    }
}

/// Bytes that are not the record they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot read a stored {name} of version {version}: written by a newer release or damaged")]
pub struct RecordError {
    /// What was expected.
    pub name: &'static str,
    /// The version byte found; 0 when there was none.
    pub version: u8,
}

/// The record as bytes, its version first.
pub fn to_bytes<R: Record>(record: &R) -> Vec<u8> {
    let mut out = vec![R::VERSION];
    out = postcard::to_extend(record, out).expect("records have no unsized sequences");
    out
}

/// Reads a record of any version that was ever released.
///
/// # Errors
/// When the bytes are no such record.
pub fn from_bytes<R: Record>(bytes: &[u8]) -> Result<R, RecordError> {
    let (version, body) = bytes.split_first().ok_or(RecordError { name: R::NAME, version: 0 })?;
    if *version == R::VERSION {
        postcard::from_bytes(body).map_err(|_| RecordError { name: R::NAME, version: *version })
    } else {
        R::from_older(*version, body)
    }
}
