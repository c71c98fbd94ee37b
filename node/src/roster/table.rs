//! The kept columns of a file's sheets. Cells of all other columns are dropped row by row while the
//! file is read, so that what this system has no need of never stays in memory.

use std::sync::Arc;

use proto::model::lang::{Lang, Say};
use proto::say;

use super::error::FileError;
use super::field::Field;
use super::header::{self, Header};
use super::limits;
use super::value::Cell;

/// A roster as read: header found, nothing checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The names of the sheets that it was read from; one blank name for text files.
    pub sheets: Vec<Arc<str>>,
    /// The kept columns, as the first sheet that has them orders and names them.
    pub columns: Vec<(Field, String)>,
    /// Names of columns that nobody knows; their cells were not kept.
    pub unmapped: Vec<String>,
    /// The rows that are not blank.
    pub rows: Vec<Row>,
}

/// One row of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where it stands.
    pub at: RowPlace,
    /// One cell for each kept column.
    pub cells: Vec<Cell>,
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowPlace {
    /// The sheet's name, when rows come from more than one.
    pub sheet: Option<Arc<str>>,
    /// As the spreadsheet shows it, from 1.
    pub row: u32,
}

impl Say for RowPlace {
    fn say(&self, lang: Lang) -> String {
        let row = self.row;
        match &self.sheet {
            Some(sheet) => say!(lang, "“{sheet}”表第 {row} 行", "sheet {sheet}, row {row}"),
            None => say!(lang, "第 {row} 行", "row {row}"),
        }
    }
}

impl Table {
    /// One table of the sheets that have every field of `needed`: many schools keep a sheet for each class.
    /// Where none has them all, the first as it is; nothing when there is no sheet.
    pub(super) fn joined(sheets: Vec<Self>, needed: &[Field]) -> Result<Option<Self>, FileError> {
        let whole = |table: &Self| needed.iter().all(|field| table.position(*field).is_some());
        let (mut whole, others): (Vec<Self>, Vec<Self>) = sheets.into_iter().partition(whole);
        if whole.len() < 2 {
            return Ok(whole.pop().or_else(|| others.into_iter().next()));
        }
        let mut joined =
            Self { sheets: Vec::new(), columns: Vec::new(), unmapped: Vec::new(), rows: Vec::new() };
        for (field, name) in whole.iter().flat_map(|table| &table.columns) {
            if joined.position(*field).is_none() {
                joined.columns.push((*field, name.clone()));
            }
        }
        for table in whole {
            let from: Vec<Option<usize>> =
                joined.columns.iter().map(|(field, _)| table.position(*field)).collect();
            joined.unmapped.extend(
                table.unmapped.into_iter().filter(|name| !joined.unmapped.contains(name)).collect::<Vec<_>>(),
            );
            let sheet = table.sheets.first().cloned();
            joined.rows.extend(table.rows.into_iter().map(|row| Row {
                at: RowPlace { sheet: sheet.clone(), row: row.at.row },
                cells: from.iter().map(|at| at.map_or(Cell::Empty, |at| row.cells[at].clone())).collect(),
            }));
            joined.sheets.extend(sheet);
        }
        if joined.rows.len() > limits::ROWS { Err(FileError::TooManyRows) } else { Ok(Some(joined)) }
    }

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
        Ok(Some(Table {
            sheets: vec![self.sheet.into()],
            columns,
            unmapped: header.unmapped,
            rows: self.rows,
        }))
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
        self.rows.push(Row { at: RowPlace { sheet: None, row: number }, cells: kept });
        Ok(())
    }
}
