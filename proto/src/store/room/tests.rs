use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{collection, test_runner::TestCaseError};

use super::Room;
use crate::store::{KEY_MAX, MemoryStore, Pair, Store, StoreError, after};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Debug, Clone)]
enum Step {
    Put(Vec<u8>, u8),
    Delete(Vec<u8>),
    /// Steps of an action, and whether it fails at the end.
    Attempt(Vec<Step>, bool),
    Get(Vec<u8>),
    Range(Vec<u8>, Vec<u8>, usize),
    List(Vec<u8>),
    Last(Vec<u8>, Vec<u8>),
}

/// Short keys of few letters, so that they meet and lie beside one another; and the longest.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let letter = prop_oneof![Just(0), Just(1), Just(b'a'), Just(0xfe), Just(0xff)];
    prop_oneof![9 => collection::vec(letter, 0..4), 1 => Just(vec![0xff; KEY_MAX])]
}

fn step() -> impl Strategy<Value = Step> {
    let simple = prop_oneof![
        3 => (key(), any::<u8>()).prop_map(|(k, v)| Step::Put(k, v)),
        2 => key().prop_map(Step::Delete),
        1 => key().prop_map(Step::Get),
        1 => (key(), key(), 0..6_usize).prop_map(|(a, b, n)| Step::Range(a, b, n)),
        1 => key().prop_map(Step::List),
        2 => (key(), key()).prop_map(|(a, b)| Step::Last(a, b)),
    ];
    simple.prop_recursive(3, 40, 8, |inner| {
        (collection::vec(inner, 0..8), any::<bool>()).prop_map(|(steps, fails)| Step::Attempt(steps, fails))
    })
}

fn between(model: &Model, from: &[u8], to: &[u8], limit: usize) -> Vec<Pair> {
    if from >= to {
        return Vec::new();
    }
    let bounds = (Bound::Included(from.to_vec()), Bound::Excluded(to.to_vec()));
    model.range(bounds).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// Takes a step in both and compares what they answer.
fn take(room: &mut Room<'_>, model: &mut Model, step: &Step) {
    match step {
        Step::Put(key, value) => {
            room.put(key.clone(), [*value]);
            model.insert(key.clone(), vec![*value]);
        }
        Step::Delete(key) => {
            room.delete(key.clone());
            model.remove(key);
        }
        Step::Attempt(steps, fails) => {
            let before = model.clone();
            let result = room.attempt(|room| {
                steps.iter().for_each(|step| take(room, model, step));
                if *fails { Err(()) } else { Ok(()) }
            });
            assert_eq!(result.is_err(), *fails);
            if *fails {
                *model = before;
            }
        }
        Step::Get(key) => assert_eq!(room.get(key).unwrap().as_ref(), model.get(key)),
        Step::Range(from, to, limit) => {
            assert_eq!(room.range(from, to, *limit).unwrap(), between(model, from, to, *limit));
        }
        Step::List(prefix) => {
            let all: Vec<_> = model.iter().filter(|(k, _)| k.starts_with(prefix)).collect();
            let listed = room.list(prefix).unwrap();
            assert!(listed.iter().map(|(k, v)| (k, v)).eq(all));
        }
        Step::Last(from, to) => {
            let found = model.iter().rfind(|(k, _)| *k >= from && *k <= to);
            let last = room.last(from, to).unwrap();
            assert_eq!(last.as_ref().map(|(k, v)| (k, v)), found);
        }
    }
}

fn all_of(store: &dyn Store) -> Vec<Pair> {
    store.scan(b"", &after(b"")).collect::<Result<_, _>>().unwrap()
}

proptest! {
    #[test]
    fn a_room_answers_as_a_map_that_was_really_changed(
        stored in collection::btree_map(key(), collection::vec(any::<u8>(), 1), 0..12),
        steps in collection::vec(step(), 0..40),
    ) {
        let store = MemoryStore::default();
        store.commit(stored.iter().map(|(k, v)| (k.clone(), Some(v.clone()))).collect()).unwrap();
        let mut model = stored.clone();
        let mut room = Room::new(&store);
        steps.iter().for_each(|step| take(&mut room, &mut model, step));
        let batch = room.into_batch();
        assert!(batch.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(all_of(&store), stored.into_iter().collect::<Vec<_>>(), "nothing before the commit");
        store.commit(batch).map_err(|e| TestCaseError::fail(e.to_string()))?;
        assert_eq!(all_of(&store), model.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_failed_action_leaves_an_empty_room_empty() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let failed: Result<(), &str> = room.attempt(|room| {
        room.put("a", "1");
        room.delete("b");
        Err("refused")
    });
    assert_eq!(failed, Err("refused"));
    assert!(room.is_empty());
}

#[test]
fn a_store_that_cannot_read_is_not_read_as_empty() {
    struct Blind;
    impl Store for Blind {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            Err(StoreError::Stopped)
        }
        fn scan<'s>(&'s self, _: &[u8], _: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
            Box::new(std::iter::once(Err(StoreError::Stopped)))
        }
        fn last(&self, _: &[u8], _: &[u8]) -> Result<Option<Pair>, StoreError> {
            Err(StoreError::Stopped)
        }
        fn commit(&self, _: crate::store::Batch) -> Result<(), StoreError> {
            Err(StoreError::Stopped)
        }
    }
    let mut room = Room::new(&Blind);
    room.put("b", "1");
    assert_eq!(room.get(b"b").unwrap().unwrap(), b"1");
    assert!(room.get(b"a").is_err() && room.list(b"").is_err() && room.last(b"", b"z").is_err());
}
