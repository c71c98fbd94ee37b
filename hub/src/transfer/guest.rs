//! Whom a county tells what became of a child that was handed to it. A case may come back here by another way
//! than it came first; the answer goes the way on which the origin waits for it.
//!
//! Keys: `h/c/g/<case>`.

use proto::model::case::{CaseId, Leg};
use proto::model::party::Party;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// The county that waits for an answer, and the leg on which it handed the case over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The leg.
    pub leg: Leg,
    /// Who waits.
    pub from: Party,
}

impl Record for Host {
    const VERSION: u8 = 1;
    const NAME: &'static str = "county that waits for an answer";
}

fn key(case: CaseId) -> Vec<u8> {
    [b"h/c/g/".as_slice(), &case.0].concat()
}

/// Who waits for an answer in a case.
///
/// # Errors
/// When the store cannot read.
pub fn waits(room: &Room<'_>, case: CaseId) -> Result<Option<Host>, StoreError> {
    room.read(&key(case))
}

/// This hub took the case from `from`. Who waits already goes on waiting, on the newer leg if it is the same.
///
/// # Errors
/// When the store cannot read.
pub fn took(room: &mut Room<'_>, leg: Leg, from: &Party) -> Result<(), StoreError> {
    if waits(room, leg.case)?.is_none_or(|host| host.from == *from) {
        room.write(key(leg.case), &Host { leg, from: from.clone() });
    }
    Ok(())
}

/// `to` took the case from this hub: one that gets its own case back waits no longer.
///
/// # Errors
/// When the store cannot read.
pub fn gave(room: &mut Room<'_>, case: CaseId, to: &Party) -> Result<(), StoreError> {
    if waits(room, case)?.is_some_and(|host| host.from == *to) {
        room.delete(key(case));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proto::store::MemoryStore;

    use super::*;

    #[test]
    fn who_handed_the_case_over_first_waits_until_it_has_the_case_back() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let case = CaseId::new([3; 16]);
        let [origin, other]: [Party; 2] =
            ["p52/c5205/d520502", "p52/c5201/d520103"].map(|path| path.parse().unwrap());
        let waiting = |room: &Room<'_>| waits(room, case).unwrap().map(|host| (host.leg.number, host.from));
        took(&mut room, case.leg(1), &origin).unwrap();
        // handed on, and back by another way: the origin still knows of leg 1 alone
        gave(&mut room, case, &other).unwrap();
        took(&mut room, case.leg(3), &other).unwrap();
        assert_eq!(waiting(&room), Some((1, origin.clone())));
        // back to the origin, and here once more
        gave(&mut room, case, &origin).unwrap();
        assert_eq!(waiting(&room), None);
        took(&mut room, case.leg(5), &origin).unwrap();
        took(&mut room, case.leg(7), &origin).unwrap();
        assert_eq!(waiting(&room), Some((7, origin)));
    }
}
