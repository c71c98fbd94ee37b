//! Files that only somebody with a good key can make, and that are refused all the same.

use std::sync::Arc;
use std::time::Duration;

use super::{CourierError, Opened, Page, envelope, export, import, open, sign};
use crate::convert;
use crate::identity::Identity;
use crate::identity::authority::{AUTHORITY_DAYS, Authority, LEAF_DAYS};
use crate::identity::csr;
use crate::identity::keys::SecretKey;
use crate::identity::lineage::Lineage;
use crate::link::conversation::{Carried, TalkError, Way, Words};
use crate::link::post::{Handler, Post, Taken};
use crate::link::shelf::DocumentFault;
use crate::link::turn::{Hello, Offer, Turn};
use crate::model::clock::SetClock;
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::model::entry::{Entry, Incarnation, Lane, StreamId};
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::seal;
use crate::store::memory::MemoryStore;
use crate::store::{Desk, Room, StoreError};
use crate::version::Speaks;

const NOW: Moment = Moment(1_758_643_200_000);
const CITY: &str = "p52/c5205";
const COUNTY: &str = "p52/c5205/d520502";
const SCHOOL: &str = "p52/c5205/d520502/s2152000001";
const OTHER: &str = "p52/c5205/d520502/s2152000002";

/// Takes everything and does nothing.
struct Quiet;

impl Handler for Quiet {
    fn take(&self, _: &mut Room<'_>, _: &StreamId, _: &Entry, _: Moment) -> Result<Taken, StoreError> {
        Ok(Taken::Applied)
    }

    fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn check(&self, _: &Document) -> Result<(), DocumentFault> {
        Ok(())
    }
}

fn party(text: &str) -> Party {
    text.parse().unwrap()
}

fn post(me: &str) -> Post {
    let (desk, writer) = Desk::open(Arc::new(MemoryStore::default()));
    tokio::spawn(writer.run());
    let clock = Arc::new(SetClock::new(NOW));
    Post { me: party(me), desk, clock, handler: Arc::new(Quiet), speaks: Speaks::default() }
}

fn leaf(above: &Authority, me: &str, higher: Option<&Lineage>) -> Identity {
    let key = SecretKey::generate();
    let leaf = above.issue_leaf(&csr::request(&party(me), &key), &party(me), NOW, LEAF_DAYS).unwrap();
    Identity::new(Arc::new(key), leaf, Lineage::below(above.certificate(), higher).unwrap()).unwrap()
}

fn authority(me: &str) -> Authority {
    Authority::create(&party(me), NOW, AUTHORITY_DAYS).unwrap()
}

/// What `from` would say who has nothing to say.
fn page(from: &str, to: &str) -> Page {
    let hello = Hello {
        speaks: Speaks::default(),
        clock: NOW,
        shelf: 0,
        store: 1,
        renewal: Vec::new(),
        software: "1".to_owned(),
        seal_key: Vec::new(),
        knows_key: 0,
        whereabouts: 0,
        listens: None,
        tally: 0,
        forgot: false,
    };
    let turns = vec![Turn { hello: Some(hello), ..Turn::default() }];
    let carried = Carried { made: NOW, reader: 0, held: Vec::new(), turns };
    Page { from: party(from), to: party(to), part: 1, parts: 1, carried }
}

/// The county, with a school's papers that it issued.
struct County {
    post: Post,
    county: Identity,
    school: Identity,
}

impl County {
    fn new() -> Self {
        let authority = authority(COUNTY);
        let (county, school) = (leaf(&authority, COUNTY, None), leaf(&authority, SCHOOL, None));
        Self { post: post(COUNTY), county, school }
    }

    async fn file(&self, signer: &Identity, page: &Page) -> Vec<u8> {
        let key = self.post.desk.act(|room: &mut Room<'_>| seal::own(room)).await.unwrap();
        let signed = sign(signer, convert::page_out(page));
        envelope::close(&key.public(), &convert::signed_out(signed))
    }

    async fn opens(&self, file: &[u8]) -> Result<Opened, CourierError> {
        open(&self.post, &self.county, Duration::ZERO, file).await
    }

    async fn takes(&self, page: Page) -> Result<(), CourierError> {
        let file = self.file(&self.school, &page).await;
        let opened = self.opens(&file).await?;
        import(&self.post, opened, Way::Down, false).await.map(drop)
    }
}

fn spoken(error: &CourierError) {
    let (zh, en) = (error.say(Lang::Zh), error.say(Lang::En));
    assert!(!zh.is_ascii() && en != zh && en.len() > 40, "{en}");
}

#[tokio::test]
async fn a_good_page_is_taken() {
    let county = County::new();
    county.takes(page(SCHOOL, COUNTY)).await.unwrap();
}

#[tokio::test]
async fn a_page_for_another_party_is_not_taken_whatever_it_was_sealed_for() {
    let county = County::new();
    let error = county.takes(page(SCHOOL, CITY)).await.unwrap_err();
    assert!(
        matches!(&error, CourierError::OtherReceiver { to, me } if (to, me) == (&party(CITY), &party(COUNTY)))
    );
    spoken(&error);
}

#[tokio::test]
async fn nobody_signs_for_somebody_else() {
    let county = County::new();
    let error = county.takes(page(OTHER, COUNTY)).await.unwrap_err();
    assert!(matches!(&error, CourierError::Signature(who) if *who == party(SCHOOL)), "{error}");
    spoken(&error);
}

#[tokio::test]
async fn a_page_changed_after_it_was_signed_is_refused() {
    let county = County::new();
    let mut signed = sign(&county.school, convert::page_out(&page(SCHOOL, COUNTY)));
    *signed.page.last_mut().unwrap() ^= 1;
    let key = county.post.desk.act(|room: &mut Room<'_>| seal::own(room)).await.unwrap();
    let file = envelope::close(&key.public(), &convert::signed_out(signed));
    assert!(matches!(county.opens(&file).await, Err(CourierError::Signature(_))));
}

#[tokio::test]
async fn a_certificate_counts_only_from_an_authority_that_counts() {
    let county = County::new();
    let stranger = leaf(&authority(COUNTY), SCHOOL, None);
    let file = county.file(&stranger, &page(SCHOOL, COUNTY)).await;
    let error = county.opens(&file).await.unwrap_err();
    assert!(matches!(&error, CourierError::Unvouched(Some(who)) if *who == party(SCHOOL)), "{error}");
    spoken(&error);
}

#[tokio::test]
async fn a_city_takes_what_its_county_signs_and_the_county_what_the_city_signs() {
    let city = authority(CITY);
    let alone = authority(COUNTY);
    let issued = city.issue_authority(&alone.request(), alone.party(), NOW, AUTHORITY_DAYS).unwrap();
    let county = alone.with_certificate(issued).unwrap();
    let above = Lineage::below(city.certificate(), None).unwrap();
    let (up, down) = (leaf(&city, CITY, None), leaf(&county, COUNTY, Some(&above)));
    for (me, my, from, theirs) in [(CITY, &up, COUNTY, &down), (COUNTY, &down, CITY, &up)] {
        let post = post(me);
        let key = post.desk.act(|room: &mut Room<'_>| seal::own(room)).await.unwrap();
        let signed = sign(theirs, convert::page_out(&page(from, me)));
        let file = envelope::close(&key.public(), &convert::signed_out(signed));
        let opened = open(&post, my, Duration::ZERO, &file).await.unwrap();
        assert_eq!(opened.peer.party, party(from));
    }
}

#[tokio::test]
async fn a_page_of_a_protocol_that_nobody_here_speaks_asks_for_an_upgrade() {
    let county = County::new();
    let mut future = page(SCHOOL, COUNTY);
    future.carried.turns[0].hello.as_mut().unwrap().speaks = Speaks { newest: 9, oldest: 8 };
    let error = county.takes(future).await.unwrap_err();
    assert!(matches!(&error, CourierError::Talk(TalkError::Version { .. })), "{error}");
    spoken(&error);
}

#[tokio::test]
async fn a_school_does_not_speak_for_another_inside_its_own_page() {
    let county = County::new();
    let mut posing = page(SCHOOL, COUNTY);
    let life = Incarnation { number: 1, nonce: 1 };
    let stream = StreamId { origin: party(OTHER), life, lane: Lane::Up };
    posing.carried.turns[0].offers.push(Offer { stream, base: 1, tail: 3 });
    let error = county.takes(posing).await.unwrap_err();
    assert!(matches!(&error, CourierError::Talk(TalkError::NotYours(_))), "{error}");
    spoken(&error);
}

#[tokio::test]
async fn a_page_without_a_greeting_or_with_two_is_refused() {
    let county = County::new();
    for turns in [0, 2] {
        let mut odd = page(SCHOOL, COUNTY);
        odd.carried.turns = match turns {
            0 => vec![Turn::default()],
            _ => vec![odd.carried.turns[0].clone(); 2],
        };
        let error = county.takes(odd).await.unwrap_err();
        assert!(matches!(&error, CourierError::Talk(TalkError::Order(_))), "{error}");
    }
}

#[tokio::test]
async fn a_file_is_named_after_its_day_its_unit_and_its_way() {
    let county = County::new();
    county.takes(page(SCHOOL, COUNTY)).await.unwrap();
    let none = export(&county.post, &county.county, &party(SCHOOL), Way::Down, Words::default(), None).await;
    assert!(matches!(none, Err(CourierError::NoKey(_))), "its page brought no key");
    let mut known = page(SCHOOL, COUNTY);
    known.carried.made = NOW.plus_millis(1);
    let key = seal::OpenKey::generate().public();
    known.carried.turns[0].hello.as_mut().unwrap().seal_key = key.bytes().to_vec();
    county.takes(known).await.unwrap();
    let words = Words::default();
    let files = export(&county.post, &county.county, &party(SCHOOL), Way::Down, words, None).await.unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["20250924-s2152000001-下行.guixue"]);
}
