//! Nights of many schools against one running hub: the load of the side-by-side run in `tests/peers`.
//!
//! ```text
//! load prepare DIR N [--listen HOST:PORT]     a county with N schools: DIR/hub, DIR/schools
//! load nights ADDRESS DIR N CONC MODE ACKS    N schools call, CONC at a time; full or resume
//! load verify DIR N ACKS                      every acknowledged night counts: looks into the stopped hub
//! ```

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use hub::desk::{Hub, HubError};
use hub::rollup;
use proto::link::book;
use proto::link::caller::{CallError, Called};
use proto::link::tls::KeyExchange;
use proto::model::clock::{Clock, WallClock};
use proto::model::day::Day;
use serde_json::json;
use tests::county::{County, School};
use tokio::time::Instant;
use tokio::time::error::Elapsed;

/// How often a school tries again, and after how long.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(100);
/// How long one night may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the county.
    Prepare {
        dir: PathBuf,
        schools: u32,
        #[arg(long, default_value = "127.0.0.1:7543")]
        listen: String,
    },
    /// Plays one night.
    Nights(Nights),
    /// Looks for what was acknowledged.
    Verify { dir: PathBuf, schools: usize, acks: PathBuf },
}

#[derive(Debug, Clone, Parser)]
struct Nights {
    address: String,
    dir: PathBuf,
    schools: usize,
    at_once: usize,
    mode: Mode,
    /// `-`: none.
    acks: PathBuf,
    /// Days that wait for this night; 0: a call with nothing to say.
    #[arg(long, default_value_t = 1)]
    entries: i32,
    /// The day of the last sheet, counted from today.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    day: i32,
    #[arg(long, default_value = "hybrid")]
    exchange: Exchange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Full,
    Resume,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Exchange {
    Classic,
    Hybrid,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Args::parse().command {
        Command::Prepare { dir, schools, listen } => {
            std::fs::create_dir_all(&dir)?;
            let county = County::found(&dir.join("hub"), schools, &listen, Arc::new(WallClock)).await?;
            county.save(&dir.join("schools"))
        }
        Command::Nights(nights) => nights.play().await,
        Command::Verify { dir, schools, acks } => verify(&dir, schools, &acks).await,
    }
}

/// What the schools' calls came to.
#[derive(Debug, Default)]
struct Tally {
    micros: Vec<u64>,
    errors: u32,
    last_error: String,
    bytes: u64,
    resumed: usize,
}

impl Tally {
    /// Whether everything is acknowledged.
    fn note(&mut self, called: Result<Result<Called, CallError>, Elapsed>, began: Instant) -> bool {
        match called {
            Ok(Ok(called)) if called.report.waiting == 0 => {
                self.micros.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
                self.bytes += called.bytes_in + called.bytes_out;
                self.resumed += usize::from(called.resumed);
                return true;
            }
            failed => {
                self.errors += 1;
                self.last_error = format!("{failed:?}");
            }
        }
        false
    }
}

impl Nights {
    async fn play(self) -> Result<()> {
        let county = County::load(&self.dir.join("schools"))?;
        let exchange = match self.exchange {
            Exchange::Classic => KeyExchange::Classic,
            Exchange::Hybrid => KeyExchange::Hybrid,
        };
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let today = clock.now().day().plus(self.day);
        let mut schools = Vec::new();
        for n in 0..self.schools {
            schools.push(county.open(n, &self.address, exchange, clock.clone())?);
        }
        let schools = Arc::new(schools);
        // a night before this one: the two ends know each other, and where they stand
        for school in schools.iter() {
            school.close(today.plus(-self.entries.max(1)), 1).await?;
        }
        self.night(&schools, None).await?;
        for school in schools.iter() {
            if self.mode == Mode::Full {
                school.forget_session();
            }
            for day in (0..self.entries).rev() {
                school.close(today.plus(-day), 1).await?;
            }
        }
        eprintln!("warm");
        tokio::time::sleep(Duration::from_millis(900)).await;
        let acks = match self.acks.to_str() {
            Some("-") => None,
            _ => Some(std::fs::File::create(&self.acks)?),
        };
        let (began, worked) = (Instant::now(), cpu()?);
        let Tally { mut micros, errors, last_error, bytes, resumed } = self.night(&schools, acks).await?;
        let secs = began.elapsed().as_secs_f64();
        micros.sort_unstable();
        let acked = micros.len();
        let at = |share: usize| micros.get(acked * share / 100).map_or(0.0, |us| *us as f64 / 1e3);
        println!(
            "{}",
            json!({
                "acked": acked, "secs": secs, "rate": (acked as f64 / secs).round(), "p50_ms": at(50),
                "p99_ms": at(99), "errors": errors, "client_cpu": cpu()? - worked, "resumed": resumed,
                "tls_bytes": bytes / acked.max(1) as u64, "lasterr": last_error,
            })
        );
        Ok(())
    }

    async fn night(&self, schools: &Arc<Vec<School>>, acks: Option<std::fs::File>) -> Result<Tally> {
        let (next, tally) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Tally::default())));
        let acks = Arc::new(acks);
        let workers = (0..self.at_once).map(|_| {
            let (next, tally, acks, schools) = (next.clone(), tally.clone(), acks.clone(), schools.clone());
            tokio::spawn(async move {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(school) = schools.get(n) else { return Ok(()) };
                    call(school, &tally).await;
                    if let Some(mut file) = acks.as_ref().as_ref() {
                        writeln!(file, "{n}")?;
                    }
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await?.map_err(|error: std::io::Error| anyhow::Error::from(error))?;
        }
        let mut tally = tally.lock().expect("no worker panicked");
        Ok(std::mem::take(&mut *tally))
    }
}

/// Calls until everything is acknowledged.
async fn call(school: &School, tally: &Mutex<Tally>) {
    let began = Instant::now();
    for _ in 0..TRIES {
        let called = tokio::time::timeout(PATIENCE, school.call()).await;
        if tally.lock().expect("no worker panicked").note(called, began) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Processor seconds of this process so far.
fn cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().context("a process has a name")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

/// Every school in the file of acknowledgements has its sheet in the figures and its entries in its stream;
/// all sums are those of the sheets.
async fn verify(dir: &Path, schools: usize, acks: &Path) -> Result<()> {
    let county = County::load(&dir.join("schools"))?;
    let (hub, closing) = Hub::open(&dir.join("hub"), Arc::new(WallClock)).await?;
    let acked: Vec<usize> = std::fs::read_to_string(acks)?
        .lines()
        .map(|line| line.parse().context("a number a line"))
        .collect::<Result<_>>()?;
    let told = acked.iter().filter_map(|n| county.schools.get(*n)).map(|school| school.party.clone());
    let (told, all): (Vec<_>, Vec<_>) =
        (told.collect(), county.schools.iter().take(schools).map(|school| school.party.clone()).collect());
    let me = hub.me.clone();
    let days: Day = hub.clock.now().day().plus(-30);
    let look = move |room: &mut proto::store::Room<'_>| {
        let mut missing = 0;
        for school in &told {
            let counted = rollup::last_sheet(room, school)?.is_some_and(|day| day >= days);
            let kept = book::streams(room, true, school)?.iter().any(|stream| stream.tail.seq > 0);
            missing += usize::from(!counted || !kept);
        }
        let mut stored = 0;
        for school in &all {
            stored += usize::from(rollup::last_sheet(room, school)?.is_some());
        }
        let rebuilt = rollup::rebuild(room, &me)?;
        Ok::<_, HubError>((missing, stored, rebuilt))
    };
    let (missing, stored, rebuilt) = hub.desk.act(look).await?;
    drop(hub);
    closing.wait().await?;
    println!(
        "{}",
        json!({ "acked": acked.len(), "missing": missing, "stored": stored, "rows": rebuilt.rows, "mended": rebuilt.mended })
    );
    Ok(())
}
