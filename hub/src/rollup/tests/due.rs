//! Days that one calendar counts and another frees.

use proto::model::day::{Day, Moment};
use proto::model::sheet::{Sheet, Totals};
use proto::store::record::from_bytes;
use proto::store::{MemoryStore, Room};

use super::{CITY, SCHOOLS, counts, day, deadline, life, party, place};
use crate::rollup::record::{Due, Row, Sum};
use crate::rollup::{apply_sheet, apply_totals, draw_up, newest, touch_past};
use crate::units::{self, Status, Unit};
use crate::view::{self, Figure};

/// A county of four schools and its city.
struct Pair<'s> {
    county: Room<'s>,
    city: Room<'s>,
}

impl<'s> Pair<'s> {
    fn new(below: &'s MemoryStore, above: &'s MemoryStore) -> Self {
        let mut county = Room::new(below);
        for path in &SCHOOLS[..4] {
            let unit = Unit::invited(party(path), "校".to_owned(), day(-30));
            let unit = Unit { status: Status::Active, ..unit };
            units::put(&mut county, &party("p52/c5205/d520502"), &unit).unwrap();
        }
        Self { county, city: Room::new(above) }
    }

    fn sheet(&mut self, school: usize, of: i32) {
        let sheet =
            Sheet { day: day(of), revision: 1, counts: counts(9), provisional: false, closed: Moment(0) };
        let (me, school) = (party("p52/c5205/d520502"), party(SCHOOLS[school]));
        apply_sheet(&mut self.county, &me, &school, &sheet, life(1), deadline(of), deadline(of)).unwrap();
    }

    /// What the county tells its city in the night before `today`.
    fn night(&mut self, today: i32, calendar: (&str, &dyn Fn(Day) -> bool)) -> Vec<Totals> {
        touch_past(&mut self.county, day(today), calendar.0).unwrap();
        let told = draw_up(&mut self.county, deadline(today), calendar.1).unwrap();
        let (me, from) = (party(CITY), party("p52/c5205/d520502"));
        for totals in &told {
            apply_totals(&mut self.city, &me, &from, totals, life(1), Moment(0)).unwrap();
        }
        told
    }

    /// Expected and reported as the city sees them, by its own calendar.
    fn seen(&self, of: i32, due: bool) -> (u32, u32) {
        let seen = view::figure(&self.city, place("520502"), day(of), &|_, _| due).unwrap();
        asked(&seen)
    }
}

fn asked(figure: &Figure) -> (u32, u32) {
    (figure.reporting.expected, figure.reporting.reported)
}

#[test]
fn on_a_day_that_the_county_frees_nobody_is_missing_above_either() {
    let (below, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair::new(&below, &above);
    (0..4).for_each(|school| pair.sheet(school, 3));
    pair.night(5, ("1", &|of| of != day(4)));
    assert_eq!(pair.seen(3, true), (4, 4));
    assert_eq!(pair.seen(4, true), (0, 0), "free at the county");
    assert_eq!(pair.seen(5, true), (4, 0), "a county that says nothing of a day is not let off");
    assert_eq!(pair.seen(6, false), (0, 0), "the city's own Sunday");
    let city = view::period_view(&pair.city, place("520502"), day(3), day(5), &|_, _| true).unwrap();
    assert_eq!(asked(&city.own), (8, 4));
    assert_eq!(newest(&pair.city, place("520500")).unwrap(), Some(day(3)), "not the free one");
}

#[test]
fn a_school_that_is_missing_on_a_day_made_up_by_the_county_is_missing_above() {
    let (below, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair::new(&below, &above);
    (0..3).for_each(|school| pair.sheet(school, 5));
    pair.night(6, ("1", &|_| true));
    assert_eq!(pair.seen(5, false), (4, 3), "a Saturday for the city");
}

#[test]
fn a_calendar_that_frees_a_past_day_corrects_what_was_told_of_it() {
    let (below, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair::new(&below, &above);
    pair.sheet(0, 2);
    pair.night(12, ("1", &|_| true));
    assert_eq!((pair.seen(2, true), pair.seen(11, true)), ((4, 1), (4, 0)));
    let told = pair.night(12, ("2", &|of| of != day(2)));
    assert_eq!(told.iter().map(|totals| (totals.day, totals.revision)).collect::<Vec<_>>(), [(day(2), 2)]);
    assert_eq!(pair.seen(2, true), (1, 1), "who reported all the same stays");
    assert_eq!(pair.night(12, ("2", &|of| of != day(2))), [], "nothing is said twice");
}

#[test]
fn what_a_hub_that_stood_still_did_not_say_is_said_afterwards() {
    let (below, above) = (MemoryStore::default(), MemoryStore::default());
    let mut pair = Pair::new(&below, &above);
    pair.sheet(0, 1);
    pair.night(2, ("1", &|_| true));
    // a week off that only the county has, and its hub switched off for it
    pair.night(14, ("1", &|of| of < day(2) || of > day(8)));
    let week: Vec<_> = (1..11).map(|of| pair.seen(of, true).0).collect();
    assert_eq!(week, [4, 0, 0, 0, 0, 0, 0, 0, 4, 4]);
}

/// As the release before wrote them: `reported` 2 of 3 `expected`, no counts.
#[test]
fn sums_and_rows_from_before_free_days_still_read() {
    let row: Row = from_bytes(&[1, 1, 1, 10, 1, 0, 3, 2, 1, 0, 0]).unwrap();
    assert_eq!((row.reporting.expected, row.due), (3, Due { asked: 2, free: 0 }));
    let sum: Sum = from_bytes(&[1, 0, 3, 2, 1, 0, 0, 1, 1, 1, 10]).unwrap();
    assert_eq!((sum.leaves, sum.as_of, sum.due), (1, Some(Moment(5)), Due { asked: 2, free: 0 }));
    let without = sum.change(&Sum::default(), &row.of_day()).unwrap();
    assert_eq!(without.due, Due::default(), "an old row goes out of an old sum");
}
