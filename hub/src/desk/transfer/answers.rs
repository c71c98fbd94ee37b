//! What was found, answered and learned late, on its way to who waits for it.

use proto::custody::chain::State;
use proto::custody::step::lowest_common;
use proto::link::post::Taken;
use proto::model::case::{Answer, CaseId, Finding, Late, Letter, News, Outcome, TransferState, Way};
use proto::model::party::Party;
use proto::seal;
use proto::store::{Room, StoreError};

use super::{Case, news, not_yours};
use crate::desk::custody;
use crate::letter::{self, after_reply};
use crate::transfer::{self, Assigned, Dossier, LateNote, What, after_answer, guest};

impl Case<'_> {
    /// A unit of this county says what it found.
    pub(super) fn finding(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        finding: Finding,
    ) -> Result<Taken, StoreError> {
        if let Some(taken) = self.found_for_letter(room, from, &finding)? {
            return Ok(taken);
        }
        let mut dossier = self.dossier(room, finding.leg.case)?;
        // the assignment may be lost in a restore: nobody else can know the case
        let known = dossier.origin.is_some() || dossier.inflow.is_some();
        if dossier.assigned.is_none() && known && !dossier.is_called_off() && custody::was_restored(room)? {
            let due = self.now.day();
            dossier.assigned = Some(Assigned { unit: from.clone(), due, finding: None });
        }
        let Some(assigned) = dossier.assigned.as_mut().filter(|assigned| assigned.unit == *from) else {
            return self.found_before(room, from, dossier, finding);
        };
        assigned.finding = Some(finding.clone());
        if matches!(finding.outcome, Outcome::NotFound | Outcome::MovedOn | Outcome::AlreadyEnrolled) {
            self.ends_persuading(room, finding.leg.case, from)?;
        }
        dossier.note(self.now, "", What::Found(finding.outcome), finding.note);
        transfer::keep(room, &dossier);
        self.answer_when_due(room, finding.leg.case)
    }

    /// A unit found something and did not know yet that another is asked: the officer sees it, and decides.
    fn found_before(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        mut dossier: Dossier,
        finding: Finding,
    ) -> Result<Taken, StoreError> {
        let unit = from.to_string();
        if !dossier.history.iter().any(|event| event.what == What::Assigned && event.note == unit) {
            return Ok(not_yours("the case was not given to the one that answers"));
        }
        let note = [unit.as_str(), finding.note.as_str()].join(" ");
        dossier.note(self.now, "", What::Found(finding.outcome), note.trim_end());
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// Tells the origin what was found, as soon as this county answers for the child.
    pub(in crate::desk) fn answer_when_due(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
    ) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, case)?;
        let Some(finding) = dossier.assigned.as_ref().and_then(|a| a.finding.clone()) else {
            return Ok(Taken::Applied);
        };
        if dossier.guest().is_none() {
            self.answer_within(room, &mut dossier, finding.outcome)?;
        } else if self.answer_if_due(room, &mut dossier)? {
            transfer::keep(room, &dossier);
        }
        Ok(Taken::Applied)
    }

    /// The answer to the place that a child came from, once this county answers for it: that it is here. Anything else
    /// waits for the officer. Gives whether there was something to say.
    pub(super) fn answer_if_due(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
    ) -> Result<bool, StoreError> {
        let found = dossier.assigned.as_ref().and_then(|assigned| assigned.finding.as_ref());
        let (Some(inflow), Some(outcome)) = (dossier.guest(), found.map(|found| found.outcome)) else {
            return Ok(false);
        };
        let here = matches!(outcome, Outcome::Placed | Outcome::Persuading | Outcome::AlreadyEnrolled);
        let (leg, answered) = (inflow.leg, inflow.answered == Some(outcome));
        if !here || answered || custody::held(room, leg)?.chain.state() != State::HandedOver {
            return Ok(false);
        }
        self.give_answer(room, dossier, outcome)?;
        Ok(true)
    }

    /// S0: the child was looked for within this county; the school that lost it learns what was found.
    pub(in crate::desk) fn answer_within(
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

    pub(in crate::desk) fn give_answer(
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
        // in class here after all, whatever was said where it began
        dossier.home.take_if(|_| roll_transfer);
        dossier.turn(after_answer(outcome), self.now);
        dossier.note(self.now, "", What::Answered(outcome), "");
        self.send(room, &to, Letter::Answer(Answer { leg, outcome, day, roll_transfer }))
    }

    /// What became of the child: down to the school that sent it, or back along the way it came.
    pub(super) fn answer(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        answer: Answer,
    ) -> Result<Taken, StoreError> {
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
    pub(in crate::desk) fn news(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        news: &News,
    ) -> Result<Taken, StoreError> {
        let mut dossier = self.dossier(room, news.leg.case)?;
        if self.ends_errand(room, from, news)? {
            return Ok(Taken::Applied);
        }
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
        if self.is_with_mover(room, from, &dossier, news)? {
            return self.with_mover(room, dossier, news.state);
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
    pub(super) fn is_declined(
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
    pub(super) fn late(&self, room: &mut Room<'_>, from: &Party, late: Late) -> Result<Taken, StoreError> {
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

    pub(super) fn send_late_on(
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
    pub(in crate::desk) fn tell_school(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        reason: &str,
    ) -> Result<(), StoreError> {
        let Some(origin) = &dossier.origin else { return Ok(()) };
        // what follows on a letter stands after its answer; of anything else a county that was put back knows less than
        // it has said before
        let asked = letter::asked(room, dossier.case)?.filter(|asked| {
            let taken_back = dossier.state == TransferState::Withdrawn;
            taken_back || asked.over || asked.answered.is_some() && dossier.went_on_after_letter()
        });
        let by_letter = asked.map_or(0, |asked| asked.leg.number);
        let onward = dossier.onward.as_ref().map(|onward| onward.leg).filter(|leg| leg.number >= by_letter);
        let last = dossier.next_leg().number.saturating_sub(1).max(by_letter);
        let leg = onward.unwrap_or(dossier.case.leg(last));
        let handed_over = match &dossier.onward {
            Some(onward) => custody::held(room, onward.leg)?.chain.state() == State::HandedOver,
            None => false,
        };
        // in class again where it was lost: nothing moves
        let at_its_own = dossier.assigned.as_ref().is_some_and(|assigned| assigned.unit == origin.school);
        let elsewhere = dossier.is_found_within() && !at_its_own || dossier.is_on_roll_there();
        let yours = !handed_over && !elsewhere;
        let at = transfer::next_told(room, dossier.case, self.now)?;
        let news = news(dossier, leg, reason, yours, at);
        self.send(room, &origin.school, Letter::News(news))
    }
}
