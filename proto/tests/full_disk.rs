//! A disk that fills up refuses new facts and keeps the old ones. On a real small disk, which needs Linux
//! and the right to mount one in a name space of its own.

#![expect(clippy::unwrap_used, reason = "all of this is a test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use proto::store::{OpenError, Options, SledStore, Store, StoreError};

const DISK: &str = "FULL_DISK";

#[test]
fn a_full_disk_refuses_and_keeps_what_it_has() {
    if let Ok(disk) = std::env::var(DISK) {
        return fill(Path::new(&disk));
    }
    let disk = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=40m none "$1" && exec "$2" --exact "$3" --nocapture"#;
    let me = std::env::current_exe().unwrap();
    let can_mount =
        Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none"]).arg(disk.path()).status();
    if !can_mount.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a small disk cannot be mounted here");
        return;
    }
    let run = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh"])
        .args([disk.path(), &me])
        .arg("a_full_disk_refuses_and_keeps_what_it_has")
        .env(DISK, disk.path())
        .status();
    assert!(run.unwrap().success());
}

fn fill(disk: &Path) {
    let (dir, ballast, spare) = (disk.join("store"), disk.join("ballast"), disk.join("spare"));
    fs::write(&spare, vec![1; 8 << 20]).unwrap();
    let put = |store: &SledStore, n: u32| {
        let value: Vec<u8> =
            (0..20_000_u32).map(|i| (i.wrapping_mul(n * 2 + 1) >> 7).to_le_bytes()[0]).collect();
        store.commit(vec![(n.to_be_bytes().to_vec(), Some(value))])
    };
    let open = || SledStore::open(&dir, Options::node().creating()).map(|opened| opened.store);

    let store = open().unwrap();
    let kept = (0..10_000)
        .find(|n| put(&store, *n).inspect_err(|e| assert!(matches!(e, StoreError::Full(_)))).is_err());
    let kept = kept.expect("the disk fills up");
    assert!(kept > 50, "only {kept}");
    let holds =
        |store: &SledStore| assert_eq!(store.scan(b"", &[255; 5]).map(Result::unwrap).count(), kept as usize);
    holds(&store);
    drop(store);

    // still opens and reads; closes when others have taken the last of it, and nothing is thought damaged
    holds(&open().unwrap());
    fs::write(&ballast, vec![1; 64 << 20]).expect_err("the disk is full");
    assert!(matches!(open(), Err(OpenError::Full { .. })));

    fs::remove_file(&ballast).unwrap();
    fs::remove_file(&spare).unwrap();
    let store = open().unwrap();
    holds(&store);
    put(&store, kept).unwrap();
}
