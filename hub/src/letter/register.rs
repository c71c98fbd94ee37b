//! The office's letters in its store, and the cases that wait for one.

use proto::model::case::{CaseId, Leg};
use proto::model::day::Day;
use proto::model::region::Region;
use proto::paper::Number;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Asked, Letter, LetterError, Line, Waiting};

/// The letter that a case went into.
#[derive(Serialize, Deserialize)]
struct WentInto(Number);

impl Record for WentInto {
    const VERSION: u8 = 1;
    const NAME: &'static str = "number of a letter";
}

pub(super) fn of_leg(prefix: &[u8], leg: Leg) -> Vec<u8> {
    [prefix, &leg.case.0, &leg.number.to_be_bytes()].concat()
}

fn of_number(number: &Number) -> Vec<u8> {
    let mut key = format!("h/v/l/{}{}/", number.year, number.prefix).into_bytes();
    key.extend_from_slice(&number.serial.to_be_bytes());
    key
}

/// Puts a case among those that wait. `false` when it is in a letter already: what was written is written.
///
/// # Errors
/// When the store cannot read.
pub fn wait(room: &mut Room<'_>, waiting: &Waiting) -> Result<bool, StoreError> {
    if room.get(&of_leg(b"h/v/i/", waiting.leg))?.is_some() {
        return Ok(false);
    }
    room.write(of_leg(b"h/v/w/", waiting.leg), waiting);
    Ok(true)
}

/// A case no longer waits. `false` when it did not.
///
/// # Errors
/// When the store cannot read.
pub fn withdraw(room: &mut Room<'_>, leg: Leg) -> Result<bool, StoreError> {
    let key = of_leg(b"h/v/w/", leg);
    let waits = room.get(&key)?.is_some();
    room.delete(key);
    Ok(waits)
}

/// Takes a case out of a letter that did not go out yet.
pub fn leave(room: &mut Room<'_>, letter: &mut Letter, leg: Leg) {
    letter.lines.retain(|line| line.case.leg != leg);
    room.delete(of_leg(b"h/v/i/", leg));
    keep(room, letter);
}

/// Cases that wait for a letter.
///
/// # Errors
/// When the store cannot read.
pub fn waiting(room: &Room<'_>) -> Result<Vec<Waiting>, StoreError> {
    room.list(b"h/v/w/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// Makes a letter of cases that wait; they wait no longer.
pub fn draft(
    room: &mut Room<'_>,
    number: Number,
    addressee: Region,
    (drafted, by): (Day, &str),
    cases: Vec<Waiting>,
) -> Letter {
    for case in &cases {
        room.delete(of_leg(b"h/v/w/", case.leg));
        room.write(of_leg(b"h/v/i/", case.leg), &WentInto(number.clone()));
    }
    let lines = cases.into_iter().map(|case| Line { case, reply: None }).collect();
    let letter = Letter { number, addressee, drafted, by: by.to_owned(), sent: None, lines };
    keep(room, &letter);
    letter
}

/// Keeps a letter.
pub fn keep(room: &mut Room<'_>, letter: &Letter) {
    room.write(of_number(&letter.number), letter);
}

/// All letters, by year, prefix and serial.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Letter>, StoreError> {
    room.list(b"h/v/l/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The letter whose number is `text`, or ends with it as no other does: `毕教函〔2026〕3号`, `3号`.
///
/// # Errors
/// When none or several fit, or the store cannot read.
pub fn find(room: &Room<'_>, text: &str) -> Result<Result<Letter, LetterError>, StoreError> {
    let mut fitting: Vec<Letter> = all(room)?;
    fitting.retain(|letter| {
        let number = letter.number.to_string();
        number == text
            || number.strip_suffix(text).is_some_and(|rest| rest.ends_with('〕') || text.contains('〕'))
    });
    let exact = fitting.iter().position(|letter| letter.number.to_string() == text);
    Ok(match (exact, fitting.len()) {
        (Some(at), _) => Ok(fitting.swap_remove(at)),
        (None, 1) => Ok(fitting.swap_remove(0)),
        _ => Err(LetterError::NoLetter(text.to_owned())),
    })
}

/// The letter that a case went into.
///
/// # Errors
/// When the store cannot read.
pub fn with(room: &Room<'_>, leg: Leg) -> Result<Option<Letter>, StoreError> {
    match room.read(&of_leg(b"h/v/i/", leg))? {
        Some(WentInto(number)) => room.read(&of_number(&number)),
        None => Ok(None),
    }
}

/// What this county asked its city to write about a case.
///
/// # Errors
/// When the store cannot read.
pub fn asked(room: &Room<'_>, case: CaseId) -> Result<Option<Asked>, StoreError> {
    room.read(&[b"h/v/o/".as_slice(), &case.0].concat())
}

/// Keeps what this county asked its city to write.
pub fn keep_asked(room: &mut Room<'_>, asked: &Asked) {
    room.write([b"h/v/o/".as_slice(), &asked.leg.case.0].concat(), asked);
}

/// Requests that did not go out yet.
///
/// # Errors
/// When the store cannot read.
pub fn unsent(room: &Room<'_>) -> Result<Vec<Asked>, StoreError> {
    let all = room.list(b"h/v/o/")?;
    let asked: Result<Vec<Asked>, StoreError> = all.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect();
    Ok(asked?.into_iter().filter(|asked| !asked.sent && !asked.over).collect())
}
