//! An office program opens the documents: LibreOffice makes a PDF of each, which has the pages that it should
//! and every character in a Chinese font.

use std::path::Path;
use std::process::Command;

use super::xml::{main_part, texts};
use crate::model::personal::Purpose;
use crate::paper::{Paper, samples};

/// The documents by file name, and how many pages each may have.
fn documents() -> Vec<(String, Paper, std::ops::RangeInclusive<u32>)> {
    let mut all: Vec<_> =
        samples::all().into_iter().map(|paper| (format!("{:?}", paper.kind()), paper, 2..=2)).collect();
    let mut long = samples::persuasion_notice();
    long.child.name = samples::person(&"阿卜杜热合曼·买买提吐尔逊".repeat(3));
    long.head.issuer = "黔西南布依族苗族自治州贞丰县者相镇纳坎布依族乡第二初级中学".to_owned();
    all.push(("Long".to_owned(), Paper::PersuasionNotice(long), 2..=2));
    all.push(("Two hundred".to_owned(), Paper::AssistanceLetter(samples::assistance_letter(200)), 15..=45));
    all
}

/// Whether the programs are here. In CI they must be.
fn programs() -> bool {
    let missing: Vec<&str> = ["soffice", "pdfinfo", "pdffonts", "pdftotext"]
        .into_iter()
        .filter(|program| Command::new(program).arg("--version").output().is_err())
        .collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "CI lacks {missing:?}");
    if !missing.is_empty() {
        eprintln!(
            "skipped: {missing:?} not installed (libreoffice-writer-nogui, poppler-utils, fonts-noto-cjk)"
        );
    }
    missing.is_empty()
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn convert(folder: &Path, files: &[String]) {
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let folder = folder.to_str().unwrap();
    let mut args = vec![profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir", folder];
    args.extend(files.iter().map(String::as_str));
    run("soffice", &args);
}

fn pages(pdf: &str) -> u32 {
    let info = run("pdfinfo", &[pdf]);
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap();
    line.trim().parse().unwrap()
}

/// The fonts of a PDF that are not Chinese: a character without a glyph is drawn from one of these.
fn other_fonts(pdf: &str) -> Vec<String> {
    let fonts = run("pdffonts", &[pdf]);
    fonts.lines().skip(2).filter(|line| !line.contains("CJK")).map(str::to_owned).collect()
}

#[test]
fn an_office_program_opens_every_document() {
    if !programs() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path =
        |name: &str, end: &str| folder.path().join(format!("{name}.{end}")).to_str().unwrap().to_owned();
    let documents = documents();
    let mut files = Vec::new();
    for (name, paper, _) in &documents {
        let file = path(name, "docx");
        std::fs::write(&file, paper.docx().unwrap().open(Purpose::Document)).unwrap();
        files.push(file);
    }
    convert(folder.path(), &files);
    for (name, paper, expected) in &documents {
        let pdf = path(name, "pdf");
        let pages = pages(&pdf);
        assert!(expected.contains(&pages), "{name}: {pages} pages");
        assert_eq!(other_fonts(&pdf), Vec::<String>::new(), "{name}");
        let shown: String = run("pdftotext", &[&pdf, "-"]).split_whitespace().collect();
        let lost: String = texts(&main_part(paper))
            .unwrap()
            .concat()
            .chars()
            .filter(|&c| !c.is_whitespace() && !shown.contains(c))
            .collect();
        assert_eq!(lost, "", "{name}");
        let numbers = (1..=pages).all(|page| shown.contains(&format!("—{page}—")));
        assert!(numbers, "{name}: page numbers");
    }
    if let Some(keep) = std::env::var_os("KEEP_PAPERS") {
        for (name, ..) in &documents {
            std::fs::copy(path(name, "pdf"), Path::new(&keep).join(format!("{name}.pdf"))).unwrap();
        }
    }
}
