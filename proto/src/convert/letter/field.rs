//! The fields that letters are made of: each read once, with its limit.

use super::words::Word;
use crate::convert::Malformed;
use crate::model::case::{CaseId, Leg};
use crate::model::day::Day;
use crate::model::entry::{Hash, MAX_BODY};
use crate::model::party::Party;
use crate::model::region::Region;
use crate::seal::{SealKey, Sealed};

/// Bytes of a document's number.
const MAX_NUMBER: usize = 200;
/// Bytes of a sentence that an officer wrote.
const MAX_SENTENCE: usize = 4 << 10;
/// Links of a log in one letter.
const MAX_LINKS: usize = 16_384;
/// Bytes of something sealed.
const MAX_SEALED: usize = 64 << 10;

type Read<T> = Result<T, Malformed>;

/// A case.
pub(super) fn case(bytes: &[u8], field: &'static str) -> Read<CaseId> {
    bytes.try_into().map(CaseId::new).map_err(|_| Malformed::Field(field))
}

/// A leg, which must be there. Number 0 is the case before it went anywhere.
pub(super) fn leg(leg: Option<crate::wire::letter::Leg>, field: &'static str) -> Read<Leg> {
    let leg = leg.ok_or(Malformed::Field(field))?;
    let number = u16::try_from(leg.number).map_err(|_| Malformed::Field(field))?;
    Ok(case(&leg.case, field)?.leg(number))
}

/// A place.
pub(super) fn region(number: u32, field: &'static str) -> Read<Region> {
    Region::from_number(number).map_err(|_| Malformed::Field(field))
}

/// A place, or none when it is 0.
pub(super) fn region_if_any(number: u32, field: &'static str) -> Read<Option<Region>> {
    (number != 0).then(|| region(number, field)).transpose()
}

/// A party by its path.
pub(super) fn party(path: &str, field: &'static str) -> Read<Party> {
    path.parse().map_err(|_| Malformed::Field(field))
}

/// Hashes one after the other.
pub(super) fn links(bytes: &[u8], field: &'static str) -> Read<Vec<Hash>> {
    if bytes.len() > MAX_LINKS * 32 {
        return Err(Malformed::TooLarge(field));
    }
    let (links, []) = bytes.as_chunks::<32>() else { return Err(Malformed::Field(field)) };
    Ok(links.iter().map(|link| Hash(*link)).collect())
}

/// A day.
pub(super) fn day(number: i32, field: &'static str) -> Read<Day> {
    Day::from_number(number).map_err(|_| Malformed::Field(field))
}

/// A day, if any.
pub(super) fn day_if_any(number: Option<i32>, field: &'static str) -> Read<Option<Day>> {
    number.map(|number| day(number, field)).transpose()
}

/// A revision counts from 1.
pub(super) fn revision(number: u32, field: &'static str) -> Read<u32> {
    if number == 0 { Err(Malformed::Field(field)) } else { Ok(number) }
}

/// A document's number.
pub(super) fn number(text: String, field: &'static str) -> Read<String> {
    short(text, MAX_NUMBER, field)
}

/// A sentence.
pub(super) fn sentence(text: String, field: &'static str) -> Read<String> {
    short(text, MAX_SENTENCE, field)
}

/// A text of at most so many bytes.
pub(super) fn short(text: String, most: usize, field: &'static str) -> Read<String> {
    if text.len() > most { Err(Malformed::TooLarge(field)) } else { Ok(text) }
}

/// Sealed bytes.
pub(super) fn sealed(bytes: Vec<u8>, field: &'static str) -> Read<Sealed> {
    match bytes.len() {
        0 => Err(Malformed::Field(field)),
        1..=MAX_SEALED => Ok(Sealed(bytes)),
        _ => Err(Malformed::TooLarge(field)),
    }
}

/// At most so many bytes.
pub(super) fn bytes(bytes: Vec<u8>, most: usize, field: &'static str) -> Read<Vec<u8>> {
    if bytes.len() > most { Err(Malformed::TooLarge(field)) } else { Ok(bytes) }
}

/// A sealing key.
pub(super) fn key(bytes: &[u8], field: &'static str) -> Read<SealKey> {
    SealKey::from_bytes(bytes).map_err(|_| Malformed::Field(field))
}

/// A message of the custody protocol, which reads it itself.
pub(super) fn custody(bytes: Vec<u8>) -> Read<Vec<u8>> {
    match bytes.len() {
        0 => Err(Malformed::Field("custody")),
        1..=MAX_BODY => Ok(bytes),
        _ => Err(Malformed::TooLarge("custody")),
    }
}

/// A word that must be there. One that is not known here comes from a later release.
pub(super) fn word<W: Word>(number: i32, field: &'static str) -> Read<W> {
    word_if_any(number, field)?.ok_or(Malformed::Field(field))
}

/// A word, or none when it is unspecified.
pub(super) fn word_if_any<W: Word>(number: i32, field: &'static str) -> Read<Option<W>> {
    match number {
        0 => Ok(None),
        number => W::from_number(number).map(Some).ok_or(Malformed::Later(field)),
    }
}
