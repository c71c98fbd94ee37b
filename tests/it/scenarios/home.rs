//! A child is back at its old school after another city has taken its case.

use node::desk::cases::Stepping;
use node::persuasion::Step;
use proto::model::case::{Closing, Duty, Stage, TransferState};
use tests::tree::Tree;

use super::IN_A_TOWN;
use super::transfer::{IN_ANOTHER_COUNTY, answering, refer, rounds, send, state_at_school};

#[tokio::test]
async fn a_child_that_is_back_at_its_old_school_is_handed_back_by_the_city_that_took_it() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 3).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520103").await;
    send(&mut tree, "520502", "520000", case).await;
    let (there, origin) = (tree.place("520103").hub().clone(), tree.place("520502").hub().clone());
    there.accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPersuading));
    tree.day().await.expect("a day");
    let back =
        Stepping { case: case.to_string(), step: Step::Return, on: None, by: "head".to_owned(), paper: None };
    tree.school(IN_A_TOWN).school().step_case(back).await.expect("in class");
    rounds(&mut tree).await;
    let shown = there.dossier(case).await.expect("a dossier");
    assert_eq!(shown.duty.map(|(duty, _)| duty), Some(Duty::GiveBack));
    assert_eq!(shown.dossier.home.and_then(|home| home.why), Some(Closing::Returned));
    assert_eq!(answering(&tree, &["520502", "520103"], case).await, ["520103"]);
    there.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed back");
    rounds(&mut tree).await;
    tree.place("520000").hub().dispatch(None, "wang".to_owned()).await.expect("dispatched");
    rounds(&mut tree).await;
    origin.accept(case, "officer".to_owned()).await.expect("taken back");
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520103"], case).await, ["520502"]);
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::Withdrawn));
    let (_, view) = tree.school(IN_A_TOWN).school().case(case.to_string()).await.expect("a case");
    assert_eq!(view.case.stage, Stage::Returned);
    for hub in [origin, there] {
        let duty = hub.dossier(case).await.expect("a dossier").duty;
        assert_eq!(duty, None, "{}", hub.me);
    }
}
