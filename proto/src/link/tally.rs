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

use super::post;
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// How many numbers a parent remembers of each child. The one that the child showed last is always among them: it
/// shows that one until an answer reaches it, however many are lost. The others tell a child that was put back from
/// a parent that was, as far back as that; beyond, both offer everything again, which costs bytes alone.
const REMEMBERED: usize = 8;

/// Numbers handed out to one child, or the last one that a parent handed out. The last stands at the end.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tally(Vec<u64>);

impl Record for Tally {
    const VERSION: u8 = 1;
    const NAME: &'static str = "tally of conversations";
}

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

fn key(peer: &Party) -> Vec<u8> {
    format!("l/t/{peer}").into_bytes()
}

/// What this child shows to `parent`: 0 when it was handed nothing yet.
pub(super) fn to_show(room: &Room<'_>, parent: &Party) -> Result<u64, StoreError> {
    let tally: Tally = room.read(&key(parent))?.unwrap_or_default();
    Ok(tally.0.last().copied().unwrap_or(0))
}

/// Keeps what `parent` handed out.
pub(super) fn keep(room: &mut Room<'_>, parent: &Party, number: u64) {
    room.write(key(parent), &Tally(vec![number]));
}

/// Judges what `child` shows, and hands out the next number.
pub(super) fn hand_out(room: &mut Room<'_>, child: &Party, shown: u64) -> Result<(u64, Shown), StoreError> {
    let Tally(mut handed) = room.read(&key(child))?.unwrap_or_default();
    let judged = match handed.last() {
        Some(last) if *last == shown => Shown::Last,
        None if shown == 0 => Shown::Last,
        _ if shown == 0 || handed.contains(&shown) => Shown::Earlier,
        _ => Shown::Unknown,
    };
    let number = post::random().max(1);
    if let Some(at) = handed.iter().position(|known| *known == shown) {
        handed.remove(at);
        handed.push(shown);
    }
    handed.push(number);
    let old = handed.len().saturating_sub(REMEMBERED);
    room.write(key(child), &Tally(handed.split_off(old)));
    Ok((number, judged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn a_parent_that_was_put_back_is_told_from_lost_answers_however_many() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let child: Party = "p52/c5205/d520502/t520502100".parse().unwrap();
        let (first, judged) = hand_out(&mut room, &child, 0).unwrap();
        assert_eq!(judged, Shown::Last, "the first conversation");
        let (second, judged) = hand_out(&mut room, &child, first).unwrap();
        assert_eq!(judged, Shown::Last);
        for (shown, expected) in [(first, Shown::Earlier), (0, Shown::Earlier), (second ^ 1, Shown::Unknown)]
        {
            let judged = room.attempt(|room| Err::<(), _>(hand_out(room, &child, shown))).unwrap_err();
            assert_eq!(judged.unwrap().1, expected);
        }
        for lost in 0..10 * REMEMBERED {
            let expected = if lost == 0 { Shown::Last } else { Shown::Earlier };
            assert_eq!(hand_out(&mut room, &child, second).unwrap().1, expected, "{lost} answers lost");
        }
    }

    #[test]
    fn a_child_that_was_put_back_is_known_as_far_as_the_parent_remembers() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let child: Party = "p52/c5205/d520502/t520502100".parse().unwrap();
        let mut handed = vec![0];
        for conversation in 0..3 * REMEMBERED {
            let (next, judged) = hand_out(&mut room, &child, handed[conversation]).unwrap();
            assert_eq!(judged, Shown::Last);
            handed.push(next);
        }
        for (ago, shown) in handed.iter().rev().enumerate().take(2 * REMEMBERED) {
            let expected = match ago {
                0 => Shown::Last,
                ago if ago < REMEMBERED => Shown::Earlier,
                _ => Shown::Unknown,
            };
            let judged = room.attempt(|room| Err::<(), _>(hand_out(room, &child, *shown))).unwrap_err();
            assert_eq!(judged.unwrap().1, expected, "put back by {ago} conversations");
        }
    }

    #[test]
    fn every_child_has_numbers_of_its_own_however_many_there_are() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let child = |n: usize| format!("p52/c5205/d520502/s2152{n:06}").parse::<Party>().unwrap();
        let units = 50 * REMEMBERED;
        let first: Vec<u64> = (0..units).map(|n| hand_out(&mut room, &child(n), 0).unwrap().0).collect();
        for (n, shown) in first.into_iter().enumerate() {
            assert_eq!(hand_out(&mut room, &child(n), shown).unwrap().1, Shown::Last, "unit {n}");
        }
    }
}
