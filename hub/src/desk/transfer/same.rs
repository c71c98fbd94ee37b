//! Whether the child that is offered has a case of its own at a school of this county: the system compares the ID
//! numbers of the records that it holds, and shows nobody.

use proto::model::case::{CaseId, ChildRecord, Way};
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::seal::{self, OpenKey, Sealed};
use proto::store::{Room, StoreError};
use zeroize::Zeroizing;

use super::Case;
use crate::persuasion::{self, report};
use crate::pool;
use crate::transfer::twice::{Other, forbids_enrolled};
use crate::transfer::{self, Dossier};

impl Case<'_> {
    /// The case of the same child that forbids to say that it is in class here.
    pub(super) fn has_a_case_here(
        &self,
        room: &mut Room<'_>,
        offered: &Dossier,
    ) -> Result<Option<CaseId>, StoreError> {
        let own = seal::own(room)?;
        let (Some(inflow), Some((record, from))) = (&offered.inflow, offered.record()) else {
            return Ok(None);
        };
        let Some(child) = self.number_in(&own, (offered.case, from), record) else { return Ok(None) };
        let mut others = Vec::new();
        for dossier in transfer::all(room)?.into_iter().filter(|it| it.case != offered.case) {
            let Some(origin) = &dossier.origin else { continue };
            let from = (dossier.case, &origin.school);
            if self.number_in(&own, from, &origin.record).is_some_and(|number| number == child) {
                let over = origin.withdrawn || persuasion::is_closed(room, dossier.case, &origin.school)?;
                let to = dossier.onward.as_ref().map(|onward| onward.to.clone());
                others.push(Other { case: dossier.case, open: !over, to });
            }
        }
        for case in persuasion::open(room)?.into_iter().filter(|it| it.progress.case != offered.case) {
            let Some(reported) = report::latest(room, &case)? else { continue };
            let from = (case.progress.case, &case.school);
            if self.number_in(&own, from, &reported.record).is_some_and(|number| number == child) {
                others.push(Other { case: case.progress.case, open: true, to: None });
            }
        }
        Ok(forbids_enrolled(&others, &inflow.from))
    }

    fn number_in(
        &self,
        own: &OpenKey,
        (case, from): (CaseId, &Party),
        record: &Sealed,
    ) -> Option<Zeroizing<String>> {
        let record: ChildRecord = Way { case, from, to: &self.hub.me }.open(record, own).ok()?;
        pool::normal_id(record.id_number.open(Purpose::Handover)).map(Zeroizing::new)
    }
}
