//! The view in which one action decides: what is on disk, with what has been decided since on top.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::record::{self, Record};
use super::{Batch, KEY_MAX, Pair, Store, StoreError, after};

/// Pending writes over a store. Nothing reaches the disk until the desk commits.
pub struct Room<'s> {
    store: &'s dyn Store,
    pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    undo: Option<Vec<Undo>>,
}

/// A key and what was pending for it before.
type Undo = (Vec<u8>, Option<Option<Vec<u8>>>);

impl std::fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

impl<'s> Room<'s> {
    /// An empty view over `store`.
    pub fn new(store: &'s dyn Store) -> Self {
        Self { store, pending: BTreeMap::new(), undo: None }
    }

    /// The bytes of `key`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.pending.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(key),
        }
    }

    /// The record of `key`.
    ///
    /// # Errors
    /// As [`Store::get`], or when the bytes are no such record.
    pub fn read<R: Record>(&self, key: &[u8]) -> Result<Option<R>, StoreError> {
        self.get(key)?.map(|bytes| record::from_bytes(&bytes)).transpose().map_err(Into::into)
    }

    /// Sets `key`.
    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.set(key.into(), Some(value.into()));
    }

    /// Sets `key` to a record.
    pub fn write<R: Record>(&mut self, key: impl Into<Vec<u8>>, record: &R) {
        self.put(key, record::to_bytes(record));
    }

    /// Removes `key`.
    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.set(key.into(), None);
    }

    /// All pairs whose key starts with `prefix`, ascending.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn list(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreError> {
        self.range(prefix, &after(prefix), usize::MAX)
    }

    /// At most `limit` pairs with `from <= key < to`, ascending.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let bounds = (Bound::Included(from.to_vec()), Bound::Excluded(to.to_vec()));
        let mut fresh = self.pending.range(bounds).peekable();
        let mut stored = self.store.scan(from, to).peekable();
        let mut out = Vec::new();
        while out.len() < limit {
            let take_fresh = match (fresh.peek(), stored.peek()) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((key, _)), Some(Ok((old, _)))) => {
                    if *key == old {
                        stored.next();
                        true
                    } else {
                        *key < old
                    }
                }
                (Some(_), Some(Err(_))) => false,
            };
            if take_fresh {
                if let Some((key, Some(value))) = fresh.next() {
                    out.push((key.clone(), value.clone()));
                }
            } else if let Some(pair) = stored.next() {
                out.push(pair?);
            }
        }
        Ok(out)
    }

    /// The last pair with `from <= key <= to`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        if from > to {
            return Ok(None);
        }
        let fresh =
            self.pending.range(from.to_vec()..=to.to_vec()).rev().find_map(|(k, v)| Some((k, v.as_ref()?)));
        let mut upto = to.to_vec();
        let stored = loop {
            match self.store.last(from, &upto)? {
                // deleted in this view: look before it
                Some((key, _)) if matches!(self.pending.get(&key), Some(None)) => match before(&key) {
                    Some(earlier) if earlier.as_slice() >= from => upto = earlier,
                    _ => break None,
                },
                other => break other,
            }
        };
        Ok(match (fresh, stored) {
            (Some((key, value)), Some((old, _))) if *key >= old => Some((key.clone(), value.clone())),
            (Some((key, value)), None) => Some((key.clone(), value.clone())),
            (_, stored) => stored,
        })
    }

    /// Whether anything would be written.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Runs `action`; when it fails, everything it set is taken back.
    ///
    /// # Errors
    /// What `action` returns.
    pub fn attempt<T, E>(&mut self, action: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let outer = self.undo.replace(Vec::new());
        let result = action(self);
        let steps = self.undo.take().unwrap_or_default();
        match &result {
            Ok(_) => {
                self.undo = outer.map(|mut all| {
                    all.extend(steps);
                    all
                });
            }
            Err(_) => {
                for (key, before) in steps.into_iter().rev() {
                    match before {
                        Some(value) => self.pending.insert(key, value),
                        None => self.pending.remove(&key),
                    };
                }
                self.undo = outer;
            }
        }
        result
    }

    /// The writes, in key order.
    pub fn into_batch(self) -> Batch {
        self.pending.into_iter().collect()
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let before = self.pending.insert(key.clone(), value);
        if let Some(undo) = &mut self.undo {
            undo.push((key, before));
        }
    }
}

/// The greatest key smaller than `key`.
fn before(key: &[u8]) -> Option<Vec<u8>> {
    let mut out = key.to_vec();
    let last = out.pop()?;
    if last > 0 {
        out.push(last - 1);
        out.resize(KEY_MAX, u8::MAX);
    }
    Some(out)
}

#[cfg(test)]
mod tests;
