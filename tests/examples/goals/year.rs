//! G12: what nights cost the hub's disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use hub::desk::Hub;
use hub::serve::{Options, start};
use proto::link::tls::KeyExchange;
use proto::model::clock::{Clock, SetClock};
use proto::model::day::{Day, Moment};
use proto::store::{KeyFile, Options as StoreOptions, Sealed, SledStore, Store, after};
use serde_json::{Value, json};
use tests::county::{County, School};

const AT_ONCE: usize = 64;
/// Minutes after midnight.
const NIGHT: u16 = 21 * 60;

/// Plays the nights.
pub(super) async fn year(dir: &Path, count: u32, nights: i32) -> Result<Value> {
    let first = Day::new(2025, 9, 1)?;
    let clock = Arc::new(SetClock::new(Moment::at(first, NIGHT)));
    let folder = dir.join("hub");
    let county = County::found(&folder, count, "127.0.0.1:0", clock.clone()).await?;
    let hub = start(Options { clock: clock.clone(), local: false, ..Options::new(&folder) }).await?;
    let dial = |n| county.open(n, &hub.address, KeyExchange::Classic, clock.clone() as Arc<dyn Clock>);
    let schools: Arc<Vec<School>> = Arc::new((0..count as usize).map(dial).collect::<Result<_>>()?);
    play(&schools, first).await?;
    let before = written()?;
    for night in 1..=nights {
        let today = first.plus(night);
        clock.set(Moment::at(today, NIGHT));
        play(&schools, today).await?;
    }
    let bytes = written()? - before;
    drop(schools);
    hub.stop().await?;
    let (records, live) = live(&folder)?;
    let taken = size(&folder.join("store"));
    // an opening is where the engine tidies up
    let (again, closing) = Hub::open(&folder, clock).await?;
    drop(again);
    closing.wait().await?;
    Ok(json!({
        "schools": count, "nights": nights, "written_kb": bytes as f64 / 1024.0 / f64::from(nights) / f64::from(count),
        "records": records, "live_mb": live as f64 / 1e6, "disk_mb": taken as f64 / 1e6,
        "reopened_mb": size(&folder.join("store")) as f64 / 1e6, "disk_of_live": taken as f64 / live as f64,
    }))
}

/// Every school closes the day and calls.
async fn play(schools: &Arc<Vec<School>>, day: Day) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let callers = (0..AT_ONCE).map(|_| {
        let (schools, next) = (schools.clone(), next.clone());
        tokio::spawn(async move {
            while let Some(school) = schools.get(next.fetch_add(1, Ordering::Relaxed)) {
                school.close(day, 1).await?;
                let called = school.call().await?;
                ensure!(called.report.waiting == 0, "a night was not acknowledged");
            }
            Ok(())
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await??;
    }
    Ok(())
}

/// What this process had written to disks so far; the schools' own stores are in memory.
fn written() -> Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("Linux counts what is written")?.parse()?)
}

/// Records and their bytes, as sealed.
fn live(folder: &Path) -> Result<(u64, u64)> {
    let key = KeyFile::open(&folder.join("store.key"))?;
    let store = Sealed::open(SledStore::open(&folder.join("store"), StoreOptions::hub())?.store, &key)?;
    let (mut records, mut bytes) = (0, 0);
    for pair in store.inner().scan(b"", &after(b"")) {
        let (key, value) = pair?;
        records += 1;
        bytes += (key.len() + value.len()) as u64;
    }
    Ok((records, bytes))
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let kind = entry.metadata().ok()?;
        Some(if kind.is_dir() { size(&entry.path()) } else { kind.len() })
    });
    sizes.sum()
}
