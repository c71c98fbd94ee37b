use proto::model::calendar::Calendar;
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};

use super::{CallRefused, DayKind, Excuse, Handed, Known, Mark, RollCall};
use crate::pupil::{Class, PupilId};

const CLASS: Class = Class { grade: 3, number: 2 };

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

fn pupil(n: u8) -> PupilId {
    PupilId::new([n; 16])
}

fn handed(day: &str, listed: &[(u8, Mark)], correction: Option<&str>) -> Handed {
    Handed {
        class: CLASS,
        day: d(day),
        listed: listed.iter().map(|(n, mark)| (pupil(*n), *mark)).collect(),
        taken: Moment::at(d("2026-06-02"), 17 * 60),
        by: "teacher-3.2".into(),
        correction: correction.map(Into::into),
    }
}

/// A class of four, of whom the fourth is gone; born in 2016.
fn take(handed: Handed, before: Option<&RollCall>) -> Result<Option<RollCall>, CallRefused> {
    let members: Vec<_> = (1..=4).map(|n| (pupil(n), Some(d("2016-09-01")))).collect();
    // the eighth is gone too, from another class
    let (calendar, must_list) = (Calendar::build(&[]), [pupil(4), pupil(8)]);
    RollCall::take(handed, &Known { calendar: &calendar, members: &members, must_list: &must_list, before })
}

#[test]
fn who_is_not_listed_was_present() {
    let listed = [(4, Mark::Unexcused), (2, Mark::Excused(Excuse::Sick))];
    let call = take(handed("2026-05-29", &listed, None), None).unwrap().unwrap();
    let kind = |n| DayKind::of(true, Some(call.mark_of(pupil(n))));
    assert_eq!(
        [1, 2, 3, 4].map(kind),
        [DayKind::Present, DayKind::AbsentExcused, DayKind::Present, DayKind::AbsentUnexcused]
    );
    assert_eq!(call.revision, 1);
    assert_eq!(DayKind::of(true, None), DayKind::NoData);
    assert_eq!(DayKind::of(false, Some(Mark::Unexcused)), DayKind::NotASchoolDay);
}

#[test]
fn a_correction_is_a_new_revision_with_its_reason() {
    let first = take(handed("2026-05-29", &[(4, Mark::Unexcused)], None), None).unwrap().unwrap();
    let again = take(handed("2026-05-29", &[(4, Mark::Unexcused)], None), Some(&first));
    assert_eq!(again, Ok(None), "the same call twice changes nothing");

    let changed = [(4, Mark::Unexcused), (1, Mark::Excused(Excuse::Leave))];
    for silent in [None, Some(""), Some("  ")] {
        let refused = take(handed("2026-05-29", &changed, silent), Some(&first));
        assert_eq!(refused, Err(CallRefused::NoReason { class: CLASS, day: d("2026-05-29") }));
    }
    let second = take(handed("2026-05-29", &changed, Some("家长补交请假条")), Some(&first)).unwrap().unwrap();
    assert_eq!((second.revision, second.correction.as_deref()), (2, Some("家长补交请假条")));
}

#[test]
fn a_correction_speaks_of_the_children_that_it_names() {
    let first = [(4, Mark::Unexcused), (1, Mark::Unexcused), (2, Mark::Unexcused)];
    let first = take(handed("2026-05-29", &first, None), None).unwrap().unwrap();
    let note = [(2, Mark::Excused(Excuse::Sick)), (1, Mark::Present)];
    let second = take(handed("2026-05-29", &note, Some("补交病假条")), Some(&first)).unwrap().unwrap();
    assert_eq!(
        [1, 2, 3, 4].map(|n| second.mark_of(pupil(n))),
        [Mark::Present, Mark::Excused(Excuse::Sick), Mark::Present, Mark::Unexcused]
    );
    let silence = take(handed("2026-05-29", &[], Some("误点")), Some(&first));
    assert_eq!(silence, Ok(None), "silence makes nobody present");
    // the ninth sits in another class since: what was said of it stands, and is not refused
    let mut other = first.clone();
    other.listed.push((pupil(9), Mark::Unexcused));
    let third = take(handed("2026-05-29", &note, Some("补交病假条")), Some(&other)).unwrap().unwrap();
    assert_eq!(third.listed, [second.listed, vec![(pupil(9), Mark::Unexcused)]].concat());
}

#[test]
fn what_cannot_be_a_roll_call_is_refused() {
    let gone = (4, Mark::Unexcused);
    for (call, expected) in [
        (handed("2026-05-30", &[gone], None), "no school on 2026-05-30 (weekend)"),
        (handed("2026-05-04", &[gone], None), "(day off)"),
        // nobody in the class is fourteen
        (handed("2026-06-01", &[gone], None), "(day off)"),
        (handed("2026-06-03", &[gone], None), "today is 2026-06-02"),
        (handed("2026-05-29", &[gone, (9, Mark::Unexcused)], None), "was not in class 3.2"),
        (handed("2026-05-29", &[gone, (4, Mark::Present)], None), "listed twice"),
        (handed("2026-05-29", &[(1, Mark::Unexcused)], None), "as absent or as present"),
    ] {
        let refused = take(call.clone(), None).unwrap_err();
        assert!(refused.say(Lang::En).contains(expected), "{call:?}: {}", refused.say(Lang::En));
        assert!(!refused.say(Lang::Zh).is_empty());
    }
    assert!(take(handed("2026-05-29", &[(4, Mark::Present)], None), None).is_ok());
}
