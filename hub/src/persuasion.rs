//! The office's register of persuasion cases (`domain/2-states.md` 2.3). What a school says of its case
//! and what the office did about it are kept side by side; where the case stands follows from both, so an
//! act counts here before its letter has reached the school.
//!
//! | file | what it holds |
//! |---|---|
//! | [`acts`] | which act is possible at which stage, and where it leads |
//! | [`duties`] | what the office has to do by when |
//! | [`counts`] | cases by school and stage |
//! | [`report`] | the schools' written reports, corrected ones beside those that they replace |
//! | [`restated`] | acts of this office that a put-back store has lost and a school remembers |
//!
//! Keys: `h/p/c/<case><school>` the cases, `h/p/o/<case><school>` those that are open; reports in [`report`].

pub mod acts;
pub mod counts;
pub mod duties;
mod error;
pub mod report;
mod restated;

#[cfg(test)]
mod tests;

use proto::model::case::{Act, CaseId, Closing, Progress, Stage};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use crate::units;
pub use error::CaseError;

/// A case of a school. Two schools may have had the same child: the number is the child's case, the pair
/// of number and school is a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Whose case.
    pub school: Party,
    /// The school's latest word.
    pub progress: Progress,
    /// When it was first heard of here.
    pub first: Moment,
    /// When the latest word came.
    pub heard: Moment,
    /// The day on which the stage that the school tells was first heard here: duties count from it, not
    /// from a day before the letter came.
    pub clock: Day,
    /// The closing that the school asked for.
    pub asked: Option<Asked>,
    /// What the office did, oldest first.
    pub acts: Vec<Done>,
    /// Acts before this one belong to an earlier round: the child was back in between.
    pub round: usize,
    /// The case was set aside until this day, last: from then on the days of the present stage count anew.
    pub resumed: Option<Day>,
}

/// A closing that the school asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// As what.
    pub closing: Closing,
    /// Heard on this day.
    pub day: Day,
    /// What the office decided.
    pub answer: Option<Act>,
}

/// What the office did or recorded for the government.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What.
    pub act: Act,
    /// On which day.
    pub day: Day,
    /// Numbers of the documents.
    pub number: String,
    /// For an order: return by this day.
    pub until: Option<Day>,
    /// Why, for a closing that was refused.
    pub note: String,
    /// By which account.
    pub by: String,
    /// When it was entered.
    pub at: Moment,
    /// This office had lost it in a restore, and knows it from the school: who entered it is not known, and `at` is
    /// when the school's word came.
    pub restated: bool,
}

impl Record for Case {
    const VERSION: u8 = 1;
    const NAME: &'static str = "persuasion case";
}

/// What became of a school's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It counts.
    News(Case),
    /// It counts, and the school has forgotten acts of the office: they have to be told again.
    Forgot(Case),
    /// A later one was heard before.
    Old,
}

impl Case {
    fn begun(school: &Party, progress: Progress, now: Moment) -> Self {
        let clock = now.day();
        let asked = progress.closing.map(|closing| Asked { closing, day: clock, answer: None });
        let school = school.clone();
        Self {
            school,
            progress,
            first: now,
            heard: now,
            clock,
            asked,
            acts: Vec::new(),
            round: 0,
            resumed: None,
        }
    }

    /// What the office did since the child was last back.
    pub fn acts_now(&self) -> &[Done] {
        self.acts.get(self.round..).unwrap_or_default()
    }

    /// Where the case stands: what the school says, and what was done since.
    pub fn stage(&self) -> Stage {
        if self.asked.is_some_and(|asked| asked.answer == Some(Act::ClosingConfirmed)) {
            return Stage::Closed;
        }
        let told = self.progress.stage;
        if !with_the_office(told) {
            return told;
        }
        self.acts_now().iter().filter_map(|done| acts::target(done.act)).fold(told, Stage::max)
    }

    /// The day from which the duties of its stage count.
    pub fn since(&self) -> Day {
        let stage = self.stage();
        let reached = self.acts_now().iter().find(|done| acts::target(done.act) == Some(stage));
        let since = reached.map_or(self.clock, |done| done.day);
        self.resumed.map_or(since, |resumed| since.max(resumed))
    }

    /// Whether somebody still has to act.
    pub fn is_open(&self) -> bool {
        self.stage() != Stage::Closed
    }

    /// Set aside on `today`, until this day.
    pub fn suspended(&self, today: Day) -> Option<Day> {
        self.progress.suspended_until.filter(|until| *until >= today && self.is_open())
    }

    /// The school is behind with its own step since this day: it says so, or it has been silent beyond the
    /// day that it gave.
    pub fn school_late(&self, today: Day) -> Option<Day> {
        if !self.is_open() || self.suspended(today).is_some() || self.stage() != self.progress.stage {
            return None;
        }
        // whose step it is then is not the school's
        if with_the_office(self.stage()) || self.asked.is_some_and(|asked| asked.answer.is_none()) {
            return None;
        }
        let due = self.progress.due.filter(|due| *due < today);
        if self.progress.overdue { due.or(self.progress.due).or(Some(self.progress.since)) } else { due }
    }

    /// Takes a later word of the school.
    fn hear(&mut self, progress: Progress, now: Moment) {
        let (was, is) = (self.progress.stage, progress.stage);
        if was != is {
            self.clock = now.day();
        }
        if let (Some(until), None) = (self.progress.suspended_until, progress.suspended_until) {
            self.resumed = Some(until.min(now.day()));
        }
        if with_the_office(was) && !with_the_office(is) {
            self.round = self.acts.len();
        }
        self.asked = match (progress.closing, self.asked) {
            (Some(closing), Some(asked)) if asked.closing == closing => Some(asked),
            (Some(closing), _) => Some(Asked { closing, day: now.day(), answer: None }),
            // what was confirmed stays so until the school says where the case goes on
            (None, asked) if is == Stage::Closed => asked,
            (None, _) => None,
        };
        (self.progress, self.heard) = (progress, now);
    }
}

/// From the written report on until the child is back, the office and the government act.
pub const fn with_the_office(stage: Stage) -> bool {
    matches!(stage, Stage::Reported | Stage::GovInformed | Stage::GovPersuading | Stage::Ordered)
}

fn key(sort: u8, case: CaseId, school: &Party) -> Vec<u8> {
    [b"h/p/".as_slice(), &[sort, b'/'], &case.0, school.to_string().as_bytes()].concat()
}

/// Keeps a case.
pub fn put(room: &mut Room<'_>, case: &Case) {
    let id = case.progress.case;
    room.write(key(b'c', id, &case.school), case);
    if case.is_open() {
        room.put(key(b'o', id, &case.school), [1]);
    } else {
        room.delete(key(b'o', id, &case.school));
    }
}

/// Takes what a school says of its case: the highest revision counts.
///
/// # Errors
/// When the store cannot read.
pub fn hear(
    room: &mut Room<'_>,
    school: &Party,
    progress: Progress,
    now: Moment,
) -> Result<Heard, StoreError> {
    let known: Option<Case> = room.read(&key(b'c', progress.case, school))?;
    let known = match known {
        None => under_another_name(room, progress.case, school)?,
        known => known,
    };
    let Some(mut case) = known else {
        let mut case = Case::begun(school, progress, now);
        restated::take_up(room, &mut case, now)?;
        put(room, &case);
        return Ok(Heard::News(case));
    };
    if progress.revision <= case.progress.revision {
        return Ok(Heard::Old);
    }
    if case.school != *school {
        case = moved(room, case, school)?;
    }
    let (was, is) = (case.progress.stage, progress.stage);
    let forgot = with_the_office(was) && with_the_office(is) && is < was;
    case.hear(progress, now);
    restated::take_up(room, &mut case, now)?;
    put(room, &case);
    Ok(if forgot { Heard::Forgot(case) } else { Heard::News(case) })
}

/// The case as the same school told it from another place: a school that moves keeps its cases.
fn under_another_name(room: &Room<'_>, id: CaseId, school: &Party) -> Result<Option<Case>, StoreError> {
    let code = school.school_code();
    Ok(of(room, id)?.into_iter().find(|case| case.school.school_code() == code))
}

/// The case goes on under the school's new name, with its reports; under the old one there is none any more.
fn moved(room: &mut Room<'_>, case: Case, school: &Party) -> Result<Case, StoreError> {
    let id = case.progress.case;
    report::moved(room, &case, school)?;
    room.delete(key(b'c', id, &case.school));
    room.delete(key(b'o', id, &case.school));
    Ok(Case { school: school.clone(), ..case })
}

/// This office answers for the child again: a closing because another place did is no longer asked.
///
/// # Errors
/// When the store cannot read.
pub fn came_home(room: &mut Room<'_>, id: CaseId, school: &Party) -> Result<(), StoreError> {
    let Some(mut case) = room.read::<Case>(&key(b'c', id, school))? else { return Ok(()) };
    if case.asked.is_some_and(|asked| asked.closing == Closing::Moved) {
        case.asked = None;
        put(room, &case);
    }
    Ok(())
}

/// Another place answers for a child that `school` was looking for here: its case ends by itself. Gives what is to
/// be told to the school; `None` when it has no case on the ladder.
///
/// # Errors
/// When the store cannot read.
pub fn went_on(
    room: &mut Room<'_>,
    id: CaseId,
    school: &Party,
    now: Moment,
) -> Result<Option<Done>, StoreError> {
    let Some(mut case) = room.read::<Case>(&key(b'c', id, school))? else { return Ok(None) };
    if case.stage() > Stage::Moved {
        return Ok(None);
    }
    let done = ends(&mut case, Closing::Moved, (String::new(), String::new()), now);
    put(room, &case);
    Ok(Some(done))
}

/// How the case of a school that is closed ends, which cannot ask for it (P10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Another school persuades the child under this number.
    GoesOn(CaseId),
    /// No school here goes on with it, and the office knows why: it moved to another county with its cases, or the
    /// child's case is over. With what that rests on.
    Known(Closing, String),
}

/// Ends the case of a school that is closed. Gives it as it ends.
///
/// # Errors
/// What forbids it, or when the store cannot read.
pub fn end(
    room: &mut Room<'_>,
    mut case: Case,
    ending: &Ending,
    by: String,
    now: Moment,
) -> Result<Result<Case, CaseError>, StoreError> {
    let today = now.day();
    if !units::get(room, &case.school)?.is_some_and(|unit| unit.is_closed(today)) {
        return Ok(Err(CaseError::SchoolIsOpen(case.progress.case)));
    }
    let (closing, note) = match ending {
        Ending::GoesOn(other) => {
            let heir = find(room, *other)?.filter(|heir| heir.school != case.school && heir.is_open());
            let works =
                |school: &Party| Ok(units::get(room, school)?.is_some_and(|unit| unit.is_active_on(today)));
            if !heir.map_or(Ok::<_, StoreError>(false), |heir| works(&heir.school))? {
                return Ok(Err(CaseError::NotContinued(*other)));
            }
            (Closing::Moved, other.to_string())
        }
        Ending::Known(_, note) if note.trim().is_empty() => return Ok(Err(CaseError::NoReason)),
        Ending::Known(closing, note) => (*closing, note.clone()),
    };
    if case.stage() == Stage::Closed {
        return Ok(Err(CaseError::NotNow { act: Act::ClosingConfirmed, stage: Stage::Closed }));
    }
    ends(&mut case, closing, (note, by), now);
    put(room, &case);
    Ok(Ok(case))
}

/// Closed without its school having asked.
fn ends(case: &mut Case, closing: Closing, (note, by): (String, String), now: Moment) -> Done {
    let (act, day, number) = (Act::ClosingConfirmed, now.day(), String::new());
    let done = Done { act, day, number, until: None, note, by, at: now, restated: false };
    case.asked = Some(Asked { closing, day, answer: None });
    acts::enter(case, done.clone());
    done
}

/// Whether this office has confirmed that the case of `school` is closed.
///
/// # Errors
/// When the store cannot read.
pub fn is_closed(room: &Room<'_>, id: CaseId, school: &Party) -> Result<bool, StoreError> {
    let case: Option<Case> = room.read(&key(b'c', id, school))?;
    Ok(case.is_some_and(|case| case.stage() == Stage::Closed))
}

/// The records of this number, one for each school that has it.
///
/// # Errors
/// When the store cannot read.
pub fn of(room: &Room<'_>, id: CaseId) -> Result<Vec<Case>, StoreError> {
    let pairs = room.list(&[b"h/p/c/".as_slice(), &id.0].concat())?;
    pairs.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The case of this number: the one that is open, of several the one that began last.
///
/// # Errors
/// When the store cannot read.
pub fn find(room: &Room<'_>, id: CaseId) -> Result<Option<Case>, StoreError> {
    Ok(of(room, id)?
        .into_iter()
        .max_by_key(|case| (case.progress.stage.is_open() && case.is_open(), case.first)))
}

/// All cases, by number.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Case>, StoreError> {
    room.list(b"h/p/c/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The cases that are open, by number.
///
/// # Errors
/// When the store cannot read.
pub fn open(room: &Room<'_>) -> Result<Vec<Case>, StoreError> {
    let mut out = Vec::new();
    for (at, _) in room.list(b"h/p/o/")? {
        let case = [b"h/p/c/".as_slice(), &at[b"h/p/o/".len()..]].concat();
        out.extend(room.read::<Case>(&case)?);
    }
    Ok(out)
}
