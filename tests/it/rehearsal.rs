//! The rehearsal itself, small, under several seeds. A seed that once broke a law stays in the list.

use tests::rehearse::{Options, quietly};

async fn every_law_holds(options: Options) {
    let report = quietly(&options).await.expect("the rehearsal runs to its end");
    let broken: Vec<_> = report.verdicts.iter().filter(|verdict| !verdict.holds()).collect();
    assert!(broken.is_empty(), "{options:?}: {broken:#?}");
    assert_eq!(report.acknowledged, report.entries_sent, "{options:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_law_holds_over_lines_that_break() {
    for seed in [1, 7] {
        every_law_holds(Options::small(8, 8, seed, 0.3)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_law_holds_over_lines_that_hardly_stand() {
    every_law_holds(Options::small(4, 8, 3, 0.7)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_law_holds_past_the_month_that_makes_a_dropout() {
    every_law_holds(Options::small(2, 30, 2, 0.2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_one_school_is_a_tree() {
    every_law_holds(Options::small(1, 3, 5, 0.0)).await;
}
