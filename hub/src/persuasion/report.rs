//! Schools' written reports (D06), sealed. A school that has made a mistake reports again: the later report
//! counts, and the earlier ones are kept beside it under their revisions, so that everybody sees what an office
//! acted upon.
//!
//! Keys: `h/p/r/<case><school>` the report that counts, `h/p/v/<case><school>\0<revision><number>` all of them.

use proto::model::case::Report;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::seal::Sealed;
use proto::store::record::{RecordError, from_bytes};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Case, key};

/// A school's written report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// From 1: the highest counts.
    pub revision: u32,
    /// The document's number.
    pub number: String,
    /// When it came first.
    pub came: Moment,
    /// The account, for this office's eyes.
    pub record: Sealed,
}

/// Before reports were counted there was one of each case.
#[derive(Serialize, Deserialize)]
struct Uncounted {
    number: String,
    came: Moment,
    record: Sealed,
}

impl Record for Uncounted {
    const VERSION: u8 = 1;
    const NAME: &'static str = Reported::NAME;
}

impl Record for Reported {
    const VERSION: u8 = 2;
    const NAME: &'static str = "written report";

    fn from_older(version: u8, bytes: &[u8]) -> Result<Self, RecordError> {
        let whole = [&[version], bytes].concat();
        let Uncounted { number, came, record } = from_bytes(&whole)?;
        Ok(Self { revision: 1, number, came, record })
    }
}

fn every(case: &[u8], revision: u32, number: &str) -> Vec<u8> {
    [case, &[0], &revision.to_be_bytes(), number.as_bytes()].concat()
}

/// Keeps a school's written report. One that comes again, sealed for another key, keeps the day on which it
/// came; one of a lower revision is kept and does not count.
///
/// # Errors
/// When the store cannot read.
pub fn keep(room: &mut Room<'_>, school: &Party, report: Report, now: Moment) -> Result<(), StoreError> {
    let Report { case, revision, number, record } = report;
    let (counts, all) = (key(b'r', case, school), key(b'v', case, school));
    let current: Option<Reported> = room.read(&counts)?;
    if let Some(current) = &current {
        room.write(every(&all, current.revision, &current.number), current);
    }
    let at = every(&all, revision, &number);
    let before: Option<Reported> = room.read(&at)?;
    let came = before.map_or(now, |before| before.came);
    let reported = Reported { revision, number, came, record };
    room.write(at, &reported);
    if current.is_none_or(|current| current.revision <= reported.revision) {
        room.write(counts, &reported);
    }
    Ok(())
}

/// The written report of a case that counts.
///
/// # Errors
/// When the store cannot read.
pub fn latest(room: &Room<'_>, case: &Case) -> Result<Option<Reported>, StoreError> {
    room.read(&key(b'r', case.progress.case, &case.school))
}

/// All written reports of a case, by revision.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>, case: &Case) -> Result<Vec<Reported>, StoreError> {
    let mut prefix = key(b'v', case.progress.case, &case.school);
    prefix.push(0);
    let kept = room.list(&prefix)?;
    if kept.is_empty() {
        // before reports were counted there was one
        return Ok(latest(room, case)?.into_iter().collect());
    }
    let kept: Result<Vec<Reported>, StoreError> =
        kept.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect();
    let mut kept = kept?;
    kept.sort_by_key(|it| (it.revision, it.came));
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use proto::model::case::{CaseId, Progress, Stage};
    use proto::model::day::Day;
    use proto::store::MemoryStore;
    use proto::store::record::to_bytes;

    use super::*;

    const ID: CaseId = CaseId::new([7; 16]);

    fn school() -> Party {
        "p52/c5205/d520502/t520502100/s2152000001".parse().unwrap()
    }

    fn case() -> Case {
        let since: Day = "2025-09-24".parse().unwrap();
        let progress = Progress {
            case: ID,
            revision: 1,
            stage: Stage::Reported,
            since,
            due: None,
            overdue: false,
            suspended_until: None,
            closing: None,
            acts: Vec::new(),
        };
        Case::begun(&school(), progress, Moment(0))
    }

    fn report(revision: u32, number: &str, sealed: u8) -> Report {
        Report { case: ID, revision, number: number.to_owned(), record: Sealed(vec![sealed]) }
    }

    #[test]
    fn a_corrected_report_counts_and_the_earlier_one_is_kept() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let arrivals = [
            (report(1, "甲〔2025〕1号", 1), 10, 1),
            (report(2, "甲〔2025〕2号", 2), 20, 2),
            (report(1, "甲〔2025〕1号", 3), 30, 2),
            (report(4, "甲〔2025〕4号", 4), 40, 4),
            (report(3, "甲〔2025〕3号", 5), 50, 4),
        ];
        for (report, at, counts) in arrivals {
            keep(&mut room, &school(), report, Moment(at)).unwrap();
            assert_eq!(latest(&room, &case()).unwrap().unwrap().revision, counts, "at {at}");
        }
        let kept: Vec<_> = all(&room, &case()).unwrap();
        let told: Vec<_> = kept.iter().map(|it| (it.revision, it.came.0, it.record.0[0])).collect();
        assert_eq!(told, [(1, 10, 3), (2, 20, 2), (3, 50, 5), (4, 40, 4)]);
    }

    #[test]
    fn two_reports_of_one_revision_are_both_kept_and_the_later_counts() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        keep(&mut room, &school(), report(1, "甲〔2025〕1号", 1), Moment(10)).unwrap();
        keep(&mut room, &school(), report(1, "甲〔2025〕9号", 2), Moment(20)).unwrap();
        assert_eq!(latest(&room, &case()).unwrap().unwrap().number, "甲〔2025〕9号");
        assert_eq!(all(&room, &case()).unwrap().len(), 2);
    }

    #[test]
    fn a_report_of_the_first_release_is_read_and_kept_beside_its_correction() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let first =
            Uncounted { number: "甲〔2025〕1号".to_owned(), came: Moment(10), record: Sealed(vec![1]) };
        room.put(key(b'r', ID, &school()), to_bytes(&first));
        assert_eq!(all(&room, &case()).unwrap()[0].revision, 1);
        keep(&mut room, &school(), report(2, "甲〔2025〕2号", 2), Moment(20)).unwrap();
        let numbers: Vec<_> = all(&room, &case()).unwrap().into_iter().map(|it| it.number).collect();
        assert_eq!(numbers, ["甲〔2025〕1号", "甲〔2025〕2号"]);
    }
}
