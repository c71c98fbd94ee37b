//! Lines that break, towns that are silent, schools that are turned away.

use hub::silence::State;
use proto::link::caller::CallError;
use proto::link::refusal::Refusal;
use proto::model::sheet::Indicator;
use tests::tree::Tree;

use super::{IN_A_TOWN, STRAIGHT_ON_A_COUNTY, above, lawful};

#[tokio::test]
async fn a_line_that_is_cut_again_and_again_delivers_everything_once() {
    let mut tree = Tree::quiet(3, 4).await.expect("a tree");
    tree.weather(0.9);
    for _ in 0..4 {
        tree.day().await.expect("a day");
    }
    tree.weather(0.0);
    tree.sync().await.expect("a round");
    let failed: u64 = tree.schools().iter().map(|school| school.ledger.failed).sum();
    assert!(failed > 0, "no line was cut at all");
    lawful(&tree).await;
}

#[tokio::test]
async fn a_sheet_that_comes_by_the_town_and_by_the_county_counts_once() {
    let mut tree = Tree::quiet(1, 10).await.expect("a tree");
    let days = tree.days().to_vec();
    tree.day().await.expect("a day");
    // the town heard the school that night, and the county never heard the town
    tree.place("520502").line().close(true);
    tree.day().await.expect("a day");
    tree.place("520502").line().close(false);
    tree.place("520502100").line().close(true);
    for _ in 0..6 {
        tree.day().await.expect("a day");
    }
    let on_roll = above(&tree, IN_A_TOWN, days[7], Indicator::ClassesCalled).await;
    assert!(on_roll[1] > 0, "with its town silent for days the school went to the county");
    tree.place("520502100").line().close(false);
    tree.day().await.expect("a day");
    tree.day().await.expect("a day");
    let town = tree.place("520502100").hub();
    let shown = town.figures(town.me.region(), Some((days[0], days[9]))).await.expect("a view").view.own;
    assert_eq!(shown.reporting.reported, 10, "and it came back to the town");
    lawful(&tree).await;
}

#[tokio::test]
async fn a_revoked_school_is_turned_away_at_its_next_call() {
    let mut tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, 2).await.expect("a tree");
    tree.day().await.expect("a day");
    let school = tree.school(STRAIGHT_ON_A_COUNTY);
    let county = tree.place("520502").hub();
    county.revoke(school.party().clone(), "stolen computer".to_owned()).await.expect("its county revokes it");
    let refused = school.call().await.expect_err("turned away");
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
}

#[tokio::test]
async fn a_school_that_falls_silent_is_on_the_board() {
    let mut tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, 6).await.expect("a tree");
    tree.day().await.expect("a day");
    let silent = tree.school(STRAIGHT_ON_A_COUNTY).party().clone();
    tree.place("520502").line().close(true);
    for _ in 0..5 {
        tree.day().await.expect("a day");
    }
    let board = tree.place("520502").hub().board().await.expect("a board");
    let line = board.iter().find(|line| line.party == silent).expect("it is on the board");
    // its sealing key, its roster for the blind matching, and one sheet
    assert_eq!((line.state, line.acked), (State::Silent, 3), "{line:?}");
    assert!(line.backlog >= 4, "{line:?}");
}
