//! A child found elsewhere: offered, accepted, looked for, enrolled; and the answer comes back.

use hub::desk::HubError;
use hub::desk::casework::Filter;
use hub::desk::transfer::act::Handed;
use node::desk::cases::Opening;
use node::desk::cases::inflow::Finding;
use node::desk::cases::refer::Referring;
use node::persuasion::Cause;
use node::standing::EnrolmentStatus;
use proto::custody::proof::{Proof, Verdict};
use proto::custody::revoked::Revocation;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, Duty, Evidence, Letter, Outcome, Stage, TransferState};
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say as _};
use proto::model::party::Party;
use proto::model::personal::{Personal, Purpose};
use proto::store::Room;
use tests::officers::asked_back;
use tests::tree::Tree;

use super::IN_A_TOWN;

/// A school of another city of the same province, and one of another county of the same city.
pub(super) const IN_ANOTHER_CITY: usize = 2;
pub(super) const IN_ANOTHER_COUNTY: usize = 4;
/// Another school of the county of the first.
const IN_THE_SAME_COUNTY: usize = 3;

/// Everybody calls until what was written has arrived: up through four hubs and down again.
pub(super) async fn rounds(tree: &mut Tree) {
    for _ in 0..6 {
        tree.sync().await.expect("a lawful night");
    }
}

pub(super) fn name(tree: &Tree, school: usize, at: usize) -> String {
    tree.school(school).pupils()[at].name.clone()
}

/// Opens a case for a child of a school.
pub(super) async fn open(tree: &Tree, school: usize, child: usize) -> CaseId {
    let child = name(tree, school, child);
    let opening = Opening { child, cause: Cause::TermCheck, case: None, by: "head".to_owned() };
    tree.school(school).school().open_case(opening).await.expect("a case")
}

/// The school says where the child of a case is.
pub(super) async fn found_at(tree: &Tree, school: usize, case: CaseId, place: &str) {
    let school = tree.school(school).school();
    let unwilling = match place.starts_with("52") {
        true => None,
        false => Some(asked_back(school, &case.to_string(), tree.today()).await.expect("a contact")),
    };
    let referring = Referring {
        case: case.to_string(),
        to: place.to_owned(),
        evidence: Evidence::SchoolConfirmation,
        note: Personal::new("当地学校来电确认".to_owned()),
        unwilling,
        draft: false,
        by: "head".to_owned(),
    };
    school.refer_case(referring).await.expect("a referral");
}

/// Opens a case for a child of a school and refers it to `place`.
pub(super) async fn refer(tree: &Tree, school: usize, child: usize, place: &str) -> CaseId {
    let case = open(tree, school, child).await;
    found_at(tree, school, case, place).await;
    case
}

/// The county checks, the registrar dispatches.
pub(super) async fn send(tree: &mut Tree, from: &str, registrar: &str, case: CaseId) {
    rounds(tree).await;
    let county = tree.place(from).hub().clone();
    let handed = county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed on");
    assert!(matches!(handed, Handed::Offered { .. }), "{handed:?}");
    rounds(tree).await;
    let waiting = tree.place(registrar).hub().moves().await.expect("moves");
    assert!(waiting.iter().any(|moved| moved.leg.case == case && moved.waiting.is_some()), "{waiting:?}");
    tree.place(registrar).hub().dispatch(None, "wang".to_owned()).await.expect("dispatched");
    rounds(tree).await;
}

/// The school has the child in class.
pub(super) async fn place(tree: &Tree, school: usize, case: CaseId) {
    let seat = tree.school(school);
    let finding = Finding {
        case,
        outcome: Outcome::Placed,
        on: None,
        class: Some(tests::tree::class_of(seat.pupils()[0].class)),
        place: None,
        note: String::new(),
        by: "head".to_owned(),
    };
    seat.school().found(finding).await.expect("placed");
}

/// Which of the counties says that it answers for the child.
pub(super) async fn answering(tree: &Tree, counties: &[&str], case: CaseId) -> Vec<String> {
    let mut out = Vec::new();
    for place in counties {
        if let Ok(shown) = tree.place(place).hub().dossier(case).await
            && shown.stance.acts()
        {
            out.push((*place).to_owned());
        }
    }
    out
}

pub(super) async fn state_at_school(tree: &Tree, school: usize, case: CaseId) -> Option<TransferState> {
    let (_, view) = tree.school(school).school().case(case.to_string()).await.expect("a case");
    view.transfer.map(|transfer| transfer.state())
}

#[tokio::test]
async fn a_child_lost_in_one_city_is_enrolled_in_another() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 2).await.expect("a tree");
    tree.day().await.expect("a day");
    let child = tree.school(IN_A_TOWN).somebody();
    let lost = name(&tree, IN_A_TOWN, child);
    let case = refer(&tree, IN_A_TOWN, child, "520103").await;
    send(&mut tree, "520502", "520000", case).await;
    let counties = ["520502", "520103"];
    assert_eq!(answering(&tree, &counties, case).await, ["520502"], "offered is not handed over");

    // lines break while the two counties never meet
    tree.weather(0.5);
    let inflow = tree.place("520103").hub().clone();
    assert_eq!(
        inflow.dossier(case).await.expect("the offer arrived").dossier.preview().map(|p| p.evidence),
        Some(Evidence::SchoolConfirmation)
    );
    inflow.accept(case, "officer".to_owned()).await.expect("accepted");
    assert_eq!(answering(&tree, &counties, case).await, ["520502", "520103"], "both, never neither");
    rounds(&mut tree).await;
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &counties, case).await, ["520103"]);
    tree.weather(0.0);
    rounds(&mut tree).await;

    let record =
        inflow.open_record(case, "officer".to_owned(), "核查就读".to_owned()).await.expect("the record");
    assert_eq!(*record.name.open(Purpose::Handover), lost);

    let unit: Party = tree.school(IN_ANOTHER_CITY).party().clone();
    inflow.assign(case, unit, "officer".to_owned()).await.expect("assigned");
    rounds(&mut tree).await;
    let school = tree.school(IN_ANOTHER_CITY).school().clone();
    let (_, inflows) = school.inflows().await.expect("a list");
    assert_eq!(inflows.len(), 1);
    place(&tree, IN_ANOTHER_CITY, case).await;
    rounds(&mut tree).await;

    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPlaced));
    let (_, view) = tree.school(IN_A_TOWN).school().case(case.to_string()).await.expect("a case");
    assert_eq!(view.case.stage, Stage::Moved);

    let proof = inflow.proof(case).await.expect("a proof").to_json();
    let root = inflow.state().identity.as_ref().expect("joined").lineage().root().clone();
    let steps = Proof::from_json(&proof).expect("a file").verify(&root).expect("it holds");
    assert_eq!(steps.last().expect("steps").holder, inflow.me);
    assert!(!proof.contains(&lost), "a proof names no child");

    let origin = tree.place("520502").hub();
    let why = || "划转台账".to_owned();
    let nobody = origin.issue_handover(case, None, String::new(), "officer".to_owned()).await;
    assert!(nobody.is_err(), "an opening has a purpose");
    let paper = origin.issue_handover(case, None, why(), "officer".to_owned()).await.expect("a document");
    assert!(paper.number.to_string().starts_with("示教函〔") && paper.number.serial == 1);

    let old_school = tree.school(IN_A_TOWN).school();
    let (of, held) = old_school.proof(case.to_string()).await.expect("the county sent the proof");
    let verdict = Verdict::of(&held.file, &old_school.root().expect("joined")).expect("it holds");
    assert!(of == case && verdict.is_of(case) && held.steps == verdict.steps().len() as u64);
    assert_eq!(verdict.steps().last().expect("steps").holder, inflow.me);

    // its county tells the school that keys in the proof were revoked: it proves nothing any more, also elsewhere
    let (old_school, county, inflow) = (old_school.clone(), origin.clone(), inflow.me.clone());
    let (_, view) = old_school.case(case.to_string()).await.expect("a case");
    assert_eq!(view.flaw, None);
    let revoked = revoked_by_the_province(&tree, &inflow);
    let identity = county.state().identity.clone().expect("joined");
    let (to, now) = (old_school.party().clone(), county.clock.now());
    let tell = move |room: &mut Room<'_>| {
        proto::parcel::send(room, &identity, &to, Letter::Revocation(revoked.to_bytes()), now).map(drop)
    };
    county.desk.act(tell).await.expect("written");
    rounds(&mut tree).await;
    let (_, view) = old_school.case(case.to_string()).await.expect("a case");
    let flaw = view.flaw.expect("the school knows").say(Lang::Zh);
    assert!(flaw.contains("停用") && flaw.contains(&inflow.to_string()), "{flaw}");
    let (_, held) = old_school.proof(case.to_string()).await.expect("a file");
    let elsewhere = Verdict::of(&held.file, &old_school.root().expect("joined"));
    assert!(elsewhere.is_err(), "the file says it too");
}

/// The province says that the keys under which a county accepted were revoked long before.
fn revoked_by_the_province(tree: &Tree, county: &Party) -> Revocation {
    let identity = |place: &str| tree.place(place).hub().state().identity.clone().expect("joined");
    let key = identity(&county.region().to_string()).leaf().spki_hash();
    let province = tree.place("520000").party().clone();
    Revocation::new(county.clone(), vec![key], Moment(0), province, &*identity("520000"))
}

#[tokio::test]
async fn an_offer_that_is_rejected_goes_back_to_the_school_with_its_reason() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520521").await;
    send(&mut tree, "520502", "520500", case).await;
    let inflow = tree.place("520521").hub().clone();
    inflow.reject(case, "officer".to_owned(), RejectReason::NotHere, String::new()).await.expect("rejected");
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520521"], case).await, ["520502"]);
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::ReturnedToSender));
    // offered again in the same leg, and taken
    let county = tree.place("520502").hub().clone();
    county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("again");
    rounds(&mut tree).await;
    tree.place("520500").hub().dispatch(None, "wang".to_owned()).await.expect("dispatched");
    rounds(&mut tree).await;
    inflow.accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520521"], case).await, ["520521"]);
}

#[tokio::test]
async fn a_child_who_comes_back_takes_the_offer_back() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520521").await;
    send(&mut tree, "520502", "520500", case).await;
    let school = tree.school(IN_A_TOWN).school().clone();
    school
        .withdraw_case(case.to_string(), "学生已返校".to_owned(), "head".to_owned())
        .await
        .expect("withdrawn");
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520521"], case).await, ["520502"]);
    let refused = tree.place("520521").hub().accept(case, "officer".to_owned()).await;
    assert!(refused.is_err(), "nothing is offered any more");
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::Withdrawn));
}

#[tokio::test]
async fn a_child_found_at_another_school_of_the_county_counts_once() {
    let mut tree = Tree::quiet(IN_THE_SAME_COUNTY, 7).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days, tests::marks::Mark::Absent);
    for _ in 0..days.len() {
        tree.day().await.expect("a day");
    }
    let lost = tree.school(IN_A_TOWN).school().clone();
    let case = lost.cases(false).await.expect("cases").1[0].case.id;
    let referring = Referring {
        case: case.to_string(),
        to: "520502".to_owned(),
        evidence: Evidence::SchoolConfirmation,
        note: Personal::new("本县另一所学校来电确认".to_owned()),
        unwilling: None,
        draft: false,
        by: "head".to_owned(),
    };
    lost.refer_case(referring).await.expect("a referral");
    rounds(&mut tree).await;
    let county = tree.place("520502").hub().clone();
    let handed = county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("stays");
    assert_eq!(handed, Handed::Here);
    let duty = county.dossier(case).await.expect("a dossier").duty.map(|(duty, _)| duty);
    assert_eq!(duty, Some(Duty::Assign), "the officer's list shows it");
    let unit = tree.school(IN_THE_SAME_COUNTY).party().clone();
    county.assign(case, unit, "officer".to_owned()).await.expect("assigned");
    rounds(&mut tree).await;
    place(&tree, IN_THE_SAME_COUNTY, case).await;
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPlaced));
    let status = tree.school(IN_A_TOWN).status(child).await.expect("a standing");
    assert_eq!(status, EnrolmentStatus::TransferPending);
    let mut refused = county.quarantine().await.expect("a list").0;
    refused.retain(|entry| entry.stream.origin.is_school());
    assert!(refused.is_empty(), "the county takes the school's sheets: {refused:?}");
}

#[tokio::test]
async fn a_child_whom_its_own_school_finds_moves_nowhere() {
    let mut tree = Tree::quiet(IN_A_TOWN, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520502").await;
    rounds(&mut tree).await;
    let county = tree.place("520502").hub().clone();
    county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("stays");
    let unit = tree.school(IN_A_TOWN).party().clone();
    county.assign(case, unit, "officer".to_owned()).await.expect("assigned");
    rounds(&mut tree).await;
    place(&tree, IN_A_TOWN, case).await;
    rounds(&mut tree).await;
    let (_, view) = tree.school(IN_A_TOWN).school().case(case.to_string()).await.expect("a case");
    assert_eq!(view.case.stage, Stage::Returned);
    let transfer = view.transfer.expect("a transfer");
    assert!(transfer.answers_here() && transfer.is_back(), "{:?}", transfer.state());
}

#[tokio::test]
async fn a_registrar_put_back_from_an_old_copy_forgets_nothing() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 1).await.expect("a tree");
    tree.day().await.expect("a day");
    let old = tree.place("520500").backup().await.expect("a copy");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520521").await;
    send(&mut tree, "520502", "520500", case).await;
    let inflow = tree.place("520521").hub().clone();
    inflow.accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(&mut tree).await;
    drop(inflow);
    tree.place_mut("520500").restore(&old).await.expect("put back");
    rounds(&mut tree).await;
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520521"], case).await, ["520521"]);
    let moves = tree.place("520500").hub().moves().await.expect("moves");
    assert!(moves.iter().any(|moved| moved.leg.case == case), "the parties have told it: {moves:?}");
}

#[tokio::test]
async fn a_registrar_that_was_started_again_moves_nothing_before_both_counties_have_reported() {
    let mut tree = Tree::quiet(IN_ANOTHER_COUNTY, 3).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = refer(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), "520521").await;
    rounds(&mut tree).await;
    let county = tree.place("520502").hub().clone();
    county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed on");
    rounds(&mut tree).await;
    tree.place_mut("520500").kill().await.expect("started again");
    let city = tree.place("520500").hub().clone();
    let waiting = city.moves().await.expect("moves")[0].leg;
    let refused = city.dispatch(Some(waiting), "wang".to_owned()).await.expect_err("its disk may be a copy");
    assert!(matches!(refused, HubError::NotReported(leg) if leg == waiting), "{refused}");
    assert!(city.dispatch(None, "wang".to_owned()).await.expect("what may go").is_empty());
    assert!(city.moves().await.expect("moves")[0].waiting.is_some(), "the offer stays");
    rounds(&mut tree).await;
    assert_eq!(city.dispatch(None, "wang".to_owned()).await.expect("dispatched"), [waiting]);
    rounds(&mut tree).await;
    let inflow = tree.place("520521").hub().clone();
    inflow.accept(case, "officer".to_owned()).await.expect("accepted");
    rounds(&mut tree).await;
    assert_eq!(answering(&tree, &["520502", "520521"], case).await, ["520521"]);
}

#[tokio::test]
async fn a_suspected_child_has_a_case_that_goes_up_the_ladder() {
    let mut tree = Tree::quiet(IN_A_TOWN, 12).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days, tests::marks::Mark::Absent);
    for _ in 0..days.len() {
        tree.day().await.expect("a day");
    }
    assert_eq!(tree.school(IN_A_TOWN).status(child).await.expect("a standing"), EnrolmentStatus::Suspected);
    let school = tree.school(IN_A_TOWN).school().clone();
    let (_, cases) = school.cases(false).await.expect("cases");
    assert_eq!(cases.len(), 1);
    rounds(&mut tree).await;
    let listed = tree.place("520502").hub().cases(Filter::default()).await.expect("a register");
    assert_eq!(listed.cases.len(), 1, "the county sees the case and no name");
}
