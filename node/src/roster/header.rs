//! Where the header stands and which column is what. Sheets have titles above it, and headers of
//! two rows with merged cells.

use super::column::{Column, recognise};
use super::field::Field;
use super::value::{Cell, clean};

/// The header of a sheet, found.
#[derive(Debug)]
pub(super) struct Header {
    /// Kept columns in the order of the sheet: where, what, and the name as the sheet has it.
    pub(super) columns: Vec<(usize, Field, String)>,
    /// Names that nobody knows, and second columns of one meaning.
    pub(super) unmapped: Vec<String>,
    /// How many of the rows given belong to titles and header.
    pub(super) rows: usize,
}

/// How many rows may hold titles and header.
pub(super) const SEARCHED: usize = 10;

/// Finds the header among the first rows of a sheet. A row is the header when it names the pupil
/// and two more kept columns.
pub(super) fn find(rows: &[Vec<Cell>]) -> Option<Header> {
    let texts: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(header_text).collect()).collect();
    let at = texts.iter().take(SEARCHED).position(|row| is_header(row))?;
    let nothing = Vec::new();
    let below = texts.get(at + 1).unwrap_or(&nothing);
    if completes(&texts[at], below) {
        return Some(layout(&texts[at], below, at + 2));
    }
    let above = at.checked_sub(1).map_or(&nothing, |above| &texts[above]);
    Some(layout(above, &texts[at], at + 1))
}

/// Whether a row of data repeats the header, as sheets printed page by page do.
pub(super) fn repeats(columns: &[(usize, Field, String)], cells: &[Cell]) -> bool {
    let same = |((_, _, name), cell): &(&(usize, Field, String), &Cell)| header_text(cell) == *name;
    columns.iter().zip(cells).filter(same).count() >= 3
}

fn is_header(row: &[String]) -> bool {
    let mut fields: Vec<Field> = row.iter().filter_map(|text| kept(text)).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.contains(&Field::Name) && fields.len() >= 3
}

/// Whether `below` is the second row of a header whose upper cells are merged downwards: blank under
/// every name already understood, and itself made of names.
fn completes(header: &[String], below: &[String]) -> bool {
    let blank_under_names = header
        .iter()
        .enumerate()
        .all(|(at, text)| kept(text).is_none() || below.get(at).is_none_or(String::is_empty));
    let groups = spread(header, below.len());
    let is_name = |(text, group): (&String, &String)| !text.is_empty() && resolve(group, text).is_some();
    blank_under_names && below.iter().zip(&groups).any(is_name)
}

/// Joins a group row and the row of names under it.
fn layout(groups: &[String], names: &[String], rows: usize) -> Header {
    let width = groups.len().max(names.len());
    let mut header = Header { columns: Vec::new(), unmapped: Vec::new(), rows };
    for (at, group) in spread(groups, width).iter().enumerate() {
        let name = names.get(at).map_or("", String::as_str);
        let (shown, column) = if name.is_empty() {
            // A title above the names is no column; a name merged downwards is.
            let own = groups.get(at).map_or("", String::as_str);
            match recognise(own) {
                Some(column) => (own.to_owned(), Some(column)),
                None => continue,
            }
        } else {
            resolve(group, name).map_or((name.to_owned(), None), |(shown, column)| (shown, Some(column)))
        };
        match column {
            Some(Column::Kept(field)) if !header.columns.iter().any(|(_, known, _)| *known == field) => {
                header.columns.push((at, field, shown));
            }
            Some(Column::Dropped) => {}
            Some(Column::Kept(_)) | None => header.unmapped.push(shown),
        }
    }
    header
}

/// The meaning of `name` under `group`: together where that means something (成员1 + 姓名), else
/// alone.
fn resolve(group: &str, name: &str) -> Option<(String, Column)> {
    let together = format!("{group}{name}");
    match recognise(&together) {
        Some(column) if !group.is_empty() => Some((together, column)),
        _ => recognise(name).map(|column| (name.to_owned(), column)),
    }
}

/// A merged cell has its text in its first column only; here it counts for the blanks behind it.
fn spread(groups: &[String], width: usize) -> Vec<String> {
    let mut last = String::new();
    (0..width)
        .map(|at| {
            if let Some(text) = groups.get(at).filter(|text| !text.is_empty()) {
                last.clone_from(text);
            }
            last.clone()
        })
        .collect()
}

fn kept(text: &str) -> Option<Field> {
    match recognise(text) {
        Some(Column::Kept(field)) => Some(field),
        _ => None,
    }
}

/// Header text on one line, for messages.
fn header_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => clean(text).split_whitespace().collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::{Part, Seat};
    use super::*;

    fn rows(rows: &[&str]) -> Vec<Vec<Cell>> {
        let cell = |text: &str| match text {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        };
        rows.iter().map(|row| row.split('|').map(cell).collect()).collect()
    }

    fn fields(header: &Header) -> Vec<(usize, Field)> {
        header.columns.iter().map(|(at, field, _)| (*at, *field)).collect()
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let header = find(&rows(&[
            "某某小学学生名册|||",
            "填表日期|2025.9.1||",
            "序号|姓 名|★性别|出生日期|爱好",
            "1|张三|男|20140309|足球",
        ]))
        .unwrap();
        assert_eq!(fields(&header), [(1, Field::Name), (2, Field::Sex), (3, Field::Birth)]);
        assert_eq!((header.rows, header.unmapped), (3, vec!["爱好".to_owned()]));
    }

    #[test]
    fn two_rows_make_one_header() {
        let group_above = rows(&[
            "学生信息|||家庭成员1||家庭成员2|",
            "姓名|性别|班级|姓名|关系|姓名|联系电话",
            "张三|男|1|张大|父亲|李四|13800138000",
        ]);
        let names_below = rows(&[
            "姓名|性别|班级|家庭成员1||家庭成员2|",
            "|||姓名|关系|姓名|联系电话",
            "张三|男|1|张大|父亲|李四|13800138000",
        ]);
        for sheet in [group_above, names_below] {
            let header = find(&sheet).unwrap();
            assert_eq!(
                fields(&header),
                [
                    (0, Field::Name),
                    (1, Field::Sex),
                    (2, Field::Class),
                    (3, Field::Member(Seat::First, Part::Name)),
                    (4, Field::Member(Seat::First, Part::Relation)),
                    (5, Field::Member(Seat::Second, Part::Name)),
                    (6, Field::Member(Seat::Second, Part::Phone)),
                ]
            );
            assert_eq!((header.rows, header.unmapped.len()), (2, 0));
        }
    }

    #[test]
    fn one_name_in_two_rows_is_joined() {
        let header = find(&rows(&["姓名|性别|班级|身份证件|", "|||类型|号"])).unwrap();
        assert_eq!(fields(&header)[3..], [(3, Field::IdKind), (4, Field::IdNumber)]);
    }

    #[test]
    fn a_second_column_of_one_meaning_is_reported() {
        let header = find(&rows(&["姓名|性别|班级|学生姓名"])).unwrap();
        assert_eq!(header.unmapped, ["学生姓名"]);
    }

    #[test]
    fn no_header_no_layout() {
        assert!(find(&rows(&["张三|男|20140309"])).is_none());
        assert!(find(&[]).is_none());
        let mut late = vec!["说明|"; 10];
        late.push("姓名|性别|班级");
        assert!(find(&rows(&late)).is_none());
    }
}
