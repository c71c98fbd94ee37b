//! What follows when the custody of a case changes: the dossier, the record, the proof, and who is told.

use proto::custody::message::Message;
use proto::custody::proof::Verdict;
use proto::custody::step::{RejectReason, Step, StepKind};
use proto::link::post::{Reason, Taken};
use proto::model::case::{self as letters, Leg, Letter, Outcome, TransferState};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::unit::looks;
use super::{Case, news, not_yours, proof_of};
use crate::desk::custody;
use crate::revocation;
use crate::transfer::{self, Dossier, Inflow, Onward, What, after_step, guest};

impl Case<'_> {
    pub(super) fn custody(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        bytes: &[u8],
    ) -> Result<Taken, StoreError> {
        let Ok(message) = Message::from_bytes(bytes) else {
            return Ok(Taken::Refused(Reason::Unreadable, "a message of custody".to_owned()));
        };
        match self.hub.hear_custody(room, self.identity, from, message, self.now)? {
            Ok(changed) => {
                self.follow_all(room, changed)?;
                self.read_what_waited(room)?;
                Ok(Taken::Applied)
            }
            Err(bad) => Ok(Taken::Refused(Reason::Forged, bad.to_string())),
        }
    }

    pub(in crate::desk) fn follow_all(
        &self,
        room: &mut Room<'_>,
        mut legs: Vec<Leg>,
    ) -> Result<(), StoreError> {
        legs.sort_unstable();
        legs.dedup();
        legs.into_iter().try_for_each(|leg| self.follow(room, leg))
    }

    /// A leg of this hub's own has changed: the dossier follows, and who must know is told.
    pub(super) fn follow(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
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

    pub(super) fn follow_onward(
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
        let said = format!("{} {}", step_note(step), step.note);
        dossier.note(self.now, "", What::Step(step.kind), said.trim());
        dossier.turn(after_step(step.kind), self.now);
        match step.kind {
            StepKind::Accept => {
                guest::gave(room, dossier.case, &step.receiver)?;
                self.release_record(room, dossier)?;
                self.dismiss(room, dossier, step)?;
                self.send_late_again(room, dossier)?;
                self.tell_withdrawn(room, dossier)?;
                dossier.home.take_if(|home| home.county == step.receiver);
            }
            StepKind::Reject(RejectReason::AlreadyEnrolled) => self.is_on_a_roll(room, dossier, step)?,
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

    /// X11: the child is in class at the other place. Who was to find it here need not any more; who waits for an
    /// answer gets it, with the word that the roll is to be moved (T14).
    fn is_on_a_roll(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
        self.dismiss(room, dossier, step)?;
        dossier.assigned = None;
        match dossier.guest() {
            Some(_) => self.give_answer(room, dossier, Outcome::AlreadyEnrolled),
            None => Ok(()),
        }
    }

    /// The school that referred the case keeps the proof that another place answers for the child; a county that
    /// did not see the beginning gets the legs before its own.
    pub(super) fn send_proof(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
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
    pub(super) fn way_so_far(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        proof: letters::Proof,
    ) -> Result<Taken, StoreError> {
        let dossier = self.dossier(room, proof.case)?;
        if dossier.inflow.as_ref().is_none_or(|inflow| inflow.from != *from) {
            return Ok(not_yours("the case did not come from there"));
        }
        let known = revocation::all(room)?;
        let verdict = Verdict::knowing(&proof.file, self.identity.lineage().root(), &known);
        match verdict.map(|verdict| verdict.is_of(proof.case)) {
            Ok(true) => transfer::keep_earlier(room, proof.case, proof.file),
            Ok(false) => return Ok(Taken::Refused(Reason::Forged, "a proof of another case".to_owned())),
            Err(flaw) => return Ok(Taken::Refused(Reason::Forged, flaw.to_string())),
        }
        Ok(Taken::Applied)
    }

    pub(super) fn follow_inflow(
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
            dossier.home.take_if(|home| home.county == step.offerer);
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
        self.watch_offer(room, dossier, step)?;
        match step.kind {
            StepKind::Offer => {
                dossier.turn(TransferState::Received, self.now);
                let news = news(dossier, leg, "", false, self.now);
                self.send(room, &from, Letter::News(news))?;
            }
            StepKind::Accept => self.follow_own_acceptance(room, dossier, (leg, &from), has_record)?,
            kind => {
                // who has given its last word keeps it: at X11 it is the school that has the child
                if dossier.assigned.as_ref().is_some_and(looks) {
                    self.calls_off(room, dossier)?;
                }
                // a return that came to nothing: the other county has the child as before
                let returned = dossier.onward.is_some();
                let state = if returned { TransferState::AcceptedPersuading } else { after_step(kind) };
                dossier.turn(state, self.now);
            }
        }
        Ok(())
    }

    /// This county answers for the child from now on; where the case began, it is back.
    pub(super) fn follow_own_acceptance(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        (leg, from): (Leg, &Party),
        has_record: bool,
    ) -> Result<(), StoreError> {
        if dossier.onward.as_ref().is_some_and(|onward| onward.leg.number < leg.number) {
            (dossier.onward, dossier.assigned) = (None, None);
        }
        if let Some(origin) = &dossier.origin {
            let back = match origin.withdrawn {
                true => TransferState::Withdrawn,
                false => TransferState::ReturnedToSender,
            };
            dossier.turn(back, self.now);
            self.back_at_school(room, dossier)?;
            return self.tell_school(room, dossier, "");
        }
        guest::took(room, leg, from)?;
        dossier.turn(TransferState::AcceptedPersuading, self.now);
        if !has_record {
            self.ask_for(room, dossier, ("", "accepted"))?;
        }
        // found before the acceptance had its place
        self.answer_if_due(room, dossier).map(drop)
    }
}

/// Whether the dossier has followed the step already: a leg changes also when something is signed here.
fn is_known(dossier: &Dossier, step: &Step) -> bool {
    let same = |note: &str| note.split(' ').next() == Some(&step_note(step));
    dossier.history.iter().any(|e| e.what == What::Step(step.kind) && same(&e.note))
}

/// For a school, which may read either language.
fn in_words(what: &impl Say, note: &str) -> String {
    format!("{} / {} {note}", what.say(Lang::Zh), what.say(Lang::En)).trim_end().to_owned()
}

fn step_note(step: &Step) -> String {
    format!("{}.{}", step.leg.number, step.n)
}
