use proto::model::case::{CaseId, Evidence, Inquiry, Outcome, Preview};
use proto::model::day::{Day, Moment};
use proto::seal::Sealed;
use proto::store::{MemoryStore, Room};

use super::{Incoming, IncomingError, Standing, keep, named};
use crate::letter::Reply;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn incoming(case: u8) -> Incoming {
    let last = "520502000".parse().unwrap();
    let inquiry = Inquiry {
        leg: CaseId::new([case; 16]).leg(1),
        number: "毕教函〔2025〕3号".to_owned(),
        writer: "p52/c5205".parse().unwrap(),
        to: "510104000".parse().unwrap(),
        preview: Preview { age_from: 12, grade: 7, last, evidence: Evidence::ParentStatement },
        record: Sealed(vec![1]),
        sent: day("2025-09-24"),
        reply_by: day("2025-10-24"),
        withdrawn: false,
    };
    let from = inquiry.writer.clone();
    Incoming {
        inquiry,
        from,
        came: Moment(0),
        passed: None,
        passed_before: Vec::new(),
        passed_by: String::new(),
        searches: Vec::new(),
        reply: None,
    }
}

fn reply(outcome: Outcome, on: &str) -> Reply {
    Reply { outcome, day: day(on), place: None, note: String::new(), by: "wang".to_owned() }
}

#[test]
fn a_child_of_a_letter_gets_one_result_and_persuading_is_none() {
    let today = day("2025-10-10");
    let mut it = incoming(1);
    for (on, outcome, expected) in [
        ("2025-09-23", Outcome::Placed, Err("day")),
        ("2025-10-11", Outcome::Placed, Err("day")),
        ("2025-10-08", Outcome::Persuading, Ok(())),
        ("2025-10-09", Outcome::Placed, Ok(())),
        ("2025-10-09", Outcome::Placed, Ok(())),
        ("2025-10-09", Outcome::NotFound, Err("answered")),
    ] {
        let entered = it.answer(reply(outcome, on), today).map(drop).map_err(|error| match error {
            IncomingError::Day { .. } => "day",
            IncomingError::Answered { .. } => "answered",
            other => panic!("{other}"),
        });
        assert_eq!(entered, expected, "{on} {outcome:?}");
    }
    let replied = it.replied().unwrap();
    assert_eq!((replied.number.as_str(), replied.outcome), ("毕教函〔2025〕3号", Outcome::Placed));
    assert_eq!(it.standing(), Standing::Answered);
}

#[test]
fn a_letter_is_found_by_as_much_of_its_case_as_no_other_has() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    for case in [0x11, 0x12, 0x21] {
        keep(&mut room, &incoming(case));
    }
    for (text, expected) in [("2", Some(0x21)), ("11", Some(0x11)), ("1", None), ("", None), ("3", None)] {
        let found = named(&room, text).unwrap().ok().map(|it| it.inquiry.leg.case.0[0]);
        assert_eq!(found, expected, "{text:?}");
    }
}
