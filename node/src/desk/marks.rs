//! The words for marks, and a CSV of them line by line.

use proto::model::day::Day;
use proto::model::lang::Lang;
use proto::say;

use super::{SchoolError, TableFault, find};
use crate::attendance::{Excuse, Mark};
use crate::pupil::Class;

/// The most lines of one table.
const LINES: usize = 20_000;

/// One line, read but not yet placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) day: Day,
    pub(super) class: Option<Class>,
    /// Roll number or name.
    pub(super) child: String,
    pub(super) mark: Mark,
    /// Why a roll call that stands is corrected; why the child was away is in `mark`.
    pub(super) correction: Option<String>,
}

/// A line that cannot be read.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) number: u32,
    pub(super) error: Box<SchoolError>,
    /// The roll call that lacks it: taken without it, a missing child would be present.
    pub(super) spoils: Option<(Day, Class)>,
    /// Whom the line speaks of on which day, where it names no class.
    pub(super) of: Option<(Day, String)>,
}

/// Columns and their names.
const DAY: &[&str] = &["日期", "缺勤日期", "date", "day"];
const CLASS: &[&str] = &["班级", "class"];
const NAME: &[&str] = &["姓名", "学生姓名", "name"];
const ROLL: &[&str] = &["学籍号", "全国学籍号", "roll", "roll number", "roll_number", "id"];
const KIND: &[&str] = &["类型", "缺勤类型", "考勤", "kind", "mark"];
const CORRECTION: &[&str] = &["更正原因", "更正说明", "correction"];

struct Columns {
    day: usize,
    class: Option<usize>,
    name: Option<usize>,
    roll: Option<usize>,
    kind: usize,
    correction: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, TableFault> {
        let header: Vec<String> = header.iter().map(|h| h.trim().to_lowercase()).collect();
        let find = |names: &[&str]| header.iter().position(|h| names.contains(&h.as_str()));
        let columns = (find(DAY), find(KIND), find(CLASS), find(NAME), find(ROLL));
        let (Some(day), Some(kind), class, name, roll) = columns else {
            let missing = [(columns.0.is_none(), "日期 date"), (columns.1.is_none(), "缺勤类型 kind")];
            let missing: Vec<&str> = missing.iter().filter(|(m, _)| *m).map(|(_, name)| *name).collect();
            return Err(TableFault::Columns(missing.join(", ")));
        };
        if roll.is_none() && (class.is_none() || name.is_none()) {
            return Err(TableFault::Columns("学籍号 roll number (班级 class + 姓名 name)".to_owned()));
        }
        Ok(Self { day, class, name, roll, kind, correction: find(CORRECTION) })
    }
}

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Result<Line, Wrong>>, TableFault> {
    // the reader takes the two characters of Windows' line ends for two lines in its count
    let text = text(bytes)?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(|_| TableFault::NotText)?)?;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| TableFault::NotText)?;
        let number = record.position().map_or(0, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() == LINES {
            return Err(TableFault::TooLong);
        }
        lines.push(line(&columns, &record, number));
    }
    Ok(lines)
}

fn text(bytes: &[u8]) -> Result<String, TableFault> {
    if bytes.starts_with(b"PK") || bytes.contains(&0) {
        return Err(TableFault::NotText);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => {
            let (text, _, lossy) = encoding_rs::GB18030.decode(bytes);
            if lossy { Err(TableFault::NotText) } else { Ok(text.into_owned()) }
        }
    }
}

fn line(columns: &Columns, record: &csv::StringRecord, number: u32) -> Result<Line, Wrong> {
    let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|c| !c.is_empty());
    let day = padded(cell(Some(columns.day)).unwrap_or_default()).parse::<Day>();
    let class = cell(columns.class).map(find::class).transpose();
    let spoils = day.as_ref().ok().copied().zip(class.as_ref().ok().copied().flatten());
    let of = day.as_ref().ok().copied().zip(cell(columns.roll).map(str::to_owned));
    let read = || {
        let class = class?;
        let child = cell(columns.roll).or_else(|| class.and(cell(columns.name)));
        Ok(Line {
            number,
            day: day?,
            class,
            child: child.ok_or(SchoolError::NoSuchChild)?.to_owned(),
            mark: mark(cell(Some(columns.kind)).unwrap_or_default())?,
            correction: cell(columns.correction).map(str::to_owned),
        })
    };
    read().map_err(|error| Wrong { number, error: Box::new(error), spoils, of })
}

/// `2025-9-4` as spreadsheets write it.
fn padded(day: &str) -> String {
    let day = day.replace(['/', '.'], "-");
    let parts: Vec<&str> = day.split('-').collect();
    match parts.as_slice() {
        [year, month, day] => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => day,
    }
}

/// The words for a mark, with its code for tables.
const MARKS: &[(&str, Mark)] = &[
    ("absent", Mark::Unexcused),
    ("无故未到", Mark::Unexcused),
    ("无故缺勤", Mark::Unexcused),
    ("旷课", Mark::Unexcused),
    ("未到", Mark::Unexcused),
    ("sick", Mark::Excused(Excuse::Sick)),
    ("病假", Mark::Excused(Excuse::Sick)),
    ("leave", Mark::Excused(Excuse::Leave)),
    ("事假", Mark::Excused(Excuse::Leave)),
    ("请假", Mark::Excused(Excuse::Leave)),
    ("other", Mark::Excused(Excuse::Other)),
    ("其他", Mark::Excused(Excuse::Other)),
    ("present", Mark::Present),
    ("到校", Mark::Present),
];

/// Reads a mark.
///
/// # Errors
/// When it is none of the words.
pub fn mark(text: &str) -> Result<Mark, SchoolError> {
    let found = MARKS.iter().find(|(word, _)| *word == text.to_lowercase());
    found.map(|(_, mark)| *mark).ok_or_else(|| SchoolError::Word {
        what: "缺勤类型 kind",
        given: text.to_owned(),
        choices: "absent 无故未到, sick 病假, leave 事假, other 其他, present 到校",
    })
}

/// The mark's code.
pub fn mark_code(mark: Mark) -> &'static str {
    MARKS.iter().find(|(_, m)| *m == mark).map_or("", |(word, _)| word)
}

/// The mark in words.
pub fn mark_words(mark: Mark, lang: Lang) -> String {
    match mark {
        Mark::Present => say!(lang, "到校", "present"),
        Mark::Unexcused => say!(lang, "无故未到", "absent, no reason"),
        Mark::Excused(Excuse::Sick) => say!(lang, "病假", "sick"),
        Mark::Excused(Excuse::Leave) => say!(lang, "事假", "on leave"),
        Mark::Excused(Excuse::Other) => say!(lang, "其他原因", "other reason"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_in_either_encoding() {
        let csv = "班级,姓名,日期,缺勤类型,原因,更正原因\n3.2,张三,2025-9-24,无故未到,,\n3.2,李四,2025/09/24,病假,感冒,补交病假条\n";
        let gbk = encoding_rs::GB18030.encode(csv).0.into_owned();
        let windows = csv.replace('\n', "\r\n").into_bytes();
        for bytes in [csv.as_bytes().to_vec(), [b"\xEF\xBB\xBF", csv.as_bytes()].concat(), gbk, windows] {
            let lines: Vec<Line> = parse(&bytes).unwrap().into_iter().map(Result::unwrap).collect();
            assert_eq!(lines.len(), 2);
            assert_eq!((lines[0].number, lines[0].mark), (2, Mark::Unexcused));
            assert_eq!(lines[1].day, "2025-09-24".parse().unwrap());
            assert_eq!(
                (lines[1].mark, lines[1].correction.as_deref()),
                (Mark::Excused(Excuse::Sick), Some("补交病假条"))
            );
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_the_others_stand() {
        let csv = "roll,date,kind\nG990101201509010010,2025-09-24,absent\n,2025-09-24,absent\nx,2025-13-01,absent\ny,2025-09-24,late\n";
        let lines = parse(csv.as_bytes()).unwrap();
        let wrong: Vec<u32> =
            lines.iter().filter_map(|l| l.as_ref().err()).map(|wrong| wrong.number).collect();
        assert_eq!(wrong, [3, 4, 5]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for (bytes, fault) in [
            (&b"PK\x03\x04"[..], TableFault::NotText),
            (b"\xff\xff\xff", TableFault::NotText),
            (b"date,kind\n", TableFault::Columns("学籍号 roll number (班级 class + 姓名 name)".to_owned())),
            (b"roll,kind\n", TableFault::Columns("日期 date".to_owned())),
        ] {
            assert_eq!(parse(bytes).unwrap_err(), fault);
        }
    }
}
