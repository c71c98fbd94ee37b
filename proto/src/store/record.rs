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
        match postcard::take_from_bytes(body) {
            Ok((record, [])) => Ok(record),
            // a rest means that fields were added without a new version
            _ => Err(RecordError { name: R::NAME, version: *version }),
        }
    } else {
        R::from_older(*version, body)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use serde::{Deserialize, Serialize};

    use super::{Record, RecordError, from_bytes, to_bytes};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        day: u32,
        words: String,
    }

    /// The first release knew no words.
    #[derive(Debug, Serialize, Deserialize)]
    struct FirstNote {
        day: u32,
    }

    impl Record for FirstNote {
        const VERSION: u8 = 1;
        const NAME: &'static str = "note";
    }

    impl Record for Note {
        const VERSION: u8 = 2;
        const NAME: &'static str = "note";

        fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
            match (version, postcard::from_bytes::<FirstNote>(bytes)) {
                (1, Ok(first)) => Ok(Self { day: first.day, words: String::new() }),
                _ => Err(RecordError { name: Self::NAME, version }),
            }
        }
    }

    #[test]
    fn an_old_record_reads_as_a_new_one() {
        let old = to_bytes(&FirstNote { day: 7 });
        assert_eq!(from_bytes(&old), Ok(Note { day: 7, words: String::new() }));
    }

    #[test]
    fn bytes_that_are_no_such_record_are_refused_with_their_version() {
        let good = to_bytes(&Note { day: 300, words: "到校".to_owned() });
        let mut longer = good.clone();
        longer.push(0);
        let mut newer = good.clone();
        newer[0] = 3;
        for (bytes, version) in
            [(&[][..], 0), (&good[..1], 2), (&good[..good.len() - 1], 2), (&longer, 2), (&newer, 3)]
        {
            assert_eq!(from_bytes::<Note>(bytes), Err(RecordError { name: "note", version }), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(day in any::<u32>(), words in ".{0,40}") {
            let note = Note { day, words };
            assert_eq!(from_bytes(&to_bytes(&note)), Ok(note));
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = from_bytes::<Note>(&bytes);
        }
    }
}
