//! Figures at every level against the sheets that the schools themselves hold.

use std::collections::BTreeMap;

use anyhow::Result;
use hub::view::Figure;
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::sheet::{Counts, Nature};

use super::{Law, Verdict};
use crate::tree::{HubSeat, SchoolSeat, Tree};

/// The sheets of one school by day.
type Sheets = BTreeMap<Day, Counts>;

pub(super) async fn check(tree: &Tree) -> Result<Vec<Verdict>> {
    let mut county = Verdict::of(Law::CountyTotals);
    let mut above = Verdict::of(Law::TotalsAbove);
    let mut sheets = BTreeMap::new();
    for school in tree.schools() {
        sheets.insert(school.party().clone(), school.sheets().await?);
    }
    for hub in tree.hubs() {
        let sees_schools = matches!(hub.party().level(), Some(Level::County | Level::Town));
        let mut day = tree.days()[0];
        while day <= tree.today() {
            let figure = own(hub, day).await?;
            let (law, expected) = if sees_schools {
                (&mut county, sum(&sheets, tree.schools(), hub.party(), day))
            } else {
                (&mut above, sum_of_counties(tree, &sheets, hub.party(), day).await?)
            };
            law.hold(figure.counts == expected.counts, || {
                format!("{} on {day}: {:?}, expected {:?}", hub.party(), figure.counts.0, expected.counts.0)
            });
            law.hold(figure.reporting.reported == expected.reported, || {
                let reported = figure.reporting.reported;
                format!("{} on {day}: {reported} reported, expected {}", hub.party(), expected.reported)
            });
            day = day.next();
        }
    }
    Ok(vec![county, above])
}

async fn own(hub: &HubSeat, day: Day) -> Result<Figure> {
    Ok(hub.hub().figures(hub.party().region(), Some((day, day))).await?.view.own)
}

#[derive(Default)]
struct Expected {
    counts: Counts,
    reported: u32,
}

impl Expected {
    /// Stocks of the last sheet up to the day, flows of the day's own.
    fn add(&mut self, sheets: &Sheets, day: Day) {
        if let Some((_, last)) = sheets.range(..=day).next_back() {
            self.counts.add(&last.only(Nature::Stock));
        }
        if let Some(own) = sheets.get(&day) {
            self.counts.add(&own.only(Nature::Flow));
            self.reported += 1;
        }
    }
}

fn sum(sheets: &BTreeMap<Party, Sheets>, schools: &[SchoolSeat], hub: &Party, day: Day) -> Expected {
    let mut sum = Expected::default();
    for school in schools.iter().filter(|school| school.party().is_below(hub)) {
        sum.add(&sheets[school.party()], day);
    }
    sum
}

async fn sum_of_counties(
    tree: &Tree,
    sheets: &BTreeMap<Party, Sheets>,
    above: &Party,
    day: Day,
) -> Result<Expected> {
    let mut sum = Expected::default();
    let counties = tree.hubs().filter(|hub| hub.party().level() == Some(Level::County));
    for county in counties.filter(|county| county.party().is_below(above)) {
        let figure = own(county, day).await?;
        sum.counts.add(&figure.counts);
        sum.reported += figure.reporting.reported;
    }
    for school in tree.schools().iter().filter(|school| school.party().is_below(above)) {
        if school.party().region().level() < Level::County {
            sum.add(&sheets[school.party()], day);
        }
    }
    Ok(sum)
}
