//! What comes next in a case, whose turn it is, and by when. A case that this hub answers for always has a next
//! step until it is closed; days are the rulebook's.

use proto::custody::side::Stance;
use proto::custody::step::{RejectReason, StepKind};
use proto::every;
use proto::model::calendar::Calendar;
use proto::model::case::{Duty, Outcome, TransferState};
use proto::model::day::Day;
use proto::model::rulebook::Rulebook;

use super::{Assigned, Dossier, Event, What};

every! {
    /// How far the leg is on which this county hands the case on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Onward {
        /// Signed here and not yet in its place: it waits for the moving office.
        Proposed,
        /// In its place, not answered.
        Offered,
        /// Nothing stands, or it ended without an acceptance.
        Back,
        /// The other county took it.
        Over,
    }
}

every! {
    /// How far an inquiry by letter is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Inquiry {
        /// Asked for, or sent.
        UnderWay,
        /// The other province has the child.
        Taken,
        /// It left the child with the origin.
        Over,
    }
}

/// What decides about the next step and is not in the dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How this hub stands to the case.
    pub stance: Stance,
    /// The case is offered to this hub, which has not answered.
    pub offered: bool,
    /// The leg on which this hub hands it on, when that is newer than the one on which it came.
    pub onward: Option<Onward>,
    /// A letter to another province.
    pub inquiry: Option<Inquiry>,
    /// This office has confirmed that the school's case is closed.
    pub closed: bool,
    /// A school of this county has the child on its roll, by this case.
    pub on_roll: bool,
}

impl Dossier {
    /// What comes next; `None`: another place answers, or the case is closed.
    pub fn duty(&self, facts: Facts) -> Option<Duty> {
        if self.is_errand() {
            return self.finding().is_none().then_some(Duty::Verify);
        }
        if facts.offered {
            return Some(Duty::AnswerOffer);
        }
        if self.is_found_twice() {
            return Some(Duty::FoundTwice);
        }
        let unnamed = self.is_without_school() && !facts.on_roll;
        match (facts.stance, facts.onward) {
            (Stance::Frozen, _) => Some(Duty::Frozen),
            // X11: it is in class here, and the origin needs only the roll
            (stance, _) if !stance.acts() && unnamed && self.is_on_roll_here() => Some(Duty::NameSchool),
            (stance, _) if !stance.acts() => None,
            (_, Some(Onward::Proposed)) => Some(Duty::AwaitDispatch),
            (_, Some(Onward::Offered)) if self.state == TransferState::Dispatched => Some(Duty::AwaitReceipt),
            (_, Some(Onward::Offered)) => Some(Duty::AwaitAnswer),
            (_, onward) => match facts.inquiry {
                Some(Inquiry::UnderWay) => Some(Duty::AwaitLetter),
                // the other province answers to nobody here: it is asked until the child is in class
                Some(Inquiry::Taken) => {
                    (self.state == TransferState::AcceptedPersuading).then_some(Duty::AskAgain)
                }
                _ => self
                    .stays(onward == Some(Onward::Back), facts.closed)
                    .or_else(|| (unnamed && self.is_in_class_here()).then_some(Duty::NameSchool)),
            },
        }
    }

    /// The case is this hub's to work on; `back`: it was handed on and came back; `closed`: at its school.
    fn stays(&self, back: bool, closed: bool) -> Option<Duty> {
        use TransferState as X;
        if self.origin.as_ref().is_some_and(|origin| origin.withdrawn) {
            return None;
        }
        if self.home.is_some() && self.guest().is_some() {
            return Some(Duty::GiveBack);
        }
        match self.state {
            X::ReturnedToSender if self.is_with_school() => Some(Duty::AwaitSchool),
            X::ReturnedToSender | X::Misrouted | X::Withdrawn | X::Collected => Some(Duty::DecideReturn),
            X::AlreadyEnrolled if back && self.is_on_roll_there() => (!closed).then_some(Duty::MoveRoll),
            _ if self.inflow.is_some() && self.origin.is_none() => self.search_for_guest(),
            X::Draft | X::Submitted | X::CountyChecked => Some(Duty::CheckReferral),
            X::Verifying => Some(self.search()),
            X::AcceptedPersuading if self.is_found_within() => Some(Duty::Persuade),
            X::AcceptedPlaced | X::AlreadyEnrolled => None,
            X::ProvinceReceived | X::Dispatched | X::Received | X::AcceptedPersuading => {
                Some(Duty::DecideReturn)
            }
        }
    }

    /// A child of another county that this one answers for.
    fn search_for_guest(&self) -> Option<Duty> {
        let answered = self.inflow.as_ref().and_then(|inflow| inflow.answered);
        if let Some(found) = self.finding()
            && answered != Some(found)
        {
            return Some(Duty::Answer);
        }
        match answered {
            Some(Outcome::Placed | Outcome::AlreadyEnrolled) => None,
            Some(Outcome::Persuading) => Some(Duty::Persuade),
            Some(Outcome::NotFound | Outcome::MovedOn) => Some(Duty::HandBack),
            None => Some(self.search()),
        }
    }

    /// It was looked for in this county, and is in class here.
    fn is_in_class_here(&self) -> bool {
        let withdrawn = self.origin.as_ref().is_some_and(|origin| origin.withdrawn);
        let found = matches!(self.finding(), Some(Outcome::Placed | Outcome::AlreadyEnrolled));
        found && !withdrawn && (self.guest().is_some() || self.is_found_within())
    }

    fn search(&self) -> Duty {
        match &self.assigned {
            Some(Assigned { finding: None, .. }) => Duty::Verify,
            _ => Duty::Assign,
        }
    }

    fn finding(&self) -> Option<Outcome> {
        self.assigned.as_ref()?.finding.as_ref().map(|found| found.outcome)
    }

    /// Its school was told to correct it, and has not answered.
    pub(crate) fn is_with_school(&self) -> bool {
        self.last(|what| !matches!(what, What::Asked | What::Opened | What::Released | What::Late))
            .is_some_and(|event| event.what == What::SentBack)
    }

    /// X11: the place to which it was offered has the child on a roll, and did not take the case. Nobody has to look
    /// for the child any more; its roll is to be moved (T14).
    pub fn is_on_roll_there(&self) -> bool {
        let last = self.last(|what| matches!(what, What::Step(_) | What::Answered(_) | What::Letter(_)));
        let enrolled = What::Step(StepKind::Reject(RejectReason::AlreadyEnrolled));
        self.state == TransferState::AlreadyEnrolled && last.is_some_and(|event| event.what == enrolled)
    }

    /// The place that took the case has not found the child, and has not handed it back yet.
    pub fn is_not_found_there(&self) -> bool {
        let last = self.last(|what| matches!(what, What::Step(_) | What::Answered(_) | What::Letter(_)));
        let lost = What::Answered(Outcome::NotFound);
        last.is_some_and(|event| event.what == lost || event.what == What::Answered(Outcome::MovedOn))
    }

    fn last(&self, fits: impl Fn(What) -> bool) -> Option<&Event> {
        self.history.iter().rev().find(|event| fits(event.what))
    }

    fn day_of(&self, fits: impl Fn(What) -> bool) -> Day {
        self.last(fits).map_or(self.since, |event| event.at).day()
    }

    /// Somebody has looked at the offer: asked for the record, opened it, or had the child looked for.
    fn is_read(&self) -> bool {
        let looked = |what: &What| matches!(what, What::Asked | What::Opened | What::Assigned);
        let since = self.history.iter().rev().take_while(|event| event.what != What::Step(StepKind::Offer));
        since.map(|event| event.what).any(|what| looked(&what))
    }

    /// The day from which a duty counts, and the day by which it is to be done.
    pub fn clock(&self, duty: Duty, rules: &Rulebook, calendar: &Calendar) -> (Day, Day) {
        let since = match duty {
            Duty::CheckReferral => self.day_of(|what| what == What::Referred),
            Duty::AnswerOffer | Duty::AwaitReceipt | Duty::AwaitAnswer => {
                self.day_of(|what| what == What::Step(StepKind::Offer))
            }
            Duty::Verify => self.day_of(|what| what == What::Assigned),
            Duty::MoveRoll => self.day_of(|what| matches!(what, What::Step(_))),
            Duty::AskAgain => self.day_of(|what| matches!(what, What::Answered(_))),
            Duty::Answer => self.day_of(|what| matches!(what, What::Found(_))),
            Duty::Persuade => self.day_of(|what| matches!(what, What::Found(_) | What::Answered(_))),
            Duty::NameSchool => self.day_of(|what| matches!(what, What::Found(_) | What::Step(_))),
            Duty::FoundTwice => self.day_of(|what| matches!(what, What::Found(_))),
            Duty::GiveBack => self.home.as_ref().map_or(self.since, |home| home.at).day(),
            _ => self.since.day(),
        };
        let transfer = &rules.transfer;
        let later = |days: u32| since.plus(i32::try_from(days).unwrap_or(i32::MAX));
        let workdays = |days| calendar.workdays_after(since, days);
        let due = match duty {
            Duty::Verify => self.assigned.as_ref().map_or(since, |assigned| assigned.due),
            Duty::Persuade => later(rules.persuasion.visit_every_days),
            Duty::AwaitLetter if self.state == TransferState::Dispatched => later(transfer.letter_reply_days),
            Duty::AskAgain => later(transfer.letter_reply_days),
            Duty::AwaitLetter | Duty::AwaitDispatch => workdays(transfer.dispatch_within_days),
            Duty::AwaitSchool => workdays(transfer.verify_within_days),
            Duty::MoveRoll => workdays(transfer.move_roll_within_days),
            Duty::AwaitReceipt => workdays(transfer.undeliverable_after_days),
            Duty::AwaitAnswer => workdays(transfer.expire_after_days),
            Duty::AnswerOffer if self.is_read() => workdays(transfer.expire_after_days),
            Duty::AnswerOffer | Duty::Assign | Duty::Answer => workdays(transfer.unread_after_days),
            _ => workdays(transfer.check_within_days),
        };
        (since, due)
    }
}

#[cfg(test)]
mod tests;
