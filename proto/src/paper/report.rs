//! What goes up and across after persuasion failed: the school's report to the county department, and the
//! department's two documents to the governments.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::child::{Child, Contact, Missing};
use super::persuasion::{Absence, Earlier};
use super::table::Table;
use super::{Head, child, filters, layout};
use crate::model::day::Day;
use crate::model::personal::Personal;

/// 书面报告, school to county department, with a copy to the township (D06, D10, P3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/school_report.xml")]
pub struct SchoolReport {
    /// Issued by the school.
    pub head: Head,
    /// The report that this one corrects and takes the place of.
    pub replaces: Option<Replaced>,
    /// 签发人: the principal.
    pub signed_by: Personal<String>,
    /// The county department.
    pub to: String,
    /// 抄送: the township government.
    pub copy_to: String,
    /// Who is missed.
    pub child: Child,
    /// How long.
    pub absence: Absence,
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
    /// The notice to the parents; `None`: none was issued, and the report says so.
    pub notice: Option<Served>,
    /// Why persuasion failed.
    pub standing: Standing,
    /// 去向: what is known of where the child is, when it is not at home.
    pub whereabouts: Option<Personal<String>>,
    /// Who answers questions.
    pub contact: Contact,
}

/// The notice to the parents, and whether it reached them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The notice.
    pub notice: Earlier,
    /// 送达情况
    pub how: Personal<String>,
}

/// A report that a later one takes the place of. Its number may be one that was given by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its number.
    pub number: String,
    /// Its date.
    pub day: Day,
}

/// One contact with the family (P1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub day: Day,
    /// By whom.
    pub by: Personal<String>,
    /// In what way.
    pub channel: Channel,
    /// Who was reached, what reason was given, what was promised.
    pub outcome: Personal<String>,
}

/// How the school reached out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// 电话联系
    Phone,
    /// 上门走访
    Visit,
    /// 短信（微信）联系
    Message,
    /// 通过亲属、邻居或者村（居）民委员会联系
    Others,
}

/// Why a school reports (plan 000:159).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// 拒不复学
    Refuses,
    /// 联系不上
    Unreachable,
    /// The family promised to send the child, and has not.
    Promised,
    /// Nobody has called on the family yet.
    Untried,
}

/// 通报, county department to township government (D07, P4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/notification.xml")]
pub struct Notification {
    /// Issued by the county department.
    pub head: Head,
    /// The township government.
    pub to: String,
    /// Whom it concerns; at least one.
    pub children: Vec<Missing>,
    /// Until when the township tells what it found.
    pub reply_by: Day,
    /// Who answers questions.
    pub contact: Contact,
}

/// 书面报告, county department to county government, at the same time as the [`Notification`] (D08, P4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/government_report.xml")]
pub struct GovernmentReport {
    /// Issued by the county department.
    pub head: Head,
    /// 签发人: the head of the department.
    pub signed_by: Personal<String>,
    /// The county government.
    pub to: String,
    /// The township governments that were told (D07).
    pub told: Vec<String>,
    /// Whom it concerns; at least one.
    pub children: Vec<Missing>,
    /// Who answers questions.
    pub contact: Contact,
}

impl Channel {
    const fn name(self) -> &'static str {
        match self {
            Self::Phone => "电话联系",
            Self::Visit => "上门走访",
            Self::Message => "短信（微信）联系",
            Self::Others => "通过亲属、邻居或者村（居）民委员会联系",
        }
    }
}

impl Standing {
    /// As a document says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuses => "经劝返仍拒不复学",
            Self::Unreachable => "经学校联系仍联系不上",
            Self::Promised => "监护人答应送返，至今仍未返校",
            Self::Untried => "至今仍未返校，学校尚无联系记录",
        }
    }
}

impl SchoolReport {
    /// Nobody was reached who could say where the child is.
    fn nowhere(&self) -> bool {
        self.standing == Standing::Unreachable
    }
}

impl Notification {
    fn noticed(&self) -> bool {
        self.children.iter().all(|missing| missing.noticed)
    }

    fn list(&self) -> Table {
        child::missing(&self.children)
    }
}

impl GovernmentReport {
    fn noticed(&self) -> bool {
        self.children.iter().all(|missing| missing.noticed)
    }

    fn list(&self) -> Table {
        child::missing(&self.children)
    }
}
