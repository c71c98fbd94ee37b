//! A hub is reached at another address: its units learn it from the conversation.

use proto::link::caller::Parent;
use proto::wire::bureau::bureau_server::Bureau as _;
use proto::wire::bureau::{StatusRequest, UnitsRequest};
use tonic::Request;

use crate::harness::{EVENING, Place, School, Tree, evening, figure, pupils};

/// Writes another public address into the settings, as its people do, and starts the hub again.
async fn moved(place: Place, public: &str) -> Place {
    place
        .restart_after(|home| {
            let settings = home.join("config.toml");
            let text = std::fs::read_to_string(&settings).unwrap();
            let lines = text.lines().map(|line| match line.starts_with("public = ") {
                true => format!("public = \"{public}\""),
                false => line.to_owned(),
            });
            std::fs::write(settings, lines.collect::<Vec<_>>().join("\n")).unwrap();
        })
        .await
}

/// Where `place` dials its parent, and where it would try after that.
async fn dials(place: &Place) -> (String, Vec<String>) {
    place.hub().refresh().await.unwrap();
    let status = place.running.bureau.status(Request::new(StatusRequest {})).await.unwrap().into_inner();
    let parent = status.parents.into_iter().next().unwrap();
    (parent.address, parent.former_addresses)
}

#[tokio::test]
async fn a_unit_learns_the_new_address_of_its_parent_and_keeps_the_old_one_as_a_second_try() {
    let mut tree = Tree::joined().await;
    let old = dials(&tree.town).await.0;
    let port = old.rsplit_once(':').unwrap().1.to_owned();
    let by_name = format!("localhost:{port}");
    tree.county = moved(tree.county, &by_name).await;
    tree.town.sync().await;
    assert_eq!(dials(&tree.town).await, (by_name.clone(), vec![old.clone()]));
    tree.town = tree.town.restart().await;
    tree.town.sync().await;
    assert_eq!(dials(&tree.town).await.0, by_name, "it is known after a restart");

    // nobody listens where the settings say now: the unit is not cut off, and hears when it is mended
    let nowhere = "127.0.0.1:1";
    tree.county = moved(tree.county, nowhere).await;
    tree.town.sync().await;
    assert_eq!(dials(&tree.town).await, (nowhere.to_owned(), vec![by_name.clone(), old.clone()]));
    tree.town.sync().await;
    tree.county = moved(tree.county, &old).await;
    tree.town.sync().await;
    let (now, former) = dials(&tree.town).await;
    assert!(now == old && former.contains(&by_name), "{now} {former:?}");
    tree.clock.set(tree.clock_at("2025-10-29"));
    tree.town.sync().await;
    assert_eq!(dials(&tree.town).await, (old, Vec::new()), "after a month nobody tries the others");
}

#[tokio::test]
async fn a_county_learns_where_its_town_listens_now_and_tells_the_towns_schools() {
    let mut tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let port = tree.town.running.address.rsplit_once(':').unwrap().1.to_owned();
    let by_name = format!("localhost:{port}");
    tree.town = moved(tree.town, &by_name).await;
    tree.town.sync().await;
    let units = tree.county.running.bureau.units(Request::new(UnitsRequest {})).await.unwrap().into_inner();
    let town = units.units.into_iter().find(|unit| unit.party == tree.town.hub().me.to_string());
    assert_eq!(town.unwrap().address, by_name);
    school.call(1).await.unwrap();
    let told = school.dials();
    assert_eq!((told[0].address.as_str(), &told[1]), (by_name.as_str(), &school.parents[1]));
}

#[tokio::test]
async fn a_school_that_joined_before_its_town_finds_it_at_its_next_contact() {
    let clock = evening();
    let county = Place::found("520502", clock.clone()).await;
    let code = county.invite("2152000001", Some("520502100")).await;
    let school = School::join(&code, clock.clone()).await.unwrap();
    assert_eq!(school.parents.len(), 1, "there is no town yet");
    school.call(0).await.unwrap();
    assert_eq!(school.dials(), school.parents);
    let town = Place::found("520502100", clock).await;
    town.join(&county).await;
    town.sync().await;
    school.call(0).await.unwrap();
    let address = town.running.address.clone();
    let expected = [Parent { party: town.hub().me.clone(), address }, school.parents[0].clone()];
    assert_eq!(school.dials(), expected);
    school.write(EVENING, 1, &pupils(100, 2)).await;
    school.call_at(&expected[0]).await.unwrap();
    assert_eq!(figure(&town, "520502100", EVENING).await.own.reporting.reported, 1);
}
