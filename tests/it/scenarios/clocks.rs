//! A computer that believes in another day.

use std::sync::Arc;

use node::desk::{SchoolError, WrongClock};
use proto::model::clock::{Clock, SetClock};
use tests::tree::Tree;

use super::{STRAIGHT_ON_A_COUNTY, lawful};

const DAY: i64 = 86_400_000;

#[tokio::test]
async fn a_school_whose_clock_is_days_ahead_closes_nothing_until_it_is_set() {
    let mut tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, 3).await.expect("a tree");
    tree.day().await.expect("a day");
    let own = Arc::new(SetClock::new(tree.clock().now().plus_millis(3 * DAY)));
    tree.school_mut(STRAIGHT_ON_A_COUNTY).set_clock(own).await.expect("up again");
    let school = tree.school(STRAIGHT_ON_A_COUNTY);
    // the parent's answer tells that the clock is wrong; what was closed before that call is the day it was
    school.call().await.expect("it may call all the same");
    let refused = school.school().close(None).await.expect_err("its clock is wrong");
    assert!(matches!(refused, SchoolError::Clock(WrongClock::Off(hours)) if hours == 72), "{refused}");

    let right = tree.clock().clone();
    tree.school_mut(STRAIGHT_ON_A_COUNTY).set_clock(right).await.expect("up again");
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    tree.sync().await.expect("a round");
    lawful(&tree).await;
}

#[tokio::test]
async fn a_school_whose_clock_jumps_years_ahead_closes_nothing_before_its_first_contact() {
    let mut tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, 3).await.expect("a tree");
    tree.day().await.expect("a day");
    let own = Arc::new(SetClock::new(tree.clock().now().plus_millis(800 * DAY)));
    tree.school_mut(STRAIGHT_ON_A_COUNTY).set_clock(own).await.expect("up again");
    let school = tree.school(STRAIGHT_ON_A_COUNTY).school();
    let refused = school.close(None).await.expect_err("nobody has confirmed that date");
    assert!(matches!(refused, SchoolError::Clock(WrongClock::Jumped(_))), "{refused}");

    let right = tree.clock().clone();
    tree.school_mut(STRAIGHT_ON_A_COUNTY).set_clock(right).await.expect("up again");
    for _ in 0..2 {
        tree.day().await.expect("a day");
    }
    tree.sync().await.expect("a round");
    lawful(&tree).await;
}
