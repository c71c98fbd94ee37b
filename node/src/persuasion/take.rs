//! Taking a step: what the table allows, what the step itself needs, and what it leaves behind.

use proto::model::case::{Closing, Stage};
use proto::model::day::Day;
use proto::model::personal::Personal;
use proto::model::rulebook::Persuasion;

use super::{
    Asked, Case, CaseRefused, Filed, Move, Need, Observation, Reached, Step, Turn, after, ladder, refused,
};

impl Case {
    /// Takes a step.
    ///
    /// # Errors
    /// [`CaseRefused`], with the id of the rule; the case is as it was.
    pub fn take(&mut self, step: Step, turn: &Turn<'_>) -> Result<(), CaseRefused> {
        let act = step.kind();
        let to = after(self.stage, act).map_err(|rule| CaseRefused::NotDrawn {
            stage: self.stage,
            step: act,
            rule,
        })?;
        if turn.on > turn.today {
            return Err(CaseRefused::Future(turn.on));
        }
        self.check(&step, turn)?;
        let note = step.note();
        self.fill_in(step, turn);
        let from = std::mem::replace(&mut self.stage, to);
        if from != to {
            // what was done in the days of absence before the case was opened makes nothing late
            self.since = turn.on.max(self.began().min(turn.today));
            // a mark that is found late gives its full time all the same
            self.clock = if act.begins() { turn.today } else { self.since };
        }
        self.note(act, from, turn, note);
        Ok(())
    }

    /// What the table cannot say.
    fn check(&self, step: &Step, turn: &Turn<'_>) -> Result<(), CaseRefused> {
        let held = self.closing.is_some() && ladder::waits_for_closing(step.kind());
        if held {
            return Err(CaseRefused::ClosingAsked);
        }
        if let Some(from) = self.earliest(step.kind(), turn.today).filter(|from| turn.on < *from) {
            return Err(CaseRefused::TooEarly { on: turn.on, from });
        }
        match step {
            Step::ComeBack(_) if self.stage == Stage::Closed && !self.is_moved() => {
                Err(CaseRefused::NotDrawn {
                    stage: self.stage,
                    step: Move::ComeBack,
                    rule: Move::ComeBack.rule(),
                })
            }
            Step::Observe(note) => refused::needed(note, Need::Text),
            Step::Notice(notice) => notice.check(self.since, turn.on),
            Step::Place(placing) => {
                placing.check()?;
                // in class again, the school has seen the child
                let reached = self.contacts.iter().any(|contact| contact.reached != Reached::Nobody);
                let spoken = reached || !self.visits.is_empty();
                let seen = spoken || self.stage == Stage::Returned;
                if seen { Ok(()) } else { Err(placing.without(Need::Contact)) }
            }
            Step::Suspend(suspension) => suspension.check(self.suspended.as_ref(), turn),
            Step::Resume if self.suspended.is_none() => Err(CaseRefused::NotSuspended),
            Step::AskClosing(why, note) => self.may_close(*why, note, turn),
            Step::Confirm | Step::RefuseClosing(_) if self.closing.is_none() => Err(CaseRefused::NotAsked),
            _ => Ok(()),
        }
    }

    /// The first day of which a step that somebody enters may be. The family was called in the days of absence
    /// before the case was opened, too; what the county writes is never refused for its day. A case that was dated
    /// ahead by a wrong clock began today.
    fn earliest(&self, step: Move, today: Day) -> Option<Day> {
        let began = self.began().min(today);
        match step {
            Move::Contact => Some(began.plus(-ABSENT_BEFORE)),
            Move::Notice | Move::Report | Move::OrderSeen | Move::Suspend | Move::Place => Some(began),
            Move::Observe => self.returned,
            _ => None,
        }
    }

    fn fill_in(&mut self, step: Step, turn: &Turn<'_>) {
        let on = turn.on;
        match step {
            Step::Contact(contact) => self.contacts.push(contact),
            Step::Notice(notice) => self.notice = Some(notice),
            Step::Report(number) => self.report = Some(Filed { number, on, by_clock: false }),
            Step::ReportByClock(number) => self.report = Some(Filed { number, on, by_clock: true }),
            Step::Visit => self.visits.push(on),
            Step::Order(order) => self.order = Some(order),
            Step::Return => {
                (self.returned, self.suspended, self.placing) = (Some(on), None, None);
                self.observations.clear();
                self.closing = None;
            }
            Step::Observe(note) => {
                self.observations.push(Observation { on, by: turn.by.to_owned(), note });
            }
            Step::Place(placing) => (self.placing, self.suspended) = (Some(placing), None),
            Step::MoveAway(_) => {
                self.suspended = None;
                // the other place took the case before it heard: the county still learns how it ends
                self.closing.take_if(|asked| !ladder::ends_the_search(asked.why));
            }
            Step::AskClosing(why, note) => self.closing = Some(Asked { why, on, note }),
            Step::Confirm => self.closed = self.closing.take().map(|asked| asked.why),
            Step::RefuseClosing(_) => self.closing = None,
            Step::Suspend(suspension) => self.suspended = Some(suspension),
            Step::Resume => (self.suspended, self.clock) = (None, on),
            Step::ComeBack(_) | Step::Reopen => self.begin_again(on),
            Step::Inform(_) | Step::Assign(_) | Step::OrderSeen(_) => {}
        }
    }

    fn may_close(&self, why: Closing, note: &Personal<String>, turn: &Turn<'_>) -> Result<(), CaseRefused> {
        let fits = match why {
            Closing::Returned => self.stage == Stage::Returned,
            Closing::Moved => self.stage == Stage::Moved,
            Closing::PlacedHome | Closing::PlacedRemote | Closing::PlacedVocational | Closing::Exempt => {
                self.placing.as_ref().is_some_and(|placing| placing.how == why)
            }
            Closing::Abroad | Closing::Deceased | Closing::Completed | Closing::OpenedInError => {
                refused::needed(note, Need::Proof)?;
                self.stage != Stage::Moved
            }
        };
        if !fits {
            return Err(CaseRefused::ClosesOtherwise { why, stage: self.stage });
        }
        match self.watched_until(turn.rules, turn.calendar) {
            Some(until) if why == Closing::Returned && turn.on < until => {
                Err(CaseRefused::WatchNotOver(until))
            }
            _ if why == Closing::Returned && self.unobserved(turn.rules) > 0 => {
                Err(CaseRefused::Unobserved(self.unobserved(turn.rules)))
            }
            _ => Ok(()),
        }
    }

    /// Observations that are still to be made.
    pub fn unobserved(&self, rules: &Persuasion) -> u32 {
        rules.observations.saturating_sub(self.observed(rules).0)
    }

    /// How many observations count, and the day from which the next one does: they lie so many days apart. One
    /// that is made sooner is kept and stands for none.
    pub(super) fn observed(&self, rules: &Persuasion) -> (u32, Option<Day>) {
        let every = i32::try_from(rules.observe_every_days).unwrap_or(i32::MAX);
        let mut on: Vec<Day> = self.observations_now().map(|observation| observation.on).collect();
        on.sort_unstable();
        let Some(back) = self.returned else { return (0, None) };
        let (made, next) = on.into_iter().fold((0, back.plus(every)), |(made, next), on| {
            if on < next { (made, next) } else { (made + 1, on.plus(every)) }
        });
        (made, Some(next))
    }
}

/// Days before its opening of which a case takes contacts: five workdays of absence with their week-ends, and a
/// week of holidays between them.
const ABSENT_BEFORE: i32 = 14;
