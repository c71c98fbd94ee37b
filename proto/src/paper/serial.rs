//! Which document number comes next: one count for each office's prefix and year, kept in the party's own
//! store, so that a number and the document that carries it are committed together.
//!
//! Keys: `d/s/<year>/<prefix>` the last serial given, `d/p/<year>/<prefix>/<serial>` the [`Issued`] document.

use serde::{Deserialize, Serialize};

use super::delivery::Issued;
use super::number::{Number, Prefix, Year};
use crate::model::lang::{Lang, Say};
use crate::say;
use crate::store::{Record, Room, StoreError, record};

/// The last serial given; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counter(pub u32);

/// Why there is no next number.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SerialError {
    /// The count of the year is at its end.
    #[error("the numbers of {0} in {1} are used up")]
    UsedUp(Prefix, Year),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Counter {
    /// The next serial, and the count after it.
    pub const fn take(self) -> Option<(u32, Self)> {
        match self.0.checked_add(1) {
            Some(serial) => Some((serial, Self(serial))),
            None => None,
        }
    }

    /// The count when `serial` is known to be given away; never lower than before.
    #[must_use]
    pub const fn past(self, serial: u32) -> Self {
        if serial > self.0 { Self(serial) } else { self }
    }
}

/// The next number of `prefix` in `year`, given away once the room is committed. A number whose document is
/// thrown away stays given: a gap in the register is explained, a double number is not.
///
/// # Errors
/// When the store cannot be read, or after 4 294 967 295 numbers in one year.
pub fn next(room: &mut Room<'_>, prefix: &Prefix, year: Year) -> Result<Number, SerialError> {
    let key = counter_key(prefix, year);
    let counter: Counter = room.read(&key)?.unwrap_or_default();
    let (serial, after) = counter.take().ok_or_else(|| SerialError::UsedUp(prefix.clone(), year))?;
    room.write(key, &after);
    Ok(Number { prefix: prefix.clone(), year, serial })
}

/// Counts on from `number`: for a store that was put back from a backup, after a look into the paper
/// register, and for an office that gave numbers by hand before.
///
/// # Errors
/// When the store cannot be read.
pub fn go_past(room: &mut Room<'_>, number: &Number) -> Result<(), StoreError> {
    let key = counter_key(&number.prefix, number.year);
    let counter: Counter = room.read(&key)?.unwrap_or_default();
    room.write(key, &counter.past(number.serial));
    Ok(())
}

/// Keeps `issued` in the register under its number.
pub fn keep(room: &mut Room<'_>, issued: &Issued) {
    room.write(document_key(&issued.number), issued);
}

/// The document of `number`, when this office issued it.
///
/// # Errors
/// When the store cannot be read.
pub fn find(room: &Room<'_>, number: &Number) -> Result<Option<Issued>, StoreError> {
    room.read(&document_key(number))
}

/// The register of one prefix and year, by number.
///
/// # Errors
/// When the store cannot be read.
pub fn register(room: &Room<'_>, prefix: &Prefix, year: Year) -> Result<Vec<Issued>, StoreError> {
    let documents = room.list(&register_key(prefix, year))?;
    documents.iter().map(|(_, value)| Ok(record::from_bytes(value)?)).collect()
}

/// The whole register.
///
/// # Errors
/// When the store cannot be read.
pub fn all(room: &Room<'_>) -> Result<Vec<Issued>, StoreError> {
    room.list(b"d/p/")?.iter().map(|(_, value)| Ok(record::from_bytes(value)?)).collect()
}

fn counter_key(prefix: &Prefix, year: Year) -> Vec<u8> {
    format!("d/s/{year}/{prefix}").into_bytes()
}

fn register_key(prefix: &Prefix, year: Year) -> Vec<u8> {
    format!("d/p/{year}/{prefix}/").into_bytes()
}

fn document_key(number: &Number) -> Vec<u8> {
    let mut key = register_key(&number.prefix, number.year);
    key.extend_from_slice(&number.serial.to_be_bytes());
    key
}

impl Record for Counter {
    const VERSION: u8 = 1;
    const NAME: &'static str = "document counter";
}

impl Say for SerialError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::UsedUp(prefix, year) => say!(
                lang,
                "“{prefix}”{year}年的文号已用完。请改用另一个发文机关代字。",
                "The document numbers of {prefix} in {year} are used up. Use another prefix."
            ),
            Self::Store(error) => error.say(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryStore, Store};

    fn taken(store: &MemoryStore, prefix: &str, day: &str) -> String {
        let mut room = Room::new(store);
        let year = Year::of(day.parse().unwrap());
        let number = next(&mut room, &prefix.parse().unwrap(), year).unwrap();
        store.commit(room.into_batch()).unwrap();
        number.to_string()
    }

    #[test]
    fn every_office_and_year_counts_from_one() {
        let store = MemoryStore::default();
        for (prefix, day, number) in [
            ("七教函", "2026-11-21", "七教函〔2026〕1号"),
            ("七教函", "2026-12-31", "七教函〔2026〕2号"),
            ("七教报", "2026-12-31", "七教报〔2026〕1号"),
            ("七教函", "2027-01-01", "七教函〔2027〕1号"),
            ("七教函", "2026-12-31", "七教函〔2026〕3号"),
        ] {
            assert_eq!(taken(&store, prefix, day), number);
        }
    }

    #[test]
    fn a_number_taken_in_an_action_that_failed_is_given_again() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let (prefix, year) = ("七教函".parse().unwrap(), Year::of("2026-11-21".parse().unwrap()));
        let failed: Result<Number, ()> = room.attempt(|room| {
            next(room, &prefix, year).unwrap();
            Err(())
        });
        assert!(failed.is_err());
        assert_eq!(next(&mut room, &prefix, year).unwrap().serial, 1);
    }

    #[test]
    fn after_a_restore_the_count_goes_on_behind_the_paper_register() {
        let store = MemoryStore::default();
        taken(&store, "七教函", "2026-11-21");
        let mut room = Room::new(&store);
        let prefix: Prefix = "七教函".parse().unwrap();
        let year = Year::of("2026-11-21".parse().unwrap());
        for (known, after) in [(17, 18), (5, 19), (u32::MAX, 0)] {
            go_past(&mut room, &Number { prefix: prefix.clone(), year, serial: known }).unwrap();
            match next(&mut room, &prefix, year) {
                Ok(number) => assert_eq!(number.serial, after),
                Err(error) => assert!(known == u32::MAX && matches!(error, SerialError::UsedUp(..))),
            }
        }
    }
}
