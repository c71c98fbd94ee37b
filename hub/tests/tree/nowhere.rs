//! A county that has no hub: whoever offers a case to it is not left waiting for nobody.

use hub::desk::transfer::moving::Declining;
use proto::model::case::{CaseId, Duty};
use proto::model::document::Topic;

use crate::duties::{Counties, duty, own};

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "li".to_owned()
}

#[tokio::test]
async fn an_offer_to_a_county_without_a_hub_waits_for_the_registrars_officer_who_sends_it_back() {
    let all = Counties::with(&[]).await;
    let (county, city) = (all.county(), &all.tree.city);
    let body = "[transfer]\ndispatch = \"automatic\"\n".to_owned();
    let (draft, _) = city.hub().draft(Topic::Rulebook, body).unwrap();
    city.hub().issue(draft).await.unwrap();
    all.refer(&all.school, CASE, "520524").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let waiting: Vec<Duty> = own(city, CASE).await.into_iter().map(|(duty, ..)| duty).collect();
    assert_eq!(waiting, [Duty::Deliver], "the city knows that no hub is there");
    let moves = city.hub().moves().await.unwrap();
    assert_eq!(moves.iter().map(|moved| moved.joined).collect::<Vec<_>>(), [false]);
    let why = Declining { place: None, reason: "该县尚未接入，请电话联系".to_owned() };
    city.hub().decline(moves[0].leg, why, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(county, CASE).await, own(city, CASE).await), (Some(Duty::DecideReturn), Vec::new()));
    // and it is the county's to decide again
    county.hub().hand_on(CASE, Some("520502".parse().unwrap()), officer(), String::new()).await.unwrap();
}
