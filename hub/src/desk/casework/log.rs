//! The log of this office, and the logs that it is witness of.

use proto::model::party::Party;
use proto::store::{Room, StoreError};
use serde::Serialize;

use super::{Hub, HubError, account};
use crate::audit::witness::{self, Witnessed};
use crate::audit::{self, Action, Broken, Ended, Head, Logged};
use crate::directory::hex;
use crate::escalation;
use crate::persuasion;

/// How the log stands, and those of the units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// This hub's own.
    pub own: Result<Head, Broken>,
    /// Those of units.
    pub units: Vec<Witnessed>,
}

/// What operators are shown of the casework: figures, no place, no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Cases that are open.
    pub open: usize,
    /// Of these, with somebody behind.
    pub overdue: usize,
    /// Of these, set aside.
    pub suspended: usize,
    /// Escalations from below that stand.
    pub escalations: usize,
    /// Logs that do not hold, the own one too.
    pub alarms: usize,
}

/// The log as a file for inspectors: the records, and a signature over them by this hub's certificate.
#[derive(Debug, Serialize)]
struct Exported<'a> {
    party: &'a Party,
    records: &'a str,
    head: String,
    signature: String,
    certificates: Vec<String>,
}

/// What the signature is over, before the records.
const SIGNED: &[u8] = b"guixue/audit/export/v1";

impl Hub {
    /// The newest records of the log, at most `most`.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn audit(&self, most: u64) -> Result<Vec<Logged>, HubError> {
        Ok(self.desk.act(move |room| audit::list(room, most)).await?)
    }

    /// Follows this hub's log from its beginning, and gives what is known of the units'.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn verify_audit(&self) -> Result<Witness, HubError> {
        let read = |room: &mut Room<'_>| {
            Ok::<_, StoreError>(Witness { own: audit::verify(room)?, units: witness::all(room)? })
        };
        Ok(self.desk.act(read).await?)
    }

    /// The whole log as a signed text, and how many records it has.
    ///
    /// # Errors
    /// When this hub has no certificate yet.
    pub async fn export_audit(&self, by: String) -> Result<(String, u64), HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let identity = seat.state.identity.clone().ok_or_else(|| HubError::NotJoined(self.me.clone()))?;
        let read = move |room: &mut Room<'_>| {
            let what = (Action::Export, Ended::Done);
            seat.log(room, &by, what, String::new(), b"")?;
            Ok::<_, StoreError>((audit::list(room, u64::MAX)?, audit::head(room)?))
        };
        let (mut records, head) = self.desk.act(read).await?;
        records.reverse();
        let unwritten = |error| HubError::Io { what: "audit".to_owned(), why: std::io::Error::other(error) };
        let records = serde_json::to_string(&records).map_err(unwritten)?;
        let signature = identity.key().sign(&[SIGNED, records.as_bytes(), &head.hash.0].concat());
        let above = identity.lineage().authorities().iter();
        let chain = std::iter::once(identity.leaf().der()).chain(above.map(|authority| authority.der()));
        let exported = Exported {
            party: &self.me,
            records: &records,
            head: hex(&head.hash.0),
            signature: hex(&signature),
            certificates: chain.map(|certificate| hex(certificate.as_ref())).collect(),
        };
        Ok((serde_json::to_string_pretty(&exported).map_err(unwritten)?, head.n))
    }

    /// Takes the log of `unit` as it tells it now, after somebody looked into an alarm.
    ///
    /// # Errors
    /// When there is no such unit.
    pub async fn accept_head(&self, unit: Party, by: String) -> Result<bool, HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let accept = move |room: &mut Room<'_>| {
            let accepted = witness::accept(room, &unit, seat.now)?;
            if accepted {
                let what = (Action::AcceptHead, Ended::Done);
                seat.log(room, &by, what, unit.to_string(), unit.to_string().as_bytes())?;
            }
            Ok::<_, StoreError>(accepted)
        };
        Ok(self.desk.act(accept).await?)
    }

    /// Figures of the casework.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn tally(&self) -> Result<Tally, HubError> {
        let seat = self.seat(self.clock.now());
        let read = move |room: &mut Room<'_>| {
            let mut tally = Tally::default();
            for case in persuasion::open(room)? {
                let (today, owed) = (seat.today(), seat.duties(&case));
                let late = case.school_late(today).is_some() || owed.iter().any(|it| it.due < today);
                tally.open += 1;
                tally.overdue += usize::from(late);
                tally.suspended += usize::from(case.suspended(today).is_some());
            }
            let stands = |held: &&escalation::Held| !held.escalation.open.is_empty();
            tally.escalations = escalation::all(room)?.iter().filter(stands).count();
            tally.alarms = witness::all(room)?.iter().filter(|it| it.alarm.is_some()).count();
            Ok::<_, StoreError>(tally)
        };
        Ok(self.desk.act(read).await?)
    }
}
