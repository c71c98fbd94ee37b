use std::sync::Arc;

use super::{Arrival, Content, Forged, Here, Parcel, arrive, send};
use crate::convert::{parcel_content_in, parcel_out};
use crate::identity::Identity;
use crate::identity::authority::Authority;
use crate::identity::certificate::Certificate;
use crate::identity::forge::NOW;
use crate::identity::keys::SecretKey;
use crate::identity::lineage::Lineage;
use crate::link::book;
use crate::link::post::Reason;
use crate::model::case::{Act, CaseId, Direction, Letter};
use crate::model::day::Day;
use crate::model::entry::{Entry, Incarnation, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::store::{MemoryStore, Room};

fn party(path: &str) -> Party {
    path.parse().unwrap()
}

/// A county of a province, and one of its schools.
struct World {
    root: Certificate,
    county: Identity,
    school: Identity,
}

fn world() -> World {
    let province = Authority::create(&party("p52"), NOW, 900).unwrap();
    let county = party("p52/c5205/d520502");
    let lineage = Lineage::new([province.certificate().der().to_vec()]).unwrap();
    let of = |party: &Party| {
        let key = SecretKey::generate();
        let leaf = province.issue_leaf(&crate::identity::csr::request(party, &key), party, NOW, 398).unwrap();
        Identity::new(Arc::new(key), leaf, lineage.clone()).unwrap()
    };
    World {
        root: province.certificate().clone(),
        county: of(&county),
        school: of(&party("p52/c5205/d520502/s2152000001")),
    }
}

fn letter() -> Letter {
    Letter::Direction(Direction {
        case: CaseId::new([7; 16]),
        act: Act::ClosingConfirmed,
        day: Day::new(2025, 9, 24).unwrap(),
        number: String::new(),
        until: None,
        note: String::new(),
    })
}

fn stream(origin: &Party, lane: Lane) -> StreamId {
    StreamId { origin: origin.clone(), life: Incarnation { number: 1, nonce: 1 }, lane }
}

fn entry(parcel: &Parcel) -> Entry {
    Entry { seq: 1, made: NOW, kind: Kind::PARCEL, body: parcel_out(parcel) }
}

fn at<'a>(world: &'a World, me: &'a Party) -> Here<'a> {
    Here { me, root: &world.root, passes: false, reaches: &|_| true }
}

#[test]
fn a_parcel_is_taken_once_by_the_one_it_is_for() {
    let (world, store) = (world(), MemoryStore::default());
    let (mut room, me) = (Room::new(&store), party("p52/c5205/d520502"));
    let parcel = Parcel::write(&world.school, &me, letter(), [1; 16], NOW);
    let up = stream(world.school.party(), Lane::Up);
    let first = arrive(&mut room, &at(&world, &me), &up, &entry(&parcel), NOW).unwrap();
    assert!(
        matches!(first, Arrival::Mine(content) if content.letter == letter() && content.from == *world.school.party())
    );
    let again = arrive(&mut room, &at(&world, &me), &up, &entry(&parcel), NOW).unwrap();
    assert!(matches!(again, Arrival::Again));
}

#[test]
fn the_lowest_hub_that_leads_to_it_turns_a_parcel_round_and_no_other() {
    let world = world();
    let from = world.county.party().clone();
    for (me, to, turns) in [
        ("p52/c5205", "p52/c5203/d520302", false),
        ("p52", "p52/c5203/d520302", true),
        ("p52/c5205", "p52/c5205/d520521", true),
        ("p52", "p52/c5205/d520521", false),
        ("p52", "p52/c5205", false),
    ] {
        let (store, me, to) = (MemoryStore::default(), party(me), party(to));
        let mut room = Room::new(&store);
        let parcel = Parcel::write(&world.county, &to, letter(), [1; 16], NOW);
        // a county's stream goes on to the province: both hubs above see what is in it
        let up = stream(&from, Lane::Up);
        let arrival = arrive(&mut room, &at(&world, &me), &up, &entry(&parcel), NOW).unwrap();
        let own = book::current(&room, &me, &Lane::To(to.clone())).unwrap();
        assert_eq!(own.is_some(), turns, "{to} at {me}");
        match own {
            None => assert!(matches!(arrival, Arrival::Passing), "{to} at {me}"),
            Some(own) => {
                assert!(matches!(arrival, Arrival::Forwarded));
                let (entries, _) = book::read(&room, &own.id, 1, usize::MAX).unwrap();
                assert_eq!(entries[0].body, parcel_out(&parcel), "to the byte");
            }
        }
    }
}

#[test]
fn a_town_lets_the_stream_take_it_along() {
    let (world, store) = (world(), MemoryStore::default());
    let (mut room, town) = (Room::new(&store), party("p52/c5205/d520502/t520502100"));
    let parcel = Parcel::write(&world.school, world.county.party(), letter(), [1; 16], NOW);
    let here = Here { passes: true, ..at(&world, &town) };
    let arrival = arrive(&mut room, &here, &stream(world.school.party(), Lane::Up), &entry(&parcel), NOW);
    assert!(matches!(arrival.unwrap(), Arrival::Passing));
}

#[test]
fn a_parcel_for_nobody_is_answered() {
    let (world, store) = (world(), MemoryStore::default());
    let (mut room, me) = (Room::new(&store), party("p52"));
    for to in ["p52/c5203/d520302", "p51/c5101"] {
        let parcel = Parcel::write(&world.county, &party(to), letter(), [1; 16], NOW);
        let here = Here { reaches: &|_| false, ..at(&world, &me) };
        let up = stream(&party("p52/c5205"), Lane::Up);
        let arrival = arrive(&mut room, &here, &up, &entry(&parcel), NOW).unwrap();
        assert!(matches!(arrival, Arrival::Refused(Reason::Nowhere, _)), "{to}");
    }
}

#[test]
fn what_is_forged_goes_nowhere() {
    let (world, me) = (world(), party("p52/c5205/d520502"));
    let good = Parcel::write(&world.school, &me, letter(), [1; 16], NOW);
    assert_eq!(good.check(world.school.party(), &world.root), Ok(()));
    assert_eq!(good.check(world.county.party(), &world.root), Err(Forged::Writer));
    let stranger = Authority::create(&party("p52"), NOW, 900).unwrap();
    assert_eq!(good.check(world.school.party(), stranger.certificate()), Err(Forged::Chain));
    let mut changed = good.clone();
    *changed.content.last_mut().unwrap() ^= 1;
    assert_eq!(changed.check(world.school.party(), &world.root), Err(Forged::Signature));
    let mut cut = good.clone();
    cut.chain.truncate(1);
    assert_eq!(cut.check(world.school.party(), &world.root), Err(Forged::Chain));

    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let up = stream(world.school.party(), Lane::Up);
    let arrival = arrive(&mut room, &at(&world, &me), &up, &entry(&changed), NOW).unwrap();
    assert!(matches!(arrival, Arrival::Refused(Reason::Forged, _)));
    // a school speaks for itself alone
    let by_another = stream(&party("p52/c5205/d520502/s2152000002"), Lane::Up);
    let arrival = arrive(&mut room, &at(&world, &me), &by_another, &entry(&good), NOW).unwrap();
    assert!(matches!(arrival, Arrival::Refused(Reason::NotYours, _)));
}

#[test]
fn a_letter_is_put_on_the_way_up_or_down() {
    let world = world();
    for (to, lane) in [
        ("p52/c5205/d520502/s2152000001", Lane::To(party("p52/c5205/d520502/s2152000001"))),
        ("p52/c5205", Lane::Up),
        ("p52/c5203/d520302", Lane::Up),
    ] {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let id = send(&mut room, &world.county, &party(to), letter(), NOW).unwrap();
        let own = book::current(&room, world.county.party(), &lane).unwrap().unwrap();
        let (entries, _) = book::read(&room, &own.id, 1, usize::MAX).unwrap();
        let parcel = crate::convert::parcel_in(&entries[0].body).unwrap();
        let content = parcel_content_in(&parcel.content).unwrap();
        let expected =
            Content { id, from: world.county.party().clone(), to: party(to), sent: NOW, letter: letter() };
        assert_eq!(content, expected);
    }
}

#[test]
fn a_letter_of_a_later_release_is_told_from_one_that_is_broken() {
    let (world, me) = (world(), party("p52/c5205/d520502"));
    let up = stream(world.school.party(), Lane::Up);
    // field 900, two bytes; then bytes that are no message at all
    for (bytes, reason) in [
        (vec![0xa2, 0x38, 2, 1, 2], Reason::UnknownKind),
        (vec![0xff], Reason::Unreadable),
        (vec![], Reason::Unreadable),
    ] {
        let content = crate::wire::ParcelContent {
            id: vec![1; 16],
            from: world.school.party().to_string(),
            to: me.to_string(),
            sent: NOW.0,
            letter: bytes,
        };
        let content = prost::Message::encode_to_vec(&content);
        let signature = world.school.key().sign(&[super::PURPOSE, &content].concat());
        let known = Parcel::write(&world.school, &me, letter(), [1; 16], NOW);
        let parcel = Parcel { content, signature, ..known };
        let store = MemoryStore::default();
        let arrival = arrive(&mut Room::new(&store), &at(&world, &me), &up, &entry(&parcel), NOW).unwrap();
        assert!(matches!(arrival, Arrival::Refused(why, _) if why == reason), "{reason}");
    }
}
