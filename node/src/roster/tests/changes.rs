//! A second import, and the workbook that goes back.

use proto::model::lang::Lang;
use proto::store::record::{Record, from_bytes, to_bytes};
use serde::{Deserialize, Serialize};

use super::super::xls::Cell;
use super::{cells, csv, imported, rules, text, texts, xlsx};
use crate::pupil::{Pupil, PupilId};
use crate::roster::{Changes, Conflict, Field, check, compare, error_workbook, merged, read};

fn school(pupils: Vec<Pupil>) -> Vec<(PupilId, Pupil)> {
    (0..).map(|n| PupilId::new([n; 16])).zip(pupils).collect()
}

fn pupils(rows: &[Vec<String>]) -> Vec<Pupil> {
    let import = imported(csv(rows).as_bytes());
    assert_eq!(import.bad, []);
    import.good
}

const COLUMNS: [usize; 4] = [5, 6, 8, 11];

#[test]
fn the_same_file_twice_changes_nothing() {
    let roll = pupils(&texts(50));
    let changes = compare(&school(roll.clone()), &roll, &[]);
    assert_eq!(changes.unchanged.len(), 50);
    assert_eq!(Changes { unchanged: Vec::new(), ..changes }, Changes::default());
    assert_eq!(compare(&[], &roll, &[]).added.len(), 50);
}

#[test]
fn a_child_without_any_number_is_put_on_the_roll_once() {
    let [id_number, roll_number, class, phone] = COLUMNS;
    let mut rows = texts(3);
    rows[2][4] = "其他".into();
    rows[2][id_number] = String::new();
    rows[2][roll_number] = String::new();
    let roll = pupils(&rows);
    let old = school(roll.clone());
    assert_eq!(compare(&old, &roll, &[]).unchanged.len(), 3, "the same file again");

    rows[2][class] = "九班".into();
    let moved = compare(&old, &pupils(&rows), &[]);
    assert_eq!(
        moved.changed.iter().map(|c| (c.id, &c.fields[..])).collect::<Vec<_>>(),
        [(old[1].0, &[Field::Class][..])]
    );

    let numbered = compare(&old, &pupils(&texts(3)), &[]);
    assert_eq!(
        (numbered.changed.len(), numbered.added.len(), numbered.missing.len()),
        (1, 0, 0),
        "its number is learnt"
    );
    let known = school(pupils(&texts(3)));
    assert_eq!(compare(&known, &roll, &[]).added, Vec::<usize>::new(), "a list without numbers adds nobody");

    // two of one name and one birth date, neither with a number: nobody could say later who is who
    let mut twins = rows.clone();
    twins.push(twins[2].clone());
    twins[4][phone] = "13900139000".into();
    let import = imported(csv(&twins).as_bytes());
    let bad: Vec<(u32, &str)> = import.bad.iter().map(|b| (b.at.row, b.problems[0].reason.code())).collect();
    assert_eq!(bad, [(3, "duplicate-person"), (5, "duplicate-person")]);
}

/// B05: the number was wrong, and in this file nothing else ties the row to the child.
#[test]
fn a_child_whose_numbers_are_both_new_is_asked_about_and_not_put_on_the_roll_twice() {
    let [id_number, roll_number, ..] = COLUMNS;
    let old = school(pupils(&texts(3)));
    let mut rows = texts(3);
    let corrected = super::id("2015-09-01".parse().unwrap(), 702);
    rows[2][id_number].clone_from(&corrected);
    rows[2][roll_number] = format!("G{corrected}");
    let new = pupils(&rows);
    let asked = |left: &[PupilId]| {
        let mut changes = compare(&old, &new, &[]);
        changes.ask_about_namesakes(&old, &new, &left.iter().copied().collect());
        (changes.added, changes.conflicts)
    };
    assert_eq!(asked(&[]), (vec![], vec![Conflict { incoming: 1, existing: vec![old[1].0] }]));
    assert_eq!(asked(&[old[1].0]), (vec![1], vec![]), "the other has left: this is another child");
    // the old roll number says that it is the same child
    rows[2][roll_number] = texts(3)[2][roll_number].clone();
    let changes = compare(&old, &pupils(&rows), &[]);
    assert_eq!(changes.changed.iter().map(|c| &c.fields[..]).collect::<Vec<_>>(), [&[Field::IdNumber][..]]);
}

#[test]
fn changes_are_shown_by_field() {
    let [id_number, _, class, phone] = COLUMNS;
    let old = school(pupils(&texts(4)));
    let mut rows = texts(5);
    rows[1][class] = "四班".into();
    rows[1][phone] = "13900139000".into();
    // Another ID number, the same roll number: the child's number was corrected.
    rows[2][id_number] = super::id("2015-09-01".parse().unwrap(), 702);
    // A blank says nothing.
    rows[3][phone] = String::new();
    rows.remove(4);
    let new = pupils(&rows);
    let changes = compare(&old, &new, &[]);
    let changed: Vec<(PupilId, &[Field])> =
        changes.changed.iter().map(|c| (c.id, c.fields.as_slice())).collect();
    let fields: [&[Field]; 2] = [&[Field::Class, Field::Phone], &[Field::IdNumber]];
    assert_eq!(changed, [(old[0].0, fields[0]), (old[1].0, fields[1])]);
    assert_eq!(changes.unchanged, [(old[2].0, 2)]);
    assert_eq!((changes.missing, changes.added), (vec![old[3].0], vec![3]));
    assert_eq!(merged(&old[2].1, &new[2]), old[2].1, "the telephone number stays");
}

#[test]
fn a_child_whose_row_is_refused_is_not_missing() {
    let [id_number, roll_number, class, _] = COLUMNS;
    let old = school(pupils(&texts(4)));
    let mut rows = texts(4);
    // known by its ID number, by its roll number, by neither
    for (row, unreadable) in [(1, None), (2, Some(id_number)), (3, Some(roll_number))] {
        rows[row][class] = "高一".into();
        if let Some(column) = unreadable {
            rows[row][column] = "x".into();
        }
    }
    rows[3][id_number] = "x".into();
    let import = imported(csv(&rows).as_bytes());
    assert_eq!((import.good.len(), import.bad.len()), (1, 3));
    assert_eq!(compare(&old, &import.good, &import.refused).missing, [old[2].0]);
}

#[test]
fn numbers_that_point_at_two_pupils_are_a_conflict() {
    let [_, roll_number, ..] = COLUMNS;
    let old = school(pupils(&texts(2)));
    let mut rows = texts(1);
    rows[1][roll_number] = texts(2)[2][roll_number].clone();
    let changes = compare(&old, &pupils(&rows), &[]);
    assert_eq!(changes.conflicts, [Conflict { incoming: 0, existing: vec![old[0].0, old[1].0] }]);
    assert_eq!((changes.changed.len(), changes.missing.len(), changes.added.len()), (0, 0, 0));
}

#[test]
fn a_child_without_numbers_is_known_by_provincial_number_name_and_birth() {
    let header = "姓名,性别,出生日期,身份证件类型,身份证件号,学籍辅号,年级,班级\n";
    let read = |rows: &str| imported(format!("{header}{rows}").as_bytes()).good;
    let old = school(read("张三,男,20150901,其他,,0012,3,1\n"));
    for (row, same) in [
        ("张三,男,20150901,其他,,0012,3,2\n", true),
        ("张 三,男,2015-09-01,其他,无,0012,3,2\n", true),
        ("张三,男,20150901,其他,,0013,3,2\n", false),
        ("张四,男,20150901,其他,,0012,3,2\n", false),
        ("张三,男,20150901,1,99010120150901001X,0012,3,2\n", true),
    ] {
        let changes = compare(&old, &read(row), &[]);
        assert_eq!(
            (changes.changed.len(), changes.added.len()),
            (usize::from(same), usize::from(!same)),
            "{row}"
        );
    }
}

/// What a store keeps; postcard must be able to write every part of a pupil.
#[derive(Serialize, Deserialize)]
struct Stored(Pupil);

impl Record for Stored {
    const VERSION: u8 = 1;
    const NAME: &'static str = "pupil";
}

#[test]
fn a_pupil_survives_the_store() {
    let mut rows = texts(2);
    for (name, value) in
        [("户口所在地", "520502"), ("残疾人类型", "听力"), ("成员1姓名", "张大"), ("孤儿", "是")]
    {
        rows[0].push(name.into());
        rows[1].push(value.into());
        rows[2].push(String::new());
    }
    for pupil in pupils(&rows) {
        let bytes = to_bytes(&Stored(pupil.clone()));
        assert_eq!(from_bytes::<Stored>(&bytes).unwrap().0, pupil);
    }
}

#[test]
fn the_workbook_that_goes_back_can_be_corrected_and_imported() {
    let mut rows = cells(&texts(3));
    rows[1][1] = text("难");
    rows[3][5] = Cell::Number(990_101_201_509_010_000.0);
    let table = read("a.xlsx", &xlsx(&[("学生", rows)])).unwrap();
    let import = check(&table, &rules());
    let book = error_workbook(&table, &import.bad, Lang::Zh).unwrap();
    let back = read("back.xlsx", &book).unwrap();
    assert_eq!(back.columns, table.columns, "the reasons are no column of a roster");
    assert_eq!(back.rows.len(), 2);
    assert_eq!(back.rows[0].cells[1].shown(), "难");
    let again = check(&back, &rules());
    let reasons =
        |bad: &crate::roster::BadRow| bad.problems.iter().map(|p| p.reason.code()).collect::<Vec<_>>();
    assert_eq!(reasons(&again.bad[0]), reasons(&import.bad[0]));
}
