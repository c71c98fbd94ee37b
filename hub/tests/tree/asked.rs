//! A second unit is asked to find a child: the first one learns so and why, and what it finds all the same is kept.

use hub::desk::transfer::act::Concluding;
use hub::transfer::What;
use proto::model::case::{CaseId, Duty, Finding, Letter, Outcome, Progress, Stage, TransferState};
use proto::seal::OpenKey;

use crate::duties::{Counties, duty, officer};
use crate::harness::{EVENING, School, day};

const CASE: CaseId = CaseId::new([7; 16]);

/// A county that has taken a child and asked a school to find it; another school of it.
async fn searching() -> (Counties, School, School) {
    let all = Counties::with(&["520521"]).await;
    let there = &all.others[0];
    let mut schools = Vec::new();
    for code in ["2152000008", "2152000009"] {
        let code = there.invite(code, Some("520521")).await;
        let school = School::join(&code, all.tree.clock.clone()).await.unwrap();
        school.send(&there.hub().me, Letter::Key(OpenKey::generate().public())).await;
        school.call(0).await.unwrap();
        schools.push(school);
    }
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(all.county(), there, CASE).await;
    let second = schools.pop().unwrap();
    let first = schools.pop().unwrap();
    there.hub().assign(CASE, first.party.clone(), officer()).await.unwrap();
    first.call(0).await.unwrap();
    first.letters();
    (all, first, second)
}

/// What a school was told that need not look any more.
fn relieved(school: &School) -> Option<(TransferState, String)> {
    school.letters().into_iter().find_map(|letter| match letter {
        Letter::News(news) if news.ends(CASE.leg(1)) => Some((news.state, news.reason)),
        _ => None,
    })
}

fn finding(outcome: Outcome) -> Letter {
    let (day, note) = (day(EVENING), "三年级二班".to_owned());
    Letter::Finding(Finding { leg: CASE.leg(1), outcome, day, place: None, note })
}

#[tokio::test]
async fn the_first_unit_is_told_when_another_is_asked_and_its_finding_is_kept() {
    let (all, first, second) = searching().await;
    let there = &all.others[0];
    // the same one again is no news
    there.hub().assign(CASE, first.party.clone(), officer()).await.unwrap();
    first.call(0).await.unwrap();
    assert_eq!(relieved(&first), None);
    there.hub().assign(CASE, second.party.clone(), officer()).await.unwrap();
    // it has found the child before it hears
    first.send(&there.hub().me, finding(Outcome::Placed)).await;
    first.call(0).await.unwrap();
    let (state, reason) = relieved(&first).unwrap();
    assert_eq!(state, TransferState::Verifying);
    assert!(reason.contains(&second.party.to_string()) && reason.contains("核查"), "{reason}");
    assert!(first.quiet.receipts.lock().unwrap().is_empty(), "nothing of it was refused");
    let shown = there.hub().dossier(CASE).await.unwrap().dossier;
    let seen = shown.history.iter().find(|event| event.what == What::Found(Outcome::Placed)).unwrap();
    assert_eq!(seen.note, format!("{} 三年级二班", first.party));
    assert_eq!(duty(there, CASE).await, Some(Duty::Verify), "the second looks, and the officer decides");
    // a unit that was never asked is refused as before
    let strange = there.invite("2152000007", Some("520521")).await;
    let strange = School::join(&strange, all.tree.clock.clone()).await.unwrap();
    strange.send(&there.hub().me, finding(Outcome::Placed)).await;
    strange.call(0).await.unwrap();
    strange.call(0).await.unwrap();
    assert!(!strange.quiet.receipts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_had_found_the_child_and_was_persuading_it_has_its_case_ended() {
    let (all, first, second) = searching().await;
    let there = &all.others[0];
    first.send(&there.hub().me, finding(Outcome::Persuading)).await;
    let (since, stage) = (day(EVENING), Stage::Contacting);
    let (due, overdue, suspended_until, closing) = (None, false, None, None);
    let told = Progress {
        case: CASE,
        revision: 1,
        stage,
        since,
        due,
        overdue,
        suspended_until,
        closing,
        acts: Vec::new(),
    };
    first.send(&there.hub().me, Letter::Progress(told)).await;
    first.call(0).await.unwrap();
    there.hub().assign(CASE, second.party.clone(), officer()).await.unwrap();
    first.call(0).await.unwrap();
    assert!(relieved(&first).is_some());
    assert_eq!(there.hub().case(CASE).await.unwrap().case.stage(), Stage::Closed);
}

#[tokio::test]
async fn a_town_that_was_asked_first_has_its_errand_ended_with_the_reason() {
    let all = Counties::with(&["520521"]).await;
    let (county, town, other) = (all.county(), &all.tree.town, &all.others[0]);
    let code = other.invite("2152000009", Some("520521")).await;
    let lost = School::join(&code, all.tree.clock.clone()).await.unwrap();
    all.refer_from(other, &lost, CASE, "520502").await;
    all.hand_over(other, county, CASE).await;
    county.hub().assign(CASE, town.hub().me.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(town, CASE).await, Some(Duty::Verify));
    all.school.send(&county.hub().me, Letter::Key(OpenKey::generate().public())).await;
    all.rounds().await;
    county.hub().assign(CASE, all.school.party.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(town, CASE).await, None);
    let shown = town.hub().dossier(CASE).await.unwrap().dossier;
    assert!(shown.history.last().unwrap().note.contains(&all.school.party.to_string()));
    // asked again it looks again
    county.hub().assign(CASE, town.hub().me.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(town, CASE).await, Some(Duty::Verify));
    let found = Concluding { outcome: Outcome::NotFound, place: None, note: String::new() };
    town.hub().conclude(CASE, found, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::Answer));
}
