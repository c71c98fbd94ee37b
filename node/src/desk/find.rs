//! Who and what is meant: classes and children as people write them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use proto::model::day::Day;
use proto::model::personal::{Personal, Purpose};
use proto::store::{Room, StoreError};

use super::seats::Seats;
use super::{School, SchoolError};
use crate::pupil::{Class, IdNumber, Pupil, PupilId, RollNumber};
use crate::records::{Seat, keys};
use crate::roster;

/// Reads a class as rosters have it, with its grade: `3.2`, `3-2`, `三年级2班`, `三(2)班`, `3年2班`.
///
/// # Errors
/// When it is none.
pub fn class(text: &str) -> Result<Class, SchoolError> {
    let full = text.replace("年级", "年").replace('年', "年级");
    roster::class(&full).ok_or_else(|| SchoolError::NotAClass(text.to_owned()))
}

/// `3.2`
pub fn class_text(class: Class) -> String {
    format!("{}.{}", class.grade, class.number)
}

/// The names on the roll, of one class or of all, read when the first one is asked for.
#[derive(Default)]
pub(super) struct Names(HashMap<Option<(Class, Day)>, ByName>);

type ByName = HashMap<String, Vec<PupilId>>;

impl Names {
    fn of(
        &mut self,
        room: &Room<'_>,
        seats: &Seats,
        name: &str,
        within: Option<(Class, Day)>,
    ) -> Result<&[PupilId], StoreError> {
        let names = match self.0.entry(within) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => free.insert(read_names(room, seats, within)?),
        };
        Ok(names.get(name).map_or(&[], Vec::as_slice))
    }
}

fn read_names(room: &Room<'_>, seats: &Seats, within: Option<(Class, Day)>) -> Result<ByName, StoreError> {
    let ids: Vec<PupilId> = match within {
        Some((class, day)) => seats.in_class(class, day).map(|(id, _)| id).collect(),
        None => seats.all().keys().copied().collect(),
    };
    let mut names = ByName::new();
    for id in ids {
        if let Some(pupil) = room.read::<Pupil>(&keys::pupil(id))? {
            names.entry(pupil.name.open(Purpose::SchoolStaff).clone()).or_default().push(id);
        }
    }
    Ok(names)
}

impl School {
    /// The child that `text` means: an id, a roll number, an ID number, or a name that is unique, in
    /// `class` on `day` when one is given.
    pub(super) fn child(
        &self,
        room: &Room<'_>,
        names: &mut Names,
        text: &str,
        class: Option<(Class, Day)>,
    ) -> Result<PupilId, SchoolError> {
        let text = text.trim();
        if let Some(id) = id(text) {
            return match room.read::<Seat>(&keys::seat(id))? {
                Some(_) => Ok(id),
                None => Err(SchoolError::NoSuchChild),
            };
        }
        if let Some(key) = self.number_key(text) {
            let bytes = room.get(&key)?.and_then(|bytes| bytes.try_into().ok());
            return bytes.map(PupilId::new).ok_or(SchoolError::NoSuchChild);
        }
        match names.of(room, &*self.seats(room)?, text, class)? {
            [id] => Ok(*id),
            [] => Err(SchoolError::NoSuchChild),
            several => Err(SchoolError::SeveralChildren {
                found: several.len(),
                asked: Personal::new(text.to_owned()),
            }),
        }
    }

    fn number_key(&self, text: &str) -> Option<Vec<u8>> {
        if let Ok(roll) = text.parse::<RollNumber>() {
            return Some(self.roll_key(&roll));
        }
        text.parse::<IdNumber>().ok().map(|id| self.id_key(&id))
    }

    /// The index key of a roll number.
    pub(super) fn roll_key(&self, number: &RollNumber) -> Vec<u8> {
        keys::by_roll(&self.key.blind("roll number", number.as_str().as_bytes()))
    }

    /// The index key of an ID number.
    pub(super) fn id_key(&self, number: &IdNumber) -> Vec<u8> {
        keys::by_id(&self.key.blind("id number", number.as_str().as_bytes()))
    }
}

fn id(text: &str) -> Option<PupilId> {
    if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(PupilId::new(bytes))
}

/// All but the ends of a number.
pub fn masked(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let hidden = chars.len().saturating_sub(6);
    chars.iter().enumerate().map(|(at, c)| if (4..4 + hidden).contains(&at) { '*' } else { *c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_as_people_write_them() {
        for text in ["3.2", " 3-2", "３.２", "3年2班", "3年级2班", "3年级（2）班", "三年级二班", "三(2)班"]
        {
            assert_eq!(class(text).unwrap(), Class { grade: 3, number: 2 }, "{text}");
        }
        for text in ["", "3", "0.1", "10.1", "3.0", "3.100", "2班", "高一.2"] {
            assert!(class(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_reads_back_and_a_number_is_masked() {
        let child = PupilId::new([0xab; 16]);
        assert_eq!(id(&child.to_string()), Some(child));
        assert_eq!(id("ab"), None);
        assert_eq!(masked("99010120150901001X"), "9901************1X");
    }
}
