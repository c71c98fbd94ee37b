//! The whole sheet: rows that go in, rows that do not, and why.

use std::collections::HashMap;

use proto::model::day::Day;
use proto::model::party::SchoolCode;
use proto::model::personal::Personal;

use super::field::Field;
use super::problem::{BadRow, Problem, Reason};
use super::row::{self, Reading};
use super::table::Table;
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
    /// The sheet that was read.
    pub sheet: String,
    /// Rows that were not blank: good and bad together.
    pub rows: usize,
}

/// Checks every row, and the rows against each other.
pub fn check(table: &Table, rules: &Rules) -> Import {
    let mut readings: Vec<Reading> = table.rows.iter().map(|row| row::read(table, row, rules)).collect();
    let ids: Vec<Option<String>> = readings.iter().map(|reading| reading.id.clone()).collect();
    let rolls: Vec<Option<String>> =
        readings.iter().map(|reading| reading.roll.clone().map(String::from)).collect();
    refuse_twins(table, &mut readings, &ids, Field::IdNumber, Reason::DuplicateId);
    refuse_twins(table, &mut readings, &rolls, Field::RollNumber, Reason::DuplicateRoll);

    let mut import = Import {
        good: Vec::new(),
        bad: Vec::new(),
        refused: Vec::new(),
        unmapped: table.unmapped.clone(),
        sheet: table.sheet.clone(),
        rows: table.rows.len(),
    };
    for (row, reading) in table.rows.iter().zip(readings) {
        match reading.pupil {
            Some(pupil) if reading.problems.is_empty() => import.good.push(pupil),
            _ => {
                let numbers = reading.id.into_iter().chain(reading.roll.map(String::from));
                import.refused.extend(numbers.map(Personal::new));
                import.bad.push(BadRow { row: row.number, problems: reading.problems });
            }
        }
    }
    import
}

/// Two rows with one number: nobody but the school knows which is right, so both are refused, each
/// naming the other.
fn refuse_twins(
    table: &Table,
    readings: &mut [Reading],
    numbers: &[Option<String>],
    field: Field,
    reason: fn(u32) -> Reason,
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
            let reason = reason(table.rows[other].number);
            readings[at].problems.push(Problem { field, column: table.column_name(field), reason });
        }
    }
}
