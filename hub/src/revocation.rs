//! Revoked keys as this hub knows them: its own word on units below it, and that of hubs above and below.
//!
//! Keys: `h/b/<party>/<from>` a signed revocation.

use proto::custody::revoked::Revocation;
use proto::custody::sign::Signature;
use proto::identity::keys::SpkiHash;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Room, StoreError};

use crate::directory::hex;
use crate::units::{Status, Unit};

fn prefix(party: &Party) -> Vec<u8> {
    format!("h/b/{party}/").into_bytes()
}

fn key(party: &Party, from: Moment) -> Vec<u8> {
    [prefix(party).as_slice(), &from.0.to_be_bytes()].concat()
}

/// Keeps a revocation that was checked. Whether it was news.
///
/// # Errors
/// When the store cannot read.
pub fn keep(room: &mut Room<'_>, revocation: &Revocation) -> Result<bool, StoreError> {
    let key = key(&revocation.party, revocation.from);
    let known: Option<Revocation> = room.read(&key)?;
    let news = revocation.is_newer_than(known.as_ref());
    if news {
        room.write(key, revocation);
    }
    Ok(news)
}

/// All revocations that are known here.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Revocation>, StoreError> {
    room.list(b"h/b/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// Those of one unit.
///
/// # Errors
/// When the store cannot read.
pub fn of(room: &Room<'_>, party: &Party) -> Result<Vec<Revocation>, StoreError> {
    room.list(&prefix(party))?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// The revocation because of which a signature counts for nothing today.
///
/// # Errors
/// When the store cannot read.
pub fn against(room: &Room<'_>, signature: &Signature) -> Result<Option<Revocation>, StoreError> {
    Ok(all(room)?.into_iter().find(|known| known.stands() && known.names(signature)))
}

/// What the register is to say of `unit` by this word of its own hub; `None` when it says so already, or has another
/// key in force.
pub fn status(revocation: &Revocation, unit: &Unit) -> Option<Status> {
    let its_key = unit.spki_hash.is_some_and(|key| revocation.keys.contains(&SpkiHash(key)));
    match (&unit.status, revocation.stands()) {
        (Status::Active, true) if its_key => {
            Some(Status::Revoked { at: revocation.from, reason: String::new() })
        }
        (Status::Revoked { at, .. }, false) if its_key && *at == revocation.from => Some(Status::Active),
        _ => None,
    }
}

/// Revocations as a file beside the root's certificate: a line each. `verify` reads it while the hub runs.
pub fn to_text(revocations: &[Revocation]) -> String {
    revocations.iter().map(|known| hex(&known.to_bytes()) + "\n").collect()
}

/// Reads such a file; `None` when it is none.
pub fn from_text(text: &str) -> Option<Vec<Revocation>> {
    text.lines().map(|line| Revocation::from_bytes(&unhex(line)?).ok()).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}
