//! Whether two machines speak in one unit's name, as its parent sees it: a copy of its disk, or a stolen key.
//!
//! Every store has a random number and gets another one when it is put back by `restore`. A store that has spoken
//! here in the unit's latest life agrees with what is held. When the same store contradicts it later on, somebody
//! else has spoken in the meantime, or its disk was put back behind its program's back. A store that was never in
//! agreement contradicts nothing: it was restored, says so by its new number, and begins a new life.
//!
//! | speaks | before | what it is |
//! |---|---|---|
//! | an earlier life, or another branch | this store agreed | a sign of two machines |
//! | the same | this store is new here | a restore; nothing to be alarmed at |
//! | the latest life, in agreement | a sign, a week ago or more | one machine again: the sign goes |
//!
//! Two machines that both go on contradict each other at every other contact, so their sign stays.
//!
//! Key: `l/y/<unit>`.

use serde::{Deserialize, Serialize};

use crate::model::day::Moment;
use crate::model::entry::Incarnation;
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// For how long a unit must speak with one voice until what was seen of another is forgotten, in milliseconds.
pub const ONE_VOICE: i64 = 7 * 86_400_000;

/// How many stores of one unit are remembered.
const REMEMBERED: usize = 8;

/// What is known of the stores that spoke in a unit's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copies {
    /// Stores that agreed with what is held here, the last one at the end.
    agreed: Vec<u64>,
    /// When two machines were last seen to speak.
    sign: Option<Moment>,
    /// The latest life that began here, and when.
    life: Option<(u32, Moment)>,
}

impl Record for Copies {
    const VERSION: u8 = 1;
    const NAME: &'static str = "stores of a unit";
}

impl Copies {
    /// When two machines were last seen to speak in its name; `None` when there is one voice.
    pub const fn sign(&self) -> Option<Moment> {
        self.sign
    }

    /// Whether its latest life began here within the last week.
    pub fn began_lately(&self, now: Moment) -> bool {
        self.life.is_some_and(|(_, at)| lately(at, now))
    }
}

/// A clock that was set makes nothing last for years.
fn lately(at: Moment, now: Moment) -> bool {
    now.since(at).unsigned_abs() < ONE_VOICE.unsigned_abs()
}

fn key(unit: &Party) -> Vec<u8> {
    format!("l/y/{unit}").into_bytes()
}

/// What is known of the stores of `unit`.
///
/// # Errors
/// When the store cannot read.
pub fn of(room: &Room<'_>, unit: &Party) -> Result<Copies, StoreError> {
    Ok(room.read(&key(unit))?.unwrap_or_default())
}

/// The first entry of a life of `unit` came, by whichever way.
pub(super) fn began(
    room: &mut Room<'_>,
    unit: &Party,
    life: Incarnation,
    now: Moment,
) -> Result<(), StoreError> {
    let mut copies = of(room, unit)?;
    if copies.life.is_none_or(|(number, _)| number < life.number) {
        copies.life = Some((life.number, now));
        room.write(key(unit), &copies);
    }
    Ok(())
}

/// The store numbered `store` spoke for `unit` in its latest life, and it fits what is held.
pub(super) fn agrees(room: &mut Room<'_>, unit: &Party, store: u64, now: Moment) -> Result<(), StoreError> {
    let before = of(room, unit)?;
    let mut copies = before.clone();
    if copies.agreed.last() != Some(&store) {
        copies.agreed.retain(|known| *known != store);
        copies.agreed.push(store);
        let old = copies.agreed.len().saturating_sub(REMEMBERED);
        copies.agreed.drain(..old);
    }
    copies.sign = copies.sign.filter(|at| lately(*at, now));
    if copies != before {
        room.write(key(unit), &copies);
    }
    Ok(())
}

/// The store numbered `store` spoke for `unit` in an earlier life, or otherwise than is held. Whether that is a
/// sign of two machines.
pub(super) fn contradicts(
    room: &mut Room<'_>,
    unit: &Party,
    store: u64,
    now: Moment,
) -> Result<bool, StoreError> {
    let copies = of(room, unit)?;
    let sign = copies.agreed.contains(&store);
    if sign {
        room.write(key(unit), &Copies { sign: Some(now), ..copies });
    }
    Ok(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_store_that_agreed_and_contradicts_is_a_sign_that_goes_after_a_week_of_one_voice() {
        let (shelf, unit) = (MemoryStore::default(), "p52/c5205".parse::<Party>().unwrap());
        let mut room = Room::new(&shelf);
        let sign = |room: &Room<'_>| of(room, &unit).unwrap().sign().map(|at| at.0 / DAY);
        agrees(&mut room, &unit, 1, Moment(0)).unwrap();
        // restored: another number, however often the line is cut before the new life
        for day in 1..4 {
            assert!(!contradicts(&mut room, &unit, 2, Moment(day * DAY)).unwrap());
        }
        agrees(&mut room, &unit, 2, Moment(4 * DAY)).unwrap();
        assert_eq!(sign(&room), None);
        // the old machine goes on beside it, for as long as it likes
        for day in [5, 6, 20, 21] {
            assert!(contradicts(&mut room, &unit, 1, Moment(day * DAY)).unwrap());
            agrees(&mut room, &unit, 1, Moment(day * DAY + 1)).unwrap();
            assert!(contradicts(&mut room, &unit, 2, Moment(day * DAY + 2)).unwrap());
            agrees(&mut room, &unit, 2, Moment(day * DAY + 3)).unwrap();
            assert_eq!(sign(&room), Some(day));
        }
        // one of them is switched off
        agrees(&mut room, &unit, 2, Moment(27 * DAY)).unwrap();
        assert_eq!(sign(&room), Some(21));
        agrees(&mut room, &unit, 2, Moment(29 * DAY)).unwrap();
        assert_eq!(sign(&room), None);
    }

    #[test]
    fn a_unit_that_is_restored_again_and_again_is_remembered_by_its_last_stores() {
        let (shelf, unit) = (MemoryStore::default(), "p52/c5205".parse::<Party>().unwrap());
        let mut room = Room::new(&shelf);
        for store in 0..20 {
            agrees(&mut room, &unit, store, Moment(0)).unwrap();
            began(&mut room, &unit, Incarnation { number: 1, nonce: store }, Moment(0)).unwrap();
        }
        assert_eq!(of(&room, &unit).unwrap().agreed, (12..20).collect::<Vec<_>>());
        assert!(of(&room, &unit).unwrap().began_lately(Moment(DAY)));
        assert!(
            !of(&room, &unit).unwrap().began_lately(Moment(8 * DAY)),
            "the number of its life is the same"
        );
    }
}
