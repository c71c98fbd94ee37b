//! What the rollup keeps.

use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::model::sheet::{Counts, Nature, Reporting};
use proto::store::Record;
use proto::store::record::{RecordError, from_bytes};
use serde::{Deserialize, Serialize};

use super::key::Group;

/// A school, or one place's row in another hub's totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leaf {
    /// Whose word it is.
    pub(super) reporter: Party,
    /// The places that it counts for, nearest first, up to this hub's own; none for another hub's school.
    pub(super) places: Vec<Region>,
    /// From this day on it no longer counts.
    pub(super) closed: Option<Day>,
    /// Before this day it does not count yet: a school that came from elsewhere counted there.
    pub(super) since: Option<Day>,
}

impl Record for Leaf {
    const VERSION: u8 = 2;
    const NAME: &'static str = "reporting unit";

    fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
        appended(version, bytes, Self::NAME, &[0])
    }
}

impl Leaf {
    /// Whether what it says of `day` counts.
    pub(super) fn counts_on(&self, day: Day) -> bool {
        !self.is_before(day) && self.closed.is_none_or(|closed| day < closed)
    }

    /// Whether `day` lies before the first that counts: nothing stands over from it.
    pub(super) fn is_before(&self, day: Day) -> bool {
        self.since.is_some_and(|since| day < since)
    }

    /// The sums that it is part of. A town's own schools are all that a town has.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> + use<'_> {
        let straight = self.own_group().filter(|group| matches!(group, Group::Straight(_)));
        straight.into_iter().chain(self.places.iter().map(|place| Group::All(*place)))
    }

    /// For a school: the sum of the schools of its place, which goes up as one row.
    pub(super) fn own_group(&self) -> Option<Group> {
        let place = *self.places.first()?;
        self.reporter.is_school().then(|| schools_of(place))
    }
}

/// The sum of the schools that hang on `place`.
pub(super) const fn schools_of(place: Region) -> Group {
    match place.level() {
        proto::model::region::Level::Town => Group::All(place),
        _ => Group::Straight(place),
    }
}

/// What a leaf says of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) revision: u32,
    pub(super) life: u32,
    pub(super) received: Moment,
    /// `false`: its hub no longer lists the place; from this day on it counts for nothing.
    pub(super) stands: bool,
    pub(super) counts: Counts,
    pub(super) reporting: Reporting,
    pub(super) due: Due,
}

impl Record for Row {
    const VERSION: u8 = 2;
    const NAME: &'static str = "standing sheet";

    fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
        let row: Self = appended(version, bytes, Self::NAME, &[0, 0])?;
        Ok(Self { due: Due { asked: row.reporting.reported, free: 0 }, ..row })
    }
}

/// Of whom a sheet of the day was due, by the calendar of their own hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Due {
    /// Schools that had to report, and those that did so unasked.
    pub(super) asked: u32,
    /// Schools of the expected that the calendar lets off.
    pub(super) free: u32,
}

/// A record of an earlier release: the same without its `end`.
fn appended<R: Record>(version: u8, bytes: &[u8], name: &'static str, end: &[u8]) -> Result<R, RecordError> {
    if version != 1 {
        return Err(RecordError { name, version });
    }
    from_bytes(&[&[R::VERSION], bytes, end].concat())
}

impl Row {
    /// The part that stands until the leaf's next sheet.
    pub(super) fn standing(&self) -> Sum {
        Sum {
            counts: self.counts.only(Nature::Stock),
            reporting: Reporting { expected: self.reporting.expected, ..Reporting::default() },
            leaves: u32::from(self.stands),
            fresh: 0,
            as_of: Some(self.received),
            due: Due::default(),
        }
    }

    /// The part that belongs to the day alone.
    pub(super) fn of_day(&self) -> Sum {
        Sum {
            counts: self.counts.only(Nature::Flow),
            reporting: Reporting { expected: 0, ..self.reporting },
            leaves: 0,
            fresh: u32::from(self.stands),
            as_of: Some(self.received),
            due: self.due,
        }
    }
}

/// The figures of one group on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Sum {
    pub(super) counts: Counts,
    /// `expected` is what other hubs expect, and stands like a stock: a hub that falls silent does not
    /// make the rate look better. This hub's own schools are in its register.
    pub(super) reporting: Reporting,
    /// Leaves that count.
    pub(super) leaves: u32,
    /// Leaves with a row of this very day.
    pub(super) fresh: u32,
    /// When the latest of it was received.
    pub(super) as_of: Option<Moment>,
    /// Of the rows of this very day.
    pub(super) due: Due,
}

impl Record for Sum {
    const VERSION: u8 = 2;
    const NAME: &'static str = "total of a day";

    fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
        let sum: Self = appended(version, bytes, Self::NAME, &[0, 0])?;
        Ok(Self { due: Due { asked: sum.reporting.reported, free: 0 }, ..sum })
    }
}

impl Sum {
    /// What of it stands on a later day without a sheet.
    pub(super) fn carried(&self) -> Self {
        Self {
            counts: self.counts.only(Nature::Stock),
            reporting: Reporting { expected: self.reporting.expected, ..Reporting::default() },
            fresh: 0,
            due: Due::default(),
            ..*self
        }
    }

    /// Adds `more` and takes `less` away; `None` when a number would leave its range: the sum lost count
    /// of what it is made of.
    pub(super) fn change(&self, more: &Self, less: &Self) -> Option<Self> {
        let mut out = *self;
        for (slot, (more, less)) in out.counts.0.iter_mut().zip(more.counts.0.into_iter().zip(less.counts.0))
        {
            *slot = slot.checked_add(more)?.checked_sub(less)?;
        }
        let step = |mine: u32, more: u32, less: u32| mine.checked_add(more)?.checked_sub(less);
        let (r, m, l) = (&self.reporting, &more.reporting, &less.reporting);
        out.reporting = Reporting {
            expected: step(r.expected, m.expected, l.expected)?,
            reported: step(r.reported, m.reported, l.reported)?,
            on_time: step(r.on_time, m.on_time, l.on_time)?,
            restated: step(r.restated, m.restated, l.restated)?,
            provisional: step(r.provisional, m.provisional, l.provisional)?,
        };
        out.leaves = step(self.leaves, more.leaves, less.leaves)?;
        out.fresh = step(self.fresh, more.fresh, less.fresh)?;
        out.due = Due {
            asked: step(self.due.asked, more.due.asked, less.due.asked)?,
            free: step(self.due.free, more.due.free, less.due.free)?,
        };
        out.as_of = self.as_of.max(more.as_of);
        Some(out)
    }

    /// The same figures, whenever they were received.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        Self { as_of: None, ..*self } == Self { as_of: None, ..*other }
    }
}

/// Which totals of another hub stand for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) revision: u32,
    pub(super) life: u32,
    pub(super) received: Moment,
}

impl Record for Told {
    const VERSION: u8 = 1;
    const NAME: &'static str = "standing totals";
}

/// The totals of a day as this hub sent them last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Drawn {
    pub(super) revision: u32,
    /// Of the rows: the same rows are not sent again.
    pub(super) hash: [u8; 16],
}

impl Record for Drawn {
    const VERSION: u8 = 1;
    const NAME: &'static str = "drawn totals";
}
