//! From a workbook to rows, or to what is wrong with them. Bad rows are told and left out; good ones stay.

use proto::model::case::ChildRecord;
use proto::model::day::Day;
use proto::model::party::SchoolCode;
use proto::model::personal::Personal;

use super::cells::{self, Line};
use crate::pool::normal_id;

/// A column that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The child's name.
    Name,
    /// The ID number.
    Id,
    /// The birth date, where there is no ID number.
    Birth,
    /// The school's code.
    Code,
    /// The school's name.
    School,
    /// The grade.
    Grade,
    /// Why the child is on the list.
    Reason,
    /// Answer by this day.
    AnswerBy,
    /// The guardian.
    Guardian,
    /// The guardian's telephone.
    Phone,
    /// The address.
    Address,
}

/// The names under which lists carry the columns; the first is the one used in messages.
pub(super) const COLUMNS: [(Field, &[&str]); 11] = [
    (Field::Name, &["姓名", "学生姓名", "儿童姓名", "被协查人姓名", "name"]),
    (
        Field::Id,
        &[
            "身份证号",
            "身份证件号",
            "身份证号码",
            "身份证件号码",
            "公民身份号码",
            "证件号码",
            "证件号",
            "idnumber",
        ],
    ),
    (Field::Birth, &["出生日期", "出生年月日", "birthdate"]),
    (Field::Code, &["学校标识码", "学校代码", "学籍学校标识码", "schoolcode"]),
    (Field::School, &["学校名称", "学校", "学籍学校", "所在学校", "就读学校", "学籍所在学校", "school"]),
    (Field::Grade, &["年级", "所在年级", "就读年级", "grade"]),
    (Field::Reason, &["疑似原因", "原因", "疑似类型", "协查事由", "事由", "reason"]),
    (
        Field::AnswerBy,
        &["反馈期限", "答复期限", "回复期限", "反馈截止日期", "截止日期", "回函期限", "replyby"],
    ),
    (Field::Guardian, &["监护人", "监护人姓名", "家长姓名", "guardian"]),
    (Field::Phone, &["联系电话", "监护人电话", "家长电话", "电话", "phone"]),
    (Field::Address, &["家庭住址", "家庭地址", "住址", "现住址", "户籍地址", "address"]),
];

/// Rows in which a header is looked for.
const SEARCHED: usize = 10;

/// A list, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Rows that can be imported.
    pub rows: Vec<Entry>,
    /// What is wrong with the others.
    pub faults: Vec<Fault>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the sheet.
    pub row: u32,
    /// Who.
    pub record: ChildRecord,
    /// The school's code.
    pub code: Option<SchoolCode>,
    /// 1 to 9.
    pub grade: Option<u8>,
    /// Answer by this day.
    pub answer_by: Option<Day>,
}

/// What is wrong with a row. It never repeats what the cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its number in the sheet.
    pub row: u32,
    /// In which column.
    pub field: Field,
    /// What.
    pub wrong: Wrong,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Empty.
    Missing,
    /// Not of its form; for an ID number also a wrong check digit.
    Form,
    /// The same child stands in a row above.
    Twice,
}

/// Why a file is refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Neither .xlsx nor .xls.
    #[error("the file is no workbook")]
    NoWorkbook,
    /// It cannot be read.
    #[error("the workbook is damaged or has a password")]
    Damaged,
    /// Over the limits.
    #[error("the workbook is too large")]
    TooLarge,
    /// No row names the columns.
    #[error("no row of the sheet has the column names")]
    NoHeader,
}

/// Reads a list; `answer_by` stands in where it has no such column.
///
/// # Errors
/// When the file cannot be read at all.
pub fn read(bytes: &[u8], answer_by: Option<Day>) -> Result<Sheet, ListError> {
    let lines = cells::lines(bytes)?;
    let header = lines.iter().take(SEARCHED).position(|(_, cells)| is_header(cells));
    let header = header.ok_or(ListError::NoHeader)?;
    let columns: Vec<Option<Field>> = lines[header].1.iter().map(|name| field_of(name)).collect();
    let (mut sheet, mut seen) = (Sheet::default(), Vec::new());
    for line in &lines[header + 1..] {
        if is_header(&line.1) {
            // a sheet that was printed page by page repeats it
            continue;
        }
        match entry(line, &columns, answer_by) {
            Ok((who, entry)) => {
                if seen.contains(&who) {
                    sheet.faults.push(Fault { row: line.0, field: Field::Id, wrong: Wrong::Twice });
                } else {
                    seen.push(who);
                    sheet.rows.push(entry);
                }
            }
            Err(faults) => sheet.faults.extend(faults),
        }
    }
    Ok(sheet)
}

fn is_header(cells: &[String]) -> bool {
    let fields: Vec<Field> = cells.iter().filter_map(|name| field_of(name)).collect();
    let has = |field| fields.contains(&field);
    has(Field::Name) && (has(Field::Id) || has(Field::Birth))
}

fn field_of(name: &str) -> Option<Field> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    COLUMNS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(field, _)| *field)
}

/// An ID number, or a name and a birth date.
type Who = (String, Option<Day>);

fn entry(
    (row, cells): &Line,
    columns: &[Option<Field>],
    answer_by: Option<Day>,
) -> Result<(Who, Entry), Vec<Fault>> {
    let cell = |field: Field| {
        let at = columns.iter().position(|column| *column == Some(field));
        at.and_then(|at| cells.get(at)).map(|text| text.trim()).filter(|text| !text.is_empty())
    };
    let mut faults = Vec::new();
    let mut fault = |field, wrong| faults.push(Fault { row: *row, field, wrong });
    let name = cell(Field::Name).unwrap_or_else(|| {
        fault(Field::Name, Wrong::Missing);
        ""
    });
    let id = cell(Field::Id).map(normal_id);
    let birth = match (&id, cell(Field::Birth).map(day)) {
        (Some(None), _) => {
            fault(Field::Id, Wrong::Form);
            None
        }
        (Some(Some(id)), _) => born(id).or_else(|| {
            fault(Field::Id, Wrong::Form);
            None
        }),
        (None, Some(Some(birth))) => Some(birth),
        (None, Some(None)) => {
            fault(Field::Birth, Wrong::Form);
            None
        }
        (None, None) => {
            fault(Field::Id, Wrong::Missing);
            None
        }
    };
    let code = cell(Field::Code).map(str::parse);
    let grade = cell(Field::Grade).map(grade);
    let until = cell(Field::AnswerBy).map(day);
    if matches!(code, Some(Err(_))) {
        fault(Field::Code, Wrong::Form);
    }
    if grade == Some(None) {
        fault(Field::Grade, Wrong::Form);
    }
    if until == Some(None) {
        fault(Field::AnswerBy, Wrong::Form);
    }
    let (Some(birth), true) = (birth, faults.is_empty()) else { return Err(faults) };
    let id = id.flatten().unwrap_or_default();
    let personal = |field| Personal::new(cell(field).unwrap_or_default().to_owned());
    let nothing = || Personal::new(String::new());
    let record = ChildRecord {
        name: Personal::new(name.to_owned()),
        sex: Personal::new(sex(&id).to_owned()),
        birth: Personal::new(birth),
        id_number: Personal::new(id.clone()),
        roll_number: nothing(),
        guardian: personal(Field::Guardian),
        phone: personal(Field::Phone),
        address: personal(Field::Address),
        school: cell(Field::School).unwrap_or_default().to_owned(),
        evidence: nothing(),
        summary: personal(Field::Reason),
        needs: nothing(),
        reached: None,
        unwilling: None,
    };
    // the same number under another name is the same child
    let who = if id.is_empty() { (name.to_owned(), Some(birth)) } else { (id, None) };
    let (code, grade) = (code.and_then(Result::ok), grade.flatten());
    Ok((who, Entry { row: *row, record, code, grade, answer_by: until.flatten().or(answer_by) }))
}

/// The birth date in an ID number.
fn born(id: &str) -> Option<Day> {
    let part = |from: usize, to: usize| id.get(from..to)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(part(10, 12)?).ok()?, i8::try_from(part(12, 14)?).ok()?);
    Day::new(part(6, 10)?, month, day).ok()
}

/// The seventeenth digit is odd for boys.
fn sex(id: &str) -> &'static str {
    match id.as_bytes().get(16) {
        Some(digit) if digit % 2 == 1 => "男",
        Some(_) => "女",
        None => "",
    }
}

/// 2026-11-30, 2026/11/30, 2026.11.30, 2026年11月30日, 20261130.
fn day(text: &str) -> Option<Day> {
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [year, month, day, ..] if year.len() == 4 => {
            Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        }
        [one] if one.len() == 8 => {
            Day::new(one[..4].parse().ok()?, one[4..6].parse().ok()?, one[6..].parse().ok()?).ok()
        }
        _ => None,
    }
}

/// 7, 七年级, 七, 初一, 小学三年级.
fn grade(text: &str) -> Option<u8> {
    const HAN: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if text.contains('高') {
        return None;
    }
    let middle = text.contains('初');
    let mut told = text.chars().filter_map(|c| match c.to_digit(10) {
        Some(digit) => u8::try_from(digit).ok(),
        None => HAN.iter().position(|han| *han == c).and_then(|at| u8::try_from(at + 1).ok()),
    });
    let (grade, None) = (told.next()?, told.next()) else { return None };
    let grade = if middle && grade <= 3 { grade + 6 } else { grade };
    (1..=9).contains(&grade).then_some(grade)
}
