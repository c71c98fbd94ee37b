//! Disks that are lost, power that fails.

use tests::marks::Mark;
use tests::tree::Tree;

use super::{IN_A_TOWN, STRAIGHT_ON_A_COUNTY, lawful};

/// A tree after two days, with a child away throughout, so that every day's sheet differs.
async fn two_days(schools: usize) -> Tree {
    let mut tree = Tree::quiet(schools, 6).await.expect("a tree");
    let days = tree.days().to_vec();
    for number in 1..=schools {
        let child = tree.school(number).somebody();
        tree.school_mut(number).away(child, &days, Mark::Absent);
    }
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    tree
}

async fn two_more_days_and_all_is_well(mut tree: Tree) {
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    tree.sync().await.expect("a round");
    lawful(&tree).await;
}

#[tokio::test]
async fn a_county_restored_from_an_older_backup_is_filled_again_by_those_below() {
    let mut tree = two_days(STRAIGHT_ON_A_COUNTY).await;
    let backup = tree.place("520502").backup().await.expect("a backup");
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    tree.place_mut("520502").restore(&backup).await.expect("restored");
    two_more_days_and_all_is_well(tree).await;
}

#[tokio::test]
async fn a_school_restored_from_an_older_backup_begins_a_new_life_and_loses_nothing() {
    let mut tree = two_days(1).await;
    let (backup, since) = (tree.school(IN_A_TOWN).backup().await.expect("a backup"), tree.today());
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    let today = tree.today();
    tree.school_mut(IN_A_TOWN).restore(&backup, since, today).await.expect("restored");
    two_more_days_and_all_is_well(tree).await;
}

#[tokio::test]
async fn a_restored_school_whose_teachers_hand_in_nothing_again_leaves_the_parents_figures_alone() {
    let mut tree = two_days(1).await;
    let backup = tree.school(IN_A_TOWN).backup().await.expect("a backup");
    tree.day().await.expect("a day");
    let (lost, county) = (tree.today(), tree.place("520502").party().clone());
    let figures = |tree: &Tree| {
        let hub = tree.hub(&county).hub().clone();
        async move { hub.figures(hub.me.region(), Some((lost, lost))).await.expect("a view").view.own.counts }
    };
    let before = figures(&tree).await;
    tree.school_mut(IN_A_TOWN).restore(&backup, lost, lost).await.expect("restored");
    tree.night().await.expect("a night");
    tree.sync().await.expect("a round");
    assert_eq!(figures(&tree).await, before);
    let missing = tree.school(IN_A_TOWN).school().line_view().await.expect("a view").lost;
    assert_eq!(missing, [lost], "the school is told which day to hand in again");
}

#[tokio::test]
async fn a_disk_image_put_back_behind_the_programs_back_is_noticed_by_the_parent() {
    let mut tree = two_days(1).await;
    let (image, since) = (tree.school(IN_A_TOWN).image().expect("an image"), tree.today());
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    let today = tree.today();
    tree.school_mut(IN_A_TOWN).put_back(&image, since, today).await.expect("put back");
    two_more_days_and_all_is_well(tree).await;
}

#[tokio::test]
async fn a_power_cut_in_a_school_and_at_a_hub_costs_nothing() {
    let mut tree = two_days(1).await;
    tree.morning().await.expect("a morning");
    tree.school_mut(IN_A_TOWN).kill().await.expect("up again");
    tree.night().await.expect("a night");
    for place in ["520502100", "520502", "520500", "520000"] {
        tree.place_mut(place).kill().await.expect("up again");
    }
    two_more_days_and_all_is_well(tree).await;
}
