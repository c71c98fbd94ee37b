//! Who opened which sealed record, for what purpose. Each line is chained to the one before by its hash: a
//! line that is changed or taken out breaks the chain. The county is told how far the log reaches, with what
//! links its lines, and sees whether it only ever grew; what the lines say it does not see.
//!
//! ```text
//! link of a line = BLAKE3(PURPOSE | line)    hash after it = BLAKE3(hash before it | link)
//! ```

use std::sync::Arc;

use proto::model::case::{AuditHead, CaseId};
use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::store::{Record, Room, StoreError, after, record};
use serde::{Deserialize, Serialize};

use super::letters::Mail;
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

/// What a link is over, before the line.
const PURPOSE: &[u8] = b"guixue/openings/v1";
/// Links in one letter.
const MOST: usize = 4_096;

/// Up to where the county was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    n: u64,
    hash: Hash,
}

impl Record for Told {
    const VERSION: u8 = 1;
    const NAME: &'static str = "told openings";
}

impl Opened {
    /// What stands for this line alone.
    fn link(&self) -> Hash {
        hash_of(&[PURPOSE, &record::to_bytes(self)])
    }

    /// The hash that stands for this line and all before it.
    pub fn hash(&self) -> Hash {
        hash_of(&[&self.previous.0, &self.link().0])
    }
}

fn hash_of(parts: &[&[u8]]) -> Hash {
    Hash(*blake3::hash(&parts.concat()).as_bytes())
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
    Mail::Openings.queue(room, WHOLE, 0);
    Ok(())
}

/// Whether somebody here has opened the record of a case.
pub(super) fn was_opened(room: &Room<'_>, case: CaseId) -> Result<bool, StoreError> {
    let lines = records::all::<Opened>(room, keys::AUDIT)?;
    Ok(lines.iter().any(|(_, line)| line.case == case && line.good))
}

/// The log belongs to no case.
const WHOLE: CaseId = CaseId::new([0; 16]);

/// What the county is to be told of the log, and notes that it was; `None` when it knows.
pub(super) fn tell(room: &mut Room<'_>) -> Result<Option<AuditHead>, StoreError> {
    let Told { n: since, hash: base } =
        room.read(keys::OPENINGS_TOLD)?.unwrap_or(Told { n: 0, hash: Hash::ROOT });
    let (from, end) = (keys::opening(since.saturating_add(1)), after(keys::AUDIT));
    let mut lines = Vec::new();
    for (_, value) in room.range(&from, &end, MOST)? {
        lines.push(record::from_bytes::<Opened>(&value)?);
    }
    let Some(last) = lines.last() else { return Ok(None) };
    let (n, hash) = (last.n, last.hash());
    room.write(keys::OPENINGS_TOLD, &Told { n, hash });
    if lines.len() == MOST {
        Mail::Openings.queue(room, WHOLE, 1);
    }
    Ok(Some(AuditHead { n, hash, since, base, links: lines.iter().map(Opened::link).collect() }))
}

/// The county has lost what it was told: it hears the log from the beginning.
pub(super) fn tell_all(room: &mut Room<'_>) {
    room.delete(keys::OPENINGS_TOLD);
    Mail::Openings.queue(room, WHOLE, 0);
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
    fn the_county_can_follow_the_log_from_head_to_head() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let open = |room: &mut Room<'_>| note(room, WHOLE, ("t", "核查"), true, Moment(0)).unwrap();
        assert_eq!(tell(&mut room).unwrap(), None);
        open(&mut room);
        open(&mut room);
        let first = tell(&mut room).unwrap().unwrap();
        assert_eq!(tell(&mut room).unwrap(), None);
        open(&mut room);
        let second = tell(&mut room).unwrap().unwrap();
        assert_eq!((first.n, second.since, second.base, second.n), (2, 2, first.hash, 3));
        for told in [&first, &second] {
            let reached = told.links.iter().fold(told.base, |at, link| hash_of(&[&at.0, &link.0]));
            assert_eq!(reached, told.hash);
        }
        tell_all(&mut room);
        let again = tell(&mut room).unwrap().unwrap();
        assert_eq!((again.since, again.hash, again.links.len()), (0, second.hash, 3));
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
