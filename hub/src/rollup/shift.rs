//! One step of the incremental sums: a leaf's part changes from one day until another.

use proto::model::day::Day;
use proto::store::record::from_bytes;
use proto::store::{Room, StoreError};

use super::key::{self, EVER, Group, LeafKey};
use super::record::{Leaf, Row, Sum};

/// What changes in every sum that a leaf is part of. Wherever a leaf's part changes, each of its sums has
/// a record: that is why a new day may start from the record before it.
pub(super) struct Shift {
    pub(super) day: Day,
    /// The leaf's next sheet or its closing: from there on another part stands.
    pub(super) until: Option<Day>,
    /// Standing parts: in and out.
    pub(super) standing: (Sum, Sum),
    /// Parts of the day alone: in and out.
    pub(super) of_day: (Sum, Sum),
}

impl Shift {
    /// Carries it through all sums of `leaf`.
    pub(super) fn carry(&self, room: &mut Room<'_>, leaf: &Leaf) -> Result<(), StoreError> {
        let (first, end) = (key::day_number(self.day), self.until.map_or(EVER[1], key::day_number));
        for group in leaf.groups() {
            self.carry_group(room, group, first, end)?;
        }
        if leaf.own_group().is_some() {
            mark(room, first);
            // totals already sent of later days hold what stood then
            for (at, _) in room.range(&key::drawn(first), &key::drawn(end), usize::MAX)? {
                mark(room, key::day_number(key::day_of(&at)?));
            }
        }
        Ok(())
    }

    fn carry_group(&self, room: &mut Room<'_>, group: Group, first: u32, end: u32) -> Result<(), StoreError> {
        let from = key::sum(group, first);
        let records = room.range(&from, &key::sum(group, end), usize::MAX)?;
        if records.first().is_none_or(|(at, _)| *at != from) {
            let seed = before(room, group, first)?.map(|sum| sum.carried()).unwrap_or_default();
            self.write(room, &from, &seed, true)?;
        }
        for (at, value) in records {
            self.write(room, &at, &from_bytes(&value)?, at == from)?;
        }
        Ok(())
    }

    fn write(&self, room: &mut Room<'_>, at: &[u8], sum: &Sum, that_day: bool) -> Result<(), StoreError> {
        let lost = || key::damaged(at, "a total lost count of what it is made of; run doctor to rebuild it");
        let mut sum = sum.change(&self.standing.0, &self.standing.1).ok_or_else(lost)?;
        if that_day {
            sum = sum.change(&self.of_day.0, &self.of_day.1).ok_or_else(lost)?;
        }
        room.write(at, &sum);
        Ok(())
    }
}

/// Marks this hub's totals of a day as changed.
pub(super) fn mark(room: &mut Room<'_>, day: u32) {
    room.put(key::dirty(day), [1]);
}

fn before(room: &Room<'_>, group: Group, day: u32) -> Result<Option<Sum>, StoreError> {
    let Some(upto) = day.checked_sub(1) else { return Ok(None) };
    let last = room.last(&key::sum(group, EVER[0]), &key::sum(group, upto))?;
    last.map(|(_, value)| from_bytes(&value)).transpose().map_err(Into::into)
}

/// A group's figures as they stand on `day`, and whether anything of that very day is known.
pub(super) fn standing_on(room: &Room<'_>, group: Group, day: Day) -> Result<Sum, StoreError> {
    let number = key::day_number(day);
    let last = room.last(&key::sum(group, EVER[0]), &key::sum(group, number))?;
    let Some((at, value)) = last else { return Ok(Sum::default()) };
    let sum: Sum = from_bytes(&value)?;
    Ok(if key::day_of(&at)? == day { sum } else { sum.carried() })
}

/// The last row of `leaf` on `upto` or before, with its day.
pub(super) fn last_row(room: &Room<'_>, leaf: LeafKey, upto: u32) -> Result<Option<(Day, Row)>, StoreError> {
    let last = room.last(&key::row(leaf, EVER[0]), &key::row(leaf, upto))?;
    last.map(|(at, value)| Ok((key::day_of(&at)?, from_bytes(&value)?))).transpose()
}

/// The last row of `leaf` on `upto` or before that counts.
pub(super) fn standing_row(
    room: &Room<'_>,
    at: LeafKey,
    leaf: &Leaf,
    upto: u32,
) -> Result<Option<Row>, StoreError> {
    Ok(last_row(room, at, upto)?.filter(|(day, _)| !leaf.is_before(*day)).map(|(_, row)| row))
}

/// The first rows of `leaf` from `from` on, or of all days, with their days.
pub(super) fn rows_from(
    room: &Room<'_>,
    leaf: LeafKey,
    from: impl Into<Option<Day>>,
    limit: usize,
) -> Result<Vec<(Day, Row)>, StoreError> {
    let from = key::row(leaf, from.into().map_or(EVER[0], key::day_number));
    let rows = room.range(&from, &key::row(leaf, EVER[1]), limit)?;
    rows.iter().map(|(at, value)| Ok((key::day_of(at)?, from_bytes(value)?))).collect()
}

/// Puts `row` in the place of whatever `leaf` said of `day`.
pub(super) fn set_row(
    room: &mut Room<'_>,
    at: LeafKey,
    leaf: &Leaf,
    day: Day,
    row: &Row,
) -> Result<(), StoreError> {
    let number = key::day_number(day);
    if leaf.counts_on(day) {
        let (old, next) = around(room, at, day)?;
        let stood = match old {
            Some(old) => Some(old),
            None => match number.checked_sub(1) {
                Some(upto) => standing_row(room, at, leaf, upto)?,
                None => None,
            },
        };
        let shift = Shift {
            day,
            until: next.into_iter().chain(leaf.closed).min(),
            standing: (row.standing(), stood.map(|row| row.standing()).unwrap_or_default()),
            of_day: (row.of_day(), old.map(|row| row.of_day()).unwrap_or_default()),
        };
        shift.carry(room, leaf)?;
    }
    room.write(key::row(at, number), row);
    Ok(())
}

/// The row of `day`, and the day of the next one.
fn around(room: &Room<'_>, leaf: LeafKey, day: Day) -> Result<(Option<Row>, Option<Day>), StoreError> {
    let mut rows = rows_from(room, leaf, day, 2)?.into_iter().peekable();
    let old = rows.next_if(|(at, _)| *at == day).map(|(_, row)| row);
    Ok((old, rows.next().map(|(at, _)| at)))
}
