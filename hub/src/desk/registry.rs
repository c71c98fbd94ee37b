//! The register of units: whose certificate is in force here. What counts at the gate is this register,
//! not the certificate alone (TRUST 5.3).
//!
//! Keys: `h/u/<party>` a unit, `h/i/<hash of the secret>` an invitation.

use std::collections::HashMap;

use proto::identity::invite::Invitation;
use proto::identity::keys::SpkiHash;
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// A unit to which this hub has issued a certificate, or which it has let in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Who.
    pub party: Party,
    /// What its people call it; may be empty.
    pub name: String,
    /// Where it listens, when it is a hub that said so.
    pub address: String,
    /// The key in force.
    pub key: SpkiHash,
    /// The key of a renewed certificate that has not been used yet.
    pub next: Option<SpkiHash>,
    /// When the certificate of the newest key ends.
    pub until: Moment,
    /// Whether it is let in.
    pub standing: Standing,
    /// Since when it is in the register.
    pub since: Moment,
    /// The newest certificate issued to it, DER: a lost answer is given again.
    pub issued: Vec<u8>,
}

/// Whether a unit is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It is.
    Active,
    /// Its certificate was revoked.
    Revoked(Moment),
    /// It was closed from this day on; its history stays.
    Closed(Day),
}

impl Record for Unit {
    const VERSION: u8 = 1;
    const NAME: &'static str = "unit";
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

fn key(party: &Party) -> Vec<u8> {
    format!("h/u/{party}").into_bytes()
}

fn invitation_key(hash: &[u8; 32]) -> Vec<u8> {
    [b"h/i/".as_slice(), hash].concat()
}

/// The unit `party`.
///
/// # Errors
/// When the store cannot read.
pub fn unit(room: &Room<'_>, party: &Party) -> Result<Option<Unit>, StoreError> {
    room.read(&key(party))
}

/// Keeps a unit.
pub fn keep(room: &mut Room<'_>, unit: &Unit) {
    room.write(key(&unit.party), unit);
}

/// All units, in the order of their paths.
///
/// # Errors
/// When the store cannot read.
pub fn units(room: &Room<'_>) -> Result<Vec<Unit>, StoreError> {
    room.list(b"h/u/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
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

/// All invitations that are kept.
///
/// # Errors
/// When the store cannot read.
pub fn invitations(room: &Room<'_>) -> Result<Vec<Invited>, StoreError> {
    room.list(b"h/i/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// Withdraws every unused invitation of `party`.
///
/// # Errors
/// When the store cannot read.
pub fn withdraw(room: &mut Room<'_>, party: &Party) -> Result<(), StoreError> {
    for invited in invitations(room)? {
        if invited.invitation.unit == *party && invited.invitation.used.is_none() {
            room.delete(invitation_key(&invited.invitation.secret_hash));
        }
    }
    Ok(())
}

/// What the gate asks, in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry(HashMap<Party, Entry>);

/// What is known of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Keys that are let in.
    pub keys: Vec<SpkiHash>,
    /// Whether it is let in at all.
    pub standing: Standing,
}

impl Registry {
    /// From the register's units and, for a town, those of the county's directory.
    pub fn new(units: &[Unit], listed: impl IntoIterator<Item = (Party, Entry)>) -> Self {
        let mut all: HashMap<Party, Entry> = listed.into_iter().collect();
        for unit in units {
            let keys = std::iter::once(unit.key).chain(unit.next).collect();
            all.insert(unit.party.clone(), Entry { keys, standing: unit.standing });
        }
        Self(all)
    }

    /// What is known of `party`.
    pub fn entry(&self, party: &Party) -> Option<&Entry> {
        self.0.get(party)
    }

    /// Everyone, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Party, &Entry)> {
        self.0.iter()
    }
}
