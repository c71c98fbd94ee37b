//! What a school keeps, and under which key. Everything lies under `n/`; what is personal in a key is
//! blinded with the key file, because keys are readable on a stolen disk.
//!
//! ```text
//! n/m                       Diary: how far the days are closed, what must be counted again
//! n/p/<child>               Pupil           n/i/<blind ID number>, n/r/<blind roll number> -> child
//! n/s/<child>               Seat: what counting needs of a pupil, small
//! n/c/<day><class><rev>     RollCall        n/d/<class> -> the days on which it was called
//! n/a/<child><day>          mark            n/f/<child> -> recorded facts
//! n/t/<child>               Standing        n/h/<moment><child><n> -> what a late fact undid
//! n/z/<day>                 the last sheet  n/l/<day> -> LostSheet: the parent holds it, we do not
//! n/w/<day>                 Reopened: closed before it came   n/y/<moment> -> SetAside
//! n/k/<year>                own calendar    n/e/<stream><seq> -> an answer from above
//! n/j/<child>               LeftOut: on the roll, and not in the latest roster
//! n/o                       EarlierMachine: the parent knows another one, of which nothing is here
//! n/b                       put back from a copy, the parent not yet asked what is missing
//! n/x                       certificates    n/q -> parents        n/g, n/gs -> generations of rules and roll
//! n/v/<case>                Case            n/vc/<child> -> its cases, oldest first
//! n/vt/<case>               Transfer        n/vi/<case> -> Inflow           n/vl/<case><n> -> late evidence
//! n/vo/<kind><case><n>      a letter that waits to be written    n/vd/<case><parcel> -> a direction without a case
//! n/vw/<case>               ListedChild: a list from above names a child
//! n/vb/<child>              what the county was told of a child in class
//! n/vx/<case>               what the parent knows of a case that a restored store has lost
//! n/vy/<case>               KeptCase: the same as the school had given it away to keep, of a child who is not on the roll
//! n/va/<n>                  who opened which record, chained      n/vz -> how much of it the county was told
//! n/vp/<case>               HeldProof: who has answered for the child, as the county sent it
//! n/vu/<party> <from>       Revocation: keys of a hub that were revoked, as a hub above it says
//! n/vk, n/vs                the county's sealing key; to whom our own was sent     n/vn/<year> -> report numbers
//! ```

use std::collections::BTreeSet;

use proto::link::caller::Parent;
use proto::link::post::Reason;
use proto::model::case::{CaseId, Checked, Direction, Evidence, Progress};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::model::sheet::{Counts, Sheet};
use proto::seal::{SealKey, Sealed};
use proto::store::{Record, Room, StoreError, record};
use serde::{Deserialize, Serialize};

use crate::attendance::{Mark, RollCall};
use crate::desk::withdraw::Withdrawal;
use crate::persuasion::Case;
use crate::placement::Inflow;
use crate::pupil::{Class, Pupil, PupilId};
use crate::referral::Transfer;
use crate::standing::{Change, DaySet, Recorded, Standing};

pub mod keys;

macro_rules! records {
    ($($type:ty = $name:literal;)*) => {
        $(impl Record for $type {
            const VERSION: u8 = 1;
            const NAME: &'static str = $name;
        })*
    };
}

records! {
    Pupil = "pupil";
    Seat = "seat";
    RollCall = "roll call";
    CalledDays = "called days";
    Marked = "mark";
    RecordedFacts = "recorded facts";
    Withdrawn = "withdrawn facts";
    Stood = "standing";
    Undone = "reversal";
    LeftOut = "left out of the roster";
    EarlierMachine = "earlier machine";
    SentSheet = "sheet";
    LostSheet = "lost sheet";
    Reopened = "reopened day";
    SetAside = "set aside";
    Diary = "diary";
    OwnCalendar = "own calendar";
    Answer = "answer";
    Papers = "certificates";
    Parents = "parents";
    Case = "case";
    ChildCases = "cases of a child";
    Transfer = "transfer";
    Inflow = "inflow";
    LateEvidence = "late evidence";
    CountyKey = "county key";
    HeldDirection = "direction";
    LostCase = "lost case";
    KeptCase = "kept case";
    ToldReport = "report that was told";
    ListedChild = "listed child";
    HeldProof = "custody proof";
}

/// What counting needs of a pupil: a school's close reads all of them every night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Birth date, for days off that depend on age.
    pub birth: Day,
    /// First day on this school's roll.
    pub since: Day,
    /// In which class from which day on, ascending.
    pub classes: Vec<(Day, Class)>,
}

impl Seat {
    /// The class on `day`; before the first one, the first.
    pub fn class_on(&self, day: Day) -> Option<Class> {
        let at = self.classes.partition_point(|(from, _)| *from <= day).saturating_sub(1);
        self.classes.get(at).map(|(_, class)| *class)
    }

    /// Sits in `class` from `since` on, or from the first day here when that is later.
    pub fn move_to(&mut self, class: Class, since: Day) {
        if self.class() != Some(class) {
            let from = since.max(self.since);
            self.classes.retain(|(day, _)| *day < from);
            self.classes.push((from, class));
        }
    }

    /// The class now.
    pub fn class(&self) -> Option<Class> {
        self.classes.last().map(|(_, class)| *class)
    }
}

/// The days on which a class called the roll.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CalledDays(pub DaySet);

/// What was said last of one child on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked(pub Mark);

/// All that was recorded of a child besides roll calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordedFacts(pub Vec<Recorded>);

/// What was withdrawn of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Withdrawn(pub Vec<Withdrawal>);

/// The latest roster does not have a child who is on the roll (A03): until it is recorded where it went, or a roster has
/// it again, roll calls name it, because silence would make a child present who may be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The day of the first import that did not have it.
    pub since: Day,
}

/// The parent holds words of this school that no machine with this store ever wrote: the one before is gone with its
/// roll calls, facts and cases, and who was missing there is enrolled here until somebody enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierMachine {
    /// When that was found.
    pub at: Moment,
}

/// Where a child stands, and how far that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// As computed.
    pub standing: Standing,
    /// At the close of this day.
    pub upto: Day,
    /// Days that pass without a mark or a new fact do not change it.
    pub settled: bool,
}

/// A change of a child's history that was not just the next step, a mark of a past day among them: visible for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Whose.
    pub child: PupilId,
    /// When it was found.
    pub at: Moment,
    /// What.
    pub change: Change,
}

/// The last sheet of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentSheet {
    /// From 1.
    pub revision: u32,
    /// The counters.
    pub counts: Counts,
    /// Counted without national days.
    pub provisional: bool,
    /// When the day was closed.
    pub closed: Moment,
    /// Its number in this party's stream, and the stream's life.
    pub entry: (u32, u64),
}

impl SentSheet {
    /// As it travels.
    pub fn sheet(&self, day: Day) -> Sheet {
        let Self { revision, counts, provisional, closed, .. } = self.clone();
        Sheet { day, revision, counts, provisional, closed }
    }
}

/// A sheet that the parent holds and a restored store has lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LostSheet {
    /// The parent's revision.
    pub revision: u32,
    /// How many classes had called the roll in it.
    pub called: u64,
}

/// The sheet of a day that was closed before it came, by a clock that stood ahead. When the day is closed in
/// truth, its sheet has a higher revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The last revision that was written.
    pub revision: u32,
    /// Its number in this party's stream, and the stream's life.
    pub entry: (u32, u64),
}

/// What was entered on days that had not come, by a clock that stood ahead: it counts no more, and is kept so
/// that people can enter it on the right day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// When the clock was known to be right.
    pub at: Moment,
    /// Roll calls, each as it stood.
    pub calls: Vec<RollCall>,
    /// Recorded facts, and of whom.
    pub facts: Vec<(PupilId, Recorded)>,
}

/// How far the school is with its days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diary {
    /// First day that is counted: when the roll was first imported.
    pub began: Option<Day>,
    /// Up to and with this day everything is closed.
    pub closed: Option<Day>,
    /// From this day on closed days must be counted again.
    pub changed: Option<Day>,
    /// Children's standings are computed up to this day.
    pub stood: Option<Day>,
    /// The latest instant that any action saw: the clock does not go back behind it.
    pub seen: Option<Moment>,
    /// Since when the party could call.
    pub joined: Option<Moment>,
    /// Standings must all be computed again: the rules changed.
    pub rules_changed: bool,
}

impl Diary {
    /// Whether a day before `today` was never closed.
    pub fn is_open_before(&self, today: Day) -> bool {
        let open = self.closed.map(Day::next).max(self.began);
        self.began.is_some() && open < Some(today)
    }

    /// Closed days from `day` on are to be counted again.
    pub fn touch(&mut self, day: Day) {
        self.changed = Some(self.changed.map_or(day, |held| held.min(day)));
    }
}

/// The school's own calendar layer of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCalendar {
    /// TOML.
    pub text: String,
    /// When it was set.
    pub at: Moment,
}

/// An answer from above to an entry that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Who answered.
    pub from: Party,
    /// In which life the entry was written.
    pub life: u32,
    /// The entry's number.
    pub seq: u64,
    /// Why.
    pub reason: Reason,
    /// In words.
    pub detail: String,
    /// When it came.
    pub at: Moment,
    /// It is about a sheet: settled once the day has another one.
    pub sheet: bool,
}

impl Answer {
    /// Whether it waits for somebody. `sheets`: the entries of the sheets that stand; `life`: of the stream now. What
    /// an earlier life wrote besides sheets is said again in the new one, and answered there.
    pub fn is_open(&self, sheets: &BTreeSet<(u32, u64)>, life: u32) -> bool {
        match self.sheet {
            true => sheets.contains(&(self.life, self.seq)),
            false => self.life == 0 || self.life >= life,
        }
    }
}

/// The certificates: DER, the school's own first, then its issuers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Papers {
    /// From the leaf to the root.
    pub chain: Vec<Vec<u8>>,
}

/// Whom to dial.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parents(pub Vec<Parent>);

/// A child's cases, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChildCases(pub Vec<CaseId>);

/// What was learned after a handover, until and after it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateEvidence {
    /// When it was written down.
    pub at: Moment,
    /// The account.
    pub by: String,
    /// The text.
    pub text: Personal<String>,
    /// What kind of evidence it is, if any.
    pub evidence: Option<Evidence>,
}

/// The county's key to seal for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyKey {
    /// Whose.
    pub of: Party,
    /// The key.
    pub key: SealKey,
    /// When it came.
    pub at: Moment,
}

/// The proof that a case was handed over (R3), checked against the root when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldProof {
    /// The file, as it is checked anywhere.
    pub file: String,
    /// How many steps it proves: of two, the longer stays.
    pub steps: u64,
    /// When it came.
    pub at: Moment,
}

/// A direction about a case that is not open here: a list from above names a child, or a restored store has
/// forgotten the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDirection {
    /// Who wrote it.
    pub from: Party,
    /// What it says.
    pub direction: Direction,
    /// When it came.
    pub at: Moment,
}

/// A child that a list from above names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedChild {
    /// The number that the county gave it.
    pub case: CaseId,
    /// Who handed the list on, and sealed the record.
    pub from: Party,
    /// Number or title of the list.
    pub list: String,
    /// When it was handed on.
    pub day: Day,
    /// Answer by this day.
    pub answer_by: Option<Day>,
    /// What the list says of the child; opened for a purpose only.
    pub record: Sealed,
    /// The pupil of that number here.
    pub child: Option<PupilId>,
    /// What was answered, oldest first. The last stands.
    pub answers: Vec<Checked>,
}

/// What the parent was told of a case that a restored store has lost. The child is not in it: it is known
/// again when its case is opened again, under the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostCase(pub Progress);

/// What a school gives its parent to keep, sealed for itself alone: a store that is put back is given it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCase {
    /// The case.
    pub case: Option<Case>,
    /// Its way to another place.
    pub transfer: Option<Transfer>,
    /// What came of it from another place.
    pub inflow: Option<Inflow>,
    /// What it has recorded of the child: a roll transfer.
    pub facts: Vec<Recorded>,
    /// The child's name, for people who look for it on a roll that has lost it too.
    pub name: Option<Personal<String>>,
    /// Its class.
    pub class: Option<Class>,
}

/// The written report that the county has of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldReport {
    /// Its revision.
    pub revision: u32,
    /// Which report of the case's log it was, from 1; none when a store that was put back has lost it.
    pub nth: Option<u32>,
}

/// All records under `prefix` with their keys.
///
/// # Errors
/// When the store cannot read.
pub fn all<R: Record>(room: &Room<'_>, prefix: &[u8]) -> Result<Vec<(Vec<u8>, R)>, StoreError> {
    let pairs = room.list(prefix)?;
    pairs.into_iter().map(|(key, value)| Ok((key, record::from_bytes(&value)?))).collect()
}

/// All records of children under `prefix`, by child.
///
/// # Errors
/// When the store cannot read.
pub fn by_child<R: Record>(room: &Room<'_>, prefix: &[u8]) -> Result<Vec<(PupilId, R)>, StoreError> {
    let records = all(room, prefix)?;
    Ok(records.into_iter().filter_map(|(key, record)| Some((keys::child_of(&key)?, record))).collect())
}

/// The diary; an empty one at first.
///
/// # Errors
/// When the store cannot read.
pub fn diary(room: &Room<'_>) -> Result<Diary, StoreError> {
    Ok(room.read(keys::DIARY)?.unwrap_or_default())
}

/// The standing roll call of a class on a day.
///
/// # Errors
/// When the store cannot read.
pub fn call_of(room: &Room<'_>, class: Class, day: Day) -> Result<Option<RollCall>, StoreError> {
    let prefix = keys::calls(class, day);
    let last = room.last(&prefix, &proto::store::after(&prefix))?;
    Ok(last.map(|(_, value)| record::from_bytes(&value)).transpose()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_day_and_read_back() {
        let days = ["1900-01-01", "1969-12-31", "1970-01-01", "2025-09-24", "2199-12-31"];
        let days = days.map(|d| d.parse::<Day>().unwrap());
        let sorted: Vec<_> = days.iter().map(|d| keys::sheet(*d)).collect();
        assert!(sorted.is_sorted());
        for (key, day) in sorted.iter().zip(days) {
            assert_eq!(keys::day_at_end(key), Some(day));
        }
        let (child, class) = (PupilId::new([7; 16]), Class { grade: 3, number: 2 });
        assert_eq!(keys::child_of(&keys::standing(child)), Some(child));
        assert_eq!(keys::class_at_end(&keys::called(class)), Some(class));
    }

    #[test]
    fn an_answer_is_settled_when_the_day_has_another_sheet_or_the_machine_another_life() {
        let answer = |life, seq, sheet| Answer {
            from: "p52/c5205/d520502".parse().unwrap(),
            life,
            seq,
            reason: Reason::Day,
            detail: String::new(),
            at: Moment(0),
            sheet,
        };
        let sheets = BTreeSet::from([(2, 7), (2, 9)]);
        for (life, seq, sheet, open) in [
            (2, 7, true, true),
            (2, 8, true, false),
            (1, 7, true, false),
            (2, 8, false, true),
            (1, 8, false, false),
            (0, 8, false, true),
        ] {
            assert_eq!(answer(life, seq, sheet).is_open(&sheets, 2), open, "{life} {seq} {sheet}");
        }
    }

    #[test]
    fn days_are_open_until_they_are_closed() {
        let day = |text: &str| Some(text.parse::<Day>().unwrap());
        for (began, closed, open) in [
            (None, None, false),
            (day("2026-09-01"), None, false),
            (day("2026-08-31"), None, true),
            (day("2026-08-01"), day("2026-08-31"), false),
            // a summer without a contact: the date was not sure, and nothing was closed
            (day("2026-03-01"), day("2026-04-30"), true),
        ] {
            let diary = Diary { began, closed, ..Diary::default() };
            assert_eq!(diary.is_open_before("2026-09-01".parse().unwrap()), open, "{began:?} {closed:?}");
        }
    }

    #[test]
    fn a_seat_knows_the_class_of_every_day() {
        let (a, b) = (Class { grade: 3, number: 2 }, Class { grade: 4, number: 2 });
        let day = |text: &str| text.parse::<Day>().unwrap();
        let seat = Seat {
            birth: day("2016-05-05"),
            since: day("2025-09-01"),
            classes: vec![(day("2025-09-01"), a), (day("2026-09-01"), b)],
        };
        for (on, class) in [("2025-08-01", a), ("2025-09-01", a), ("2026-08-31", a), ("2026-09-01", b)] {
            assert_eq!(seat.class_on(day(on)), Some(class), "{on}");
        }
    }
}
