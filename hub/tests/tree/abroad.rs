//! Two roots that know each other: keys that come late, and letters that nobody may write across.

use hub::desk::HubError;
use hub::desk::courier::{Answer, Reader};
use hub::incoming::{self, IncomingError, Standing};
use hub::letter::{Reply, Standing as LetterStanding};
use hub::todo::Wait;
use proto::link::conversation::Words;
use proto::link::post::Reason;
use proto::model::case::{CaseId, Duty, Evidence, Finding, Leg, Letter, Outcome, Preview, Referral, Way};
use proto::model::personal::Purpose;
use proto::parcel;
use proto::seal::OpenKey;
use proto::store::Room;

use crate::duties::{officer, own};
use crate::harness::{EVENING, Place, School, Tree, day};
use crate::mail::{child, key_of};

async fn introduce(from: &Place, to: &Place) {
    let told = from.hub().introduction().await.unwrap();
    let fingerprint = told.fingerprint.to_string();
    to.hub().add_neighbour(told.file, Some(&fingerprint)).await.unwrap();
}

/// One stick from root to root.
async fn carry(from: &Place, to: &Place) {
    let stick = tempfile::tempdir().unwrap();
    let reader = Reader::Neighbour(to.hub().me.clone());
    let made = from.hub().courier_export(reader, stick.path().to_owned(), Words::default()).await.unwrap();
    for file in made.files {
        to.hub().courier_import(file.path, Answer::None).await.unwrap();
    }
}

async fn told(place: &Place) -> Vec<(String, Reason)> {
    let (_, answers) = place.hub().quarantine().await.unwrap();
    answers.into_iter().map(|answer| (answer.from.to_string(), answer.reason)).collect()
}

/// The place that is written to.
const THERE: &str = "510104";

/// The city writes a letter about a child of its county.
async fn written(tree: &Tree) -> Leg {
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let (county, case) = (tree.county.hub().me.clone(), CaseId::new([7; 16]));
    let record = Way { case, from: &school.party, to: &county }.seal(&child(), &key_of(&tree.county).await);
    let (last, evidence) = ("520502".parse().unwrap(), Evidence::ParentStatement);
    let preview = Preview { age_from: 12, grade: 7, last, evidence };
    let to = THERE.parse().unwrap();
    let referral = Referral { case, revision: 1, to, preview, record, withdrawn: false };
    school.send(&county, Letter::Referral(referral)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    tree.county.hub().hand_on(case, None, officer(), String::new()).await.unwrap();
    for _ in 0..3 {
        tree.night().await;
    }
    let city = tree.city.hub();
    city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), officer()).await.unwrap();
    city.send_letter("1号".to_owned(), None, officer()).await.unwrap().lines[0].case.leg
}

#[tokio::test]
async fn a_school_looks_for_the_child_of_a_letter_and_what_it_finds_is_the_answer() {
    let tree = Tree::joined().await;
    let clock = || tree.clock.clone();
    let (sichuan, chengdu) = (Place::found("51", clock()).await, Place::found("5101", clock()).await);
    let county = Place::found(THERE, clock()).await;
    chengdu.join(&sichuan).await;
    county.join(&chengdu).await;
    let code = county.invite("2151000001", Some(THERE)).await;
    let school = School::join(&code, clock()).await.unwrap();
    let key = OpenKey::generate();
    school.send(&county.hub().me, Letter::Key(key.public())).await;
    let calls = async || {
        for _ in 0..3 {
            school.call(0).await.unwrap();
            county.sync().await;
            chengdu.sync().await;
        }
    };
    calls().await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let leg = written(&tree).await;
    let case = || leg.case.to_string();
    tree.night().await;
    carry(&tree.province, &sichuan).await;
    calls().await;

    let stands = async || county.hub().incoming().await.unwrap().remove(0);
    assert_eq!(stands().await.standing(), Standing::Here);
    let town = county.hub().assign_incoming(case(), chengdu.hub().me.clone(), officer()).await;
    assert!(matches!(town, Err(HubError::NoUnit(_))), "{town:?}");
    let finds = async |outcome| {
        let it = county.hub().assign_incoming(case(), school.party.clone(), officer()).await.unwrap();
        assert_eq!((it.standing(), own(&county, leg.case).await[0].0), (Standing::Searched, Duty::Verify));
        calls().await;
        let given = school.letters().into_iter().find_map(|letter| match letter {
            Letter::Assignment(given) => Some(given),
            _ => None,
        });
        let given = given.unwrap();
        let way = Way { case: leg.case, from: &county.hub().me, to: &school.party };
        assert_eq!((given.leg, given.due), (leg, day("2025-09-30")));
        assert_eq!(way.open(&given.record, &key).unwrap().name.open(Purpose::SchoolStaff), "金丝雀");
        let (day, note) = (day(EVENING), String::new());
        let finding = Finding { leg, outcome, day, place: None, note };
        school.send(&county.hub().me, Letter::Finding(finding)).await;
        calls().await;
    };
    // not found there: the officer decides who looks next, and nothing was answered
    finds(Outcome::NotFound).await;
    let it = stands().await;
    assert_eq!((it.standing(), it.reply), (Standing::Here, None));
    assert_eq!(own(&county, leg.case).await[0].0, Duty::AnswerInquiry);
    finds(Outcome::Placed).await;
    let it = stands().await;
    let by = it.reply.as_ref().map(|reply| reply.by.clone());
    assert_eq!((it.standing(), by), (Standing::Answered, Some(school.party.to_string())));
    carry(&sichuan, &tree.province).await;
    tree.night().await;
    assert_eq!(tree.city.hub().letters().await.unwrap().0[0].standing(), LetterStanding::Answered);
    let late = county.hub().assign_incoming(case(), school.party.clone(), officer()).await;
    assert!(matches!(late, Err(HubError::Incoming(IncomingError::Answered { .. }))), "{late:?}");
}

#[tokio::test]
async fn a_letter_whose_reader_has_no_known_key_waits_until_the_neighbour_has_told_it() {
    let tree = Tree::joined().await;
    let sichuan = Place::found("51", tree.clock.clone()).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let leg = written(&tree).await;
    let (city, case, to) = (tree.city.hub(), leg.case, THERE.parse().unwrap());
    let out = || city.desk.act(move |room: &mut Room<'_>| incoming::across(room, leg));
    assert_eq!(out().await.unwrap().unwrap().sent, None, "no key to seal for");

    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    carry(&sichuan, &tree.province).await;
    tree.night().await;
    assert!(out().await.unwrap().unwrap().sent.is_some(), "the key has come, and the letter goes");
    tree.night().await;
    carry(&tree.province, &sichuan).await;
    chengdu.sync().await;
    let came = chengdu.hub().incoming().await.unwrap();
    assert_eq!(came[0].standing(), Standing::Here, "its county runs no hub yet");
    assert!(chengdu.hub().todo().await.unwrap().iter().any(|item| item.wait == Wait::Inquiry));
    let nobody = chengdu.hub().pass_incoming(case.to_string(), to, "wang".to_owned()).await;
    assert!(matches!(nobody, Err(HubError::NoSealKey(_))), "{nobody:?}");
    let reply = Reply {
        outcome: Outcome::NotFound,
        day: day(EVENING),
        place: None,
        note: String::new(),
        by: "wang".to_owned(),
    };
    chengdu.hub().answer_incoming(case.to_string(), reply).await.unwrap();
    chengdu.sync().await;
    carry(&sichuan, &tree.province).await;
    tree.night().await;
    assert_eq!(city.letters().await.unwrap().0[0].standing(), LetterStanding::Answered);
}

#[tokio::test]
async fn another_province_writes_letters_and_nothing_else_and_is_told_so() {
    let tree = Tree::joined().await;
    let sichuan = Place::found("51", tree.clock.clone()).await;
    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let leg = CaseId::new([7; 16]).leg(1);
    let (day, note) = (day(EVENING), String::new());
    let finding = Letter::Finding(Finding { leg, outcome: Outcome::Placed, day, place: None, note });
    let (hub, to) = (chengdu.hub().clone(), tree.city.hub().me.clone());
    let send = move |room: &mut Room<'_>| {
        let identity = hub.state().identity.clone().unwrap();
        parcel::send(room, &identity, &to, finding, hub.clock.now())
    };
    chengdu.hub().desk.act(send).await.unwrap();
    chengdu.sync().await;
    carry(&sichuan, &tree.province).await;
    for _ in 0..2 {
        tree.night().await;
    }
    let (held, _) = tree.city.hub().quarantine().await.unwrap();
    assert_eq!((held.len(), held[0].reason), (1, Reason::NotYours), "{held:?}");
    carry(&tree.province, &sichuan).await;
    chengdu.sync().await;
    assert_eq!(told(&chengdu).await, [("p52/c5205".to_owned(), Reason::NotYours)]);
}

/// A letter of this city about a child goes by stick to the city of the place there.
async fn written_across(tree: &Tree, case: CaseId) -> (Place, Place, crate::harness::School) {
    let sichuan = Place::found("51", tree.clock.clone()).await;
    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    refer(tree, &school, (case, 1, false)).await;
    tree.county.hub().hand_on(case, None, "officer".to_owned(), String::new()).await.unwrap();
    for _ in 0..3 {
        tree.night().await;
    }
    let city = tree.city.hub();
    city.draft_letter("510104".parse().unwrap(), "毕教函".parse().unwrap(), Vec::new(), "ma".to_owned())
        .await
        .unwrap();
    city.send_letter("1号".to_owned(), None, "ma".to_owned()).await.unwrap();
    exchange(tree, &sichuan, &chengdu).await;
    (sichuan, chengdu, school)
}

async fn refer(
    tree: &Tree,
    school: &crate::harness::School,
    (case, revision, withdrawn): (CaseId, u32, bool),
) {
    let county = tree.county.hub().me.clone();
    let record = Way { case, from: &school.party, to: &county }.seal(&child(), &key_of(&tree.county).await);
    let (last, evidence) = ("520502".parse().unwrap(), Evidence::ParentStatement);
    let preview = Preview { age_from: 12, grade: 7, last, evidence };
    let to = "510104".parse().unwrap();
    let referral = Referral { case, revision, to, preview, record, withdrawn };
    school.send(&county, Letter::Referral(referral)).await;
    school.call(0).await.unwrap();
    for _ in 0..2 {
        tree.night().await;
    }
}

/// Sticks both ways, and what they bring goes to its city.
async fn exchange(tree: &Tree, sichuan: &Place, chengdu: &Place) {
    for _ in 0..2 {
        tree.night().await;
        carry(&tree.province, sichuan).await;
        chengdu.sync().await;
        carry(sichuan, &tree.province).await;
    }
    tree.night().await;
}

#[tokio::test]
async fn a_neighbour_that_has_a_letter_hears_that_the_child_is_back() {
    let (tree, case) = (Tree::joined().await, CaseId::new([7; 16]));
    let (sichuan, chengdu, school) = written_across(&tree, case).await;
    assert_eq!(chengdu.hub().incoming().await.unwrap()[0].standing(), Standing::Here);
    refer(&tree, &school, (case, 2, true)).await;
    exchange(&tree, &sichuan, &chengdu).await;
    assert_eq!(chengdu.hub().incoming().await.unwrap()[0].standing(), Standing::Withdrawn);
    for place in [&chengdu, &tree.city] {
        let open = place.hub().todo().await.unwrap();
        assert!(open.iter().all(|item| item.case != case), "{open:?}");
    }
}

#[tokio::test]
async fn an_answer_that_contradicts_what_was_entered_waits_for_the_officer() {
    let (tree, case) = (Tree::joined().await, CaseId::new([7; 16]));
    let (sichuan, chengdu, _school) = written_across(&tree, case).await;
    let city = tree.city.hub();
    let reply =
        |outcome| Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: "ma".to_owned() };
    let text = case.to_string()[..6].to_owned();
    city.answer_letter("1号".to_owned(), text.clone(), reply(Outcome::Placed)).await.unwrap();
    chengdu.hub().answer_incoming(case.to_string(), reply(Outcome::NotFound)).await.unwrap();
    exchange(&tree, &sichuan, &chengdu).await;
    let differs = async || {
        let todo = city.todo().await.unwrap();
        todo.iter().any(|item| item.case == case && item.wait.duty() == Some(Duty::AnswersDiffer))
    };
    assert!(differs().await);
    let letter = city.letters().await.unwrap().0.remove(0);
    let beside = city.corrections(&letter).await.unwrap();
    assert_eq!((beside.len(), beside[0].1.was.outcome), (1, Outcome::NotFound), "both answers are shown");
    // the officer has telephoned: what was entered holds
    city.correct_letter("1号".to_owned(), text, reply(Outcome::Placed), "电话核实".to_owned()).await.unwrap();
    assert!(!differs().await);
}
