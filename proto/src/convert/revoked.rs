//! Revocations.

use prost::Message as _;

use super::Malformed;
use crate::custody::revoked::{MAX_KEYS, Revocation};
use crate::custody::sign::Signature;
use crate::identity::keys::SpkiHash;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::wire;

/// A leaf and the authorities above it.
const MAX_CHAIN: usize = 4;

/// A revocation as a letter's body.
pub fn revocation_out(revocation: &Revocation) -> Vec<u8> {
    wire::Revocation {
        party: revocation.party.to_string(),
        keys: revocation.keys.iter().map(|key| key.0.to_vec()).collect(),
        from: revocation.from.0,
        until: revocation.until.map(|until| until.0),
        by: revocation.by.to_string(),
        chain: revocation.signature.chain.clone(),
        signature: revocation.signature.bytes.clone(),
    }
    .encode_to_vec()
}

/// Reads a revocation; its signature is not checked.
///
/// # Errors
/// When the bytes are none.
pub fn revocation_in(bytes: &[u8]) -> Result<Revocation, Malformed> {
    let read = wire::Revocation::decode(bytes).map_err(|_| Malformed::NotA("revocation"))?;
    let wire::Revocation { party, keys, from, until, by, chain, signature } = read;
    if keys.len() > MAX_KEYS || chain.len() > MAX_CHAIN {
        return Err(Malformed::TooLarge("revocation"));
    }
    let party_in = |path: &str, field| path.parse::<Party>().map_err(|_| Malformed::Field(field));
    let key = |key: &Vec<u8>| key.as_slice().try_into().map(SpkiHash);
    let keys: Result<Vec<SpkiHash>, _> = keys.iter().map(key).collect();
    Ok(Revocation {
        party: party_in(&party, "revocation.party")?,
        keys: keys.map_err(|_| Malformed::Field("revocation.keys"))?,
        from: Moment(from),
        until: until.map(Moment),
        by: party_in(&by, "revocation.by")?,
        signature: Signature { chain, bytes: signature },
    })
}
