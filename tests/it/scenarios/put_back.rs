//! A county or a school is put back from an old copy while a case is on its way: what it lost comes back in any
//! order, and the answer counts.

use std::path::PathBuf;

use proto::model::case::{CaseId, Stage, TransferState};

use super::IN_A_TOWN;
use super::transfer::{
    IN_ANOTHER_CITY, IN_ANOTHER_COUNTY, found_at, open, place, refer, rounds, send, state_at_school,
};
use tests::tree::Tree;

/// Every hub does what a new day brings, and everybody calls.
async fn days(tree: &mut Tree) {
    for _ in 0..2 {
        for seat in tree.hubs() {
            hub::serve::begin_day(seat.hub()).await;
        }
        rounds(tree).await;
    }
}

/// The case has been referred to the other city, and the copy of `county` is of that moment; since then it was
/// accepted there, and a school looks for the child.
async fn accepted_since(tree: &mut Tree, county: &str) -> (CaseId, PathBuf) {
    tree.day().await.expect("a day");
    let case = refer(tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520103").await;
    rounds(tree).await;
    let old = tree.place(county).backup().await.expect("a copy");
    send(tree, "520502", "520000", case).await;
    let inflow = tree.place("520103").hub().clone();
    inflow.accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(tree).await;
    let unit = tree.school(IN_ANOTHER_CITY).party().clone();
    inflow.assign(case, unit, "officer".to_owned()).await.expect("assigned");
    rounds(tree).await;
    (case, old)
}

/// The county that lost the child has forgotten that it offered the case: the registrar and the answer tell it,
/// whichever comes first.
#[tokio::test]
async fn an_answer_counts_after_the_county_forgot_the_offer() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 2).await.expect("a tree");
    let (case, old) = accepted_since(&mut tree, "520502").await;
    place(&tree, IN_ANOTHER_CITY, case).await;
    rounds(&mut tree).await;
    tree.place_mut("520502").restore(&old).await.expect("put back");
    days(&mut tree).await;
    let shown = tree.place("520502").hub().dossier(case).await.expect("known again");
    assert_eq!(shown.dossier.state, TransferState::AcceptedPlaced);
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPlaced));
    let (refused, _) = tree.place("520502").hub().quarantine().await.expect("a list");
    assert!(refused.is_empty(), "{refused:?}");
}

/// The county that took the child in has forgotten whom it asked: the school's word counts all the same.
#[tokio::test]
async fn a_finding_counts_after_the_county_forgot_whom_it_asked() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 3).await.expect("a tree");
    let (case, old) = accepted_since(&mut tree, "520103").await;
    tree.place_mut("520103").restore(&old).await.expect("put back");
    place(&tree, IN_ANOTHER_CITY, case).await;
    days(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPlaced));
}

/// The school that lost the child has forgotten its referral, and knows again where the case is.
#[tokio::test]
async fn a_school_that_forgot_its_referral_hears_again_where_the_case_is() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 4).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = open(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody()).await;
    let old = tree.school(IN_A_TOWN).backup().await.expect("a copy");
    let since = tree.today();
    found_at(&tree, IN_A_TOWN, case, "520103").await;
    send(&mut tree, "520502", "520000", case).await;
    tree.place("520103").hub().accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPersuading));
    tree.school_mut(IN_A_TOWN).restore(&old, since, since).await.expect("put back");
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPersuading));
    let (_, view) = tree.school(IN_A_TOWN).school().case(case.to_string()).await.expect("a case");
    assert_eq!(view.case.stage, Stage::Moved);
}
