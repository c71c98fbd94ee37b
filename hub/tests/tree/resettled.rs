//! A school that comes to hang elsewhere, or is closed: its children count at one place, and both sides know.

use proto::link::caller::CallError;
use proto::link::refusal::Refusal;
use proto::model::case::{CaseId, Letter, Progress, Stage};
use proto::model::clock::Clock;
use proto::model::day::Moment;
use proto::model::sheet::Indicator;
use proto::wire::bureau::UnitRequest;
use proto::wire::bureau::bureau_server::Bureau;
use tonic::Request;

use crate::harness::{EVENING, School, Tree, day, figure, pupils};

const CASE: CaseId = CaseId::new([7; 16]);
const BEFORE: &str = "2025-09-23";
const AFTER: &str = "2025-09-25";

fn progress(revision: u32) -> Letter {
    let (stage, since) = (Stage::Contacting, day(EVENING));
    let (due, overdue, suspended_until, closing) = (None, false, None, None);
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

/// The school `old` after its move to the county itself; it was closed at its town from the evening on.
async fn resettled(tree: &Tree, old: &School) -> School {
    let county = tree.county.hub();
    county.close_unit(old.party.clone(), Some(day(EVENING))).await.unwrap();
    tree.clock.set(tree.clock_at(AFTER));
    let code = tree.county.invite("2152000001", Some("520502")).await;
    School::join(&code, tree.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn what_a_moved_school_says_late_of_the_days_before_counts_at_its_old_place() {
    let tree = Tree::joined().await;
    let old = tree.school("2152000001").await;
    tree.town.sync().await;
    old.write("2025-09-22", 1, &pupils(10, 0)).await;
    old.write(BEFORE, 1, &pupils(10, 0)).await;
    old.call(0).await.unwrap();
    tree.night().await;
    let new = resettled(&tree, &old).await;
    // a correction, and what it says of the day on which it hung here already and had not joined
    new.write(BEFORE, 2, &pupils(12, 1)).await;
    new.write(EVENING, 1, &pupils(13, 0)).await;
    new.write(AFTER, 1, &pupils(14, 0)).await;
    new.call(0).await.unwrap();
    tree.night().await;
    for (on, at_town, all) in [("2025-09-22", 10, 10), (BEFORE, 12, 12), (EVENING, 0, 13), (AFTER, 0, 14)] {
        for place in [&tree.county, &tree.city, &tree.province] {
            let of = |code| figure(place, code, on);
            let on_roll = |view: hub::view::View| view.own.counts.of(Indicator::OnRoll);
            let (town, county) = (of("520502100").await, of("520502").await);
            let reporting = county.own.reporting;
            assert!(reporting.reported <= 1, "{on} at {}: {reporting:?}", place.hub().me);
            assert_eq!((on_roll(town), on_roll(county)), (at_town, all), "{on} at {}", place.hub().me);
        }
    }
    assert_eq!(tree.county.hub().rebuild().await.unwrap().mended, 0);
}

#[tokio::test]
async fn a_case_goes_with_its_school_and_stands_once() {
    let tree = Tree::joined().await;
    let old = tree.school("2152000001").await;
    tree.town.sync().await;
    let county = tree.county.hub();
    old.send(&county.me, progress(1)).await;
    old.call(0).await.unwrap();
    tree.town.sync().await;
    let new = resettled(&tree, &old).await;
    new.send(&county.me, progress(2)).await;
    new.call(0).await.unwrap();
    let read = |room: &mut proto::store::Room<'_>| hub::persuasion::open(room);
    let open = county.desk.act::<_, proto::store::StoreError>(read).await.unwrap();
    assert_eq!(open.iter().map(|case| &case.school).collect::<Vec<_>>(), [&new.party]);
    // its acts are told at the new place
    let now = move |room: &mut proto::store::Room<'_>| {
        hub::units::now_at(room, &"p52/c5205/d520502".parse().unwrap(), &old.party)
    };
    assert_eq!(county.desk.act::<_, proto::store::StoreError>(now).await.unwrap(), new.party);
}

#[tokio::test]
async fn a_school_that_is_closed_is_told_so_and_its_office_what_it_leaves_behind() {
    let tree = Tree::joined().await;
    let code = tree.county.invite("2152000009", Some("520502")).await;
    let school = School::join(&code, tree.clock.clone()).await.unwrap();
    school.write(BEFORE, 1, &pupils(20, 1)).await;
    school.send(&tree.county.hub().me, progress(1)).await;
    school.call(0).await.unwrap();
    let later =
        UnitRequest { unit: "2152000009".to_owned(), day: AFTER.to_owned(), ..UnitRequest::default() };
    let asked = || Request::new(later.clone());
    let said = tree.county.running.bureau.close_unit(asked()).await.unwrap().into_inner();
    assert_eq!(said.day, AFTER);
    for words in ["在籍 20 人", "疑似辍学 1 人", "个案 1 件"] {
        assert!(said.words.contains(words), "{words}: {}", said.words);
    }
    school.call(0).await.unwrap();
    tree.clock.set(tree.clock_at(AFTER));
    let refused = school.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Closed, .. }), "{refused}");
}

#[tokio::test]
async fn a_hub_without_schools_of_its_own_says_so_every_night_and_is_not_silent() {
    let tree = Tree::joined().await;
    for on in ["2025-09-25", "2025-09-26", "2025-09-29"] {
        tree.clock.set(tree.clock_at(on));
        tree.night().await;
    }
    tree.clock.set(Moment::at(day("2025-09-30"), 600));
    let province = tree.province.hub();
    let board = province.board().await.unwrap();
    let city = board.iter().find(|line| line.party == tree.city.hub().me).unwrap();
    assert!(city.backlog <= 1, "{city:?}");
    assert_eq!(province.silent(&board), 0);
    // what it had told of a school that is closed ends, too
    tree.clock.set(tree.clock_at("2025-09-30"));
    let code = tree.city.invite("2152000005", Some("520500")).await;
    let school = School::join(&code, tree.clock.clone()).await.unwrap();
    school.write("2025-09-30", 1, &pupils(30, 0)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    tree.clock.set(tree.clock_at("2025-10-09"));
    tree.night().await;
    let province = &tree.province;
    let on_roll = |on| async move { figure(province, "52", on).await.own.counts.of(Indicator::OnRoll) };
    assert_eq!(on_roll("2025-10-08").await, 30);
    tree.city.hub().close_unit(school.party, Some(day("2025-10-09"))).await.unwrap();
    tree.clock.set(tree.clock_at("2025-10-10"));
    tree.night().await;
    assert_eq!((on_roll("2025-10-08").await, on_roll("2025-10-09").await), (30, 0));
}

#[tokio::test]
async fn the_board_shows_the_certificate_that_a_hub_uses_on_the_line() {
    let tree = Tree::joined().await;
    let until = tree.county.hub().state().identity.as_ref().unwrap().leaf().not_after();
    tree.county.sync().await;
    // the keeper enters what was seen on the line
    let seen = || tree.city.hub().state().registry.entry(&tree.county.hub().me).and_then(|entry| entry.until);
    while seen().is_none() {
        tree.city.hub().refresh().await.unwrap();
    }
    let board = tree.city.hub().board().await.unwrap();
    let county = board.iter().find(|line| line.party == tree.county.hub().me).unwrap();
    assert_eq!(county.not_after, Some(until));
    assert!(until.since(tree.clock.now()) < 800 * 86_400_000);
}
