//! One row -> one pupil, or everything that is wrong with it.

use proto::model::personal::Personal;

use super::cell::{born, citizen, coded, long_number, month, person, phone, place, plain, roll};
use super::check::Rules;
use super::class::{self, NotAClass};
use super::codes;
use super::field::{Field, Part, Seat};
use super::problem::{Problem, Reason};
use super::table::{Row, Table};
use super::value::{Cell, compact};
use crate::pupil::{
    Attend, Class, Disability, FamilyMember, IdKind, IdNumber, LeftBehind, Place, Pupil, RollNumber,
    SchoolOnly, YearMonth,
};

/// What reading a row gave. The numbers stand apart, because duplicates count in bad rows too.
pub(super) struct Reading {
    /// The pupil, when nothing at all is wrong.
    pub(super) pupil: Option<Pupil>,
    pub(super) problems: Vec<Problem>,
    pub(super) id: Option<String>,
    pub(super) roll: Option<RollNumber>,
}

impl Reading {
    /// The number that names the child best.
    pub(super) fn number(&self) -> Option<String> {
        self.id.clone().or_else(|| self.roll.clone().map(String::from))
    }
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
            entry: self.optional(Field::Entry, month),
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

fn class_reason(why: NotAClass) -> Reason {
    match why {
        NotAClass::Cohort => Reason::Cohort,
        NotAClass::Grade => Reason::NotAGrade,
        NotAClass::Number => Reason::NotAClass,
        NotAClass::Differ => Reason::GradeDiffers,
    }
}

/// What people write into a cell instead of leaving it blank.
const NOTHING: [&str; 6] = ["无", "/", "-", "—", "暂无", "没有"];
