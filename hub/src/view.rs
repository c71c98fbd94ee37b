//! What people see of the figures: one place with the next level below it, for a day or a period.
//!
//! Every figure carries when the latest of it was received and who is missing. Rates are exact fractions,
//! made here and stored nowhere.

use std::collections::BTreeSet;

use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use proto::model::sheet::{Counts, Indicator, Nature, Reporting};
use proto::store::{Room, StoreError};
use serde::Serialize;

use crate::rollup::{self, Group, Known};
use crate::units;

/// Whose figure it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A place with everything below it.
    Place(Region),
    /// The schools that hang straight on a place, as its hub reports them in one row.
    Straight(Region),
    /// One school.
    School(Party),
}

/// The figures of one place or school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Whose.
    pub subject: Subject,
    /// The statutory counters.
    pub counts: Counts,
    /// Expected, reported, on time, restated, provisional: schools, or school-days over a period.
    pub reporting: Reporting,
    /// When the latest of it was received; `None` when nothing ever was.
    pub as_of: Option<Moment>,
    /// Leaves (schools here, rows of other hubs above) that stand with a sheet of an earlier day.
    pub carried: u32,
    /// A correction changed it after the deadline.
    pub restated: bool,
}

/// A place and the next level below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The first day.
    pub from: Day,
    /// The last day; the same for a view of one day.
    pub to: Day,
    /// The place itself.
    pub own: Figure,
    /// What hangs straight on it, places first.
    pub below: Vec<Figure>,
}

/// Part of a whole, exact. `None` instead of a share of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole; not 0.
    pub whole: u64,
}

impl Share {
    /// `part` of `whole`; `None` when the whole is 0.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then_some(Self { part, whole })
    }

    /// The share per `per`, in tenths, half up: 974 is 97.4 when `per` is 100.
    pub fn tenths_per(self, per: u64) -> u64 {
        let whole = u128::from(self.whole);
        let tenths = (u128::from(self.part) * u128::from(per) * 20 + whole) / (2 * whole);
        u64::try_from(tenths).unwrap_or(u64::MAX)
    }
}

impl Figure {
    /// Reported of expected (上报率).
    pub fn reporting_rate(&self) -> Option<Share> {
        Share::of(self.reporting.reported.into(), self.reporting.expected.into())
    }

    /// On time of expected (按时率).
    pub fn on_time_rate(&self) -> Option<Share> {
        Share::of(self.reporting.on_time.into(), self.reporting.expected.into())
    }

    /// Dropped out of those on the roll; shown per 1,000.
    pub fn dropout_share(&self) -> Option<Share> {
        Share::of(self.counts.of(Indicator::DroppedOut), self.counts.of(Indicator::OnRoll))
    }

    /// Schools (over a period: school-days) that are expected and have not reported.
    pub const fn missing(&self) -> u32 {
        self.reporting.expected.saturating_sub(self.reporting.reported)
    }
}

/// Whether reports are due of a day at a place, by its calendar. On a day without, nobody is expected but
/// those who reported, and those of whom their own hub says that they should have.
pub type Due<'c> = &'c dyn Fn(Region, Day) -> bool;

/// `place` on `day`, and the next level below it.
///
/// # Errors
/// When the store cannot read, or a record is damaged.
pub fn day_view(room: &Room<'_>, place: Region, day: Day, due: Due<'_>) -> Result<View, StoreError> {
    period_view(room, place, day, day, due)
}

/// `place` from `from` to `to`, and the next level below it: stocks of the last day, flows and reporting
/// summed over the days. A period that ends before it begins is its last day.
///
/// # Errors
/// When the store cannot read, or a record is damaged.
pub fn period_view(
    room: &Room<'_>,
    place: Region,
    from: Day,
    to: Day,
    due: Due<'_>,
) -> Result<View, StoreError> {
    let period = Period { room, from: from.min(to), to, due };
    let own = period.figure(Subject::Place(place), None)?;
    let mut below = Vec::new();
    for (subject, reporter) in subjects(room, place, period.from, to)? {
        below.push(period.figure(subject, reporter.as_ref())?);
    }
    Ok(View { from: period.from, to, own, below })
}

/// One place's figure on one day: two reads.
///
/// # Errors
/// When the store cannot read, or a record is damaged.
pub fn figure(room: &Room<'_>, place: Region, day: Day, due: Due<'_>) -> Result<Figure, StoreError> {
    Period { room, from: day, to: day, due }.figure(Subject::Place(place), None)
}

/// What hangs straight on `place`, in this order: places, its own schools as its hub's row, schools. With
/// the reporter where one leaf is meant.
fn subjects(
    room: &Room<'_>,
    place: Region,
    from: Day,
    to: Day,
) -> Result<BTreeSet<(Subject, Option<Party>)>, StoreError> {
    let mut out = BTreeSet::new();
    for below in rollup::places_below(room, place)? {
        out.insert((Subject::Place(below), None));
    }
    for day in BTreeSet::from([from, to]) {
        for party in units::straight(room, place, day)? {
            let school = party.is_school();
            let region = party.region();
            out.insert(if school { school_of(party) } else { (Subject::Place(region), None) });
        }
    }
    for reporter in rollup::reporters(room, place)? {
        if reporter.is_school() {
            out.insert(school_of(reporter));
        } else if place.level() != Level::Town {
            out.insert((Subject::Straight(place), Some(reporter)));
        }
    }
    Ok(out)
}

fn school_of(party: Party) -> (Subject, Option<Party>) {
    (Subject::School(party.clone()), Some(party))
}

struct Period<'r, 's> {
    room: &'r Room<'s>,
    from: Day,
    to: Day,
    due: Due<'r>,
}

impl Period<'_, '_> {
    fn figure(&self, subject: Subject, reporter: Option<&Party>) -> Result<Figure, StoreError> {
        let place = match &subject {
            Subject::Place(place) | Subject::Straight(place) => *place,
            Subject::School(school) => school.region(),
        };
        let (first, later) = match reporter {
            Some(leaf) => (
                rollup::leaf_on(self.room, leaf, place, self.from)?,
                self.later(|from, to| rollup::leaf_between(self.room, leaf, place, from, to))?,
            ),
            None => (
                rollup::group_on(self.room, Group::All(place), self.from)?,
                self.later(|from, to| rollup::group_between(self.room, Group::All(place), from, to))?,
            ),
        };
        let mut later = later.into_iter().peekable();
        let (mut flows, mut reporting) = (Counts::default(), Reporting::default());
        let (mut last, mut day) = (first, self.from);
        loop {
            flows.add(&last.counts.only(Nature::Flow));
            reporting.add(self.reporting(&subject, place, day, &last)?);
            if day >= self.to {
                break;
            }
            day = day.next();
            last = later.next_if(|(at, _)| *at == day).map_or_else(|| quiet(&last), |(_, known)| known);
        }
        let mut counts = last.counts.only(Nature::Stock);
        counts.add(&flows);
        let restated = reporting.restated > 0;
        Ok(Figure { subject, counts, reporting, as_of: last.as_of, carried: last.carried, restated })
    }

    fn later(
        &self,
        read: impl FnOnce(Day, Day) -> Result<Vec<(Day, Known)>, StoreError>,
    ) -> Result<Vec<(Day, Known)>, StoreError> {
        if self.from < self.to { read(self.from, self.to) } else { Ok(Vec::new()) }
    }

    /// What is expected: by this hub's register and calendar, and by what other hubs say of theirs. Of one that
    /// says nothing of the day, this hub's calendar tells whether it should.
    fn reporting(
        &self,
        subject: &Subject,
        place: Region,
        day: Day,
        known: &Known,
    ) -> Result<Reporting, StoreError> {
        let registered = match subject {
            _ if !(self.due)(place, day) => {
                return Ok(Reporting { expected: known.asked, ..known.reporting });
            }
            Subject::Place(place) => units::expected(self.room, Group::All(*place), day)?,
            Subject::Straight(_) => 0,
            Subject::School(school) => {
                units::get(self.room, school)?.is_some_and(|unit| unit.is_active_on(day)).into()
            }
        };
        let told = known.reporting.expected.saturating_sub(known.free);
        Ok(Reporting { expected: told + registered, ..known.reporting })
    }
}

/// A day without a record of its own: what stood, stands.
fn quiet(before: &Known) -> Known {
    Known {
        counts: before.counts.only(Nature::Stock),
        reporting: Reporting { expected: before.reporting.expected, ..Reporting::default() },
        as_of: before.as_of,
        carried: before.leaves,
        leaves: before.leaves,
        asked: 0,
        free: 0,
    }
}
