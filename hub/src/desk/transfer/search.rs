//! Looking for a child in this county: by whom, and what was found (X7 to X11).

use proto::model::case::{CaseId, Finding, Letter, TransferState};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::store::Room;

use super::act::{Concluding, found};
use super::duties::facts;
use super::{Case, news};
use crate::audit::{Action, Ended};
use crate::desk::HubError;
use crate::transfer::duties::{Inquiry, Onward};
use crate::transfer::{self, Assigned, Dossier, What};
use crate::units;

impl Case<'_> {
    pub(super) fn assign(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        unit: &Party,
        by: &str,
    ) -> Result<Day, HubError> {
        if units::get(room, unit)?.is_none() {
            return Err(HubError::NoUnit(unit.to_string()));
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
        let moves = matches!(facts.onward, Some(Onward::Proposed | Onward::Offered));
        if moves || facts.inquiry == Some(Inquiry::UnderWay) {
            return Err(HubError::OnItsWay(case));
        }
        let outcome = said.outcome;
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
        match dossier.guest() {
            Some(_) => self.give_answer(room, &mut dossier, outcome)?,
            None => self.answer_within(room, &mut dossier, outcome)?,
        }
        transfer::keep(room, &dossier);
        Ok(())
    }
}
