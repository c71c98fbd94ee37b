//! A unit whose certificate was revoked: both sides say so, and what to do.

use std::path::Path;

use hub::silence::Revoked;
use proto::link::caller::CallError;
use proto::link::refusal::Refusal;
use proto::model::clock::Clock;
use proto::store::{KeyFile, Options, Room, restore};
use proto::wire::bureau::bureau_server::Bureau;
use proto::wire::bureau::{DoctorRequest, SilenceRequest, StatusRequest, UnitRequest};
use tonic::Request;

use crate::harness::{Place, School, Tree};

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

/// The county with the store of this copy.
async fn put_back(county: Place, copy: &Path) -> Place {
    let me = county.hub().me.clone();
    let back = |home: &Path| {
        let key = KeyFile::open(&home.join("store.key")).unwrap();
        std::fs::remove_dir_all(home.join("store")).unwrap();
        restore(copy, &key, &me, &home.join("store"), Options::hub()).unwrap();
    };
    county.restart_after(back).await
}

#[tokio::test]
async fn a_stolen_machine_stays_out_after_its_county_is_restored_and_the_rightful_one_is_let_in() {
    let mut tree = Tree::joined().await;
    let code = tree.county.invite("2152000004", Some("520502")).await;
    let stolen = School::join(&code, tree.clock.clone()).await.unwrap();
    tree.night().await;
    let (copy, _) = tree.county.hub().backup(None).await.unwrap();
    tree.clock.set(tree.clock.now().plus_millis(3_600_000));
    let at = tree.clock.now();
    tree.county.hub().revoke(stolen.party.clone(), "电脑被盗".to_owned()).await.unwrap();
    let code = tree.county.invite("2152000004", Some("520502")).await;
    let rightful = School::join(&code, tree.clock.clone()).await.unwrap();
    rightful.call(0).await.unwrap();
    tree.night().await;
    let known = tree.city.hub().desk.act(|room: &mut Room<'_>| hub::revocation::all(room)).await;
    assert!(known.unwrap().iter().any(|known| known.party == stolen.party && known.from == at));

    tree.county = put_back(tree.county, &copy).await;
    // before the county has heard from above, the rightful machine shows that the register is older than it
    let refused = rightful.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::OtherKey, .. }), "{refused}");
    assert_eq!(tree.county.hub().knocks.all().len(), 1);
    tree.county.sync().await;
    tree.county.hub().refresh().await.unwrap();
    let refused = stolen.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
    let refused = rightful.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
    let knocks = tree.county.hub().knocks.strangers(&tree.county.hub().state().registry);
    assert_eq!(
        knocks.iter().map(|knock| (&knock.party, knock.known)).collect::<Vec<_>>(),
        [(&stolen.party, true)]
    );
    let bureau = &tree.county.running.bureau;
    let doctor = bureau.doctor(Request::new(DoctorRequest::default())).await.unwrap().into_inner();
    assert!(doctor.findings.iter().any(|it| it.what.contains("readmit")), "{doctor:?}");
    // by its code, as help says
    let asked = UnitRequest { unit: "2152000004".to_owned(), ..UnitRequest::default() };
    bureau.readmit(Request::new(asked.clone())).await.unwrap();
    rightful.call(0).await.unwrap();
    let refused = stolen.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::OtherKey, .. }), "{refused}");
    let said = bureau.readmit(Request::new(asked)).await.unwrap_err();
    assert!(!said.message().contains("party"), "{said}");
}
