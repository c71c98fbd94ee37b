//! A machine that believes in another day.

use proto::model::day::Moment;
use tonic::Code;

use crate::campus::{Campus, MONDAY, afternoon, day, name};

const TUESDAY: &str = "2025-09-23";

async fn with_a_day() -> Campus {
    let campus = Campus::with_roll().await;
    campus.school_days(&[MONDAY], &name(5, 1, 1)).await;
    campus
}

#[tokio::test]
async fn a_clock_that_jumped_years_ahead_closes_no_day_and_leaves_no_trace() {
    let campus = with_a_day().await;
    campus.set(afternoon("2099-03-02"));
    let refused = campus.close_days().await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains(MONDAY), "{}", refused.message());
    assert_eq!(campus.notices().await[0], "clock-jumped");
    assert!(campus.close_upto(TUESDAY).await.is_err(), "a day that is not today confirms nothing");
    // what is written down meanwhile does not make the false date a known one
    campus.call("5.1", TUESDAY, &[], "").await.unwrap();
    campus.set(afternoon(TUESDAY));
    assert_eq!(campus.close_days().await.unwrap(), [(TUESDAY.to_owned(), 1)]);
}

#[tokio::test]
async fn a_vacation_is_no_jump() {
    let campus = with_a_day().await;
    campus.set(Moment::at(day(MONDAY).plus(99), 900));
    assert!(!campus.close_days().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_person_who_names_the_day_confirms_the_clock() {
    let campus = with_a_day().await;
    let later = day(MONDAY).plus(150);
    campus.set(Moment::at(later, 900));
    assert!(campus.close_days().await.is_err());
    assert!(campus.close_upto(&later.to_string()).await.unwrap() > 0);
    assert!(!campus.notices().await.contains(&"clock-jumped".to_owned()));
    campus.set(Moment::at(later.next(), 900));
    campus.close_days().await.unwrap();
}
