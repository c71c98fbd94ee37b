//! The key file: one secret per party, from which the keys for values, indexes and backups are derived.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::{platform, say};

const HEAD: &str = "guixue-key-1";
const SECRET: usize = 32;
const CHECK: usize = 4;

/// A party's secret. Losing it loses the store and every backup; whoever has it can read them.
///
/// The file is one line of text, so that it can be printed and kept in a safe:
/// `guixue-key-1 <64 hexadecimal digits> <8 digits that catch a slip of copying>`.
#[derive(Clone)]
pub struct KeyFile {
    secret: Zeroizing<[u8; SECRET]>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile([secret])")
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none.
    #[error("there is no key file at {}", .0.display())]
    Missing(PathBuf),
    /// There is one already, and it is never replaced.
    #[error("the key file {} exists already", .0.display())]
    Exists(PathBuf),
    /// Others on this machine may read it.
    #[error("others may read the key file {}", .0.display())]
    Exposed(PathBuf),
    /// It is not a key file, or was cut or miscopied.
    #[error("{} is not a key file or was miscopied", .0.display())]
    NotAKey(PathBuf),
    /// It does not open what is in the store.
    #[error("the key file does not belong to this store")]
    Foreign,
    /// The file system refused.
    #[error("cannot use the key file {}: {error}", .path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl Say for KeyError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Missing(path) => say!(
                lang,
                "找不到密钥文件 {}。请从保管处取回；没有它，数据和备份都无法读取。",
                "There is no key file at {}. Bring it back from where it is kept; without it neither store nor backup can be read.",
                path.display()
            ),
            Self::Exists(path) => say!(
                lang,
                "密钥文件 {} 已存在，不会覆盖。如确为新设单位，请改用其他路径。",
                "The key file {} exists and is never replaced. For a new unit, choose another path.",
                path.display()
            ),
            Self::Exposed(path) => say!(
                lang,
                "密钥文件 {0} 可被本机其他用户读取。请运行：chmod 600 {0}",
                "Others on this machine may read the key file {0}. Run: chmod 600 {0}",
                path.display()
            ),
            Self::NotAKey(path) => say!(
                lang,
                "{} 不是完整的密钥文件，可能抄写有误或被截断。请与留存的原件核对。",
                "{} is not a whole key file; it may be miscopied or cut. Compare it with the original.",
                path.display()
            ),
            Self::Foreign => say!(
                lang,
                "密钥文件与数据不匹配。请换用建立该数据时的密钥文件；若确认无误，则数据已损坏，请恢复备份。",
                "The key file does not belong to this store. Use the one made with it; if it is the right one, the store is damaged: restore a backup."
            ),
            Self::Io { path, error } => say!(
                lang,
                "无法使用密钥文件 {}：{}。",
                "Cannot use the key file {}: {}.",
                path.display(),
                reason::io(error, lang)
            ),
        }
    }
}

impl KeyFile {
    /// Makes a new secret and writes it to `path`, readable by its owner alone.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let key = Self::random();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
            _ => KeyError::Io { path: path.to_owned(), error },
        };
        let mut file = platform::new_private_file(path).map_err(failed)?;
        let line = Zeroizing::new(format!("{HEAD} {} {}\n", hex(&*key.secret), hex(&key.check())));
        file.write_all(line.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| platform::sync_parent(path))
            .map_err(failed)?;
        Ok(key)
    }

    /// Reads the secret at `path`.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
            io::ErrorKind::InvalidData => KeyError::NotAKey(path.to_owned()),
            _ => KeyError::Io { path: path.to_owned(), error },
        };
        let file = File::open(path).map_err(failed)?;
        if !platform::is_private(&file).map_err(failed)? {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(1024).read_to_string(&mut text).map_err(failed)?;
        Self::parse(&text).ok_or_else(|| KeyError::NotAKey(path.to_owned()))
    }

    /// A secret that is kept nowhere: for tests and rehearsals.
    ///
    /// # Panics
    /// When the operating system gives no random bytes.
    pub fn random() -> Self {
        let mut key = Self { secret: Zeroizing::new([0; SECRET]) };
        getrandom::fill(&mut *key.secret).expect("the operating system gives random bytes");
        key
    }

    /// A hash of `bytes` that only the holder of the key can make: for indexes over numbers that are few
    /// enough to be tried out, such as ID numbers. `domain` names the index, so that two indexes of the
    /// same number do not match.
    pub fn blind(&self, domain: &str, bytes: &[u8]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.derive("guixue 2026 blind index"));
        hasher.update(&(domain.len() as u64).to_le_bytes());
        hasher.update(domain.as_bytes());
        hasher.update(bytes);
        *hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes")
    }

    /// The key for one purpose. `context` is written once in the code and never changes.
    pub(crate) fn derive(&self, context: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake3::derive_key(context, &*self.secret))
    }

    /// Which key it is, telling nothing about it.
    pub(super) fn id(&self) -> [u8; 8] {
        *self.derive("guixue 2026 key id").first_chunk().expect("a key has 32 bytes")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (head, secret, check) = (words.next()?, words.next()?, words.next()?);
        let key = Self { secret: Zeroizing::new(unhex(secret)?) };
        (head == HEAD && words.next().is_none() && unhex(check)? == key.check()).then_some(key)
    }

    fn check(&self) -> [u8; CHECK] {
        *self.derive("guixue 2026 key file check").first_chunk().expect("a key has 32 bytes")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in out.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{KeyError, KeyFile};
    use crate::platform;

    #[test]
    fn a_key_file_reads_back_and_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        assert!(matches!(KeyFile::open(&path), Err(KeyError::Missing(_))));
        let key = KeyFile::create(&path).unwrap();
        assert_eq!(KeyFile::open(&path).unwrap().secret, key.secret);
        assert!(matches!(KeyFile::create(&path), Err(KeyError::Exists(_))));
        assert_eq!(KeyFile::open(&path).unwrap().id(), key.id());
        assert!(!format!("{key:?}").contains(&super::hex(&*key.secret)[..8]));
    }

    #[test]
    fn a_slip_in_the_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        KeyFile::create(&dir.path().join("key")).unwrap();
        let good = std::fs::read_to_string(dir.path().join("key")).unwrap();
        let digit = if &good[20..21] == "0" { "1" } else { "0" };
        let slips = [
            String::new(),
            good[..40].to_owned(),
            good.replacen("key-1", "key-2", 1),
            format!("{}{digit}{}", &good[..20], &good[21..]),
            format!("{good} more"),
            good.replacen(' ', " é", 1),
        ];
        for (n, slip) in slips.iter().enumerate() {
            let path = dir.path().join(n.to_string());
            std::io::Write::write_all(&mut platform::new_private_file(&path).unwrap(), slip.as_bytes())
                .unwrap();
            assert!(matches!(KeyFile::open(&path), Err(KeyError::NotAKey(_))), "{slip:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_cure() {
        use crate::model::lang::{Lang, Say};
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        KeyFile::create(&path).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = KeyFile::open(&path).unwrap_err();
            assert!(matches!(error, KeyError::Exposed(_)), "{mode:o}");
            assert!(error.say(Lang::En).contains("chmod 600"));
        }
    }

    #[test]
    fn a_blind_index_needs_the_key_and_tells_domains_apart() {
        let (a, b) = (KeyFile::random(), KeyFile::random());
        let id = b"110101201001010000";
        assert_eq!(a.blind("id", id), a.blind("id", id));
        assert_ne!(a.blind("id", id), b.blind("id", id));
        assert_ne!(a.blind("id", id), a.blind("guardian", id));
        assert_ne!(a.blind("id", b"x"), a.blind("i", b"dx"));
    }
}
