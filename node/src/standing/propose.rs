//! What may be recorded, and what is refused with the rule's id.
//!
//! Three things are nobody's to write: SUSPECTED, DROPPED_OUT and the return follow from the roll calls.

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::say;

use super::EnrolmentStatus::{
    Abroad, Completed, Deceased, DroppedOut, Enrolled, HomeTaught, Suspected, Suspended, TransferPending,
    TransferredOut, Unregistered,
};
use super::{EnrolmentStatus, Fact, Standing};

/// A step that somebody wants to take.
#[derive(Debug, Clone, Copy)]
pub enum Proposal<'a> {
    /// Record a fact.
    Record {
        /// Which.
        fact: &'a Fact,
        /// What it rests on.
        evidence: &'a str,
    },
    /// Mark SUSPECTED by hand.
    MarkSuspected,
    /// Mark DROPPED_OUT by hand.
    DropOut,
    /// Set the status back to ENROLLED.
    Return {
        /// The day of the return.
        on: Day,
        /// Whether the class called the roll on that day and had the child present.
        present: bool,
    },
    /// Delete the child's record.
    Delete,
    /// Expel the child.
    Expel,
}

/// The kinds of steps, for the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// [`Fact::Suspension`]
    Suspend,
    /// [`Fact::SuspensionEnded`]
    EndLeave,
    /// [`Fact::HomeTaught`]
    TeachAtHome,
    /// [`Fact::HomeTaughtEnded`]
    EndHomeTeaching,
    /// [`Fact::TransferStarted`]
    StartTransfer,
    /// [`Fact::TransferLapsed`]
    LapseTransfer,
    /// [`Fact::TransferredOut`]
    TransferOut,
    /// [`Fact::Completed`]
    Complete,
    /// [`Fact::Abroad`]
    GoAbroad,
    /// [`Fact::Deceased`]
    Die,
    /// [`Proposal::MarkSuspected`]
    MarkSuspected,
    /// [`Proposal::DropOut`]
    DropOut,
    /// [`Proposal::Return`]
    Return,
    /// [`Proposal::Delete`]
    Delete,
    /// [`Proposal::Expel`]
    Expel,
}

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// No row of 2.2 leads there from this status.
    #[error("{act:?} is not allowed from {from:?} ({rule})")]
    NotDrawn {
        /// The status, on the step's day or now.
        from: EnrolmentStatus,
        /// The step.
        act: Act,
        /// The row that would have to allow it.
        rule: &'static str,
    },
    /// A leave without the number of its approval: it must not hide a dropout.
    #[error("a leave needs an approval (T11)")]
    NoApproval,
    /// A leave that ends before it begins or lasts longer than a year.
    #[error("a leave lasts from one day to one year, not from {from} to {until} (T11)")]
    LeaveLength {
        /// First day.
        from: Day,
        /// Last day.
        until: Day,
    },
    /// Nothing that proves the step.
    #[error("{act:?} needs evidence ({rule})")]
    NoEvidence {
        /// The step.
        act: Act,
        /// The row that asks for it.
        rule: &'static str,
    },
    /// A day that has not come yet.
    #[error("{0} has not come yet")]
    Future(Day),
    /// A day before the child was on the roll.
    #[error("{0} is before the child's first day on the roll")]
    BeforeRoll(Day),
    /// SUSPECTED follows from the roll calls.
    #[error("the mark follows from the roll calls (T02)")]
    MarkByHand,
    /// DROPPED_OUT comes when the month is over, not by hand.
    #[error("dropping out by hand is not allowed (T04)")]
    DropByHand,
    /// No return without a present mark.
    #[error("no present mark on {on} ({rule})")]
    NoPresentMark {
        /// The claimed day.
        on: Day,
        /// T03 or T05.
        rule: &'static str,
    },
    /// The roll is kept in compulsory years.
    #[error("a child is not deleted in compulsory years (B07)")]
    Deletion,
    /// Compulsory schools do not expel.
    #[error("expulsion is unlawful (LAW-CE 27)")]
    Expulsion,
}

/// Checks a step against where the child stands. For a step that takes effect earlier than today the
/// status of that day must allow it, and today's too: a leave is not backdated over a mark.
///
/// Gives the status after the step; a record is then written and the standing computed anew.
///
/// # Errors
/// [`StepRefused`], with the id of the rule.
pub fn propose(
    proposal: &Proposal<'_>,
    standing: &Standing,
    on_roll_since: Day,
    today: Day,
) -> Result<EnrolmentStatus, StepRefused> {
    let act = proposal.act();
    let day = match proposal {
        Proposal::Record { fact, .. } => fact.effective(),
        Proposal::Return { on, .. } => *on,
        _ => today,
    };
    standing.status.take(act)?;
    // leave is approved ahead, and so are a transfer and a graduation day
    if day > today && !matches!(act, Act::Suspend) {
        return Err(StepRefused::Future(day));
    }
    if day < on_roll_since {
        return Err(StepRefused::BeforeRoll(day));
    }
    let to = match act {
        // the day of a return is judged by its present mark below
        Act::Return => standing.status.take(act)?,
        _ => standing.status_on(day).take(act)?,
    };
    proposal.proof(standing.status)?;
    Ok(to)
}

impl EnrolmentStatus {
    /// The status after `act`, as 2.2 draws it.
    ///
    /// # Errors
    /// When no row leads there.
    pub fn take(self, act: Act) -> Result<Self, StepRefused> {
        let to = match (act, self) {
            (Act::MarkSuspected, _) => return Err(StepRefused::MarkByHand),
            (Act::DropOut, _) => return Err(StepRefused::DropByHand),
            (Act::Expel, _) => return Err(StepRefused::Expulsion),
            (Act::Delete, Completed | Deceased) => self,
            (Act::Delete, _) => return Err(StepRefused::Deletion),
            (Act::Suspend, Enrolled | Suspended) => Suspended,
            (Act::EndLeave, Suspended) | (Act::EndHomeTeaching, HomeTaught) => Enrolled,
            (Act::Return, Suspected | DroppedOut) | (Act::LapseTransfer, TransferPending) => Enrolled,
            (Act::TeachAtHome, Enrolled | Unregistered | DroppedOut) => HomeTaught,
            (Act::StartTransfer, Enrolled | Suspected | DroppedOut) => TransferPending,
            (Act::TransferOut, TransferPending) => TransferredOut,
            (Act::Complete, from) if from.is_on_roll() => Completed,
            (Act::GoAbroad, from) if !from.is_end() && from != TransferredOut => Abroad,
            (Act::Die, from) if !from.is_end() && from != TransferredOut => Deceased,
            (act, from) => return Err(StepRefused::NotDrawn { from, act, rule: act.rule(from) }),
        };
        Ok(to)
    }
}

impl Act {
    /// All steps.
    pub const ALL: [Self; 15] = [
        Self::Suspend,
        Self::EndLeave,
        Self::TeachAtHome,
        Self::EndHomeTeaching,
        Self::StartTransfer,
        Self::LapseTransfer,
        Self::TransferOut,
        Self::Complete,
        Self::GoAbroad,
        Self::Die,
        Self::MarkSuspected,
        Self::DropOut,
        Self::Return,
        Self::Delete,
        Self::Expel,
    ];

    /// The rule that governs the step from a status.
    pub const fn rule(self, from: EnrolmentStatus) -> &'static str {
        match (self, from) {
            (Self::Suspend, _) => "T11",
            (Self::EndLeave, _) => "T12",
            (Self::TeachAtHome, DroppedOut) => "T07",
            (Self::TeachAtHome | Self::EndHomeTeaching, _) => "T09",
            (Self::StartTransfer, Suspected | DroppedOut) => "T16",
            (Self::StartTransfer | Self::TransferOut, _) => "T14",
            (Self::LapseTransfer, _) => "T15",
            (Self::Complete, _) => "T22",
            (Self::GoAbroad | Self::Die, _) => "T21",
            (Self::MarkSuspected, _) => "T02",
            (Self::DropOut, _) => "T04",
            (Self::Return, DroppedOut) => "T05",
            (Self::Return, _) => "T03",
            (Self::Delete, _) => "B07",
            (Self::Expel, _) => "LAW-CE 27",
        }
    }
}

impl Proposal<'_> {
    /// Which kind of step it is.
    pub const fn act(&self) -> Act {
        match self {
            Self::MarkSuspected => Act::MarkSuspected,
            Self::DropOut => Act::DropOut,
            Self::Return { .. } => Act::Return,
            Self::Delete => Act::Delete,
            Self::Expel => Act::Expel,
            Self::Record { fact, .. } => match fact {
                Fact::Suspension { .. } => Act::Suspend,
                Fact::SuspensionEnded { .. } => Act::EndLeave,
                Fact::HomeTaught { .. } => Act::TeachAtHome,
                Fact::HomeTaughtEnded { .. } => Act::EndHomeTeaching,
                Fact::TransferStarted { .. } => Act::StartTransfer,
                Fact::TransferLapsed { .. } => Act::LapseTransfer,
                Fact::TransferredOut { .. } => Act::TransferOut,
                Fact::Completed { .. } => Act::Complete,
                Fact::Abroad { .. } => Act::GoAbroad,
                Fact::Deceased { .. } => Act::Die,
            },
        }
    }

    /// What a step must bring with it.
    fn proof(&self, from: EnrolmentStatus) -> Result<(), StepRefused> {
        let (act, rule) = (self.act(), self.act().rule(from));
        let missing = |text: &str| text.trim().is_empty();
        match self {
            Self::Return { on, present: false } => Err(StepRefused::NoPresentMark { on: *on, rule }),
            Self::Record { fact: Fact::Suspension { approval, .. }, .. } if missing(approval) => {
                Err(StepRefused::NoApproval)
            }
            Self::Record { fact: Fact::Suspension { from, until, .. }, .. }
                if until < from || *until >= from.plus_months(12) =>
            {
                Err(StepRefused::LeaveLength { from: *from, until: *until })
            }
            Self::Record { fact: Fact::HomeTaught { assessment, .. }, .. } if missing(assessment) => {
                Err(StepRefused::NoEvidence { act, rule })
            }
            Self::Record { evidence, .. } if missing(evidence) => Err(StepRefused::NoEvidence { act, rule }),
            _ => Ok(()),
        }
    }
}

impl StepRefused {
    /// The id of the rule that refuses the step.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotDrawn { rule, .. }
            | Self::NoEvidence { rule, .. }
            | Self::NoPresentMark { rule, .. } => rule,
            Self::NoApproval | Self::LeaveLength { .. } => "T11",
            Self::Future(_) | Self::BeforeRoll(_) => "2.2",
            Self::MarkByHand => "T02",
            Self::DropByHand => "T04",
            Self::Deletion => "B07",
            Self::Expulsion => "LAW-CE 27",
        }
    }
}

impl Say for Act {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Suspend => lang.pick("登记休学", "a leave"),
            Self::EndLeave => lang.pick("登记休学结束", "the end of a leave"),
            Self::TeachAtHome => lang.pick("登记送教上门", "home teaching"),
            Self::EndHomeTeaching => lang.pick("登记送教上门结束", "the end of home teaching"),
            Self::StartTransfer => lang.pick("登记转学办理", "a roll transfer"),
            Self::LapseTransfer => lang.pick("登记转学未成", "a lapsed transfer"),
            Self::TransferOut => lang.pick("登记转出", "a transfer out"),
            Self::Complete => lang.pick("登记完成义务教育", "the end of compulsory school"),
            Self::GoAbroad => lang.pick("登记出国（境）", "going abroad"),
            Self::Die => lang.pick("登记死亡", "a death"),
            Self::MarkSuspected => lang.pick("手工标记疑似辍学", "a mark by hand"),
            Self::DropOut => lang.pick("手工标记辍学", "a dropout by hand"),
            Self::Return => lang.pick("登记返校复学", "a return"),
            Self::Delete => lang.pick("删除学生", "deleting a child"),
            Self::Expel => lang.pick("开除学生", "expelling a child"),
        }
        .to_owned()
    }
}

impl Say for StepRefused {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotDrawn { from, act, rule } => say!(
                lang,
                "学生状态为“{}”，不能{}（{}）。请先核对当前状态；如点名有误，先更正点名",
                "the child is {}: {} cannot be recorded ({}); check the status, and correct the roll calls first if they are wrong",
                from.say(lang),
                act.say(lang),
                rule
            ),
            Self::NoApproval => say!(
                lang,
                "休学须有乡镇政府或县级教育行政部门的批准文号（T11）。请填写批准文号后再登记",
                "a leave needs the number of the approval by the town government or the county department (T11); enter it and record again"
            ),
            Self::LeaveLength { from, until } => say!(
                lang,
                "休学时间 {} 至 {} 不对，应为一天至一年（T11）。如需延长，到期前另行登记",
                "a leave from {} to {} is wrong: it lasts from one day to one year (T11); record an extension before it is over",
                from,
                until
            ),
            Self::NoEvidence { act, rule } => say!(
                lang,
                "{}须有证明材料（{}）。请填写材料名称和编号",
                "{} needs evidence ({}); enter what proves it, with its number",
                act.say(lang),
                rule
            ),
            Self::Future(day) => {
                say!(lang, "{} 尚未到来，请到当天再登记", "{} has not come yet, record it on that day", day)
            }
            Self::BeforeRoll(day) => say!(
                lang,
                "{} 早于该生入籍日期，请核对日期",
                "{} is before the child's first day on the roll, check the date",
                day
            ),
            Self::MarkByHand => say!(
                lang,
                "疑似辍学由点名记录得出，不能手工标记（T02）。如点名有误，请更正点名",
                "the mark follows from the roll calls and is not set by hand (T02); correct the roll calls if they are wrong"
            ),
            Self::DropByHand => say!(
                lang,
                "辍学在疑似辍学超过规定期限后由系统标注，不能手工标记（T04）。请继续劝返",
                "a dropout is marked by the system when the month is over, never by hand (T04); go on persuading"
            ),
            Self::NoPresentMark { on, rule } => say!(
                lang,
                "{} 没有到校记录，不能登记复学（{}）。请先在当天点名中记为“到校”",
                "no present mark on {}: the return cannot be recorded ({}); list the child as present in that day's roll call first",
                on,
                rule
            ),
            Self::Deletion => say!(
                lang,
                "义务教育年限内须为学生保留学籍，不能删除（B07）。请登记转学、出国（境）等去向",
                "the roll is kept in compulsory years, a child cannot be deleted (B07); record where the child went"
            ),
            Self::Expulsion => say!(
                lang,
                "义务教育学校不得开除学生（义务教育法第二十七条）",
                "a compulsory school must not expel a child (Compulsory Education Law, article 27)"
            ),
        }
    }
}
