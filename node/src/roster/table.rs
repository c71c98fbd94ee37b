//! A sheet's kept columns. Cells of all other columns are dropped row by row while the file is
//! read, so that what this system has no need of never stays in memory.

use proto::model::lang::{Lang, Say};

use super::error::FileError;
use super::field::Field;
use super::header::{self, Header};
use super::limits;
use super::value::Cell;

/// A roster as read: header found, nothing checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The sheet's name; blank for text files.
    pub sheet: String,
    /// The kept columns, as the sheet orders and names them.
    pub columns: Vec<(Field, String)>,
    /// Names of columns that nobody knows; their cells were not kept.
    pub unmapped: Vec<String>,
    /// The rows that are not blank.
    pub rows: Vec<Row>,
}

/// One row of the sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As the spreadsheet shows it, from 1.
    pub number: u32,
    /// One cell for each kept column.
    pub cells: Vec<Cell>,
}

impl Table {
    /// Where a field's cells stand.
    pub(super) fn position(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|(known, _)| *known == field)
    }

    /// A field's name in this sheet, or the form's when the sheet has no such column.
    pub(super) fn column_name(&self, field: Field) -> String {
        self.position(field).map_or_else(|| field.say(Lang::Zh), |at| self.columns[at].1.clone())
    }
}

/// Takes the rows of one sheet in order and keeps what a [`Table`] needs.
pub(super) struct Collector {
    sheet: String,
    first: Vec<(u32, Vec<Cell>)>,
    header: Option<Header>,
    rows: Vec<Row>,
}

impl Collector {
    pub(super) fn new(sheet: &str) -> Self {
        Self { sheet: sheet.to_owned(), first: Vec::new(), header: None, rows: Vec::new() }
    }

    /// Takes a row with its number from 1. Answers whether more rows are wanted: none are when the
    /// first rows had no header.
    pub(super) fn take(&mut self, number: u32, cells: Vec<Cell>) -> Result<bool, FileError> {
        if cells.iter().all(Cell::is_blank) {
            return Ok(true);
        }
        if self.header.is_some() {
            self.keep(number, &cells)?;
            return Ok(true);
        }
        self.first.push((number, cells));
        // One row more than is searched: a header of two rows may begin in the last.
        if self.first.len() > limits::HEADER_ROWS {
            self.settle()?;
            return Ok(self.header.is_some());
        }
        Ok(true)
    }

    /// The table, or `None` when the sheet has no header.
    pub(super) fn finish(mut self) -> Result<Option<Table>, FileError> {
        if self.header.is_none() {
            self.settle()?;
        }
        let Some(header) = self.header else { return Ok(None) };
        let columns = header.columns.into_iter().map(|(_, field, name)| (field, name)).collect();
        Ok(Some(Table { sheet: self.sheet, columns, unmapped: header.unmapped, rows: self.rows }))
    }

    fn settle(&mut self) -> Result<(), FileError> {
        let first = std::mem::take(&mut self.first);
        let (numbers, cells): (Vec<u32>, Vec<Vec<Cell>>) = first.into_iter().unzip();
        self.header = header::find(&cells);
        let taken = self.header.as_ref().map_or(cells.len(), |header| header.rows);
        for (number, cells) in numbers.iter().zip(&cells).skip(taken) {
            self.keep(*number, cells)?;
        }
        Ok(())
    }

    fn keep(&mut self, number: u32, cells: &[Cell]) -> Result<(), FileError> {
        let Some(header) = &self.header else { return Ok(()) };
        let kept: Vec<Cell> =
            header.columns.iter().map(|(at, _, _)| cells.get(*at).cloned().unwrap_or_default()).collect();
        if kept.iter().all(Cell::is_blank) || header::repeats(&header.columns, &kept) {
            return Ok(());
        }
        if self.rows.len() == limits::ROWS {
            return Err(FileError::TooManyRows);
        }
        self.rows.push(Row { number, cells: kept });
        Ok(())
    }
}
