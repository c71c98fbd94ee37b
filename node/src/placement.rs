//! The inflow side (T17 to T19): a child that another place lost and believes to be here. The school looks
//! for it, and says what it found.

use proto::model::case::{Assignment, Finding, Leg, News, Outcome, Preview};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::model::region::Region;
use proto::seal::Sealed;
use serde::{Deserialize, Serialize};

use crate::persuasion::{CaseRefused, Need};
use crate::pupil::PupilId;

/// INFLOW_PENDING: one child to be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inflow {
    /// Which stretch of which case's way.
    pub leg: Leg,
    /// Who sent it: the county, which sealed the record.
    pub from: Party,
    /// What everybody on the way may know.
    pub preview: Preview,
    /// The record; opened for a purpose only, and every opening is logged.
    pub record: Sealed,
    /// Answer by this day.
    pub due: Day,
    /// When it came (T17).
    pub received: Moment,
    /// What was found, oldest first. The last stands.
    pub findings: Vec<Finding>,
    /// The pupil that the child became here.
    pub pupil: Option<PupilId>,
    /// What the old school learned after the handover.
    pub late: Vec<LateNote>,
}

/// Evidence that came after the handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateNote {
    /// When it was written.
    pub at: Moment,
    /// The text.
    pub text: Personal<String>,
}

impl Inflow {
    /// As it was assigned.
    pub fn new(assignment: Assignment, from: Party, now: Moment) -> Self {
        let Assignment { leg, preview, record, due } = assignment;
        Self {
            leg,
            from,
            preview,
            record,
            due,
            received: now,
            findings: Vec::new(),
            pupil: None,
            late: Vec::new(),
        }
    }

    /// The county assigned it again: a later leg is a new search, and on the same leg who had not found the
    /// child looks again, or who was told that another looks. Whether what stands is to be said once more: the
    /// child is in class here, on the roll, or being persuaded.
    pub fn assigned_again(&mut self, assignment: Assignment, now: Moment) -> bool {
        if assignment.leg.number < self.leg.number {
            return false;
        }
        if self.given_to_another().is_some() {
            (self.received, _) = (now, self.findings.pop());
        }
        let stands = assignment.leg.number == self.leg.number
            && matches!(
                self.outcome(),
                Some(Outcome::Placed | Outcome::AlreadyEnrolled | Outcome::Persuading)
            );
        if !stands {
            (self.findings, self.received) = (Vec::new(), now);
        }
        (self.leg, self.preview) = (assignment.leg, assignment.preview);
        (self.record, self.due) = (assignment.record, assignment.due);
        stands
    }

    /// What stands.
    pub fn outcome(&self) -> Option<Outcome> {
        self.findings.last().map(|finding| finding.outcome)
    }

    /// Whether nothing was answered yet.
    pub const fn is_pending(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether the answer is late.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.is_pending() && self.due < today
    }

    /// Notes a finding (T18, T19). Who is found and persuaded may be placed or lost again later; any other
    /// answer is final for this leg.
    ///
    /// # Errors
    /// When the answer is final, the day has not come, or a way on lacks its place.
    pub fn find(
        &mut self,
        outcome: Outcome,
        day: Day,
        place: Option<Region>,
        note: String,
        today: Day,
    ) -> Result<(), CaseRefused> {
        if self.outcome().is_some_and(|held| held != Outcome::Persuading || outcome == Outcome::Persuading) {
            return Err(CaseRefused::NoInflow);
        }
        if day > today {
            return Err(CaseRefused::Future(day));
        }
        if outcome == Outcome::MovedOn && place.is_none() {
            return Err(CaseRefused::Missing(Need::Place));
        }
        self.findings.push(Finding { leg: self.leg, outcome, day, place, note });
        Ok(())
    }
}

impl Inflow {
    /// The county handed the case on to another place, or asked another unit: nothing is to be answered here any more.
    /// `false` when nothing was, or the news is of an earlier stretch of the way.
    pub fn goes_on(&mut self, news: &News, day: Day) -> bool {
        let open = self.outcome().is_none_or(|held| held == Outcome::Persuading);
        if !news.ends(self.leg) || !open {
            return false;
        }
        let (leg, outcome, note) = (self.leg, Outcome::MovedOn, news.reason.clone());
        self.findings.push(Finding { leg, outcome, day, place: news.place, note });
        true
    }

    /// Why this school need not look any more, when the county asked another unit.
    pub fn given_to_another(&self) -> Option<&str> {
        let last = self.findings.last().filter(|it| it.outcome == Outcome::MovedOn && it.place.is_none());
        last.map(|finding| finding.note.as_str()).filter(|reason| !reason.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proto::model::case::{CaseId, Evidence, TransferState};

    use super::*;

    fn assignment(leg: u16) -> Assignment {
        let last: Region = "520502".parse().unwrap();
        Assignment {
            leg: CaseId::new([1; 16]).leg(leg),
            preview: Preview { age_from: 12, grade: 6, last, evidence: Evidence::PoliceAnswer },
            record: Sealed(vec![u8::try_from(leg).unwrap()]),
            due: day(20),
        }
    }

    fn day(n: i8) -> Day {
        Day::new(2025, 10, n).unwrap()
    }

    fn news(leg: Leg, state: TransferState, place: Option<Region>, reason: &str) -> News {
        let (reason, at) = (reason.to_owned(), Moment(9));
        News { leg, state, place, outcome: None, at, reason, yours: false }
    }

    fn inflow() -> Inflow {
        Inflow::new(assignment(1), "p52/c5205/d520521".parse().unwrap(), Moment(0))
    }

    #[test]
    fn the_whole_table_of_answers() {
        use Outcome::Persuading;
        let place: Region = "520523".parse().unwrap();
        let find = |inflow: &mut Inflow, outcome| {
            inflow.find(outcome, day(9), Some(place), String::new(), day(9)).is_ok()
        };
        for first in Outcome::ALL.iter().copied() {
            for then in Outcome::ALL.iter().copied() {
                let mut inflow = inflow();
                assert!(find(&mut inflow, first));
                let allowed = first == Persuading && then != Persuading;
                assert_eq!(find(&mut inflow, then), allowed, "{first:?} then {then:?}");
                assert_eq!(inflow.outcome(), Some(if allowed { then } else { first }));
            }
        }
    }

    #[test]
    fn a_way_on_names_its_place_and_no_day_lies_ahead() {
        let mut inflow = inflow();
        let missing = inflow.find(Outcome::MovedOn, day(9), None, String::new(), day(9));
        assert_eq!(missing, Err(CaseRefused::Missing(Need::Place)));
        let ahead = inflow.find(Outcome::NotFound, day(10), None, String::new(), day(9));
        assert_eq!(ahead, Err(CaseRefused::Future(day(10))));
        assert!(inflow.is_pending() && inflow.is_overdue(day(21)) && !inflow.is_overdue(day(20)));
    }

    #[test]
    fn what_the_county_hands_on_waits_no_longer() {
        use Outcome::{MovedOn, NotFound, Persuading, Placed};
        let (case, place) = (CaseId::new([1; 16]), Some("520523".parse().unwrap()));
        for (found, after) in
            [(None, MovedOn), (Some(Persuading), MovedOn), (Some(Placed), Placed), (Some(NotFound), NotFound)]
        {
            let mut inflow = inflow();
            if let Some(outcome) = found {
                inflow.find(outcome, day(9), None, String::new(), day(9)).unwrap();
            }
            let went = |leg| news(leg, TransferState::AcceptedPersuading, place, "");
            assert!(!inflow.goes_on(&went(case.leg(1)), day(10)), "the leg on which it came");
            assert_eq!(inflow.goes_on(&went(case.leg(2)), day(10)), after == MovedOn);
            assert_eq!((inflow.outcome(), inflow.is_pending()), (Some(after), false));
        }
    }

    #[test]
    fn a_search_that_was_given_to_another_is_over_with_its_reason_and_may_be_asked_for_again() {
        use Outcome::{MovedOn, NotFound, Persuading, Placed};
        let leg = CaseId::new([1; 16]).leg(1);
        let another = news(leg, TransferState::Verifying, None, "已改由另一所学校核查");
        for (found, ends) in
            [(None, true), (Some(Persuading), true), (Some(Placed), false), (Some(NotFound), false)]
        {
            let mut inflow = inflow();
            if let Some(outcome) = found {
                inflow.find(outcome, day(9), None, String::new(), day(9)).unwrap();
            }
            assert_eq!(inflow.goes_on(&another, day(10)), ends, "{found:?}");
            assert_eq!(inflow.given_to_another(), ends.then_some("已改由另一所学校核查"));
            assert!(!inflow.is_pending() && !inflow.goes_on(&another, day(10)), "said twice");
            inflow.assigned_again(assignment(1), Moment(7));
            assert_eq!(inflow.outcome(), found, "asked again it stands where it stood");
        }
        // still the one that is asked
        let mut inflow = inflow();
        let yours = News { yours: true, ..another };
        assert!(!inflow.goes_on(&yours, day(10)) && inflow.is_pending());
        inflow.find(MovedOn, day(9), Some("520523".parse().unwrap()), "搬走".to_owned(), day(9)).unwrap();
        assert_eq!(inflow.given_to_another(), None, "a finding of its own");
    }

    #[test]
    fn a_later_leg_is_a_new_search_and_an_older_one_changes_nothing() {
        let mut inflow = inflow();
        inflow.find(Outcome::NotFound, day(9), None, String::new(), day(9)).unwrap();
        inflow.assigned_again(assignment(3), Moment(5));
        assert!(inflow.is_pending() && inflow.leg.number == 3 && inflow.received == Moment(5));
        inflow.assigned_again(assignment(2), Moment(6));
        assert_eq!((inflow.leg.number, inflow.record.clone()), (3, Sealed(vec![3])));
    }

    #[test]
    fn asked_again_on_the_same_leg_who_had_not_found_the_child_looks_again() {
        use Outcome::{AlreadyEnrolled, MovedOn, NotFound, Persuading, Placed};
        let place = Some("520523".parse().unwrap());
        for (before, said_again) in
            [(NotFound, false), (MovedOn, false), (Persuading, true), (Placed, true), (AlreadyEnrolled, true)]
        {
            let mut inflow = inflow();
            inflow.find(before, day(9), place, String::new(), day(9)).unwrap();
            let again = Assignment { due: day(25), ..assignment(1) };
            assert_eq!(inflow.assigned_again(again, Moment(5)), said_again, "{before:?}");
            assert_eq!((inflow.due, inflow.is_pending()), (day(25), !said_again), "{before:?}");
            let found = inflow.find(Placed, day(10), None, String::new(), day(10));
            assert_eq!(found.is_ok(), !said_again || before == Persuading, "{before:?}: the answer is taken");
        }
    }
}
