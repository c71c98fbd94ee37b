//! Referrals (X0, X1, X12), what follows from the county's news, and evidence after the handover.

use std::sync::Arc;

use proto::model::case::{CaseId, Closing, Evidence, News, Unwilling};
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use proto::store::{Room, StoreError};

use super::Desk;
use super::letters::Mail;
use crate::desk::books::{Books, restand};
use crate::desk::{School, SchoolError};
use crate::persuasion::{Case, CaseRefused, Move, Need, Step, after, needed};
use crate::pupil::{Pupil, PupilId};
use crate::records::{self, LateEvidence, RecordedFacts, Stood, keys};
use crate::referral::{Said, Transfer, on_record, preview, stays_away};
use crate::standing::{Act, EnrolmentStatus, Fact, Recorded};

/// A referral as somebody makes it.
#[derive(Debug, Clone)]
pub struct Referring {
    /// The case, or its child.
    pub case: String,
    /// The finest place known.
    pub to: String,
    /// What proves the movement.
    pub evidence: Evidence,
    /// The proof in words.
    pub note: Personal<String>,
    /// In another province: that the child does not come back (E03).
    pub unwilling: Option<Unwilling>,
    /// Draft it (X0) and do not submit it yet.
    pub draft: bool,
    /// The account.
    pub by: String,
}

/// Evidence as somebody adds it after the handover.
#[derive(Debug, Clone)]
pub struct Adding {
    /// The case, or its child.
    pub case: String,
    /// The text.
    pub text: Personal<String>,
    /// What kind of evidence it is, if any.
    pub evidence: Option<Evidence>,
    /// The account.
    pub by: String,
}

impl School {
    /// Refers a case to the place where the child is (X0, X1). Only a confirmed movement is referred (E01).
    ///
    /// # Errors
    /// When the movement is not proved, the place is none, the child is too old, or the case is referred.
    pub async fn refer_case(self: &Arc<Self>, referring: Referring) -> Result<CaseId, SchoolError> {
        self.act(move |school, room, now| {
            let mut case = school.case_meant(room, &referring.case)?;
            drawn(&case, Move::Refer)?;
            if case.closing.is_some() {
                return Err(CaseRefused::ClosingAsked.into());
            }
            needed(&referring.note, Need::Proof)?;
            let to = place(&referring.to)?;
            let pupil = pupil_of(room, &case)?;
            let birth = *pupil.birth.open(Purpose::Handover);
            let last = school.party.region();
            let shown = preview(birth, pupil.class.grade, last, referring.evidence, now.day())?;
            if !referring.draft {
                let here = school.party.lineage().last().unwrap_or_else(|| school.party.clone());
                let other_province = !here.region().contains(to);
                on_record(referring.evidence, &case.contacts, other_province)?;
                if other_province {
                    stays_away(referring.unwilling, &case.contacts, now.day())?;
                }
            }
            let before: Option<Transfer> = room.read(&keys::transfer(case.id))?;
            let Referring { evidence, note, unwilling, .. } = referring;
            let said = Said { to, evidence, note, unwilling };
            let mut transfer = Transfer::draft(before.as_ref(), said, shown, referring.by)?;
            if !referring.draft {
                transfer.submit(now);
                Mail::Referral.queue(room, case.id, 0);
            }
            room.write(keys::transfer(case.id), &transfer);
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            case.remark(Move::Refer, &desk.turn(desk.today, &transfer.by), to.to_string());
            school.keep_case(room, &desk, &mut case)?;
            school.write_letters(room, now)?;
            Ok(case.id)
        })
        .await
    }

    /// Takes a referral back (X12).
    ///
    /// # Errors
    /// When there is none on its way, or another place answers for the child.
    pub async fn withdraw_case(
        self: &Arc<Self>,
        case: String,
        reason: String,
        by: String,
    ) -> Result<CaseId, SchoolError> {
        self.act(move |school, room, now| {
            let mut case = school.case_meant(room, &case)?;
            let mut transfer: Transfer =
                room.read(&keys::transfer(case.id))?.ok_or(CaseRefused::NotReferred)?;
            needed(&Personal::new(reason.clone()), Need::Reason)?;
            transfer.withdraw()?;
            room.write(keys::transfer(case.id), &transfer);
            Mail::Referral.queue(room, case.id, 0);
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            case.remark(Move::Withdraw, &desk.turn(desk.today, &by), reason);
            school.keep_case(room, &desk, &mut case)?;
            school.write_letters(room, now)?;
            Ok(case.id)
        })
        .await
    }

    /// Adds what is learned after the handover; it follows the child, sealed.
    ///
    /// # Errors
    /// When the case is not handed over.
    pub async fn add_late_evidence(self: &Arc<Self>, adding: Adding) -> Result<CaseId, SchoolError> {
        self.act(move |school, room, now| {
            let mut case = school.case_meant(room, &adding.case)?;
            drawn(&case, Move::Late)?;
            needed(&adding.text, Need::Text)?;
            let held = room.list(&keys::late_of(case.id))?.len();
            let n = u32::try_from(held).unwrap_or(u32::MAX);
            let Adding { text, evidence, by, .. } = adding;
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            case.remark(Move::Late, &desk.turn(desk.today, &by), String::new());
            room.write(keys::late(case.id, n), &LateEvidence { at: now, by, text, evidence });
            Mail::Late.queue(room, case.id, n);
            school.keep_case(room, &desk, &mut case)?;
            school.write_letters(room, now)?;
            Ok(case.id)
        })
        .await
    }

    /// The child is back, or nobody is to look for it any more: what is on its way elsewhere is taken back, and what
    /// another place has accepted already, too (X12).
    pub(super) fn take_back_if_on_its_way(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
    ) -> Result<(), StoreError> {
        let Some(mut transfer) = room.read::<Transfer>(&keys::transfer(case.id))? else { return Ok(()) };
        if transfer.take_back() {
            room.write(keys::transfer(case.id), &transfer);
            Mail::Referral.queue(room, case.id, 0);
            // placed outside a class by the last step, or closed; else back in class
            let last = case.log.last().map(|noted| noted.step);
            let why = last.filter(|step| matches!(step, Move::Place | Move::AskClosing));
            let why = why.unwrap_or(Move::Return).rule().to_owned();
            case.remark(Move::Withdraw, &desk.turn(desk.today, "clock"), why);
        }
        Ok(())
    }

    /// What the latest news of a transfer means for the case and for the child's status: the other place answers from
    /// its acceptance on; the roll follows once the child is in class there.
    pub(super) fn follow_transfer(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        transfer: &Transfer,
        by: &str,
    ) -> Result<(), StoreError> {
        let Some(news) = transfer.latest() else { return Ok(()) };
        let on = news.at.day().min(desk.today);
        let place = news.place.unwrap_or(transfer.to).to_string();
        if !news.yours && case.on_the_ladder() {
            self.moves_away(room, desk, case, (place.clone(), on), by)?;
        } else if news.yours && case.is_moved() {
            self.comes_back(room, desk, case, (news.reason.clone(), on), by)?;
        }
        if news.yours || !case.is_moved() {
            return Ok(());
        }
        if news.state.roll_follows() {
            return self.record_transfer(room, desk, case, Fact::TransferStarted { on, to: place }, by);
        }
        self.roll_stays(room, desk, case, on, by)
    }

    /// Who was said to be in class there is in none again: its roll goes nowhere, and it is missing here as before.
    fn roll_stays(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        on: Day,
        by: &str,
    ) -> Result<(), StoreError> {
        let Some(child) = case.child else { return Ok(()) };
        let RecordedFacts(facts) = room.read(&keys::facts(child))?.unwrap_or_default();
        let begun = facts.iter().rev().find(|it| matches!(it.fact, Fact::TransferStarted { .. }));
        if begun.is_some_and(|it| it.evidence == case.id.to_string()) {
            return self.record_transfer(room, desk, case, Fact::TransferLapsed { on }, by);
        }
        Ok(())
    }

    /// A case that came from another place, and that the county handed on, or gave to another unit. `false` when the
    /// news is none to it.
    pub(super) fn goes_on(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        news: &News,
        by: &str,
    ) -> Result<bool, StoreError> {
        if !case.leg.is_some_and(|leg| news.ends(leg)) || !case.on_the_ladder() {
            return Ok(false);
        }
        let place = news.place.map_or_else(|| news.reason.clone(), |place| place.to_string());
        self.moves_away(room, desk, case, (place, news.at.day().min(desk.today)), by)?;
        Ok(true)
    }

    pub(super) fn moves_away(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        (place, on): (String, Day),
        by: &str,
    ) -> Result<(), StoreError> {
        self.try_step(room, desk, case, Step::MoveAway(place.clone()), on, by)?;
        match case.closing {
            None => self.try_step(room, desk, case, moved_closing(&place), on, by),
            Some(_) => Ok(()),
        }
    }

    /// The child is looked for here again; a roll that was on its way stays (T15).
    pub(super) fn comes_back(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        (why, on): (String, Day),
        by: &str,
    ) -> Result<(), StoreError> {
        let moved = case.is_moved();
        let step = case.comes_back(why);
        self.try_step(room, desk, case, step, on, by)?;
        match moved {
            true => self.record_transfer(room, desk, case, Fact::TransferLapsed { on }, by),
            false => Ok(()),
        }
    }

    fn record_transfer(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        fact: Fact,
        by: &str,
    ) -> Result<(), StoreError> {
        let Some(child) = case.child else { return Ok(()) };
        // of whom nothing is stored stands simply ENROLLED
        let (status, upto) = match room.read::<Stood>(&keys::standing(child))? {
            Some(stood) => (stood.standing.status, stood.upto),
            None => (EnrolmentStatus::Enrolled, fact.effective()),
        };
        if !fits(&fact, status) {
            return Ok(());
        }
        let evidence = case.id.to_string();
        record(room, desk, child, Recorded { fact, recorded: desk.now, by: by.to_owned(), evidence }, upto)
    }
}

/// A transfer begins for who is missing, and for who is still taken for present: a case that a register, a list
/// or the check at the start of term opened is older than the roll calls. It lapses for who is in one.
fn fits(fact: &Fact, status: EnrolmentStatus) -> bool {
    let act = match fact {
        Fact::TransferStarted { .. } => Act::StartTransfer,
        _ => Act::LapseTransfer,
    };
    status.take(act).is_ok()
}

/// Adds a fact of a case to the child's, and computes its standing anew.
pub(super) fn record(
    room: &mut Room<'_>,
    desk: &Desk<'_>,
    child: PupilId,
    recorded: Recorded,
    upto: Day,
) -> Result<(), StoreError> {
    let mut facts = room.read::<RecordedFacts>(&keys::facts(child))?.unwrap_or_default();
    let day = recorded.fact.effective();
    facts.0.push(recorded);
    room.write(keys::facts(child), &facts);
    let mut diary = records::diary(room)?;
    diary.touch(day);
    room.write(keys::DIARY, &diary);
    restand(room, desk.law, &mut Books::default(), child, upto.max(day), desk.now)?;
    Ok(())
}

fn moved_closing(place: &str) -> Step {
    Step::AskClosing(Closing::Moved, Personal::new(place.to_owned()))
}

fn drawn(case: &Case, step: Move) -> Result<(), CaseRefused> {
    let refused = |rule| CaseRefused::NotDrawn { stage: case.stage, step, rule };
    after(case.stage, step).map(drop).map_err(refused)
}

/// A place of the division table.
pub(super) fn place(text: &str) -> Result<Region, CaseRefused> {
    let none = || CaseRefused::NoPlace(text.to_owned());
    let region: Region = text.trim().parse().map_err(|_| none())?;
    Divisions::shipped().get(region).map(|_| region).ok_or_else(none)
}

fn pupil_of(room: &Room<'_>, case: &Case) -> Result<Pupil, SchoolError> {
    let child = case.child.ok_or(CaseRefused::NoSuchCase)?;
    room.read::<Pupil>(&keys::pupil(child))?.ok_or(SchoolError::NoSuchChild)
}
