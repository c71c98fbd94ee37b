//! A .docx file: a zip of XML parts. Only the text and the title differ from document to document.

use std::io::{Cursor, Write};

use askama::Template;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Head, Paper, filters};

/// The file's bytes.
pub(super) fn pack(paper: &Paper) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default();
    for (name, part) in parts(paper) {
        zip.start_file(name, deflated).expect("a part is far below the four gigabytes of a zip");
        zip.write_all(part.as_bytes()).expect("memory takes what is written");
    }
    zip.finish().expect("memory takes what is written").into_inner()
}

/// The parts by name, the list of their types first, as readers expect.
pub(super) fn parts(paper: &Paper) -> Vec<(&'static str, String)> {
    let Head { issuer, day, .. } = paper.head();
    let core = Core { title: paper.kind().name(), issuer, created: day.to_string() };
    let fixed = FIXED.iter().map(|&(name, part)| (name, part.to_owned()));
    let own = [("docProps/core.xml", core.render().expect(PURE)), ("word/document.xml", document(paper))];
    fixed.chain(own.map(|(name, part)| (name, clean(part)))).collect()
}

fn document(paper: &Paper) -> String {
    let rendered = match paper {
        Paper::PersuasionNotice(paper) => paper.render(),
        Paper::SchoolReport(paper) => paper.render(),
        Paper::Notification(paper) => paper.render(),
        Paper::GovernmentReport(paper) => paper.render(),
        Paper::ReturnOrder(paper) => paper.render(),
        Paper::LedgerHandover(paper) => paper.render(),
        Paper::AssistanceLetter(paper) => paper.render(),
        Paper::ReplyLetter(paper) => paper.render(),
    };
    rendered.expect(PURE)
}

/// The title says what the document is and names no person: file managers and search show it.
#[derive(Template)]
#[template(path = "paper/core.xml")]
struct Core<'p> {
    title: &'static str,
    issuer: &'p str,
    created: String,
}

/// Without the characters that XML 1.0 cannot carry in any form; a pasted control character would make Word
/// refuse the whole file.
fn clean(xml: String) -> String {
    let carried = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    if xml.chars().all(carried) { xml } else { xml.chars().filter(|&c| carried(c)).collect() }
}

const PURE: &str = "the templates only write values, which cannot fail";

const FIXED: [(&str, &str); 8] = [
    ("[Content_Types].xml", include_str!("../../templates/paper/package/content_types.xml")),
    ("_rels/.rels", include_str!("../../templates/paper/package/package.rels")),
    ("word/_rels/document.xml.rels", include_str!("../../templates/paper/package/document.rels")),
    ("word/styles.xml", include_str!("../../templates/paper/package/styles.xml")),
    ("word/fontTable.xml", include_str!("../../templates/paper/package/font_table.xml")),
    ("word/settings.xml", include_str!("../../templates/paper/package/settings.xml")),
    ("word/footer_odd.xml", include_str!("../../templates/paper/package/footer_odd.xml")),
    ("word/footer_even.xml", include_str!("../../templates/paper/package/footer_even.xml")),
];
