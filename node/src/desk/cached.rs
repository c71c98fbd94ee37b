//! What is built from the store and kept in memory, until the store says that it is another one now.

use std::sync::{Arc, PoisonError, RwLock};

use proto::link::post::random;
use proto::store::{Room, StoreError};

/// A value built from the store, under a key that holds a random number. Whoever changes what the value is
/// built from draws a new number in the same action; so a commit that fails takes its value back with it.
pub(super) struct Cached<T> {
    key: &'static [u8],
    held: RwLock<Option<(u64, Arc<T>)>>,
}

impl<T> Cached<T> {
    pub(super) const fn new(key: &'static [u8]) -> Self {
        Self { key, held: RwLock::new(None) }
    }

    /// The value as `room` has it.
    pub(super) fn of(
        &self,
        room: &Room<'_>,
        build: impl FnOnce(&Room<'_>) -> Result<T, StoreError>,
    ) -> Result<Arc<T>, StoreError> {
        let bytes = room.get(self.key)?.and_then(|bytes| bytes.try_into().ok());
        let generation = bytes.map_or(0, u64::from_be_bytes);
        if let Some((held, value)) = &*self.held.read().unwrap_or_else(PoisonError::into_inner)
            && *held == generation
        {
            return Ok(value.clone());
        }
        let value = Arc::new(build(room)?);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some((generation, value.clone()));
        Ok(value)
    }

    /// The value as last built.
    pub(super) fn at_hand(&self) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|(_, value)| value.clone())
    }

    /// From now on the value is another one.
    pub(super) fn renew(&self, room: &mut Room<'_>) {
        room.put(self.key, random().to_be_bytes());
    }
}
