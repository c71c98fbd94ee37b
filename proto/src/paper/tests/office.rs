//! An office program opens the documents: LibreOffice makes a PDF of each, which has the pages that it should
//! and every character in a Chinese font. With `KEEP_PAPERS=folder` the PDFs stay there, to be looked at.

use std::path::Path;

use super::program::{convert, other_fonts, pages, programs, run};
use super::xml::{main_part, texts};
use crate::model::personal::Purpose;
use crate::paper::{Paper, samples};

/// The documents by file name, and how many pages each has.
fn documents() -> Vec<(String, Paper, u32)> {
    let pages = [2, 2, 3, 3, 2, 2, 3, 3];
    let named = samples::all().into_iter().map(|paper| (format!("{:?}", paper.kind()), paper));
    let mut all: Vec<_> = named.zip(pages).map(|((name, paper), pages)| (name, paper, pages)).collect();
    all.push(("Batch".to_owned(), Paper::LedgerHandover(samples::batch(6)), 2));
    let mut long = samples::persuasion_notice();
    long.child.name = samples::person(&"阿卜杜热合曼·买买提吐尔逊".repeat(3));
    long.head.issuer = "黔西南布依族苗族自治州贞丰县者相镇纳坎布依族乡第二初级中学".to_owned();
    all.push(("Long".to_owned(), Paper::PersuasionNotice(long), 3));
    all.push(("TwoHundred".to_owned(), Paper::AssistanceLetter(samples::assistance_letter(200)), 36));
    all
}

/// A document with a character that no font has: what the test of the others must be able to see.
fn without_glyph() -> Paper {
    let mut notice = samples::persuasion_notice();
    notice.child.name = samples::person("阿\u{e123}依");
    Paper::PersuasionNotice(notice)
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
