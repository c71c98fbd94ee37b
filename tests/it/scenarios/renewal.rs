//! Certificates: renewed in time, and never used for another party.

use proto::link::caller::{CallError, Called};
use proto::link::refusal::Refusal;
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

/// The school's town lets it in; one that does not know the new key yet asks the county for it.
async fn let_in(tree: &Tree) -> Called {
    for _ in 0..500 {
        match tree.school(IN_A_TOWN).call().await {
            Err(CallError::Refused { why: Refusal::OtherKey, .. }) => {}
            called => return called.expect("a call"),
        }
    }
    panic!("the town does not learn the new key");
}

#[tokio::test]
async fn a_school_below_a_town_is_renewed_by_its_county_and_let_in_for_years() {
    let mut tree = Tree::quiet(IN_A_TOWN, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let first = ends(&tree);
    assert!(!let_in(&tree).await.report.renewed, "not before it is due");
    // further than a certificate and its grace together
    for _ in 0..4 {
        let before = ends(&tree);
        tree.clock().set(tree.clock().now().plus_millis(210 * DAY));
        for hub in tree.hubs() {
            hub.hub().renew_own_leaf().await.expect("its own authority");
        }
        // whether it dials now or has just dialled by itself
        let_in(&tree).await;
        assert!(ends(&tree).since(before) > 200 * DAY, "renewed in the same call");
        assert!(!let_in(&tree).await.report.renewed, "once is enough");
        tree.sync().await.expect("everybody is let in");
    }
    assert!(tree.clock().now().since(first) > 398 * DAY);
}

/// Writes `after` in the place of `before` into a file of settings.
fn edit(settings: &std::path::Path, before: &str, after: &str) {
    let text = std::fs::read_to_string(settings).expect("settings");
    assert!(text.contains(before), "{text}");
    std::fs::write(settings, text.replace(before, after)).expect("settings");
}

#[tokio::test]
async fn nobody_takes_on_anothers_store_by_an_edit_of_the_settings() {
    let mut tree = Tree::quiet(IN_A_TOWN, 1).await.expect("a tree");
    let school = tree.school_mut(IN_A_TOWN);
    school.stop().await.expect("it stops");
    let (settings, code) = (school.dir().join("config.toml"), school.plan().code());
    edit(&settings, &code, "2152009999");
    let refused = school.start().await.expect_err("the store is another school's").to_string();
    assert!(refused.contains(&code) && refused.contains("2152009999"), "{refused}");
    edit(&settings, "2152009999", &code);
    school.start().await.expect("it is itself again");

    let county = tree.school(IN_A_TOWN).party().lineage().nth(2).expect("a county");
    let hub = tree.hub_mut(&county);
    hub.stop().await.expect("it stops");
    let settings = hub::files::Files::of(hub.dir()).config();
    let region = county.region().to_string();
    let region = format!("region = \"{region}\"");
    edit(&settings, &region, "region = \"520523\"");
    let refused = hub.start().await.expect_err("the store is another county's").to_string();
    assert!(refused.contains(&county.to_string()) && refused.contains("520523"), "{refused}");
    edit(&settings, "region = \"520523\"", &region);
    hub.start().await.expect("it is itself again");
}
