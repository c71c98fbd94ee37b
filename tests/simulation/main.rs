//! A province in one thread: real nodes and hubs, the real link with TLS, on a simulated network, simulated
//! disks and simulated clocks. A seed decides what people do and what goes wrong; at the end everything is
//! mended, and the whole tree must come to rest with nothing lost, nothing counted twice and nothing waiting.
//!
//! ```text
//! runner   seed ──> a process of its own (what is global in a process would leak from seed to seed)
//! founding everybody joins, once for all seeds
//! run      days and nights with plays and nemesis, mend, rounds of calls, laws
//! world    machines on turmoil's network, ticked by hand     seat   one machine and the program on it
//! drive    disk   line   network   chance   randomness       play/  what people do   laws/  what must hold
//! ```
//!
//! `SIM_SEEDS=2000 cargo test -p tests --test simulation` runs more seeds than usual;
//! `SIM_SEED=7 cargo test -p tests --test simulation one_seed -- --nocapture` runs one and tells it.

mod chance;
mod drive;
mod founding;
mod laws;
mod line;
mod nemesis;
mod play;
mod run;
mod runner;
mod seat;
mod trace;
mod world;

use prost::Message;
use runner::{SEED, number, outcome, played, summary};

/// Seeds that are run when nobody asks for more.
const SEEDS: u64 = 200;

fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(work);
    thread.expect("a thread").join().expect("no panic")
}

/// The process that founds the province of all seeds. Alone it keeps nothing.
#[test]
fn everybody_joins() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_owned();
    let day = run::days().expect("there are school days")[0].plus(-1);
    let province = on_a_thread(move || founding::found(&path, day)).expect("everybody joins");
    if let Some(file) = std::env::var_os(runner::PROVINCE) {
        std::fs::write(file, province.encode_to_vec()).expect("room for the province");
    }
}

/// The process of a seed. Alone it runs seed 0.
#[test]
fn one_seed() {
    let seed = number(SEED).unwrap_or(0);
    // a thread of its own: what the test harness did before is not part of the run
    let told = std::env::var(runner::QUIET).is_err();
    let province = runner::given().expect("a province");
    let ended = on_a_thread(move || run::run(&province, seed, told));
    let sum = ended.unwrap_or_else(|broken| panic!("seed {seed}: {broken:#}"));
    println!("\n{}{sum}", runner::SUM);
}

#[test]
fn every_seed_ends_with_nothing_lost_and_nothing_waiting() {
    let seeds = number("SIM_SEEDS").unwrap_or(SEEDS);
    let first = number("SIM_FIRST").unwrap_or(1);
    let broken = runner::batch(first..first + seeds);
    assert!(broken.is_empty(), "{} of {seeds} seeds:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn a_seed_runs_the_same_way_in_every_process() {
    let (once, again) = (played(3), outcome(3));
    assert_eq!(summary(&once), summary(&again));
    assert!(summary(&once).is_some(), "{once}");
}

/// Seeds that once broke, and what they found.
macro_rules! old_seeds {
    ($($name:ident: $seed:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let outcome = played($seed);
                assert!(summary(&outcome).is_some(), "{outcome}");
            }
        )*
    };
}

old_seeds! {
    a_full_disk_made_the_calling_loop_spin: 0,
    a_town_waited_for_ever_with_what_its_county_knew_already: 16,
    a_county_put_back_with_its_whole_disk_was_not_noticed: 18,
    a_hub_spoken_to_in_every_minute_never_made_its_own_round: 77,
    a_fork_left_figures_of_a_higher_revision_above: 142,
    a_certificate_from_a_clock_years_ahead_shut_everybody_out: 154,
    an_answer_that_crossed_the_childs_way_back_was_quarantined: 5,
    a_county_shown_what_may_come_back_offered_it_as_its_own: 21,
    a_new_calendar_had_days_told_again_that_had_not_come: 28,
    a_registrar_put_back_with_its_whole_disk_put_two_steps_in_one_place: 42,
    a_county_put_back_refused_to_send_a_record_that_it_had_forgotten_to_owe: 46,
    a_school_and_its_town_put_back_together_agreed_on_what_the_county_knew_otherwise: 95,
    a_shorter_branch_passed_for_a_part_of_the_longer_one: 144,
}
