//! A county or a school is put back from a copy that does not know what was done in a case since: the other side does.

use hub::desk::casework::Order;
use hub::persuasion::Done;
use node::desk::cases::Stepping;
use node::persuasion::{Channel, Contact, Notice, Reached, Step};
use proto::model::case::{Act, CaseId, Stage};
use proto::model::personal::{Personal, Purpose};
use tests::tree::Tree;

use super::IN_A_TOWN;
use super::transfer::{open, rounds};

async fn step(tree: &Tree, case: CaseId, step: Step) {
    let stepping = Stepping { case: case.to_string(), step, on: None, by: "head".to_owned(), paper: None };
    tree.school(IN_A_TOWN).school().step_case(stepping).await.expect("a step");
}

async fn contact(tree: &Tree, case: CaseId) {
    let contact = Contact {
        on: tree.today(),
        by: "head".to_owned(),
        channel: Channel::Phone,
        reached: Reached::Parent,
        excuse: None,
        promise: Personal::new("下周一返校".to_owned()),
        next: None,
        note: Personal::new(String::new()),
    };
    step(tree, case, Step::Contact(contact)).await;
}

/// Contact, notice and written report.
async fn reported(tree: &Tree, case: CaseId) {
    contact(tree, case).await;
    let (number, delivery) = ("1".to_owned(), "家访".to_owned());
    step(tree, case, Step::Notice(Notice { number, delivery, receipt: Personal::new(String::new()) })).await;
    step(tree, case, Step::Report(String::new())).await;
}

async fn acts(tree: &Tree, case: CaseId) -> Vec<Done> {
    tree.place("520502").hub().case(case).await.expect("a case").case.acts
}

#[tokio::test]
async fn a_county_that_was_put_back_knows_again_what_it_did_and_gives_no_number_twice() {
    let mut tree = Tree::quiet(IN_A_TOWN, 4).await.expect("a tree");
    tree.day().await.expect("a day");
    let case = open(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody()).await;
    reported(&tree, case).await;
    rounds(&mut tree).await;
    let old = tree.place("520502").backup().await.expect("a copy");
    let hub = tree.place("520502").hub().clone();
    for (act, number) in [
        (Act::GovernmentInformed, "七教函〔2025〕7号"),
        (Act::GovernmentPersuades, ""),
        (Act::Visited, ""),
        (Act::Ordered, "七教函〔2025〕8号"),
    ] {
        let until = (act == Act::Ordered).then(|| tree.today().plus(60));
        let order = Order { act, day: None, number: number.to_owned(), until, note: String::new() };
        hub.direct(case, order, "officer".to_owned()).await.expect("an act");
    }
    drop(hub);
    rounds(&mut tree).await;
    let before = acts(&tree, case).await;
    tree.place_mut("520502").restore(&old).await.expect("put back");
    assert_eq!(acts(&tree, case).await.len(), 0);
    rounds(&mut tree).await;
    let after = acts(&tree, case).await;
    let said = |acts: &[Done]| -> Vec<_> {
        acts.iter().map(|done| (done.act, done.day, done.number.clone(), done.until)).collect()
    };
    assert_eq!(said(&after), said(&before));
    assert!(after.iter().all(|done| done.restated), "{after:?}");
    // twice more changes nothing, and the numbers are taken
    rounds(&mut tree).await;
    assert_eq!(acts(&tree, case).await, after);
    let next = tree.place("520502").hub().desk.act(|room| {
        let year = proto::paper::Year::of("2025-09-30".parse().expect("a day"));
        Ok::<_, proto::paper::serial::SerialError>(
            proto::paper::serial::next(room, &"七教函".parse().expect("a prefix"), year)?.serial,
        )
    });
    assert_eq!(next.await.expect("a number"), 9);
}

#[tokio::test]
async fn a_school_that_was_put_back_has_the_cases_again_that_were_opened_since() {
    let mut tree = Tree::quiet(IN_A_TOWN, 5).await.expect("a tree");
    tree.day().await.expect("a day");
    let (old, since) = (tree.school(IN_A_TOWN).backup().await.expect("a copy"), tree.today());
    let case = open(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody()).await;
    reported(&tree, case).await;
    rounds(&mut tree).await;
    tree.school_mut(IN_A_TOWN).restore(&old, since, since).await.expect("put back");
    rounds(&mut tree).await;
    let school = tree.school(IN_A_TOWN).school().clone();
    let (_, view) = school.case(case.to_string()).await.expect("it is here again");
    assert_eq!(view.case.stage, Stage::Reported);
    assert_eq!(view.case.contacts[0].promise.open(Purpose::SchoolStaff), "下周一返校");
    assert!(view.case.notice.is_some() && view.case.report.is_some());
    assert!(school.missing_cases().await.expect("a list").is_empty());
    // both sides say the same, and go on from there
    contact(&tree, case).await;
    rounds(&mut tree).await;
    let county = tree.place("520502").hub().case(case).await.expect("a case").case;
    let (_, view) = school.case(case.to_string()).await.expect("a case");
    assert_eq!(Some(county.progress), view.case.told);
    let (refused, _) = tree.place("520502").hub().quarantine().await.expect("a list");
    assert!(refused.is_empty(), "{refused:?}");
}
