//! Roster import: from the files that schools really have to pupils, or to a list of what is wrong.
//!
//! Bytes -> [`read`] -> [`Table`] -> [`check`] -> [`Import`] -> [`compare`] -> [`Changes`]. Nothing here
//! touches the store or the clock; [`error_workbook`] writes the rows that go back to the teacher.
//!
//! ```text
//! error, limits      why a file is refused, and how much it may ask for
//! archive            what an .xlsx unpacks to
//! container, biff    what an .xls is made of
//! workbook           both, through the workbook reader
//! text               CSV and TSV
//! field, column      what is kept, and under which names sheets carry it
//! header, table      where the header stands; the kept columns
//! value              the content of a cell, cleaned
//! date, class, codes what a cell says
//! cell, row, check   one cell, one row, all rows
//! problem            what is wrong with a row
//! compare            what an import would change
//! feedback           the workbook that goes back
//! ```

mod archive;
mod biff;
mod cell;
mod check;
mod class;
mod codes;
mod column;
mod compare;
mod container;
mod date;
mod error;
mod feedback;
mod field;
mod header;
pub mod limits;
mod problem;
mod row;
mod table;
mod text;
mod value;
mod workbook;

#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "../../../tests/src/xls.rs"]
#[expect(
    unreachable_pub,
    reason = "the file is a public module of the tests crate, which depends on this one"
)]
mod xls;

pub use check::{Import, Rules, check};
pub use compare::{Changed, Changes, Conflict, compare, merged};
pub use error::{FileError, Refused};
pub use feedback::error_workbook;
pub use field::{Field, Part, Seat};
pub use problem::{BadRow, Problem, Reason};
pub use table::{Row, RowPlace, Table};
pub use value::Cell;

use proto::model::lang::{Lang, Say};

use crate::pupil::Class;

/// The class that `text` names together with its grade, in any form that rosters use; `None` when it does
/// not.
pub fn class(text: &str) -> Option<Class> {
    class::class(text, None).ok()
}

/// Reads a roster of any known kind, told by its content and not by its name.
///
/// # Errors
/// A [`Refused`] that says what to do with the file; nothing of it is kept.
pub fn read(file: &str, bytes: &[u8]) -> Result<Table, Refused> {
    sniffed(bytes).and_then(complete).map_err(|error| Refused { file: file.to_owned(), error })
}

fn sniffed(bytes: &[u8]) -> Result<Table, FileError> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(FileError::TooLarge(bytes.len()));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(FileError::Empty);
    }
    if bytes.starts_with(container::MAGIC) {
        return workbook::read_xls(bytes);
    }
    if bytes.starts_with(b"PK") {
        return workbook::read_xlsx(bytes);
    }
    match markup(bytes) {
        Some(error) => Err(error),
        None => text::read(bytes),
    }
}

/// What a web export or an XML spreadsheet begins with.
fn markup(bytes: &[u8]) -> Option<FileError> {
    let marks: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    let bytes = marks.iter().find_map(|mark| bytes.strip_prefix(*mark)).unwrap_or(bytes);
    let start: Vec<u8> = bytes.iter().take(2_048).filter(|b| **b != 0).map(u8::to_ascii_lowercase).collect();
    let start = String::from_utf8_lossy(&start);
    let start = start.trim_start();
    if start.starts_with("mime-version:") {
        return Some(FileError::Html);
    }
    if !start.starts_with('<') {
        return None;
    }
    let xml = start.contains("urn:schemas-microsoft-com:office:spreadsheet") && start.contains("<?");
    Some(if xml { FileError::SpreadsheetMl } else { FileError::Html })
}

/// Refuses a table without the columns or rows that an import needs.
fn complete(table: Table) -> Result<Table, FileError> {
    let lacks = |field: &Field| table.position(*field).is_none();
    let mut missing: Vec<String> =
        Field::REQUIRED.iter().filter(|field| lacks(field)).map(|field| field.say(Lang::Zh)).collect();
    if lacks(&Field::IdNumber) && lacks(&Field::RollNumber) {
        missing.push(Field::IdNumber.say(Lang::Zh));
    }
    if !missing.is_empty() {
        return Err(FileError::MissingColumns(missing));
    }
    if table.rows.is_empty() { Err(FileError::NoRows) } else { Ok(table) }
}
