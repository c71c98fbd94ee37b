//! Words on a stick and words on the line.

mod copies;
mod orders;
mod parts;

use std::time::Duration;

use proto::identity::Identity;
use proto::link::conversation::{Delivered, Report, Way, Words};
use proto::link::courier::{self, Bundle, CourierError};
use proto::link::{acquaintance, post};
use proto::store::StoreError;

use crate::bundles::{COUNTY, SCHOOL, identities};
use crate::pipe::{self, REFUSED, Side, document};

/// A party with its papers.
pub(crate) struct Desk {
    pub(crate) side: Side,
    pub(crate) identity: Identity,
    pub(crate) way: Way,
}

impl Desk {
    fn peer(&self) -> proto::model::party::Party {
        match self.way {
            Way::Up => COUNTY.parse().expect("a party"),
            Way::Down | Way::Across => SCHOOL.parse().expect("a party"),
        }
    }

    pub(crate) async fn export(&self, words: Words) -> Vec<Bundle> {
        self.answer(words, None).await.expect("the two know each other")
    }

    pub(crate) async fn answer(
        &self,
        words: Words,
        heard: Option<&Delivered>,
    ) -> Result<Vec<Bundle>, CourierError> {
        self.side.later(1_000);
        courier::export(&self.side.post, &self.identity, &self.peer(), self.way, words, heard).await
    }

    pub(crate) async fn import(&self, bytes: &[u8]) -> Result<Delivered, CourierError> {
        let opened = courier::open(&self.side.post, &self.identity, Duration::ZERO, bytes).await?;
        courier::import(&self.side.post, opened, self.way, true).await
    }

    async fn knows_key(&self) -> bool {
        let peer = self.peer();
        let read = move |room: &mut proto::store::Room<'_>| acquaintance::key_of(room, &peer);
        self.side.post.desk.act(read).await.expect("memory reads").is_some()
    }
}

/// A school and its county that have met once.
pub(crate) async fn pair() -> (Desk, Desk) {
    let (school, county) = strangers();
    call(&school, &county).await;
    (school, county)
}

/// A school and its county.
pub(crate) fn strangers() -> (Desk, Desk) {
    let (school, county) = identities();
    (
        Desk { side: Side::new(SCHOOL), identity: school, way: Way::Up },
        Desk { side: Side::new(COUNTY), identity: county, way: Way::Down },
    )
}

/// A call, a moment after whatever came before.
async fn call(school: &Desk, county: &Desk) -> Report {
    school.side.later(1_000);
    county.side.later(1_000);
    pipe::talk(&school.side, &county.side).await.0
}

/// A call that is cut after `turns` turns.
async fn cut(school: &Desk, county: &Desk, turns: usize) {
    school.side.later(1_000);
    county.side.later(1_000);
    pipe::talk_until(&school.side, &county.side, turns).await;
}

/// One stick there and back. What was brought to the county, and to the school.
async fn trip(school: &Desk, county: &Desk) -> (Delivered, Delivered) {
    let (mut up, mut down) = (Delivered::default(), Delivered::default());
    for bundle in school.export(Words::default()).await {
        up = county.import(&bundle.bytes).await.expect("a good bundle");
    }
    for bundle in county.answer(Words::default(), Some(&up)).await.expect("the school showed its key") {
        down = school.import(&bundle.bytes).await.expect("a good bundle");
    }
    (up, down)
}

#[tokio::test]
async fn a_stick_there_and_back_does_what_a_call_does() {
    let (school, county) = pair().await;
    school.side.write(3).await;
    school.side.write_as(&[REFUSED]).await;
    let rules = document(1, None, "suspect_after = 5");
    county.side.issue(&rules).await;
    let (up, down) = trip(&school, &county).await;
    assert_eq!((up.report.received, up.report.quarantined, up.gaps.len()), (4, 1, 0));
    assert_eq!((down.report.acked, down.report.received, down.report.documents), (4, 1, 1));
    assert!(down.answered && !down.ask_again);
    assert_eq!(school.side.receipts().await, 1);
    assert_eq!(school.side.documents().await, [rules]);
    let call = call(&school, &county).await;
    assert_eq!((call.sent, call.received, call.waiting), (0, 0, 0), "nothing is left for a call");
}

#[tokio::test]
async fn the_first_file_of_a_unit_brings_its_key() {
    let (school, county) = pair().await;
    county.side.restore(&county.side.empty());
    assert!(!county.knows_key().await);
    school.side.write(2).await;
    // the county has lost all, its own key too: what is sealed for the old one opens for nobody
    let sealed = school.export(Words::default()).await;
    assert!(matches!(county.import(&sealed[0].bytes).await, Err(CourierError::OtherKey)));
    call(&school, &county).await;
    let (up, _) = trip(&school, &county).await;
    assert_eq!((up.report.received, county.side.applied().await), (0, school.side.written()));
}

#[tokio::test]
async fn a_neighbour_that_never_showed_its_key_is_named() {
    let (school, _) = strangers();
    let refused = school.answer(Words::default(), None).await;
    assert!(matches!(refused, Err(CourierError::NoKey(party)) if party.to_string() == COUNTY));
}

#[tokio::test]
async fn keys_travel_once() {
    let (school, county) = strangers();
    let key = |turn: &proto::link::turn::Turn| turn.hello.as_ref().map_or(0, |hello| hello.seal_key.len());
    assert!(key(&school.side.opening().await) > 1_000);
    call(&school, &county).await;
    assert_eq!(key(&school.side.opening().await), 0);
    let answer = county.side.hears(&school.side, school.side.opening().await).await.expect("an answer");
    assert_eq!(answer.as_ref().map(key), Some(0));
}

#[tokio::test]
async fn a_contact_by_stick_is_a_contact() {
    let (school, county) = pair().await;
    let peer = school.side.post.me.clone();
    let read = |peer: proto::model::party::Party| {
        move |room: &mut proto::store::Room<'_>| {
            Ok::<_, StoreError>(post::contact(room, &peer)?.map(|c| c.last))
        }
    };
    let before = county.side.post.desk.act(read(peer.clone())).await.expect("memory reads");
    county.side.later(60_000);
    school.side.later(30_000);
    trip(&school, &county).await;
    let after = county.side.post.desk.act(read(peer)).await.expect("memory reads");
    assert_eq!(after, before.map(|moment| moment.plus_millis(60_000)), "by its own clock");
}
