//! What goes from place to place when a child has moved (plan 000:154): the handover inside a province, the
//! letter to another province, and its answer.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::child::{Child, Contact, Moved};
use super::table::{Column, Table};
use super::words::{date, open, open_or, yours};
use super::{Head, child, filters, layout};
use crate::model::case::Unwillingness;
use crate::model::day::Day;
use crate::model::personal::Personal;

/// 台账划转单: the mover hands a list of cases to the inflow place (E01 by the city, E02 by the province).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/ledger_handover.xml")]
pub struct LedgerHandover {
    /// Issued by the mover: the city's or the province's education department.
    pub head: Head,
    /// 划出单位: who answered for the children until now.
    pub from: String,
    /// 划入单位: who answers for them when it has accepted.
    pub to: String,
    /// Whom it concerns; at least one.
    pub children: HandedOver,
    /// Until when the inflow place answers.
    pub reply_by: Day,
    /// Who answers questions.
    pub contact: Contact,
}

/// The list of a handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandedOver {
    /// By name: from the place that answers for the children and has their records.
    Named(Vec<Moved>),
    /// By number: from the mover, who sees no names. They go sealed from the one place to the other.
    Numbered(Vec<Numbered>),
}

/// A case in a list without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// 个案编号
    pub case: String,
    /// 提请日期: when the county proposed it.
    pub proposed: Day,
    /// 材料校验码: what the signed proposal says that its papers hash to, so that they can be told from others.
    pub digest: String,
}

/// 协查函 with its list, city department to the city department of another province (E04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/assistance_letter.xml")]
pub struct AssistanceLetter {
    /// Issued by the origin's city department.
    pub head: Head,
    /// The inflow city's education department.
    pub to: String,
    /// Whom it concerns; at least one. What is on record of each stands in its row: not every family was reached (E03).
    pub children: Vec<Moved>,
    /// Until when an answer is asked for.
    pub reply_by: Day,
    /// Who answers questions and takes the answer.
    pub contact: Contact,
}

/// 回函: one result for each child of a letter (X8 to X11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/reply_letter.xml")]
pub struct ReplyLetter {
    /// Issued by the inflow city's department.
    pub head: Head,
    /// Who had asked.
    pub to: String,
    /// The number of the letter that is answered, as its writer gave it.
    pub letter: String,
    /// One result for each child of its list, in its order; at least one.
    pub results: Vec<Answered>,
    /// Who answers questions.
    pub contact: Contact,
}

/// A child of a letter's list and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Who.
    pub child: Child,
    /// What was found.
    pub finding: Finding,
    /// When it was checked.
    pub checked: Day,
    /// 备注
    pub note: Option<Personal<String>>,
}

/// What the inflow place found (2.4, X8 to X11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// X8: found and in class.
    Placed {
        /// Where.
        school: String,
        /// Since when.
        since: Day,
    },
    /// X8b: found, not in class yet; the inflow place persuades.
    Persuading,
    /// X11: was on a roll already.
    AlreadyEnrolled {
        /// Where.
        school: String,
    },
    /// X9: not found at the place given.
    NotFound,
    /// X9, X10: lives elsewhere by now.
    MovedOn {
        /// Where to, as far as known.
        whereabouts: Personal<String>,
    },
    /// In class at another school of the place.
    Elsewhere,
    /// Had stayed away and is back at its school.
    Returned {
        /// Where.
        school: String,
    },
    /// Taught at home or over video, or in a vocational school.
    TaughtOtherwise,
    /// Certified unable to study.
    Exempt,
    /// Left the country.
    Abroad,
    /// Finished nine years.
    Completed,
    /// Died.
    Deceased,
}

impl Finding {
    /// In class at the place, with a roll elsewhere as far as is known.
    const fn is_in_class_here(&self) -> bool {
        matches!(self, Self::Placed { .. } | Self::AlreadyEnrolled { .. } | Self::Elsewhere)
    }

    /// Not at the place.
    const fn is_away(&self) -> bool {
        matches!(self, Self::NotFound | Self::MovedOn { .. })
    }

    /// The result in the words of the list.
    const fn name(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "已找到并安排就学",
            Self::Persuading => "已找到，正在劝学",
            Self::AlreadyEnrolled { .. } => "已在当地就读并建有学籍",
            Self::NotFound => "按所附线索未找到",
            Self::MovedOn { .. } => "已离开本地",
            Self::Elsewhere => "已在本地其他学校就读",
            Self::Returned { .. } => "已返校就读",
            Self::TaughtOtherwise => "已安排送教上门、远程授课或者转入中等职业学校",
            Self::Exempt => "经认定不具备接受普通教育能力",
            Self::Abroad => "已出国（境）",
            Self::Completed => "已完成义务教育",
            Self::Deceased => "已死亡",
        }
    }

    /// What else is to be said.
    fn details(&self) -> String {
        match self {
            Self::Placed { school, since } => format!("{school}，{}起就读", date(*since)),
            Self::Persuading => "由本地继续劝学".to_owned(),
            Self::AlreadyEnrolled { school } => format!("{school}，请配合办理学籍转接"),
            Self::NotFound => "请补充线索".to_owned(),
            Self::MovedOn { whereabouts } if open(whereabouts).is_empty() => "现去向不详".to_owned(),
            Self::MovedOn { whereabouts } => format!("现去向：{}", open(whereabouts)),
            Self::Elsewhere => "请配合办理学籍转接".to_owned(),
            Self::Returned { school } => school.clone(),
            Self::TaughtOtherwise | Self::Exempt | Self::Abroad | Self::Completed | Self::Deceased => {
                String::new()
            }
        }
    }
}

impl HandedOver {
    /// How many children.
    pub const fn len(&self) -> usize {
        match self {
            Self::Named(list) => list.len(),
            Self::Numbered(list) => list.len(),
        }
    }

    /// Whether it lists nobody.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl LedgerHandover {
    const fn is_named(&self) -> bool {
        matches!(self.children, HandedOver::Named(_))
    }

    fn list(&self) -> Table {
        match &self.children {
            HandedOver::Named(list) => child::moved(list),
            HandedOver::Numbered(list) => numbered(list),
        }
    }
}

/// 划转个案名单
fn numbered(list: &[Numbered]) -> Table {
    let row = |(i, it): (usize, &Numbered)| {
        let Numbered { case, proposed, digest } = it;
        vec![(i + 1).to_string(), case.clone(), proposed.to_string(), digest.clone(), String::new()]
    };
    Table { columns: &NUMBERED, rows: list.iter().enumerate().map(row).collect() }
}

impl AssistanceLetter {
    fn yours(&self) -> &'static str {
        yours(&self.to)
    }

    /// That the children do not come back, as it was recorded of each of them; else the letter says nothing of it (E03).
    fn unwilling(&self) -> Option<&'static str> {
        let recorded: Option<Vec<Unwillingness>> =
            self.children.iter().map(|moved| moved.unwilling.map(|it| it.kind)).collect();
        let failed = |kind: &Unwillingness| *kind == Unwillingness::PersuasionFailed;
        let recorded = recorded?;
        Some(match recorded.iter().filter(|kind| failed(kind)).count() {
            0 => "学生或者其监护人表示不愿返回原学校就学",
            n if n == recorded.len() => "经学校劝返未返回",
            _ => "学生或者其监护人表示不愿返回原学校就学，或者经学校劝返未返回",
        })
    }

    fn list(&self) -> Table {
        child::asked_for(&self.children)
    }
}

impl ReplyLetter {
    fn yours(&self) -> &'static str {
        yours(&self.to)
    }

    /// What the other office is asked to do, as far as the results ask for it.
    fn asks(&self) -> Option<String> {
        let any = |of: fn(&Finding) -> bool| self.results.iter().any(|answered| of(&answered.finding));
        let yours = self.yours();
        let asks = [
            any(Finding::is_in_class_here)
                .then(|| format!("已在本地就读的学生，请{yours}督促原学籍学校配合办理学籍转接")),
            any(Finding::is_away)
                .then(|| format!("未找到或者已离开本地的学生，请{yours}补充线索或者继续联系劝返")),
        ];
        let asks: Vec<String> = asks.into_iter().flatten().collect();
        (!asks.is_empty()).then(|| format!("{}。", asks.join("；")))
    }

    /// `已找到并安排就学2人；按所附线索未找到1人`
    fn counts(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for name in self.results.iter().map(|answered| answered.finding.name()) {
            match counts.iter_mut().find(|(counted, _)| *counted == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
        counts.iter().map(|(name, count)| format!("{name}{count}人")).collect::<Vec<_>>().join("；")
    }

    fn list(&self) -> Table {
        let row = |(i, answered): (usize, &Answered)| {
            let Answered { child, finding, checked, note } = answered;
            vec![
                (i + 1).to_string(),
                open(&child.name).to_owned(),
                child.sex().to_owned(),
                open_or(child.roll_number.as_ref(), "来函未列").to_owned(),
                finding.name().to_owned(),
                finding.details(),
                checked.to_string(),
                open_or(note.as_ref(), "").to_owned(),
            ]
        };
        Table { columns: &REPLY, rows: self.results.iter().enumerate().map(row).collect() }
    }
}

const NUMBERED: [Column; 5] = [
    Column { title: "序号", width: 620 },
    Column { title: "个案编号", width: 5_336 },
    Column { title: "提请日期", width: 1_700 },
    Column { title: "材料校验码", width: 3_200 },
    Column { title: "备注", width: 1_900 },
];
const REPLY: [Column; 8] = [
    Column { title: "序号", width: 620 },
    Column { title: "姓名", width: 1_300 },
    Column { title: "性别", width: 620 },
    Column { title: "学籍号", width: 3_060 },
    Column { title: "核查结果", width: 1_900 },
    Column { title: "具体情况", width: 2_656 },
    Column { title: "核查日期", width: 1_400 },
    Column { title: "备注", width: 1_200 },
];
