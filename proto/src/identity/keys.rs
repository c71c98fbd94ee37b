//! Ed25519 keys: one for a party's link, one more for a hub that is an authority.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rcgen::PublicKeyData;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::pem::pem;
use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::say;

/// The first bytes of every Ed25519 SubjectPublicKeyInfo (RFC 8410); the key's 32 bytes follow.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key. It never prints; its bytes are wiped when it is dropped.
pub struct SecretKey {
    pkcs8: Zeroizing<Vec<u8>>,
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// A public key: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PublicKey(pub [u8; 32]);

/// SHA-256 over a public key's SubjectPublicKeyInfo: the key's name in registries, pins and
/// directories.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpkiHash(pub [u8; 32]);

/// A signature that does not fit its message and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// Bytes that are no Ed25519 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ed25519 private key in pkcs#8")]
pub struct NotAKey;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error("key file {}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// It holds something else.
    #[error("{} holds no ed25519 private key", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// Others on the machine may read it.
    #[error("{} is readable by other users (mode {mode:o})", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl SecretKey {
    /// A new key from the machine's randomness.
    pub fn generate() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())
            .expect("the system's random source works once the machine is up");
        Self::from_pkcs8(pkcs8.as_ref()).expect("what was just made reads back")
    }

    /// Reads PKCS#8 bytes.
    ///
    /// # Errors
    /// When they are no Ed25519 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, NotAKey> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| NotAKey)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NotAKey)?;
        Ok(Self { pkcs8: Zeroizing::new(der.to_vec()), pair, public: PublicKey(public) })
    }

    /// The key as PKCS#8, for a store that seals it.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The key as rustls takes it.
    pub fn private_key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pkcs8.to_vec()))
    }

    /// The public half.
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs `message`. Callers put a domain prefix first, so that a signature made for one use
    /// fits no other.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// Writes the key as PEM, readable by its owner alone, whole or not at all: a cut leaves the
    /// file that was there before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyFileError> {
        let text = Zeroizing::new(pem("PRIVATE KEY", &self.pkcs8));
        let mut draft = path.to_owned().into_os_string();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        let write = || {
            let mut file = private_file(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            drop(file);
            fs::rename(&draft, path)
        };
        write().map_err(|cause| KeyFileError::Io { path: path.to_owned(), cause })
    }

    /// Reads a PEM file.
    ///
    /// # Errors
    /// When it cannot be read, holds no key, or other users may read it.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let io = |cause| KeyFileError::Io { path: path.to_owned(), cause };
        let mode = mode_for_others(&fs::metadata(path).map_err(io)?);
        if mode != 0 {
            return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(fs::read(path).map_err(io)?);
        let not_a_key = || KeyFileError::NotAKey { path: path.to_owned() };
        let mut der = PrivatePkcs8KeyDer::from_pem_slice(&text).map_err(|_| not_a_key())?;
        let key = Self::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| not_a_key());
        der.zeroize();
        key
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(public {:?})", self.public)
    }
}

impl PublicKey {
    /// Checks a signature.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).map_err(|_| BadSignature)
    }

    /// The key's name.
    pub fn spki_hash(&self) -> SpkiHash {
        let spki = [&SPKI_PREFIX[..], &self.0].concat();
        SpkiHash(sha256(&spki))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.spki_hash())
    }
}

impl fmt::Display for SpkiHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SpkiHash {
    /// The first eight hexadecimal digits: enough to tell two keys apart in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl PublicKeyData for SecretKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for SecretKey {
    fn sign(&self, msg: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Self::sign(self, msg))
    }
}

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl Say for KeyFileError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Io { path, cause } => {
                let path = path.display();
                say!(
                    lang,
                    "密钥文件 {path} 无法读写：{}",
                    "the key file {path} cannot be read or written: {}",
                    reason::io(cause, lang)
                )
            }
            Self::NotAKey { path } => {
                let path = path.display();
                say!(
                    lang,
                    "文件 {path} 不是本系统的私钥。请从备份恢复该文件，或重新办理入网",
                    "{path} holds no private key of this system. Restore it from a backup, or join again"
                )
            }
            Self::Exposed { path, mode } => {
                let path = path.display();
                say!(
                    lang,
                    "密钥文件 {path} 可被本机其他用户读取（权限 {mode:o}）。请执行 chmod 600 {path} 后重试",
                    "the key file {path} can be read by other users of this machine (mode {mode:o}). Run chmod 600 {path} and try again"
                )
            }
        }
    }
}

/// SHA-256, for pins and for tokens that are kept as hashes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 is 32 bytes")
}

/// Random bytes from the machine.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source works once the machine is up");
    bytes
}

/// An empty file that only its owner may read.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The permission bits, when others may read the file; 0 when not.
#[cfg(unix)]
fn mode_for_others(meta: &fs::Metadata) -> u32 {
    let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
    if mode & 0o077 == 0 { 0 } else { mode }
}

/// On Windows the folder's access list rules.
#[cfg(not(unix))]
fn mode_for_others(_: &fs::Metadata) -> u32 {
    0
}

#[cfg(test)]
mod tests;
