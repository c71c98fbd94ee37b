//! Hubs move to other addresses while their units go on.

use tests::tree::Tree;

use super::{IN_A_TOWN, lawful};

/// A school that calls its town alone learns from it where the town is now, and the county, which it may need one day.
#[tokio::test]
async fn a_school_learns_by_night_where_its_town_and_its_county_listen_now() {
    let mut tree = Tree::quiet(IN_A_TOWN, 6).await.expect("a tree");
    tree.day().await.expect("a day");
    let mut moved = Vec::new();
    for place in ["520502100", "520502"] {
        let address = tree.place(place).line().address().to_string();
        let by_name = format!("localhost:{}", address.rsplit_once(':').expect("a port").1);
        tree.place_mut(place).listens_as(&by_name).await.expect("up again");
        moved.push(by_name);
    }
    let dials = async |tree: &Tree| -> Vec<String> {
        let parents = tree.school(IN_A_TOWN).school().line_view().await.expect("a view").parents;
        parents.into_iter().map(|view| view.parent.address).collect()
    };
    for _ in 0..2 {
        assert_ne!(dials(&tree).await, moved);
        tree.day().await.expect("a day");
    }
    assert_eq!(dials(&tree).await, moved, "the town has heard it from the county");
    tree.day().await.expect("a day, with calls to the new addresses");
    let parents = tree.school(IN_A_TOWN).school().line_view().await.expect("a view").parents;
    assert!(parents.iter().all(|view| view.former.len() == 1), "{parents:?}");
    lawful(&tree).await;
}
