//! What an office has not done in time is visible one level up: the hub writes to its parent what is open
//! in a case and since when, and takes it back when it is done. Each letter says all that is open, so the
//! one with the highest revision is enough.
//!
//! Keys: `h/e/s/<matter>` what the parent was told, `h/e/h/<matter>` what hubs below told.

use proto::model::case::{CaseId, Escalation, Office, Overdue};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// What an escalation is about: an office and a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Which case.
    pub case: CaseId,
    /// Whose office.
    pub by: Party,
    /// Which office.
    pub office: Office,
}

/// An escalation from below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What it says.
    pub escalation: Escalation,
    /// When it came.
    pub came: Moment,
}

/// What the parent was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Told(Escalation);

impl Record for Held {
    const VERSION: u8 = 1;
    const NAME: &'static str = "escalation from below";
}

impl Record for Told {
    const VERSION: u8 = 1;
    const NAME: &'static str = "escalation to the parent";
}

impl Matter {
    fn key(&self, sort: &[u8]) -> Vec<u8> {
        [b"h/e/", sort, &self.case.0, self.office.code().as_bytes(), b" ", self.by.to_string().as_bytes()]
            .concat()
    }

    fn of(escalation: &Escalation) -> Self {
        let Escalation { case, by, office, .. } = escalation;
        Self { case: *case, by: by.clone(), office: *office }
    }
}

/// What has to be written to the parent so that it knows that `open` is open, and nothing else. Notes that it
/// was written. `None`: it knows.
///
/// # Errors
/// When the store cannot read.
pub fn tell(
    room: &mut Room<'_>,
    matter: &Matter,
    open: Vec<Overdue>,
    unattended: bool,
    now: Moment,
) -> Result<Option<Escalation>, StoreError> {
    let key = matter.key(b"s/");
    let told = room.read::<Told>(&key)?.map(|Told(told)| told);
    // nobody asks who is on duty when nothing is open
    let unattended = unattended && !open.is_empty();
    let same =
        told.as_ref().map_or(open.is_empty(), |told| told.open == open && told.unattended == unattended);
    if same {
        return Ok(None);
    }
    let clock = u64::try_from(now.0).unwrap_or(0);
    let revision = told.map_or(clock, |told| clock.max(told.revision + 1));
    let Matter { case, by, office } = matter.clone();
    let escalation = Escalation { case, by, office, revision, open, unattended };
    room.write(key, &Told(escalation.clone()));
    Ok(Some(escalation))
}

/// What the parent was told before this hub was put back comes back: it counts unless something later was said.
///
/// # Errors
/// When the store cannot read.
pub fn told_before(room: &mut Room<'_>, escalation: Escalation) -> Result<(), StoreError> {
    let key = Matter::of(&escalation).key(b"s/");
    let known = room.read::<Told>(&key)?.map(|Told(known)| known.revision);
    if known.is_none_or(|known| known < escalation.revision) {
        room.write(key, &Told(escalation));
    }
    Ok(())
}

/// Everything that the parent was ever told, once more under new revisions: its store was put back.
///
/// # Errors
/// When the store cannot read.
pub fn again(room: &mut Room<'_>, now: Moment) -> Result<Vec<Escalation>, StoreError> {
    let clock = u64::try_from(now.0).unwrap_or(0);
    let mut out = Vec::new();
    for (key, value) in room.list(b"h/e/s/")? {
        let Told(told) = from_bytes(&value)?;
        let escalation = Escalation { revision: clock.max(told.revision + 1), ..told };
        room.write(key, &Told(escalation.clone()));
        out.push(escalation);
    }
    Ok(out)
}

/// The matters of `by` in which the parent believes something to be open.
///
/// # Errors
/// When the store cannot read.
pub fn told(room: &Room<'_>, by: &Party) -> Result<Vec<Matter>, StoreError> {
    let pairs = room.list(b"h/e/s/")?;
    let told = pairs.iter().map(|(_, value)| Ok::<_, StoreError>(from_bytes::<Told>(value)?.0));
    let told = told.collect::<Result<Vec<_>, _>>()?;
    Ok(told.iter().filter(|told| told.by == *by && !told.open.is_empty()).map(Matter::of).collect())
}

/// Takes an escalation from below. Gives whether it counts: an older one changes nothing.
///
/// # Errors
/// When the store cannot read.
pub fn take(room: &mut Room<'_>, escalation: Escalation, now: Moment) -> Result<bool, StoreError> {
    let key = Matter::of(&escalation).key(b"h/");
    let known = room.read::<Held>(&key)?.map(|held| held.escalation.revision);
    if known.is_some_and(|known| known >= escalation.revision) {
        return Ok(false);
    }
    room.write(key, &Held { escalation, came: now });
    Ok(true)
}

/// What hubs below told, those that were taken back too.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Held>, StoreError> {
    room.list(b"h/e/h/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

#[cfg(test)]
mod tests {
    use proto::model::case::Duty;
    use proto::store::MemoryStore;

    use super::*;

    const NOW: Moment = Moment(1_700_000_000_000);

    fn matter() -> Matter {
        let by = "p52/c5205/d520502".parse().unwrap();
        Matter { case: CaseId::new([7; 16]), by, office: Office::Persuasion }
    }

    fn inform() -> Vec<Overdue> {
        vec![Overdue { duty: Duty::Inform, due: "2025-09-26".parse().unwrap() }]
    }

    #[test]
    fn the_parent_is_told_once_and_told_when_it_is_done() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let mut tell = |open, unattended| tell(&mut room, &matter(), open, unattended, NOW).unwrap();
        assert_eq!(tell(vec![], true), None, "nothing was ever open");
        let first = tell(inform(), false).unwrap();
        assert_eq!(tell(inform(), false), None);
        let second = tell(inform(), true).unwrap();
        let back = tell(vec![], true).unwrap();
        assert!(first.revision < second.revision && second.revision < back.revision);
        assert!(back.open.is_empty() && !back.unattended);
        assert_eq!(tell(vec![], false), None);
    }

    #[test]
    fn what_was_told_before_a_restore_is_taken_back_when_it_is_done() {
        let (lost, put_back) = (MemoryStore::default(), MemoryStore::default());
        let first = tell(&mut Room::new(&lost), &matter(), inform(), false, NOW).unwrap().unwrap();
        let mut room = Room::new(&put_back);
        told_before(&mut room, first.clone()).unwrap();
        let by = &matter().by;
        assert_eq!(told(&room, by).unwrap(), [matter()]);
        let back = tell(&mut room, &matter(), vec![], false, NOW).unwrap().unwrap();
        assert!(back.open.is_empty() && back.revision > first.revision);
        // it comes back once more, late: what was said since stands
        told_before(&mut room, first).unwrap();
        assert_eq!(told(&room, by).unwrap(), []);
    }

    #[test]
    fn the_highest_revision_counts_in_whatever_order_letters_come() {
        let (below, above) = (MemoryStore::default(), MemoryStore::default());
        let (mut below, mut above) = (Room::new(&below), Room::new(&above));
        let up = tell(&mut below, &matter(), inform(), false, NOW).unwrap().unwrap();
        let back = tell(&mut below, &matter(), vec![], false, NOW).unwrap().unwrap();
        assert!(take(&mut above, back.clone(), NOW).unwrap());
        assert!(!take(&mut above, up, NOW).unwrap());
        assert_eq!(all(&above).unwrap()[0].escalation, back);
    }

    #[test]
    fn a_store_that_was_put_back_is_heard_again() {
        let (below, above) = (MemoryStore::default(), MemoryStore::default());
        let (mut below, mut above) = (Room::new(&below), Room::new(&above));
        for (n, open) in [inform(), vec![], inform()].into_iter().enumerate() {
            let at = NOW.plus_millis(i64::try_from(n).unwrap());
            take(&mut above, tell(&mut below, &matter(), open, false, at).unwrap().unwrap(), at).unwrap();
        }
        let store = MemoryStore::default();
        let mut restored = Room::new(&store);
        let later = NOW.plus_millis(60_000);
        assert!(!super::again(&mut below, NOW).unwrap()[0].open.is_empty());
        let again = tell(&mut restored, &matter(), inform(), true, later).unwrap().unwrap();
        assert!(take(&mut above, again, later).unwrap());
    }
}
