//! Children that lists from above name (A09): who they are here, and what the school answers.

use std::sync::Arc;

use proto::model::case::{CaseId, Checked, ChildRecord, ListResult, Listed, Way};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::personal::{Personal, Purpose};
use proto::seal;
use proto::store::{Room, StoreError};

use super::letters::Mail;
use super::{audit, latest, standing_of};
use crate::desk::{School, SchoolError};
use crate::listing::{self, Search};
use crate::persuasion::{CaseRefused, Need, needed, unnamed};
use crate::pupil::{IdNumber, Pupil, PupilId, RollNumber};
use crate::records::{self, ListedChild, keys};
use crate::standing::EnrolmentStatus;

/// A child of a list, with the pupil that it is here.
#[derive(Debug, Clone)]
pub struct ListedView {
    /// As it came.
    pub listed: ListedChild,
    /// The pupil's name and status; `None` when nobody here has that number.
    pub pupil: Option<(Personal<String>, EnrolmentStatus)>,
    /// Who looks for it.
    pub search: Search,
    /// Nothing was answered and the day has passed.
    pub overdue: bool,
}

/// An answer as somebody gives it.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Which child.
    pub case: CaseId,
    /// What was found.
    pub result: ListResult,
    /// On which day; today when not said.
    pub on: Option<Day>,
    /// A remark; no personal data.
    pub note: String,
}

impl ListedView {
    /// What the child's status and case here answer; `None` when people must look.
    pub fn suggested(&self) -> Option<ListResult> {
        let (_, status) = self.pupil.as_ref()?;
        listing::answers(*status, self.search).first().copied()
    }
}

impl School {
    /// A list names a child: kept, and looked for on the roll by its numbers. It comes twice when it was
    /// corrected; what was answered stays.
    pub(super) fn listed(
        &self,
        room: &mut Room<'_>,
        from: Party,
        listed: Listed,
        now: Moment,
    ) -> Result<(), StoreError> {
        let Listed { case, list, day, answer_by, record, .. } = listed;
        let way = Way { case, from: &from, to: &self.party };
        let child = match way.open(&record, &seal::own(room)?) {
            Ok(known) => self.pupil_of_record(room, &known)?,
            Err(_) => None,
        };
        let held: Option<ListedChild> = room.read(&keys::listed(case))?;
        let answers = held.map_or_else(Vec::new, |held| held.answers);
        let kept = ListedChild { case, from, list, day, answer_by, record, child, answers };
        room.write(keys::listed(case), &kept);
        tracing::info!(case.id = %case, known = child.is_some(), at = %now, "a list names a child");
        Ok(())
    }

    /// The pupil with the record's ID number or roll number.
    pub(super) fn pupil_of_record(
        &self,
        room: &Room<'_>,
        record: &ChildRecord,
    ) -> Result<Option<PupilId>, StoreError> {
        let text = |text: &Personal<String>| text.open(Purpose::RollCheck).trim().to_owned();
        let id = text(&record.id_number).parse::<IdNumber>().ok().map(|number| self.id_key(&number));
        let roll = text(&record.roll_number).parse::<RollNumber>().ok().map(|number| self.roll_key(&number));
        for key in id.into_iter().chain(roll) {
            if let Some(bytes) = room.get(&key)?
                && let Ok(bytes) = bytes.try_into()
            {
                return Ok(Some(PupilId::new(bytes)));
            }
        }
        Ok(None)
    }

    /// All children of lists, those without an answer first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn listed_children(self: &Arc<Self>) -> Result<Vec<ListedView>, SchoolError> {
        self.act(|_, room, now| {
            let mut views = Vec::new();
            for (_, listed) in records::all::<ListedChild>(room, keys::LISTED)? {
                views.push(view(room, listed, now.day())?);
            }
            views.sort_by_key(|view| {
                (!view.listed.answers.is_empty(), view.listed.answer_by, view.listed.case)
            });
            Ok(views)
        })
        .await
    }

    /// Opens what a list says of a child, for a purpose; logged.
    ///
    /// # Errors
    /// When there is none, no purpose is said, or it does not open.
    pub async fn open_listed(
        self: &Arc<Self>,
        case: CaseId,
        purpose: String,
        by: String,
    ) -> Result<(ListedView, Result<ChildRecord, CaseRefused>), SchoolError> {
        self.act(move |school, room, now| {
            let listed = listed_of(room, case)?;
            needed(&Personal::new(purpose.clone()), Need::Purpose)?;
            let way = Way { case, from: &listed.from, to: &school.party };
            let record = way.open(&listed.record, &seal::own(room)?).map_err(|_| CaseRefused::Shut);
            audit::note(room, case, (&by, &purpose), record.is_ok(), now)?;
            school.write_letters(room, now)?;
            Ok((view(room, listed, now.day())?, record))
        })
        .await
    }

    /// Answers for a child of a list. A later answer replaces the one before.
    ///
    /// # Errors
    /// When there is none, the day has not come or lies before the list, the remark names somebody, or the roll
    /// says otherwise.
    pub async fn answer_listed(self: &Arc<Self>, answering: Answering) -> Result<ListedView, SchoolError> {
        self.act(move |school, room, now| {
            let Answering { case, result, on, note } = answering;
            let mut listed = listed_of(room, case)?;
            let day = on.unwrap_or_else(|| now.day());
            if day > now.day() {
                return Err(CaseRefused::Future(day).into());
            }
            let way = Way { case, from: &listed.from, to: &school.party };
            let known = way.open(&listed.record, &seal::own(room)?).ok();
            unnamed(&note, known.iter().map(|record| &record.name))?;
            if day < listed.day {
                return Err(CaseRefused::TooEarly { on: day, from: listed.day }.into());
            }
            if let Some(record) = &known {
                let numbered = is_numbered(record);
                let here = school.pupil_of_record(room, record)?;
                match result {
                    ListResult::InSchool if numbered && here.is_none() => {
                        return Err(CaseRefused::NotOnRoll.into());
                    }
                    ListResult::Unknown if here.is_some() => return Err(CaseRefused::OnRoll.into()),
                    _ => {}
                }
                if let Some(child) = here {
                    listing::agrees(status_of(room, child)?, search_of(room, child)?, result)?;
                }
            }
            listed.answers.push(Checked { case, result, day, note });
            room.write(keys::listed(case), &listed);
            Mail::Checked.queue(room, case, 0);
            school.write_letters(room, now)?;
            Ok(view(room, listed, now.day())?)
        })
        .await
    }
}

/// Whether the roll can tell by a number whether the child is on it.
fn is_numbered(record: &ChildRecord) -> bool {
    let text = |text: &Personal<String>| text.open(Purpose::RollCheck).trim().to_owned();
    text(&record.id_number).parse::<IdNumber>().is_ok()
        || text(&record.roll_number).parse::<RollNumber>().is_ok()
}

/// A case was opened under a list's number: people persuade.
pub(super) fn opened(room: &mut Room<'_>, case: CaseId, child: PupilId, day: Day) -> Result<(), StoreError> {
    let Some(mut listed) = room.read::<ListedChild>(&keys::listed(case))? else { return Ok(()) };
    listed.child = Some(child);
    listed.answers.push(Checked { case, result: ListResult::Persuading, day, note: String::new() });
    room.write(keys::listed(case), &listed);
    Mail::Checked.queue(room, case, 0);
    Ok(())
}

fn listed_of(room: &Room<'_>, case: CaseId) -> Result<ListedChild, SchoolError> {
    Ok(room.read::<ListedChild>(&keys::listed(case))?.ok_or(CaseRefused::NoSuchCase)?)
}

fn status_of(room: &Room<'_>, child: PupilId) -> Result<EnrolmentStatus, StoreError> {
    Ok(standing_of(room, child)?.map_or(EnrolmentStatus::Enrolled, |standing| standing.status))
}

fn search_of(room: &Room<'_>, child: PupilId) -> Result<Search, StoreError> {
    Ok(Search::of(latest(room, child)?.as_ref(), standing_of(room, child)?.as_ref()))
}

fn view(room: &Room<'_>, listed: ListedChild, today: Day) -> Result<ListedView, StoreError> {
    let (pupil, search) = match listed.child {
        Some(child) => {
            let status = status_of(room, child)?;
            let pupil = room.read::<Pupil>(&keys::pupil(child))?.map(|pupil| (pupil.name, status));
            (pupil, search_of(room, child)?)
        }
        None => (None, Search::Nobody),
    };
    let overdue = listed.answers.is_empty() && listed.answer_by.is_some_and(|by| by < today);
    Ok(ListedView { listed, pupil, search, overdue })
}
