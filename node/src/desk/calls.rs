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
use crate::records::{self, CalledDays, Marked, Stood, keys};
use crate::standing::EnrolmentStatus;

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
        Ok(Classroom { law, seats: self.seats(room)?, timers, clock_is_right: wrong.is_none() })
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
        let must_list = must_list(&standings, day);
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

/// Those who are gone at the start of `day`: silence about them is no present mark (T03).
fn must_list(standings: &BTreeMap<PupilId, Stood>, day: Day) -> Vec<PupilId> {
    let gone = |stood: &Stood| {
        let before = stood.standing.status_on(day.plus(-1));
        let overdue = stood.standing.overdue && stood.upto < day;
        overdue || matches!(before, EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut)
    };
    standings.iter().filter(|(_, stood)| gone(stood)).map(|(id, _)| *id).collect()
}

/// Stores a revision, and the marks as it has them.
fn write(room: &mut Room<'_>, before: Option<&RollCall>, call: &RollCall) -> Result<(), SchoolError> {
    let RollCall { class, day, revision, .. } = *call;
    room.write(keys::call(class, day, revision), call);
    for (id, _) in before.into_iter().flat_map(|b| &b.listed) {
        room.delete(keys::mark(*id, day));
    }
    for (id, mark) in call.listed.iter().filter(|(_, mark)| *mark != Mark::Present) {
        room.write(keys::mark(*id, day), &Marked(*mark));
    }
    let mut called = room.read::<CalledDays>(&keys::called(class))?.unwrap_or_default();
    if called.0.insert(day) {
        room.write(keys::called(class), &called);
    }
    Ok(())
}
