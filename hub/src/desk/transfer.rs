//! A case on its way: the letters about it, and what follows when its custody changes. What officers do is in
//! [`act`].

pub mod act;
pub(in crate::desk) mod duties;
mod errand;
mod handover;
pub mod show;
pub(in crate::desk) mod unit;

use proto::custody::chain::State;
use proto::custody::message::Message;
use proto::custody::proof::{Proof, Verdict};
use proto::custody::side::{Move, Stance};
use proto::custody::step::{RejectReason, Step, StepKind, lowest_common};
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::link::post::{Reason, Taken};
use proto::model::case::{
    self as letters, Answer, Ask, Assignment, CaseId, Finding, Late, Leg, Letter, News, Outcome, Referral,
    Release, Showing, TransferState, Way,
};
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::parcel;
use proto::seal::{self, SealKey, Sealed};
use proto::store::{Room, StoreError};

use super::{Hub, HubError, custody};
use crate::audit::{Action, Ended};
use crate::letter::after_reply;
use crate::transfer::{
    self, Assigned, Dossier, Event, Inflow, LateNote, Onward, Origin, What, after_answer, after_step, guest,
};

/// What this hub needs in order to read a letter about a transfer and to answer it.
pub(super) struct Case<'a> {
    pub(super) hub: &'a Hub,
    pub(super) identity: &'a Identity,
    pub(super) now: Moment,
}

fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}

impl Case<'_> {
    /// Reads a letter about a transfer.
    pub(super) fn read(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        letter: Letter,
    ) -> Result<Taken, StoreError> {
        match letter {
            Letter::Referral(referral) => self.referral(room, from, referral),
            Letter::Custody(bytes) => self.custody(room, from, &bytes),
            Letter::Showing(showing) => self.showing(room, from, showing),
            Letter::Ask(ask) => self.ask(room, from, ask),
            Letter::Release(release) => self.release(room, from, release),
            Letter::Finding(finding) => self.finding(room, from, finding),
            Letter::Answer(answer) => self.answer(room, from, answer),
            Letter::News(news) => self.news(room, from, &news),
            Letter::Late(late) => self.late(room, from, late),
            Letter::Outward(outward) => self.outward(room, from, outward),
            Letter::Posted(posted) => self.posted(room, from, posted),
            Letter::Assignment(assignment) => self.errand(room, from, assignment),
            Letter::Proof(proof) => self.way_so_far(room, from, proof),
            other => Ok(Taken::Refused(Reason::UnknownKind, other.name().to_owned())),
        }
    }

    fn dossier(&self, room: &Room<'_>, case: CaseId) -> Result<Dossier, StoreError> {
        Ok(transfer::find(room, case)?.unwrap_or_else(|| Dossier::new(case, self.now)))
    }

    pub(super) fn send(&self, room: &mut Room<'_>, to: &Party, letter: Letter) -> Result<(), StoreError> {
        parcel::send(room, self.identity, to, letter, self.now).map(drop)
    }

    /// X1: a school of this county refers a case, corrects its referral, or takes it back.
    fn referral(&self, room: &mut Room<'_>, from: &Party, referral: Referral) -> Result<Taken, StoreError> {
        if !from.is_school() {
            return Ok(not_yours("only schools refer cases"));
        }
        let mut dossier = self.dossier(room, referral.case)?;
        if let Some(known) = &dossier.origin
            && (known.school != *from || known.revision >= referral.revision)
        {
            let same = known.school == *from;
            return Ok(if same { Taken::Applied } else { not_yours("another school referred this case") });
        }
        let Referral { revision, to, preview, record, withdrawn, .. } = referral;
        dossier.origin = Some(Origin { school: from.clone(), revision, to, preview, record, withdrawn });
        if withdrawn {
            dossier.note(self.now, "", What::Withdrawn, "");
            transfer::keep(room, &dossier);
            self.take_back(room, referral.case)?;
            dossier = self.dossier(room, referral.case)?;
        } else {
            dossier.note(self.now, "", What::Referred, "");
            // one that is on its way keeps its state: the correction counts when it comes back
            if dossier.onward.is_none() || !is_under_way(dossier.state) {
                dossier.turn(TransferState::Submitted, self.now);
            }
            transfer::keep(room, &dossier);
        }
        self.tell_school(room, &dossier, "")?;
        Ok(Taken::Applied)
    }

    /// X12: recalls what is on its way, or ends what never left.
    pub(super) fn take_back(&self, room: &mut Room<'_>, case: CaseId) -> Result<(), StoreError> {
        let mut dossier = self.dossier(room, case)?;
        let Some(onward) = &mut dossier.onward else {
            self.withdraw_letter(room, &dossier)?;
            dossier.turn(TransferState::Withdrawn, self.now);
            transfer::keep(room, &dossier);
            return Ok(());
        };
        let (leg, held) = (onward.leg, custody::held(room, onward.leg)?);
        match held.chain.state() {
            State::HandedOver => return Ok(()),
            State::Held if held.pending.is_none() => dossier.turn(TransferState::Withdrawn, self.now),
            _ => onward.recall = true,
        }
        transfer::keep(room, &dossier);
        self.recall_when_possible(room, leg)
    }

    /// Takes an offer back that is to be taken back, as soon as it stands in its place.
    fn recall_when_possible(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
        let wanted = self.dossier(room, leg.case)?.onward.is_some_and(|o| o.leg == leg && o.recall);
        let held = custody::held(room, leg)?;
        let Some(frame) = held.chain.frame().filter(|_| wanted && held.pending.is_none()) else {
            return Ok(());
        };
        if held.chain.state() != State::Offered {
            return Ok(());
        }
        let (registrar, note) = (frame.registrar.clone(), String::new());
        match self.hub.make_move(room, self.identity, (leg, &registrar), Move::Recall, note, self.now) {
            Ok(changed) => self.follow_all(room, changed),
            Err(HubError::Store(error)) => Err(error),
            Err(error) => {
                tracing::info!("the offer is not recalled yet: {error}");
                Ok(())
            }
        }
    }

    fn custody(&self, room: &mut Room<'_>, from: &Party, bytes: &[u8]) -> Result<Taken, StoreError> {
        let Ok(message) = Message::from_bytes(bytes) else {
            return Ok(Taken::Refused(Reason::Unreadable, "a message of custody".to_owned()));
        };
        match self.hub.hear_custody(room, self.identity, from, message, self.now)? {
            Ok(changed) => {
                self.follow_all(room, changed)?;
                Ok(Taken::Applied)
            }
            Err(bad) => Ok(Taken::Refused(Reason::Forged, bad.to_string())),
        }
    }

    pub(super) fn follow_all(&self, room: &mut Room<'_>, mut legs: Vec<Leg>) -> Result<(), StoreError> {
        legs.sort_unstable();
        legs.dedup();
        legs.into_iter().try_for_each(|leg| self.follow(room, leg))
    }

    /// A leg of this hub's own has changed: the dossier follows, and who must know is told.
    fn follow(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
        let held = custody::held(room, leg)?;
        let Some(step) = held.chain.last().map(|last| last.step().clone()) else { return Ok(()) };
        let mut dossier = self.dossier(room, leg.case)?;
        if step.offerer == self.hub.me {
            self.follow_onward(room, &mut dossier, &step)?;
        } else {
            self.follow_inflow(room, &mut dossier, &step)?;
        }
        transfer::keep(room, &dossier);
        self.recall_when_possible(room, leg)
    }

    fn follow_onward(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
        if dossier.next_leg().number <= step.leg.number {
            // this hub was put back from a copy that did not know the leg: the registrar has told it
            let (leg, to) = (step.leg, step.receiver.clone());
            dossier.onward = Some(Onward { leg, to, key: None, released: false, recall: false });
        }
        if dossier.onward.as_ref().is_none_or(|onward| onward.leg != step.leg) || is_known(dossier, step) {
            return Ok(());
        }
        dossier.note(self.now, "", What::Step(step.kind), format!("{} {}", step_note(step), step.note).trim());
        dossier.turn(after_step(step.kind), self.now);
        match step.kind {
            StepKind::Accept => {
                guest::gave(room, dossier.case, &step.receiver)?;
                self.release_record(room, dossier)?;
                self.dismiss(room, dossier, step)?;
                self.send_late_again(room, dossier)?;
            }
            StepKind::Reject(RejectReason::KeyUnknown) => {
                if let Some(onward) = &mut dossier.onward {
                    (onward.key, onward.released) = (None, false);
                }
            }
            StepKind::Recall => {
                if let Some(onward) = &mut dossier.onward {
                    onward.recall = false;
                }
            }
            _ => {}
        }
        let reason = match step.kind {
            StepKind::Reject(reason) => in_words(&reason, &step.note),
            StepKind::Expire => in_words(&step.kind, ""),
            _ => String::new(),
        };
        self.tell_school(room, dossier, &reason)?;
        if step.kind == StepKind::Accept { self.send_proof(room, dossier, step) } else { Ok(()) }
    }

    /// The school that referred the case keeps the proof that another place answers for the child; a county that
    /// did not see the beginning gets the legs before its own.
    fn send_proof(&self, room: &mut Room<'_>, dossier: &Dossier, step: &Step) -> Result<(), StoreError> {
        let case = dossier.case;
        let file = proof_of(room, self.identity.lineage().root(), case)?.to_json();
        if file.len() > letters::Proof::MAX {
            tracing::warn!(%case, "the proof of case {case} is too long for a letter: case show --proof");
            return Ok(());
        }
        if step.leg.number > 1 {
            self.send(room, &step.receiver, Letter::Proof(letters::Proof { case, file: file.clone() }))?;
        }
        let Some(origin) = &dossier.origin else { return Ok(()) };
        self.send(room, &origin.school, Letter::Proof(letters::Proof { case, file }))
    }

    /// The county that handed the case over shows who answered for the child before.
    fn way_so_far(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        proof: letters::Proof,
    ) -> Result<Taken, StoreError> {
        let dossier = self.dossier(room, proof.case)?;
        if dossier.inflow.as_ref().is_none_or(|inflow| inflow.from != *from) {
            return Ok(not_yours("the case did not come from there"));
        }
        let verdict = Verdict::of(&proof.file, self.identity.lineage().root());
        match verdict.map(|verdict| verdict.is_of(proof.case)) {
            Ok(true) => transfer::keep_earlier(room, proof.case, proof.file),
            Ok(false) => return Ok(Taken::Refused(Reason::Forged, "a proof of another case".to_owned())),
            Err(flaw) => return Ok(Taken::Refused(Reason::Forged, flaw.to_string())),
        }
        Ok(Taken::Applied)
    }

    fn follow_inflow(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
        if dossier.inflow.as_ref().is_none_or(|inflow| inflow.leg.number < step.leg.number) {
            // it comes back, or comes for the first time: what was known of an earlier stay is history
            let showing = dossier.inflow.take().filter(|inflow| inflow.leg == step.leg);
            let (preview, place) = showing.map_or((None, None), |i| (i.preview, i.place));
            let (leg, from) = (step.leg, step.offerer.clone());
            dossier.inflow =
                Some(Inflow { leg, from, preview, place, asked: false, record: None, answered: None });
        }
        let Some(inflow) = dossier.inflow.as_ref().filter(|inflow| inflow.leg == step.leg) else {
            return Ok(());
        };
        let (leg, from, has_record) = (inflow.leg, inflow.from.clone(), inflow.record.is_some());
        if is_known(dossier, step) {
            return Ok(());
        }
        dossier.note(self.now, "", What::Step(step.kind), step_note(step));
        match step.kind {
            StepKind::Offer => {
                dossier.turn(TransferState::Received, self.now);
                let news = news(dossier, leg, "", false, self.now);
                self.send(room, &from, Letter::News(news))?;
            }
            StepKind::Accept => self.follow_own_acceptance(room, dossier, (leg, &from), has_record)?,
            // a return that came to nothing: the other county has the child as before
            _ if dossier.onward.is_some() => dossier.turn(TransferState::AcceptedPersuading, self.now),
            kind => dossier.turn(after_step(kind), self.now),
        }
        Ok(())
    }

    /// This county answers for the child from now on; where the case began, it is back.
    fn follow_own_acceptance(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        (leg, from): (Leg, &Party),
        has_record: bool,
    ) -> Result<(), StoreError> {
        if dossier.onward.as_ref().is_some_and(|onward| onward.leg.number < leg.number) {
            (dossier.onward, dossier.assigned) = (None, None);
        }
        if dossier.origin.is_some() {
            dossier.turn(TransferState::ReturnedToSender, self.now);
            self.back_at_school(room, dossier)?;
            return self.tell_school(room, dossier, "");
        }
        guest::took(room, leg, from)?;
        dossier.turn(TransferState::AcceptedPersuading, self.now);
        if has_record { Ok(()) } else { self.ask_for(room, dossier, "accepted") }
    }

    /// Asks the other county for the record, sealed for this one.
    pub(super) fn ask_for(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        purpose: &str,
    ) -> Result<(), StoreError> {
        let key = seal::own(room)?.public();
        let Some(inflow) = &mut dossier.inflow else { return Ok(()) };
        inflow.asked = true;
        let (to, leg) = (inflow.from.clone(), inflow.leg);
        dossier.note(self.now, "", What::Asked, purpose);
        self.send(room, &to, Letter::Ask(Ask { leg, purpose: purpose.to_owned(), key }))
    }

    /// The other county asks for the record: it gets it while it is offered the case or answers for it.
    fn ask(&self, room: &mut Room<'_>, from: &Party, ask: Ask) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, ask.leg.case)?;
        let held = custody::held(room, ask.leg)?;
        let entitled = matches!(held.chain.state(), State::Offered | State::HandedOver);
        let Some(onward) = dossier.onward.as_mut().filter(|o| o.leg == ask.leg && o.to == *from && entitled)
        else {
            return self.crossed(room, from, ask.leg, "the case is not offered to the one that asks");
        };
        (onward.key, onward.released) = (Some(ask.key), false);
        self.log(room, ask.leg.case, (&from.to_string(), &ask.purpose), Action::ReleaseRecord, Ended::Done)?;
        dossier.note(self.now, "", What::Asked, ask.purpose);
        self.release_record(room, &mut dossier)?;
        self.send_late_again(room, &dossier)?;
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// Sends the record, sealed anew for the other county, once that has named its key.
    fn release_record(&self, room: &mut Room<'_>, dossier: &mut Dossier) -> Result<(), StoreError> {
        let Some(onward) = dossier.onward.clone() else { return Ok(()) };
        let (Some(key), false) = (&onward.key, onward.released) else { return Ok(()) };
        let Some(record) = self.sealed_anew(room, dossier, key, &onward.to)? else { return Ok(()) };
        self.send(room, &onward.to, Letter::Release(Release { leg: onward.leg, record }))?;
        dossier.onward = Some(Onward { released: true, ..onward });
        dossier.note(self.now, "", What::Released, "");
        Ok(())
    }

    /// The record sealed for somebody else; `None` when it is not here or does not open.
    pub(super) fn sealed_anew(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        key: &SealKey,
        to: &Party,
    ) -> Result<Option<Sealed>, StoreError> {
        let own = seal::own(room)?;
        let Some((record, from)) = dossier.record() else { return Ok(None) };
        let (case, me) = (dossier.case, &self.hub.me);
        match (Way { case, from, to: me }).open(record, &own) {
            Ok(record) => Ok(Some(Way { case, from: me, to }.seal(&record, key))),
            Err(error) => {
                tracing::error!(case = %dossier.case, "a sealed record does not open: {error}");
                Ok(None)
            }
        }
    }

    /// A letter about a leg that is over. From its other party it has crossed the step that ended the leg, or
    /// the way back: nothing follows from it, and nobody did wrong. From anybody else it is refused.
    fn crossed(&self, room: &Room<'_>, from: &Party, leg: Leg, why: &str) -> Result<Taken, StoreError> {
        let held = custody::held(room, leg)?;
        let between = |one: &Party, other: &Party| {
            held.chain.frame().is_some_and(|frame| frame.offerer == *one && frame.receiver == *other)
        };
        if !between(from, &self.hub.me) && !between(&self.hub.me, from) {
            return Ok(not_yours(why));
        }
        tracing::info!(case = %leg.case, from = %from, "a letter of {from} about case {} is late: {why}", leg.case);
        Ok(Taken::Applied)
    }

    fn showing(&self, room: &mut Room<'_>, from: &Party, showing: Showing) -> Result<Taken, StoreError> {
        let Showing { leg, preview, place } = showing;
        let mut dossier = self.dossier(room, leg.case)?;
        match &mut dossier.inflow {
            Some(inflow) if inflow.leg == leg && inflow.from == *from => {
                (inflow.preview, inflow.place) = (Some(preview), Some(place));
                if custody::held(room, leg)?.chain.state() == State::HandedOver {
                    // shown once more: the other county wants to know for which key to seal
                    self.ask_for(room, &mut dossier, "key")?;
                }
            }
            Some(inflow) if inflow.leg.number >= leg.number => return Ok(Taken::Applied),
            _ => {
                // it came before the offer
                let (from, preview, place) = (from.clone(), Some(preview), Some(place));
                dossier.inflow =
                    Some(Inflow { leg, from, preview, place, asked: false, record: None, answered: None });
            }
        }
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    fn release(&self, room: &mut Room<'_>, from: &Party, release: Release) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, release.leg.case)?;
        let Some(inflow) = dossier.inflow.as_mut().filter(|i| i.leg == release.leg && i.from == *from) else {
            return self.crossed(room, from, release.leg, "no such case came from there");
        };
        inflow.record = Some(release.record);
        dossier.note(self.now, "", What::Released, "");
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// A unit of this county says what it found.
    fn finding(&self, room: &mut Room<'_>, from: &Party, finding: Finding) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, finding.leg.case)?;
        let Some(assigned) = dossier.assigned.as_mut().filter(|assigned| assigned.unit == *from) else {
            return Ok(not_yours("the case was not given to the one that answers"));
        };
        assigned.finding = Some(finding.clone());
        dossier.note(self.now, "", What::Found(finding.outcome), finding.note);
        transfer::keep(room, &dossier);
        self.answer_when_due(room, finding.leg.case)
    }

    /// Tells the origin what was found, as soon as this county answers for the child.
    pub(super) fn answer_when_due(&self, room: &mut Room<'_>, case: CaseId) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, case)?;
        let Some(finding) = dossier.assigned.as_ref().and_then(|a| a.finding.clone()) else {
            return Ok(Taken::Applied);
        };
        let Some(inflow) = dossier.guest() else {
            self.answer_within(room, &mut dossier, finding.outcome)?;
            return Ok(Taken::Applied);
        };
        let held = custody::held(room, inflow.leg)?;
        let final_word =
            matches!(finding.outcome, Outcome::Placed | Outcome::Persuading | Outcome::AlreadyEnrolled);
        if held.chain.state() != State::HandedOver || !final_word || inflow.answered == Some(finding.outcome)
        {
            return Ok(Taken::Applied);
        }
        self.give_answer(room, &mut dossier, finding.outcome)?;
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// S0: the child was looked for within this county; the school that lost it learns what was found.
    pub(super) fn answer_within(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        dossier.turn(after_reply(outcome), self.now);
        dossier.note(self.now, "", What::Answered(outcome), "");
        transfer::keep(room, dossier);
        self.tell_school(room, dossier, "")
    }

    pub(super) fn give_answer(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let day = self.now.day();
        let waits = guest::waits(room, dossier.case)?.map(|host| (host.from, host.leg));
        let Some(inflow) = &mut dossier.inflow else { return Ok(()) };
        inflow.answered = Some(outcome);
        let (to, leg) = waits.unwrap_or_else(|| (inflow.from.clone(), inflow.leg));
        let roll_transfer = matches!(outcome, Outcome::Placed | Outcome::AlreadyEnrolled);
        dossier.turn(after_answer(outcome), self.now);
        dossier.note(self.now, "", What::Answered(outcome), "");
        self.send(room, &to, Letter::Answer(Answer { leg, outcome, day, roll_transfer }))
    }

    /// What became of the child: down to the school that sent it, or back along the way it came.
    fn answer(&self, room: &mut Room<'_>, from: &Party, answer: Answer) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, answer.leg.case)?;
        let ours = dossier.onward.as_ref().is_some_and(|o| o.leg == answer.leg && o.to == *from);
        if !ours {
            return self.crossed(room, from, answer.leg, "the case was not handed to the one that answers");
        }
        dossier.turn(after_answer(answer.outcome), self.now);
        dossier.note(self.now, "", What::Answered(answer.outcome), "");
        if dossier.origin.is_some() {
            self.tell_school(room, &dossier, "")?;
        } else {
            self.give_answer(room, &mut dossier, answer.outcome)?;
        }
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// The inflow place says how far it is: receipts go down to the school too.
    pub(super) fn news(&self, room: &mut Room<'_>, from: &Party, news: &News) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, news.leg.case)?;
        if self.is_declined(room, from, &dossier, news)? {
            dossier.turn(news.state, self.now);
            let place = news.place.map(|place| place.to_string());
            let note =
                place.iter().map(String::as_str).chain([news.reason.as_str()]).collect::<Vec<_>>().join(" ");
            dossier.note(self.now, "", What::Declined, note.trim());
            self.tell_school(room, &dossier, &news.reason)?;
            transfer::keep(room, &dossier);
            return Ok(Taken::Applied);
        }
        let ours = dossier.onward.as_ref().is_some_and(|o| o.leg == news.leg && o.to == *from);
        let early = matches!(dossier.state, TransferState::Dispatched | TransferState::Received);
        if ours && early && matches!(news.state, TransferState::Received | TransferState::Verifying) {
            dossier.turn(news.state, self.now);
            self.tell_school(room, &dossier, "")?;
            transfer::keep(room, &dossier);
        }
        Ok(Taken::Applied)
    }

    /// The moving office did not let an offer of this county go.
    fn is_declined(
        &self,
        room: &Room<'_>,
        from: &Party,
        dossier: &Dossier,
        news: &News,
    ) -> Result<bool, StoreError> {
        let back = matches!(news.state, TransferState::ReturnedToSender | TransferState::Misrouted);
        let Some(onward) = dossier.onward.as_ref().filter(|onward| back && onward.leg == news.leg) else {
            return Ok(false);
        };
        let moves = lowest_common(&self.hub.me, &onward.to).as_ref() == Some(from);
        Ok(moves && custody::held(room, onward.leg)?.chain.state() == State::Held)
    }

    /// Something learned late: kept, and sent after the case.
    fn late(&self, room: &mut Room<'_>, from: &Party, late: Late) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, late.case)?;
        if self.is_told(room, &dossier, from, &late)? {
            return Ok(Taken::Applied);
        }
        dossier.late.push(LateNote { from: from.clone(), at: late.at, text: late.text });
        dossier.note(self.now, "", What::Late, "");
        self.send_late_on(room, &dossier, dossier.late.len() - 1, late.evidence)?;
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    fn send_late_on(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        which: usize,
        evidence: Option<proto::model::case::Evidence>,
    ) -> Result<(), StoreError> {
        let note = &dossier.late[which];
        let next = match &dossier.onward {
            Some(onward) if custody::held(room, onward.leg)?.chain.state() == State::HandedOver => {
                if onward.key.is_none() {
                    self.ask_key(room, dossier)?;
                }
                onward.key.clone().map(|key| (onward.to.clone(), key))
            }
            _ => match &dossier.assigned {
                Some(assigned) if assigned.unit != note.from => {
                    crate::keyring::of(room, &assigned.unit)?.map(|key| (assigned.unit.clone(), key))
                }
                _ => None,
            },
        };
        let Some((to, key)) = next else { return Ok(()) };
        let own = seal::own(room)?;
        let (case, me) = (dossier.case, &self.hub.me);
        let Ok(text) = (Way { case, from: &note.from, to: me }).open_text(&note.text, &own) else {
            tracing::error!(%case, "a late note does not open here");
            return Ok(());
        };
        let text = Way { case, from: me, to: &to }.seal_text(&text, &key);
        self.send(room, &to, Letter::Late(Late { case: dossier.case, text, at: note.at, evidence }))
    }

    /// Tells the school that sent the case how it stands.
    pub(super) fn tell_school(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        reason: &str,
    ) -> Result<(), StoreError> {
        let Some(origin) = &dossier.origin else { return Ok(()) };
        // the school reads letters in the order of the legs
        let last = dossier.next_leg().number.saturating_sub(1);
        let leg = dossier.onward.as_ref().map_or(dossier.case.leg(last), |onward| onward.leg);
        let yours = match &dossier.onward {
            _ if dossier.is_found_within() => false,
            Some(onward) => custody::held(room, onward.leg)?.chain.state() != State::HandedOver,
            None => true,
        };
        let news = news(dossier, leg, reason, yours, self.now);
        self.send(room, &origin.school, Letter::News(news))
    }

    /// Gives the case to a school or town that looks for the child. `false` when the record is not here.
    pub(super) fn give_to(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        assigned: Assigned,
        key: &SealKey,
    ) -> Result<bool, StoreError> {
        let (unit, due) = (assigned.unit.clone(), assigned.due);
        let Some(record) = self.sealed_anew(room, dossier, key, &unit)? else { return Ok(false) };
        let Some(preview) = dossier.preview().cloned() else { return Ok(false) };
        let leg = dossier.inflow.as_ref().map_or_else(|| dossier.case.leg(0), |inflow| inflow.leg);
        dossier.assigned = Some(assigned);
        self.send(room, &unit, Letter::Assignment(Assignment { leg, preview, record, due }))?;
        for which in 0..dossier.late.len() {
            self.send_late_on(room, dossier, which, None)?;
        }
        Ok(true)
    }
}

/// The chains of a case as they are known here, with those before that were shown by the county it came from.
///
/// # Errors
/// When the store cannot read.
fn proof_of(room: &Room<'_>, root: &Certificate, case: CaseId) -> Result<Proof, StoreError> {
    let own = Proof::new(root, custody::chains(room, case)?);
    let earlier = transfer::earlier(room, case)?.and_then(|file| Proof::from_json(&file).ok());
    Ok(match earlier {
        Some(earlier) => own.after(earlier),
        None => own,
    })
}

/// How this hub stands to the leg on which it would act for the case: what it handed on, else what came.
///
/// # Errors
/// When the store cannot read.
pub fn stance(room: &mut Room<'_>, me: &Party, dossier: &Dossier) -> Result<Stance, StoreError> {
    let own = if dossier.origin.is_some() { Stance::Acting } else { Stance::NotMine };
    let onward = dossier.onward.as_ref().map(|onward| onward.leg);
    let mut legs: Vec<Leg> =
        onward.into_iter().chain(dossier.inflow.as_ref().map(|inflow| inflow.leg)).collect();
    // an offer that waits above, or was declined there, changes nothing: the leg before it counts
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.number));
    for leg in legs {
        let held = custody::held(room, leg)?;
        if let Some(registrar) = held.chain.frame().map(|frame| frame.registrar.clone()) {
            return Ok(custody::side(room, me, &registrar)?.stance(&held));
        }
    }
    Ok(own)
}

fn is_under_way(state: TransferState) -> bool {
    use TransferState as X;
    !matches!(state, X::Draft | X::Submitted | X::ReturnedToSender | X::Misrouted | X::Withdrawn)
}

/// Whether the dossier has followed the step already: a leg changes also when something is signed here.
fn is_known(dossier: &Dossier, step: &Step) -> bool {
    let note = step_note(step);
    dossier.history.iter().any(|e| {
        e.what == What::Step(step.kind) && e.note.split(' ').next().is_some_and(|known| known == note)
    })
}

/// For a school, which may read either language.
fn in_words(what: &impl Say, note: &str) -> String {
    format!("{} / {} {note}", what.say(Lang::Zh), what.say(Lang::En)).trim_end().to_owned()
}

fn step_note(step: &Step) -> String {
    format!("{}.{}", step.leg.number, step.n)
}

fn news(dossier: &Dossier, leg: Leg, reason: &str, yours: bool, at: Moment) -> News {
    let place = dossier.origin.as_ref().map(|origin| origin.to);
    let outcome = dossier.history.iter().rev().find_map(|event: &Event| match event.what {
        What::Answered(outcome) => Some(outcome),
        _ => None,
    });
    News { leg, state: dossier.state, place, outcome, at, reason: reason.to_owned(), yours }
}
