//! A school's written report, opened by an officer.

use proto::model::case::{Account, CaseId, ChildRecord, Way};
use proto::model::day::Moment;
use proto::seal;
use proto::store::{Room, StoreError};

use super::seat::Seat;
use super::{account, known};
use crate::audit::{Action, Ended};
use crate::desk::{Hub, HubError};
use crate::persuasion::report::{self, Reported};
use crate::persuasion::{Case, CaseError};

/// A report that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The document's number.
    pub number: String,
    /// From 1.
    pub revision: u32,
    /// The revision that counts, when this one does not.
    pub replaced_by: Option<u32>,
    /// When it came.
    pub came: Moment,
    /// What it says.
    pub record: ChildRecord,
}

impl Hub {
    /// Opens a school's written report: the one that counts, or that of `revision`. Tried or done, it is logged
    /// with its purpose before it is shown.
    ///
    /// # Errors
    /// [`CaseError`] without a purpose, without a report, or when it was sealed for another key.
    pub async fn open_report(
        &self,
        id: CaseId,
        revision: Option<u32>,
        purpose: String,
        by: String,
    ) -> Result<Opened, HubError> {
        account(&by)?;
        if purpose.trim().is_empty() {
            return Err(CaseError::NoPurpose.into());
        }
        let seat = self.seat(self.clock.now());
        let opened = move |room: &mut Room<'_>| {
            let case = known(room, id)?;
            let kept = report::all(room, &case)?;
            let wanted = kept.iter().rev().find(|it| revision.is_none_or(|n| it.revision == n));
            let reported = wanted.ok_or(CaseError::NoReport(id))?;
            let latest = kept.last().map(|it| it.revision).filter(|n| *n != reported.revision);
            let read = seat.open_account(room, &case, reported, (&by, Action::OpenReport, &purpose))?;
            let Reported { number, revision, came, .. } = reported.clone();
            Ok::<_, HubError>(read.map(|read| Opened {
                number,
                revision,
                replaced_by: latest,
                came,
                record: read.record,
            }))
        };
        Ok(self.desk.act(opened).await?.ok_or(CaseError::Shut)?)
    }
}

impl Seat {
    /// Opens a report and logs that; `None` when it does not open. Its school has an old key then: it is told
    /// the one in force.
    pub(in crate::desk) fn open_account(
        &self,
        room: &mut Room<'_>,
        case: &Case,
        reported: &Reported,
        (by, action, purpose): (&str, Action, &str),
    ) -> Result<Option<Account>, StoreError> {
        let id = case.progress.case;
        let way = Way { case: id, from: reported.written_as.as_ref().unwrap_or(&case.school), to: &self.me };
        let opened = way.open_account(&reported.record, &seal::own(room)?);
        let ended = if opened.is_ok() { Ended::Done } else { Ended::Refused };
        self.log(room, by, (action, ended), purpose.to_owned(), &id.0)?;
        if opened.is_err() {
            self.send_key(room, &case.school)?;
        }
        Ok(opened.ok())
    }
}
