//! X11: the child is on a roll where the case was offered. Nobody has to look for it any more; its roll is to be
//! moved (T14), and then the case is closed.

use hub::desk::casework::Order;
use hub::desk::transfer::act::Concluding;
use proto::custody::step::RejectReason;
use proto::model::case::{Act, CaseId, Closing, Duty, Letter, Outcome, Progress, Stage, TransferState};

use crate::duties::{Counties, below, duty, found, of, officer, on_duty, told};
use crate::harness::{EVENING, day};

const CASE: CaseId = CaseId::new([7; 16]);
/// What the school is told, in both languages.
const ENROLLED: &str = "已在本地就读，只需办理学籍转接 / in class here; only the roll transfer is missing";

fn asks_closing() -> Letter {
    let (stage, closing, since) = (Stage::Moved, Some(Closing::Moved), day(EVENING));
    let (due, overdue, suspended_until) = (None, false, None);
    Letter::Progress(Progress {
        case: CASE,
        revision: 1,
        stage,
        since,
        due,
        overdue,
        suspended_until,
        closing,
        acts: Vec::new(),
    })
}

#[tokio::test]
async fn who_is_on_a_roll_there_has_its_roll_moved_and_its_case_closed_at_the_origin() {
    let all = Counties::with(&["520521"]).await;
    let (county, there, city) = (all.county(), &all.others[0], &all.tree.city);
    for office in [county, city, there] {
        on_duty(office).await;
    }
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    there.hub().reject(CASE, officer(), RejectReason::AlreadyEnrolled, String::new()).await.unwrap();
    all.rounds().await;
    // the school does not persuade any more: it is told that the roll has to be moved
    assert_eq!(told(&all.school), Some((TransferState::AlreadyEnrolled, false, ENROLLED.to_owned())));
    // and the other place owes the school that has it (2.4 a)
    assert_eq!((duty(there, CASE).await, of(city, CASE).await), (Some(Duty::NameSchool), vec![]));
    there.hub().settle(CASE, "已由学校报名册核对".to_owned(), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, None);
    assert_eq!(duty(county, CASE).await, Some(Duty::MoveRoll));
    let due = of(county, CASE).await[0].due;
    assert_eq!(due, day("2025-10-14"), "ten workdays, as for any roll transfer");
    // who does nothing about it is seen above
    all.evening_of("2025-10-15");
    all.rounds().await;
    assert_eq!(below(city, CASE).await, [(Duty::MoveRoll, false, 1)]);
    all.school.send(&county.hub().me, asks_closing()).await;
    all.rounds().await;
    let order = Order {
        act: Act::ClosingConfirmed,
        day: None,
        number: String::new(),
        until: None,
        note: String::new(),
    };
    county.hub().direct(CASE, order, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!((of(county, CASE).await, of(city, CASE).await), (vec![], vec![]));
}

#[tokio::test]
async fn a_claim_that_is_not_true_makes_the_case_the_schools_again() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    there.hub().reject(CASE, officer(), RejectReason::AlreadyEnrolled, String::new()).await.unwrap();
    all.rounds().await;
    county.hub().send_referral_back(CASE, officer(), "经核实并未就读".to_owned()).await.unwrap();
    all.rounds().await;
    let again = (TransferState::ReturnedToSender, true, "经核实并未就读".to_owned());
    assert_eq!(told(&all.school), Some(again));
    assert_eq!(duty(county, CASE).await, Some(Duty::AwaitSchool));
}

#[tokio::test]
async fn a_county_on_the_way_passes_the_word_on_to_the_origin_and_is_done() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    let moved_on = Concluding { place: "520523".parse().ok(), ..found(Outcome::MovedOn) };
    second.hub().conclude(CASE, moved_on, officer()).await.unwrap();
    all.offer(second, CASE, "520523").await;
    third.hub().reject(CASE, officer(), RejectReason::AlreadyEnrolled, String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(second, CASE).await, None);
    let letters = all.school.letters();
    let last = letters.iter().rev().find_map(|letter| match letter {
        Letter::News(news) => Some((news.state, news.outcome, news.yours)),
        _ => None,
    });
    assert_eq!(last, Some((TransferState::AlreadyEnrolled, Some(Outcome::AlreadyEnrolled), false)));
    assert_eq!(duty(county, CASE).await, None, "another place answers");
}
