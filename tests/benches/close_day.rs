//! The close of a day at a school of 3,000 children: standings move on, the day is counted, and its sheet is on
//! disk with the facts.

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use node::attendance::Mark;
use node::desk::calls::Call;
use node::desk::roster::RosterFile;
use node::files::Folder;
use node::pupil::Class;
use node::serve::{Options, Running, start};
use proto::link::net::TcpNet;
use proto::model::clock::SetClock;
use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use tests::dice::Dice;
use tests::files::{self, Form};
use tests::oracle::Days;
use tests::pupils::{self, Pupil, Size};
use tokio::time::Instant;

const SIZE: Size = Size { grades: (1, 6), classes: 10, children: 50 };
/// One in so many is away.
const AWAY: usize = 40;

struct Campus {
    node: Running,
    clock: Arc<SetClock>,
    pupils: Vec<Pupil>,
    days: std::vec::IntoIter<Day>,
    dice: Dice,
    _dir: tempfile::TempDir,
}

impl Campus {
    async fn found() -> Self {
        let first = Day::new(2025, 9, 1).expect("a day");
        let days = Days::of_the_nation().school_days(first, 80);
        let clock = Arc::new(SetClock::new(Moment::at(first, 8 * 60)));
        let dir = tempfile::tempdir().expect("a directory");
        let home = dir.path().join("school");
        Folder::at(&home).create("2152000001", "520502", "第一小学").expect("a school");
        let node = start(Options::new(&home, clock.clone(), Arc::new(TcpNet))).await.expect("a node");
        let (pupils, mut dice) = (pupils::roll(1, 1, 2025, SIZE), Dice::new(1, "bench"));
        let file = files::write(Form::ALL[0], "第一小学", &pupils, 0, &mut dice);
        let (name, bytes, since) = (file.name, file.bytes, Some(first));
        let roster = RosterFile { name, bytes, dry_run: false, since, lang: Lang::Zh };
        let imported = node.school.import_roster(roster).await.expect("a roster");
        assert_eq!(imported.import.bad.len(), 0, "every row is good");
        Self { node, clock, pupils, days: days.into_iter(), dice, _dir: dir }
    }

    /// Teachers call the roll of the next day; then the day is closed, which alone is timed.
    async fn day(&mut self) -> Duration {
        let day = self.days.next().expect("a school year is long enough");
        self.clock.set(Moment::at(day, 9 * 60));
        for grade in SIZE.grades.0..=SIZE.grades.1 {
            for number in 1..=SIZE.classes {
                self.call(grade, number, day).await;
            }
        }
        self.clock.set(Moment::at(day, 21 * 60));
        let began = Instant::now();
        let sheets = self.node.school.close(Some(day)).await.expect("a day that closes");
        let took = began.elapsed();
        assert!(sheets.contains(&day), "the day has its sheet");
        took
    }

    async fn call(&mut self, grade: u8, number: u8, day: Day) {
        let mut listed = Vec::new();
        for pupil in self.pupils.iter().filter(|p| (p.class.grade, p.class.number) == (grade, number)) {
            if self.dice.below(AWAY) == 0 {
                listed.push((pupil.roll_number.clone(), Mark::Unexcused));
            }
        }
        let (day, class) = (Some(day), Class { grade, number: number.into() });
        let call = Call { class, day, listed, correction: None, by: "bench".to_owned() };
        self.node.school.call_roll(call).await.expect("a roll call");
    }
}

fn close(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut campus = runtime.block_on(Campus::found());
    let mut group = c.benchmark_group("close_day");
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(1));
    group.bench_function(format!("{}_children", campus.pupils.len()), |b| {
        b.iter_custom(|times| (0..times).map(|_| runtime.block_on(campus.day())).sum::<Duration>());
    });
    let Campus { node, .. } = campus;
    runtime.block_on(node.stop()).expect("an orderly end");
}

criterion_group!(benches, close);
criterion_main!(benches);
