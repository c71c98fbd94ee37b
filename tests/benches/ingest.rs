//! A county's night: schools call a real hub over mutual TLS, a connection each, 64 at a time, and hear that
//! their day is on disk and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hub::serve::{Options, Running, start};
use proto::link::tls::KeyExchange;
use proto::model::clock::{Clock, SetClock};
use proto::model::day::{Day, Moment};
use tests::county::{County, School};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

const SCHOOLS: u32 = 256;
const AT_ONCE: usize = 64;
/// Minutes after midnight.
const NIGHT: u16 = 21 * 60;

struct Night {
    hub: Running,
    schools: Arc<Vec<School>>,
    clock: Arc<SetClock>,
    today: Day,
    _dir: tempfile::TempDir,
}

impl Night {
    /// A county whose schools have called once.
    async fn first(exchange: KeyExchange) -> Self {
        let today = Day::new(2025, 9, 1).expect("a day");
        let clock = Arc::new(SetClock::new(Moment::at(today, NIGHT)));
        let dir = tempfile::tempdir().expect("a directory");
        let home = dir.path().join("hub");
        let county = County::found(&home, SCHOOLS, "127.0.0.1:0", clock.clone()).await.expect("a county");
        let options = Options { clock: clock.clone(), local: false, ..Options::new(&home) };
        let hub = start(options).await.expect("a hub that runs");
        let school = |n| county.open(n, &hub.address, exchange, clock.clone() as Arc<dyn Clock>);
        let schools = (0..county.schools.len()).map(|n| school(n).expect("a school"));
        let schools = Arc::new(schools.collect::<Vec<_>>());
        let mut night = Self { hub, schools, clock, today, _dir: dir };
        night.play(true).await;
        night
    }

    /// Every school closes the next day and calls; the calls alone are timed.
    async fn play(&mut self, resumed: bool) -> Duration {
        self.today = self.today.next();
        self.clock.set(Moment::at(self.today, NIGHT));
        for school in self.schools.iter() {
            school.close(self.today, 1).await.expect("a school at its desk");
            if !resumed {
                school.forget_session();
            }
        }
        let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (next, schools) = (next.clone(), self.schools.clone());
                tokio::spawn(async move {
                    while let Some(school) = schools.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let called = school.call().await.expect("a hub that answers");
                        assert_eq!(called.report.waiting, 0, "everything is acknowledged");
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("a night without a fault");
        }
        began.elapsed()
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

fn ingest(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("ingest_school_nights");
    group.sample_size(10).throughput(Throughput::Elements(SCHOOLS.into()));
    for (name, exchange) in [("hybrid", KeyExchange::Hybrid), ("classic", KeyExchange::Classic)] {
        let mut night = runtime.block_on(Night::first(exchange));
        for (mode, resumed) in [("full", false), ("resumed", true)] {
            group.bench_function(BenchmarkId::new(mode, name), |b| {
                b.iter_custom(|times| {
                    (0..times).map(|_| runtime.block_on(night.play(resumed))).sum::<Duration>()
                });
            });
        }
        let Night { hub, schools, .. } = night;
        drop(schools);
        runtime.block_on(hub.stop()).expect("an orderly end");
    }
}

criterion_group!(benches, ingest);
criterion_main!(benches);
