//! The outside of a file.
//!
//! ```text
//! 0   8  magic "GUIXUE" 1a 43        18  8  length of what follows
//! 8   2  format                      26     sealed (see [`crate::seal`]); the first 18 bytes are bound to it
//! 10  8  short name of the key that opens it
//! ```

use zeroize::Zeroizing;

use super::CourierError;
use crate::seal::{OpenKey, SealKey, Sealed, Unopened};

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 48 << 20;

const MAGIC: &[u8; 8] = b"GUIXUE\x1aC";
/// The format that this release writes, and the newest that it reads.
const FORMAT: u16 = 1;
const INFO: &[u8] = b"guixue courier";
const HEAD: usize = 18;
const START: usize = HEAD + 8;

/// Every kind of file has its own names for keys, so that nothing is told by comparing them.
fn short_name(key: &SealKey) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(INFO).update(key.bytes());
    hasher.finalize().as_bytes()[..8].try_into().expect("a hash has 32 bytes")
}

/// A file that only the holder of `key` can read.
pub(super) fn close(key: &SealKey, plain: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&FORMAT.to_be_bytes());
    file.extend_from_slice(&short_name(key));
    let sealed = key.seal(INFO, &file, plain);
    file.extend_from_slice(&(sealed.0.len() as u64).to_be_bytes());
    file.extend_from_slice(&sealed.0);
    file
}

/// What is inside.
///
/// # Errors
/// When it is no such file, too new, too large, cut, for another key, or changed.
pub(super) fn open(key: &OpenKey, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, CourierError> {
    if file.len() as u64 > MAX_FILE {
        return Err(CourierError::TooLarge);
    }
    let magic = file.get(..MAGIC.len());
    if magic != Some(MAGIC.as_slice()) {
        return Err(CourierError::NotABundle);
    }
    let cut = |want: u64| CourierError::Cut { have: file.len() as u64, want };
    let format = file.get(8..10).ok_or_else(|| cut(START as u64))?;
    let format = u16::from_be_bytes(format.try_into().expect("two bytes"));
    if format > FORMAT {
        return Err(CourierError::Newer { found: format, known: FORMAT });
    }
    let (head, rest) = file.split_at_checked(START).ok_or_else(|| cut(START as u64))?;
    let length = u64::from_be_bytes(head[HEAD..].try_into().expect("eight bytes"));
    if (rest.len() as u64) < length {
        return Err(cut(length.saturating_add(START as u64)));
    }
    if head[10..HEAD] != short_name(&key.public()) {
        return Err(CourierError::OtherKey);
    }
    let opened = key.open(INFO, &head[..HEAD], &Sealed(rest.to_vec()));
    opened.map_err(|why| match why {
        Unopened::Suite | Unopened::Shut => CourierError::Changed,
    })
}
