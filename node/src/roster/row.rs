//! One row -> one pupil, or everything that is wrong with it.

use proto::model::day::Day;
use proto::model::personal::Personal;
use proto::model::region::Region;

use super::check::Rules;
use super::class::{self, NotAClass};
use super::codes::{self, List, NotCoded};
use super::date::{self, NotDated};
use super::field::{Field, Part, Seat};
use super::limits;
use super::problem::{Problem, Reason};
use super::table::{Row, Table};
use super::value::{Cell, compact, lost_characters, name as cleaned_name};
use crate::pupil::{
    Attend, BadNumber, Class, Disability, FamilyMember, IdKind, IdNumber, LeftBehind, Place, Pupil,
    RollNumber, SchoolOnly, YearMonth,
};

/// What reading a row gave. The numbers stand apart, because duplicates count in bad rows too.
pub(super) struct Reading {
    /// The pupil, when nothing at all is wrong.
    pub(super) pupil: Option<Pupil>,
    pub(super) problems: Vec<Problem>,
    pub(super) id: Option<String>,
    pub(super) roll: Option<RollNumber>,
}

/// Reads a row and checks all that can be checked within it.
pub(super) fn read(table: &Table, row: &Row, rules: &Rules) -> Reading {
    let mut cells = Cells { table, row, problems: Vec::new() };
    cells.school(rules);
    let name = cells.required(Field::Name, person);
    let sex = cells.required(Field::Sex, |cell| coded(&codes::SEX, cell));
    let birth = cells.required(Field::Birth, |cell| born(cell, rules.today));
    let (id_kind, id_number, other_number) = cells.identity();
    if let Some(id) = &id_number {
        if birth.is_some_and(|birth| birth != id.birth()) {
            cells.refuse(Field::Birth, Reason::BirthDiffers);
        }
        if sex.is_some_and(|sex| sex != id.sex()) {
            cells.refuse(Field::Sex, Reason::SexDiffers);
        }
    }
    let roll = cells.roll();
    let class = cells.class();
    let rest = cells.rest();
    let problems = cells.problems;
    let id = id_number.as_ref().map(|id| id.as_str().to_owned()).or_else(|| other_number.clone());
    let pupil = match (name, sex, birth, class, id_kind) {
        (Some(name), Some(sex), Some(birth), Some(class), Some(id_kind)) if problems.is_empty() => {
            Some(Pupil {
                id_kind,
                id_number: id_number.map(Personal::new),
                other_number: other_number.map(Personal::new),
                roll_number: roll.clone().map(Personal::new),
                name: Personal::new(name),
                sex: Personal::new(sex),
                birth: Personal::new(birth),
                class,
                aux_number: rest.aux_number,
                entry: rest.entry,
                attend: rest.attend,
                hukou: rest.hukou,
                left_behind: rest.left_behind,
                migrant: rest.migrant,
                orphan: rest.orphan,
                disability: rest.disability,
                school_only: rest.school_only,
            })
        }
        _ => None,
    };
    Reading { pupil, problems, id, roll }
}

/// The columns that may be blank.
struct Rest {
    aux_number: Option<Personal<String>>,
    entry: Option<YearMonth>,
    attend: Option<Attend>,
    hukou: Option<Personal<Place>>,
    left_behind: Option<Personal<LeftBehind>>,
    migrant: Option<Personal<bool>>,
    orphan: Option<Personal<bool>>,
    disability: Option<Personal<Disability>>,
    school_only: SchoolOnly,
}

/// A row's cells by meaning, and what was wrong with them so far.
struct Cells<'a> {
    table: &'a Table,
    row: &'a Row,
    problems: Vec<Problem>,
}

impl Cells<'_> {
    fn cell(&self, field: Field) -> &Cell {
        self.table.position(field).map_or(&Cell::Empty, |at| &self.row.cells[at])
    }

    fn is_blank(&self, field: Field) -> bool {
        let cell = self.cell(field);
        // 无 is a choice of the coded columns; where a number or a text is asked it is a blank.
        cell.is_blank() || (takes_text(field) && NOTHING.contains(&cell.text().as_str()))
    }

    fn refuse(&mut self, field: Field, reason: Reason) {
        self.problems.push(Problem { field, column: self.table.column_name(field), reason });
    }

    fn optional<T>(&mut self, field: Field, read: impl FnOnce(&Cell) -> Result<T, Reason>) -> Option<T> {
        if self.is_blank(field) {
            return None;
        }
        let read = match self.cell(field) {
            Cell::Broken => Err(Reason::BrokenCell),
            cell => read(cell),
        };
        read.map_err(|reason| self.refuse(field, reason)).ok()
    }

    fn required<T>(&mut self, field: Field, read: impl FnOnce(&Cell) -> Result<T, Reason>) -> Option<T> {
        if self.is_blank(field) {
            self.refuse(field, Reason::Missing);
        }
        self.optional(field, read)
    }

    fn text(&mut self, field: Field) -> Option<Personal<String>> {
        self.optional(field, plain).map(Personal::new)
    }

    fn school(&mut self, rules: &Rules) {
        let Some(own) = rules.school else { return };
        self.optional(Field::School, |cell| match compact(&cell.text()) == own.to_string() {
            true => Ok(()),
            false => Err(Reason::OtherSchool),
        });
    }

    /// Kind and number of the paper. A blank kind is the resident card; only 其他 needs no number.
    fn identity(&mut self) -> (Option<IdKind>, Option<IdNumber>, Option<String>) {
        let kind = match self.is_blank(Field::IdKind) {
            true => Some(IdKind::Citizen),
            false => self.optional(Field::IdKind, |cell| coded(&codes::ID_KIND, cell)),
        };
        let has_column = self.table.position(Field::IdNumber).is_some();
        match kind {
            Some(IdKind::Citizen) if has_column => (kind, self.required(Field::IdNumber, citizen), None),
            Some(IdKind::Citizen | IdKind::Other) => {
                (kind, None, self.optional(Field::IdNumber, long_number))
            }
            Some(_) if has_column => (kind, None, self.required(Field::IdNumber, long_number)),
            _ => (kind, None, None),
        }
    }

    fn roll(&mut self) -> Option<RollNumber> {
        match self.table.position(Field::IdNumber) {
            Some(_) => self.optional(Field::RollNumber, roll),
            None => self.required(Field::RollNumber, roll),
        }
    }

    fn class(&mut self) -> Option<Class> {
        let grade = self.optional(Field::Grade, |cell| class::grade(&cell.text()).map_err(class_reason));
        if self.is_blank(Field::Class) {
            self.refuse(Field::Class, Reason::Missing);
            return None;
        }
        match (class::class(&self.cell(Field::Class).text(), grade), grade) {
            (Ok(class), _) => return Some(class),
            // The class leaves the grade to its own column, and that is blank or refused already.
            (Err(NotAClass::Grade), None) if self.is_blank(Field::Grade) => {
                self.refuse(Field::Grade, Reason::Missing)
            }
            (Err(NotAClass::Grade), None) => {}
            (Err(why), _) => self.refuse(Field::Class, class_reason(why)),
        }
        None
    }

    fn rest(&mut self) -> Rest {
        Rest {
            aux_number: self.optional(Field::AuxNumber, long_number).map(Personal::new),
            entry: self.optional(Field::Entry, |cell| date::month(cell).map_err(month_reason)),
            attend: self.optional(Field::Attend, |cell| coded(&codes::ATTEND, cell)),
            hukou: self.optional(Field::Hukou, place).map(Personal::new),
            left_behind: self
                .optional(Field::LeftBehind, |cell| coded(&codes::LEFT_BEHIND, cell))
                .map(Personal::new),
            migrant: self.yes_no(Field::Migrant).map(Personal::new),
            orphan: self.yes_no(Field::Orphan).map(Personal::new),
            disability: self
                .optional(Field::Disability, |cell| coded(&codes::DISABILITY, cell))
                .map(Personal::new),
            school_only: SchoolOnly {
                address: self.text(Field::Address),
                phone: self.optional(Field::Phone, phone).map(Personal::new),
                family: [Seat::First, Seat::Second]
                    .into_iter()
                    .filter_map(|seat| self.member(seat))
                    .collect(),
            },
        }
    }

    fn yes_no(&mut self, field: Field) -> Option<bool> {
        self.optional(field, |cell| coded(&codes::YES_NO, cell))
    }

    fn member(&mut self, seat: Seat) -> Option<FamilyMember> {
        let of = |part| Field::Member(seat, part);
        let member = FamilyMember {
            name: self.optional(of(Part::Name), person).map(Personal::new),
            relation: self.text(of(Part::Relation)),
            work_place: self.text(of(Part::WorkPlace)),
            address: self.text(of(Part::Address)),
            phone: self.optional(of(Part::Phone), phone).map(Personal::new),
            guardian: self.yes_no(of(Part::Guardian)),
        };
        // 否 under 是否监护人 alone is nobody.
        let nobody = FamilyMember { guardian: member.guardian, ..FamilyMember::default() };
        (member != nobody).then_some(member)
    }
}

const fn takes_text(field: Field) -> bool {
    field.is_number_text() || matches!(field, Field::Address | Field::Hukou | Field::Member(..))
}

fn person(cell: &Cell) -> Result<String, Reason> {
    let name = cleaned_name(&cell.shown());
    if lost_characters(&name) {
        Err(Reason::LostCharacters)
    } else if name.chars().count() > limits::NAME_CHARS {
        Err(Reason::TooLong)
    } else if !matches!(cell, Cell::Text(_)) || name.chars().any(|c| c.is_numeric() && !"〇零".contains(c))
    {
        Err(Reason::NotAName)
    } else {
        Ok(name)
    }
}

fn plain(cell: &Cell) -> Result<String, Reason> {
    let text = cell.text();
    if text.chars().count() > limits::TEXT_CHARS { Err(Reason::TooLong) } else { Ok(text) }
}

fn coded<T: Copy + PartialEq>(list: &List<T>, cell: &Cell) -> Result<T, Reason> {
    list.read(&compact(&cell.text())).map_err(|why| match why {
        NotCoded::Unknown => Reason::NotInList(list.choices()),
        NotCoded::Differ => Reason::CodeDiffers,
    })
}

fn born(cell: &Cell, today: Day) -> Result<Day, Reason> {
    let birth = date::day(cell).map_err(|why| match why {
        NotDated::Unknown => Reason::NotADate,
        NotDated::Ambiguous => Reason::AmbiguousDate,
    })?;
    let (born, now) = (birth.date(), today.date());
    let before_birthday = (now.month(), now.day()) < (born.month(), born.day());
    let years = i32::from(now.year() - born.year()) - i32::from(before_birthday);
    if AGES.contains(&years) { Ok(birth) } else { Err(Reason::Age(years)) }
}

/// The text of a number of more than fifteen digits, which a number cell cannot hold.
fn long_number(cell: &Cell) -> Result<String, Reason> {
    let text = compact(&cell.text());
    let scientific = text.contains(['e', 'E']) && text.parse::<f64>().is_ok();
    match cell {
        Cell::Number(number) if number.abs() >= EXACT => Err(Reason::NumberCell),
        Cell::Text(_) if scientific && text.contains('.') => Err(Reason::NumberCell),
        _ if text.chars().count() > limits::NAME_CHARS => Err(Reason::TooLong),
        _ => Ok(text),
    }
}

fn citizen(cell: &Cell) -> Result<IdNumber, Reason> {
    if let Cell::Number(_) = cell {
        return Err(Reason::NumberCell);
    }
    long_number(cell)?.parse().map_err(|why| match why {
        BadNumber::FifteenDigits => Reason::OldIdNumber,
        BadNumber::Length(length) => Reason::IdLength(length),
        BadNumber::Shape => Reason::IdShape,
        BadNumber::Birth => Reason::IdBirth,
        BadNumber::CheckDigit => Reason::IdCheckDigit,
    })
}

fn roll(cell: &Cell) -> Result<RollNumber, Reason> {
    if let Cell::Number(_) = cell {
        return Err(Reason::NumberCell);
    }
    long_number(cell)?.parse().map_err(|why| match why {
        BadNumber::CheckDigit => Reason::RollCheckDigit,
        _ => Reason::RollShape,
    })
}

/// One or more telephone numbers. A number cell is exact for a mobile number, and has lost nothing
/// in a local one without its area code.
fn phone(cell: &Cell) -> Result<String, Reason> {
    if let Cell::Number(number) = cell {
        let digits = number.to_string();
        let whole = digits.bytes().all(|b| b.is_ascii_digit());
        let mobile = digits.len() == 11 && digits.starts_with('1');
        return if whole && (mobile || matches!(digits.len(), 7 | 8)) {
            Ok(digits)
        } else {
            Err(Reason::NotAPhone)
        };
    }
    let text = cell.text();
    let one = |part: &str| {
        let part = compact(part);
        let local = ["+86", "0086"].iter().find_map(|prefix| part.strip_prefix(prefix)).unwrap_or(&part);
        let local = local.trim_start_matches('-');
        let digits = local.bytes().filter(u8::is_ascii_digit).count();
        let shape = local.bytes().all(|b| b.is_ascii_digit() || b"-()".contains(&b));
        (shape && (7..=16).contains(&digits)).then(|| local.to_owned())
    };
    let parts: Option<Vec<String>> =
        text.split(['/', ',', ';', '、']).filter(|part| !part.trim().is_empty()).map(one).collect();
    match parts {
        Some(parts) if !parts.is_empty() && parts.len() <= 3 => Ok(parts.join("/")),
        _ => Err(Reason::NotAPhone),
    }
}

/// A division code, alone or in front of the place's name, or a name alone.
fn place(cell: &Cell) -> Result<Place, Reason> {
    let text = plain(cell)?;
    let digits: String = compact(&text).chars().take_while(char::is_ascii_digit).collect();
    let code = match digits.len() {
        0 => return Ok(Place::Named(text)),
        12 => &digits[..9],
        _ => digits.as_str(),
    };
    code.parse::<Region>().map(Place::Code).map_err(|_| Reason::NotAPlace)
}

fn class_reason(why: NotAClass) -> Reason {
    match why {
        NotAClass::Cohort => Reason::Cohort,
        NotAClass::Grade => Reason::NotAGrade,
        NotAClass::Number => Reason::NotAClass,
        NotAClass::Differ => Reason::GradeDiffers,
    }
}

fn month_reason(why: NotDated) -> Reason {
    match why {
        NotDated::Unknown => Reason::NotAMonth,
        NotDated::Ambiguous => Reason::AmbiguousDate,
    }
}

/// Years that a pupil of compulsory school can have: early entry to late return.
const AGES: std::ops::RangeInclusive<i32> = 4..=20;
/// From here on a spreadsheet's number has lost digits.
const EXACT: f64 = 1e15;
/// What people write into a cell instead of leaving it blank.
const NOTHING: [&str; 6] = ["无", "/", "-", "—", "暂无", "没有"];
