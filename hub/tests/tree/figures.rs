//! A school's sheet becomes a province's figure.

use hub::desk::HubError;
use proto::model::document::Topic;
use proto::model::sheet::Indicator;
use proto::store::{Room, StoreError};
use proto::wire::bureau::DoctorRequest;
use proto::wire::bureau::bureau_server::Bureau as _;
use tonic::Request;

use crate::harness::{EVENING, Place, Tree, figure, pupils};

#[tokio::test]
async fn a_sheet_travels_from_the_school_to_the_province() {
    let tree = Tree::joined().await;
    let one = tree.school("2152000001").await;
    let two = tree.school("2152000002").await;
    assert_eq!(one.parents.len(), 2, "the town, then the county");
    tree.town.sync().await; // the county's directory tells the town whom to let in
    one.write(EVENING, 1, &pupils(100, 2)).await;
    two.write(EVENING, 1, &pupils(50, 0)).await;
    for school in [&one, &two] {
        assert_eq!(school.call(0).await.unwrap().report.waiting, 0);
    }
    tree.night().await;
    for (place, of) in
        [(&tree.town, "520502100"), (&tree.county, "520502"), (&tree.city, "520500"), (&tree.province, "52")]
    {
        let view = figure(place, of, EVENING).await;
        let counts = &view.own.counts;
        assert_eq!((counts.of(Indicator::OnRoll), counts.of(Indicator::Suspected)), (150, 2), "{of}");
        let reporting = view.own.reporting;
        assert_eq!((reporting.expected, reporting.reported, reporting.on_time), (2, 2, 2), "{of}");
        assert!(view.own.as_of.is_some());
    }
    let county = figure(&tree.county, "520502100", EVENING).await;
    assert_eq!(county.below.len(), 2, "the county sees its schools");
    let city = figure(&tree.city, "520502", EVENING).await;
    assert_eq!(city.below.len(), 1, "the city sees the town, not the schools: {city:?}");
}

/// A county that is merged into another: its last totals must not stand in the sums above it for ever.
#[tokio::test]
async fn a_county_is_closed_after_its_schools_and_counts_no_more() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    let (county, city) = (tree.county.hub(), tree.city.hub());
    let refused = city.close_unit(county.me.clone(), None).await;
    assert!(matches!(refused, Err(HubError::StillCounts(_))), "{refused:?}");
    county.close_unit(school.party.clone(), None).await.unwrap();
    tree.night().await;
    city.close_unit(county.me.clone(), None).await.unwrap();
    tree.city.sync().await;
    for (place, of) in [(&tree.city, "520500"), (&tree.province, "52")] {
        assert_eq!(figure(place, of, EVENING).await.own.counts.of(Indicator::OnRoll), 0, "{of}");
    }
}

/// How far schools' own rows travel is a rule; what they add up to is none, whenever it changes.
#[tokio::test]
async fn school_rows_that_travel_further_change_no_figure() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let days = [EVENING, "2025-09-25", "2025-09-26"];
    for (day, rows) in days.into_iter().zip(["county", "province", "county"]) {
        tree.clock.set(tree.clock_at(day));
        let body = format!("[reporting]\nschool_rows_travel_to = \"{rows}\"");
        let (draft, _) = tree.province.hub().draft(Topic::Rulebook, body).unwrap();
        tree.province.hub().issue(draft).await.unwrap();
        for hub in [&tree.city, &tree.county, &tree.town] {
            hub.sync().await;
        }
        school.write(day, 1, &pupils(100, 2)).await;
        school.call(0).await.unwrap();
        tree.night().await;
        for (hub, of) in [(&tree.county, "520502"), (&tree.city, "520500"), (&tree.province, "52")] {
            let view = figure(hub, of, day).await;
            let (own, reporting) = (&view.own.counts, view.own.reporting);
            let seen = (own.of(Indicator::OnRoll), reporting.expected, reporting.reported);
            assert_eq!(seen, (100, 1, 1), "{of} with rows up to the {rows}");
        }
        let below = figure(&tree.province, "520502100", day).await.below;
        let schools: Vec<_> =
            below.iter().map(|row| (row.reporting.expected, row.reporting.reported)).collect();
        assert_eq!(schools, if rows == "province" { vec![(1, 1)] } else { vec![] });
    }
}

#[tokio::test]
async fn a_correction_restates_and_the_same_sheet_by_two_ways_counts_once() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call(1).await.unwrap(); // the town is silent: the county is dialled
    school.call(0).await.unwrap();
    tree.night().await;
    assert_eq!(figure(&tree.county, "520502", EVENING).await.own.counts.of(Indicator::OnRoll), 100);
    tree.clock.set(tree.clock_at("2025-09-26"));
    school.write(EVENING, 2, &pupils(100, 1)).await;
    school.call(0).await.unwrap();
    tree.night().await;
    for (place, of) in [(&tree.county, "520502"), (&tree.province, "52")] {
        let own = figure(place, of, EVENING).await.own;
        assert_eq!(own.counts.of(Indicator::Suspected), 1, "{of}");
        assert!(own.restated, "late and marked: {of}");
    }
}

/// What `doctor` finds, `doctor --rebuild` mends, and the hubs above see mended.
#[tokio::test]
async fn doctor_finds_figures_that_are_not_those_of_the_sheets_and_the_hubs_above_hear_the_right_ones() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    for (day, suspected) in [(EVENING, 2), ("2025-09-25", 3)] {
        tree.clock.set(tree.clock_at(day));
        school.write(day, 1, &pupils(100, suspected)).await;
        school.call(0).await.unwrap();
        tree.night().await;
    }
    let suspected = async |place: &Place| {
        let counts = figure(place, &place.hub().me.region().to_string(), "2025-09-25").await.own.counts;
        counts.of(Indicator::Suspected)
    };
    let doctor = async |rebuild| {
        let asked = Request::new(DoctorRequest { rebuild });
        let findings = tree.county.running.bureau.doctor(asked).await.unwrap().into_inner().findings;
        let bad = findings.into_iter().filter(|finding| finding.grade == "bad");
        bad.map(|finding| finding.what).collect::<Vec<_>>()
    };
    assert!(doctor(false).await.is_empty());

    // every day's sum says what another day's said
    let spoil = |room: &mut Room<'_>| {
        let sums = room.list(b"r/t/")?;
        for ((at, _), (_, other)) in sums.iter().zip(sums.iter().skip(1).chain(&sums[..1])) {
            room.put(at.clone(), other.clone());
        }
        Ok::<_, StoreError>(())
    };
    tree.county.hub().desk.act(spoil).await.unwrap();
    tree.clock.set(tree.clock_at("2025-09-26"));
    tree.night().await;
    assert_ne!(suspected(&tree.city).await, 3, "the city was told a wrong figure");
    let found = doctor(false).await;
    assert!(found.len() == 1 && found[0].contains("doctor --rebuild"), "{found:?}");
    assert_eq!(doctor(true).await.len(), 1);
    assert!(doctor(false).await.is_empty());
    tree.night().await;
    for place in [&tree.town, &tree.county, &tree.city, &tree.province] {
        assert_eq!(suspected(place).await, 3, "{}", place.hub().me);
    }
}

#[tokio::test]
async fn a_sheet_that_cannot_be_is_refused_and_its_school_hears_why() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write_body(vec![0xff]).await;
    school.write("2025-09-25", 1, &pupils(10, 0)).await; // tomorrow
    school.write(EVENING, 1, &[(Indicator::OnRoll, 1), (Indicator::Enrolled, 5)]).await;
    school.write(EVENING, 2, &pupils(10, 0)).await;
    let called = school.call(0).await.unwrap();
    assert_eq!(called.report.waiting, 0, "one bad entry never blocks the rest");
    let receipts = school.quiet.receipts.lock().unwrap().clone();
    assert_eq!(
        receipts,
        [
            "1 the body cannot be read",
            "2 the day lies in the future or too far back",
            "3 the counts contradict each other"
        ]
    );
    assert_eq!(figure(&tree.town, "520502100", EVENING).await.own.counts.of(Indicator::OnRoll), 10);
    let (quarantined, _) = tree.town.hub().quarantine().await.unwrap();
    assert_eq!(quarantined.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn who_has_not_reported_is_named() {
    let tree = Tree::joined().await;
    let (one, _two) = (tree.school("2152000001").await, tree.school("2152000002").await);
    tree.town.sync().await;
    one.write(EVENING, 1, &pupils(100, 0)).await;
    one.call(0).await.unwrap();
    tree.night().await;
    let place = tree.county.hub().me.region();
    let shown = tree.county.hub().figures(place, None).await.unwrap();
    assert_eq!((shown.view.own.reporting.expected, shown.view.own.reporting.reported), (2, 1));
    let missing: Vec<String> = shown.missing.iter().map(|(unit, _)| unit.party.to_string()).collect();
    assert_eq!(missing, ["p52/c5205/d520502/t520502100/s2152000002"]);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let mut tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call(0).await.unwrap();
    tree.town = tree.town.restart().await;
    assert_eq!(figure(&tree.town, "520502100", EVENING).await.own.counts.of(Indicator::OnRoll), 100);
    let again = school.call(0).await.unwrap();
    assert_eq!((again.report.sent, again.report.waiting), (0, 0));
}
