//! Letters to the county. What is to be said is noted in the commit of the fact itself; it is written at once
//! when the school has joined and knows the county's key, and as soon as it does otherwise. A letter is
//! written from what stands then: two changes in one night make one letter.

use std::sync::Arc;

use proto::identity::Identity;
use proto::model::case::{Account, CaseId, Late, Letter, Referral, Report, Way};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::parcel;
use proto::seal::{self, SealKey};
use proto::store::{Room, StoreError};

use super::{Desk, all, audit};
use crate::desk::{School, SchoolError};
use crate::persuasion::{Case, Move};
use crate::placement::Inflow;
use crate::records::{self, CountyKey, LateEvidence, ListedChild, ToldReport, keys};
use crate::referral::Transfer;

/// A letter that is to be written. The numbers are those of storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mail {
    Progress = 1,
    Report = 2,
    Referral = 3,
    Finding = 4,
    Late = 5,
    Checked = 6,
    Newcomer = 7,
    Openings = 8,
    Kept = 9,
}

impl Mail {
    const ALL: [Self; 9] = [
        Self::Progress,
        Self::Report,
        Self::Referral,
        Self::Finding,
        Self::Late,
        Self::Checked,
        Self::Newcomer,
        Self::Openings,
        Self::Kept,
    ];

    /// Notes that it is to be written.
    pub(super) fn queue(self, room: &mut Room<'_>, case: CaseId, n: u32) {
        room.put(keys::letter(self as u8, case, n), []);
    }
}

/// The means to write.
pub(super) struct Pen {
    pub(super) identity: Arc<Identity>,
    pub(super) county: Party,
    key: Option<SealKey>,
}

impl School {
    /// The office that answers for this school's cases: the nearest hub above that is no town.
    pub(crate) fn county(&self) -> Option<Party> {
        self.party.lineage().skip(1).find(|hub| hub.level() != Some(Level::Town))
    }

    /// Writes all letters that wait, as far as it can be done now. A restored store that has not asked what
    /// it lost writes none: it would say old things under new numbers.
    pub(crate) fn write_letters(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        if Self::asks_first(room)? {
            return Ok(());
        }
        let (Some(identity), Some(county)) = (self.identity.borrow().clone(), self.county()) else {
            return Ok(());
        };
        self.send_key(room, &identity, &county, now)?;
        let held: Option<CountyKey> = room.read(keys::COUNTY_KEY)?;
        let key = held.filter(|held| held.of == county).map(|held| held.key);
        let pen = Pen { identity, county, key };
        let law = self.law(room)?;
        let desk = Desk { law: &law, today: now.day(), now };
        let news = match &pen.key {
            Some(_) => Some(self.roll_news(room)?),
            None => None,
        };
        if let (Some(news), Some(key)) = (&news, &pen.key) {
            news.say_left(room, &pen, key, now)?;
        }
        for (at, _) in room.list(keys::LETTERS)? {
            let Some((kind, case, n)) = keys::case_in_letter(&at) else { continue };
            let Some(mail) = Mail::ALL.into_iter().find(|mail| *mail as u8 == kind) else { continue };
            if self.write_one(room, &pen, &desk, mail, case, n)? {
                room.delete(at);
            }
        }
        match (news, &pen.key) {
            (Some(news), Some(key)) => news.say_here(room, &pen, key, now),
            _ => Ok(()),
        }
    }

    /// Writes one letter; `false` when it must go on waiting.
    fn write_one(
        &self,
        room: &mut Room<'_>,
        pen: &Pen,
        desk: &Desk<'_>,
        mail: Mail,
        id: CaseId,
        n: u32,
    ) -> Result<bool, StoreError> {
        let letter = match (mail, &pen.key) {
            (Mail::Progress, _) => tell(room, desk, id)?,
            (Mail::Openings, _) => audit::tell(room)?.map(Letter::AuditHead),
            (Mail::Kept, _) => self.give_to_keep(room, id)?,
            (Mail::Finding, _) => {
                let inflow: Option<Inflow> = room.read(&keys::inflow(id))?;
                inflow.and_then(|inflow| inflow.findings.last().cloned()).map(Letter::Finding)
            }
            (Mail::Checked, _) => {
                let listed: Option<ListedChild> = room.read(&keys::listed(id))?;
                listed.and_then(|listed| listed.answers.last().cloned()).map(Letter::Checked)
            }
            (_, None) => return Ok(false),
            (Mail::Report, Some(key)) => self.report(room, pen, key, desk, id)?,
            (Mail::Referral, Some(key)) => self.referral(room, pen, key, id)?,
            (Mail::Late, Some(key)) => late(room, pen, key, id, n)?,
            // said before and after all others
            (Mail::Newcomer, Some(_)) => return Ok(false),
        };
        pen.send(room, letter, desk.now)?;
        Ok(true)
    }

    fn report(
        &self,
        room: &mut Room<'_>,
        pen: &Pen,
        key: &SealKey,
        desk: &Desk<'_>,
        id: CaseId,
    ) -> Result<Option<Letter>, StoreError> {
        let Some(case) = room.read::<Case>(&keys::case(id))? else { return Ok(None) };
        let Some(filed) = &case.report else { return Ok(None) };
        let Some(record) = self.record_of(room, &case, None)? else { return Ok(None) };
        let grounds = self.grounds_of(room, desk, &case, filed)?;
        let record = pen.way(case.id).seal_account(&Account { record, grounds }, key);
        let revision = next_revision(room, &case)?;
        let number = filed.number.clone();
        Ok(Some(Letter::Report(Report { case: case.id, revision, number, record })))
    }

    fn referral(
        &self,
        room: &mut Room<'_>,
        pen: &Pen,
        key: &SealKey,
        id: CaseId,
    ) -> Result<Option<Letter>, StoreError> {
        let Some(case) = room.read::<Case>(&keys::case(id))? else { return Ok(None) };
        let Some(transfer) = room.read::<Transfer>(&keys::transfer(id))? else { return Ok(None) };
        let Some(record) = self.record_of(room, &case, Some(&transfer))? else { return Ok(None) };
        Ok(Some(Letter::Referral(Referral {
            case: case.id,
            revision: transfer.revision,
            to: transfer.to,
            preview: transfer.preview.clone(),
            record: pen.way(case.id).seal(&record, key),
            withdrawn: transfer.withdrawn,
        })))
    }

    /// Sends this school's sealing key, once to each county and again after a restore.
    fn send_key(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        county: &Party,
        now: Moment,
    ) -> Result<(), StoreError> {
        let sent = county.to_string().into_bytes();
        if room.get(keys::KEY_SENT)?.as_ref() == Some(&sent) {
            return Ok(());
        }
        let key = seal::own(room)?.public();
        parcel::send(room, identity, county, Letter::Key(key), now)?;
        room.put(keys::KEY_SENT, sent);
        Ok(())
    }

    /// Everything that stands is to be said again, under the numbers that it had: the parent has lost it.
    pub(in crate::desk) fn say_again(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        let (Some(identity), Some(county)) = (self.identity.borrow().clone(), self.county()) else {
            return Ok(());
        };
        room.delete(keys::KEY_SENT);
        for case in all(room)? {
            if let Some(told) = case.told {
                parcel::send(room, &identity, &county, Letter::Progress(told), now)?;
            }
            if case.report.is_some() {
                Mail::Report.queue(room, case.id, 0);
            }
            Mail::Kept.queue(room, case.id, 0);
            let transfer = room.read::<Transfer>(&keys::transfer(case.id))?;
            if transfer.is_some_and(|transfer| transfer.submitted.is_some()) {
                Mail::Referral.queue(room, case.id, 0);
            }
            for (n, _) in (0..).zip(records::all::<LateEvidence>(room, &keys::late_of(case.id))?) {
                Mail::Late.queue(room, case.id, n);
            }
        }
        for (key, _) in room.list(keys::NEWCOMERS)? {
            let child = key.get(keys::NEWCOMERS.len()..).and_then(|bytes| bytes.try_into().ok());
            child.into_iter().for_each(|child| Mail::Newcomer.queue(room, CaseId::new(child), 0));
        }
        audit::tell_all(room);
        for (_, listed) in records::all::<ListedChild>(room, keys::LISTED)? {
            if !listed.answers.is_empty() {
                Mail::Checked.queue(room, listed.case, 0);
            }
        }
        for (_, inflow) in records::all::<Inflow>(room, keys::INFLOWS)? {
            if !inflow.is_pending() {
                Mail::Finding.queue(room, inflow.leg.case, 0);
            }
        }
        self.write_letters(room, now)
    }

    /// The store was put back: the county is asked for its key again, by the sight of ours.
    pub(in crate::desk) fn forget_that_the_key_was_sent(room: &mut Room<'_>) {
        room.delete(keys::KEY_SENT);
    }

    /// Writes what waits, outside any other action: after joining.
    pub(in crate::desk) async fn write_waiting_letters(self: &Arc<Self>) -> Result<(), SchoolError> {
        self.act(|school, room, now| Ok(school.write_letters(room, now)?)).await
    }
}

/// The revision under which the latest report of a case goes out: one that the county has keeps its own.
fn next_revision(room: &mut Room<'_>, case: &Case) -> Result<u32, StoreError> {
    let filed = case.log.iter().filter(|noted| matches!(noted.step, Move::Report | Move::ReportByClock));
    let nth = u32::try_from(filed.count()).unwrap_or(u32::MAX);
    let told: Option<ToldReport> = room.read(&keys::told_report(case.id))?;
    let revision = match told {
        Some(told) if told.nth == Some(nth) => told.revision,
        Some(told) => told.revision.saturating_add(1),
        None => nth.max(1),
    };
    room.write(keys::told_report(case.id), &ToldReport { revision, nth: Some(nth) });
    Ok(revision)
}

/// How a case stands, when the county does not know it yet.
fn tell(room: &mut Room<'_>, desk: &Desk<'_>, id: CaseId) -> Result<Option<Letter>, StoreError> {
    let Some(mut case) = room.read::<Case>(&keys::case(id))? else { return Ok(None) };
    let mut progress = case.progress(desk.today, &desk.law.rules.persuasion, &desk.law.calendar);
    if case.told.as_ref() == Some(&progress) {
        return Ok(None);
    }
    progress.revision += 1;
    case.told = Some(progress.clone());
    room.write(keys::case(id), &case);
    Ok(Some(Letter::Progress(progress)))
}

fn late(
    room: &Room<'_>,
    pen: &Pen,
    key: &SealKey,
    case: CaseId,
    n: u32,
) -> Result<Option<Letter>, StoreError> {
    let Some(late) = room.read::<LateEvidence>(&keys::late(case, n))? else { return Ok(None) };
    let text = pen.way(case).seal_text(&late.text, key);
    Ok(Some(Letter::Late(Late { case, text, at: late.at, evidence: late.evidence })))
}

impl Pen {
    fn way(&self, case: CaseId) -> Way<'_> {
        Way { case, from: self.identity.party(), to: &self.county }
    }

    /// Sends a letter; what there is nothing to say about does not wait either.
    pub(super) fn send(
        &self,
        room: &mut Room<'_>,
        letter: Option<Letter>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let Some(letter) = letter else { return Ok(()) };
        let name = letter.name();
        parcel::send(room, &self.identity, &self.county, letter, now)?;
        tracing::debug!(letter = name, to = %self.county, "wrote a letter of kind {name}");
        Ok(())
    }
}
