//! How a value lies in the engine's one tree. Large values are cut into pieces, because sled moves a page
//! beyond 128 KiB into a file of its own under `blobs`, which it never syncs.
//!
//! ```text
//! 0x00 name            what the store notes about itself
//! 0x01 key             0 | value              or  1 | length u32 | hash 16 bytes  (the pieces lie below)
//! 0x02 key | n u32     piece n
//! ```

use super::{KEY_MAX, StoreError, disk};

/// The longest value, or piece of a value, that lies in one engine record: a page splits when it has more
/// than 16 of them, so 17 with the longest keys must stay below 128 KiB.
pub(super) const PIECE: usize = 6 * 1024;
const _: () = assert!(17 * (PIECE + KEY_MAX + 32) < 128 * 1024);

const WHOLE: u8 = 0;
const CUT: u8 = 1;
const MANIFEST: usize = 1 + 4 + 16;

/// A value as its engine record tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored<'a> {
    Whole(&'a [u8]),
    Cut(Manifest),
}

/// What the pieces of a large value must add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manifest {
    length: u32,
    hash: [u8; 16],
}

/// The engine key of `key`.
pub(super) fn data_key(key: &[u8]) -> Vec<u8> {
    [&[1], key].concat()
}

/// The engine key of piece `n` of `key`'s value. The number has a fixed width, so no two keys meet.
pub(super) fn piece_key(key: &[u8], n: u32) -> Vec<u8> {
    [&[2], key, &n.to_be_bytes()].concat()
}

/// The engine record of `value` and its pieces, none when it is small.
///
/// # Errors
/// When the value is longer than 4 GiB.
pub(super) fn cut(value: Vec<u8>) -> Result<(Vec<u8>, Vec<Vec<u8>>), StoreError> {
    if value.len() <= PIECE {
        let mut record = Vec::with_capacity(value.len() + 1);
        record.push(WHOLE);
        record.extend(value);
        return Ok((record, Vec::new()));
    }
    let length = u32::try_from(value.len()).map_err(|_| StoreError::Engine("a value over 4 GiB".into()))?;
    let record = [&[CUT][..], &length.to_be_bytes(), &short_hash(&value)].concat();
    Ok((record, value.chunks(PIECE).map(<[u8]>::to_vec).collect()))
}

/// Reads an engine record of `key`.
///
/// # Errors
/// When it is none.
pub(super) fn parse<'a>(key: &[u8], record: &'a [u8]) -> Result<Stored<'a>, StoreError> {
    match record.split_first() {
        Some((&WHOLE, value)) => Ok(Stored::Whole(value)),
        Some((&CUT, rest)) if record.len() == MANIFEST => {
            let (length, hash) = rest.split_at(4);
            Ok(Stored::Cut(Manifest {
                length: u32::from_be_bytes(length.try_into().expect("split at four")),
                hash: hash.try_into().expect("the length was checked"),
            }))
        }
        _ => Err(disk::damaged(key, "not an engine record")),
    }
}

impl Manifest {
    /// How many pieces there are.
    pub(super) fn pieces(self) -> u32 {
        self.length.div_ceil(PIECE as u32)
    }

    /// Whether `value` is what was cut.
    pub(super) fn fits(self, value: &[u8]) -> bool {
        value.len() == self.length as usize && short_hash(value) == self.hash
    }
}

fn short_hash(value: &[u8]) -> [u8; 16] {
    *blake3::hash(value).as_bytes().first_chunk().expect("a hash has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Stored, cut, parse, piece_key};

    #[test]
    fn a_value_is_cut_only_when_it_must_be() {
        for (size, pieces) in [(0, 0), (1, 0), (PIECE, 0), (PIECE + 1, 2), (2 * PIECE, 2), (2 * PIECE + 1, 3)]
        {
            let value = vec![5; size];
            let (record, parts) = cut(value.clone()).unwrap();
            assert_eq!(parts.len(), pieces, "{size}");
            match parse(b"k", &record).unwrap() {
                Stored::Whole(whole) => assert_eq!(whole, value),
                Stored::Cut(manifest) => {
                    assert_eq!(manifest.pieces() as usize, pieces);
                    assert!(manifest.fits(&parts.concat()));
                    assert!(!manifest.fits(&parts[..1].concat()));
                }
            }
        }
    }

    #[test]
    fn foreign_bytes_are_no_record() {
        for bytes in [&[][..], &[2, 0], &[1, 0, 0], &[1; 22]] {
            assert!(parse(b"k", bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn pieces_of_different_keys_never_meet() {
        assert_ne!(piece_key(b"a", 0x6162_6364), piece_key(b"aabcd", 0));
        assert_ne!(piece_key(b"a", 1), piece_key(b"b", 1));
    }
}
