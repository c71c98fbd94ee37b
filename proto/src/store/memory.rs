//! A store in memory, for tests of what stands on a store.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::{Batch, Pair, Store, StoreError, check_keys};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// An ordered map behind a lock. A clone is the same store: "closing and opening" it keeps everything.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<RwLock<Map>>);

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").field("pairs", &self.map().len()).finish()
    }
}

impl MemoryStore {
    fn map(&self) -> RwLockReadGuard<'_, Map> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map().get(key).cloned())
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        if from >= to {
            return Box::new(std::iter::empty());
        }
        let bounds = (Bound::Included(from.to_vec()), Bound::Excluded(to.to_vec()));
        let pairs: Vec<Pair> = self.map().range(bounds).map(|(k, v)| (k.clone(), v.clone())).collect();
        Box::new(pairs.into_iter().map(Ok))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        if from > to {
            return Ok(None);
        }
        let map = self.map();
        let last = map.range(from.to_vec()..=to.to_vec()).next_back();
        Ok(last.map(|(k, v)| (k.clone(), v.clone())))
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        check_keys(&batch)?;
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::store::Store;

    struct Memory(MemoryStore);

    impl crate::store::suite::Place for Memory {
        fn open(&self) -> Box<dyn Store> {
            Box::new(self.0.clone())
        }
    }

    crate::store_laws!(Memory(MemoryStore::default()));
}
