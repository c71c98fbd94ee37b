//! What people do in the simulated tree. Each kind of work is a [`Play`]; all of them go on at once.

mod cases;
mod classes;

use anyhow::Result;
use proto::model::day::Day;

pub(crate) use cases::Cases;
pub(crate) use classes::{Classes, sheets};

use crate::laws::Breaches;
use crate::world::World;

/// A kind of work.
pub(crate) trait Play {
    /// Before the first day.
    fn begin(&mut self, world: &mut World) -> Result<()>;

    /// What people do on the morning of `day`.
    fn morning(&mut self, world: &mut World, day: Day);

    /// Everything holds again: people look at what their machines have forgotten and say it once more. Called
    /// again as long as something is left to say.
    fn repeat(&mut self, world: &mut World);

    /// What must be true at the end, of this work alone. `last`: the last day that was played.
    fn check(&self, world: &mut World, last: Day, breaches: &mut Breaches) -> Result<()>;
}
