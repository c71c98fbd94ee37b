//! A unit whose certificate was revoked: both sides say so, and what to do.

use hub::silence::Revoked;
use proto::link::caller::CallError;
use proto::link::refusal::Refusal;
use proto::model::clock::Clock;
use proto::wire::bureau::bureau_server::Bureau;
use proto::wire::bureau::{SilenceRequest, StatusRequest};
use tonic::Request;

use crate::harness::Tree;

#[tokio::test]
async fn a_revoked_unit_stands_as_revoked_on_the_board_by_whom_and_when() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    let at = tree.clock.now();
    tree.county.hub().revoke(school.party.clone(), "电脑被盗".to_owned()).await.unwrap();
    let county = tree.county.hub().me.clone();
    let of = |lines: Vec<hub::silence::Line>| {
        lines.into_iter().find(|line| line.party == school.party).and_then(|line| line.revoked)
    };
    let expected = Revoked { by: county.clone(), at, reason: "电脑被盗".to_owned() };
    assert_eq!(of(tree.county.hub().board().await.unwrap()), Some(expected));
    // the town learns of it from the county's directory, which carries no reason
    tree.town.sync().await;
    let at_the_town = of(tree.town.hub().board().await.unwrap());
    assert_eq!(at_the_town, Some(Revoked { by: county, at, reason: String::new() }));
    let asked = Request::new(SilenceRequest { all: false });
    let said = tree.county.running.bureau.silence(asked).await.unwrap().into_inner();
    let line = said.lines.iter().find(|line| line.party == school.party.to_string()).unwrap();
    assert_eq!(line.revoked, at.0);
    for words in ["已于", "停用", "电脑被盗", "invite"] {
        assert!(line.words.contains(words), "{words}: {}", line.words);
    }
}

#[tokio::test]
async fn a_revoked_hub_says_so_itself_until_it_is_let_in_again() {
    let tree = Tree::joined().await;
    let town = tree.town.hub().me.clone();
    tree.county.hub().revoke(town.clone(), String::new()).await.unwrap();
    let refused = tree.town.running.bell.call_now().await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
    let warnings = || async {
        let status = tree.town.running.bureau.status(Request::new(StatusRequest {})).await;
        status.unwrap().into_inner().warnings
    };
    let said = warnings().await;
    let county = tree.county.hub().me.to_string();
    assert!(said.iter().any(|line| line.contains("停用") && line.contains(&county)), "{said:?}");
    tree.town.join(&tree.county).await;
    tree.town.hub().refresh().await.unwrap();
    tree.town.sync().await;
    assert!(!warnings().await.iter().any(|line| line.contains("停用")));
}
