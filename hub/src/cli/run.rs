//! Commands that do not go through the service: they make the hub, run it, or put its store back.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use proto::model::clock::WallClock;
use proto::model::division::Divisions;
use proto::model::lang::Lang;
use proto::office::owner::check_owner;
use proto::say;
use proto::store::{KeyFile, Options as StoreOptions, restore as restore_store};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use super::Failed;
use super::ask::print;
use crate::config::{Config, LogFormat};
use crate::desk::{Hub, HubError};
use crate::files::Files;
use crate::platform;
use crate::serve::{Options, start};

/// Warnings of a command go to the error output.
pub(super) fn quietly() {
    let filter = EnvFilter::try_from_env("GUIXUE_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal());
    let _ = builder.with_writer(std::io::stderr).try_init();
}

fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("GUIXUE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // colour codes are for people who look on, not for files
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal());
    let builder = builder.with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Runs until it is told to stop.
pub(super) async fn run(dir: &Path, lang: Lang) -> Result<(), Failed> {
    let failed = |error: HubError| Failed::of(error, lang);
    check_owner(dir).map_err(|error| failed(error.into()))?;
    let config = Config::load(&Files::of(dir).config()).map_err(|error| failed(error.into()))?;
    log(config.log);
    let mut running = start(Options::new(dir)).await.map_err(failed)?;
    platform::ready();
    let ended = tokio::select! {
        ended = running.ended() => ended,
        () = platform::asked_to_stop() => {
            tracing::info!("asked to stop");
            Ok(())
        }
    };
    platform::stopping();
    running.stop().await.map_err(failed)?;
    tracing::info!("stopped");
    ended.map_err(failed)
}

/// Makes a new hub.
pub(super) async fn init(
    dir: &Path,
    region: &str,
    name: &str,
    listen: &str,
    public: &str,
    as_json: bool,
    lang: Lang,
) -> Result<(), Failed> {
    quietly();
    let failed = |error: HubError| Failed::of(error, lang);
    let region = Divisions::shipped().find(region).map_err(|error| failed(error.into()))?;
    let config =
        Config::new(&region.to_string(), name, listen, public).map_err(|error| failed(error.into()))?;
    let (me, shown) = (config.me.clone(), config.shown_name());
    Hub::init(dir, config, Arc::new(WallClock)).await.map_err(failed)?;
    let key = Files::of(dir).store_key();
    if as_json {
        return print(&json!({ "party": me, "name": shown, "dir": dir }));
    }
    print(&say!(
        lang,
        "已建立节点 {shown}（{me}），数据目录 {}。\n请把 {} 和 {} 另存一份，放在安全的地方：没有它们，备份无法恢复。\n下一步：guixue-hub run；有上级的再运行 guixue-hub join 邀请码。",
        "Made the hub of {shown} ({me}) in {}.\nKeep a copy of {} and {} in a safe place: without them no backup can be restored.\nNext: guixue-hub run; below a parent also guixue-hub join CODE.",
        dir.display(),
        key.display(),
        Files::of(dir).identity().display()
    ))
}

/// Puts a copy of the store back.
pub(super) async fn restore(dir: &Path, file: &Path, as_json: bool, lang: Lang) -> Result<(), Failed> {
    quietly();
    let failed = |error: HubError| Failed::of(error, lang);
    let files = Files::of(dir);
    check_owner(dir).map_err(|error| failed(error.into()))?;
    let config = Config::load(&files.config()).map_err(|error| failed(error.into()))?;
    let key = KeyFile::open(&files.store_key()).map_err(|error| failed(error.into()))?;
    let (file, store) = (file.to_owned(), files.store());
    let restored = tokio::task::spawn_blocking(move || {
        restore_store(&file, &key, &config.me, &store, StoreOptions::hub())
    });
    let report = restored
        .await
        .map_err(|error| {
            failed(HubError::Io { what: "restore".to_owned(), why: std::io::Error::other(error) })
        })?
        .map_err(|error| failed(error.into()))?;
    if as_json {
        return print(&json!({ "records": report.records, "bytes": report.bytes }));
    }
    print(&say!(
        lang,
        "已恢复 {} 条记录。下级单位在下次联系时会补上备份之后的数据；备份之后邀请的单位请用 units 查看并恢复登记。",
        "{} records are back. Units fill in what came later at their next contact; those invited after the backup are shown by units, to be readmitted.",
        report.records
    ))
}
