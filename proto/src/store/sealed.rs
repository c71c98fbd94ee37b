//! Values encrypted before they reach a store: a stolen disk shows how many records there are and how
//! long, not what they say.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::disk::damaged;
use super::key::{KeyError, KeyFile};
use super::{Batch, Pair, Store, StoreError, after};

/// XChaCha20-Poly1305, the key bytes as associated data.
const VERSION: u8 = 1;
const NONCE: usize = 24;

/// A store whose values are sealed: version 1, nonce 24, ciphertext, tag 16 bytes. A random nonce of 192
/// bits needs no counter. A value is bound to its key, so that two cannot be swapped. Keys stay readable:
/// what is personal in a key goes through [`KeyFile::blind`].
pub struct Sealed<S> {
    store: S,
    cipher: XChaCha20Poly1305,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Sealed<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<S: Store> Sealed<S> {
    /// Seals `store` under `key`.
    ///
    /// # Errors
    /// [`KeyError::Foreign`] when the key does not open what the store begins with.
    pub fn open(store: S, key: &KeyFile) -> Result<Self, KeyError> {
        let sealed =
            Self { store, cipher: XChaCha20Poly1305::new((&*key.derive("guixue 2026 store values")).into()) };
        let first = sealed.scan(b"", &after(b"")).next();
        match first {
            Some(Err(StoreError::Damaged { .. })) => Err(KeyError::Foreign),
            // what else is wrong shows where the value is needed
            _ => Ok(sealed),
        }
    }

    /// The store below.
    pub const fn inner(&self) -> &S {
        &self.store
    }

    fn seal(&self, key: &[u8], value: &[u8], nonce: &[u8; NONCE]) -> Result<Vec<u8>, StoreError> {
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(*nonce), Payload { msg: value, aad: key })
            .map_err(|_| StoreError::Engine("a value is too long to seal".to_owned()))?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(VERSION);
        out.extend(nonce);
        out.extend(sealed);
        Ok(out)
    }

    fn unseal(&self, key: &[u8], stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        match stored.split_first() {
            Some((&VERSION, rest)) => {
                let (nonce, sealed) =
                    rest.split_first_chunk::<NONCE>().ok_or_else(|| damaged(key, "too short"))?;
                self.cipher
                    .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: key })
                    .map_err(|_| damaged(key, "the seal is broken"))
            }
            _ => Err(damaged(key, "not a sealed value")),
        }
    }

    fn unseal_pair(&self, (key, stored): Pair) -> Result<Pair, StoreError> {
        let value = self.unseal(&key, &stored)?;
        Ok((key, value))
    }
}

impl<S: Store> Store for Sealed<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)?.map(|stored| self.unseal(key, &stored)).transpose()
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        Box::new(self.store.scan(from, to).map(|pair| self.unseal_pair(pair?)))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.store.last(from, to)?.map(|pair| self.unseal_pair(pair)).transpose()
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        // one question to the system for all of them
        let mut nonces = vec![[0; NONCE]; batch.len()];
        getrandom::fill(nonces.as_flattened_mut()).map_err(|e| StoreError::Engine(e.to_string()))?;
        let sealed = batch.into_iter().zip(&nonces).map(|((key, value), nonce)| {
            let value = value.map(|value| self.seal(&key, &value, nonce)).transpose()?;
            Ok((key, value))
        });
        self.store.commit(sealed.collect::<Result<_, StoreError>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::Sealed;
    use crate::store::{KeyError, KeyFile, MemoryStore, Options, SledStore, Store, StoreError, suite};

    struct Safe {
        dir: tempfile::TempDir,
        key: KeyFile,
    }

    impl suite::Place for Safe {
        fn open(&self) -> Box<dyn Store> {
            let opened = SledStore::open(&self.dir.path().join("store"), Options::node().creating()).unwrap();
            Box::new(Sealed::open(opened.store, &self.key).unwrap())
        }
    }

    crate::store_laws!(Safe { dir: tempfile::tempdir().unwrap(), key: KeyFile::random() });

    fn sealed(below: &MemoryStore, key: &KeyFile) -> Sealed<MemoryStore> {
        Sealed::open(below.clone(), key).unwrap()
    }

    fn put(store: &impl Store, key: &[u8], value: &[u8]) {
        store.commit(vec![(key.to_vec(), Some(value.to_vec()))]).unwrap();
    }

    #[test]
    fn what_lies_below_does_not_show_the_value_and_costs_41_bytes() {
        let (below, key) = (MemoryStore::default(), KeyFile::random());
        let store = sealed(&below, &key);
        put(&store, b"a", "王小明".as_bytes());
        put(&store, b"b", "王小明".as_bytes());
        let (a, b) = (below.get(b"a").unwrap().unwrap(), below.get(b"b").unwrap().unwrap());
        assert_eq!(a.len(), "王小明".len() + 41);
        assert!(!a.windows(3).any(|w| "王小明".as_bytes().windows(3).any(|name| name == w)));
        assert_ne!(a[25..], b[25..], "the same value twice looks different");
    }

    #[test]
    fn any_changed_byte_is_damage() {
        let (below, key) = (MemoryStore::default(), KeyFile::random());
        let store = sealed(&below, &key);
        put(&store, b"k", b"value");
        let good = below.get(b"k").unwrap().unwrap();
        let flipped = (0..good.len()).map(|i| {
            let mut bad = good.clone();
            bad[i] ^= 0x10;
            bad
        });
        let cut = (0..good.len()).map(|i| good[..i].to_vec());
        for bad in flipped.chain(cut) {
            put(&below, b"k", &bad);
            assert!(matches!(store.get(b"k"), Err(StoreError::Damaged { .. })), "{bad:?}");
            assert!(store.last(b"", b"z").is_err() && store.scan(b"", b"z").any(|pair| pair.is_err()));
        }
    }

    #[test]
    fn a_value_under_another_key_is_damage() {
        let (below, key) = (MemoryStore::default(), KeyFile::random());
        let store = sealed(&below, &key);
        put(&store, b"child-1", b"Enrolled");
        put(&below, b"child-2", &below.get(b"child-1").unwrap().unwrap());
        assert!(matches!(store.get(b"child-2"), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn another_key_file_is_refused_at_once() {
        let (below, key) = (MemoryStore::default(), KeyFile::random());
        put(&sealed(&below, &key), b"k", b"v");
        assert!(matches!(Sealed::open(below.clone(), &KeyFile::random()), Err(KeyError::Foreign)));
        assert_eq!(sealed(&below, &key).get(b"k").unwrap().unwrap(), b"v");
    }
}
