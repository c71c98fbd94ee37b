//! The built program: its exit codes, its words, and its end.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::campus::{name, roll};

fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guixue-node"));
    command.env("GUIXUE_NODE_DIR", dir.join("s")).env("LC_ALL", "en_US.UTF-8").env_remove("NOTIFY_SOCKET");
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    program(dir).args(arguments).output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const INIT: [&str; 7] = ["init", "--school", "2152000001", "--under", "520502", "--name", "示范小学"];

/// A folder with a school in it.
fn school() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = run(dir.path(), &INIT);
    assert_eq!(code(&made), Some(0), "{}", words(&made));
    dir
}

#[test]
fn init_makes_a_school_once() {
    let dir = school();
    let again = run(dir.path(), &INIT);
    assert_eq!(code(&again), Some(1));
    assert!(words(&again).contains("holds a school already"), "{}", words(&again));
    assert!(text(&again).is_empty());
    let wrong = tempfile::tempdir().unwrap();
    let unknown = run(wrong.path(), &["init", "--school", "2152000001", "--under", "529999", "--name", "x"]);
    assert_eq!(code(&unknown), Some(1));
    assert!(words(&unknown).contains("529999"));
}

#[cfg(unix)]
#[test]
fn a_folder_of_another_user_is_left_alone_and_its_owner_is_named() {
    use std::os::unix::fs::chown;
    let dir = school();
    // who is not root cannot give a folder away, and finds one of root's
    let (foreign, owner) = match chown(dir.path().join("s"), Some(65_432), None) {
        Ok(()) => (dir.path().join("s"), "65432"),
        Err(_) => ("/".into(), "root"),
    };
    let backup = dir.path().join("none.guixue-backup");
    for arguments in [
        vec!["status"],
        vec!["run"],
        vec!["restore", backup.to_str().unwrap()],
        INIT.to_vec(),
        vec!["doctor"],
    ] {
        let refused = program(dir.path()).env("GUIXUE_NODE_DIR", &foreign).args(&arguments).output().unwrap();
        assert_eq!(code(&refused), Some(1), "{arguments:?}");
        let said = words(&refused);
        assert!(said.contains(&format!("runuser -u {owner} --")), "{arguments:?}: {said}");
    }
    assert!(!foreign.join("api.token").exists(), "nothing is left of the program that did not run");
}

#[test]
fn an_import_with_bad_rows_says_so_with_its_exit_code() {
    let dir = school();
    let file = dir.path().join("r.csv");
    std::fs::write(&file, roll(&[(5, 1, 3)]) + ",男,居民身份证,123,2015-01-15,5,1班,\n").unwrap();
    let path = file.to_str().unwrap();
    let rehearsed = run(dir.path(), &["roster", "import", path, "--dry-run"]);
    assert_eq!(code(&rehearsed), Some(2), "{}", words(&rehearsed));
    assert!(text(&rehearsed).contains("nothing was changed"));
    let done = run(dir.path(), &["roster", "import", path]);
    assert_eq!(code(&done), Some(2));
    assert!(text(&done).contains("3 added"));
    let errors = std::fs::read(dir.path().join("r-errors.xlsx")).unwrap();
    assert!(errors.starts_with(b"PK"));
    let names = std::fs::File::open(dir.path().join("r-errors.xlsx")).unwrap();
    assert!(proto::platform::is_private(&names).unwrap(), "it names children");

    std::fs::write(&file, roll(&[(5, 1, 3)])).unwrap();
    let again = run(dir.path(), &["--json", "roster", "import", path]);
    assert_eq!(code(&again), Some(0));
    let reply: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&reply["unchanged"], &reply["written"]), (&3.into(), &false.into()));
    let children = run(dir.path(), &["--lang", "zh", "children", "--class", "5.1"]);
    assert!(text(&children).contains(&name(5, 1, 2)) && text(&children).contains("在读"));
}

#[test]
fn a_file_that_changes_children_on_the_roll_shows_what_and_waits_for_a_yes() {
    let dir = school();
    let file = dir.path().join("r.csv");
    let path = file.to_str().unwrap();
    std::fs::write(&file, roll(&[(5, 1, 3)])).unwrap();
    let first = run(dir.path(), &["roster", "import", path]);
    assert_eq!(code(&first), Some(0), "only new children: nobody is asked: {}", words(&first));
    std::fs::write(&file, roll(&[(5, 1, 3)]).replace("1班", "2班")).unwrap();
    let refused = run(dir.path(), &["roster", "import", path]);
    assert_eq!(code(&refused), Some(1), "{}", text(&refused));
    for said in ["--yes", "1 → 2", "nothing was changed"] {
        assert!(words(&refused).contains(said), "{said}: {}", words(&refused));
    }
    assert!(!text(&run(dir.path(), &["children", "--class", "5.2"])).contains(&name(5, 1, 2)));
    let done = run(dir.path(), &["roster", "import", path, "--yes"]);
    assert_eq!(code(&done), Some(0), "{}", words(&done));
    assert!(text(&run(dir.path(), &["children", "--class", "5.2"])).contains(&name(5, 1, 2)));
}

#[test]
fn nobody_completes_school_before_the_ninth_grade() {
    let dir = school();
    let file = dir.path().join("r.csv");
    std::fs::write(&file, roll(&[(1, 1, 2), (6, 1, 2), (9, 1, 2)])).unwrap();
    assert_eq!(code(&run(dir.path(), &["roster", "import", file.to_str().unwrap()])), Some(0));
    // primary school ends with the sixth, and nobody here is beyond it: these children go on elsewhere
    for (child, exit) in [(name(1, 1, 1), 1), (name(6, 1, 1), 1), (name(9, 1, 1), 0)] {
        let done = run(dir.path(), &["fact", &child, "complete", "--evidence", "毕业证 1"]);
        assert_eq!(code(&done), Some(exit), "{}{}", text(&done), words(&done));
        assert_eq!(words(&done).contains("T22"), exit == 1, "{}", words(&done));
    }
    let leave = run(dir.path(), &["fact", &name(1, 1, 1), "suspend", "--evidence", "批 1"]);
    assert!(words(&leave).contains("--until"), "{}", words(&leave));
    let unknown = run(dir.path(), &["fact", &name(1, 1, 1), "vanish"]);
    assert!(!words(&unknown).contains("expel"), "{}", words(&unknown));
}

#[test]
fn what_cannot_be_done_is_refused_with_words_on_stderr() {
    let dir = school();
    let missing = dir.path().join("none.csv");
    for (arguments, words_en) in [
        (vec!["roster", "import", missing.to_str().unwrap()], "Cannot read"),
        (vec!["sync"], "has not joined"),
        (vec!["join", "ABC"], "invitation"),
        (vec!["join", "--hub", "10.0.0.1:1", "--code", "ABC", "--digits", "12345678"], "12 characters"),
        (vec!["fact", "withdraw", "0a1b2c3d", "--reason", "why"], "fact list"),
        (vec!["fact", "withdraw", "0a1b2c3d"], "--reason"),
        (vec!["sheet"], "no sheet"),
        (vec!["sheet", "--close"], "roster import"),
        (vec!["attendance", "mark", "3.2"], "no children"),
        (vec!["attendance", "mark", "third"], "not a class"),
        (vec!["explain", "nobody"], "No child"),
        (vec!["rulebook", "repair", "rulebook", "p52"], "no such document"),
    ] {
        let refused = run(dir.path(), &arguments);
        assert_eq!(code(&refused), Some(1), "{arguments:?}");
        assert!(words(&refused).contains(words_en), "{arguments:?}: {}", words(&refused));
        assert!(text(&refused).is_empty(), "{arguments:?}");
    }
    assert!(text(&run(dir.path(), &["fact", "list"])).contains("Nothing was recorded"));
    let elsewhere = tempfile::tempdir().unwrap();
    let nothing = run(elsewhere.path(), &["--lang", "zh", "status"]);
    assert_eq!(code(&nothing), Some(1));
    assert!(words(&nothing).contains("init"), "{}", words(&nothing));
    assert_eq!(code(&run(elsewhere.path(), &["fly"])), Some(1));
    assert_eq!(code(&run(elsewhere.path(), &["--help"])), Some(0));
}

#[test]
fn a_case_is_worked_from_the_command_line() {
    let dir = school();
    let file = dir.path().join("r.csv");
    std::fs::write(&file, roll(&[(5, 1, 3)])).unwrap();
    assert_eq!(code(&run(dir.path(), &["roster", "import", file.to_str().unwrap()])), Some(0));
    let child = name(5, 1, 2);
    let opened = run(dir.path(), &["case", "open", &child, "--reason", "term-check"]);
    assert_eq!(code(&opened), Some(0), "{}", words(&opened));
    assert!(text(&opened).contains("P0 opened"), "{}", text(&opened));
    let contact = ["--channel", "visit", "--reached", "parent", "--reason", "moved", "--promise", "下周返校"];
    let contacted =
        run(dir.path(), &[&["--lang", "zh", "case", "contact", child.as_str()], &contact[..]].concat());
    assert_eq!(code(&contacted), Some(0), "{}", words(&contacted));
    for said in ["P1 联系劝返", "家访", "随父母外出", "下周返校", "发放劝返通知书"] {
        assert!(text(&contacted).contains(said), "{said}: {}", text(&contacted));
    }
    let proof = ["--to", "520521", "--evidence", "police-answer", "--note", "派出所答复"];
    let referred = run(dir.path(), &[&["case", "refer", child.as_str()], &proof[..], &["--draft"]].concat());
    assert!(text(&referred).contains("X0 draft"), "{}{}", text(&referred), words(&referred));
    let list = run(dir.path(), &["case", "list", "--json"]);
    let reply: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let row = &reply["cases"][0];
    assert_eq!(
        (&row["stage"], &row["transfer"], &row["duty"]),
        (&"P1".into(), &"X0".into(), &"notice".into())
    );
    let case = row["case"].as_str().unwrap();
    assert!(text(&run(dir.path(), &["case", "show", case])).contains(case));
    for (arguments, words_en) in [
        (vec!["case", "show", "nobody"], "No child"),
        (vec!["case", "open", &child, "--reason", "term-check"], "has an open case"),
        (vec!["case", "open", &child, "--reason", "whim"], "term-check"),
        (vec!["case", "report", &child], "cannot be done now (D06)"),
        (vec!["case", "close", &child, "--reason", "RETURNED"], "is not closed as"),
        (vec!["case", "withdraw", &child, "--reason", "误报"], "nothing to take back"),
        (vec!["inflow", "show", case, "--purpose", "x"], "no such inflow"),
        (vec!["inflow", "found", "abc", "placed"], "not a case number"),
        (vec!["listed", "answer", case, "unknown"], "no such case"),
    ] {
        let refused = run(dir.path(), &arguments);
        assert_eq!(code(&refused), Some(1), "{arguments:?}: {}", text(&refused));
        assert!(words(&refused).contains(words_en), "{arguments:?}: {}", words(&refused));
    }
    for arguments in [["inflow", "list"], ["listed", "list"], ["audit", "--json"]] {
        assert_eq!(code(&run(dir.path(), &arguments)), Some(0), "{arguments:?}");
    }
}

#[test]
fn the_calendar_is_explained_without_any_school() {
    let dir = tempfile::tempdir().unwrap();
    let explained = run(dir.path(), &["calendar", "explain", "--absent-from", "2025-09-24", "--json"]);
    assert_eq!(code(&explained), Some(0), "{}", words(&explained));
    let reply: serde_json::Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!((&reply["report_on"], &reply["suspected_on"]), (&"2025-09-29".into(), &"2025-09-30".into()));
    let layer = dir.path().join("county.toml");
    std::fs::write(
        &layer,
        "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\nversion = 1\nissued = 2025-08-01\n\n\
         [[day]]\ndate = 2025-09-25\nkind = \"no_class\"\nreason = \"暴雨\"\n",
    )
    .unwrap();
    let with = ["calendar", "explain", "--absent-from", "2025-09-24", "--calendar", layer.to_str().unwrap()];
    let explained = run(dir.path(), &with);
    assert!(text(&explained).contains("暴雨"), "{}", words(&explained));
    std::fs::write(&layer, "schema = 1\n").unwrap();
    assert_eq!(code(&run(dir.path(), &with)), Some(1));
    assert!(!dir.path().join("s").exists(), "nothing was made");
}

#[test]
fn a_backup_is_restored_into_an_empty_folder_only() {
    let dir = school();
    let to = dir.path().join("b.guixue");
    let to = to.to_str().unwrap();
    assert_eq!(code(&run(dir.path(), &["backup", "--to", to])), Some(0));
    let refused = run(dir.path(), &["restore", to]);
    assert_eq!(code(&refused), Some(1), "{}", text(&refused));
    std::fs::remove_dir_all(dir.path().join("s/store")).unwrap();
    let gone = run(dir.path(), &["status"]);
    assert!(words(&gone).contains("is gone"), "{}", words(&gone));
    assert_eq!(code(&run(dir.path(), &["restore", to])), Some(0));
    assert_eq!(code(&run(dir.path(), &["status"])), Some(0));
}

#[cfg(unix)]
#[test]
fn a_running_node_serves_the_commands_and_stops_when_asked() {
    let dir = school();
    let mut node = program(dir.path()).arg("run").stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(node.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("the school is open") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended before it was open");
    }
    let status = run(dir.path(), &["status", "--json"]);
    assert_eq!(code(&status), Some(0), "{}", words(&status));
    let second = run(dir.path(), &["run"]);
    assert_eq!(code(&second), Some(1), "{}", words(&second));
    let asked = Command::new("kill").args(["-TERM", &node.id().to_string()]).status().unwrap();
    assert!(asked.success());
    assert_eq!(node.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("the school is closed"), "{rest}");
    assert!(!dir.path().join("s/api.token").exists());
    assert_eq!(code(&run(dir.path(), &["status"])), Some(0));
}

#[cfg(unix)]
#[test]
fn a_reader_who_closes_the_pipe_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let mut asked = program(dir.path());
    asked.args(["calendar", "explain", "--absent-from", "2025-09-24"]).stdout(Stdio::piped());
    let mut child = asked.spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_school_that_has_not_joined_has_nobody_to_write_files_for() {
    let dir = school();
    for arguments in [vec!["courier", "export", "stick"], vec!["courier", "import", "stick.guixue"]] {
        let refused = run(dir.path(), &arguments);
        assert_eq!(code(&refused), Some(1), "{arguments:?}");
        assert!(words(&refused).contains("join CODE"), "{}", words(&refused));
    }
}

const PAPERS: &str = "
[papers]
prefix = \"示小劝返\"
department = \"七星关区教育科技局\"
township = \"鸭池镇人民政府\"
signed_by = \"陈立\"
contact = \"周敏\"
phone = \"0857-8000001\"
";

#[test]
fn a_notice_and_a_report_are_written_numbered_and_signed_for() {
    let dir = school();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let child = name(5, 1, 1);
    let rows = roll(&[(5, 1, 1)]);
    let (header, row) = rows.trim_end().split_once('\n').unwrap();
    std::fs::write(at("r.csv"), format!("{header},监护人姓名\n{row},罗安\n")).unwrap();
    let good = |arguments: &[&str]| {
        let done = run(dir.path(), arguments);
        assert_eq!(code(&done), Some(0), "{arguments:?} {}", words(&done));
        text(&done)
    };
    good(&["roster", "import", &at("r.csv")]);
    good(&["case", "open", &child, "--reason", "term-check"]);
    good(&["case", "contact", &child, "--channel", "phone", "--reached", "parent", "--reason", "moved"]);

    let notice = at("notice.docx");
    let notice = ["case", "notice", &child, "--delivery", "当面送达", "--docx", &notice];
    let unset = run(dir.path(), &notice);
    assert!(code(&unset) == Some(1) && words(&unset).contains("department"), "{}", words(&unset));
    let config = dir.path().join("s/config.toml");
    let settings = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, settings + PAPERS).unwrap();
    // no place for the file: nothing is entered, no number is given
    let nowhere = ["case", "notice", &child, "--delivery", "当面送达", "--docx", &at("r.csv/notice.docx")];
    assert_eq!(code(&run(dir.path(), &nowhere)), Some(1));
    assert!(good(&["paper", "list"]).contains("0 documents"));
    assert!(good(&notice).contains("号 is written"));
    let report = at("report.docx");
    good(&["case", "report", &child, "--docx", &report]);
    for file in ["notice.docx", "report.docx"] {
        let bytes = std::fs::read(dir.path().join(file)).unwrap();
        assert!(bytes.starts_with(b"PK"), "{file} is no document");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    let papers: serde_json::Value = serde_json::from_str(&good(&["paper", "list", "--json"])).unwrap();
    let numbers: Vec<&str> =
        papers["papers"].as_array().unwrap().iter().map(|paper| paper["number"].as_str().unwrap()).collect();
    assert!(
        numbers.len() == 2 && numbers[0].ends_with("〕1号") && numbers[1].ends_with("〕2号"),
        "{numbers:?}"
    );
    let deliver = ["paper", "deliver", numbers[0], "--to", "罗安", "--way", "by-hand"];
    assert!(good(&deliver).contains("waits for its receipt"));
    let signed = [&deliver[..], &["--receipt", "signed:罗安:父亲"]].concat();
    assert!(good(&signed).contains("delivered"));
    let last = numbers[1].replace("2号", "17号");
    good(&["paper", "after", &last]);
    good(&["case", "report", &child, "--docx", &report]);
    assert!(good(&["paper", "list"]).contains("〕18号"), "numbers go on behind the paper register");
    let wrong = [&deliver[..], &["--receipt", "lost"]].concat();
    assert!(words(&run(dir.path(), &wrong)).contains("signed:WHO"));
}
