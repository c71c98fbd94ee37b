//! What the office has to do by when. Days without a rule in the plans are the rulebook's.

use proto::model::calendar::Calendar;
use proto::model::case::{Act, Duty, Overdue, Stage};
use proto::model::day::Day;
use proto::model::rulebook::Persuasion;

use super::Case;

/// What the office owes in `case` on `today`, the earliest first. Nothing but a closing is owed while the
/// case is set aside, and afterwards the days count anew.
pub fn duties(case: &Case, rules: &Persuasion, calendar: &Calendar, today: Day) -> Vec<Overdue> {
    let mut out = Vec::new();
    if let Some(asked) = case.asked.filter(|asked| asked.answer.is_none() && case.is_open()) {
        let due = calendar.workdays_after(asked.day, rules.confirm_within_days);
        out.push(Overdue { duty: Duty::Confirm, due });
    } else if case.suspended(today).is_none() {
        out.extend(on_the_ladder(case, rules, calendar));
    }
    out.sort_by_key(|duty| duty.due);
    out
}

/// Whether the day of a duty comes from a number that is this system's own default, and no rule's.
pub fn is_by_default(duty: Duty, rules: &Persuasion) -> bool {
    let built_in = Persuasion::default();
    match duty {
        Duty::Inform => rules.inform_within_days == built_in.inform_within_days,
        Duty::Government => rules.government_within_days == built_in.government_within_days,
        Duty::Visit => rules.visit_every_days == built_in.visit_every_days,
        Duty::Confirm => rules.confirm_within_days == built_in.confirm_within_days,
        // somebody named the day
        _ => false,
    }
}

fn on_the_ladder(case: &Case, rules: &Persuasion, calendar: &Calendar) -> Vec<Overdue> {
    let since = case.progress.suspended_until.map_or(case.since(), |until| case.since().max(until));
    let within = |duty, workdays| vec![Overdue { duty, due: calendar.workdays_after(since, workdays) }];
    match case.stage() {
        Stage::Reported => within(Duty::Inform, rules.inform_within_days),
        Stage::GovInformed => within(Duty::Government, rules.government_within_days),
        Stage::GovPersuading => vec![visit(case, rules, since)],
        Stage::Ordered => std::iter::once(visit(case, rules, since)).chain(order(case)).collect(),
        _ => Vec::new(),
    }
}

/// The next visit, counted from the last one.
fn visit(case: &Case, rules: &Persuasion, since: Day) -> Overdue {
    let visits = case.acts_now().iter().filter(|done| done.act == Act::Visited).map(|done| done.day);
    let last = visits.max().map_or(since, |day| day.max(since));
    let days = i32::try_from(rules.visit_every_days).unwrap_or(i32::MAX);
    Overdue { duty: Duty::Visit, due: last.plus(days) }
}

/// The latest date by which the child was ordered back.
fn order(case: &Case) -> Option<Overdue> {
    let until = case.acts_now().iter().rev().find(|done| done.act == Act::Ordered)?.until?;
    Some(Overdue { duty: Duty::Order, due: until })
}

#[cfg(test)]
mod tests {
    use super::{Duty, Persuasion, is_by_default};

    #[test]
    fn a_deadline_of_the_office_says_whether_its_number_is_a_default() {
        let built_in = Persuasion::default();
        let ruled = Persuasion { inform_within_days: 1, visit_every_days: 7, ..built_in.clone() };
        for (duty, by_default) in [
            (Duty::Inform, false),
            (Duty::Government, true),
            (Duty::Visit, false),
            (Duty::Confirm, true),
            (Duty::Order, false),
        ] {
            assert_eq!(is_by_default(duty, &ruled), by_default, "{duty:?}");
        }
        assert!(is_by_default(Duty::Inform, &built_in));
    }
}
