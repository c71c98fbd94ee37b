//! What the units below hear when custody moves: a school that was to find the child need not any more, the school
//! that lost it has it back, and what is learned late finds who has the child.

use proto::custody::chain::State;
use proto::custody::step::{Step, StepKind};
use proto::model::case::{CaseId, Finding, Late, Leg, Letter, News, Outcome, Showing, TransferState, Way};
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::store::{Room, StoreError};
use proto::{say, seal};

use super::duties::facts;
use super::{Case, custody};
use crate::desk::casework::direction;
use crate::persuasion::{self, CaseError};
use crate::transfer::duties::Inquiry;
use crate::transfer::{self, Assigned, Dossier, Inflow, What, after_answer};

/// Whether a case that a school of this hub referred was handed on from here and is this hub's again.
///
/// # Errors
/// When the store cannot read.
pub(in crate::desk) fn has_it_back(
    room: &mut Room<'_>,
    me: &Party,
    case: CaseId,
) -> Result<bool, StoreError> {
    let Some(dossier) = transfer::find(room, case)?.filter(|dossier| dossier.origin.is_some()) else {
        return Ok(false);
    };
    let moved = dossier.onward.is_some() || dossier.inflow.is_some();
    Ok(moved && !is_elsewhere(room, me, &dossier)?)
}

/// Whether another place or another school has the child of a case, or answers for finding it.
///
/// # Errors
/// When the store cannot read.
pub(in crate::desk) fn is_elsewhere(
    room: &mut Room<'_>,
    me: &Party,
    dossier: &Dossier,
) -> Result<bool, StoreError> {
    let facts = facts(room, me, dossier)?;
    let taken = facts.inquiry == Some(Inquiry::Taken);
    Ok(!facts.stance.acts() || dossier.is_found_within() || dossier.is_on_roll_there() || taken)
}

/// Why the case of a school of this hub is not closed as moved: nobody else has the child in class or answers
/// for finding it.
///
/// # Errors
/// When the store cannot read.
pub(in crate::desk) fn not_moved(
    room: &mut Room<'_>,
    me: &Party,
    case: CaseId,
) -> Result<Option<CaseError>, StoreError> {
    if has_it_back(room, me, case)? {
        return Ok(Some(CaseError::HereAgain(case)));
    }
    let Some(dossier) = transfer::find(room, case)?.filter(|dossier| dossier.origin.is_some()) else {
        return Ok(None);
    };
    let by_letter = facts(room, me, &dossier)?.inquiry == Some(Inquiry::Taken);
    Ok(match dossier.state {
        TransferState::AcceptedPersuading if by_letter => Some(CaseError::NotInClass(case)),
        _ if dossier.is_not_found_there() => Some(CaseError::NotFoundThere(case)),
        _ => None,
    })
}

impl Case<'_> {
    /// The child is the business of the school that lost it again: it does not ask to close the case any more.
    pub(in crate::desk) fn back_at_school(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
    ) -> Result<(), StoreError> {
        match &dossier.origin {
            Some(origin) => persuasion::came_home(room, dossier.case, &origin.school),
            None => Ok(()),
        }
    }

    /// Another county took the child: the unit that was to find or persuade it learns so, and its case ends.
    pub(super) fn dismiss(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
        let (leg, place) = (step.leg, Some(step.receiver.region()));
        self.relieve(room, dossier, (leg, dossier.state, place), String::new())
    }

    /// Another unit of this county is asked to find the child: the one that was asked before, and has not given its
    /// last word, learns so and why; its case ends.
    pub(super) fn asks_another(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        (leg, unit): (Leg, &Party),
    ) -> Result<(), StoreError> {
        if !dossier.assigned.as_ref().is_some_and(|assigned| assigned.unit != *unit && looks(assigned)) {
            return Ok(());
        }
        let reason = say_both(|lang| say!(lang, "已改由 {unit} 核查", "{unit} was asked to look instead"));
        self.relieve(room, dossier, (leg, TransferState::Verifying, None), reason)
    }

    /// The case was taken back, or its offer is over without this county: the unit that looks for the child here, and
    /// has not given its last word, need not any more. What it finds all the same is shown to the officer.
    pub(in crate::desk) fn calls_off(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
    ) -> Result<(), StoreError> {
        if let Some(assigned) = dossier.assigned.as_ref().filter(|assigned| looks(assigned)) {
            let unit = assigned.unit.to_string();
            let leg = dossier.inflow.as_ref().map_or_else(|| dossier.case.leg(0), |inflow| inflow.leg);
            let reason = say_both(|lang| {
                say!(
                    lang,
                    "个案已收回或者划转已终止，不必再查找",
                    "the case was taken back, or its offer is over"
                )
            });
            self.relieve(room, dossier, (leg, TransferState::Verifying, None), reason)?;
            dossier.note(self.now, "", What::CalledOff, unit);
        }
        dossier.assigned = None;
        Ok(())
    }

    /// The unit that was to find or persuade the child need not any more.
    fn relieve(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        (leg, state, place): (Leg, TransferState, Option<Region>),
        reason: String,
    ) -> Result<(), StoreError> {
        let Some(unit) = dossier.assigned.as_ref().map(|assigned| &assigned.unit) else { return Ok(()) };
        let lost_it = dossier.origin.as_ref().is_some_and(|origin| origin.school == *unit);
        if *unit == self.hub.me || lost_it {
            return Ok(());
        }
        let news = News { leg, state, place, outcome: None, at: self.now, reason, yours: false };
        self.send(room, unit, Letter::News(news))?;
        let Some(done) = persuasion::went_on(room, dossier.case, unit, self.now)? else { return Ok(()) };
        self.send(room, unit, direction(dossier.case, &done))
    }

    /// A unit that persuaded the child has it no more: its case, if it is not the school that lost it, ends.
    pub(in crate::desk) fn ends_persuading(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        unit: &Party,
    ) -> Result<(), StoreError> {
        let lost_it = self.dossier(room, case)?.origin.is_some_and(|origin| origin.school == *unit);
        if lost_it {
            return Ok(());
        }
        let Some(done) = persuasion::went_on(room, case, unit, self.now)? else { return Ok(()) };
        self.send(room, unit, direction(case, &done))
    }

    /// Town: another county took the child that it was to find, or another unit is asked. Gives whether it was to
    /// find it.
    pub(super) fn ends_errand(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        news: &News,
    ) -> Result<bool, StoreError> {
        let mut dossier = self.dossier(room, news.leg.case)?;
        let over = |inflow: &Inflow| inflow.from == *from && news.ends(inflow.leg);
        let over = dossier.is_errand() && dossier.inflow.as_ref().is_some_and(over);
        let open =
            |held: &&mut Assigned| held.finding.as_ref().is_none_or(|it| it.outcome == Outcome::Persuading);
        let Some(assigned) = dossier.assigned.as_mut().filter(|_| over).filter(open) else {
            return Ok(false);
        };
        let (leg, outcome, day, note) = (news.leg, Outcome::MovedOn, self.now.day(), news.reason.clone());
        assigned.finding = Some(Finding { leg, outcome, day, place: news.place, note });
        dossier.turn(after_answer(outcome), self.now);
        let place = news.place.map_or_else(String::new, |place| place.to_string());
        if news.reason.is_empty() {
            dossier.note(self.now, "", What::Step(StepKind::Accept), place);
        } else {
            dossier.note(self.now, "", What::Found(outcome), news.reason.clone());
        }
        transfer::keep(room, &dossier);
        Ok(true)
    }

    /// Sends everything that was learned late to the county that has taken the case, once its key is known: it
    /// keeps what it has not.
    pub(super) fn send_late_again(&self, room: &mut Room<'_>, dossier: &Dossier) -> Result<(), StoreError> {
        let Some(onward) = dossier.onward.as_ref().filter(|onward| onward.key.is_some()) else {
            return Ok(());
        };
        if custody::held(room, onward.leg)?.chain.state() != State::HandedOver {
            return Ok(());
        }
        (0..dossier.late.len()).try_for_each(|which| self.send_late_on(room, dossier, which, None))
    }

    /// Shows the case once more to the county that has taken it: that one answers with its key.
    pub(super) fn ask_key(&self, room: &mut Room<'_>, dossier: &Dossier) -> Result<(), StoreError> {
        let (Some(onward), Some(preview)) = (&dossier.onward, dossier.preview().cloned()) else {
            return Ok(());
        };
        let place = dossier.origin.as_ref().map(|origin| origin.to);
        let place = place.unwrap_or_else(|| onward.to.region());
        self.send(room, &onward.to, Letter::Showing(Showing { leg: onward.leg, preview, place }))
    }

    /// Whether this late word is here already: it is sent again when it may not have arrived.
    pub(super) fn is_told(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        from: &Party,
        late: &Late,
    ) -> Result<bool, StoreError> {
        let own = seal::own(room)?;
        let (case, me) = (dossier.case, &self.hub.me);
        let Ok(text) = (Way { case, from, to: me }).open_text(&late.text, &own) else { return Ok(false) };
        Ok(dossier.late.iter().filter(|held| held.at == late.at).any(|held| {
            let way = Way { case, from: &held.from, to: me };
            way.open_text(&held.text, &own).is_ok_and(|known| known == text)
        }))
    }
}

/// Whether the unit has not given its last word.
pub(super) fn looks(assigned: &Assigned) -> bool {
    assigned.finding.as_ref().is_none_or(|finding| finding.outcome == Outcome::Persuading)
}

/// For a unit, which may read either language.
pub(in crate::desk) fn say_both(words: impl Fn(Lang) -> String) -> String {
    format!("{} / {}", words(Lang::Zh), words(Lang::En))
}
