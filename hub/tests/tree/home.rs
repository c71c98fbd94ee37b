//! X12 after another county has accepted: the child is back at its old school. Whoever answers for it is told, hands it
//! back, and answers until that is accepted.

use proto::model::case::{CaseId, Closing, Duty, Letter, Progress, Stage, TransferState};

use crate::duties::{Counties, duty, own};
use crate::harness::{EVENING, Place, day};

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "wang".to_owned()
}

/// Which of them answer for the child.
async fn answering(places: &[&Place]) -> Vec<String> {
    let mut out = Vec::new();
    for place in places {
        if place.hub().dossier(CASE).await.unwrap().stance.acts() {
            out.push(place.hub().me.region().to_string());
        }
    }
    out
}

/// The child is in class at its old school.
async fn comes_back(all: &Counties) {
    let (stage, since, due) = (Stage::Returned, day(EVENING), None);
    let (overdue, suspended_until, closing, acts) = (false, None, None, Vec::new());
    let told =
        Progress { case: CASE, revision: 3, stage, since, due, overdue, suspended_until, closing, acts };
    all.school.send(&all.county().hub().me, Letter::Progress(told)).await;
    all.withdraw(CASE, "520521").await;
    all.rounds().await;
}

fn told(all: &Counties) -> Option<(TransferState, bool)> {
    let mut news = all.school.letters().into_iter().filter_map(|letter| match letter {
        Letter::News(news) => Some((news.state, news.yours)),
        _ => None,
    });
    news.next_back()
}

/// Hands the case back without being told where to, and the county takes it.
async fn goes_home(all: &Counties, from: &Place) {
    let county = all.county();
    from.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let waits = all.tree.city.hub().moves().await.unwrap();
    for moved in waits.into_iter().filter(|moved| moved.waiting.is_some()) {
        assert_eq!(moved.to, county.hub().me);
        all.tree.city.hub().dispatch(Some(moved.leg), officer()).await.unwrap();
    }
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::AnswerOffer));
    county.hub().accept(CASE, officer()).await.unwrap();
    all.rounds().await;
}

#[tokio::test]
async fn who_has_taken_a_child_that_is_back_at_its_old_school_is_told_and_hands_it_back() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    assert_eq!(duty(second, CASE).await, Some(Duty::Assign));
    comes_back(&all).await;
    assert_eq!(duty(second, CASE).await, Some(Duty::GiveBack));
    let home = second.hub().dossier(CASE).await.unwrap().dossier.home.unwrap();
    assert_eq!((home.county, home.why), (county.hub().me.clone(), Some(Closing::Returned)));
    assert_eq!(told(&all), Some((TransferState::AcceptedPersuading, false)));
    assert_eq!(answering(&[county, second]).await, ["520521"], "until it is taken back");
    goes_home(&all, second).await;
    assert_eq!(answering(&[county, second]).await, ["520502"]);
    assert_eq!(told(&all), Some((TransferState::Withdrawn, true)));
    for place in [county, second] {
        assert_eq!(own(place, CASE).await, [], "{}", place.hub().me);
    }
}

/// The acceptance was signed before the withdrawal arrived.
#[tokio::test]
async fn an_acceptance_that_was_on_its_way_when_the_child_came_back_is_answered_with_the_return() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    second.hub().accept(CASE, officer()).await.unwrap();
    second.sync().await;
    all.tree.city.sync().await;
    comes_back(&all).await;
    assert_eq!(answering(&[county, second]).await, ["520521"]);
    assert_eq!(duty(second, CASE).await, Some(Duty::GiveBack));
    goes_home(&all, second).await;
    assert_eq!(answering(&[county, second]).await, ["520502"]);
    assert!(own(county, CASE).await.is_empty() && own(second, CASE).await.is_empty());
}

#[tokio::test]
async fn the_return_follows_a_case_that_was_handed_on() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    all.hand_over(second, third, CASE).await;
    comes_back(&all).await;
    all.rounds().await;
    assert_eq!(duty(second, CASE).await, None);
    assert_eq!(duty(third, CASE).await, Some(Duty::GiveBack));
    goes_home(&all, third).await;
    assert_eq!(answering(&[county, second, third]).await, ["520502"]);
    for place in [county, second, third] {
        assert_eq!(own(place, CASE).await, [], "{}", place.hub().me);
    }
}

#[tokio::test]
async fn what_was_offered_on_is_recalled_when_the_child_is_back_where_it_began() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    all.offer(second, CASE, "520523").await;
    comes_back(&all).await;
    all.rounds().await;
    assert_eq!(duty(second, CASE).await, Some(Duty::GiveBack));
    goes_home(&all, second).await;
    assert_eq!(answering(&[county, second, &all.others[1]]).await, ["520502"]);
}
