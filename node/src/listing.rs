//! What a school may answer about a child whom a list from above names (2.5): what its own figures say of the child,
//! and nothing else. Where they are wrong they are put right first, by a fact, a roll call or a case.

use proto::model::case::{Closing, ListResult, Stage};

use crate::persuasion::{Case, CaseRefused};
use crate::standing::{EnrolmentStatus, Standing};

/// Who looks for a child, by its latest case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Nobody: it has no case, or is found.
    Nobody,
    /// This school.
    Here,
    /// Another place answers for it.
    Elsewhere,
    /// It was placed outside a class.
    Placed,
    /// It is certified unable to study.
    Exempt,
}

impl Search {
    /// As the latest case of a child, who stands so, has it.
    pub fn of(latest: Option<&Case>, standing: Option<&Standing>) -> Self {
        let Some(case) = latest else { return Self::Nobody };
        let placed = case.placing.as_ref().filter(|_| matches!(case.stage, Stage::Placed | Stage::Closed));
        match placed.map(|placing| placing.how) {
            _ if case.is_elsewhere(standing) => Self::Elsewhere,
            _ if case.on_the_ladder() => Self::Here,
            Some(Closing::Exempt) => Self::Exempt,
            Some(_) => Self::Placed,
            None => Self::Nobody,
        }
    }
}

/// The answers that agree with the school's own figures, the one that it should give first. Empty: people must look,
/// and anything goes that does not say that the child is in class.
pub const fn answers(status: EnrolmentStatus, search: Search) -> &'static [ListResult] {
    use EnrolmentStatus as S;
    use ListResult as R;
    match (status, search) {
        (S::HomeTaught | S::RemoteTaught | S::InVocational, _) => &[R::Placed],
        (S::Exempt, _) => &[R::Exempt],
        (S::Abroad, _) => &[R::Abroad],
        (S::Deceased, _) => &[R::Deceased],
        (S::Completed, _) => &[R::Completed],
        (S::Suspended | S::InflowPending | S::Unregistered, _) => &[],
        (_, Search::Here) => &[R::Persuading],
        (S::TransferredOut | S::TransferPending, Search::Elsewhere) | (S::TransferredOut, _) => {
            &[R::Elsewhere, R::Moved]
        }
        (_, Search::Elsewhere) => &[R::Moved, R::Elsewhere],
        (S::Enrolled, _) => &[R::InSchool, R::Returned],
        // a child that changes schools attends the old one until the roll has moved
        (S::TransferPending, _) => &[R::Elsewhere, R::Moved, R::InSchool],
        (S::Suspected | S::DroppedOut, Search::Placed) => &[R::Placed],
        (S::Suspected | S::DroppedOut, Search::Exempt) => &[R::Exempt],
        (S::Suspected | S::DroppedOut, Search::Nobody) => &[R::Persuading],
    }
}

/// Whether `result` may be answered of a child who is known here.
///
/// # Errors
/// When the school's own figures say otherwise.
pub fn agrees(status: EnrolmentStatus, search: Search, result: ListResult) -> Result<(), CaseRefused> {
    let open = answers(status, search);
    let fits = match open {
        [] => !matches!(result, ListResult::InSchool | ListResult::Returned | ListResult::Unknown),
        open => open.contains(&result),
    };
    let instead = open.first().copied();
    if fits { Ok(()) } else { Err(CaseRefused::AnsweredOtherwise { result, status, instead }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Search; 5] =
        [Search::Nobody, Search::Here, Search::Elsewhere, Search::Placed, Search::Exempt];

    #[test]
    fn nobody_is_said_to_be_in_class_whom_the_figures_do_not_count_there() {
        use EnrolmentStatus as S;
        for status in S::ALL {
            for search in ALL {
                let found = !matches!(search, Search::Here | Search::Elsewhere);
                let attends = found && matches!(status, S::Enrolled | S::TransferPending);
                let said = agrees(status, search, ListResult::InSchool);
                assert_eq!(said.is_ok(), attends, "{status:?} {search:?}");
                assert!(agrees(status, search, ListResult::Unknown).is_err(), "{status:?} {search:?}");
                if let Some(first) = answers(status, search).first() {
                    assert_eq!(agrees(status, search, *first), Ok(()), "{status:?} {search:?}");
                }
            }
        }
    }

    #[test]
    fn who_is_missed_here_is_persuaded_and_who_was_handed_over_is_elsewhere() {
        use EnrolmentStatus as S;
        for status in [S::Enrolled, S::Suspected, S::DroppedOut, S::TransferredOut] {
            assert_eq!(answers(status, Search::Here), [ListResult::Persuading], "{status:?}");
            assert!(agrees(status, Search::Elsewhere, ListResult::Persuading).is_err(), "{status:?}");
            assert_eq!(agrees(status, Search::Elsewhere, ListResult::Moved), Ok(()), "{status:?}");
        }
    }
}
