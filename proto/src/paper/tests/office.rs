//! An office program opens the documents: LibreOffice makes a PDF of each, which has the pages that it should
//! and every character in a Chinese font. With `KEEP_PAPERS=folder` the PDFs stay there, to be looked at.

use std::path::Path;
use std::process::Command;

use super::xml::{main_part, texts};
use crate::model::personal::Purpose;
use crate::paper::{Paper, samples};

/// The documents by file name, and how many pages each has.
fn documents() -> Vec<(String, Paper, u32)> {
    let pages = [2, 2, 3, 3, 2, 2, 3, 3];
    let named = samples::all().into_iter().map(|paper| (format!("{:?}", paper.kind()), paper));
    let mut all: Vec<_> = named.zip(pages).map(|((name, paper), pages)| (name, paper, pages)).collect();
    let mut long = samples::persuasion_notice();
    long.child.name = samples::person(&"阿卜杜热合曼·买买提吐尔逊".repeat(3));
    long.head.issuer = "黔西南布依族苗族自治州贞丰县者相镇纳坎布依族乡第二初级中学".to_owned();
    all.push(("Long".to_owned(), Paper::PersuasionNotice(long), 3));
    all.push(("TwoHundred".to_owned(), Paper::AssistanceLetter(samples::assistance_letter(200)), 21));
    all
}

/// A document with a character that no font has: what the test of the others must be able to see.
fn without_glyph() -> Paper {
    let mut notice = samples::persuasion_notice();
    notice.child.name = samples::person("阿\u{e123}依");
    Paper::PersuasionNotice(notice)
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
    let fonts = folder.join("fonts.conf");
    std::fs::write(&fonts, FONTS).unwrap();
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let output = Command::new("soffice")
        .env("FONTCONFIG_FILE", fonts)
        .args([profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir"])
        .arg(folder)
        .args(files)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The fonts of official documents are not free: here others stand in for them, Song for 仿宋 and 宋体, Hei for
/// 黑体 and 楷体.
const FONTS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include>/etc/fonts/fonts.conf</include>
<alias binding="same"><family>仿宋_GB2312</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>方正小标宋简体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>宋体</family><prefer><family>Noto Serif CJK SC</family></prefer></alias>
<alias binding="same"><family>黑体</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
<alias binding="same"><family>楷体_GB2312</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>
</fontconfig>
"#;

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

/// The characters of the document that the PDF does not have.
fn lost(paper: &Paper, shown: &str) -> String {
    let texts = texts(&main_part(paper)).unwrap().concat();
    texts.chars().filter(|&c| !c.is_whitespace() && !shown.contains(c)).collect()
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
    let broken = without_glyph();
    let mut files = Vec::new();
    for (name, paper) in
        documents.iter().map(|(name, paper, _)| (name.as_str(), paper)).chain([("Broken", &broken)])
    {
        let file = path(name, "docx");
        std::fs::write(&file, paper.docx().unwrap().open(Purpose::Document)).unwrap();
        files.push(file);
    }
    convert(folder.path(), &files);
    if let Some(keep) = std::env::var_os("KEEP_PAPERS") {
        for (name, ..) in &documents {
            std::fs::copy(path(name, "pdf"), Path::new(&keep).join(format!("{name}.pdf"))).unwrap();
        }
    }
    assert_ne!(other_fonts(&path("Broken", "pdf")), Vec::<String>::new());
    for (name, paper, expected) in &documents {
        let pdf = path(name, "pdf");
        assert_eq!(pages(&pdf), *expected, "{name}: pages");
        assert_eq!(other_fonts(&pdf), Vec::<String>::new(), "{name}");
        let shown = run("pdftotext", &["-layout", &pdf, "-"]);
        assert_eq!(lost(paper, &shown), "", "{name}");
        let flat: String = shown.split_whitespace().collect();
        for page in 1..=*expected {
            assert!(flat.contains(&format!("—{page}—")), "{name}: number of page {page}");
        }
        if *name != "TwoHundred" {
            continue;
        }
        let whole = |number: &&str| number.len() == 19 && number.starts_with("G52240120130506");
        let rows = shown.split_whitespace().filter(whole).count();
        assert_eq!(rows, (0..200).filter(|i| i % 7 != 6).count(), "roll numbers on one line");
    }
}
