//! What may be recorded, and what is refused with the rule's id.
//!
//! Three things are nobody's to write: SUSPECTED, DROPPED_OUT and the return follow from the roll calls.

use proto::every;
use proto::model::day::Day;

use super::EnrolmentStatus::{
    Abroad, Completed, Deceased, DroppedOut, Enrolled, HomeTaught, Suspected, Suspended, TransferPending,
    TransferredOut, Unregistered,
};
use super::{EnrolmentStatus, Fact, Standing, StepRefused};

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

every! {
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
        /// [`Fact::BackOnRoll`]
        BackOnRoll,
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
    // only a leave is approved ahead
    if day > today && act != Act::Suspend {
        return Err(StepRefused::Future(day));
    }
    if day < on_roll_since {
        return Err(StepRefused::BeforeRoll(day));
    }
    if matches!(act, Act::StartTransfer | Act::Complete)
        && let Some(mark) = standing.open_mark().filter(|mark| day < *mark)
    {
        return Err(StepRefused::BeforeMark { act, mark, rule: act.rule(standing.status) });
    }
    // the day of a return is judged by its present mark
    let from = if act == Act::Return { standing.status } else { standing.status_on(day) };
    let to = from.take(act)?;
    proposal.proof(from)?;
    Ok(to)
}

/// Compulsory school ends after nine years (T22). Who leaves primary school goes on to another one (T14): counted
/// as having completed it, the child would be lost from sight where most are lost.
///
/// # Errors
/// [`StepRefused::NotLastGrade`], for a child of an earlier grade; [`StepRefused::NotGraduation`], on a day on which
/// no ninth year ends.
pub fn completes(grade: u8, day: Day) -> Result<(), StepRefused> {
    match grade {
        NINTH if GRADUATION.contains(&day.date().month()) => Ok(()),
        NINTH => Err(StepRefused::NotGraduation(day)),
        _ => Err(StepRefused::NotLastGrade { grade, last: NINTH }),
    }
}

/// The last grade of compulsory school.
const NINTH: u8 = 9;

/// The months in which the ninth year ends: from the examinations to the end of the school year.
const GRADUATION: std::ops::RangeInclusive<i8> = 6..=8;

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
            (Act::BackOnRoll, TransferredOut | Abroad) => Enrolled,
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
            (Self::BackOnRoll, _) => "T18",
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
                Fact::BackOnRoll { .. } => Act::BackOnRoll,
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
