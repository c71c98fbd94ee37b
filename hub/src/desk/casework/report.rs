//! A school's written report, opened by an officer.

use proto::model::case::{CaseId, ChildRecord, Way};
use proto::model::day::Moment;
use proto::seal;
use proto::store::Room;

use super::{account, known};
use crate::audit::{Action, Ended};
use crate::desk::{Hub, HubError};
use crate::persuasion::{self, CaseError};

/// A report that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The document's number.
    pub number: String,
    /// When it came.
    pub came: Moment,
    /// What it says.
    pub record: ChildRecord,
}

impl Hub {
    /// Opens a school's written report. Tried or done, it is logged with its purpose before it is shown.
    ///
    /// # Errors
    /// [`CaseError`] without a purpose, without a report, or when it was sealed for another key.
    pub async fn open_report(&self, id: CaseId, purpose: String, by: String) -> Result<Opened, HubError> {
        account(&by)?;
        if purpose.trim().is_empty() {
            return Err(CaseError::NoPurpose.into());
        }
        let seat = self.seat(self.clock.now());
        let opened = move |room: &mut Room<'_>| {
            let case = known(room, id)?;
            let report = persuasion::report(room, &case)?.ok_or(CaseError::NoReport(id))?;
            let way = Way { case: id, from: &case.school, to: &seat.me };
            let record = way.open(&report.record, &seal::own(room)?);
            let ended = if record.is_ok() { Ended::Done } else { Ended::Refused };
            seat.log(room, &by, (Action::OpenReport, ended), purpose, &id.0)?;
            if record.is_err() {
                // its school has an old key: tell it the one in force
                seat.send_key(room, &case.school)?;
            }
            Ok::<_, HubError>(record.map(|record| Opened {
                number: report.number,
                came: report.came,
                record,
            }))
        };
        Ok(self.desk.act(opened).await?.map_err(|_| CaseError::Shut)?)
    }
}
