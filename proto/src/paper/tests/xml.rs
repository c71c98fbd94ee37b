//! The parts of a file: well-formed, escaped, as they were last approved.

use std::io::{Cursor, Read};
use std::path::PathBuf;

use zip::ZipArchive;

use crate::model::personal::Purpose;
use crate::paper::{Kind, Paper, docx, samples};

/// The document's main part.
pub(super) fn main_part(paper: &Paper) -> String {
    let parts = docx::parts(paper);
    parts.into_iter().find(|(name, _)| *name == "word/document.xml").map(|(_, part)| part).unwrap()
}

/// The texts of a well-formed XML part, unescaped, in order; one for each element that has text.
pub(super) fn texts(xml: &str) -> Result<Vec<String>, String> {
    let mut open: Vec<&str> = Vec::new();
    let mut texts = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').ok_or(format!("no end of <{piece}"))?;
        let name = tag.split([' ', '\n']).next().unwrap_or_default().trim_end_matches('/');
        if let Some(closed) = tag.strip_prefix('/') {
            let opened = open.pop();
            (opened == Some(closed)).then_some(()).ok_or(format!("</{closed}> closes {opened:?}"))?;
        } else if !tag.starts_with('?') {
            (attributes_are_quoted(tag)).then_some(()).ok_or(format!("attributes of <{tag}>"))?;
            (!name.is_empty()).then_some(()).ok_or("a tag without a name")?;
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        let text = unescape(text)?;
        if !text.trim().is_empty() {
            texts.push(text);
        }
    }
    if open.is_empty() { Ok(texts) } else { Err(format!("left open: {open:?}")) }
}

fn attributes_are_quoted(tag: &str) -> bool {
    let outside: String = tag.split('"').step_by(2).collect();
    tag.matches('"').count().is_multiple_of(2) && outside.matches('=').count() * 2 == tag.matches('"').count()
}

fn unescape(text: &str) -> Result<String, String> {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').ok_or(format!("a bare & before {piece:?}"))?;
        let number = entity.strip_prefix('#').and_then(|number| number.parse().ok());
        let c = number.and_then(char::from_u32).ok_or(format!("unknown entity {entity:?}"))?;
        out.push(c);
        out.push_str(rest);
    }
    Ok(out)
}

#[test]
fn the_checker_finds_what_word_would_refuse() {
    for broken in
        ["<a><b></a></b>", "<a>", "<a>x & y</a>", "<a b=c/>", "<a b=\"c/>", "</a>", "<a>&#xZ;</a>", "<a"]
    {
        assert!(texts(broken).is_err(), "{broken}");
    }
    assert_eq!(texts("<a b=\"c\">x&#60;y<d/></a>"), Ok(vec!["x<y".to_owned()]));
}

#[test]
fn the_documents_are_as_they_were_last_approved() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/paper/snapshots");
    for paper in samples::all() {
        let file = folder.join(format!("{:?}.xml", paper.kind()));
        let written = main_part(&paper);
        if std::env::var_os("REWRITE_SNAPSHOTS").is_some() {
            std::fs::write(&file, &written).unwrap();
        }
        let approved = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = approved.lines().zip(written.lines()).find(|(old, new)| old != new);
        assert!(approved == written, "{file:?}: {differs:#?}; REWRITE_SNAPSHOTS=1 approves");
    }
}

#[test]
fn every_part_of_every_file_is_well_formed_and_can_be_unpacked() {
    for paper in samples::all() {
        let bytes = paper.docx().unwrap();
        let mut archive = ZipArchive::new(Cursor::new(bytes.open(Purpose::Document))).unwrap();
        assert_eq!(archive.by_index(0).unwrap().name().unwrap(), "[Content_Types].xml");
        for (name, part) in docx::parts(&paper) {
            let mut unpacked = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut unpacked).unwrap();
            assert_eq!(unpacked, part);
            texts(&part).unwrap_or_else(|why| panic!("{:?} {name}: {why}", paper.kind()));
        }
    }
}

#[test]
fn every_style_that_is_used_is_there() {
    for paper in samples::all() {
        let parts = docx::parts(&paper);
        let styles = &parts.iter().find(|(name, _)| *name == "word/styles.xml").unwrap().1;
        for (name, part) in &parts {
            for used in part.split("<w:pStyle w:val=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(styles.contains(&format!("w:styleId=\"{used}\"")), "{name}: {used}");
            }
        }
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for paper in samples::all() {
        assert_eq!(paper.docx(), paper.docx());
    }
}

#[test]
fn what_people_type_cannot_break_the_file() {
    let mut notice = samples::persuasion_notice();
    notice.head.issuer = "<城关区>&\"第一\"'小学'".to_owned();
    notice.child.name = samples::person("阿\u{0}依\u{b}&amp;\u{fffe}<w:p>");
    let paper = Paper::PersuasionNotice(notice);
    let texts = texts(&main_part(&paper)).unwrap();
    assert!(texts.contains(&"<城关区>&\"第一\"'小学'".to_owned()), "{texts:?}");
    assert!(texts.contains(&"阿依&amp;<w:p>".to_owned()), "{texts:?}");
    let core = docx::parts(&paper).into_iter().find(|(name, _)| *name == "docProps/core.xml").unwrap().1;
    assert!(self::texts(&core).unwrap().contains(&"<城关区>&\"第一\"'小学'".to_owned()));
}

#[test]
fn a_list_of_two_hundred_has_two_hundred_rows_under_one_heading() {
    let part = main_part(&Paper::AssistanceLetter(samples::assistance_letter(200)));
    assert_eq!(part.matches("<w:tblHeader/>").count(), 1);
    assert_eq!(part.matches("<w:tr>").count(), 201);
    let texts = texts(&part).unwrap();
    assert!(texts.contains(&"200".to_owned()) && !texts.contains(&"201".to_owned()));
}

#[test]
fn neither_the_name_nor_the_properties_of_a_file_tell_of_whom_it_is() {
    for paper in samples::all() {
        let core = docx::parts(&paper).into_iter().find(|(name, _)| *name == "docProps/core.xml").unwrap().1;
        for name in ["阿依", "罗小满", "罗安", "欧阳春晓"] {
            assert!(!core.contains(name) && !paper.file_name().contains(name), "{:?}", paper.kind());
        }
        assert!(!format!("{paper:?}").contains("阿依"));
    }
}

#[test]
fn every_kind_has_a_sample() {
    assert_eq!(samples::all().map(|paper| paper.kind()), Kind::ALL);
}
