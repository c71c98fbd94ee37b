//! What a clock that stood ahead has left behind, taken back once the date is known to be right.
//!
//! ```text
//! sheets of days that have not come  -> open again; closed in truth, the sheet has a higher revision
//! roll calls and facts of such days  -> set aside and shown, to be entered on the right day
//! standings, and what is known       -> of today again
//! ```

use std::collections::{BTreeMap, BTreeSet};

use proto::model::day::{Day, Moment};
use proto::store::{Room, StoreError, after, record};

use super::books::{self, Books};
use super::{Law, School};
use crate::attendance::RollCall;
use crate::pupil::{Class, PupilId};
use crate::records::{self, CalledDays, Diary, RecordedFacts, Reopened, SentSheet, SetAside, Stood, keys};
use crate::standing::Recorded;

impl School {
    /// The date is right at `now`: the parent's clock or a person says so. Takes back what lies after it.
    /// Whether there was anything.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn come_to_the_present(
        &self,
        room: &mut Room<'_>,
        law: &Law,
        now: Moment,
    ) -> Result<bool, StoreError> {
        let (mut diary, today) = (records::diary(room)?, now.day());
        if !diary.lies_after(now) {
            return Ok(false);
        }
        let days = reopen(room, today)?;
        let (calls, facts) = (calls_after(room, today)?, facts_after(room, today, now)?);
        diary.ends_at(now);
        room.write(keys::DIARY, &diary);
        let changed = stand_today(room, law, &diary, today, now)?;
        tracing::warn!(
            days,
            roll_calls = calls.len(),
            facts = facts.len(),
            "the clock stood ahead until {today}: {days} days that have not come are open again"
        );
        if !calls.is_empty() || !facts.is_empty() {
            room.write(keys::set_aside(now), &SetAside { at: now, calls, facts });
        }
        self.follow(room, law, changed, today, now)?;
        Ok(true)
    }
}

impl Diary {
    /// Whether something is noted that lies on a day after `now`.
    fn lies_after(&self, now: Moment) -> bool {
        let today = Some(now.day());
        self.seen.map(Moment::day) > today || self.closed > today || self.stood > today
    }

    /// Nothing after `now` is true. Today is closed again: whoever closed it may have believed it was long ago.
    fn ends_at(&mut self, now: Moment) {
        let today = now.day();
        self.seen = self.seen.map(|seen| seen.min(now));
        self.joined = self.joined.map(|joined| joined.min(now));
        self.closed = self.closed.map(|closed| closed.min(today.plus(-1)));
        self.stood = self.stood.map(|stood| stood.min(today));
        self.touch(today);
    }
}

/// Opens the days after `today` again. Gives how many there were.
fn reopen(room: &mut Room<'_>, today: Day) -> Result<usize, StoreError> {
    let from = keys::sheet(today.next());
    let ahead = room.range(&from, &after(keys::SHEETS), usize::MAX)?;
    for (key, value) in &ahead {
        let SentSheet { revision, entry, .. } = record::from_bytes(value)?;
        let Some(day) = keys::day_at_end(key) else { continue };
        room.write(keys::reopened(day), &Reopened { revision, entry });
        room.delete(keys::answer(entry.0, entry.1));
        room.delete(key.clone());
    }
    Ok(ahead.len())
}

/// Takes the roll calls of the days after `today` out of the books. Gives those that stood.
fn calls_after(room: &mut Room<'_>, today: Day) -> Result<Vec<RollCall>, StoreError> {
    let from = keys::calls_of(today.next());
    let mut stood: BTreeMap<(Day, Class), RollCall> = BTreeMap::new();
    for (key, value) in room.range(&from, &after(keys::CALLS), usize::MAX)? {
        let call: RollCall = record::from_bytes(&value)?;
        for (child, _) in &call.listed {
            room.delete(keys::mark(*child, call.day));
        }
        room.delete(key);
        // revisions ascend: the last one stands
        stood.insert((call.day, call.class), call);
    }
    let classes: BTreeSet<Class> = stood.keys().map(|(_, class)| *class).collect();
    for class in classes {
        let called = room.read::<CalledDays>(&keys::called(class))?.unwrap_or_default();
        let kept = called.0.iter().filter(|day| *day <= today).collect();
        room.write(keys::called(class), &CalledDays(kept));
    }
    Ok(stood.into_values().collect())
}

/// Takes the facts out of the books that were recorded later than `now` for a day after `today`.
fn facts_after(room: &mut Room<'_>, today: Day, now: Moment) -> Result<Vec<(PupilId, Recorded)>, StoreError> {
    let mut aside = Vec::new();
    for (child, RecordedFacts(facts)) in records::by_child(room, keys::FACTS)? {
        let ahead = |fact: &Recorded| fact.recorded > now && fact.fact.effective() > today;
        let (out, kept): (Vec<_>, Vec<_>) = facts.into_iter().partition(ahead);
        if !out.is_empty() {
            room.write(keys::facts(child), &RecordedFacts(kept));
            aside.extend(out.into_iter().map(|fact| (child, fact)));
        }
    }
    Ok(aside)
}

/// Computes standings that are of a later day for today. Gives whose changed.
fn stand_today(
    room: &mut Room<'_>,
    law: &Law,
    diary: &Diary,
    today: Day,
    now: Moment,
) -> Result<BTreeSet<PupilId>, StoreError> {
    let (mut books, mut changed) = (Books::default(), BTreeSet::new());
    for (child, stood) in records::by_child::<Stood>(room, keys::STANDINGS)? {
        if stood.upto > today {
            let Some(book) = books.child(room, child)? else { continue };
            let upto = book.upto(today, diary.closed);
            if books::step_back(room, law, &mut books, child, &stood, upto, now)? {
                changed.insert(child);
            }
        }
    }
    Ok(changed)
}
