//! A computer that believes in another day.

use std::sync::Arc;

use node::attendance::Mark;
use node::desk::calls::Call;
use node::desk::{SchoolError, WrongClock};
use proto::model::clock::{Clock, SetClock};
use proto::model::day::Moment;
use tests::tree::{MORNING, Tree, class_of};

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

/// The machine's clock stands `days` ahead while nobody can call: a roll is called, days are closed, by the word
/// of a person where the program asks for it. Then the clock is put right.
async fn a_clock_that_was_ahead(days: i64) {
    let mut tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, 3).await.expect("a tree");
    tree.day().await.expect("a day");
    // in the morning, when no party dials by itself
    let false_day = Moment::at(tree.clock().now().plus_millis(days * DAY).day(), MORNING);
    tree.school_mut(STRAIGHT_ON_A_COUNTY)
        .set_clock(Arc::new(SetClock::new(false_day)))
        .await
        .expect("up again");
    let seat = tree.school(STRAIGHT_ON_A_COUNTY);
    let child = &seat.pupils()[seat.somebody()];
    let listed = vec![(child.roll_number.clone(), Mark::Unexcused)];
    let class = class_of(child.class);
    let call = Call { class, day: None, listed, correction: None, by: "teacher".to_owned() };
    seat.school().call_roll(call).await.expect("it looks like a school day");
    match seat.school().close(None).await {
        Ok(_) => assert!(days < 100, "a year is not closed unasked"),
        Err(refused) => {
            assert!(matches!(refused, SchoolError::Clock(WrongClock::Jumped(_))), "{refused}");
            seat.school().close(Some(false_day.day())).await.expect("a person said so");
        }
    }

    let right = tree.clock().clone();
    tree.school_mut(STRAIGHT_ON_A_COUNTY).set_clock(right).await.expect("up again");
    let school = tree.school(STRAIGHT_ON_A_COUNTY).school();
    let refused = school.close(None).await.expect_err("which of the dates is wrong?");
    assert!(matches!(refused, SchoolError::Clock(WrongClock::Back(_))), "{refused}");
    tree.sync().await.expect("the parent's clock agrees with this one");
    let school = tree.school(STRAIGHT_ON_A_COUNTY).school();
    let seen = school.overview().await.expect("a readable store");
    assert_eq!(seen.today.wrong, None);
    assert!(seen.closed <= Some(tree.clock().now().day()), "{:?}", seen.closed);
    assert_eq!(seen.aside.iter().map(|aside| aside.calls.len()).sum::<usize>(), 1);
    assert!(seen.line.answers.is_empty(), "{:?}", seen.line.answers);
    let held = tree.school(STRAIGHT_ON_A_COUNTY).sheets().await.expect("sheets");
    assert!(held.keys().all(|day| *day <= tree.clock().now().day()), "{:?}", held.keys());

    for _ in 0..2 {
        let day = tree.day().await.expect("a day");
        let sheets = tree.school(STRAIGHT_ON_A_COUNTY).sheets().await.expect("sheets");
        assert!(sheets.contains_key(&day), "closed in truth");
    }
    tree.sync().await.expect("a round");
    lawful(&tree).await;
}

#[tokio::test]
async fn a_school_whose_clock_was_days_ahead_goes_on_once_it_is_right() {
    a_clock_that_was_ahead(3).await;
}

#[tokio::test]
async fn a_school_whose_clock_was_two_months_ahead_goes_on_once_it_is_right() {
    a_clock_that_was_ahead(60).await;
}

#[tokio::test]
async fn a_school_whose_clock_was_a_year_ahead_goes_on_once_it_is_right() {
    a_clock_that_was_ahead(365).await;
}
