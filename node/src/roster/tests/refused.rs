//! Files that are no roster: each is refused by name, and none can hurt the process.

use std::io::{Cursor, Read, Write};

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proto::model::lang::{Lang, Say};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::super::xls::{Cell, Sheet, Version, container, write, write_with_password};
use super::{cells, csv, text, texts, xls, xlsx};
use crate::roster::{FileError, limits, read};

fn refusal(bytes: &[u8]) -> FileError {
    read("名册.xls", bytes).expect_err("no roster").error
}

#[test]
fn what_is_no_roster_is_refused_by_name() {
    let roll = || vec![Sheet { name: "学生".into(), rows: cells(&texts(30)) }];
    let old = write(Version::Biff8, &roll());
    let new = xlsx(&[("学生", cells(&texts(30)))]);
    for (name, bytes, error) in [
        ("empty", vec![], FileError::Empty),
        ("blank", b" \r\n".to_vec(), FileError::Empty),
        ("large", vec![b'a'; limits::FILE_BYTES + 1], FileError::TooLarge(limits::FILE_BYTES + 1)),
        ("html", "<html><table><tr><td>姓名".into(), FileError::Html),
        ("html behind a mark", "\u{FEFF}\n<TABLE><tr><td>姓名".into(), FileError::Html),
        ("saved web page", b"MIME-Version: 1.0\r\nContent-Type: multipart".to_vec(), FileError::Html),
        (
            "xml spreadsheet",
            b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"
                .to_vec(),
            FileError::SpreadsheetMl,
        ),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), FileError::Unknown),
        ("pdf", b"%PDF-1.7\n1 0 obj".to_vec(), FileError::NoHeader),
        ("password, xlsx", container("EncryptedPackage", &[7; 5000]), FileError::Encrypted),
        ("password, xls", write_with_password(Version::Biff8, &roll()), FileError::Encrypted),
        (
            "password, Excel 95",
            write_with_password(Version::Biff5 { code_page: true }, &roll()),
            FileError::Encrypted,
        ),
        ("word document", container("WordDocument", &[7; 5000]), FileError::OtherWorkbook),
        ("half an xls", old[..old.len() / 2].to_vec(), FileError::Damaged),
        ("xls without its end", old[..old.len() - 512].to_vec(), FileError::Damaged),
        ("head of an xls", old[..300].to_vec(), FileError::Damaged),
        ("half an xlsx", new[..new.len() / 2].to_vec(), FileError::Damaged),
        ("no header", csv(&texts(3)[1..]).into_bytes(), FileError::NoHeader),
        ("header alone", csv(&texts(0)).into_bytes(), FileError::NoRows),
    ] {
        assert_eq!(refusal(&bytes), error, "{name}");
    }
}

#[test]
fn missing_columns_are_named() {
    assert_eq!(
        refusal("姓名,性别,学籍辅号\n张三,男,1".as_bytes()),
        FileError::MissingColumns(vec!["出生日期".into(), "班级".into(), "身份证件号".into()])
    );
}

#[test]
fn twenty_thousand_rows_and_not_one_more() {
    let row = |n: u32| format!("张三,男,20150901,{n},1\n");
    let text: String = (0..20_000).map(row).collect();
    let header = "姓名,性别,出生日期,学籍号,班级\n";
    assert_eq!(read("a.csv", (header.to_owned() + &text).as_bytes()).unwrap().rows.len(), 20_000);
    assert_eq!(refusal((header.to_owned() + &text + &row(20_000)).as_bytes()), FileError::TooManyRows);

    let rows: Vec<Vec<Cell>> =
        (0..20_001).map(|_| ["张三", "男", "20150901", "G", "1"].map(text_of).to_vec()).collect();
    let rows = [vec![["姓名", "性别", "出生日期", "学籍号", "班级"].map(text_of).to_vec()], rows].concat();
    assert_eq!(refusal(&xls(Version::Biff8, rows.clone())), FileError::TooManyRows);
    assert_eq!(refusal(&xlsx(&[("学生", rows)])), FileError::TooManyRows);
}

fn text_of(content: &str) -> Cell {
    text(content)
}

#[test]
fn a_bomb_is_refused_before_it_is_read() {
    let parts =
        ["xl/workbook.xml", "xl/worksheets/sheet1.xml"].map(|name| (name.to_owned(), vec![b' '; 16 << 20]));
    assert_eq!(refusal(&packed(&parts)), FileError::Bomb);
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let parts = zip.len();
    let part = |at| {
        let mut part = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        (part.name().unwrap().into_owned(), bytes)
    };
    (0..parts).map(part).collect()
}

#[test]
fn cells_far_apart_do_not_fill_the_memory() {
    let mut rows = vec![Vec::new(); 65_000];
    rows[0] = vec![text("姓名")];
    rows[64_999] = vec![Cell::Blank; 250];
    rows[64_999].push(Cell::Number(1.0));
    assert_eq!(refusal(&xls(Version::Biff5 { code_page: true }, rows)), FileError::TooManyCells);
}

#[test]
fn a_chain_in_a_circle_ends() {
    let mut bytes = write(Version::Biff8, &[Sheet { name: "学生".into(), rows: cells(&texts(60)) }]);
    // The last sector of the file is the allocation table; its first links are the workbook's.
    let table = bytes.len() - 512;
    bytes[table + 4..table + 8].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(refusal(&bytes), FileError::Damaged);
}

#[test]
fn refusals_say_what_to_do() {
    let refused = read("名册.xls", b"<html>").unwrap_err();
    assert!(refused.say(Lang::Zh).contains("“名册.xls”") && refused.say(Lang::Zh).contains("另存为 xlsx"));
    assert!(refused.say(Lang::En).contains("save it as xlsx"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(
        head in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"<", "姓名,性别,班级\n".as_bytes()]),
        tail in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let _ = read("x", &[head, &tail].concat()).map(|table| super::check(&table, &super::rules()));
    }

    #[test]
    fn no_text_in_a_cell_makes_it_panic(
        cells in prop::collection::vec("[0-9一三初中小学年级班月日上X().、。/Ee+'=\"?\\-\\s]{0,12}|\\PC{0,12}", 24),
    ) {
        let columns = "姓名,性别,出生日期,身份证件类型,身份证件号,学籍号,学籍辅号,年级,班级,入学年月,就读方式,户口所在地,\
                       现住址,联系电话,是否留守儿童,是否孤儿,残疾人类型,成员1姓名,成员1关系,成员1联系电话,成员1是否监护人,\
                       成员2姓名,成员2联系电话,学校标识码";
        let row: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let rules = super::Rules { school: "2152000001".parse().ok(), ..super::rules() };
        let _ = read("x", format!("{columns}\n{}", row.join(",")).as_bytes()).map(|table| super::check(&table, &rules));
    }

    #[test]
    fn no_damage_inside_an_xlsx_makes_it_panic(
        part in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut parts = unpacked(&xlsx(&[("学生", cells(&texts(4)))]));
        let part = part.index(parts.len());
        let bytes = &mut parts[part].1;
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read("x", &packed(&parts)).map(|table| super::check(&table, &super::rules()));
    }

    #[test]
    fn no_damage_to_a_workbook_makes_it_panic(
        which in 0..5_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let rows = cells(&texts(8));
        let mut bytes = match which {
            0 => xls(Version::Biff8, rows),
            1 => xls(Version::Biff5 { code_page: true }, rows),
            2 => xls(Version::Biff5 { code_page: false }, rows),
            3 => xls(Version::Biff8, cells(&texts(60))),
            _ => xlsx(&[("学生", rows)]),
        };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = read("x", &bytes).map(|table| super::check(&table, &super::rules()));
    }
}
