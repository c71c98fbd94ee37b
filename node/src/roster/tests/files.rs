//! Every container and encoding gives the same pupils.

use encoding_rs::GB18030;
use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;

use super::super::xls::{Cell, Sheet, Version, write};
use super::{cells, csv, imported, text, texts, xls, xlsx};
use crate::pupil::Pupil;
use crate::roster::{Field, read};

const OLD: [Version; 3] =
    [Version::Biff8, Version::Biff5 { code_page: true }, Version::Biff5 { code_page: false }];

fn names(pupils: &[Pupil]) -> Vec<&str> {
    pupils.iter().map(|pupil| pupil.name.open(Purpose::SchoolStaff).as_str()).collect()
}

#[test]
fn the_same_roll_in_every_form_gives_the_same_pupils() {
    // GBK cannot write the rare character of the names, and BIFF5 knows GBK only.
    for (rare, count) in [(true, 40), (false, 40), (false, 3)] {
        let mut rows = texts(count);
        if !rare {
            rows.iter_mut().for_each(|row| row[0] = row[0].replace('㙍', "凯"));
        }
        let expected = imported(csv(&rows).as_bytes());
        assert_eq!((expected.good.len(), expected.bad.len()), (count as usize, 0), "{:?}", expected.bad);
        let plain = csv(&rows);
        let mut files = vec![
            [b"\xEF\xBB\xBF", plain.as_bytes()].concat(),
            GB18030.encode(&plain).0.into_owned(),
            plain.replace(',', "\t").into_bytes(),
            xlsx(&[("学生名册", cells(&rows))]),
            xls(Version::Biff8, cells(&rows)),
        ];
        if !rare {
            files.extend(OLD.map(|version| xls(version, cells(&rows))));
        }
        for (at, file) in files.iter().enumerate() {
            let import = imported(file);
            assert_eq!(import.bad, [], "form {at}");
            assert_eq!(import.good, expected.good, "form {at}");
            assert_eq!(names(&import.good), names(&expected.good), "form {at}");
        }
    }
}

#[test]
fn dates_and_numbers_of_cells_are_read_alike() {
    let mut rows = cells(&texts(1));
    // GBK has no 㙍.
    rows[1][0] = text("张凯");
    rows[1][2] = Cell::Date(42_248.0);
    rows[1][7] = Cell::Number(3.0);
    rows[1][8] = Cell::Number(1.0);
    rows[1][9] = Cell::Number(202_209.0);
    rows[1][11] = Cell::Number(13_800_138_000.0);
    let expected = imported(csv(&texts(1)).as_bytes());
    let old = OLD.map(|version| xls(version, rows.clone())).to_vec();
    for file in [old, vec![xlsx(&[("学生", rows)])]].concat() {
        let import = imported(&file);
        assert_eq!(import.bad, []);
        let strip =
            |pupil: &Pupil| (pupil.birth.clone(), pupil.class, pupil.entry, pupil.school_only.clone());
        assert_eq!(strip(&import.good[0]), strip(&expected.good[0]));
    }
}

#[test]
fn every_sheet_of_pupils_is_read_and_a_child_of_two_sheets_counts_once() {
    let (roll, whole) = (cells(&texts(2)), cells(&texts(3)));
    let classes =
        vec![vec![text("年级"), text("班级"), text("班主任")], vec![text("三"), text("1"), text("李")]];
    let notes = vec![vec![text("填表说明")], vec![text("请如实填写")]];
    for (name, file) in [
        (
            "xlsx",
            xlsx(&[
                ("说明", notes.clone()),
                ("班级", classes.clone()),
                ("三年级", roll.clone()),
                ("全校", whole.clone()),
            ]),
        ),
        (
            "xls",
            write(
                Version::Biff8,
                &[
                    Sheet { name: "说明".into(), rows: notes },
                    Sheet { name: "班级".into(), rows: classes },
                    Sheet { name: "三年级".into(), rows: roll.clone() },
                    Sheet { name: "全校".into(), rows: whole },
                ],
            ),
        ),
    ] {
        let import = imported(&file);
        assert_eq!((import.good.len(), import.rows, &import.bad[..]), (3, 3, &[][..]), "{name}");
        assert_eq!(import.sheets, ["三年级".into(), "全校".into()], "{name}");
    }
}

#[test]
fn columns_of_several_sheets_may_differ_and_a_bad_row_names_its_sheet() {
    let mut second = texts(4);
    second.drain(1..3);
    for row in &mut second {
        row.rotate_left(1); // 性别 first, 姓名 last
    }
    second[1][0] = "难".into();
    let import = imported(&xlsx(&[("一班", cells(&texts(2))), ("二班", cells(&second))]));
    assert_eq!((import.good.len(), import.rows), (3, 4));
    let bad: Vec<String> = import.bad.iter().map(|bad| bad.say(Lang::Zh)).collect();
    assert_eq!(bad, ["“二班”表第 2 行：“性别”不在可选项内，请填：1-男 2-女"]);

    let twice = xlsx(&[
        ("一班", cells(&texts(1))),
        ("二班", {
            let mut other = texts(1);
            other[1][8] = "7班".into();
            cells(&other)
        }),
    ]);
    let bad: Vec<String> = imported(&twice).bad.iter().map(|bad| bad.say(Lang::En)).collect();
    assert!(bad[0].starts_with("sheet 一班, row 2: "), "{bad:?}");
    assert!(bad[0].contains("the same ID number stands in sheet 二班, row 2"), "{bad:?}");
}

#[test]
fn only_kept_columns_stay_in_memory() {
    let table = read("a.csv", csv(&texts(3)).as_bytes()).unwrap();
    assert!(!table.columns.iter().any(|(_, name)| name == "民族"));
    assert_eq!(table.columns.len(), super::HEADER.len() - 1);
    assert!(table.rows.iter().all(|row| !row.cells.iter().any(|cell| cell.shown() == "汉族")));
    assert!(!format!("{table:?}").contains("9901"), "the table does not print its cells");
}

#[test]
fn row_numbers_are_those_of_the_sheet() {
    let mut rows = texts(3);
    rows.insert(0, vec!["某某小学学生名册".into()]);
    rows.insert(3, vec![]);
    rows[4][1] = "难".into();
    for file in [csv(&rows).into_bytes(), xlsx(&[("学生", cells(&rows))]), xls(Version::Biff8, cells(&rows))]
    {
        let import = imported(&file);
        let bad: Vec<(u32, Field)> =
            import.bad.iter().map(|bad| (bad.at.row, bad.problems[0].field)).collect();
        assert_eq!((bad, import.rows), (vec![(5, Field::Sex)], 3));
    }
}

#[test]
fn a_header_printed_again_is_no_pupil() {
    let mut rows = texts(2);
    rows.insert(2, rows[0].clone());
    assert_eq!(imported(csv(&rows).as_bytes()).rows, 2);
}

#[test]
fn unknown_columns_are_named() {
    let mut rows = texts(1);
    rows[0].push("爱好".into());
    rows[1].push("足球".into());
    assert_eq!(imported(csv(&rows).as_bytes()).unmapped, ["爱好"]);
}
