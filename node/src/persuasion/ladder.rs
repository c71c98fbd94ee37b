//! Which step may be taken where: the table of 2.3.

use proto::every;
use proto::model::case::{Closing, Stage};
use serde::{Deserialize, Serialize};

use super::Step;

every! {
    /// The kinds of steps. The order is that of storage: append only.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum Move {
        /// The case is opened.
        Open,
        /// Parents or child were contacted.
        Contact,
        /// The notice is issued.
        Notice,
        /// The report is filed, or completed.
        Report,
        /// The report is filed by the clock.
        ReportByClock,
        /// The county informed both governments.
        Inform,
        /// The government assigned people.
        Assign,
        /// Its people visited.
        Visit,
        /// Ordered to return by a day.
        Order,
        /// The order was handed over.
        OrderSeen,
        /// Back in class.
        Return,
        /// Observed after the return.
        Observe,
        /// Placed outside a class.
        Place,
        /// Another place answers.
        MoveAway,
        /// It handed the child back.
        ComeBack,
        /// Closing asked.
        AskClosing,
        /// Closing confirmed.
        Confirm,
        /// Closing not confirmed.
        RefuseClosing,
        /// Set aside.
        Suspend,
        /// Taken up again.
        Resume,
        /// Absent again.
        Reopen,
        /// Submitted for a handover (X1).
        Refer,
        /// The handover is taken back (X12).
        Withdraw,
        /// Evidence after the handover.
        Late,
        /// The closing is not asked for any more.
        DropClosing,
    }
}

impl Move {
    /// Whether a new round begins with it.
    pub const fn begins(self) -> bool {
        matches!(self, Self::Open | Self::Reopen | Self::ComeBack)
    }

    /// The rule that draws the step.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Open => "D03",
            Self::Contact => "D04",
            Self::Notice => "D05",
            Self::Report | Self::ReportByClock => "D06",
            Self::Inform => "D07",
            Self::Assign | Self::Visit => "D09",
            Self::Order | Self::OrderSeen => "LAW-CE 58",
            Self::Return => "C05",
            Self::Observe => "P9",
            Self::Place => "F02",
            Self::MoveAway | Self::ComeBack | Self::Refer => "E01",
            Self::AskClosing | Self::Confirm | Self::RefuseClosing | Self::DropClosing => "P10",
            Self::Suspend | Self::Resume => "2.3",
            Self::Reopen => "T02",
            Self::Withdraw => "X12",
            Self::Late => "2.4",
        }
    }
}

/// Below placing, return, handover and closing.
pub(super) const fn on_the_ladder(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Opened
            | Stage::Contacting
            | Stage::NoticeIssued
            | Stage::Reported
            | Stage::GovInformed
            | Stage::GovPersuading
            | Stage::Ordered
    )
}

/// Closings after which nobody has to look for the child, here or elsewhere.
pub(crate) const fn ends_the_search(why: Closing) -> bool {
    matches!(why, Closing::Abroad | Closing::Deceased | Closing::Completed | Closing::OpenedInError)
}

/// While the county decides whether a case is closed, the school does not push it elsewhere. What the county
/// does, and a child who simply is there or is gone again, do not wait.
pub(super) const fn waits_for_closing(step: Move) -> bool {
    matches!(
        step,
        Move::Notice
            | Move::Report
            | Move::ReportByClock
            | Move::Place
            | Move::AskClosing
            | Move::Suspend
            | Move::Refer
    )
}

/// The stage after a step.
///
/// # Errors
/// The id of the rule, when it draws no such step from there.
pub fn after(stage: Stage, step: Move) -> Result<Stage, &'static str> {
    use Stage as S;
    let ladder = on_the_ladder(stage);
    let at_least = |least: Stage| ladder.then(|| stage.max(least));
    let to = match step {
        Move::Open => None,
        Move::Contact => at_least(S::Contacting),
        Move::Notice => (stage == S::Contacting).then_some(S::NoticeIssued),
        // once filed, a report is completed by another
        Move::Report => at_least(S::Reported).filter(|_| stage >= S::NoticeIssued),
        Move::ReportByClock => (stage < S::Reported).then_some(S::Reported),
        Move::Inform => at_least(S::GovInformed),
        Move::Assign | Move::Visit => at_least(S::GovPersuading),
        Move::Order => at_least(S::Ordered),
        Move::OrderSeen => (stage == S::Ordered).then_some(stage),
        Move::Return => (stage < S::Returned).then_some(S::Returned),
        Move::Observe => (stage == S::Returned).then_some(stage),
        Move::Place => (ladder || stage == S::Returned).then_some(S::Placed),
        Move::MoveAway => ladder.then_some(S::Moved),
        Move::ComeBack if stage == S::Closed => Some(S::Opened),
        Move::ComeBack => (stage == S::Moved).then_some(S::Contacting),
        Move::AskClosing | Move::RefuseClosing | Move::DropClosing => (stage != S::Closed).then_some(stage),
        Move::Confirm => (stage != S::Closed).then_some(S::Closed),
        Move::Suspend | Move::Resume | Move::Refer | Move::Withdraw => ladder.then_some(stage),
        Move::Reopen => matches!(stage, S::Placed | S::Returned | S::Closed).then_some(S::Opened),
        Move::Late => matches!(stage, S::Moved | S::Closed).then_some(stage),
    };
    to.ok_or(step.rule())
}

impl Step {
    /// Which kind it is.
    pub const fn kind(&self) -> Move {
        match self {
            Self::Contact(_) => Move::Contact,
            Self::Notice(_) => Move::Notice,
            Self::Report(_) => Move::Report,
            Self::ReportByClock(_) => Move::ReportByClock,
            Self::Inform(_) => Move::Inform,
            Self::Assign(_) => Move::Assign,
            Self::Visit => Move::Visit,
            Self::Order(_) => Move::Order,
            Self::OrderSeen(_) => Move::OrderSeen,
            Self::Return => Move::Return,
            Self::Observe(_) => Move::Observe,
            Self::Place(_) => Move::Place,
            Self::MoveAway(_) => Move::MoveAway,
            Self::ComeBack(_) => Move::ComeBack,
            Self::AskClosing(..) => Move::AskClosing,
            Self::Confirm => Move::Confirm,
            Self::RefuseClosing(_) => Move::RefuseClosing,
            Self::Suspend(_) => Move::Suspend,
            Self::Resume => Move::Resume,
            Self::Reopen => Move::Reopen,
        }
    }
}
