//! All sums again, from what the leaves said: for `doctor`, and after a change in who manages whom.

use std::collections::BTreeMap;

use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Room, StoreError};

use super::key::{self, EVER, Group, LeafKey};
use super::record::{Leaf, Row, Sum};
use super::shift::mark;
use super::{index, places};

/// What a rebuild found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// Leaves: schools and places of other hubs.
    pub leaves: usize,
    /// Standing sheets.
    pub rows: usize,
    /// Sums kept.
    pub totals: usize,
    /// Sums that had to be corrected; 0 when all was well.
    pub mended: usize,
}

/// What changes in a sum from a day on: in and out of what stands, and the day's own part.
#[derive(Clone, Copy, Default)]
struct Step {
    more: Sum,
    less: Sum,
    of_day: Sum,
}

type Steps = BTreeMap<(Group, u32), Step>;

/// What [`rebuild`] would find; nothing is changed.
///
/// # Errors
/// When the store cannot read, or a row is damaged.
pub fn examine(room: &mut Room<'_>, me: &Party) -> Result<Rebuilt, StoreError> {
    enum Stop {
        Examined(Rebuilt),
        Failed(StoreError),
    }
    let looked =
        room.attempt(|room| Err::<(), Stop>(rebuild(room, me).map_or_else(Stop::Failed, Stop::Examined)));
    match looked {
        Err(Stop::Examined(found)) => Ok(found),
        Err(Stop::Failed(error)) => Err(error),
        Ok(()) => Ok(Rebuilt::default()),
    }
}

/// Computes every sum from the leaves' rows and corrects those that differ. What the parent was told of the days
/// since the first that was wrong is drawn up again.
///
/// # Errors
/// When the store cannot read, or a row is damaged.
pub fn rebuild(room: &mut Room<'_>, me: &Party) -> Result<Rebuilt, StoreError> {
    let mut rows = room.list(b"r/s/")?.into_iter().peekable();
    let mut found = Rebuilt { rows: rows.len(), ..Rebuilt::default() };
    let mut steps = Steps::new();
    for (at, value) in room.list(b"r/l/")? {
        let name = LeafKey::from_key(&at)?;
        let mut leaf: Leaf = from_bytes(&value)?;
        let places = places(me, &leaf.reporter, name.place);
        if places != leaf.places {
            if let Some(group) = leaf.own_group() {
                room.delete(key::held(group));
            }
            leaf.places = places;
            room.write(at, &leaf);
        }
        index(room, name, &leaf);
        found.leaves += 1;
        let groups: Vec<Group> = leaf.groups().collect();
        let mut stood = None;
        // rows are sorted as their leaves are; a row without a leaf counts nowhere
        while rows.next_if(|(at, _)| LeafKey::from_key(at).is_ok_and(|l| l < name)).is_some() {}
        while let Some((at, value)) = rows.next_if(|(at, _)| LeafKey::from_key(at).is_ok_and(|l| l == name)) {
            let (day, row): (_, Row) = (key::day_of(&at)?, from_bytes(&value)?);
            if leaf.closed.is_none_or(|closed| day < closed) {
                step(&mut steps, &groups, key::day_number(day), stood.as_ref(), Some(&row))?;
                stood = Some(row);
            }
        }
        if let Some(closed) = leaf.closed {
            step(&mut steps, &groups, key::day_number(closed), stood.as_ref(), None)?;
        }
    }
    mend(room, &steps, &mut found)?;
    Ok(found)
}

fn step(
    steps: &mut Steps,
    groups: &[Group],
    day: u32,
    stood: Option<&Row>,
    row: Option<&Row>,
) -> Result<(), StoreError> {
    let lost = || key::damaged(b"r/s/", "a sum of sheets is larger than any province");
    let none = Sum::default();
    for group in groups {
        let step = steps.entry((*group, day)).or_default();
        if let Some(stood) = stood {
            step.less = step.less.change(&stood.standing(), &none).ok_or_else(lost)?;
        }
        if let Some(row) = row {
            step.more = step.more.change(&row.standing(), &none).ok_or_else(lost)?;
            step.of_day = step.of_day.change(&row.of_day(), &none).ok_or_else(lost)?;
        }
    }
    Ok(())
}

/// Walks the days of each group and compares with what is kept. A kept sum that says the same keeps its
/// time, of one that does not the time is no better than the figures; a record of a day on which nothing changed is right when it equals the day before.
fn mend(room: &mut Room<'_>, steps: &Steps, found: &mut Rebuilt) -> Result<(), StoreError> {
    let mut kept: BTreeMap<(Group, u32), Option<Sum>> = BTreeMap::new();
    for (at, value) in room.list(b"r/t/")? {
        kept.insert((key::group_of(&at)?, key::day_number(key::day_of(&at)?)), from_bytes(&value).ok());
    }
    let mut days: Vec<(Group, u32)> = steps.keys().chain(kept.keys()).copied().collect();
    days.sort_unstable();
    days.dedup();
    let mut now: Option<(Group, Sum)> = None;
    let mut wrong_since: Option<u32> = None;
    for (group, day) in days {
        let before = now.filter(|(of, _)| *of == group).map(|(_, sum)| sum.carried()).unwrap_or_default();
        let step = steps.get(&(group, day)).copied().unwrap_or_default();
        let lost = || key::damaged(&key::sum(group, day), "the sheets do not add up");
        let sum = before.change(&step.more, &step.less).ok_or_else(lost)?;
        let sum = sum.change(&step.of_day, &Sum::default()).ok_or_else(lost)?;
        let was: Option<Sum> = kept.get(&(group, day)).copied().flatten();
        if was.is_none_or(|was| !was.agrees(&sum)) {
            room.write(key::sum(group, day), &sum);
            found.mended += 1;
            mark(room, day);
            wrong_since = Some(wrong_since.map_or(day, |first| first.min(day)));
        }
        found.totals += 1;
        now = Some((group, sum));
    }
    match wrong_since {
        Some(first) => tell_again(room, first),
        None => Ok(()),
    }
}

/// A day without a sum of its own stands with the one before: what was drawn up of it was wrong as well.
fn tell_again(room: &mut Room<'_>, first: u32) -> Result<(), StoreError> {
    for (at, _) in room.range(&key::drawn(first), &key::drawn(EVER[1]), usize::MAX)? {
        mark(room, key::day_number(key::day_of(&at)?));
    }
    Ok(())
}
