//! Neighbouring provinces: how this province introduces itself, whom it knows, and what the hubs right below it
//! are told of that.
//!
//! Keys: `h/n/u/<unit> <root>` what a unit was told of a neighbour last, `h/n/t/<root>` what a neighbour was told
//! of this province's units, `h/n-made` when this province introduced itself last.

use std::sync::Arc;

use proto::identity::fingerprint::Fingerprint;
use proto::link::acquaintance;
use proto::link::courier::CourierError;
use proto::link::post::{Reason, Taken};
use proto::model::case::{Introduced, Letter};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::neighbour::{self, Introduction, MAX_UNITS, Neighbour, NeighbourError};
use proto::seal::{self, SealKey};
use proto::store::{Room, StoreError};

use super::transfer::Case;
use super::{Hub, HubError};
use crate::units::{self, Status};

const MADE: &[u8] = b"h/n-made";

/// An introduction to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introducing {
    /// The file.
    pub file: Vec<u8>,
    /// What people compare.
    pub fingerprint: Fingerprint,
    /// How many of its hubs it has keys of.
    pub units: usize,
}

impl Hub {
    /// How this province introduces itself to another.
    ///
    /// # Errors
    /// When this hub is no province's.
    pub async fn introduction(self: &Arc<Self>) -> Result<Introducing, HubError> {
        self.with_cases(|desk, room| desk.introduction(room)).await
    }

    /// Takes the introduction of another province's root over, once people have compared its fingerprint.
    ///
    /// # Errors
    /// [`NeighbourError`]: nothing was changed. Without a fingerprint, [`NeighbourError::Compare`] tells what to
    /// compare.
    pub async fn add_neighbour(
        self: &Arc<Self>,
        file: Vec<u8>,
        fingerprint: Option<&str>,
    ) -> Result<Neighbour, HubError> {
        let told = Introduction::read(&file)?;
        let (party, found) = (told.party().clone(), told.fingerprint());
        if neighbour::is_of_one_province(&party, &self.me) {
            return Err(NeighbourError::Oneself(party).into());
        }
        self.root_only()?;
        let typed = match fingerprint {
            Some(typed) => typed.parse().map_err(NeighbourError::from)?,
            None => return Err(NeighbourError::Compare { party, found }.into()),
        };
        if found != typed {
            return Err(NeighbourError::OtherFingerprint { party, found }.into());
        }
        self.with_cases(move |desk, room| {
            neighbour::keep(room, &file, desk.now)?;
            desk.tell_units(room)?;
            let kept = neighbour::find(room, &party)?;
            kept.ok_or_else(|| NeighbourError::Unknown(party.to_string()).into())
        })
        .await
    }

    /// Takes nothing from that province any more, and writes nothing to it.
    ///
    /// # Errors
    /// When it is none.
    pub async fn remove_neighbour(self: &Arc<Self>, name: String) -> Result<Party, HubError> {
        self.root_only()?;
        let root = self.neighbour_named(&name).await?.ok_or(NeighbourError::Unknown(name))?;
        self.with_cases(move |desk, room| {
            neighbour::remove(room, &root, desk.now)?;
            desk.tell_units(room)?;
            Ok(root)
        })
        .await
    }

    /// All neighbours, also those that were removed.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn neighbours(&self) -> Result<Vec<Neighbour>, HubError> {
        self.desk.act(|room: &mut Room<'_>| Ok(neighbour::all(room)?)).await
    }

    /// The neighbour that an operator's words name: its path, its code or the digits of its province.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn neighbour_named(&self, words: &str) -> Result<Option<Party>, HubError> {
        let words = words.trim().to_owned();
        let fits = |party: &Party| {
            let (path, code) = (party.to_string(), party.region().to_string());
            words == path || words == code || path.strip_prefix('p') == Some(&words)
        };
        let all = self.neighbours().await?.into_iter().filter(|known| known.removed.is_none());
        Ok(all.map(|known| known.introduction.party().clone()).find(fits))
    }

    fn root_only(&self) -> Result<(), NeighbourError> {
        match self.me.parent() {
            None => Ok(()),
            Some(_) => Err(NeighbourError::NotARoot(self.me.clone())),
        }
    }
}

impl Case<'_> {
    fn introduction(&self, room: &mut Room<'_>) -> Result<Introducing, HubError> {
        self.hub.root_only()?;
        let state = self.hub.state();
        let authority = state.authority.as_ref().ok_or_else(|| HubError::NotJoined(self.hub.me.clone()))?;
        let units = self.unit_keys(room)?;
        let told = Introduction::of(authority, seal::own(room)?.public(), units, self.made(room)?);
        let (fingerprint, units) = (told.fingerprint(), told.units.len());
        Ok(Introducing { file: told.write(authority), fingerprint, units })
    }

    /// When an introduction is made: now, but later than any before, also when the clock was set back.
    fn made(&self, room: &mut Room<'_>) -> Result<Moment, StoreError> {
        let last = room.get(MADE)?.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map(i64::from_be_bytes);
        let made = last.map_or(self.now, |last| self.now.max(Moment(last).plus_millis(1)));
        room.put(MADE, made.0.to_be_bytes());
        Ok(made)
    }

    /// The hubs right below, which letters of other provinces are sealed for.
    fn unit_keys(&self, room: &Room<'_>) -> Result<Vec<(Party, SealKey)>, StoreError> {
        let mut keys = Vec::new();
        for unit in self.hubs_right_below(room)? {
            keys.extend(acquaintance::key_of(room, &unit)?.map(|key| (unit, key)));
        }
        keys.truncate(MAX_UNITS);
        Ok(keys)
    }

    fn hubs_right_below(&self, room: &Room<'_>) -> Result<Vec<Party>, StoreError> {
        let all = units::list(room, &self.hub.me)?.into_iter();
        let below = all.filter(|unit| unit.status == Status::Active && !unit.party.is_school());
        Ok(below.map(|unit| unit.party).filter(|it| it.parent().as_ref() == Some(&self.hub.me)).collect())
    }

    /// Tells the hubs right below what they do not know of the neighbours yet.
    pub(super) fn tell_units(&self, room: &mut Room<'_>) -> Result<(), HubError> {
        if self.hub.me.parent().is_some() {
            return Ok(());
        }
        let below = self.hubs_right_below(room)?;
        for neighbour in neighbour::all(room)? {
            let party = neighbour.introduction.party().clone();
            let introduction = match neighbour.removed {
                None => neighbour::file(room, &party)?.unwrap_or_default(),
                Some(_) => Vec::new(),
            };
            let news = blake3::hash(&introduction).as_bytes().to_vec();
            for unit in &below {
                let key = format!("h/n/u/{unit} {party}").into_bytes();
                if room.get(&key)?.as_ref() == Some(&news) {
                    continue;
                }
                room.put(key, news.clone());
                let (party, introduction) = (party.clone(), introduction.clone());
                self.send(room, unit, Letter::Introduced(Introduced { party, introduction }))?;
            }
        }
        Ok(())
    }

    /// Tells a neighbour which keys its letters are to be sealed for, when that has changed. Nothing is written
    /// for a province that is none.
    pub(super) fn tell_neighbour(&self, room: &mut Room<'_>, root: &Party) -> Result<(), HubError> {
        if neighbour::of(room, root)?.is_none() {
            return Err(CourierError::NoNeighbour(root.clone()).into());
        }
        let units = self.unit_keys(room)?;
        let mut hasher = blake3::Hasher::new();
        for (unit, key) in &units {
            hasher.update(unit.to_string().as_bytes()).update(key.bytes());
        }
        let (key, news) = (format!("h/n/t/{root}").into_bytes(), hasher.finalize().as_bytes().to_vec());
        if units.is_empty() || room.get(&key)?.as_ref() == Some(&news) {
            return Ok(());
        }
        room.put(key, news);
        let (party, introduction) = (self.hub.me.clone(), self.introduction(room)?.file);
        self.send(room, root, Letter::Introduced(Introduced { party, introduction }))?;
        Ok(())
    }

    /// The root of this province tells of a neighbour, or a neighbour's root of itself.
    pub(super) fn introduced(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        introduced: &Introduced,
    ) -> Result<Taken, StoreError> {
        let Introduced { party, introduction } = introduced;
        let not_yours = |why: &str| Ok(Taken::Refused(Reason::NotYours, why.to_owned()));
        let by_own_root = self.identity.lineage().root().party() == from && *from != self.hub.me;
        if by_own_root && introduction.is_empty() {
            neighbour::remove(room, party, self.now)?;
            return Ok(Taken::Applied);
        }
        let of_itself = self.hub.me.parent().is_none() && from == party;
        if !by_own_root && !of_itself || Introduction::read(introduction).is_ok_and(|it| it.party() != party)
        {
            return not_yours(
                "the root of a province speaks for itself, or this province's root of a neighbour",
            );
        }
        match self.take_introduction(room, party, introduction, by_own_root) {
            Ok(()) => Ok(Taken::Applied),
            Err(HubError::Store(error) | HubError::Neighbour(NeighbourError::Store(error))) => Err(error),
            Err(error) => Ok(Taken::Refused(Reason::Forged, error.to_string())),
        }
    }

    fn take_introduction(
        &self,
        room: &mut Room<'_>,
        party: &Party,
        introduction: &[u8],
        by_own_root: bool,
    ) -> Result<(), HubError> {
        match neighbour::keep(room, introduction, self.now) {
            // its people have compared the new key
            Err(NeighbourError::OtherKey(_)) if by_own_root => {
                neighbour::remove(room, party, self.now)?;
                neighbour::keep(room, introduction, self.now)?;
            }
            kept => {
                kept?;
            }
        }
        self.tell_units(room)?;
        Ok(self.send_across_again(room)?)
    }
}
