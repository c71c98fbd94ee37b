//! Where hubs listen: what a unit is told of its parents, and what a hub below tells of itself. A hub's own address is
//! `public` in its `config.toml`.

use proto::link::addresses::{self, Listens};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::store::{Room, StoreError};

use crate::desk::identity;
use crate::units::{self, Status};

/// Where `unit` finds its parents, in the order in which it dials them: a school its town when that has joined, then
/// the county; any other its parent. Empty as long as this hub does not know its own address.
///
/// # Errors
/// When the store cannot read.
pub fn of_parents(room: &Room<'_>, me: &Party, unit: &Party) -> Result<Vec<Listens>, StoreError> {
    let Some(own) = addresses::newest(room, me)? else { return Ok(Vec::new()) };
    let mut list = Vec::new();
    list.extend(town_of(room, me, unit)?);
    list.push(own);
    if me.level() == Some(Level::Town) {
        // a school of the town calls the county when the town is silent
        for parent in identity::parents(room)? {
            let known = addresses::newest(room, &parent.party)?;
            let Some(known) = known.or_else(|| listens(parent.party, parent.address)) else { continue };
            list.push(known);
        }
    }
    Ok(list)
}

/// The town between `me` and `unit`, when it is at work.
fn town_of(room: &Room<'_>, me: &Party, unit: &Party) -> Result<Option<Listens>, StoreError> {
    let town = unit.parent().filter(|parent| parent != me && parent.level() == Some(Level::Town));
    let Some(town) = town else { return Ok(None) };
    let known = units::get(room, &town)?.filter(|known| known.status == Status::Active);
    let Some(address) = known.and_then(|known| known.address) else { return Ok(None) };
    Ok(addresses::newest(room, &town)?.or_else(|| listens(town, address)))
}

/// As it was told when the party joined, before it said so itself.
fn listens(party: Party, address: String) -> Option<Listens> {
    addresses::is_address(&address).then_some(Listens { party, address, since: Moment(0) })
}

/// A hub below has told where it listens: the register shows it, and its schools are told at their next contact.
///
/// # Errors
/// When the store cannot read.
pub fn of_unit(room: &mut Room<'_>, me: &Party, told: &Listens, now: Moment) -> Result<(), StoreError> {
    let Some(mut unit) = units::get(room, &told.party)? else { return Ok(()) };
    addresses::hear(room, told, now)?;
    let newest = addresses::newest(room, &told.party)?.map(|newest| newest.address);
    if newest.is_some() && unit.address != newest {
        unit.address = newest;
        units::put(room, me, &unit)?;
    }
    Ok(())
}
