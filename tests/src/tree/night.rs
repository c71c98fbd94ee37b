//! A day and its night: teachers hand in, then everybody calls who is above, from the schools up.

use anyhow::{Context, Result};
use proto::link::caller::{Bell, CallError, Called};
use proto::model::day::{Day, Moment};
use proto::model::region::Level;

use super::crowd::crowd;
use super::{MORNING, NIGHT, Tree};

/// How often a party tries in one night before it waits for the next.
const TRIES: u64 = 12;

/// How a party's night ended.
#[derive(Debug, Default)]
struct Outcome {
    good: Option<Called>,
    /// Calls that failed before.
    failed: u64,
    /// Why the last of them failed.
    why: Option<CallError>,
}

impl Tree {
    /// Plays the next school day and its night.
    ///
    /// # Errors
    /// When a roll call is refused, or a party is refused by its parent.
    pub async fn day(&mut self) -> Result<Day> {
        let day = self.morning().await?;
        self.night().await?;
        Ok(day)
    }

    /// The next school day: every school's teachers hand in what they have.
    ///
    /// # Errors
    /// When there is no further day, or a roll call is refused.
    pub async fn morning(&mut self) -> Result<Day> {
        let day = *self.days.get(self.today).context("the tree has no further school day")?;
        self.today += 1;
        self.clock.set(Moment::at(day, MORNING));
        let handing = crowd(self.schools.iter().map(|school| school.handing(day))).await;
        for (school, handed) in self.schools.iter().zip(handing) {
            handed.with_context(|| format!("school {}", school.party()))?;
        }
        Ok(day)
    }

    /// The night of the last day: schools call first, then towns, counties, cities, so that what a school
    /// says in the evening is in the province by morning. Lines break; who is cut tries again.
    ///
    /// # Errors
    /// When a party is refused by its parent.
    pub async fn night(&mut self) -> Result<()> {
        self.clock.set(Moment::at(self.today(), NIGHT));
        self.sync().await
    }

    /// Everybody calls, from the schools up, whatever the time.
    ///
    /// # Errors
    /// When a party is refused by its parent.
    pub async fn sync(&mut self) -> Result<()> {
        let calls = crowd(self.schools.iter().map(|school| persist(school.bell()))).await;
        for (school, outcome) in self.schools.iter_mut().zip(calls) {
            school.ledger.night(outcome.good.as_ref(), outcome.failed);
            lawful(outcome).with_context(|| format!("school {}", school.party()))?;
        }
        self.sync_hubs().await
    }

    /// The hubs call, from the towns up.
    pub(super) async fn sync_hubs(&mut self) -> Result<()> {
        for level in [Level::Town, Level::County, Level::City] {
            let mut seats: Vec<_> =
                self.hubs.values_mut().filter(|hub| hub.party().level() == Some(level)).collect();
            let calls = crowd(seats.iter().map(|seat| persist(seat.bell()))).await;
            for (seat, outcome) in seats.iter_mut().zip(calls) {
                seat.ledger.night(outcome.good.as_ref(), outcome.failed);
                lawful(outcome).with_context(|| format!("hub {}", seat.party()))?;
            }
        }
        Ok(())
    }
}

/// A broken line is a night's ordinary course; what the parties themselves get wrong is not.
fn lawful(outcome: Outcome) -> Result<()> {
    match outcome.why {
        Some(error @ (CallError::Talk(_) | CallError::NoTrust { .. } | CallError::Refused { .. })) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

/// Rings until the party has nothing left to send. One that is stopped misses the night.
async fn persist(bell: Option<Bell>) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(bell) = bell else { return outcome };
    while outcome.failed < TRIES {
        match bell.call_now().await {
            Ok(called) => {
                outcome.good = Some(called);
                outcome.why = None;
                return outcome;
            }
            Err(error) => {
                let stop =
                    matches!(error, CallError::Refused { .. } | CallError::Stopping | CallError::NotJoined);
                outcome.failed += 1;
                outcome.why = Some(error);
                if stop {
                    return outcome;
                }
            }
        }
    }
    outcome
}
