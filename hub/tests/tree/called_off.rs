//! The child is back, or the offer is over: whoever was asked to look for it here, or in a letter, need not any more, and
//! what is found all the same is shown to the office.

use hub::desk::HubError;
use hub::letter::{LetterError, Reply};
use proto::custody::step::RejectReason;
use proto::model::case::{
    CaseId, Duty, Evidence, Finding, Leg, Letter, News, Outcome, Preview, Referral, TransferState, Way,
};
use proto::seal::OpenKey;

use crate::duties::{Counties, child, duty, found, key_of, of, officer, place, told};
use crate::harness::{EVENING, Place, School, day};

const CASE: CaseId = CaseId::new([7; 16]);

/// The school that lost the child takes its referral back (X12).
pub(crate) async fn take_back(all: &Counties) {
    let county = all.county().hub().me.clone();
    let way = Way { case: CASE, from: &all.school.party, to: &county };
    let record = way.seal(&child(), &key_of(all.county()).await);
    let preview =
        Preview { age_from: 12, grade: 7, last: place("520502"), evidence: Evidence::ParentStatement };
    let to = place("520521");
    let referral = Referral { case: CASE, revision: 2, to, preview, record, withdrawn: true };
    all.school.send(&county, Letter::Referral(referral)).await;
    all.rounds().await;
}

/// Another school of `place`, which has told its key.
pub(crate) async fn finder(all: &Counties, at: &Place, under: &str) -> School {
    let code = at.invite("2152000009", Some(under)).await;
    let school = School::join(&code, all.tree.clock.clone()).await.unwrap();
    school.send(&at.hub().me, Letter::Key(OpenKey::generate().public())).await;
    school.call(0).await.unwrap();
    all.rounds().await;
    school
}

/// Whether the school was told that it need not look any more.
async fn is_relieved(school: &School, leg: Leg) -> bool {
    school.call(0).await.unwrap();
    school.letters().iter().any(|letter| matches!(letter, Letter::News(news) if news.ends(leg)))
}

async fn finds(all: &Counties, school: &School, at: &Place, leg: Leg) {
    finds_as(all, school, at, (leg, Outcome::Placed)).await;
}

async fn finds_as(all: &Counties, school: &School, at: &Place, (leg, outcome): (Leg, Outcome)) {
    let (day, note) = (day(EVENING), String::new());
    let finding = Finding { leg, outcome, day, place: None, note };
    school.send(&at.hub().me, Letter::Finding(finding)).await;
    school.call(0).await.unwrap();
    all.rounds().await;
}

async fn state(place: &Place) -> TransferState {
    place.hub().dossier(CASE).await.unwrap().dossier.state
}

async fn settle(place: &Place) -> Result<(), HubError> {
    place.hub().settle(CASE, "经核实在原校就读".to_owned(), officer()).await
}

#[tokio::test]
async fn a_school_that_looks_for_a_child_of_its_own_county_hears_that_it_is_back() {
    let all = Counties::with(&[]).await;
    let county = all.county();
    let looks = finder(&all, county, "520502").await;
    all.refer(&all.school, CASE, "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    county.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    take_back(&all).await;
    assert!(is_relieved(&looks, CASE.leg(0)).await);
    assert_eq!((state(county).await, duty(county, CASE).await), (TransferState::Withdrawn, None));
    let again = county.hub().assign(CASE, looks.party.clone(), officer()).await;
    assert!(matches!(again, Err(HubError::NotOffered(CASE))), "{again:?}");
    // it had the child before it heard: the case stays taken back, and somebody looks into it
    finds(&all, &looks, county, CASE.leg(0)).await;
    let seen = (state(county).await, duty(county, CASE).await);
    assert_eq!(seen, (TransferState::Withdrawn, Some(Duty::FoundTwice)));
    settle(county).await.unwrap();
    assert_eq!(duty(county, CASE).await, None);
    let nothing = settle(county).await;
    assert!(matches!(nothing, Err(HubError::NothingToSettle(CASE))), "{nothing:?}");
}

#[tokio::test]
async fn a_school_that_was_asked_before_the_offer_was_accepted_hears_that_it_was_recalled() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    let looks = finder(&all, there, "520521").await;
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    there.hub().ask_for_record(CASE, "核查".to_owned(), officer()).await.unwrap();
    all.rounds().await;
    there.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    take_back(&all).await;
    assert_eq!(
        (state(county).await, state(there).await),
        (TransferState::Withdrawn, TransferState::Withdrawn)
    );
    assert!(is_relieved(&looks, CASE.leg(1)).await);
    finds(&all, &looks, there, CASE.leg(1)).await;
    assert_eq!(duty(there, CASE).await, Some(Duty::FoundTwice));
    let again = there.hub().assign(CASE, looks.party.clone(), officer()).await;
    assert!(matches!(again, Err(HubError::NotOffered(CASE))), "{again:?}");
    settle(there).await.unwrap();
    assert_eq!(duty(there, CASE).await, None);
}

#[tokio::test]
async fn a_town_that_looks_for_a_child_who_is_back_is_done_and_cannot_make_it_placed() {
    let all = Counties::with(&[]).await;
    let (county, town) = (all.county(), &all.tree.town);
    all.refer(&all.school, CASE, "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    county.hub().assign(CASE, town.hub().me.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(town, CASE).await, Some(Duty::Verify));
    take_back(&all).await;
    assert_eq!(duty(town, CASE).await, None);
    let late = town.hub().conclude(CASE, found(Outcome::Placed), officer()).await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(state(county).await, TransferState::Withdrawn);
}

/// After an offer that came to nothing the city is asked for a letter to another province.
async fn asked_after_a_rejection(all: &Counties) {
    let (county, there) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    there.hub().reject(CASE, officer(), RejectReason::NotHere, String::new()).await.unwrap();
    all.rounds().await;
    county.hub().hand_on(CASE, Some(place("440306")), officer(), String::new()).await.unwrap();
    all.rounds().await;
}

async fn draft(all: &Counties, to: &str) {
    all.tree
        .city
        .hub()
        .draft_letter(place(to), "毕教函".parse().unwrap(), Vec::new(), "ma".to_owned())
        .await
        .unwrap();
}

async fn answer(all: &Counties, number: &str, outcome: Outcome) {
    let reply = Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: "ma".to_owned() };
    let case = CASE.to_string()[..6].to_owned();
    all.tree.city.hub().answer_letter(number.to_owned(), case, reply).await.unwrap();
    all.rounds().await;
}

#[tokio::test]
async fn a_child_who_is_back_after_an_offer_failed_waits_for_no_letter_any_more() {
    let all = Counties::with(&["520521"]).await;
    let city = &all.tree.city;
    asked_after_a_rejection(&all).await;
    assert_eq!(duty(city, CASE).await, Some(Duty::WriteLetter));
    take_back(&all).await;
    assert_eq!(of(city, CASE).await, vec![]);
    assert_eq!(city.hub().letters().await.unwrap().1, vec![]);
}

#[tokio::test]
async fn a_letter_that_is_drafted_goes_without_a_child_who_is_back() {
    let all = Counties::with(&["520521"]).await;
    let (county, city) = (all.county(), all.tree.city.hub());
    asked_after_a_rejection(&all).await;
    draft(&all, "440306").await;
    take_back(&all).await;
    let empty = city.send_letter("1号".to_owned(), None, "ma".to_owned()).await;
    assert!(matches!(empty, Err(HubError::Letter(LetterError::Empty(_)))), "{empty:?}");
    all.rounds().await;
    assert_eq!((state(county).await, duty(county, CASE).await), (TransferState::Withdrawn, None));
    assert_eq!(of(&all.tree.city, CASE).await, vec![]);
}

#[tokio::test]
async fn what_a_letter_brings_after_the_child_is_back_is_looked_into_and_changes_nothing() {
    let all = Counties::with(&["520521"]).await;
    let county = all.county();
    asked_after_a_rejection(&all).await;
    draft(&all, "440306").await;
    all.tree.city.hub().send_letter("1号".to_owned(), None, "ma".to_owned()).await.unwrap();
    take_back(&all).await;
    assert_eq!(duty(&all.tree.city, CASE).await, Some(Duty::LetterReply), "on paper people have to tell it");
    answer(&all, "1号", Outcome::Placed).await;
    let seen = (state(county).await, duty(county, CASE).await);
    assert_eq!(seen, (TransferState::Withdrawn, Some(Duty::FoundTwice)));
}

#[tokio::test]
async fn a_late_answer_to_an_earlier_letter_that_has_the_child_in_class_holds() {
    let all = Counties::with(&[]).await;
    let (county, city) = (all.county(), all.tree.city.hub());
    all.refer(&all.school, CASE, "440306").await;
    for (to, number) in [("440306", "1号"), ("440106", "2号")] {
        county.hub().hand_on(CASE, Some(place(to)), officer(), String::new()).await.unwrap();
        all.rounds().await;
        draft(&all, to).await;
        city.send_letter(number.to_owned(), None, "ma".to_owned()).await.unwrap();
        all.rounds().await;
        if number == "1号" {
            answer(&all, number, Outcome::Persuading).await;
        }
    }
    all.school.letters();
    answer(&all, "1号", Outcome::Placed).await;
    assert_eq!(state(county).await, TransferState::AcceptedPlaced);
    assert!(matches!(told(&all.school), Some((TransferState::AcceptedPlaced, false, _))));
    // the other one answers too: what holds is not undone
    answer(&all, "2号", Outcome::NotFound).await;
    assert_eq!((state(county).await, duty(county, CASE).await), (TransferState::AcceptedPlaced, None));
}

/// The school refers the case anew, or takes it back.
async fn refer_anew(all: &Counties, (revision, withdrawn): (u32, bool), to: &str) {
    let county = all.county().hub().me.clone();
    let way = Way { case: CASE, from: &all.school.party, to: &county };
    let record = way.seal(&child(), &key_of(all.county()).await);
    let preview =
        Preview { age_from: 12, grade: 7, last: place("520502"), evidence: Evidence::ParentStatement };
    let referral = Referral { case: CASE, revision, to: place(to), preview, record, withdrawn };
    all.school.send(&county, Letter::Referral(referral)).await;
    all.rounds().await;
}

/// What the school reads that its case is: the newest word of the highest leg, of all it was ever told.
fn reads(school: &School, all: &mut Vec<News>) -> Option<TransferState> {
    all.extend(school.letters().into_iter().filter_map(|letter| match letter {
        Letter::News(news) => Some(news),
        _ => None,
    }));
    all.iter().max_by_key(|news| (news.leg.number, news.at)).map(|news| news.state)
}

/// The city has sent a letter about the child to Shenzhen.
async fn written(all: &Counties) {
    all.refer(&all.school, CASE, "440306").await;
    all.county().hub().hand_on(CASE, Some(place("440306")), officer(), String::new()).await.unwrap();
    all.rounds().await;
    draft(all, "440306").await;
    all.tree.city.hub().send_letter("1号".to_owned(), None, "ma".to_owned()).await.unwrap();
    all.rounds().await;
}

#[tokio::test]
async fn after_a_letter_was_taken_back_the_school_hears_its_county_and_a_late_answer_decides_nothing() {
    let all = Counties::with(&[]).await;
    let (county, mut heard) = (all.county(), Vec::new());
    let looks = finder(&all, county, "520502").await;
    written(&all).await;
    assert_eq!(reads(&all.school, &mut heard), Some(TransferState::Dispatched));
    refer_anew(&all, (2, true), "440306").await;
    assert_eq!(reads(&all.school, &mut heard), Some(TransferState::Withdrawn));
    refer_anew(&all, (3, false), "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    county.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(reads(&all.school, &mut heard), Some(TransferState::Verifying));
    // the other province answers on paper to what nobody asks any more
    answer(&all, "1号", Outcome::NotFound).await;
    assert_eq!(
        (state(county).await, duty(county, CASE).await),
        (TransferState::Verifying, Some(Duty::Verify))
    );
    assert_eq!(reads(&all.school, &mut heard), Some(TransferState::Verifying));
    finds(&all, &looks, county, CASE.leg(0)).await;
    assert_eq!(state(county).await, TransferState::AcceptedPlaced);
    assert_eq!(reads(&all.school, &mut heard), Some(TransferState::AcceptedPlaced));
    assert_eq!(duty(county, CASE).await, None);
}

#[tokio::test]
async fn a_letter_that_is_answered_late_by_a_school_there_ends_the_search_here() {
    let all = Counties::with(&[]).await;
    let county = all.county();
    let looks = finder(&all, county, "520502").await;
    written(&all).await;
    refer_anew(&all, (2, true), "440306").await;
    refer_anew(&all, (3, false), "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    county.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    answer(&all, "1号", Outcome::Placed).await;
    assert_eq!((state(county).await, duty(county, CASE).await), (TransferState::AcceptedPlaced, None));
    assert!(is_relieved(&looks, CASE.leg(0)).await);
}

#[tokio::test]
async fn who_is_found_within_the_county_after_a_letter_found_nobody_is_persuaded_here() {
    let all = Counties::with(&[]).await;
    let county = all.county();
    let looks = finder(&all, county, "520502").await;
    written(&all).await;
    answer(&all, "1号", Outcome::NotFound).await;
    county.hub().hand_on(CASE, Some(place("520502")), officer(), String::new()).await.unwrap();
    county.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    finds_as(&all, &looks, county, (CASE.leg(0), Outcome::Persuading)).await;
    let seen = (state(county).await, duty(county, CASE).await);
    assert_eq!(
        seen,
        (TransferState::AcceptedPersuading, Some(Duty::Persuade)),
        "nobody asks the other province"
    );
    county.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    assert_eq!(duty(county, CASE).await, Some(Duty::NameSchool));
}

#[tokio::test]
async fn a_child_in_class_by_an_officers_word_has_a_school_or_somebody_owes_it() {
    let all = Counties::with(&["520521"]).await;
    let there = &all.others[0];
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(all.county(), there, CASE).await;
    there.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(state(all.county()).await, TransferState::AcceptedPlaced);
    assert_eq!(duty(there, CASE).await, Some(Duty::NameSchool));
    // the school that has the child says so
    let school = finder(&all, there, "520521").await;
    there.hub().assign(CASE, school.party.clone(), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::Verify));
    finds(&all, &school, there, CASE.leg(1)).await;
    assert_eq!(duty(there, CASE).await, None);
    // or an officer, of a school outside the system
    there.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::NameSchool));
    settle(there).await.unwrap();
    assert_eq!(duty(there, CASE).await, None);
}

#[tokio::test]
async fn a_closed_school_is_not_asked_to_find_a_child() {
    let all = Counties::with(&[]).await;
    let county = all.county();
    let closed = finder(&all, county, "520502").await;
    all.refer(&all.school, CASE, "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    county.hub().close_unit(closed.party.clone(), None).await.unwrap();
    let refused = county.hub().assign(CASE, closed.party.clone(), officer()).await;
    assert!(matches!(refused, Err(HubError::NoUnit(_))), "{refused:?}");
}

#[tokio::test]
async fn a_note_that_names_the_child_is_not_signed() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    let note = || "请金丝雀的家长联系".to_owned();
    let refused = county.hub().hand_on(CASE, None, officer(), note()).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    all.offer(county, CASE, "520521").await;
    there.hub().ask_for_record(CASE, "核查".to_owned(), officer()).await.unwrap();
    all.rounds().await;
    let refused = there.hub().reject(CASE, officer(), RejectReason::Insufficient, note()).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    there.hub().reject(CASE, officer(), RejectReason::Insufficient, "材料不足".to_owned()).await.unwrap();
}

#[tokio::test]
async fn a_child_with_a_case_here_is_not_answered_as_in_class_here() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    let other = CaseId::new([8; 16]);
    let lost = finder(&all, there, "520521").await;
    all.refer(&all.school, CASE, "520521").await;
    all.refer_from(there, &lost, other, "520502").await;
    all.offer(county, CASE, "520521").await;
    all.offer(there, other, "520502").await;
    for (at, case) in [(there, CASE), (county, other)] {
        at.hub().ask_for_record(case, "核查".to_owned(), officer()).await.unwrap();
    }
    all.rounds().await;
    for (at, case, own) in [(there, CASE, other), (county, other, CASE)] {
        let reject = at.hub().reject(case, officer(), RejectReason::AlreadyEnrolled, String::new()).await;
        assert!(matches!(reject, Err(HubError::CaseHere { other, .. }) if other == own), "{reject:?}");
    }
    // one of them stays: its place knows of the other
    county.hub().reject(other, officer(), RejectReason::Duplicate, String::new()).await.unwrap();
    there.hub().accept(CASE, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(there, other).await, Some(Duty::DecideReturn));
    assert_eq!(duty(county, CASE).await, None);
}
