//! The loop that calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use proto::link::caller::{Bell, CallError, Called, Caller, Dial, Nights, Parent};
use proto::link::schedule::Plan;
use proto::model::day::Moment;
use proto::store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::pipe::Side;

/// A party whose disk is full, at night.
#[derive(Default)]
struct NoRoom(AtomicU32);

#[async_trait::async_trait]
impl Nights for NoRoom {
    async fn prepare(&self) -> Result<(), StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(StoreError::Full("of roll calls".to_owned()))
    }

    fn plan(&self) -> Plan {
        let (first_pause, longest_pause) = (10_000, 14_400_000);
        Plan { starts: 0, minutes: 1_440, first_pause, longest_pause, fallback_after: i64::MAX }
    }

    fn parents(&self) -> Vec<Parent> {
        let party = "p52/c5205/d520502".parse().expect("a party");
        vec![Parent { party, address: "county:7443".to_owned() }]
    }
}

#[async_trait::async_trait]
impl Dial for NoRoom {
    async fn call(&self, _: &Parent, _: Option<Moment>) -> Result<Called, CallError> {
        Err(CallError::Stopping)
    }
}

#[tokio::test]
async fn a_full_disk_on_which_nothing_can_be_noted_does_not_make_the_loop_spin() {
    let school = Side::new("p52/c5205/d520502/s2152000001");
    let (party, post, stop) = (Arc::new(NoRoom::default()), school.post.clone(), CancellationToken::new());
    let since = post.clock.now();
    let caller = Caller { post, dial: party.clone(), nights: party.clone(), since };
    let (bell, rung) = Bell::new();
    let runs = tokio::time::timeout(Duration::from_millis(300), caller.run(rung, stop));
    assert!(runs.await.is_err(), "it goes on until it is stopped");
    let tries = party.0.load(Ordering::SeqCst);
    assert!(tries <= 1, "{tries} tries without a rest");
    drop(bell);
}
