//! The rollup over the real store: a night of sheets in, the figures out, and all sums again.

use std::fmt::Write as _;
use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hub::rollup::{apply_sheet, draw_up, rebuild};
use hub::units::{self, Status, Unit};
use hub::view;
use proto::model::day::{Day, Moment};
use proto::model::entry::Incarnation;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::model::sheet::{Counts, Indicator, Sheet};
use proto::store::{Options, Room, SledStore, Store};

const SIZES: [u32; 3] = [200, 3_000, 20_000];
/// Sheets in one commit: as many as the desk groups.
const GROUP: usize = 512;
const TOWNS: u32 = 30;

struct Hub {
    me: Party,
    store: SledStore,
    schools: Vec<Party>,
    _dir: tempfile::TempDir,
}

fn party(path: &str) -> Party {
    path.parse().expect("a party's path")
}

fn monday(plus: i32) -> Day {
    Day::new(2025, 9, 1).expect("a day").plus(plus)
}

impl Hub {
    /// A county with schools in thirty towns, all registered.
    fn with(schools: u32) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options::hub().creating();
        let store = SledStore::open(&dir.path().join("store"), options).expect("a new store").store;
        let me = party("p52/c5205/d520502");
        let path = |n: u32| {
            let mut path = me.to_string();
            write!(path, "/t520502{:03}/s{:010}", 100 + n % TOWNS, 2_152_000_000 + u64::from(n))
                .expect("a String takes all");
            party(&path)
        };
        let schools: Vec<Party> = (0..schools).map(path).collect();
        for some in schools.chunks(4_096) {
            let mut room = Room::new(&store);
            for school in some {
                let unit = Unit::invited(school.clone(), school.to_string(), monday(-30));
                let unit = Unit { status: Status::Active, ..unit };
                units::put(&mut room, &me, &unit).expect("a readable store");
            }
            store.commit(room.into_batch()).expect("a writable store");
        }
        Self { me, store, schools, _dir: dir }
    }

    fn say(&self, room: &mut Room<'_>, n: usize, day: i32, revision: u32) {
        let sheet = sheet(n as u64, day, revision);
        let at = Moment::at(monday(day), 1_000);
        let life = Incarnation { number: 1, nonce: 1 };
        apply_sheet(room, &self.me, &self.schools[n], &sheet, life, at, at).expect("a readable store");
    }

    fn night(&self, day: i32, revision: u32) {
        let all: Vec<usize> = (0..self.schools.len()).collect();
        for some in all.chunks(GROUP) {
            let mut room = Room::new(&self.store);
            some.iter().for_each(|n| self.say(&mut room, *n, day, revision));
            self.store.commit(room.into_batch()).expect("a writable store");
        }
    }
}

fn sheet(n: u64, day: i32, revision: u32) -> Sheet {
    let mut counts = Counts::default();
    let away = (n + day.unsigned_abs() as u64 + u64::from(revision)) % 7;
    for (indicator, count) in [
        (Indicator::OnRoll, 300 + n % 700),
        (Indicator::Enrolled, 300 + n % 700 - away),
        (Indicator::Suspected, away),
        (Indicator::AbsentUnexcused, away),
        (Indicator::AbsentExcused, 3 + away),
        (Indicator::ClassesDue, 12),
        (Indicator::ClassesCalled, 12),
    ] {
        counts.set(indicator, count);
    }
    Sheet { day: monday(day), revision, counts, provisional: false, closed: Moment::at(monday(day), 990) }
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let kind = entry.metadata().ok()?;
        Some(if kind.is_dir() { size(&entry.path()) } else { kind.len() })
    });
    sizes.sum()
}

/// One night of a whole county, committed in the desk's groups; and one such group without the commit. The
/// size on disk holds the register too.
fn ingest(c: &mut Criterion) {
    let mut group = c.benchmark_group("rollup_night");
    for schools in SIZES {
        let hub = Hub::with(schools);
        hub.night(0, 1);
        let mut day = 0;
        group.sample_size(10).throughput(Throughput::Elements(schools.into()));
        group.bench_function(BenchmarkId::new("durable", schools), |b| {
            b.iter(|| {
                day += 1;
                hub.night(day, 1);
            });
        });
        let mut last = day;
        let some = hub.schools.len().min(GROUP);
        group.throughput(Throughput::Elements(some as u64));
        group.bench_function(BenchmarkId::new("rules_only", schools), |b| {
            b.iter(|| {
                last += 1;
                let mut room = Room::new(&hub.store);
                for n in 0..some {
                    hub.say(&mut room, n, last, 1);
                }
                room
            });
        });
        let mut room = Room::new(&hub.store);
        hub.say(&mut room, 0, last + 1, 1);
        let bytes: usize =
            room.into_batch().iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum();
        let disk = size(hub._dir.path()) / u64::from(schools) / u64::from(day.unsigned_abs() + 1);
        eprintln!(
            "{schools} schools: {bytes} bytes written for a sheet alone, {disk} on disk a school-night"
        );
    }
}

/// A figure, a county with its towns, a town with its schools, a month.
fn query(c: &mut Criterion) {
    let mut group = c.benchmark_group("rollup_query");
    let town: Region = "520502100".parse().expect("a town");
    let due = |_: Region, day: Day| day.is_weekday();
    for schools in SIZES {
        let hub = Hub::with(schools);
        (0..22).for_each(|day| hub.night(day, 1));
        let room = Room::new(&hub.store);
        let county = hub.me.region();
        let mut ask = |name: &str, run: &mut dyn FnMut() -> u64| {
            group.bench_function(BenchmarkId::new(name, schools), |b| b.iter(&mut *run));
        };
        let day = monday(21);
        let count = |figure: &view::Figure| figure.counts.of(Indicator::OnRoll);
        ask("figure", &mut || count(&view::figure(&room, county, day, &due).expect("a figure")));
        ask("county", &mut || count(&view::day_view(&room, county, day, &due).expect("a view").own));
        ask("town", &mut || count(&view::day_view(&room, town, day, &due).expect("a view").own));
        ask("month", &mut || {
            count(&view::period_view(&room, county, monday(0), day, &due).expect("a view").own)
        });
    }
}

/// All sums of one night again, from the leaves; and the totals that go up.
fn again(c: &mut Criterion) {
    let mut group = c.benchmark_group("rollup_again");
    for schools in SIZES {
        let hub = Hub::with(schools);
        hub.night(0, 1);
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("rebuild", schools), |b| {
            b.iter(|| rebuild(&mut Room::new(&hub.store), &hub.me).expect("a readable store").rows);
        });
        group.bench_function(BenchmarkId::new("draw_up", schools), |b| {
            b.iter_batched(
                || Room::new(&hub.store),
                |mut room| {
                    draw_up(&mut room, Moment::at(monday(1), 1_320), &|_| true)
                        .expect("a readable store")
                        .len()
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(rollup, ingest, query, again);
criterion_main!(rollup);
