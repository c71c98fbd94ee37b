//! Each seed in a process of its own, two at a time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// Names the seed of a process.
pub(crate) const SEED: &str = "SIM_SEED";
/// Set: events are not told.
pub(crate) const QUIET: &str = "SIM_QUIET";
/// Before the sum of a run, on its output.
pub(crate) const SUM: &str = "sum of the run: ";
/// Seeds at a time.
const AT_A_TIME: usize = 2;

/// A number from the environment.
///
/// # Panics
/// When it is there and no number.
pub(crate) fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is no number")))
}

/// What the process of `seed` said. Its failure is in it.
pub(crate) fn outcome(seed: u64) -> String {
    let program = std::env::current_exe().expect("a test has a file");
    let mut command = Command::new(program);
    command.args(["--exact", "one_seed", "--nocapture"]).env(SEED, seed.to_string()).env(QUIET, "1");
    let done = command.output().expect("a process");
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

/// The same, of a process that another test of this program may have started already: a seed is played once.
pub(crate) fn played(seed: u64) -> String {
    static PLAYED: Mutex<BTreeMap<u64, Arc<OnceLock<String>>>> = Mutex::new(BTreeMap::new());
    let once = PLAYED.lock().expect("nobody panics here").entry(seed).or_default().clone();
    once.get_or_init(|| outcome(seed)).clone()
}

/// The sum of a run that held.
pub(crate) fn summary(outcome: &str) -> Option<&str> {
    outcome.lines().find_map(|line| line.strip_prefix(SUM))
}

/// Runs the seeds. Tells of each that broke, and how to run it again.
pub(crate) fn batch(seeds: Range<u64>) -> Vec<String> {
    let (next, broken) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = played(seed);
                    if summary(&outcome).is_none() {
                        broken.lock().expect("nobody panics here").push(told(seed, &outcome));
                    }
                }
            });
        }
    });
    broken.into_inner().expect("nobody panics here")
}

fn told(seed: u64, outcome: &str) -> String {
    let from = outcome.find(&format!("seed {seed}: ")).unwrap_or(0);
    let why = outcome[from..].lines().take(15).collect::<Vec<_>>().join("\n");
    format!("{why}\n  again: {SEED}={seed} cargo test -p tests --test simulation one_seed -- --nocapture\n")
}
