use proto::model::case::AuditHead;
use proto::model::day::Moment;
use proto::model::entry::Hash;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::store::record::{from_bytes, to_bytes};
use proto::store::{MemoryStore, Room};

use super::witness::{Alarm, accept, all, see, tell};
use super::{Action, Broken, Ended, HEAD, Head, Logged, Note, append, head, key, list, object, verify};

const NOW: Moment = Moment(1_700_000_000_000);

fn note(who: &str) -> Note {
    Note {
        who: who.to_owned(),
        role: "persuasion".to_owned(),
        purpose: "核实去向".to_owned(),
        action: Action::OpenReport,
        object: object(b"case"),
        ended: Ended::Done,
    }
}

/// A log of `n` records.
fn log(room: &mut Room<'_>, n: usize) {
    (0..n).for_each(|_| _ = append(room, note("wang"), NOW).unwrap());
}

fn unit() -> Party {
    "p52/c5205/d520502".parse().unwrap()
}

#[test]
fn a_log_that_only_grew_holds() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    assert_eq!(verify(&room).unwrap(), Ok(Head::START));
    log(&mut room, 5);
    assert_eq!(verify(&room).unwrap(), Ok(head(&room).unwrap()));
    let newest: Vec<u64> = list(&room, 3).unwrap().iter().map(|logged| logged.n).collect();
    assert_eq!(newest, [5, 4, 3]);
    assert_eq!(list(&room, 100).unwrap().len(), 5);
}

#[test]
fn whatever_is_done_to_a_log_is_found() {
    type Tamper = fn(&mut Room<'_>);
    let change = |room: &mut Room<'_>, n: u64, change: fn(&mut Logged)| {
        let mut logged: Logged = from_bytes(&room.get(&key(n)).unwrap().unwrap()).unwrap();
        change(&mut logged);
        room.put(key(n), to_bytes(&logged));
    };
    let cases: [(&str, Tamper, Broken); 6] = [
        ("taken out of the middle", |room| room.delete(key(3)), Broken::Missing(3)),
        ("cut at the end", |room| room.delete(key(5)), Broken::Cut { found: 4, head: 5 }),
        (
            "exchanged",
            |room| {
                let (a, b) = (room.get(&key(2)).unwrap().unwrap(), room.get(&key(3)).unwrap().unwrap());
                room.put(key(2), b);
                room.put(key(3), a);
            },
            Broken::Missing(2),
        ),
        ("written over with something else", |room| room.put(key(2), b"x"), Broken::Unlinked(2)),
        (
            "put in at the end",
            |room| room.put(key(6), room.get(&key(5)).unwrap().unwrap()),
            Broken::Missing(6),
        ),
        ("another head", |room| room.write(HEAD, &Head { n: 5, hash: Hash::ROOT }), Broken::Changed(5)),
    ];
    for (what, tamper, broken) in cases {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        log(&mut room, 5);
        tamper(&mut room);
        assert_eq!(verify(&room).unwrap(), Err(broken), "{what}");
        assert!(broken.say(Lang::Zh).contains("请保留现场"), "{what}");
    }
    let edits: [fn(&mut Logged); 6] = [
        |logged| logged.who.push('x'),
        |logged| logged.role.clear(),
        |logged| logged.purpose.clear(),
        |logged| logged.when = Moment(1),
        |logged| logged.object = Hash::ROOT,
        |logged| logged.ended = Ended::Refused,
    ];
    for edit in edits {
        for n in 1..=5 {
            let store = MemoryStore::default();
            let mut room = Room::new(&store);
            log(&mut room, 5);
            change(&mut room, n, edit);
            let broken = if n == 5 { Broken::Changed(5) } else { Broken::Unlinked(n + 1) };
            assert_eq!(verify(&room).unwrap(), Err(broken));
        }
    }
}

/// A unit's store and its parent's, and what goes from one to the other.
struct Pair<'s> {
    unit: Room<'s>,
    parent: Room<'s>,
}

impl Pair<'_> {
    fn night(&mut self) -> Option<Alarm> {
        let told = tell(&mut self.unit).unwrap()?;
        see(&mut self.parent, &unit(), &told, NOW).unwrap()
    }

    fn witnessed(&self) -> (u64, bool) {
        let all = all(&self.parent).unwrap();
        (all[0].head.n, all[0].alarm.is_some())
    }
}

#[test]
fn a_witness_follows_a_log_that_grows() {
    let (store, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair { unit: Room::new(&store), parent: Room::new(&above) };
    for (more, reached) in [(1, 1), (0, 1), (7, 8), (2, 10)] {
        log(&mut pair.unit, more);
        assert_eq!(pair.night(), None);
        assert_eq!(pair.witnessed(), (reached, false));
    }
    assert!(tell(&mut pair.unit).unwrap().is_none(), "nothing new is not told");
}

#[test]
fn a_witness_raises_an_alarm_at_a_log_that_went_back_or_was_written_anew() {
    // what the unit is put back to, how many records it writes then, what the witness says
    for (back_to, more, alarm) in [
        (3, 0, None),
        (3, 1, Some(Alarm::GoneBack)),
        (3, 4, Some(Alarm::OtherChain)),
        (0, 9, Some(Alarm::OtherChain)),
    ] {
        let (store, older, above) = (MemoryStore::default(), MemoryStore::default(), MemoryStore::default());
        let mut pair = Pair { unit: Room::new(&store), parent: Room::new(&above) };
        log(&mut pair.unit, 3);
        assert_eq!(pair.night(), None);
        log(&mut pair.unit, 2);
        assert_eq!(pair.night(), None);
        // a copy from before, in which other things happened since
        let mut copy = Room::new(&older);
        log(&mut copy, back_to);
        if back_to > 0 {
            tell(&mut copy).unwrap();
        }
        (0..more).for_each(|_| _ = append(&mut copy, note("li"), NOW).unwrap());
        pair.unit = copy;
        assert_eq!(pair.night(), alarm, "{back_to} + {more}");
        let Some(alarm) = alarm else { continue };
        assert_eq!(pair.witnessed(), (5, true));
        let said = all(&pair.parent).unwrap()[0].say(Lang::En);
        assert!(said.contains("audit accept p52/c5205/d520502"), "{alarm:?}: {said}");
        assert!(accept(&mut pair.parent, &unit(), NOW).unwrap());
        assert!(!accept(&mut pair.parent, &unit(), NOW).unwrap(), "once");
        log(&mut pair.unit, 1);
        assert_eq!(pair.night(), None, "it goes on from what was accepted");
        assert!(!pair.witnessed().1);
    }
}

#[test]
fn an_alarm_stands_although_the_log_looks_good_again() {
    let (store, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair { unit: Room::new(&store), parent: Room::new(&above) };
    log(&mut pair.unit, 2);
    pair.night();
    let short = AuditHead { n: 1, hash: Hash([9; 32]), since: 1, base: Hash([9; 32]), links: Vec::new() };
    assert_eq!(see(&mut pair.parent, &unit(), &short, NOW).unwrap(), Some(Alarm::GoneBack));
    log(&mut pair.unit, 1);
    assert_eq!(pair.night(), None);
    assert_eq!(pair.witnessed(), (3, true));
}

#[test]
fn letters_that_come_late_or_twice_are_no_alarm_and_missing_ones_are() {
    let (store, above) = (MemoryStore::default(), MemoryStore::default());
    let (mut room, mut parent) = (Room::new(&store), Room::new(&above));
    let letters: Vec<AuditHead> = (0..3)
        .map(|_| {
            log(&mut room, 2);
            tell(&mut room).unwrap().unwrap()
        })
        .collect();
    let mut told = |n: usize| see(&mut parent, &unit(), &letters[n], NOW).unwrap();
    assert_eq!([told(0), told(0), told(1), told(0), told(1)], [None; 5]);
    let mut wrong = letters[2].clone();
    wrong.links[1] = Hash::ROOT;
    assert_eq!(see(&mut parent, &unit(), &wrong, NOW).unwrap(), Some(Alarm::OtherChain));
    let above = MemoryStore::default();
    let mut parent = Room::new(&above);
    assert_eq!(see(&mut parent, &unit(), &letters[0], NOW).unwrap(), None);
    assert_eq!(see(&mut parent, &unit(), &letters[2], NOW).unwrap(), Some(Alarm::Gap));
}
