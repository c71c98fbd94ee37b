//! What went by: a town lets the letters of its schools pass and does not keep what they say. It counts
//! them, so that it knows that a school has reported (002:396).
//!
//! Keys: `h/q/<school> <sort>`.

use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// Letters of one sort between a school and the offices above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Whose.
    pub school: Party,
    /// What sort of letter; `letter` when this release does not know it.
    pub sort: String,
    /// From the school, or to it.
    pub from_school: bool,
    /// How many.
    pub letters: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the last one went by.
    pub last: Moment,
}

impl Record for Passed {
    const VERSION: u8 = 1;
    const NAME: &'static str = "count of letters that passed";
}

/// Counts a letter.
///
/// # Errors
/// When the store cannot read.
pub fn note(
    room: &mut Room<'_>,
    (from, to): (&Party, &Party),
    sort: &str,
    bytes: usize,
    now: Moment,
) -> Result<(), StoreError> {
    let (school, from_school) = match (from.is_school(), to.is_school()) {
        (true, _) => (from, true),
        (false, true) => (to, false),
        (false, false) => return Ok(()),
    };
    let way = if from_school { "up" } else { "down" };
    let key = format!("h/q/{school} {way} {sort}").into_bytes();
    let mut passed = room.read::<Passed>(&key)?.unwrap_or_else(|| Passed {
        school: school.clone(),
        sort: sort.to_owned(),
        from_school,
        letters: 0,
        bytes: 0,
        last: now,
    });
    passed.letters += 1;
    passed.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    passed.last = now;
    room.write(key, &passed);
    Ok(())
}

/// All counts, by school.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Passed>, StoreError> {
    room.list(b"h/q/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

#[cfg(test)]
mod tests {
    use proto::store::MemoryStore;

    use super::*;

    #[test]
    fn letters_are_counted_by_school_sort_and_direction() {
        let [school, county, city]: [Party; 3] =
            ["p52/c5205/d520502/t520502100/s2152000001", "p52/c5205/d520502", "p52/c5205"]
                .map(|path| path.parse().unwrap());
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        for (from, to, sort) in [
            (&school, &county, "progress"),
            (&school, &county, "report"),
            (&school, &county, "progress"),
            (&county, &school, "direction"),
            (&county, &city, "custody"),
        ] {
            note(&mut room, (from, to), sort, 100, Moment(5)).unwrap();
        }
        let all = all(&room).unwrap();
        let told: Vec<_> =
            all.iter().map(|it| (it.sort.as_str(), it.from_school, it.letters, it.bytes)).collect();
        assert_eq!(
            told,
            [("direction", false, 1, 100), ("progress", true, 2, 200), ("report", true, 1, 100)]
        );
    }
}
