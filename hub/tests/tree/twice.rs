//! One case, two ways at once: whoever has offered it, or had a letter written, decides nothing else about it first.

use hub::desk::HubError;
use hub::desk::transfer::act::Handed;
use hub::letter::Reply;
use proto::model::case::{CaseId, Outcome};

use crate::duties::Counties;
use crate::harness::{EVENING, day};

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "li".to_owned()
}

/// Every other way that a county could let the case go.
async fn nothing_else_goes(all: &Counties, when: &str) {
    let county = all.county().hub();
    // the same place again, another city's, another province's, the own one
    for to in ["520521", "520302", "440306", "520502"] {
        let refused = county.hand_on(CASE, Some(to.parse().unwrap()), officer(), String::new()).await;
        assert!(matches!(refused, Err(HubError::OnItsWay(CASE))), "{when}, to {to}: {refused:?}");
    }
    let school = all.school.party.clone();
    let refused = county.assign(CASE, school, officer()).await;
    assert!(matches!(refused, Err(HubError::OnItsWay(CASE))), "{when}: {refused:?}");
}

#[tokio::test]
async fn a_case_that_is_offered_is_offered_nowhere_else_and_searched_nowhere_else() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county().hub(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    county.hand_on(CASE, None, officer(), String::new()).await.unwrap();
    nothing_else_goes(&all, "signed and not yet in its place").await;
    all.rounds().await;
    all.tree.city.hub().dispatch(None, officer()).await.unwrap();
    all.rounds().await;
    nothing_else_goes(&all, "offered").await;
    county.recall(CASE, officer()).await.unwrap();
    nothing_else_goes(&all, "a recall on its way").await;
    all.rounds().await;
    let handed =
        county.hand_on(CASE, Some("520502".parse().unwrap()), officer(), String::new()).await.unwrap();
    assert_eq!(handed, Handed::Here, "taken back, it is this county's to decide");
    assert!(second.hub().accept(CASE, officer()).await.is_err());
}

#[tokio::test]
async fn a_case_that_a_letter_was_asked_for_waits_for_the_answer() {
    let all = Counties::with(&["520521"]).await;
    let (county, city) = (all.county().hub(), all.tree.city.hub());
    all.refer(&all.school, CASE, "440306").await;
    assert_eq!(county.hand_on(CASE, None, officer(), String::new()).await.unwrap(), Handed::Letter);
    nothing_else_goes(&all, "asked for").await;
    all.rounds().await;
    let to = "440306".parse().unwrap();
    city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), "wang".to_owned()).await.unwrap();
    city.send_letter("1号".to_owned(), None, "wang".to_owned()).await.unwrap();
    all.rounds().await;
    nothing_else_goes(&all, "sent").await;
    let reply = Reply {
        outcome: Outcome::NotFound,
        day: day(EVENING),
        place: None,
        note: String::new(),
        by: "wang".to_owned(),
    };
    city.answer_letter("1号".to_owned(), CASE.to_string()[..6].to_owned(), reply).await.unwrap();
    all.rounds().await;
    let handed =
        county.hand_on(CASE, Some("520521".parse().unwrap()), officer(), String::new()).await.unwrap();
    assert!(matches!(handed, Handed::Offered { .. }), "{handed:?}");
}
