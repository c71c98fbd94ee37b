//! Silence in a roll call makes nobody present who may be gone, and what was said of a child stands.

use proto::model::day::Moment;
use proto::wire::school as wire;
use tonic::{Code, Status};

use crate::campus::{Campus, MONDAY, afternoon, day, en, name, pupil, roll, rule};

const TUESDAY: &str = "2025-09-23";
const WEDNESDAY: &str = "2025-09-24";

fn fact(child: &str, kind: &str, day: &str) -> wire::RecordFactRequest {
    wire::RecordFactRequest {
        child: child.to_owned(),
        fact: kind.to_owned(),
        day: day.to_owned(),
        evidence: "证 7 号".to_owned(),
        to: "2152000002".to_owned(),
        ..Default::default()
    }
}

fn must_be_named(refused: &Status) {
    assert_eq!((refused.code(), rule(refused)), (Code::FailedPrecondition, "T03"), "{refused}");
    assert!(refused.message().contains("as absent or as present"), "{}", refused.message());
}

async fn rules_of(campus: &Campus, child: &str) -> Vec<String> {
    campus.explain(child).await.steps.into_iter().map(|step| step.rule).collect()
}

#[tokio::test]
async fn the_first_roll_call_after_a_leave_names_the_child() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    let leave = wire::RecordFactRequest { until: TUESDAY.to_owned(), ..fact(&child, "suspend", MONDAY) };
    campus.fact(leave).await.unwrap();
    campus.call("5.1", MONDAY, &[], "").await.unwrap();
    campus.set(afternoon(WEDNESDAY));
    campus.call("5.1", TUESDAY, &[], "").await.unwrap();
    assert_eq!(campus.status_of(&child).await, "SUSPENDED", "silence on leave says nothing");
    must_be_named(&campus.call("5.1", WEDNESDAY, &[], "").await.unwrap_err());
    campus.call("5.1", WEDNESDAY, &[(&child, "absent")], "").await.unwrap();
    assert_eq!(rules_of(&campus, &child).await, ["T11", "T13"]);
}

#[tokio::test]
async fn a_child_that_left_and_is_in_a_new_roster_is_on_the_roll_again() {
    let campus = Campus::with_roll().await;
    let (child, file) = (name(5, 1, 1), roll(&[(5, 1, 4), (4, 2, 4)]));
    campus.fact(fact(&child, "start-transfer", MONDAY)).await.unwrap();
    campus.set(afternoon(TUESDAY));
    campus.fact(fact(&child, "transfer-out", TUESDAY)).await.unwrap();
    campus.close_days().await.unwrap();
    // a roster without the child is as it should be
    let without = campus.import(&file.replace(&pupil(5, 1, 1), ""), false).await.unwrap();
    assert!(without.missing.is_empty() && !without.written, "{without:?}");

    campus.set(afternoon(WEDNESDAY));
    let seen = campus.import(&file, true).await.unwrap();
    assert_eq!((seen.changed.len(), seen.unchanged), (1, 7));
    assert!(seen.changed[0].fields[0].contains("T18"), "{seen:?}");
    assert_eq!(campus.status_of(&child).await, "TRANSFERRED_OUT");
    campus.import(&file, false).await.unwrap();
    assert_eq!(campus.status_of(&child).await, "ENROLLED");
    assert_eq!(rules_of(&campus, &child).await, ["T14", "T14", "T18"]);
    campus.call("5.1", WEDNESDAY, &[(&child, "absent")], "").await.unwrap();
    campus.close_days().await.unwrap();
    for (day, on_roll) in [(TUESDAY, 7), (WEDNESDAY, 8)] {
        assert_eq!(campus.figure(day, "on_roll").await, on_roll, "{day}");
    }
    assert_eq!(campus.figure(WEDNESDAY, "absent_unexcused").await, 1);
    assert_eq!(campus.import(&file, false).await.unwrap().unchanged, 8);
}

#[tokio::test]
async fn children_whom_the_latest_roster_lacks_are_noticed_and_named() {
    let campus = Campus::with_roll().await;
    let gone = name(5, 1, 4);
    // a list of one class says nothing of the others
    campus.import(&roll(&[(4, 2, 4)]), false).await.unwrap();
    assert!(!campus.notices().await.contains(&"left-out".to_owned()));
    campus.call("5.1", MONDAY, &[], "").await.unwrap();

    campus.set(afternoon(TUESDAY));
    let reply = campus.import(&roll(&[(5, 1, 3), (4, 2, 4)]), false).await.unwrap();
    assert_eq!(reply.missing.len(), 1);
    let notices = campus.status().await.notices;
    let notice = notices.iter().find(|notice| notice.code == "left-out").expect("a notice");
    assert!(notice.words.contains("5.1 (1)"), "{}", notice.words);
    must_be_named(&campus.call("5.1", TUESDAY, &[], "").await.unwrap_err());
    campus.call("5.1", TUESDAY, &[(&gone, "absent")], "").await.unwrap();
    // the day before, nobody had to
    campus.call("5.1", MONDAY, &[(&name(5, 1, 1), "sick")], "补病假条").await.unwrap();

    // where it went is recorded
    campus.fact(fact(&gone, "start-transfer", TUESDAY)).await.unwrap();
    campus.set(afternoon(WEDNESDAY));
    campus.fact(fact(&gone, "transfer-out", WEDNESDAY)).await.unwrap();
    assert!(!campus.notices().await.contains(&"left-out".to_owned()));
    campus.call("5.1", WEDNESDAY, &[], "").await.unwrap();
}

#[tokio::test]
async fn a_roster_that_has_a_forgotten_child_again_ends_the_notice() {
    let campus = Campus::with_roll().await;
    campus.import(&roll(&[(5, 1, 3), (4, 2, 4)]), false).await.unwrap();
    must_be_named(&campus.call("5.1", MONDAY, &[], "").await.unwrap_err());
    campus.import(&roll(&[(5, 1, 4), (4, 2, 4)]), false).await.unwrap();
    campus.call("5.1", MONDAY, &[], "").await.unwrap();
    assert!(!campus.notices().await.contains(&"left-out".to_owned()));
}

#[tokio::test]
async fn a_fact_of_the_day_does_not_take_that_days_mark_back() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    let days = [MONDAY, TUESDAY, WEDNESDAY, "2025-09-25", "2025-09-26", "2025-09-28"];
    campus.school_days(&days, &child).await;
    let reply = campus.fact(fact(&child, "start-transfer", "2025-09-28")).await.unwrap();
    assert!(reply.consequences.iter().all(|change| !change.reversed), "{reply:?}");
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure("2025-09-28", "newly_suspected").await, 1);
    assert_eq!(rules_of(&campus, &child).await, ["T01", "T02", "T16"]);
    campus.set(afternoon("2025-09-29"));
    campus.fact(fact(&child, "lapse-transfer", "2025-09-29")).await.unwrap();
    assert_eq!(campus.status_of(&child).await, "SUSPECTED");
    let early = campus.fact(fact(&child, "start-transfer", "2025-09-26")).await.unwrap_err();
    assert_eq!(rule(&early), "T16", "{early}");
}

#[tokio::test]
async fn a_child_that_changed_class_on_the_day_has_one_mark() {
    let campus = Campus::with_roll().await;
    let child = name(4, 2, 4);
    campus.call("5.1", MONDAY, &[(&name(5, 1, 1), "absent")], "").await.unwrap();
    campus.call("4.2", MONDAY, &[(&child, "absent"), (&name(4, 2, 1), "absent")], "").await.unwrap();
    // at noon it is put into the other class, from today on
    let moved = pupil(4, 2, 4).replace(",4,2班", ",5,1班");
    campus.import(&(roll(&[(5, 1, 4), (4, 2, 3)]) + &moved), false).await.unwrap();
    campus.call("5.1", MONDAY, &[(&child, "present")], "下午到校").await.unwrap();
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "absent_unexcused").await, 2, "not it");
    // a correction of its former class, about another child, says nothing of it
    campus.call("4.2", MONDAY, &[(&name(4, 2, 1), "sick")], "补病假条").await.unwrap();
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "absent_unexcused").await, 1);
}

#[tokio::test]
async fn a_correction_in_the_former_class_leaves_the_mark_of_who_moved() {
    let campus = Campus::with_roll().await;
    let child = name(4, 2, 4);
    campus.call("4.2", MONDAY, &[(&child, "absent")], "").await.unwrap();
    campus.set(afternoon(TUESDAY));
    campus.call("4.2", TUESDAY, &[(&child, "absent")], "").await.unwrap();
    let moved = pupil(4, 2, 4).replace(",4,2班", ",5,1班");
    let file = wire::ImportRosterRequest {
        file: (roll(&[(5, 1, 4), (4, 2, 3)]) + &moved).into_bytes(),
        file_name: "r.csv".to_owned(),
        dry_run: false,
        since: MONDAY.to_owned(),
    };
    campus.client().import_roster(en(file)).await.unwrap();
    campus.call("4.2", MONDAY, &[(&name(4, 2, 1), "sick")], "补病假条").await.unwrap();
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "absent_unexcused").await, 1);
    assert_eq!(campus.figure(MONDAY, "absent_excused").await, 1);
    assert_eq!(campus.figure(TUESDAY, "absent_unexcused").await, 1);
}

#[tokio::test]
async fn a_child_back_from_abroad_is_put_on_the_roll_by_name() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    campus.fact(fact(&child, "abroad", MONDAY)).await.unwrap();
    let later = day(MONDAY).plus(30);
    campus.set(Moment::at(later, 1020));
    let back = campus.fact(fact(&child, "转回", &later.to_string())).await.unwrap();
    assert_eq!(back.child.unwrap().status, "ENROLLED");
    let again = campus.fact(fact(&child, "back-on-roll", &later.to_string())).await.unwrap_err();
    assert_eq!(rule(&again), "T18");
}

/// T14, T15: nothing ends a transfer by itself, so somebody has to ask.
#[tokio::test]
async fn a_transfer_that_takes_too_long_is_asked_about() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    campus.fact(fact(&child, "start-transfer", MONDAY)).await.unwrap();
    // ten workdays, without the National Day week and with the days made up for it
    campus.set(afternoon("2025-10-11"));
    assert!(!campus.notices().await.contains(&"slow-transfer".to_owned()));
    campus.set(afternoon("2025-10-13"));
    assert!(campus.notices().await.contains(&"slow-transfer".to_owned()));
    campus.fact(fact(&child, "transfer-out", "2025-10-13")).await.unwrap();
    assert!(!campus.notices().await.contains(&"slow-transfer".to_owned()));
}
