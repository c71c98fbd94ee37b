//! The day's counts (TRUST, "statutory counters"): exact, without any cross table, nothing that names a
//! child.
//!
//! A child stands in exactly one stock. What the sheet has no stock of its own for (remote teaching, exempt) stands in "on roll" alone.

use proto::model::day::Day;
use proto::model::sheet::{Counts, Indicator};

use crate::attendance::DayKind;
use crate::standing::{EnrolmentStatus, Standing, Transition};

/// How many classes should have called the roll, and how many did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Classes {
    /// The school taught somebody in them on the day.
    pub due: u64,
    /// Their call is recorded.
    pub called: u64,
}

/// The counts of `day` from the standings of all children at its close, each with what the day was.
///
/// Children who left the roll on the day must be among them, for the flows; so must days without
/// school, because a month may end on a Sunday.
pub fn count<'a>(
    day: Day,
    children: impl IntoIterator<Item = (&'a Standing, DayKind)>,
    classes: Classes,
) -> Counts {
    let mut counts = Counts::default();
    for (standing, kind) in children {
        stocks(&mut counts, standing);
        flows(&mut counts, standing, day);
        absences(&mut counts, standing, kind, day);
    }
    counts.set(Indicator::ClassesDue, classes.due);
    counts.set(Indicator::ClassesCalled, classes.called);
    counts
}

fn stocks(counts: &mut Counts, standing: &Standing) {
    if !standing.status.is_on_roll() {
        return;
    }
    // a roll on its way to another school is counted apart, so that each child is on one roll
    if standing.status != EnrolmentStatus::TransferPending {
        counts.count(Indicator::OnRoll);
    }
    if let Some(stock) = standing.status.stock() {
        counts.count(stock);
    }
    if standing.status == EnrolmentStatus::Enrolled && standing.alerted.is_some() {
        counts.count(Indicator::Alerted);
    }
}

/// Steps that took effect on the day.
fn flows(counts: &mut Counts, standing: &Standing, day: Day) {
    for step in standing.history.iter().rev().take_while(|s| s.effective >= day) {
        if step.effective != day {
            continue;
        }
        match (step.id, step.to) {
            (Transition::T02, _) => counts.count(Indicator::NewlySuspected),
            (Transition::T04, _) => counts.count(Indicator::NewlyDroppedOut),
            (Transition::T03 | Transition::T05, _) => counts.count(Indicator::Returned),
            (Transition::T14, EnrolmentStatus::TransferredOut) => counts.count(Indicator::TransferredOut),
            (Transition::T22, _) => counts.count(Indicator::Completed),
            _ => {}
        }
    }
}

/// Empty chairs of children whom the school expected: who is on leave, taught at home or gone to another
/// roll is not expected, but for the day at whose close the child was let go.
fn absences(counts: &mut Counts, standing: &Standing, kind: DayKind, day: Day) {
    let left = |from: EnrolmentStatus| {
        matches!(from, EnrolmentStatus::Enrolled | EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut)
    };
    let let_go = match standing.status {
        EnrolmentStatus::TransferPending
        | EnrolmentStatus::Completed
        | EnrolmentStatus::Abroad
        | EnrolmentStatus::Deceased => {
            standing.history.last().is_some_and(|step| step.effective == day && left(step.from))
        }
        _ => false,
    };
    let expected = standing.overdue || left(standing.status) || let_go;
    match kind {
        DayKind::AbsentUnexcused if expected => counts.count(Indicator::AbsentUnexcused),
        DayKind::AbsentExcused if expected => counts.count(Indicator::AbsentExcused),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
