//! The loop that calls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proto::link::caller::{Bell, CallError, Called, Caller, Dial, Nights, Parent, calls_to};
use proto::link::conversation::Report;
use proto::link::refusal::Refusal;
use proto::link::schedule::Plan;
use proto::model::day::Moment;
use proto::store::{Room, StoreError};
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

/// A school below a town that refuses it, and what its county says.
struct Newcomer {
    town: Refusal,
    county: Result<(), Refusal>,
    called: Mutex<Vec<String>>,
}

impl Newcomer {
    fn parent(path: &str) -> Parent {
        Parent { party: path.parse().expect("a party"), address: String::new() }
    }
}

#[async_trait::async_trait]
impl Nights for Newcomer {
    async fn prepare(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn plan(&self) -> Plan {
        NoRoom::default().plan()
    }

    fn parents(&self) -> Vec<Parent> {
        ["p52/c5205/d520502/t520502100", "p52/c5205/d520502"].map(Self::parent).to_vec()
    }
}

#[async_trait::async_trait]
impl Dial for Newcomer {
    async fn call(&self, parent: &Parent, _: Option<Moment>) -> Result<Called, CallError> {
        let town = self.called.lock().expect("one caller").is_empty();
        self.called.lock().expect("one caller").push(parent.party.to_string());
        let said = if town { Err(self.town) } else { self.county };
        said.map(|()| Called::default())
            .map_err(|why| CallError::Refused { parent: parent.party.clone(), why })
    }
}

#[tokio::test]
async fn a_town_that_has_not_heard_of_a_school_does_not_keep_it_from_the_county() {
    use Refusal::{NotBelow, OtherKey, Revoked, Unknown};
    for (town, county, calls, ends) in [
        (Unknown, Ok(()), 2, Ok(())),
        (OtherKey, Ok(()), 2, Ok(())),
        (Revoked, Ok(()), 2, Ok(())),
        (Unknown, Err(Revoked), 2, Err(("p52/c5205/d520502", Revoked))),
        (NotBelow, Ok(()), 1, Err(("p52/c5205/d520502/t520502100", NotBelow))),
    ] {
        let school = Side::new("p52/c5205/d520502/t520502100/s2152000001");
        let party = Arc::new(Newcomer { town, county, called: Mutex::default() });
        let (post, since) = (school.post.clone(), school.post.clock.now());
        let called = Caller { post, dial: party.clone(), nights: party.clone(), since }.once().await;
        let ended = match called {
            Ok(_) => Ok(()),
            Err(CallError::Refused { parent, why }) => Err((parent.to_string(), why)),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(ended, ends.map_err(|(by, why): (&str, _)| (by.to_owned(), why)));
        assert_eq!(party.called.lock().expect("one caller").len(), calls, "{town}");
    }
}

/// A parent that did not get everything, and whether that is because the night's bytes are used up.
struct Rest(bool);

#[async_trait::async_trait]
impl Nights for Rest {
    async fn prepare(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn plan(&self) -> Plan {
        NoRoom::default().plan()
    }

    fn parents(&self) -> Vec<Parent> {
        NoRoom::default().parents()
    }
}

#[async_trait::async_trait]
impl Dial for Rest {
    async fn call(&self, _: &Parent, _: Option<Moment>) -> Result<Called, CallError> {
        let report = Report { waiting: 5, used_up: self.0, ..Report::default() };
        Ok(Called { report, ..Called::default() })
    }
}

#[tokio::test]
async fn what_waits_because_the_nights_bytes_are_used_up_is_no_failure_and_no_success() {
    for (used_up, failures) in [(true, 0), (false, 1)] {
        let school = Side::new("p52/c5205/d520502/s2152000001");
        let (party, post, since) = (Arc::new(Rest(used_up)), school.post.clone(), school.post.clock.now());
        let called = Caller { post, dial: party.clone(), nights: party.clone(), since }.once().await;
        let said = match called {
            Err(CallError::UsedUp { waiting: 5 }) => true,
            Err(CallError::Unfinished { waiting: 5 }) => false,
            other => panic!("{other:?}"),
        };
        assert_eq!(said, used_up);
        let parent = party.parents().remove(0).party;
        let calls = school.post.desk.act(move |room: &mut Room<'_>| calls_to(room, &parent)).await.unwrap();
        assert_eq!((calls.failures, calls.succeeded, calls.answered), (failures, None, Some(since)));
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
