//! I7, as people see it: whatever came twice, late or in another life counts once. Every hub's figures are the
//! sums of the last sheets that the schools below it hold themselves.

use std::collections::BTreeMap;

use hub::view;
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::sheet::{Counts, Nature};

use super::Breaches;
use crate::play::sheets;
use crate::world::World;

pub(super) fn check(world: &World, (first, last): (Day, Day), breaches: &mut Breaches) {
    let all: BTreeMap<&Party, BTreeMap<Day, Counts>> =
        world.schools().map(|school| (school, sheets(world, school))).collect();
    for hub in world.hubs() {
        let mut day = first;
        while day <= last {
            let figure = world.read(hub, |room| {
                view::figure(room, hub.region(), day, &|_, _| true).expect("memory is read")
            });
            let mut expected = Counts::default();
            let mut reported = 0;
            for (_, sheets) in all.iter().filter(|(school, _)| school.is_below(hub)) {
                if let Some((_, stands)) = sheets.range(..=day).next_back() {
                    expected.add(&stands.only(Nature::Stock));
                }
                if let Some(own) = sheets.get(&day) {
                    expected.add(&own.only(Nature::Flow));
                    reported += 1;
                }
            }
            breaches.hold(figure.counts == expected, || {
                format!("I7 {hub} on {day}: {:?}, expected {:?}", figure.counts.0, expected.0)
            });
            breaches.hold(figure.reporting.reported == reported, || {
                format!("I7 {hub} on {day}: {} reported, expected {reported}", figure.reporting.reported)
            });
            day = day.next();
        }
    }
}
