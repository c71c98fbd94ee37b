//! What goes wrong in the course of the weeks, beside the lines: a town's machine is off, disks are lost
//! and come back from backups, the power fails.

use std::path::PathBuf;

use anyhow::{Context, Result};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::region::Level;

use crate::tree::Tree;

/// Something that happens between the teachers' morning and the night's sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A school makes a backup.
    SchoolBackup(usize),
    /// The same school loses its disk and goes on from that backup.
    SchoolRestored(usize),
    /// The power fails in a school.
    SchoolKilled(usize),
    /// A hub makes a backup.
    HubBackup(Party),
    /// The same hub loses its disk and goes on from that backup.
    HubRestored(Party),
    /// The power fails at a hub.
    HubKilled(Party),
    /// A town's machine is off: its schools fall back to the county in the end.
    TownSilent(Party),
    /// It is on again.
    TownBack(Party),
}

/// Who has what happen to them, and when.
#[derive(Debug)]
pub(super) struct Programme {
    events: Vec<(u16, Event)>,
    school: Option<(PathBuf, Day)>,
    hub: Option<PathBuf>,
}

/// The events of `nights` nights, spread over them, for as much of a tree as there is.
pub(super) fn programme(tree: &Tree, nights: u16) -> Programme {
    let part = |of_ten: u16| (nights * of_ten / 10).max(1);
    let last = tree.schools().len();
    let (restored, killed) = (3.min(last), 4.min(last));
    let mut events = vec![
        (part(2), Event::SchoolBackup(restored)),
        (part(3), Event::SchoolKilled(killed)),
        (part(5), Event::SchoolRestored(restored)),
    ];
    let of_level = |level| tree.hubs().map(|hub| hub.party().clone()).find(|p| p.level() == Some(level));
    if let Some(county) = of_level(Level::County) {
        events.push((part(2), Event::HubBackup(county.clone())));
        events.push((part(6), Event::HubRestored(county)));
    }
    if let Some(city) = of_level(Level::City) {
        events.push((part(4), Event::HubKilled(city)));
    }
    if let Some(town) = of_level(Level::Town) {
        events.push((part(4), Event::TownSilent(town.clone())));
        events.push((part(8), Event::TownBack(town)));
    }
    Programme { events, school: None, hub: None }
}

impl Programme {
    /// Lets happen what is due on the day before `night`.
    ///
    /// # Errors
    /// When somebody does not come up again.
    pub(super) async fn run(&mut self, night: u16, tree: &mut Tree) -> Result<()> {
        let due: Vec<Event> =
            self.events.iter().filter(|(at, _)| *at == night).map(|(_, e)| e.clone()).collect();
        for event in due {
            tracing::info!("event: {event:?}");
            self.happen(&event, tree).await.with_context(|| format!("{event:?}"))?;
        }
        Ok(())
    }

    async fn happen(&mut self, event: &Event, tree: &mut Tree) -> Result<()> {
        let today = tree.today();
        match event {
            Event::SchoolBackup(number) => {
                self.school = Some((tree.school(*number).backup().await?, today));
            }
            Event::SchoolRestored(number) => {
                let (backup, since) = self.school.take().context("the backup comes before its use")?;
                tree.school_mut(*number).restore(&backup, since, today).await?;
            }
            Event::SchoolKilled(number) => tree.school_mut(*number).kill().await?,
            Event::HubBackup(hub) => self.hub = Some(tree.hub(hub).backup().await?),
            Event::HubRestored(hub) => {
                let backup = self.hub.take().context("the backup comes before its use")?;
                tree.hub_mut(hub).restore(&backup).await?;
            }
            Event::HubKilled(hub) => tree.hub_mut(hub).kill().await?,
            Event::TownSilent(town) => tree.hub(town).line().close(true),
            Event::TownBack(town) => tree.hub(town).line().close(false),
        }
        Ok(())
    }
}
