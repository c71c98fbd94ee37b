//! A reader that remembers everything that was said and sums it when asked.

use std::collections::BTreeMap;

use proto::model::party::Party;
use proto::model::sheet::{Counts, Nature, Reporting};

use super::{COUNTY, HUBS, ROWS, SCHOOLS, counts, party, place};
use crate::rollup::{Group, Outcome};

/// Revision and life.
pub(super) type Rank = (u32, u32);

/// What one leaf said of one day, as the naive reader remembers it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    rank: Rank,
    counts: Counts,
    reporting: Reporting,
}

/// Remembers everything and sums it when asked.
pub(super) struct Naive {
    me: Party,
    /// School and day.
    pub(super) sheets: BTreeMap<(usize, i32), Said>,
    /// Hub and day: the rows.
    pub(super) totals: BTreeMap<(usize, i32), (Rank, BTreeMap<usize, u64>)>,
    /// From which day on a school counts, and from which it no longer does.
    pub(super) spans: BTreeMap<usize, (Option<i32>, Option<i32>)>,
}

pub(super) fn row_reporting(seed: u64) -> Reporting {
    let n = u32::try_from(seed).unwrap();
    Reporting { expected: n + 3, reported: n + 1, on_time: n, restated: n / 2, provisional: n / 3 }
}

impl Naive {
    pub(super) fn of(me: &Party) -> Self {
        let (sheets, totals, spans) = Default::default();
        Self { me: me.clone(), sheets, totals, spans }
    }

    /// Not those whose hub below adds them up itself.
    fn adds_up(&self, school: &Party) -> bool {
        let county = party(COUNTY);
        self.me == county || !school.is_below(&county)
    }

    pub(super) fn sheet(&mut self, school: usize, day: i32, rank: Rank, seed: u64, late: bool) -> Outcome {
        let new = counts(seed);
        let old = self.sheets.get(&(school, day)).copied();
        if old.is_some_and(|old| old.rank >= rank) {
            return Outcome::Stale;
        }
        let was = old.map(|old| old.reporting).unwrap_or_default();
        let restated = late && old.is_some_and(|old| old.counts != new);
        let reporting = Reporting {
            expected: 0,
            reported: 1,
            on_time: u32::from(!late || was.on_time == 1),
            restated: u32::from(restated || was.restated == 1),
            provisional: u32::from(seed.is_multiple_of(2)),
        };
        self.sheets.insert((school, day), Said { rank, counts: new, reporting });
        if old.is_some() { Outcome::Corrected } else { Outcome::New }
    }

    /// What one school adds to its place on a day.
    pub(super) fn on_day(&self, school: usize, on: i32) -> (Counts, Reporting) {
        let of = self.sheets.iter().filter(|((told, _), _)| *told == school);
        let days = of.map(|((_, day), said)| (*day, *said)).collect();
        sum(&[Leaf { closed: None, days }], on)
    }

    /// What every leaf of a group said, day by day.
    pub(super) fn leaves(&self, group: Group) -> Vec<Leaf> {
        let mut out = Vec::new();
        if !self.me.region().contains(group.place()) {
            return out;
        }
        for (at, path) in SCHOOLS.iter().enumerate() {
            let school = party(path);
            let inside = match group {
                Group::All(place) => school.lineage().any(|p| !p.is_school() && p.region() == place),
                Group::Straight(place) => school.region() == place,
            };
            if inside && self.adds_up(&school) {
                let of = self.sheets.iter().filter(|((school, _), _)| *school == at);
                let (since, closed) = self.spans.get(&at).copied().unwrap_or_default();
                let days = of.map(|((_, day), said)| (*day, *said));
                let days = days.filter(|(day, _)| since.is_none_or(|since| since <= *day)).collect();
                out.push(Leaf { closed, days });
            }
        }
        let Group::All(wanted) = group else { return out };
        for (hub, path) in HUBS.iter().enumerate() {
            for (row, code) in ROWS[hub].iter().enumerate() {
                if place(code) == wanted || party(path).lineage().any(|p| p.region() == wanted) {
                    let of = self.totals.iter().filter(|((told, _), _)| *told == hub);
                    let days =
                        of.map(|((_, day), (rank, rows))| (*day, said(*rank, rows.get(&row)))).collect();
                    out.push(Leaf { closed: None, days });
                }
            }
        }
        out
    }
}

/// One leaf as the naive reader remembers it.
pub(super) struct Leaf {
    closed: Option<i32>,
    days: BTreeMap<i32, Said>,
}

pub(super) fn sum(leaves: &[Leaf], on: i32) -> (Counts, Reporting) {
    let (mut counts, mut reporting) = (Counts::default(), Reporting::default());
    for leaf in leaves.iter().filter(|leaf| leaf.closed.is_none_or(|closed| on < closed)) {
        if let Some((of, said)) = leaf.days.range(..=on).next_back() {
            counts.add(&said.counts.only(Nature::Stock));
            reporting.expected += said.reporting.expected;
            if *of == on {
                counts.add(&said.counts.only(Nature::Flow));
                reporting.add(Reporting { expected: 0, ..said.reporting });
            }
        }
    }
    (counts, reporting)
}

/// Adds a sheet as it stands on a day: its own or a later one.
pub(super) fn add(sum: &mut (Counts, Reporting), counts: &Counts, that_day: bool) {
    sum.0.add(&counts.only(Nature::Stock));
    if that_day {
        sum.0.add(&counts.only(Nature::Flow));
        sum.1.reported += 1;
    }
}

fn said(rank: Rank, seed: Option<&u64>) -> Said {
    match seed {
        Some(seed) => Said { rank, counts: counts(*seed), reporting: row_reporting(*seed) },
        None => Said { rank, counts: Counts::default(), reporting: Reporting::default() },
    }
}
