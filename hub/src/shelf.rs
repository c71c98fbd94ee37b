//! A store in memory for the tests of the rules.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proto::store::{Batch, Pair, Store, StoreError};

/// An ordered map behind a lock.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Store for Shelf {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        let map = self.0.lock().unwrap();
        let pairs: Vec<_> =
            map.range(from.to_vec()..to.to_vec()).map(|(k, v)| Ok((k.clone(), v.clone()))).collect();
        Box::new(pairs.into_iter())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        let map = self.0.lock().unwrap();
        Ok(map.range(from.to_vec()..=to.to_vec()).next_back().map(|(k, v)| (k.clone(), v.clone())))
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut map = self.0.lock().unwrap();
        for (key, value) in batch {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }
}
