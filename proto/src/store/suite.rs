//! The laws of any [`Store`]: one contract, several engines, one suite. An engine's tests are one line,
//! `proto::store_laws!(its_place)`, and each law becomes a test of its own name.

use super::{KEY_MAX, Pair, Store, StoreError, after};

/// A place where a store lives: opening it again finds what was committed. The suite drops the one it
/// opened before it opens the next.
pub trait Place {
    /// Opens the store that lives here; the first time, an empty one.
    fn open(&self) -> Box<dyn Store>;
}

/// Runs every law, each in a place of its own.
pub fn all<P: Place>(make: impl Fn() -> P) {
    for (_, law) in LAWS {
        law(&make());
    }
}

/// A law: it panics when the store in the place breaks it.
pub type Law = fn(&dyn Place);

/// Every law by its name.
pub const LAWS: &[(&str, Law)] = &[
    ("a_new_store_is_empty", a_new_store_is_empty),
    ("reads_see_the_last_commit", reads_see_the_last_commit),
    ("scans_go_in_the_order_of_bytes", scans_go_in_the_order_of_bytes),
    ("a_scan_takes_its_start_and_leaves_its_end", a_scan_takes_its_start_and_leaves_its_end),
    ("last_finds_the_greatest_key_of_a_range", last_finds_the_greatest_key_of_a_range),
    ("a_batch_overwrites_and_deletes_as_one", a_batch_overwrites_and_deletes_as_one),
    ("the_later_write_of_a_key_counts", the_later_write_of_a_key_counts),
    ("empty_keys_and_values_are_ordinary", empty_keys_and_values_are_ordinary),
    ("values_of_any_size_come_back", values_of_any_size_come_back),
    ("a_key_too_long_refuses_the_whole_batch", a_key_too_long_refuses_the_whole_batch),
    ("what_was_committed_is_there_after_reopening", what_was_committed_is_there_after_reopening),
    ("readers_and_the_writer_work_side_by_side", readers_and_the_writer_work_side_by_side),
];

/// Makes every law a test: `store_laws!(expression that makes a fresh Place);`
#[macro_export]
macro_rules! store_laws {
    ($make:expr) => {
        $crate::store_laws!(@each $make;
            a_new_store_is_empty,
            reads_see_the_last_commit,
            scans_go_in_the_order_of_bytes,
            a_scan_takes_its_start_and_leaves_its_end,
            last_finds_the_greatest_key_of_a_range,
            a_batch_overwrites_and_deletes_as_one,
            the_later_write_of_a_key_counts,
            empty_keys_and_values_are_ordinary,
            values_of_any_size_come_back,
            a_key_too_long_refuses_the_whole_batch,
            what_was_committed_is_there_after_reopening,
            readers_and_the_writer_work_side_by_side,
        );
    };
    (@each $make:expr; $($law:ident,)+) => {
        $(
            #[test]
            fn $law() {
                $crate::store::suite::$law(&$make);
            }
        )+

        #[test]
        fn no_law_is_left_out() {
            let named = [$(stringify!($law)),+];
            let all: Vec<&str> = $crate::store::suite::LAWS.iter().map(|(name, _)| *name).collect();
            assert_eq!(named.as_slice(), all);
        }
    };
}

const WORKS: &str = "a healthy store answers";

fn put(store: &dyn Store, pairs: &[(&[u8], &[u8])]) {
    store.commit(pairs.iter().map(|(k, v)| (k.to_vec(), Some(v.to_vec()))).collect()).expect(WORKS);
}

fn keys(store: &dyn Store, from: &[u8], to: &[u8]) -> Vec<Vec<u8>> {
    store.scan(from, to).map(|pair| pair.expect(WORKS).0).collect()
}

fn everything(store: &dyn Store) -> Vec<Pair> {
    store.scan(b"", &after(b"")).collect::<Result<_, StoreError>>().expect(WORKS)
}

/// Nothing is there before the first commit, and an empty batch changes nothing.
pub fn a_new_store_is_empty(place: &dyn Place) {
    let store = place.open();
    store.commit(Vec::new()).expect(WORKS);
    assert_eq!(everything(&*store), []);
    assert_eq!(store.get(b"a").expect(WORKS), None);
    assert_eq!(store.last(b"", &[u8::MAX; KEY_MAX]).expect(WORKS), None);
}

/// A read after a commit sees it, and only the newest value.
pub fn reads_see_the_last_commit(place: &dyn Place) {
    let store = place.open();
    for round in 0..40_u8 {
        put(&*store, &[(b"k", &[round]), (&[b'n', round], b"x")]);
        assert_eq!(store.get(b"k").expect(WORKS), Some(vec![round]));
        assert_eq!(keys(&*store, b"n", b"o").len(), usize::from(round) + 1);
    }
}

/// Ascending by bytes, a prefix before what it begins, whatever the order of writing.
pub fn scans_go_in_the_order_of_bytes(place: &dyn Place) {
    let store = place.open();
    let mut names: Vec<Vec<u8>> = (0..=u8::MAX).map(|b| vec![b]).collect();
    names.extend([b"a\0".to_vec(), b"aa".to_vec(), b"a\xff".to_vec(), vec![u8::MAX; KEY_MAX]]);
    for name in names.iter().rev() {
        put(&*store, &[(name, name)]);
    }
    names.sort();
    let pairs = everything(&*store);
    assert!(pairs.iter().all(|(key, value)| key == value));
    assert_eq!(pairs.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), names);
}

/// `from <= key < to`; nothing when the bounds cross or meet.
pub fn a_scan_takes_its_start_and_leaves_its_end(place: &dyn Place) {
    let store = place.open();
    put(&*store, &[(b"a", b""), (b"b", b""), (b"b\0", b""), (b"c", b"")]);
    for (from, to, found) in [
        (&b"a"[..], &b"c"[..], &[&b"a"[..], b"b", b"b\0"][..]),
        (b"b", b"b\0", &[b"b"]),
        (b"aa", b"b", &[]),
        (b"b", b"b", &[]),
        (b"c", b"a", &[]),
        (b"", b"", &[]),
    ] {
        assert_eq!(keys(&*store, from, to), found, "{from:?}..{to:?}");
    }
}

/// `from <= key <= to`, both ends taken.
pub fn last_finds_the_greatest_key_of_a_range(place: &dyn Place) {
    let store = place.open();
    put(&*store, &[(b"a", b"1"), (b"b", b"2"), (b"b\0", b"3"), (b"d", b"4")]);
    for (from, to, found) in [
        (&b""[..], &b"z"[..], Some(&b"4"[..])),
        (b"a", b"b", Some(b"2")),
        (b"a", b"c", Some(b"3")),
        (b"b", b"b", Some(b"2")),
        (b"c", b"cz", None),
        (b"e", b"z", None),
        (b"z", b"a", None),
    ] {
        let value = store.last(from, to).expect(WORKS).map(|(_, value)| value);
        assert_eq!(value.as_deref(), found, "{from:?}..={to:?}");
    }
}

/// Puts and deletes of one batch are seen together.
pub fn a_batch_overwrites_and_deletes_as_one(place: &dyn Place) {
    let store = place.open();
    put(&*store, &[(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]);
    let batch = vec![(b"a".to_vec(), Some(b"9".to_vec())), (b"b".to_vec(), None), (b"never".to_vec(), None)];
    store.commit(batch).expect(WORKS);
    assert_eq!(everything(&*store), [(b"a".to_vec(), b"9".to_vec()), (b"c".to_vec(), b"3".to_vec())]);
}

/// A batch that names a key twice ends with its last word.
pub fn the_later_write_of_a_key_counts(place: &dyn Place) {
    let store = place.open();
    let twice = |key: &[u8], first: Option<&[u8]>, then: Option<&[u8]>| {
        [(key.to_vec(), first.map(<[u8]>::to_vec)), (key.to_vec(), then.map(<[u8]>::to_vec))]
    };
    let big = vec![7; 100_000];
    let batch = [
        twice(b"a", Some(b"1"), Some(b"2")),
        twice(b"b", Some(&big), None),
        twice(b"c", None, Some(b"3")),
        twice(b"d", Some(&big), Some(b"4")),
    ];
    store.commit(batch.concat()).expect(WORKS);
    let values: Vec<Vec<u8>> = everything(&*store).into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [b"2", b"3", b"4"]);
}

/// The empty key is the first of all; an empty value is not absence.
pub fn empty_keys_and_values_are_ordinary(place: &dyn Place) {
    let store = place.open();
    put(&*store, &[(b"", b"first"), (b"\0", b"")]);
    assert_eq!(store.get(b"").expect(WORKS).as_deref(), Some(&b"first"[..]));
    assert_eq!(store.get(b"\0").expect(WORKS).as_deref(), Some(&b""[..]));
    assert_eq!(keys(&*store, b"", b"\x01"), [&b""[..], b"\0"]);
    assert_eq!(store.last(b"", b"").expect(WORKS).map(|(_, v)| v).as_deref(), Some(&b"first"[..]));
    store.commit(vec![(Vec::new(), None)]).expect(WORKS);
    assert_eq!(everything(&*store), [(vec![0], Vec::new())]);
}

/// Small and large values, growing and shrinking under the same key, each by get, scan and last.
pub fn values_of_any_size_come_back(place: &dyn Place) {
    let sizes = [0, 1, 300, 6_143, 6_144, 6_145, 100_000, 1_500_000, 40_000, 12, 70_000, 0];
    let value = |round: usize, size: usize| -> Vec<u8> {
        (0..size).map(|i| u8::try_from((i * 31 + round) % 251).expect("below 251")).collect()
    };
    for (round, size) in sizes.into_iter().enumerate() {
        let store = place.open();
        let written = value(round, size);
        put(&*store, &[(b"k", &written), (b"k0", b"beside")]);
        assert_eq!(store.get(b"k").expect(WORKS).as_ref(), Some(&written), "{size} bytes");
        assert_eq!(everything(&*store)[0].1, written, "{size} bytes");
        assert_eq!(store.last(b"", b"k").expect(WORKS).map(|(_, v)| v), Some(written), "{size} bytes");
        drop(store);
        assert_eq!(everything(&*place.open()).len(), 2, "no trace of pieces in a scan");
    }
    let store = place.open();
    store.commit(vec![(b"k".to_vec(), None)]).expect(WORKS);
    assert_eq!(keys(&*store, b"", b"z"), [b"k0"]);
}

/// Refused before anything is written, and the store goes on.
pub fn a_key_too_long_refuses_the_whole_batch(place: &dyn Place) {
    let store = place.open();
    let long = vec![b'k'; KEY_MAX + 1];
    let batch = vec![(b"a".to_vec(), Some(vec![1])), (long, Some(vec![2]))];
    assert!(matches!(store.commit(batch), Err(StoreError::Key(256))));
    assert_eq!(everything(&*store), []);
    put(&*store, &[(&[b'k'; KEY_MAX], b"3")]);
}

/// Twelve openings, each sees all that was written before it.
pub fn what_was_committed_is_there_after_reopening(place: &dyn Place) {
    let mut model = std::collections::BTreeMap::new();
    for round in 0..12_u8 {
        let store = place.open();
        assert_eq!(everything(&*store), model.clone().into_iter().collect::<Vec<_>>(), "opening {round}");
        for n in 0..20_u8 {
            let key = vec![n.wrapping_mul(round.wrapping_add(3)) % 32];
            if n % 5 == 4 {
                store.commit(vec![(key.clone(), None)]).expect(WORKS);
                model.remove(&key);
            } else {
                let value = vec![round; usize::from(n) * 300];
                put(&*store, &[(&key, &value)]);
                model.insert(key, value);
            }
        }
    }
}

/// A reader never sees half of a value, even while large ones are replaced under it.
pub fn readers_and_the_writer_work_side_by_side(place: &dyn Place) {
    let store = place.open();
    let value = |n: u8| vec![n; 60_000 + usize::from(n)];
    put(&*store, &[(b"k", &value(0))]);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..60).for_each(|n| put(&*store, &[(b"k", &value(n))])));
        let mut seen = 0;
        while !writer.is_finished() {
            let read = store.get(b"k").expect(WORKS).expect("never deleted");
            assert!(read[0] >= seen && read == value(read[0]), "a torn or older value");
            seen = read[0];
        }
    });
}
