//! Blind matching with whole rosters: who is in class at a school is found by the county that misses the child, and
//! nobody is told of what is no news.

use hub::todo::Wait;
use proto::model::case::{
    CaseId, Duty, Finding, InClass, Letter, Newcomer, Outcome, Report, Roll, Stage, Tag, TokenKind, Way,
};
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::seal::OpenKey;
use proto::store::{Room, StoreError};

use crate::duties::{Counties, child, key_of, officer};
use crate::harness::{EVENING, Place, School, day};

const CASE: CaseId = CaseId::new([7; 16]);

async fn school_of(all: &Counties, county: &Place) -> School {
    let code = county.invite("2152000002", Some(&county.hub().me.region().to_string())).await;
    let school = School::join(&code, all.tree.clock.clone()).await.unwrap();
    school.send(&county.hub().me, Letter::Key(OpenKey::generate().public())).await;
    school.call(0).await.unwrap();
    school
}

/// A roll with the child under `tag`, and others who are nobody's business.
async fn roll(school: &School, county: &Place, tag: Tag) {
    let mut children: Vec<InClass> = (0_u8..40)
        .map(|n| InClass::new(Tag([100 + n; 16]), &format!("9901012012010100{n:02}")).unwrap())
        .collect();
    children.push(InClass::new(tag, child().id_number.open(Purpose::Handover)).unwrap());
    let me = county.hub().me.clone();
    let roll = Roll::seal(&children, &school.party, &me, &key_of(county).await);
    school.send(&me, Letter::Roll(roll)).await;
    school.call(0).await.unwrap();
}

async fn report(all: &Counties, school: &School) {
    let county = all.county();
    let me = county.hub().me.clone();
    let record = Way { case: CASE, from: &school.party, to: &me }.seal(&child(), &key_of(county).await);
    school.send(&me, Letter::Report(Report { case: CASE, revision: 1, number: String::new(), record })).await;
    school.call(0).await.unwrap();
}

async fn left(school: &School, county: &Place, tag: Tag) {
    let me = county.hub().me.clone();
    let left = Newcomer::left(tag, &school.party, &me, &key_of(county).await);
    school.send(&me, Letter::Newcomer(left)).await;
}

async fn matched(place: &Place) -> Vec<hub::desk::pool::Line> {
    place.hub().matches().await.unwrap()
}

async fn duties(place: &Place) -> Vec<(Duty, Party)> {
    let todo = place.hub().todo().await.unwrap().into_iter();
    let own = todo.filter_map(|item| match item.wait {
        Wait::Own(Duty::Match) => Some((Duty::Match, item.party)),
        _ => None,
    });
    own.collect()
}

#[tokio::test]
async fn a_child_lost_here_is_found_in_the_first_roster_of_a_school_elsewhere_and_not_in_its_own() {
    let all = Counties::with(&["520521"]).await;
    let (county, other) = (all.county(), &all.others[0]);
    let finder = school_of(&all, other).await;
    let (own, there) = (Tag([1; 16]), Tag([2; 16]));
    roll(&all.school, county, own).await;
    all.rounds().await;
    left(&all.school, county, own).await;
    report(&all, &all.school).await;
    all.rounds().await;
    all.rounds().await;
    assert!(matched(county).await.is_empty(), "lost at its own school is no match");
    roll(&finder, other, there).await;
    all.rounds().await;
    all.rounds().await;
    let (here, found) = (matched(county).await.remove(0), matched(other).await.remove(0));
    // both sides of it, as the table shows them
    let told = &here.told.found;
    assert_eq!((told.mine, told.kind, &told.there), (Tag(CASE.0), TokenKind::Lost, &other.hub().me));
    assert_eq!((told.theirs, told.their_kind, &here.from), (there, TokenKind::Enrolled, &all.school.party));
    let told = &found.told.found;
    assert_eq!((told.theirs, told.their_kind, &told.there), (Tag(CASE.0), TokenKind::Lost, &county.hub().me));
    assert_eq!(&found.from, &finder.party);
    // no ID number and no name at the hub that compares, and one letter of tokens for each pool
    let tokens = |room: &mut Room<'_>| Ok::<_, StoreError>(room.list(b"h/x/t/")?.len());
    assert_eq!(all.tree.city.hub().desk.act(tokens).await.unwrap(), 40 + 41 + 1);
    let digits = child().id_number.open(Purpose::Handover)[..17].to_owned();
    for place in [&all.tree.city, &all.tree.province, &all.tree.town, county, other] {
        let read = |room: &mut Room<'_>| room.range(&[], &[0xff; 64], usize::MAX);
        let kept = place.hub().desk.act(read).await.unwrap();
        let number = digits.parse::<u64>().unwrap().to_be_bytes();
        for (_, value) in kept {
            assert!(!value.windows(17).any(|part| part == digits.as_bytes()), "{}", place.hub().me);
            assert!(!value.windows(8).any(|part| part == number), "{}", place.hub().me);
        }
    }
}

#[tokio::test]
async fn a_match_waits_in_the_office_whose_case_it_is_and_goes_with_the_case() {
    let all = Counties::with(&["520521"]).await;
    let (county, other) = (all.county(), &all.others[0]);
    let finder = school_of(&all, other).await;
    let progress = |revision, stage| {
        Letter::Progress(proto::model::case::Progress {
            case: CASE,
            revision,
            stage,
            since: day(EVENING),
            due: None,
            overdue: false,
            suspended_until: None,
            closing: None,
            acts: Vec::new(),
        })
    };
    all.school.send(&county.hub().me, progress(1, Stage::Reported)).await;
    report(&all, &all.school).await;
    roll(&finder, other, Tag([2; 16])).await;
    all.rounds().await;
    all.rounds().await;
    assert_eq!(duties(county).await, [(Duty::Match, other.hub().me.clone())]);
    assert_eq!(duties(other).await, [], "a roll is no case");
    assert_eq!(matched(county).await[0].stage, Some(Stage::Reported));
    all.school.send(&county.hub().me, progress(2, Stage::Returned)).await;
    all.rounds().await;
    assert!(matched(county).await.is_empty() && duties(county).await.is_empty());
}

#[tokio::test]
async fn a_child_that_its_own_transfer_placed_is_no_match() {
    let all = Counties::with(&["520521"]).await;
    let (county, other) = (all.county(), &all.others[0]);
    let finder = school_of(&all, other).await;
    report(&all, &all.school).await;
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(county, other, CASE).await;
    other.hub().assign(CASE, finder.party.clone(), "wang".to_owned()).await.unwrap();
    all.rounds().await;
    let (me, number) = (other.hub().me.clone(), child().id_number);
    let newcomer = Newcomer::enrolled(Tag(CASE.0), &number, &finder.party, &me, &key_of(other).await);
    finder.send(&me, Letter::Newcomer(newcomer)).await;
    let found = Finding {
        leg: CASE.leg(1),
        outcome: Outcome::Placed,
        day: day(EVENING),
        place: None,
        note: String::new(),
    };
    finder.send(&me, Letter::Finding(found)).await;
    finder.call(0).await.unwrap();
    all.rounds().await;
    all.rounds().await;
    assert_eq!((matched(county).await, matched(other).await), (vec![], vec![]));
    // somebody else who misses the same child does hear of it
    let elsewhere = CaseId::new([8; 16]);
    let home = county.hub().me.clone();
    let record = Way { case: elsewhere, from: &all.school.party, to: &home };
    let record = record.seal(&child(), &key_of(county).await);
    let report = Report { case: elsewhere, revision: 1, number: String::new(), record };
    all.school.send(&home, Letter::Report(report)).await;
    all.rounds().await;
    all.rounds().await;
    let there: Vec<Tag> = matched(other).await.iter().map(|line| line.told.found.theirs).collect();
    assert_eq!(there, [Tag(elsewhere.0)]);
}

/// A school elsewhere has the child on its roll: the county to which it is offered is told, as long as it is offered.
#[tokio::test]
async fn a_match_of_an_offer_goes_with_the_offer() {
    let all = Counties::with(&["520521"]).await;
    let (county, other) = (all.county(), &all.others[0]);
    let finder = school_of(&all, other).await;
    roll(&finder, other, Tag([2; 16])).await;
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    other.hub().ask_for_record(CASE, "核查".to_owned(), officer()).await.unwrap();
    all.rounds().await;
    all.rounds().await;
    let of_case = |lines: Vec<hub::desk::pool::Line>| {
        lines.into_iter().filter(|line| line.told.found.mine == Tag(CASE.0)).count()
    };
    assert_eq!(of_case(matched(other).await), 1);
    county.hub().recall(CASE, officer()).await.unwrap();
    all.rounds().await;
    all.rounds().await;
    assert_eq!(of_case(matched(other).await), 0);
    assert_eq!(duties(other).await, []);
}
