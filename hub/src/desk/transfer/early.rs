//! Letters that come too early. A county that was put back knows nothing for certain of its legs with another
//! place before the registrar's welcome (R8): what that place writes about them is kept until then, neither
//! judged by what was forgotten nor lost.
//!
//! This is not the quarantine's work ([`proto::link::post::Reason::Early`]). There a party that was put back guesses,
//! for sixty days, that it will hear again of what a letter speaks of, and tries each time it looks again. Here the
//! hub knows that it is shut off from a place and what ends that: so the letter waits however long it takes, and is
//! read in the very commit of the welcome, before anybody acts on the leg.
//!
//! Keys: `h/c/e/<since><random>` a letter that waits.

use proto::convert::{letter_in, letter_out};
use proto::custody::step::lowest_common;
use proto::link::post::{Taken, random};
use proto::model::case::Letter;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Case, custody};

const EARLY: &[u8] = b"h/c/e/";

#[derive(Debug, Serialize, Deserialize)]
struct Early {
    from: Party,
    letter: Vec<u8>,
}

impl Record for Early {
    const VERSION: u8 = 1;
    const NAME: &'static str = "letter that came early";
}

impl Case<'_> {
    /// Whether a letter is about a leg with a place of which this hub has forgotten it does not know what.
    pub(super) fn is_early(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        letter: &Letter,
    ) -> Result<bool, StoreError> {
        let about_a_leg = matches!(letter, Letter::Ask(_) | Letter::Release(_) | Letter::Answer(_));
        Ok(about_a_leg && !from.is_school() && self.is_closed_to(room, from)?)
    }

    fn is_closed_to(&self, room: &mut Room<'_>, other: &Party) -> Result<bool, StoreError> {
        let Some(registrar) = lowest_common(&self.hub.me, other) else { return Ok(false) };
        Ok(!custody::side(room, &self.hub.me, &registrar)?.is_open(other))
    }

    pub(super) fn put_by(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        letter: &Letter,
    ) -> Result<Taken, StoreError> {
        let key = [EARLY, &self.now.0.to_be_bytes(), &random().to_be_bytes()].concat();
        room.write(key, &Early { from: from.clone(), letter: letter_out(letter) });
        tracing::info!(from = %from, "a letter of {from} waits until this hub knows again where its legs stand");
        Ok(Taken::Applied)
    }

    /// Reads what was kept and may be read now.
    pub(super) fn read_what_waited(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        for (key, value) in room.list(EARLY)? {
            let Early { from, letter } = from_bytes(&value)?;
            if self.is_closed_to(room, &from)? {
                continue;
            }
            room.delete(key);
            let Ok(letter) = letter_in(&letter) else { continue };
            if let Taken::Refused(reason, why) = self.read(room, &from, letter)? {
                tracing::warn!(from = %from, "a letter of {from} that had to wait is not taken: {reason}: {why}");
            }
        }
        Ok(())
    }
}
