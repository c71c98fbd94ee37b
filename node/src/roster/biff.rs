//! The records of an old workbook (BIFF5, BIFF8), walked before the workbook reader sees them: for a
//! password, for the true end, and for what the reader would reserve.

use super::error::FileError;
use super::limits;

/// The generation of an old workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// Excel 5.0 and 95: text in the code page of whoever wrote it.
    Biff5,
    /// Excel 97 to 2003: Unicode.
    Biff8,
}

/// Walks the globals and every sheet as the reader will.
///
/// # Errors
/// [`FileError::Encrypted`], [`FileError::Damaged`], [`FileError::TooManyCells`],
/// [`FileError::OtherWorkbook`].
pub(super) fn inspect(stream: &[u8]) -> Result<Generation, FileError> {
    let mut sheets = Vec::new();
    let mut generation = None;
    for record in Records(stream) {
        let (kind, data) = record?;
        match kind {
            BOF if generation.is_none() => generation = Some(version(data)?),
            _ if generation.is_none() => return Err(FileError::OtherWorkbook),
            FILE_PASS => return Err(FileError::Encrypted),
            BOUND_SHEET => sheets.push(at(data, 0)? as usize | (at(data, 2)? as usize) << 16),
            EOF => break,
            _ => {}
        }
    }
    if sheets.len() > SHEETS {
        return Err(FileError::TooManyCells);
    }
    let mut budget = Budget { area: limits::CELLS, records: RECORDS };
    for start in sheets {
        sheet(stream.get(start..).ok_or(FileError::Damaged)?, &mut budget)?;
    }
    generation.ok_or(FileError::Damaged)
}

/// What all sheets together may cost.
struct Budget {
    /// Cells of the rectangles that the reader allocates.
    area: u64,
    records: u64,
}

fn sheet(stream: &[u8], budget: &mut Budget) -> Result<(), FileError> {
    let mut extent = Extent::default();
    let mut depth = 0_u32;
    let mut ended = false;
    for record in Records(stream) {
        let (kind, data) = record?;
        budget.records = budget.records.checked_sub(1).ok_or(FileError::TooManyCells)?;
        match kind {
            BOF => depth += 1,
            // A chart inside a sheet has its own beginning and end.
            EOF if depth > 1 => depth -= 1,
            EOF => {
                ended = true;
                break;
            }
            DIMENSIONS => dimensions(data)?,
            MUL_RK => {
                let last = data.len().checked_sub(2).ok_or(FileError::Damaged)?;
                extent.include(at(data, 0)?, at(data, 2)?);
                extent.include(at(data, 0)?, at(data, last)?);
            }
            kind if CELLS.contains(&kind) => extent.include(at(data, 0)?, at(data, 2)?),
            _ => {}
        }
    }
    if !ended {
        return Err(FileError::Damaged);
    }
    budget.area = budget.area.checked_sub(extent.area()).ok_or(FileError::TooManyCells)?;
    Ok(())
}

/// The rectangle that a sheet claims: the reader reserves memory for all of it at once.
fn dimensions(data: &[u8]) -> Result<(), FileError> {
    let long = |from: usize| Ok(u64::from(at(data, from)?) | u64::from(at(data, from + 2)?) << 16);
    let (first, last, left, right) = match data.len() {
        10 => (at(data, 0)?.into(), at(data, 2)?.into(), at(data, 4)?, at(data, 6)?),
        14 | 16 => (long(0)?, long(4)?, at(data, 8)?, at(data, 10)?),
        _ => return Err(FileError::Damaged),
    };
    // Zero rows or columns is how an empty sheet is written.
    let rows = if last == 0 { 1 } else { last.checked_sub(first).ok_or(FileError::Damaged)? };
    let columns = if right < left { right } else { right - left };
    if rows.saturating_mul(u64::from(columns)) > limits::CELLS {
        Err(FileError::TooManyCells)
    } else {
        Ok(())
    }
}

/// The rectangle around the cells of a sheet.
#[derive(Default)]
struct Extent(Option<[u16; 4]>);

impl Extent {
    fn include(&mut self, row: u16, column: u16) {
        let [top, left, bottom, right] = self.0.unwrap_or([row, column, row, column]);
        self.0 = Some([top.min(row), left.min(column), bottom.max(row), right.max(column)]);
    }

    fn area(&self) -> u64 {
        self.0.map_or(0, |[top, left, bottom, right]| {
            (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1)
        })
    }
}

/// Records: kind, length, data.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u16, &'a [u8]), FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let record = self.0.split_first_chunk::<4>().and_then(|([k0, k1, n0, n1], rest)| {
            let (data, rest) = rest.split_at_checked(u16::from_le_bytes([*n0, *n1]).into())?;
            self.0 = rest;
            Some((u16::from_le_bytes([*k0, *k1]), data))
        });
        Some(record.ok_or(FileError::Damaged))
    }
}

fn version(data: &[u8]) -> Result<Generation, FileError> {
    match at(data, 0)? {
        0x0500 => Ok(Generation::Biff5),
        0x0600 => Ok(Generation::Biff8),
        _ => Err(FileError::OtherWorkbook),
    }
}

fn at(data: &[u8], at: usize) -> Result<u16, FileError> {
    match data.get(at..at + 2) {
        Some([low, high]) => Ok(u16::from_le_bytes([*low, *high])),
        _ => Err(FileError::Damaged),
    }
}

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
/// Number, Label, RString, BoolErr, RK, LabelSST, Formula.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD, 0x0006];
const SHEETS: usize = 256;
const RECORDS: u64 = 20_000_000;
