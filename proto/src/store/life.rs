//! Whether the store in a folder is the one that was last used there, or a copy put back.
//!
//! A store that goes back in time would number its entries again and contradict what it has already told
//! its parent; it must start a new incarnation. So every opening and every orderly closing counts one page
//! in the store and in a file beside it, which a copy of the store does not bring along.
//!
//! What this cannot see: a whole disk put back, file and all, or a copy put back after a crash before the
//! program ran again. There the parent sees it: the handshake compares numbers and hashes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::record::{self, Record};
use crate::platform;

/// One life of a store: its name and how many pages it has turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Life {
    pub(super) nonce: [u8; 16],
    pub(super) page: u64,
}

impl Record for Life {
    const VERSION: u8 = 1;
    const NAME: &'static str = "life";
}

impl Life {
    /// A store that was just made.
    pub(super) fn new(nonce: [u8; 16]) -> Self {
        Self { nonce, page: 0 }
    }

    /// The same life one page on.
    pub(super) fn next(self) -> Self {
        Self { page: self.page + 1, ..self }
    }

    /// Whether a store that says `self` goes on from what is noted beside it. The store turns its page
    /// first, so a crash may leave it one ahead, never behind.
    pub(super) fn follows(self, beside: Option<Self>) -> bool {
        match beside {
            None => self.page == 0,
            Some(noted) => self.nonce == noted.nonce && (self == noted || self == noted.next()),
        }
    }

    /// What is noted at `path`; `None` when there is nothing that can be read as a life.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn read(path: &Path) -> std::io::Result<Option<Self>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(record::from_bytes(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes the life at `path`, durably.
    ///
    /// # Errors
    /// As the file system's.
    pub(super) fn note(self, path: &Path) -> std::io::Result<()> {
        platform::replace_file(path, &record::to_bytes(&self))
    }
}

#[cfg(test)]
mod tests {
    use super::Life;

    #[test]
    fn only_the_store_that_was_last_used_here_goes_on() {
        let a = |page| Life { nonce: [1; 16], page };
        let b = |page| Life { nonce: [2; 16], page };
        for (stored, beside, goes_on, why) in [
            (a(0), None, true, "just made"),
            (a(1), None, false, "brought here without its note"),
            (a(5), Some(a(5)), true, "closed or crashed"),
            (a(6), Some(a(5)), true, "crashed between the store and the note"),
            (a(7), Some(a(5)), false, "the note was put back"),
            (a(4), Some(a(5)), false, "an older copy"),
            (b(5), Some(a(5)), false, "another store"),
            (b(0), Some(a(5)), false, "a new store under an old note"),
        ] {
            assert_eq!(stored.follows(beside), goes_on, "{why}");
        }
    }

    #[test]
    fn a_note_that_cannot_be_read_is_no_note() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("life");
        assert_eq!(Life::read(&path).unwrap(), None);
        Life::new([3; 16]).next().note(&path).unwrap();
        assert_eq!(Life::read(&path).unwrap(), Some(Life { nonce: [3; 16], page: 1 }));
        std::fs::write(&path, b"\x01junk").unwrap();
        assert_eq!(Life::read(&path).unwrap(), None);
    }
}
