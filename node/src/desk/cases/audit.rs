//! Who opened which sealed record, for what purpose. Each line is chained to the one before by its hash: a
//! line that is changed or taken out breaks the chain.

use std::sync::Arc;

use proto::model::case::CaseId;
use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::store::{Record, Room, StoreError, after, record};
use serde::{Deserialize, Serialize};

use crate::desk::{School, SchoolError};
use crate::records::{self, keys};

/// One opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// From 1, without gaps.
    pub n: u64,
    /// The hash of the line before; [`Hash::ROOT`] for the first.
    pub previous: Hash,
    /// When.
    pub at: Moment,
    /// The account.
    pub by: String,
    /// Why.
    pub purpose: String,
    /// Which case.
    pub case: CaseId,
    /// It opened. Attempts are kept too.
    pub good: bool,
}

impl Record for Opened {
    const VERSION: u8 = 1;
    const NAME: &'static str = "opening";
}

impl Opened {
    /// The hash that stands for this line and all before it.
    pub fn hash(&self) -> Hash {
        Hash(*blake3::hash(&record::to_bytes(self)).as_bytes())
    }
}

/// The log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// All lines, oldest first.
    pub lines: Vec<Opened>,
    /// The first line that does not follow from the one before.
    pub broken: Option<u64>,
}

/// Adds a line.
pub(super) fn note(
    room: &mut Room<'_>,
    case: CaseId,
    (by, purpose): (&str, &str),
    good: bool,
    at: Moment,
) -> Result<(), StoreError> {
    let last = room.last(keys::AUDIT, &after(keys::AUDIT))?;
    let last = last.map(|(_, value)| record::from_bytes::<Opened>(&value)).transpose()?;
    let (n, previous) = last.map_or((1, Hash::ROOT), |last| (last.n + 1, last.hash()));
    let line = Opened { n, previous, at, by: by.to_owned(), purpose: purpose.trim().to_owned(), case, good };
    room.write(keys::opening(n), &line);
    Ok(())
}

/// The first line that does not follow from the one before.
pub fn broken(lines: &[Opened]) -> Option<u64> {
    let mut previous = Hash::ROOT;
    for (n, line) in (1..).zip(lines) {
        if line.n != n || line.previous != previous {
            return Some(n);
        }
        previous = line.hash();
    }
    None
}

impl School {
    /// The log of openings, checked.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn openings(self: &Arc<Self>) -> Result<Log, SchoolError> {
        self.act(|_, room, _| {
            let lines: Vec<Opened> =
                records::all(room, keys::AUDIT)?.into_iter().map(|(_, line)| line).collect();
            Ok(Log { broken: broken(&lines), lines })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use proto::store::MemoryStore;

    use super::*;

    fn log() -> Vec<Opened> {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        for n in 0..4 {
            let case = CaseId::new([n; 16]);
            note(&mut room, case, ("t", " 核查 "), n != 2, Moment(i64::from(n))).unwrap();
        }
        records::all(&room, keys::AUDIT).unwrap().into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn a_line_that_is_changed_or_taken_out_breaks_the_chain() {
        let whole = log();
        assert_eq!((whole.len(), broken(&whole)), (4, None));
        assert_eq!(whole[0].purpose, "核查");
        let mut changed = whole.clone();
        changed[1].by = "other".to_owned();
        assert_eq!(broken(&changed), Some(3));
        let mut shorter = whole.clone();
        shorter.remove(1);
        assert_eq!(broken(&shorter), Some(2));
        let mut swapped = whole;
        swapped.swap(1, 2);
        assert_eq!(broken(&swapped), Some(2));
    }
}
