//! Letters that come to the school: from its county, and about its cases.

use std::collections::BTreeMap;

use proto::convert::{parcel_content_in, parcel_in};
use proto::link::post::{Reason, Taken};
use proto::model::case::{
    Act, Assignment, CaseId, Direction, Late, Letter, News, Progress, Referral, Refused, Report, Way,
};
use proto::model::day::{Day, Moment};
use proto::model::entry::{Entry, Kind, StreamId};
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::parcel::{Arrival, Content, Here, Told, arrive, heard_refusal};
use proto::seal;
use proto::store::{Room, StoreError};

use super::Desk;
use super::letters::Mail;
use crate::desk::{School, SchoolError};
use crate::persuasion::{Case, Order, Step};
use crate::placement::{Inflow, LateNote};
use crate::records::{Answer, CountyKey, HeldDirection, LostCase, ToldReport, keys};
use crate::referral::Transfer;

/// A letter about a case that this school has not, or has not again after a restore: the county's letters come
/// before what the school itself has written comes back.
fn not_here(case: CaseId) -> Taken {
    Taken::Refused(Reason::Early, format!("case {case} is not here"))
}

impl School {
    /// Takes a parcel that a stream from above brought.
    pub(in crate::desk) fn take_parcel(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let Some(identity) = self.identity.borrow().clone() else {
            return Ok(Taken::Refused(Reason::Nowhere, "this school has not joined its parent".to_owned()));
        };
        let here =
            Here { me: &self.party, root: identity.lineage().root(), passes: false, reaches: &|_| false };
        Ok(match arrive(room, &here, stream, entry, now)? {
            Arrival::Mine(content) => {
                let id = content.id;
                let taken = self.read_letter(room, *content, now)?;
                if matches!(taken, Taken::Refused(..)) {
                    proto::parcel::not_taken(room, id);
                }
                taken
            }
            Arrival::Again | Arrival::Passing | Arrival::Forwarded => Taken::Applied,
            Arrival::Refused(reason, why) => Taken::Refused(reason, why),
        })
    }

    /// What a letter means here. Only the county writes to a school; whoever has refused a letter of it says so.
    fn read_letter(&self, room: &mut Room<'_>, content: Content, now: Moment) -> Result<Taken, StoreError> {
        let Content { id, from, letter, .. } = content;
        if let Letter::Refused(refused) = &letter {
            return self.heard_refusal(room, from, refused, now);
        }
        if Some(&from) != self.county().as_ref() {
            let why = format!("{from} wrote a letter of kind {}", letter.name());
            return Ok(Taken::Refused(Reason::NotYours, why));
        }
        let law = self.law(room)?;
        let desk = Desk { law: &law, today: now.day(), now };
        match letter {
            Letter::Key(key) => room.write(keys::COUNTY_KEY, &CountyKey { of: from, key, at: now }),
            Letter::Direction(direction) => match room.read::<Case>(&keys::case(direction.case))? {
                Some(mut case) => self.directed(room, &desk, &mut case, &from, direction)?,
                None => {
                    let key = keys::direction(direction.case, id);
                    room.write(key, &HeldDirection { from, direction, at: now });
                }
            },
            Letter::News(news) => {
                let case = news.leg.case;
                if !self.heard(room, &desk, &from, news)? {
                    return Ok(not_here(case));
                }
            }
            Letter::Listed(listed) => self.listed(room, from, listed, now)?,
            Letter::Assignment(assignment) => self.assigned(room, &desk, from, assignment)?,
            Letter::Late(late) => return self.heard_late(room, &from, &late),
            Letter::Proof(proof) => return self.keep_proof(room, proof, now),
            Letter::Revocation(said) => return self.keep_revocation(room, &said),
            other => {
                let why = format!("a school reads no letter of kind {}", other.name());
                return Ok(Taken::Refused(Reason::UnknownKind, why));
            }
        }
        self.write_letters(room, now)?;
        Ok(Taken::Applied)
    }

    /// A letter of this school's was not taken where it went.
    fn heard_refusal(
        &self,
        room: &mut Room<'_>,
        from: Party,
        refused: &Refused,
        at: Moment,
    ) -> Result<Taken, StoreError> {
        let Some(told) = heard_refusal(room, &self.party, refused)? else {
            return Ok(Taken::Refused(Reason::Unreadable, "a receipt".to_owned()));
        };
        let Told { stream, seq, reason, detail } = told;
        tracing::warn!(entry.seq = seq, %reason, "{from} did not take a letter of this school: {reason}");
        let life = if stream.origin == self.party { stream.life.number } else { 0 };
        room.write(keys::answer(life, seq), &Answer { from, life, seq, reason, detail, at, sheet: false });
        Ok(Taken::Applied)
    }

    /// The county or the government did or decided something. What the ladder does not draw any more, because
    /// the child is back or the letter came twice, changes nothing.
    pub(super) fn directed(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        from: &Party,
        direction: Direction,
    ) -> Result<(), StoreError> {
        let Direction { act, day, number, until, note, .. } = direction.clone();
        // kept even where the ladder does not draw it: a county that was put back learns it from here
        let known = act == Act::OpenFromList || !case.hear(direction);
        if !known {
            self.keep_case(room, desk, case)?;
        }
        // a case of a clock that ran ahead began today
        let on = day.max(case.began()).min(desk.today);
        let step = match act {
            Act::GovernmentInformed => Step::Inform(number),
            Act::GovernmentPersuades => Step::Assign(number),
            Act::Visited if case.visits.contains(&on) => return Ok(()),
            Act::Visited => Step::Visit,
            Act::Ordered => {
                let days = i32::try_from(desk.law.rules.persuasion.order_days).unwrap_or(i32::MAX);
                Step::Order(Order { number, on, until: until.unwrap_or_else(|| on.plus(days)) })
            }
            Act::ClosingConfirmed => Step::Confirm,
            Act::ClosingRefused => Step::RefuseClosing(note),
            Act::OpenFromList => return Ok(()),
        };
        // a store that was put back hears again what came back with the case
        if known && case.has_taken(step.kind(), on) {
            return Ok(());
        }
        self.try_step(room, desk, case, step, on, &from.to_string())
    }

    /// Takes a step that a letter tells of, when it is drawn.
    pub(super) fn try_step(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        step: Step,
        on: Day,
        by: &str,
    ) -> Result<(), StoreError> {
        match self.take_step(room, desk, case, step, on, by) {
            Err(SchoolError::Store(error)) => Err(error),
            Err(refused) => {
                tracing::info!(case.id = %case.id, "a letter about case {} changes nothing: {refused}", case.id);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// How a transfer stands. `false` when the case is not here.
    fn heard(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        from: &Party,
        news: News,
    ) -> Result<bool, StoreError> {
        let id = news.leg.case;
        let here = end_inflow(room, &news, desk.today)?;
        let Some(mut case) = room.read::<Case>(&keys::case(id))? else {
            if here {
                return Ok(true);
            }
            tracing::warn!(case.id = %id, "news of case {id}, which is not here");
            return Ok(false);
        };
        let Some(mut transfer) = room.read::<Transfer>(&keys::transfer(id))? else {
            return self.goes_on(room, desk, &mut case, &news, &from.to_string()).map(|went| went || here);
        };
        if transfer.hear(news) {
            room.write(keys::transfer(id), &transfer);
            Mail::Kept.queue(room, id, 0);
            self.follow_transfer(room, desk, &mut case, &transfer, &from.to_string())?;
        }
        Ok(true)
    }

    /// Another place lost a child and believes it to be here (T17).
    fn assigned(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        from: Party,
        assignment: Assignment,
    ) -> Result<(), StoreError> {
        let leg = assignment.leg;
        let inflow = match room.read::<Inflow>(&keys::inflow(leg.case))? {
            Some(mut held) => {
                if held.assigned_again(assignment, desk.now) {
                    Mail::Finding.queue(room, leg.case, 0);
                }
                held
            }
            None => Inflow::new(assignment, from.clone(), desk.now),
        };
        room.write(keys::inflow(leg.case), &inflow);
        Mail::Kept.queue(room, leg.case, 0);
        tracing::info!(case.id = %leg.case, "case {} is believed to be here", leg.case);
        // a case that this school once gave away has come back to it
        if let Some(mut case) = room.read::<Case>(&keys::case(leg.case))?
            && case.child.is_some()
        {
            self.comes_back(room, desk, &mut case, (leg.to_string(), desk.today), &from.to_string())?;
        }
        Ok(())
    }

    /// What the old school learned after the handover.
    fn heard_late(&self, room: &mut Room<'_>, from: &Party, late: &Late) -> Result<Taken, StoreError> {
        let Some(mut inflow) = room.read::<Inflow>(&keys::inflow(late.case))? else {
            return Ok(not_here(late.case));
        };
        let way = Way { case: late.case, from, to: &self.party };
        let Ok(text) = way.open_text(&late.text, &seal::own(room)?) else {
            return Ok(Taken::Refused(Reason::Unreadable, "sealed for another key".to_owned()));
        };
        let note = LateNote { at: late.at, text };
        if !inflow.late.contains(&note) {
            inflow.late.push(note);
            room.write(keys::inflow(late.case), &inflow);
        }
        Ok(Taken::Applied)
    }

    /// Letters of this school's own that a restored store has lost and the parent gave back: what they say of
    /// a case stands, with its revision, or the next letter would count for nothing.
    pub(in crate::desk) fn recall_letters(
        &self,
        room: &mut Room<'_>,
        entries: &[Entry],
        now: Moment,
    ) -> Result<(), StoreError> {
        let law = self.law(room)?;
        let desk = Desk { law: &law, today: now.day(), now };
        let letters = letters_in(entries);
        let last = last_kept(&letters);
        for (at, (letter, sent)) in letters.into_iter().enumerate() {
            match letter {
                Letter::Progress(progress) => recall_progress(room, progress)?,
                Letter::Referral(referral) => recall_referral(room, referral, sent)?,
                Letter::Report(report) => recall_report(room, &report)?,
                Letter::Kept(kept) if last.get(&kept.case) == Some(&at) => {
                    self.recall_kept(room, &desk, &kept)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The letters of a stream that can be read, with when they were sent, oldest first.
fn letters_in(entries: &[Entry]) -> Vec<(Letter, Moment)> {
    let parcels = entries.iter().filter(|entry| entry.kind == Kind::PARCEL);
    let contents = parcels.filter_map(|entry| {
        let parcel = parcel_in(&entry.body).ok()?;
        parcel_content_in(&parcel.content).ok()
    });
    contents.map(|Content { letter, sent, .. }| (letter, sent)).collect()
}

/// Where each case was given away to keep for the last time.
fn last_kept(letters: &[(Letter, Moment)]) -> BTreeMap<CaseId, usize> {
    let kept = letters.iter().enumerate().filter_map(|(at, (letter, _))| match letter {
        Letter::Kept(kept) => Some((kept.case, at)),
        _ => None,
    });
    kept.collect()
}

/// Another place has taken a child that this school was to find, or another unit is asked. Gives whether it was to find it.
fn end_inflow(room: &mut Room<'_>, news: &News, today: Day) -> Result<bool, StoreError> {
    let key = keys::inflow(news.leg.case);
    let Some(mut inflow) = room.read::<Inflow>(&key)?.filter(|_| !news.yours) else { return Ok(false) };
    if inflow.goes_on(news, today) {
        room.write(key, &inflow);
    }
    Ok(true)
}

fn recall_progress(room: &mut Room<'_>, lost: Progress) -> Result<(), StoreError> {
    let id = lost.case;
    let Some(mut case) = room.read::<Case>(&keys::case(id))? else {
        let known: Option<LostCase> = room.read(&keys::lost_case(id))?;
        if known.is_none_or(|LostCase(known)| known.revision < lost.revision) {
            room.write(keys::lost_case(id), &LostCase(lost));
        }
        return Ok(());
    };
    if case.told.as_ref().is_none_or(|told| told.revision < lost.revision) {
        case.catch_up(lost);
        room.write(keys::case(id), &case);
        Mail::Progress.queue(room, id, 0);
    }
    Ok(())
}

fn recall_report(room: &mut Room<'_>, lost: &Report) -> Result<(), StoreError> {
    let key = keys::told_report(lost.case);
    let held: Option<ToldReport> = room.read(&key)?;
    if held.is_none_or(|held| held.revision < lost.revision) {
        room.write(key, &ToldReport { revision: lost.revision, nth: None });
    }
    Ok(())
}

fn recall_referral(room: &mut Room<'_>, lost: Referral, sent: Moment) -> Result<(), StoreError> {
    let key = keys::transfer(lost.case);
    let held: Option<Transfer> = room.read(&key)?;
    if held.as_ref().is_some_and(|held| held.revision >= lost.revision) {
        return Ok(());
    }
    let Referral { revision, to, preview, withdrawn, .. } = lost;
    let recalled = Transfer {
        to,
        evidence: preview.evidence,
        note: held.as_ref().map_or_else(|| Personal::new(String::new()), |held| held.note.clone()),
        unwilling: held.as_ref().and_then(|held| held.unwilling),
        preview,
        revision,
        submitted: Some(sent),
        by: String::new(),
        withdrawn,
        after: held.as_ref().and_then(|held| held.after),
        news: held.map_or_else(Vec::new, |held| held.news),
    };
    room.write(key, &recalled);
    Ok(())
}
