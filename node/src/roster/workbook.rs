//! Workbooks: .xlsx, and .xls of two generations.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, XlsOptions, Xlsx, XlsxError};

use super::archive::{self, Archive};
use super::biff::{self, Generation};
use super::container::Container;
use super::error::FileError;
use super::field::Field;
use super::limits;
use super::table::{Collector, Table};
use super::value::Cell;

/// Reads an .xlsx: every sheet with the columns of a roster.
pub(super) fn read_xlsx(bytes: &[u8]) -> Result<Table, FileError> {
    match archive::inspect(bytes)? {
        Archive::Xlsx => contained(|| xlsx(bytes)),
        Archive::Other => Err(FileError::OtherWorkbook),
    }
}

/// Reads an .xls: every sheet with the columns of a roster.
pub(super) fn read_xls(bytes: &[u8]) -> Result<Table, FileError> {
    let container = Container::open(bytes)?;
    if container.has("EncryptedPackage") {
        return Err(FileError::Encrypted);
    }
    let stream = container.stream("Workbook").or_else(|| container.stream("Book"));
    let generation = biff::inspect(&stream.ok_or(FileError::OtherWorkbook)??)?;
    match contained(|| xls(bytes, XlsOptions::default())) {
        // Excel 95 of a Chinese Windows left the code page out, and ÐÕÃû is no 姓名. The forced code
        // page would ruin a workbook of the next generation, so it is a second try of the first.
        Err(FileError::NoHeader) if generation == Generation::Biff5 => {
            let mut options = XlsOptions::default();
            options.force_codepage = Some(GBK);
            contained(|| xls(bytes, options))
        }
        read => read,
    }
}

/// Runs the workbook reader. It indexes without checks in places, so that a damaged file can make it
/// panic; that is the file's fault and says nothing about this process.
fn contained(read: impl FnOnce() -> Result<Table, FileError>) -> Result<Table, FileError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(FileError::Damaged))
}

fn xls(bytes: &[u8], options: XlsOptions) -> Result<Table, FileError> {
    let mut book = Xls::new_with_options(Cursor::new(bytes), options).map_err(|_| FileError::Damaged)?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let Some((top, left)) = range.start() else { continue };
        let mut collector = Collector::new(&name);
        for (number, row) in (top + 1..).zip(range.rows()) {
            let before = std::iter::repeat_n(Cell::Empty, left as usize);
            let cells = before.chain(row.iter().map(cell)).take(limits::COLUMNS as usize);
            if !collector.take(number, cells.collect())? {
                break;
            }
        }
        sheets.extend(collector.finish()?);
    }
    Table::joined(sheets, &Field::REQUIRED)?.ok_or(FileError::NoHeader)
}

fn xlsx(bytes: &[u8]) -> Result<Table, FileError> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(refusal)?;
    let mut budget = limits::CELLS;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        sheets.extend(xlsx_sheet(&mut book, &name, &mut budget)?);
    }
    Table::joined(sheets, &Field::REQUIRED)?.ok_or(FileError::NoHeader)
}

/// Reads one sheet cell by cell: a range would be allocated for all that the sheet claims to hold.
fn xlsx_sheet(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    budget: &mut u64,
) -> Result<Option<Table>, FileError> {
    let mut reader = match book.worksheet_cells_reader(name) {
        Ok(reader) => reader,
        Err(XlsxError::NotAWorksheet(_) | XlsxError::WorksheetNotFound(_)) => return Ok(None),
        Err(error) => return Err(refusal(error)),
    };
    let mut collector = Collector::new(name);
    let (mut number, mut cells) = (0, Vec::new());
    while let Some(found) = reader.next_cell().map_err(refusal)? {
        *budget = budget.checked_sub(1).ok_or(FileError::TooManyCells)?;
        let (row, column) = found.get_position();
        if row != number {
            if !collector.take(number + 1, std::mem::take(&mut cells))? {
                return Ok(None);
            }
            number = row;
        }
        let value = shared_cell(found.get_value());
        if column < limits::COLUMNS && value != Cell::Empty {
            cells.resize(cells.len().max(column as usize + 1), Cell::Empty);
            cells[column as usize] = value;
        }
    }
    collector.take(number.saturating_add(1), cells)?;
    collector.finish()
}

fn refusal(error: XlsxError) -> FileError {
    match error {
        XlsxError::Password => FileError::Encrypted,
        _ => FileError::Damaged,
    }
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => filled(text),
        Data::Bool(yes) => truth(*yes),
        Data::DateTime(date) => dated(date),
        Data::Error(_) => Cell::Broken,
    }
}

fn shared_cell(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => filled(text),
        DataRef::SharedString(text) => filled(text),
        DataRef::Bool(yes) => truth(*yes),
        DataRef::DateTime(date) => dated(date),
        DataRef::Error(_) => Cell::Broken,
    }
}

fn filled(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

/// TRUE and FALSE stand in the columns of 是 and 否, whose codes are 1 and 0.
fn truth(yes: bool) -> Cell {
    Cell::Text(if yes { "1" } else { "0" }.to_owned())
}

fn dated(date: &ExcelDateTime) -> Cell {
    if date.is_duration() {
        return Cell::Number(date.as_f64());
    }
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    Cell::Date { year, month, day }
}

/// Microsoft's number for GBK.
const GBK: u16 = 936;
