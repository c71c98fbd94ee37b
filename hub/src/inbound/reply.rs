//! How the results of a list are said in the letter that answers it, and which letters answered it.
//!
//! Keys: `h/w/p/<list>` the letters, oldest first.

use proto::model::case::{ChildRecord, ListResult};
use proto::model::day::Day;
use proto::model::personal::Personal;
use proto::paper::{Answered, Finding, Number};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::Answer;

/// A letter that answered a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replied {
    /// Its number.
    pub number: Number,
    /// Its date.
    pub day: Day,
    /// By which account.
    pub by: String,
}

/// All of them; who learned more answers once more.
#[derive(Default, Serialize, Deserialize)]
struct Replies(Vec<Replied>);

impl Record for Replies {
    const VERSION: u8 = 1;
    const NAME: &'static str = "letters that answered a list";
}

fn key(list: &str) -> Vec<u8> {
    [b"h/w/p/", list.as_bytes()].concat()
}

/// Enters a letter that answered `list`.
///
/// # Errors
/// When the store cannot read.
pub fn keep(room: &mut Room<'_>, list: &str, replied: &Replied) -> Result<(), StoreError> {
    let mut replies: Replies = room.read(&key(list))?.unwrap_or_default();
    replies.0.push(replied.clone());
    room.write(key(list), &replies);
    Ok(())
}

/// The letters that answered `list`, oldest first.
///
/// # Errors
/// When the store cannot read.
pub fn of(room: &Room<'_>, list: &str) -> Result<Vec<Replied>, StoreError> {
    let replies: Replies = room.read(&key(list))?.unwrap_or_default();
    Ok(replies.0)
}

/// A row as the letter lists it.
pub fn answered(answer: &Answer, record: &ChildRecord) -> Answered {
    let Answer { result, day, note, .. } = answer;
    let given = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let finding = finding(*result, &record.school, note);
    // what is said as the place is not said again as a remark
    let note = if matches!(finding, Finding::MovedOn { .. }) { None } else { given(note) };
    Answered { child: record.into(), finding, checked: *day, note: note.map(Personal::new) }
}

fn finding(result: ListResult, school: &str, note: &str) -> Finding {
    let school = || school.to_owned();
    match result {
        ListResult::InSchool => Finding::AlreadyEnrolled { school: school() },
        ListResult::Elsewhere => Finding::Elsewhere,
        ListResult::Persuading => Finding::Persuading,
        ListResult::Returned => Finding::Returned { school: school() },
        ListResult::Placed => Finding::TaughtOtherwise,
        ListResult::Exempt => Finding::Exempt,
        ListResult::Moved => Finding::MovedOn { whereabouts: Personal::new(note.trim().to_owned()) },
        ListResult::Abroad => Finding::Abroad,
        ListResult::Completed => Finding::Completed,
        ListResult::Deceased => Finding::Deceased,
        ListResult::Unknown => Finding::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use proto::model::personal::Purpose;
    use proto::store::MemoryStore;

    use super::*;

    fn record() -> ChildRecord {
        let text = |text: &str| Personal::new(text.to_owned());
        ChildRecord {
            name: text("甲"),
            sex: text("男"),
            birth: Personal::new("2013-05-06".parse().unwrap()),
            id_number: text(""),
            roll_number: text(""),
            guardian: text(""),
            phone: text(""),
            address: text(""),
            school: "示范小学".to_owned(),
            evidence: text(""),
            summary: text(""),
            needs: text(""),
            reached: None,
            unwilling: None,
        }
    }

    #[test]
    fn every_result_has_its_words_and_a_remark_is_said_once() {
        let school = || "示范小学".to_owned();
        let there = |place: &str| Finding::MovedOn { whereabouts: Personal::new(place.to_owned()) };
        for (result, expected, remark) in [
            (ListResult::InSchool, Finding::AlreadyEnrolled { school: school() }, Some("已核")),
            (ListResult::Elsewhere, Finding::Elsewhere, Some("已核")),
            (ListResult::Persuading, Finding::Persuading, Some("已核")),
            (ListResult::Returned, Finding::Returned { school: school() }, Some("已核")),
            (ListResult::Placed, Finding::TaughtOtherwise, Some("已核")),
            (ListResult::Exempt, Finding::Exempt, Some("已核")),
            (ListResult::Moved, there("已核"), None),
            (ListResult::Abroad, Finding::Abroad, Some("已核")),
            (ListResult::Completed, Finding::Completed, Some("已核")),
            (ListResult::Deceased, Finding::Deceased, Some("已核")),
            (ListResult::Unknown, Finding::NotFound, Some("已核")),
        ] {
            let day = "2026-11-20".parse().unwrap();
            let answer = Answer { result, day, note: " 已核 ".to_owned(), by: String::new() };
            let said = answered(&answer, &record());
            assert_eq!((said.finding, said.checked), (expected, day), "{result:?}");
            let note = said.note.map(|note| note.open(Purpose::Document).clone());
            assert_eq!(note.as_deref(), remark, "{result:?}");
        }
    }

    #[test]
    fn a_list_keeps_every_letter_that_answered_it() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let replied = |number: &str| Replied {
            number: number.parse().unwrap(),
            day: "2026-11-20".parse().unwrap(),
            by: "li".to_owned(),
        };
        for number in ["七教函〔2026〕1号", "七教函〔2026〕2号"] {
            keep(&mut room, "东教函〔2026〕9号", &replied(number)).unwrap();
        }
        let kept = of(&room, "东教函〔2026〕9号").unwrap();
        assert_eq!(kept, ["七教函〔2026〕1号", "七教函〔2026〕2号"].map(replied));
        assert!(of(&room, "另一份").unwrap().is_empty());
    }
}
