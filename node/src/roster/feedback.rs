//! The workbook that goes back to the teacher: the rows that were refused, and why. Corrected there,
//! it can be imported as it is.

use std::collections::HashMap;

use proto::model::lang::{Lang, Say};
use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};

use super::problem::BadRow;
use super::table::{RowPlace, Table};

/// The bad rows with their original cells under their original header, every cell as text so that no
/// number is damaged again, and the reasons in a last column. Columns that were not kept are gone.
///
/// # Errors
/// When the workbook cannot be written; not for any content of the rows.
pub fn error_workbook(table: &Table, bad: &[BadRow], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(lang.pick("需要更正", "to correct"))?;
    let text = Format::new().set_num_format("@");
    let wrong = text.clone().set_background_color(Color::RGB(0x00FF_E699));
    let head = text.clone().set_bold();
    let last = u16::try_from(table.columns.len()).unwrap_or(u16::MAX - 1);

    let mut widths: Vec<usize> = Vec::new();
    for (column, (_, name)) in (0..last).zip(&table.columns) {
        sheet.write_string_with_format(0, column, name, &head)?;
        sheet.set_column_format(column, &text)?;
        widths.push(width(name));
    }
    sheet.write_string_with_format(0, last, lang.pick("原因", "Reason"), &head)?;
    widths.push(REASON_WIDTH);

    let rows: HashMap<&RowPlace, usize> =
        table.rows.iter().enumerate().map(|(at, row)| (&row.at, at)).collect();
    for (line, bad) in (1..).zip(bad) {
        let cells = rows.get(&bad.at).map_or(&[][..], |at| &table.rows[*at].cells);
        for (column, cell) in (0..last).zip(cells) {
            let shown: String = cell.shown().chars().take(CELL_CHARS).collect();
            let field = table.columns[usize::from(column)].0;
            let format = if bad.problems.iter().any(|p| p.field == field) { &wrong } else { &text };
            sheet.write_string_with_format(line, column, &shown, format)?;
            widths[usize::from(column)] = widths[usize::from(column)].max(width(&shown));
        }
        let reasons = bad.say(lang);
        let reasons = match lang {
            Lang::Zh => format!("原表{reasons}"),
            Lang::En => reasons,
        };
        sheet.write_string(line, last, reasons.chars().take(CELL_CHARS).collect::<String>())?;
    }
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, width.min(MAX_WIDTH) as f64)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// Columns of a spreadsheet are as wide as digits; a Han character takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() + 2
}

const MAX_WIDTH: usize = 40;
const REASON_WIDTH: usize = 60;
/// What a cell of an .xlsx can hold.
const CELL_CHARS: usize = 32_000;
