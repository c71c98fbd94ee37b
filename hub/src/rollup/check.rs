//! Counts that contradict each other are not summed; their entry goes to quarantine.

use std::collections::BTreeSet;

use proto::model::lang::{Lang, Say};
use proto::model::region::Region;
use proto::model::sheet::{Counts, Indicator, Sheet, Totals};
use proto::say;

/// Which counts contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Every child on the roll has exactly one status (2.1).
    #[error("{on_roll} on the roll, but the statuses add up to {statuses}")]
    Statuses {
        /// As the sheet says.
        on_roll: u64,
        /// The sum of the five statuses.
        statuses: u64,
    },
    /// A part is greater than its whole.
    #[error("{} is {part}, more than {} which is {whole}", .part_name.code(), .whole_name.code())]
    Part {
        /// The part.
        part_name: Indicator,
        /// Its count.
        part: u64,
        /// The whole.
        whole_name: Indicator,
        /// Its count.
        whole: u64,
    },
    /// More schools on time, restated or provisional than reported at all, or more free than expected.
    #[error(
        "{place}: more schools on time, restated or provisional than the {reported} that reported, or more free than expected"
    )]
    Reporting {
        /// The row.
        place: Region,
        /// Schools with a sheet of the day.
        reported: u32,
    },
    /// More schools than any hub has.
    #[error("more than {MOST_SCHOOLS} schools in one hub's totals")]
    Schools,
    /// A place comes twice.
    #[error("{0} comes twice")]
    Twice(Region),
    /// A row speaks of a place that is not the hub's.
    #[error("{0} is not a place of this hub")]
    NotItsPlace(Region),
}

impl Say for Contradiction {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Statuses { on_roll, statuses } => say!(
                lang,
                "在籍 {on_roll} 人，各状态合计 {statuses} 人，两者不符。请学校核对后重新结日上报。",
                "{on_roll} children are on the roll, but their statuses add up to {statuses}. Let the school check and close the day again."
            ),
            Self::Part { part_name, part, whole_name, whole } => say!(
                lang,
                "“{}”为 {part}，大于“{}”的 {whole}。请核对后重新上报。",
                "“{}” is {part}, more than “{}”, which is {whole}. Check and report again.",
                lang.pick(part_name.zh(), part_name.en()),
                lang.pick(whole_name.zh(), whole_name.en())
            ),
            Self::Reporting { place, reported } => say!(
                lang,
                "{place} 的按时、重报或暂定学校数大于已上报的 {reported} 所，或放假学校数大于应报数。请下级中心核对后重新汇总。",
                "{place}: more schools on time, restated or provisional than the {reported} that reported, or more free than expected. Let the hub check and draw up again."
            ),
            Self::Schools => say!(
                lang,
                "一个中心的汇总超过 {MOST_SCHOOLS} 所学校，不予采用。请核对该中心的程序版本和数据。",
                "One hub's totals have more than {MOST_SCHOOLS} schools. Check the hub's program and data."
            ),
            Self::Twice(place) => say!(
                lang,
                "汇总中 {place} 出现两次。请下级中心重新汇总。",
                "{place} comes twice in the totals. Let the hub draw up again."
            ),
            Self::NotItsPlace(place) => say!(
                lang,
                "{place} 不归该中心管理，其数字不予采用。请核对管理关系。",
                "{place} is not managed by this hub. Check who manages it."
            ),
        }
    }
}

/// Whether a sheet's counts can be true together: the statuses add up (2.1), those absent five days are
/// enrolled (C02), no more classes called than were due (C01).
///
/// # Errors
/// The first contradiction.
pub fn consistent(sheet: &Sheet) -> Result<(), Contradiction> {
    counts(&sheet.counts)
}

/// The same for every row of a hub's totals; `its_place` tells which places the hub may speak of.
///
/// # Errors
/// The first contradiction.
pub fn consistent_totals(totals: &Totals, its_place: &dyn Fn(Region) -> bool) -> Result<(), Contradiction> {
    let mut seen = BTreeSet::new();
    let mut schools = 0_u64;
    for row in &totals.rows {
        if !its_place(row.place) {
            return Err(Contradiction::NotItsPlace(row.place));
        }
        if !seen.insert(row.place) {
            return Err(Contradiction::Twice(row.place));
        }
        counts(&row.counts)?;
        let r = row.reporting;
        if r.on_time.max(r.restated).max(r.provisional) > r.reported || row.free > r.expected {
            return Err(Contradiction::Reporting { place: row.place, reported: r.reported });
        }
        schools += u64::from(r.expected.max(r.reported));
    }
    if schools > MOST_SCHOOLS { Err(Contradiction::Schools) } else { Ok(()) }
}

/// More than any hub has; a few thousand such hubs still fit into a sum.
const MOST_SCHOOLS: u64 = 100_000;

fn counts(counts: &Counts) -> Result<(), Contradiction> {
    let statuses = STATUSES.into_iter().map(|status| counts.of(status)).fold(0, u64::saturating_add);
    let on_roll = counts.of(Indicator::OnRoll);
    if statuses != on_roll {
        return Err(Contradiction::Statuses { on_roll, statuses });
    }
    for (part_name, whole_name) in PARTS {
        let (part, whole) = (counts.of(part_name), counts.of(whole_name));
        if part > whole {
            return Err(Contradiction::Part { part_name, part, whole_name, whole });
        }
    }
    Ok(())
}

const STATUSES: [Indicator; 5] = [
    Indicator::Enrolled,
    Indicator::Suspected,
    Indicator::DroppedOut,
    Indicator::Suspended,
    Indicator::HomeTaught,
];

const PARTS: [(Indicator, Indicator); 2] =
    [(Indicator::Alerted, Indicator::Enrolled), (Indicator::ClassesCalled, Indicator::ClassesDue)];

#[cfg(test)]
mod tests {
    use super::*;
    use proto::model::day::{Day, Moment};
    use proto::model::sheet::{Reporting, TotalsRow};

    fn tally(pairs: &[(Indicator, u64)]) -> Counts {
        let mut out = Counts::default();
        pairs.iter().for_each(|(indicator, n)| out.set(*indicator, *n));
        out
    }

    #[test]
    fn what_cannot_be_true_together_is_named() {
        use Indicator::{Alerted, ClassesCalled, ClassesDue, Enrolled, OnRoll, Suspected};
        for (pairs, wrong) in [
            (vec![(OnRoll, 5), (Enrolled, 4), (Suspected, 1), (Alerted, 4)], None),
            // the fifth child's roll transfer is running (T16): it is counted apart
            (vec![(OnRoll, 4), (Enrolled, 4), (Indicator::TransfersPending, 1)], None),
            (vec![(OnRoll, 5), (Enrolled, 4)], Some("5 on the roll, but the statuses add up to 4")),
            (vec![(OnRoll, 4), (Enrolled, 5)], Some("4 on the roll, but the statuses add up to 5")),
            (vec![(Enrolled, 4)], Some("0 on the roll, but the statuses add up to 4")),
            (
                vec![(OnRoll, 4), (Enrolled, 4), (Alerted, 5)],
                Some("alerted is 5, more than enrolled which is 4"),
            ),
            (
                vec![(ClassesDue, 2), (ClassesCalled, 3)],
                Some("classes_called is 3, more than classes_due which is 2"),
            ),
            (vec![(OnRoll, 1), (Enrolled, u64::MAX), (Suspected, 2)], Some("1 on the roll, but")),
        ] {
            let sheet = Sheet {
                day: Day::new(2025, 9, 24).unwrap(),
                revision: 1,
                counts: tally(&pairs),
                provisional: false,
                closed: Moment(0),
            };
            let told = consistent(&sheet).err().map(|c| c.to_string());
            assert_eq!(told.is_some(), wrong.is_some(), "{pairs:?}");
            assert!(told.unwrap_or_default().starts_with(wrong.unwrap_or_default()), "{pairs:?}");
        }
    }

    #[test]
    fn a_hub_speaks_once_of_each_of_its_places() {
        let [own, foreign]: [Region; 2] = ["520502100", "520521100"].map(|c| c.parse().unwrap());
        let row = |place, reporting| TotalsRow { place, counts: Counts::default(), reporting, free: 0 };
        let plain = Reporting { expected: 3, reported: 2, on_time: 1, ..Reporting::default() };
        let greedy = Reporting { on_time: 3, ..plain };
        let endless = Reporting { expected: 100_001, ..plain };
        for (rows, wrong) in [
            (vec![row(own, plain)], None),
            (vec![row(own, plain), row(own, plain)], Some("520502100 comes twice")),
            (vec![row(foreign, plain)], Some("520521100 is not a place of this hub")),
            (vec![row(own, greedy)], Some("520502100: more schools on time")),
            (vec![TotalsRow { free: 4, ..row(own, plain) }], Some("520502100: more schools on time")),
            (vec![row(own, endless)], Some("more than 100000 schools")),
        ] {
            let totals = Totals { day: Day::new(2025, 9, 24).unwrap(), revision: 1, drawn: Moment(0), rows };
            let county: Region = "520502".parse().unwrap();
            let told = consistent_totals(&totals, &|p| county.contains(p)).err().map(|c| c.to_string());
            assert_eq!(told.is_some(), wrong.is_some());
            assert!(told.unwrap_or_default().starts_with(wrong.unwrap_or_default()));
        }
    }
}
