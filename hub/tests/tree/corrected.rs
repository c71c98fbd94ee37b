//! A slip in an answer from another province is corrected with a reason: what was entered stays visible, and county
//! and school learn what holds.

use hub::desk::HubError;
use hub::letter::{LetterError, Reply};
use proto::model::case::{CaseId, Duty, Outcome, TransferState};
use proto::model::lang::{Lang, Say};

use crate::duties::{Counties, duty, officer, place, told};
use crate::harness::{EVENING, day};

const CASE: CaseId = CaseId::new([7; 16]);
const NUMBER: &str = "1号";

fn reply(outcome: Outcome, to: Option<&str>) -> Reply {
    Reply { outcome, day: day(EVENING), place: to.map(place), note: String::new(), by: "wang".to_owned() }
}

/// A county whose child is asked for in a letter that was sent.
async fn asked() -> Counties {
    let all = Counties::with(&[]).await;
    all.refer(&all.school, CASE, "440306").await;
    all.county().hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let city = all.tree.city.hub();
    city.draft_letter(place("440306"), "毕教函".parse().unwrap(), Vec::new(), "wang".to_owned())
        .await
        .unwrap();
    city.send_letter(NUMBER.to_owned(), None, "wang".to_owned()).await.unwrap();
    all
}

#[tokio::test]
async fn a_slip_in_an_answer_is_corrected_with_a_reason_and_stays_visible() {
    let all = asked().await;
    let (city, county) = (all.tree.city.hub(), all.county());
    let case = CASE.to_string();
    let entered = |outcome, to| city.answer_letter(NUMBER.to_owned(), case.clone(), reply(outcome, to));
    let correct = |outcome, to, why: &str| {
        city.correct_letter(NUMBER.to_owned(), case.clone(), reply(outcome, to), why.to_owned())
    };
    let early = correct(Outcome::NotFound, None, "误登").await;
    assert!(matches!(early, Err(HubError::Letter(LetterError::NotAnswered { .. }))), "{early:?}");
    entered(Outcome::Placed, None).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(county, CASE).await, told(&all.school).map(|(_, yours, _)| yours)), (None, Some(false)));

    for (outcome, why) in [(Outcome::NotFound, " "), (Outcome::Placed, "误登")] {
        let refused = correct(outcome, None, why).await;
        let named =
            matches!(refused, Err(HubError::Letter(LetterError::NoReason | LetterError::SameAnswer(_))));
        assert!(named, "{refused:?}");
    }
    let letter = correct(Outcome::NotFound, None, "看错回函").await.unwrap();
    assert_eq!(letter.lines[0].reply.as_ref().map(|reply| reply.outcome), Some(Outcome::NotFound));
    let kept = city.corrections(&letter).await.unwrap();
    let [(_, was)] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(
        (was.was.outcome, was.reason.as_str(), was.by.as_str()),
        (Outcome::Placed, "看错回函", "wang")
    );
    assert!(was.say(Lang::Zh).contains("已入学就读") && was.say(Lang::En).contains("看错回函"));
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::DecideReturn), "the child is the county's again");
    let (state, yours, _) = told(&all.school).unwrap();
    assert_eq!((state, yours), (TransferState::ReturnedToSender, true));
    // the place was a slip too: both stay
    correct(Outcome::MovedOn, Some("440305"), "回函另有附页").await.unwrap();
    let letter = correct(Outcome::MovedOn, Some("440307"), "抄错代码").await.unwrap();
    let kept = city.corrections(&letter).await.unwrap();
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[2].1.was.place, Some(place("440305")));
}

#[tokio::test]
async fn a_child_that_moved_on_went_somewhere() {
    let all = asked().await;
    let (city, case) = (all.tree.city.hub(), CASE.to_string());
    let nowhere = city.answer_letter(NUMBER.to_owned(), case.clone(), reply(Outcome::MovedOn, None)).await;
    assert!(matches!(nowhere, Err(HubError::Letter(LetterError::NoPlace))), "{nowhere:?}");
    let said = reply(Outcome::MovedOn, Some("440305"));
    city.answer_letter(NUMBER.to_owned(), case.clone(), said).await.unwrap();
    let nowhere =
        city.correct_letter(NUMBER.to_owned(), case, reply(Outcome::MovedOn, None), "误登".to_owned()).await;
    assert!(matches!(nowhere, Err(HubError::Letter(LetterError::NoPlace))), "{nowhere:?}");
}

#[tokio::test]
async fn neither_an_answer_nor_the_reason_for_another_one_names_the_child() {
    let all = asked().await;
    let (city, case) = (all.tree.city.hub(), CASE.to_string());
    let named = "金丝雀的家长来电".to_owned();
    let said = Reply { note: named.clone(), ..reply(Outcome::NotFound, None) };
    let refused = city.answer_letter(NUMBER.to_owned(), case.clone(), said).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    let letter = city.answer_letter(NUMBER.to_owned(), case.clone(), reply(Outcome::NotFound, None)).await;
    assert_eq!(city.corrections(&letter.unwrap()).await.unwrap().len(), 0);
    let refused = city.correct_letter(NUMBER.to_owned(), case, reply(Outcome::Placed, None), named).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    assert_eq!(city.corrections(&city.letters().await.unwrap().0[0]).await.unwrap().len(), 0);
}
