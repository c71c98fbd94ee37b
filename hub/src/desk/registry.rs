//! What belongs to the register of units ([`crate::units`]) but is nobody else's business: invitations, the
//! key of a renewed certificate that was not used yet, and the register as the gate asks it, in memory.
//! What counts at the gate is this register, not the certificate alone (TRUST 5.3).
//!
//! Keys: `h/k/<party>` a credential, `h/i/<hash of the secret>` an invitation.

use std::collections::HashMap;

use proto::custody::revoked::Revocation;
use proto::identity::invite::Invitation;
use proto::identity::keys::SpkiHash;
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use crate::revocation;
use crate::units::{self, Status, Unit};

/// What was issued to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Credential {
    /// The key of a renewed certificate that has not been used yet.
    pub next: Option<SpkiHash>,
    /// The newest certificate, DER: a lost answer is given again.
    pub issued: Vec<u8>,
}

impl Record for Credential {
    const VERSION: u8 = 1;
    const NAME: &'static str = "credential";
}

/// An invitation and the name that goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The unit's name, as the operator gave it.
    pub name: String,
}

impl Record for Invited {
    const VERSION: u8 = 1;
    const NAME: &'static str = "invitation";
}

fn credential_key(party: &Party) -> Vec<u8> {
    format!("h/k/{party}").into_bytes()
}

fn invitation_key(hash: &[u8; 32]) -> Vec<u8> {
    [b"h/i/".as_slice(), hash].concat()
}

/// What was issued to `party`; nothing by default.
///
/// # Errors
/// When the store cannot read.
pub fn credential(room: &Room<'_>, party: &Party) -> Result<Credential, StoreError> {
    Ok(room.read(&credential_key(party))?.unwrap_or_default())
}

/// Keeps what was issued to `party`.
pub fn keep_credential(room: &mut Room<'_>, party: &Party, credential: &Credential) {
    room.write(credential_key(party), credential);
}

/// The invitation under a secret's hash.
///
/// # Errors
/// When the store cannot read.
pub fn invitation(room: &Room<'_>, hash: &[u8; 32]) -> Result<Option<Invited>, StoreError> {
    room.read(&invitation_key(hash))
}

/// Keeps an invitation.
pub fn keep_invitation(room: &mut Room<'_>, invited: &Invited) {
    room.write(invitation_key(&invited.invitation.secret_hash), invited);
}

/// Withdraws every unused invitation of `party`.
///
/// # Errors
/// When the store cannot read.
pub fn withdraw(room: &mut Room<'_>, party: &Party) -> Result<(), StoreError> {
    for (key, value) in room.list(b"h/i/")? {
        let Invited { invitation, .. } = from_bytes(&value)?;
        if invitation.unit == *party && invitation.used.is_none() {
            room.delete(key);
        }
    }
    Ok(())
}

/// The register as the gate asks it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry(HashMap<Party, Entry>);

/// What is known of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Keys that are let in: the one in force first.
    pub keys: Vec<SpkiHash>,
    /// Whether it is let in at all.
    pub standing: Standing,
    /// Keys of it that were revoked.
    pub revoked: Vec<SpkiHash>,
    /// When the certificate in force ends, where this hub knows it.
    pub until: Option<Moment>,
}

/// Whether a unit is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Active,
    /// Its certificate was revoked.
    Revoked,
    /// It is closed from this day on; its history stays.
    Closed(Day),
}

impl Standing {
    /// How a unit stands; `None` when it was invited and has not joined.
    pub const fn of(unit: &Unit) -> Option<Self> {
        match (&unit.status, unit.closed) {
            (Status::Invited, _) => None,
            (Status::Revoked { .. }, _) => Some(Self::Revoked),
            (Status::Active, Some(day)) => Some(Self::Closed(day)),
            (Status::Active, None) => Some(Self::Active),
        }
    }
}

impl Registry {
    /// From what is known of each unit.
    pub fn new(entries: impl IntoIterator<Item = (Party, Entry)>) -> Self {
        Self(entries.into_iter().collect())
    }

    /// The register of `me` as it is stored.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn read(room: &Room<'_>, me: &Party) -> Result<Self, StoreError> {
        let mut entries = HashMap::new();
        for unit in units::list(room, me)? {
            if let Some(entry) = Self::read_one(room, &unit.party)? {
                entries.insert(unit.party, entry);
            }
        }
        Ok(Self(entries))
    }

    /// One unit as it is stored; `None` when it is not let in at all.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn read_one(room: &Room<'_>, party: &Party) -> Result<Option<Entry>, StoreError> {
        let Some(unit) = units::get(room, party)? else { return Ok(None) };
        let Some(standing) = Standing::of(&unit) else { return Ok(None) };
        let next = credential(room, party)?.next;
        let keys = unit.spki_hash.map(SpkiHash).into_iter().chain(next).collect();
        let revoked = revocation::of(room, party)?.into_iter().filter(Revocation::stands);
        let revoked = revoked.flat_map(|known| known.keys).collect();
        Ok(Some(Entry { keys, standing, revoked, until: unit.not_after }))
    }

    /// The same register with another word on one unit.
    #[must_use]
    pub fn with(&self, party: Party, entry: Option<Entry>) -> Self {
        let mut all = self.0.clone();
        match entry {
            Some(entry) => all.insert(party, entry),
            None => all.remove(&party),
        };
        Self(all)
    }

    /// What is known of `party`.
    pub fn entry(&self, party: &Party) -> Option<&Entry> {
        self.0.get(party)
    }

    /// Whether a unit that is let in is `party` or stands above it.
    pub fn leads_to(&self, party: &Party) -> bool {
        let stands = |unit: &Party| self.entry(unit).is_some_and(|e| e.standing == Standing::Active);
        stands(party) || party.lineage().any(|above| stands(&above))
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
