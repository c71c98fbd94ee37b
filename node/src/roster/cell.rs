//! One cell -> one value, or the reason why not.

use proto::model::day::Day;
use proto::model::region::Region;

use super::codes::{List, NotCoded};
use super::date::{self, NotDated};
use super::limits;
use super::problem::Reason;
use super::value::{Cell, compact, lost_characters, name as cleaned_name};
use crate::pupil::{BadNumber, IdNumber, Place, RollNumber, YearMonth};

/// A name of a person.
pub(super) fn person(cell: &Cell) -> Result<String, Reason> {
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

/// Any text of a sensible length.
pub(super) fn plain(cell: &Cell) -> Result<String, Reason> {
    let text = cell.text();
    if text.chars().count() > limits::TEXT_CHARS { Err(Reason::TooLong) } else { Ok(text) }
}

/// A choice of a code list.
pub(super) fn coded<T: Copy + PartialEq>(list: &List<T>, cell: &Cell) -> Result<T, Reason> {
    list.read(&compact(&cell.text())).map_err(|why| match why {
        NotCoded::Unknown => Reason::NotInList(list.choices()),
        NotCoded::Differ => Reason::CodeDiffers,
    })
}

/// A birth date that fits compulsory school.
pub(super) fn born(cell: &Cell, today: Day) -> Result<Day, Reason> {
    let birth = date::day(cell).map_err(|why| match why {
        NotDated::Unknown => Reason::NotADate,
        NotDated::Ambiguous => Reason::AmbiguousDate,
    })?;
    let (born, now) = (birth.date(), today.date());
    let before_birthday = (now.month(), now.day()) < (born.month(), born.day());
    let years = i32::from(now.year() - born.year()) - i32::from(before_birthday);
    if AGES.contains(&years) { Ok(birth) } else { Err(Reason::Age(years)) }
}

/// A month of entry.
pub(super) fn month(cell: &Cell) -> Result<YearMonth, Reason> {
    date::month(cell).map_err(|why| match why {
        NotDated::Unknown => Reason::NotAMonth,
        NotDated::Ambiguous => Reason::AmbiguousDate,
    })
}

/// The text of a number of more than fifteen digits, which a number cell cannot hold.
pub(super) fn long_number(cell: &Cell) -> Result<String, Reason> {
    let text = compact(&cell.text());
    let scientific = text.contains(['e', 'E']) && text.parse::<f64>().is_ok();
    match cell {
        Cell::Number(number) if number.abs() >= EXACT => Err(Reason::NumberCell),
        Cell::Text(_) if scientific && text.contains('.') => Err(Reason::NumberCell),
        _ if text.chars().count() > limits::NAME_CHARS => Err(Reason::TooLong),
        _ => Ok(text),
    }
}

/// A citizen's number.
pub(super) fn citizen(cell: &Cell) -> Result<IdNumber, Reason> {
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

/// A roll number.
pub(super) fn roll(cell: &Cell) -> Result<RollNumber, Reason> {
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
pub(super) fn phone(cell: &Cell) -> Result<String, Reason> {
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
pub(super) fn place(cell: &Cell) -> Result<Place, Reason> {
    let text = plain(cell)?;
    let digits: String = compact(&text).chars().take_while(char::is_ascii_digit).collect();
    let code = match digits.len() {
        0 => return Ok(Place::Named(text)),
        12 => &digits[..9],
        _ => digits.as_str(),
    };
    code.parse::<Region>().map(Place::Code).map_err(|_| Reason::NotAPlace)
}

/// Years that a pupil of compulsory school can have: early entry to late return.
const AGES: std::ops::RangeInclusive<i32> = 4..=20;
/// From here on a spreadsheet's number has lost digits.
const EXACT: f64 = 1e15;
