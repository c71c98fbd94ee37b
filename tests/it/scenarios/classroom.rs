//! From an empty chair to a figure.

use proto::model::sheet::Indicator;
use tests::marks::Mark;
use tests::tree::Tree;

use super::{IN_A_TOWN, RUN_BY_A_CITY, above, figure, lawful};

#[tokio::test]
async fn an_empty_chair_in_the_morning_is_a_figure_in_the_province_at_night() {
    let mut tree = Tree::quiet(1, 2).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days[..1], Mark::Absent);
    tree.day().await.expect("a day");
    assert_eq!(above(&tree, IN_A_TOWN, days[0], Indicator::AbsentUnexcused).await, [1, 1, 1, 1]);
    tree.day().await.expect("a day");
    assert_eq!(above(&tree, IN_A_TOWN, days[1], Indicator::AbsentUnexcused).await, [0, 0, 0, 0]);
    lawful(&tree).await;
}

#[tokio::test]
async fn a_school_that_a_city_runs_is_in_the_citys_figures_and_in_no_countys() {
    let mut tree = Tree::quiet(RUN_BY_A_CITY, 1).await.expect("a tree");
    let (child, days) = (tree.school(RUN_BY_A_CITY).somebody(), tree.days().to_vec());
    tree.school_mut(RUN_BY_A_CITY).away(child, &days, Mark::Absent);
    tree.day().await.expect("a day");
    for (place, absent) in [("520000", 1), ("520100", 1), ("520103", 0), ("520500", 0)] {
        assert_eq!(figure(&tree, place, days[0], Indicator::AbsentUnexcused).await, absent, "{place}");
    }
    lawful(&tree).await;
}
