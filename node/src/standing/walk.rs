//! The walk along a child's days.

use proto::model::calendar::Calendar;
use proto::model::day::Day;
use proto::model::rulebook::{Basis, Rulebook};

use super::{Act, By, EnrolmentStatus, Fact, Facts, Month, Recorded, Standing, Step, Transition};
use crate::attendance::DayKind;

/// Where the child stands at the close of `today`.
///
/// A child without absences and recorded facts costs nothing; one with absences costs the days from each
/// first unexcused absence to the next present mark.
pub fn stand(facts: &Facts<'_>, calendar: &Calendar, rules: &Rulebook, today: Day) -> Standing {
    let start = facts.on_roll_since;
    let by = By { rules: rules.label().to_owned(), calendar: calendar.label().to_owned() };
    let out = Standing::enrolled(start, facts.roll_match, by);
    if facts.absent.is_empty() && facts.recorded.is_empty() {
        return out;
    }
    let mut walk = Walk { facts, calendar, rules, today, out, away: false, month: None, held: None };
    let mut day = start;
    for recorded in in_order(facts.recorded) {
        let effective = recorded.fact.effective();
        if effective > today {
            break;
        }
        let until = if recorded.fact.holds_from_the_evening() { effective.next() } else { effective };
        walk.attend(day, until);
        walk.apply(recorded);
        day = day.max(until);
    }
    walk.attend(day, today.next());
    walk.out
}

/// By the day from which each holds; of the same day, the one recorded first.
fn in_order(recorded: &[Recorded]) -> Vec<&Recorded> {
    let mut facts: Vec<&Recorded> = recorded.iter().collect();
    facts.sort_by_key(|r| (r.fact.effective(), r.recorded));
    facts
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    calendar: &'a Calendar,
    rules: &'a Rulebook,
    today: Day,
    out: Standing,
    /// The last word on the child was "absent without reason".
    away: bool,
    /// The month of T04, when it ends by today.
    month: Option<Month>,
    /// What a pending transfer interrupted: to this status the child goes back when it lapses.
    held: Option<EnrolmentStatus>,
}

impl Walk<'_> {
    /// Days from `from` up to, not including, `to` as the roll calls have them.
    fn attend(&mut self, from: Day, to: Day) {
        let mut day = match (self.out.status, self.out.leave_until) {
            (EnrolmentStatus::Suspended, Some(until)) => from.max(until.next()),
            _ => from,
        };
        while day < to {
            match self.out.status {
                EnrolmentStatus::Enrolled | EnrolmentStatus::TransferPending if self.is_quiet() => {
                    match self.facts.next_absence(day) {
                        Some(absence) if absence < to => day = absence,
                        _ => return,
                    }
                }
                EnrolmentStatus::Enrolled
                | EnrolmentStatus::TransferPending
                | EnrolmentStatus::Suspected
                | EnrolmentStatus::DroppedOut
                | EnrolmentStatus::Suspended => {}
                _ => return,
            }
            self.pass(day);
            day = day.next();
        }
    }

    /// Nothing happens before the next absence.
    fn is_quiet(&self) -> bool {
        self.out.run.is_empty() && !self.away && !self.was_missing()
    }

    /// A transfer runs of a child who was missing when it began (T16).
    fn was_missing(&self) -> bool {
        self.held.is_some_and(EnrolmentStatus::is_missing)
    }

    fn pass(&mut self, day: Day) {
        let (birth, basis) = (self.facts.birth, self.rules.absence.basis);
        let taught = self.calendar.day(day, birth).counts;
        let counts = match basis {
            Basis::SchoolDays => taught,
            Basis::WorkDays => self.calendar.verdict(day, birth, basis).counts,
        };
        let kind = DayKind::of(taught, self.facts.mark_on(day));
        if kind == DayKind::Present {
            // silence about a missing child is no present mark, and nobody here has to name it while it is sought
            // on another roll
            if !self.was_missing() || self.facts.is_listed(day) {
                self.present(day);
            }
            return;
        }
        self.time_out(day);
        if taught && self.out.status == EnrolmentStatus::Suspended && !self.out.overdue {
            self.out.overdue = true;
            self.out.alerted = Some(day);
            self.step(Transition::T13, self.out.status, day, vec![day]);
        }
        match kind {
            DayKind::AbsentUnexcused => {
                self.away = true;
                if counts {
                    self.absent(day);
                }
            }
            DayKind::AbsentExcused => self.away = false,
            DayKind::NoData if counts && !self.out.run.is_empty() => self.out.data_gaps.push(day),
            // on statutory workdays a closed school does not bring the child back
            DayKind::NotASchoolDay if counts && self.away => self.absent(day),
            _ => {}
        }
    }

    /// One more counting day of absence (T01, T02).
    fn absent(&mut self, day: Day) {
        let absence = &self.rules.absence;
        self.out.run.push(day);
        self.out.counted.push(day);
        let (count, status) = (self.out.run.len(), self.out.status);
        if status.is_missing() || self.was_missing() {
            return;
        }
        if count == absence.report_on_day as usize {
            self.out.alerted.get_or_insert(day);
            self.step(Transition::T01, status, day, self.out.run.clone());
        }
        // days counted while a transfer ran mark the child on the first absence after it has lapsed
        if count > absence.suspect_after_days as usize && status != EnrolmentStatus::TransferPending {
            self.out.overdue = false;
            self.step(Transition::T02, EnrolmentStatus::Suspected, day, self.out.run.clone());
            self.month = Month::after(day, self.rules, self.calendar, self.today);
        }
    }

    /// More than a month since the mark (T04). A child who is present on that very day is back in time.
    fn time_out(&mut self, day: Day) {
        let Some(month) = self.month.filter(|m| m.over() <= day) else { return };
        if self.out.status == EnrolmentStatus::Suspected {
            self.month = None;
            self.out.times_dropped += 1;
            let marked = self.rules.absence.suspect_after_days as usize + 1;
            let days = self.out.run.iter().copied().take(marked).collect();
            self.step(Transition::T04, EnrolmentStatus::DroppedOut, day, days);
            if let Some(step) = self.out.history.last_mut() {
                step.vacation_days_inside = month.vacation_days;
            }
        }
    }

    /// At school (T03, T05, T12): the counter begins anew. While a transfer runs the status stays, and a child
    /// who was missing is so no more when it lapses.
    fn present(&mut self, day: Day) {
        if self.out.status == EnrolmentStatus::TransferPending {
            if self.was_missing() {
                self.out.last_return = Some(day);
            }
            self.begin_anew();
            self.held = Some(EnrolmentStatus::Enrolled);
            return;
        }
        let id = match self.out.status {
            EnrolmentStatus::Suspected => Some(Transition::T03),
            EnrolmentStatus::DroppedOut => Some(Transition::T05),
            EnrolmentStatus::Suspended => Some(Transition::T12),
            _ => None,
        };
        self.begin_anew();
        if let Some(id) = id {
            if id != Transition::T12 {
                self.out.last_return = Some(day);
            }
            self.step(id, EnrolmentStatus::Enrolled, day, vec![day]);
        }
    }

    fn begin_anew(&mut self) {
        self.away = false;
        self.month = None;
        self.held = None;
        self.out.leave_until = None;
        self.out.overdue = false;
        self.out.alerted = None;
        self.out.run.clear();
        self.out.data_gaps.clear();
    }

    fn apply(&mut self, recorded: &Recorded) {
        let status = self.out.status;
        let left = status.is_end() || status == EnrolmentStatus::TransferredOut;
        if left != matches!(recorded.fact, Fact::BackOnRoll { .. }) {
            return;
        }
        let (id, to) = match &recorded.fact {
            Fact::BackOnRoll { .. } if status.take(Act::ComeBack).is_ok() => {
                self.begin_anew();
                (Transition::T18, EnrolmentStatus::Enrolled)
            }
            // approved ahead, and overtaken by a mark: a leave does not hide it
            Fact::Suspension { until, .. } if status.take(Act::Suspend).is_ok() => {
                let until = self.out.leave_until.map_or(*until, |held| held.max(*until));
                self.begin_anew();
                self.out.leave_until = Some(until);
                (Transition::T11, EnrolmentStatus::Suspended)
            }
            Fact::SuspensionEnded { .. } if status == EnrolmentStatus::Suspended => {
                self.begin_anew();
                (Transition::T12, EnrolmentStatus::Enrolled)
            }
            Fact::HomeTaught { .. } => {
                self.begin_anew();
                let id =
                    if status == EnrolmentStatus::DroppedOut { Transition::T07 } else { Transition::T09 };
                (id, EnrolmentStatus::HomeTaught)
            }
            Fact::HomeTaughtEnded { .. } if status == EnrolmentStatus::HomeTaught => {
                (Transition::T09, EnrolmentStatus::Enrolled)
            }
            Fact::TransferStarted { .. } if status != EnrolmentStatus::TransferPending => {
                self.held = Some(status);
                let id = if status.is_missing() { Transition::T16 } else { Transition::T14 };
                (id, EnrolmentStatus::TransferPending)
            }
            Fact::TransferLapsed { .. } if status == EnrolmentStatus::TransferPending => {
                (Transition::T15, self.held.take().unwrap_or(EnrolmentStatus::Enrolled))
            }
            Fact::TransferredOut { .. } => (Transition::T14, EnrolmentStatus::TransferredOut),
            Fact::Completed { .. } => (Transition::T22, EnrolmentStatus::Completed),
            Fact::Abroad { .. } => (Transition::T21, EnrolmentStatus::Abroad),
            Fact::Deceased { .. } => (Transition::T21, EnrolmentStatus::Deceased),
            // the roll calls had the child back, or gone, before
            Fact::Suspension { .. }
            | Fact::SuspensionEnded { .. }
            | Fact::HomeTaughtEnded { .. }
            | Fact::TransferStarted { .. }
            | Fact::TransferLapsed { .. }
            | Fact::BackOnRoll { .. } => return,
        };
        if to.is_end() || to == EnrolmentStatus::TransferredOut {
            self.begin_anew();
        }
        self.step(id, to, recorded.fact.effective(), vec![]);
        if let Some(step) = self.out.history.last_mut() {
            step.evidence.clone_from(&recorded.evidence);
        }
    }

    fn step(&mut self, id: Transition, to: EnrolmentStatus, effective: Day, days: Vec<Day>) {
        let from = self.out.status;
        let provisional = days.iter().chain([&effective]).any(|d| self.calendar.provisional(*d));
        self.out.history.push(Step {
            id,
            from,
            to,
            effective,
            days,
            rules: self.rules.label().to_owned(),
            provisional,
            vacation_days_inside: 0,
            evidence: String::new(),
        });
        if from != to {
            self.out.status = to;
            self.out.since = effective;
        }
    }
}
