//! A child found in another province that runs this system too: the letter and the reply go by stick from root to
//! root.

use std::path::{Path, PathBuf};

use hub::desk::HubError;
use hub::desk::courier::{Answer, Reader};
use hub::desk::letter::{Opening, prefix};
use hub::desk::transfer::act::Handed;
use hub::incoming::Standing;
use hub::letter::{Reply, Standing as LetterStanding};
use hub::todo::Wait;
use proto::link::conversation::Words;
use proto::link::courier::CourierError;
use proto::link::courier::files::Imported;
use proto::model::case::{CaseId, Outcome, TransferState};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::neighbour::NeighbourError;
use tests::plan::plan;
use tests::search::Search;
use tests::tree::{Options, Tree};

use super::IN_A_TOWN;
use super::transfer::{found_at, name, refer, rounds, state_at_school};

const HERE: &str = "520000";
const THERE: &str = "510000";
const OUR_CITY: &str = "520500";
const OUR_COUNTY: &str = "520502";
const THEIR_CITY: &str = "510100";
const THEIR_COUNTY: &str = "510104";

/// Two provinces in one process. Nobody of one ever calls anybody of the other.
async fn two_provinces() -> Tree {
    let mut plan = plan(1, IN_A_TOWN);
    plan.hubs.extend(["p51", "p51/c5101", "p51/c5101/d510104"].map(|path| path.parse().expect("a hub")));
    let first = Day::new(2025, 9, 1).expect("a day");
    let options = Options { plan, seed: 1, dir: None, first, days: 2, quiet: true, local: false };
    let mut tree = Tree::grow(options, || ()).await.expect("two provinces");
    tree.day().await.expect("a day");
    rounds(&mut tree).await;
    tree
}

/// `to` takes the introduction of `from` over, as people do who have compared the fingerprint.
async fn introduce(tree: &Tree, from: &str, to: &str) {
    let told = tree.place(from).hub().introduction().await.expect("an introduction");
    let fingerprint = told.fingerprint.to_string();
    tree.place(to).hub().add_neighbour(told.file, Some(&fingerprint)).await.expect("a neighbour");
}

/// Both roots know each other, and their cities have been told.
async fn neighbours() -> Tree {
    let mut tree = two_provinces().await;
    introduce(&tree, HERE, THERE).await;
    introduce(&tree, THERE, HERE).await;
    rounds(&mut tree).await;
    tree
}

fn root(tree: &Tree, place: &str) -> Party {
    tree.place(place).party().clone()
}

/// The files that one root writes for the other.
async fn export(tree: &Tree, from: &str, to: &str, stick: &Path, words: Words) -> Vec<PathBuf> {
    let reader = Reader::Neighbour(root(tree, to));
    let made = tree.place(from).hub().courier_export(reader, stick.to_owned(), words).await;
    made.expect("written").files.into_iter().map(|file| file.path).collect()
}

async fn import(tree: &Tree, at: &str, file: &Path) -> Result<Imported, HubError> {
    tree.place(at).hub().courier_import(file.to_owned(), Answer::None).await
}

/// One stick from root to root.
async fn carry(tree: &Tree, from: &str, to: &str) {
    let stick = tempfile::tempdir().expect("a stick");
    for file in export(tree, from, to, stick.path(), Words::default()).await {
        let taken = import(tree, to, &file).await.expect("taken");
        assert!(taken.delivered.gaps.is_empty() && taken.delivered.report.quarantined == 0, "{taken:?}");
    }
}

/// A child of our county is believed to be in theirs: our city has written a letter.
async fn letter(tree: &mut Tree) -> (CaseId, String) {
    let case = refer(tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody(), THEIR_COUNTY).await;
    rounds(tree).await;
    let county = tree.place(OUR_COUNTY).hub().clone();
    let handed = county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed on");
    assert_eq!(handed, Handed::Letter);
    rounds(tree).await;
    let city = tree.place(OUR_CITY).hub().clone();
    let to = THEIR_COUNTY.parse().expect("a place");
    let number = prefix("毕教函").expect("a prefix");
    let letter = city.draft_letter(to, number, Vec::new(), "wang".to_owned()).await.expect("a draft");
    let letter = city.send_letter(letter.number.to_string(), None, "wang".to_owned()).await.expect("sent");
    rounds(tree).await;
    (case, letter.number.to_string())
}

/// Their county's answer.
async fn answer(tree: &Tree, case: CaseId, outcome: Outcome) {
    let county = tree.place(THEIR_COUNTY).hub().clone();
    let reply = Reply { outcome, day: tree.today(), place: None, note: String::new(), by: "wang".to_owned() };
    county.answer_incoming(case.to_string(), reply).await.expect("answered");
}

/// No file and no record of a hub names a child of the tree.
async fn names_nobody(tree: &Tree, place: &str) {
    let search = Search::of(tree.schools().iter().flat_map(|school| school.pupils()));
    let at_school = tree.school(IN_A_TOWN).school().desk().act(|room| room.list(b"")).await.expect("records");
    assert!(at_school.iter().any(|(_, value)| search.find(value).is_some()), "the search is blind");
    let seat = tree.place(place);
    let (found, _) = search.files(seat.dir()).expect("readable files");
    assert!(found.is_empty(), "{place}: {found:?}");
    for (key, value) in seat.hub().desk.act(|room| room.list(b"")).await.expect("records") {
        assert!(
            search.find(&key).is_none() && search.find(&value).is_none(),
            "{place} {}",
            key.escape_ascii()
        );
    }
}

#[tokio::test]
async fn a_letter_goes_to_the_county_of_another_province_by_stick_and_the_reply_comes_back() {
    let mut tree = neighbours().await;
    let lost = name(&tree, IN_A_TOWN, tree.school(IN_A_TOWN).somebody());
    let (case, number) = letter(&mut tree).await;
    carry(&tree, HERE, THERE).await;
    rounds(&mut tree).await;

    let (their_city, their_county) = (tree.place(THEIR_CITY).hub(), tree.place(THEIR_COUNTY).hub());
    let passed = their_city.incoming().await.expect("a list").remove(0);
    assert_eq!((passed.standing(), passed.passed_by.as_str()), (Standing::Passed, ""), "by its place");
    let came = their_county.incoming().await.expect("a list");
    assert_eq!((came.len(), &came[0].inquiry.number, came[0].standing()), (1, &number, Standing::Here));
    let waits = their_county.todo().await.expect("a list");
    assert!(waits.iter().any(|item| item.wait == Wait::Inquiry && item.case == case), "{waits:?}");
    let opening = Opening::of("officer".to_owned(), "核查来函".to_owned()).expect("a purpose");
    let (_, record) = their_county.open_incoming(case.to_string(), opening).await.expect("it opens");
    assert_eq!(*record.name.open(Purpose::Handover), lost);
    let ours = tree.place(OUR_COUNTY).hub().dossier(case).await.expect("a dossier");
    assert!(ours.stance.acts(), "the county that lost the child answers for it");

    answer(&tree, case, Outcome::Placed).await;
    assert!(their_county.todo().await.expect("a list").is_empty());
    rounds(&mut tree).await;
    for (place, by) in
        [(THEIR_COUNTY, "wang".to_owned()), (THEIR_CITY, root(&tree, THEIR_COUNTY).to_string())]
    {
        let it = tree.place(place).hub().incoming().await.expect("a list").remove(0);
        assert_eq!(it.reply.map(|reply| reply.by), Some(by), "{place}");
    }
    carry(&tree, THERE, HERE).await;
    rounds(&mut tree).await;
    let (letters, _) = tree.place(OUR_CITY).hub().letters().await.expect("a register");
    assert_eq!((letters[0].number.to_string(), letters[0].standing()), (number, LetterStanding::Answered));
    let answered = letters[0].lines[0].reply.as_ref().map(|reply| reply.by.clone());
    assert_eq!(answered, Some(root(&tree, THEIR_CITY).to_string()), "who answered by courier");
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::AcceptedPlaced));
    for place in [HERE, THERE] {
        names_nobody(&tree, place).await;
    }
}

#[tokio::test]
async fn what_is_lost_cut_edited_doubled_or_out_of_order_is_said_and_mends_with_the_next_stick() {
    let mut tree = neighbours().await;
    let (case, _) = letter(&mut tree).await;
    let stick = tempfile::tempdir().expect("a stick");
    let parts = export(&tree, HERE, THERE, stick.path(), Words { bytes: 1, all: false }).await;
    assert!(parts.len() > 1, "the introduction of our cities' keys, and the letter");
    let whole = std::fs::read(&parts[0]).expect("a file");
    let bad = stick.path().join("bad.guixue");
    let mut edited = whole.clone();
    *edited.last_mut().expect("bytes") ^= 1;
    for (bytes, what) in [(whole[..whole.len() - 9].to_vec(), "cut"), (edited, "edited")] {
        std::fs::write(&bad, bytes).expect("written");
        let refused = import(&tree, THERE, &bad).await;
        let Err(HubError::Courier(why)) = refused else { panic!("{refused:?}") };
        assert!(matches!(why, CourierError::Cut { .. } | CourierError::Changed), "{what}: {why}");
    }
    let own = import(&tree, HERE, &parts[0]).await;
    assert!(matches!(own, Err(HubError::Courier(CourierError::OtherKey))), "swapped: {own:?}");

    let early = import(&tree, THERE, &parts[1]).await.expect("taken");
    assert_eq!((early.delivered.gaps.len(), early.delivered.report.received), (1, 0));
    for part in parts.iter().chain(&parts) {
        import(&tree, THERE, part).await.expect("taken");
    }
    // that stick never comes back; the next one brings all of it once more, and nothing twice
    carry(&tree, HERE, THERE).await;
    rounds(&mut tree).await;
    assert_eq!(tree.place(THEIR_COUNTY).hub().incoming().await.expect("a list").len(), 1);
    answer(&tree, case, Outcome::NotFound).await;
    rounds(&mut tree).await;
    for _ in 0..2 {
        carry(&tree, THERE, HERE).await;
    }
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::ReturnedToSender));
}

#[tokio::test]
async fn a_province_that_is_unknown_or_was_removed_brings_nothing() {
    let mut tree = two_provinces().await;
    introduce(&tree, THERE, HERE).await;
    rounds(&mut tree).await;
    let (case, _) = letter(&mut tree).await;
    let stick = tempfile::tempdir().expect("a stick");
    let file = export(&tree, HERE, THERE, stick.path(), Words::default()).await.remove(0);
    let unknown = import(&tree, THERE, &file).await;
    assert!(matches!(unknown, Err(HubError::Courier(CourierError::NoNeighbour(_)))), "{unknown:?}");
    introduce(&tree, HERE, THERE).await;
    tree.place(THERE).hub().remove_neighbour("p52".to_owned()).await.expect("removed");
    let removed = import(&tree, THERE, &file).await;
    assert!(matches!(removed, Err(HubError::Courier(CourierError::RemovedNeighbour(_)))), "{removed:?}");
    introduce(&tree, HERE, THERE).await;
    import(&tree, THERE, &file).await.expect("people have compared once more");
    rounds(&mut tree).await;
    let came = tree.place(THEIR_COUNTY).hub().incoming().await.expect("a list");
    assert!(came.iter().any(|it| it.inquiry.leg.case == case));
}

#[tokio::test]
async fn a_neighbour_is_added_by_a_compared_fingerprint_and_by_a_root_alone() {
    let tree = two_provinces().await;
    let (here, city) = (tree.place(HERE).hub(), tree.place(OUR_CITY).hub());
    let told = tree.place(THERE).hub().introduction().await.expect("an introduction");
    assert_eq!(told.units, 1, "the keys of its cities go along");
    let right = told.fingerprint.to_string();
    let own = here.introduction().await.expect("an introduction");
    let mut changed = told.file.clone();
    *changed.last_mut().expect("bytes") ^= 1;
    let wrong = own.fingerprint.to_string();
    for (hub, file, typed, expected) in [
        (here, &told.file, None, "Compare"),
        (here, &told.file, Some(wrong.as_str()), "OtherFingerprint"),
        (here, &told.file, Some("7QK2"), "NotAFingerprint"),
        (here, &changed, Some(right.as_str()), "Changed"),
        (here, &own.file, Some(wrong.as_str()), "Oneself"),
        (city, &told.file, Some(right.as_str()), "NotARoot"),
    ] {
        let refused = hub.add_neighbour(file.clone(), typed).await;
        let Err(HubError::Neighbour(why)) = refused else { panic!("{expected}: {refused:?}") };
        assert!(format!("{why:?}").starts_with(expected), "{expected}: {why:?}");
    }
    let unknown = here.remove_neighbour("p51".to_owned()).await;
    assert!(matches!(unknown, Err(HubError::Neighbour(NeighbourError::Unknown(_)))));
    assert!(here.neighbours().await.expect("a list").is_empty(), "nothing was added");
}

/// A letter takes a leg of the case, and what its county does within the county takes none.
#[tokio::test]
async fn after_a_letter_the_school_still_hears_what_its_own_county_does() {
    let mut tree = two_provinces().await;
    let (case, number) = letter(&mut tree).await;
    let reply = Reply {
        outcome: Outcome::NotFound,
        day: tree.today(),
        place: None,
        note: String::new(),
        by: "officer".to_owned(),
    };
    let city = tree.place(OUR_CITY).hub().clone();
    city.answer_letter(number, case.to_string(), reply).await.expect("entered");
    rounds(&mut tree).await;
    let returned = Some(TransferState::ReturnedToSender);
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, returned);
    let (county, here) = (tree.place(OUR_COUNTY).hub().clone(), OUR_COUNTY.parse().expect("a place"));
    let handed = county.hand_on(case, Some(here), "officer".to_owned(), String::new()).await.expect("stays");
    assert_eq!(handed, Handed::Here);
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, Some(TransferState::Verifying));
    county.send_referral_back(case, "officer".to_owned(), "材料不足".to_owned()).await.expect("sent back");
    rounds(&mut tree).await;
    assert_eq!(state_at_school(&tree, IN_A_TOWN, case).await, returned);
    found_at(&tree, IN_A_TOWN, case, "520521").await;
}
