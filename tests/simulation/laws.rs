//! What must be true of the whole tree at the end, read from everybody's disk. One file for each family of
//! invariants (I1 to I14).

mod acknowledged;
mod caps;
pub(crate) mod custody;
mod figures;
mod quarantine;
mod secrets;

use proto::model::day::{Day, Moment};
use tests::search::Search;

use crate::world::World;

/// What is broken, and how much was looked at.
#[derive(Debug, Default)]
pub(crate) struct Breaches {
    looked_at: u64,
    broken: Vec<String>,
}

/// Breaches that are told.
const TOLD: usize = 12;

impl Breaches {
    /// Notes one thing that was looked at.
    pub(crate) fn hold(&mut self, holds: bool, breach: impl FnOnce() -> String) {
        self.looked_at += 1;
        if !holds {
            self.broken.push(breach());
        }
    }

    /// How much was looked at, when nothing is broken.
    ///
    /// # Errors
    /// The first few breaches.
    pub(crate) fn verdict(&self) -> Result<u64, String> {
        match self.broken.len() {
            0 => Ok(self.looked_at),
            many => Err(format!("{many} broken:\n  {}", self.broken[..many.min(TOLD)].join("\n  "))),
        }
    }
}

/// Checks a tree at rest. `last`: the last day that was played.
pub(crate) fn check(world: &World, (first, last): (Day, Day), search: &Search, breaches: &mut Breaches) {
    acknowledged::check(world, breaches);
    figures::check(world, (first, last), breaches);
    quarantine::check(world, breaches);
    secrets::check(world, search, breaches);
    caps::check(world, breaches);
}

/// What waits for whom and was written before `since`: empty when the tree is at rest (I12).
pub(crate) fn waiting(world: &World, since: Moment) -> Vec<String> {
    acknowledged::waiting(world, since)
}
