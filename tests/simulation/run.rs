//! One seed from the first day to the verdict.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use tests::dice::Dice;
use tests::oracle::Days;

use crate::chance;
use crate::founding::{Province, everybody};
use crate::laws::custody::{Watch, unsettled};
use crate::laws::{self, Breaches};
use crate::nemesis::Nemesis;
use crate::play::{Cases, Classes, Play};
use crate::trace::{Trace, note};
use crate::world::World;

/// School days on which things go wrong.
const DAYS: usize = 7;
/// The stretch of a school day that is simulated: around the morning's roll call.
const MORNING: Duration = Duration::from_secs(5);
/// And of a night.
const NIGHT: Duration = Duration::from_secs(42);
/// Within so many rounds of calls after everything holds again the tree is at rest.
const ROUNDS: usize = 14;
/// It has to stay so for so many: who fell back to a parent further up comes back to its own first, and what
/// became of a case goes down to its school, whose sheet of that day goes up again.
const QUIET_ROUNDS: usize = 3;
/// Misfortunes: a seed has between none and this many.
const MISFORTUNES: usize = 40;

/// The days that are played.
///
/// # Errors
/// Never: there are that many.
pub(crate) fn days() -> Result<Vec<Day>> {
    Ok(Days::of_the_nation().school_days(Day::new(2025, 9, 1)?, DAYS))
}

/// Runs `seed` in the `province` to its end, and gives what happened in short.
///
/// # Errors
/// What is broken.
pub(crate) fn run(province: &Province, seed: u64, told: bool) -> Result<String> {
    chance::seed(seed);
    let trace = Trace::new(told);
    let (plan, days) = (everybody(), days()?);
    let dir = std::env::temp_dir().join(format!("guixue-simulation-{}-{seed}", std::process::id()));
    let mut world = World::new(&plan, Some(province), seed, days[0], &dir, trace.clone())?;
    let mut dice = Dice::new(seed, "nights");
    world.wait_for_all()?;
    let mut cases = Cases::new(&plan, seed, days[0]);
    let mut classes = Classes::new(&plan, seed, &days, cases.schools());
    classes.begin(&mut world)?;
    cases.begin(&mut world)?;
    let mut watch = Watch::default();
    round(&mut world, &mut None, &mut dice, true);
    let length = u32::try_from(DAYS)? * (MORNING + NIGHT);
    let many = Dice::new(seed, "how many").below(MISFORTUNES);
    let start = world.elapsed();
    let mut nemesis = Some(Nemesis::plan(&world, seed, many, start, start + length));
    for day in &days {
        note!(trace, "day {day}");
        world.set_time(*day, 9 * 60);
        classes.morning(&mut world, *day);
        cases.morning(&mut world, *day);
        pass(&mut world, &mut nemesis, MORNING);
        watch.look(&world);
        world.set_time(*day, 23 * 60 + 30);
        round(&mut world, &mut nemesis, &mut dice, false);
        watch.look(&world);
    }
    if let Some(mut nemesis) = nemesis.take() {
        nemesis.mend(&mut world);
    }
    settle(&mut world, &mut [&mut classes, &mut cases], &mut watch, &mut dice, days[DAYS - 1])?;
    verdict(&mut world, (&classes, &cases), watch, (days[0], days[DAYS - 1]))?;
    Ok(trace.sum())
}

/// Brings the tree to rest in as many nights, or says what still waits.
fn settle(
    world: &mut World,
    plays: &mut [&mut dyn Play],
    watch: &mut Watch,
    dice: &mut Dice,
    last: Day,
) -> Result<()> {
    world.wait_for_all()?;
    let (mut day, mut quiet) = (last, 0);
    for number in 1..=ROUNDS {
        day = day.next();
        world.set_time(day, 9 * 60);
        plays.iter_mut().for_each(|play| play.repeat(world));
        world.run(MORNING);
        world.set_time(day, 23 * 60 + 30);
        round(world, &mut None, dice, true);
        watch.look(world);
        let waiting = waiting(world, day);
        note!(world.trace, "round {number}: {} wait", waiting.len());
        quiet = if waiting.is_empty() { quiet + 1 } else { 0 };
        if quiet == QUIET_ROUNDS {
            return Ok(());
        }
    }
    bail!("no rest after {ROUNDS} rounds:\n  {}", waiting(world, day).join("\n  "))
}

/// What waits on the evening of `day` for longer than a letter takes from the province to a town: children call
/// before their parents, so each hub on the way down holds it for a night.
fn waiting(world: &World, day: Day) -> Vec<String> {
    [unsettled(world), laws::waiting(world, Moment::at(day.plus(-3), 0))].concat()
}

fn verdict(
    world: &mut World,
    (classes, cases): (&Classes, &Cases),
    watch: Watch,
    span: (Day, Day),
) -> Result<()> {
    let mut breaches: Breaches = watch.breaches;
    classes.check(world, span.1, &mut breaches)?;
    cases.check(world, span.1, &mut breaches)?;
    laws::check(world, span, &classes.search(), &mut breaches);
    let looked_at = breaches.verdict().map_err(|broken| anyhow!(broken))?;
    note!(world.trace, "{looked_at} things hold");
    Ok(())
}

fn pass(world: &mut World, nemesis: &mut Option<Nemesis>, time: Duration) {
    let end = world.elapsed() + time;
    while world.elapsed() < end {
        if let Some(nemesis) = nemesis {
            nemesis.strike(world);
        }
        world.step();
    }
}

/// A round of calls: from the schools up when `in_order`, else whenever somebody likes.
fn round(world: &mut World, nemesis: &mut Option<Nemesis>, dice: &mut Dice, in_order: bool) {
    let callers: Vec<Party> = world.seats.keys().filter(|party| party.parent().is_some()).cloned().collect();
    let mut rings: Vec<(Duration, Party)> = Vec::new();
    for party in callers {
        let share = NIGHT / 6;
        let turn = match in_order {
            true => share * u32::try_from(5 - party.lineage().count().min(5)).unwrap_or(0),
            false => share * u32::try_from(dice.below(4)).unwrap_or(0),
        };
        let moment = turn + Duration::from_millis(dice.below(3_000) as u64);
        rings.push((world.elapsed() + moment, party));
    }
    rings.sort();
    let end = world.elapsed() + NIGHT;
    let mut rings = rings.into_iter().peekable();
    while world.elapsed() < end {
        while let Some((_, party)) = rings.next_if(|(at, _)| *at <= world.elapsed()) {
            ring(world, &party);
        }
        if let Some(nemesis) = nemesis {
            nemesis.strike(world);
        }
        world.step();
    }
}

fn ring(world: &World, party: &Party) {
    let (trace, who) = (world.trace.clone(), party.clone());
    let _ = world.ask(party, async move |open| match open.bell().call_now().await {
        Ok(called) => {
            let report = called.report;
            note!(trace, "{who} called: {} sent, {} received", report.sent, report.received);
        }
        Err(error) => note!(trace, "{who} called in vain: {error}"),
    });
}
