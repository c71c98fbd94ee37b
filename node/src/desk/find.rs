//! Who and what is meant: classes and children as people write them.

use std::collections::HashMap;

use proto::model::day::Day;
use proto::model::personal::Purpose;
use proto::store::{Room, StoreError};

use super::{School, SchoolError};
use crate::pupil::{Class, IdNumber, Pupil, PupilId, RollNumber};
use crate::records::{self, Seat, keys};

/// Reads `3.2`, `3-2` or `三年级2班`'s short form `3年2班`.
///
/// # Errors
/// When it is none.
pub fn class(text: &str) -> Result<Class, SchoolError> {
    let wrong = || SchoolError::NotAClass(text.to_owned());
    let plain: String = text.trim().trim_end_matches('班').replace("年级", ".").replace(['年', '-'], ".");
    let (grade, number) = plain.split_once('.').ok_or_else(wrong)?;
    let class = Class {
        grade: grade.parse().map_err(|_| wrong())?,
        number: number.trim_matches(['(', ')', '（', '）']).parse().map_err(|_| wrong())?,
    };
    if (1..=9).contains(&class.grade) && (1..=99).contains(&class.number) { Ok(class) } else { Err(wrong()) }
}

/// `3.2`
pub fn class_text(class: Class) -> String {
    format!("{}.{}", class.grade, class.number)
}

/// The names on the roll, read when the first one is asked for.
#[derive(Default)]
pub(super) struct Names(Option<HashMap<String, Vec<PupilId>>>);

impl Names {
    fn of(&mut self, room: &Room<'_>, name: &str) -> Result<&[PupilId], StoreError> {
        if self.0.is_none() {
            let mut names: HashMap<String, Vec<PupilId>> = HashMap::new();
            for (id, pupil) in records::by_child::<Pupil>(room, keys::PUPILS)? {
                names.entry(pupil.name.open(Purpose::SchoolStaff).clone()).or_default().push(id);
            }
            self.0 = Some(names);
        }
        Ok(self.0.as_ref().and_then(|names| names.get(name)).map_or(&[], Vec::as_slice))
    }
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
        by_name(room, names, text, class)
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

/// The one child of that name, in `class` on `day` when one is given.
fn by_name(
    room: &Room<'_>,
    names: &mut Names,
    name: &str,
    class: Option<(Class, Day)>,
) -> Result<PupilId, SchoolError> {
    let mut found = Vec::new();
    for id in names.of(room, name)? {
        let here = match class {
            Some((class, day)) => {
                room.read::<Seat>(&keys::seat(*id))?.and_then(|seat| seat.class_on(day)) == Some(class)
            }
            None => true,
        };
        found.extend(here.then_some(*id));
    }
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(SchoolError::NoSuchChild),
        several => Err(SchoolError::SeveralChildren(several.len())),
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
        for text in ["3.2", " 3-2", "3年2班", "3年级2班", "3年级（2）班"] {
            assert_eq!(class(text).unwrap(), Class { grade: 3, number: 2 }, "{text}");
        }
        for text in ["", "3", "0.1", "10.1", "3.0", "3.100", "三.2"] {
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
