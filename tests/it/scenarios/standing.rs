//! Absences that become a status, and what takes it back.

use node::standing::EnrolmentStatus;
use proto::model::sheet::Indicator;
use tests::marks::Mark;
use tests::tree::Tree;

use super::{IN_A_TOWN, above, lawful};

#[tokio::test]
async fn a_child_absent_for_six_days_is_suspected_at_every_level() {
    let mut tree = Tree::quiet(1, 7).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days[..6], Mark::Absent);
    for (day, alerted, suspected) in [(0, 0, 0), (3, 0, 0), (4, 1, 0), (5, 0, 1), (6, 0, 0)] {
        while tree.today() < days[day] || day == 0 && tree.school(IN_A_TOWN).ledger.calls == 0 {
            tree.day().await.expect("a day");
        }
        let seen = above(&tree, IN_A_TOWN, days[day], Indicator::Alerted).await;
        assert_eq!(seen, [alerted; 4], "alerted on day {}", day + 1);
        let seen = above(&tree, IN_A_TOWN, days[day], Indicator::Suspected).await;
        assert_eq!(seen, [suspected; 4], "suspected on day {}", day + 1);
    }
    assert_eq!(above(&tree, IN_A_TOWN, days[6], Indicator::Returned).await, [1; 4]);
    lawful(&tree).await;
}

#[tokio::test]
async fn a_sick_note_that_comes_late_restates_the_days_before() {
    let mut tree = Tree::quiet(1, 8).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days[..6], Mark::Absent);
    for _ in 0..6 {
        tree.day().await.expect("a day");
    }
    assert_eq!(tree.school(IN_A_TOWN).status(child).await.expect("on the roll"), EnrolmentStatus::Suspected);
    assert_eq!(above(&tree, IN_A_TOWN, days[5], Indicator::Suspected).await, [1; 4]);

    tree.morning().await.expect("a morning");
    tree.morning().await.expect("a morning");
    tree.school_mut(IN_A_TOWN).bring_note(child, &days[1..4]).await.expect("a note");
    tree.night().await.expect("a night");
    assert_eq!(tree.school(IN_A_TOWN).status(child).await.expect("on the roll"), EnrolmentStatus::Enrolled);
    for (day, excused) in [(0, 0), (1, 1), (3, 1), (4, 0)] {
        let seen = above(&tree, IN_A_TOWN, days[day], Indicator::AbsentExcused).await;
        assert_eq!(seen, [excused; 4], "excused on day {}", day + 1);
    }
    assert_eq!(above(&tree, IN_A_TOWN, days[5], Indicator::Suspected).await, [0; 4], "taken back everywhere");
    let county = tree.place("520502").hub();
    let shown = county.figures(county.me.region(), Some((days[5], days[5]))).await.expect("a view").view.own;
    assert!(shown.restated, "and marked as restated");
    lawful(&tree).await;
}
