use std::collections::{BTreeMap, HashSet};

use super::*;

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn code(row: &Division<'_>) -> String {
    row.region.to_string()
}

#[test]
fn the_shipped_table_is_whole() {
    let table = Divisions::shipped();
    let count = |level| table.iter().filter(|row| row.region.level() == level).count();
    // one town fewer than the file: 350527000 repeats its county
    assert_eq!(Level::ALL.map(count), [34, 342, 2_975, 41_351]);
    assert_eq!((table.len(), table.version(), table.is_empty()), (44_702, "2023-06-30", false));
    let flagged = Flag::ALL.map(|flag| table.iter().filter(|row| row.flags.has(flag)).count());
    assert_eq!(flagged, [9, 4, 32, 12, 124, 2_710, 8, 3]);
}

#[test]
fn the_file_agrees_with_what_the_digits_say() {
    for line in unpack(ROWS).lines().skip(1).map(Result::unwrap).filter(|l| !l.starts_with("350527000,")) {
        let fields: Vec<&str> = line.split(',').collect();
        let &[code, name, level, parent] = fields.as_slice() else { panic!("{line}") };
        let row = Divisions::shipped().get(region(code)).unwrap();
        assert_eq!((row.name, row.region.to_string().as_str()), (name, code));
        assert_eq!(format!("{:?}", row.region.level()).to_lowercase(), level, "{line}");
        assert_eq!(row.region.parent().map_or(String::new(), |p| p.to_string()), parent, "{line}");
        assert!(row.region.parent().is_none_or(|above| Divisions::shipped().get(above).is_some()));
    }
}

#[test]
fn flags_agree_with_the_digit_ranges() {
    for row in Divisions::shipped().iter() {
        let number = row.region.number();
        let zone = row.region.level() == Level::County && (71..=79).contains(&(number / 1_000 % 100));
        assert_eq!(row.flags.has(Flag::StatisticalZone), zone, "{row:?}");
        assert_eq!(row.flags.has(Flag::TownLikeUnit), (400..600).contains(&(number % 1_000)), "{row:?}");
        let childless =
            row.region.level() != Level::Town && Divisions::shipped().children(row.region).next().is_none();
        // 350527 lost its only town, which repeated it
        assert_eq!(row.flags.has(Flag::Outside), childless && code(&row) != "350527", "{row:?}");
    }
}

#[test]
fn a_full_name_leaves_fillers_out() {
    for (code, name, full) in [
        ("520000", "贵州省", "贵州省"),
        ("520502", "七星关区", "贵州省毕节市七星关区"),
        ("520502100", "鸭池镇", "贵州省毕节市七星关区鸭池镇"),
        ("110100", "市辖区", "北京市市辖区"),
        ("110101", "东城区", "北京市东城区"),
        ("500229", "城口县", "重庆市城口县"),
        ("429004", "仙桃市", "湖北省仙桃市"),
        ("441900003", "东城街道", "广东省东莞市东城街道"),
        ("620201", "嘉峪关市", "甘肃省嘉峪关市"),
        ("130171", "石家庄高新技术产业开发区", "河北省石家庄市石家庄高新技术产业开发区"),
        ("810000", "香港特别行政区", "香港特别行政区"),
    ] {
        let table = Divisions::shipped();
        assert_eq!(table.name(region(code)), Some(name), "{code}");
        assert_eq!(table.full_name(region(code)).as_deref(), Some(full), "{code}");
    }
    for code in ["520599", "520502999", "820100"] {
        assert_eq!(Divisions::shipped().get(region(code)), None, "{code}");
        assert_eq!(Divisions::shipped().full_name(region(code)), None, "{code}");
    }
}

#[test]
fn full_names_are_keys_where_names_are_not() {
    let (mut full, mut counties, mut towns) = (HashSet::new(), BTreeMap::new(), BTreeMap::new());
    for row in Divisions::shipped().iter() {
        let shown = Divisions::shipped().full_name(row.region).unwrap();
        assert!(row.is_filler() || full.insert(shown), "{row:?}");
        match row.region.level() {
            Level::County => *counties.entry(row.name).or_insert(0) += 1,
            Level::Town => *towns.entry(row.name).or_insert(0) += 1,
            _ => {}
        }
    }
    let twice = |names: &BTreeMap<&str, i32>| names.values().filter(|n| **n > 1).count();
    assert_eq!((twice(&counties), twice(&towns), towns["城关镇"]), (28, 3_743, 88));
}

#[test]
fn children_are_those_directly_below() {
    let below =
        |of: &str| Divisions::shipped().children(region(of)).map(|row| code(&row)).collect::<Vec<_>>();
    assert_eq!(below("110000"), ["110100"]);
    assert_eq!(below("500000"), ["500100", "500200"]);
    assert_eq!(below("460300"), ["460321", "460322", "460323"]);
    assert_eq!(below("441900").len(), 36);
    assert_eq!(below("442000").len(), 23);
    assert_eq!(below("460400").len(), 18);
    assert_eq!(below("520502100"), [""; 0]);
    assert_eq!(below("710000"), [""; 0]);
}

#[test]
fn a_broken_table_names_its_line() {
    let head = "code,name,level,parent_code\n";
    for (rows, flags, line) in [
        ("520000,贵州省,province,\n520000,贵州省,province,\n", "", 3),
        ("520000,,province,\n", "", 2),
        ("5200x0,贵州省,province,\n", "", 2),
        ("520000,贵州省,province,\n", "code,flag,note\n530000,placeholder_city,\n", 2),
        ("520000,贵州省,province,\n", "code,flag,note\n520000,nonsense,\n", 2),
    ] {
        let read = Divisions::read("test", format!("{head}{rows}").as_bytes(), flags.as_bytes());
        assert_eq!(read.err(), Some(BadTable { line }), "{rows}{flags}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "prints how long unpacking takes")]
fn a_small_hub_can_hold_it() {
    let start = std::time::Instant::now();
    let table = Divisions::read(VERSION, unpack(ROWS), unpack(FLAGS)).unwrap();
    println!(
        "division table: {} bytes in the binary, {} in memory, {:?} to unpack",
        ROWS.len() + FLAGS.len(),
        table.bytes(),
        start.elapsed()
    );
    assert!(table.bytes() < 1 << 20, "{}", table.bytes());
    assert!(ROWS.len() + FLAGS.len() < 400_000, "{}", ROWS.len() + FLAGS.len());
}
