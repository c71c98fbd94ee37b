//! Letters to another province, lists from above, and blind matching, through a real tree.

use hub::desk::HubError;
use hub::desk::inbound::Filter;
use hub::desk::letter::Opening;
use hub::desk::transfer::act::Handed;
use hub::letter::{Reply, Standing};
use proto::model::case::{
    Act, CaseId, Checked, ChildRecord, Duty, Evidence, Letter, ListResult, Newcomer, News, Outcome, Preview,
    Referral, Report, Tag, TokenKind, TransferState, Unwilling, Unwillingness, Way,
};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::personal::{Personal, Purpose};
use proto::seal::{self, OpenKey, SealKey};
use proto::store::{Room, StoreError};

use crate::duties::{Counties, duty, officer};
use crate::harness::{EVENING, Place, School, Tree, day};

/// A number of nobody.
const ID: &str = "99010120130501001";

fn id_number() -> String {
    ('0'..='9').chain(['X']).find_map(|check| hub::pool::normal_id(&format!("{ID}{check}"))).unwrap()
}

pub(crate) fn child() -> ChildRecord {
    let text = |text: &str| Personal::new(text.to_owned());
    ChildRecord {
        name: text("金丝雀"),
        sex: text("男"),
        birth: Personal::new(day("2013-05-01")),
        id_number: Personal::new(id_number()),
        roll_number: text(""),
        guardian: text("某"),
        phone: text(""),
        address: text(""),
        school: "示范小学".to_owned(),
        evidence: text("家长电话说明"),
        summary: text(""),
        needs: text(""),
        reached: None,
        unwilling: Some(Unwilling { kind: Unwillingness::Guardian, on: day(EVENING) }),
    }
}

pub(crate) async fn key_of(place: &Place) -> SealKey {
    place.hub().desk.act(|room| Ok::<_, StoreError>(seal::own(room)?.public())).await.unwrap()
}

/// All that a hub keeps, as it reads it.
async fn kept(place: &Place) -> Vec<u8> {
    let read = |room: &mut Room<'_>| room.range(&[], &[0xff; 64], usize::MAX);
    let all = place.hub().desk.act(read).await.unwrap();
    all.into_iter().flat_map(|(key, value)| [key, value].concat()).collect()
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

fn news(letters: &[Letter]) -> Vec<(TransferState, bool)> {
    let news = letters.iter().filter_map(|letter| match letter {
        Letter::News(News { state, yours, .. }) => Some((*state, *yours)),
        _ => None,
    });
    news.collect()
}

#[tokio::test]
async fn a_letter_to_another_province_is_asked_for_written_and_answered_down_to_the_school() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let county = tree.county.hub().me.clone();
    let case = CaseId::new([7; 16]);
    let record = Way { case, from: &school.party, to: &county }.seal(&child(), &key_of(&tree.county).await);
    let preview = Preview {
        age_from: 12,
        grade: 7,
        last: "520502".parse().unwrap(),
        evidence: Evidence::ParentStatement,
    };
    let to = "440306".parse().unwrap();
    let referral = Referral { case, revision: 1, to, preview, record, withdrawn: false };
    school.send(&county, Letter::Referral(referral)).await;
    school.call(0).await.unwrap();
    tree.night().await;

    let handed = tree.county.hub().hand_on(case, None, "officer".to_owned(), String::new()).await.unwrap();
    assert_eq!(handed, Handed::Letter);
    for _ in 0..3 {
        tree.county.sync().await;
    }
    let city = tree.city.hub();
    assert_eq!(city.letters().await.unwrap().1.len(), 1, "the case waits at the city");
    let letter =
        city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), "wang".to_owned()).await.unwrap();
    assert_eq!(letter.number.to_string(), "毕教函〔2025〕1号");
    assert_eq!(letter.addressee.to_string(), "440300");
    let letter = city.send_letter("1号".to_owned(), None, "wang".to_owned()).await.unwrap();
    assert_eq!(letter.sent.as_ref().unwrap().reply_by, day("2025-10-24"));

    let opening = Opening::of("officer".to_owned(), "印发".to_owned());
    let (_, records) = city.letter("1号".to_owned(), opening).await.unwrap();
    let name = records[0].as_ref().unwrap().name.open(Purpose::Document);
    assert_eq!(name, "金丝雀");
    let logged = city.desk.act(|room| hub::audit::list(room, 10)).await.unwrap();
    let logged: Vec<(&str, &str)> =
        logged.iter().rev().map(|it| (it.who.as_str(), it.purpose.as_str())).collect();
    assert_eq!(logged, [("wang", "draft a letter"), ("wang", "send a letter"), ("officer", "印发")]);
    let sent = letter.sent.as_ref().map(|sent| sent.by.as_str());
    assert_eq!((letter.by.as_str(), sent), ("wang", Some("wang")));

    let reply = |outcome| Reply {
        outcome,
        day: day(EVENING),
        place: None,
        note: String::new(),
        by: "wang".to_owned(),
    };
    let answer =
        |outcome| city.answer_letter("1号".to_owned(), case.to_string()[..6].to_owned(), reply(outcome));
    answer(Outcome::Persuading).await.unwrap();
    tree.county.sync().await;
    // nobody in the other province answers to these offices: they go on asking, and the case stays open
    for place in [&tree.city, &tree.county] {
        assert_eq!(duty(place, case).await, Some(Duty::AskAgain), "{}", place.hub().me);
    }
    let letter = answer(Outcome::Placed).await.unwrap();
    assert_eq!(letter.standing(), Standing::Answered);
    tree.county.sync().await;
    tree.town.sync().await;
    school.call(0).await.unwrap();
    let told = news(&school.letters());
    for expected in [
        (TransferState::Collected, true),
        (TransferState::Dispatched, true),
        (TransferState::AcceptedPlaced, false),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
    // the name is nowhere but sealed, in any hub on the way
    for place in [&tree.province, &tree.city, &tree.county, &tree.town] {
        assert!(!holds(&kept(place).await, "金丝雀".as_bytes()), "{}", place.hub().me);
    }
}

#[tokio::test]
async fn no_letter_goes_before_somebody_recorded_that_the_child_does_not_come_back() {
    let all = Counties::with(&[]).await;
    let (county, case) = (all.county().hub(), CaseId::new([7; 16]));
    let sealed = |record: &ChildRecord, key: &SealKey| {
        Way { case, from: &all.school.party, to: &county.me }.seal(record, key)
    };
    let record = sealed(&ChildRecord { unwilling: None, ..child() }, &key_of(all.county()).await);
    let (last, evidence) = ("520502".parse().unwrap(), Evidence::PoliceAnswer);
    let preview = Preview { age_from: 12, grade: 7, last, evidence };
    let to = "440306".parse().unwrap();
    let referral = Referral { case, revision: 1, to, preview, record, withdrawn: false };
    all.school.send(&county.me, Letter::Referral(referral)).await;
    all.rounds().await;
    let refused = county.hand_on(case, None, officer(), String::new()).await;
    assert!(matches!(refused, Err(HubError::NotAsked(_))), "{refused:?}");
    assert!(refused.unwrap_err().say(Lang::Zh).contains("E03"));

    let said = Unwilling { kind: Unwillingness::PersuasionFailed, on: day(EVENING) };
    let early = Unwilling { on: day(EVENING).next(), ..said };
    let early = county.record_unwilling(case, early, officer()).await;
    assert!(matches!(early, Err(HubError::NotYet { .. })), "{early:?}");
    county.record_unwilling(case, said, officer()).await.unwrap();
    assert_eq!(county.hand_on(case, None, officer(), String::new()).await.unwrap(), Handed::Letter);
    all.rounds().await;
    let city = all.tree.city.hub();
    city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), officer()).await.unwrap();
    let opening = Opening::of(officer(), "印发".to_owned());
    let (_, records) = city.letter("1号".to_owned(), opening).await.unwrap();
    assert_eq!(records[0].as_ref().unwrap().unwilling, Some(said), "what the county recorded goes along");
}

#[tokio::test]
async fn a_list_from_above_reaches_the_school_and_its_answer_comes_back() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let county = tree.county.hub();
    let own = OpenKey::generate();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [["姓名", "身份证号", "学校标识码"], ["金丝雀", &id_number(), "2152000001"], ["乙", "1", ""]];
    for (line, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).unwrap();
        }
    }
    let file = book.save_to_buffer().unwrap();
    let list = "教基〔2025〕1号".to_owned();
    let due = Some(day("2025-10-15"));
    let first = county.import_list(list.clone(), file.clone(), due, "wang".to_owned()).await.unwrap();
    assert_eq!((first.rows, first.sent, first.known, first.faults.len()), (1, 1, 0, 1));
    assert_eq!(county.import_list(list.clone(), file, due, "wang".to_owned()).await.unwrap().known, 1);

    // the school's key comes later than the list
    school.send(&county.me, Letter::Key(own.public())).await;
    for _ in 0..2 {
        school.call(0).await.unwrap();
        tree.town.sync().await;
    }
    school.call(0).await.unwrap();
    let letters = school.letters();
    let listed = letters.iter().find_map(|letter| match letter {
        Letter::Listed(listed) => Some(listed.clone()),
        _ => None,
    });
    let listed = listed.unwrap();
    assert!(
        letters.iter().any(|letter| matches!(letter, Letter::Direction(d) if d.act == Act::OpenFromList))
    );
    let way = Way { case: listed.case, from: &county.me, to: &school.party };
    let record = way.open(&listed.record, &own).unwrap();
    assert_eq!(record.name.open(Purpose::SchoolStaff), "金丝雀");

    let checked =
        Checked { case: listed.case, result: ListResult::InSchool, day: day(EVENING), note: String::new() };
    school.send(&county.me, Letter::Checked(checked)).await;
    school.call(0).await.unwrap();
    tree.town.sync().await;
    assert!(county.lists(Filter { list: None, open: true }).await.unwrap().is_empty());
    let opening = Opening::of("officer".to_owned(), "回复".to_owned()).unwrap();
    let (file, rows) = county.export_list(list, opening).await.unwrap();
    assert_eq!(rows, 1);
    let back = hub::inbound::read(file.open(Purpose::SchoolFile), None).unwrap();
    assert_eq!(back.rows[0].record.name.open(Purpose::SchoolFile), "金丝雀");
    assert!(!holds(&kept(&tree.county).await, "金丝雀".as_bytes()));
}

#[tokio::test]
async fn lost_here_enrolled_there_and_no_number_reaches_who_compares() {
    let tree = Tree::joined().await;
    let other = Place::found("520521", tree.clock.clone()).await;
    other.join(&tree.city).await;
    let (losing, finding) = (tree.county.hub().me.clone(), other.hub().me.clone());
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let code = other.invite("2152000002", Some("520521")).await;
    let new_school = School::join(&code, tree.clock.clone()).await.unwrap();

    let case = CaseId::new([7; 16]);
    let record = Way { case, from: &school.party, to: &losing }.seal(&child(), &key_of(&tree.county).await);
    school.send(&losing, Letter::Report(Report { case, revision: 1, number: String::new(), record })).await;
    let tag = Tag([9; 16]);
    let id = Personal::new(id_number());
    let newcomer = Newcomer::enrolled(tag, &id, &new_school.party, &finding, &key_of(&other).await);
    new_school.send(&finding, Letter::Newcomer(newcomer)).await;

    school.call(0).await.unwrap();
    new_school.call(0).await.unwrap();
    // ask for the keys, get them, hand in, hear of the match
    for _ in 0..4 {
        tree.town.sync().await;
        tree.county.sync().await;
        other.sync().await;
        tree.city.sync().await;
    }
    let lost = tree.county.hub().matches().await.unwrap();
    let found = other.hub().matches().await.unwrap();
    assert_eq!((lost.len(), found.len()), (1, 1), "{lost:?} {found:?}");
    assert_eq!((lost[0].told.found.kind, &lost[0].told.found.there), (TokenKind::Lost, &finding));
    assert_eq!((found[0].told.found.kind, found[0].told.found.theirs), (TokenKind::Enrolled, Tag(case.0)));

    // the child left again: who comes later is not told of it
    let left = Newcomer::left(tag, &new_school.party, &finding, &key_of(&other).await);
    new_school.send(&finding, Letter::Newcomer(left)).await;
    new_school.call(0).await.unwrap();
    other.sync().await;
    let kept_tokens = |room: &mut Room<'_>| room.list(b"h/x/t/");
    assert_eq!(tree.city.hub().desk.act(kept_tokens).await.unwrap().len(), 1, "the lost child's alone");

    let keys = [pool_key(&tree.county, "p52/c5205").await, pool_key(&tree.county, "p52").await];
    assert_ne!(keys[0], keys[1]);
    for place in [&tree.city, &tree.province, &tree.town] {
        let all = kept(place).await;
        assert!(!holds(&all, ID.as_bytes()), "an ID number at {}", place.hub().me);
        assert!(keys.iter().all(|key| !holds(&all, key)), "a key at {}", place.hub().me);
    }
    // nor does any school get one
    let letters = [school.letters(), new_school.letters()].concat();
    assert!(!letters.iter().any(|letter| matches!(letter, Letter::PoolKey(_) | Letter::Match(_))));
}

/// The pool's key as the county opens it.
async fn pool_key(county: &Place, pool: &str) -> Vec<u8> {
    let (pool, me): (Party, Party) = (pool.parse().unwrap(), county.hub().me.clone());
    let open = move |room: &mut Room<'_>| {
        let key = hub::pool::given(room, &pool)?.unwrap();
        let route = format!("{pool}\0{me}").into_bytes();
        let plain = seal::own(room)?.open(b"guixue/pool/key/v1", &route, &key.sealed).unwrap();
        Ok::<_, StoreError>(plain.to_vec())
    };
    county.hub().desk.act(open).await.unwrap()
}
