//! All chance of a simulated tree follows from its seed: also that of the product's own code and of the
//! standard library's maps, which ask the operating system. This program answers in its place.
//!
//! Keys and signatures are the exception: the cryptographic library asks the kernel itself. Their bytes differ
//! from run to run; nothing that a run decides depends on them.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// What this thread is told from now on follows from `seed`.
pub(crate) fn seed(seed: u64) {
    STATE.set(seed);
}

/// SplitMix64: enough for chance that nobody attacks.
fn next() -> u64 {
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Stands in the place of the C library's function of this name for the whole program.
///
/// # Safety
/// As the C library's: `to` is valid for `length` bytes.
#[expect(unsafe_code, reason = "the one way to answer for the operating system")]
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(to: *mut u8, length: usize, _flags: u32) -> isize {
    for at in 0..length {
        // SAFETY: the caller vouches for `length` bytes
        unsafe { to.add(at).write(next().to_le_bytes()[0]) };
    }
    isize::try_from(length).unwrap_or(isize::MAX)
}

#[test]
fn whoever_asks_for_randomness_is_told_what_follows_from_the_seed() {
    let asked = || {
        seed(7);
        proto::link::post::random()
    };
    assert_eq!(asked(), asked());
    assert_ne!(asked(), {
        seed(8);
        proto::link::post::random()
    });
}
