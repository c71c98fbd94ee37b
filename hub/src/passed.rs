//! What went by: a town lets the letters of its schools pass and does not keep what they say. It counts
//! them, so that it knows that a school has reported (002:396).
//!
//! Keys: `h/q/<school> <sort>`.

use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// Letters of one sort from a school to the offices above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Whose.
    pub school: Party,
    /// What sort of letter; `letter` when this release does not know it.
    pub sort: String,
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
    school: &Party,
    sort: &str,
    bytes: usize,
    now: Moment,
) -> Result<(), StoreError> {
    let key = format!("h/q/{school} {sort}").into_bytes();
    let mut passed = room.read::<Passed>(&key)?.unwrap_or_else(|| Passed {
        school: school.clone(),
        sort: sort.to_owned(),
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
    fn letters_are_counted_by_school_and_sort() {
        let [one, two]: [Party; 2] = ["2152000001", "2152000002"]
            .map(|code| format!("p52/c5205/d520502/t520502100/s{code}").parse().unwrap());
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        for (school, sort, at) in
            [(&one, "progress", 1), (&one, "report", 2), (&two, "progress", 3), (&one, "progress", 4)]
        {
            note(&mut room, school, sort, 100, Moment(at)).unwrap();
        }
        let all = all(&room).unwrap();
        let told: Vec<_> =
            all.iter().map(|it| (&it.school, it.sort.as_str(), it.letters, it.bytes, it.last.0)).collect();
        let expected =
            [(&one, "progress", 2, 200, 4), (&one, "report", 1, 100, 2), (&two, "progress", 1, 100, 3)];
        assert_eq!(told, expected);
    }
}
