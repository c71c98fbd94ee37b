//! Cases as the school's staff see them, and what waits for somebody.

use std::sync::Arc;

use proto::custody::proof::ProofError;
use proto::model::case::{Act, CaseId, Preview, TransferState, Way};
use proto::model::day::Day;
use proto::model::personal::Personal;
use proto::seal;
use proto::store::{Room, StoreError};

use super::audit::{Opened, broken, was_opened};
pub use super::kept::Missing;
use super::kept::missing;
use super::letters::Mail;
use super::{all, latest, standing_of};
use crate::desk::{Law, School, SchoolError};
use crate::persuasion::{Case, Due, Office, may_open};
use crate::placement::Inflow;
use crate::pupil::{Class, Pupil, PupilId};
use crate::records::{self, HeldDirection, LateEvidence, ListedChild, Stood, keys};
use crate::referral::Transfer;
use crate::standing::EnrolmentStatus;

/// A case, with what belongs to it.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// The child's name; `None` for a child who is on no roll here and whose record nobody here has opened.
    pub name: Option<Personal<String>>,
    /// How the child stands: INFLOW_PENDING until one that another place lost is placed here (T17).
    pub status: EnrolmentStatus,
    /// What everybody on the way may know of a child who is on no roll here.
    pub preview: Option<Preview>,
    /// Its class.
    pub class: Option<Class>,
    /// What is to be done next.
    pub due: Option<Due>,
    /// Its day comes from this system's default, no rule gives the number.
    pub by_default: bool,
    /// Who does it now.
    pub office: Option<Office>,
    /// The day has passed.
    pub overdue: bool,
    /// The transfer.
    pub transfer: Option<Transfer>,
    /// What was added after the handover.
    pub late: Vec<LateEvidence>,
    /// Why the proof of the handover proves nothing any more.
    pub flaw: Option<ProofError>,
}

/// Cases at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseCounts {
    /// Not closed and not handed over.
    pub open: u64,
    /// Of these, a day has passed.
    pub overdue: u64,
    /// Of these, the principal's: the report filed itself, or a day of the staff's has passed.
    pub with_head: u64,
    /// Referrals that came back.
    pub returned: u64,
    /// Children that other places believe to be here, not answered yet.
    pub inflow: u64,
    /// Of these, late.
    pub inflow_overdue: u64,
    /// Children of lists from above about whom nothing was answered yet.
    pub from_lists: u64,
    /// Of these, not answered by the day that the county gave.
    pub from_lists_overdue: u64,
    /// The log of openings was changed.
    pub log_broken: bool,
    /// Cases that the county holds and a restored store has lost.
    pub lost: u64,
    /// Letters that wait for the county's key or for joining.
    pub unwritten: u64,
}

impl School {
    /// All cases, the most urgent first; the closed ones only when asked for.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn cases(self: &Arc<Self>, closed: bool) -> Result<(Day, Vec<CaseView>), SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let mut views = Vec::new();
            for case in all(room)?.into_iter().filter(|case| closed || case.is_open()) {
                views.push(view(school, room, &law, case, now.day())?);
            }
            let day = |view: &CaseView| view.due.map_or(i32::MAX, |due| due.on.number());
            views.sort_by_key(|view| (!view.case.is_open(), day(view), view.case.id));
            Ok((now.day(), views))
        })
        .await
    }

    /// One case.
    ///
    /// # Errors
    /// When there is none.
    pub async fn case(self: &Arc<Self>, case: String) -> Result<(Day, CaseView), SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let case = school.case_meant(room, &case)?;
            let flaw = school.flaw_of_proof(room, case.id)?;
            Ok((now.day(), CaseView { flaw, ..view(school, room, &law, case, now.day())? }))
        })
        .await
    }

    /// Cases that the county holds as open and this school has lost in a restore.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn missing_cases(self: &Arc<Self>) -> Result<Vec<Missing>, SchoolError> {
        self.act(|_, room, _| Ok(missing(room)?)).await
    }

    /// The numbers under which lists from above name children, without a case here.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn listed_from_above(self: &Arc<Self>) -> Result<Vec<CaseId>, SchoolError> {
        self.act(|_, room, _| Ok(listed(room)?)).await
    }
}

/// Counts for the school at a glance.
pub(in crate::desk) fn counts(room: &Room<'_>, law: &Law, today: Day) -> Result<CaseCounts, StoreError> {
    let mut counts = CaseCounts::default();
    for case in all(room)?.iter().filter(|case| case.is_open()) {
        counts.open += 1;
        if let Some(due) = case.due(&law.rules.persuasion, &law.calendar) {
            let overdue = due.on < today;
            counts.overdue += u64::from(overdue);
            counts.with_head += u64::from(overdue && due.falls_to(today) == Office::Head);
        }
    }
    for (_, transfer) in records::all::<Transfer>(room, keys::TRANSFERS)? {
        let back = matches!(transfer.state(), TransferState::ReturnedToSender | TransferState::Misrouted);
        counts.returned += u64::from(back && transfer.is_back());
    }
    for (_, inflow) in records::all::<Inflow>(room, keys::INFLOWS)? {
        counts.inflow += u64::from(inflow.is_pending());
        counts.inflow_overdue += u64::from(inflow.is_overdue(today));
    }
    let named = records::all::<ListedChild>(room, keys::LISTED)?;
    let unanswered: Vec<ListedChild> =
        named.into_iter().map(|(_, listed)| listed).filter(|it| it.answers.is_empty()).collect();
    let late = |it: &&ListedChild| it.answer_by.is_some_and(|by| by < today);
    counts.from_lists_overdue = unanswered.iter().filter(late).count() as u64;
    // a list that was sent with records names its children twice: by the record, and by the order to open a case
    let mut from_lists: Vec<CaseId> =
        unanswered.iter().map(|listed| listed.case).chain(listed(room)?).collect();
    from_lists.sort_unstable();
    from_lists.dedup();
    counts.from_lists = from_lists.len() as u64;
    let openings: Vec<Opened> = records::all(room, keys::AUDIT)?.into_iter().map(|(_, line)| line).collect();
    counts.log_broken = broken(&openings).is_some();
    counts.lost = missing(room)?.len() as u64;
    // a roster that waits for the county's key is no letter that somebody misses, nor is what is given away to keep
    let in_class = room.list(&keys::letters_of(Mail::Newcomer as u8))?.len()
        + room.list(&keys::letters_of(Mail::Kept as u8))?.len();
    counts.unwritten = room.list(keys::LETTERS)?.len().saturating_sub(in_class) as u64;
    Ok(counts)
}

fn listed(room: &Room<'_>) -> Result<Vec<CaseId>, StoreError> {
    let held = records::all::<HeldDirection>(room, keys::DIRECTIONS)?;
    let of_lists = held.into_iter().filter(|(_, held)| held.direction.act == Act::OpenFromList);
    let mut cases: Vec<CaseId> = of_lists.map(|(_, held)| held.direction.case).collect();
    cases.dedup();
    let mut open = Vec::new();
    for case in cases {
        let named: Option<ListedChild> = room.read(&keys::listed(case))?;
        let (child, answered) = named.map_or((None, false), |it| (it.child, !it.answers.is_empty()));
        if !answered && may_have_one(room, child)? {
            open.push(case);
        }
    }
    Ok(open)
}

/// Whether a case may be opened for who is on a list; a pupil with a case here or elsewhere is answered for.
fn may_have_one(room: &Room<'_>, child: Option<PupilId>) -> Result<bool, StoreError> {
    let Some(child) = child else { return Ok(true) };
    let (latest, standing) = (latest(room, child)?, standing_of(room, child)?);
    Ok(may_open(child, latest.as_ref(), standing.as_ref(), None).is_ok())
}

impl School {
    /// The name in the record that came with a child from elsewhere, once somebody here has opened it for a
    /// purpose: the list opens nothing by itself.
    fn opened_name(
        &self,
        room: &mut Room<'_>,
        inflow: Option<&Inflow>,
    ) -> Result<Option<Personal<String>>, StoreError> {
        let Some(inflow) = inflow else { return Ok(None) };
        if !was_opened(room, inflow.leg.case)? {
            return Ok(None);
        }
        let way = Way { case: inflow.leg.case, from: &inflow.from, to: &self.party };
        Ok(way.open(&inflow.record, &seal::own(room)?).ok().map(|record| record.name))
    }
}

fn view(
    school: &School,
    room: &mut Room<'_>,
    law: &Law,
    case: Case,
    today: Day,
) -> Result<CaseView, StoreError> {
    let (pupil, stood) = match case.child {
        Some(child) => (
            room.read::<Pupil>(&keys::pupil(child))?,
            room.read::<Stood>(&keys::standing(child))?.map(|stood| stood.standing.status),
        ),
        None => (None, Some(EnrolmentStatus::InflowPending)),
    };
    let inflow = match case.child {
        Some(_) => None,
        None => room.read::<Inflow>(&keys::inflow(case.id))?,
    };
    let name = match &pupil {
        Some(pupil) => Some(pupil.name.clone()),
        None => school.opened_name(room, inflow.as_ref())?,
    };
    let due = case.due(&law.rules.persuasion, &law.calendar);
    let late = records::all::<LateEvidence>(room, &keys::late_of(case.id))?;
    Ok(CaseView {
        flaw: None,
        name,
        status: stood.unwrap_or(EnrolmentStatus::Enrolled),
        preview: inflow.map(|inflow| inflow.preview),
        class: pupil.map(|pupil| pupil.class),
        due,
        by_default: due.is_some_and(|due| due.duty.is_by_default(&law.rules.persuasion)),
        office: due.map(|due| due.falls_to(today)),
        overdue: due.is_some_and(|due| due.on < today),
        transfer: room.read(&keys::transfer(case.id))?,
        late: late.into_iter().map(|(_, late)| late).collect(),
        case,
    })
}
