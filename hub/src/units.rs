//! The register of units: who hangs below this hub, since when, and with which certificate.
//!
//! Keys: `u/<path>` the unit, `u@<place><path>` an index of who hangs straight on a place, `u#<group><day>`
//! how many schools are active from a day on, `u=<group>` the groups that have schools of the register.

use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::store::record::{RecordError, from_bytes};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use crate::rollup::{Group, groups_of};

/// A school or a hub below this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Who; a school or a hub by its path.
    pub party: Party,
    /// The name that people know it by.
    pub name: String,
    /// The first day that it is expected to report of.
    pub since: Day,
    /// From this day on it is closed, merged or moved.
    pub closed: Option<Day>,
    /// Whether it may speak.
    pub status: Status,
    /// SHA-256 of its certificate's public key.
    pub spki_hash: Option<[u8; 32]>,
    /// When its certificate ends.
    pub not_after: Option<Moment>,
    /// Where a hub listens, as `host:port`.
    pub address: Option<String>,
    /// Before its first day it hung elsewhere: what it says of earlier days counts there, or nowhere.
    pub moved: bool,
}

impl Record for Unit {
    const VERSION: u8 = 2;
    const NAME: &'static str = "unit";

    fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
        if version != 1 {
            return Err(RecordError { name: Self::NAME, version });
        }
        // nobody had moved
        from_bytes(&[&[Self::VERSION], bytes, &[0]].concat())
    }
}

/// Whether a unit may speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// An invitation was issued; it has not joined, and is not expected yet.
    Invited,
    /// It has a certificate.
    Active,
    /// Its certificate no longer opens a link.
    Revoked {
        /// Since when.
        at: Moment,
        /// Why, for people. No personal data.
        reason: String,
    },
}

/// How many schools of a group are active from a day until the next such record.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Active(u32);

impl Record for Active {
    const VERSION: u8 = 1;
    const NAME: &'static str = "number of active schools";
}

impl Unit {
    /// A unit that has just been invited.
    pub const fn invited(party: Party, name: String, since: Day) -> Self {
        let (closed, spki_hash, not_after, address) = (None, None, None, None);
        let status = Status::Invited;
        Self { party, name, since, closed, status, spki_hash, not_after, address, moved: false }
    }

    /// The days of which what it says counts: from the first, if there is one, up to, not including, the second.
    pub fn counts(&self) -> (Option<Day>, Option<Day>) {
        match self.active() {
            Some((since, closed)) => (self.moved.then_some(since), closed),
            None => (self.moved.then_some(self.since), Some(self.since)),
        }
    }

    /// The days on which it is expected to report: from the first up to, not including, the second. A
    /// revoked school still has its children: it is expected, and silent, until it joins again or is closed.
    pub fn active(&self) -> Option<(Day, Option<Day>)> {
        if self.status == Status::Invited {
            return None;
        }
        self.closed.is_none_or(|end| self.since < end).then_some((self.since, self.closed))
    }

    /// Whether it is closed on `day`: nobody there answers any more.
    pub fn is_closed(&self, day: Day) -> bool {
        self.closed.is_some_and(|end| end <= day)
    }

    /// Whether it is expected to report of `day`.
    pub fn is_active_on(&self, day: Day) -> bool {
        self.active().is_some_and(|(since, end)| since <= day && end.is_none_or(|end| day < end))
    }
}

/// The unit of this name.
///
/// # Errors
/// When the store cannot read.
pub fn get(room: &Room<'_>, party: &Party) -> Result<Option<Unit>, StoreError> {
    room.read(&unit_key(party))
}

/// Writes a unit and keeps the numbers of expected schools.
///
/// # Errors
/// When the store cannot read.
pub fn put(room: &mut Room<'_>, me: &Party, unit: &Unit) -> Result<(), StoreError> {
    let groups = if unit.party.is_school() { groups_of(me, &unit.party) } else { Vec::new() };
    let was = get(room, &unit.party)?.and_then(|old| old.active());
    let is = unit.active();
    if was != is {
        for group in &groups {
            if let Some((since, end)) = was {
                count(room, *group, since, end, |n| n.saturating_sub(1))?;
            }
            if let Some((since, end)) = is {
                count(room, *group, since, end, |n| n + 1)?;
            }
        }
    }
    if let Some(group) = groups.first() {
        room.put([b"u=".as_slice(), &group.bytes()].concat(), [1]);
    }
    for (below, above) in unit.party.lineage().zip(unit.party.lineage().skip(1)) {
        room.put(straight_key(above.region(), &below.to_string()), [1]);
        if above == *me {
            break;
        }
    }
    room.write(unit_key(&unit.party), unit);
    Ok(())
}

/// All units below `party`, by path: towns and counties stand before what hangs on them.
///
/// # Errors
/// When the store cannot read.
pub fn list(room: &Room<'_>, party: &Party) -> Result<Vec<Unit>, StoreError> {
    let pairs = room.list(format!("u/{party}/").as_bytes())?;
    pairs.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The same school under another manager, when it still reports there: a school that moved is closed at its
/// old place first, or its children would count twice.
///
/// # Errors
/// When the store cannot read.
pub fn elsewhere(room: &Room<'_>, me: &Party, party: &Party) -> Result<Option<Party>, StoreError> {
    let counts = |unit: &Unit| unit.closed.is_none() && unit.status != Status::Invited;
    Ok(others(room, me, party)?.into_iter().find(counts).map(|unit| unit.party))
}

/// A unit that is new at its place on `today`. A school that was closed elsewhere not long ago has moved: it
/// hangs here since the day on which it left there, also when it joins later or sooner, and counts at one
/// place on each day.
///
/// # Errors
/// When the store cannot read.
pub fn newcomer(
    room: &Room<'_>,
    me: &Party,
    party: Party,
    name: String,
    today: Day,
) -> Result<Unit, StoreError> {
    let left = others(room, me, &party)?.into_iter().filter(|unit| unit.status != Status::Invited);
    let left = left.filter_map(|unit| unit.closed).max();
    let left = left.filter(|left| *left >= today.plus(-MOST_BETWEEN));
    Ok(Unit { moved: left.is_some(), ..Unit::invited(party, name, left.unwrap_or(today)) })
}

/// A school that was closed longer ago has not moved, it opens again: the summer lies between, not more.
const MOST_BETWEEN: i32 = 62;

/// Under which name what `origin` says of `day` counts: its own, or that under which the same school counted
/// elsewhere below `me` on that day.
///
/// # Errors
/// When the store cannot read.
pub fn counted_as(room: &Room<'_>, me: &Party, origin: &Party, day: Day) -> Result<Party, StoreError> {
    if get(room, origin)?.is_none_or(|unit| !unit.moved || unit.since <= day) {
        return Ok(origin.clone());
    }
    let there = |unit: &Unit| {
        let (since, end) = unit.counts();
        let joined = unit.status != Status::Invited;
        joined && since.is_none_or(|since| since <= day) && end.is_none_or(|end| day < end)
    };
    let then = others(room, me, origin)?.into_iter().find(there);
    Ok(then.map_or_else(|| origin.clone(), |unit| unit.party))
}

/// Whom to write to in the place of `party`: a school that moved has its letters at its new place.
///
/// # Errors
/// When the store cannot read.
pub fn now_at(room: &Room<'_>, me: &Party, party: &Party) -> Result<Party, StoreError> {
    if get(room, party)?.is_none_or(|unit| unit.closed.is_none()) {
        return Ok(party.clone());
    }
    let here = |unit: &Unit| unit.closed.is_none() && unit.status != Status::Invited;
    let now = others(room, me, party)?.into_iter().find(here);
    Ok(now.map_or_else(|| party.clone(), |unit| unit.party))
}

/// The same school at other places below `me`.
fn others(room: &Room<'_>, me: &Party, party: &Party) -> Result<Vec<Unit>, StoreError> {
    let Some(code) = party.school_code() else { return Ok(Vec::new()) };
    let mut units = list(room, me)?;
    units.retain(|unit| unit.party != *party && unit.party.school_code() == Some(code));
    Ok(units)
}

/// How many schools of the register are expected to report of `day`: one read. Schools below other hubs
/// are in those hubs' registers and come with their totals.
///
/// # Errors
/// When the store cannot read.
pub fn expected(room: &Room<'_>, group: Group, day: Day) -> Result<u32, StoreError> {
    let last = room.last(&count_key(group, None), &count_key(group, Some(day)))?;
    last.map_or(Ok(0), |(_, value)| Ok(from_bytes::<Active>(&value)?.0))
}

/// Who hangs straight on `place` on `day`: its active schools, and the hubs and towns that are active
/// units or have active schools.
///
/// # Errors
/// When the store cannot read.
pub fn straight(room: &Room<'_>, place: Region, day: Day) -> Result<Vec<Party>, StoreError> {
    let prefix = straight_key(place, "");
    let mut out = Vec::new();
    for (at, _) in room.list(&prefix)? {
        let path = std::str::from_utf8(&at[prefix.len()..]).ok().and_then(|path| path.parse::<Party>().ok());
        let Some(party) = path else { continue };
        let unit = get(room, &party)?.is_some_and(|unit| unit.is_active_on(day));
        if unit || !party.is_school() && expected(room, Group::All(party.region()), day)? > 0 {
            out.push(party);
        }
    }
    Ok(out)
}

/// The groups that schools of `me`'s register are summed in at their own place.
///
/// # Errors
/// When the store cannot read.
pub fn groups(room: &Room<'_>) -> Result<Vec<Group>, StoreError> {
    room.list(b"u=")?.iter().map(|(at, _)| Group::from_key(at, 2)).collect()
}

/// Counts a school in or out from `since` until `end`.
fn count(
    room: &mut Room<'_>,
    group: Group,
    since: Day,
    end: Option<Day>,
    step: impl Fn(u32) -> u32,
) -> Result<(), StoreError> {
    for edge in [Some(since), end].into_iter().flatten() {
        let at = count_key(group, Some(edge));
        if room.get(&at)?.is_none() {
            let stands = expected(room, group, edge)?;
            room.write(at, &Active(stands));
        }
    }
    let from = count_key(group, Some(since));
    let upto = end.map_or_else(
        || [count_key(group, None).as_slice(), &[u8::MAX; 5]].concat(),
        |end| count_key(group, Some(end)),
    );
    for (at, value) in room.range(&from, &upto, usize::MAX)? {
        let Active(n) = from_bytes(&value)?;
        room.write(at, &Active(step(n)));
    }
    Ok(())
}

fn unit_key(party: &Party) -> Vec<u8> {
    format!("u/{party}").into_bytes()
}

fn straight_key(place: Region, path: &str) -> Vec<u8> {
    [b"u@".as_slice(), &place.number().to_be_bytes(), path.as_bytes()].concat()
}

/// Days before 1970 sort first.
fn count_key(group: Group, day: Option<Day>) -> Vec<u8> {
    let day = day.map(|day| (day.number().cast_unsigned() ^ (1 << 31)).to_be_bytes());
    [b"u#".as_slice(), &group.bytes(), day.as_ref().map_or(&[], |day| day.as_slice())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::store::MemoryStore;

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    fn day(n: i8) -> Day {
        Day::new(2025, 9, n).unwrap()
    }

    #[test]
    fn a_unit_is_expected_from_its_first_day_until_it_closes_and_a_revoked_one_still_is() {
        let base = Unit {
            status: Status::Active,
            ..Unit::invited(party("p52/c5205/d520502/s2152000001"), "实验小学".to_owned(), day(10))
        };
        let revoked = |n| Status::Revoked { at: Moment::at(day(n), 600), reason: "电脑遗失".to_owned() };
        for (unit, active) in [
            (Unit { status: Status::Invited, ..base.clone() }, vec![]),
            (base.clone(), vec![10, 11, 19, 20, 30]),
            (Unit { closed: Some(day(20)), ..base.clone() }, vec![10, 11, 19]),
            (Unit { status: revoked(11), ..base.clone() }, vec![10, 11, 19, 20, 30]),
            (Unit { closed: Some(day(20)), status: revoked(11), ..base.clone() }, vec![10, 11, 19]),
            (Unit { closed: Some(day(10)), ..base.clone() }, vec![]),
        ] {
            let is: Vec<i8> =
                [9, 10, 11, 19, 20, 30].into_iter().filter(|n| unit.is_active_on(day(*n))).collect();
            assert_eq!(is, active, "{unit:?}");
        }
    }

    #[test]
    fn a_school_that_moved_hangs_at_its_new_place_since_it_left_the_old_one_and_one_that_opens_again_does_not()
     {
        let (shelf, me) = (MemoryStore::default(), party("p52/c5205/d520502"));
        let mut room = Room::new(&shelf);
        let [old, new] = ["t520502100", "t520502101"].map(|town| party(&format!("{me}/{town}/s2152000001")));
        let newcomer = |room: &Room<'_>, today: Day| {
            let unit = units_newcomer(room, &me, &new, today);
            (unit.moved, unit.since)
        };
        let before = Unit { status: Status::Active, ..Unit::invited(old.clone(), "校".to_owned(), day(1)) };
        put(&mut room, &me, &before).unwrap();
        assert_eq!(newcomer(&room, day(20)), (false, day(20)), "it was not closed");
        let left = Unit { closed: Some(day(10)), ..before };
        put(&mut room, &me, &left).unwrap();
        for (today, moved, since) in
            [(day(20), true, day(10)), (day(8), true, day(10)), (day(10).plus(63), false, day(10).plus(63))]
        {
            assert_eq!(newcomer(&room, today), (moved, since), "{today}");
        }
        let here = Unit { status: Status::Active, ..units_newcomer(&room, &me, &new, day(20)) };
        put(&mut room, &me, &here).unwrap();
        for (by, of, counted) in
            [(&new, 9, &old), (&new, 10, &new), (&old, 9, &old), (&new, 20, &new), (&old, 12, &old)]
        {
            assert_eq!(counted_as(&room, &me, by, day(of)).unwrap(), *counted, "{by} of {of}");
        }
        assert_eq!(now_at(&room, &me, &old).unwrap(), new);
        assert_eq!(now_at(&room, &me, &new).unwrap(), new);
    }

    fn units_newcomer(room: &Room<'_>, me: &Party, party: &Party, today: Day) -> Unit {
        newcomer(room, me, party.clone(), "校".to_owned(), today).unwrap()
    }

    #[test]
    fn a_unit_kept_before_anybody_moved_still_reads() {
        let unit = Unit::invited(party("p52/c5205/d520502/s2152000001"), "校".to_owned(), day(1));
        let mut bytes = proto::store::record::to_bytes(&unit);
        bytes[0] = 1;
        bytes.pop();
        assert_eq!(from_bytes::<Unit>(&bytes), Ok(unit));
    }

    #[test]
    fn the_number_expected_follows_the_register_through_every_change() {
        let shelf = MemoryStore::default();
        let mut room = Room::new(&shelf);
        let me = party("p52/c5205/d520502");
        let town: Region = "520502100".parse().unwrap();
        let unit = |path: &str, since| Unit {
            status: Status::Active,
            ..Unit::invited(party(path), "校".to_owned(), day(since))
        };
        let mut units = vec![
            unit("p52/c5205/d520502/t520502100/s2152000001", 1),
            unit("p52/c5205/d520502/t520502100/s2152000002", 5),
            unit("p52/c5205/d520502/s2152000003", 3),
            unit("p52/c5205/d520502/t520502101", 1),
        ];
        let mut check = |units: &[Unit]| {
            units.iter().for_each(|unit| put(&mut room, &me, unit).unwrap());
            for n in 1..=30 {
                let under = |place: Region| {
                    let of =
                        |unit: &&Unit| unit.party.lineage().any(|p| !p.is_school() && p.region() == place);
                    let schools = units.iter().filter(|u| u.party.is_school() && u.is_active_on(day(n)));
                    u32::try_from(schools.filter(of).count()).unwrap()
                };
                assert_eq!(expected(&room, Group::All(town), day(n)).unwrap(), under(town), "{n}");
                assert_eq!(
                    expected(&room, Group::All(me.region()), day(n)).unwrap(),
                    under(me.region()),
                    "{n}"
                );
                let straight = under(me.region()) - under(town);
                assert_eq!(expected(&room, Group::Straight(me.region()), day(n)).unwrap(), straight, "{n}");
            }
        };
        check(&units);
        units[0].closed = Some(day(12));
        check(&units);
        units[0].closed = Some(day(7));
        units[1].since = day(2);
        check(&units);
        units[0].closed = None;
        units[2].closed = Some(day(20));
        check(&units);
        let below = |place: &str, n| {
            let found = straight(&room, place.parse().unwrap(), day(n)).unwrap();
            found.into_iter().map(|p| p.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(below("520502100", 1), ["p52/c5205/d520502/t520502100/s2152000001"]);
        assert_eq!(
            below("520502", 3),
            ["p52/c5205/d520502/s2152000003", "p52/c5205/d520502/t520502100", "p52/c5205/d520502/t520502101"]
        );
        assert_eq!(below("520502", 21), ["p52/c5205/d520502/t520502100", "p52/c5205/d520502/t520502101"]);
        assert_eq!(list(&room, &party("p52/c5205/d520502/t520502100")).unwrap().len(), 2);
        assert_eq!(list(&room, &me).unwrap().len(), 4);
    }
}
