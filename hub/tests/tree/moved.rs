//! What the places below see of a case whose custody moved: closings, searches, late evidence; and what the moving
//! office leaves in its log.

use hub::desk::HubError;
use hub::desk::casework::Order;
use hub::desk::transfer::act::Concluding;
use hub::desk::transfer::moving::Declining;
use hub::letter::Reply;
use hub::persuasion::{CaseError, Ending};
use hub::transfer::What;
use proto::custody::step::RejectReason;
use proto::model::case::{
    Act, CaseId, Closing, Duty, Late, Letter, Outcome, Progress, Stage, TransferState, Way,
};
use proto::model::personal::Personal;
use proto::seal::OpenKey;
use proto::store::{Room, StoreError};

use crate::duties::{Counties, duty, key_of};
use crate::harness::{EVENING, Place, School, day};

const CASE: CaseId = CaseId::new([7; 16]);

fn officer() -> String {
    "wang".to_owned()
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

pub(crate) async fn confirm(place: &Place) -> Result<Stage, HubError> {
    let order = Order {
        act: Act::ClosingConfirmed,
        day: None,
        number: String::new(),
        until: None,
        note: String::new(),
    };
    Ok(place.hub().direct(CASE, order, officer()).await?.case.stage())
}

async fn asked(place: &Place) -> Option<Closing> {
    place.hub().case(CASE).await.unwrap().case.asked.map(|asked| asked.closing)
}

#[tokio::test]
async fn a_child_that_came_back_is_not_closed_as_moved() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    all.school.send(&county.hub().me, progress(1, Stage::Moved, Some(Closing::Moved))).await;
    all.rounds().await;
    assert_eq!(asked(county).await, Some(Closing::Moved));
    all.hand_over(second, county, CASE).await;
    assert_eq!(asked(county).await, None);
    let refused = confirm(county).await;
    assert!(matches!(refused, Err(HubError::Case(CaseError::NotAsked))), "{refused:?}");
    // a word that the school wrote before it knew
    all.school.send(&county.hub().me, progress(2, Stage::Moved, Some(Closing::Moved))).await;
    all.rounds().await;
    assert_eq!(asked(county).await, None);
}

#[tokio::test]
async fn a_child_whose_offer_was_rejected_is_not_closed_as_moved_either() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.school.send(&county.hub().me, progress(1, Stage::Moved, Some(Closing::Moved))).await;
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    let refused = confirm(county).await;
    assert!(matches!(refused, Err(HubError::Case(CaseError::HereAgain(CASE)))), "{refused:?}");
    second.hub().accept(CASE, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(confirm(county).await.unwrap(), Stage::Closed);
}

#[tokio::test]
async fn a_child_that_was_not_found_where_it_was_handed_to_is_not_closed_as_moved() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    all.school.send(&county.hub().me, progress(1, Stage::Moved, Some(Closing::Moved))).await;
    all.rounds().await;
    let lost = Concluding { outcome: Outcome::NotFound, place: None, note: String::new() };
    second.hub().conclude(CASE, lost, officer()).await.unwrap();
    all.rounds().await;
    let refused = confirm(county).await;
    assert!(matches!(refused, Err(HubError::Case(CaseError::NotFoundThere(CASE)))), "{refused:?}");
    let found = Concluding { outcome: Outcome::Placed, place: None, note: String::new() };
    second.hub().conclude(CASE, found, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(confirm(county).await.unwrap(), Stage::Closed);
}

#[tokio::test]
async fn a_child_that_another_province_still_persuades_is_not_closed_as_moved() {
    let all = Counties::with(&[]).await;
    let (county, city) = (all.county(), all.tree.city.hub());
    all.refer(&all.school, CASE, "440306").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let to = "440306".parse().unwrap();
    city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), "wang".to_owned()).await.unwrap();
    city.send_letter("1号".to_owned(), None, "wang".to_owned()).await.unwrap();
    all.school.send(&county.hub().me, progress(1, Stage::Moved, Some(Closing::Moved))).await;
    for (outcome, closes) in [(Outcome::Persuading, false), (Outcome::Placed, true)] {
        let reply =
            Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: "wang".to_owned() };
        let case = CASE.to_string()[..6].to_owned();
        city.answer_letter("1号".to_owned(), case, reply).await.unwrap();
        all.rounds().await;
        match confirm(county).await {
            Ok(stage) => assert!(closes && stage == Stage::Closed),
            Err(HubError::Case(CaseError::NotInClass(CASE))) => assert!(!closes),
            other => panic!("{other:?}"),
        }
    }
}

/// A school of another county, which has told its key.
async fn school_of(all: &Counties, place: &Place) -> School {
    let code = place.invite("2152000009", Some("520521")).await;
    let school = School::join(&code, all.tree.clock.clone()).await.unwrap();
    school.send(&place.hub().me, Letter::Key(OpenKey::generate().public())).await;
    school.call(0).await.unwrap();
    school
}

#[tokio::test]
async fn a_school_that_was_to_find_a_child_hears_that_it_went_on() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, second, CASE).await;
    let finder = school_of(&all, second).await;
    second.hub().assign(CASE, finder.party.clone(), officer()).await.unwrap();
    finder.send(&second.hub().me, progress(1, Stage::Contacting, None)).await;
    finder.call(0).await.unwrap();
    assert!(second.hub().case(CASE).await.unwrap().case.is_open());
    finder.letters();

    all.hand_over(second, county, CASE).await;
    finder.call(0).await.unwrap();
    let letters = finder.letters();
    let news = letters.iter().find_map(|letter| match letter {
        Letter::News(news) => Some((news.leg.number, news.yours)),
        _ => None,
    });
    assert_eq!(news, Some((2, false)));
    let closed = |letter: &Letter| matches!(letter, Letter::Direction(d) if d.act == Act::ClosingConfirmed);
    assert!(letters.iter().any(closed), "{letters:?}");
    assert!(!second.hub().case(CASE).await.unwrap().case.is_open());
    let todo = second.hub().todo().await.unwrap();
    assert!(todo.iter().all(|item| item.case != CASE), "{todo:?}");
    // the school's own word about that changes nothing
    finder.send(&second.hub().me, progress(2, Stage::Moved, Some(Closing::Moved))).await;
    finder.call(0).await.unwrap();
    assert!(!second.hub().case(CASE).await.unwrap().case.is_open());
}

#[tokio::test]
async fn a_town_that_was_to_find_a_child_hears_that_it_went_on() {
    let all = Counties::with(&["520521"]).await;
    let (county, second, town) = (all.county(), &all.others[0], &all.tree.town);
    all.refer(&all.school, CASE, "520502").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    // decided once more it is decided all the same
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    let history = county.hub().dossier(CASE).await.unwrap().dossier.history;
    assert_eq!(history.iter().filter(|event| event.what == What::Proposed).count(), 1);
    all.rounds().await;
    county.hub().assign(CASE, town.hub().me.clone(), officer()).await.unwrap();
    all.rounds().await;
    let searches = || async { town.hub().dossier(CASE).await.unwrap().duty.is_some() };
    assert!(searches().await);
    all.hand_over(county, second, CASE).await;
    assert!(!searches().await);
}

async fn learned_late(all: &Counties, text: &str, minute: i64) {
    let county = all.county().hub().me.clone();
    let way = Way { case: CASE, from: &all.school.party, to: &county };
    let text = way.seal_text(&Personal::new(text.to_owned()), &key_of(all.county()).await);
    let mut at = all.tree.clock_at(EVENING);
    at.0 += minute;
    all.school.send(&county, Letter::Late(Late { case: CASE, text, at, evidence: None })).await;
    all.rounds().await;
}

async fn late_at(place: &Place) -> usize {
    place.hub().dossier(CASE).await.unwrap().dossier.late.len()
}

#[tokio::test]
async fn late_evidence_follows_a_case_that_was_rejected_and_offered_again() {
    let all = Counties::with(&["520521"]).await;
    let (county, second) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    second.hub().ask_for_record(CASE, "核查".to_owned(), "officer".to_owned()).await.unwrap();
    all.rounds().await;
    second.hub().reject(CASE, officer(), RejectReason::Insufficient, "缺住址".to_owned()).await.unwrap();
    all.rounds().await;
    // the remark of the other county is read at the origin
    let history = county.hub().dossier(CASE).await.unwrap().dossier.history;
    assert!(history.iter().any(|event| event.note.ends_with("缺住址")), "{history:?}");
    learned_late(&all, "租住在城关某处", 1).await;
    all.hand_over(county, second, CASE).await;
    assert_eq!(late_at(second).await, 1, "learned before it was taken");
    learned_late(&all, "门牌号更正", 2).await;
    assert_eq!(late_at(second).await, 2);
    // the county has lost the key for which it is to seal
    let forget = |room: &mut Room<'_>| {
        let mut dossier = hub::transfer::find(room, CASE)?.unwrap();
        dossier.onward.as_mut().unwrap().key = None;
        hub::transfer::keep(room, &dossier);
        Ok::<_, StoreError>(())
    };
    county.hub().desk.act(forget).await.unwrap();
    learned_late(&all, "已搬到某村", 3).await;
    all.rounds().await;
    assert_eq!(late_at(second).await, 3);
}

#[tokio::test]
async fn who_moves_cases_is_in_the_log_and_what_goes_round_needs_its_number() {
    let all = Counties::with(&["520521"]).await;
    let (county, second, city) = (all.county(), &all.others[0], all.tree.city.hub());
    all.refer(&all.school, CASE, "520521").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let leg = city.moves().await.unwrap()[0].leg;
    let nobody = |answer: Result<(), HubError>| matches!(answer, Err(HubError::Case(CaseError::Nobody)));
    assert!(nobody(city.decline(leg, Declining::default(), " ".to_owned()).await));
    assert!(nobody(city.dispatch(None, String::new()).await.map(drop)));
    assert!(nobody(county.hub().hand_on(CASE, None, String::new(), String::new()).await.map(drop)));
    // declined with a hint: without another place it goes where the city says
    let why = Declining { place: Some("520521".parse().unwrap()), reason: "重复".to_owned() };
    city.decline(leg, why, "li".to_owned()).await.unwrap();
    all.rounds().await;
    let logged = city.audit(10).await.unwrap();
    assert!(logged.iter().any(|it| it.who == "li" && it.purpose == "decline 重复"), "{logged:?}");
    all.later();
    all.hand_over(county, second, CASE).await;
    assert!(city.audit(10).await.unwrap().iter().any(|it| it.purpose == "dispatch"));
    let taken = county.hub().recall(CASE, officer()).await;
    assert!(matches!(taken, Err(HubError::NotOurs(CASE))), "{taken:?}");
    let history = county.hub().dossier(CASE).await.unwrap().dossier.history;
    assert!(history.iter().all(|event| event.what != What::Withdrawn));
    // to and fro, until it is one leg too many
    let (mut from, mut to) = (second, county);
    let round = loop {
        let place = Some(to.hub().me.region());
        from.hub().hand_on(CASE, place, officer(), String::new()).await.unwrap();
        all.rounds().await;
        let mut moves = city.moves().await.unwrap();
        moves.retain(|moved| moved.waiting.is_some());
        if moves[0].round {
            break moves[0].leg;
        }
        city.dispatch(None, officer()).await.unwrap();
        all.rounds().await;
        to.hub().accept(CASE, officer()).await.unwrap();
        all.rounds().await;
        (from, to) = (to, from);
    };
    assert!(round.number > 2);
    assert!(city.dispatch(None, officer()).await.unwrap().is_empty());
    assert_eq!(city.dispatch(Some(round), officer()).await.unwrap(), [round]);
}

#[tokio::test]
async fn a_case_goes_where_the_other_county_says_that_it_belongs() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (county, second, third) = (all.county(), &all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    let hint = third.hub().me.region();
    second.hub().reject(CASE, officer(), RejectReason::Misrouted { hint }, String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(county.hub().dossier(CASE).await.unwrap().dossier.state, TransferState::Misrouted);
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    let onward = county.hub().dossier(CASE).await.unwrap().dossier.onward.unwrap();
    assert_eq!(onward.to, third.hub().me);
}

/// How it ended is entered where it began; where the child is nothing changes.
#[tokio::test]
async fn the_case_of_a_closed_school_is_ended_as_moved_and_stays_where_it_was_handed_to() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    all.school.send(&county.hub().me, progress(1, Stage::Contacting, None)).await;
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, there, CASE).await;
    county.hub().close_unit(all.school.party.clone(), None).await.unwrap();
    let ending = Ending::Known(Closing::Moved, "已移交大方县".to_owned());
    let ended = county.hub().end(CASE, ending, officer()).await.unwrap();
    assert_eq!(ended.case.stage(), Stage::Closed);
    for _ in 0..2 {
        all.tree.night().await;
        there.sync().await;
    }
    assert!(there.hub().dossier(CASE).await.unwrap().dossier.home.is_none(), "nobody asks for it back");
    assert_eq!(duty(there, CASE).await, Some(Duty::Assign));
}
