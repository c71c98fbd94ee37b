//! The first sheet of a workbook as lines of text. Bounded: such a file comes from outside.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, Xlsx};

use super::read::ListError;

/// The largest file.
const MOST_BYTES: usize = 8 << 20;
/// The most cells with content.
const MOST_CELLS: usize = 500_000;
/// The most rows.
const MOST_ROWS: usize = 20_000;
/// Columns that are looked at.
const COLUMNS: usize = 64;

/// A row's number in the sheet, from 1, and its cells.
pub(super) type Line = (u32, Vec<String>);

/// The lines of a workbook's first sheet that are not empty.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<Line>, ListError> {
    if bytes.len() > MOST_BYTES {
        return Err(ListError::TooLarge);
    }
    // the workbook reader indexes without checks in places: a damaged file can make it panic
    let read = || match bytes {
        [b'P', b'K', ..] => xlsx(bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => xls(bytes),
        _ => Err(ListError::NoWorkbook),
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(ListError::Damaged))
}

/// Cell by cell: a range would be allocated for all that the sheet claims to hold.
fn xlsx(bytes: &[u8]) -> Result<Vec<Line>, ListError> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| ListError::Damaged)?;
    let name = book.sheet_names().first().cloned().ok_or(ListError::Damaged)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| ListError::Damaged)?;
    let (mut lines, mut left): (Vec<Line>, usize) = (Vec::new(), MOST_CELLS);
    while let Some(cell) = reader.next_cell().map_err(|_| ListError::Damaged)? {
        left = left.checked_sub(1).ok_or(ListError::TooLarge)?;
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => whole(*number),
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::DateTime(date) => dated(date),
            DataRef::DateTimeIso(text) => text.clone(),
            _ => String::new(),
        };
        put(&mut lines, row + 1, column as usize, text)?;
    }
    Ok(lines)
}

fn xls(bytes: &[u8]) -> Result<Vec<Line>, ListError> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|_| ListError::Damaged)?;
    let name = book.sheet_names().first().cloned().ok_or(ListError::Damaged)?;
    let range = book.worksheet_range(&name).map_err(|_| ListError::Damaged)?;
    let (top, left) = range.start().unwrap_or_default();
    let mut lines = Vec::new();
    for (row, column, cell) in range.used_cells() {
        let text = match cell {
            Data::Int(number) => number.to_string(),
            Data::Float(number) => whole(*number),
            Data::String(text) | Data::DateTimeIso(text) => text.clone(),
            Data::DateTime(date) => dated(date),
            _ => String::new(),
        };
        let row = top.saturating_add(u32::try_from(row).unwrap_or(u32::MAX)).saturating_add(1);
        put(&mut lines, row, column + left as usize, text)?;
    }
    Ok(lines)
}

fn put(lines: &mut Vec<Line>, row: u32, column: usize, text: String) -> Result<(), ListError> {
    let text = text.trim().to_owned();
    if column >= COLUMNS || text.is_empty() {
        return Ok(());
    }
    if lines.last().is_none_or(|(last, _)| *last != row) {
        if lines.len() >= MOST_ROWS {
            return Err(ListError::TooLarge);
        }
        lines.push((row, Vec::new()));
    }
    if let Some((_, cells)) = lines.last_mut() {
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    Ok(())
}

/// A number as a person reads it. One of eighteen digits was damaged by the spreadsheet, and fails later.
fn whole(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e17 { format!("{number:.0}") } else { number.to_string() }
}

fn dated(date: &ExcelDateTime) -> String {
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}
