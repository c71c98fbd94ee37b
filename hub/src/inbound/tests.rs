use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::store::{MemoryStore, Room};
use rust_xlsxwriter::Workbook;

use super::{Field, ListError, Wrong, number, read};
use crate::pool::normal_id;

/// A number of nobody, with its check digit.
fn id(head: &str) -> String {
    ('0'..='9').chain(['X']).find_map(|c| normal_id(&format!("{head}{c}"))).unwrap()
}

fn book(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(line, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_list_is_read_under_the_names_that_offices_use() {
    let (boy, girl) = (id("99010120130501001"), id("99010120140615002"));
    let sheet = book(&[
        &["疑似失学儿童名单（第三批）"],
        &[
            "序号",
            "* 学生姓名",
            "身份证件号码",
            "学籍学校",
            "学校标识码",
            "所在年级",
            "疑似类型",
            "反馈截止日期",
        ],
        &["1", "甲", &boy, "示范小学", "2152000001", "初一", "无学籍", "2026年11月30日"],
        &["2", "乙", &girl.to_lowercase(), "别处小学", "", "三年级", "", ""],
    ]);
    let read = read(&sheet, Some(d("2026-12-15"))).unwrap();
    assert_eq!((read.rows.len(), read.faults.len()), (2, 0), "{:?}", read.faults);
    let [first, second] = &read.rows[..] else { panic!() };
    assert_eq!((first.row, first.grade, first.answer_by), (3, Some(7), Some(d("2026-11-30"))));
    assert_eq!(first.code.map(|code| code.to_string()).as_deref(), Some("2152000001"));
    assert_eq!((second.grade, second.answer_by, second.code), (Some(3), Some(d("2026-12-15")), None));
    let open = |text: &proto::model::personal::Personal<String>| text.open(Purpose::RollCheck).clone();
    assert_eq!((open(&first.record.name), open(&first.record.sex)), ("甲".to_owned(), "男".to_owned()));
    assert_eq!(*second.record.birth.open(Purpose::RollCheck), d("2014-06-15"));
    assert_eq!(open(&second.record.id_number), girl);
    assert_eq!(open(&first.record.summary), "无学籍");
}

#[test]
fn bad_rows_are_told_and_left_out() {
    let good = id("99010120130501001");
    let mut wrong = good.clone();
    wrong.replace_range(3..4, if &good[3..4] == "9" { "0" } else { "9" });
    let sheet = book(&[
        &["姓名", "身份证号", "学校标识码", "年级", "反馈期限"],
        &["甲", &good, "2152000001", "7", "2026-11-30"],
        &["", &id("99010120130501003"), "", "", ""],
        &["丙", &wrong, "", "", ""],
        &["丁", "", "", "", ""],
        &["戊", &id("99010120130501005"), "52", "高一", "下周"],
        &["己", &good, "", "", ""],
    ]);
    let read = read(&sheet, None).unwrap();
    assert_eq!(read.rows.len(), 1);
    let faults: Vec<_> = read.faults.iter().map(|fault| (fault.row, fault.field, fault.wrong)).collect();
    assert_eq!(
        faults,
        [
            (3, Field::Name, Wrong::Missing),
            (4, Field::Id, Wrong::Form),
            (5, Field::Id, Wrong::Missing),
            (6, Field::Code, Wrong::Form),
            (6, Field::Grade, Wrong::Form),
            (6, Field::AnswerBy, Wrong::Form),
            (7, Field::Id, Wrong::Twice),
        ]
    );
    for fault in &read.faults {
        let said = format!("{}{}{fault:?}", fault.say(Lang::Zh), fault.say(Lang::En));
        assert!(!said.contains(&wrong) && !said.contains('丙'), "{said}");
    }
}

#[test]
fn what_is_no_list_is_refused_with_advice() {
    let no_header = book(&[&["甲", "乙"], &["1", "2"]]);
    let mut cut = book(&[&["姓名", "身份证号"]]);
    cut.truncate(200);
    for (bytes, error) in [
        (b"name,id\n".to_vec(), ListError::NoWorkbook),
        (Vec::new(), ListError::NoWorkbook),
        (no_header, ListError::NoHeader),
        (cut, ListError::Damaged),
        (vec![0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3], ListError::Damaged),
        (vec![b'P'; 9 << 20], ListError::TooLarge),
    ] {
        assert_eq!(read(&bytes, None), Err(error));
    }
}

#[test]
fn the_same_child_of_the_same_list_is_the_same_case() {
    let who = id("99010120130501001");
    let rows = |name: &str| read(&book(&[&["姓名", "身份证号"], &[name, &who]]), None).unwrap().rows;
    let (first, corrected) = (rows("甲"), rows("甲甲"));
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let case = number(&mut room, "教基〔2026〕1号", &first[0].record).unwrap();
    assert_eq!(number(&mut room, "教基〔2026〕1号", &corrected[0].record).unwrap(), case);
    assert_ne!(number(&mut room, "教基〔2026〕2号", &first[0].record).unwrap(), case);
    let other = MemoryStore::default();
    assert_ne!(number(&mut Room::new(&other), "教基〔2026〕1号", &first[0].record).unwrap(), case);
}
