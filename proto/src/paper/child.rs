//! The people whom a document names, and the lists of them.

use serde::{Deserialize, Serialize};

use super::table::{Column, Table};
use super::words::{date, open, open_or};
use crate::model::case::{ChildRecord, Unwilling};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say as _};
use crate::model::personal::{Personal, Purpose};

/// A child as a document names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// 姓名
    pub name: Personal<String>,
    /// 性别: `男` or `女`.
    pub sex: Personal<String>,
    /// 出生日期
    pub born: Personal<Day>,
    /// 学籍号; none where nobody gave one, which says nothing of the roll (A04).
    pub roll_number: Option<Personal<String>>,
    /// 身份证件号
    pub id_number: Option<Personal<String>>,
    /// 学籍所在学校, or the school that answers for the child.
    pub school: String,
    /// 年级、班级; empty when not known.
    pub class: String,
    /// In a class of that school; else a child of its area, who should be (D01).
    pub is_pupil: bool,
    /// 父母或者其他法定监护人
    pub guardian: Guardian,
}

/// Who answers for a child at home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardian {
    /// 姓名
    pub name: Personal<String>,
    /// 与学生关系: 父亲, 祖母; empty when not known.
    pub relation: String,
    /// 联系电话
    pub phone: Option<Personal<String>>,
    /// 家庭住址
    pub address: Option<Personal<String>>,
}

/// Who answers questions about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// 联系人
    pub name: Personal<String>,
    /// 联系电话
    pub phone: Personal<String>,
}

/// A child who is not back at school, in a list for a government (D07, D08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Who.
    pub child: Child,
    /// 缺课起始日期: the first day of absence without proper reason.
    pub since: Day,
    /// The school has issued its notice to the parents (D05).
    pub noticed: bool,
    /// 学校劝返情况: what the school did and what came of it, in a few words.
    pub efforts: Personal<String>,
}

/// A child who lives elsewhere now, in a list for that place (E01 to E04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Who.
    pub child: Child,
    /// 去向: where the child lives now, as finely as known.
    pub whereabouts: Personal<String>,
    /// 核实依据: how the move was confirmed; a case may not be moved on suspicion (plan 000:154).
    pub evidence: Personal<String>,
    /// Who is not willing to come back, as far as it was recorded (E03).
    pub unwilling: Option<Unwilling>,
}

impl From<&ChildRecord> for Child {
    /// What a case knows of a child. The record has neither class nor relation: the office fills them in, or
    /// the document does without.
    fn from(record: &ChildRecord) -> Self {
        let known = |value: &Personal<String>| (!open(value).is_empty()).then(|| value.clone());
        Self {
            name: record.name.clone(),
            sex: record.sex.clone(),
            born: record.birth.clone(),
            roll_number: known(&record.roll_number),
            id_number: known(&record.id_number),
            school: record.school.clone(),
            class: String::new(),
            is_pupil: true,
            guardian: Guardian {
                name: record.guardian.clone(),
                relation: String::new(),
                phone: known(&record.phone),
                address: known(&record.address),
            },
        }
    }
}

impl Guardian {
    /// 父亲, or only 监护人 where no more is known.
    pub(super) fn relation(&self) -> &str {
        if self.relation.is_empty() { "监护人" } else { &self.relation }
    }

    /// `罗安（父亲）`
    pub(super) fn name_and_relation(&self) -> String {
        format!("{}（{}）", open(&self.name), self.relation())
    }
}

impl Child {
    pub(super) fn sex(&self) -> &str {
        open(&self.sex)
    }

    pub(super) fn born(&self) -> String {
        date(self.birthday())
    }

    fn birthday(&self) -> Day {
        *self.born.open(Purpose::Document)
    }

    fn numbers(&self) -> String {
        let roll_number = open_or(self.roll_number.as_ref(), "学籍号不详");
        let id_number = open_or(self.id_number.as_ref(), "证件号不详");
        format!("{roll_number}\n{id_number}")
    }

    fn last_class(&self) -> String {
        format!("{}\n{}", self.school, self.class).trim_end().to_owned()
    }

    fn guardian_and_phone(&self) -> String {
        let phone = open_or(self.guardian.phone.as_ref(), "电话未提供");
        format!("{}\n{phone}", self.guardian.name_and_relation())
    }

    pub(super) fn phone(&self) -> &str {
        open_or(self.guardian.phone.as_ref(), "不详")
    }

    pub(super) fn address(&self) -> &str {
        open_or(self.guardian.address.as_ref(), "不详")
    }
}

/// 未返校学生名单
pub(super) fn missing(list: &[Missing]) -> Table {
    let row = |(i, missing): (usize, &Missing)| {
        let Missing { child, since, efforts, .. } = missing;
        vec![
            (i + 1).to_string(),
            open(&child.name).to_owned(),
            child.sex().to_owned(),
            child.birthday().to_string(),
            child.last_class(),
            format!("{}\n{}", child.guardian_and_phone(), child.address()),
            since.to_string(),
            open(efforts).to_owned(),
        ]
    };
    Table { columns: &MISSING, rows: list.iter().enumerate().map(row).collect() }
}

/// 划转学生名单
pub(super) fn moved(list: &[Moved]) -> Table {
    Table { columns: &MOVED, rows: rows_of(list) }
}

/// 协查学生名单: with who does not come back, as it was recorded.
pub(super) fn asked_for(list: &[Moved]) -> Table {
    Table { columns: &ASKED_FOR, rows: rows_of(list) }
}

fn rows_of(list: &[Moved]) -> Vec<Vec<String>> {
    let row = |(i, moved): (usize, &Moved)| {
        let Moved { child, whereabouts, evidence, unwilling } = moved;
        let said = unwilling.map(|it| format!("{}\n{}", it.on, it.kind.say(Lang::Zh)));
        let confirmed = std::iter::once(open(evidence).to_owned()).chain(said);
        vec![
            (i + 1).to_string(),
            open(&child.name).to_owned(),
            format!("{}\n{}", child.sex(), child.birthday()),
            child.numbers(),
            child.last_class(),
            child.guardian_and_phone(),
            open(whereabouts).to_owned(),
            confirmed.collect::<Vec<_>>().join("\n"),
        ]
    };
    list.iter().enumerate().map(row).collect()
}

const MISSING: [Column; 8] = [
    Column { title: "序号", width: 620 },
    Column { title: "姓名", width: 1_300 },
    Column { title: "性别", width: 620 },
    Column { title: "出生日期", width: 1_400 },
    Column { title: "学校及班级", width: 1_900 },
    Column { title: "监护人及联系方式", width: 2_500 },
    Column { title: "缺课起始日期", width: 1_400 },
    Column { title: "学校劝返情况", width: 3_016 },
];

/// A roll number of 19 characters stays on one line in 3 060 twips, even in a wide font that stands in.
const MOVED: [Column; 8] = [
    Column { title: "序号", width: 620 },
    Column { title: "姓名", width: 1_240 },
    Column { title: "性别、出生日期", width: 1_400 },
    Column { title: "学籍号、身份证件号", width: 3_060 },
    Column { title: "原学校及班级", width: 1_840 },
    Column { title: "监护人及电话", width: 1_680 },
    Column { title: "去向", width: 1_816 },
    Column { title: "核实依据", width: 1_100 },
];

const ASKED_FOR: [Column; 8] = [
    Column { title: "序号", width: 620 },
    Column { title: "姓名", width: 1_140 },
    Column { title: "性别、出生日期", width: 1_400 },
    Column { title: "学籍号、身份证件号", width: 2_760 },
    Column { title: "原学校及班级", width: 1_840 },
    Column { title: "监护人及电话", width: 1_680 },
    Column { title: "去向", width: 1_500 },
    Column { title: "核实情况", width: 1_816 },
];
