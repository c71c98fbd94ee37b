//! What a column is, by the many names under which sheets carry it.

use super::field::{Field, Part, Seat};
use super::value::compact;

/// What a column is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Read and kept.
    Kept(Field),
    /// A column of the national form that this system has no need of: dropped while reading.
    Dropped,
}

/// What the column called `text` is; `None` when nobody knows.
pub(super) fn recognise(text: &str) -> Option<Column> {
    let text: String = compact(text).chars().filter(|c| !MARKS.contains(*c)).collect();
    // 出生日期(YYYYMMDD), 身份证件号(必填): the note behind the name is not part of it.
    let short = text.split(['(', '[', '【', ':', '/']).next().unwrap_or_default();
    named(&text).or_else(|| named(short))
}

/// A field's own name in Chinese and English; of a family member's column, the part's.
pub(super) fn name(field: Field) -> (&'static str, &'static str) {
    let line = match field {
        Field::Member(_, part) => PARTS
            .iter()
            .zip(PART_ORDER)
            .find(|(_, known)| *known == part)
            .map(|((names, en), _)| (names[0], *en)),
        _ => KEPT.iter().find(|(known, ..)| *known == field).map(|(_, names, en)| (names[0], *en)),
    };
    line.expect("a test asks for the name of every field")
}

fn named(text: &str) -> Option<Column> {
    if text.is_empty() {
        return None;
    }
    let same = |name: &&str| name.eq_ignore_ascii_case(text);
    if let Some((field, _, _)) = KEPT.iter().find(|(_, names, _)| names.iter().any(same)) {
        return Some(Column::Kept(*field));
    }
    member(text).or_else(|| DROPPED.iter().any(same).then_some(Column::Dropped))
}

/// 成员1姓名, 家庭成员1-联系电话, 监护人姓名, 家庭成员姓名2.
fn member(text: &str) -> Option<Column> {
    let rest = MEMBER_PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let first = ['1', '一', '①'];
    let second = ['2', '二', '②'];
    let bare = |c: char| first.contains(&c) || second.contains(&c) || "-_.、:".contains(c);
    let seat = if rest.starts_with(second) || rest.ends_with(second) { Seat::Second } else { Seat::First };
    let what = rest.trim_matches(bare);
    let part = PARTS.iter().position(|(names, _)| names.contains(&what));
    match part {
        Some(at) => Some(Column::Kept(Field::Member(seat, PART_ORDER[at]))),
        None => MEMBER_DROPPED.contains(&what).then_some(Column::Dropped),
    }
}

/// Marks that forms put on required columns, and line breaks inside a header cell.
const MARKS: &str = "★☆*※●◆";
const MEMBER_PREFIXES: [&str; 5] = ["家庭成员或监护人", "家庭成员", "成员", "家长", "监护人"];
const PART_ORDER: [Part; 6] =
    [Part::Name, Part::Relation, Part::WorkPlace, Part::Address, Part::Phone, Part::Guardian];
/// In the order of [`PART_ORDER`].
const PARTS: [(&[&str], &str); 6] = [
    (&["姓名"], "name"),
    (&["关系", "与学生关系", "与本人关系", "与孩子关系"], "relation"),
    (&["工作单位", "单位", "务工地点"], "work place"),
    (&["现住址", "住址", "地址", "家庭住址"], "address"),
    (&["联系电话", "电话", "手机", "手机号", "手机号码", "联系方式"], "phone"),
    (&["是否监护人", "监护人"], "is guardian"),
];
const MEMBER_DROPPED: [&str; 10] = [
    "关系说明",
    "民族",
    "户口所在地行政区划代码",
    "户口所在地行政区划",
    "户口所在地",
    "身份证件类型",
    "身份证件号",
    "身份证号",
    "职务",
    "年龄",
];

/// Field, its names (the form's own first, the system's initials last), its English name.
const KEPT: &[(Field, &[&str], &str)] = &[
    (Field::School, &["学校标识码", "学校(机构)标识码", "学校代码", "xxbsm"], "school code"),
    (Field::Name, &["姓名", "学生姓名", "学生", "xm"], "name"),
    (Field::Sex, &["性别", "xb"], "sex"),
    (Field::Birth, &["出生日期", "出生年月日", "生日", "出生年月", "csrq"], "birth date"),
    (Field::IdKind, &["身份证件类型", "证件类型", "身份证类型", "sfzjlx"], "ID type"),
    (
        Field::IdNumber,
        &[
            "身份证件号",
            "身份证号",
            "身份证号码",
            "身份证件号码",
            "证件号码",
            "证件号",
            "公民身份号码",
            "身份证",
            "sfzjh",
        ],
        "ID number",
    ),
    (
        Field::RollNumber,
        &[
            "学籍号",
            "学籍号(个人标识码)",
            "个人标识码",
            "全国学籍号",
            "学籍号码",
            "国网学籍号",
            "全国学籍号码",
            "grbsm",
        ],
        "roll number",
    ),
    (Field::AuxNumber, &["学籍辅号", "学籍副号", "省学籍号", "地方学籍号", "xjfh"], "provincial roll number"),
    (
        Field::Hukou,
        &[
            "户口所在地",
            "户口所在地行政区划代码",
            "户口所在地行政区划",
            "户籍所在地",
            "户籍地",
            "户籍",
            "hkszdxzqh",
        ],
        "household registration place",
    ),
    (Field::Grade, &["年级", "所在年级", "年级名称", "nj"], "grade"),
    (Field::Class, &["班级", "班号", "班级/班号", "班级名称", "所在班级", "班", "bh"], "class"),
    (Field::Entry, &["入学年月", "入学时间", "入学日期", "rxny"], "entry month"),
    (Field::Attend, &["就读方式", "走读住校", "是否住校", "是否寄宿", "jdfs"], "attendance mode"),
    (Field::Address, &["现住址", "现居住地址", "居住地址", "家庭住址", "xzz"], "address"),
    (Field::Phone, &["联系电话", "电话", "手机号", "手机号码", "联系方式", "lxdh"], "phone"),
    (Field::LeftBehind, &["是否留守儿童", "留守儿童", "是否留守", "sflset"], "left-behind child"),
    (
        Field::Migrant,
        &["是否进城务工人员随迁子女", "进城务工人员随迁子女", "是否随迁子女", "随迁子女", "sfjcwgrysqzn"],
        "migrant worker's child",
    ),
    (Field::Orphan, &["是否孤儿", "孤儿", "sfge"], "orphan"),
    (Field::Disability, &["残疾人类型", "残疾类型", "残疾类别", "cjlx"], "disability"),
];

/// Columns of the national form and of everyday sheets that are not kept.
const DROPPED: &[&str] = &[
    "序号",
    "编号",
    "备注",
    "原因",
    "Reason",
    "出生地",
    "出生地行政区划代码",
    "出生地行政区划",
    "籍贯",
    "民族",
    "国籍/地区",
    "国籍",
    "港澳台侨外",
    "政治面貌",
    "健康状况",
    "照片",
    "姓名拼音",
    "曾用名",
    "身份证件有效期",
    "户口性质",
    "户籍性质",
    "特长",
    "班内学号",
    "学号",
    "入学方式",
    "学生来源",
    "通信地址",
    "家庭地址",
    "邮政编码",
    "电子信箱",
    "主页地址",
    "是否独生子女",
    "是否受过学前教育",
    "是否烈士或优抚子女",
    "随班就读",
    "是否由政府购买学位",
    "是否需要申请资助",
    "是否享受一补",
    "上下学距离",
    "上下学交通方式",
    "上下学方式",
    "是否需要乘坐校车",
    "学校名称",
    "血型",
    "学生状态",
    "学籍状态",
];

#[cfg(test)]
mod tests {
    use proto::model::lang::{Lang, Say};

    use super::*;

    #[test]
    fn columns_are_known_by_many_names() {
        for (text, field) in [
            ("姓名", Field::Name),
            ("姓 名", Field::Name),
            ("★姓名", Field::Name),
            ("姓名*", Field::Name),
            ("学生\n姓名", Field::Name),
            ("XM", Field::Name),
            ("身份证件号（必填）", Field::IdNumber),
            ("学籍号（个人标识码）", Field::RollNumber),
            ("出生日期(YYYYMMDD)", Field::Birth),
            ("班级/班号", Field::Class),
            ("成员1姓名", Field::Member(Seat::First, Part::Name)),
            ("家庭成员２联系电话", Field::Member(Seat::Second, Part::Phone)),
            ("成员1是否监护人", Field::Member(Seat::First, Part::Guardian)),
            ("家庭成员或监护人姓名2", Field::Member(Seat::Second, Part::Name)),
            ("监护人电话", Field::Member(Seat::First, Part::Phone)),
        ] {
            assert_eq!(recognise(text), Some(Column::Kept(field)), "{text}");
        }
        for text in ["民族", "照片", "成员1身份证件号", "成员2职务", "国籍/地区", "邮政编码"]
        {
            assert_eq!(recognise(text), Some(Column::Dropped), "{text}");
        }
        for text in ["", "爱好", "贵阳市某某小学学生名册"] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }

    #[test]
    fn every_field_has_a_name_in_both_languages() {
        for (field, _, english) in KEPT {
            assert_eq!(field.say(Lang::En), *english);
            assert_eq!(recognise(&field.say(Lang::Zh)), Some(Column::Kept(*field)));
        }
        for part in PART_ORDER {
            let field = Field::Member(Seat::Second, part);
            assert_eq!(recognise(&field.say(Lang::Zh)), Some(Column::Kept(field)));
        }
    }
}
