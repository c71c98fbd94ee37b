//! What goes to a child's parents or guardians: the school's notice and the order with a time limit. Both
//! carry a receipt slip.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::child::{Child, Contact};
use super::number::Number;
use super::{Head, filters, layout};
use crate::model::day::Day;

/// 劝返通知书, school to parents (D05, P2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/persuasion_notice.xml")]
pub struct PersuasionNotice {
    /// Issued by the school.
    pub head: Head,
    /// Who is missed.
    pub child: Child,
    /// How long.
    pub absence: Absence,
    /// How often the school reached out before.
    pub attempts: u32,
    /// 返校期限: the last day to come back.
    pub return_by: Day,
    /// The county department to which the school reports next (D06).
    pub department: String,
    /// The township government that hears of it then.
    pub township: String,
    /// Whom the parents can ask.
    pub contact: Contact,
}

/// 限期返校通知书, township government or county department to parents (P6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "paper/return_order.xml")]
pub struct ReturnOrder {
    /// Issued by the township government or the county department, nobody else (Compulsory Education Law 58).
    pub head: Head,
    /// Who is missed.
    pub child: Child,
    /// How long.
    pub absence: Absence,
    /// The school's notice before: number and date; `None`: it issued none, and the case went up by the clock.
    pub notice: Option<Earlier>,
    /// The last day to bring the child back.
    pub return_by: Day,
    /// Where the parents can speak for themselves.
    pub contact: Contact,
}

/// Days away from school without proper reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The first of them.
    pub since: Day,
    /// The last day that was counted.
    pub until: Day,
    /// How many school days they are.
    pub days: u32,
}

/// A document that this one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its number.
    pub number: Number,
    /// Its date.
    pub day: Day,
}

impl PersuasionNotice {
    fn slip(&self) -> Slip<'_> {
        Slip { title: "劝返通知书", number: self.head.number.to_string(), child: &self.child }
    }
}

impl ReturnOrder {
    fn slip(&self) -> Slip<'_> {
        Slip { title: "限期返校通知书", number: self.head.number.to_string(), child: &self.child }
    }
}

/// 送达回执: what the bearer takes back.
struct Slip<'p> {
    title: &'static str,
    number: String,
    child: &'p Child,
}

impl Slip<'_> {
    fn guardian(&self) -> String {
        self.child.guardian.name_and_relation()
    }
}
