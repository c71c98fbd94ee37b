//! A case that is asked about again: a search that found nothing, an answer that changes, a referral that goes back
//! twice, a record that somebody asks for.

use hub::desk::HubError;
use hub::persuasion::CaseError;
use hub::transfer::What;
use proto::model::case::{
    Act, CaseId, Closing, Duty, Finding, Letter, Outcome, Progress, Stage, TransferState,
};
use proto::seal::OpenKey;

use crate::duties::Counties;
use crate::harness::{EVENING, Place, School, day};
use crate::moved::confirm;

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "wang".to_owned()
}

async fn duty(place: &Place) -> Option<Duty> {
    place.hub().dossier(CASE).await.unwrap().duty.map(|(duty, _)| duty)
}

fn progress(revision: u32, stage: Stage, closing: Option<Closing>) -> Letter {
    let since = day(EVENING);
    let (due, overdue, suspended_until) = (None, false, None);
    Letter::Progress(Progress {
        case: CASE,
        revision,
        stage,
        since,
        due,
        overdue,
        suspended_until,
        closing,
        acts: Vec::new(),
    })
}

async fn finds(finder: &School, place: &Place, outcome: Outcome) {
    let finding = Finding { leg: CASE.leg(1), outcome, day: day(EVENING), place: None, note: String::new() };
    finder.send(&place.hub().me, Letter::Finding(finding)).await;
    finder.call(0).await.unwrap();
}

/// A county that has taken the child, and its school that is to find it.
async fn searching() -> (Counties, School) {
    let all = Counties::with(&["520521"]).await;
    let second = &all.others[0];
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(all.county(), second, CASE).await;
    let code = second.invite("2152000009", Some("520521")).await;
    let finder = School::join(&code, all.tree.clock.clone()).await.unwrap();
    finder.send(&second.hub().me, Letter::Key(OpenKey::generate().public())).await;
    finder.call(0).await.unwrap();
    second.hub().assign(CASE, finder.party.clone(), officer()).await.unwrap();
    finder.call(0).await.unwrap();
    (all, finder)
}

#[tokio::test]
async fn a_search_that_is_asked_for_again_is_a_search_until_its_answer() {
    let (all, finder) = searching().await;
    let second = &all.others[0];
    for (found, before, again) in [
        (Outcome::Persuading, Duty::Persuade, Duty::Verify),
        (Outcome::NotFound, Duty::Answer, Duty::Verify),
        (Outcome::Persuading, Duty::Persuade, Duty::Verify),
    ] {
        finds(&finder, second, found).await;
        assert_eq!(duty(second).await, Some(before), "{found:?}");
        second.hub().assign(CASE, finder.party.clone(), officer()).await.unwrap();
        assert_eq!(duty(second).await, Some(again), "{found:?}, and asked again");
    }
    finds(&finder, second, Outcome::Placed).await;
    assert_eq!(duty(second).await, None, "in class");
}

#[tokio::test]
async fn the_case_of_a_child_that_is_not_found_any_more_ends_at_the_school_that_persuaded_it() {
    let (all, finder) = searching().await;
    let second = &all.others[0];
    finder.send(&second.hub().me, progress(1, Stage::Contacting, None)).await;
    finds(&finder, second, Outcome::Persuading).await;
    assert!(second.hub().case(CASE).await.unwrap().case.is_open());
    finder.letters();
    // the school ends its own case and says so before it says what it found
    finder.send(&second.hub().me, progress(2, Stage::Moved, Some(Closing::Moved))).await;
    finds(&finder, second, Outcome::NotFound).await;
    assert!(!second.hub().case(CASE).await.unwrap().case.is_open(), "no officer has to confirm that");
    finder.call(0).await.unwrap();
    let letters = finder.letters();
    let closed = |letter: &Letter| matches!(letter, Letter::Direction(d) if d.act == Act::ClosingConfirmed);
    assert!(letters.iter().any(closed), "{letters:?}");
}

#[tokio::test]
async fn a_child_that_was_not_found_there_is_not_closed_as_moved() {
    let (all, finder) = searching().await;
    let (county, second) = (all.county(), &all.others[0]);
    all.school.send(&county.hub().me, progress(1, Stage::Moved, Some(Closing::Moved))).await;
    finds(&finder, second, Outcome::NotFound).await;
    let found =
        hub::desk::transfer::act::Concluding { outcome: Outcome::NotFound, place: None, note: String::new() };
    second.hub().conclude(CASE, found, officer()).await.unwrap();
    all.rounds().await;
    let refused = confirm(county).await;
    assert!(matches!(refused, Err(HubError::Case(CaseError::NotFoundThere(CASE)))), "{refused:?}");
}

#[tokio::test]
async fn a_referral_goes_back_once_and_what_was_taken_back_is_not_recalled() {
    let all = Counties::with(&["520521"]).await;
    let county = all.county();
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    county.hub().recall(CASE, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(county.hub().dossier(CASE).await.unwrap().dossier.state, TransferState::Withdrawn);
    let twice = county.hub().recall(CASE, officer()).await;
    assert!(matches!(twice, Err(HubError::NotOffered(CASE))), "{twice:?}");
    county.hub().send_referral_back(CASE, officer(), "请补充地址".to_owned()).await.unwrap();
    let twice = county.hub().send_referral_back(CASE, officer(), "请补充地址".to_owned()).await;
    assert!(matches!(twice, Err(HubError::SentBackAlready(CASE))), "{twice:?}");
    let history = county.hub().dossier(CASE).await.unwrap().dossier.history;
    let times = |what: What| history.iter().filter(|event| event.what == what).count();
    assert_eq!((times(What::SentBack), times(What::Withdrawn)), (1, 1));
}

#[tokio::test]
async fn who_asks_for_a_record_is_in_the_history_and_in_the_log() {
    let all = Counties::with(&["520521"]).await;
    let second = &all.others[0];
    all.refer(&all.school, CASE, "520521").await;
    all.offer(all.county(), CASE, "520521").await;
    let nobody = second.hub().ask_for_record(CASE, "核查就读".to_owned(), " ".to_owned()).await;
    assert!(matches!(nobody, Err(HubError::Case(CaseError::Nobody))), "{nobody:?}");
    second.hub().ask_for_record(CASE, "核查就读".to_owned(), officer()).await.unwrap();
    let history = second.hub().dossier(CASE).await.unwrap().dossier.history;
    let asked = history.iter().find(|event| event.what == What::Asked).unwrap();
    assert_eq!((asked.by.as_str(), asked.note.as_str()), ("wang", "核查就读"));
    let log = second.hub().audit(1).await.unwrap();
    assert_eq!((log[0].who.as_str(), log[0].purpose.as_str()), ("wang", "核查就读"));
}
