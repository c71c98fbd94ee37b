use std::collections::HashSet;

use super::super::super::region::Level;
use super::*;

fn table() -> &'static Divisions {
    Divisions::shipped()
}

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

/// The twelve Corps cities under a hub of the Corps, which takes the code of their placeholder.
fn corps() -> AdministeredBy {
    let cities = table().iter().filter(|row| row.flags.has(Flag::CorpsCity)).map(|row| row.region);
    AdministeredBy::new(table(), cities.map(|city| (city, region("659000")))).unwrap()
}

#[test]
fn a_hub_is_named_by_who_manages_it() {
    for (code, path) in [
        ("520000", "p52"),
        ("520500", "p52/c5205"),
        ("520502", "p52/c5205/d520502"),
        ("520502100", "p52/c5205/d520502/t520502100"),
        // 4.4, 1: a municipality's districts, Chongqing's from both placeholders
        ("110000", "p11"),
        ("110101", "p11/d110101"),
        ("110101001", "p11/d110101/t110101001"),
        ("310115", "p31/d310115"),
        ("500101", "p50/d500101"),
        ("500229", "p50/d500229"),
        // 4.4, 2: run by the province
        ("419001", "p41/d419001"),
        ("429004", "p42/d429004"),
        ("429021", "p42/d429021"),
        ("469001", "p46/d469001"),
        // 4.4, 3: cities without counties
        ("441900", "p44/c4419"),
        ("441900003", "p44/c4419/t441900003"),
        ("442000001", "p44/c4420/t442000001"),
        ("620200", "p62/c6202"),
        ("620201001", "p62/c6202/t620201001"),
        // 4.4, 4: by code alone, a Corps city is Xinjiang's
        ("659001", "p65/d659001"),
        // 4.4, 5: a zone may run a hub
        ("130171", "p13/c1301/d130171"),
        // 4.4, 7: Sansha
        ("460321", "p46/c4603/d460321"),
    ] {
        let party = table().party_of(region(code), &AdministeredBy::default()).unwrap();
        assert_eq!(party.to_string(), path, "{code}");
    }
}

#[test]
fn the_corps_can_have_a_hub_of_its_own() {
    let by = corps();
    for (code, path) in [
        ("659000", "p65/c6590"),
        ("659001", "p65/c6590/d659001"),
        ("659012", "p65/c6590/d659012"),
        ("650102", "p65/c6501/d650102"),
    ] {
        assert_eq!(table().party_of(region(code), &by).unwrap().to_string(), path);
    }
    let town = table().children(region("659011")).next().unwrap();
    assert!(town.flags.has(Flag::TownLikeUnit));
    assert_eq!(table().party_of(town.region, &by).unwrap().lineage().count(), 4);
    assert_eq!(table().units_below(region("659000"), &by).len(), 12);
    assert!(!table().units_below(region("650000"), &by).contains(&region("659001")));
    assert!(table().units_below(region("650000"), &by).contains(&region("659000")));
}

#[test]
fn a_manager_must_be_above() {
    let try_pair =
        |unit: &str, manager: &str| AdministeredBy::new(table(), [(region(unit), region(manager))]);
    assert!(try_pair("520502100", "520500").is_ok());
    assert!(try_pair("520502", "440000").is_ok());
    for (unit, manager) in [("520502", "520521"), ("520500", "520502"), ("520000", "520000")] {
        assert!(matches!(try_pair(unit, manager), Err(BadManager::NotAbove { .. })), "{unit} {manager}");
    }
    assert!(matches!(try_pair("110100", "110000"), Err(BadManager::NoHub(NoHub::Filler { .. }))));
    assert!(matches!(try_pair("520502", "810000"), Err(BadManager::NoHub(NoHub::Outside(_)))));
    assert!(matches!(try_pair("520599", "520000"), Err(BadManager::NoHub(NoHub::Unknown { .. }))));
}

#[test]
fn every_place_has_one_hub_or_a_reason_not_to() {
    for by in [AdministeredBy::default(), corps()] {
        let (mut seen, mut without) = (HashSet::new(), Vec::new());
        for row in table().iter() {
            match table().party_of(row.region, &by) {
                Ok(party) => {
                    assert_eq!(party.region(), row.region);
                    assert_eq!(party.to_string().parse(), Ok(party.clone()));
                    assert_eq!(Party::from_dns_name(&party.dns_name()), Ok(party.clone()));
                    assert_eq!(party.lineage().last().unwrap().level(), Some(Level::Province));
                    assert!(seen.insert(party), "{row:?}");
                }
                Err(_) => without.push(row.region.to_string()),
            }
        }
        let mut expected = vec![
            "110100", "120100", "310100", "419000", "429000", "469000", "500100", "500200", "620201",
            "659000", "710000", "810000", "820000",
        ];
        expected.retain(|code| !by.names_manager(region(code)));
        assert_eq!(without, expected);
    }
}

#[test]
fn every_unit_below_a_hub_may_hang_on_it() {
    let by = AdministeredBy::default();
    for (code, units) in [("110000", 16), ("500000", 38), ("441900", 36), ("520500", 8), ("810000", 0)] {
        let below = table().units_below(region(code), &by);
        assert_eq!(below.len(), units, "{code}");
        for unit in below {
            let parent = table().party_of(region(code), &by).unwrap();
            assert_eq!(table().check_unit(&parent, unit, &by), Ok(()), "{code} {unit}");
        }
    }
}

#[test]
fn a_unit_hangs_on_one_hub_alone() {
    for (parent, unit, ok) in [
        ("p52/c5205", "520502", true),
        ("p52/c5205/d520502", "520502100", true),
        ("p11", "110101", true),
        ("p50", "500229", true),
        ("p42", "429004", true),
        ("p44/c4419", "441900003", true),
        ("p62/c6202", "620201001", true),
        ("p13/c1301", "130171", true),
        ("p52", "520502", false),
        ("p52/c5201", "520502", false),
        ("p52/c5205", "520500", false),
        ("p52/c5205", "520502100", false),
        ("p52", "530000", false),
        ("p11", "110100", false),
        ("p62/c6202", "620201", false),
        ("p52", "810000", false),
        ("p52/c5205", "520599", false),
        ("p52/c5205/s2152000001", "520502", false),
    ] {
        let (by, party) = (AdministeredBy::default(), parent.parse().unwrap());
        assert_eq!(table().check_unit(&party, region(unit), &by).is_ok(), ok, "{parent} {unit}");
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    for (parent, unit, zh, en) in [
        (
            "p52",
            "520502",
            "贵州省毕节市七星关区（520502）不直接归 p52 管。请在它的上级 贵州省毕节市（520500） 的节点上办理。",
            "贵州省毕节市七星关区 (520502) does not hang directly on p52. Do this at the hub above it, 贵州省毕节市 (520500).",
        ),
        (
            "p11",
            "110100",
            "北京市市辖区（110100）只是代码表里占位的一栏，没有教育部门。请改用 北京市（110000）。",
            "北京市市辖区 (110100) only fills a level of the code table and has no education department. Use 北京市 (110000) instead.",
        ),
        (
            "p52",
            "530000",
            "云南省（530000）是省一级，上面没有节点，不能列在 p52 之下。请核对代码。",
            "云南省 (530000) is a province and has no hub above it, so it cannot be below p52. Check the code.",
        ),
    ] {
        let refused = table()
            .check_unit(&parent.parse().unwrap(), region(unit), &AdministeredBy::default())
            .unwrap_err();
        assert_eq!((refused.say(Lang::Zh).as_str(), refused.say(Lang::En).as_str()), (zh, en));
    }
    let unknown = table().party_of(region("520599"), &AdministeredBy::default()).unwrap_err();
    assert!(unknown.say(Lang::Zh).contains("520502"), "{}", unknown.say(Lang::Zh));
}

#[test]
fn four_cities_do_the_counties_work() {
    let cities: Vec<String> = table()
        .iter()
        .map(|row| row.region)
        .filter(|r| table().acts_as_county(*r))
        .map(|r| r.to_string())
        .collect();
    assert_eq!(cities, ["441900", "442000", "460400", "620200"]);
}
