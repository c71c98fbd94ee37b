//! A command typed as another user than the folder's owner, root included, leaves nothing behind.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use crate::folder::Folder;

/// Nobody on this machine.
const STRANGER: u32 = 65_432;

/// Everything below `dir` with its owner.
fn files(dir: &Path) -> Vec<(PathBuf, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        out.push((path.clone(), std::fs::metadata(&path).unwrap().uid()));
        if path.is_dir() {
            out.extend(files(&path));
        }
    }
    out.sort();
    out
}

#[test]
fn a_folder_of_another_user_is_left_alone_and_its_owner_is_named() {
    let folder = Folder::county();
    let backup = folder.json(&["backup"])["path"].as_str().unwrap().to_owned();
    // who is not root cannot give a folder away, and finds one of root's
    let (foreign, owner) = match chown(&folder.dir, Some(STRANGER), None) {
        Ok(()) => (folder.dir.clone(), STRANGER.to_string()),
        Err(_) => (PathBuf::from("/"), "root".to_owned()),
    };
    let ours = foreign == folder.dir;
    let before = if ours { files(&foreign) } else { Vec::new() };
    for args in [
        vec!["status"],
        vec!["run"],
        vec!["restore", &backup],
        vec!["invite", "2152000001", "--under", "520502"],
        vec!["init", "--region", "520502", "--listen", "127.0.0.1:0", "--public", "127.0.0.1:7443"],
    ] {
        let output = Folder::command_in(&foreign, &args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{args:?} was not refused");
        assert!(said.contains(&format!("runuser -u {owner} --")), "{args:?}: {said}");
    }
    if ours {
        assert_eq!(files(&foreign), before, "nothing was written");
    }
}
