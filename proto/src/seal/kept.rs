//! What a party seals for itself alone and lets others keep: under its store key, which it has again whenever it can
//! read its store. Padded as all that is sealed.
//!
//! ```text
//! sealed   suite 255 | nonce 24 | XChaCha20-Poly1305(padded plain, aad: what it is about)
//! ```

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{Sealed, pad};
use crate::store::KeyFile;

/// No suite of those by which others seal.
const SUITE: u8 = 255;
const NONCE: usize = 24;

/// Seals `plain`, which is about `about`.
///
/// # Panics
/// When the operating system gives no random bytes.
pub fn keep(key: &KeyFile, about: &[u8], plain: &[u8]) -> Sealed {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
    let payload = Payload { msg: &pad::pad(plain), aad: about };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).expect("memory holds what is sealed");
    Sealed([&[SUITE], nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed under the same key about the same; `None` for anything else.
pub fn open(key: &KeyFile, about: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, body) = sealed.0.strip_prefix(&[SUITE])?.split_first_chunk::<NONCE>()?;
    let padded = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: about }).ok()?;
    pad::unpad(&Zeroizing::new(padded))
}

fn cipher(key: &KeyFile) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*key.derive("guixue 2026 kept by others")).into())
}

#[cfg(test)]
mod tests {
    use super::{keep, open};
    use crate::seal::Sealed;
    use crate::store::KeyFile;

    #[test]
    fn only_the_same_key_opens_it_and_only_as_what_it_is_about() {
        let (own, other) = (KeyFile::random(), KeyFile::random());
        let sealed = keep(&own, b"case 1", "王小明".as_bytes());
        assert_eq!(open(&own, b"case 1", &sealed).as_deref().map(Vec::as_slice), Some("王小明".as_bytes()));
        assert!(open(&own, b"case 2", &sealed).is_none() && open(&other, b"case 1", &sealed).is_none());
        let mut cut = sealed.0.clone();
        cut.pop();
        for bad in [cut, Vec::new(), vec![255], vec![1; 600]] {
            assert!(open(&own, b"case 1", &Sealed(bad)).is_none());
        }
        assert_eq!(sealed.0.len(), keep(&own, b"case 1", b"").0.len(), "its length says little");
    }
}
