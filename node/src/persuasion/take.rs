//! Taking a step: what the table allows, what the step itself needs, and what it leaves behind.

use proto::model::case::{Closing, Stage};
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
            self.since = turn.on;
            // a mark that is found late gives its full time all the same
            self.clock = if matches!(act, Move::Reopen | Move::ComeBack) { turn.today } else { turn.on };
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
        match step {
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
            Step::MoveAway(_) => (self.suspended, self.closing) = (None, None),
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
        let made = u32::try_from(self.observations.len()).unwrap_or(u32::MAX);
        rules.observations.saturating_sub(made)
    }
}
