//! Certificates that end while everybody is at work.

use proto::model::clock::Clock;
use proto::model::day::Moment;
use tests::tree::Tree;

use super::IN_A_TOWN;

const DAY: i64 = 86_400_000;

/// When the school's own certificate ends.
fn ends(tree: &Tree) -> Moment {
    let identity = tree.school(IN_A_TOWN).school().identity().borrow().clone();
    identity.expect("it has joined").leaf().not_after()
}

#[tokio::test]
async fn a_school_below_a_town_is_renewed_by_its_county_and_let_in_for_years() {
    let mut tree = Tree::quiet(IN_A_TOWN, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let first = ends(&tree);
    assert!(!tree.school(IN_A_TOWN).call().await.expect("a call").report.renewed, "not before it is due");
    // further than a certificate and its grace together
    for _ in 0..4 {
        let before = ends(&tree);
        tree.clock().set(tree.clock().now().plus_millis(210 * DAY));
        for hub in tree.hubs() {
            hub.hub().renew_own_leaf().await.expect("its own authority");
        }
        tree.sync().await.expect("everybody is let in");
        assert!(ends(&tree).since(before) > 200 * DAY, "renewed in the same night");
        let again = tree.school(IN_A_TOWN).call().await.expect("the town lets the new key in");
        assert!(!again.report.renewed, "once is enough");
    }
    assert!(tree.clock().now().since(first) > 398 * DAY);
}
