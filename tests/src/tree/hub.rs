//! A hub of the tree, and the line in front of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use hub::config::Config;
use hub::desk::Hub;
use hub::files::Files;
use hub::serve::{Options, Running, start};
use proto::link::caller::Bell;
use proto::link::net::TcpNet;
use proto::model::clock::SetClock;
use proto::model::division::Divisions;
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::store::KeyFile;

use super::ledger::Ledger;
use crate::proxy::Proxy;

/// What stands on a hub's documents.
fn papers(party: &Party) -> String {
    let name = Divisions::shipped().full_name(party.region()).unwrap_or_default();
    format!(
        "
[papers]
prefix = \"示教函\"
department = \"{name}教育局\"
government = \"{name}人民政府\"
signed_by = \"赵宏\"
contact = \"王强\"
phone = \"0857-8000002\"
"
    )
}

/// A hub and its folder, running or not.
#[derive(Debug)]
pub struct HubSeat {
    party: Party,
    dir: PathBuf,
    clock: Arc<SetClock>,
    local: bool,
    line: Option<Proxy>,
    running: Option<Running>,
    /// Its calls to its parent.
    pub ledger: Ledger,
}

impl HubSeat {
    /// Makes the hub and starts it behind a fair line.
    pub(super) async fn found(
        dir: &Path,
        party: &Party,
        clock: Arc<SetClock>,
        seed: u64,
        local: bool,
    ) -> Result<Self> {
        let line = Proxy::start(seed, &party.to_string(), 0.0).await?;
        let public = line.address().to_string();
        let config = Config::new(&party.region().to_string(), "", "127.0.0.1:0", &public)?;
        Hub::init(dir, config, clock.clone()).await?;
        let settings = Files::of(dir).config();
        let said = std::fs::read_to_string(&settings)? + &papers(party);
        std::fs::write(settings, said)?;
        let mut seat = Self {
            party: party.clone(),
            dir: dir.to_owned(),
            clock,
            local,
            line: Some(line),
            running: None,
            ledger: Ledger::default(),
        };
        seat.start().await?;
        Ok(seat)
    }

    /// Who it is.
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The line on which units call it.
    ///
    /// # Panics
    /// After the tree was felled.
    pub fn line(&self) -> &Proxy {
        self.line.as_ref().expect("the line stands as long as the tree")
    }

    /// The hub at work.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.at_work().hub
    }

    /// Rings for a call to the parent.
    pub(super) fn bell(&self) -> Option<Bell> {
        Some(self.running.as_ref()?.bell.clone())
    }

    fn at_work(&self) -> &Running {
        self.running.as_ref().expect("the hub is running")
    }

    /// Prints an invitation for `unit`.
    ///
    /// # Errors
    /// When the hub does not invite it.
    pub async fn invite(&self, unit: &Party, name: String) -> Result<String> {
        let invite = self.hub().invite(unit.clone(), name, None).await?;
        Ok(invite.code.to_string())
    }

    pub(super) async fn join(&self, code: &str) -> Result<()> {
        self.hub().join(&TcpNet, code, Lang::En).await?;
        Ok(())
    }

    /// Starts it and aims the line at it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&mut self) -> Result<()> {
        let mut options = Options::new(&self.dir);
        options.clock = self.clock.clone();
        options.local = self.local;
        let running = start(options).await?;
        self.line().aim(running.address.parse().context("the hub listens on an address")?);
        self.running = Some(running);
        Ok(())
    }

    /// Stops it as an operator does.
    ///
    /// # Errors
    /// When it does not stop cleanly.
    pub async fn stop(&mut self) -> Result<()> {
        match self.running.take() {
            Some(running) => Ok(running.stop().await?),
            None => Ok(()),
        }
    }

    pub(super) async fn close(&mut self) -> Result<()> {
        self.stop().await?;
        if let Some(line) = self.line.take() {
            line.stop().await;
        }
        Ok(())
    }

    /// A verified backup into its folder.
    ///
    /// # Errors
    /// When it fails.
    pub async fn backup(&self) -> Result<PathBuf> {
        Ok(self.hub().backup(None).await?.0)
    }

    /// Loses everything since `backup` and goes on from it.
    ///
    /// # Errors
    /// When the backup does not come back.
    pub async fn restore(&mut self, backup: &Path) -> Result<()> {
        self.stop().await?;
        restore(&self.dir, &self.party, backup, proto::store::Options::hub()).await?;
        self.start().await
    }

    /// Starts again with another public address in its settings.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn listens_as(&mut self, public: &str) -> Result<()> {
        self.stop().await?;
        let settings = Files::of(&self.dir).config();
        let text = std::fs::read_to_string(&settings)?;
        let public = format!("public = \"{public}\"");
        let lines =
            text.lines().map(|line| if line.starts_with("public = ") { public.as_str() } else { line });
        let text: Vec<&str> = lines.collect();
        std::fs::write(settings, text.join("\n"))?;
        self.start().await
    }

    /// Loses power between two commits: what was acknowledged is on the disk, nothing else counts.
    ///
    /// # Errors
    /// When it does not come up again.
    pub async fn kill(&mut self) -> Result<()> {
        let left = copy_as_it_is(&self.dir)?;
        self.stop().await?;
        put_back(&self.dir, &left)?;
        self.start().await
    }
}

/// Puts the store of `backup` where the store of the party in `dir` was.
pub(super) async fn restore(
    dir: &Path,
    party: &Party,
    backup: &Path,
    options: proto::store::Options,
) -> Result<()> {
    let (dir, party, backup) = (dir.to_owned(), party.clone(), backup.to_owned());
    let restored = tokio::task::spawn_blocking(move || -> Result<()> {
        let key = KeyFile::open(&dir.join("store.key"))?;
        std::fs::remove_dir_all(dir.join("store"))?;
        proto::store::restore(&backup, &key, &party, &dir.join("store"), options)?;
        Ok(())
    });
    restored.await?
}

/// The store as a sudden end would leave it, beside the real one.
pub(super) fn copy_as_it_is(dir: &Path) -> Result<PathBuf> {
    let copy = dir.join("left-behind");
    ensure!(!copy.exists(), "{} is in the way", copy.display());
    copy_folder(&dir.join("store"), &copy.join("store"))?;
    std::fs::copy(dir.join("store.life"), copy.join("store.life"))?;
    Ok(copy)
}

/// Puts back what [`copy_as_it_is`] took, as if nothing had happened since.
pub(super) fn put_back(dir: &Path, copy: &Path) -> Result<()> {
    std::fs::remove_dir_all(dir.join("store"))?;
    for part in ["store", "store.life"] {
        std::fs::rename(copy.join(part), dir.join(part))?;
    }
    std::fs::remove_dir(copy)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
