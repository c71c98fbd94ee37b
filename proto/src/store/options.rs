//! How a store is opened.

use std::time::Duration;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Make the store when there never was one. Never makes one where a store has been.
    pub create: bool,
    /// The engine's page cache, in bytes; it may take a few times as much for a while.
    pub cache_bytes: u64,
    /// Commits are refused while the disk has less than this free, in bytes: sled must not meet a full
    /// disk itself.
    pub reserve_bytes: u64,
    /// How long to wait for another process to let go.
    pub lock_wait: Duration,
    /// For the power-cut test alone.
    #[doc(hidden)]
    pub sync: SyncMode,
}

/// Who brings a commit to the disk.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncMode {
    /// sled's flush, then our own sync: what is promised.
    Durable,
    /// sled's flush only: loses acknowledged data on Linux.
    SledOnly,
}

impl Options {
    /// For a school: 16 MiB of cache.
    pub const fn node() -> Self {
        Self {
            create: false,
            cache_bytes: 16 << 20,
            reserve_bytes: 8 << 20,
            lock_wait: Duration::from_secs(5),
            sync: SyncMode::Durable,
        }
    }

    /// For a hub: 64 MiB of cache.
    pub const fn hub() -> Self {
        Self { cache_bytes: 64 << 20, ..Self::node() }
    }

    /// The same, making the store when there never was one (`init`, `join`).
    pub const fn creating(self) -> Self {
        Self { create: true, ..self }
    }
}
