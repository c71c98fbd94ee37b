//! One thing that happens, and what every level makes of it.

mod abroad;
mod addresses;
mod classroom;
mod clocks;
mod courier;
mod documents;
mod forgotten;
mod home;
mod lines;
mod papers;
mod put_back;
mod renewal;
mod restored;
mod standing;
mod transfer;

use proto::model::day::Day;
use proto::model::sheet::Indicator;
use tests::laws::{Law, check};
use tests::tree::Tree;

/// Numbers of schools as the plan seats them.
const IN_A_TOWN: usize = 1;
const STRAIGHT_ON_A_COUNTY: usize = 3;
const RUN_BY_A_CITY: usize = 5;

/// What the hub of `place` shows of itself on `day`.
async fn figure(tree: &Tree, place: &str, day: Day, indicator: Indicator) -> u64 {
    let hub = tree.place(place).hub();
    let shown = hub.figures(hub.me.region(), Some((day, day))).await.expect("a readable store");
    shown.view.own.counts.of(indicator)
}

/// The same at every hub above a school.
async fn above(tree: &Tree, school: usize, day: Day, indicator: Indicator) -> Vec<u64> {
    let mut figures = Vec::new();
    for hub in tree.school(school).party().lineage().skip(1) {
        figures.push(figure(tree, &hub.region().to_string(), day, indicator).await);
    }
    figures
}

/// No law is broken. Where nothing was issued there are no documents to compare.
async fn lawful(tree: &Tree) {
    for verdict in check(tree, None).await.expect("readable stores") {
        let idle = verdict.law == Law::SameDocuments && verdict.checked == 0;
        assert!(verdict.holds() || idle, "{verdict:#?}");
    }
}
