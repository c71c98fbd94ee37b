use proto::model::calendar::Calendar;
use proto::model::case::{Act, CaseId, Closing, Duty, Overdue, Progress, Stage};
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::rulebook::Rulebook;
use proto::store::{MemoryStore, Room};

use super::acts::{check, enter, fits, leads_to};
use super::duties::duties;
use super::{Asked, Case, CaseError, Done, Heard, find, hear, open, put};

const ID: CaseId = CaseId::new([7; 16]);

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

fn noon(text: &str) -> Moment {
    Moment::at(d(text), 12 * 60)
}

fn school() -> Party {
    "p52/c5205/d520502/s2152000001".parse().unwrap()
}

fn progress(revision: u32, stage: Stage, since: &str) -> Progress {
    let since = d(since);
    let (due, overdue, suspended_until, closing) = (None, false, None, None);
    Progress { case: ID, revision, stage, since, due, overdue, suspended_until, closing, acts: Vec::new() }
}

/// A case that has just been heard of.
fn case(stage: Stage, since: &str) -> Case {
    Case::begun(&school(), progress(1, stage, since), noon(since))
}

fn done(act: Act, day: &str) -> Done {
    let (number, until) = ("七教函〔2025〕12号".to_owned(), (act == Act::Ordered).then(|| d(day).plus(30)));
    Done {
        act,
        day: d(day),
        number,
        until,
        note: "缺返校证明".to_owned(),
        by: "wang".to_owned(),
        at: noon(day),
        restated: false,
    }
}

fn checked(case: &Case, done: &Done, today: &str) -> Result<(), CaseError> {
    fits(case, done, d(today))?;
    check(case, done, &Rulebook::default().persuasion, &Calendar::build(&[]))
}

fn owed(case: &Case, today: &str) -> Vec<(Duty, String)> {
    let duties = duties(case, &Rulebook::default().persuasion, &Calendar::build(&[]), d(today));
    duties.into_iter().map(|Overdue { duty, due }| (duty, due.to_string())).collect()
}

/// A closing that fits the stage.
fn closing_at(stage: Stage) -> Closing {
    match stage {
        Stage::Returned => Closing::Returned,
        Stage::Placed => Closing::PlacedHome,
        Stage::Moved => Closing::Moved,
        _ => Closing::OpenedInError,
    }
}

#[test]
fn each_act_is_possible_where_the_ladder_has_it_and_nowhere_else() {
    use Act::{ClosingConfirmed, ClosingRefused, GovernmentInformed, GovernmentPersuades, Ordered, Visited};
    let mut drawn = vec![
        (GovernmentInformed, Stage::Reported, Stage::GovInformed),
        (GovernmentPersuades, Stage::GovInformed, Stage::GovPersuading),
        (Visited, Stage::GovPersuading, Stage::GovPersuading),
        (Visited, Stage::Ordered, Stage::Ordered),
        (Ordered, Stage::GovPersuading, Stage::Ordered),
        (Ordered, Stage::Ordered, Stage::Ordered),
    ];
    for stage in Stage::ALL.iter().copied().filter(|stage| *stage != Stage::Closed) {
        drawn.push((ClosingConfirmed, stage, Stage::Closed));
        drawn.push((ClosingRefused, stage, stage));
    }
    for act in Act::ALL.iter().copied() {
        for stage in Stage::ALL.iter().copied() {
            let to = drawn.iter().find(|(a, from, _)| (*a, *from) == (act, stage)).map(|(_, _, to)| *to);
            assert_eq!(leads_to(act, stage), to, "{act:?} at {stage:?}");
            let mut case = case(stage, "2025-09-22");
            let closing = closing_at(stage);
            case.asked = Some(Asked { closing, day: d("2025-09-22"), answer: None });
            let done = done(act, "2025-09-24");
            match (to, checked(&case, &done, "2025-09-24")) {
                (Some(to), Ok(())) => {
                    enter(&mut case, done);
                    assert_eq!(case.stage(), to, "{act:?} at {stage:?}");
                }
                (None, Err(CaseError::NotNow { .. })) => {}
                (_, found) => panic!("{act:?} at {stage:?}: {found:?}"),
            }
        }
    }
}

#[test]
fn an_act_without_what_it_needs_is_refused() {
    let reported = case(Stage::Reported, "2025-09-22");
    let persuaded = case(Stage::GovPersuading, "2025-09-22");
    let returned = |closing| {
        let mut case = case(Stage::Returned, "2025-09-22");
        case.asked = Some(Asked { closing, day: d("2025-09-22"), answer: None });
        case
    };
    let refused_before = {
        let mut case = returned(Closing::Returned);
        enter(&mut case, Done { note: "材料不足".to_owned(), ..done(Act::ClosingRefused, "2025-09-23") });
        case
    };
    let today = "2025-09-24";
    let without_number = |act| Done { number: " ".to_owned(), ..done(act, today) };
    let until = |day: Option<&str>| Done { until: day.map(d), ..done(Act::Ordered, today) };
    let too_soon = || CaseError::TooSoon { earliest: d("2025-10-09") };
    for (case, done, error) in [
        (
            &reported,
            done(Act::GovernmentInformed, "2025-09-25"),
            CaseError::Future { day: d("2025-09-25"), today: d(today) },
        ),
        (&reported, without_number(Act::GovernmentInformed), CaseError::NoNumber),
        (&persuaded, without_number(Act::Ordered), CaseError::NoNumber),
        (&persuaded, until(None), too_soon()),
        (&persuaded, until(Some("2025-10-08")), too_soon()),
        (
            &returned(Closing::Returned),
            Done { note: String::new(), ..done(Act::ClosingRefused, today) },
            CaseError::NoReason,
        ),
        (&case(Stage::Returned, "2025-09-22"), done(Act::ClosingConfirmed, today), CaseError::NotAsked),
        (&refused_before, done(Act::ClosingConfirmed, today), CaseError::NotAsked),
        (
            &returned(Closing::PlacedHome),
            done(Act::ClosingConfirmed, today),
            CaseError::Contradicts { closing: Closing::PlacedHome, stage: Stage::Returned },
        ),
    ] {
        assert_eq!(checked(case, &done, today), Err(error.clone()));
        for lang in [Lang::Zh, Lang::En] {
            assert!(error.say(lang).len() > 30, "{error:?}");
        }
    }
    assert_eq!(checked(&persuaded, &until(Some("2025-10-09")), today), Ok(()));
    assert_eq!(checked(&returned(Closing::PlacedHome), &done(Act::ClosingRefused, today), today), Ok(()));
}

#[test]
fn an_act_is_not_before_the_act_that_it_follows() {
    let mut case = case(Stage::Reported, "2025-09-22");
    enter(&mut case, done(Act::GovernmentInformed, "2025-09-23"));
    let today = "2025-10-09";
    let early = |day: &str, after: &str| Err(CaseError::BeforeStep { day: d(day), after: d(after) });
    let government = done(Act::GovernmentPersuades, "2025-09-22");
    assert_eq!(checked(&case, &government, today), early("2025-09-22", "2025-09-23"));
    enter(&mut case, done(Act::GovernmentPersuades, "2025-09-24"));
    for act in [Act::Visited, Act::Ordered] {
        assert_eq!(
            checked(&case, &done(act, "2025-09-01"), today),
            early("2025-09-01", "2025-09-24"),
            "{act:?}"
        );
    }
    assert_eq!(checked(&case, &done(Act::Visited, "2025-09-24"), today), Ok(()));
    enter(&mut case, Done { until: Some(d("2025-11-10")), ..done(Act::Ordered, "2025-10-09") });
    assert_eq!(checked(&case, &done(Act::Visited, "2025-10-08"), today), Ok(()), "entered after the order");
}

#[test]
fn what_was_refused_is_asked_for_again_before_it_is_confirmed() {
    let mut case = case(Stage::Returned, "2025-09-22");
    let (today, confirmed) = ("2025-09-24", done(Act::ClosingConfirmed, "2025-09-24"));
    case.asked = Some(Asked { closing: Closing::Returned, day: d("2025-09-22"), answer: None });
    enter(&mut case, done(Act::ClosingRefused, today));
    assert_eq!(checked(&case, &confirmed, today), Err(CaseError::NotAsked));
    let asked = |revision, closing| Progress { closing, ..progress(revision, Stage::Returned, "2025-09-22") };
    case.hear(asked(2, None), noon(today));
    case.hear(asked(3, Some(Closing::Returned)), noon(today));
    assert_eq!(checked(&case, &confirmed, today), Ok(()));
}

/// National Day 2025: days off from 1 to 8 October; Sunday 28 September and Saturday 11 October are worked.
#[test]
fn what_the_office_owes_is_counted_around_national_day() {
    let mut case = case(Stage::Reported, "2025-09-29");
    assert_eq!(owed(&case, "2025-09-29"), [(Duty::Inform, "2025-10-09".to_owned())]);
    enter(&mut case, done(Act::GovernmentInformed, "2025-09-30"));
    assert_eq!(owed(&case, "2025-09-30"), [(Duty::Government, "2025-10-14".to_owned())]);
    enter(&mut case, done(Act::GovernmentPersuades, "2025-10-09"));
    assert_eq!(owed(&case, "2025-10-09"), [(Duty::Visit, "2025-10-23".to_owned())]);
    enter(&mut case, done(Act::Visited, "2025-10-20"));
    enter(&mut case, Done { until: Some(d("2025-11-05")), ..done(Act::Ordered, "2025-10-21") });
    let both = [(Duty::Visit, "2025-11-04".to_owned()), (Duty::Order, "2025-11-05".to_owned())];
    assert_eq!(owed(&case, "2025-10-21"), both);
    enter(&mut case, done(Act::Visited, "2025-11-03"));
    enter(&mut case, Done { until: Some(d("2025-12-01")), ..done(Act::Ordered, "2025-11-06") });
    let both = [(Duty::Visit, "2025-11-17".to_owned()), (Duty::Order, "2025-12-01".to_owned())];
    assert_eq!(owed(&case, "2025-11-06"), both, "the latest order counts");
}

#[test]
fn the_days_count_from_when_the_office_heard() {
    let late = Case::begun(&school(), progress(4, Stage::Reported, "2025-09-22"), noon("2025-09-26"));
    assert_eq!(owed(&late, "2025-09-26"), [(Duty::Inform, "2025-09-29".to_owned())]);
}

#[test]
fn a_closing_waits_for_the_office_even_while_a_case_is_set_aside() {
    let mut case = case(Stage::Reported, "2025-09-22");
    case.progress.suspended_until = Some(d("2025-10-20"));
    assert_eq!(owed(&case, "2025-10-20"), []);
    assert_eq!(case.suspended(d("2025-10-20")), Some(d("2025-10-20")));
    assert_eq!(owed(&case, "2025-10-21"), [(Duty::Inform, "2025-10-22".to_owned())], "counts anew");
    case.asked = Some(Asked { closing: Closing::Abroad, day: d("2025-09-26"), answer: None });
    assert_eq!(owed(&case, "2025-10-20"), [(Duty::Confirm, "2025-10-10".to_owned())]);
    enter(&mut case, done(Act::ClosingRefused, "2025-10-20"));
    assert_eq!(owed(&case, "2025-10-21"), [(Duty::Inform, "2025-10-22".to_owned())], "it goes on");
}

#[test]
fn after_a_case_was_set_aside_the_days_count_anew_also_when_the_school_has_said_that_it_goes_on() {
    let mut case = case(Stage::Reported, "2025-09-22");
    let aside =
        Progress { suspended_until: Some(d("2025-10-20")), ..progress(2, Stage::Reported, "2025-09-22") };
    case.hear(aside, noon("2025-09-23"));
    let anew = [(Duty::Inform, "2025-10-22".to_owned())];
    assert_eq!(owed(&case, "2025-10-21"), anew, "by the clock");
    case.hear(progress(3, Stage::Reported, "2025-09-22"), noon("2025-10-21"));
    assert_eq!(owed(&case, "2025-10-21"), anew, "and by the school's word");
    // taken up before its day: from that day on
    let aside =
        Progress { suspended_until: Some(d("2025-12-31")), ..progress(4, Stage::Reported, "2025-09-22") };
    case.hear(aside, noon("2025-10-22"));
    case.hear(progress(5, Stage::Reported, "2025-09-22"), noon("2025-11-03"));
    assert_eq!(owed(&case, "2025-11-03"), [(Duty::Inform, "2025-11-05".to_owned())]);
}

#[test]
fn an_older_word_after_a_newer_one_changes_nothing() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let mut heard = |revision, stage| {
        hear(&mut room, &school(), progress(revision, stage, "2025-09-22"), noon("2025-09-24")).unwrap()
    };
    assert!(matches!(heard(3, Stage::Reported), Heard::News(_)));
    assert_eq!(heard(2, Stage::NoticeIssued), Heard::Old);
    assert_eq!(heard(3, Stage::Opened), Heard::Old);
    assert_eq!(find(&room, ID).unwrap().unwrap().stage(), Stage::Reported);
}

#[test]
fn what_was_done_counts_before_the_school_has_heard_of_it() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let mut case = case(Stage::Reported, "2025-09-22");
    enter(&mut case, done(Act::GovernmentInformed, "2025-09-23"));
    put(&mut room, &case);
    // written before the letter arrived there
    let Heard::News(case) =
        hear(&mut room, &school(), progress(2, Stage::Reported, "2025-09-22"), noon("2025-09-24")).unwrap()
    else {
        panic!()
    };
    assert_eq!((case.stage(), case.since()), (Stage::GovInformed, d("2025-09-23")));
    // and after: the day of the act stays the day
    let Heard::News(case) =
        hear(&mut room, &school(), progress(3, Stage::GovInformed, "2025-09-25"), noon("2025-09-25"))
            .unwrap()
    else {
        panic!()
    };
    assert_eq!((case.stage(), case.since()), (Stage::GovInformed, d("2025-09-23")));
}

#[test]
fn a_child_who_was_back_begins_a_new_round() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let mut case = case(Stage::Reported, "2025-09-22");
    enter(&mut case, done(Act::GovernmentInformed, "2025-09-23"));
    put(&mut room, &case);
    for (revision, stage, told, since) in [
        (2, Stage::Returned, Stage::Returned, "2025-09-25"),
        (3, Stage::Contacting, Stage::Contacting, "2025-10-13"),
        (4, Stage::Reported, Stage::Reported, "2025-10-20"),
    ] {
        let Heard::News(case) =
            hear(&mut room, &school(), progress(revision, stage, since), noon(since)).unwrap()
        else {
            panic!()
        };
        assert_eq!((case.stage(), case.since()), (told, d(since)));
    }
    let case = find(&room, ID).unwrap().unwrap();
    assert_eq!(owed(&case, "2025-10-20"), [(Duty::Inform, "2025-10-22".to_owned())]);
    assert_eq!((case.acts.len(), case.acts_now().len()), (1, 0));
}

#[test]
fn a_school_that_was_put_back_is_told_again() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    hear(&mut room, &school(), progress(5, Stage::GovPersuading, "2025-09-22"), noon("2025-09-22")).unwrap();
    let heard =
        hear(&mut room, &school(), progress(6, Stage::Reported, "2025-09-20"), noon("2025-09-24")).unwrap();
    assert!(matches!(heard, Heard::Forgot(_)));
}

#[test]
fn a_closing_is_asked_decided_and_asked_again() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let asks = |revision, closing| Progress { closing, ..progress(revision, Stage::Returned, "2025-09-22") };
    let hear = |room: &mut Room<'_>, progress, day| match hear(room, &school(), progress, noon(day)).unwrap()
    {
        Heard::News(case) => case,
        other => panic!("{other:?}"),
    };
    let mut case = hear(&mut room, asks(1, Some(Closing::Returned)), "2025-09-22");
    enter(&mut case, done(Act::ClosingRefused, "2025-09-23"));
    put(&mut room, &case);
    let case = hear(&mut room, asks(2, Some(Closing::Returned)), "2025-09-23");
    assert_eq!(owed(&case, "2025-09-23"), [], "it was decided");
    assert_eq!(hear(&mut room, asks(3, None), "2025-09-24").asked, None);
    let mut case = hear(&mut room, asks(4, Some(Closing::Returned)), "2025-09-25");
    assert_eq!(owed(&case, "2025-09-25"), [(Duty::Confirm, "2025-10-09".to_owned())]);
    enter(&mut case, done(Act::ClosingConfirmed, "2025-09-26"));
    put(&mut room, &case);
    assert_eq!((case.stage(), open(&room).unwrap().len()), (Stage::Closed, 0));
    let case = hear(&mut room, progress(5, Stage::Closed, "2025-09-27"), "2025-09-27");
    assert_eq!((case.stage(), owed(&case, "2025-12-01")), (Stage::Closed, vec![]));
    let case = hear(&mut room, progress(6, Stage::Opened, "2025-11-03"), "2025-11-03");
    assert_eq!((case.stage(), open(&room).unwrap().len()), (Stage::Opened, 1), "reopened");
}

#[test]
fn a_school_is_late_when_it_says_so_or_keeps_silent_beyond_its_day() {
    let today = d("2025-09-24");
    let with = |due: Option<&str>, overdue, suspended: Option<&str>, stage| {
        let mut case = case(stage, "2025-09-10");
        (case.progress.due, case.progress.overdue) = (due.map(d), overdue);
        case.progress.suspended_until = suspended.map(d);
        case.school_late(today)
    };
    for (due, overdue, suspended, stage, since) in [
        (None, false, None, Stage::Contacting, None),
        (Some("2025-09-24"), false, None, Stage::Contacting, None),
        (Some("2025-09-23"), false, None, Stage::Contacting, Some("2025-09-23")),
        (Some("2025-09-19"), true, None, Stage::Contacting, Some("2025-09-19")),
        (None, true, None, Stage::Contacting, Some("2025-09-10")),
        (Some("2025-09-19"), true, Some("2025-09-30"), Stage::Contacting, None),
        (Some("2025-09-19"), true, Some("2025-09-23"), Stage::Contacting, Some("2025-09-19")),
        (Some("2025-09-19"), true, None, Stage::Closed, None),
    ] {
        assert_eq!(with(due, overdue, suspended, stage), since.map(d), "{due:?} {overdue} {suspended:?}");
    }
}

#[test]
fn two_schools_that_had_the_same_child_keep_a_record_each() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let other: Party = "p52/c5205/d520502/s2152000002".parse().unwrap();
    hear(&mut room, &school(), progress(3, Stage::Moved, "2025-09-22"), noon("2025-09-22")).unwrap();
    hear(&mut room, &other, progress(1, Stage::Opened, "2025-09-23"), noon("2025-09-23")).unwrap();
    assert_eq!(find(&room, ID).unwrap().unwrap().school, other);
    assert_eq!(open(&room).unwrap().len(), 2);
}

#[test]
fn a_school_is_behind_only_with_steps_of_its_own() {
    let behind = |stage, closing| {
        let late = Progress { overdue: true, due: Some(d("2025-09-23")), ..progress(1, stage, "2025-09-22") };
        let late = Case::begun(&school(), Progress { closing, ..late }, noon("2025-09-22"));
        late.school_late(d("2025-09-25")).is_some()
    };
    for stage in Stage::ALL.iter().copied() {
        let own = !super::with_the_office(stage) && stage != Stage::Closed;
        assert_eq!(behind(stage, None), own, "{stage:?}");
        assert!(!behind(stage, Some(closing_at(stage))), "{stage:?}: the office decides on the closing");
    }
}

#[test]
fn nobody_is_informed_of_what_the_school_has_not_reported() {
    let reported = case(Stage::Reported, "2025-09-22");
    let informed = |day| checked(&reported, &done(Act::GovernmentInformed, day), "2025-09-24");
    let early = CaseError::Early { day: d("2025-09-21"), reported: d("2025-09-22") };
    assert_eq!(informed("2025-09-21"), Err(early));
    assert_eq!(informed("2025-09-22"), Ok(()));
}

#[test]
fn a_case_that_went_on_ends_and_one_that_came_home_is_open() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    for (stage, ends) in [(Stage::Opened, true), (Stage::Ordered, true), (Stage::Returned, false)] {
        put(&mut room, &case(stage, "2025-09-22"));
        let done = super::went_on(&mut room, ID, &school(), noon("2025-09-24")).unwrap();
        assert_eq!(done.map(|done| done.act), ends.then_some(Act::ClosingConfirmed), "{stage:?}");
        assert_eq!(find(&room, ID).unwrap().unwrap().is_open(), !ends, "{stage:?}");
        super::came_home(&mut room, ID, &school()).unwrap();
        assert!(find(&room, ID).unwrap().unwrap().is_open(), "{stage:?}");
    }
}
