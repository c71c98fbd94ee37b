//! What has to be done by when (2.3, timers), and whose it is once the day has passed. Where no rule gives a
//! number the rulebook's value is a default of this system.

use proto::model::calendar::Calendar;
use proto::model::case::Stage;
use proto::model::day::Day;
use proto::model::rulebook::{Basis, Persuasion};

use super::Case;

/// The next step, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub duty: Duty,
    /// Up to and with this day.
    pub on: Day,
}

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duty {
    /// The first contact, the same day (P0).
    Contact,
    /// The notice (P1).
    Notice,
    /// The written report (P2).
    Report,
    /// Inform both governments (P3).
    Inform,
    /// Assign people (P4).
    Assign,
    /// Visit again (P5).
    Visit,
    /// Be back as ordered (P6).
    Obey,
    /// Observe the child after its return (P9).
    Observe,
    /// The watch is over: ask for the closing (P8, P9).
    AskClosing,
    /// Confirm the closing (P10).
    Confirm,
    /// The suspension ends.
    TakeUp,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Office {
    /// The named person at the school.
    Staff,
    /// The principal.
    Head,
    /// The county's education department.
    County,
    /// The township or county government.
    Government,
    /// Whoever is above the county.
    Above,
}

impl Duty {
    /// Who does it in time.
    pub const fn office(self) -> Office {
        match self {
            Self::Contact | Self::Observe => Office::Staff,
            Self::Notice | Self::Report | Self::AskClosing | Self::TakeUp => Office::Head,
            Self::Inform | Self::Confirm => Office::County,
            Self::Assign | Self::Visit | Self::Obey => Office::Government,
        }
    }
}

impl Duty {
    /// Whether its day comes from a number that is this system's own default, and no rule's: people see which it
    /// is (2.3).
    pub fn is_by_default(self, rules: &Persuasion) -> bool {
        let built_in = Persuasion::default();
        let same = |number: fn(&Persuasion) -> u32| number(rules) == number(&built_in);
        match self {
            Self::Contact => same(|it| it.contact_within_days),
            Self::Notice => same(|it| it.notice_after_days) && same(|it| it.contacts_before_notice),
            Self::Report => same(|it| it.report_after_days),
            Self::Inform => same(|it| it.inform_within_days),
            Self::Assign => same(|it| it.government_within_days),
            Self::Visit => same(|it| it.visit_every_days),
            Self::Observe => same(|it| it.observe_every_days),
            Self::AskClosing | Self::Confirm => same(|it| it.confirm_within_days),
            // somebody named the day
            Self::Obey | Self::TakeUp => false,
        }
    }
}

impl Due {
    /// Whose it is on `today`: once the day has passed, one level up.
    pub fn falls_to(&self, today: Day) -> Office {
        match (self.duty.office(), self.on < today) {
            (office, false) => office,
            (Office::Staff, true) => Office::Head,
            (Office::Head | Office::Government, true) => Office::County,
            (Office::County | Office::Above, true) => Office::Above,
        }
    }
}

fn days(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl Case {
    /// The next step and its day; `None` when nothing is due.
    pub fn due(&self, rules: &Persuasion, calendar: &Calendar) -> Option<Due> {
        let within = |duty, n| Some(Due { duty, on: calendar.workdays_after(self.clock, n) });
        if let Some(asked) = &self.closing {
            let on = calendar.workdays_after(asked.on, rules.confirm_within_days);
            return Some(Due { duty: Duty::Confirm, on });
        }
        if let Some(suspended) = &self.suspended {
            return Some(Due { duty: Duty::TakeUp, on: suspended.until });
        }
        match self.stage {
            Stage::Opened => within(Duty::Contact, rules.contact_within_days),
            Stage::Contacting => {
                Some(Due { duty: Duty::Notice, on: self.notice_due(self.clock, rules, calendar) })
            }
            Stage::NoticeIssued => within(Duty::Report, rules.report_after_days),
            Stage::Reported => within(Duty::Inform, rules.inform_within_days),
            Stage::GovInformed => within(Duty::Assign, rules.government_within_days),
            Stage::GovPersuading => {
                let last = self.visits.iter().copied().max().map_or(self.clock, |day| day.max(self.clock));
                Some(Due { duty: Duty::Visit, on: last.plus(days(rules.visit_every_days)) })
            }
            Stage::Ordered => self.order.as_ref().map(|order| Due { duty: Duty::Obey, on: order.until }),
            Stage::Placed => within(Duty::AskClosing, rules.confirm_within_days),
            Stage::Returned => self.watch(rules, calendar),
            Stage::Moved | Stage::Closed => None,
        }
    }

    /// The notice is due with the last of the contacts that were in vain, or so many workdays after the
    /// first, whichever comes first (P1 to P2).
    fn notice_due(&self, first: Day, rules: &Persuasion, calendar: &Calendar) -> Day {
        let by_time = calendar.workdays_after(first, rules.notice_after_days);
        let mut contacts: Vec<Day> = self.contacts.iter().map(|contact| contact.on).collect();
        contacts.sort_unstable();
        let enough = rules.contacts_before_notice.saturating_sub(1) as usize;
        match contacts.get(enough) {
            Some(last) => calendar.workdays_after((*last).max(self.clock), 0).min(by_time),
            None => by_time,
        }
    }

    /// After a return: the next observation, or the end of the watch.
    fn watch(&self, rules: &Persuasion, calendar: &Calendar) -> Option<Due> {
        let until = self.watched_until(rules, calendar)?;
        if self.unobserved(rules) == 0 {
            return Some(Due { duty: Duty::AskClosing, on: calendar.workdays_after(until, 1) });
        }
        Some(Due { duty: Duty::Observe, on: self.observed(rules).1? })
    }

    /// The last school day under watch; `None` before the return.
    pub fn watched_until(&self, rules: &Persuasion, calendar: &Calendar) -> Option<Day> {
        let back = self.returned?;
        let watched = rules.watch_school_days.saturating_sub(1) as usize;
        let mut school_days = calendar.counting_days(back, None, Basis::SchoolDays);
        Some(school_days.nth(watched).unwrap_or_else(|| back.plus(days(rules.watch_school_days))))
    }

    /// The last day for the written report when everything before it is late too: after it the report files
    /// itself (P2 to P3). `None` when it is filed or does not run.
    pub fn report_due(&self, rules: &Persuasion, calendar: &Calendar) -> Option<Day> {
        if self.closing.is_some() || self.suspended.is_some() {
            return None;
        }
        let contact = match self.stage {
            Stage::Opened => calendar.workdays_after(self.clock, rules.contact_within_days),
            Stage::Contacting | Stage::NoticeIssued => self.clock,
            _ => return None,
        };
        let notice = match self.stage {
            Stage::NoticeIssued => self.clock,
            _ => self.notice_due(contact, rules, calendar),
        };
        Some(calendar.workdays_after(notice, rules.report_after_days))
    }
}
