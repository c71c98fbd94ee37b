//! What a school gives away to keep: each case as it stands, sealed under its own store key, in its own stream. A
//! store that is put back from a backup is given its stream again, and with it the contacts, papers and cases since.
//! Nobody on the way can read them.

use proto::model::case::{CaseId, Kept, Letter, Progress, Stage};
use proto::model::day::Day;
use proto::paper::{Number, serial};
use proto::seal;
use proto::store::{Room, StoreError, record};

use super::{Desk, refer};
use crate::desk::School;
use crate::persuasion::{Case, Cause};
use crate::placement::Inflow;
use crate::pupil::{Pupil, PupilId};
use crate::records::{self, ChildCases, KeptCase, LostCase, RecordedFacts, Stood, keys};
use crate::referral::Transfer;
use crate::standing::Recorded;

/// Bytes of a case that are given away; a longer one goes without its earlier rounds.
const MOST: usize = 60 << 10;

/// A case that the county holds and a restored school has lost.
#[derive(Debug, Clone)]
pub struct Missing {
    /// What the county was told last.
    pub told: Progress,
    /// What the school knew of it, when the child is not on the roll; it can be opened for the child again.
    pub kept: Option<KeptCase>,
}

impl School {
    /// A case as it stands, to be kept by others; `None` when there is nothing of that number.
    pub(super) fn give_to_keep(&self, room: &mut Room<'_>, id: CaseId) -> Result<Option<Letter>, StoreError> {
        let case: Option<Case> = room.read(&keys::case(id))?;
        let (pupil, facts) = match case.as_ref().and_then(|case| case.child) {
            Some(child) => (room.read::<Pupil>(&keys::pupil(child))?, facts_of(room, child, id)?),
            None => (None, Vec::new()),
        };
        let mut kept = KeptCase {
            transfer: room.read::<Transfer>(&keys::transfer(id))?,
            inflow: room.read::<Inflow>(&keys::inflow(id))?,
            facts,
            name: pupil.as_ref().map(|pupil| pupil.name.clone()),
            class: pupil.map(|pupil| pupil.class),
            case,
        };
        if kept.case.is_none() && kept.inflow.is_none() {
            return Ok(None);
        }
        let mut plain = record::to_bytes(&kept);
        if plain.len() > MOST
            && let Some(case) = &mut kept.case
        {
            case.earlier.clear();
            plain = record::to_bytes(&kept);
        }
        if plain.len() > MOST {
            tracing::warn!(case.id = %id, "case {id} is too long to be kept by others: a backup alone has it");
            return Ok(None);
        }
        let record = seal::kept::keep(&self.key, &id.0, &plain);
        Ok(Some(Letter::Kept(Kept { case: id, record })))
    }

    /// What this school gave away has come back to it.
    pub(super) fn recall_kept(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        kept: &Kept,
    ) -> Result<(), StoreError> {
        let id = kept.case;
        let opened = seal::kept::open(&self.key, &id.0, &kept.record);
        let Some(mut known) = opened.and_then(|plain| record::from_bytes::<KeptCase>(&plain).ok()) else {
            tracing::warn!(case.id = %id, "what was kept of case {id} does not open under this store key");
            return Ok(());
        };
        recall_way(room, id, &mut known)?;
        let Some(mut case) = known.case.take() else { return Ok(()) };
        go_past(room, &case)?;
        if let Some(child) = case.child {
            if room.read::<Pupil>(&keys::pupil(child))?.is_none() {
                room.write(keys::kept_case(id), &KeptCase { case: Some(case), ..known });
                return Ok(());
            }
            let mut cases = room.read::<ChildCases>(&keys::cases_of(child))?.unwrap_or_default();
            if !cases.0.contains(&id) {
                cases.0.push(id);
                room.write(keys::cases_of(child), &cases);
            }
            for fact in std::mem::take(&mut known.facts) {
                recall_fact(room, desk, child, fact)?;
            }
        }
        if let Some(mut held) = room.read::<Case>(&keys::case(id))? {
            held.take_over(case);
            case = held;
        }
        if let Some(LostCase(told)) = room.read(&keys::lost_case(id))? {
            case.catch_up(told);
            room.delete(keys::lost_case(id));
        }
        // the days on which its absences were called may be lost as well, and the facts of its child: that is no sign
        // that there were none
        let by_status = matches!(case.stage, Stage::Placed | Stage::Closed);
        case.recalled = by_status || case.cause == Cause::Suspected && case.on_the_ladder();
        tracing::info!(case.id = %id, "case {id} is here again, as it was given away to keep");
        self.keep_case(room, desk, &mut case)?;
        self.read_held(room, desk, &mut case)
    }
}

/// What was kept of a case whose child was not on the roll: it is opened again for the child that is meant.
pub(super) fn take(room: &mut Room<'_>, id: CaseId) -> Result<Option<Case>, StoreError> {
    let kept: Option<KeptCase> = room.read(&keys::kept_case(id))?;
    room.delete(keys::kept_case(id));
    Ok(kept.and_then(|kept| kept.case))
}

/// Cases that the county holds as open and this school has lost in a restore.
///
/// # Errors
/// When the store cannot read.
pub(super) fn missing(room: &Room<'_>) -> Result<Vec<Missing>, StoreError> {
    let mut missing = Vec::new();
    for (_, LostCase(told)) in records::all::<LostCase>(room, keys::LOST_CASES)? {
        if told.stage.is_open() && room.read::<Case>(&keys::case(told.case))?.is_none() {
            missing.push(Missing { kept: room.read(&keys::kept_case(told.case))?, told });
        }
    }
    Ok(missing)
}

/// What a case has recorded of its child.
fn facts_of(room: &Room<'_>, child: PupilId, id: CaseId) -> Result<Vec<Recorded>, StoreError> {
    let RecordedFacts(mut facts) = room.read(&keys::facts(child))?.unwrap_or_default();
    facts.retain(|fact| fact.evidence == id.to_string());
    Ok(facts)
}

/// The news that it followed from are known, and do not bring it about once more.
fn recall_fact(
    room: &mut Room<'_>,
    desk: &Desk<'_>,
    child: PupilId,
    recorded: Recorded,
) -> Result<(), StoreError> {
    let RecordedFacts(held) = room.read(&keys::facts(child))?.unwrap_or_default();
    if held.iter().any(|held| held.fact == recorded.fact && held.evidence == recorded.evidence) {
        return Ok(());
    }
    let stood: Option<Stood> = room.read(&keys::standing(child))?;
    let upto = stood.map_or_else(|| recorded.fact.effective(), |stood| stood.upto);
    refer::record(room, desk, child, recorded, upto)
}

/// The referral and the search, where the store knows less of them.
fn recall_way(room: &mut Room<'_>, id: CaseId, known: &mut KeptCase) -> Result<(), StoreError> {
    if let Some(mut transfer) = known.transfer.take() {
        let held: Option<Transfer> = room.read(&keys::transfer(id))?;
        if held.as_ref().is_none_or(|held| held.revision <= transfer.revision) {
            for news in held.into_iter().flat_map(|held| held.news) {
                transfer.hear(news);
            }
            room.write(keys::transfer(id), &transfer);
        }
    }
    if let Some(inflow) = known.inflow.take() {
        let held: Option<Inflow> = room.read(&keys::inflow(id))?;
        // asked again, what was found before is no answer any more
        let age = |it: &Inflow| (it.leg, it.received, it.findings.len());
        if held.as_ref().is_none_or(|held| age(held) <= age(&inflow)) {
            room.write(keys::inflow(id), &inflow);
        }
    }
    Ok(())
}

/// The numbers of the papers in a case are given away.
fn go_past(room: &mut Room<'_>, case: &Case) -> Result<(), StoreError> {
    let now = (&case.notice, &case.report);
    let before = case.earlier.iter().map(|round| (&round.notice, &round.report));
    for (notice, report) in before.chain([now]) {
        let numbers = [notice.as_ref().map(|it| &it.number), report.as_ref().map(|it| &it.number)];
        for number in numbers.into_iter().flatten() {
            for number in Number::all_in(number) {
                serial::go_past(room, &number)?;
            }
        }
        if let Some(report) = report {
            go_past_report(room, &report.number, report.on)?;
        }
    }
    Ok(())
}

/// A report that was numbered without a prefix: 〔2025〕3号.
fn go_past_report(room: &mut Room<'_>, number: &str, on: Day) -> Result<(), StoreError> {
    let year = on.date().year();
    let own = number.strip_prefix(&format!("〔{year}〕")).and_then(|rest| rest.strip_suffix('号'));
    let Some(serial) = own.and_then(|serial| serial.parse::<u32>().ok()) else { return Ok(()) };
    let key = keys::report_number(year);
    let last = room.get(&key)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    if serial > last {
        room.put(key, serial.to_be_bytes());
    }
    Ok(())
}
