//! A pupil as the school knows one. The only record in the whole system with a child's name in it.

use std::fmt;
use std::str::FromStr;

use proto::model::day::Day;
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use serde::{Deserialize, Serialize};

/// What names a pupil inside this school: random, given once at the first import, never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PupilId([u8; 16]);

/// A pupil's record. Plain data: what is stored, compared and shown, nothing derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pupil {
    /// What kind of paper the number below stands on.
    pub id_kind: IdKind,
    /// The citizen's number; only with [`IdKind::Citizen`].
    pub id_number: Option<Personal<IdNumber>>,
    /// The number of any other paper, unchecked.
    pub other_number: Option<Personal<String>>,
    /// 学籍号
    pub roll_number: Option<Personal<RollNumber>>,
    /// 学籍辅号: provincial, free form; what local sheets are joined on.
    pub aux_number: Option<Personal<String>>,
    /// As in the household register.
    pub name: Personal<String>,
    /// 性别
    pub sex: Personal<Sex>,
    /// 出生日期
    pub birth: Personal<Day>,
    /// 年级 and 班级
    pub class: Class,
    /// 入学年月
    pub entry: Option<YearMonth>,
    /// 就读方式
    pub attend: Option<Attend>,
    /// 户口所在地: decides which school answers for a child without a roll number.
    pub hukou: Option<Personal<Place>>,
    /// 是否留守儿童, by the education form's three values; not the State Council's definition.
    pub left_behind: Option<Personal<LeftBehind>>,
    /// 是否进城务工人员随迁子女
    pub migrant: Option<Personal<bool>>,
    /// 是否孤儿
    pub orphan: Option<Personal<bool>>,
    /// 残疾人类型
    pub disability: Option<Personal<Disability>>,
    /// What only the school itself may use.
    pub school_only: SchoolOnly,
}

/// Where the child lives and who answers there. Never part of a sheet, a case or a letter that
/// leaves the school by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchoolOnly {
    /// 现住址
    pub address: Option<Personal<String>>,
    /// 联系电话
    pub phone: Option<Personal<String>>,
    /// Up to two family members, in the order of the form.
    pub family: Vec<FamilyMember>,
}

/// 家庭成员
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FamilyMember {
    /// 姓名; some sheets give a guardian's telephone only.
    pub name: Option<Personal<String>>,
    /// 关系, in the words of the form.
    pub relation: Option<Personal<String>>,
    /// 工作单位: for a left-behind child the work place away from home.
    pub work_place: Option<Personal<String>>,
    /// 现住址
    pub address: Option<Personal<String>>,
    /// 联系电话
    pub phone: Option<Personal<String>>,
    /// 是否监护人
    pub guardian: Option<bool>,
}

/// 身份证件类型, by the codes of the collection form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdKind {
    /// 1 居民身份证
    Citizen,
    /// 2 户口簿
    HouseholdBook,
    /// 6 香港特区护照/身份证明
    HongKong,
    /// 7 澳门特区护照/身份证明
    Macau,
    /// 8 台湾居民来往大陆通行证
    Taiwan,
    /// 9 境外永久居住证
    Residence,
    /// A 护照
    Passport,
    /// Z 其他: a child without any number.
    Other,
}

/// 性别 (GB/T 2261.1); the form knows two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sex {
    /// 1 男
    Male,
    /// 2 女
    Female,
}

/// 就读方式
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Attend {
    /// 1 走读
    Day,
    /// 2 住校
    Boarding,
}

/// 是否留守儿童: by the number of absent parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LeftBehind {
    /// 0 非留守儿童
    No,
    /// 1 单亲留守儿童
    OneParentAway,
    /// 2 双亲留守儿童
    BothParentsAway,
}

/// 残疾人类型
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Disability {
    /// 无残疾
    None,
    /// 视力残疾
    Sight,
    /// 听力残疾
    Hearing,
    /// 言语残疾
    Speech,
    /// 肢体残疾
    Limbs,
    /// 智力残疾
    Intellect,
    /// 精神残疾
    Mental,
    /// 多重残疾
    Multiple,
    /// 其他残疾
    Other,
}

/// Where a household is registered: a code where the sheet has one, else its words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A division code.
    Code(Region),
    /// The place as the sheet names it, for the division table to resolve.
    Named(String),
}

/// A class of the school.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Class {
    /// 1 to 6 primary, 7 to 9 junior.
    pub grade: u8,
    /// 1 to 99.
    pub number: u16,
}

/// A month of a year, as 入学年月 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct YearMonth {
    year: u16,
    month: u8,
}

/// A citizen's number that passed GB 11643: 18 characters, a real birth date, the right check
/// digit. The area prefix is not looked up: it is the code at the time of issue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdNumber([u8; 18]);

/// 学籍号: G (formal), L (temporary) or J (a child without a usable ID number), then 18 characters
/// with the check digit of GB 11643. An ID number is never derived from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RollNumber([u8; 19]);

/// Why a text is no ID number or roll number. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// The first-generation form of 15 digits.
    #[error("the old form of 15 digits")]
    FifteenDigits,
    /// Too short or too long.
    #[error("{0} characters long")]
    Length(usize),
    /// A character that cannot stand there.
    #[error("a character that cannot stand there")]
    Shape,
    /// Digits 7 to 14 are no date.
    #[error("digits 7 to 14 are no date")]
    Birth,
    /// The last character does not follow from the others.
    #[error("the check digit is wrong")]
    CheckDigit,
}

impl PupilId {
    /// From sixteen random bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes, for keys.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PupilId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PupilId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl YearMonth {
    /// A month from 1 to 12 of a year from 1900 to 2199.
    pub const fn new(year: u16, month: u8) -> Option<Self> {
        if 1900 <= year && year < 2200 && 1 <= month && month <= 12 {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }
}

impl fmt::Display for YearMonth {
    /// `201409`, as the form writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}

impl IdNumber {
    /// The eighteen characters, `X` in upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("checked to be digits and X when parsed")
    }

    /// The birth date in digits 7 to 14.
    pub fn birth(&self) -> Day {
        birth(&self.0).expect("checked to be a date when parsed")
    }

    /// The sex in the 17th digit: odd is male.
    pub const fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }
}

impl FromStr for IdNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        if text.len() == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadNumber::FifteenDigits);
        }
        let length = text.chars().count();
        let number: [u8; 18] =
            text.to_ascii_uppercase().into_bytes().try_into().map_err(|_| BadNumber::Length(length))?;
        checked(&number)?;
        birth(&number).ok_or(BadNumber::Birth)?;
        Ok(Self(number))
    }
}

impl RollNumber {
    /// The nineteen characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("checked to be ASCII when parsed")
    }
}

impl FromStr for RollNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let length = text.chars().count();
        let number: [u8; 19] =
            text.to_ascii_uppercase().into_bytes().try_into().map_err(|_| BadNumber::Length(length))?;
        let (letter, digits) = number.split_first_chunk::<1>().expect("nineteen bytes have a first");
        if !matches!(letter, b"G" | b"L" | b"J") {
            return Err(BadNumber::Shape);
        }
        checked(digits.try_into().expect("eighteen of nineteen bytes are left"))?;
        Ok(Self(number))
    }
}

/// Seventeen digits and the check digit of GB 11643-1999.
fn checked(number: &[u8; 18]) -> Result<(), BadNumber> {
    let (body, last) = number.split_at(17);
    if !body.iter().all(u8::is_ascii_digit) || !matches!(last, [b'0'..=b'9' | b'X']) {
        return Err(BadNumber::Shape);
    }
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if last == [CHECK_DIGITS[(sum % 11) as usize]] { Ok(()) } else { Err(BadNumber::CheckDigit) }
}

fn birth(number: &[u8; 18]) -> Option<Day> {
    let digits = std::str::from_utf8(&number[6..14]).ok()?;
    Day::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS: &[u8; 11] = b"10X98765432";

/// What both numbers need to be stored as text and to stay out of logs.
macro_rules! hidden_text {
    ($number:ty) => {
        impl TryFrom<String> for $number {
            type Error = BadNumber;

            fn try_from(text: String) -> Result<Self, BadNumber> {
                text.parse()
            }
        }

        impl From<$number> for String {
            fn from(number: $number) -> Self {
                number.as_str().to_owned()
            }
        }

        impl fmt::Debug for $number {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[personal]")
            }
        }
    };
}
hidden_text!(IdNumber);
hidden_text!(RollNumber);

impl Pupil {
    /// The citizen's number where there is one.
    pub fn citizen(&self) -> Option<&IdNumber> {
        self.id_number.as_ref().map(|number| number.open(Purpose::RollCheck))
    }

    /// The roll number where there is one.
    pub fn roll(&self) -> Option<&RollNumber> {
        self.roll_number.as_ref().map(|number| number.open(Purpose::RollCheck))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_numbers_follow_gb_11643() {
        for (text, birth, sex) in [
            ("11010519491231002X", "1949-12-31", Sex::Female),
            ("11010519491231002x", "1949-12-31", Sex::Female),
            ("440524188001010014", "1880-01-01", Sex::Male),
            ("99010120150901001X", "2015-09-01", Sex::Male),
            ("990101201509010028", "2015-09-01", Sex::Female),
            ("990102201603150138", "2016-03-15", Sex::Male),
        ] {
            let number: IdNumber = text.parse().unwrap();
            assert_eq!((number.birth().to_string().as_str(), number.sex()), (birth, sex), "{text}");
            assert_eq!(number.as_str(), text.to_ascii_uppercase());
        }
        for (text, reason) in [
            ("990103201402290018", BadNumber::Birth),
            ("110105194912310021", BadNumber::CheckDigit),
            ("110105491231002", BadNumber::FifteenDigits),
            ("11010519491231002", BadNumber::Length(17)),
            ("11010519491231002A", BadNumber::Shape),
            ("1101051949X231002X", BadNumber::Shape),
            ("九九0101201509", BadNumber::Length(12)),
            ("", BadNumber::Length(0)),
        ] {
            assert_eq!(text.parse::<IdNumber>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn roll_numbers_have_a_letter_and_the_same_check_digit() {
        for text in ["G99010120150901001X", "l990101201509010028", "J990102201603150138"] {
            assert_eq!(text.parse::<RollNumber>().unwrap().as_str(), text.to_ascii_uppercase());
        }
        for (text, reason) in [
            ("G990101201509010010", BadNumber::CheckDigit),
            ("A99010120150901001X", BadNumber::Shape),
            ("99010120150901001X", BadNumber::Length(18)),
        ] {
            assert_eq!(text.parse::<RollNumber>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn numbers_stay_out_of_debug_output() {
        let number: IdNumber = "99010120150901001X".parse().unwrap();
        assert_eq!(format!("{number:?}"), "[personal]");
        assert!(!format!("{:?}", "990101201509010010".parse::<IdNumber>()).contains("9901"));
    }

    #[test]
    fn a_month_is_written_as_on_the_form() {
        assert_eq!(YearMonth::new(2014, 9).unwrap().to_string(), "201409");
        assert_eq!(YearMonth::new(2014, 13), None);
        assert_eq!(YearMonth::new(14, 9), None);
    }
}
