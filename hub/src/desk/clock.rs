//! The hub's clock at the desk: whether it is wrong, and who said that it is right.

use proto::model::day::{Day, Moment};
use proto::store::{Room, StoreError};

use super::{Hub, HubError, State};
use crate::clock::{self, WrongClock};

impl State {
    /// How far clocks may be apart, in milliseconds.
    pub fn clock_limit(&self) -> i64 {
        clock::limit(self.rules.clock.timers_stop_when_off_by_hours)
    }

    /// Whether the clock is wrong at `now`.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn wrong_clock(&self, room: &Room<'_>, now: Moment) -> Result<Option<WrongClock>, StoreError> {
        clock::wrong(room, &self.parents, now, self.clock_limit())
    }
}

impl Hub {
    /// Whether this machine's clock is wrong, so that timers stand still.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn wrong_clock(&self) -> Result<Option<WrongClock>, StoreError> {
        let (state, now) = (self.state(), self.clock.now());
        self.desk.act(move |room| state.wrong_clock(room, now)).await
    }

    /// Keeps that the clock was believed now, unless something speaks against it; gives what does.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_at_clock(&self) -> Result<Option<WrongClock>, StoreError> {
        let (state, now) = (self.state(), self.clock.now());
        let look = move |room: &mut Room<'_>| {
            let wrong = state.wrong_clock(room, now)?;
            if wrong.is_none() {
                clock::note(room, now)?;
            }
            Ok(wrong)
        };
        self.desk.act(look).await
    }

    /// The parent's clock was `offset` milliseconds ahead of this one at a contact.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn heard_clock(&self, offset: i64) -> Result<(), StoreError> {
        if !clock::agrees(offset, self.state().clock_limit()) {
            return Ok(());
        }
        let now = self.clock.now();
        let confirm = move |room: &mut Room<'_>| {
            clock::confirm(room, now);
            Ok(())
        };
        self.desk.act(confirm).await
    }

    /// A person says that today is `day`: a clock that stands before what was recorded is right.
    ///
    /// # Errors
    /// [`HubError::NotToday`] when the machine shows another day, [`HubError::Clock`] when the parent says
    /// otherwise.
    pub async fn confirm_clock(&self, day: Day) -> Result<(), HubError> {
        let (state, now) = (self.state(), self.clock.now());
        let today = now.day();
        let confirm = move |room: &mut Room<'_>| {
            if day != today {
                return Err(HubError::NotToday { day, today });
            }
            match state.wrong_clock(room, now)? {
                Some(wrong) if !wrong.confirmed_by(day, today) => Err(HubError::Clock(wrong)),
                _ => {
                    clock::confirm(room, now);
                    Ok(())
                }
            }
        };
        self.desk.act(confirm).await
    }
}
