//! Chance from a seed. Each subject throws its own dice, so that one more throw for one school changes
//! nothing for another.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Dice of one subject.
#[derive(Debug)]
pub struct Dice(StdRng);

impl Dice {
    /// The dice of `subject` under `seed`: the same two give the same throws.
    pub fn new(seed: u64, subject: &str) -> Self {
        // FNV-1a: small, and the same in every release of every library
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let start = seed.to_be_bytes().into_iter().fold(0xcbf2_9ce4_8422_2325, mix);
        Self(StdRng::seed_from_u64(subject.bytes().fold(start, mix)))
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    /// A number from `least` up to, not including, `end`.
    ///
    /// # Panics
    /// When there is no such number.
    pub fn between(&mut self, least: usize, end: usize) -> usize {
        self.0.random_range(least..end)
    }

    /// A number below `end`.
    ///
    /// # Panics
    /// When `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.between(0, end)
    }

    /// One of `items`.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
