//! Cases, offices, the log, lists, letters and documents.

use serde_json::Value;

use crate::folder::{Folder, said};

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
        (vec!["duty", "set", "kitchen", "wang", "--by", "head"], "kitchen"),
        (vec!["duty", "set", "persuasion", "wang"], "--by"),
        (vec!["audit", "accept", "520599", "--by", "head"], "no unit"),
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
    let import = ["inbound", "import", file.to_str().unwrap(), "--list", "教基〔2025〕1号", "--by", "li"];
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
    assert!(folder.refused(&["inbound", "answer", case, "--result", "GONE", "--by", "li"]).contains("GONE"));
    let answered = folder.json(&["inbound", "answer", case, "--result", "in_school", "--by", "li"]);
    assert_eq!((&answered["result"], &answered["answered_by"]), (&"IN_SCHOOL".into(), &"li".into()));
    let log = folder.json(&["audit", "list"]).to_string();
    assert!(log.contains("import a list") && log.contains("IN_SCHOOL"), "{log}");
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
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&back).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "names are in it");
    }
    let read = hub::inbound::read(&std::fs::read(&back).unwrap(), None).unwrap();
    assert_eq!((read.rows.len(), read.faults.len()), (1, 0));
    let log = folder.json(&["audit", "list"]).to_string();
    assert!(log.contains("open_list") && log.contains("回复"), "{log}");
    let damaged = folder.file("no.xlsx", "name,id");
    assert!(
        folder
            .refused(&["inbound", "import", &damaged, "--list", "x", "--by", "li"])
            .contains("neither .xlsx nor .xls")
    );
}

#[test]
fn letters_and_matches_are_at_the_command_line() {
    let folder = Folder::at("52");
    assert_eq!(folder.json(&["letter", "list"])["letters"].as_array().unwrap().len(), 0);
    assert_eq!(folder.json(&["pool"])["matches"].as_array().unwrap().len(), 0);
    let draft =
        |to, prefix| folder.refused(&["letter", "draft", "--to", to, "--prefix", prefix, "--by", "li"]);
    assert!(draft("440306", "黔教函").contains("No case waits for a letter to 440300"));
    assert!(draft("440306", "x").contains("prefix"));
    assert!(draft("522401", "黔教函").contains("abolished"));
    assert!(folder.refused(&["letter", "send", "3号", "--by", "li"]).contains("No letter"));
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
