//! What goes down.

use proto::link::shelf;
use proto::model::document::Topic;
use proto::store::{Room, StoreError};
use tests::tree::Tree;

use super::{IN_A_TOWN, lawful};

async fn issue(tree: &Tree, place: &str, days: u32) {
    let hub = tree.place(place).hub();
    let body = format!("[absence]\nsuspect_after_days = {days}\n");
    let (draft, _) = hub.draft(Topic::Rulebook, body).expect("a rulebook");
    hub.issue(draft).await.expect("issued");
}

async fn rule_at_school(tree: &Tree) -> u32 {
    let rules = tree.school(IN_A_TOWN).school().rules().await.expect("rules");
    rules.law.rules.absence.suspect_after_days
}

/// One level a night: whoever calls hears what is above.
async fn nights(tree: &mut Tree) {
    for _ in 0..4 {
        tree.sync().await.expect("a round");
    }
}

#[tokio::test]
async fn a_rulebook_goes_down_to_the_school_and_a_forked_one_is_refused_and_repaired() {
    let mut tree = Tree::quiet(1, 2).await.expect("a tree");
    tree.day().await.expect("a day");
    issue(&tree, "520000", 8).await;
    nights(&mut tree).await;
    assert_eq!(rule_at_school(&tree).await, 8);
    lawful(&tree).await;

    // the province loses its record, and issues another first version
    let province = tree.place("520000").hub().clone();
    let me = province.me.clone();
    let forget = move |room: &mut Room<'_>| {
        shelf::repair(room, Topic::Rulebook, &me, "");
        Ok::<_, StoreError>(())
    };
    province.desk.act(forget).await.expect("forgotten");
    issue(&tree, "520000", 9).await;
    nights(&mut tree).await;
    assert_eq!(rule_at_school(&tree).await, 8, "what was in force stays in force");
    let city = tree.place("520500").hub();
    assert_eq!(city.documents().await.expect("documents").1.len(), 1, "and the other is shown as refused");

    for place in ["520500", "520502", "520502100"] {
        tree.place(place)
            .hub()
            .repair(Topic::Rulebook, province.me.clone(), String::new())
            .await
            .expect("repaired");
        nights(&mut tree).await;
    }
    let school = tree.school(IN_A_TOWN).school();
    school.repair_document(Topic::Rulebook, province.me.clone(), String::new()).await.expect("repaired");
    nights(&mut tree).await;
    assert_eq!(rule_at_school(&tree).await, 9);
}
