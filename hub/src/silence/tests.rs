//! A board of September 2025; the 1st is a Monday.

use proto::link::book::StreamRecord;
use proto::link::copies::Copies;
use proto::link::post::{self, Contact};
use proto::model::day::{Day, Moment};
use proto::model::entry::{Hash, Incarnation, Lane, Mark, StreamId};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::store::Room;

use super::{DAY, Known, State, Trouble, board, gather};
use crate::rollup;
use crate::units::{self, Status, Unit};

fn day(n: i8) -> Day {
    Day::new(2025, 9, n).unwrap()
}

/// September 2025: the 1st is a Monday. 09:00 of the day.
fn at(n: i8, minute: u16) -> Moment {
    Moment::at(day(n), minute)
}

fn known(code: u32, contact: Option<Moment>, last_day: Option<Day>) -> Known {
    let party: Party = format!("p52/c5205/d520502/s21520000{code:02}").parse().unwrap();
    let unit = Unit { status: Status::Active, ..Unit::invited(party, format!("第{code}小学"), day(1)) };
    let contact = contact.map(|last| Contact {
        last,
        clock_offset: 0,
        store: 1,
        software: String::new(),
        version: 1,
        conversations: 1,
    });
    let issuer = "p52/c5205/d520502".parse().unwrap();
    Known { unit, contact, streams: Vec::new(), copies: Copies::default(), last_day, issuer }
}

fn stream(of: &Known, number: u32, seq: u64) -> StreamRecord {
    let life = Incarnation { number, nonce: 1 };
    let id = StreamId { origin: of.unit.party.clone(), life, lane: Lane::Up };
    let tail = Mark { seq, hash: Hash::ROOT };
    StreamRecord { id, base: 1, before: Hash::ROOT, tail, safe: 0, restate: false, forks: 1 }
}

fn weekdays(_: &Party, day: Day) -> bool {
    day.is_weekday()
}

#[test]
fn only_school_days_that_were_missed_count() {
    // contact and its minute, last sheet, now (09:00) -> state with 2 school days allowed,
    // school days and calendar days since the contact, backlog
    for (contact, last_day, now, state, school, calendar, backlog) in [
        ((11, 135), 10, 11, State::Fresh, 0, 0, 0),   // called last night
        ((10, 135), 9, 11, State::Late, 1, 1, 1),     // the night to the 11th was missed
        ((10, 1_380), 10, 11, State::Fresh, 0, 0, 0), // called in the evening, after school
        ((10, 900), 9, 11, State::Late, 0, 0, 1),     // an afternoon call, without that day's sheet
        ((6, 135), 5, 8, State::Fresh, 0, 2, 0),      // Saturday to Monday: no school day between
        ((6, 135), 5, 9, State::Late, 1, 3, 1),
        ((6, 135), 5, 10, State::Silent, 2, 4, 2),
        ((6, 135), 5, 12, State::Silent, 4, 6, 4),
        ((11, 135), 5, 11, State::Silent, 0, 0, 3), // calls every night and sends nothing
        ((4, 135), 10, 11, State::Fresh, 5, 7, 0),  // its sheets come by another way
        ((12, 135), 11, 11, State::Fresh, 0, 0, 0), // a clock that went back
    ] {
        let unit = known(1, Some(at(contact.0, contact.1)), Some(day(last_day)));
        let board = board(&[unit], at(now, 540), 2, &weekdays);
        let line = &board[0];
        assert_eq!(
            (line.state, line.school_days, line.calendar_days, line.backlog),
            (state, school, calendar, backlog),
            "{contact:?} {last_day} {now}"
        );
    }
}

#[test]
fn the_worst_come_first_with_what_is_known_of_them() {
    let now = at(18, 540);
    let never = known(1, None, None);
    let fresh = known(2, Some(at(18, 135)), Some(day(17)));
    let mut silent = known(3, Some(at(9, 135)), Some(day(8)));
    silent.streams = vec![stream(&silent, 1, 40), stream(&silent, 2, 3), stream(&silent, 3, 0)];
    silent.unit.not_after = Some(at(17, 0));
    if let Some(contact) = &mut silent.contact {
        contact.clock_offset = -2 * DAY;
    }
    let mut worse = known(4, Some(at(4, 135)), Some(day(3)));
    worse.unit.not_after = Some(at(30, 0));
    let late = known(5, Some(at(17, 135)), Some(day(16)));
    let board = board(&[fresh, late, silent, never, worse], now, 2, &weekdays);
    let seen: Vec<_> = board
        .iter()
        .map(|l| (l.name.as_str(), l.state, l.school_days, l.backlog, l.acked, l.lives))
        .collect();
    assert_eq!(
        seen,
        [
            ("第1小学", State::Never, 13, 13, 0, 0),
            ("第4小学", State::Silent, 10, 10, 0, 0),
            ("第3小学", State::Silent, 7, 7, 3, 2),
            ("第5小学", State::Late, 1, 1, 0, 0),
            ("第2小学", State::Fresh, 0, 0, 0, 0),
        ]
    );
    assert_eq!(board[1].troubles, [Trouble::Expires(at(30, 0))]);
    assert_eq!(
        board[2].troubles,
        [Trouble::Expired(at(17, 0)), Trouble::Clock(-2 * DAY)],
        "that it had two lives is history"
    );
    assert!(
        board[1].say(Lang::Zh).contains("第4小学：已有 10 个上课日没有联系，最后一次是 2025-09-04 02:15:00")
    );
    assert!(
        board[3].say(Lang::En).contains("has not called for 1 school days, last call 2025-09-17 02:15:00")
    );
    assert!(board[2].troubles[1].say(Lang::Zh).contains("相差 -48 小时"));
}

#[test]
fn the_board_is_gathered_from_the_register_the_link_and_the_figures() {
    let shelf = proto::store::MemoryStore::default();
    let mut room = Room::new(&shelf);
    let me: Party = "p52/c5205/d520502".parse().unwrap();
    let mut unit = known(1, Some(at(9, 135)), None);
    units::put(&mut room, &me, &unit.unit).unwrap();
    let contact = unit.contact.take().unwrap();
    post::note_contact(&mut room, &unit.unit.party, &contact);
    let mut closed = known(2, None, None).unit;
    closed.closed = Some(day(5));
    units::put(&mut room, &me, &closed).unwrap();
    let sheet = proto::model::sheet::Sheet {
        day: day(8),
        revision: 1,
        counts: proto::model::sheet::Counts::default(),
        provisional: false,
        closed: Moment(0),
    };
    let life = Incarnation { number: 1, nonce: 1 };
    rollup::apply_sheet(&mut room, &me, &unit.unit.party, &sheet, life, at(9, 135), at(9, 360)).unwrap();
    let gathered = gather(&room, &me, at(9, 540)).unwrap();
    assert_eq!(gathered.len(), 1, "a closed unit is not missed");
    assert_eq!((gathered[0].last_day, &gathered[0].contact), (Some(day(8)), &Some(contact)));
}
