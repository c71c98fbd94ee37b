//! What others remember of a case, and what a store that was put back takes over from them: the county's acts are told
//! back to the county with every word, the county's view of the stage stands where it is higher, and the case as it
//! was given away to keep comes back whole.

use proto::model::case::{Directed, Direction, Progress, Stage};
use proto::model::day::Day;

use super::{Case, Contact, Move};

impl Case {
    /// Keeps what the county did or decided; `false` when it was heard before.
    pub(crate) fn hear(&mut self, direction: Direction) -> bool {
        self.keep_act(direction.into())
    }

    /// Whether such a step of that day is in the log.
    pub(crate) fn has_taken(&self, step: Move, on: Day) -> bool {
        self.log.iter().any(|noted| noted.step == step && noted.on == on)
    }

    fn keep_act(&mut self, heard: Directed) -> bool {
        let known = |held: &Directed| Directed { earlier: heard.earlier, ..held.clone() } == heard;
        let new = !self.acts.iter().any(known);
        if new {
            self.acts.push(heard);
            self.acts.sort_by_key(|act| !act.earlier);
        }
        new
    }

    /// Takes over what was known of the case before the store was put back. Where nothing was entered here since, that
    /// is the case; else what was done is added.
    pub(crate) fn take_over(&mut self, before: Self) {
        let told =
            [self.told.take(), before.told.clone()].into_iter().flatten().max_by_key(|told| told.revision);
        if before.log.starts_with(&self.log) {
            *self = before;
        } else if !self.log.starts_with(&before.log) {
            self.add(before);
        }
        if let Some(told) = told {
            self.catch_up(told);
        }
    }

    fn add(&mut self, before: Self) {
        let new = before.contacts.into_iter().filter(|contact| !self.contacts.contains(contact));
        let new: Vec<Contact> = new.collect();
        self.contacts.extend(new);
        self.contacts.sort_by_key(|contact| contact.on);
        self.notice = self.notice.take().or(before.notice);
        self.report = self.report.take().or(before.report);
        self.order = self.order.take().or(before.order);
        self.visits.extend(before.visits);
        self.visits.sort_unstable();
        self.visits.dedup();
        for act in before.acts {
            self.keep_act(act);
        }
    }

    /// The county knows more of the case than a store that was put back: its stage stands where it is higher,
    /// and the letters go on from its revision. What was done meanwhile is to be entered again.
    pub(crate) fn catch_up(&mut self, told: Progress) {
        if told.stage > self.stage && told.stage < Stage::Moved {
            (self.stage, self.since, self.clock) = (told.stage, told.since, told.since);
        }
        for act in &told.acts {
            self.keep_act(act.clone());
        }
        self.told = Some(told);
    }
}

#[cfg(test)]
mod tests {
    use proto::model::calendar::Calendar;
    use proto::model::case::{Act, CaseId};
    use proto::model::day::Moment;
    use proto::model::personal::Personal;
    use proto::model::rulebook::Rulebook;

    use super::super::{Cause, Channel, Reached, Step, Turn};
    use super::*;

    fn take(case: &mut Case, step: Step, at: i64) {
        let (rules, calendar) = (Rulebook::default().persuasion, Calendar::build(&[]));
        let on: Day = "2025-09-24".parse().unwrap();
        let turn = Turn { on, today: on, at: Moment(at), by: "t", rules: &rules, calendar: &calendar };
        case.take(step, &turn).unwrap();
    }

    fn opened() -> Case {
        let (rules, calendar) = (Rulebook::default().persuasion, Calendar::build(&[]));
        let on: Day = "2025-09-24".parse().unwrap();
        let turn = Turn { on, today: on, at: Moment(0), by: "t", rules: &rules, calendar: &calendar };
        Case::open(CaseId::new([7; 16]), None, Cause::Register, &turn)
    }

    fn contact(promise: &str) -> Step {
        Step::Contact(Contact {
            on: "2025-09-24".parse().unwrap(),
            by: "t".to_owned(),
            channel: Channel::Phone,
            reached: Reached::Parent,
            excuse: None,
            promise: Personal::new(promise.to_owned()),
            next: None,
            note: Personal::new(String::new()),
        })
    }

    fn informed() -> Direction {
        let (number, note) = ("七教函〔2025〕7号".to_owned(), String::new());
        let (act, day) = (Act::GovernmentInformed, "2025-09-24".parse().unwrap());
        Direction { case: CaseId::new([7; 16]), act, day, number, until: None, note }
    }

    #[test]
    fn what_the_county_did_is_heard_once_and_belongs_to_its_round() {
        let mut case = opened();
        assert!(case.hear(informed()) && !case.hear(informed()));
        take(&mut case, Step::Return, 1);
        take(&mut case, Step::Reopen, 2);
        assert_eq!(case.acts.iter().map(|act| act.earlier).collect::<Vec<_>>(), [true]);
        assert!(!case.hear(informed()), "a letter that is late is no new act");
    }

    #[test]
    fn a_case_in_which_nothing_was_entered_since_the_backup_is_taken_over_whole() {
        let backup = opened();
        let mut before = backup.clone();
        take(&mut before, contact("国庆后返校"), 1);
        before.hear(informed());
        let mut case = backup.clone();
        case.take_over(before.clone());
        assert_eq!(case, before);
        case.take_over(backup);
        assert_eq!(case, before, "what is older adds nothing");
    }

    #[test]
    fn what_was_entered_since_the_backup_stays_beside_what_was_lost() {
        let mut before = opened();
        take(&mut before, contact("国庆后返校"), 1);
        let mut case = opened();
        take(&mut case, contact("周一返校"), 5);
        case.take_over(before);
        assert_eq!((case.contacts.len(), case.stage), (2, Stage::Contacting));
    }
}
