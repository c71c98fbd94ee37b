//! What is kept, for the views and the silence board.

use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::model::sheet::{Counts, Reporting};
use proto::store::record::from_bytes;
use proto::store::{Room, StoreError};

use super::key::{self, EVER, Group, LeafKey};
use super::record::{Leaf, Row, Sum};
use super::shift::{self, last_row, rows_from};

/// The last day that `school` sent a sheet of.
///
/// # Errors
/// When the store cannot read.
pub fn last_sheet(room: &Room<'_>, school: &Party) -> Result<Option<Day>, StoreError> {
    Ok(last_row(room, LeafKey::new(school, school.region()), EVER[1])?.map(|(day, _)| day))
}

/// Whether `school` sent a sheet of `day`.
///
/// # Errors
/// When the store cannot read.
pub fn has_sheet(room: &Room<'_>, school: &Party, day: Day) -> Result<bool, StoreError> {
    let at = key::row(LeafKey::new(school, school.region()), key::day_number(day));
    Ok(room.get(&at)?.is_some())
}

/// The last day that the hub `reporter` sent totals of.
///
/// # Errors
/// When the store cannot read.
pub fn last_totals(room: &Room<'_>, reporter: &Party) -> Result<Option<Day>, StoreError> {
    let region = reporter.region();
    let last = room.last(&key::told(region, EVER[0]), &key::told(region, EVER[1]))?;
    last.map(|(at, _)| key::day_of(&at)).transpose()
}

/// The newest day on which anyone of `place` reported or, as their hub says, should have; of days that are
/// free everywhere none.
///
/// # Errors
/// When the store cannot read.
pub fn newest(room: &Room<'_>, place: Region) -> Result<Option<Day>, StoreError> {
    let group = Group::All(place);
    let mut upto = EVER[1];
    while let Some((at, value)) = room.last(&key::sum(group, EVER[0]), &key::sum(group, upto))? {
        let day = key::day_of(&at)?;
        if from_bytes::<Sum>(&value)?.due.asked > 0 {
            return Ok(Some(day));
        }
        upto = key::day_number(day).saturating_sub(1);
    }
    Ok(None)
}

/// The figures of a group or a leaf on a day, before the register's word on who is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Known {
    pub(crate) counts: Counts,
    pub(crate) reporting: Reporting,
    pub(crate) as_of: Option<Moment>,
    /// Leaves that count.
    pub(crate) leaves: u32,
    /// Of these, with a sheet of an earlier day.
    pub(crate) carried: u32,
    /// Schools whose hub says that a sheet of this day was due, or that sent one unasked.
    pub(crate) asked: u32,
    /// Schools of the expected of which their hub says that nothing was due on this day.
    pub(crate) free: u32,
}

impl From<Sum> for Known {
    fn from(sum: Sum) -> Self {
        let Sum { counts, reporting, leaves, fresh, as_of, due } = sum;
        let carried = leaves.saturating_sub(fresh);
        Self { counts, reporting, as_of, leaves, carried, asked: due.asked, free: due.free }
    }
}

/// A group's figures on `day`: one read.
pub(crate) fn group_on(room: &Room<'_>, group: Group, day: Day) -> Result<Known, StoreError> {
    Ok(shift::standing_on(room, group, day)?.into())
}

/// A group's records after `from` up to `to`.
pub(crate) fn group_between(
    room: &Room<'_>,
    group: Group,
    from: Day,
    to: Day,
) -> Result<Vec<(Day, Known)>, StoreError> {
    let [first, end] = [from, to].map(|day| key::day_number(day) + 1);
    let records = room.range(&key::sum(group, first), &key::sum(group, end), usize::MAX)?;
    records.iter().map(|(at, value)| Ok((key::day_of(at)?, from_bytes::<Sum>(value)?.into()))).collect()
}

/// What one leaf says on `day`.
pub(crate) fn leaf_on(
    room: &Room<'_>,
    reporter: &Party,
    place: Region,
    day: Day,
) -> Result<Known, StoreError> {
    let at = LeafKey::new(reporter, place);
    let leaf: Option<Leaf> = room.read(&key::leaf(at))?;
    if leaf.as_ref().is_some_and(|leaf| !leaf.counts_on(day)) {
        return Ok(Known::default());
    }
    let last = last_row(room, at, key::day_number(day))?
        .filter(|(day, _)| leaf.as_ref().is_none_or(|leaf| leaf.counts_on(*day)));
    Ok(last.map_or_else(Known::default, |(at, row)| of_row(leaf.as_ref(), &row, at == day)))
}

/// What one leaf says of the days after `from` up to `to`.
pub(crate) fn leaf_between(
    room: &Room<'_>,
    reporter: &Party,
    place: Region,
    from: Day,
    to: Day,
) -> Result<Vec<(Day, Known)>, StoreError> {
    let at = LeafKey::new(reporter, place);
    let leaf: Option<Leaf> = room.read(&key::leaf(at))?;
    let closed = leaf.as_ref().and_then(|leaf| leaf.closed);
    let mut out = Vec::new();
    let since = leaf.as_ref().and_then(|leaf| leaf.since);
    for (day, row) in rows_from(room, at, since.max(Some(from.next())), usize::MAX)? {
        if day > to || closed.is_some_and(|closed| closed <= day) {
            break;
        }
        out.push((day, of_row(leaf.as_ref(), &row, true)));
    }
    out.extend(closed.filter(|closed| from < *closed && *closed <= to).map(|day| (day, Known::default())));
    Ok(out)
}

/// The reporters of `place`: its schools, and the hubs that list it.
pub(crate) fn reporters(room: &Room<'_>, place: Region) -> Result<Vec<Party>, StoreError> {
    let leaves = room.list(&key::leaves_of(place))?;
    leaves.iter().map(|(_, value)| Ok(from_bytes::<Leaf>(value)?.reporter)).collect()
}

/// The places straight below `place` that anything was reported of.
pub(crate) fn places_below(room: &Room<'_>, place: Region) -> Result<Vec<Region>, StoreError> {
    room.list(&key::below(place))?.iter().map(|(at, _)| key::place_of(at)).collect()
}

fn of_row(leaf: Option<&Leaf>, row: &Row, that_day: bool) -> Known {
    let standing = row.standing();
    let of_day = if that_day { row.of_day() } else { Sum::default() };
    let mut known = Known::from(standing.change(&of_day, &Sum::default()).unwrap_or(standing));
    if leaf.is_some_and(|leaf| leaf.places.is_empty()) {
        // in another hub's register: who has sent a sheet here should go on
        known.reporting.expected = 1;
    }
    known
}
