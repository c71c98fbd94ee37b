//! Who sits in which class. Read by every roll call and every close, changed by imports only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proto::model::day::Day;
use proto::store::{Room, StoreError};

use super::School;
use crate::pupil::{Class, PupilId};
use crate::records::{self, Seat, keys};

/// All seats, and which of them were ever in a class.
#[derive(Debug, Default)]
pub struct Seats {
    all: BTreeMap<PupilId, Seat>,
    classes: BTreeMap<Class, BTreeSet<PupilId>>,
}

impl Seats {
    fn read(room: &Room<'_>) -> Result<Self, StoreError> {
        let mut seats =
            Self { all: records::by_child(room, keys::SEATS)?.into_iter().collect(), ..Self::default() };
        for (id, seat) in &seats.all {
            for (_, class) in &seat.classes {
                seats.classes.entry(*class).or_default().insert(*id);
            }
        }
        Ok(seats)
    }

    /// All of them.
    pub const fn all(&self) -> &BTreeMap<PupilId, Seat> {
        &self.all
    }

    /// A child's seat.
    pub fn of(&self, id: PupilId) -> Option<&Seat> {
        self.all.get(&id)
    }

    /// Who sat in `class` on `day`, ascending.
    pub fn in_class(&self, class: Class, day: Day) -> impl Iterator<Item = (PupilId, &Seat)> {
        let ever = self.classes.get(&class).into_iter().flatten();
        ever.filter_map(|id| Some((*id, self.all.get(id)?)))
            .filter(move |(_, seat)| seat.since <= day && seat.class_on(day) == Some(class))
    }
}

impl School {
    /// The seats as `room` has them.
    pub(crate) fn seats(&self, room: &Room<'_>) -> Result<Arc<Seats>, StoreError> {
        self.seats.of(room, Seats::read)
    }
}
