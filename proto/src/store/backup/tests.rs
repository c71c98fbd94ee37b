use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::{BackupError, Broken, backup, backup_online, restore, verify};
use crate::model::party::Party;
use crate::store::{
    Desk, KeyFile, MemoryStore, OpenError, Options, Pair, Sealed, SledStore, Store, StoreError, after,
};

struct Case {
    dir: tempfile::TempDir,
    key: KeyFile,
    party: Party,
    store: MemoryStore,
}

fn case() -> Case {
    let store = MemoryStore::default();
    let pairs = (0..3_000_u32).map(|n| {
        let value = vec![u8::try_from(n % 251).unwrap(); (n as usize * 7) % 900];
        (format!("child/{n:05}").into_bytes(), Some(value))
    });
    store.commit(pairs.collect()).unwrap();
    store.commit(vec![(b"big".to_vec(), Some(vec![9; 700_000])), (Vec::new(), Some(Vec::new()))]).unwrap();
    let party = "p52/c5205/d520502/s2152000001".parse().unwrap();
    Case { dir: tempfile::tempdir().unwrap(), key: KeyFile::random(), party, store }
}

impl Case {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn backed_up(&self) -> PathBuf {
        let to = self.path("backup");
        backup(&self.store, &self.key, &self.party, &to).unwrap();
        to
    }

    fn why(&self, bytes: &[u8]) -> Broken {
        let path = self.path("changed");
        fs::write(&path, bytes).unwrap();
        match restore(&path, &self.key, &self.party, &self.path("new"), Options::node()) {
            Err(BackupError::File { why, .. }) => {
                assert!(!self.path("new").exists());
                why
            }
            other => panic!("{other:?}"),
        }
    }
}

fn everything(store: &dyn Store) -> Vec<Pair> {
    store.scan(b"", &after(b"")).collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_restored_store_equals_its_backup_and_says_that_it_is_restored() {
    let case = case();
    let from = case.backed_up();
    let report = restore(&from, &case.key, &case.party, &case.path("new"), Options::node()).unwrap();
    assert_eq!(report, verify(&from, &case.key, &case.party).unwrap());
    assert_eq!(report.records, 3_002);
    let opened = SledStore::open(&case.path("new"), Options::node()).unwrap();
    assert!(opened.restored);
    let store = Sealed::open(opened.store, &case.key).unwrap();
    assert!(everything(&store) == everything(&case.store));
    let names: Vec<_> = fs::read_dir(case.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "backup, new, new.life, new.lock and nothing else: {names:?}");
}

#[test]
fn an_empty_store_has_a_backup_too() {
    let case = Case { store: MemoryStore::default(), ..case() };
    let from = case.backed_up();
    let report = restore(&from, &case.key, &case.party, &case.path("new"), Options::node()).unwrap();
    assert_eq!((report.records, report.bytes), (0, 0));
}

#[test]
fn a_backup_shows_nothing_and_is_smaller() {
    let case = case();
    let bytes = fs::read(case.backed_up()).unwrap();
    assert!(!bytes.windows(6).any(|w| w == b"child/"));
    assert!(bytes.len() < 200_000, "{}", bytes.len());
}

#[test]
fn a_backup_never_overwrites_a_file() {
    let case = case();
    fs::write(case.path("backup"), b"last week's").unwrap();
    let again = backup(&case.store, &case.key, &case.party, &case.path("backup"));
    assert!(matches!(again, Err(BackupError::Exists(_))));
    assert_eq!(fs::read(case.path("backup")).unwrap(), b"last week's");
}

#[test]
fn a_failing_store_leaves_no_backup_behind() {
    struct Failing;
    impl Store for Failing {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn scan<'s>(&'s self, _: &[u8], _: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
            Box::new([Ok((vec![1], vec![2])), Err(StoreError::Stopped)].into_iter())
        }
        fn last(&self, _: &[u8], _: &[u8]) -> Result<Option<Pair>, StoreError> {
            Ok(None)
        }
        fn commit(&self, _: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), StoreError> {
            Ok(())
        }
    }
    let case = case();
    let made = backup(&Failing, &case.key, &case.party, &case.path("backup"));
    assert!(matches!(made, Err(BackupError::Store(StoreError::Stopped))));
    assert_eq!(fs::read_dir(case.dir.path()).unwrap().count(), 0);
}

#[test]
fn the_wrong_key_and_another_partys_backup_are_refused() {
    let case = case();
    let bytes = fs::read(case.backed_up()).unwrap();
    let stranger = Case { key: KeyFile::random(), ..self::case() };
    assert!(matches!(stranger.why(&bytes), Broken::WrongKey));
    let neighbour = Case { key: case.key.clone(), party: "p52/c5205".parse().unwrap(), ..self::case() };
    assert!(matches!(neighbour.why(&bytes), Broken::OtherParty(p) if p == case.party.to_string()));
    // renaming the header does not make it ours
    let name = case.party.to_string();
    let theirs = bytes.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
    let mut renamed = bytes.clone();
    renamed[theirs + name.find('/').unwrap() - 1] ^= 1;
    assert!(matches!(case.why(&renamed), Broken::OtherParty(_)));
}

#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    let case = case();
    let bytes = fs::read(case.backed_up()).unwrap();
    for keep in (0..120).chain((120..bytes.len()).step_by(997)).chain([bytes.len() - 1]) {
        let why = case.why(&bytes[..keep]);
        assert!(matches!(why, Broken::NotABackup | Broken::Damaged), "{keep}: {why:?}");
    }
    assert!(matches!(case.why(&[&bytes[..], b"\0"].concat()), Broken::Damaged), "something behind the end");
}

#[test]
fn an_edited_file_is_refused_wherever_it_is_edited() {
    let case = case();
    let bytes = fs::read(case.backed_up()).unwrap();
    for at in (0..140).chain((140..bytes.len()).step_by(997)) {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        case.why(&changed);
    }
}

#[test]
fn chunks_cannot_be_left_out_repeated_swapped_or_borrowed() {
    let case = case();
    let bytes = fs::read(case.backed_up()).unwrap();
    let start = 14 + 1 + 8 + 32 + 2 + case.party.to_string().len();
    let (header, mut rest) = bytes.split_at(start);
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize + 4;
        chunks.push(&rest[..length]);
        rest = &rest[length..];
    }
    assert!(chunks.len() >= 4, "{}", chunks.len());
    let last = chunks.len() - 1;
    let file = |order: &[usize]| {
        [header.to_vec(), order.iter().flat_map(|n| chunks[*n].to_vec()).collect()].concat()
    };
    let whole: Vec<usize> = (0..=last).collect();
    for (what, order) in [
        ("first left out", whole[1..].to_vec()),
        ("middle left out", [&whole[..1], &whole[2..]].concat()),
        ("repeated", [&whole[..1], &whole[..]].concat()),
        ("swapped", [&[1, 0], &whole[2..]].concat()),
        ("ends early", vec![0, last]),
    ] {
        assert!(matches!(case.why(&file(&order)), Broken::Damaged), "{what}");
    }
    let other = case.path("other");
    backup(&case.store, &case.key, &case.party, &other).unwrap();
    let borrowed = [header, &fs::read(other).unwrap()[start..]].concat();
    assert!(matches!(case.why(&borrowed), Broken::Damaged), "another backup's chunks");
}

#[test]
fn a_store_is_never_restored_over_another() {
    let case = case();
    let from = case.backed_up();
    drop(SledStore::open(&case.path("new"), Options::node().creating()).unwrap());
    let over = restore(&from, &case.key, &case.party, &case.path("new"), Options::node());
    assert!(matches!(over, Err(BackupError::NotEmpty(_))));
    assert!(!SledStore::open(&case.path("new"), Options::node()).unwrap().restored);
}

#[test]
fn an_interrupted_restore_is_not_taken_for_a_store_and_can_be_repeated() {
    let case = case();
    let from = case.backed_up();
    fs::create_dir(case.path("new.restoring")).unwrap();
    fs::write(case.path("new.restoring").join("db"), b"half").unwrap();
    let opened = SledStore::open(&case.path("new"), Options::node().creating());
    assert!(matches!(opened, Err(OpenError::HalfRestored { .. })));
    restore(&from, &case.key, &case.party, &case.path("new"), Options::node()).unwrap();
    assert!(SledStore::open(&case.path("new"), Options::node()).unwrap().restored);
}

#[tokio::test]
async fn a_backup_taken_while_the_desk_writes_is_a_state_between_two_commits() {
    let case = case();
    let (desk, writer) = Desk::open(Arc::new(MemoryStore::default()));
    let running = writer.spawn();
    let writing = desk.clone();
    let writes = tokio::spawn(async move {
        for n in 0..400_u32 {
            let both = move |room: &mut crate::store::Room<'_>| -> Result<(), StoreError> {
                room.put("a", n.to_be_bytes());
                room.put("z", n.to_be_bytes());
                Ok(())
            };
            writing.act(both).await.unwrap();
        }
    });
    let key = Arc::new(case.key.clone());
    for n in 0..8 {
        let (to, new) = (case.path(&format!("b{n}")), case.path(&format!("n{n}")));
        backup_online(&desk, key.clone(), case.party.clone(), to.clone()).await.unwrap();
        restore(&to, &case.key, &case.party, &new, Options::node()).unwrap();
        let opened = SledStore::open(&new, Options::node()).unwrap();
        let store = Sealed::open(opened.store, &case.key).unwrap();
        assert_eq!(store.get(b"a").unwrap(), store.get(b"z").unwrap());
    }
    writes.await.unwrap();
    drop(desk);
    running.join().unwrap().unwrap();
}
