//! The whole sheet: rows that go in, rows that do not, and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proto::model::day::Day;
use proto::model::party::SchoolCode;
use proto::model::personal::{Personal, Purpose};

use super::field::Field;
use super::problem::{BadRow, Problem, Reason};
use super::row::{self, Reading};
use super::table::{Row, RowPlace, Table};
use crate::pupil::Pupil;

/// What a check needs to know besides the sheet.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The day of the import, for ages.
    pub today: Day,
    /// The school's own code; a row of another school is refused. `None` does not ask.
    pub school: Option<SchoolCode>,
}

/// A checked roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Pupils without any problem, in the order of the sheet.
    pub good: Vec<Pupil>,
    /// Rows with problems; none of them goes in.
    pub bad: Vec<BadRow>,
    /// ID numbers and roll numbers that could be read in rows with problems: whose they are is not missing.
    pub refused: Vec<Personal<String>>,
    /// Columns that nobody knows.
    pub unmapped: Vec<String>,
    /// The sheets that were read.
    pub sheets: Vec<Arc<str>>,
    /// Rows that were not blank: good and bad together. A child that stands the same in two sheets, as in
    /// one of the whole school and one of its class, is one row.
    pub rows: usize,
}

/// Checks every row, and the rows against each other.
pub fn check(table: &Table, rules: &Rules) -> Import {
    let (rows, mut readings) = distinct(table, rules);
    let ids: Vec<Option<String>> = readings.iter().map(|reading| reading.id.clone()).collect();
    let rolls: Vec<Option<String>> =
        readings.iter().map(|reading| reading.roll.clone().map(String::from)).collect();
    let sheet = Sheet { table, rows: &rows };
    sheet.refuse_twins(&mut readings, &ids, Field::IdNumber, Reason::DuplicateId);
    sheet.refuse_twins(&mut readings, &rolls, Field::RollNumber, Reason::DuplicateRoll);
    sheet.refuse_unnumbered_twins(&mut readings);

    let mut import = Import {
        good: Vec::new(),
        bad: Vec::new(),
        refused: Vec::new(),
        unmapped: table.unmapped.clone(),
        sheets: table.sheets.clone(),
        rows: rows.len(),
    };
    for (row, reading) in rows.iter().zip(readings) {
        match reading.pupil {
            Some(pupil) if reading.problems.is_empty() => import.good.push(pupil),
            _ => {
                let numbers = reading.id.into_iter().chain(reading.roll.map(String::from));
                import.refused.extend(numbers.map(Personal::new));
                import.bad.push(BadRow { at: row.at.clone(), problems: reading.problems });
            }
        }
    }
    import
}

/// The rows as read, each child once: a row that says the same as one of another sheet is left out.
fn distinct<'a>(table: &'a Table, rules: &Rules) -> (Vec<&'a Row>, Vec<Reading>) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut told: HashSet<(String, Option<Arc<str>>)> = HashSet::new();
    let (mut rows, mut readings) = (Vec::new(), Vec::<Reading>::new());
    for row in &table.rows {
        let reading = row::read(table, row, rules);
        if let (Some(number), Some(pupil)) = (reading.number(), &reading.pupil) {
            let first = *first.entry(number.clone()).or_insert(readings.len());
            let again = readings.get(first).is_some_and(|first| first.pupil.as_ref() == Some(pupil));
            if told.insert((number, row.at.sheet.clone())) && again {
                continue;
            }
        }
        rows.push(row);
        readings.push(reading);
    }
    (rows, readings)
}

/// The rows beside each other.
struct Sheet<'a> {
    table: &'a Table,
    rows: &'a [&'a Row],
}

impl Sheet<'_> {
    /// Two rows with one number: nobody but the school knows which is right, so both are refused, each
    /// naming the other.
    fn refuse_twins(
        &self,
        readings: &mut [Reading],
        numbers: &[Option<String>],
        field: Field,
        reason: fn(RowPlace) -> Reason,
    ) {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, number) in numbers.iter().enumerate() {
            if let Some(number) = number {
                places.entry(number).or_default().push(at);
            }
        }
        for twins in places.values().filter(|twins| twins.len() > 1) {
            for &at in twins {
                let other = if twins[0] == at { twins[1] } else { twins[0] };
                self.refuse(&mut readings[at], field, reason(self.rows[other].at.clone()));
            }
        }
    }

    /// A child without any number is known by name and birth date; where another row has the same two,
    /// nobody could say later which of them a record is.
    fn refuse_unnumbered_twins(&self, readings: &mut [Reading]) {
        let mut places: HashMap<(String, Day), Vec<usize>> = HashMap::new();
        for (at, pupil) in
            readings.iter().enumerate().filter_map(|(at, reading)| Some((at, reading.pupil.as_ref()?)))
        {
            let name = pupil.name.open(Purpose::RollCheck).clone();
            places.entry((name, *pupil.birth.open(Purpose::RollCheck))).or_default().push(at);
        }
        for twins in places.values().filter(|twins| twins.len() > 1) {
            for &at in twins {
                let other = if twins[0] == at { twins[1] } else { twins[0] };
                if readings[at].pupil.as_ref().is_some_and(|pupil| !pupil.has_number()) {
                    let reason = Reason::DuplicatePerson(self.rows[other].at.clone());
                    self.refuse(&mut readings[at], Field::Name, reason);
                }
            }
        }
    }

    fn refuse(&self, reading: &mut Reading, field: Field, reason: Reason) {
        reading.problems.push(Problem { field, column: self.table.column_name(field), reason });
    }
}
