//! Persuasion cases at the school: opened, worked and closed; every fact and the letter about it in one commit.

use std::sync::Arc;

use proto::model::case::CaseId;
use proto::model::day::{Day, Moment};
use proto::paper::register::Written;
use proto::store::{Room, StoreError};

use super::find::Names;
use super::{Law, School, SchoolError};
use crate::persuasion::{
    Case, CaseRefused, Cause, Known, Move, Numbered, Step, Turn, ends_the_search, may_open, unnamed,
};
use crate::pupil::{Pupil, PupilId};
use crate::records::{self, ChildCases, HeldDirection, ListedChild, LostCase, Stood, keys};
use crate::referral::Transfer;
use crate::standing::Standing;

pub mod audit;
mod evening;
mod grounds;
pub mod inflow;
mod intake;
mod kept;
mod letters;
pub mod listed;
pub mod paper;
mod proof;
mod record;
pub mod refer;
mod roll;
mod status;
pub mod view;

use letters::Mail;
use paper::Wanted;

/// A case as somebody opens it.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose: an id, a roll number or a name.
    pub child: String,
    /// Why.
    pub cause: Cause,
    /// The number that a list from above gave it.
    pub case: Option<CaseId>,
    /// The account.
    pub by: String,
}

/// A step as somebody takes it.
#[derive(Debug, Clone)]
pub struct Stepping {
    /// The case, or its child.
    pub case: String,
    /// What.
    pub step: Step,
    /// On which day; today when not said.
    pub on: Option<Day>,
    /// The account.
    pub by: String,
    /// Write the document that belongs to it.
    pub paper: Option<Wanted>,
}

/// A child that was found to be missing.
struct Found {
    child: PupilId,
    cause: Cause,
    /// From which day the case counts.
    since: Day,
    /// The number that a list from above gave it.
    number: Option<CaseId>,
}

/// Today, as cases see it.
struct Desk<'a> {
    law: &'a Law,
    today: Day,
    now: Moment,
}

impl<'a> Desk<'a> {
    fn turn(&'a self, on: Day, by: &'a str) -> Turn<'a> {
        let Law { rules, calendar, .. } = self.law;
        Turn { on, today: self.today, at: self.now, by, rules: &rules.persuasion, calendar }
    }
}

impl School {
    /// Opens a case (D03).
    ///
    /// # Errors
    /// When nobody fits, the child has an open case here or elsewhere, or the number is not its own.
    pub async fn open_case(self: &Arc<Self>, opening: Opening) -> Result<CaseId, SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            let child = school.child(room, &mut Names::default(), &opening.child, None)?;
            let Opening { cause, case: number, by, .. } = opening;
            let numbered = number.map(|id| Ok::<_, StoreError>(Numbered { id, known: known(room, id)? }));
            let (latest, standing) = (latest(room, child)?, standing_of(room, child)?);
            may_open(child, latest.as_ref(), standing.as_ref(), numbered.transpose()?)?;
            let found = Found { child, cause, since: desk.today, number };
            let id = school.open_for(room, &desk, found, &by)?;
            school.write_letters(room, now)?;
            Ok(id)
        })
        .await
    }

    /// Takes a step of a case (2.3), and writes its document when that is wanted: in one commit.
    ///
    /// # Errors
    /// When the rules do not draw it, with the rule's id; when the document lacks something.
    pub async fn step_case(
        self: &Arc<Self>,
        stepping: Stepping,
    ) -> Result<(CaseId, Option<Written>), SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            let mut case = school.case_meant(room, &stepping.case)?;
            let on = stepping.on.unwrap_or(desk.today);
            if stepping.step == Step::Return {
                school.was_present(room, &case, on)?;
            }
            let (step, written) = match stepping.paper {
                Some(wanted) => {
                    school.issue(room, &desk, (&case, stepping.step), on, (wanted, &stepping.by))?
                }
                None => (stepping.step, None),
            };
            let step = match step {
                Step::Report(number) if number.trim().is_empty() => Step::Report(report_number(room, on)?),
                step => step,
            };
            if let Step::Report(number) = &step {
                names_nobody(room, &case, number)?;
            }
            school.take_step(room, &desk, &mut case, step, on, &stepping.by)?;
            school.write_letters(room, now)?;
            Ok((case.id, written))
        })
        .await
    }

    /// The case of that number, or the latest of the child that `text` means.
    fn case_meant(&self, room: &Room<'_>, text: &str) -> Result<Case, SchoolError> {
        if let Ok(id) = text.trim().parse::<CaseId>()
            && let Some(case) = room.read::<Case>(&keys::case(id))?
        {
            return Ok(case);
        }
        let child = self.child(room, &mut Names::default(), text, None)?;
        Ok(latest(room, child)?.ok_or(CaseRefused::NoSuchCase)?)
    }

    /// A return rests on a present mark, as the status does (C05).
    fn was_present(&self, room: &Room<'_>, case: &Case, on: Day) -> Result<(), SchoolError> {
        let Some(child) = case.child else { return Err(CaseRefused::NotPresent(on).into()) };
        let mut books = super::books::Books::default();
        let book = books.child(room, child)?.ok_or(SchoolError::NoSuchChild)?;
        let present =
            book.was_called(on) && book.mark(on).is_none_or(|mark| mark == crate::attendance::Mark::Present);
        if present { Ok(()) } else { Err(CaseRefused::NotPresent(on).into()) }
    }

    /// Opens a case of a child. The number follows from the child and how many cases it had: a store that
    /// was put back opens a case that it has forgotten under the number that the county knows.
    fn open_for(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        found: Found,
        by: &str,
    ) -> Result<CaseId, StoreError> {
        let Found { child, cause, since, number } = found;
        let mut cases = room.read::<ChildCases>(&keys::cases_of(child))?.unwrap_or_default();
        let id = number.unwrap_or_else(|| self.case_number(child, cases.0.len()));
        let mut case = match kept::take(room, id)? {
            Some(kept) => Case { child: Some(child), ..kept },
            None => Case::open(id, Some(child), cause, &desk.turn(since, by)),
        };
        cases.0.push(id);
        room.write(keys::cases_of(child), &cases);
        if let Some(LostCase(told)) = room.read(&keys::lost_case(id))? {
            case.catch_up(told);
            room.delete(keys::lost_case(id));
        }
        tracing::info!(case.id = %id, cause = cause.code(), "opened case {id}");
        listed::opened(room, id, child, desk.today)?;
        self.keep_case(room, desk, &mut case)?;
        self.read_held(room, desk, &mut case)?;
        Ok(id)
    }

    /// Reads what the county wrote of the case while it was not here.
    fn read_held(&self, room: &mut Room<'_>, desk: &Desk<'_>, case: &mut Case) -> Result<(), StoreError> {
        for (key, held) in records::all::<HeldDirection>(room, &keys::directions_of(case.id))? {
            room.delete(key);
            self.directed(room, desk, case, &held.from, held.direction)?;
        }
        Ok(())
    }

    fn case_number(&self, child: PupilId, n: usize) -> CaseId {
        let nth = [child.bytes().as_slice(), &(n as u64).to_be_bytes()].concat();
        CaseId::new(self.key.blind("case", &nth))
    }

    /// Takes a step and keeps what follows from it.
    fn take_step(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        step: Step,
        on: Day,
        by: &str,
    ) -> Result<(), SchoolError> {
        let kind = step.kind();
        let over = matches!(&step, Step::AskClosing(why, _) if ends_the_search(*why));
        case.take(step, &desk.turn(on, by))?;
        if matches!(kind, Move::Report | Move::ReportByClock) {
            Mail::Report.queue(room, case.id, 0);
        }
        if matches!(kind, Move::Return | Move::Place) || over {
            self.take_back_if_on_its_way(room, desk, case)?;
        }
        Ok(self.keep_case(room, desk, case)?)
    }

    /// Stores a case, and has the county told when there is something to tell.
    fn keep_case(&self, room: &mut Room<'_>, desk: &Desk<'_>, case: &mut Case) -> Result<(), StoreError> {
        let progress = case.progress(desk.today, &desk.law.rules.persuasion, &desk.law.calendar);
        if case.told.as_ref() != Some(&progress) {
            Mail::Progress.queue(room, case.id, 0);
        }
        Mail::Kept.queue(room, case.id, 0);
        room.write(keys::case(case.id), case);
        case.child.map_or(Ok(()), |child| Self::tell_if_changed(room, child))
    }
}

/// A document's number is read on its way: it must not name the child.
fn names_nobody(room: &Room<'_>, case: &Case, number: &str) -> Result<(), SchoolError> {
    let pupil = match case.child {
        Some(child) => room.read::<Pupil>(&keys::pupil(child))?,
        None => None,
    };
    Ok(unnamed(number, pupil.iter().map(|pupil| &pupil.name))?)
}

/// What is known of a number that somebody names for a new case.
fn known(room: &Room<'_>, id: CaseId) -> Result<Known, StoreError> {
    if room.get(&keys::case(id))?.is_some() {
        return Ok(Known::Taken);
    }
    if let Some(listed) = room.read::<ListedChild>(&keys::listed(id))? {
        return Ok(listed.child.map_or(Known::Given, Known::GivenTo));
    }
    // the county has written of it, or was told of it by the store that was lost
    let told = room.get(&keys::lost_case(id))?.is_some() || !room.list(&keys::directions_of(id))?.is_empty();
    Ok(if told { Known::Given } else { Known::No })
}

/// A child's latest case.
fn latest(room: &Room<'_>, child: PupilId) -> Result<Option<Case>, StoreError> {
    let cases = room.read::<ChildCases>(&keys::cases_of(child))?.unwrap_or_default();
    match cases.0.last() {
        Some(id) => room.read(&keys::case(*id)),
        None => Ok(None),
    }
}

/// Where a child stands; `None` for who simply is ENROLLED.
fn standing_of(room: &Room<'_>, child: PupilId) -> Result<Option<Standing>, StoreError> {
    Ok(room.read::<Stood>(&keys::standing(child))?.map(|stood| stood.standing))
}

/// A case of the child that was handed to another place after `since`, and has not come back.
pub(in crate::desk) fn handed_over(
    room: &Room<'_>,
    child: PupilId,
    since: Moment,
) -> Result<Option<CaseId>, StoreError> {
    let ChildCases(cases) = room.read(&keys::cases_of(child))?.unwrap_or_default();
    for id in cases {
        let Some(transfer) = room.read::<Transfer>(&keys::transfer(id))? else { continue };
        if transfer.submitted.is_some_and(|at| at >= since) && !transfer.is_back() {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// All cases, oldest first.
fn all(room: &Room<'_>) -> Result<Vec<Case>, StoreError> {
    let mut cases: Vec<Case> = records::all(room, keys::CASES)?.into_iter().map(|(_, case)| case).collect();
    cases.sort_by_key(|case| (case.opened, case.id));
    Ok(cases)
}

/// The next number of a year's written reports.
fn report_number(room: &mut Room<'_>, on: Day) -> Result<String, StoreError> {
    let year = on.date().year();
    let key = keys::report_number(year);
    let last = room.get(&key)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    let next = last.saturating_add(1);
    room.put(key, next.to_be_bytes());
    Ok(format!("〔{year}〕{next}号"))
}
