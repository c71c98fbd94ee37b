//! The sums against a recomputation from everything that was ever said.

mod due;
mod moved;
mod naive;

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, option, proptest};
use proto::model::day::{Day, Moment};
use proto::model::entry::Incarnation;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::model::sheet::{Counts, Indicator, Reporting, Sheet, Totals, TotalsRow};
use proto::store::{MemoryStore, Room, Store};

use naive::{Naive, row_reporting, sum};

use super::{
    Group, Outcome, apply_sheet, apply_totals, draw_up, last_sheet, last_totals, rebuild, span_leaf,
};
use super::{group_on, touch};
use crate::units::{self, Status, Unit};
use crate::view::{self, Subject};

const CITY: &str = "p52/c5205";
const COUNTY: &str = "p52/c5205/d520502";
/// The county and its towns.
const IN_COUNTY: [&str; 3] = ["520502", "520502100", "520502101"];
/// Two schools in one town, one in another, one straight on the county, one run by the city, one in a
/// town that hangs straight on the city.
const SCHOOLS: [&str; 6] = [
    "p52/c5205/d520502/t520502100/s2152000001",
    "p52/c5205/d520502/t520502100/s2152000002",
    "p52/c5205/d520502/t520502101/s2152000003",
    "p52/c5205/d520502/s2152000004",
    "p52/c5205/s2152000005",
    "p52/c5205/t520521100/s2152000006",
];
const HUBS: [&str; 2] = ["p52/c5205/d520521", "p52/c5205/d520522"];
/// The places that each hub lists: itself and two towns.
const ROWS: [[&str; 3]; 2] =
    [["520521000", "520521101", "520521102"], ["520522000", "520522101", "520522102"]];

fn party(text: &str) -> Party {
    text.parse().unwrap()
}

fn place(text: &str) -> Region {
    text.parse().unwrap()
}

fn day(n: i32) -> Day {
    Day::new(2025, 9, 1).unwrap().plus(n)
}

fn life(number: u32) -> Incarnation {
    Incarnation { number, nonce: 7 }
}

/// 22:00 of the day.
fn deadline(of: i32) -> Moment {
    Moment::at(day(of), 1_320)
}

#[derive(Debug, Clone)]
enum Step {
    Sheet { school: usize, day: i32, revision: u32, life: u32, seed: u64, late: bool },
    Totals { hub: usize, day: i32, revision: u32, rows: Vec<(usize, u64)> },
    Span { school: usize, since: Option<i32>, closed: Option<i32> },
    Commit,
}

fn step() -> impl Strategy<Value = Step> {
    let days = 0..12_i32;
    prop_oneof![
        8 => (0..SCHOOLS.len(), days.clone(), 1..4_u32, 1..3_u32, 1..90_u64, any::<bool>()).prop_map(
            |(school, day, revision, life, seed, late)| Step::Sheet { school, day, revision, life, seed, late },
        ),
        5 => (0..HUBS.len(), days.clone(), 1..4_u32, collection::btree_map(0..3_usize, 1..90_u64, 0..3))
            .prop_map(|(hub, day, revision, rows)| Step::Totals {
                hub, day, revision, rows: rows.into_iter().collect(),
            }),
        3 => (0..SCHOOLS.len(), option::of(days.clone()), option::of(days))
            .prop_map(|(school, since, closed)| Step::Span { school, since, closed }),
        2 => Just(Step::Commit),
    ]
}

fn counts(seed: u64) -> Counts {
    let mut out = Counts::default();
    for (at, indicator) in Indicator::ALL.into_iter().enumerate() {
        out.set(indicator, seed * 7 % (11 + at as u64) + seed);
    }
    out
}

fn take(room: &mut Room<'_>, naive: &mut Naive, me: &Party, step: &Step, tick: i64) {
    match step {
        Step::Sheet { school, day: of, revision, life: number, seed, late } => {
            let received = deadline(*of).plus_millis(if *late { 1 + tick } else { tick - 1_000_000 });
            let sheet = Sheet {
                day: day(*of),
                revision: *revision,
                counts: counts(*seed),
                provisional: seed.is_multiple_of(2),
                closed: Moment(0),
            };
            let school_party = party(SCHOOLS[*school]);
            let outcome =
                apply_sheet(room, me, &school_party, &sheet, life(*number), received, deadline(*of)).unwrap();
            let rank = (*revision, *number);
            assert_eq!(outcome, naive.sheet(*school, *of, rank, *seed, *late));
        }
        Step::Totals { hub, day: of, revision, rows } => {
            let told = rows.iter().map(|(row, seed)| TotalsRow {
                place: place(ROWS[*hub][*row]),
                counts: counts(*seed),
                reporting: row_reporting(*seed),
                free: 0,
            });
            let totals =
                Totals { day: day(*of), revision: *revision, drawn: Moment(0), rows: told.collect() };
            let reporter = party(HUBS[*hub]);
            let outcome = apply_totals(room, me, &reporter, &totals, life(1), Moment(tick)).unwrap();
            let known = naive.totals.get(&(*hub, *of)).map(|(rank, _)| *rank);
            let rank = (*revision, 1);
            let expected = match known {
                Some(known) if known >= rank => Outcome::Stale,
                Some(_) => Outcome::Corrected,
                None => Outcome::New,
            };
            assert_eq!(outcome, expected);
            if outcome != Outcome::Stale {
                naive.totals.insert((*hub, *of), (rank, rows.iter().copied().collect()));
            }
        }
        Step::Span { school, since, closed } => {
            span_leaf(room, me, &party(SCHOOLS[*school]), since.map(day), closed.map(day)).unwrap();
            naive.spans.insert(*school, (*since, *closed));
        }
        Step::Commit => {}
    }
}

fn groups() -> Vec<Group> {
    let mut out: Vec<Group> = [
        "520500",
        "520502",
        "520502100",
        "520502101",
        "520521",
        "520521100",
        "520522",
        "520521101",
        "520521102",
        "520522101",
        "520522102",
    ]
    .map(|code| Group::All(place(code)))
    .to_vec();
    out.extend(["520500", "520502"].map(|code| Group::Straight(place(code))));
    out
}

fn check(room: &Room<'_>, naive: &Naive) {
    for group in groups() {
        let leaves = naive.leaves(group);
        for on in -1..14 {
            let known = group_on(room, group, day(on)).unwrap();
            assert_eq!((known.counts, known.reporting), sum(&leaves, on), "{group:?} on day {on}");
        }
    }
    for (at, path) in SCHOOLS.iter().enumerate() {
        let last = naive.sheets.keys().filter(|(school, _)| *school == at).map(|(_, of)| day(*of)).max();
        assert_eq!(last_sheet(room, &party(path)).unwrap(), last);
    }
    for (at, path) in HUBS.iter().enumerate() {
        let last = naive.totals.keys().filter(|(hub, _)| *hub == at).map(|(_, of)| day(*of)).max();
        assert_eq!(last_totals(room, &party(path)).unwrap(), last);
    }
}

/// The figure of a place is that of everything straight below it.
fn check_views(room: &Room<'_>, places: &[&str]) {
    for code in places {
        for (from, to) in [(-1, -1), (3, 3), (7, 7), (0, 11), (4, 9)] {
            let view = view::period_view(room, place(code), day(from), day(to), &|_, _| true).unwrap();
            let (mut counts, mut reporting, mut carried) = (Counts::default(), Reporting::default(), 0);
            for figure in &view.below {
                counts.add(&figure.counts);
                reporting.add(figure.reporting);
                carried += figure.carried;
            }
            if !view.below.is_empty() {
                assert_eq!(
                    (counts, reporting, carried),
                    (view.own.counts, view.own.reporting, view.own.carried),
                    "{code} {from} {to}: {view:#?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_kept_sums_are_those_of_all_sheets(steps in collection::vec(step(), 1..70), me in 0..2_usize) {
        let me = party([CITY, COUNTY][me]);
        let comes = |step: &Step| match step {
            Step::Sheet { school, .. } | Step::Span { school, .. } => {
                party(SCHOOLS[*school]).is_below(&me)
            }
            Step::Totals { hub, .. } => party(HUBS[*hub]).is_below(&me),
            Step::Commit => true,
        };
        let steps: Vec<Step> = steps.into_iter().filter(comes).collect();
        let shelf = MemoryStore::default();
        let mut naive = Naive::of(&me);
        let mut room = Room::new(&shelf);
        for (tick, step) in steps.iter().enumerate() {
            take(&mut room, &mut naive, &me, step, tick as i64);
            if matches!(step, Step::Commit) {
                check(&room, &naive);
                shelf.commit(std::mem::replace(&mut room, Room::new(&shelf)).into_batch()).unwrap();
            }
        }
        check(&room, &naive);
        let places = if me == party(CITY) { &["520500", "520521", "520522"][..] } else { &IN_COUNTY };
        check_views(&room, places);
        let found = rebuild(&mut room, &me).unwrap();
        assert_eq!(found.mended, 0, "a rebuild finds nothing to mend");
        for (at, _) in room.list(b"r/t/").unwrap().into_iter().step_by(2) {
            room.delete(at);
        }
        rebuild(&mut room, &me).unwrap();
        check(&room, &naive);
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_city_sees_what_the_county_sees(steps in collection::vec(step(), 1..60)) {
        let (below, above) = (MemoryStore::default(), MemoryStore::default());
        let (county, city) = (party(COUNTY), party(CITY));
        let (mut room, mut top) = (Room::new(&below), Room::new(&above));
        let (mut naive, mut seen) = (Naive::of(&county), Naive::of(&city));
        // the county frees days that the city counts, and teaches on days that the city frees
        let (at_county, at_city) = (|of: Day| of.number() % 5 != 1, |of: Day| of.number() % 4 != 1);
        for path in &SCHOOLS[..4] {
            let active = Unit::invited(party(path), "校".to_owned(), day(-30));
            units::put(&mut room, &county, &Unit { status: Status::Active, ..active }).unwrap();
        }
        for (tick, step) in steps.iter().chain([&Step::Commit]).enumerate() {
            match step {
                Step::Sheet { school, .. } | Step::Span { school, .. } if *school < 4 => {
                    take(&mut room, &mut naive, &county, step, tick as i64);
                    // and, for some days, the schools' own rows travel to the city too
                    if tick % 3 > 0 && matches!(step, Step::Sheet { .. }) {
                        take(&mut top, &mut seen, &city, step, tick as i64);
                    }
                }
                Step::Commit => {
                    (-1..14).for_each(|on| touch(&mut room, day(on)));
                    for totals in draw_up(&mut room, deadline(20), &at_county).unwrap() {
                        apply_totals(&mut top, &city, &county, &totals, life(1), Moment(tick as i64)).unwrap();
                    }
                }
                _ => {}
            }
        }
        for code in ["520502", "520502100", "520502101"] {
            for on in -1..14 {
                let here = view::figure(&room, place(code), day(on), &|_, day| at_county(day)).unwrap();
                let there = view::figure(&top, place(code), day(on), &|_, day| at_city(day)).unwrap();
                assert_eq!(here.counts, there.counts, "{code} on {on}");
                assert_eq!(here.reporting, there.reporting, "{code} on {on}");
            }
        }
        check_views(&top, &["520500"]);
    }
}

#[test]
fn one_row_of_a_hub_is_its_own_schools() {
    let shelf = MemoryStore::default();
    let (city, county) = (party(CITY), party("p52/c5205/d520521"));
    let mut room = Room::new(&shelf);
    let row = |code: &str, seed| TotalsRow {
        place: place(code),
        counts: counts(seed),
        reporting: row_reporting(seed),
        free: 0,
    };
    let rows = vec![row("520521000", 4), row("520521101", 5)];
    let totals = Totals { day: day(2), revision: 1, drawn: Moment(0), rows };
    apply_totals(&mut room, &city, &county, &totals, life(1), Moment(1)).unwrap();
    let seen = view::day_view(&room, county.region(), day(2), &|_, _| true).unwrap();
    let subjects: Vec<_> = seen.below.into_iter().map(|figure| figure.subject).collect();
    assert_eq!(subjects, [Subject::Place(place("520521101")), Subject::Straight(county.region())]);
    let above = view::day_view(&room, city.region(), day(2), &|_, _| true).unwrap();
    assert_eq!(above.below.len(), 1, "a town is two levels below its city");
    assert_eq!(
        draw_up(&mut room, deadline(20), &|_| true).unwrap(),
        [],
        "another hub's rows are not told again"
    );
}

#[test]
fn a_damaged_total_is_named_and_mended_not_a_panic() {
    let (shelf, me) = (MemoryStore::default(), party(COUNTY));
    let mut room = Room::new(&shelf);
    let mut naive = Naive::of(&me);
    let sheet = |revision, seed| Step::Sheet { school: 0, day: 3, revision, life: 1, seed, late: false };
    take(&mut room, &mut naive, &me, &sheet(1, 40), 0);
    let at = super::key::sum(Group::All(place("520502100")), super::key::day_number(day(3)));
    room.write(at, &super::Sum::default());
    let again = Sheet { day: day(3), revision: 2, counts: counts(1), provisional: false, closed: Moment(0) };
    let school = party(SCHOOLS[0]);
    let refused =
        room.attempt(|room| apply_sheet(room, &me, &school, &again, life(1), Moment(0), deadline(3)));
    assert!(refused.unwrap_err().to_string().contains("lost count"));
    assert_eq!(rebuild(&mut room, &me).unwrap().mended, 1);
    check(&room, &naive);
    take(&mut room, &mut naive, &me, &sheet(2, 9), 1);
    check(&room, &naive);
}

/// Sums as a fault of the program or the disk may leave them: counted twice, gone, of another day, of a place that
/// nothing was said of.
fn spoil(room: &mut Room<'_>) {
    let sums = room.list(b"r/t/").unwrap();
    let doubled = |at: &[u8]| {
        let sum: super::Sum = proto::store::record::from_bytes(&room.get(at).unwrap().unwrap()).unwrap();
        sum.change(&sum, &super::Sum::default()).unwrap()
    };
    let twice: Vec<_> = sums.iter().step_by(4).map(|(at, _)| (at.clone(), doubled(at))).collect();
    for (at, sum) in twice {
        room.write(at, &sum);
    }
    for (n, (at, _)) in sums.iter().enumerate() {
        match n % 4 {
            1 => room.delete(at.clone()),
            2 => room.put(at.clone(), sums[(n + 5) % sums.len()].1.clone()),
            _ => {}
        }
    }
    let nowhere = super::key::sum(Group::All(place("520502109")), super::key::day_number(day(4)));
    room.write(nowhere, &super::Sum { counts: counts(3), leaves: 1, ..super::Sum::default() });
}

#[test]
fn sums_that_went_wrong_are_found_made_those_of_the_sheets_and_told_to_the_parent_again() {
    let (below, above) = (MemoryStore::default(), MemoryStore::default());
    let (county, city) = (party(COUNTY), party(CITY));
    let (mut room, mut top) = (Room::new(&below), Room::new(&above));
    let mut naive = Naive::of(&county);
    for path in &SCHOOLS[..4] {
        let unit = Unit { status: Status::Active, ..Unit::invited(party(path), "校".to_owned(), day(-30)) };
        units::put(&mut room, &county, &unit).unwrap();
    }
    let tell = |room: &mut Room<'_>, top: &mut Room<'_>| {
        for totals in draw_up(room, deadline(20), &|_| true).unwrap() {
            apply_totals(top, &city, &county, &totals, life(1), Moment(9)).unwrap();
        }
    };
    let seen = |room: &Room<'_>, of: &str| -> Vec<(Counts, Reporting)> {
        let on = |n| view::figure(room, place(of), day(n), &|_, _| true).unwrap();
        (0..9).map(|n| (on(n).counts, on(n).reporting)).collect()
    };
    for (school, of, seed) in
        [(0, 1, 10), (1, 1, 20), (2, 2, 30), (3, 2, 40), (0, 3, 11), (3, 5, 41), (1, 6, 22)]
    {
        let step = Step::Sheet { school, day: of, revision: 1, life: 1, seed, late: false };
        take(&mut room, &mut naive, &county, &step, 5);
        (0..9).for_each(|on| touch(&mut room, day(on)));
        tell(&mut room, &mut top);
    }
    let right: Vec<_> = IN_COUNTY.iter().map(|of| seen(&top, of)).collect();
    assert_eq!(super::examine(&mut room, &county).unwrap().mended, 0);

    spoil(&mut room);
    (0..9).for_each(|on| touch(&mut room, day(on)));
    tell(&mut room, &mut top);
    assert_ne!(
        IN_COUNTY.iter().map(|of| seen(&top, of)).collect::<Vec<_>>(),
        right,
        "the city was told wrong figures"
    );

    let unreadable = super::key::sum(Group::All(place("520502")), super::key::day_number(day(5)));
    room.put(unreadable, b"\x01junk".as_slice());
    let found = super::examine(&mut room, &county).unwrap();
    assert!(found.mended > 0, "{found:?}");
    assert_eq!(super::examine(&mut room, &county).unwrap(), found, "looking changes nothing");
    assert_eq!(rebuild(&mut room, &county).unwrap(), found);
    check(&room, &naive);
    assert_eq!(super::examine(&mut room, &county).unwrap().mended, 0);
    tell(&mut room, &mut top);
    let again: Vec<_> = IN_COUNTY.iter().map(|of| seen(&top, of)).collect();
    assert_eq!(again, right, "the city has the right ones again, also of days on which nothing came");
    assert_eq!(super::examine(&mut top, &city).unwrap().mended, 0);
}

#[test]
fn a_figure_says_how_old_it_is_and_who_is_missing() {
    let (shelf, county) = (MemoryStore::default(), party("p52/c5205/d520502"));
    let mut room = Room::new(&shelf);
    for path in &SCHOOLS[..4] {
        let unit = Unit { status: Status::Active, ..Unit::invited(party(path), "校".to_owned(), day(0)) };
        units::put(&mut room, &county, &unit).unwrap();
    }
    // school, day, revision, received before the deadline
    let mut last = BTreeMap::new();
    for (school, of, revision, late) in
        [(0, 1, 1, false), (1, 1, 1, true), (2, 1, 1, false), (0, 2, 1, false), (1, 1, 2, true)]
    {
        let received = if late { Moment::at(day(of + 1), 600) } else { Moment::at(day(of), 1_200) };
        let mut counts = Counts::default();
        counts.set(Indicator::OnRoll, 100 + u64::from(revision));
        counts.set(Indicator::DroppedOut, 2);
        counts.set(Indicator::Returned, 1);
        let sheet = Sheet { day: day(of), revision, counts, provisional: false, closed: Moment(0) };
        let school = party(SCHOOLS[school]);
        apply_sheet(&mut room, &county, &school, &sheet, life(1), received, deadline(of)).unwrap();
        last.insert(of, received);
    }
    let town = place("520502100");
    let seen = |of: i32| {
        let figure = view::figure(&room, town, day(of), &|_, day: Day| day.is_weekday()).unwrap();
        let r = figure.reporting;
        let stock = (figure.counts.of(Indicator::OnRoll), figure.counts.of(Indicator::Returned));
        (stock, (r.expected, r.reported, r.on_time, r.restated), figure.carried, figure.as_of)
    };
    assert_eq!(seen(0), ((0, 0), (2, 0, 0, 0), 0, None));
    assert_eq!(seen(1), ((203, 2), (2, 2, 1, 1), 0, Some(last[&1])));
    assert_eq!(seen(2), ((203, 1), (2, 1, 1, 0), 1, Some(last[&2].max(last[&1]))));
    assert_eq!(seen(3), ((203, 0), (2, 0, 0, 0), 2, Some(last[&2].max(last[&1]))));
    assert_eq!(seen(5).1, (0, 0, 0, 0), "on a Saturday nobody is expected");
    let view = view::day_view(&room, county.region(), day(2), &|_, _| true).unwrap();
    let rate = view.own.reporting_rate().unwrap();
    assert_eq!((rate.part, rate.whole, rate.tenths_per(100), view.own.missing()), (1, 4, 250, 3));
    assert_eq!(view.own.dropout_share().unwrap().tenths_per(1_000), 197, "6 of 304");
    let subjects: Vec<_> = view.below.iter().map(|figure| figure.subject.clone()).collect();
    let towns = ["520502100", "520502101"].map(|code| Subject::Place(place(code)));
    let school = Subject::School(party(SCHOOLS[3]));
    assert_eq!(subjects, towns.into_iter().chain([school]).collect::<Vec<_>>(), "a silent school is listed");
    let period = view::period_view(&room, town, day(1), day(3), &|_, _| true).unwrap();
    let own = period.own;
    assert_eq!((own.counts.of(Indicator::OnRoll), own.counts.of(Indicator::Returned)), (203, 3));
    assert_eq!((own.reporting.expected, own.reporting.reported, own.restated), (6, 3, true));
}

#[test]
fn a_county_tells_its_city_only_what_changed() {
    let (shelf, county) = (MemoryStore::default(), party("p52/c5205/d520502"));
    let mut room = Room::new(&shelf);
    for path in &SCHOOLS[..4] {
        let unit = Unit { status: Status::Active, ..Unit::invited(party(path), "校".to_owned(), day(-30)) };
        units::put(&mut room, &county, &unit).unwrap();
    }
    let mut naive = Naive::of(&county);
    let mut say = |room: &mut Room<'_>, school, of, revision, seed| {
        let step = Step::Sheet { school, day: of, revision, life: 1, seed, late: false };
        take(room, &mut naive, &county, &step, 5);
    };
    let drawn = |room: &mut Room<'_>| -> Vec<(Day, u32)> {
        let totals = draw_up(room, deadline(20), &|_| true).unwrap();
        totals.iter().map(|totals| (totals.day, totals.revision)).collect()
    };
    assert_eq!(drawn(&mut room), []);
    say(&mut room, 0, 3, 1, 10);
    say(&mut room, 3, 4, 1, 20);
    assert_eq!(drawn(&mut room), [(day(3), 1), (day(4), 1)]);
    assert_eq!(drawn(&mut room), [], "nothing is said twice");
    say(&mut room, 0, 3, 2, 10);
    assert_eq!(drawn(&mut room), [], "a revision that changes no count changes no total");
    say(&mut room, 0, 3, 3, 11);
    assert_eq!(drawn(&mut room), [(day(3), 2), (day(4), 2)], "on day 4 the school stands with day 3");
    touch(&mut room, day(4));
    assert_eq!(drawn(&mut room), [], "asked for, but the same");
    touch(&mut room, day(5));
    let totals = draw_up(&mut room, deadline(20), &|_| true).unwrap();
    assert_eq!(totals.len(), 1, "nothing came on day 5, and the city must see it");
    let rows: Vec<_> = totals[0].rows.iter().map(|row| (row.place, row.reporting.expected)).collect();
    let three = [("520502", 1), ("520502100", 2), ("520502101", 1)].map(|(code, n)| (place(code), n));
    assert_eq!(rows, three, "a town that never reported is expected all the same");
}

/// A clock that was ahead has left totals of days that had not come; a new calendar has them looked at again.
#[test]
fn a_day_that_has_not_come_is_not_told_until_it_comes() {
    let shelf = MemoryStore::default();
    let (county, mut room) = (party(COUNTY), Room::new(&shelf));
    let unit =
        Unit { status: Status::Active, ..Unit::invited(party(SCHOOLS[0]), "校".to_owned(), day(-30)) };
    units::put(&mut room, &county, &unit).unwrap();
    (2..5).for_each(|of| touch(&mut room, day(of)));
    let days = |room: &mut Room<'_>, today| -> Vec<Day> {
        draw_up(room, deadline(today), &|_| true).unwrap().iter().map(|totals| totals.day).collect()
    };
    assert_eq!(days(&mut room, 2), [day(2)]);
    assert_eq!(days(&mut room, 2), []);
    assert_eq!(days(&mut room, 4), [day(3), day(4)]);
}
