//! What a child's status brings about in its case by itself: steps, closings, and what does not hold any more.

use proto::model::case::{Closing, Stage};
use proto::model::day::Day;
use proto::model::personal::Personal;

use crate::persuasion::{Case, Cause, Move, Placing, Step, ends_the_search};
use crate::standing::{EnrolmentStatus, Standing, Transition};

/// Who takes a step that nobody took.
pub(super) const CLOCK: &str = "clock";

pub(super) const fn is_missing(standing: &Standing) -> bool {
    matches!(standing.status, EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut)
}

/// The day of the last mark.
pub(super) fn mark(standing: &Standing) -> Option<Day> {
    standing.history.iter().rev().find(|step| step.id == Transition::T02).map(|step| step.effective)
}

/// The step that the child's status takes by itself.
pub(super) fn follows(case: &Case, standing: &Standing, today: Day) -> Option<(Step, Day)> {
    if case.is_moved() && !case.is_elsewhere(Some(standing)) {
        return None;
    }
    if is_missing(standing) {
        if case.is_moved() {
            // at school in between, and absent again
            let between = standing.last_return >= Some(case.since);
            let marked = mark(standing).filter(|on| between && *on > case.since)?;
            return Some((Step::ComeBack("T02".to_owned()), marked.min(today)));
        }
        let again = matches!(case.stage, Stage::Placed | Stage::Returned | Stage::Closed);
        let marked = mark(standing).filter(|on| *on > case.since && again)?;
        return Some((Step::Reopen, marked.min(today)));
    }
    if case.stage == Stage::Closed && case.is_moved() && standing.status == EnrolmentStatus::Enrolled {
        return returned(case, standing).map(|back| (Step::ComeBack("C05".to_owned()), back));
    }
    if !case.on_the_ladder() && case.stage != Stage::Moved {
        return None;
    }
    match standing.status {
        EnrolmentStatus::Enrolled => returned(case, standing).map(|back| (Step::Return, back)),
        EnrolmentStatus::HomeTaught if case.stage != Stage::Moved => {
            let evidence = standing.history.last().map(|step| step.evidence.clone()).unwrap_or_default();
            Some((Step::Place(Placing { how: Closing::PlacedHome, evidence }), today))
        }
        EnrolmentStatus::TransferredOut if case.stage != Stage::Moved && roll_moved(case, standing) => {
            Some((Step::MoveAway("T14".to_owned()), today))
        }
        _ => None,
    }
}

/// Whether the roll moved in the present round: one that had moved before the other place handed the child back makes
/// nobody answer for it there.
fn roll_moved(case: &Case, standing: &Standing) -> bool {
    let begun = case.log.iter().rev().find(|noted| noted.step.begins());
    begun.is_none_or(|begun| begun.step != Move::ComeBack || standing.since > begun.on)
}

/// When the child came back in the present round.
fn returned(case: &Case, standing: &Standing) -> Option<Day> {
    standing.last_return.filter(|day| *day >= case.began())
}

/// Whether the case was placed or closed by what the child's status said, and not by what people knew.
pub(super) fn rests_on_the_status(case: &Case) -> bool {
    let by_clock = |step: Move| case.taker(step) == Some(CLOCK);
    let rests = match (case.stage, case.closed) {
        (Stage::Placed, _) | (Stage::Closed, Some(Closing::PlacedHome)) => by_clock(Move::Place),
        (Stage::Closed, Some(why)) => ends_the_search(why) && by_clock(Move::AskClosing),
        _ => false,
    };
    // what the status rested on may not be here again yet
    rests && !case.recalled
}

/// Whether the clock asks for a closing that the child's status does not bear out any more.
pub(super) fn asks_in_vain(case: &Case, standing: &Standing) -> bool {
    let by_clock = case.taker(Move::AskClosing) == Some(CLOCK);
    let asked = case.closing.as_ref().filter(|_| by_clock && !case.recalled && !case.is_moved());
    asked.is_some_and(|asked| ends(case, standing) != Some(asked.why))
}

/// The closing that the child's status asks for by itself.
pub(super) fn closes(case: &Case, standing: &Standing, today: Day) -> Option<(Step, Day)> {
    if case.closing.is_some() || case.stage == Stage::Closed || case.was_refused_closing() {
        return None;
    }
    let why = ends(case, standing)?;
    let proof = standing.history.last().map(|step| format!("{:?} {}", step.id, step.evidence));
    let proof = proof.unwrap_or_else(|| "T02".to_owned());
    Some((Step::AskClosing(why, Personal::new(proof)), today))
}

/// Why the child's status ends the case.
fn ends(case: &Case, standing: &Standing) -> Option<Closing> {
    Some(match standing.status {
        EnrolmentStatus::Abroad => Closing::Abroad,
        EnrolmentStatus::Deceased => Closing::Deceased,
        EnrolmentStatus::Completed => Closing::Completed,
        EnrolmentStatus::TransferredOut if case.stage == Stage::Moved => Closing::Moved,
        // a late note took the mark back: there was nothing to persuade
        EnrolmentStatus::Enrolled
            if case.cause == Cause::Suspected
                && !case.recalled
                && case.on_the_ladder()
                && returned(case, standing).is_none() =>
        {
            Closing::OpenedInError
        }
        _ => return None,
    })
}
