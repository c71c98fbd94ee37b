//! The list as it goes back, with one result for each row.

use proto::model::case::ChildRecord;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::Row;

const HEADER: [&str; 9] =
    ["序号", "姓名", "身份证号", "学校名称", "年级", "核查结果", "结果代码", "核查日期", "备注"];

/// A workbook of these rows; a record that does not open leaves its cells empty. Every cell is text.
///
/// # Errors
/// When the workbook cannot be written; not for any content of the rows.
pub fn workbook(rows: &[(Row, Option<ChildRecord>)]) -> Result<Personal<Vec<u8>>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("核查结果")?;
    let text = Format::new().set_num_format("@");
    let head = text.clone().set_bold();
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string_with_format(0, column, name, &head)?;
        sheet.set_column_width(column, WIDTHS[usize::from(column)])?;
    }
    for (line, (row, record)) in (1..).zip(rows) {
        let open = |pick: fn(&ChildRecord) -> &Personal<String>| {
            record.as_ref().map(|record| pick(record).open(Purpose::SchoolFile).clone()).unwrap_or_default()
        };
        let answer = row.answer.as_ref();
        let cells = [
            row.number.to_string(),
            open(|record| &record.name),
            open(|record| &record.id_number),
            row.school_text.clone(),
            row.grade.map(|grade| grade.to_string()).unwrap_or_default(),
            answer.map(|answer| answer.result.say(Lang::Zh)).unwrap_or_default(),
            answer.map(|answer| answer.result.code().to_owned()).unwrap_or_default(),
            answer.map(|answer| answer.day.to_string()).unwrap_or_default(),
            answer.map(|answer| answer.note.clone()).unwrap_or_default(),
        ];
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(line, column, cell, &text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer().map(Personal::new)
}

const WIDTHS: [f64; 9] = [6.0, 12.0, 22.0, 30.0, 8.0, 24.0, 14.0, 12.0, 40.0];
