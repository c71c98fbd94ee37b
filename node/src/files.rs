//! The data folder of a school.
//!
//! ```text
//! config.toml     settings                 store.key   opens the store and every backup; keep a copy in a safe
//! store/          the store (store.life, store.lock beside it)
//! identity/       private keys of the link, by the name of their public half
//! backups/        backups                  api.token   while a node runs: where, and with which token
//! ```

use std::path::{Path, PathBuf};

use proto::identity::keys::{KeyFileError, SecretKey, SpkiHash};
use proto::model::lang::{Lang, Say};
use proto::model::reason;
use proto::office::owner::{NotOwner, check_owner};
use proto::platform;
use proto::say;
use proto::store::{KeyError, KeyFile, OpenError, Options, Sealed, SledStore};

use crate::config::{Config, ConfigError};

/// A data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// Why a folder cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is another user's.
    #[error(transparent)]
    NotOwner(#[from] NotOwner),
    /// There is a school in it already.
    #[error("{} holds a school already", .0.display())]
    Taken(PathBuf),
    /// The file system refused.
    #[error("cannot use {}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key file is wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A private key is wrong.
    #[error(transparent)]
    Secret(#[from] KeyFileError),
}

impl Say for FolderError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotOwner(error) => error.say(lang),
            Self::Taken(path) => say!(
                lang,
                "{} 中已有一所学校的数据，没有作任何改动。请换一个目录，或直接使用它。",
                "{} holds a school already; nothing was changed. Choose another folder, or use it as it is.",
                path.display()
            ),
            Self::File { path, why } => {
                say!(lang, "无法使用 {}：{}。", "Cannot use {}: {}.", path.display(), reason::io(why, lang))
            }
            Self::Config(error) => error.say(lang),
            Self::Key(error) => error.say(lang),
            Self::Open(error) => error.say(lang),
            Self::Secret(error) => error.say(lang),
        }
    }
}

impl Folder {
    /// The folder at `dir`, whether it is there or not.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Makes a new folder with settings, a key file and an empty store.
    ///
    /// # Errors
    /// When there is one already, the settings are wrong, or the disk refuses. Nothing that was there is
    /// changed.
    pub fn create(&self, code: &str, under: &str, name: &str) -> Result<Config, FolderError> {
        check_owner(&self.0)?;
        if self.config().exists() || self.store().exists() || self.key().exists() {
            return Err(FolderError::Taken(self.0.clone()));
        }
        let text = Config::text(code, under, name);
        let config = Config::parse(&text, &self.config())?;
        let parts = ["store.key", "store", "store.life", "store.lock", "identity", "backups"];
        let made: Vec<PathBuf> = parts.map(|part| self.0.join(part)).into();
        let made: Vec<PathBuf> = made.into_iter().filter(|path| !path.exists()).collect();
        self.fill(&text).inspect_err(|_| {
            // half a folder would be taken for a school: what was made is removed again
            for path in &made {
                let _ =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
            let _ = std::fs::remove_dir(&self.0);
        })?;
        Ok(config)
    }

    fn fill(&self, text: &str) -> Result<(), FolderError> {
        for dir in [&self.0, &self.identity(), &self.backups()] {
            platform::private_dir(dir).map_err(|why| FolderError::File { path: dir.clone(), why })?;
        }
        let key = KeyFile::create(&self.key())?;
        let opened = SledStore::open(&self.store(), Options::node().creating())?;
        Sealed::open(opened.store, &key)?;
        // written last: a folder without settings is no school yet
        let path = self.config();
        platform::replace_file(&path, text.as_bytes()).map_err(|why| FolderError::File { path, why })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The settings.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// The key file.
    pub fn key(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// The store.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// Private keys.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity")
    }

    /// Backups.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    fn secret_path(&self, name: &SpkiHash) -> PathBuf {
        self.identity().join(format!("{name}.pem"))
    }

    /// The private key of this name.
    ///
    /// # Errors
    /// When it is missing, damaged, or readable by others.
    pub fn secret(&self, name: &SpkiHash) -> Result<SecretKey, FolderError> {
        Ok(SecretKey::load(&self.secret_path(name))?)
    }

    /// The key for the next certificate: the one that was made for it before and has none yet, else a new
    /// one. `current` is the key in use.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn next_secret(&self, current: Option<&SpkiHash>) -> Result<SecretKey, FolderError> {
        let current = current.map(|name| self.secret_path(name));
        for path in self.secrets()? {
            if Some(&path) != current.as_ref() {
                return Ok(SecretKey::load(&path)?);
            }
        }
        let key = SecretKey::generate();
        key.save(&self.secret_path(&key.public().spki_hash()))?;
        Ok(key)
    }

    /// Removes every private key but `current`'s: their certificates are replaced.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn forget_other_secrets(&self, current: &SpkiHash) -> Result<(), FolderError> {
        let current = self.secret_path(current);
        for path in self.secrets()?.into_iter().filter(|path| *path != current) {
            std::fs::remove_file(&path).map_err(|why| FolderError::File { path, why })?;
        }
        Ok(())
    }

    fn secrets(&self) -> Result<Vec<PathBuf>, FolderError> {
        let dir = self.identity();
        let failed = |why| FolderError::File { path: dir.clone(), why };
        platform::private_dir(&dir).map_err(failed)?;
        let mut out = Vec::new();
        for entry in std::fs::read_dir(&dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|e| e == "pem") {
                out.push(path);
            }
        }
        out.sort();
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_reasons_are_said_in_chinese() {
        let missing = std::fs::read("/none/such").unwrap_err();
        assert!(reason::told(&missing, Lang::Zh).starts_with("没有这个文件或目录（No such file"));
        assert_eq!(reason::told(&missing, Lang::En), missing.to_string());
    }

    #[test]
    fn a_folder_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path().join("school"));
        folder.create("2152000001", "520502", "示范小学").unwrap();
        let key = std::fs::read(folder.key()).unwrap();
        let again = folder.create("2152000002", "520502", "另一所");
        assert!(matches!(again, Err(FolderError::Taken(_))));
        assert_eq!(std::fs::read(folder.key()).unwrap(), key);
    }

    #[test]
    fn what_cannot_be_made_whole_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path().join("school"));
        // in the way of the store
        std::fs::create_dir_all(folder.path().join("store.lock")).unwrap();
        assert!(folder.create("2152000001", "520502", "示范小学").is_err());
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["store.lock"], "what was there before stays");
        std::fs::remove_dir(folder.path().join("store.lock")).unwrap();
        folder.create("2152000001", "520502", "示范小学").unwrap();
    }

    #[test]
    fn the_next_key_is_made_once_and_the_old_one_goes() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path());
        let first = folder.next_secret(None).unwrap().public().spki_hash();
        assert_eq!(folder.next_secret(None).unwrap().public().spki_hash(), first);
        let second = folder.next_secret(Some(&first)).unwrap().public().spki_hash();
        assert_eq!(folder.next_secret(Some(&first)).unwrap().public().spki_hash(), second);
        folder.forget_other_secrets(&second).unwrap();
        assert!(folder.secret(&first).is_err());
        assert_eq!(folder.secret(&second).unwrap().public().spki_hash(), second);
    }
}
