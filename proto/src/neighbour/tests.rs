use std::sync::Arc;

use super::{Introduction, NeighbourError, anchor, find, is_within_its_province, keep, of, remove, unit_key};
use crate::convert::parcel_out;
use crate::identity::Identity;
use crate::identity::authority::{AUTHORITY_DAYS, Authority};
use crate::identity::csr;
use crate::identity::fingerprint::Fingerprint;
use crate::identity::forge::NOW;
use crate::identity::keys::SecretKey;
use crate::identity::lineage::Lineage;
use crate::link::acquaintance;
use crate::link::book;
use crate::link::post::{Quarantined, Reason};
use crate::model::case::Letter;
use crate::model::entry::{Entry, Incarnation, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::parcel::{Arrival, Here, Parcel, arrive, heard_refusal, tell_refused};
use crate::seal::OpenKey;
use crate::store::{MemoryStore, Room};

fn party(path: &str) -> Party {
    path.parse().unwrap()
}

fn root(of: &str) -> Authority {
    Authority::create(&party(of), NOW, AUTHORITY_DAYS).unwrap()
}

/// Somebody whose certificate the root issued itself.
fn identity(root: &Authority, me: &str) -> Identity {
    let key = SecretKey::generate();
    let leaf = root.issue_leaf(&csr::request(&party(me), &key), &party(me), NOW, 398).unwrap();
    let lineage = Lineage::new([root.certificate().der().to_vec()]).unwrap();
    Identity::new(Arc::new(key), leaf, lineage).unwrap()
}

fn introduction(root: &Authority, units: &[&str]) -> Introduction {
    let units = units.iter().map(|unit| (party(unit), OpenKey::generate().public())).collect();
    Introduction::of(root, OpenKey::generate().public(), units, NOW)
}

fn letter() -> Letter {
    Letter::Key(OpenKey::generate().public())
}

fn parcel(from: &Identity, to: &str) -> Entry {
    let parcel = Parcel::write(from, &party(to), letter(), [1; 16], NOW);
    Entry { seq: 1, made: NOW, kind: Kind::PARCEL, body: parcel_out(&parcel) }
}

fn stream(origin: &str, lane: Lane) -> StreamId {
    StreamId { origin: party(origin), life: Incarnation { number: 1, nonce: 1 }, lane }
}

#[test]
fn an_introduction_reads_back_and_is_believed_by_its_fingerprint_alone() {
    let sichuan = root("p51");
    let told = introduction(&sichuan, &["p51/c5101"]);
    let file = told.write(&sichuan);
    assert_eq!(Introduction::read(&file).unwrap(), told);
    assert_ne!(told.fingerprint(), Fingerprint::of(&root("p51").certificate().spki_hash()));

    let mut changed = file.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(Introduction::read(&changed), Err(NeighbourError::Changed)));
    let posing = told.write(&root("p51"));
    assert!(matches!(Introduction::read(&posing), Err(NeighbourError::Changed)));
    for cut in [0, 7, 20, file.len() - 70] {
        assert!(Introduction::read(&file[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_root_speaks_for_its_own_units_alone_and_only_a_root_speaks() {
    let sichuan = root("p51");
    for unit in ["p52/c5201", "p51/c5101/d510104", "p51/c5201", "p51", "p51/s2151000001"] {
        let file = introduction(&sichuan, &[unit]).write(&sichuan);
        assert!(matches!(Introduction::read(&file), Err(NeighbourError::NotIts { .. })), "{unit}");
    }
    let city = root("p51/c5101");
    let file = introduction(&city, &[]).write(&city);
    assert!(matches!(Introduction::read(&file), Err(NeighbourError::NoRoot(_))));
    let issued = sichuan.issue_authority(&city.request(), city.party(), NOW, 900).unwrap();
    let city = city.with_certificate(issued).unwrap();
    let file = introduction(&city, &[]).write(&city);
    assert!(matches!(Introduction::read(&file), Err(NeighbourError::NoRoot(_))));
    assert!(is_within_its_province(&party("p51/c5101/d510104")));
    assert!(!is_within_its_province(&party("p51/c5101/d520502")));
}

#[test]
fn the_latest_introduction_counts_and_a_key_is_never_changed_silently() {
    let (store, sichuan) = (MemoryStore::default(), root("p51"));
    let mut room = Room::new(&store);
    let (first, city) = (introduction(&sichuan, &[]), party("p51/c5101"));
    assert!(keep(&mut room, &first.write(&sichuan), NOW).unwrap());
    assert!(!keep(&mut room, &first.write(&sichuan), NOW).unwrap(), "the same again");
    assert_eq!(acquaintance::key_of(&room, &party("p51")).unwrap(), Some(first.key.clone()));
    assert_eq!(unit_key(&room, &city).unwrap(), None);
    let later = Introduction { made: NOW.plus_millis(1), ..introduction(&sichuan, &["p51/c5101"]) };
    assert!(keep(&mut room, &later.write(&sichuan), NOW).unwrap());
    assert_eq!(unit_key(&room, &city).unwrap(), Some(later.units[0].1.clone()));
    assert!(!keep(&mut room, &first.write(&sichuan), NOW).unwrap(), "an older one is left");

    let other = root("p51");
    let swapped = Introduction { made: NOW.plus_millis(2), ..introduction(&other, &[]) }.write(&other);
    assert!(matches!(keep(&mut room, &swapped, NOW), Err(NeighbourError::OtherKey(_))));
    assert!(remove(&mut room, &party("p51"), NOW).unwrap());
    assert!(!remove(&mut room, &party("p51"), NOW).unwrap());
    assert!(of(&room, &city).unwrap().is_none() && anchor(&room, &city).unwrap().is_none());
    assert!(find(&room, &party("p51")).unwrap().unwrap().removed.is_some());
    assert!(keep(&mut room, &swapped, NOW).unwrap(), "people have removed the old one");
}

/// What becomes of a parcel at the root of Guizhou, which knows Sichuan.
fn arrival(writer: &Identity, from: &str, lane: &str, to: &str) -> Arrival {
    let (store, guizhou) = (MemoryStore::default(), root("p52"));
    let mut room = Room::new(&store);
    arrive_at(&mut room, &guizhou, (writer, &parcel(writer, to)), &stream(from, Lane::To(party(lane))))
}

fn arrive_at(
    room: &mut Room<'_>,
    me: &Authority,
    (_, entry): (&Identity, &Entry),
    stream: &StreamId,
) -> Arrival {
    let here = Here { me: me.party(), root: me.certificate(), passes: false, reaches: &|_| true };
    arrive(room, &here, stream, entry, NOW).unwrap()
}

#[test]
fn a_parcel_of_a_province_that_nobody_knows_is_refused() {
    let sichuan = root("p51");
    let writer = identity(&sichuan, "p51/c5101");
    let unknown = arrival(&writer, "p51", "p52", "p52/c5205");
    assert!(matches!(unknown, Arrival::Refused(Reason::Nowhere, _)));
}

#[test]
fn a_neighbour_speaks_for_its_own_province_by_its_own_certificates_alone() {
    let (guizhou, sichuan, posing) = (root("p52"), root("p51"), root("p51"));
    let yunnan = root("p53");
    let city = identity(&sichuan, "p51/c5101");
    for (writer, from, to, expected) in [
        (&city, "p51", "p52/c5205", Ok(())),
        (&identity(&sichuan, "p51"), "p51", "p52/c5205", Ok(())),
        // another root of the same name
        (&identity(&posing, "p51/c5101"), "p51", "p52/c5205", Err(Reason::Forged)),
        // somebody of a third province, brought by this one
        (&identity(&yunnan, "p53/c5301"), "p51", "p52/c5205", Err(Reason::NotYours)),
        // one of our own
        (&identity(&guizhou, "p52/c5203"), "p51", "p52/c5205", Err(Reason::NotYours)),
        // a place of another province under its root
        (&identity(&sichuan, "p51/c5203"), "p51", "p52/c5205", Err(Reason::NotYours)),
        // on to a third province, or back
        (&city, "p51", "p53/c5301", Err(Reason::Nowhere)),
        (&city, "p51", "p51/c5103", Err(Reason::Nowhere)),
    ] {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        for root in [&sichuan, &yunnan] {
            keep(&mut room, &introduction(root, &[]).write(root), NOW).unwrap();
        }
        let (entry, stream) = (parcel(writer, to), stream(from, Lane::To(party("p52"))));
        let outcome = match arrive_at(&mut room, &guizhou, (writer, &entry), &stream) {
            Arrival::Forwarded => Ok(()),
            Arrival::Refused(reason, _) => Err(reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, expected, "{} to {to}", writer.party());
        remove(&mut room, &party("p51"), NOW).unwrap();
        let entry = parcel(&city, "p52/c5205");
        let after = arrive_at(&mut room, &guizhou, (&city, &entry), &stream);
        assert!(matches!(after, Arrival::Refused(Reason::Nowhere, _)), "it was removed");
    }
}

#[test]
fn a_root_puts_what_is_for_a_neighbour_into_a_stream_for_its_root() {
    let (guizhou, sichuan) = (root("p52"), root("p51"));
    let writer = identity(&guizhou, "p52/c5205");
    let up = stream("p52/c5205", Lane::Up);
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let entry = parcel(&writer, "p51/c5101");
    let before = arrive_at(&mut room, &guizhou, (&writer, &entry), &up);
    assert!(matches!(before, Arrival::Refused(Reason::Nowhere, _)), "its writer gets a receipt");
    keep(&mut room, &introduction(&sichuan, &[]).write(&sichuan), NOW).unwrap();
    let after = arrive_at(&mut room, &guizhou, (&writer, &entry), &up);
    assert!(matches!(after, Arrival::Forwarded));
    let out = book::current(&room, &party("p52"), &Lane::To(party("p51"))).unwrap().unwrap();
    let (entries, _) = book::read(&room, &out.id, 1, usize::MAX).unwrap();
    assert_eq!(entries[0].body, entry.body, "to the byte");
}

/// The letters that stand in a stream of `me`.
fn letters(room: &Room<'_>, me: &str, lane: Lane) -> Vec<(Party, Letter)> {
    let Some(own) = book::current(room, &party(me), &lane).unwrap() else { return Vec::new() };
    let (entries, _) = book::read(room, &own.id, 1, usize::MAX).unwrap();
    let read = |entry: &Entry| {
        let parcel = crate::convert::parcel_in(&entry.body).unwrap();
        let content = crate::convert::parcel_content_in(&parcel.content).unwrap();
        (content.to, content.letter)
    };
    entries.iter().map(read).collect()
}

#[test]
fn whoever_wrote_and_whoever_brought_a_refused_parcel_is_told_and_no_refusal_is_refused_in_turn() {
    let guizhou = root("p52");
    let (writer, me) = (identity(&guizhou, "p52/c5203/d520302"), identity(&guizhou, "p52/c5205/d520502"));
    let (city, own) = (party("p52/c5205"), stream("p52", Lane::To(me.party().clone())));
    let held = |stream: &StreamId| {
        let (seq, reason, detail) = (7, Reason::NotYours, "why".to_owned());
        Quarantined { stream: stream.clone(), seq, reason, detail, at: NOW }
    };
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let entry = parcel(&writer, "p52/c5205/d520502");
    tell_refused(&mut room, &me, &held(&own), &entry).unwrap();
    let told = letters(&room, "p52/c5205/d520502", Lane::Up);
    assert_eq!(told.iter().map(|(to, _)| to).collect::<Vec<_>>(), [writer.party(), &party("p52")]);
    let Letter::Refused(refused) = &told[0].1 else { panic!("{told:?}") };
    assert_eq!(refused.parcel, Some([1; 16]));
    // from below the origin of the stream has its receipt: only a writer that others passed on is told
    let up = stream("p52/c5205", Lane::Up);
    let province = identity(&guizhou, "p52");
    tell_refused(&mut room, &province, &held(&up), &entry).unwrap();
    let down = letters(&room, "p52", Lane::To(writer.party().clone()));
    assert_eq!(down.len(), 1);
    assert!(letters(&room, "p52", Lane::To(city)).is_empty());

    // its writer finds it in its own stream; without it, by the number that it had on the way
    let there = MemoryStore::default();
    let mut at_home = Room::new(&there);
    let unknown = heard_refusal(&at_home, writer.party(), refused).unwrap().unwrap();
    assert_eq!((unknown.seq, unknown.reason), (7, Reason::NotYours));
    let (me_too, body) = (writer.party().clone(), entry.body.clone());
    for body in [vec![9], body] {
        book::append(&mut at_home, &me_too, &Lane::Up, 1, Kind::PARCEL, body, NOW).unwrap();
    }
    let known = heard_refusal(&at_home, writer.party(), refused).unwrap().unwrap();
    assert_eq!((known.stream.origin, known.seq), (me_too, 2));

    let answer = Parcel::write(&writer, me.party(), told[0].1.clone(), [2; 16], NOW);
    let answer = Entry { seq: 1, made: NOW, kind: Kind::PARCEL, body: parcel_out(&answer) };
    let receipt = Entry { kind: Kind::RECEIPT, ..entry };
    for silent in [answer, receipt] {
        tell_refused(&mut room, &me, &held(&own), &silent).unwrap();
    }
    assert_eq!(letters(&room, "p52/c5205/d520502", Lane::Up).len(), 2, "nothing more was said");
}
