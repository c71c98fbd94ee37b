//! A school's roll as the files that schools really have: old and new workbooks, text as Excel writes
//! it; titles above the header, other names for columns, full-width digits, dates in six forms; and some
//! rows that must be refused.

use encoding_rs::GB18030;
use proto::model::day::Day;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::dice::Dice;
use crate::pupils::{Pupil, RARE};
use crate::xls::{self, Cell, Sheet, Version};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Excel 97 to 2003.
    Xls,
    /// Excel 5.0 and 95: text in GBK, rare characters lost.
    OldXls,
    /// Excel since 2007, and WPS.
    Xlsx,
    /// Text as Chinese Excel saves it, without a mark.
    GbText,
    /// "CSV UTF-8", with a mark.
    Utf8Text,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Xls, Self::OldXls, Self::Xlsx, Self::GbText, Self::Utf8Text];

    const fn is_text(self) -> bool {
        matches!(self, Self::GbText | Self::Utf8Text)
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Xls | Self::OldXls => "xls",
            Self::Xlsx => "xlsx",
            Self::GbText | Self::Utf8Text => "csv",
        }
    }
}

/// A file, and which of its rows must be refused.
#[derive(Debug, Clone)]
pub struct RosterFile {
    /// As on the school's disk.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Row as the spreadsheet shows it, index of the pupil, and the refusal's code.
    pub refused: Vec<(u32, usize, &'static str)>,
}

/// What somebody did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    /// A digit of the ID number mistyped.
    CheckDigit,
    /// The other sex.
    Sex,
    /// Another birth date than in the ID number.
    Birth,
    /// Excel took the ID number for a number.
    Number,
    /// The file's encoding has no place for the name.
    Lost,
}

impl Slip {
    const fn code(self) -> &'static str {
        match self {
            Self::CheckDigit => "id-check-digit",
            Self::Sex => "sex-differs",
            Self::Birth => "birth-differs",
            Self::Number => "number-cell",
            Self::Lost => "lost-characters",
        }
    }
}

/// Writes `pupils` of the school called `school`; about one row in `slips` is wrong (0: none is).
pub fn write(form: Form, school: &str, pupils: &[Pupil], slips: usize, dice: &mut Dice) -> RosterFile {
    let title = dice.chance(0.7);
    let alias = dice.chance(0.5);
    let mut rows = Vec::new();
    if title {
        rows.push(vec![text(&format!("{school}2025年秋季学生花名册"))]);
    }
    rows.push(header(alias));
    let mut refused = Vec::new();
    for (at, pupil) in pupils.iter().enumerate() {
        let slip = slip(form, pupil, slips, dice);
        if let Some(slip) = slip {
            let row = u32::try_from(rows.len() + 1).expect("a school has few rows");
            refused.push((row, at, slip.code()));
        }
        rows.push(cells(form, at, pupil, slip, dice));
    }
    let name = format!("{school}花名册.{}", form.extension());
    RosterFile { name, bytes: bytes(form, rows), refused }
}

fn slip(form: Form, pupil: &Pupil, slips: usize, dice: &mut Dice) -> Option<Slip> {
    if form == Form::OldXls && pupil.name.contains(RARE) {
        return Some(Slip::Lost);
    }
    if slips == 0 || dice.below(slips) > 0 {
        return None;
    }
    let kinds = [Slip::CheckDigit, Slip::Sex, Slip::Birth, Slip::Number];
    Some(dice.pick(if form.is_text() { &kinds[..3] } else { &kinds }))
}

fn header(alias: bool) -> Vec<Cell> {
    let names: [&str; 13] = if alias {
        [
            "序号",
            "学生姓名",
            "性别（必填）",
            "出生年月日",
            "民族",
            "身份证号",
            "全国学籍号",
            "所在年级",
            "班",
            "是否住校",
            "留守儿童",
            "监护人姓名",
            "监护人电话",
        ]
    } else {
        [
            "序号",
            "★姓名",
            "★性别",
            "★出生日期",
            "民族",
            "身份证件号",
            "学籍号",
            "年级",
            "班级",
            "就读方式",
            "是否留守儿童",
            "成员1姓名",
            "成员1联系电话",
        ]
    };
    names.into_iter().map(text).collect()
}

fn cells(form: Form, at: usize, pupil: &Pupil, slip: Option<Slip>, dice: &mut Dice) -> Vec<Cell> {
    let male = pupil.male != (slip == Some(Slip::Sex));
    let birth = if slip == Some(Slip::Birth) { pupil.birth.plus(1) } else { pupil.birth };
    vec![
        text(&(at + 1).to_string()),
        text(&name(form, pupil, slip, dice)),
        text(sex(male, dice)),
        date(form, birth, dice),
        text(dice.pick(&["汉族", "彝族", "苗族", "布依族"])),
        id_number(pupil, slip, dice),
        text(&pupil.roll_number),
        text(&grade(pupil.class.grade, dice)),
        text(&class(pupil.class.number, dice)),
        text(if pupil.boards { "2-住校" } else { dice.pick(&["1-走读", "走读", "1"]) }),
        text(pupil.left_behind),
        text(&pupil.family.name.replace(RARE, "吉")),
        text(&pupil.phone),
    ]
}

fn name(form: Form, pupil: &Pupil, slip: Option<Slip>, dice: &mut Dice) -> String {
    if slip == Some(Slip::Lost) {
        return pupil.name.replace(RARE, "?");
    }
    // the middle dot of far names has several code points; the reader settles on one
    let dot = if form == Form::OldXls { "·" } else { dice.pick(&["·", "•", "・", "．"]) };
    pupil.name.replace('·', dot)
}

fn sex(male: bool, dice: &mut Dice) -> &'static str {
    dice.pick(if male { &["男", "1", "1-男", "男 "] } else { &["女", "2", "2-女", "女性"] })
}

fn id_number(pupil: &Pupil, slip: Option<Slip>, dice: &mut Dice) -> Cell {
    let number = &pupil.id_number;
    match slip {
        // fifteen digits are all that a number cell keeps
        Some(Slip::Number) => Cell::Number(format!("{}000", &number[..15]).parse().expect("digits")),
        Some(Slip::CheckDigit) => {
            let last = if number.ends_with('1') { '2' } else { '1' };
            Cell::Text(format!("{}{last}", &number[..17]))
        }
        _ => match dice.below(6) {
            0 => Cell::Text(wide(number)),
            1 => Cell::Text(number.to_lowercase()),
            2 => Cell::Text(format!("'{number}")),
            3 => Cell::Text(format!(" {number} ")),
            _ => Cell::Text(number.clone()),
        },
    }
}

/// The six forms, and the spreadsheet's own where there is one.
fn date(form: Form, day: Day, dice: &mut Dice) -> Cell {
    let date = day.date();
    let (year, month, day_of_month) = (date.year(), date.month(), date.day());
    Cell::Text(match dice.below(7) {
        0 => format!("{year}{month:02}{day_of_month:02}"),
        1 => format!("{year}-{month:02}-{day_of_month:02}"),
        2 => format!("{year}/{month}/{day_of_month}"),
        3 => format!("{year}年{month}月{day_of_month}日"),
        4 => format!("{year}.{month:02}.{day_of_month:02}"),
        5 => wide(&format!("{year}。{month}。{day_of_month}")),
        _ if form.is_text() => format!("{year}-{month}-{day_of_month}"),
        _ => return Cell::Date(f64::from(day.number() + DAYS_TO_1970)),
    })
}

fn grade(grade: u8, dice: &mut Dice) -> String {
    let han = HAN[usize::from(grade) - 1];
    match dice.below(4) {
        0 => grade.to_string(),
        1 => wide(&grade.to_string()),
        2 if grade > 6 => format!("初{}", HAN[usize::from(grade) - 7]),
        _ => format!("{han}年级"),
    }
}

fn class(number: u8, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => number.to_string(),
        1 => format!("（{number}）班"),
        2 => format!("{number:02}"),
        _ => format!("{number}班"),
    }
}

/// Full-width, as an input method leaves them.
fn wide(text: &str) -> String {
    let widen = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xFEE0).expect("the full-width forms have no gap"),
        other => other,
    };
    text.chars().map(widen).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn bytes(form: Form, rows: Vec<Vec<Cell>>) -> Vec<u8> {
    let sheets = |rows| [Sheet { name: "学生名册".to_owned(), rows }];
    match form {
        Form::Xls => xls::write(Version::Biff8, &sheets(rows)),
        Form::OldXls => xls::write(Version::Biff5 { code_page: true }, &sheets(rows)),
        Form::Xlsx => xlsx(&rows),
        Form::GbText => GB18030.encode(&lines(&rows)).0.into_owned(),
        Form::Utf8Text => ["\u{FEFF}", &lines(&rows)].concat().into_bytes(),
    }
}

fn lines(rows: &[Vec<Cell>]) -> String {
    let shown = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Blank => String::new(),
        Cell::Number(number) | Cell::Date(number) => number.to_string(),
    };
    rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

fn xlsx(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("yyyy/m/d");
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                Cell::Blank => continue,
                Cell::Text(text) => sheet.write_string(row, column, text),
                Cell::Number(number) => sheet.write_number(row, column, *number),
                Cell::Date(days) => {
                    let day = ExcelDateTime::from_serial_datetime(*days).expect("a day of this century");
                    sheet.write_datetime_with_format(row, column, &day, &date)
                }
            };
            written.expect("a school fits into a sheet");
        }
    }
    book.save_to_buffer().expect("a workbook in memory")
}

const HAN: [&str; 9] = ["一", "二", "三", "四", "五", "六", "七", "八", "九"];
/// From 1899-12-30, where spreadsheets begin to count.
const DAYS_TO_1970: i32 = 25_569;

#[cfg(test)]
mod tests {
    use node::roster::{Rules, check, read};
    use proto::model::personal::Purpose;

    use super::*;
    use crate::pupils::{Size, roll};

    #[test]
    fn every_form_is_read_back_and_its_slips_are_refused() {
        let rules = Rules { today: "2025-09-01".parse().expect("a date"), school: None };
        for seed in 0..6 {
            for form in Form::ALL {
                let pupils = roll(seed, 3, 2025, Size { grades: (1, 9), classes: 2, children: 12 });
                let file = write(form, "第三小学", &pupils, 40, &mut Dice::new(seed, "files"));
                let import = check(&read(&file.name, &file.bytes).expect("a roster"), &rules);
                let found: Vec<_> =
                    import.bad.iter().map(|bad| (bad.at.row, bad.problems[0].reason.code())).collect();
                let expected: Vec<_> = file.refused.iter().map(|(row, _, code)| (*row, *code)).collect();
                assert_eq!(found, expected, "{form:?} {seed}");
                let refused = |at: usize| file.refused.iter().any(|(_, bad, _)| *bad == at);
                let good = pupils.iter().enumerate().filter(|(at, _)| !refused(*at)).map(|(_, pupil)| pupil);
                assert_eq!(import.good.len(), pupils.len() - file.refused.len());
                for (read, written) in import.good.iter().zip(good) {
                    assert_eq!(*read.name.open(Purpose::RollCheck), written.name);
                    assert_eq!(read.citizen().map(|id| id.as_str()), Some(written.id_number.as_str()));
                    assert_eq!(
                        (read.class.grade, read.class.number),
                        (written.class.grade, u16::from(written.class.number))
                    );
                }
            }
        }
    }
}
