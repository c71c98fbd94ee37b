//! Roll calls: taken, corrected, and what follows for the children.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proto::model::day::{Day, Moment};
use proto::model::personal::{Personal, Purpose};
use proto::store::{Room, StoreError};

use super::books::{Books, Consequence, restand};
use super::find::{Names, class_text};
use super::seats::Seats;
use super::{Law, School, SchoolError, Today};
use crate::attendance::{CallRefused, Handed, Known, Mark, RollCall};
use crate::pupil::{Class, Pupil, PupilId};
use crate::records::{self, CalledDays, LeftOut, Marked, Stood, keys};
use crate::standing::{EnrolmentStatus, Transition};

/// A roll call as somebody writes it: children by whatever names them.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which class.
    pub class: Class,
    /// Which day; today when not said.
    pub day: Option<Day>,
    /// Who is not simply present; in a correction, the children that it is about.
    pub listed: Vec<(String, Mark)>,
    /// Why, when the class already called the roll.
    pub correction: Option<String>,
    /// The account.
    pub by: String,
}

/// A roll call that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which class.
    pub class: Class,
    /// Which day.
    pub day: Day,
    /// The revision that stands.
    pub revision: u32,
    /// It stood already, word for word.
    pub unchanged: bool,
    /// Absences that stood before, which a correction says nothing of: they stand.
    pub kept: usize,
    /// What follows for children.
    pub consequences: Vec<Consequence>,
}

/// What taking calls needs to know of the school, read once for many calls.
pub(super) struct Classroom {
    law: Arc<Law>,
    seats: Arc<Seats>,
    /// Whom the latest roster does not have, and since when.
    left_out: BTreeMap<PupilId, Day>,
    timers: Day,
    /// What is recorded now was recorded at a time that is sure.
    clock_is_right: bool,
}

impl School {
    /// Takes a roll call or corrects one (C01). Statuses follow at once; a day that was closed is counted
    /// again at the next close.
    ///
    /// # Errors
    /// When the roll call is refused; nothing changes.
    pub async fn call_roll(self: &Arc<Self>, call: Call) -> Result<Taken, SchoolError> {
        self.act(move |school, room, now| {
            let classroom = school.classroom(room, now)?;
            let day = call.day.unwrap_or_else(|| now.day());
            let at = Some((call.class, day));
            let mut names = Names::default();
            let mut child =
                |(text, mark): &(String, Mark)| Ok((school.child(room, &mut names, text, at)?, *mark));
            let listed = call.listed.iter().map(&mut child).collect::<Result<_, SchoolError>>()?;
            let Call { class, correction, by, .. } = call;
            let handed = Handed { class, day, listed, taken: now, by, correction };
            school.take_call(room, &classroom, handed, now)
        })
        .await
    }

    pub(super) fn classroom(&self, room: &Room<'_>, now: Moment) -> Result<Classroom, SchoolError> {
        let law = self.law(room)?;
        let Today { timers, wrong, .. } = self.today(room, &law, now)?;
        let left_out = records::by_child::<LeftOut>(room, keys::LEFT_OUT)?;
        let left_out = left_out.into_iter().map(|(id, left)| (id, left.since)).collect();
        let seats = self.seats(room)?;
        Ok(Classroom { law, seats, left_out, timers, clock_is_right: wrong.is_none() })
    }

    pub(super) fn take_call(
        &self,
        room: &mut Room<'_>,
        classroom: &Classroom,
        handed: Handed,
        now: Moment,
    ) -> Result<Taken, SchoolError> {
        let (class, day) = (handed.class, handed.day);
        let before = records::call_of(room, class, day)?;
        let (members, standings) = classroom.members(room, class, day)?;
        if members.is_empty() {
            return Err(SchoolError::NoSuchClass { class, day });
        }
        let mut must_list = must_list(room, &classroom.law, &standings, day)?;
        must_list.extend(classroom.left_out(&members, &standings, day));
        let calendar = &classroom.law.calendar;
        let known = Known { calendar, members: &members, must_list: &must_list, before: before.as_ref() };
        let kept = known.kept(&handed.listed).filter(|(_, mark)| *mark != Mark::Present).count();
        let call = match RollCall::take(handed, &known) {
            Ok(call) => call,
            Err(refused) => return Err(named(room, refused)?),
        };
        let Some(call) = call else {
            let revision = before.map_or(0, |b| b.revision);
            return Ok(Taken { class, day, revision, unchanged: true, kept, consequences: Vec::new() });
        };
        // whose standing may change: who is listed or was, and, because the class now has data for the day,
        // everyone in it who is not simply enrolled
        let listed = before.iter().chain([&call]).flat_map(|call| &call.listed).map(|(id, _)| *id);
        let affected: BTreeSet<PupilId> = listed.chain(standings.into_keys()).collect();
        write(room, before.as_ref(), &call)?;
        let mut diary = records::diary(room)?;
        diary.touch(day);
        diary.seen = diary.seen.max(classroom.clock_is_right.then_some(now));
        room.write(keys::DIARY, &diary);
        let Classroom { law, timers, .. } = classroom;
        let (mut books, mut consequences) = (Books::default(), Vec::new());
        for id in affected {
            let Some(book) = books.child(room, id)? else { continue };
            let upto = book.upto(*timers, diary.closed).max(day.min(*timers));
            consequences.extend(restand(room, law, &mut books, id, upto, now)?);
        }
        let changed: BTreeSet<PupilId> = consequences.iter().map(|consequence| consequence.child).collect();
        self.follow(room, law, changed, *timers, now)?;
        Ok(Taken { class, day, revision: call.revision, unchanged: false, kept, consequences })
    }
}

/// A refusal because of one child, with its class and name: its id says nothing to a teacher.
fn named(room: &Room<'_>, refused: CallRefused) -> Result<SchoolError, StoreError> {
    let pupil = match refused.pupil() {
        Some(id) => room.read::<Pupil>(&keys::pupil(id))?,
        None => None,
    };
    Ok(match pupil {
        Some(pupil) => {
            let name = pupil.name.open(Purpose::SchoolStaff);
            SchoolError::CallOf { refused, who: Personal::new(format!("{} {name}", class_text(pupil.class))) }
        }
        None => refused.into(),
    })
}

/// Children of a class with their birth dates, ascending, and what is stored of where they stand.
type Members = (Vec<(PupilId, Option<Day>)>, BTreeMap<PupilId, Stood>);

impl Classroom {
    /// The children of the class who are on the roll on `day`.
    fn members(&self, room: &Room<'_>, class: Class, day: Day) -> Result<Members, StoreError> {
        let (mut members, mut standings) = (Vec::new(), BTreeMap::new());
        for (id, seat) in self.seats.in_class(class, day) {
            let stood: Option<Stood> = room.read(&keys::standing(id))?;
            if stood.as_ref().is_none_or(|stood| stood.standing.status_on(day).is_on_roll()) {
                members.push((id, Some(seat.birth)));
                standings.extend(stood.map(|stood| (id, stood)));
            }
        }
        Ok((members, standings))
    }
}

impl Classroom {
    /// Those of the class whom the latest roster does not have (A03): they may be gone.
    fn left_out(
        &self,
        members: &[(PupilId, Option<Day>)],
        standings: &BTreeMap<PupilId, Stood>,
        day: Day,
    ) -> impl Iterator<Item = PupilId> {
        let attends = move |id: &PupilId| {
            let stood = standings.get(id);
            stood.is_none_or(|stood| stood.standing.status_on(day) == EnrolmentStatus::Enrolled)
        };
        let ids = members.iter().map(|(id, _)| *id);
        ids.filter(move |id| self.left_out.get(id).is_some_and(|since| *since <= day) && attends(id))
    }
}

/// Those who are gone at the start of `day`: silence about them is no present mark (T03).
fn must_list(
    room: &Room<'_>,
    law: &Law,
    standings: &BTreeMap<PupilId, Stood>,
    day: Day,
) -> Result<Vec<PupilId>, StoreError> {
    let (mut books, mut gone) = (Books::default(), Vec::new());
    for (id, Stood { standing, .. }) in standings {
        let before = standing.status_on(day.plus(-1));
        let named = match before {
            EnrolmentStatus::Suspended | EnrolmentStatus::TransferPending => None,
            _ if standing.history.iter().any(|step| step.id == Transition::T15) => None,
            _ => Some(before.is_missing()),
        };
        // what is stored may be of a later day, or of one before the leave was over
        let named = match named {
            Some(named) => named,
            None => books.child(room, *id)?.is_some_and(|book| book.must_be_named(law, day)),
        };
        if named {
            gone.push(*id);
        }
    }
    Ok(gone)
}

/// Stores a revision, and the marks of those of whom it says something new: what it keeps of the revision before may
/// have been said anew by the class in which the child sits since.
fn write(room: &mut Room<'_>, before: Option<&RollCall>, call: &RollCall) -> Result<(), SchoolError> {
    let RollCall { class, day, revision, .. } = *call;
    room.write(keys::call(class, day, revision), call);
    let stood = |listed: &(PupilId, Mark)| before.is_some_and(|before| before.listed.contains(listed));
    for (id, mark) in call.listed.iter().filter(|listed| !stood(listed)) {
        room.write(keys::mark(*id, day), &Marked(*mark));
    }
    let mut called = room.read::<CalledDays>(&keys::called(class))?.unwrap_or_default();
    if called.0.insert(day) {
        room.write(keys::called(class), &called);
    }
    Ok(())
}
