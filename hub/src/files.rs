//! The folder of a hub.
//!
//! ```text
//! config.toml        settings
//! store.key          seals the store and its backups (0600)
//! store/             the store; store.life and store.lock beside it
//! identity/          leaf.key, authority.key (0600), root.pem, revoked; certificates are in the store
//! backups/           verified copies of the store
//! api.token          while it runs: where local software finds it
//! ```

use std::path::{Path, PathBuf};

/// Where a hub's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(PathBuf);

impl Files {
    /// The files of the hub in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// The settings.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// The key that seals the store.
    pub fn store_key(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The folder of the keys.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity")
    }

    /// The link's key.
    pub fn leaf_key(&self) -> PathBuf {
        self.identity().join("leaf.key")
    }

    /// The authority's key.
    pub fn authority_key(&self) -> PathBuf {
        self.identity().join("authority.key")
    }

    /// The certificate of the root that this hub stands on: what anyone needs in order to check a proof.
    pub fn root(&self) -> PathBuf {
        self.identity().join("root.pem")
    }

    /// The revocations that this hub knows, for a proof that is checked here.
    pub fn revoked(&self) -> PathBuf {
        self.identity().join("revoked")
    }

    /// The folder of backups.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }
}
