//! What Linux and Windows do differently with files, in one place. Every function exists twice.
//!
//! | | Unix | Windows |
//! |---|---|---|
//! | private file | mode 0600 | inherits the folder's access list, which the installer narrows |
//! | private folder | mode 0700 | as above |
//! | names on disk | sync of the folder | NTFS journals them; a folder cannot be synced |
//! | owner | the user who may open what is private | access lists name several |

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(unix)]
pub use unix::{is_private, new_private_file, other_owner, private_dir, sync_dir};
#[cfg(windows)]
pub use windows::{is_private, new_private_file, other_owner, private_dir, sync_dir};

/// Whether sled's own flush reaches the disk here. On Linux it starts the writing and does not wait
/// for the disk's cache (sled issue 1452).
pub const ENGINE_FLUSH_IS_DURABLE: bool = cfg!(not(target_os = "linux"));

/// Whether `error` says that there is no room left for this user on the disk.
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Bytes that this user may still write where `path` lies.
///
/// # Errors
/// When the file system does not say.
pub fn free_space(path: &Path) -> io::Result<u64> {
    fs2::available_space(path)
}

/// Makes sure that `path` can be written, before something is done whose result goes there: its folder is made
/// when there is none.
///
/// # Errors
/// As the file system's; nothing was written.
pub fn ready_for(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ready_for_files_in(folder)
}

/// Makes sure that files can be written into `folder`, and makes it when there is none.
///
/// # Errors
/// As the file system's; nothing was written.
pub fn ready_for_files_in(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let trial = folder.join(format!(".{}.part", std::process::id()));
    new_private_file(&trial)?;
    std::fs::remove_file(trial)
}

/// Replaces `path` by `bytes` so that a power cut leaves the old content or the new, never a mix.
/// The file is private.
///
/// # Errors
/// As the file system's.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_added_extension("part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = new_private_file(&part)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&part, path)?;
    sync_parent(path)
}

/// Puts the name of `path` itself on disk.
///
/// # Errors
/// As the file system's.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => sync_dir(Path::new(".")),
    }
}

/// Waits until the content of the file at `path` is on disk.
///
/// # Errors
/// As the file system's.
pub fn sync_file(path: &Path) -> io::Result<()> {
    // Windows flushes only handles that may write
    File::options().write(true).open(path)?.sync_all()
}

#[cfg(unix)]
mod unix {
    use std::fs::{DirBuilder, File, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    /// Creates a file that only its owner may read and write; fails when it exists.
    ///
    /// # Errors
    /// As the file system's.
    pub fn new_private_file(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
    }

    /// Creates a folder, and those above it, that only its owner may enter. One that exists keeps its mode.
    ///
    /// # Errors
    /// As the file system's.
    pub fn private_dir(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Whether nobody but the owner may read or write `file`.
    ///
    /// # Errors
    /// As the file system's.
    pub fn is_private(file: &File) -> io::Result<bool> {
        Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
    }

    /// Who owns `path` when that is not the user who runs this program: by name, or by number where the machine
    /// knows no name. `None` also when there is nothing at `path`.
    ///
    /// # Errors
    /// As the file system's.
    pub fn other_owner(path: &Path) -> io::Result<Option<String>> {
        let owner = match std::fs::metadata(path) {
            Ok(found) => found.uid(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let me = rustix::process::geteuid().as_raw();
        let users = || std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        Ok((owner != me).then(|| name_of(owner, &users())))
    }

    /// The name of user number `owner` in the lines of /etc/passwd, else the number.
    pub(super) fn name_of(owner: u32, users: &str) -> String {
        let number = owner.to_string();
        let of_line = |line: &str| {
            let mut parts = line.split(':');
            let name = parts.next().filter(|name| !name.is_empty())?;
            (parts.nth(1) == Some(&number)).then(|| name.to_owned())
        };
        users.lines().find_map(of_line).unwrap_or_else(|| number.clone())
    }

    /// Puts the names inside `dir` on disk.
    ///
    /// # Errors
    /// As the file system's.
    pub fn sync_dir(dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

#[cfg(windows)]
mod windows {
    use std::fs::{DirBuilder, File, OpenOptions};
    use std::io;
    use std::path::Path;

    /// Creates a file under its folder's access list; fails when it exists.
    ///
    /// # Errors
    /// As the file system's.
    pub fn new_private_file(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    }

    /// Creates a folder, and those above it, under the access list of the one above.
    ///
    /// # Errors
    /// As the file system's.
    pub fn private_dir(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).create(path)
    }

    /// Access lists are the installer's business here: always true.
    ///
    /// # Errors
    /// None here; the signature is Unix's.
    pub fn is_private(_file: &File) -> io::Result<bool> {
        Ok(true)
    }

    /// Access lists say who may open a file, and they may name several: always none.
    ///
    /// # Errors
    /// None here; the signature is Unix's.
    pub fn other_owner(_path: &Path) -> io::Result<Option<String>> {
        Ok(None)
    }

    /// Nothing to do: NTFS journals names and refuses to sync a folder.
    ///
    /// # Errors
    /// None here; the signature is Unix's.
    pub fn sync_dir(_dir: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{is_disk_full, new_private_file, replace_file};

    #[test]
    fn a_file_is_replaced_whole_and_an_interrupted_one_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("life");
        std::fs::write(path.with_added_extension("part"), b"half").unwrap();
        replace_file(&path, b"one").unwrap();
        replace_file(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        assert!(super::is_private(&new_private_file(&path).unwrap()).unwrap());
        assert!(new_private_file(&path).is_err(), "never over an existing one");
        let open: std::fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&path, open).unwrap();
        assert!(!super::is_private(&std::fs::File::open(&path).unwrap()).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn an_owner_is_named_as_the_machine_knows_him() {
        let users =
            "root:x:0:0::/root:/bin/bash\nguixue:x:998:998::/var/lib/guixue-hub:/bin/sh\n:x:5:\nhalf\n";
        for (number, name) in [(0, "root"), (998, "guixue"), (99, "99"), (5, "5")] {
            assert_eq!(super::unix::name_of(number, users), name);
        }
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(super::other_owner(dir.path()).unwrap(), None, "one's own");
        assert_eq!(super::other_owner(&dir.path().join("none")).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_full_disk_is_known_by_its_error() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let error = std::io::Write::write_all(&mut &full, b"x").unwrap_err();
        assert!(is_disk_full(&error));
        assert!(!is_disk_full(&std::io::Error::other("cable")));
    }
}
