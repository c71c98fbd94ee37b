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
use explore::explore;
use world::{Act, J, K, L, World};

/// One way to end an offer stands for all: RECALL, REJECT and EXPIRE lead to the same state.
const FEW: &[Act] = &[Act::Offer, Act::Accept, Act::Expire];

/// A world with all rules.
fn sound() -> World {
    World {
        registrar: "p52/c5205",
        offerer: "p52/c5205/d520502",
        receiver: "p52/c5205/d520521",
        rules: Rules::default(),
        restorable: &[],
        restores: 0,
        unnoticed: false,
        again: false,
        prompt: false,
        refusals: false,
        acts: &Act::ALL,
        steps: 2,
    }
}

/// As [`sound`], with handshakes that no line delays: small enough for two restores.
fn prompt() -> World {
    World { prompt: true, ..sound() }
}

fn holds(world: World) {
    let report = explore(&world, None);
    assert!(report.broken.is_empty(), "{report}");
    assert!(report.handed_over, "a world in which nothing is handed over proves nothing");
}

fn breaks(law: &str, world: World) {
    let report = explore(&world, Some(law));
    assert!(report.broken.iter().any(|broken| broken.law.contains(law)), "{report}");
}

#[test]
fn lost_doubled_and_reordered_messages_over_two_offers() {
    holds(World { steps: 4, refusals: true, ..sound() });
}

#[test]
fn the_registrar_restored_once() {
    holds(World { restorable: &[L], restores: 1, ..sound() });
}

#[test]
fn a_party_restored_once() {
    holds(World { restorable: &[J, K], restores: 1, ..sound() });
}

#[test]
fn the_registrar_restored_twice() {
    holds(World { restorable: &[L], restores: 2, acts: FEW, ..prompt() });
}

// each pair of places by itself: what two restores can hit, in the smallest worlds that hold it

#[test]
fn both_parties_restored() {
    holds(World { restorable: &[J, K], restores: 2, acts: FEW, ..prompt() });
}

#[test]
fn the_offerer_and_the_registrar_restored() {
    holds(World { restorable: &[J, L], restores: 2, acts: FEW, ..prompt() });
}

#[test]
fn the_receiver_and_the_registrar_restored() {
    holds(World { restorable: &[K, L], restores: 2, acts: FEW, ..prompt() });
}

#[test]
fn a_party_put_back_unnoticed_until_it_is_spoken_to() {
    holds(World { restorable: &[J, K], restores: 1, unnoticed: true, ..sound() });
}

#[test]
fn a_party_put_back_unnoticed_under_a_registrar_that_starts_again() {
    holds(World { restorable: &[J, L], restores: 2, unnoticed: true, acts: FEW, ..prompt() });
    holds(World { restorable: &[K, L], restores: 2, unnoticed: true, acts: FEW, ..prompt() });
}

#[test]
fn handshakes_that_come_again_and_again() {
    holds(World { restorable: &[K, L], restores: 1, again: true, acts: FEW, ..sound() });
}

#[test]
fn without_r2_nobody_answers_while_an_offer_is_out() {
    breaks("I2", World { rules: Rules { act_until_confirmed: false, ..Rules::default() }, ..sound() });
}

#[test]
fn without_r3_nobody_answers_when_the_offerer_hears_first() {
    breaks("I2", World { rules: Rules { act_from_signature: false, ..Rules::default() }, ..sound() });
}

#[test]
fn without_the_lock_a_restored_registrar_forgets() {
    let rules = Rules { lock: false, ..Rules::default() };
    breaks("I4", World { rules, restorable: &[L], restores: 1, ..sound() });
}

#[test]
fn without_the_promise_an_old_countersign_surfaces() {
    let rules = Rules { promise: false, ..Rules::default() };
    breaks("I1", World { rules, restorable: &[L], restores: 1, ..sound() });
}

#[test]
fn without_the_welcome_a_restored_receiver_does_not_know_its_child() {
    let rules = Rules { welcome: false, ..Rules::default() };
    breaks("I2", World { rules, restorable: &[K], restores: 1, ..sound() });
}

#[test]
fn without_the_fence_a_forgotten_accept_is_sequenced() {
    let rules = Rules { fence: false, ..Rules::default() };
    breaks("I2", World { rules, restorable: &[K], restores: 1, ..sound() });
}

#[test]
fn without_the_life_in_reports_an_old_one_is_taken_for_new() {
    let rules = Rules { same_life: false, ..Rules::default() };
    breaks("I2", World { rules, restorable: &[K], restores: 2, acts: FEW, ..sound() });
}

#[test]
fn a_registrar_that_offers_itself() {
    holds(World { offerer: "p52/c5205", restorable: &[J, K], restores: 1, acts: FEW, ..sound() });
}

#[test]
fn a_registrar_that_receives_itself() {
    holds(World { receiver: "p52/c5205", restorable: &[J, K], restores: 1, acts: FEW, ..sound() });
}
