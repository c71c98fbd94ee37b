//! A school without a line: its days travel on a stick.

use std::path::Path;

use hub::desk::HubError;
use hub::desk::courier::{Answer, Reader};
use node::desk::SchoolError;
use proto::link::conversation::Words;
use proto::link::courier::CourierError;
use proto::link::courier::files::Imported;
use proto::link::refusal::Refusal;
use proto::model::document::Topic;
use proto::model::sheet::Indicator;
use tests::marks::Mark;
use tests::tree::Tree;

use super::{IN_A_TOWN, STRAIGHT_ON_A_COUNTY, above, figure, lawful};

const COUNTY: &str = "520502";

/// A tree whose school has joined its county and never spoke with it again: files have to do from the first day.
async fn cut_off(days: usize) -> Tree {
    let tree = Tree::quiet(STRAIGHT_ON_A_COUNTY, days).await.expect("a tree");
    tree.place(COUNTY).line().close(true);
    tree
}

/// From the school to its county, and the answer back.
async fn carry(tree: &Tree, stick: &Path) -> (Imported, Imported) {
    let (school, county) = (tree.school(STRAIGHT_ON_A_COUNTY).school(), tree.place(COUNTY).hub());
    let out = school.courier_export(stick.to_owned(), Words::default()).await.expect("written");
    let up = county.courier_import(out.files[0].path.clone(), Answer::Beside).await.expect("taken");
    let down = school.courier_import(up.answers[0].path.clone(), None).await.expect("taken");
    (up, down)
}

#[tokio::test]
async fn a_school_without_a_line_counts_at_its_county_and_gets_the_acknowledgement_on_the_stick() {
    let mut tree = cut_off(2).await;
    let (child, days) = (tree.school(STRAIGHT_ON_A_COUNTY).somebody(), tree.days().to_vec());
    tree.school_mut(STRAIGHT_ON_A_COUNTY).away(child, &days[..1], Mark::Absent);
    tree.day().await.expect("a day");
    let county = tree.place(COUNTY).hub();
    let rules = "[absence]\nsuspect_after_days = 8\n".to_owned();
    let (draft, _) = county.draft(Topic::Rulebook, rules).expect("a rulebook");
    county.issue(draft).await.expect("issued");
    assert_eq!(figure(&tree, COUNTY, days[0], Indicator::AbsentUnexcused).await, 0);
    let school = tree.school(STRAIGHT_ON_A_COUNTY).school().clone();
    let before = school.line_view().await.expect("a view").acked;

    let stick = tempfile::tempdir().expect("a stick");
    let (up, down) = carry(&tree, stick.path()).await;
    assert!(up.delivered.report.received > 0 && up.delivered.gaps.is_empty());
    assert_eq!(figure(&tree, COUNTY, days[0], Indicator::AbsentUnexcused).await, 1);
    let line = school.line_view().await.expect("a view");
    assert!(line.acked > before, "the stick brought the acknowledgement");
    assert!(down.delivered.answered);
    // with the county's sealing key the roster for the blind matching can be written: it goes with the next stick
    carry(&tree, stick.path()).await;
    let line = school.line_view().await.expect("a view");
    assert_eq!((line.acked, line.oldest_waiting), (line.written, None), "nothing waits any more");
    let law = school.rules().await.expect("rules").law;
    assert_eq!(law.rules.absence.suspect_after_days, 8, "and what the county issued came down");

    drop((school, law));
    tree.day().await.expect("a day");
    carry(&tree, stick.path()).await;
    tree.sync().await.expect("a round");
    let figures = above(&tree, STRAIGHT_ON_A_COUNTY, days[0], Indicator::AbsentUnexcused).await;
    assert_eq!(figures, [1, 1, 1], "the others call as ever");
    tree.place(COUNTY).line().close(false);
    for _ in 0..2 {
        tree.sync().await.expect("a round");
    }
    lawful(&tree).await;
}

#[tokio::test]
async fn a_school_put_back_from_a_backup_learns_by_stick_what_it_has_lost() {
    let mut tree = cut_off(3).await;
    let stick = tempfile::tempdir().expect("a stick");
    let days = tree.days().to_vec();
    tree.day().await.expect("a day");
    carry(&tree, stick.path()).await;
    let backup = tree.school(STRAIGHT_ON_A_COUNTY).backup().await.expect("a backup");
    tree.day().await.expect("a day");
    carry(&tree, stick.path()).await;
    let today = tree.today();
    tree.school_mut(STRAIGHT_ON_A_COUNTY).restore(&backup, days[0], today).await.expect("back");
    let school = tree.school(STRAIGHT_ON_A_COUNTY).school();
    assert!(matches!(school.close(None).await, Err(SchoolError::AsksFirst)));
    let (_, down) = carry(&tree, stick.path()).await;
    assert!(down.delivered.report.returned > 0 && down.delivered.answered);
    carry(&tree, stick.path()).await;
    tree.day().await.expect("a day");
    carry(&tree, stick.path()).await;
    let county = tree.place(COUNTY).hub();
    let shown = county.figures(county.me.region(), Some((days[0], days[2]))).await.expect("figures");
    assert!(shown.missing.iter().all(|(unit, _)| unit.party != *tree.school(STRAIGHT_ON_A_COUNTY).party()));
    tree.place(COUNTY).line().close(false);
    tree.sync().await.expect("a round");
    lawful(&tree).await;
}

#[tokio::test]
async fn files_of_revoked_schools_of_others_and_of_strangers_are_turned_away() {
    let mut tree = cut_off(1).await;
    tree.day().await.expect("a day");
    let stick = tempfile::tempdir().expect("a stick");
    let (school, county) = (tree.school(STRAIGHT_ON_A_COUNTY).school(), tree.place(COUNTY).hub());
    let file = school.courier_export(stick.path().join("up"), Words::default()).await.expect("written");
    let file = file.files[0].path.clone();
    let wrong = tree.place("520500").hub().courier_import(file.clone(), Answer::None).await;
    assert!(matches!(wrong, Err(HubError::Courier(CourierError::OtherKey))));
    let own = school.courier_import(file.clone(), None).await;
    assert!(matches!(own, Err(SchoolError::Courier(CourierError::OtherKey))));

    county.revoke(school.party().clone(), "stolen computer".to_owned()).await.expect("revoked");
    let refused = county.courier_import(file, Answer::Beside).await.expect_err("turned away");
    let HubError::Courier(CourierError::Refused { why, .. }) = refused else { panic!("{refused}") };
    assert_eq!(why, Refusal::Revoked);
    assert_eq!(std::fs::read_dir(stick.path()).expect("a stick").count(), 1, "no answer is written");
}

#[tokio::test]
async fn a_stick_goes_up_from_hub_to_hub_where_whole_lines_are_down() {
    let mut tree = Tree::quiet(IN_A_TOWN, 2).await.expect("a tree");
    let (child, days) = (tree.school(IN_A_TOWN).somebody(), tree.days().to_vec());
    tree.school_mut(IN_A_TOWN).away(child, &days, Mark::Absent);
    tree.day().await.expect("a day");
    tree.weather(0.0);
    for place in ["520000", "520500", "520502", "520502100"] {
        tree.place(place).line().close(true);
    }
    tree.day().await.expect("a day");
    let stick = tempfile::tempdir().expect("a stick");
    let school = tree.school(IN_A_TOWN).school();
    let mut file = school.courier_export(stick.path().to_owned(), Words::default()).await.expect("written");
    for place in ["520502100", "520502", "520500", "520000"] {
        let hub = tree.place(place).hub();
        let taken = hub.courier_import(file.files[0].path.clone(), Answer::Beside).await.expect("taken");
        assert!(taken.delivered.report.received > 0, "{place}");
        assert_eq!(figure(&tree, place, days[1], Indicator::AbsentUnexcused).await, 1, "{place}");
        if place != "520000" {
            file = hub
                .courier_export(Reader::Parent, stick.path().to_owned(), Words::default())
                .await
                .expect("written");
        }
    }
}
