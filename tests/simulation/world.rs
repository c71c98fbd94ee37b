//! The simulated province: every party a machine of its own on one simulated network, all on one thread and
//! one clock, which the driver moves tick by tick.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use proto::model::clock::SetClock;
use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::store::{MemoryStore, Room};
use tests::plan::Plan;
use turmoil::Sim;

use crate::founding::Province;
use crate::seat::{Machine, Open, host};
use crate::trace::{Trace, note};

/// The grain of simulated time.
pub(crate) const TICK: Duration = Duration::from_millis(200);
/// How long a machine that lost power stays off.
const OFF: Duration = Duration::from_secs(8);

/// A party's seat in the tree.
pub(crate) struct Seat {
    /// Its machine.
    pub(crate) machine: Machine,
    /// How far its clock is off, in milliseconds.
    pub(crate) off_by: i64,
    /// When a machine without power gets it back.
    wakes: Option<Duration>,
    /// How often its disk was replaced by an older copy.
    put_back: u64,
}

/// What an errand brings, once it has.
pub(crate) type Brought<T> = Rc<RefCell<Option<T>>>;

/// The province.
pub(crate) struct World {
    sim: Sim<'static>,
    /// Everybody, whoever is above first.
    pub(crate) seats: BTreeMap<Party, Seat>,
    /// What happens.
    pub(crate) trace: Trace,
    /// The instant at which the present stretch of time began, and the simulation's own time then.
    began: (Moment, Duration),
    dir: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl World {
    /// The machines of `plan`, switched on in the morning of `first`, as they were `founded` or new. Settings and
    /// keys lie below `dir`.
    pub(crate) fn new(
        plan: &Plan,
        founded: Option<&Province>,
        seed: u64,
        first: Day,
        dir: &Path,
        trace: Trace,
    ) -> Result<Self> {
        let mut sim = turmoil::Builder::new()
            .rng_seed(seed)
            .tick_duration(TICK)
            .simulation_duration(Duration::from_secs(1 << 30))
            .min_message_latency(Duration::from_millis(20))
            .max_message_latency(Duration::from_millis(250))
            .tcp_capacity(1 << 14)
            .build();
        let morning = Moment::at(first, 8 * 60);
        let names = plan.schools.iter().map(|school| (school.party.clone(), school.name.clone()));
        let names = plan.hubs.iter().map(|hub| (hub.clone(), hub.to_string())).chain(names);
        let mut seats = BTreeMap::new();
        for (party, name) in names {
            let clock = Arc::new(SetClock::new(morning));
            let (host, before) = (host(&party), founded.and_then(|province| province.machine(&host(&party))));
            let machine = Machine::new(&party, &name, dir.join(host), before, clock, trace.clone())?;
            let program = machine.clone();
            sim.host(machine.host.clone(), move || program.clone().run());
            seats.insert(party, Seat { machine, off_by: 0, wakes: None, put_back: 0 });
        }
        let began = (morning, Duration::ZERO);
        Ok(Self { sim, seats, trace, began, dir: dir.to_owned() })
    }

    /// Waits until everybody works.
    pub(crate) fn wait_for_all(&mut self) -> Result<()> {
        self.wait(120, "everybody works", |world| world.seats.values().all(|seat| seat.machine.works()))
    }

    /// Everybody joins, level by level.
    pub(crate) fn join_all(&mut self, plan: &Plan) -> Result<()> {
        self.wait_for_all()?;
        for level in [Level::City, Level::County, Level::Town] {
            let of_level: Vec<Party> =
                plan.hubs.iter().filter(|hub| hub.level() == Some(level)).cloned().collect();
            self.join(&of_level)?;
        }
        let schools: Vec<Party> = plan.schools.iter().map(|school| school.party.clone()).collect();
        self.join(&schools)
    }

    fn join(&mut self, units: &[Party]) -> Result<()> {
        let mut codes = Vec::new();
        for unit in units {
            // towns issue no certificates: their county does
            let issuer = unit.lineage().skip(1).find(|hub| hub.level() != Some(Level::Town));
            let issuer = issuer.context("everybody has an issuer above")?;
            let (party, name) = (unit.clone(), unit.to_string());
            codes.push(self.ask(&issuer, async move |open| {
                open.hub().invite(party, name, None).await.map(|invite| invite.code.to_string())
            }));
        }
        self.wait_for(&codes, "invitations")?;
        let mut joined = Vec::new();
        for (unit, code) in units.iter().zip(codes) {
            let code = code.take().context("an answer")??;
            let line = self.seats[unit].machine.line.clone();
            joined.push(self.ask(unit, async move |open| match &open {
                Open::School(school, _) => {
                    school.join(&code, &line, Lang::En).await.map(drop).map_err(anyhow::Error::from)
                }
                Open::Hub(hub, _) => hub.join(&line, &code, Lang::En).await.map(drop).map_err(Into::into),
            }));
        }
        self.wait_for(&joined, "joining")?;
        joined.into_iter().try_for_each(|one| one.take().context("an answer")?)
    }

    /// Moves everybody's clock on to `minute` minutes after midnight of `day`.
    pub(crate) fn set_time(&mut self, day: Day, minute: u16) {
        self.began = (Moment::at(day, minute), self.sim.elapsed());
        self.set_clocks();
    }

    /// The true time.
    pub(crate) fn now(&self) -> Moment {
        let (began, then) = self.began;
        let passed = (self.sim.elapsed() - then).as_millis();
        began.plus_millis(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    /// How long the simulation has run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.sim.elapsed()
    }

    fn set_clocks(&mut self) {
        let now = self.now();
        for seat in self.seats.values() {
            seat.machine.clock.set(now.plus_millis(seat.off_by));
        }
    }

    /// One tick.
    pub(crate) fn step(&mut self) {
        self.trace.at(self.sim.elapsed());
        self.sim.step().expect("machines run until they are switched off");
        self.set_clocks();
        let (elapsed, mut failed, mut back) = (self.sim.elapsed(), Vec::new(), Vec::new());
        for (party, seat) in &self.seats {
            if seat.wakes.is_some_and(|at| at <= elapsed) {
                back.push(party.clone());
            } else if seat.machine.drive.is_dead() && seat.wakes.is_none() {
                failed.push(party.clone());
            }
        }
        failed.iter().for_each(|party| self.switch_off(party));
        back.iter().for_each(|party| self.switch_on(party));
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.sim.elapsed() + time;
        while self.sim.elapsed() < end {
            self.step();
        }
    }

    /// Lets time pass until `done`, at most `seconds`.
    pub(crate) fn wait(&mut self, seconds: u64, what: &str, done: impl Fn(&Self) -> bool) -> Result<()> {
        let end = self.sim.elapsed() + Duration::from_secs(seconds);
        while !done(self) {
            if self.sim.elapsed() >= end {
                bail!("after {seconds} s still waiting for: {what}");
            }
            self.step();
        }
        Ok(())
    }

    /// Waits for the answers to errands.
    pub(crate) fn wait_for<T>(&mut self, all: &[Brought<T>], what: &str) -> Result<()> {
        self.wait(300, what, |_| all.iter().all(|one| one.borrow().is_some()))
    }

    /// Sends an errand; what it brings is there when it is done, if the machine lives to do it.
    pub(crate) fn ask<T: 'static>(
        &self,
        party: &Party,
        errand: impl AsyncFnOnce(Open) -> T + 'static,
    ) -> Brought<T> {
        let brought: Brought<T> = Rc::default();
        let place = brought.clone();
        let errand = move |open| -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
            Box::pin(async move {
                let done = errand(open).await;
                place.replace(Some(done));
            })
        };
        self.seats[party].machine.hand(Box::new(errand));
        brought
    }

    /// Power off, as it happens: between two commits.
    pub(crate) fn switch_off(&mut self, party: &Party) {
        let elapsed = self.sim.elapsed();
        let seat = self.seats.get_mut(party).expect("somebody in the tree");
        note!(self.trace, "{party} loses power after {} commits", seat.machine.drive.commits());
        self.sim.crash(seat.machine.host.clone());
        seat.machine.off();
        seat.wakes = Some(elapsed + OFF);
    }

    fn switch_on(&mut self, party: &Party) {
        let seat = self.seats.get_mut(party).expect("somebody in the tree");
        seat.wakes = None;
        seat.machine.drive.revive();
        self.sim.bounce(seat.machine.host.clone());
    }

    /// The disk is replaced by an older copy of it.
    pub(crate) fn put_back(&mut self, party: &Party, older: &MemoryStore, knowing: bool) {
        if self.seats[party].wakes.is_none() {
            self.switch_off(party);
        }
        note!(self.trace, "{party} goes on from an older copy, knowing it: {knowing}");
        let seat = self.seats.get_mut(party).expect("somebody in the tree");
        seat.machine.drive.put_back(older, knowing);
        seat.put_back += 1;
    }

    /// How often the disk of a party was replaced by an older copy.
    pub(crate) fn times_put_back(&self, party: &Party) -> u64 {
        self.seats[party].put_back
    }

    /// Nothing gets from the one to the other any more; nor back, when `both`.
    pub(crate) fn part(&self, from: &Party, to: &Party, both: bool) {
        note!(self.trace, "{from} {} {to}", if both { "<x>" } else { "x>" });
        if both {
            self.sim.partition(host(from), host(to));
        } else {
            self.sim.partition_oneway(host(from), host(to));
        }
    }

    /// The line between the two holds again.
    pub(crate) fn rejoin(&self, one: &Party, other: &Party) {
        self.sim.repair(host(one), host(other));
    }

    /// The whole of a party's facts, as they are on its disk.
    pub(crate) fn read<T>(&self, party: &Party, look: impl FnOnce(&mut Room<'_>) -> T) -> T {
        let pairs = self.seats[party].machine.drive.pairs();
        look(&mut Room::new(&pairs))
    }

    /// All schools.
    pub(crate) fn schools(&self) -> impl Iterator<Item = &Party> {
        self.seats.keys().filter(|party| party.is_school())
    }

    /// All hubs.
    pub(crate) fn hubs(&self) -> impl Iterator<Item = &Party> {
        self.seats.keys().filter(|party| !party.is_school())
    }
}
