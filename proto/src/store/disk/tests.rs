use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Options, SledStore};
use crate::store::chunk::PIECE;
use crate::store::{KEY_MAX, OpenError, Store, StoreError, suite};

struct Disk {
    dir: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("store")
    }
}

impl suite::Place for Disk {
    fn open(&self) -> Box<dyn Store> {
        Box::new(open(&self.path()))
    }
}

crate::store_laws!(Disk::new());

fn options() -> Options {
    Options { lock_wait: Duration::ZERO, ..Options::node().creating() }
}

/// The engine's threads may hold the lock for a moment after a store was dropped: waited for as in real life.
fn open(dir: &Path) -> SledStore {
    SledStore::open(dir, Options { lock_wait: Options::node().lock_wait, ..options() }).unwrap().store
}

/// Until the engine's threads have let go of a store that was dropped.
fn wait_until_closed(dir: &Path) {
    fs::File::open(dir.join("db")).unwrap().lock().unwrap();
}

fn put(store: &SledStore, key: &[u8], value: &[u8]) {
    store.commit(vec![(key.to_vec(), Some(value.to_vec()))]).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn a_second_opener_is_refused_and_changes_nothing() {
    let disk = Disk::new();
    let store = open(&disk.path());
    assert!(matches!(SledStore::open(&disk.path(), options()), Err(OpenError::InUse { .. })));
    put(&store, b"k", b"v");
    drop(store);
    assert_eq!(open(&disk.path()).get(b"k").unwrap().unwrap(), b"v");
}

#[test]
fn a_second_opener_waits_for_the_first_to_close() {
    let disk = Disk::new();
    let store = open(&disk.path());
    let path = disk.path();
    let waiting = std::thread::spawn(move || SledStore::open(&path, Options::node()).map(|o| o.restored));
    drop(store);
    assert!(!waiting.join().unwrap().unwrap());
}

#[test]
fn no_store_is_made_unless_asked() {
    let disk = Disk::new();
    let asked = SledStore::open(&disk.path(), Options::node());
    assert!(matches!(asked, Err(OpenError::Missing { .. })));
    assert!(!disk.path().exists());
}

#[test]
fn a_store_that_vanished_is_not_an_empty_one() {
    let disk = Disk::new();
    drop(open(&disk.path()));
    fs::remove_dir_all(disk.path()).unwrap();
    assert!(matches!(SledStore::open(&disk.path(), options()), Err(OpenError::Gone { .. })));
}

#[test]
fn a_store_whose_making_was_cut_is_made_again() {
    let disk = Disk::new();
    fs::create_dir_all(disk.path().join("blobs")).unwrap();
    fs::write(disk.path().join("conf"), b"half").unwrap();
    fs::write(disk.path().join("snap.0000000000000000.generating"), b"").unwrap();
    put(&open(&disk.path()), b"k", b"v");
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let disk = Disk::new();
    fs::create_dir_all(disk.path()).unwrap();
    fs::write(disk.path().join("thesis.doc"), b"years of work").unwrap();
    let opened = SledStore::open(&disk.path(), options());
    assert!(matches!(opened, Err(OpenError::Foreign { found, .. }) if found == "thesis.doc"));
    assert_eq!(fs::read(disk.path().join("thesis.doc")).unwrap(), b"years of work");
}

#[test]
fn a_half_written_snapshot_does_not_keep_the_store_shut() {
    let disk = Disk::new();
    put(&open(&disk.path()), b"k", b"v");
    fs::write(disk.path().join("snap.00000000DEADBEEF.generating"), b"half").unwrap();
    assert_eq!(open(&disk.path()).get(b"k").unwrap().unwrap(), b"v");
}

#[test]
fn a_damaged_store_is_set_aside_and_never_replaced_by_an_empty_one() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 5] = [
        ("the log is empty", |dir| fs::write(dir.join("db"), b"").unwrap()),
        ("the log is gone", |dir| fs::remove_file(dir.join("db")).unwrap()),
        ("the log is noise", |dir| fs::write(dir.join("db"), vec![0xa5; 1 << 20]).unwrap()),
        ("the log is zeros", |dir| fs::write(dir.join("db"), vec![0; 1 << 20]).unwrap()),
        ("the settings are noise", |dir| fs::write(dir.join("conf"), [0xff; 40]).unwrap()),
    ];
    for (what, harm) in harms {
        let disk = Disk::new();
        put(&open(&disk.path()), b"k", b"v");
        wait_until_closed(&disk.path());
        harm(&disk.path());
        let Err(OpenError::Corrupt { moved_to, .. }) = SledStore::open(&disk.path(), options()) else {
            panic!("{what}: opened");
        };
        assert_eq!(moved_to, disk.dir.path().join("store.corrupt-1"), "{what}");
        assert!(moved_to.join("conf").exists(), "{what}: kept for inspection");
        assert!(matches!(SledStore::open(&disk.path(), options()), Err(OpenError::Gone { .. })), "{what}");
    }
}

#[test]
fn a_copy_put_back_is_known_until_it_is_settled() {
    let disk = Disk::new();
    let old = disk.dir.path().join("old");
    drop(open(&disk.path()));
    copy(&disk.path(), &old);
    put(&open(&disk.path()), b"k", b"told to the parent");
    fs::remove_dir_all(disk.path()).unwrap();
    copy(&old, &disk.path());
    for opening in 0..3 {
        assert!(SledStore::open(&disk.path(), options()).unwrap().restored, "opening {opening}");
    }
    SledStore::open(&disk.path(), options()).unwrap().store.settle().unwrap();
    assert!(!SledStore::open(&disk.path(), options()).unwrap().restored);
}

#[test]
fn a_copy_of_a_running_store_is_known_after_an_orderly_stop() {
    let disk = Disk::new();
    let (old, store) = (disk.dir.path().join("old"), open(&disk.path()));
    copy(&disk.path(), &old);
    drop(store);
    fs::remove_dir_all(disk.path()).unwrap();
    copy(&old, &disk.path());
    assert!(SledStore::open(&disk.path(), options()).unwrap().restored);
}

#[test]
fn a_store_carried_to_another_place_is_a_copy() {
    let disk = Disk::new();
    drop(open(&disk.path()));
    let there = disk.dir.path().join("there");
    fs::rename(disk.path(), &there).unwrap();
    assert!(SledStore::open(&there, options()).unwrap().restored);
}

#[test]
fn a_full_disk_refuses_the_commit_and_loses_nothing() {
    let disk = Disk::new();
    put(&open(&disk.path()), b"k", b"kept");
    let mut store = open(&disk.path());
    store.options.reserve_bytes = u64::MAX / 2;
    let refused = store.commit(vec![(b"k".to_vec(), Some(b"new".to_vec()))]);
    assert!(matches!(refused, Err(StoreError::Full(_))));
    assert_eq!(store.get(b"k").unwrap().unwrap(), b"kept");
    store.options.reserve_bytes = 0;
    put(&store, b"k", b"after space was freed");
}

#[test]
fn the_engine_never_needs_a_file_beside_its_log() {
    let disk = Disk::new();
    let store = open(&disk.path());
    for round in 0..5_u8 {
        let key = |n: u8| [&[b'k'; KEY_MAX - 1][..], &[n]].concat();
        store.commit((0..40).map(|n| (key(n), Some(vec![round ^ n; PIECE]))).collect()).unwrap();
        put(&store, &[round; KEY_MAX], &vec![round; 300_000]);
        assert_eq!(fs::read_dir(disk.path().join("blobs")).unwrap().count(), 0, "round {round}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn after_a_failure_nothing_more_is_written() {
    let disk = Disk::new();
    let mut store = open(&disk.path());
    put(&store, b"k", b"kept");
    // a pipe cannot be synced: what a dying disk would answer
    store.file = fs::File::from(std::os::fd::OwnedFd::from(std::io::pipe().unwrap().1));
    let batch = || vec![(b"k".to_vec(), Some(b"unsure".to_vec()))];
    assert!(matches!(store.commit(batch()), Err(StoreError::Engine(_))));
    assert!(matches!(store.commit(batch()), Err(StoreError::Stopped)));
    drop(store);
    assert!(!SledStore::open(&disk.path(), options()).unwrap().restored, "a crash is no restore");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_a_store() {
    use std::os::unix::fs::PermissionsExt;
    let disk = Disk::new();
    drop(open(&disk.path()));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(disk.path()), 0o700);
    assert_eq!(mode(disk.dir.path().join("store.life")), 0o600);
}
