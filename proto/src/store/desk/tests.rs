use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::Desk;
use crate::store::{Batch, MemoryStore, Pair, Room, Store, StoreError};

/// A store that counts its commits and fails as it is told.
#[derive(Default)]
struct Counted {
    store: MemoryStore,
    commits: AtomicUsize,
    fail: Mutex<Option<StoreError>>,
}

impl Store for Counted {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan<'s>(&'s self, from: &[u8], to: &[u8]) -> Box<dyn Iterator<Item = Result<Pair, StoreError>> + 's> {
        self.store.scan(from, to)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.store.last(from, to)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        match self.fail.lock().unwrap().take() {
            Some(error) => Err(error),
            None => self.store.commit(batch),
        }
    }
}

fn put(key: String) -> impl FnOnce(&mut Room<'_>) -> Result<(), StoreError> + Send {
    move |room| {
        room.put(key, "1");
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Rule,
    Store,
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

/// A hundred actions that all wait before the writer starts, so that it finds them together.
async fn hundred(desk: &Desk) -> Vec<tokio::task::JoinHandle<Result<(), StoreError>>> {
    let mut acts = Vec::new();
    for n in 0..100 {
        let desk = desk.clone();
        acts.push(tokio::spawn(async move { desk.act(put(format!("k{n:03}"))).await }));
        tokio::task::yield_now().await;
    }
    acts
}

#[tokio::test]
async fn actions_that_wait_together_share_one_commit() {
    let store = Arc::new(Counted::default());
    let (desk, writer) = Desk::open(store.clone());
    let acts = hundred(&desk).await;
    let running = tokio::spawn(writer.run());
    for act in acts {
        act.await.unwrap().unwrap();
    }
    assert_eq!(store.commits.load(Ordering::SeqCst), 1);
    assert_eq!(store.scan(b"", b"z").count(), 100);
    drop(desk);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn later_actions_see_what_earlier_ones_of_the_same_commit_decided() {
    let (desk, writer) = Desk::open(Arc::new(MemoryStore::default()));
    let count = |desk: Desk| async move {
        desk.act(|room| {
            let n = room.get(b"n")?.map_or(0, |v| v[0]) + 1;
            room.put("n", [n]);
            Ok::<u8, StoreError>(n)
        })
        .await
    };
    let running = writer.spawn();
    let mut seen = Vec::new();
    for act in (0..50).map(|_| tokio::spawn(count(desk.clone()))).collect::<Vec<_>>() {
        seen.push(act.await.unwrap().unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=50).collect::<Vec<u8>>());
    drop(desk);
    running.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_refused_action_writes_nothing_and_costs_its_neighbours_nothing() {
    let store = Arc::new(Counted::default());
    let (desk, writer) = Desk::open(store.clone());
    let refuse = |room: &mut Room<'_>| {
        room.put("half", "done");
        Err::<(), Refusal>(Refusal::Rule)
    };
    let (one, two) = (desk.clone(), desk.clone());
    let refused = tokio::spawn(async move { one.act(refuse).await });
    let kept = tokio::spawn(async move { two.act(put("k".to_owned())).await });
    tokio::task::yield_now().await;
    let running = tokio::spawn(writer.run());
    assert_eq!(refused.await.unwrap(), Err(Refusal::Rule));
    kept.await.unwrap().unwrap();
    assert_eq!(store.get(b"half").unwrap(), None);
    assert_eq!(store.get(b"k").unwrap().unwrap(), b"1");
    drop(desk);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_action_that_only_reads_costs_no_commit() {
    let store = Arc::new(Counted::default());
    let (desk, writer) = Desk::open(store.clone());
    let running = writer.spawn();
    assert_eq!(desk.act(|room| room.get(b"k")).await.unwrap(), None);
    assert_eq!(store.commits.load(Ordering::SeqCst), 0);
    drop(desk);
    running.join().unwrap().unwrap();
}

#[tokio::test]
async fn a_failed_commit_answers_everybody_with_an_error_and_stops() {
    let store = Arc::new(Counted::default());
    *store.fail.lock().unwrap() = Some(StoreError::Engine("the cable".to_owned()));
    let (desk, writer) = Desk::open(store.clone());
    let acts = hundred(&desk).await;
    let one = desk.clone();
    let refused = tokio::spawn(async move { one.act(|_| Err::<(), Refusal>(Refusal::Rule)).await });
    tokio::task::yield_now().await;
    let ended = tokio::spawn(writer.run()).await.unwrap();
    assert!(matches!(ended, Err(StoreError::Engine(_))));
    for act in acts {
        assert!(matches!(act.await.unwrap(), Err(StoreError::Engine(_))));
    }
    assert_eq!(refused.await.unwrap(), Err(Refusal::Store), "a refusal may rest on what was lost");
    assert!(matches!(desk.act(put("late".to_owned())).await, Err(StoreError::Stopped)));
    assert_eq!(store.scan(b"", b"z").count(), 0);
}

#[tokio::test]
async fn a_full_disk_refuses_and_the_desk_goes_on_when_there_is_room() {
    let store = Arc::new(Counted::default());
    *store.fail.lock().unwrap() = Some(StoreError::Full("0 bytes".to_owned()));
    let (desk, writer) = Desk::open(store.clone());
    let running = writer.spawn();
    assert!(matches!(desk.act(put("k".to_owned())).await, Err(StoreError::Full(_))));
    desk.act(put("k".to_owned())).await.unwrap();
    drop(desk);
    running.join().unwrap().unwrap();
}
