//! The close of a day: standings move on, the day is counted, and the sheet goes into the outgoing stream
//! in the same commit.
//!
//! ```text
//! changed or unclosed days -> standings of the day -> counts -> differs from the last sheet? -> entry
//! ```
//!
//! A day of school always has a sheet, so that silence is known from "nothing happened". Other days have
//! one only when something took effect on them: a month may end on a Sunday. A late correction draws up
//! again exactly those sheets whose counts it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::repeat_n;
use std::sync::Arc;

use proto::convert;
use proto::link::{book, post};
use proto::model::day::{Day, Moment};
use proto::model::entry::{Kind, Lane};
use proto::model::party::Party;
use proto::model::sheet::{Counts, Indicator, Nature, Sheet};
use proto::store::{Room, StoreError, after, record};

use crate::attendance::{DayKind, Mark, RollCall, is_due};
use crate::desk::books::{self, Books};
use crate::desk::seats::Seats;
use crate::desk::{Law, School, SchoolError, Today};
use crate::pupil::{Class, PupilId};
use crate::records::{self, Diary, LostSheet, Marked, Reopened, SentSheet, Stood, keys};
use crate::sheet::{Classes, count};
use crate::standing::Standing;

impl School {
    /// Closes every open day up to and with `upto` (today when not said), and counts again what changed
    /// since it was closed. Gives the days whose sheets were appended. Who names today after a long pause
    /// confirms by it that the clock is right.
    ///
    /// # Errors
    /// When there is no roll yet, the clock is wrong, a restored store has not asked its parent yet, or the
    /// store fails.
    pub async fn close(self: &Arc<Self>, upto: Option<Day>) -> Result<Vec<Day>, SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let Today { wrong, mut timers, .. } = school.today(room, &law, now)?;
            if records::diary(room)?.began.is_none() {
                return Err(SchoolError::NoRoll);
            }
            match wrong {
                Some(wrong) if wrong.confirmed_by(upto, now.day()) => {
                    school.come_to_the_present(room, &law, now)?;
                    timers = now.day();
                }
                Some(wrong) => return Err(SchoolError::Clock(wrong)),
                None => {}
            }
            if School::asks_first(room)? {
                return Err(SchoolError::AsksFirst);
            }
            let days = close(room, school, &law, upto.unwrap_or(timers).min(timers), now)?;
            school.review_cases(room, &law, timers, now)?;
            Ok(days)
        })
        .await
    }

    /// What the link asks for before a call: all days up to yesterday, and today once the night's window
    /// is open. With a wrong clock or without a roll nothing is closed, and the call takes place all the
    /// same.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn close_for_the_night(self: &Arc<Self>) -> Result<(), SchoolError> {
        self.act(|school, room, now| {
            school.look_again(room, now)?;
            let law = school.law(room)?;
            let today = school.today(room, &law, now)?;
            if let Some(wrong) = today.wrong {
                tracing::warn!(clock = wrong.code(), "no day is closed: the clock is wrong");
                return Ok(());
            }
            if School::asks_first(room)? {
                tracing::warn!("no day is closed: the parent is asked first what the restored store lost");
                return Ok(());
            }
            let opens = law.rules.link.night_starts.minutes();
            let upto = if now.minute_of_day() >= opens { now.day() } else { now.day().plus(-1) };
            close(room, school, &law, upto, now)?;
            school.review_cases(room, &law, today.timers, now)?;
            Ok(())
        })
        .await
    }
}

/// Closes the days up to `upto` as one action. Gives the days whose sheets were appended.
fn close(
    room: &mut Room<'_>,
    school: &School,
    law: &Law,
    upto: Day,
    now: Moment,
) -> Result<Vec<Day>, StoreError> {
    let mut diary = records::diary(room)?;
    let Some(began) = diary.began else { return Ok(Vec::new()) };
    let fresh = diary.closed.map_or(began, Day::next);
    let last = diary.closed.map_or(upto, |closed| closed.max(upto));
    let mut day = diary.changed.map_or(fresh, |changed| changed.max(began).min(fresh));
    if day > last {
        return Ok(Vec::new());
    }
    let mut ledger = Ledger::read(room, school, law, fresh)?;
    let mut appended = Vec::new();
    let mut yesterday = last_sheet_before(room, day)?;
    while day <= last {
        let drawn = ledger.count(room, day)?;
        if wanted(room, &drawn, yesterday.as_ref(), day)? {
            append(room, school.party(), day, &drawn, now)?;
            appended.push(day);
        }
        yesterday = Some(drawn.counts);
        day = day.next();
    }
    settle(&mut diary, last, now);
    room.write(keys::DIARY, &diary);
    tracing::info!(closed = %last, sheets = appended.len(), "closed the days up to {last}");
    Ok(appended)
}

fn settle(diary: &mut Diary, last: Day, now: Moment) {
    diary.closed = Some(diary.closed.map_or(last, |closed| closed.max(last)));
    diary.stood = diary.stood.max(diary.closed);
    // what lies after the close is counted when its day is closed
    diary.changed = diary.changed.filter(|changed| *changed > last);
    diary.rules_changed = false;
    diary.seen = diary.seen.max(Some(now));
}

fn last_sheet_before(room: &Room<'_>, day: Day) -> Result<Option<Counts>, StoreError> {
    let last = room.last(keys::SHEETS, &keys::sheet(day.plus(-1)))?;
    let sheet = last.map(|(_, value)| record::from_bytes::<SentSheet>(&value)).transpose()?;
    Ok(sheet.map(|sheet| sheet.counts))
}

/// A day as counted.
struct Drawn {
    counts: Counts,
    school_day: bool,
    /// All classes that are due have called the roll.
    complete: bool,
    provisional: bool,
}

/// Whether a sheet of the day goes out.
fn wanted(
    room: &mut Room<'_>,
    drawn: &Drawn,
    yesterday: Option<&Counts>,
    day: Day,
) -> Result<bool, StoreError> {
    // the parent holds a sheet of this day that a restored store has lost, and with it the roll calls
    // behind it: until as many are entered again, the parent's stands
    if let Some(lost) = room.read::<LostSheet>(&keys::lost(day))?
        && !drawn.complete
        && drawn.counts.of(Indicator::ClassesCalled) < lost.called
    {
        return Ok(false);
    }
    if let Some(sent) = room.read::<SentSheet>(&keys::sheet(day))? {
        return Ok(sent.counts != drawn.counts || sent.provisional != drawn.provisional);
    }
    let quiet = yesterday.is_none_or(|before| before.only(Nature::Stock) == drawn.counts.only(Nature::Stock))
        && drawn.counts.only(Nature::Flow) == Counts::default();
    Ok(drawn.school_day || !quiet)
}

fn append(room: &mut Room<'_>, me: &Party, day: Day, drawn: &Drawn, now: Moment) -> Result<(), StoreError> {
    let before = room.read::<SentSheet>(&keys::sheet(day))?.map_or(0, |sent| sent.revision);
    let lost = room.read::<LostSheet>(&keys::lost(day))?.map_or(0, |lost| lost.revision);
    let early = room.read::<Reopened>(&keys::reopened(day))?.map_or(0, |early| early.revision);
    let Drawn { counts, provisional, .. } = *drawn;
    let sheet = Sheet { day, revision: before.max(lost).max(early) + 1, counts, provisional, closed: now };
    let entry = send(room, me, &sheet, now)?;
    let sent = SentSheet { revision: sheet.revision, counts, provisional, closed: now, entry };
    room.write(keys::sheet(day), &sent);
    room.delete(keys::lost(day));
    room.delete(keys::reopened(day));
    Ok(())
}

/// Appends a sheet to the outgoing stream; gives the stream's life and the entry's number.
pub(crate) fn send(
    room: &mut Room<'_>,
    me: &Party,
    sheet: &Sheet,
    now: Moment,
) -> Result<(u32, u64), StoreError> {
    let body = convert::sheet_out(sheet);
    let mark = book::append(room, me, &Lane::Up, post::random(), Kind::SHEET, body, now)?;
    let life = book::current(room, me, &Lane::Up)?.map_or(0, |stream| stream.id.life.number);
    Ok((life, mark.seq))
}

/// All that counting reads, once for all days of a close.
struct Ledger<'l> {
    law: &'l Law,
    seats: Arc<Seats>,
    /// Children who are not simply enrolled.
    stood: BTreeMap<PupilId, Stood>,
    books: Books,
    /// The first day that was never closed: from here on standings are kept, before it only counted.
    fresh: Day,
    /// How many of the others were on the roll from which day on.
    plain: Vec<(Day, usize)>,
}

impl<'l> Ledger<'l> {
    fn read(room: &Room<'_>, school: &School, law: &'l Law, fresh: Day) -> Result<Self, StoreError> {
        let (seats, stood) = (school.seats(room)?, books::standings(room)?);
        let mut since: BTreeMap<Day, usize> = BTreeMap::new();
        for (_, seat) in seats.all().iter().filter(|(id, _)| !stood.contains_key(id)) {
            *since.entry(seat.since).or_default() += 1;
        }
        let plain = since.into_iter().collect();
        Ok(Self { law, seats, stood, books: Books::default(), fresh, plain })
    }

    fn count(&mut self, room: &mut Room<'_>, day: Day) -> Result<Drawn, StoreError> {
        let calls = calls_of(room, day)?;
        let marks = marks_of(room, day, &calls)?;
        let mut children = Vec::with_capacity(self.stood.len());
        let known: Vec<PupilId> = self.stood.keys().copied().collect();
        for id in known {
            let Some(standing) = self.standing(room, id, day, marks.contains_key(&id))? else { continue };
            children.push((standing, self.kind(id, day, marks.get(&id).copied())));
        }
        let plain = self.law.enrolled(day);
        let simply = self.plain.iter().filter(|(since, _)| *since <= day).map(|(_, n)| n).sum();
        let classes = self.classes(day, &calls);
        let everyone = children.iter().map(|(standing, kind)| (standing, *kind));
        let everyone = everyone.chain(repeat_n((&plain, DayKind::Present), simply));
        Ok(Drawn {
            counts: count(day, everyone, classes),
            school_day: classes.due > 0 || self.law.is_due_above(day),
            complete: classes.called >= classes.due,
            provisional: self.law.calendar.provisional(day),
        })
    }

    /// The standing at the close of `day`; `None` for a child who was not on the roll yet.
    fn standing(
        &mut self,
        room: &mut Room<'_>,
        id: PupilId,
        day: Day,
        marked: bool,
    ) -> Result<Option<Standing>, StoreError> {
        if self.seats.of(id).is_none_or(|seat| seat.since > day) {
            return Ok(None);
        }
        let held = &self.stood[&id];
        if day < self.fresh {
            let law = self.law;
            return Ok(self.books.child(room, id)?.map(|book| book.stand(law, day)));
        }
        if held.upto == day || (held.settled && held.upto < day && !marked) {
            return Ok(Some(held.standing.clone()));
        }
        if held.upto > day {
            let law = self.law;
            return Ok(self.books.child(room, id)?.map(|book| book.stand(law, day)));
        }
        let standing = books::advance(room, self.law, &mut self.books, id, day)?;
        if let Some(stood) = room.read::<Stood>(&keys::standing(id))? {
            self.stood.insert(id, stood);
        }
        Ok(standing)
    }

    fn kind(&self, id: PupilId, day: Day, mark: Option<Mark>) -> DayKind {
        let birth = self.seats.of(id).map(|seat| seat.birth);
        match mark {
            Some(mark) => DayKind::of(self.law.calendar.day(day, birth).counts, Some(mark)),
            None => DayKind::Present,
        }
    }

    fn classes(&self, day: Day, calls: &BTreeMap<Class, RollCall>) -> Classes {
        let mut births: BTreeMap<Class, Vec<Option<Day>>> = BTreeMap::new();
        for (id, seat) in self.seats.all().iter().filter(|(_, seat)| seat.since <= day) {
            let gone = |stood: &Stood| !stood.standing.status_on(day).is_on_roll();
            if let Some(class) = seat.class_on(day)
                && !self.stood.get(id).is_some_and(gone)
            {
                births.entry(class).or_default().push(Some(seat.birth));
            }
        }
        let due: BTreeSet<Class> = births
            .into_iter()
            .filter(|(_, births)| is_due(&self.law.calendar, day, births.iter().copied()))
            .map(|(class, _)| class)
            .collect();
        let called = due.iter().filter(|class| calls.contains_key(class)).count();
        Classes { due: due.len() as u64, called: called as u64 }
    }
}

/// What was said last of the children whom the day's roll calls name: one who changed class on the day may be named by
/// both.
fn marks_of(
    room: &Room<'_>,
    day: Day,
    calls: &BTreeMap<Class, RollCall>,
) -> Result<BTreeMap<PupilId, Mark>, StoreError> {
    let mut marks = BTreeMap::new();
    for (id, _) in calls.values().flat_map(|call| &call.listed) {
        if let Some(Marked(mark)) = room.read::<Marked>(&keys::mark(*id, day))? {
            marks.insert(*id, mark);
        }
    }
    Ok(marks)
}

/// The standing roll calls of a day.
///
/// # Errors
/// When the store cannot read.
pub(crate) fn calls_of(room: &Room<'_>, day: Day) -> Result<BTreeMap<Class, RollCall>, StoreError> {
    let prefix = keys::calls_of(day);
    let mut calls = BTreeMap::new();
    for (_, value) in room.range(&prefix, &after(&prefix), usize::MAX)? {
        let call: RollCall = record::from_bytes(&value)?;
        // revisions ascend: the last one stands
        calls.insert(call.class, call);
    }
    Ok(calls)
}
