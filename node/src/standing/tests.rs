//! Each row of `domain/2-states.md` 2.2 that roll calls drive or that is a recorded fact.

use proto::model::calendar::{Calendar, CalendarDocument};
use proto::model::day::{Day, Moment};
use proto::model::rulebook::Rulebook;

use super::{
    By, DaySet, EnrolmentStatus, Fact, Facts, Recorded, RollMatch, Standing, Step, Transition, stand,
    stand_before_the_call,
};
use crate::attendance::{Excuse, Mark};

mod facts;
mod hidden;
mod late;
mod month;
mod reference;
mod rows;
mod table;

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

/// One child and its school.
struct Child {
    calendar: Calendar,
    rules: Rulebook,
    birth: Option<Day>,
    since: Day,
    called: DaySet,
    absent: Vec<(Day, Mark)>,
    recorded: Vec<Recorded>,
}

impl Child {
    /// On the roll from 1 September 2025, present on every day of the school year so far; no terms.
    fn new() -> Self {
        let calendar = Calendar::build(&[]);
        let since = d("2025-09-01");
        let called = (0..330).map(|n| since.plus(n)).filter(|day| calendar.day(*day, None).counts).collect();
        let (rules, absent, recorded) = (Rulebook::default(), vec![], vec![]);
        Self { calendar, rules, birth: Some(d("2014-05-05")), since, called, absent, recorded }
    }

    fn rules(mut self, text: &str) -> Self {
        self.rules = Rulebook::layered(&[("520502@1", text)]).unwrap();
        self
    }

    fn calendar(mut self, rest: &str) -> Self {
        let head = "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\n\
                    version = 1\nissued = 2025-08-20\n";
        self.calendar = Calendar::build(&[CalendarDocument::parse(&format!("{head}{rest}")).unwrap()]);
        self
    }

    /// Absent on every school day from `first` to `last`.
    fn absent(mut self, first: &str, last: &str) -> Self {
        let mut day = d(first);
        while day <= d(last) {
            if self.calendar.day(day, self.birth).counts {
                self.mark(day, Mark::Unexcused);
            }
            day = day.next();
        }
        self
    }

    fn excused(mut self, day: &str) -> Self {
        self.mark(d(day), Mark::Excused(Excuse::Sick));
        self
    }

    fn present(mut self, day: &str) -> Self {
        self.mark(d(day), Mark::Present);
        self
    }

    fn mark(&mut self, day: Day, mark: Mark) {
        self.absent.retain(|(other, _)| *other != day);
        self.absent.push((day, mark));
        self.absent.sort_by_key(|(day, _)| *day);
    }

    fn no_call(mut self, day: &str) -> Self {
        self.absent.retain(|(other, _)| *other != d(day));
        self.called = self.called.iter().filter(|other| *other != d(day)).collect();
        self
    }

    fn record(mut self, fact: Fact) -> Self {
        let recorded = Moment::at(fact.effective(), 600);
        self.recorded.push(Recorded {
            fact,
            recorded,
            by: "roll-manager".into(),
            evidence: "证明 7 号".into(),
        });
        self
    }

    fn on(&self, today: &str) -> Standing {
        stand(&self.facts(), &self.calendar, &self.rules, d(today))
    }

    fn before_the_call(&self, day: &str) -> Standing {
        stand_before_the_call(&self.facts(), &self.calendar, &self.rules, d(day))
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            birth: self.birth,
            on_roll_since: self.since,
            roll_match: RollMatch::Matched,
            called: &self.called,
            absent: &self.absent,
            recorded: &self.recorded,
        }
    }
}

/// The history as `T02 2025-09-30`, in order.
fn told(standing: &Standing) -> Vec<String> {
    standing.history.iter().map(|s| format!("{:?} {}", s.id, s.effective)).collect()
}

fn step(standing: &Standing, id: Transition) -> &Step {
    standing.history.iter().find(|s| s.id == id).unwrap_or_else(|| panic!("no {id:?}: {standing:?}"))
}

const TERMS: &str = "[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n\
                     [[term]]\nno = 2\nfirst_day = 2026-03-02\nlast_day = 2026-07-03\n";

#[test]
fn a_child_who_was_never_absent_is_enrolled() {
    let standing = Child::new().on("2026-06-30");
    let by = By { rules: "built-in".into(), calendar: "built-in".into() };
    assert_eq!(standing, Standing::enrolled(d("2025-09-01"), RollMatch::Matched, by));
    assert_eq!(standing.status, EnrolmentStatus::Enrolled);
}
