//! One child each: lost at a school, believed to be elsewhere.

use hub::routing::Scope;
use proto::model::case::{CaseId, TransferState};
use proto::model::party::Party;
use proto::model::region::Level;

use crate::tree::Tree;

/// What becomes of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The child is placed there.
    Placed,
    /// Rejected at first, offered again, and placed.
    RejectedOnce,
    /// The school takes it back while it is on its way.
    Withdrawn,
}

/// One child's case.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The school that lost the child, by its number.
    pub school: usize,
    /// The county of that school.
    pub county: Party,
    /// The place that the school names.
    pub to: String,
    /// The county of that place; `None` in another province.
    pub there: Option<Party>,
    /// How far the way is.
    pub scope: Scope,
    /// What becomes of it.
    pub kind: Kind,
    /// The case and the child, once it was referred.
    pub case: Option<CaseId>,
    /// The child, by its place among the school's children.
    pub child: Option<usize>,
    /// The evening of the referral.
    pub referred: u16,
    /// The inflow county has rejected it once.
    pub rejected: bool,
    /// The school has taken it back.
    pub withdrawn: bool,
    /// Where the child is in class now.
    pub placed: Option<Placed>,
    /// How it ended for the school that lost the child, and on which evening.
    pub ended: Option<(u16, TransferState)>,
}

/// Where a child is in class now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The school, by its number.
    pub school: usize,
    /// The child, by its place among that school's children.
    pub child: usize,
}

/// What the schools that have a county refer, in turn.
const TURNS: [(Scope, Kind); 6] = [
    (Scope::S2, Kind::Placed),
    (Scope::S1, Kind::Placed),
    (Scope::S0, Kind::Placed),
    (Scope::S3, Kind::Placed),
    (Scope::S1, Kind::RejectedOnce),
    (Scope::S2, Kind::Withdrawn),
];

/// A place in another province.
const FAR: &str = "440300";

/// At most `most` errands; a school has one, and only such as the tree has room for.
pub(super) fn plan(tree: &Tree, most: usize) -> Vec<Errand> {
    let mut errands = Vec::new();
    let mut turns = TURNS.iter().cycle();
    for seat in tree.schools() {
        let number = seat.plan().number;
        let Some(county) = county_of(seat.party()) else { continue };
        let found = turns.by_ref().take(TURNS.len()).find_map(|(scope, kind)| {
            let there = destination(tree, number, &county, *scope)?;
            Some((there, *scope, *kind))
        });
        let Some((there, scope, kind)) = found else { continue };
        let to = there.as_ref().map_or_else(|| FAR.to_owned(), |there| there.region().to_string());
        errands.push(Errand {
            school: number,
            county,
            to,
            there,
            scope,
            kind,
            case: None,
            child: None,
            referred: 0,
            rejected: false,
            withdrawn: false,
            placed: None,
            ended: None,
        });
        if errands.len() == most {
            break;
        }
    }
    errands
}

/// The county above a school; none above one that a city runs.
pub(super) fn county_of(school: &Party) -> Option<Party> {
    school.lineage().find(|hub| !hub.is_school() && hub.level() == Some(Level::County))
}

/// The county of a place that lies so far from `county`, with a school that can take the child. The outer
/// option says whether there is one; in another province no county of the tree is meant.
fn destination(tree: &Tree, from: usize, county: &Party, scope: Scope) -> Option<Option<Party>> {
    let mut others = tree.schools().iter().filter(|seat| seat.plan().number != from);
    let fits = |there: &Party| match scope {
        Scope::S0 => there == county,
        Scope::S1 => there != county && there.parent() == county.parent(),
        Scope::S2 => there.parent() != county.parent(),
        Scope::S3 | Scope::S4 => false,
    };
    match scope {
        Scope::S3 => Some(None),
        _ => others.find_map(|seat| county_of(seat.party()).filter(fits)).map(Some),
    }
}

impl Errand {
    /// Whether the child is to be placed in the tree.
    pub fn is_placed_here(&self) -> bool {
        self.there.is_some() && self.kind != Kind::Withdrawn
    }
}
