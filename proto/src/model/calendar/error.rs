//! What can be wrong with a calendar document, and what a calendar lacks.

use serde::Serialize;

use super::document::SCHEMA;
use super::words::{NATION, SchoolYear, Scope};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::say;

/// A calendar document that cannot be used: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar document, line {line}: {}", .fault.say(Lang::En))]
pub struct CalendarError {
    /// From 1.
    pub line: usize,
    /// Why.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    Syntax(String),
    /// A schema that this release does not read.
    Schema(u32),
    /// Not a school year.
    Year(String),
    /// The owner is not a code of the layer.
    Owner {
        /// The layer.
        scope: Scope,
        /// The owner as written.
        owner: String,
    },
    /// Versions start from 1.
    Version,
    /// A date outside the document's school year.
    OutsideYear {
        /// The date.
        day: Day,
        /// The year.
        year: SchoolYear,
    },
    /// A term that ends before it begins.
    TermBackwards(u8),
    /// A term number outside 1 to 4, or given twice.
    TermNumber(u8),
    /// Two terms share a day.
    TermsOverlap(u8, u8),
    /// A day given twice for the same age.
    DayTwice(Day),
    /// No age is from this and under that.
    NoAge {
        /// `from_age`
        from: u8,
        /// `only_under_age`
        under: u8,
    },
}

/// What a calendar lacks: said loudly, and nothing stops for it (6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarWarning {
    /// No national days of this calendar year: the weekday rule stands in, results are provisional.
    NoNationalDays(i16),
    /// No terms of this school year: every workday counts as taught.
    NoTerms(SchoolYear),
    /// The last known term of this school year ended on this day and no later one is known, so that no
    /// absence is counted since.
    NoLaterTerm(SchoolYear, Day),
}

impl Say for CalendarError {
    fn say(&self, lang: Lang) -> String {
        say!(lang, "校历文件第 {} 行：{}", "calendar document, line {}: {}", self.line, self.fault.say(lang))
    }
}

impl Say for Fault {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Syntax(what) => {
                say!(
                    lang,
                    "内容无法识别，请改正：{}",
                    "cannot be read, correct it: {}",
                    reason::misread(what, lang)
                )
            }
            Self::Schema(found) => say!(
                lang,
                "格式版本 {} 本程序不支持（支持版本 {}），请升级程序或改用支持的版本",
                "schema {} is not supported (this release reads {}), upgrade or use that schema",
                found,
                SCHEMA
            ),
            Self::Year(text) => say!(
                lang,
                "“{}”不是学年，请写成 2025-2026 的形式",
                "{:?} is not a school year, write it like 2025-2026",
                text
            ),
            Self::Owner { scope, owner } => Self::say_owner(*scope, owner, lang),
            Self::Version => say!(lang, "版本号从 1 开始，请改正", "versions start from 1, correct it"),
            Self::OutsideYear { day, year } => say!(
                lang,
                "{} 不在 {} 学年内，请核对日期或学年",
                "{} is not in school year {}, check the date or the year",
                day,
                year
            ),
            Self::TermBackwards(no) => say!(
                lang,
                "第 {} 学期的结束日期早于开始日期，请改正",
                "term {} ends before it begins, correct the dates",
                no
            ),
            Self::TermNumber(no) => say!(
                lang,
                "学期序号 {} 重复或超出 1 至 4，请改正",
                "term number {} is given twice or is not from 1 to 4, correct it",
                no
            ),
            Self::TermsOverlap(a, b) => {
                say!(
                    lang,
                    "第 {} 学期与第 {} 学期日期重叠，请改正",
                    "terms {} and {} overlap, correct the dates",
                    a,
                    b
                )
            }
            Self::DayTwice(day) => say!(
                lang,
                "{} 对同一年龄的学生写了两次，请删去一条",
                "{} is given twice for the same age, delete one entry",
                day
            ),
            Self::NoAge { from, under } => say!(
                lang,
                "没有既满 {} 岁又未满 {} 岁的学生，请改正年龄",
                "no child is at least {} and under {}, correct the ages",
                from,
                under
            ),
        }
    }
}

impl Fault {
    fn say_owner(scope: Scope, owner: &str, lang: Lang) -> String {
        let expected = match scope {
            Scope::National => NATION.to_owned(),
            Scope::School => say!(lang, "10 位学校标识码", "a 10-digit school code"),
            Scope::Province => say!(lang, "省级区划代码", "a province code"),
            Scope::City => say!(lang, "市级区划代码", "a city code"),
            Scope::County => say!(lang, "县级区划代码", "a county code"),
        };
        say!(
            lang,
            "“{}”不能发布 {} 层的校历，owner 应为{}",
            "{:?} cannot own a calendar of the {} layer, expected {}",
            owner,
            scope.word(),
            expected
        )
    }
}

impl Say for CalendarWarning {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoNationalDays(year) => say!(
                lang,
                "缺少 {} 年的国家放假安排，暂按周一至周五计算，结果均为暂定。请尽快与上级同步或导入该年安排",
                "the national days off of {} are missing: counting Monday to Friday, results are provisional; sync with the hub above or import them",
                year
            ),
            Self::NoTerms(year) => say!(
                lang,
                "缺少 {} 学年的学期起止日期，暂将所有工作日视为上课日。请与上级同步或填写校历",
                "the terms of {} are missing: every workday counts as taught; sync with the hub above or fill in the calendar",
                year
            ),
            Self::NoLaterTerm(year, day) => say!(
                lang,
                "{} 学年已知的最后一个学期于 {} 结束，此后缺课不计算。如已开学，请与上级同步或填写校历",
                "the last known term of {} ended on {}, absences since then are not counted; if school is open, sync with the hub above or fill in the calendar",
                year,
                day
            ),
        }
    }
}
