//! The directory: what a county tells its towns about the schools below them, so that a town, which issues
//! no certificates, knows whom to let in. One signed document for each town.

use std::fmt::Write as _;

use proto::identity::authority::Authority;
use proto::identity::keys::SpkiHash;
use proto::link::shelf;
use proto::model::day::{Day, Moment};
use proto::model::document::{Document, Topic};
use proto::model::entry::Hash;
use proto::model::party::{Party, SchoolCode};
use proto::model::region::Level;
use proto::store::{Room, StoreError};
use serde::Deserialize;

use crate::desk::registry::{self, Entry, Standing, Unit};

/// A school as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub code: SchoolCode,
    /// What its people call it; may be empty.
    pub name: String,
    /// Keys that are let in, and whether it is let in at all.
    pub entry: Entry,
    /// Since when the county knows it.
    pub since: Day,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    school: Vec<RawSchool>,
}

#[derive(Deserialize)]
struct RawSchool {
    code: SchoolCode,
    #[serde(default)]
    name: String,
    keys: Vec<String>,
    since: Day,
    #[serde(default)]
    revoked: Option<i64>,
    #[serde(default)]
    closed: Option<Day>,
}

/// The text of a directory.
pub fn write<'u>(units: impl IntoIterator<Item = &'u Unit>) -> String {
    let mut out = String::new();
    for unit in units {
        let Some(code) = unit.party.school_code() else { continue };
        let name = toml::Value::String(unit.name.clone());
        let keys: Vec<String> =
            std::iter::once(unit.key).chain(unit.next).map(|key| format!("\"{}\"", hex(&key.0))).collect();
        let _ = write!(
            out,
            "[[school]]\ncode = \"{code}\"\nname = {name}\nkeys = [{}]\nsince = \"{}\"\n",
            keys.join(", "),
            unit.since.day()
        );
        match unit.standing {
            Standing::Active => {}
            Standing::Revoked(at) => _ = writeln!(out, "revoked = {}", at.0),
            Standing::Closed(day) => _ = writeln!(out, "closed = \"{day}\""),
        }
    }
    out
}

/// Reads a directory back; `None` when the text is none.
pub fn read(text: &str) -> Option<Vec<Listed>> {
    let raw: Raw = toml::from_str(text).ok()?;
    let listed = raw.school.into_iter().map(|school| {
        let keys: Option<Vec<SpkiHash>> =
            school.keys.iter().map(|key| Some(SpkiHash(unhex(key)?))).collect();
        let standing = match (school.revoked, school.closed) {
            (Some(at), _) => Standing::Revoked(Moment(at)),
            (None, Some(day)) => Standing::Closed(day),
            (None, None) => Standing::Active,
        };
        let entry = Entry { keys: keys?, standing };
        Some(Listed { code: school.code, name: school.name, entry, since: school.since })
    });
    listed.collect()
}

/// Issues the directories that no longer say what the register says.
///
/// # Errors
/// When the store cannot read.
pub fn reissue(room: &mut Room<'_>, authority: &Authority, now: Moment) -> Result<(), StoreError> {
    let units = registry::units(room)?;
    let towns = units.iter().filter(|unit| unit.party.level() == Some(Level::Town));
    for town in towns.map(|unit| &unit.party) {
        let below = units.iter().filter(|unit| unit.party.parent().as_ref() == Some(town));
        issue_one(room, authority, town, write(below), now)?;
    }
    Ok(())
}

fn issue_one(
    room: &mut Room<'_>,
    authority: &Authority,
    town: &Party,
    body: String,
    now: Moment,
) -> Result<(), StoreError> {
    let (issuer, part) = (authority.party().clone(), town.region().to_string());
    let held = shelf::held(room, Topic::Directory, &issuer, &part)?;
    if held.as_ref().is_some_and(|held| held.body == body) {
        return Ok(());
    }
    let (version, previous) = held.map_or((1, Hash::ROOT), |held| (held.version + 1, held.hash()));
    let document = Document {
        topic: Topic::Directory,
        issuer,
        part,
        version,
        previous,
        issued: now,
        body,
        signature: Vec::new(),
    };
    let signed = authority.sign_document(document).expect("the issuer is this authority");
    let taken = shelf::take(room, &signed)?;
    debug_assert!(taken.is_ok(), "the next version follows from the one in force");
    Ok(())
}

/// The schools of `town` as the hub above lists them.
///
/// # Errors
/// When the store cannot read.
pub fn listed(room: &Room<'_>, town: &Party) -> Result<Vec<Listed>, StoreError> {
    let Some(county) = town.parent() else { return Ok(Vec::new()) };
    let document = shelf::held(room, Topic::Directory, &county, &town.region().to_string())?;
    Ok(document.and_then(|document| read(&document.body)).unwrap_or_default())
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, two) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_reads_back() {
        let unit = |code: u32, standing, next| Unit {
            party: format!("p52/c5205/d520502/t520502100/s{code:010}").parse().unwrap(),
            name: "鸭池\"小学\"".to_owned(),
            address: String::new(),
            key: SpkiHash([7; 32]),
            next,
            until: Moment(5),
            standing,
            since: Moment(1_758_643_200_000),
            issued: Vec::new(),
        };
        let day: Day = "2025-09-24".parse().unwrap();
        let units = [
            unit(2_152_000_001, Standing::Active, Some(SpkiHash([8; 32]))),
            unit(2_152_000_002, Standing::Revoked(Moment(9)), None),
            unit(2_152_000_003, Standing::Closed(day), None),
        ];
        let listed = read(&write(&units)).unwrap();
        assert_eq!(listed.len(), 3);
        for (listed, unit) in listed.iter().zip(&units) {
            let keys: Vec<SpkiHash> = std::iter::once(unit.key).chain(unit.next).collect();
            assert_eq!(listed.entry, Entry { keys, standing: unit.standing });
            assert_eq!((Some(listed.code), &listed.name), (unit.party.school_code(), &unit.name));
            assert_eq!(listed.since, day);
        }
        assert_eq!(read("[[school]]\ncode = 3"), None);
        assert_eq!(read("").unwrap(), vec![]);
    }
}
