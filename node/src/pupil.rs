//! A pupil as the school knows one. The only record in the whole system with a child's name in it.

mod number;

use std::fmt;

use proto::model::day::Day;
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use serde::{Deserialize, Serialize};

pub use number::{BadNumber, IdNumber, RollNumber};

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

impl Pupil {
    /// The citizen's number where there is one.
    pub fn citizen(&self) -> Option<&IdNumber> {
        self.id_number.as_ref().map(|number| number.open(Purpose::RollCheck))
    }

    /// The roll number where there is one.
    pub fn roll(&self) -> Option<&RollNumber> {
        self.roll_number.as_ref().map(|number| number.open(Purpose::RollCheck))
    }

    /// Whether any number names the child: of a paper, of the roll, or the province's own.
    pub const fn has_number(&self) -> bool {
        self.id_number.is_some()
            || self.other_number.is_some()
            || self.roll_number.is_some()
            || self.aux_number.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_written_as_on_the_form() {
        assert_eq!(YearMonth::new(2014, 9).unwrap().to_string(), "201409");
        assert_eq!(YearMonth::new(2014, 13), None);
        assert_eq!(YearMonth::new(14, 9), None);
    }
}
