//! What no message ends and an officer settles: a unit that has the child though its search was called off, and a
//! child that is in class here by an officer's word alone.

use proto::custody::step::{RejectReason, StepKind};
use proto::model::case::Outcome;

use super::{Dossier, What};

impl Dossier {
    /// The unit that was asked to look for the child need not any more, and no other was asked since.
    pub fn is_called_off(&self) -> bool {
        let last = self.history.iter().rev().find(|it| matches!(it.what, What::Assigned | What::CalledOff));
        last.is_some_and(|event| event.what == What::CalledOff)
    }

    /// A unit says that it has the child, and its search was called off before: the child may stand on two rolls.
    /// Over when the case goes on, or an officer has settled it.
    pub fn is_found_twice(&self) -> bool {
        let decides = |what: &What| {
            matches!(
                what,
                What::Found(_)
                    | What::CalledOff
                    | What::Assigned
                    | What::Referred
                    | What::Proposed
                    | What::Settled
            )
        };
        let claims = |what: What| {
            let outcomes = [Outcome::Placed, Outcome::Persuading, Outcome::AlreadyEnrolled];
            outcomes.iter().any(|outcome| what == What::Found(*outcome))
        };
        let last = self.history.iter().rev().map(|event| event.what).find(decides);
        self.is_called_off() && last.is_some_and(claims)
    }

    /// The child is in class here by the word of an officer or a town: which school has it, nobody said. Over when an
    /// officer has settled it; also when a school reports the child, which is not in the dossier.
    pub fn is_without_school(&self) -> bool {
        let decides = |what: &What| {
            matches!(what, What::Found(_) | What::Assigned | What::Settled) || *what == ENROLLED_HERE
        };
        let Some(last) = self.history.iter().rev().find(|event| decides(&event.what)) else { return false };
        let named = self.assigned.as_ref().is_some_and(|assigned| assigned.unit.is_school());
        match last.what {
            What::Found(Outcome::Placed | Outcome::AlreadyEnrolled) => !named || !last.by.is_empty(),
            ENROLLED_HERE => self.is_on_roll_here() && !self.is_found_by_school(),
            _ => false,
        }
    }

    /// X11: this county did not take the case because the child is in class here (2.4 a).
    pub fn is_on_roll_here(&self) -> bool {
        let last = self.history.iter().rev().find(|event| matches!(event.what, What::Step(_)));
        self.guest().is_some() && last.is_some_and(|event| event.what == ENROLLED_HERE)
    }

    fn is_found_by_school(&self) -> bool {
        self.assigned.as_ref().is_some_and(|assigned| {
            let found = assigned.finding.as_ref().map(|finding| finding.outcome);
            assigned.unit.is_school() && found == Some(Outcome::AlreadyEnrolled)
        })
    }
}

const ENROLLED_HERE: What = What::Step(StepKind::Reject(RejectReason::AlreadyEnrolled));

#[cfg(test)]
mod tests {
    use proto::model::case::CaseId;
    use proto::model::day::Moment;

    use super::*;

    fn after(events: &[(&str, What)]) -> Dossier {
        let mut dossier = Dossier::new(CaseId::new([7; 16]), Moment(0));
        events.iter().for_each(|(by, what)| dossier.note(Moment(0), by, *what, ""));
        dossier
    }

    #[test]
    fn a_unit_that_finds_the_child_after_its_search_was_called_off_is_seen_until_somebody_decides() {
        let found = [("", What::Assigned), ("", What::CalledOff), ("", What::Found(Outcome::Placed))];
        assert!(after(&found).is_found_twice());
        assert!(!after(&found[..2]).is_found_twice());
        assert!(!after(&[found[0], found[2]]).is_found_twice(), "it was asked");
        assert!(!after(&[found[0], found[1], ("", What::Found(Outcome::NotFound))]).is_found_twice());
        for over in [What::Settled, What::Referred, What::Proposed, What::Assigned] {
            let events = [&found[..], &[("wang", over)]].concat();
            assert!(!after(&events).is_found_twice(), "{over:?}");
        }
    }

    #[test]
    fn an_officer_who_says_that_a_child_is_in_class_owes_the_school_until_it_is_named() {
        for outcome in [Outcome::Placed, Outcome::AlreadyEnrolled] {
            assert!(after(&[("wang", What::Found(outcome))]).is_without_school());
            assert!(!after(&[("wang", What::Found(outcome)), ("wang", What::Settled)]).is_without_school());
            assert!(!after(&[("wang", What::Found(outcome)), ("wang", What::Assigned)]).is_without_school());
        }
        assert!(!after(&[("wang", What::Found(Outcome::Persuading))]).is_without_school());
    }
}
