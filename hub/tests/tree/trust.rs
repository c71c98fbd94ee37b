//! Who is let in.

use std::sync::Arc;

use hub::desk::HubError;
use proto::custody::message::Message;
use proto::custody::sign::{Sign, Signature, Signed};
use proto::custody::step::{Ballot, Step, StepKind};
use proto::identity::Identity;
use proto::identity::authority::{AUTHORITY_DAYS, Authority};
use proto::identity::csr;
use proto::identity::keys::{SecretKey, SpkiHash};
use proto::identity::lineage::Lineage;
use proto::identity::spoken::SpokenCode;
use proto::link::caller::CallError;
use proto::link::join::JoinError;
use proto::link::net::TcpNet;
use proto::link::post::{self, Reason};
use proto::link::refusal::Refusal;
use proto::model::case::{CaseId, Letter};
use proto::model::clock::Clock;
use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use crate::harness::{EVENING, Place, School, Tree, evening, pupils};

async fn county() -> Place {
    Place::found("520502", evening()).await
}

async fn school_of(county: &Place, code: &str) -> School {
    let code = county.invite(code, Some("520502")).await;
    School::join(&code, county.hub().clock.clone()).await.unwrap()
}

#[tokio::test]
async fn an_invitation_is_good_once_and_a_lost_answer_is_given_again() {
    let county = county().await;
    let (code, clock) = (county.invite("2152000001", Some("520502")).await, county.hub().clock.clone());
    let key = Arc::new(SecretKey::generate());
    School::join_with(&code, clock.clone(), key.clone()).await.unwrap();
    School::join_with(&code, clock.clone(), key).await.unwrap();
    let replayed = School::join(&code, clock.clone()).await.err().unwrap();
    assert!(matches!(&replayed, JoinError::Refused(why) if why.contains("was used at")), "{replayed}");
    let withdrawn = county.invite("2152000002", Some("520502")).await;
    county.invite("2152000002", Some("520502")).await;
    let replayed = School::join(&withdrawn, clock).await.err().unwrap();
    assert!(matches!(&replayed, JoinError::Refused(why) if why.contains("no such invitation")), "{replayed}");
}

#[tokio::test]
async fn a_hub_joins_by_what_was_said_over_the_telephone_and_only_the_right_one() {
    let clock = evening();
    let city = Place::found("5205", clock.clone()).await;
    let (county, copy) = (Place::found("520502", clock.clone()).await, Place::found("520502", clock).await);
    let unit = city.hub().named("520502", None).unwrap();
    let invite = city.hub().invite(unit, String::new(), None).await.unwrap();
    let (code, digits, fingerprint) = &invite.spoken;
    let address = &invite.code.address;
    let typed = |code: &str, known: &str| format!("{address}/{code}/{known}");
    let join = async |place: &Place, text: String| place.hub().join(&TcpNet, &text, Lang::En).await;
    let right = code.to_string().to_lowercase();
    let miscopied =
        join(&county, typed(&right.replace('-', "")[1..], &digits.to_string())).await.unwrap_err();
    assert!(matches!(miscopied, HubError::Code(_)), "{miscopied}");
    let other = SpokenCode::random().digits(&SpkiHash([1; 32])).to_string();
    let stranger = join(&county, typed(&right, &other)).await.unwrap_err();
    assert!(
        matches!(&stranger, HubError::Join(why) if why.contains("does not fit the invitation")),
        "{stranger}"
    );
    let unknown = SpokenCode::random();
    let unknown = typed(&unknown.to_string(), &fingerprint.to_string());
    assert!(
        matches!(join(&county, unknown).await, Err(HubError::Join(why)) if why.contains("no such invitation"))
    );
    join(&county, typed(&right, &digits.to_string())).await.unwrap();
    county.sync().await;
    // good once: the printed code is the same invitation, and another machine is refused
    for replayed in [typed(&right, &fingerprint.to_string()), invite.code.to_string()] {
        let refused = join(&copy, replayed).await.unwrap_err();
        assert!(matches!(&refused, HubError::Join(why) if why.contains("was used at")), "{refused}");
    }
}

#[tokio::test]
async fn an_invitation_expires() {
    let clock = evening();
    let county = Place::found("520502", clock.clone()).await;
    let code = county.invite("2152000001", Some("520502")).await;
    clock.set(clock.now().plus_millis(73 * 3_600_000));
    let late = School::join(&code, clock).await.err().unwrap();
    assert!(matches!(&late, JoinError::Refused(why) if why.contains("expired")), "{late}");
}

#[tokio::test]
async fn a_foreign_certificate_opens_nothing() {
    let (county, now) = (county().await, evening().now());
    let ours = school_of(&county, "2152000001").await;
    let posing = Authority::create(&county.hub().me, now, AUTHORITY_DAYS).unwrap();
    let key = Arc::new(SecretKey::generate());
    let leaf = posing.issue_leaf(&csr::request(&ours.party, &key), &ours.party, now, 30).unwrap();
    let lineage = Lineage::below(posing.certificate(), None).unwrap();
    let identity = Identity::new(key, leaf, lineage).unwrap();
    let forged = School::with(ours.party.clone(), ours.parents.clone(), identity, county.hub().clock.clone());
    forged.write(EVENING, 1, &pupils(5, 0)).await;
    let refused = forged.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::NoTrust { .. }), "{refused}");
    assert!(county.hub().figures(county.hub().me.region(), None).await.unwrap().view.own.as_of.is_none());
}

#[tokio::test]
async fn a_revoked_school_is_turned_away_at_its_next_contact_and_may_be_invited_again() {
    let county = county().await;
    let school = school_of(&county, "2152000001").await;
    school.call(0).await.unwrap();
    county.hub().revoke(school.party.clone(), "lost".to_owned()).await.unwrap();
    let refused = school.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
    let again = school_of(&county, "2152000001").await;
    again.call(0).await.unwrap();
    let old = school.call(0).await.unwrap_err();
    assert!(matches!(old, CallError::Refused { why: Refusal::OtherKey, .. }), "{old}");
}

#[tokio::test]
async fn a_revocation_reaches_the_town_through_the_directory() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    let unknown = school.call(0).await.unwrap_err();
    assert!(matches!(unknown, CallError::Refused { why: Refusal::Unknown, .. }), "{unknown}");
    tree.town.sync().await;
    school.call(0).await.unwrap();
    tree.county.hub().revoke(school.party.clone(), "lost".to_owned()).await.unwrap();
    tree.town.sync().await;
    let refused = school.call(0).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { why: Refusal::Revoked, .. }), "{refused}");
}

#[tokio::test]
async fn a_town_issues_nothing_and_names_who_does() {
    let tree = Tree::joined().await;
    let hub = tree.town.hub();
    let unit = hub.named("2152000001", Some("520502100")).unwrap();
    let error = hub.invite(unit, String::new(), None).await.unwrap_err();
    assert!(error.say(Lang::En).contains("only provinces, cities and counties"), "{error}");
}

/// A key that signs with nothing.
struct NoKey;

impl Sign for NoKey {
    fn sign(&self, _: &[u8]) -> Signature {
        Signature::default()
    }
}

#[tokio::test]
async fn a_step_with_a_wrong_signature_is_kept_and_whoever_sent_it_hears_why() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let party = |path: &str| path.parse::<Party>().unwrap();
    let step = Step {
        leg: CaseId::new([7; 16]).leg(1),
        n: 1,
        prev: Hash::ROOT,
        kind: StepKind::Offer,
        offerer: party("p52/c5205/d520502"),
        receiver: party("p52/c5205/d520521"),
        registrar: party("p52/c5205"),
        by: party("p52/c5205/d520502"),
        at: Moment(0),
        life: Ballot::first(1),
        payload: Hash::ROOT,
        after: None,
        note: String::new(),
    };
    let message = Message::Propose(Box::new(Signed::new(step, &NoKey)));
    school.send(&tree.county.hub().me, Letter::Custody(message.to_bytes())).await;
    school.call(0).await.unwrap();
    tree.town.sync().await;
    tree.town.sync().await; // the county's answer comes down
    school.call(0).await.unwrap();
    let receipts = school.quiet.receipts.lock().unwrap().clone();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert!(receipts[0].contains("signature"), "{receipts:?}");
    let quarantined = |room: &mut Room<'_>| post::quarantined(room);
    let kept = tree.county.hub().desk.act::<_, StoreError>(quarantined).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.reason).collect::<Vec<_>>(), [Reason::Forged]);
}
