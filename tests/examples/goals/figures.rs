//! G10: a figure by a call of the library and over the hub's own service, and all sums of a night again.

use std::path::Path;

use anyhow::{Context, Result};
use hub::desk::Hub;
use hub::serve::{Options, start};
use hub::{rollup, view};
use proto::model::day::{Day, Moment};
use proto::model::entry::Incarnation;
use proto::office;
use proto::store::{Room, StoreError};
use proto::wire::bureau::RollupRequest;
use proto::wire::bureau::bureau_client::BureauClient;
use serde_json::{Value, json};
use tests::county::{County, Enrolled, sheet};
use tokio::time::Instant;

const NIGHTS: i32 = 5;
/// Sheets in one commit: as many as the desk groups.
const GROUP: usize = 512;
const CALLS: usize = 5_000;
const ASKED: usize = 1_000;
const REBUILDS: usize = 5;

/// Nights of sheets in, the figures out.
pub(super) async fn figures(dir: &Path) -> Result<Value> {
    let county = County::load(&dir.join("schools"))?;
    let folder = dir.join("hub");
    let running = start(Options::new(&folder)).await?;
    let (hub, today) = (running.hub.clone(), running.hub.clock.now().day());
    night(&hub, &county, today.plus(-NIGHTS)).await?;
    let (rows, rebuild) = rebuilding(&hub)?;
    for back in (0..NIGHTS).rev() {
        night(&hub, &county, today.plus(-back)).await?;
    }
    let library = calls(&hub, today)?;
    let service = asked(&folder).await?;
    drop(hub);
    running.stop().await?;
    Ok(json!({
        "schools": county.schools.len(), "rows": rows, "rebuild_ms": rebuild,
        "figure_p50_us": at(&library, 50), "figure_p99_us": at(&library, 99),
        "service_p50_us": at(&service, 50), "service_p99_us": at(&service, 99),
    }))
}

async fn night(hub: &Hub, county: &County, day: Day) -> Result<()> {
    let numbered: Vec<(u64, &Enrolled)> = (0..).zip(&county.schools).collect();
    for some in numbered.chunks(GROUP) {
        let (me, at) = (hub.me.clone(), Moment::at(day, 1_000));
        let said: Vec<_> = some.iter().map(|(n, who)| (who.party.clone(), sheet(*n, day, 1, at))).collect();
        let write = move |room: &mut Room<'_>| {
            for (school, sheet) in &said {
                let life = Incarnation { number: 1, nonce: 1 };
                rollup::apply_sheet(room, &me, school, sheet, life, at, at)?;
            }
            Ok::<_, StoreError>(())
        };
        hub.desk.act(write).await?;
    }
    Ok(())
}

/// How many rows stand behind the sums, and the median of the milliseconds that it took.
fn rebuilding(hub: &Hub) -> Result<(usize, f64)> {
    let (mut took, mut rows) = (Vec::new(), 0);
    for _ in 0..REBUILDS {
        let began = Instant::now();
        rows = rollup::rebuild(&mut Room::new(&**hub.desk.store()), &hub.me)?.rows;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_unstable_by(f64::total_cmp);
    Ok((rows, took[took.len() / 2]))
}

fn calls(hub: &Hub, day: Day) -> Result<Vec<u128>> {
    let (place, due) = (hub.me.region(), |_, day: Day| day.is_weekday());
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let began = Instant::now();
        let figure = view::figure(&Room::new(&**hub.desk.store()), place, day, &due)?;
        took.push(began.elapsed().as_nanos());
        anyhow::ensure!(figure.reporting.reported > 0, "nobody has reported");
    }
    took.sort_unstable();
    Ok(took)
}

/// As `guixue-hub rollup` asks: the county and its towns, over loopback with the token.
async fn asked(folder: &Path) -> Result<Vec<u128>> {
    let counter = office::reach(folder).await?.context("the hub serves its own machine")?;
    let mut bureau = BureauClient::new(counter).max_decoding_message_size(office::MAX_MESSAGE);
    let mut took = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let began = Instant::now();
        bureau.rollup(RollupRequest::default()).await?;
        took.push(began.elapsed().as_nanos());
    }
    took.sort_unstable();
    Ok(took)
}

/// The share of a sorted list, in microseconds.
fn at(took: &[u128], share: usize) -> f64 {
    took.get(took.len() * share / 100).map_or(0.0, |nanos| *nanos as f64 / 1e3)
}
