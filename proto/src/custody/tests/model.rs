//! Every interleaving of a small world, over the real reducers: messages are a set, so any may be lost,
//! doubled, late or reordered; parties and registrar are put back from backups taken at any time.
//!
//! The reducers are pure, so the result of a step is remembered for each (state of a place, event): a million
//! interleavings cost a few thousand calls.

mod explore;
mod laws;
mod memory;
mod world;

use super::super::rules::Rules;
use explore::{Report, explore};
use world::{Act, J, K, L, World};

/// A world with all rules.
fn sound() -> World {
    World {
        registrar: "p52/c5205",
        offerer: "p52/c5205/d520502",
        receiver: "p52/c5205/d520521",
        rules: Rules::default(),
        restorable: &[],
        restores: 0,
        again: false,
        refusals: false,
        acts: &Act::ALL,
        steps: 2,
    }
}

fn holds(name: &str, world: World) -> Report {
    let report = explore(&world);
    eprintln!("{name}: {report}");
    assert!(report.broken.is_empty(), "{report}");
    assert!(report.handed_over, "a world in which nothing is handed over proves nothing");
    report
}

fn breaks(name: &str, world: World, law: &str) {
    let report = explore(&world);
    eprintln!("{name}: {report}");
    assert!(report.broken.iter().any(|broken| broken.law.contains(law)), "{report}");
}

#[test]
fn a_lost_doubled_and_reordered_messages_over_two_offers() {
    holds("a", World { steps: 4, refusals: true, ..sound() });
}

#[test]
fn b_the_registrar_restored_once() {
    holds("b", World { restorable: &[L], restores: 1, ..sound() });
}

#[test]
fn c_a_party_restored_once() {
    holds("c", World { restorable: &[J, K], restores: 1, ..sound() });
}

#[test]
fn d_the_registrar_restored_twice() {
    holds(
        "d",
        World { restorable: &[L], restores: 2, acts: &[Act::Offer, Act::Accept, Act::Expire], ..sound() },
    );
}

#[test]
fn e_any_two() {
    holds("e", World { restorable: &[J, K, L], restores: 2, ..sound() });
}
