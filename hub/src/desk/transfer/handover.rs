//! 台账划转单: the document of a handover (E01, E02), by the county that hands its case on and has its record.

use std::sync::Arc;

use proto::model::case::{CaseId, Office, Way};
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::paper::register::{self, Written};
use proto::paper::{Head, LedgerHandover, Moved, Paper};
use proto::seal;

use super::act::found;
use super::{Hub, HubError};
use crate::audit::{self, Action, Ended, Note};
use crate::offices;
use crate::persuasion::CaseError;
use crate::transfer::{self, What};

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
        if purpose.trim().is_empty() {
            return Err(CaseError::NoPurpose.into());
        }
        let done = self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            let to =
                dossier.onward.as_ref().map(|onward| onward.to.clone()).ok_or(HubError::NoRecord(case))?;
            let own = seal::own(room)?;
            let (sealed, from) = dossier.record().ok_or(HubError::NoRecord(case))?;
            let record = Way { case, from, to: &desk.hub.me }.open(sealed, &own);
            let ended = if record.is_ok() { Ended::Done } else { Ended::Refused };
            let role = offices::role(room, Office::Transfer, &by)?.to_owned();
            let (object, who) = (audit::object(&case.0), by.clone());
            let note = Note { who, role, purpose: purpose.clone(), action: Action::Issue, object, ended };
            audit::append(room, note, desk.now)?;
            let Ok(record) = record else { return Ok(Err(HubError::NoRecord(case))) };
            let (today, rules) = (desk.now.day(), desk.hub.state().rules.clone());
            let expires = i32::try_from(rules.transfer.expire_after_days).unwrap_or(i32::MAX);
            let (letterhead, place) =
                (&desk.hub.config.papers, dossier.origin.as_ref().map(|origin| origin.to));
            let whereabouts = place.map_or_else(String::new, name_of);
            let moved = Moved {
                child: (&record).into(),
                whereabouts: Personal::new(whereabouts),
                evidence: record.evidence.clone(),
            };
            let issuer = letterhead.department().unwrap_or_else(|_| desk.hub.config.shown_name());
            let contact = letterhead.contact()?;
            let write = |number| {
                Paper::LedgerHandover(LedgerHandover {
                    head: Head { issuer: issuer.clone(), number, day: today },
                    from: issuer,
                    to: office_of(&to),
                    children: vec![moved],
                    reply_by: reply_by.unwrap_or_else(|| today.plus(expires)),
                    contact,
                })
            };
            let written = register::issue(room, letterhead.prefix()?, today, write)?;
            dossier.note(desk.now, &by, What::Opened, format!("{} {purpose}", written.number));
            transfer::keep(room, &dossier);
            Ok(Ok(written))
        });
        done.await?
    }
}

/// The education department of a hub's place, as a document addresses it.
fn office_of(party: &Party) -> String {
    format!("{}教育行政部门", name_of(party.region()))
}

fn name_of(place: proto::model::region::Region) -> String {
    Divisions::shipped().full_name(place).unwrap_or_else(|| place.to_string())
}
