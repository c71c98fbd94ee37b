//! The import from bytes to pupils, over the files that schools have and those that they should not.

mod changes;
mod files;
mod refused;
mod rows;

use proto::model::day::Day;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::xls::{Cell, Sheet, Version};
use super::{Import, Rules, check, read};

/// A header of the national form, in its order, with columns that are not kept between.
const HEADER: [&str; 12] = [
    "姓名",
    "性别",
    "出生日期",
    "民族",
    "身份证件类型",
    "身份证件号",
    "学籍号",
    "年级",
    "班级",
    "入学年月",
    "就读方式",
    "联系电话",
];

/// The day on which the tests import.
fn rules() -> Rules {
    Rules { today: "2025-11-20".parse().expect("a date"), school: None }
}

/// An ID number with its check digit; the area does not exist, so nobody owns it.
fn id(birth: Day, sequence: u32) -> String {
    let body = format!("990101{}{sequence:03}", birth.to_string().replace('-', ""));
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

/// The texts of pupil `n` under [`HEADER`].
fn pupil(n: u32) -> Vec<String> {
    let birth: Day = "2015-09-01".parse().expect("a date");
    let birth = birth.plus(i32::try_from(n / 900).expect("few pupils"));
    let number = id(birth, n % 900 + 1);
    let sex = if (n % 900 + 1) % 2 == 1 { "男" } else { "女" };
    [
        &format!("张㙍{}", ["伟", "芳", "娜·买买提"][n as usize % 3]),
        sex,
        &birth.to_string(),
        "汉族",
        "居民身份证",
        &number,
        &format!("G{number}"),
        "三年级",
        &format!("{}班", n % 5 + 1),
        "202209",
        "1-走读",
        "13800138000",
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

/// Header and `count` pupils as text.
fn texts(count: u32) -> Vec<Vec<String>> {
    let header = HEADER.map(ToOwned::to_owned).to_vec();
    std::iter::once(header).chain((0..count).map(pupil)).collect()
}

fn cells(rows: &[Vec<String>]) -> Vec<Vec<Cell>> {
    let cell = |text: &String| if text.is_empty() { Cell::Blank } else { Cell::Text(text.clone()) };
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

fn xls(version: Version, rows: Vec<Vec<Cell>>) -> Vec<u8> {
    super::xls::write(version, &[Sheet { name: "学生名册".into(), rows }])
}

fn xlsx(sheets: &[(&str, Vec<Vec<Cell>>)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a tab's name");
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    Cell::Blank => continue,
                    Cell::Text(text) => sheet.write_string(row, column, text),
                    Cell::Number(number) => sheet.write_number(row, column, *number),
                    Cell::Date(days) => {
                        let day = ExcelDateTime::from_serial_datetime(*days).expect("a serial");
                        sheet.write_datetime_with_format(row, column, &day, &date)
                    }
                }
                .expect("room for the cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn csv(rows: &[Vec<String>]) -> String {
    rows.iter().map(|row| row.join(",") + "\r\n").collect()
}

fn imported(bytes: &[u8]) -> Import {
    check(&read("名册", bytes).expect("a roster"), &rules())
}

/// Reads one pupil whose cells under the named columns are changed.
fn one(changes: &[(&str, Cell)]) -> Import {
    let mut rows = cells(&texts(1));
    for (name, cell) in changes {
        match HEADER.iter().position(|column| column == name) {
            Some(at) => rows[1][at] = cell.clone(),
            None => {
                rows[0].push(Cell::Text((*name).to_owned()));
                rows[1].push(cell.clone());
            }
        }
    }
    imported(&xlsx(&[("学生", rows)]))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}
