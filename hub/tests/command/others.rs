//! Sticks and neighbouring provinces.

use crate::folder::{Folder, said};

#[test]
fn a_stick_that_is_not_right_is_refused_with_what_to_do() {
    let folder = Folder::county();
    let other = folder.file("other.guixue", "a letter about something else");
    let gone = folder.dir.with_file_name("gone.guixue").display().to_string();
    let stick = folder.dir.with_file_name("stick.guixue").display().to_string();
    for (args, words) in [
        (vec!["courier", "import", &other], "no courier file"),
        (vec!["courier", "import", &gone], "does not exist"),
        (vec!["courier", "export", &stick], "not joined"),
        (vec!["courier", "export", &stick, "--to", "2152000001"], "no unit"),
        (vec!["courier", "export", &stick, "--size", "99"], "99"),
    ] {
        let said = folder.refused(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn two_provinces_get_to_know_each_other_at_the_command_line() {
    let (here, there) = (Folder::at("520000"), Folder::at("510000"));
    let file = there.file("sichuan.guixue", "");
    let told = there.json(&["neighbour", "introduce", &file]);
    let fingerprint = told["fingerprint"].as_str().unwrap().to_owned();
    let shown = said(&there.run(&["neighbour", "introduce", &file]));
    assert!(shown.contains(&fingerprint) && shown.contains('█'), "with a picture: {shown}");

    let compare = here.refused(&["neighbour", "add", &file]);
    assert!(compare.contains(&fingerprint) && compare.contains("--fingerprint"), "{compare}");
    let own = here.json(&["neighbour", "introduce", &here.file("guizhou.guixue", "")]);
    let other = own["fingerprint"].as_str().unwrap();
    let swapped = here.refused(&["neighbour", "add", &file, "--fingerprint", other]);
    assert!(swapped.contains("swapped"), "{swapped}");
    assert_eq!(here.json(&["neighbour", "list"])["neighbours"].as_array().unwrap().len(), 0);

    let added = here.json(&["neighbour", "add", &file, "--fingerprint", &fingerprint.to_lowercase()]);
    assert_eq!((&added["party"], &added["fingerprint"]), (&"p51".into(), &fingerprint.as_str().into()));
    let stick = here.dir.with_file_name("stick");
    std::fs::create_dir(&stick).unwrap();
    let written = here.json(&["courier", "export", &stick.display().to_string(), "--to", "51"]);
    assert_eq!(written["to"], "p51");
    let file = written["files"][0]["path"].as_str().unwrap();
    let unknown = there.refused(&["courier", "import", file]);
    assert!(unknown.contains("p52 is no registered neighbour"), "{unknown}");
    here.json(&["neighbour", "remove", "51"]);
    let removed = here.refused(&["courier", "export", &stick.display().to_string(), "--to", "51"]);
    assert!(removed.contains("51"), "{removed}");
    assert!(here.json(&["neighbour", "list"])["neighbours"][0]["removed"].is_number());
}

#[test]
fn what_came_from_another_province_is_at_the_command_line() {
    let folder = Folder::county();
    assert_eq!(folder.json(&["incoming", "list", "--all"])["letters"].as_array().unwrap().len(), 0);
    for (args, words) in [
        (vec!["incoming", "open", "07", "--purpose", "核查", "--by", "officer"], "No letter from another"),
        (vec!["incoming", "answer", "07", "--outcome", "PLACED", "--by", "li"], "No letter from another"),
        (vec!["incoming", "answer", "07", "--outcome", "GONE", "--by", "li"], "GONE"),
        (vec!["incoming", "pass", "07", "520502", "--by", "li"], "No letter from another"),
        (vec!["neighbour", "remove", "51"], "no province's hub"),
    ] {
        let said = folder.refused(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
}
