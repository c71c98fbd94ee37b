//! Steps that were signed and have no receipt within the rulebook's days: what this hub told the one above its
//! parent, and what hubs further below told this one. A hub between that keeps letters back shows by it.
//!
//! Keys: `h/o/s/<leg>` what was told, `h/o/h/<leg><party>` what was heard.

use proto::model::case::{Leg, Unheard};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// What a hub below said of a step of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who signed the step.
    pub by: Party,
    /// What it said last.
    pub said: Unheard,
}

#[derive(Debug, Serialize, Deserialize)]
struct Told(Unheard);

impl Record for Heard {
    const VERSION: u8 = 1;
    const NAME: &'static str = "step below without a receipt";
}

impl Record for Told {
    const VERSION: u8 = 1;
    const NAME: &'static str = "step of this hub without a receipt";
}

fn key(sort: &[u8], leg: Leg) -> Vec<u8> {
    [b"h/o/", sort, &leg.case.0, &leg.number.to_be_bytes()].concat()
}

/// What has to be written so that the hub above knows of `open`, the steps that have no receipt now, and of no other.
/// Notes that it was written.
///
/// # Errors
/// When the store cannot read.
pub fn tell(room: &mut Room<'_>, open: &[Unheard]) -> Result<Vec<Unheard>, StoreError> {
    let told = room.list(b"h/o/s/")?;
    let told: Result<Vec<Unheard>, StoreError> =
        told.iter().map(|(_, value)| Ok(from_bytes::<Told>(value)?.0)).collect();
    let told = told?;
    let news = open.iter().filter(|it| !told.contains(it)).copied();
    let stands = |it: &&Unheard| open.iter().any(|open| open.leg == it.leg);
    let over = told.iter().filter(|it| !it.over && !stands(it)).map(|it| Unheard { over: true, ..*it });
    let letters: Vec<Unheard> = news.chain(over).collect();
    for letter in &letters {
        room.write(key(b"s/", letter.leg), &Told(*letter));
    }
    Ok(letters)
}

/// What was told before this hub was put back comes back: it counts unless a later step was told.
///
/// # Errors
/// When the store cannot read.
pub fn told_before(room: &mut Room<'_>, said: Unheard) -> Result<(), StoreError> {
    let key = key(b"s/", said.leg);
    let known = room.read::<Told>(&key)?.map(|Told(known)| (known.step, known.over));
    if known.is_none_or(|known| known < (said.step, said.over)) {
        room.write(key, &Told(said));
    }
    Ok(())
}

/// Keeps what a hub below says. The later step of a leg counts, and that it is over counts for good: letters may come
/// in any order.
///
/// # Errors
/// When the store cannot read.
pub fn hear(room: &mut Room<'_>, by: &Party, said: Unheard) -> Result<(), StoreError> {
    let key = [key(b"h/", said.leg).as_slice(), by.to_string().as_bytes()].concat();
    let known = room.read::<Heard>(&key)?.map(|heard| (heard.said.step, heard.said.over));
    if known.is_none_or(|known| known < (said.step, said.over)) {
        room.write(key, &Heard { by: by.clone(), said });
    }
    Ok(())
}

/// The steps of hubs below that have no receipt.
///
/// # Errors
/// When the store cannot read.
pub fn open(room: &Room<'_>) -> Result<Vec<Heard>, StoreError> {
    let all = room.list(b"h/o/h/")?;
    let all: Result<Vec<Heard>, StoreError> = all.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect();
    Ok(all?.into_iter().filter(|heard| !heard.said.over).collect())
}

#[cfg(test)]
mod tests {
    use proto::model::case::CaseId;
    use proto::store::MemoryStore;

    use super::*;

    fn step(step: u32, over: bool) -> Unheard {
        Unheard { leg: CaseId::new([7; 16]).leg(1), step, sent: "2025-09-24".parse().unwrap(), over }
    }

    #[test]
    fn a_step_is_told_once_and_taken_back_once() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        assert_eq!(tell(&mut room, &[]).unwrap(), []);
        assert_eq!(tell(&mut room, &[step(1, false)]).unwrap(), [step(1, false)]);
        assert_eq!(tell(&mut room, &[step(1, false)]).unwrap(), []);
        assert_eq!(tell(&mut room, &[]).unwrap(), [step(1, true)]);
        assert_eq!(tell(&mut room, &[]).unwrap(), []);
        // a later step of the same leg is a notice of its own
        assert_eq!(tell(&mut room, &[step(3, false)]).unwrap(), [step(3, false)]);
        assert_eq!(tell(&mut room, &[]).unwrap(), [step(3, true)]);
    }

    #[test]
    fn what_was_told_before_a_restore_is_taken_back_when_there_is_a_receipt() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        told_before(&mut room, step(1, false)).unwrap();
        assert_eq!(tell(&mut room, &[]).unwrap(), [step(1, true)]);
        told_before(&mut room, step(1, false)).unwrap();
        assert_eq!(tell(&mut room, &[]).unwrap(), []);
    }

    #[test]
    fn what_a_hub_below_says_counts_in_whatever_order_it_comes() {
        let by: Party = "p52/c5205/d520502".parse().unwrap();
        let said = [step(1, false), step(1, true), step(3, false), step(3, true)];
        for heard in 1..=said.len() {
            let last = said[heard - 1];
            for turned in 0..heard {
                let store = MemoryStore::default();
                let mut room = Room::new(&store);
                let mut letters = said[..heard].to_vec();
                letters.rotate_left(turned);
                for letter in letters.iter().chain(&letters) {
                    hear(&mut room, &by, *letter).unwrap();
                }
                let stands: Vec<Unheard> = open(&room).unwrap().into_iter().map(|it| it.said).collect();
                assert_eq!(stands, if last.over { vec![] } else { vec![last] }, "{heard} {turned}");
            }
        }
    }
}
