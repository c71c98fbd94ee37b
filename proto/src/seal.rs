//! Sealing: what only one party may read, on its way through others.
//!
//! HPKE (RFC 9180) with X-Wing (X25519 and ML-KEM-768), TurboSHAKE128 and ChaCha20-Poly1305, one context a
//! message. `info` says what sort of message it is, `aad` binds it to its case and its route: sealed bytes
//! that were moved elsewhere do not open. What is sealed is padded first ([`pad`]), so that its length says
//! little; what was sealed before there was padding still opens.

pub mod kept;
mod pad;
pub mod way;

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::KdfTurboShake128;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::store::{Record, Room, StoreError};

/// The suite of all keys, and of what was sealed without padding; another one gets another number.
const SUITE: u8 = 1;
/// The same suite, the plain bytes padded: everything that is sealed today.
const PADDED: u8 = 2;
/// Where a party keeps its own key. The store is encrypted and its backups are too.
const OWN: &[u8] = b"k/own";

/// A public key to seal for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SealKey(Vec<u8>);

/// The key that opens.
pub struct OpenKey(<XWing as Kem>::PrivateKey);

/// Bytes that only the holder of one key can read.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sealed(pub Vec<u8>);

/// Bytes that are no key of this suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a sealing key that this release knows")]
pub struct NotASealKey;

/// Sealed bytes that do not open here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// Sealed with a suite that this release does not know.
    #[error("sealed in a way that this release does not know")]
    Suite,
    /// For another key, changed on the way, or moved to another case or route.
    #[error("sealed for another key, changed, or moved to another place")]
    Shut,
}

/// The stored form of a party's own key.
#[derive(Serialize, Deserialize)]
struct Kept(Vec<u8>);

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "sealing key";
}

impl SealKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASealKey> {
        match bytes.split_first() {
            Some((&SUITE, key)) => {
                <XWing as Kem>::PublicKey::from_bytes(key).map_err(|_| NotASealKey)?;
                Ok(Self(bytes.to_vec()))
            }
            _ => Err(NotASealKey),
        }
    }

    /// The suite's number, then the key.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Seals `plain`, padded, for the holder of this key.
    pub fn seal(&self, info: &[u8], aad: &[u8], plain: &[u8]) -> Sealed {
        self.shut(PADDED, &padded_info(info), aad, &pad::pad(plain))
    }

    fn shut(&self, form: u8, info: &[u8], aad: &[u8], plain: &[u8]) -> Sealed {
        let key = <XWing as Kem>::PublicKey::from_bytes(&self.0[1..]).expect("the key was read before");
        let (encapsulated, shut) = hpke::single_shot_seal::<ChaCha20Poly1305, KdfTurboShake128, XWing>(
            &OpModeS::Base,
            &key,
            info,
            plain,
            aad,
        )
        .expect("sealing fails only for messages longer than any limit here");
        let mut out = vec![form];
        out.extend_from_slice(&encapsulated.to_bytes());
        out.extend_from_slice(&shut);
        Sealed(out)
    }
}

impl OpenKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(XWing::gen_keypair().0)
    }

    /// The key to seal for this one.
    pub fn public(&self) -> SealKey {
        let mut bytes = vec![SUITE];
        bytes.extend_from_slice(&XWing::sk_to_pk(&self.0).to_bytes());
        SealKey(bytes)
    }

    /// Opens what was sealed for this key with the same `info` and `aad`.
    ///
    /// # Errors
    /// [`Unopened`].
    pub fn open(&self, info: &[u8], aad: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let Some((form @ &(SUITE | PADDED), rest)) = sealed.0.split_first() else {
            return Err(Unopened::Suite);
        };
        let is_padded = *form == PADDED;
        let info = if is_padded { padded_info(info) } else { info.to_vec() };
        let length = <XWing as Kem>::EncappedKey::size();
        let (encapsulated, shut) = rest.split_at_checked(length).ok_or(Unopened::Shut)?;
        let encapsulated =
            <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| Unopened::Shut)?;
        let plain = hpke::single_shot_open::<ChaCha20Poly1305, KdfTurboShake128, XWing>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            &info,
            shut,
            aad,
        );
        let plain = plain.map(Zeroizing::new).map_err(|_| Unopened::Shut)?;
        if is_padded { pad::unpad(&plain).ok_or(Unopened::Shut) } else { Ok(plain) }
    }

    fn kept(&self) -> Kept {
        Kept(self.0.to_bytes().to_vec())
    }
}

/// What sort of message a padded one is: the form is bound too, so that none passes for the other.
fn padded_info(info: &[u8]) -> Vec<u8> {
    [info, b"\0padded"].concat()
}

/// This party's own key, made when first asked for.
///
/// # Errors
/// When the store cannot read.
///
/// # Panics
/// When the stored key is none: the store checks what it reads.
pub fn own(room: &mut Room<'_>) -> Result<OpenKey, StoreError> {
    if let Some(Kept(bytes)) = room.read(OWN)? {
        let key = <XWing as Kem>::PrivateKey::from_bytes(&bytes);
        return Ok(OpenKey(key.expect("the store keeps a key as it was written")));
    }
    let key = OpenKey::generate();
    room.write(OWN, &key.kept());
    Ok(key)
}

impl fmt::Debug for OpenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenKey")
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", &blake3::hash(&self.0).to_hex()[..12])
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenKey, SealKey, Sealed, Unopened, own};
    use crate::store::{MemoryStore, Room};

    #[test]
    fn what_is_sealed_opens_for_its_key_its_kind_and_its_case_alone() {
        let (key, other) = (OpenKey::generate(), OpenKey::generate());
        let sealed = key.public().seal(b"kind", b"case", b"a name");
        assert_eq!(*key.open(b"kind", b"case", &sealed).unwrap(), b"a name");
        assert!(!sealed.0.windows(6).any(|w| w == b"a name"));
        for (by, kind, case) in
            [(&other, b"kind", b"case"), (&key, b"kinD", b"case"), (&key, b"kind", b"casE")]
        {
            assert_eq!(by.open(kind, case, &sealed), Err(Unopened::Shut));
        }
        let mut changed = sealed.clone();
        *changed.0.last_mut().unwrap() ^= 1;
        assert_eq!(key.open(b"kind", b"case", &changed), Err(Unopened::Shut));
        assert_eq!(key.open(b"kind", b"case", &Sealed(sealed.0[..40].to_vec())), Err(Unopened::Shut));
        assert_eq!(key.open(b"kind", b"case", &Sealed(vec![9, 1])), Err(Unopened::Suite));
    }

    #[test]
    fn the_length_of_what_is_sealed_says_little_and_old_seals_open() {
        let key = OpenKey::generate();
        let lengths = [1, 40, 300, 508].map(|n| key.public().seal(b"k", b"c", &vec![5; n]).0.len());
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
        assert_eq!(lengths[0], 1 + 1_120 + 512 + 16);
        let old = key.public().shut(super::SUITE, b"k", b"c", b"a name");
        assert_eq!(*key.open(b"k", b"c", &old).unwrap(), b"a name");
        // one form passed off as the other does not open
        for mut sealed in [old, key.public().seal(b"k", b"c", b"a name")] {
            sealed.0[0] = super::SUITE + super::PADDED - sealed.0[0];
            assert_eq!(key.open(b"k", b"c", &sealed), Err(Unopened::Shut));
        }
    }

    #[test]
    fn a_public_key_reads_back_and_a_broken_one_does_not() {
        let key = OpenKey::generate().public();
        assert_eq!(SealKey::from_bytes(key.bytes()), Ok(key.clone()));
        assert!(SealKey::from_bytes(&key.bytes()[..100]).is_err());
        assert!(SealKey::from_bytes(&[]).is_err());
    }

    #[test]
    fn a_party_keeps_the_key_it_made() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let first = own(&mut room).unwrap().public();
        assert_eq!(own(&mut room).unwrap().public(), first);
    }
}
