//! A province in one process: every school a real node, every hub a real hub, each with its own folder,
//! store, certificate and port on loopback, joined to each other by real invitations, and every call
//! between them through a line that may break.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use proto::model::clock::SetClock;
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Level;
use tempfile::TempDir;

use crate::oracle::Days;
use crate::plan::{Plan, SchoolPlan};

mod crowd;
mod hub;
mod ledger;
mod night;
mod school;

pub use hub::HubSeat;
pub use ledger::Ledger;
pub use school::{SchoolSeat, class_of};

/// Minutes after midnight at which teachers hand in.
pub const MORNING: u16 = 9 * 60;
/// Minutes after midnight at which the whole tree syncs.
pub const NIGHT: u16 = 23 * 60 + 30;

/// What a tree is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// Places and schools.
    pub plan: Plan,
    /// What everything that is left to chance follows from.
    pub seed: u64,
    /// Where the folders are; a temporary one, removed at the end, when not said.
    pub dir: Option<PathBuf>,
    /// First school day.
    pub first: Day,
    /// How many school days children live through.
    pub days: usize,
    /// Every child is there every day until somebody says otherwise.
    pub quiet: bool,
    /// Hubs serve their own machine too: counters, metrics.
    pub local: bool,
}

/// The tree.
#[derive(Debug)]
pub struct Tree {
    clock: Arc<SetClock>,
    hubs: BTreeMap<Party, HubSeat>,
    schools: Vec<SchoolSeat>,
    days: Vec<Day>,
    today: usize,
    dir: PathBuf,
    /// Keeps the folders until the tree is gone.
    _temporary: Option<TempDir>,
}

impl Tree {
    /// Brings the tree up: authorities, invitations, certificates, rolls. The lines are fair meanwhile.
    /// `grown` is called after each school.
    ///
    /// # Errors
    /// When a part does not come up.
    pub async fn grow(options: Options, mut grown: impl FnMut()) -> Result<Self> {
        let (dir, temporary) = match &options.dir {
            Some(dir) => (dir.clone(), None),
            None => tempfile::tempdir().map(|made| (made.path().to_owned(), Some(made)))?,
        };
        let days = Days::of_the_nation().school_days(options.first, options.days);
        let clock = Arc::new(SetClock::new(Moment::at(options.first, MORNING - 60)));
        let mut tree = Self {
            clock,
            hubs: BTreeMap::new(),
            schools: Vec::new(),
            days,
            today: 0,
            dir,
            _temporary: temporary,
        };
        for party in &options.plan.hubs {
            tree.found_hub(party, &options).await.with_context(|| format!("hub {party}"))?;
        }
        for plan in &options.plan.schools {
            tree.found_school(plan, &options).await.with_context(|| format!("school {}", plan.party))?;
            grown();
        }
        // a town learns from its county which schools to let in
        tree.sync_hubs().await?;
        Ok(tree)
    }

    async fn found_hub(&mut self, party: &Party, options: &Options) -> Result<()> {
        let dir = self.dir.join("hubs").join(party.region().to_string());
        let seat = HubSeat::found(&dir, party, self.clock.clone(), options.seed, options.local).await?;
        if let Some(parent) = party.parent() {
            let code = self.hub(&parent).invite(party, party.to_string()).await?;
            seat.join(&code).await?;
        }
        self.hubs.insert(party.clone(), seat);
        Ok(())
    }

    async fn found_school(&mut self, plan: &SchoolPlan, options: &Options) -> Result<()> {
        let dir = self.dir.join("schools").join(plan.code());
        let mut seat = SchoolSeat::found(&dir, plan, self.clock.clone(), options).await?;
        // towns issue no certificates: their county does
        let issuer = plan.party.lineage().skip(1).find(|hub| hub.level() != Some(Level::Town));
        let issuer = self.hub(&issuer.context("every school has an issuer above it")?);
        let code = issuer.invite(&plan.party, plan.name.clone()).await?;
        seat.join(&code).await?;
        seat.live(&self.days, options);
        self.schools.push(seat);
        Ok(())
    }

    /// A tree for a scenario: nothing happens in it but what the scenario says.
    ///
    /// # Errors
    /// When a part does not come up.
    pub async fn quiet(schools: usize, days: usize) -> Result<Self> {
        let first = Day::new(2025, 9, 1)?;
        let (plan, seed) = (crate::plan::plan(1, schools), 1);
        Self::grow(Options { plan, seed, dir: None, first, days, quiet: true, local: false }, || ()).await
    }

    /// The clock that everybody reads.
    pub const fn clock(&self) -> &Arc<SetClock> {
        &self.clock
    }

    /// Where everything is kept.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All hubs, from the top down.
    pub fn hubs(&self) -> impl Iterator<Item = &HubSeat> {
        self.hubs.values()
    }

    /// All schools.
    pub fn schools(&self) -> &[SchoolSeat] {
        &self.schools
    }

    /// The hub of a party.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn hub(&self, party: &Party) -> &HubSeat {
        self.hubs.get(party).expect("the tree has this hub")
    }

    /// The same, to be stopped, restored or killed.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn hub_mut(&mut self, party: &Party) -> &mut HubSeat {
        self.hubs.get_mut(party).expect("the tree has this hub")
    }

    /// The hub of a place, by its code.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn place(&self, code: &str) -> &HubSeat {
        let mut hubs = self.hubs.values();
        hubs.find(|hub| hub.party().region().to_string() == code).expect("the tree has this place")
    }

    /// The same, to be stopped, restored or killed.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn place_mut(&mut self, code: &str) -> &mut HubSeat {
        let party = self.place(code).party().clone();
        self.hub_mut(&party)
    }

    /// School number `number`, from 1.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn school(&self, number: usize) -> &SchoolSeat {
        &self.schools[number - 1]
    }

    /// The same, to be stopped, restored or killed.
    ///
    /// # Panics
    /// When the tree has none.
    pub fn school_mut(&mut self, number: usize) -> &mut SchoolSeat {
        &mut self.schools[number - 1]
    }

    /// The school days of the tree.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The last day that was played; the first one before any was.
    pub fn today(&self) -> Day {
        self.days[self.today.saturating_sub(1)]
    }

    /// What every line does from now on: the probability that something happens to a connection.
    pub fn weather(&self, cut: f64) {
        self.hubs.values().for_each(|hub| hub.line().weather(cut));
    }

    /// Stops everything, schools first.
    ///
    /// # Errors
    /// When a part does not stop cleanly.
    pub async fn fell(mut self) -> Result<()> {
        for school in &mut self.schools {
            school.stop().await?;
        }
        for hub in self.hubs.values_mut().rev() {
            hub.close().await?;
        }
        Ok(())
    }
}
