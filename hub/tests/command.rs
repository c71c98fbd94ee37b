//! The command line, as its people meet it: the built binary in a folder.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A hub's folder and its binary.
struct Folder {
    dir: PathBuf,
    _all: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let all = tempfile::tempdir().unwrap();
        Self { dir: all.path().join("hub"), _all: all }
    }

    fn county() -> Self {
        Self::at("520502")
    }

    fn at(region: &str) -> Self {
        let folder = Self::new();
        let made = folder.run(&[
            "init",
            "--region",
            region,
            "--listen",
            "127.0.0.1:0",
            "--public",
            "127.0.0.1:7443",
        ]);
        assert!(made.status.success(), "{}", said(&made));
        // the tests of one machine run side by side
        let config = folder.dir.join("config.toml");
        let text = std::fs::read_to_string(&config).unwrap().replace("127.0.0.1:9643", "127.0.0.1:0");
        std::fs::write(config, text).unwrap();
        folder
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guixue-hub"));
        command.args(args).args(["--lang", "en", "--dir"]).arg(&self.dir);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} was not refused");
        said(&output)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.with_file_name(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

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

#[test]
fn cases_offices_and_the_log_are_at_the_command_line() {
    let folder = Folder::county();
    let case = "0a0102030405060708090a0b0c0d0eff";
    for (args, words) in [
        (vec!["case", "show", case], "not in the register"),
        (vec!["case", "show", "7"], "32 hexadecimal digits"),
        (vec!["case", "visit", case, "--by", "wang"], "not in the register"),
        (vec!["case", "visit", case, "--by", ""], "--by"),
        (vec!["case", "report", case, "--purpose", " ", "--by", "wang"], "--purpose"),
        (vec!["case", "inform", case, "--town", "1"], "--county"),
        (vec!["case", "order", case, "--number", "1", "--until", "soon"], "soon"),
        (vec!["case", "list", "--stage", "P11"], "P11"),
        (vec!["duty", "set", "kitchen", "wang"], "kitchen"),
        (vec!["audit", "accept", "520599"], "no unit"),
    ] {
        let said = folder.refused(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
    assert!(folder.json(&["case", "list", "--all"])["cases"].as_array().unwrap().is_empty());
    assert!(folder.json(&["todo"])["items"].as_array().unwrap().is_empty());
    let duty = folder.json(&["duty", "set", "persuasion", "wang", "--by", "head"]);
    assert_eq!(
        (&duty["offices"][0]["account"], &duty["offices"][1]["account"]),
        (&"wang".into(), &"".into())
    );
    let none = folder.json(&["duty", "set", "persuasion", "none", "--by", "wang"]);
    assert_eq!(none["offices"][0]["account"], "");
    let log = folder.json(&["audit"]);
    let told: Vec<_> =
        log["records"].as_array().unwrap().iter().map(|it| (&it["who"], &it["purpose"])).collect();
    assert_eq!(told, [(&"wang".into(), &"none".into()), (&"head".into(), &"wang".into())]);
    assert_eq!(folder.json(&["audit", "verify"])["records"], 2);
    let file = folder.file("log.json", "");
    assert_eq!(folder.json(&["audit", "export", &file, "--by", "wang"])["records"], 3);
    let exported: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let records: Value = serde_json::from_str(exported["records"].as_str().unwrap()).unwrap();
    assert_eq!((records[0]["n"].as_u64(), records.as_array().unwrap().len()), (Some(1), 3));
    let root = folder.file("root.pem", &said(&folder.run(&["root"])));
    assert_eq!(folder.json(&["audit", "check", &file, "--root", &root])["party"], "p52/c5205/d520502");
    let forged = std::fs::read_to_string(&file).unwrap().replace("wang", "feng");
    let forged = folder.file("forged.json", &forged);
    assert!(
        folder.refused(&["audit", "check", &forged, "--root", &root]).contains("changed after the export")
    );
    let help = said(&folder.command(&["case", "inform", "--help"]).output().unwrap());
    assert!(help.contains("已通报并报告政府") && help.contains("--town"), "{help}");
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

/// A hub's process, ended with the test.
struct Running {
    child: Child,
    metrics: String,
    // read no further, but open: the hub writes into it
    _log: Box<dyn Iterator<Item = String>>,
}

impl Running {
    fn of(folder: &Folder) -> Self {
        let mut command = folder.command(&["run"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let (mut services, mut metrics) = (false, None);
        // both are up when both have said so, in either order
        while !services || metrics.is_none() {
            let line = log.next().expect("the hub says where it listens");
            services |= line.contains("local services on");
            metrics = metrics.or_else(|| line.split("metrics and health on ").nth(1).map(first_word));
        }
        Self { child, metrics: metrics.unwrap(), _log: Box::new(log) }
    }

    fn http(&self, path: &str) -> String {
        let mut line = TcpStream::connect(&self.metrics).unwrap();
        write!(line, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap().to_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
fn a_list_from_above_is_imported_answered_and_given_back() {
    let folder = Folder::at("52");
    let id = ('0'..='9')
        .chain(['X'])
        .find_map(|check| hub::pool::normal_id(&format!("99010120130501001{check}")))
        .unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [["姓名", "身份证号", "学校名称"], ["甲", &id, "示范小学"], ["乙", "12345", ""]];
    for (line, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).unwrap();
        }
    }
    let file = folder.dir.with_file_name("list.xlsx");
    book.save(&file).unwrap();
    let import = ["inbound", "import", file.to_str().unwrap(), "--list", "教基〔2025〕1号"];
    let checked = folder.json(&[&import[..], &["--check"]].concat());
    assert_eq!((&checked["rows"], &checked["faults"][0]["row"]), (&1.into(), &3.into()));
    let imported = folder.json(&import);
    assert_eq!(
        (&imported["rows"], &imported["unassigned"], &imported["known"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(folder.json(&import)["known"], 1);
    let listed = folder.json(&["inbound", "list", "--open"]);
    let case = listed["rows"][0]["case"].as_str().unwrap();
    assert!(folder.refused(&["inbound", "answer", case, "--result", "GONE"]).contains("GONE"));
    assert_eq!(folder.json(&["inbound", "answer", case, "--result", "in_school"])["result"], "IN_SCHOOL");
    assert_eq!(folder.json(&["inbound", "list", "--open"])["rows"].as_array().unwrap().len(), 0);

    let back = folder.dir.with_file_name("back.xlsx");
    let done = folder.run(&[
        "inbound",
        "export",
        "教基〔2025〕1号",
        "--to",
        back.to_str().unwrap(),
        "--purpose",
        "回复",
        "--by",
        "wang",
    ]);
    assert!(done.status.success(), "{}", said(&done));
    let read = hub::inbound::read(&std::fs::read(&back).unwrap(), None).unwrap();
    assert_eq!((read.rows.len(), read.faults.len()), (1, 0));
    let log = folder.json(&["audit", "list"]).to_string();
    assert!(log.contains("open_list") && log.contains("回复"), "{log}");
    let damaged = folder.file("no.xlsx", "name,id");
    assert!(
        folder.refused(&["inbound", "import", &damaged, "--list", "x"]).contains("neither .xlsx nor .xls")
    );
}

#[test]
fn letters_and_matches_are_at_the_command_line() {
    let folder = Folder::at("52");
    assert_eq!(folder.json(&["letter", "list"])["letters"].as_array().unwrap().len(), 0);
    assert_eq!(folder.json(&["pool"])["matches"].as_array().unwrap().len(), 0);
    let draft = |to, prefix| folder.refused(&["letter", "draft", "--to", to, "--prefix", prefix]);
    assert!(draft("440306", "黔教函").contains("No case waits for a letter to 440300"));
    assert!(draft("440306", "x").contains("prefix"));
    assert!(draft("522401", "黔教函").contains("abolished"));
    assert!(folder.refused(&["letter", "send", "3号"]).contains("No letter"));
}

#[test]
fn the_register_of_documents_is_at_the_command_line() {
    let folder = Folder::at("52");
    assert_eq!(folder.json(&["paper", "list"])["papers"].as_array().unwrap().len(), 0);
    let register = folder.json(&["paper", "after", "黔教函〔2026〕3号"]);
    assert_eq!(
        register["papers"].as_array().unwrap().len(),
        0,
        "a number that is passed over is no document"
    );
    assert!(folder.refused(&["paper", "after", "3号"]).contains("no document number"));
    let deliver = |number, more: &[&str]| {
        folder.refused(&[&["paper", "deliver", number, "--to", "某局", "--by", "li"], more].concat())
    };
    assert!(deliver("黔教函〔2026〕1号", &["--date", "2026-01-01"]).contains("issued no 黔教函〔2026〕1号"));
    assert!(deliver("1", &[]).contains("no document number"));
    assert!(deliver("黔教函〔2026〕1号", &["--way", "pigeon"]).contains("by-hand"));
    assert!(deliver("黔教函〔2026〕1号", &["--receipt", "lost"]).contains("signed:WHO"));
    let print = ["paper", "print", "黔教函〔2026〕1号", "--docx", "x.docx", "--by", "li"];
    assert!(folder.refused(&[&print[..], &["--purpose", "加印"]].concat()).contains("issued no"));
    assert!(folder.refused(&[&print[..], &["--purpose", " "]].concat()).contains("purpose"));
    let reply =
        ["inbound", "reply", "某函", "--to", "某局", "--docx", "x.docx", "--purpose", "复函", "--by", "li"];
    assert!(folder.refused(&reply).contains("list"));
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
        (vec!["incoming", "answer", "07", "--outcome", "PLACED"], "No letter from another"),
        (vec!["incoming", "answer", "07", "--outcome", "GONE"], "GONE"),
        (vec!["incoming", "pass", "07", "520502"], "No letter from another"),
        (vec!["neighbour", "remove", "51"], "no province's hub"),
    ] {
        let said = folder.refused(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
}
