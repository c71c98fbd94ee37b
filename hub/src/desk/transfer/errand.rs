//! A town looks for a child on behalf of its county: the county assigns it the case, the town answers.

use proto::link::post::Taken;
use proto::model::case::{Assignment, Finding, Letter, TransferState};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::store::{Room, StoreError};

use super::act::Concluding;
use super::{Case, not_yours};
use crate::transfer::{self, Assigned, Dossier, Inflow, What};

impl Case<'_> {
    /// Town: its county asks it to find a child (X7). Asked again, it looks again.
    pub(super) fn errand(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        assignment: Assignment,
    ) -> Result<Taken, StoreError> {
        let (me, now) = (&self.hub.me, self.now);
        if me.level() != Some(Level::Town) || me.parent().as_ref() != Some(from) {
            return Ok(not_yours("a county gives its cases to its own towns and schools"));
        }
        let Assignment { leg, preview, record, due } = assignment;
        let mut dossier = self.dossier(room, leg.case)?;
        let (from, preview, record) = (from.clone(), Some(preview), Some(record));
        dossier.inflow =
            Some(Inflow { leg, from, preview, place: None, asked: true, record, answered: None });
        dossier.assigned = Some(Assigned { unit: me.clone(), due, finding: None });
        dossier.turn(TransferState::Verifying, now);
        dossier.note(now, "", What::Assigned, me.to_string());
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// Town: tells its county what was found.
    pub(super) fn report(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        (found, by): (Concluding, &str),
    ) -> Result<(), StoreError> {
        let Concluding { outcome, place, note } = found;
        let (Some(inflow), Some(assigned)) = (&mut dossier.inflow, &mut dossier.assigned) else {
            return Ok(());
        };
        let finding = Finding { leg: inflow.leg, outcome, day: self.now.day(), place, note: note.clone() };
        (inflow.answered, assigned.finding) = (Some(outcome), Some(finding.clone()));
        let county = inflow.from.clone();
        dossier.turn(transfer::after_answer(outcome), self.now);
        dossier.note(self.now, by, What::Found(outcome), note);
        self.send(room, &county, Letter::Finding(finding))
    }
}
