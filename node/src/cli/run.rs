//! `run`: the node until somebody stops it.

use std::io::IsTerminal;
use std::sync::Arc;

use proto::link::net::TcpNet;
use proto::model::clock::WallClock;
use proto::office::owner::check_owner;
use tracing_subscriber::EnvFilter;

use super::{Desk, Failure, Page};
use crate::config::{Config, Log};
use crate::files::Folder;
use crate::platform;
use crate::serve::{self, Options};

impl Desk {
    pub(super) async fn run(&self) -> Result<Page, Failure> {
        check_owner(&self.dir).map_err(|error| Failure::of(&error, self.lang))?;
        let config = Config::load(&Folder::at(&self.dir).config());
        log(&config.map_err(|error| Failure::of(&error, self.lang))?.log);
        let options = Options::new(&self.dir, Arc::new(WallClock), Arc::new(TcpNet));
        let mut running = serve::start(options).await.map_err(|error| Failure::of(&error, self.lang))?;
        tracing::info!(party = %running.school.party(), "the school is open");
        platform::ready();
        let ended = tokio::select! {
            asked = platform::stop_asked() => asked.map_err(|error| error.to_string()),
            ended = running.ended() => ended.and(Err("a part ended by itself".to_owned())),
        };
        platform::stopping();
        let stopped = running.stop().await;
        if let Err(error) = &stopped {
            tracing::error!("stopped with a failure: {error}");
        }
        tracing::info!("the school is closed");
        ended.and(stopped).map(|()| Page::default()).map_err(Failure)
    }
}

/// The log goes to stderr, where a service manager takes it.
fn log(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    if log.json { builder.json().init() } else { builder.init() }
}
