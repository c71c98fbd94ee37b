//! The columns that this system keeps.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::column;

/// A kept column of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// 学校标识码
    School,
    /// 姓名
    Name,
    /// 性别
    Sex,
    /// 出生日期
    Birth,
    /// 身份证件类型
    IdKind,
    /// 身份证件号
    IdNumber,
    /// 学籍号
    RollNumber,
    /// 学籍辅号
    AuxNumber,
    /// 户口所在地
    Hukou,
    /// 年级
    Grade,
    /// 班级, 班号
    Class,
    /// 入学年月
    Entry,
    /// 就读方式
    Attend,
    /// 现住址
    Address,
    /// 联系电话
    Phone,
    /// 是否留守儿童
    LeftBehind,
    /// 是否进城务工人员随迁子女
    Migrant,
    /// 是否孤儿
    Orphan,
    /// 残疾人类型
    Disability,
    /// A column of the first or second family member.
    Member(Seat, Part),
}

/// Which family member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seat {
    /// 成员1
    First,
    /// 成员2
    Second,
}

/// What is said of a family member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// 姓名
    Name,
    /// 关系
    Relation,
    /// 工作单位
    WorkPlace,
    /// 现住址
    Address,
    /// 联系电话
    Phone,
    /// 是否监护人
    Guardian,
}

impl Field {
    /// Columns without which no row can become a pupil. 年级 may stand inside the class, and the
    /// ID number may be replaced by the roll number.
    pub(super) const REQUIRED: [Self; 4] = [Self::Name, Self::Sex, Self::Birth, Self::Class];

    /// Whether the column holds numbers that a spreadsheet destroys when it takes them for one.
    pub(super) const fn is_number_text(self) -> bool {
        matches!(
            self,
            Self::IdNumber | Self::RollNumber | Self::AuxNumber | Self::Phone | Self::Member(_, Part::Phone)
        )
    }
}

impl Say for Field {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = column::name(*self);
        match self {
            Self::Member(seat, _) => {
                let seat = *seat as usize + 1;
                say!(lang, "成员{seat}{zh}", "family member {seat}: {en}")
            }
            _ => lang.pick(zh, en).to_owned(),
        }
    }
}
