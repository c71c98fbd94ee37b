//! What is wrong with a row. A reason never holds the value itself, so it may be logged.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::field::Field;
use super::table::RowPlace;

/// A row that cannot go in, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Where it stands.
    pub at: RowPlace,
    /// Every problem, in the order of the checks.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and in which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The column's meaning.
    pub field: Field,
    /// The column's name in this sheet.
    pub column: String,
    /// What is wrong.
    pub reason: Reason,
}

/// Why a cell is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A required cell is blank.
    Missing,
    /// The cell holds an error value of a formula.
    BrokenCell,
    /// Longer than any such text.
    TooLong,
    /// An ID or roll number in a number cell: the last digits are lost already.
    NumberCell,
    /// The ID number of the first generation, 15 digits.
    OldIdNumber,
    /// An ID number of another length than 18.
    IdLength(usize),
    /// An ID number with a character that cannot stand there.
    IdShape,
    /// The birth date inside the ID number does not exist.
    IdBirth,
    /// The ID number's check digit (GB 11643) is wrong.
    IdCheckDigit,
    /// The birth date column and the ID number disagree.
    BirthDiffers,
    /// The sex column and the ID number disagree.
    SexDiffers,
    /// No roll number: G, L or J and 18 characters.
    RollShape,
    /// The roll number's check digit is wrong.
    RollCheckDigit,
    /// The same ID number stands in another row.
    DuplicateId(RowPlace),
    /// The same roll number stands in another row.
    DuplicateRoll(RowPlace),
    /// Another row has the same name and birth date, and this one no number that tells the two apart.
    DuplicatePerson(RowPlace),
    /// None of the choices, which are listed.
    NotInList(String),
    /// Code and name in one cell do not belong together.
    CodeDiffers,
    /// No date.
    NotADate,
    /// A date with more than one reading.
    AmbiguousDate,
    /// No month.
    NotAMonth,
    /// Too young or too old for compulsory school; the age in years.
    Age(i32),
    /// "2019级" instead of a grade.
    Cohort,
    /// No grade from 1 to 9.
    NotAGrade,
    /// No class number.
    NotAClass,
    /// The class names another grade than the grade column.
    GradeDiffers,
    /// No name of a person.
    NotAName,
    /// Characters of the name were lost on the way.
    LostCharacters,
    /// No telephone number.
    NotAPhone,
    /// No division code.
    NotAPlace,
    /// The pupil belongs to another school.
    OtherSchool,
}

impl BadRow {
    /// All problems in one line, for the last column of the workbook that goes back.
    pub fn reasons(&self, lang: Lang) -> String {
        let all: Vec<String> = self.problems.iter().map(|problem| problem.say(lang)).collect();
        all.join(lang.pick("；", "; "))
    }
}

impl Say for BadRow {
    fn say(&self, lang: Lang) -> String {
        let (at, reasons) = (self.at.say(lang), self.reasons(lang));
        say!(lang, "{at}：{reasons}", "{at}: {reasons}")
    }
}

impl Say for Problem {
    fn say(&self, lang: Lang) -> String {
        let (column, reason) = (&self.column, self.reason.say(lang));
        say!(lang, "“{column}”{reason}", "{column}: {reason}")
    }
}

impl Reason {
    /// A word for tables and `--json`, the same in every language and release.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::BrokenCell => "broken-cell",
            Self::TooLong => "too-long",
            Self::NumberCell => "number-cell",
            Self::OldIdNumber => "id-15-digits",
            Self::IdLength(_) => "id-length",
            Self::IdShape => "id-shape",
            Self::IdBirth => "id-birth",
            Self::IdCheckDigit => "id-check-digit",
            Self::BirthDiffers => "birth-differs",
            Self::SexDiffers => "sex-differs",
            Self::RollShape => "roll-shape",
            Self::RollCheckDigit => "roll-check-digit",
            Self::DuplicateId(_) => "duplicate-id",
            Self::DuplicateRoll(_) => "duplicate-roll",
            Self::DuplicatePerson(_) => "duplicate-person",
            Self::NotInList(_) => "not-in-list",
            Self::CodeDiffers => "code-differs",
            Self::NotADate => "not-a-date",
            Self::AmbiguousDate => "ambiguous-date",
            Self::NotAMonth => "not-a-month",
            Self::Age(_) => "age",
            Self::Cohort => "cohort",
            Self::NotAGrade => "not-a-grade",
            Self::NotAClass => "not-a-class",
            Self::GradeDiffers => "grade-differs",
            Self::NotAName => "not-a-name",
            Self::LostCharacters => "lost-characters",
            Self::NotAPhone => "not-a-phone",
            Self::NotAPlace => "not-a-place",
            Self::OtherSchool => "other-school",
        }
    }
}

impl Say for Reason {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = self.sentence();
        let sentence = lang.pick(zh, en);
        match self {
            Self::DuplicateId(other) | Self::DuplicateRoll(other) | Self::DuplicatePerson(other) => {
                sentence.replace("{}", &other.say(lang))
            }
            Self::IdLength(length) => sentence.replace("{}", &length.to_string()),
            Self::Age(years) => sentence.replace("{}", &years.to_string()),
            Self::NotInList(choices) => sentence.replace("{}", choices),
            _ => sentence.to_owned(),
        }
    }
}

impl Reason {
    /// The pair of sentences; `{}` is where the variant's own figure goes.
    const fn sentence(&self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("未填写", "is blank; fill it in"),
            Self::BrokenCell => ("公式出错，请改为直接填写", "holds a formula error; type the value itself"),
            Self::TooLong => {
                ("内容过长，请核对是否错列", "is too long; check that it stands in the right column")
            }
            Self::NumberCell => (
                "是数字格式，末位已丢失，请设为文本后重填",
                "is a number cell and its last digits are lost; set the cell to text and type it again",
            ),
            Self::OldIdNumber => (
                "是 15 位旧号码，请填 18 位身份证号",
                "is the old number of 15 digits; enter the ID number of 18",
            ),
            Self::IdShape => (
                "有不该出现的字符，应为 17 位数字加 1 位数字或 X",
                "has a character that cannot stand there: 17 digits and a digit or X",
            ),
            Self::IdBirth => ("第 7 至 14 位不是真实日期", "digits 7 to 14 are no real date"),
            Self::IdCheckDigit => {
                ("校验位不对，有数字填错", "the check digit is wrong: some digit is mistyped")
            }
            Self::BirthDiffers => {
                ("与身份证号中的出生日期不一致", "differs from the birth date in the ID number")
            }
            Self::SexDiffers => ("与身份证号中的性别不一致", "differs from the sex in the ID number"),
            Self::RollShape => {
                ("应为 G、L 或 J 加 18 位，共 19 位", "must be G, L or J and 18 characters, 19 in all")
            }
            Self::RollCheckDigit => {
                ("校验位不对，有数字填错", "the check digit is wrong: some digit is mistyped")
            }
            Self::CodeDiffers => ("代码与名称对不上", "its code and its name do not belong together"),
            Self::NotADate => (
                "不是有效日期，请写成 2014-03-09 或 20140309",
                "is no valid date; write it as 2014-03-09 or 20140309",
            ),
            Self::AmbiguousDate => (
                "日期有歧义或不完整，请写成 2014-03-09 或 20140309",
                "has more than one reading or is incomplete; write it as 2014-03-09 or 20140309",
            ),
            Self::NotAMonth => ("不是有效年月，请写成 201409", "is no valid month; write it as 201409"),
            Self::Cohort => (
                "是入学年份（级），请填现在的年级，如“三年级”",
                "is the year of entry; enter the grade of today, such as 三年级",
            ),
            Self::NotAGrade => {
                ("不是一至九年级，请写成“三年级”或 3", "is no grade from 1 to 9; write 三年级 or 3")
            }
            Self::NotAClass => ("看不出班号，请写成“1班”或 1", "names no class number; write 1班 or 1"),
            Self::GradeDiffers => ("与“年级”列不一致", "names another grade than the grade column"),
            Self::NotAName => {
                ("不像姓名，请核对是否错列", "is no name; check that it stands in the right column")
            }
            Self::LostCharacters => (
                "有问号、方框等，生僻字可能已丢失，请按户口簿重填",
                "has question marks or boxes: a rare character was lost; enter it as in the household register",
            ),
            Self::NotAPhone => ("不是电话号码，请核对", "is no telephone number; check it"),
            Self::NotAPlace => (
                "不是行政区划代码，请填 6 位代码或地名",
                "is no division code; enter the six digits or the name of the place",
            ),
            Self::OtherSchool => (
                "不是本校标识码，请确认选对了文件",
                "is not the code of this school; check that it is the right file",
            ),
            Self::DuplicateId(_) => {
                ("与{}的身份证件号重复，请核对两行", "the same ID number stands in {}; check both rows")
            }
            Self::DuplicateRoll(_) => {
                ("与{}的学籍号重复，请核对两行", "the same roll number stands in {}; check both rows")
            }
            Self::DuplicatePerson(_) => (
                "与{}姓名、出生日期相同，本行没有身份证件号和学籍号，无法区分；如为两人，请补填号码",
                "name and birth date are those of {}, and no number tells the two apart; if they are two children, fill in a number",
            ),
            Self::NotInList(_) => ("不在可选项内，请填：{}", "is none of the choices: {}"),
            Self::IdLength(_) => ("应为 18 位，现为 {} 位", "must have 18 characters, has {}"),
            Self::Age(_) => (
                "按此日期为 {} 岁，不像义务教育阶段学生，请核对",
                "makes the pupil {} years old, unlikely in compulsory school; check it",
            ),
        }
    }
}
