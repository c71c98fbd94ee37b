//! Looking for a child in this county: by whom, and what was found (X7 to X11).

use proto::custody::chain::State;
use proto::model::case::{CaseId, Finding, Letter, Outcome, TransferState};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::store::Room;

use super::act::{Concluding, found};
use super::duties::{facts, is_on_its_way};
use super::{Case, news};
use crate::audit::{Action, Ended};
use crate::desk::{HubError, custody};
use crate::transfer::{self, Assigned, Dossier, What};
use crate::units;

/// What was found is said once, with the place that belongs to it; and a case of this hub's own school ends only
/// where somebody has looked: in this county (S0), when the case was kept here.
fn may_conclude(dossier: &Dossier, said: &Concluding) -> Result<(), HubError> {
    let (case, found) = (dossier.case, said.outcome);
    if found == Outcome::MovedOn && said.place.is_none() {
        return Err(HubError::Field { field: "place", found: String::new() });
    }
    let held = dossier.assigned.as_ref().and_then(|assigned| assigned.finding.as_ref());
    if dossier.is_errand() && held.is_some_and(|held| held.outcome != Outcome::Persuading) {
        return Err(HubError::NotOffered(case));
    }
    let here = dossier.state == TransferState::Verifying || dossier.is_found_within();
    let lost = matches!(found, Outcome::NotFound | Outcome::MovedOn);
    if dossier.origin.is_some() && !here && !lost {
        return Err(HubError::NotSearched(case));
    }
    Ok(())
}

impl Case<'_> {
    pub(super) fn assign(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        unit: &Party,
        by: &str,
    ) -> Result<Day, HubError> {
        let today = self.now.day();
        if !units::get(room, unit)?
            .is_some_and(|unit| unit.status != units::Status::Invited && !unit.is_closed(today))
        {
            return Err(HubError::NoUnit(unit.to_string()));
        }
        if is_on_its_way(room, &self.hub.me, dossier)? {
            return Err(HubError::OnItsWay(dossier.case));
        }
        let facts = facts(room, &self.hub.me, dossier)?;
        if dossier.origin.as_ref().is_some_and(|origin| origin.withdrawn)
            || !facts.offered && !facts.stance.acts()
        {
            return Err(HubError::NotOffered(dossier.case));
        }
        let key = crate::keyring::of(room, unit)?.ok_or_else(|| HubError::NoSealKey(unit.clone()))?;
        let state = self.hub.state();
        let due = state.calendar.workdays_after(self.now.day(), state.rules.transfer.verify_within_days);
        let assigned = Assigned { unit: unit.clone(), due, finding: None };
        let before = dossier.clone();
        if !self.give_to(room, dossier, assigned, &key)? {
            return Err(HubError::NoRecord(dossier.case));
        }
        let leg = dossier.inflow.as_ref().map_or_else(|| dossier.case.leg(0), |inflow| inflow.leg);
        self.asks_another(room, &before, (leg, unit))?;
        // whatever was answered before, it is looked for again
        if let Some(inflow) = &mut dossier.inflow {
            inflow.answered = None;
        }
        if dossier.origin.is_some() || facts.stance.acts() {
            dossier.turn(TransferState::Verifying, self.now);
        }
        dossier.note(self.now, by, What::Assigned, unit.to_string());
        self.log(room, dossier.case, (by, "assign"), Action::Decide, Ended::Done)?;
        if let Some(inflow) = &dossier.inflow {
            let (from, leg) = (inflow.from.clone(), inflow.leg);
            let verifying = Dossier { state: TransferState::Verifying, ..dossier.clone() };
            self.send(room, &from, Letter::News(news(&verifying, leg, "", false, self.now)))?;
        }
        transfer::keep(room, dossier);
        Ok(due)
    }

    pub(super) fn conclude(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        said: Concluding,
        by: &str,
    ) -> Result<(), HubError> {
        let (mut dossier, me, day) = (found(room, case)?, &self.hub.me, self.now.day());
        let facts = facts(room, me, &dossier)?;
        if !facts.stance.acts() && !dossier.is_errand() {
            return Err(HubError::NotOurs(case));
        }
        if is_on_its_way(room, me, &dossier)? {
            return Err(HubError::OnItsWay(case));
        }
        let outcome = said.outcome;
        may_conclude(&dossier, &said)?;
        self.names_nobody(room, &dossier, &said.note)?;
        self.log(room, case, (by, outcome.code()), Action::Decide, Ended::Done)?;
        if dossier.is_errand() {
            self.report(room, &mut dossier, (said, by))?;
            transfer::keep(room, &dossier);
            return Ok(());
        }
        let Concluding { place, note, .. } = said;
        dossier.note(self.now, by, What::Found(outcome), note.clone());
        let leg = dossier.inflow.as_ref().map_or(case.leg(0), |inflow| inflow.leg);
        let own = Assigned { unit: me.clone(), due: day, finding: None };
        let finding = Finding { leg, outcome, day, place, note };
        dossier.assigned.get_or_insert(own).finding = Some(finding);
        match dossier.guest().map(|inflow| inflow.leg) {
            Some(leg) if custody::held(room, leg)?.chain.state() == State::HandedOver => {
                self.give_answer(room, &mut dossier, outcome)?;
            }
            // the answer must not be there before the acceptance has its place
            Some(_) => {}
            None => self.answer_within(room, &mut dossier, outcome)?,
        }
        transfer::keep(room, &dossier);
        Ok(())
    }
}
