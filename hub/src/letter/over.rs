//! What a letter that went out says no more, and what came to it that does not fit: its county asks no more about a
//! child, or the other place has answered otherwise than was entered.
//!
//! Keys: `h/v/t/<leg>` since when the county asks no more, `h/v/x/<leg>` since when two answers stand.

use proto::model::case::Leg;
use proto::model::day::Moment;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::register::of_leg;

#[derive(Serialize, Deserialize)]
struct Since(Moment);

impl Record for Since {
    const VERSION: u8 = 1;
    const NAME: &'static str = "since when a letter is not as it was";
}

/// Since when the county asks no more about a case of a letter that went out.
///
/// # Errors
/// When the store cannot read.
pub fn taken_back(room: &Room<'_>, leg: Leg) -> Result<Option<Moment>, StoreError> {
    Ok(room.read(&of_leg(b"h/v/t/", leg))?.map(|Since(at)| at))
}

/// Keeps that the county asks no more.
pub fn take_back(room: &mut Room<'_>, leg: Leg, now: Moment) {
    room.write(of_leg(b"h/v/t/", leg), &Since(now));
}

/// Since when the other place has answered otherwise than what was entered.
///
/// # Errors
/// When the store cannot read.
pub fn differs(room: &Room<'_>, leg: Leg) -> Result<Option<Moment>, StoreError> {
    Ok(room.read(&of_leg(b"h/v/x/", leg))?.map(|Since(at)| at))
}

/// Keeps that it has, or that an officer has decided which answer holds.
pub fn keep_differs(room: &mut Room<'_>, leg: Leg, since: Option<Moment>) {
    let key = of_leg(b"h/v/x/", leg);
    match since {
        Some(at) => room.write(key, &Since(at)),
        None => room.delete(key),
    }
}
