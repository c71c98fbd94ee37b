//! The tree to be brought up: real places, invented schools.

use std::collections::BTreeSet;

use proto::model::division::{AdministeredBy, Divisions};
use proto::model::party::Party;
use proto::model::region::Region;

use crate::dice::Dice;
use crate::files::Form;
use crate::pupils::Size;

/// Hubs and schools.
#[derive(Debug, Clone)]
pub struct Plan {
    /// From the top down: whoever is above comes before.
    pub hubs: Vec<Party>,
    /// In the order of their codes.
    pub schools: Vec<SchoolPlan>,
}

/// A school.
#[derive(Debug, Clone)]
pub struct SchoolPlan {
    /// Its number in the tree, from 1.
    pub number: usize,
    /// Who it is.
    pub party: Party,
    /// What people call it.
    pub name: String,
    /// How large it is.
    pub size: Size,
    /// On what its roll is kept.
    pub form: Form,
}

impl SchoolPlan {
    /// Its code.
    ///
    /// # Panics
    /// Never: the party is a school's.
    pub fn code(&self) -> String {
        self.party.school_code().expect("the plan names schools by their codes").to_string()
    }

    /// The place that manages it, as an office writes it.
    pub fn under(&self) -> String {
        self.party.region().to_string()
    }
}

/// A tree of `schools` schools below one province: two cities, and what manages the schools in them.
///
/// # Panics
/// When `schools` is 0 or above 9,999.
pub fn plan(seed: u64, schools: usize) -> Plan {
    assert!((1..10_000).contains(&schools), "between 1 and 9,999 schools");
    let table = Divisions::shipped();
    let hub = |place: &str| {
        let region: Region = place.parse().expect("the places below are codes");
        table.party_of(region, &AdministeredBy::default()).expect("the places below run hubs")
    };
    let mut dice = Dice::new(seed, "plan");
    let schools: Vec<SchoolPlan> = (1..=schools)
        .map(|number| {
            let code = format!("2152{number:06}").parse().expect("ten digits");
            let party = hub(SEATS[(number - 1) % SEATS.len()]).school(code).expect("a hub has schools");
            school(number, party, &mut dice)
        })
        .collect();
    let mut hubs: Vec<Party> =
        schools.iter().flat_map(|s| s.party.lineage().skip(1)).collect::<BTreeSet<_>>().into_iter().collect();
    hubs.sort_by_key(|hub| hub.lineage().count());
    Plan { hubs, schools }
}

fn school(number: usize, party: Party, dice: &mut Dice) -> SchoolPlan {
    let grades = dice.pick(&[(1, 6), (1, 6), (7, 9), (1, 9)]);
    let size =
        Size { grades, classes: if dice.chance(0.3) { 2 } else { 1 }, children: dice.pick(&[8, 12, 20]) };
    let kind = match grades {
        (1, 6) => "小学",
        (7, 9) => "中学",
        _ => "学校",
    };
    let form = Form::ALL[number % Form::ALL.len()];
    SchoolPlan { number, party, name: format!("第{number}{kind}"), size, form }
}

/// Where schools hang, in turn: towns of two cities, a county whose towns run no hub (大方), counties
/// straight, and a school that a city itself runs.
const SEATS: &[&str] = &[
    "520502100",
    "520103100",
    "520502",
    "520521",
    "520100",
    "520502101",
    "520103021",
    "520102021",
    "520502100",
    "520103100",
    "520102021",
    "520521",
];

#[cfg(test)]
mod tests {
    use proto::model::region::Level;

    use super::*;

    #[test]
    fn a_plan_has_every_kind_of_seat_and_whoever_is_above_comes_first() {
        let plan = plan(1, 40);
        let levels = |level| plan.hubs.iter().filter(|hub| hub.level() == Some(level)).count();
        assert_eq!(Level::ALL.map(levels), [1, 2, 4, 5]);
        for (at, hub) in plan.hubs.iter().enumerate() {
            assert!(hub.parent().is_none_or(|above| plan.hubs[..at].contains(&above)), "{hub}");
        }
        for level in [Level::City, Level::County, Level::Town] {
            let hangs = |school: &SchoolPlan| school.party.region().level() == level;
            assert!(plan.schools.iter().any(hangs), "{level:?}");
        }
        assert!(plan.schools.iter().all(|s| plan.hubs.contains(&s.party.parent().expect("a hub"))));
    }
}
