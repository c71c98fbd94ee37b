//! Where parents listen, as they say themselves: a parent tells its units at a contact where it and those beside it
//! are reached now, and a unit tries the newest address first and former ones after it. Who answers there proves by
//! its certificate who it is, so an address needs no trust, and a wrong one cuts nobody off.
//!
//! A word about a party bears the moment from which the address holds, by that party's own clock: the newest word
//! counts, by whomever it was brought.
//!
//! Key: `l/v/<party>`, of this party itself as well.

use serde::{Deserialize, Serialize};

use super::caller::Parent;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::store::{Record, Room, StoreError};

/// For how long a former address is tried after the new one was told and has answered, in milliseconds.
const FORMER: i64 = 30 * 86_400_000;
/// How many addresses of one party are kept.
const MOST: usize = 4;
/// The longest address.
const LONGEST: usize = 300;

/// A party's word, or another's, about where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listens {
    /// Who.
    pub party: Party,
    /// Host and port.
    pub address: String,
    /// From when on, by its own clock.
    pub since: Moment,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    address: String,
    since: Moment,
    /// When it was told here.
    told: Moment,
    answered: bool,
}

/// The newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Addresses(Vec<Known>);

impl Record for Addresses {
    const VERSION: u8 = 1;
    const NAME: &'static str = "addresses of a party";
}

impl Addresses {
    /// A newer word. Whether the address is another one than before.
    fn hear(&mut self, address: &str, since: Moment, now: Moment) -> bool {
        let newest = self.0.first_mut();
        match newest {
            Some(newest) if newest.address == address => {
                newest.since = newest.since.max(since);
                false
            }
            Some(newest) if newest.since >= since => false,
            _ => {
                let answered = self.0.iter().any(|known| known.address == address && known.answered);
                self.0.retain(|known| known.address != address);
                self.0.insert(0, Known { address: address.to_owned(), since, told: now, answered });
                self.forget_one();
                true
            }
        }
    }

    /// Where it has answered is worth more than where it never did.
    fn forget_one(&mut self) {
        if self.0.len() > MOST {
            let worst = self.0.iter().rposition(|known| !known.answered).filter(|at| *at > 0);
            self.0.remove(worst.unwrap_or(MOST));
        }
    }
}

fn key(party: &Party) -> Vec<u8> {
    format!("l/v/{party}").into_bytes()
}

fn of(room: &Room<'_>, party: &Party) -> Result<Addresses, StoreError> {
    Ok(room.read(&key(party))?.unwrap_or_default())
}

fn keep(room: &mut Room<'_>, party: &Party, before: &Addresses, after: &Addresses) {
    if before != after {
        room.write(key(party), after);
    }
}

/// Whether `address` can be one: `host:port` in plain characters.
pub fn is_address(address: &str) -> bool {
    let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    address.len() <= LONGEST
        && address.chars().all(|c| c.is_ascii_graphic())
        && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// What is known of where `party` listens.
///
/// # Errors
/// When the store cannot read.
pub fn newest(room: &Room<'_>, party: &Party) -> Result<Option<Listens>, StoreError> {
    let newest = of(room, party)?.0.into_iter().next();
    Ok(newest.map(|known| Listens { party: party.clone(), address: known.address, since: known.since }))
}

/// Notes where `me` listens itself; another address than before holds from now on.
///
/// # Errors
/// When the store cannot read.
pub fn note_own(room: &mut Room<'_>, me: &Party, address: &str, now: Moment) -> Result<(), StoreError> {
    let before = of(room, me)?;
    let mut after = before.clone();
    let since = before.0.first().map_or(now, |newest| now.max(newest.since.plus_millis(1)));
    after.hear(address, since, now);
    // a hub tells one address, and nobody asks it for former ones
    after.0.truncate(1);
    if before.0.first().map(|known| &known.address) != after.0.first().map(|known| &known.address) {
        keep(room, me, &before, &after);
    }
    Ok(())
}

/// Takes a word about where one party listens. Whether the address is another one than before.
///
/// # Errors
/// When the store cannot read.
pub fn hear(room: &mut Room<'_>, told: &Listens, now: Moment) -> Result<bool, StoreError> {
    if !is_address(&told.address) {
        return Ok(false);
    }
    let before = of(room, &told.party)?;
    let mut after = before.clone();
    let other = after.hear(&told.address, told.since, now);
    keep(room, &told.party, &before, &after);
    Ok(other)
}

/// Takes what a parent tells `me` of those above, which dials `held` so far. The parents to dial from now on, when
/// they are others: with their newest addresses, and a town that joined after its school before all others. Nobody is
/// left out because he was not named.
///
/// # Errors
/// When the store cannot read.
pub(super) fn take(
    room: &mut Room<'_>,
    me: &Party,
    held: &[Parent],
    told: &[Listens],
    now: Moment,
) -> Result<Option<Vec<Parent>>, StoreError> {
    let mut parents = held.to_vec();
    for told in told.iter().filter(|told| me.is_below(&told.party) && is_address(&told.address)) {
        let at = parents.iter().position(|parent| parent.party == told.party);
        let between = me.parent().as_ref() == Some(&told.party);
        if at.is_none() && !between {
            continue;
        }
        if let Some(at) = at
            && of(room, &told.party)?.0.is_empty()
        {
            // where it was found until now, as the invitation said
            let before =
                Listens { since: Moment(i64::MIN), address: parents[at].address.clone(), ..told.clone() };
            hear(room, &before, now)?;
        }
        hear(room, told, now)?;
        let address =
            newest(room, &told.party)?.map_or_else(|| told.address.clone(), |newest| newest.address);
        match at {
            Some(at) => parents[at].address = address,
            None => parents.insert(0, Parent { party: told.party.clone(), address }),
        }
    }
    Ok((parents != held).then_some(parents))
}

/// One number for what `parents` are known by: equal to that of the list that a parent would tell when there is
/// nothing to be told.
///
/// # Errors
/// When the store cannot read.
pub(super) fn digest_held(room: &Room<'_>, parents: &[Parent]) -> Result<u32, StoreError> {
    let mut list = Vec::new();
    for parent in parents {
        list.extend(newest(room, &parent.party)?);
    }
    Ok(digest(&list))
}

/// One number for a list; never 0.
pub(super) fn digest(list: &[Listens]) -> u32 {
    let mut hasher = blake3::Hasher::new();
    for Listens { party, address, since } in list {
        for part in [party.to_string().as_bytes(), address.as_bytes(), &since.0.to_be_bytes()] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    let four = hasher.finalize().as_bytes()[..4].try_into().expect("a hash has 32 bytes");
    u32::from_be_bytes(four).max(1)
}

/// Where to dial `parent`, in order: the newest address, then former ones, where it answered before the others.
///
/// # Errors
/// When the store cannot read.
pub fn to_try(room: &Room<'_>, parent: &Parent) -> Result<Vec<String>, StoreError> {
    let Addresses(mut known) = of(room, &parent.party)?;
    if let Some((_, former)) = known.split_first_mut() {
        former.sort_by_key(|known| !known.answered);
    }
    let mut out: Vec<String> = known.into_iter().map(|known| known.address).collect();
    if !out.contains(&parent.address) {
        out.push(parent.address.clone());
    }
    Ok(out)
}

/// `party` has answered at `address`. Former addresses go when the newest has been known for a month.
///
/// # Errors
/// When the store cannot read.
pub fn answered(room: &mut Room<'_>, party: &Party, address: &str, now: Moment) -> Result<(), StoreError> {
    let before = of(room, party)?;
    let mut after = before.clone();
    if let Some(known) = after.0.iter_mut().find(|known| known.address == address) {
        known.answered = true;
    }
    if let Some(newest) = after.0.first()
        && newest.address == address
        && now.since(newest.told) >= FORMER
    {
        after.0.truncate(1);
    }
    keep(room, party, &before, &after);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    const DAY: i64 = 86_400_000;

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    fn parent(text: &str, address: &str) -> Parent {
        Parent { party: party(text), address: address.to_owned() }
    }

    fn listens(text: &str, address: &str, since: i64) -> Listens {
        Listens { party: party(text), address: address.to_owned(), since: Moment(since) }
    }

    const COUNTY: &str = "p52/c5205/d520502";
    const TOWN: &str = "p52/c5205/d520502/t520502100";

    #[test]
    fn a_new_address_is_tried_first_and_the_old_one_after_it_for_a_month() {
        let shelf = MemoryStore::default();
        let mut room = Room::new(&shelf);
        let me = party("p52/c5205/d520502/s2152000001");
        let joined = [parent(COUNTY, "old:1")];
        assert_eq!(to_try(&room, &joined[0]).unwrap(), ["old:1"]);
        let moved =
            take(&mut room, &me, &joined, &[listens(COUNTY, "new:1", 5)], Moment(0)).unwrap().unwrap();
        assert_eq!(moved, [parent(COUNTY, "new:1")]);
        assert_eq!(to_try(&room, &moved[0]).unwrap(), ["new:1", "old:1"]);
        // an older word, brought by another, changes nothing
        assert_eq!(take(&mut room, &me, &moved, &[listens(COUNTY, "old:1", 4)], Moment(1)).unwrap(), None);
        for (day, left) in [(1, 2), (29, 2), (30, 1)] {
            answered(&mut room, &moved[0].party, "new:1", Moment(day * DAY)).unwrap();
            assert_eq!(to_try(&room, &moved[0]).unwrap().len(), left, "day {day}");
        }
    }

    #[test]
    fn where_a_parent_answered_is_not_forgotten_for_addresses_where_it_never_did() {
        let shelf = MemoryStore::default();
        let mut room = Room::new(&shelf);
        let me = party("p52/c5205/d520502/s2152000001");
        let mut held = vec![parent(COUNTY, "good:1")];
        held = take(&mut room, &me, &held, &[listens(COUNTY, "wrong:9", 1)], Moment(0)).unwrap().unwrap();
        answered(&mut room, &held[0].party, "good:1", Moment(1)).unwrap();
        for n in 1..9 {
            let word = [listens(COUNTY, &format!("wrong:{n}"), 1 + i64::from(n))];
            held = take(&mut room, &me, &held, &word, Moment(2)).unwrap().unwrap();
        }
        let tried = to_try(&room, &held[0]).unwrap();
        assert_eq!((tried[0].as_str(), tried[1].as_str(), tried.len()), ("wrong:8", "good:1", MOST));
    }

    #[test]
    fn a_town_that_joins_later_comes_first_and_nobody_else_gets_in() {
        let shelf = MemoryStore::default();
        let mut room = Room::new(&shelf);
        let me = party("p52/c5205/d520502/t520502100/s2152000001");
        let held = [parent(COUNTY, "county:1")];
        let told =
            [listens(TOWN, "town:1", 1), listens(COUNTY, "county:1", 1), listens("p52/c5205", "city:1", 1)];
        let both = take(&mut room, &me, &held, &told, Moment(0)).unwrap().unwrap();
        assert_eq!(both, [parent(TOWN, "town:1"), parent(COUNTY, "county:1")]);
        for foreign in ["p52/c5205/d520502/t520502101", "p51", COUNTY] {
            let told = [listens(foreign, "no address", 9)];
            assert_eq!(take(&mut room, &me, &both, &told, Moment(0)).unwrap(), None, "{foreign}");
        }
        assert_eq!(digest_held(&room, &both).unwrap(), digest(&told[..2]), "there is nothing left to tell");
    }

    #[test]
    fn a_hub_that_moves_there_and_back_speaks_last_each_time() {
        let (shelf, me) = (MemoryStore::default(), party(COUNTY));
        let mut room = Room::new(&shelf);
        let mut last = Moment(i64::MIN);
        for address in ["a:1", "b:1", "a:1"] {
            note_own(&mut room, &me, address, Moment(7)).unwrap();
            let own = newest(&room, &me).unwrap().unwrap();
            assert!(own.address == address && own.since > last);
            last = own.since;
            note_own(&mut room, &me, address, Moment(99)).unwrap();
            assert_eq!(newest(&room, &me).unwrap().unwrap(), own, "a start changes nothing");
        }
        for (text, is) in
            [("10.0.0.1:7443", true), ("a:0", false), (":1", false), ("a b:1", false), ("a", false)]
        {
            assert_eq!(is_address(text), is, "{text}");
        }
    }
}
