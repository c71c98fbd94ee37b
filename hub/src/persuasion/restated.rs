//! Acts of this office that its store has lost, because it was put back from a backup, and that a school was told of:
//! the school's word restates them. What is known here is left as it is, so an act never stands twice; its document
//! number is not given to another document.

use proto::model::case::{Act, Directed, Stage};
use proto::model::day::Moment;
use proto::paper::{Number, serial};
use proto::store::{Room, StoreError};

use super::{Case, Done, with_the_office};

/// Takes up what the school's latest word restates, and counts document numbers on from it.
///
/// # Errors
/// When the store cannot read.
pub(super) fn take_up(room: &mut Room<'_>, case: &mut Case, now: Moment) -> Result<(), StoreError> {
    for number in restate(case, now) {
        serial::go_past(room, &number)?;
    }
    Ok(())
}

/// Enters what is restated and not known. Gives the document numbers in it.
fn restate(case: &mut Case, now: Moment) -> Vec<Number> {
    let told = std::mem::take(&mut case.progress.acts);
    let mut numbers = Vec::new();
    for act in &told {
        // once the child is back, the round of the office's acts is over
        let present = !act.earlier && with_the_office(case.progress.stage);
        if is_known(case, act, present) {
            continue;
        }
        numbers.extend(Number::all_in(&act.number));
        enter(case, act, present, now);
    }
    case.progress.acts = told;
    confirm_closed(case);
    numbers
}

/// Where the government is told and assigned once in a round, an act that was entered anew is the same act.
fn is_known(case: &Case, told: &Directed, present: bool) -> bool {
    let once = matches!(told.act, Act::GovernmentInformed | Act::GovernmentPersuades);
    let same = |done: &Done| {
        let number = told.act != Act::Ordered || done.number == told.number;
        done.act == told.act && done.day == told.day && number
    };
    let again = present && once && case.acts_now().iter().any(|done| done.act == told.act);
    again || case.acts.iter().any(same)
}

/// In its round, by its day.
fn enter(case: &mut Case, told: &Directed, present: bool, now: Moment) {
    let Directed { act, day, number, until, note, .. } = told.clone();
    let done = Done { act, day, number, until, note, by: String::new(), at: now, restated: true };
    let begins = case.round.min(case.acts.len());
    let (from, to) = if present { (begins, case.acts.len()) } else { (0, begins) };
    let after = case.acts[from..to].partition_point(|held| held.day <= day);
    case.acts.insert(from + after, done);
    if !present {
        case.round = begins + 1;
    }
}

/// A closing that the school has heard confirmed was confirmed.
fn confirm_closed(case: &mut Case) {
    let confirmed = case.acts.iter().any(|done| done.act == Act::ClosingConfirmed && done.restated);
    if !confirmed || case.progress.stage != Stage::Closed {
        return;
    }
    if let Some(asked) = &mut case.asked {
        asked.answer.get_or_insert(Act::ClosingConfirmed);
    }
}

#[cfg(test)]
mod tests {
    use proto::model::case::{CaseId, Progress};
    use proto::model::day::Day;
    use proto::model::party::Party;
    use proto::store::MemoryStore;

    use super::*;

    const NOW: Moment = Moment(7);

    fn d(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn told(act: Act, day: &str, number: &str, earlier: bool) -> Directed {
        Directed { act, day: d(day), number: number.to_owned(), until: None, note: String::new(), earlier }
    }

    fn progress(stage: Stage, acts: Vec<Directed>) -> Progress {
        let (due, overdue, suspended_until, closing) = (None, false, None, None);
        let (case, since) = (CaseId::new([7; 16]), d("2025-09-24"));
        Progress { case, revision: 4, stage, since, due, overdue, suspended_until, closing, acts }
    }

    fn case(stage: Stage, acts: Vec<Directed>) -> Case {
        let school: Party = "p52/c5205/d520502/s2152000001".parse().unwrap();
        Case::begun(&school, progress(stage, acts), NOW)
    }

    fn words(acts: &[Done]) -> Vec<(Act, String, bool)> {
        acts.iter().map(|done| (done.act, done.number.clone(), done.restated)).collect()
    }

    #[test]
    fn what_a_school_was_told_comes_back_once_in_its_order_and_round() {
        let acts = vec![
            told(Act::GovernmentInformed, "2025-03-03", "七教函〔2025〕1号", true),
            told(Act::GovernmentInformed, "2025-09-25", "七教函〔2025〕8号", false),
            told(Act::GovernmentPersuades, "2025-09-26", "", false),
            told(Act::Visited, "2025-09-28", "", false),
            told(Act::Visited, "2025-09-29", "", false),
            told(Act::Ordered, "2025-09-30", "七教令〔2025〕2号", false),
        ];
        let mut case = case(Stage::Ordered, acts);
        let numbers = restate(&mut case, NOW);
        assert_eq!(
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["七教函〔2025〕1号", "七教函〔2025〕8号", "七教令〔2025〕2号"]
        );
        let whole = words(&case.acts);
        assert_eq!((whole.len(), case.acts_now().len(), case.stage()), (6, 5, Stage::Ordered));
        assert!(whole.iter().all(|(_, _, restated)| *restated));
        assert_eq!(case.acts_now()[0].number, "七教函〔2025〕8号");
        assert_eq!(restate(&mut case, NOW), [], "said twice it stands once");
        assert_eq!(words(&case.acts), whole);
    }

    #[test]
    fn what_is_known_or_was_entered_anew_stands_as_it_is() {
        let mut case = case(Stage::GovPersuading, Vec::new());
        let done = |act, day: &str, number: &str| Done {
            act,
            day: d(day),
            number: number.to_owned(),
            until: None,
            note: String::new(),
            by: "wang".to_owned(),
            at: NOW,
            restated: false,
        };
        // entered by hand after the restore, on another day and under another number
        case.acts.push(done(Act::GovernmentInformed, "2025-09-30", "七教函〔2025〕9号"));
        case.acts.push(done(Act::Visited, "2025-09-28", ""));
        case.progress.acts = vec![
            told(Act::GovernmentInformed, "2025-09-25", "七教函〔2025〕8号", false),
            told(Act::GovernmentPersuades, "2025-09-26", "", false),
            told(Act::Visited, "2025-09-28", "", false),
        ];
        restate(&mut case, NOW);
        let expected = [
            (Act::GovernmentPersuades, String::new(), true),
            (Act::GovernmentInformed, "七教函〔2025〕9号".to_owned(), false),
            (Act::Visited, String::new(), false),
        ];
        assert_eq!(words(&case.acts), expected);
    }

    /// Else an act of an earlier absence would stand for one that the office owes in the next.
    #[test]
    fn acts_of_a_round_that_is_over_do_not_count_in_the_next() {
        let acts = vec![told(Act::GovernmentInformed, "2025-09-25", "七教函〔2025〕8号", false)];
        let mut case = case(Stage::Returned, acts.clone());
        restate(&mut case, NOW);
        assert_eq!((case.acts.len(), case.acts_now().len()), (1, 0));
        let acts = acts.into_iter().map(|act| Directed { earlier: true, ..act }).collect();
        case.hear(progress(Stage::Reported, acts), NOW);
        restate(&mut case, NOW);
        assert_eq!((case.acts.len(), case.acts_now().len(), case.stage()), (1, 0, Stage::Reported));
    }

    #[test]
    fn a_number_that_comes_back_is_not_given_again() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let number = "通报乡镇政府：七教函〔2025〕8号；报告县级政府：七教函〔2025〕9号";
        let mut case =
            case(Stage::GovInformed, vec![told(Act::GovernmentInformed, "2025-09-25", number, false)]);
        take_up(&mut room, &mut case, NOW).unwrap();
        let prefix = "七教函".parse().unwrap();
        let year = proto::paper::Year::of(d("2025-10-01"));
        assert_eq!(serial::next(&mut room, &prefix, year).unwrap().serial, 10);
    }
}
