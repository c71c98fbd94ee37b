//! A hub is made, asked, run, backed up; who is invited, which rules are in force.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::folder::{Folder, Running, said};

#[test]
fn a_hub_is_made_once_and_says_who_it_is() {
    let folder = Folder::county();
    let status = folder.json(&["status"]);
    assert_eq!((&status["party"], &status["level"]), (&"p52/c5205/d520502".into(), &"county".into()));
    assert_eq!(status["joined"], false);
    assert!(
        folder
            .refused(&["init", "--region", "520502", "--public", "10.0.0.1:1"])
            .contains("holds a hub already")
    );
    let chinese = folder.command(&["status"]).args(["--lang", "zh"]).output();
    assert!(!chinese.unwrap().status.success(), "one language at a time");
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let folder = Folder::new();
    assert!(folder.refused(&["status"]).contains("Run init"));
    let unknown = folder.refused(&["init", "--region", "520599", "--public", "10.0.0.1:1"]);
    assert!(unknown.contains("520599") && unknown.contains("did you mean"), "{unknown}");
    let folder = Folder::county();
    for (args, words) in [
        (vec!["invite", "2152000001"], "--under"),
        (vec!["invite", "2152000001", "--under", "520521"], "neither this hub"),
        (vec!["invite", "520501100"], "No division|division table|does not hang"),
        (vec!["join", "123"], "characters"),
        (vec!["revoke", "2152000009"], "no unit"),
        (vec!["rollup", "510000"], "no unit"),
        (vec!["sync"], "no parent|not joined"),
        (vec!["units", "readmit", "p52/c5205/d520502/s2152000001"], "has not called"),
        (vec!["rulebook", "repair", "rulebook", "520000"], "no such document"),
        (vec!["join", "--hub", "10.0.0.1:7443", "--code", "ABCD-EFGH-JKMN"], "--digits"),
        (vec!["join", "--hub", "10.0.0.1:7443", "--code", "ABC", "--digits", "12345678"], "12 characters"),
        (vec!["clock", "confirm", "2001-01-01"], "not the day that this machine shows"),
    ] {
        let said = folder.refused(&args);
        assert!(words.split('|').any(|word| said.contains(word)), "{args:?}: {said}");
    }
}

#[test]
fn refusals_leave_one_and_a_reader_who_goes_away_is_none() {
    let folder = Folder::county();
    for args in [vec!["backup", "--to", "x"], vec!["invite", "520502100", "--hours", "0"], vec!["sync"]] {
        assert_eq!(folder.run(&args).status.code(), Some(1), "{args:?}");
    }
    let backwards = folder.refused(&["rollup", "--from", "2025-09-08", "--to", "2025-09-01"]);
    assert!(backwards.contains("Exchange the two days"), "{backwards}");
    let mut shown =
        folder.command(&["rulebook", "show"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(shown.stdout.take());
    let ended = shown.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", said(&ended));
}

#[test]
fn an_invitation_is_printed_with_its_picture_and_no_secret_is_kept() {
    let folder = Folder::county();
    let invite = folder.json(&["invite", "２１５２000001", "--under", "520502100", "--name", "鸭池小学"]);
    assert_eq!(invite["party"], "p52/c5205/d520502/t520502100/s2152000001");
    let printed = said(&folder.run(&["invite", "520502100"]));
    assert!(printed.contains('█') || printed.contains('▀'), "{printed}");
    let units = folder.json(&["units"]);
    let status: Vec<&Value> = units["units"].as_array().unwrap().iter().map(|unit| &unit["status"]).collect();
    assert_eq!(status, ["invited", "invited"]);
    assert!(printed.contains("--code") && printed.contains("--digits"), "by telephone: {printed}");
    assert_eq!(invite["spoken"].as_str().unwrap().len(), 14);
    for code in ["code", "spoken"].map(|word| invite[word].as_str().unwrap()) {
        for file in files(&folder.dir) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(code.len()).any(|w| w == code.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn a_rulebook_is_checked_issued_and_shown() {
    let folder = Folder::county();
    let good = folder.file("good.toml", "[absence]\nsuspect_after_days = 6\n[absense]\nx = 1\n");
    let checked = folder.json(&["rulebook", "check", &good]);
    assert!(checked["warnings"][0].as_str().unwrap().contains("absense"));
    let issued = folder.json(&["rulebook", "issue", &good]);
    assert_eq!(
        (&issued["document"]["version"], &issued["document"]["topic"]),
        (&1.into(), &"rulebook".into())
    );
    let shown = folder.json(&["rulebook", "show"]);
    assert_eq!(shown["label"], "built-in+520502@1");
    assert!(shown["toml"].as_str().unwrap().contains("suspect_after_days = 6"));
    let bad = folder.file("bad.toml", "[absence]\nsuspect_after_days = 600\n");
    // what cannot be issued is not called good before: neither by itself nor with the other rules
    let contrary = folder.file("contrary.toml", "[absence]\nsuspect_after_days = 4\n");
    for file in [&bad, &contrary] {
        for action in ["check", "issue"] {
            let said = folder.refused(&["rulebook", action, file]);
            assert!(said.contains("suspect_after_days"), "{action}: {said}");
        }
    }
    let foreign = folder.file(
        "calendar.toml",
        "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520521\"\nversion = 1\nissued = 2025-08-01\n",
    );
    assert!(folder.refused(&["rulebook", "calendar", &foreign]).contains("520521"));
    assert_eq!(folder.json(&["rulebook", "list"])["in_force"].as_array().unwrap().len(), 1);
}

/// The author leaves the number as it is, or counts wrongly: the hub gives the next one, in the text as well.
#[test]
fn a_calendar_gets_the_next_version_whatever_number_stands_in_its_file() {
    let folder = Folder::county();
    let calendar = |version: u32, day: &str| {
        let text = format!(
            "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\n# 第{version}稿\n\
             version = {version} # to be raised\nissued = 2025-08-01\n\n[[day]]\ndate = {day}\nkind = \"no_class\"\n"
        );
        folder.file("calendar.toml", &text)
    };
    let issue = |file: &str| folder.json(&["rulebook", "calendar", file]);
    let label = |reply: &serde_json::Value| reply["after"].as_str().unwrap().to_owned();
    let first = issue(&calendar(4, "2025-10-15"));
    assert_eq!((&first["version"], &first["document"]["version"]), (&1.into(), &1.into()));
    assert!(label(&first).ends_with("county 520502@1"), "{first}");

    let again = issue(&calendar(1, "2025-10-15"));
    assert_eq!((&again["unchanged"], &again["version"]), (&true.into(), &1.into()), "{again}");
    let file = calendar(1, "2025-10-16");
    let checked = folder.json(&["rulebook", "calendar", &file, "--check"]);
    assert_eq!((&checked["version"], &checked["unchanged"]), (&2.into(), &false.into()));
    let second = issue(&file);
    assert!(second["before"].as_str().unwrap().ends_with("520502@1") && label(&second).ends_with("520502@2"));
    let said =
        String::from_utf8(folder.run(&["rulebook", "calendar", &calendar(1, "2025-10-17")]).stdout).unwrap();
    assert!(said.contains("Version 3") && said.contains("520502@2") && said.contains("520502@3"), "{said}");
    assert_eq!(folder.json(&["status"])["calendar"], "built-in+county 520502@3");

    let rules = folder.file("rules.toml", "[absence]\nsuspect_after_days = 6\n");
    let first = folder.json(&["rulebook", "issue", &rules]);
    assert_eq!(
        (first["before"].as_str(), first["after"].as_str()),
        (Some("built-in"), Some("built-in+520502@1"))
    );
    assert_eq!(folder.json(&["rulebook", "issue", &rules])["unchanged"], true);
}

#[test]
fn a_backup_is_verified_and_comes_back() {
    let folder = Folder::county();
    folder.json(&["invite", "2152000001", "--under", "520502"]);
    let made = folder.json(&["backup"]);
    folder.json(&["invite", "2152000002", "--under", "520502"]);
    assert!(folder.refused(&["restore", made["path"].as_str().unwrap()]).contains("not empty"));
    std::fs::remove_dir_all(folder.dir.join("store")).unwrap();
    let restored = folder.json(&["restore", made["path"].as_str().unwrap()]);
    assert_eq!(restored["records"], made["records"]);
    assert_eq!(folder.json(&["units"])["units"].as_array().unwrap().len(), 1);
    assert_eq!(
        folder.json(&["doctor", "--rebuild"])["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["grade"] == "bad")
            .count(),
        0
    );
}

#[cfg(unix)]
#[test]
fn a_hub_runs_answers_its_commands_and_stops_when_it_is_told() {
    let folder = Folder::county();
    let mut running = Running::of(&folder);
    let status = folder.json(&["status"]);
    assert_eq!(status["party"], "p52/c5205/d520502");
    let second = folder.refused(&["run"]);
    assert!(second.contains("in use") || second.contains("already running"), "{second}");
    assert!(running.http("/health").contains("200 OK"));
    assert!(running.http("/metrics").contains("guixue_hub_units 0"), "{}", running.http("/metrics"));
    let kill = Command::new("kill").arg("-TERM").arg(running.child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert!(running.child.wait().unwrap().success(), "an orderly end");
    assert!(!folder.dir.join("api.token").exists());
    assert_eq!(folder.json(&["status"])["party"], "p52/c5205/d520502", "the store was closed");
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out
}

#[test]
fn a_route_is_told_before_there_is_a_hub() {
    let folder = Folder::new();
    let route = folder.run(&["route", "--from", "520502", "--to", "大方县", "--json"]);
    assert!(route.status.success(), "{}", said(&route));
    let text = String::from_utf8_lossy(&route.stdout).into_owned();
    assert!(
        text.starts_with(r#"{"scope":"S1","mover":"520500","path":["520502","520500","520521"],"#),
        "{text}"
    );
    let letter = folder.json(&["route", "--from", "520502", "--to", "440306"]);
    assert_eq!(letter["path"][2], "LETTER");
    let stays = folder.json(&["route", "--from", "520502", "--to", "810000"]);
    assert_eq!((&stays["scope"], &stays["mover"]), (&"S4".into(), &Value::Null));
    for (to, part) in [("520100", "Name one of them"), ("522401", "abolished"), ("鼓楼区", "4 places")] {
        let refused = folder.refused(&["route", "--from", "520502", "--to", to]);
        assert!(refused.contains(part), "{refused}");
    }
    assert!(!folder.dir.exists(), "nothing is made");
}
