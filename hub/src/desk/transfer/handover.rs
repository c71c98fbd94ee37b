//! 台账划转单: the document of a handover (E01, E02), by the county that hands its case on and has its record.

use std::sync::Arc;

use proto::model::case::{CaseId, ChildRecord, Office, Way};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::model::region::Region;
use proto::paper::register::Written;
use proto::paper::{HandedOver, Head, LedgerHandover, Moved, Paper};
use proto::seal;
use proto::store::Room;

use super::Case;
use super::act::found;
use crate::audit::{self, Action, Ended, Note};
use crate::desk::official::{self, office_of, place_name};
use crate::desk::{Hub, HubError};
use crate::offices;
use crate::transfer::{self, Dossier, What};

impl Hub {
    /// Issues the handover of a case that this hub handed on. It names the child: that is an opening of the
    /// record, which is logged with its purpose, whether it succeeds or not.
    ///
    /// # Errors
    /// When the case was not handed on, its record does not open, or the settings lack something.
    pub async fn issue_handover(
        self: &Arc<Self>,
        case: CaseId,
        reply_by: Option<Day>,
        purpose: String,
        by: String,
    ) -> Result<Written, HubError> {
        official::Writer { by: by.clone(), purpose: purpose.clone() }.check()?;
        let done =
            self.with_cases(move |desk, room| desk.issue_handover(room, case, reply_by, (&by, purpose)));
        done.await?
    }
}

/// Where the child is now: as finely as its school confirmed it, while the case goes there; else the place to
/// which it is handed on.
fn whereabouts(dossier: &Dossier, to: &Party) -> Region {
    let said = dossier.origin.as_ref().map(|origin| origin.to);
    said.filter(|said| to.region().contains(*said)).unwrap_or_else(|| to.region())
}

impl Case<'_> {
    /// A record that does not open is an answer of its own: what was logged of the attempt stays.
    fn issue_handover(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        reply_by: Option<Day>,
        (by, purpose): (&str, String),
    ) -> Result<Result<Written, HubError>, HubError> {
        let mut dossier = found(room, case)?;
        let onward = dossier.onward.as_ref().ok_or(HubError::NoRecord(case))?;
        let to = office_of(&onward.to);
        let Some(record) = self.open_for_document(room, &dossier, (by, &purpose))? else {
            return Ok(Err(HubError::NoRecord(case)));
        };
        let (letterhead, today) = (&self.hub.config.papers, self.now.day());
        let state = self.hub.state();
        let expires = state.calendar.workdays_after(today, state.rules.transfer.expire_after_days);
        let place = place_name(whereabouts(&dossier, &onward.to));
        let (whereabouts, evidence) = (Personal::new(place), record.evidence.clone());
        let moved = Moved { child: (&record).into(), whereabouts, evidence, unwilling: None };
        let children = HandedOver::Named(vec![moved]);
        let from = official::issuer(&self.hub.config);
        let (contact, reply_by) = (letterhead.contact()?, reply_by.unwrap_or(expires));
        let write = |number| {
            let head = Head { issuer: from.clone(), number, day: today };
            Paper::LedgerHandover(LedgerHandover { head, from, to, children, reply_by, contact })
        };
        let written = official::issue(room, letterhead.prefix()?, today, write)?;
        dossier.note(self.now, by, What::Opened, format!("{} {purpose}", written.number));
        transfer::keep(room, &dossier);
        Ok(Ok(written))
    }

    /// Opens the record for a document, and logs that; `None` when it does not open.
    fn open_for_document(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        (by, purpose): (&str, &str),
    ) -> Result<Option<ChildRecord>, HubError> {
        let case = dossier.case;
        let (sealed, from) = dossier.record().ok_or(HubError::NoRecord(case))?;
        let record = Way { case, from, to: &self.hub.me }.open(sealed, &seal::own(room)?);
        let ended = if record.is_ok() { Ended::Done } else { Ended::Refused };
        let role = offices::role(room, Office::Transfer, by)?.to_owned();
        let (who, purpose, object) = (by.to_owned(), purpose.to_owned(), audit::object(&case.0));
        let note = Note { who, role, purpose, action: Action::Issue, object, ended };
        audit::append(room, note, self.now)?;
        Ok(record.ok())
    }
}
