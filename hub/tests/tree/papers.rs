//! Documents go down the tree.

use hub::desk::HubError;
use hub::desk::papers::Repaired;
use proto::link::shelf;
use proto::model::document::Topic;
use proto::store::{Room, StoreError};

use crate::harness::Tree;

const STRICTER: &str = "[absence]\nsuspect_after_days = 8\n";

#[tokio::test]
async fn a_rulebook_reaches_every_hub_below_and_the_lower_layer_wins() {
    let tree = Tree::joined().await;
    issue(&tree.province, STRICTER).await;
    issue(&tree.county, "[absence]\nsuspect_after_days = 6\n").await;
    for hub in [&tree.city, &tree.county, &tree.town] {
        hub.sync().await;
    }
    for (hub, days) in [(&tree.province, 8), (&tree.city, 8), (&tree.county, 6), (&tree.town, 6)] {
        hub.hub().refresh().await.unwrap();
        assert_eq!(hub.hub().state().rules.absence.suspect_after_days, days, "{}", hub.hub().me);
    }
    assert_eq!(tree.town.hub().state().rules.label(), "built-in+520000@1+520502@1");
}

#[tokio::test]
async fn a_forked_document_is_refused_and_repaired_by_a_command() {
    let tree = Tree::joined().await;
    issue(&tree.province, STRICTER).await;
    tree.city.sync().await;
    // the province lost its record and issues another first version
    let me = tree.province.hub().me.clone();
    let forget = move |room: &mut Room<'_>| {
        shelf::repair(room, Topic::Rulebook, &me, "");
        Ok::<_, StoreError>(())
    };
    tree.province.hub().desk.act(forget).await.unwrap();
    issue(&tree.province, "[absence]\nsuspect_after_days = 9\n").await;
    let called = tree.city.sync().await;
    assert_eq!(called.report.documents_refused, 1);
    tree.city.hub().refresh().await.unwrap();
    assert_eq!(tree.city.hub().state().rules.absence.suspect_after_days, 8, "what was in force stays");
    let (_, refused) = tree.city.hub().documents().await.unwrap();
    assert_eq!(refused.len(), 1);
    let issuer = tree.province.hub().me.clone();
    tree.city.hub().repair(Topic::Rulebook, issuer, String::new()).await.unwrap();
    tree.city.sync().await;
    tree.city.hub().refresh().await.unwrap();
    assert_eq!(tree.city.hub().state().rules.absence.suspect_after_days, 9);
    assert!(tree.city.hub().documents().await.unwrap().1.is_empty());
}

#[tokio::test]
async fn the_hub_that_issued_a_forked_document_clears_the_report_and_keeps_its_own() {
    let tree = Tree::joined().await;
    let (hub, me) = (tree.province.hub(), tree.province.hub().me.clone());
    issue(&tree.province, STRICTER).await;
    tree.city.sync().await;
    let (issuer, forget) = (me.clone(), me.clone());
    let forget = move |room: &mut Room<'_>| {
        shelf::repair(room, Topic::Rulebook, &forget, "");
        Ok::<_, StoreError>(())
    };
    hub.desk.act(forget).await.unwrap();
    issue(&tree.province, "[absence]\nsuspect_after_days = 9\n").await;
    tree.city.sync().await;
    assert_eq!(hub.documents().await.unwrap().1.len(), 1, "the city showed the other one");
    tree.city.hub().repair(Topic::Rulebook, me.clone(), String::new()).await.unwrap();
    let repaired = hub.repair(Topic::Rulebook, issuer, String::new()).await.unwrap();
    assert_eq!(repaired, Repaired::Own);
    tree.city.sync().await;
    let (held, refused) = hub.documents().await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert!(held.iter().any(|document| document.issuer == me && document.body.contains("= 9")));
    let again = hub.repair(Topic::Rulebook, me, String::new()).await.unwrap_err();
    assert!(matches!(again, HubError::OwnDocument), "{again}");
}

#[tokio::test]
async fn a_document_that_contradicts_the_layers_above_is_not_issued() {
    let tree = Tree::joined().await;
    let hub = tree.county.hub();
    let (draft, _) = hub.draft(Topic::Rulebook, "[absence]\nreport_on_day = 9\n".to_owned()).unwrap();
    assert!(hub.issue(draft).await.is_err(), "the report would come after the mark");
    assert!(hub.documents().await.unwrap().0.iter().all(|document| document.topic == Topic::Directory));
}

async fn issue(place: &crate::harness::Place, body: &str) {
    let (draft, warnings) = place.hub().draft(Topic::Rulebook, body.to_owned()).unwrap();
    assert!(warnings.is_empty());
    place.hub().issue(draft).await.unwrap();
}
