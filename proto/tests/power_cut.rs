//! Every acknowledged batch survives a power cut and a kill, whole.
//!
//! A process works on a store while a recorder notes what it writes and syncs. From the notes the disk is
//! rebuilt as it could be after a cut at any point, the store is opened on it, and its content compared with
//! what was acknowledged up to then.

#![expect(clippy::unwrap_used, unreachable_pub, reason = "all of this is a test")]

#[path = "power_cut/dice.rs"]
mod dice;
#[path = "power_cut/disk.rs"]
mod disk;
#[path = "power_cut/workload.rs"]
mod workload;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use dice::Dice;
use disk::{Cut, Disk, Event};
use proto::store::options::SyncMode;
use proto::store::{Options, SledStore, Store};
use tempfile::TempDir;
use workload::Content;

const DIR: &str = "POWER_CUT_DIR";
const OPENINGS: &str = "POWER_CUT_OPENINGS";
const BATCHES: &str = "POWER_CUT_BATCHES";
const ENGINE_ONLY: &str = "POWER_CUT_ENGINE_ONLY";

/// Not a test by itself: the process that the tests below start, record and kill. It opens the store again
/// and again, commits batches, and acknowledges each in the file `acks` and on its output.
#[test]
fn the_process_that_is_cut() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let number = |name| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let sync = if std::env::var(ENGINE_ONLY).is_ok() { SyncMode::SledOnly } else { SyncMode::Durable };
    let mut acks = File::options().create(true).append(true).open(Path::new(&dir).join("acks")).unwrap();
    let mut acknowledge = |n: u64| {
        acks.write_all(&n.to_le_bytes()).unwrap();
        println!("\nack {n}");
    };
    for _ in 0..number(OPENINGS) {
        let options = Options { sync, ..Options::node().creating() };
        let store = SledStore::open(&Path::new(&dir).join("store"), options).unwrap().store;
        let head = workload::head(&store).unwrap();
        acknowledge(head);
        for n in head + 1..=head + number(BATCHES) {
            store.commit(workload::batch(n)).unwrap();
            acknowledge(n);
        }
    }
}

fn start(root: &Path, openings: u64, batches: u64, change: impl FnOnce(&mut Command)) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_process_that_is_cut", "--nocapture"]).stdout(Stdio::piped());
    command.env(DIR, root).env(OPENINGS, openings.to_string()).env(BATCHES, batches.to_string());
    change(&mut command);
    command.spawn().unwrap()
}

/// Disks in memory where there is such a place: only what the recorder saw counts.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

/// The recorder, built; `None` where it cannot be, which is a failure in CI.
fn recorder(dir: &Path) -> Option<PathBuf> {
    let built = if cfg!(target_os = "linux") {
        let (to, from) =
            (dir.join("recorder.so"), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/power_cut/recorder.c"));
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&to).args([from, "-ldl", "-lpthread"]);
        match cc.status() {
            Ok(status) if status.success() => Ok(to),
            other => Err(format!("cc: {other:?}")),
        }
    } else {
        Err("the recorder needs Linux".to_owned())
    };
    built
        .inspect_err(|why| {
            assert!(std::env::var_os("CI").is_none(), "the power-cut test must run in CI: {why}");
            eprintln!("skipped: {why}");
        })
        .ok()
}

/// Runs the process to its end on the store in `root` and returns all that it did there.
fn record(recorder: &Path, root: &Path, openings: u64, batches: u64, engine_only: bool) -> Vec<Event> {
    let log = recorder.with_file_name("log");
    let _ = fs::remove_file(&log);
    let child = start(root, openings, batches, |command| {
        command.env("LD_PRELOAD", recorder).env("RECORD_ROOT", root).env("RECORD_LOG", &log);
        if engine_only {
            command.env(ENGINE_ONLY, "1");
        }
    });
    assert!(child.wait_with_output().unwrap().status.success());
    disk::read_log(&log)
}

/// What must be in the store after `acked` batches, and after one more.
#[derive(Clone)]
struct Expected {
    acked: u64,
    at_least: Content,
    at_most: Content,
}

impl Expected {
    fn nothing() -> Self {
        let mut at_most = Content::new();
        workload::follow(&mut at_most, 1);
        Self { acked: 0, at_least: Content::new(), at_most }
    }

    fn acknowledge(&mut self, n: u64) {
        while self.acked < n {
            self.acked += 1;
            workload::follow(&mut self.at_least, self.acked);
            workload::follow(&mut self.at_most, self.acked + 1);
        }
    }

    /// Opens the store in `root` and says what is wrong with it.
    fn check(&self, root: &Path) -> Result<(), String> {
        let options = Options::node().creating();
        let opened =
            SledStore::open(&root.join("store"), options).map_err(|e| format!("does not open: {e}"))?;
        if opened.restored {
            return Err("taken for a copy put back".to_owned());
        }
        let head = workload::head(&opened.store).map_err(|e| e.to_string())?;
        let content = workload::content(&opened.store).map_err(|e| e.to_string())?;
        match head.checked_sub(self.acked) {
            Some(0) if content == self.at_least => Ok(()),
            Some(1) if content == self.at_most => Ok(()),
            Some(0 | 1) => Err(format!("batch {head} is not whole")),
            _ => Err(format!("{} were acknowledged, {head} are there", self.acked)),
        }
    }
}

/// Cuts the power after every `step` events, and after each event near an opening of the store.
fn cuts(events: &[Event], step: usize) -> Vec<usize> {
    let is_opening = |event: &Event| match event {
        Event::Rename { .. } | Event::MakeDir(_) | Event::Remove(_) | Event::Truncate { .. } => true,
        // the engine wipes a segment
        Event::Write { data, .. } => data.len() == 512 << 10,
        Event::Sync(path) => path != "store/db",
        _ => false,
    };
    let openings = events.iter().enumerate().filter(|(_, event)| is_opening(event)).map(|(at, _)| at);
    let mut cuts: Vec<usize> =
        (0..events.len()).step_by(step).chain(openings.flat_map(|at| at - 1..at + 2)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Checks the store after cuts of the given kinds; returns how many disks it tried and what went wrong. One thread
/// makes the disks, another opens them.
fn cut_everywhere(
    disk: &mut Disk,
    expected: &mut Expected,
    events: &[Event],
    (step, kinds): (usize, &[Cut]),
    dice: &mut Dice,
) -> (usize, Vec<String>) {
    let cuts = cuts(events, step);
    let mut tried = 0;
    thread::scope(|scope| {
        let (hand_over, disks) = sync_channel::<Tried>(4);
        let checking = scope.spawn(move || disks.iter().filter_map(|tried| tried.wrong(events)).collect());
        for (at, event) in events.iter().enumerate() {
            disk.apply(event);
            if let Event::Acknowledge(n) = event {
                expected.acknowledge(*n);
            }
            if cuts.binary_search(&at).is_err() {
                continue;
            }
            let expected = Arc::new(expected.clone());
            for kind in kinds {
                let root = scratch();
                disk.write_out(root.path(), *kind, dice);
                tried += 1;
                hand_over.send(Tried { root, kind: *kind, at, expected: expected.clone() }).unwrap();
            }
        }
        drop(hand_over);
        (tried, checking.join().unwrap())
    })
}

/// A disk as it could be after a cut, and what must be on it.
struct Tried {
    root: TempDir,
    kind: Cut,
    at: usize,
    expected: Arc<Expected>,
}

impl Tried {
    /// What is wrong with it.
    fn wrong(&self, events: &[Event]) -> Option<String> {
        let Self { root, kind, at, expected } = self;
        let why = expected.check(root.path()).err()?;
        Some(format!("{kind:?} after event {at} ({:?}): {why}", events[*at]))
    }
}

#[test]
fn nothing_acknowledged_is_lost_wherever_the_power_fails() {
    let tools = scratch();
    let Some(recorder) = recorder(tools.path()) else { return };
    let mut dice = Dice::new(20_260_901);
    let mut root = scratch();
    let mut expected = Expected::nothing();
    let mut tried = 0;
    // each round goes on from a disk that the one before could have left
    for round in 0..3 {
        let mut disk = Disk::load(root.path());
        let mut events = record(&recorder, root.path(), 5, 50, false);
        assert!(!events.iter().any(|e| matches!(e, Event::Create(path) if path.contains("blobs/"))));
        events.truncate(events.len() / 2 + dice.up_to(events.len() / 2));
        let plan = (11, &Cut::ALL[..]);
        let (some, wrong) = cut_everywhere(&mut disk, &mut expected, &events, plan, &mut dice);
        assert!(wrong.is_empty(), "round {round}: {} of {some}\n{}", wrong.len(), wrong.join("\n"));
        root = scratch();
        disk.write_out(root.path(), Cut::Pages, &mut dice);
        tried += some;
    }
    assert!(tried >= 300, "only {tried} disks were tried");
    println!("{tried} disks, nothing lost");
}

/// sled wipes, at once after naming a new snapshot, the segments that only the old one needs; a power cut that
/// took the name back and kept the wiping left a store that did not open.
#[test]
fn a_snapshots_name_is_on_disk_before_the_engine_wipes_what_the_one_before_needs() {
    let tools = scratch();
    let Some(recorder) = recorder(tools.path()) else { return };
    let root = scratch();
    let events = record(&recorder, root.path(), 4, 80, false);
    let named = |event: &Event| matches!(event, Event::Rename { to, .. } if to.starts_with("store/snap."));
    let mut names = 0;
    for (at, _) in events.iter().enumerate().filter(|(_, event)| named(event)) {
        let next = events[at + 1..].iter().find(|event| match event {
            Event::Write { path, .. } | Event::Truncate { path, .. } => path == "store/db",
            Event::Sync(path) => path == "store",
            _ => false,
        });
        assert!(matches!(next, Some(Event::Sync(_))), "after naming a snapshot: {next:?}");
        names += 1;
    }
    assert_eq!(names, 3, "one for each opening but the first");
}

#[test]
fn the_engines_own_flush_would_lose_what_was_acknowledged() {
    let tools = scratch();
    let Some(recorder) = recorder(tools.path()) else { return };
    for (engine_only, loses) in [(true, true), (false, false)] {
        let root = scratch();
        let mut disk = Disk::load(root.path());
        let events = record(&recorder, root.path(), 1, 30, engine_only);
        let plan = (20, &[Cut::SyncedOnly][..]);
        let (tried, wrong) =
            cut_everywhere(&mut disk, &mut Expected::nothing(), &events, plan, &mut Dice::new(1));
        assert_eq!(!wrong.is_empty(), loses, "{} of {tried}: {wrong:?}", wrong.len());
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let root = TempDir::new().unwrap();
    let mut dice = Dice::new(9);
    let mut expected = Expected::nothing();
    for round in 0..8 {
        let mut child = start(root.path(), 1_000, 50, |_| ());
        let mut acks = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("ack ")?.parse::<u64>().ok());
        let some: Vec<u64> = acks.by_ref().take(1 + dice.up_to(160)).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        let last = acks.chain(some).max().expect("it acknowledged something");
        expected.acknowledge(last);
        expected.check(root.path()).unwrap_or_else(|why| panic!("round {round}: {why}"));
    }
}
