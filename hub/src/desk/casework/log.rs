//! The log of this office, and the logs that it is witness of.

use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::{Hub, HubError, account};
use crate::audit::export::Export;
use crate::audit::witness::{self, Witnessed};
use crate::audit::{self, Action, Broken, Ended, Head, Logged};
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
    /// Logs of units that do not go on as they should.
    pub alarms: usize,
}

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
        let exported = Export::sign(&identity, &records, head).map_err(unwritten)?;
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
                let late = case.school_late(today).is_some() || owed.iter().any(|it| seat.late(it.due) > 0);
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
