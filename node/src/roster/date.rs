//! Every form in which sheets write a date, and the refusal of those that have two readings.

use proto::model::day::Day;

use super::value::{Cell, compact};
use crate::pupil::YearMonth;

/// Why a cell is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotDated {
    /// No form that is known, or no such day.
    Unknown,
    /// Two readings: day and month could be swapped, the century or a digit is missing.
    Ambiguous,
}

/// A day: a date cell, an Excel serial, or 20140309, 2014-03-09, 2014/3/9, 2014.3.9, 2014。3。9,
/// 2014、3、9, 2014年3月9日, each also with a midnight behind it.
pub(super) fn day(cell: &Cell) -> Result<Day, NotDated> {
    match cell {
        Cell::Date { year, month, day } => date(u32::from(*year), u32::from(*month), u32::from(*day)),
        Cell::Number(number) if number.fract() == 0.0 && (0.0..1e9).contains(number) => {
            whole(&format!("{number}"))
        }
        Cell::Number(_) => Err(NotDated::Unknown),
        other => written(&other.text()),
    }
}

/// A month: 201409, 2014年9月, 2014-09, 2014/9, 2014.09, or the month of any day.
pub(super) fn month(cell: &Cell) -> Result<YearMonth, NotDated> {
    let text = cell.text();
    let parts = parts(without_time(&text));
    let found = match parts.as_slice() {
        // 2014.1 is January to a person and October to a spreadsheet that dropped the zero.
        [year, "1"] if text.contains('.') && year.len() == 4 => return Err(NotDated::Ambiguous),
        [year, month] if year.len() == 4 && month.len() <= 2 => ym(number(year)?, number(month)?),
        [one] if one.len() == 6 && one.is_ascii() => ym(number(&one[..4])?, number(&one[4..])?),
        _ => None,
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let date = day(cell)?.date();
    ym(u32::from(date.year().unsigned_abs()), u32::from(date.month().unsigned_abs())).ok_or(NotDated::Unknown)
}

fn written(text: &str) -> Result<Day, NotDated> {
    match parts(without_time(text)).as_slice() {
        [one] => whole(one),
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            date(number(year)?, number(month)?, number(day)?)
        }
        // 3/9/2014, 14-3-9: nothing says which is which.
        [a, b, c] if [a, b, c].iter().all(|part| part.len() <= 4 && number(part).is_ok()) => {
            Err(NotDated::Ambiguous)
        }
        // 2014.3: the day is missing.
        [a, b] if number(a).is_ok() && number(b).is_ok() => Err(NotDated::Ambiguous),
        _ => Err(NotDated::Unknown),
    }
}

/// Digits without a separator: eight are a date, five an Excel serial, six a month or a short date.
fn whole(digits: &str) -> Result<Day, NotDated> {
    let value = number(digits)?;
    match digits.len() {
        8 => date(value / 10_000, value / 100 % 100, value % 100),
        5 if SERIALS.contains(&value) => {
            let days = i32::try_from(value).map_err(|_| NotDated::Unknown)?;
            Day::from_number(days - SERIAL_OF_1970).map_err(|_| NotDated::Unknown)
        }
        6 | 7 => Err(NotDated::Ambiguous),
        _ => Err(NotDated::Unknown),
    }
}

fn date(year: u32, month: u32, day: u32) -> Result<Day, NotDated> {
    let part = |value: u32| i8::try_from(value).map_err(|_| NotDated::Unknown);
    let year = i16::try_from(year).map_err(|_| NotDated::Unknown)?;
    if !(1900..2200).contains(&year) {
        return Err(NotDated::Unknown);
    }
    Day::new(year, part(month)?, part(day)?).map_err(|_| NotDated::Unknown)
}

fn ym(year: u32, month: u32) -> Option<YearMonth> {
    YearMonth::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?)
}

fn parts(text: &str) -> Vec<&str> {
    let text = text.trim_end_matches(['日', '号', '月', '.', '。']);
    text.split(['-', '/', '.', '。', '、', '年', '月', '\\', '—', '–', ',']).map(str::trim).collect()
}

fn number(digits: &str) -> Result<u32, NotDated> {
    let digits = compact(digits);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotDated::Unknown);
    }
    digits.parse().map_err(|_| NotDated::Unknown)
}

/// Exports of databases put a midnight behind a date.
fn without_time(text: &str) -> &str {
    match text.split_once([' ', 'T']) {
        Some((date, time)) if time.contains(':') && time.bytes().all(|b| b":0.Z".contains(&b)) => date,
        _ => text,
    }
}

const SERIAL_OF_1970: i32 = 25_569;
/// 1982 to 2063; the years in which anybody in a school roll was born or entered.
const SERIALS: std::ops::Range<u32> = 30_000..60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_day_is_read_in_every_form() {
        for cell in [
            text("20140309"),
            text("2014-03-09"),
            text("2014/3/9"),
            text("2014.3.9"),
            text("2014.03.09"),
            text("2014。3。9"),
            text("2014、3、9"),
            text("2014年3月9日"),
            text("２０１４年０３月０９日"),
            text("2014 年 3 月 9 日"),
            text("2014-03-09 00:00:00"),
            text("2014-03-09T00:00:00"),
            text("2014/3/9 0:00"),
            text("41707"),
            text("'20140309"),
            Cell::Number(41_707.0),
            Cell::Number(20_140_309.0),
            Cell::Date { year: 2014, month: 3, day: 9 },
        ] {
            assert_eq!(day(&cell).map(|d| d.to_string()), Ok("2014-03-09".to_owned()), "{}", cell.shown());
        }
    }

    #[test]
    fn two_readings_are_refused() {
        for (cell, why) in [
            (text("3/9/2014"), NotDated::Ambiguous),
            (text("14-3-9"), NotDated::Ambiguous),
            (text("140309"), NotDated::Ambiguous),
            (text("2014.3"), NotDated::Ambiguous),
            (text("2014年3月"), NotDated::Ambiguous),
            (text("20140229"), NotDated::Unknown),
            (text("2014-13-01"), NotDated::Unknown),
            (text("昨天"), NotDated::Unknown),
            (text("2014-03-09 12:30"), NotDated::Unknown),
            (Cell::Number(2014.3), NotDated::Unknown),
            (Cell::Number(-1.0), NotDated::Unknown),
            (Cell::Number(f64::NAN), NotDated::Unknown),
            (Cell::Broken, NotDated::Unknown),
            (Cell::Date { year: 2014, month: 2, day: 29 }, NotDated::Unknown),
        ] {
            assert_eq!(day(&cell), Err(why), "{}", cell.shown());
        }
    }

    #[test]
    fn a_month_is_read_in_every_form() {
        for cell in [
            text("201409"),
            text("2014年9月"),
            text("2014年09月"),
            text("2014-09"),
            text("2014/9"),
            text("2014.09"),
            text("20140901"),
            text("2014-09-01"),
            Cell::Number(201_409.0),
            Cell::Number(2014.9),
            Cell::Date { year: 2014, month: 9, day: 1 },
        ] {
            assert_eq!(month(&cell).map(|m| m.to_string()), Ok("201409".to_owned()), "{}", cell.shown());
        }
        for (cell, why) in [
            (text("2014.1"), NotDated::Ambiguous),
            (Cell::Number(2014.1), NotDated::Ambiguous),
            (text("201413"), NotDated::Ambiguous),
            (text("2014"), NotDated::Unknown),
            (text("九月"), NotDated::Unknown),
            (text("秋季"), NotDated::Unknown),
        ] {
            assert_eq!(month(&cell), Err(why), "{}", cell.shown());
        }
    }
}
