//! The directions of the house: who may know whom.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the house").to_owned()
}

/// The names under `[dependencies]`, `[dev-dependencies]` and `[build-dependencies]` of a package.
fn dependencies(package: &str) -> BTreeSet<String> {
    let path = house().join(package).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).expect("every package has a manifest");
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    tables.flat_map(|table| table.keys().cloned()).collect()
}

/// The source files of `folder` with their text, comments left out.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let (mut out, mut open) = (Vec::new(), vec![house().join(folder)]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").map(|e| e.expect("an entry").path()));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file is text");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            out.push((path, code.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(!out.is_empty(), "{folder} has source files");
    out
}

#[test]
fn the_top_level_is_the_house_and_nothing_else() {
    let rooms =
        ["Cargo.toml", "Cargo.lock", "README.md", "proto", "node", "hub", "tests", "deploy", "target"];
    for entry in std::fs::read_dir(house()).expect("a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("names are UTF-8");
        let known = rooms.contains(&name.as_str()) || name.starts_with('.') || name.starts_with("LICENSE");
        assert!(known, "{name} has no place at the top level");
    }
}

#[test]
fn a_hub_and_a_school_never_know_each_other_and_the_protocol_knows_neither() {
    for (package, must_not) in [("hub", "node"), ("node", "hub"), ("proto", "node"), ("proto", "hub")] {
        assert!(!dependencies(package).contains(must_not), "{package} depends on {must_not}");
    }
    for (package, above) in [("hub", "tests"), ("node", "tests"), ("proto", "tests")] {
        assert!(!dependencies(package).contains(above), "{package} depends on {above}");
    }
    assert!(dependencies("hub").contains("proto") && dependencies("node").contains("proto"));
}

/// Where a hub may hold what names a person: it reads a list from above, writes a document from records that it
/// has opened, which is logged, or enters who handed a document over. Whatever else it knows of a child is sealed.
const MAY_NAME: [&str; 9] = [
    "hub/src/api/mail.rs",
    "hub/src/api/papers.rs",
    "hub/src/desk/casework/papers.rs",
    "hub/src/desk/inbound.rs",
    "hub/src/desk/transfer/handover.rs",
    "hub/src/inbound.rs",
    "hub/src/inbound/",
    "hub/src/letter/",
    "hub/src/unnamed.rs",
];

#[test]
fn a_hub_names_a_child_only_where_it_reads_lists_and_writes_documents() {
    let personal = ["Pupil", "Personal", "IdNumber", "RollNumber", "Guardian", "FamilyMember"];
    for (path, code) in sources("hub/src") {
        let is_test = path.ends_with("tests.rs");
        if is_test || MAY_NAME.iter().any(|place| path.to_string_lossy().contains(place)) {
            continue;
        }
        for word in personal {
            let named = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word);
            assert!(!named, "{} names {word}", path.display());
        }
    }
}

#[test]
fn rules_are_pure() {
    let rules = [
        "node/src/attendance",
        "node/src/standing",
        "node/src/roster",
        "node/src/attendance.rs",
        "node/src/standing.rs",
        "node/src/sheet.rs",
        "node/src/pupil.rs",
        "proto/src/model",
        "proto/src/link/schedule.rs",
    ];
    let forbidden = ["tokio", "tonic", "sled::", "reqwest", "axum", ".await", "WallClock"];
    for folder in rules {
        for (path, code) in sources(folder) {
            // the clock's port lives among the words of the model
            let allowed = |word: &str| word == "WallClock" && path.ends_with("model/clock.rs");
            for word in forbidden.into_iter().filter(|word| !allowed(word)) {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn the_model_knows_nothing_of_the_wire_and_one_file_knows_both() {
    for (path, code) in sources("proto/src/model") {
        for word in ["crate::wire", "crate::convert", "crate::link", "prost"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    for package in ["proto/src", "node/src", "hub/src", "tests/src", "tests/it"] {
        for (path, code) in sources(package) {
            if path.ends_with("architecture.rs") {
                continue;
            }
            for word in ["todo!", "unimplemented!", "#[ignore", "FIXME"] {
                assert!(!code.contains(word), "{} has {word}", path.display());
            }
        }
    }
}

/// What a school or a hub writes may name children: no other user of the machine may read it.
#[test]
fn files_are_private_from_their_first_byte() {
    for package in ["node/src", "hub/src"] {
        for (path, code) in sources(package).into_iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
            for word in ["fs::write(", "fs::copy(", " File::create("] {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

/// The key prefixes of a store (`h/` a hub's, `n/` a school's, `l/` the link's) that follow `before` in a source.
fn prefixes<'a>(code: &'a str, before: &str) -> Vec<&'a str> {
    let quoted = code.match_indices(before).map(|(at, _)| &code[at + before.len()..]);
    let prefixes = quoted.filter(|text| ["h/", "n/", "l/"].iter().any(|family| text.starts_with(family)));
    prefixes
        .map(|text| text.split(|c: char| c != '/' && !c.is_ascii_lowercase()).next().unwrap_or(text))
        .collect()
}

/// Whoever reads all records below a prefix reads records of one kind: nothing else has a key there.
#[test]
fn what_is_read_by_its_prefix_is_of_one_kind() {
    let all: Vec<(PathBuf, String)> =
        ["hub/src", "node/src", "proto/src"].into_iter().flat_map(sources).collect();
    let keys: BTreeSet<&str> = all.iter().flat_map(|(_, code)| prefixes(code, "\"")).collect();
    let mut read = 0;
    for (path, code) in &all {
        for prefix in prefixes(code, "list(b\"") {
            read += 1;
            let other = keys.iter().find(|key| **key != prefix && key.starts_with(prefix));
            assert_eq!(other, None, "{} reads {prefix}", path.display());
            let elsewhere =
                all.iter().find(|(there, code)| there != path && prefixes(code, "\"").contains(&prefix));
            assert_eq!(elsewhere.map(|(there, _)| there), None, "{} reads {prefix}", path.display());
        }
    }
    assert!(read > 20, "{read} readings were found");
}

/// The map of accidents in the README names tests that are there.
#[test]
fn every_accident_of_the_list_has_its_test() {
    let readme = std::fs::read_to_string(house().join("tests/README.md")).expect("the package has a README");
    let (_, map) = readme.split_once("## Adversaries and accidents").expect("the map is in the README");
    let named: Vec<&str> = map.lines().filter(|line| line.starts_with('|')).flat_map(names).collect();
    assert!(named.len() > 40, "the map is long");
    let code: Vec<String> = ["proto", "node", "hub", "tests"]
        .into_iter()
        .flat_map(|package| ["src", "tests", "it"].map(|folder| format!("{package}/{folder}")))
        .filter(|folder| house().join(folder).is_dir())
        .flat_map(|folder| sources(&folder).into_iter().map(|(_, text)| text))
        .collect();
    for name in named {
        let test = format!("fn {name}(");
        assert!(code.iter().any(|text| text.contains(&test)), "no test is called {name}");
    }
}

/// What stands between backticks in a row.
fn names(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').skip(1).step_by(2)
}
