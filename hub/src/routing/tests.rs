use std::collections::HashSet;

use proto::model::division::{AdministeredBy, Divisions, FindError, Flag, NoHub};
use proto::model::lang::{Lang, Say};
use proto::model::region::{Level, Region};

use super::{Route, RouteError, Scope, place, route};

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn way(from: &str, to: &str) -> Result<Route, RouteError> {
    route(Divisions::shipped(), &AdministeredBy::default(), region(from), region(to))
}

fn told(route: &Route) -> (String, String, String) {
    let mover = route.mover.map(|mover| mover.to_string()).unwrap_or_default();
    let path: Vec<String> = route.path.iter().map(ToString::to_string).collect();
    (format!("{:?}", route.scope), mover, path.join(">"))
}

#[test]
fn every_vector_is_met() {
    let mut met = 0;
    for line in include_str!("vectors.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [from, _, to, _, scope, mover, _, path, ..] = fields[..] else { panic!("{line}") };
        let route = way(from, to).unwrap();
        // a case that stays has no way, only a remark in its place
        let path = if mover.is_empty() { "" } else { path };
        assert_eq!(told(&route), (scope.to_owned(), mover.to_owned(), path.to_owned()), "{line}");
        met += 1;
    }
    assert_eq!(met, 13);
}

#[test]
fn both_ends_are_hubs_that_do_a_county_s_work() {
    for (from, to, origin, receiver, registrar) in [
        ("520502001", "520521", "p52/c5205/d520502", "p52/c5205/d520521", Some("p52/c5205")),
        ("520502", "520102024", "p52/c5205/d520502", "p52/c5201/d520102", Some("p52")),
        ("110101", "110105", "p11/d110101", "p11/d110105", Some("p11")),
        ("441900003", "440103", "p44/c4419", "p44/c4401/d440103", Some("p44")),
        // the stand-in county of Jiayuguan is its city
        ("620201", "620102", "p62/c6202", "p62/c6201/d620102", Some("p62")),
        ("520502", "620201", "p52/c5205/d520502", "p62/c6202", None),
        ("520502", "440306", "p52/c5205/d520502", "p44/c4403/d440306", None),
    ] {
        let route = way(from, to).unwrap();
        assert_eq!(route.origin.to_string(), origin, "{from} {to}");
        assert_eq!(route.receiver.map(|it| it.to_string()).as_deref(), Some(receiver), "{from} {to}");
        assert_eq!(route.registrar.map(|it| it.to_string()).as_deref(), registrar, "{from} {to}");
    }
}

#[test]
fn a_letter_may_be_written_when_only_the_city_is_known() {
    for (to, path, addressee) in [
        ("440300", "520502>520500>LETTER>440300", "p44/c4403"),
        ("440000", "520502>520500>LETTER>440000", "p44"),
        ("441900003", "520502>520500>LETTER>441900", "p44/c4419"),
        ("429004", "520502>520500>LETTER>420000>429004", "p42"),
    ] {
        let route = way("520502", to).unwrap();
        assert_eq!(told(&route), ("S3".to_owned(), "520500".to_owned(), path.to_owned()));
        assert_eq!(route.addressee.unwrap().to_string(), addressee);
    }
    // the letter of a county without a city is its province's
    assert_eq!(told(&way("419001", "520502").unwrap()).1, "410000");
    assert_eq!(told(&way("441900003", "520502").unwrap()).2, "441900>LETTER>520500>520502");
}

#[test]
fn the_corps_moves_between_its_cities_when_it_has_a_hub() {
    let table = Divisions::shipped();
    let cities = table.iter().filter(|row| row.flags.has(Flag::CorpsCity)).map(|row| row.region);
    let corps = AdministeredBy::new(table, cities.map(|city| (city, region("659000")))).unwrap();
    for (to, told_) in [
        ("659004", ("S2", "659000", "659001>659000>659004")),
        ("650102", ("S2", "650000", "659001>659000>650000>650100>650102")),
        ("520502", ("S3", "659000", "659001>659000>LETTER>520500>520502")),
    ] {
        let route = route(table, &corps, region("659001"), region(to)).unwrap();
        let expected = (told_.0.to_owned(), told_.1.to_owned(), told_.2.to_owned());
        assert_eq!(told(&route), expected);
    }
}

#[test]
fn a_place_that_says_too_little_is_answered_with_what_is_missing() {
    for (from, to, part) in [
        ("520502", "520100", "南明区"),
        ("520502", "520000", "贵阳市"),
        ("520500", "520521", "七星关区"),
        ("110101", "110000", "东城区"),
    ] {
        let error = way(from, to).unwrap_err();
        assert!(matches!(error, RouteError::NoCounty { .. }), "{from} {to}: {error}");
        assert!(error.say(Lang::Zh).contains(part), "{}", error.say(Lang::Zh));
    }
    assert!(matches!(way("520502", "520502"), Err(RouteError::Same(_))));
    assert!(matches!(way("520502", "520599"), Err(RouteError::NoHub(NoHub::Unknown { .. }))));
    assert!(matches!(way("810000", "520502"), Err(RouteError::NoHub(NoHub::Outside(_)))));
    assert!(matches!(way("520502", "110100"), Err(RouteError::NoHub(NoHub::Filler { .. }))));
    assert_eq!(way("520502", "520522").unwrap_err(), place(Divisions::shipped(), "520522").unwrap_err());
}

#[test]
fn a_place_is_found_by_what_people_write() {
    let table = Divisions::shipped();
    assert_eq!(place(table, "贵州省毕节市大方县"), Ok(region("520521")));
    assert!(matches!(place(table, "鼓楼区"), Err(RouteError::Find(FindError::Ambiguous { .. }))));
    assert!(matches!(place(table, "520599"), Err(RouteError::Find(FindError::NotFound { .. }))));
    let old = place(table, "522401").unwrap_err();
    assert_eq!(
        old.say(Lang::Zh),
        "522401 是已撤销的“毕节市”的代码，现为贵州省毕节市七星关区（520502）。请改用新代码。"
    );
}

#[test]
fn every_way_says_why() {
    for (from, to, zh, en) in [
        ("520502001", "520502100", "同属", "belong to"),
        ("520502", "520521", "不同县", "two counties"),
        ("110101", "110105", "视同一个市", "counts as one city"),
        ("520502", "520102", "不同市", "two cities"),
        ("419001", "410102", "没有市一级", "no city between"),
        ("520502", "440306", "去函", "writes a letter"),
        ("520502", "810000", "不划转", "is not moved"),
    ] {
        let route = way(from, to).unwrap();
        assert!(route.say(Lang::Zh).contains(zh) && route.say(Lang::En).contains(en), "{from} {to}");
    }
}

#[test]
fn every_county_of_the_country_can_be_reached_and_no_stop_comes_twice() {
    let table = Divisions::shipped();
    let (by, from) = (AdministeredBy::default(), region("520502"));
    let counties = table.iter().filter(|row| row.region.level() == Level::County && row.region != from);
    for row in counties {
        let route = route(table, &by, from, row.region).unwrap();
        let stops: Vec<String> = route.path.iter().map(ToString::to_string).collect();
        assert_eq!(stops.first().map(String::as_str), Some("520502"), "{row:?}");
        assert_eq!(stops.last(), route.receiver.map(|it| it.region().to_string()).as_ref(), "{row:?}");
        assert_eq!(stops.len(), stops.iter().collect::<HashSet<_>>().len(), "{row:?}");
        assert!(matches!(route.scope, Scope::S1 | Scope::S2 | Scope::S3), "{row:?}");
    }
}
