//! Whether a neighbour remembers the last conversation. In each one the parent hands its child a number, and
//! the child shows it in the next. A parent that does not know what is shown has been put back from an older
//! copy of its disk, notes and all, which nothing on that disk can tell: its own stream a
//! child shows at every contact, but what it passes on for others only while it is news.
//!
//! | the number shown is | what happened | what follows |
//! |---|---|---|
//! | the last one handed out | nothing | nothing |
//! | an earlier one | an answer was lost, or the child was put back | the parent offers everything again |
//! | unknown | the parent was put back | both offer everything again |

use serde::{Deserialize, Serialize};

/// How many numbers a parent remembers of each child. The one that the child showed last is always among them: it
/// shows that one until an answer reaches it, however many are lost. The others tell a child that was put back from
/// a parent that was, as far back as that; beyond, both offer everything again, which costs bytes alone.
const REMEMBERED: usize = 8;

/// Numbers handed out to one child, or the last one that a parent handed out. The last stands at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally(Vec<u64>);

/// How the number that a child shows compares with those handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is the last one, or there was none yet.
    Last,
    /// It was handed out earlier, or the child remembers none.
    Earlier,
    /// It was never handed out, as far as is remembered here.
    Unknown,
}

impl Tally {
    /// What a child shows to its parent: 0 when it was handed nothing yet.
    pub(super) fn to_show(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    /// Keeps what the parent handed out.
    pub(super) fn keep(&mut self, number: u64) {
        self.0 = vec![number];
    }

    /// Judges what the child shows, and hands out `number`, which is never 0.
    pub(super) fn hand_out(&mut self, shown: u64, number: u64) -> Shown {
        let judged = match self.0.last() {
            Some(last) if *last == shown => Shown::Last,
            None if shown == 0 => Shown::Last,
            _ if shown == 0 || self.0.contains(&shown) => Shown::Earlier,
            _ => Shown::Unknown,
        };
        if let Some(at) = self.0.iter().position(|known| *known == shown) {
            self.0.remove(at);
            self.0.push(shown);
        }
        self.0.push(number);
        let old = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..old);
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_was_put_back_is_told_from_lost_answers_however_many() {
        let mut tally = Tally::default();
        assert_eq!(tally.hand_out(0, 101), Shown::Last, "the first conversation");
        assert_eq!(tally.hand_out(101, 102), Shown::Last);
        for (shown, expected) in [(101, Shown::Earlier), (0, Shown::Earlier), (7, Shown::Unknown)] {
            assert_eq!(tally.clone().hand_out(shown, 103), expected);
        }
        for lost in 0..10 * REMEMBERED as u64 {
            let expected = if lost == 0 { Shown::Last } else { Shown::Earlier };
            assert_eq!(tally.hand_out(102, 200 + lost), expected, "{lost} answers lost");
        }
    }

    #[test]
    fn a_child_that_was_put_back_is_known_as_far_as_the_parent_remembers() {
        let (mut tally, mut handed) = (Tally::default(), vec![0]);
        for conversation in 0..3 * REMEMBERED {
            let next = 100 + conversation as u64;
            assert_eq!(tally.hand_out(handed[conversation], next), Shown::Last);
            handed.push(next);
        }
        for (ago, shown) in handed.iter().rev().enumerate().take(2 * REMEMBERED) {
            let expected = match ago {
                0 => Shown::Last,
                ago if ago < REMEMBERED => Shown::Earlier,
                _ => Shown::Unknown,
            };
            assert_eq!(tally.clone().hand_out(*shown, 99), expected, "put back by {ago} conversations");
        }
    }
}
