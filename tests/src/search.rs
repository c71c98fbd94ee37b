//! Looks for many byte strings in much data at once: children's names and numbers, wherever they must
//! not be.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use encoding_rs::GB18030;

use crate::pupils::Pupil;

/// What is looked for.
#[derive(Debug, Default)]
pub struct Search {
    /// By their first bytes.
    needles: HashMap<[u8; HEAD], Vec<Vec<u8>>>,
    /// A bit for every head's hash: most places of the data end here.
    sieve: Vec<u64>,
    count: usize,
}

/// The shortest needle; shorter ones are found by chance.
const HEAD: usize = 6;
const SIEVE_BITS: usize = 1 << 20;
/// The bits of a head as a number, and what spreads it over the sieve.
const HEAD_BITS: u64 = (1 << (8 * HEAD)) - 1;
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
const SHIFT: u32 = 44;

impl Search {
    /// Looks for everything by which `pupils` could be known: names in UTF-8 and GBK, ID numbers,
    /// telephones, the names of their families.
    pub fn of<'a>(pupils: impl IntoIterator<Item = &'a Pupil>) -> Self {
        let mut search = Self { sieve: vec![0; SIEVE_BITS / 64], ..Self::default() };
        for pupil in pupils {
            for name in [&pupil.name, &pupil.family.name] {
                search.add(name.as_bytes());
                search.add(&GB18030.encode(name).0);
            }
            search.add(pupil.id_number.as_bytes());
            search.add(pupil.phone.as_bytes());
        }
        search
    }

    fn add(&mut self, needle: &[u8]) {
        let head = *needle.first_chunk::<HEAD>().expect("needles are long enough to mean something");
        let bit = sieve_bit(head);
        self.sieve[bit / 64] |= 1 << (bit % 64);
        let same_head = self.needles.entry(head).or_default();
        if !same_head.iter().any(|known| known == needle) {
            same_head.push(needle.to_vec());
            self.count += 1;
        }
    }

    /// How many different byte strings are looked for.
    pub const fn needles(&self) -> usize {
        self.count
    }

    /// Where in `data` the first of them stands.
    pub fn find(&self, data: &[u8]) -> Option<usize> {
        // a plain loop over a number that rolls along: this looks at every byte of every store
        let mut number = 0_u64;
        for (end, byte) in data.iter().enumerate() {
            number = (number << 8 | u64::from(*byte)) & HEAD_BITS;
            let bit = (number.wrapping_mul(SPREAD) >> SHIFT) as usize;
            if self.sieve[bit / 64] & (1 << (bit % 64)) != 0
                && let Some(at) = (end + 1).checked_sub(HEAD)
                && self.stands_at(&data[at..])
            {
                return Some(at);
            }
        }
        None
    }

    fn stands_at(&self, data: &[u8]) -> bool {
        let needles = data.first_chunk::<HEAD>().and_then(|head| self.needles.get(head));
        needles.is_some_and(|needles| needles.iter().any(|needle| data.starts_with(needle)))
    }

    /// All files below `dir` in which one of them stands, and how many bytes were read.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn files(&self, dir: &Path) -> io::Result<(Vec<String>, u64)> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        let mut open = vec![dir.to_owned()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                for entry in std::fs::read_dir(&path)? {
                    open.push(entry?.path());
                }
                continue;
            }
            let data = std::fs::read(&path)?;
            bytes += data.len() as u64;
            if let Some(at) = self.find(&data) {
                found.push(format!("{} at byte {at}", path.display()));
            }
        }
        Ok((found, bytes))
    }
}

fn sieve_bit(head: [u8; HEAD]) -> usize {
    let number = head.into_iter().fold(0_u64, |number, byte| number << 8 | u64::from(byte));
    (number.wrapping_mul(SPREAD) >> SHIFT) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pupils::{Size, roll};

    #[test]
    fn every_child_is_found_in_each_encoding_and_none_where_there_is_none() {
        let pupils = roll(1, 1, 2025, Size { grades: (1, 3), classes: 1, children: 20 });
        let search = Search::of(&pupils);
        let hay = vec![b'7'; 10_000];
        assert_eq!(search.find(&hay), None);
        for pupil in &pupils {
            for needle in [
                pupil.name.as_bytes().to_vec(),
                GB18030.encode(&pupil.name).0.into_owned(),
                pupil.id_number.as_bytes().to_vec(),
                pupil.roll_number.as_bytes().to_vec(),
                pupil.phone.as_bytes().to_vec(),
            ] {
                let hay = [&hay[..700], &needle, &hay[..900]].concat();
                assert!(search.find(&hay).is_some());
                assert_eq!(search.find(&hay[..700 + needle.len() - 1]), None, "half a number is none");
            }
        }
        assert!(search.needles() > pupils.len() * 4);
    }

    #[test]
    fn files_are_searched_whole() {
        let pupils = roll(1, 1, 2025, Size { grades: (1, 1), classes: 1, children: 20 });
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("deep")).expect("a folder");
        std::fs::write(dir.path().join("deep/clean"), [0; 5_000]).expect("a file");
        let search = Search::of(&pupils);
        assert_eq!(search.files(dir.path()).expect("readable"), (vec![], 5_000));
        std::fs::write(dir.path().join("deep/not"), format!("x{}", pupils[3].name)).expect("a file");
        let (found, _) = search.files(dir.path()).expect("readable");
        assert!(found.len() == 1 && found[0].ends_with("not at byte 1"), "{found:?}");
    }
}
