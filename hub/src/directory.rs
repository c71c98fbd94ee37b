//! The directory: what a county tells its towns about the schools below them, so that a town, which issues
//! no certificates, knows whom to let in and whom to expect. One signed document for each town.

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

use crate::desk::registry::{self, Credential};
use crate::desk::units::follow;
use crate::units::{self, Status, Unit};

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    school: Vec<Listed>,
}

/// A school as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    code: SchoolCode,
    #[serde(default)]
    name: String,
    /// The key in force, and that of a renewed certificate that was not used yet.
    keys: Vec<String>,
    since: Day,
    #[serde(default)]
    revoked: Option<i64>,
    #[serde(default)]
    closed: Option<Day>,
    #[serde(default)]
    moved: bool,
}

impl Listed {
    fn unit(self, town: &Party) -> Option<(Unit, Credential)> {
        let keys: Option<Vec<[u8; 32]>> = self.keys.iter().map(|key| unhex(key)).collect();
        let keys = keys?;
        let status = match self.revoked {
            Some(at) => Status::Revoked { at: Moment(at), reason: String::new() },
            None => Status::Active,
        };
        let unit = Unit {
            closed: self.closed,
            moved: self.moved,
            status,
            spki_hash: keys.first().copied(),
            ..Unit::invited(town.school(self.code)?, self.name, self.since)
        };
        Some((unit, Credential { next: keys.get(1).copied().map(SpkiHash), issued: Vec::new() }))
    }
}

/// The text of a directory.
pub fn write<'u>(units: impl IntoIterator<Item = &'u (Unit, Credential)>) -> String {
    let mut out = String::new();
    for (unit, credential) in units {
        let (Some(code), true) = (unit.party.school_code(), unit.status != Status::Invited) else { continue };
        let name = toml::Value::String(unit.name.clone());
        let keys = unit.spki_hash.into_iter().chain(credential.next.map(|key| key.0));
        let keys: Vec<String> = keys.map(|key| format!("\"{}\"", hex(&key))).collect();
        let (keys, since) = (keys.join(", "), unit.since);
        let _ = write!(
            out,
            "[[school]]\ncode = \"{code}\"\nname = {name}\nkeys = [{keys}]\nsince = \"{since}\"\n"
        );
        if let Status::Revoked { at, .. } = &unit.status {
            let _ = writeln!(out, "revoked = {}", at.0);
        }
        if let Some(day) = unit.closed {
            let _ = writeln!(out, "closed = \"{day}\"");
        }
        if unit.moved {
            out.push_str("moved = true\n");
        }
    }
    out
}

/// Reads a directory back; `None` when the text is none.
pub fn read(text: &str, town: &Party) -> Option<Vec<(Unit, Credential)>> {
    let raw: Raw = toml::from_str(text).ok()?;
    raw.school.into_iter().map(|school| school.unit(town)).collect()
}

/// Issues the directory of the town that `party` is or hangs on, when it no longer says what the register
/// says.
///
/// # Errors
/// When the store cannot read.
pub fn reissue(
    room: &mut Room<'_>,
    authority: &Authority,
    party: &Party,
    now: Moment,
) -> Result<(), StoreError> {
    let hub = if party.is_school() { party.parent() } else { Some(party.clone()) };
    let Some(town) = hub.filter(|hub| hub.level() == Some(Level::Town)) else { return Ok(()) };
    let mut below = Vec::new();
    for unit in units::list(room, &town)? {
        let credential = registry::credential(room, &unit.party)?;
        below.push((unit, credential));
    }
    issue_one(room, authority, &town, write(&below), now)
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
    let (after, previous) = held.map_or((1, Hash::ROOT), |held| (held.version + 1, held.hash()));
    // numbered by the minute: a county restored from an older copy goes on above all it ever issued
    let version = after.max(u32::try_from(now.0 / 60_000).unwrap_or(0));
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

/// A town takes its own directory into its register. Whether it was its own.
///
/// # Errors
/// When the store cannot read.
pub fn take(room: &mut Room<'_>, town: &Party, document: &Document) -> Result<bool, StoreError> {
    let own = town.parent().as_ref() == Some(&document.issuer) && document.part == town.region().to_string();
    if document.topic != Topic::Directory || !own {
        return Ok(false);
    }
    for (unit, credential) in read(&document.body, town).unwrap_or_default() {
        units::put(room, town, &unit)?;
        follow(room, town, &unit)?;
        registry::keep_credential(room, &unit.party, &credential);
    }
    Ok(true)
}

/// A county that was restored from an older copy gets its own directory back from a town: schools that
/// joined, were revoked or closed after the copy was made stand in the register as it had said last.
///
/// # Errors
/// When the store cannot read.
pub fn recover(room: &mut Room<'_>, me: &Party, document: &Document) -> Result<(), StoreError> {
    let town = document.part.parse().ok().and_then(|region| me.hub(region));
    let listed = town.and_then(|town| read(&document.body, &town)).unwrap_or_default();
    for (unit, credential) in listed {
        let known = units::get(room, &unit.party)?;
        let unit = known.clone().map_or(unit.clone(), |known| as_told(known, unit));
        if known.as_ref() != Some(&unit) {
            tracing::warn!(unit = %unit.party, "{} is in the register as this hub's own directory says", unit.party);
            units::put(room, me, &unit)?;
            follow(room, me, &unit)?;
            registry::keep_credential(room, &unit.party, &credential);
        }
    }
    Ok(())
}

/// What is known of a unit, with what a later directory says of it. That carries no reasons, and of a certificate
/// the key alone.
fn as_told(known: Unit, told: Unit) -> Unit {
    let Unit { name, since, closed, status, spki_hash, moved, party, .. } = told;
    let same = match (&known.status, &status) {
        (Status::Revoked { at: known, .. }, Status::Revoked { at, .. }) => known == at,
        _ => false,
    };
    let status = if same { known.status } else { status };
    let not_after = known.not_after.filter(|_| known.spki_hash == spki_hash);
    Unit { party, name, since, closed, status, spki_hash, not_after, moved, address: known.address }
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
    fn a_directory_reads_back_without_those_who_have_not_joined() {
        let town: Party = "p52/c5205/d520502/t520502100".parse().unwrap();
        let day: Day = "2025-09-24".parse().unwrap();
        let unit = |code: u32, status, closed, next| {
            let party = town.school(format!("{code:010}").parse().unwrap()).unwrap();
            let unit = Unit {
                status,
                closed,
                spki_hash: Some([7; 32]),
                ..Unit::invited(party, "鸭池\"小学\"".to_owned(), day)
            };
            (unit, Credential { next, issued: Vec::new() })
        };
        let revoked = Status::Revoked { at: Moment(9), reason: String::new() };
        let mut units = vec![
            unit(2_152_000_001, Status::Active, None, Some(SpkiHash([8; 32]))),
            unit(2_152_000_002, revoked, None, None),
            unit(2_152_000_003, Status::Active, Some(day), None),
            unit(2_152_000_004, Status::Invited, None, None),
        ];
        let text = write(&units);
        units.pop();
        assert_eq!(read(&text, &town), Some(units));
        assert_eq!(read("[[school]]\ncode = 3", &town), None);
        assert_eq!(read("", &town), Some(vec![]));
    }
}
