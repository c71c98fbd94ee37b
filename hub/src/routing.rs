//! Which way a case goes (E01 to E04, `domain/2-states.md` 2.4): who answers on both sides, who moves it, and
//! through which offices. Pure: the tree of hubs in, a route with its reason out.
//!
//! ```text
//! S0  one county                  the county hands it on itself
//! S1  one city, or municipality   the city moves it
//! S2  one province                the province moves it
//! S3  another province            the origin's city writes a letter
//! S4  outside the tree            nobody moves it: the case stays
//! ```

mod former;
mod words;

use std::fmt;

use proto::model::division::{AdministeredBy, Divisions, FindError, NoHub, Place};
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use serde::{Serialize, Serializer};

pub use words::Why;

/// How far apart two places are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Scope {
    /// The same county.
    S0,
    /// Another county of the same city.
    S1,
    /// Another city of the same province.
    S2,
    /// Another province.
    S3,
    /// Outside the tree.
    S4,
}

/// A station on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A hub.
    Region(Region),
    /// A letter on paper, or a courier's bundle.
    Letter,
}

/// The way of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// How far.
    pub scope: Scope,
    /// Who moves it; `None` when nobody does.
    pub mover: Option<Region>,
    /// Every office on the way, the origin's county first.
    pub path: Vec<Stop>,
    /// The hub that countersigns the steps (S1, S2).
    pub registrar: Option<Party>,
    /// The hub that answers for the child now.
    pub origin: Party,
    /// The hub that will; `None` when a letter's addressee has to find it out, and outside the tree.
    pub receiver: Option<Party>,
    /// To whom a letter is written (S3).
    pub addressee: Option<Party>,
    /// Why this scope.
    pub why: Why,
}

/// Why there is no way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No division, or several, of that name.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The division was abolished; another took its place.
    #[error("{code} {name} was abolished: {successor} took its place")]
    Abolished {
        /// The old code.
        code: Region,
        /// Its old name.
        name: &'static str,
        /// What it belongs to now.
        successor: Place,
    },
    /// The place has no hub.
    #[error(transparent)]
    NoHub(#[from] NoHub),
    /// No hub of the place answers for children: it has counties, and one of them must be named.
    #[error("{place} has counties that answer for its children: one of them must be named")]
    NoCounty {
        /// The place.
        place: Place,
        /// Its counties, by the hub tree.
        counties: Vec<Place>,
    },
    /// Both ends are the same place.
    #[error("{0} is both the origin and the destination")]
    Same(Place),
}

/// The division that `text` names; an abolished code says what took its place.
///
/// # Errors
/// [`RouteError::Find`], [`RouteError::Abolished`].
pub fn place(divisions: &Divisions, text: &str) -> Result<Region, RouteError> {
    divisions.find(text).map_err(|error| match text.trim().parse() {
        Ok(code) => former::abolished(divisions, code).unwrap_or(RouteError::Find(error)),
        Err(_) => RouteError::Find(error),
    })
}

/// The hub that plays the county's role for `place`: the county, or the city where there are none.
///
/// # Errors
/// When the place has no hub, or is above the counties.
pub fn county(divisions: &Divisions, by: &AdministeredBy, place: Region) -> Result<Party, RouteError> {
    let party = hub(divisions, by, place)?;
    let role = party.lineage().find(|hub| plays_county(divisions, hub));
    role.ok_or_else(|| RouteError::NoCounty {
        place: shown(divisions, place),
        counties: divisions.units_below(party.region(), by).iter().map(|it| shown(divisions, *it)).collect(),
    })
}

/// The way from `from` to `to`.
///
/// # Errors
/// [`RouteError`]: what has to be said more exactly.
pub fn route(
    divisions: &Divisions,
    by: &AdministeredBy,
    from: Region,
    to: Region,
) -> Result<Route, RouteError> {
    if from == to {
        return Err(RouteError::Same(shown(divisions, from)));
    }
    let origin = county(divisions, by, from)?;
    let there = match hub(divisions, by, to) {
        Err(RouteError::NoHub(NoHub::Outside(place))) => return Ok(stays(origin, Why::Outside(place))),
        there => there?,
    };
    match common(&origin, &there) {
        Some(registrar) => within(divisions, by, origin, registrar, to),
        None => Ok(across(divisions, origin, &there)),
    }
}

/// Both ends are below one hub (S0 to S2).
fn within(
    divisions: &Divisions,
    by: &AdministeredBy,
    origin: Party,
    registrar: Party,
    to: Region,
) -> Result<Route, RouteError> {
    let receiver = county(divisions, by, to)?;
    let at = shown(divisions, registrar.region());
    if origin == receiver {
        return Ok(Route {
            scope: Scope::S0,
            mover: Some(origin.region()),
            path: vec![Stop::Region(origin.region())],
            registrar: None,
            receiver: Some(receiver),
            addressee: None,
            why: Why::OneCounty(shown(divisions, origin.region())),
            origin,
        });
    }
    let (scope, why) = match registrar.level() {
        Some(Level::Province) if is_municipality(divisions, registrar.region()) => {
            (Scope::S1, Why::OneMunicipality(at))
        }
        Some(Level::Province) => {
            let direct = [&origin, &receiver].into_iter().find(|county| has_no_city(county));
            let direct = direct.map(|county| shown(divisions, county.region()));
            (Scope::S2, Why::OneProvince { province: at, direct })
        }
        // a filler that was made a hub stands for a body of its own, such as the Corps: its units are cities
        _ if is_filler(divisions, registrar.region()) => (Scope::S2, Why::OneBody(at)),
        _ => (Scope::S1, Why::OneCity(at)),
    };
    let mut path = climb(&origin, &registrar);
    path.push(Stop::Region(registrar.region()));
    path.extend(climb(&receiver, &registrar).into_iter().rev());
    Ok(Route {
        scope,
        mover: Some(registrar.region()),
        path,
        registrar: Some(registrar),
        receiver: Some(receiver),
        addressee: None,
        why,
        origin,
    })
}

/// The ends have no hub in common (S3).
fn across(divisions: &Divisions, origin: Party, there: &Party) -> Route {
    let (writer, addressee) = (writer(&origin), writer(there));
    let receiver = there.lineage().find(|hub| plays_county(divisions, hub));
    let inner = receiver.as_ref().map(|receiver| climb(receiver, &addressee)).unwrap_or_default();
    let mut path = climb(&origin, &writer);
    path.extend([Stop::Region(writer.region()), Stop::Letter, Stop::Region(addressee.region())]);
    path.extend(inner.into_iter().rev());
    let why = Why::OtherProvince {
        writer: shown(divisions, writer.region()),
        addressee: shown(divisions, addressee.region()),
    };
    Route {
        scope: Scope::S3,
        mover: Some(writer.region()),
        path,
        registrar: None,
        origin,
        receiver,
        addressee: Some(addressee),
        why,
    }
}

fn stays(origin: Party, why: Why) -> Route {
    Route {
        scope: Scope::S4,
        mover: None,
        path: Vec::new(),
        registrar: None,
        origin,
        receiver: None,
        addressee: None,
        why,
    }
}

/// The hub of `place`. The stand-in county of Jiayuguan means its city.
fn hub(divisions: &Divisions, by: &AdministeredBy, place: Region) -> Result<Party, RouteError> {
    match divisions.party_of(place, by) {
        Err(NoHub::Filler { filler, instead }) if filler.region.level() == Level::County => {
            Ok(divisions.party_of(instead.region, by)?)
        }
        Err(unknown @ NoHub::Unknown { .. }) => {
            Err(former::abolished(divisions, place).unwrap_or(RouteError::NoHub(unknown)))
        }
        found => Ok(found?),
    }
}

fn plays_county(divisions: &Divisions, hub: &Party) -> bool {
    match hub.level() {
        Some(Level::County) => true,
        Some(Level::City) => divisions.acts_as_county(hub.region()),
        _ => false,
    }
}

/// The lowest hub that is, or is above, both.
fn common(one: &Party, other: &Party) -> Option<Party> {
    one.lineage().find(|hub| hub == other || other.is_below(hub))
}

/// The hubs from `from` up to below `to`.
fn climb(from: &Party, to: &Party) -> Vec<Stop> {
    from.lineage().take_while(|hub| hub != to).map(|hub| Stop::Region(hub.region())).collect()
}

/// The hub that writes and takes letters for `party`: its city, or the province where there is none (2.4).
pub fn writer(party: &Party) -> Party {
    let above = |hub: &Party| matches!(hub.level(), Some(Level::City | Level::Province));
    party.lineage().find(above).expect("every party is in a province")
}

fn has_no_city(county: &Party) -> bool {
    writer(county).level() == Some(Level::Province)
}

/// A province all of whose cities only fill a level does a city's work itself (4.4, 1).
fn is_municipality(divisions: &Divisions, province: Region) -> bool {
    let mut cities = divisions.children(province).peekable();
    cities.peek().is_some() && cities.all(|city| city.is_filler())
}

fn is_filler(divisions: &Divisions, region: Region) -> bool {
    divisions.get(region).is_some_and(|row| row.is_filler())
}

fn shown(divisions: &Divisions, region: Region) -> Place {
    divisions.place(region).unwrap_or_else(|| Place { region, name: String::new() })
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(region) => write!(f, "{region}"),
            Self::Letter => f.write_str("LETTER"),
        }
    }
}

impl Serialize for Stop {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
