//! Each seed in a process of its own, two at a time.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::Result;
use prost::Message;

use crate::founding::Province;

/// Names the seed of a process.
pub(crate) const SEED: &str = "SIM_SEED";
/// Names the file into which the province is founded. Empty: it is on the standard input.
pub(crate) const PROVINCE: &str = "SIM_PROVINCE";
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

/// A process of this program that runs one of its tests alone.
fn process(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test has a file"));
    command.args(["--exact", test, "--nocapture"]);
    command
}

/// The province that seeds start from, as bytes. A process of its own founds it, so that no seed sees what that
/// leaves behind in memory.
fn province() -> &'static [u8] {
    static FOUNDED: OnceLock<Vec<u8>> = OnceLock::new();
    FOUNDED.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("room for a file");
        let done = process("everybody_joins").env(PROVINCE, file.path()).output().expect("a process");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read(file.path()).expect("the province")
    })
}

/// The province that the seed of this process starts from: handed in by who started the process, or founded.
///
/// # Errors
/// What was handed in is no province.
pub(crate) fn given() -> Result<Province> {
    let mut bytes = Vec::new();
    match std::env::var_os(PROVINCE) {
        Some(_) => std::io::stdin().read_to_end(&mut bytes)?,
        None => province().read_to_end(&mut bytes)?,
    };
    Ok(Province::decode(bytes.as_slice())?)
}

/// What the process of `seed` said. Its failure is in it.
pub(crate) fn outcome(seed: u64) -> String {
    let mut command = process("one_seed");
    command.env(SEED, seed.to_string()).env(QUIET, "1").env(PROVINCE, "");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    // one that has failed already says why below
    let _ = child.stdin.take().expect("it was asked for").write_all(province());
    let done = child.wait_with_output().expect("a process");
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
