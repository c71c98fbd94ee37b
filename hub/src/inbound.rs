//! Lists from above and from outside: the ministry's suspected cases, assistance letters of provinces without
//! this system (A09, E05). Every row is a case that somebody has to answer by a day; a row that names a school
//! below goes to that school at once.
//!
//! ```text
//! .xlsx, .xls ── read ──> rows and faults ── import ──> Row ── Listed, OpenFromList ──> school
//!                                                        └──── Checked, or answered by hand ──> export
//! ```
//!
//! Names stand only in a record that is sealed for this hub.
//!
//! Keys: `h/w/r/<case>` a row, `h/w/x/<case>` where it came from, `h/w/k` the random key that numbers rows, so that a list imported twice gives the
//! same cases.

mod cells;
mod read;
pub mod reply;
mod words;
mod write;

use std::collections::BTreeMap;

use proto::link::post::random;
use proto::model::case::{CaseId, ChildRecord, ListResult};
use proto::model::day::{Day, Moment};
use proto::model::party::{Party, SchoolCode};
use proto::model::personal::Purpose;
use proto::seal::Sealed;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

pub use read::{Entry, Fault, Field, ListError, Sheet, Wrong, read};
pub use write::workbook;

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The case, numbered here.
    pub case: CaseId,
    /// Number or title of its list.
    pub list: String,
    /// Its row in the sheet.
    pub number: u32,
    /// The school below that it names; `None`: somebody here has to find out who answers.
    pub school: Option<Party>,
    /// The school as the list names it.
    pub school_text: String,
    /// 1 to 9.
    pub grade: Option<u8>,
    /// Answer by this day: the list's own, or the rulebook's.
    pub answer_by: Day,
    /// Who it is, sealed for this hub.
    pub record: Sealed,
    /// When it was imported.
    pub imported: Moment,
    /// The account that imported it, or the office above that handed it on.
    pub by: String,
    /// The account that named the school or office below; empty: the list did.
    pub assigned_by: String,
    /// The school or office below was asked to answer by this day.
    pub asked_by: Option<Day>,
    /// The school was told.
    pub told: bool,
    /// What was answered.
    pub answer: Option<Answer>,
}

/// What checking a row gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What.
    pub result: ListResult,
    /// On which day.
    pub day: Day,
    /// A remark; no personal data.
    pub note: String,
    /// The account that entered it, or the school or office below that gave it.
    pub by: String,
}

impl Record for Row {
    const VERSION: u8 = 1;
    const NAME: &'static str = "row of a list";
}

/// What a row says for the offices on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beside {
    /// The school's code, when the list has it.
    pub code: Option<SchoolCode>,
    /// The office above that handed it on, and waits for the answer.
    pub from: Option<Party>,
    /// Units that were asked before it was given to another one.
    pub asked_before: Vec<Party>,
}

impl Record for Beside {
    const VERSION: u8 = 1;
    const NAME: &'static str = "way of a list's row";
}

fn beside_key(case: CaseId) -> Vec<u8> {
    [b"h/w/x/".as_slice(), &case.0].concat()
}

/// What the row of a case says for the offices on its way.
///
/// # Errors
/// When the store cannot read.
pub fn beside(room: &Room<'_>, case: CaseId) -> Result<Beside, StoreError> {
    Ok(room.read(&beside_key(case))?.unwrap_or_default())
}

/// Which office below leads to the school of a code, as far as rows told that were given to one: by its place, or by an
/// officer. What an office did not know it does not lead to; the row that came last counts.
///
/// # Errors
/// When the store cannot read.
pub fn offices_by_code(room: &Room<'_>) -> Result<BTreeMap<SchoolCode, Party>, StoreError> {
    let mut known: BTreeMap<SchoolCode, (Moment, Party)> = BTreeMap::new();
    for row in all(room)? {
        let unknown = row.answer.as_ref().is_some_and(|answer| answer.result == ListResult::Unknown);
        let office = row.school.filter(|unit| !unit.is_school() && !unknown);
        let (Some(code), Some(office)) = (beside(room, row.case)?.code, office) else { continue };
        if known.get(&code).is_none_or(|(at, _)| *at <= row.imported) {
            known.insert(code, (row.imported, office));
        }
    }
    Ok(known.into_iter().map(|(code, (_, office))| (code, office)).collect())
}

/// Keeps what a row says for the offices on its way.
pub fn keep_beside(room: &mut Room<'_>, case: CaseId, beside: &Beside) {
    room.write(beside_key(case), beside);
}

impl Row {
    /// Whether an answer is missing after the day asked for.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.answer.is_none() && today > self.answer_by
    }

    /// Whether the school or office below has let its day pass.
    pub fn is_to_press(&self, today: Day) -> bool {
        self.answer.is_none() && self.asked_by.is_some_and(|day| today > day)
    }
}

/// The number of the case of a list's row: the same for the same child of the same list, and told by nobody who
/// has not this store.
///
/// # Errors
/// When the store cannot read.
pub fn number(room: &mut Room<'_>, list: &str, record: &ChildRecord) -> Result<CaseId, StoreError> {
    let key = own_key(room)?;
    let open = |text: &proto::model::personal::Personal<String>| text.open(Purpose::Handover).clone();
    let (name, id) = (open(&record.name), open(&record.id_number));
    let birth = record.birth.open(Purpose::Handover).number();
    // whom the ID number tells, a name that was corrected does not make another child
    let who = if id.is_empty() { format!("{name}\0{birth}\0{}", record.school) } else { id };
    let hash = blake3::keyed_hash(&key, format!("{list}\0{who}").as_bytes());
    let mut case = [0; 16];
    case.copy_from_slice(&hash.as_bytes()[..16]);
    Ok(CaseId::new(case))
}

fn own_key(room: &mut Room<'_>) -> Result<[u8; 32], StoreError> {
    if let Some(bytes) = room.get(b"h/w/k")?
        && let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice())
    {
        return Ok(key);
    }
    let mut key = [0; 32];
    for piece in key.chunks_exact_mut(8) {
        piece.copy_from_slice(&random().to_be_bytes());
    }
    room.put(b"h/w/k".as_slice(), key);
    Ok(key)
}

fn row_key(case: CaseId) -> Vec<u8> {
    [b"h/w/r/".as_slice(), &case.0].concat()
}

/// The row of a case.
///
/// # Errors
/// When the store cannot read.
pub fn find(room: &Room<'_>, case: CaseId) -> Result<Option<Row>, StoreError> {
    room.read(&row_key(case))
}

/// Keeps a row.
pub fn keep(room: &mut Room<'_>, row: &Row) {
    room.write(row_key(row.case), row);
}

/// All rows, by list and row.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Row>, StoreError> {
    let rows = room.list(b"h/w/r/")?;
    let rows: Result<Vec<Row>, StoreError> = rows.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect();
    let mut rows = rows?;
    rows.sort_by(|a, b| (&a.list, a.number, a.case).cmp(&(&b.list, b.number, b.case)));
    Ok(rows)
}

#[cfg(test)]
mod tests;
