//! A school that moves to another place counts at one of them on each day, whatever it says when and by which way.

use proptest::prelude::any;
use proptest::{collection, proptest};
use proto::model::day::Moment;
use proto::model::sheet::{Counts, Reporting, Sheet};
use proto::store::{MemoryStore, Room};

use super::naive::Naive;
use super::{COUNTY, SCHOOLS, Step, counts, day, deadline, life, party, place, take};
use crate::rollup::{Group, apply_sheet, group_on, rebuild};
use crate::units::{self, Status, Unit};

const TOWNS: [&str; 2] = ["520502100", "520502101"];

fn units_of(room: &mut Room<'_>, left: i32) -> [Unit; 2] {
    let me = party(COUNTY);
    let active = |unit: Unit| Unit { status: Status::Active, ..unit };
    let old = active(Unit::invited(party(SCHOOLS[0]), "校".to_owned(), day(-30)));
    let old = Unit { closed: Some(day(left)), ..old };
    units::put(room, &me, &old).unwrap();
    let new = party("p52/c5205/d520502/t520502101/s2152000001");
    let new = active(units::newcomer(room, &me, new, "校".to_owned(), day(left + 3)).unwrap());
    units::put(room, &me, &new).unwrap();
    for unit in [&old, &new] {
        crate::desk::units::follow(room, &me, unit).unwrap();
    }
    [old, new]
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_moved_school_counts_once(
        left in 2..9_i32,
        words in collection::vec((any::<bool>(), 0..12_i32, 1..4_u32, 1..90_u64), 1..30),
    ) {
        let (shelf, me) = (MemoryStore::default(), party(COUNTY));
        let mut room = Room::new(&shelf);
        let [old, new] = units_of(&mut room, left);
        // a school beside it, which stays
        let mut beside = Naive::of(&me);
        let stays = Step::Sheet { school: 2, day: 1, revision: 1, life: 1, seed: 5, late: false };
        take(&mut room, &mut beside, &me, &stays, 1);
        // day, revision, counts
        let mut said: Vec<(i32, u32, u64)> = Vec::new();
        for (by_new, of, revision, seed) in words {
            // its old name says nothing of days after it left
            let by_new = by_new || of >= left;
            let origin = if by_new { &new.party } else { &old.party };
            let (counts, provisional) = (counts(seed), false);
            let sheet = Sheet { day: day(of), revision, counts, provisional, closed: Moment(0) };
            let name = units::counted_as(&room, &me, origin, sheet.day).unwrap();
            apply_sheet(&mut room, &me, &name, &sheet, life(1), deadline(of), deadline(of)).unwrap();
            if said.iter().all(|(day, known, _)| *day != of || *known < revision) {
                said.retain(|(day, ..)| *day != of);
                said.push((of, revision, seed));
            }
        }
        for on in -1..14 {
            for (town, is_new) in [(TOWNS[0], false), (TOWNS[1], true)] {
                let hangs_here = (on >= left) == is_new;
                let mut wanted = if is_new { beside.on_day(2, on) } else { <(Counts, Reporting)>::default() };
                let mine = said.iter().filter(|(of, ..)| *of <= on && (*of >= left) == is_new);
                if let Some((of, _, seed)) = mine.max_by_key(|(of, ..)| *of).filter(|_| hangs_here) {
                    super::naive::add(&mut wanted, &counts(*seed), *of == on);
                }
                let known = group_on(&room, Group::All(place(town)), day(on)).unwrap();
                assert_eq!(known.counts, wanted.0, "{town} on {on}, left on {left}: {said:?}");
                assert_eq!(known.reporting.reported, wanted.1.reported, "{town} on {on}");
                let expected = units::expected(&room, Group::All(place(town)), day(on)).unwrap();
                assert_eq!(expected, u32::from(hangs_here));
            }
        }
        assert_eq!(rebuild(&mut room, &me).unwrap().mended, 0, "a rebuild finds nothing to mend");
    }
}
