//! Why a step is refused, in both languages.

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::say;

use super::{Act, EnrolmentStatus};

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
    /// Compulsory school ends in its last grade only.
    #[error("grade {grade} is not the last grade of compulsory school, {last} (T22)")]
    NotLastGrade {
        /// The child's.
        grade: u8,
        /// The last of compulsory school.
        last: u8,
    },
    /// Nobody graduates on that day.
    #[error("nobody completes the ninth year on {0} (T22)")]
    NotGraduation(Day),
    /// A step of an earlier day than the open mark: it would take the mark back.
    #[error("{act:?} is dated before the mark of {mark} ({rule})")]
    BeforeMark {
        /// The step.
        act: Act,
        /// The day of the mark (T02).
        mark: Day,
        /// The row that governs the step.
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

impl StepRefused {
    /// The id of the rule that refuses the step.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotDrawn { rule, .. }
            | Self::NoEvidence { rule, .. }
            | Self::BeforeMark { rule, .. }
            | Self::NoPresentMark { rule, .. } => rule,
            Self::NoApproval | Self::LeaveLength { .. } => "T11",
            Self::Future(_) | Self::BeforeRoll(_) => "2.2",
            Self::NotLastGrade { .. } | Self::NotGraduation(_) => "T22",
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
            Self::BackOnRoll => lang.pick("登记学籍转回", "coming back on the roll"),
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
            Self::NotLastGrade { grade, last } => say!(
                lang,
                "该生在 {} 年级，只有 {} 年级学生才能登记完成义务教育（T22）。小学毕业升入初中的，请登记转学（start-transfer、transfer-out）；如年级有误，请先更正名册；如已离校，请登记真实去向",
                "the child is in grade {}: only grade {} ends compulsory school (T22). A child who goes on from primary school is a transfer (start-transfer, transfer-out). Correct the roll if the grade is wrong; record where the child went if it left",
                grade,
                last
            ),
            Self::NotGraduation(day) => say!(
                lang,
                "{} 不在毕业时间（每年 6 月至 8 月），不能登记完成义务教育（T22）。未返校的学生请继续劝返；如已离校，请登记真实去向",
                "{} is not in the months of graduation (June to August): the end of compulsory school cannot be recorded (T22). Go on persuading a child who is away; record where it went if it left",
                day
            ),
            Self::BeforeMark { act, mark, rule } => say!(
                lang,
                "该生已于 {} 标记疑似辍学，不能{}到更早的日期（{}）。请按标记当日或以后的日期登记；如点名有误，请先更正点名",
                "the child was marked suspected on {}: {} cannot be dated before that ({}); record it for the day of the mark or later, and correct the roll calls first if they are wrong",
                mark,
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
