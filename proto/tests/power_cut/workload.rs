//! A history of numbered batches. Batch `n` follows from `n` alone, so that whoever finds a store with head
//! `n` knows every byte that must be in it.

use std::collections::BTreeMap;

use proto::store::{Batch, Store, StoreError, after};

use crate::dice::Dice;

const HEAD: &[u8] = b"head";
const NAMES: u64 = 41;

/// What a store must hold.
pub type Content = BTreeMap<Vec<u8>, Vec<u8>>;

/// Batch `n`: a pair of twins, a removal, the head; now and then a value that is cut into pieces.
pub fn batch(n: u64) -> Batch {
    let mut dice = Dice::new(n);
    let size = match n % 23 {
        7 => 40_000 + dice.up_to(20_000),
        11 | 19 => 4_000 + dice.up_to(4_000),
        _ => dice.up_to(500),
    };
    let value: Vec<u8> = (0..size).map(|_| u8::try_from(dice.up_to(255)).expect("a byte")).collect();
    let name = |kind: &str, n: u64| format!("{kind}/{:03}", n % NAMES).into_bytes();
    vec![
        (name("a", n), Some(value.clone())),
        (name("b", n), Some(value)),
        (name("a", n * 7 + 3), None),
        (HEAD.to_vec(), Some(n.to_be_bytes().to_vec())),
    ]
}

/// Changes `content` as batch `n` does.
pub fn follow(content: &mut Content, n: u64) {
    for (key, value) in batch(n) {
        match value {
            Some(value) => content.insert(key, value),
            None => content.remove(&key),
        };
    }
}

/// The number of the last batch in the store; 0 when there is none.
pub fn head(store: &dyn Store) -> Result<u64, StoreError> {
    let head = store.get(HEAD)?;
    Ok(head.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().expect("a head has eight bytes"))))
}

/// Everything in the store.
pub fn content(store: &dyn Store) -> Result<Content, StoreError> {
    store.scan(b"", &after(b"")).collect()
}
