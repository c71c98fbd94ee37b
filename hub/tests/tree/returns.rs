//! A case that comes back, goes on, or goes round: who answers is proven over all legs, and the school that lost
//! the child hears of it.

use hub::desk::transfer::act::Concluding;
use hub::desk::transfer::moving::Declining;
use proto::custody::proof::Proof;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, Duty, Letter, Outcome, TransferState};

use crate::duties::Counties;
use crate::harness::{Place, School};

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "wang".to_owned()
}

/// Who answered in each leg's last step, after the proof was checked with the root alone.
async fn proven(place: &Place) -> Vec<(u16, String)> {
    let hub = place.hub();
    let file = hub.proof(CASE).await.unwrap().to_json();
    let root = hub.state().identity.as_ref().unwrap().lineage().root().clone();
    let steps = Proof::from_json(&file).unwrap().verify(&root);
    let steps = steps.unwrap_or_else(|error| panic!("{}: {error}", hub.me));
    let mut holders: Vec<(u16, String)> = Vec::new();
    for step in steps {
        holders.retain(|(leg, _)| *leg != step.leg.number);
        holders.push((step.leg.number, step.holder.region().to_string()));
    }
    holders
}

fn legs(expected: &[(u16, &str)]) -> Vec<(u16, String)> {
    expected.iter().map(|(leg, holder)| (*leg, (*holder).to_owned())).collect()
}

fn told(school: &School) -> Vec<(TransferState, bool)> {
    let news = school.letters().into_iter().filter_map(|letter| match letter {
        Letter::News(news) => Some((news.state, news.yours)),
        _ => None,
    });
    news.collect()
}

async fn duty(place: &Place) -> Option<Duty> {
    place.hub().dossier(CASE).await.unwrap().duty.map(|(duty, _)| duty)
}

async fn conclude(place: &Place, outcome: Outcome) {
    let found = Concluding { outcome, place: None, note: String::new() };
    place.hub().conclude(CASE, found, officer()).await.unwrap();
}

#[tokio::test]
async fn a_return_that_is_declined_and_a_way_on_are_proven_and_the_answer_finds_its_school() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    // the second offers it back, the origin does not take it
    all.offer(second, CASE, "520502").await;
    assert_eq!(duty(county).await, Some(Duty::AnswerOffer));
    county.hub().reject(CASE, officer(), RejectReason::NotHere, String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(second).await, duty(county).await), (Some(Duty::DecideReturn), None));
    assert_eq!(proven(second).await, legs(&[(1, "520521"), (2, "520521")]));
    // offered back once more: this time the city does not even let it go
    second.hub().hand_on(CASE, Some("520502".parse().unwrap()), officer(), String::new()).await.unwrap();
    all.rounds().await;
    let waiting = all.tree.city.hub().moves().await.unwrap();
    let leg = waiting.iter().find(|moved| moved.waiting.is_some()).unwrap().leg;
    all.tree.city.hub().decline(leg, Declining::default(), "wang".to_owned()).await.unwrap();
    all.rounds().await;
    all.school.letters();
    all.hand_over(second, third, CASE).await;
    let whole = legs(&[(1, "520521"), (2, "520521"), (3, "520523")]);
    assert_eq!(proven(second).await, whole);
    assert_eq!(proven(third).await, whole, "who took it last shows the whole way");
    conclude(third, Outcome::Placed).await;
    all.rounds().await;
    all.rounds().await;
    assert_eq!(told(&all.school).last(), Some(&(TransferState::AcceptedPlaced, false)));
}

#[tokio::test]
async fn an_offer_that_the_moving_office_declined_leaves_no_gap_in_the_proof() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    // the first leg of all, and then the way on, are declined before anything stands in its place
    for (from, to) in [(county, "520521"), (county, "520523")] {
        from.hub().hand_on(CASE, Some(to.parse().unwrap()), officer(), String::new()).await.unwrap();
        all.rounds().await;
        let leg = all.tree.city.hub().moves().await.unwrap()[0].leg;
        all.tree.city.hub().decline(leg, Declining::default(), "wang".to_owned()).await.unwrap();
        all.rounds().await;
        assert_eq!(duty(from).await, Some(Duty::DecideReturn));
    }
    all.hand_over(county, second, CASE).await;
    second.hub().hand_on(CASE, Some("520502".parse().unwrap()), officer(), String::new()).await.unwrap();
    all.rounds().await;
    let waiting = all.tree.city.hub().moves().await.unwrap();
    let leg = waiting.iter().find(|moved| moved.waiting.is_some()).unwrap().leg;
    all.tree.city.hub().decline(leg, Declining::default(), "wang".to_owned()).await.unwrap();
    all.rounds().await;
    all.hand_over(second, third, CASE).await;
    let holders: Vec<String> = proven(third).await.into_iter().map(|(_, holder)| holder).collect();
    assert_eq!(holders, ["520521", "520523"]);
}

#[tokio::test]
async fn a_case_that_comes_home_is_its_school_s_again() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    conclude(second, Outcome::NotFound).await;
    all.rounds().await;
    assert_eq!(told(&all.school).last(), Some(&(TransferState::AcceptedPersuading, false)));
    all.hand_over(second, county, CASE).await;
    assert_eq!(duty(county).await, Some(Duty::DecideReturn));
    all.rounds().await;
    assert_eq!(told(&all.school).last(), Some(&(TransferState::ReturnedToSender, true)));
    // looked for at home now: the answer goes to the school and to nobody else
    let here = Some("520502".parse().unwrap());
    county.hub().hand_on(CASE, here, officer(), String::new()).await.unwrap();
    conclude(county, Outcome::Placed).await;
    all.rounds().await;
    assert_eq!(told(&all.school).last(), Some(&(TransferState::AcceptedPlaced, false)));
    assert_eq!(proven(county).await, legs(&[(1, "520521"), (2, "520502")]));
}

#[tokio::test]
async fn a_case_that_goes_round_is_answered_on_the_way_that_the_origin_knows() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    all.hand_over(second, third, CASE).await;
    all.hand_over(third, second, CASE).await;
    assert_eq!(duty(second).await, Some(Duty::Assign));
    conclude(second, Outcome::Placed).await;
    all.rounds().await;
    assert_eq!(told(&all.school).last(), Some(&(TransferState::AcceptedPlaced, false)));
    assert_eq!(proven(second).await, legs(&[(1, "520521"), (2, "520523"), (3, "520521")]));
    // a fourth leg is one too many for the city to let go without a look
    second.hub().hand_on(CASE, Some("520523".parse().unwrap()), officer(), String::new()).await.unwrap();
    all.rounds().await;
    let todo = all.tree.city.hub().todo().await.unwrap();
    assert!(todo.iter().any(|item| item.wait.duty() == Some(Duty::DecideLoop)), "{todo:?}");
}
