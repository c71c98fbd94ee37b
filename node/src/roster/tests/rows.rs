//! Each thing that can be wrong with a row, by its reason; and all of them at once.

use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;

use super::super::xls::Cell;
use super::{HEADER, csv, imported, one, pupil, rules, text, texts};
use crate::pupil::{Attend, Class, Disability, IdKind, LeftBehind, Place};
use crate::roster::{Field, Part, Reason, RowPlace, Seat, check, read};

#[test]
fn every_fault_has_its_reason() {
    use Field as F;
    use Reason as R;
    let mobile = |digits: f64| Cell::Number(digits);
    for (column, cell, field, reason) in [
        ("姓名", Cell::Blank, F::Name, R::Missing),
        ("姓名", text("张?"), F::Name, R::LostCharacters),
        ("姓名", text("张3"), F::Name, R::NotAName),
        ("姓名", Cell::Number(5.0), F::Name, R::NotAName),
        ("性别", text("不详"), F::Sex, R::NotInList("1-男 2-女".into())),
        ("性别", text("1-女"), F::Sex, R::CodeDiffers),
        ("性别", text("女"), F::Sex, R::SexDiffers),
        ("出生日期", Cell::Blank, F::Birth, R::Missing),
        ("出生日期", text("20150902"), F::Birth, R::BirthDiffers),
        ("出生日期", text("1/9/2015"), F::Birth, R::AmbiguousDate),
        ("出生日期", text("20140229"), F::Birth, R::NotADate),
        ("出生日期", text("2024-09-01"), F::Birth, R::Age(1)),
        ("出生日期", text("2004-09-01"), F::Birth, R::Age(21)),
        ("身份证件号", Cell::Blank, F::IdNumber, R::Missing),
        ("身份证件号", Cell::Number(990_101_201_509_010_000.0), F::IdNumber, R::NumberCell),
        ("身份证件号", text("9.90101E+17"), F::IdNumber, R::NumberCell),
        ("身份证件号", text("990101150901001"), F::IdNumber, R::OldIdNumber),
        ("身份证件号", text("99010120150901001"), F::IdNumber, R::IdLength(17)),
        ("身份证件号", text("9901012015090100IX"), F::IdNumber, R::IdShape),
        ("身份证件号", text("990103201402290018"), F::IdNumber, R::IdBirth),
        ("身份证件号", text("990101201509010010"), F::IdNumber, R::IdCheckDigit),
        ("身份证件类型", text("学生证"), F::IdKind, R::NotInList(ID_KINDS.into())),
        ("学籍号", Cell::Number(990_101_201_509_010_000.0), F::RollNumber, R::NumberCell),
        ("学籍号", text("99010120150901001X"), F::RollNumber, R::RollShape),
        ("学籍号", text("G990101201509010010"), F::RollNumber, R::RollCheckDigit),
        ("年级", text("2019级"), F::Grade, R::Cohort),
        ("年级", text("高一"), F::Grade, R::NotAGrade),
        ("年级", Cell::Blank, F::Grade, R::Missing),
        ("班级", Cell::Blank, F::Class, R::Missing),
        ("班级", text("实验班"), F::Class, R::NotAClass),
        ("班级", text("四年级1班"), F::Class, R::GradeDiffers),
        ("入学年月", text("秋季"), F::Entry, R::NotAMonth),
        ("入学年月", text("2022.1"), F::Entry, R::AmbiguousDate),
        ("就读方式", text("借读"), F::Attend, R::NotInList("1-走读 2-住校".into())),
        ("联系电话", text("没带"), F::Phone, R::NotAPhone),
        ("联系电话", mobile(1.38e12), F::Phone, R::NotAPhone),
        ("户口所在地", text("990101"), F::Hukou, R::NotAPlace),
        ("是否孤儿", text("是否"), F::Orphan, R::NotInList("1-是 0-否".into())),
        ("现住址", text(&"长".repeat(301)), F::Address, R::TooLong),
        ("成员1联系电话", text("12"), F::Member(Seat::First, Part::Phone), R::NotAPhone),
    ] {
        let import = one(&[(column, cell)]);
        assert_eq!(import.good, [], "{column} {reason:?}");
        let found: Vec<(Field, Reason)> =
            import.bad[0].problems.iter().map(|problem| (problem.field, problem.reason.clone())).collect();
        assert!(found.contains(&(field, reason.clone())), "{column} {reason:?}: {found:?}");
        let others = found.len() - 1;
        // A birth date that is wrong by itself differs from the ID number only if it was read.
        assert_eq!(others, 0, "{column} {reason:?}: {found:?}");
    }
}

const ID_KINDS: &str = "1-居民身份证 2-户口簿 6-香港特区护照/身份证明 7-澳门特区护照/身份证明 8-台湾居民来往大陆通行证 9-境外永久居住证 A-护照 Z-其他";

#[test]
fn every_problem_of_a_row_is_reported() {
    let import = one(&[
        ("姓名", Cell::Blank),
        ("性别", text("女")),
        ("班级", text("实验班")),
        ("入学年月", text("秋")),
    ]);
    let reasons: Vec<&str> = import.bad[0].problems.iter().map(|problem| problem.reason.code()).collect();
    assert_eq!(reasons, ["missing", "sex-differs", "not-a-class", "not-a-month"]);
    let said = import.bad[0].say(Lang::Zh);
    assert_eq!(
        said,
        "第 2 行：“姓名”未填写；“性别”与身份证号中的性别不一致；“班级”看不出班号，请写成“1班”或 1；“入学年月”不是有效年月，请写成 201409"
    );
}

#[test]
fn a_damaged_number_says_how_to_mend_it() {
    let import = one(&[("身份证件号", Cell::Number(990_101_201_509_010_000.0))]);
    assert_eq!(
        import.bad[0].problems[0].say(Lang::Zh),
        "“身份证件号”是数字格式，末位已丢失，请设为文本后重填"
    );
    assert!(!format!("{:?}", import.bad).contains("9901"), "a problem does not hold the value");
}

#[test]
fn twins_name_each_other() {
    let mut rows = texts(4);
    rows[3][5] = rows[1][5].clone();
    rows[3][2] = rows[1][2].clone();
    rows[3][1] = rows[1][1].clone();
    rows[4][6] = rows[2][6].clone();
    let import = imported(csv(&rows).as_bytes());
    let row = |row| RowPlace { sheet: None, row };
    let found: Vec<(u32, Vec<Reason>)> = import
        .bad
        .iter()
        .map(|bad| (bad.at.row, bad.problems.iter().map(|p| p.reason.clone()).collect()))
        .collect();
    assert_eq!(
        found,
        [
            (2, vec![Reason::DuplicateId(row(4))]),
            (3, vec![Reason::DuplicateRoll(row(5))]),
            (4, vec![Reason::DuplicateId(row(2))]),
            (5, vec![Reason::DuplicateRoll(row(3))]),
        ]
    );
    assert_eq!((import.good.len(), import.rows), (0, 4));
}

#[test]
fn what_is_kept_arrives_in_the_record() {
    let import = one(&[
        ("姓名", text("古丽 • 买买提")),
        ("身份证件号", text("９９０１０１２０１５０９０１００１ｘ")),
        ("学籍辅号", text("0012")),
        ("户口所在地", text("520502-贵州省毕节市七星关区")),
        ("现住址", text("鸭池镇1号")),
        ("联系电话", text("138-0013-8000、0857-8222222")),
        ("是否留守儿童", text("2-双亲留守儿童")),
        ("是否进城务工人员随迁子女", Cell::Number(0.0)),
        ("是否孤儿", text("否")),
        ("残疾人类型", text("无残疾")),
        ("成员1姓名", text("买 买提")),
        ("成员1关系", text("父亲")),
        ("成员1工作单位", text("广东某厂")),
        ("成员1联系电话", Cell::Number(13_900_139_000.0)),
        ("成员1是否监护人", text("是")),
        ("成员2姓名", text("无")),
    ]);
    assert_eq!(import.bad, []);
    let pupil = &import.good[0];
    let why = Purpose::SchoolStaff;
    assert_eq!(pupil.name.open(why), "古丽·买买提");
    assert_eq!(pupil.citizen().map(|id| id.as_str()), Some("99010120150901001X"));
    assert_eq!(pupil.roll().map(|roll| roll.as_str()), Some("G99010120150901001X"));
    assert_eq!(pupil.aux_number.as_ref().map(|aux| aux.open(why).as_str()), Some("0012"));
    assert_eq!(pupil.class, Class { grade: 3, number: 1 });
    assert_eq!(pupil.attend, Some(Attend::Day));
    let place = Place::Code("520502".parse().unwrap());
    assert_eq!(pupil.hukou.as_ref().map(|hukou| hukou.open(why)), Some(&place));
    assert_eq!(pupil.left_behind.as_ref().map(|l| *l.open(why)), Some(LeftBehind::BothParentsAway));
    assert_eq!(pupil.migrant.as_ref().map(|m| *m.open(why)), Some(false));
    assert_eq!(pupil.disability.as_ref().map(|d| *d.open(why)), Some(Disability::None));
    let phone = pupil.school_only.phone.as_ref().map(|phone| phone.open(why).as_str());
    assert_eq!(phone, Some("138-0013-8000/0857-8222222"));
    let [father] = pupil.school_only.family.as_slice() else { panic!("one family member") };
    assert_eq!(father.name.as_ref().map(|name| name.open(why).as_str()), Some("买买提"));
    assert_eq!(father.phone.as_ref().map(|phone| phone.open(why).as_str()), Some("13900139000"));
    assert_eq!(father.guardian, Some(true));
    assert!(!format!("{pupil:?}").contains("买买提"), "a pupil does not print");
}

#[test]
fn the_kind_of_paper_decides_what_its_number_must_be() {
    let passport = one(&[("身份证件类型", text("A")), ("身份证件号", text("E12345678"))]);
    assert_eq!(passport.bad, []);
    assert_eq!(passport.good[0].id_kind, IdKind::Passport);
    assert_eq!(passport.good[0].citizen(), None);
    let none = one(&[("身份证件类型", text("其他")), ("身份证件号", Cell::Blank)]);
    assert_eq!((none.bad.len(), none.good[0].id_kind), (0, IdKind::Other));
    let blank = one(&[("身份证件类型", Cell::Blank)]);
    assert_eq!((blank.bad.len(), blank.good[0].id_kind), (0, IdKind::Citizen));
    let missing = one(&[("身份证件类型", text("护照")), ("身份证件号", Cell::Blank)]);
    assert_eq!(missing.bad[0].problems[0].reason, Reason::Missing);
}

#[test]
fn a_row_of_another_school_is_refused() {
    let rows = format!("学校标识码,{}\n2152000001,{}\n", HEADER.join(","), pupil(0).join(","));
    let table = read("a.csv", rows.as_bytes()).unwrap();
    for (code, bad) in [(None, 0), (Some("2152000001"), 0), (Some("2152000002"), 1)] {
        let school = code.map(|code| code.parse().unwrap());
        let import = check(&table, &crate::roster::Rules { school, ..rules() });
        assert_eq!(import.bad.len(), bad, "{code:?}");
    }
}

#[test]
fn a_class_may_bring_its_grade() {
    let rows = "姓名,性别,出生日期,身份证件号,班级\n张三,男,20150901,99010120150901001X,三年级2班\n李四,女,20150901,990101201509010028,2班\n";
    let import = imported(rows.as_bytes());
    assert_eq!(import.good[0].class, Class { grade: 3, number: 2 });
    assert_eq!(import.bad[0].say(Lang::Zh), "第 3 行：“年级”未填写");
}
