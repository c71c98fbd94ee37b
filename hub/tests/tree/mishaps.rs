//! Backups, restores, renewals, strangers.

use std::sync::Arc;

use hub::desk::HubError;
use hub::silence::Trouble;
use proto::identity::keys::SecretKey;
use proto::link::caller::CallError;
use proto::link::refusal::Refusal;
use proto::model::case::{CaseId, Letter, Progress, Stage};
use proto::model::clock::Clock;
use proto::model::sheet::Indicator;
use proto::store::{KeyFile, Options, StoreError, restore};

use crate::harness::{EVENING, Place, School, Tree, day, evening, figure, pupils};

const DAY: i64 = 86_400_000;

/// A tree whose one school has written an evening's sheet, which has gone up to the top.
async fn after_a_night() -> (Tree, School) {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    (tree, school)
}

#[tokio::test]
async fn what_is_safe_at_the_county_may_be_forgotten_at_the_school() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    tree.town.sync().await;
    assert_eq!(school.keeps_from().await, 1);
    tree.town.hub().backup(None).await.unwrap();
    school.call(0).await.unwrap();
    assert_eq!(school.keeps_from().await, 1, "a town's own copy is not enough");
    tree.county.hub().backup(None).await.unwrap();
    school.write("2025-09-23", 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    tree.town.sync().await; // hears what is safe at the county
    school.write("2025-09-22", 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    assert_eq!(school.keeps_from().await, 2);
}

#[tokio::test]
async fn a_county_restored_from_an_older_copy_is_filled_again_and_lets_a_later_unit_back_in() {
    let (mut tree, early) = after_a_night().await;
    let (copy, _) = tree.county.hub().backup(None).await.unwrap();
    let late =
        School::join(&tree.county.invite("2152000009", Some("520502")).await, tree.clock.clone()).await;
    let late = late.unwrap();
    late.write(EVENING, 1, &pupils(10, 0)).await;
    late.call(0).await.unwrap();
    early.write(EVENING, 2, &pupils(100, 1)).await;
    early.call(0).await.unwrap();
    let of_the_town = tree.school("2152000008").await;
    tree.night().await;
    assert_eq!(on_roll(&tree.city, "520502").await, 110);

    let me = tree.county.hub().me.clone();
    tree.county = tree
        .county
        .restart_after(|home| {
            let key = KeyFile::open(&home.join("store.key")).unwrap();
            std::fs::remove_dir_all(home.join("store")).unwrap();
            restore(&copy, &key, &me, &home.join("store"), Options::hub()).unwrap();
        })
        .await;
    assert_eq!(on_roll(&tree.county, "520502").await, 100);
    let refused = late.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Unknown, .. }), "{refused}");
    assert_eq!(tree.county.hub().knocks.all().len(), 1);
    tree.county.hub().readmit(late.party.clone()).await.unwrap();
    late.call(0).await.unwrap();
    tree.night().await;
    let known = tree.county.hub().registered(&of_the_town.party.to_string()).await;
    assert!(known.is_ok(), "the town's directory brings its schools back");
    for (place, of) in [(&tree.county, "520502"), (&tree.city, "520502"), (&tree.province, "52")] {
        let own = figure(place, of, EVENING).await.own;
        let found = (own.counts.of(Indicator::OnRoll), own.counts.of(Indicator::Suspected));
        assert_eq!(found, (110, 1), "{of} at {}", place.hub().me);
    }
    // what the county says next has a higher revision than anything it said before the restore
    early.write(EVENING, 3, &pupils(100, 0)).await;
    early.call(0).await.unwrap();
    tree.night().await;
    assert_eq!(figure(&tree.province, "52", EVENING).await.own.counts.of(Indicator::Suspected), 0);
}

#[tokio::test]
async fn a_restored_county_speaks_louder_than_before_in_the_very_next_night() {
    let (mut tree, school) = after_a_night().await;
    let (copy, _) = tree.county.hub().backup(None).await.unwrap();
    for revision in 2..6 {
        school.write(EVENING, revision, &pupils(100, u64::from(revision))).await;
        school.call(0).await.unwrap();
        tree.night().await;
    }
    let me = tree.county.hub().me.clone();
    tree.county = tree
        .county
        .restart_after(|home| {
            let key = KeyFile::open(&home.join("store.key")).unwrap();
            std::fs::remove_dir_all(home.join("store")).unwrap();
            restore(&copy, &key, &me, &home.join("store"), Options::hub()).unwrap();
        })
        .await;
    school.write(EVENING, 6, &pupils(100, 1)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    for place in [&tree.county, &tree.city, &tree.province] {
        let of = place.hub().me.region().to_string();
        let suspected = figure(place, &of, EVENING).await.own.counts.of(Indicator::Suspected);
        assert_eq!(suspected, 1, "at {}", place.hub().me);
    }
}

/// A unit's letter reaches the restored county before it has heard what it lost, and it writes to its city about it.
#[tokio::test]
async fn a_county_whose_units_call_first_after_its_restore_is_not_taken_for_two_machines() {
    let (mut tree, school) = after_a_night().await;
    let (copy, _) = tree.county.hub().backup(None).await.unwrap();
    for revision in 2..5 {
        school.write(EVENING, revision, &pupils(100, u64::from(revision))).await;
        school.call(0).await.unwrap();
        tree.night().await;
    }
    let me = tree.county.hub().me.clone();
    tree.county = tree
        .county
        .restart_after(|home| {
            let key = KeyFile::open(&home.join("store.key")).unwrap();
            std::fs::remove_dir_all(home.join("store")).unwrap();
            restore(&copy, &key, &me, &home.join("store"), Options::hub()).unwrap();
        })
        .await;
    // nobody is on duty, so the county hands it up
    let case = Progress {
        case: CaseId::new([7; 16]),
        revision: 1,
        stage: Stage::Reported,
        since: day(EVENING),
        due: None,
        overdue: false,
        suspended_until: None,
        closing: None,
        acts: Vec::new(),
    };
    school.send(&me, Letter::Progress(case)).await;
    school.call(1).await.unwrap();
    tree.night().await;
    let troubles = async || {
        let board = tree.city.hub().board().await.unwrap();
        board.into_iter().find(|line| line.party == me).unwrap().troubles
    };
    assert_eq!(troubles().await, [Trouble::Lives(2)]);
    for place in [&tree.county, &tree.city, &tree.province] {
        let of = place.hub().me.region().to_string();
        let suspected = figure(place, &of, EVENING).await.own.counts.of(Indicator::Suspected);
        assert_eq!(suspected, 4, "at {}", place.hub().me);
    }
    assert_eq!(tree.city.hub().tally().await.unwrap().escalations, 1, "what it wrote meanwhile has arrived");
    tree.clock.set(tree.clock.now().plus_millis(8 * DAY));
    tree.night().await;
    assert_eq!(troubles().await, [], "a new life is no news for ever");
}

#[tokio::test]
async fn a_hub_whose_writer_has_failed_does_not_look_alive() {
    let mut province = Place::found("52", evening()).await;
    let failed =
        province.hub().desk.act(|_| -> Result<(), StoreError> { panic!("a rule that panics") }).await;
    assert!(matches!(failed, Err(StoreError::Stopped)));
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), province.running.ended());
    assert!(ended.await.expect("it ends").is_err());
    assert!(province.running.stop().await.is_err(), "and the service manager hears of it");
}

#[tokio::test]
async fn a_school_that_moves_to_another_manager_is_not_counted_twice() {
    let county = Place::found("520502", evening()).await;
    let clock = county.hub().clock.clone();
    let first = county.invite("2152000001", Some("520502100")).await;
    let second = county.invite("2152000001", Some("520502")).await;
    let school = School::join(&first, clock.clone()).await.unwrap();
    school.write("2025-09-23", 1, &pupils(100, 0)).await;
    school.call(0).await.unwrap();
    assert!(School::join(&second, clock.clone()).await.is_err());
    let moved = county.hub().named("2152000001", Some("520502")).unwrap();
    let again = county.hub().invite(moved.clone(), String::new(), None).await;
    assert!(matches!(again, Err(HubError::Elsewhere(other)) if other == school.party));
    county.hub().close_unit(school.party.clone(), None).await.unwrap();
    let code = county.hub().invite(moved, String::new(), None).await.unwrap().code.to_string();
    let school = School::join(&code, clock).await.unwrap();
    school.write(EVENING, 1, &pupils(99, 0)).await;
    school.call(0).await.unwrap();
    assert_eq!(on_roll(&county, "520502").await, 99);
    let before = figure(&county, "520502", "2025-09-23").await.own;
    assert_eq!(before.counts.of(Indicator::OnRoll), 100, "the past stays where it was");
}

#[tokio::test]
async fn what_a_hub_refused_while_its_clock_was_wrong_counts_once_it_is_right() {
    let tree = Tree::joined().await;
    let code = tree.county.invite("2152000009", Some("520502")).await;
    let school = School::join(&code, tree.clock.clone()).await.unwrap();
    let tomorrow = "2025-09-25";
    school.write(tomorrow, 1, &pupils(100, 3)).await;
    assert_eq!(school.call(0).await.unwrap().report.waiting, 0);
    assert_eq!(tree.county.hub().look_again().await.unwrap(), 0, "not before the clock is right");
    tree.clock.set(tree.clock_at(tomorrow));
    assert_eq!(tree.county.hub().look_again().await.unwrap(), 0, "nobody has said yet whose clock was wrong");
    school.write("2025-09-26", 1, &pupils(100, 3)).await;
    tree.clock.set(tree.clock_at("2025-09-26"));
    school.call(0).await.unwrap();
    assert_eq!(tree.county.hub().look_again().await.unwrap(), 1);
    let found = figure(&tree.county, "520502", tomorrow).await.own.counts;
    assert_eq!((found.of(Indicator::OnRoll), found.of(Indicator::Suspected)), (100, 3));
    assert_eq!(tree.county.hub().look_again().await.unwrap(), 0, "once is enough");
}

#[tokio::test]
async fn days_that_a_school_closed_while_its_own_clock_was_ahead_never_count() {
    let tree = Tree::joined().await;
    let code = tree.county.invite("2152000009", Some("520502")).await;
    let school = School::join(&code, tree.clock.clone()).await.unwrap();
    let (today, ahead) = (tree.clock.now(), "2025-09-29");
    tree.clock.set(tree.clock_at(ahead));
    school.write(ahead, 1, &pupils(100, 3)).await;
    tree.clock.set(today);
    school.call(0).await.unwrap();
    school.write(EVENING, 1, &pupils(99, 0)).await;
    school.call(0).await.unwrap();
    assert_eq!(on_roll(&tree.county, "520502").await, 99);
    tree.clock.set(tree.clock_at(ahead));
    assert_eq!(tree.county.hub().look_again().await.unwrap(), 0, "the school's clock went back since");
    assert_eq!(
        figure(&tree.county, "520502", ahead).await.own.reporting.reported,
        0,
        "nobody reported that day"
    );
}

async fn on_roll(place: &Place, of: &str) -> u64 {
    figure(place, of, EVENING).await.own.counts.of(Indicator::OnRoll)
}

#[tokio::test]
async fn a_renewed_key_is_let_in_and_the_old_one_only_until_the_new_is_seen() {
    let county = Place::found("520502", evening()).await;
    let clock = county.hub().clock.clone();
    let code = county.invite("2152000001", Some("520502")).await;
    let school = School::join(&code, clock).await.unwrap();
    let key = Arc::new(SecretKey::generate());
    school.ask_renewal(&key);
    school.call(0).await.unwrap();
    school.call(0).await.unwrap(); // the answer may have been lost: the old key still opens
    let renewed = school.renewed(key);
    renewed.call(0).await.unwrap();
    // the keeper settles the new key
    while county.hub().state().registry.entry(&school.party).unwrap().keys.len() > 1 {
        county.hub().refresh().await.unwrap();
    }
    let refused = school.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::OtherKey, .. }), "{refused}");
    renewed.call(0).await.unwrap();
}

#[tokio::test]
async fn hubs_renew_by_themselves_and_an_expired_town_is_let_in_by_grace() {
    let tree = Tree::joined().await;
    let until = |place: &Place| place.hub().state().identity.as_ref().unwrap().leaf().not_after();
    let before = until(&tree.town);
    tree.clock.set(before.plus_millis(20 * DAY)); // a summer and more
    tree.county.hub().renew_own_leaf().await.unwrap();
    let called = tree.town.sync().await;
    assert!(called.report.renewed);
    tree.town.hub().refresh().await.unwrap();
    assert!(until(&tree.town).since(before) > 300 * DAY);
    assert!(!tree.town.sync().await.report.renewed, "once is enough");
}

#[tokio::test]
async fn a_lineage_that_grew_at_the_top_reaches_the_bottom() {
    let clock = evening();
    let province = Place::found("52", clock.clone()).await;
    let city = Place::found("5205", clock.clone()).await;
    let county = Place::found("520502", clock.clone()).await;
    let town = Place::found("520502100", clock.clone()).await;
    town.join(&county).await;
    county.join(&city).await;
    city.join(&province).await;
    for hub in [&county, &town] {
        assert!(hub.sync().await.report.renewed);
        hub.hub().refresh().await.unwrap();
    }
    for hub in [&city, &county, &town] {
        let state = hub.hub().state();
        assert_eq!(state.identity.as_ref().unwrap().lineage().root().party(), &province.hub().me);
    }
    let (draft, _) = province
        .hub()
        .draft(proto::model::document::Topic::Rulebook, "[absence]\nsuspect_after_days = 7\n".to_owned())
        .unwrap();
    province.hub().issue(draft).await.unwrap();
    for hub in [&city, &county, &town] {
        assert_eq!(hub.sync().await.report.documents_refused, 0);
        hub.hub().refresh().await.unwrap();
        assert_eq!(hub.hub().state().rules.absence.suspect_after_days, 7);
    }
}

#[tokio::test]
async fn a_town_asks_its_county_about_a_stranger_by_itself() {
    let tree = Tree::joined().await;
    tree.town.sync().await;
    let school = tree.school("2152000001").await;
    assert!(school.call(0).await.is_err());
    for _ in 0..500 {
        if tree.town.hub().state().registry.entry(&school.party).is_some() {
            break;
        }
        tree.town.hub().refresh().await.unwrap();
    }
    school.call(0).await.unwrap();
}
