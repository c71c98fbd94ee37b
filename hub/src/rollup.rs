//! Figures by place and day, kept while sheets arrive: a query reads one record and no sheet.
//!
//! ```text
//! a school's sheet ──┐                        ┌─> the school's place ─> .. ─> this hub   (Group)
//!                    ├─> leaf, day: one row ──┤
//! another hub's row ─┘   the highest stands   └─> only what changed, from the day to the leaf's next sheet
//! ```
//!
//! A *leaf* is the smallest thing that this hub may see: one of its own schools, or one place's row in another
//! hub's totals. A school of another hub, whose rows may travel further than that one, is a leaf that counts in
//! no sum: it stands in its hub's row.
//!
//! The laws, which a test holds against a recomputation from all sheets:
//! - A stock of a day is the sum over the leaves of each one's last sheet up to the day; a flow is the sum
//!   of the sheets of exactly that day.
//! - Of several sheets of one leaf and day the highest (revision, life) stands, in whatever order and by
//!   however many ways they come. Everything is written to the [`Room`] of the entry, and commits with it.

mod check;
mod draw;
mod key;
mod read;
mod rebuild;
mod record;
mod shift;
#[cfg(test)]
mod tests;

use proto::model::day::{Day, Moment};
use proto::model::entry::Incarnation;
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use proto::model::sheet::{Reporting, Sheet, Totals, TotalsRow};
use proto::store::record::from_bytes;
use proto::store::{Room, StoreError};

pub use check::{Contradiction, consistent, consistent_totals};
pub use draw::{draw_up, drawn_before, touch, touch_all, touch_past};
pub use key::Group;
pub use read::{has_sheet, last_sheet, last_totals, newest};
pub use rebuild::{Rebuilt, examine, rebuild};

pub(crate) use read::{Known, group_between, group_on, leaf_between, leaf_on, places_below, reporters};

use key::{EVER, LeafKey};
use record::{Due, Leaf, Row, Sum, Told};
use shift::{Shift, last_row, rows_from, set_row};

/// What a sheet or a hub's totals changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The first word about this day.
    New,
    /// It stands in the place of an earlier one.
    Corrected,
    /// The same or a later one is known: nothing changed.
    Stale,
}

/// Takes a school's sheet into the figures of `me` and of every place between. The caller has checked
/// that the school hangs below `me` and that the counts are [`consistent`].
///
/// On time is a school whose first word about the day came within `deadline`; restated is one whose
/// counts were changed after it.
///
/// # Errors
/// When the store cannot read, or a total is damaged.
pub fn apply_sheet(
    room: &mut Room<'_>,
    me: &Party,
    school: &Party,
    sheet: &Sheet,
    life: Incarnation,
    received: Moment,
    deadline: Moment,
) -> Result<Outcome, StoreError> {
    let at = LeafKey::new(school, school.region());
    let known: Option<Row> = room.read(&key::row(at, key::day_number(sheet.day)))?;
    if known.is_some_and(|row| (row.revision, row.life) >= (sheet.revision, life.number)) {
        return Ok(Outcome::Stale);
    }
    let in_time = received <= deadline;
    let was = known.map(|row| row.reporting).unwrap_or_default();
    let changed = known.is_some_and(|row| row.counts != sheet.counts);
    let row = Row {
        revision: sheet.revision,
        life: life.number,
        received,
        stands: true,
        counts: sheet.counts,
        reporting: Reporting {
            expected: 0,
            reported: 1,
            on_time: u32::from(in_time || was.on_time > 0),
            restated: u32::from(was.restated > 0 || changed && !in_time),
            provisional: u32::from(sheet.provisional),
        },
        due: Due { asked: 1, free: 0 },
    };
    let leaf = leaf(room, me, school, at)?;
    set_row(room, at, &leaf, sheet.day, &row)?;
    Ok(if known.is_some() { Outcome::Corrected } else { Outcome::New })
}

/// Takes another hub's totals of a day. They say everything that the hub knows of the day: a place that
/// it listed before and does not list now counts for nothing from this day on.
///
/// # Errors
/// When the store cannot read, or a total is damaged.
pub fn apply_totals(
    room: &mut Room<'_>,
    me: &Party,
    reporter: &Party,
    totals: &Totals,
    life: Incarnation,
    received: Moment,
) -> Result<Outcome, StoreError> {
    let (day, region) = (totals.day, reporter.region());
    let at = key::told(region, key::day_number(day));
    let known: Option<Told> = room.read(&at)?;
    if known.is_some_and(|told| (told.revision, told.life) >= (totals.revision, life.number)) {
        return Ok(Outcome::Stale);
    }
    let told = Told { revision: totals.revision, life: life.number, received };
    let missing = unlisted(room, reporter, totals)?;
    let later = next_told(room, region, day)?;
    for row in &totals.rows {
        let at = LeafKey::new(reporter, row.place);
        let leaf = leaf(room, me, reporter, at)?;
        set_row(room, at, &leaf, day, &listed(&told, row))?;
        if let Some((later, told)) = &later
            && room.get(&key::row(at, key::day_number(*later)))?.is_none()
        {
            set_row(room, at, &leaf, *later, &gone(told))?;
        }
    }
    for place in missing {
        let at = LeafKey::new(reporter, place);
        let leaf = leaf(room, me, reporter, at)?;
        set_row(room, at, &leaf, day, &gone(&told))?;
    }
    room.write(at, &told);
    Ok(if known.is_some() { Outcome::Corrected } else { Outcome::New })
}

/// From `from` on a closed or revoked school no longer counts; earlier days keep what it said, and what it
/// still says of them.
///
/// # Errors
/// When the store cannot read, or a total is damaged.
pub fn close_leaf(room: &mut Room<'_>, me: &Party, school: &Party, from: Day) -> Result<(), StoreError> {
    let at = LeafKey::new(school, school.region());
    reopen_leaf(room, school)?;
    let mut leaf = leaf(room, me, school, at)?;
    for (day, until, standing, of_day) in parts_from(room, at, from)? {
        let none = Sum::default();
        Shift { day, until, standing: (none, standing), of_day: (none, of_day) }.carry(room, &leaf)?;
    }
    leaf.closed = Some(from);
    room.write(key::leaf(at), &leaf);
    Ok(())
}

/// Takes a closing back: what the unit said counts again. Returns whether it was closed.
///
/// # Errors
/// When the store cannot read, or a total is damaged.
pub fn reopen_leaf(room: &mut Room<'_>, school: &Party) -> Result<bool, StoreError> {
    let at = LeafKey::new(school, school.region());
    let Some(mut leaf) = room.read::<Leaf>(&key::leaf(at))? else { return Ok(false) };
    let Some(from) = leaf.closed.take() else { return Ok(false) };
    for (day, until, standing, of_day) in parts_from(room, at, from)? {
        let none = Sum::default();
        Shift { day, until, standing: (standing, none), of_day: (of_day, none) }.carry(room, &leaf)?;
    }
    room.write(key::leaf(at), &leaf);
    Ok(true)
}

/// The sums that `school` is part of at `me`; the first is that of its place's own schools.
pub(crate) fn groups_of(me: &Party, school: &Party) -> Vec<Group> {
    let places = places(me, school, school.region());
    Leaf { reporter: school.clone(), places, closed: None }.groups().collect()
}

/// The record of a leaf, made when it speaks for the first time.
fn leaf(room: &mut Room<'_>, me: &Party, reporter: &Party, at: LeafKey) -> Result<Leaf, StoreError> {
    if let Some(leaf) = room.read(&key::leaf(at))? {
        return Ok(leaf);
    }
    let leaf = Leaf { reporter: reporter.clone(), places: places(me, reporter, at.place), closed: None };
    room.write(key::leaf(at), &leaf);
    index(room, at, &leaf);
    Ok(leaf)
}

/// Whether `school` stands in no totals of a hub below `me`: only towns, which draw up none, lie between.
pub(crate) fn is_own(me: &Party, school: &Party) -> bool {
    let mut between = school.lineage().skip(1).take_while(|hub| hub != me);
    between.all(|hub| hub.level() == Some(Level::Town))
}

/// The places that a row of `place` by `reporter` counts for, nearest first, up to `me`.
fn places(me: &Party, reporter: &Party, place: Region) -> Vec<Region> {
    if reporter.is_school() && !is_own(me, reporter) {
        return Vec::new();
    }
    let hubs = reporter.lineage().filter(|party| !party.is_school());
    let mut places = vec![place];
    places.extend(hubs.take_while(|hub| hub == me || hub.is_below(me)).map(|hub| hub.region()));
    places.dedup();
    places
}

fn index(room: &mut Room<'_>, at: LeafKey, leaf: &Leaf) {
    for (place, above) in leaf.places.iter().zip(leaf.places.iter().skip(1)) {
        room.put(key::child(*above, *place), [1]);
    }
    match leaf.own_group() {
        Some(group) => room.put(key::held(group), [1]),
        None if leaf.reporter.is_school() => {}
        None => room.put(key::row_of(leaf.reporter.region(), at.place), [1]),
    }
}

const fn listed(told: &Told, row: &TotalsRow) -> Row {
    let Told { revision, life, received } = *told;
    let due = Due { asked: row.reporting.expected.saturating_sub(row.free), free: row.free };
    Row { revision, life, received, stands: true, counts: row.counts, reporting: row.reporting, due }
}

fn gone(told: &Told) -> Row {
    let Told { revision, life, received } = *told;
    let (counts, reporting, due) = Default::default();
    Row { revision, life, received, stands: false, counts, reporting, due }
}

/// Places that the hub listed for an earlier day, or in an earlier revision, and leaves out now.
fn unlisted(room: &Room<'_>, reporter: &Party, totals: &Totals) -> Result<Vec<Region>, StoreError> {
    let mut out = Vec::new();
    for (at, _) in room.list(&key::rows_of(reporter.region()))? {
        let place = key::place_of(&at)?;
        if totals.rows.iter().any(|row| row.place == place) {
            continue;
        }
        let last = last_row(room, LeafKey::new(reporter, place), key::day_number(totals.day))?;
        if last.is_some_and(|(_, row)| row.stands) {
            out.push(place);
        }
    }
    Ok(out)
}

/// The next later day that the hub has sent totals of.
fn next_told(room: &Room<'_>, region: Region, day: Day) -> Result<Option<(Day, Told)>, StoreError> {
    let from = key::told(region, key::day_number(day) + 1);
    let next = room.range(&from, &key::told(region, EVER[1]), 1)?;
    next.first().map(|(at, value)| Ok((key::day_of(at)?, from_bytes(value)?))).transpose()
}

/// Day, until, standing part, part of the day alone.
type Part = (Day, Option<Day>, Sum, Sum);

/// What a leaf adds to its sums from `from` on, the latest first: a sum that has no record of a day yet
/// is seeded before anything earlier reaches it.
fn parts_from(room: &Room<'_>, at: LeafKey, from: Day) -> Result<Vec<Part>, StoreError> {
    let rows = rows_from(room, at, from, usize::MAX)?;
    let mut parts = Vec::with_capacity(rows.len() + 1);
    let mut until = None;
    for (day, row) in rows.into_iter().rev() {
        parts.push((day, until, row.standing(), row.of_day()));
        until = Some(day);
    }
    if until != Some(from) {
        // also without a part: where a part may end, each sum has a record
        let before = last_row(room, at, key::day_number(from).saturating_sub(1))?;
        let standing = before.map(|(_, row)| row.standing()).unwrap_or_default();
        parts.push((from, until, standing, Sum::default()));
    }
    Ok(parts)
}
