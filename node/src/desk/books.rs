//! A child's facts out of the store, and the standing that follows from them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use proto::model::day::{Day, Moment};
use proto::model::rulebook::Basis;
use proto::store::{Room, StoreError, record};

use super::Law;
use super::withdraw::standing_facts;
use crate::attendance::Mark;
use crate::pupil::{Class, PupilId};
use crate::records::{self, CalledDays, Marked, Seat, Stood, Undone, keys};
use crate::standing::{
    Change, DaySet, EnrolmentStatus, Facts, Recorded, RollMatch, Standing, compare, kept, stand,
    stand_before_the_call,
};

/// What one action has read: every class's calls and every child's facts at most once.
#[derive(Debug, Default)]
pub struct Books {
    called: HashMap<Class, DaySet>,
    children: HashMap<PupilId, Book>,
}

/// One child's facts.
#[derive(Debug, Clone)]
pub struct Book {
    /// The seat.
    pub seat: Seat,
    /// What roll calls say of the child by name, ascending.
    pub marks: Vec<(Day, Mark)>,
    /// Recorded facts.
    pub recorded: Vec<Recorded>,
    pub(super) called: DaySet,
}

impl Books {
    /// The child's facts; `None` when the school has no such child.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn child(&mut self, room: &Room<'_>, id: PupilId) -> Result<Option<&Book>, StoreError> {
        if !self.children.contains_key(&id) {
            let Some(seat) = room.read::<Seat>(&keys::seat(id))? else { return Ok(None) };
            let called = self.called_for(room, &seat)?;
            let marks = marks_of(room, id)?;
            let recorded = standing_facts(room, id)?;
            self.children.insert(id, Book { seat, marks, recorded, called });
        }
        Ok(self.children.get(&id))
    }

    /// The days on which `class` called the roll.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn called(&mut self, room: &Room<'_>, class: Class) -> Result<&DaySet, StoreError> {
        Ok(match self.called.entry(class) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => {
                let days = room.read::<CalledDays>(&keys::called(class))?.unwrap_or_default();
                free.insert(days.0)
            }
        })
    }

    /// The days on which the child's class of that day called the roll.
    fn called_for(&mut self, room: &Room<'_>, seat: &Seat) -> Result<DaySet, StoreError> {
        let mut days = Vec::new();
        for (at, (from, class)) in seat.classes.iter().enumerate() {
            let from = if at == 0 { seat.since.min(*from) } else { *from };
            let until = seat.classes.get(at + 1).map(|(next, _)| *next);
            let called = self.called(room, *class)?.iter();
            days.extend(called.filter(|day| *day >= from && until.is_none_or(|until| *day < until)));
        }
        Ok(days.into_iter().collect())
    }
}

/// A child's marks, ascending.
fn marks_of(room: &Room<'_>, id: PupilId) -> Result<Vec<(Day, Mark)>, StoreError> {
    let mut marks = Vec::new();
    for (key, value) in room.list(&keys::marks(id))? {
        let Marked(mark) = record::from_bytes(&value)?;
        marks.extend(keys::day_at_end(&key).map(|day| (day, mark)));
    }
    Ok(marks)
}

impl Book {
    /// Where the child stands at the close of `day`.
    pub fn stand(&self, law: &Law, day: Day) -> Standing {
        stand(&self.facts(), &law.calendar, &law.rules, day)
    }

    /// Whether the roll call of `day` must name the child.
    pub fn must_be_named(&self, law: &Law, day: Day) -> bool {
        let before = stand_before_the_call(&self.facts(), &law.calendar, &law.rules, day);
        before.must_be_named(day, &law.rules)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            birth: Some(self.seat.birth),
            on_roll_since: self.seat.since,
            roll_match: RollMatch::Matched,
            called: &self.called,
            absent: &self.marks,
            recorded: &self.recorded,
        }
    }

    /// The mark of `day`, when the roll call names the child.
    pub fn mark(&self, day: Day) -> Option<Mark> {
        self.marks.binary_search_by_key(&day, |(d, _)| *d).ok().map(|at| self.marks[at].1)
    }

    /// Whether the child's class called the roll on `day`.
    pub fn was_called(&self, day: Day) -> bool {
        self.called.contains(day)
    }

    /// The day up to which the child stands now. Before the roll of today is called, nothing is known of
    /// today: a child whose month is over is still back in time when present today (T04).
    pub fn upto(&self, timers: Day, closed: Option<Day>) -> Day {
        if self.was_called(timers) || closed >= Some(timers) {
            timers
        } else {
            timers.plus(-1).max(self.seat.since)
        }
    }

    fn stood(&self, law: &Law, standing: Standing, upto: Day) -> Stood {
        let pending = self.recorded.iter().any(|r| r.fact.effective() > upto);
        let away = law.rules.absence.basis == Basis::WorkDays
            && self.marks.last().is_some_and(|(_, mark)| *mark == Mark::Unexcused);
        let still = match standing.status {
            EnrolmentStatus::Enrolled | EnrolmentStatus::TransferPending => standing.run.is_empty() && !away,
            EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut | EnrolmentStatus::Suspended => false,
            _ => true,
        };
        Stood { standing, upto, settled: still && !pending }
    }
}

/// What an action changed for one child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// Whose.
    pub child: PupilId,
    /// What.
    pub change: Change,
}

/// Computes a child's standing anew after its facts or the rules changed, stores it, and notes what was
/// undone. `upto`: the day that the standing is of; never before the one that is stored.
///
/// # Errors
/// When the store cannot read.
pub fn restand(
    room: &mut Room<'_>,
    law: &Law,
    books: &mut Books,
    id: PupilId,
    upto: Day,
    now: Moment,
) -> Result<Vec<Consequence>, StoreError> {
    let held: Option<Stood> = room.read(&keys::standing(id))?;
    let Some(book) = books.child(room, id)? else { return Ok(Vec::new()) };
    let plain = law.enrolled(book.seat.since);
    let before = held.as_ref().map_or(&plain, |stood| &stood.standing);
    let same_day = held.as_ref().map_or(upto, |stood| stood.upto);
    let upto = upto.max(same_day);
    let now_standing = book.stand(law, upto);
    let then = if same_day == upto { now_standing.clone() } else { book.stand(law, same_day) };
    let kept = kept(before, &then, now.day());
    let changes = compare(before, &now_standing);
    // whoever has a mark is looked at in every close: an excused absence is counted too
    if held.is_some() || now_standing != plain || !book.marks.is_empty() || !book.recorded.is_empty() {
        let stood = book.stood(law, now_standing, upto);
        room.write(keys::standing(id), &stood);
    }
    note_undone(room, id, now, kept)?;
    Ok(changes.into_iter().map(|change| Consequence { child: id, change }).collect())
}

/// Moves a child's standing on to the close of `day`, when time alone may change it.
///
/// # Errors
/// When the store cannot read.
pub fn advance(
    room: &mut Room<'_>,
    law: &Law,
    books: &mut Books,
    id: PupilId,
    day: Day,
) -> Result<Option<Standing>, StoreError> {
    let Some(book) = books.child(room, id)? else { return Ok(None) };
    let standing = book.stand(law, day);
    let stood = book.stood(law, standing.clone(), day);
    room.write(keys::standing(id), &stood);
    Ok(Some(standing))
}

/// Takes a standing back to an earlier day than it is of, and notes what was undone. Whether anything changed.
///
/// # Errors
/// When the store cannot read.
pub fn step_back(
    room: &mut Room<'_>,
    law: &Law,
    books: &mut Books,
    id: PupilId,
    held: &Stood,
    upto: Day,
    now: Moment,
) -> Result<bool, StoreError> {
    let Some(standing) = advance(room, law, books, id, upto)? else { return Ok(false) };
    let changes = compare(&held.standing, &standing);
    let changed = !changes.is_empty();
    note_undone(room, id, now, changes)?;
    Ok(changed)
}

/// Notes what was undone, beside what was undone at the same moment: a table restands a child for each of its days.
fn note_undone(
    room: &mut Room<'_>,
    id: PupilId,
    now: Moment,
    changes: Vec<Change>,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let noted = u16::try_from(room.list(&keys::undone_at(id, now))?.len()).unwrap_or(u16::MAX);
    for (n, change) in (noted..).zip(changes) {
        room.write(keys::undone(id, now, n), &Undone { child: id, at: now, change });
    }
    Ok(())
}

/// All standings that are not simply ENROLLED.
///
/// # Errors
/// When the store cannot read.
pub fn standings(room: &Room<'_>) -> Result<BTreeMap<PupilId, Stood>, StoreError> {
    Ok(records::by_child(room, keys::STANDINGS)?.into_iter().collect())
}
