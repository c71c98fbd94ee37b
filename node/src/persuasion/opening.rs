//! Whether a case is opened (D03): a child has one open case (2.3), another place's child has none here (2.4 a), and a
//! number belongs to one case for ever.

use proto::model::case::CaseId;

use super::{Case, CaseRefused};
use crate::pupil::PupilId;
use crate::standing::Standing;

/// A number that somebody names for a new case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub id: CaseId,
    /// What is known of it here.
    pub known: Known,
}

/// What is known of a number from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nobody gave it.
    No,
    /// A case has it already.
    Taken,
    /// A list or the county gave it, for a child who is not known by a number here.
    Given,
    /// A list gave it for this pupil.
    GivenTo(PupilId),
}

/// Whether a case of `child`, who stands so, is opened after its `latest`.
///
/// # Errors
/// When it has one, here or at another place, or the number is not its own.
pub fn may_open(
    child: PupilId,
    latest: Option<&Case>,
    standing: Option<&Standing>,
    numbered: Option<Numbered>,
) -> Result<(), CaseRefused> {
    if let Some(case) = latest {
        if case.is_elsewhere(standing) {
            return Err(CaseRefused::AnsweredElsewhere(case.id));
        }
        if case.is_open() {
            return Err(CaseRefused::OpenAlready(case.id));
        }
    }
    let Some(Numbered { id, known }) = numbered else { return Ok(()) };
    match known {
        Known::No => Err(CaseRefused::NumberUnknown(id)),
        Known::Taken => Err(CaseRefused::NumberTaken(id)),
        Known::GivenTo(other) if other != child => Err(CaseRefused::NumberOfAnother(id)),
        Known::Given | Known::GivenTo(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proto::model::calendar::Calendar;
    use proto::model::case::{Closing, Stage};
    use proto::model::day::{Day, Moment};
    use proto::model::rulebook::Persuasion;

    use super::*;
    use crate::persuasion::{Cause, Turn};
    use crate::standing::{By, EnrolmentStatus, RollMatch, Step, Transition};

    const ID: CaseId = CaseId::new([7; 16]);

    fn case(stage: Stage, closed: Option<Closing>) -> Case {
        let on = Day::new(2025, 9, 24).unwrap();
        let (rules, calendar) = (Persuasion::default(), Calendar::build(&[]));
        let turn = Turn { on, today: on, at: Moment(0), by: "t", rules: &rules, calendar: &calendar };
        Case { stage, closed, ..Case::open(ID, None, Cause::Suspected, &turn) }
    }

    /// On the roll again on 24 September, the day of the handover, or on another.
    fn back(on: i8) -> Standing {
        let day = Day::new(2025, 9, on).unwrap();
        let mut standing = Standing::enrolled(day, RollMatch::Matched, By::default());
        standing.history.push(Step {
            id: Transition::T18,
            from: EnrolmentStatus::TransferredOut,
            to: EnrolmentStatus::Enrolled,
            effective: day,
            days: Vec::new(),
            rules: String::new(),
            provisional: false,
            vacation_days_inside: 0,
            evidence: String::new(),
        });
        standing
    }

    #[test]
    fn who_was_handed_over_has_a_new_case_once_it_is_on_the_roll_again() {
        let child = PupilId::new([1; 16]);
        let elsewhere = Err(CaseRefused::AnsweredElsewhere(ID));
        for (stage, closed) in [(Stage::Moved, None), (Stage::Closed, Some(Closing::Moved))] {
            let latest = case(stage, closed);
            for (on, expected) in [(23, &elsewhere), (24, &Ok(())), (25, &Ok(()))] {
                let opened = may_open(child, Some(&latest), Some(&back(on)), None);
                assert_eq!(&opened, expected, "{stage:?} {on}");
            }
        }
        let open = case(Stage::Opened, None);
        let again = may_open(child, Some(&open), Some(&back(25)), None);
        assert_eq!(again, Err(CaseRefused::OpenAlready(ID)));
    }

    #[test]
    fn a_case_is_opened_for_who_has_none_under_a_number_that_is_its_own() {
        let (child, other) = (PupilId::new([1; 16]), PupilId::new([2; 16]));
        for stage in Stage::ALL.iter().copied() {
            for closed in [None, Some(Closing::Moved), Some(Closing::Returned)] {
                let latest = case(stage, closed.filter(|_| stage == Stage::Closed));
                let expected = match (stage, latest.closed) {
                    (Stage::Moved, _) | (Stage::Closed, Some(Closing::Moved)) => {
                        Err(CaseRefused::AnsweredElsewhere(ID))
                    }
                    (Stage::Closed, _) => Ok(()),
                    _ => Err(CaseRefused::OpenAlready(ID)),
                };
                assert_eq!(may_open(child, Some(&latest), None, None), expected, "{stage:?} {closed:?}");
            }
        }
        let id = CaseId::new([9; 16]);
        for (known, expected) in [
            (Known::No, Err(CaseRefused::NumberUnknown(id))),
            (Known::Taken, Err(CaseRefused::NumberTaken(id))),
            (Known::Given, Ok(())),
            (Known::GivenTo(child), Ok(())),
            (Known::GivenTo(other), Err(CaseRefused::NumberOfAnother(id))),
        ] {
            assert_eq!(may_open(child, None, None, Some(Numbered { id, known })), expected, "{known:?}");
        }
    }
}
