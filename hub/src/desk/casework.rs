//! The office at work on its schools' cases: what officers decide. What they see is in [`list`], what letters
//! bring in [`letters`], what runs by the clock in [`clock`].

mod clock;
mod letters;
mod list;
pub mod log;
mod papers;
mod report;
mod seat;

use std::sync::Arc;

use proto::model::case::{Act, CaseId, Closing, Direction, Letter, Office};
use proto::model::day::{Day, Moment};
use proto::store::{Room, StoreError};

use super::transfer::act::names_nobody;
use super::transfer::unit::{is_elsewhere, not_moved};
use super::{Hub, HubError, State};
use crate::audit::{Action, Ended};
use crate::offices;
use crate::persuasion::{self, Case, CaseError, Done, Ending, acts};
use crate::transfer;
pub use list::{Filter, Listed, Looked};
pub use papers::Wish;
pub use report::Opened;
use seat::Seat;

/// What an officer enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What was done or decided.
    pub act: Act,
    /// On which day; `None`: today.
    pub day: Option<Day>,
    /// Numbers of the documents.
    pub number: String,
    /// For an order: return by this day.
    pub until: Option<Day>,
    /// Why, for a closing that is refused.
    pub note: String,
}

fn known(room: &Room<'_>, id: CaseId) -> Result<Case, HubError> {
    persuasion::find(room, id)?.ok_or_else(|| CaseError::Unknown(id).into())
}

/// Who acts has a name.
pub(super) fn account(by: &str) -> Result<(), CaseError> {
    if by.trim().is_empty() { Err(CaseError::Nobody) } else { Ok(()) }
}

impl Hub {
    fn seat(&self, now: Moment) -> Seat {
        Seat { me: self.me.clone(), state: self.state(), now }
    }

    /// Enters what the office or the government did or decided, and writes it to the school: one commit.
    ///
    /// # Errors
    /// [`CaseError`] when the case does not stand there.
    pub async fn direct(&self, id: CaseId, order: Order, by: String) -> Result<Looked, HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let directed = move |room: &mut Room<'_>| {
            let case = known(room, id)?;
            let done = order.done(&seat, &by);
            acts::fits(&case, &done, seat.today())?;
            entered(&seat, room, case, done)
        };
        self.desk.act(directed).await
    }

    /// Ends the case of a school that is closed (P10), and with it what that school had referred: unless the office only
    /// enters how it ended, and another place has the child or answers for it.
    ///
    /// # Errors
    /// [`CaseError`] when the school is not closed, the case is, no school that is there goes on with it, or no reason
    /// is given.
    pub async fn end(self: &Arc<Self>, id: CaseId, ending: Ending, by: String) -> Result<Looked, HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        self.with_cases(move |desk, room| {
            let dossier = transfer::find(room, id)?;
            let what = match &ending {
                Ending::GoesOn(other) => format!("goes on as {other}"),
                Ending::Known(closing, note) => {
                    match &dossier {
                        Some(dossier) => desk.names_nobody(room, dossier, note)?,
                        None => names_nobody(None, note)?,
                    }
                    format!("ends as {}", closing.code())
                }
            };
            let case = persuasion::end(room, known(room, id)?, &ending, by.clone(), seat.now)??;
            if let Some(dossier) = dossier
                && (matches!(ending, Ending::GoesOn(_)) || !is_elsewhere(room, &seat.me, &dossier)?)
            {
                desk.take_back_for(room, dossier, &case.school, (&what, &by))?;
            }
            seat.review(room, id)?;
            seat.log(room, &by, (Action::Direct, Ended::Done), what, &id.0)?;
            Ok(seat.look(room, case)?)
        })
        .await
    }

    /// Who is on duty in each office.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn on_duty(&self) -> Result<Vec<(Office, Option<offices::OnDuty>)>, HubError> {
        let read = |room: &mut Room<'_>| {
            let offices = Office::ALL.iter();
            offices
                .map(|office| Ok((*office, offices::on_duty(room, *office)?)))
                .collect::<Result<_, StoreError>>()
        };
        Ok(self.desk.act(read).await?)
    }

    /// Puts somebody on duty, or nobody: then what is open goes up at once.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn set_duty(
        &self,
        office: Office,
        account_on_duty: Option<String>,
        by: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let set = move |room: &mut Room<'_>| {
            let purpose = account_on_duty.clone().unwrap_or_else(|| "none".to_owned());
            offices::set(room, office, account_on_duty, seat.now);
            seat.review_all(room)?;
            let what = (Action::SetDuty, Ended::Done);
            seat.log(room, &by, what, purpose, office.code().as_bytes())
        };
        Ok(self.desk.act(set).await?)
    }
}

impl Order {
    /// What it says was done, on `seat`'s day when it says none.
    fn done(&self, seat: &Seat, by: &str) -> Done {
        let Self { act, day, number, until, note } = self.clone();
        let day = day.unwrap_or_else(|| seat.today());
        Done { act, day, number, until, note, by: by.to_owned(), at: seat.now, restated: false }
    }
}

/// Enters an act that fits, tells the school, and logs it.
fn entered(seat: &Seat, room: &mut Room<'_>, mut case: Case, done: Done) -> Result<Looked, HubError> {
    let State { rules, calendar, .. } = &*seat.state;
    acts::check(&case, &done, &rules.persuasion, calendar)?;
    let (id, act, by) = (case.progress.case, done.act, done.by.clone());
    let moved = case.asked.is_some_and(|asked| asked.closing == Closing::Moved);
    if act == Act::ClosingConfirmed
        && moved
        && let Some(why) = not_moved(room, &seat.me, id)?
    {
        return Err(why.into());
    }
    if !seat.send(room, &case.school, direction(id, &done))? {
        return Err(HubError::NotJoined(seat.me.clone()));
    }
    acts::enter(&mut case, done);
    persuasion::put(room, &case);
    seat.review(room, id)?;
    seat.log(room, &by, (Action::Direct, Ended::Done), act.code().to_owned(), &id.0)?;
    Ok(seat.look(room, case)?)
}

/// The letter that tells the school.
pub(super) fn direction(case: CaseId, done: &Done) -> Letter {
    let Done { act, day, number, until, note, .. } = done.clone();
    Letter::Direction(Direction { case, act, day, number, until, note })
}
