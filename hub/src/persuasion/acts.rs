//! What the office may do at which stage.
//!
//! ```text
//! P3 reported --inform (D07, D08)--> P4 --government (D09)--> P5 --order (D11)--> P6
//!                                                             P5, P6: visit; P6: order again
//! asked to close: --confirm--> P10, --refuse--> stays
//! ```

use proto::model::calendar::Calendar;
use proto::model::case::{Act, Closing, Stage};
use proto::model::day::Day;
use proto::model::rulebook::Persuasion;

use super::{Case, CaseError, Done};

/// Where an act leads, at a stage at which it is possible.
pub const fn leads_to(act: Act, stage: Stage) -> Option<Stage> {
    match (act, stage) {
        (Act::GovernmentInformed, Stage::Reported) => Some(Stage::GovInformed),
        (Act::GovernmentPersuades, Stage::GovInformed) => Some(Stage::GovPersuading),
        (Act::Visited, Stage::GovPersuading | Stage::Ordered) => Some(stage),
        (Act::Ordered, Stage::GovPersuading | Stage::Ordered) => Some(Stage::Ordered),
        (Act::ClosingConfirmed | Act::ClosingRefused, Stage::Closed) => None,
        (Act::ClosingConfirmed, _) => Some(Stage::Closed),
        (Act::ClosingRefused, _) => Some(stage),
        _ => None,
    }
}

/// The stage that a case has once the act was done, for acts that move it up the ladder.
pub const fn target(act: Act) -> Option<Stage> {
    match act {
        Act::GovernmentInformed => Some(Stage::GovInformed),
        Act::GovernmentPersuades => Some(Stage::GovPersuading),
        Act::Ordered => Some(Stage::Ordered),
        _ => None,
    }
}

/// A closing says what the stage has to be; `None`: any.
pub const fn stage_of(closing: Closing) -> Option<Stage> {
    match closing {
        Closing::Returned => Some(Stage::Returned),
        Closing::PlacedHome | Closing::PlacedRemote | Closing::PlacedVocational | Closing::Exempt => {
            Some(Stage::Placed)
        }
        Closing::Moved => Some(Stage::Moved),
        Closing::Abroad | Closing::Deceased | Closing::Completed | Closing::OpenedInError => None,
    }
}

/// Whether `case` stands where such an act is done, on a day that has come.
///
/// # Errors
/// What forbids it.
pub fn fits(case: &Case, done: &Done, today: Day) -> Result<(), CaseError> {
    if done.day > today {
        return Err(CaseError::Future { day: done.day, today });
    }
    let stage = case.stage();
    let reported = case.progress.since;
    if done.act == Act::GovernmentInformed && stage == Stage::Reported && done.day < reported {
        return Err(CaseError::Early { day: done.day, reported });
    }
    if let Some(after) = follows(case, done.act).filter(|after| done.day < *after) {
        return Err(CaseError::BeforeStep { day: done.day, after });
    }
    match leads_to(done.act, stage) {
        Some(_) => Ok(()),
        None => Err(CaseError::NotNow { act: done.act, stage }),
    }
}

/// The day of the act without which `act` has no ground, in the present round.
fn follows(case: &Case, act: Act) -> Option<Day> {
    let before = match act {
        Act::GovernmentPersuades => Act::GovernmentInformed,
        Act::Visited | Act::Ordered => Act::GovernmentPersuades,
        _ => return None,
    };
    case.acts_now().iter().find(|held| held.act == before).map(|held| held.day)
}

/// Whether `done`, which [`fits`], says what it has to say.
///
/// # Errors
/// What it lacks.
pub fn check(case: &Case, done: &Done, rules: &Persuasion, calendar: &Calendar) -> Result<(), CaseError> {
    match done.act {
        Act::GovernmentInformed | Act::Ordered if done.number.trim().is_empty() => Err(CaseError::NoNumber),
        Act::Ordered => {
            let least = done.day.plus(i32::try_from(rules.order_days).unwrap_or(i32::MAX));
            // the last day of an order must not be a day off (Civil Code 203)
            let earliest = calendar.workdays_after(least, 0);
            match done.until {
                Some(until) if until >= earliest => Ok(()),
                _ => Err(CaseError::TooSoon { earliest }),
            }
        }
        Act::ClosingConfirmed | Act::ClosingRefused => closing(case, done),
        _ => Ok(()),
    }
}

fn closing(case: &Case, done: &Done) -> Result<(), CaseError> {
    // what was refused is asked anew by the school, or not at all
    let asked = case.asked.filter(|asked| asked.answer != Some(Act::ClosingRefused));
    let Some(asked) = asked else { return Err(CaseError::NotAsked) };
    if done.act == Act::ClosingRefused {
        return if done.note.trim().is_empty() { Err(CaseError::NoReason) } else { Ok(()) };
    }
    match stage_of(asked.closing) {
        Some(needed) if needed != case.progress.stage => {
            Err(CaseError::Contradicts { closing: asked.closing, stage: case.progress.stage })
        }
        _ => Ok(()),
    }
}

/// Enters an act that was checked.
pub fn enter(case: &mut Case, done: Done) {
    if let (Act::ClosingConfirmed | Act::ClosingRefused, Some(asked)) = (done.act, &mut case.asked) {
        asked.answer = Some(done.act);
    }
    case.acts.push(done);
}
