//! What this hub tells its parent: one row for each place that is made of its own schools.

use proto::convert::totals_out;
use proto::model::day::{Day, Moment};
use proto::model::sheet::{Reporting, Totals, TotalsRow};
use proto::store::{Room, StoreError};

use super::key::{self, EVER, Group};
use super::record::Drawn;
use super::shift::{mark, standing_on};
use crate::units;

/// Totals of every day whose rows have changed since they were drawn up last, each with the day's next
/// revision, ascending by day. Only schools that report straight to this hub are in them: what other hubs
/// sent goes up as they sent it. For every hub but a town, which passes the sheets on and draws up nothing; how
/// far the sheets themselves travel (`reporting.school_rows_travel_to`) changes no figure.
///
/// A day that has not come waits for itself: a clock that was ahead has left such days behind, and no parent
/// takes them.
///
/// Expected are the schools of the register, also those of a place that has never reported; of these are free
/// on a day that is not `due` by this hub's calendar those that did not report all the same. A hub without schools
/// of its own says so, with no row: whoever says nothing is silent, and what it said before would stand for ever.
///
/// # Errors
/// When the store cannot read.
pub fn draw_up(
    room: &mut Room<'_>,
    now: Moment,
    due: &dyn Fn(Day) -> bool,
) -> Result<Vec<Totals>, StoreError> {
    let mut drawn = Vec::new();
    let marks = room.list(b"r/d/")?;
    if marks.is_empty() {
        return Ok(drawn);
    }
    let groups = own_groups(room)?;
    for (mark, _) in marks {
        let day = key::day_of(&mark)?;
        if day > now.day() {
            continue;
        }
        drawn.extend(draw_day(room, &groups, day, (now, due(day)))?);
        room.delete(mark);
    }
    Ok(drawn)
}

/// Has the totals of `day` drawn up again: a unit was registered or closed, or nothing has come on a day
/// when it should, and the parent must see that.
pub fn touch(room: &mut Room<'_>, day: Day) {
    mark(room, key::day_number(day));
}

/// Has the totals drawn up of every day before `today` that the parent was told nothing of, the last three in
/// any case: it must see who is expected when nobody reported, and that nobody is on a day off. When `calendar`
/// is not the one that the totals were drawn up by last, all of them are looked at again.
///
/// # Errors
/// When the store cannot read.
pub fn touch_past(room: &mut Room<'_>, today: Day, calendar: &str) -> Result<(), StoreError> {
    let last = room.last(&key::drawn(EVER[0]), &key::drawn(key::day_number(today)))?;
    let last = last.map(|(at, _)| key::day_of(&at)).transpose()?;
    let mut day = last.unwrap_or(today).clamp(today.plus(-MOST_UNTOLD), today.plus(-3));
    while day < today {
        touch(room, day);
        day = day.next();
    }
    if room.get(BY_CALENDAR)?.is_none_or(|by| *by != *calendar.as_bytes()) {
        room.put(BY_CALENDAR, calendar.as_bytes());
        for (at, _) in room.list(b"r/v/")? {
            touch(room, key::day_of(&at)?);
        }
    }
    Ok(())
}

/// The calendar that totals were drawn up by last.
const BY_CALENDAR: &[u8] = b"r/c";
/// Days without a word of a hub that stood still which its parent is told of afterwards.
const MOST_UNTOLD: i32 = 60;

/// Totals that this hub sent and no longer knows of, because it was restored from an older copy: what it
/// draws up next of the day has a higher revision.
///
/// # Errors
/// When the store cannot read.
pub fn drawn_before(room: &mut Room<'_>, totals: &Totals) -> Result<(), StoreError> {
    let number = key::day_number(totals.day);
    let known: Option<Drawn> = room.read(&key::drawn(number))?;
    if known.is_none_or(|known| known.revision < totals.revision) {
        room.write(key::drawn(number), &Drawn { revision: totals.revision, hash: [0; 16] });
        mark(room, number);
    }
    Ok(())
}

/// Has the totals of every day drawn up again, also where nothing changed: the parent lacks an earlier
/// part and nobody has it.
///
/// # Errors
/// When the store cannot read.
pub fn touch_all(room: &mut Room<'_>) -> Result<(), StoreError> {
    for (at, value) in room.list(b"r/v/")? {
        let drawn: Drawn = proto::store::record::from_bytes(&value)?;
        mark(room, key::day_number(key::day_of(&at)?));
        room.write(at, &Drawn { hash: [0; 16], ..drawn });
    }
    Ok(())
}

/// By place: those that have reported, and those of the register that have not.
fn own_groups(room: &Room<'_>) -> Result<Vec<Group>, StoreError> {
    let held = room.list(b"r/h/")?;
    let mut groups: Vec<Group> = held.iter().map(|(at, _)| key::group_of(at)).collect::<Result<_, _>>()?;
    groups.extend(units::groups(room)?);
    groups.sort_unstable_by_key(|group| (group.place(), *group));
    groups.dedup();
    Ok(groups)
}

fn draw_day(
    room: &mut Room<'_>,
    groups: &[Group],
    day: Day,
    (now, due): (Moment, bool),
) -> Result<Option<Totals>, StoreError> {
    let mut rows = Vec::with_capacity(groups.len());
    for group in groups {
        let sum = standing_on(room, *group, day)?;
        let expected = units::expected(room, *group, day)?;
        if sum.leaves > 0 || sum.fresh > 0 || expected > 0 {
            let reporting = Reporting { expected, ..sum.reporting };
            let free = if due { 0 } else { expected.saturating_sub(reporting.reported) };
            rows.push(TotalsRow { place: group.place(), counts: sum.counts, reporting, free });
        }
    }
    let at = key::drawn(key::day_number(day));
    let last: Option<Drawn> = room.read(&at)?;
    let mut totals = Totals { day, revision: 0, drawn: Moment(0), rows };
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&totals_out(&totals)).as_bytes()[..16]);
    if last.is_some_and(|last| last.hash == hash) {
        return Ok(None);
    }
    totals.revision = last.map_or(0, |last| last.revision) + 1;
    totals.drawn = now;
    room.write(at, &Drawn { revision: totals.revision, hash });
    Ok(Some(totals))
}
