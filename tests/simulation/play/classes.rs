//! School days: teachers call the roll, late, not at all, and with sick notes that come days later. What they
//! know is in their class books, whatever becomes of the machines.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Result, ensure};
use node::attendance::Mark as Written;
use node::desk::calls::Call as Handed;
use node::desk::marks::mark;
use node::desk::roster::RosterFile;
use node::desk::{School, SchoolError};
use node::records::{self, SentSheet, keys};
use proto::model::day::Day;
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::sheet::{Counts, Nature};
use proto::store::Room;
use tests::dice::Dice;
use tests::files::{self, Form};
use tests::marks::{self, Call, Life};
use tests::oracle::{Days, Moves, truth};
use tests::plan::{Plan, SchoolPlan};
use tests::pupils::{self, Class, Pupil};
use tests::search::Search;
use tests::tree::class_of;

use super::Play;
use crate::laws::Breaches;
use crate::world::World;

/// The school days of all schools.
pub(crate) struct Classes {
    schools: Vec<StaffRoom>,
    first: Day,
    /// Whose figures follow cases too: only the sums above them are checked.
    moved: BTreeSet<Party>,
}

/// A school's staff room.
struct StaffRoom {
    plan: SchoolPlan,
    pupils: Vec<Pupil>,
    life: Life,
    /// What was to be handed in until now, in that order.
    books: Vec<Call>,
    desk: Rc<RefCell<Pile>>,
}

/// What lies on the teachers' desk.
#[derive(Default)]
struct Pile {
    /// Not in the machine yet.
    waiting: VecDeque<Call>,
    /// Why the last one was not taken.
    refused: Option<String>,
}

impl Classes {
    /// The staff rooms of `plan` over `days`. Children leave `moved` and come there otherwise than by the class
    /// book.
    pub(crate) fn new(plan: &Plan, seed: u64, days: &[Day], moved: BTreeSet<Party>) -> Self {
        let staff_room = |plan: &SchoolPlan| {
            let pupils = pupils::roll(seed, plan.number, days[0].date().year(), plan.size);
            let life = marks::live(seed, plan.number, &pupils, &[], days);
            StaffRoom { plan: plan.clone(), pupils, life, books: Vec::new(), desk: Rc::default() }
        };
        Self { schools: plan.schools.iter().map(staff_room).collect(), first: days[0], moved }
    }

    /// Finds what names a child of any school.
    pub(crate) fn search(&self) -> Search {
        Search::of(self.schools.iter().flat_map(|school| &school.pupils))
    }
}

impl StaffRoom {
    fn roster(&self, seed: &str, since: Day) -> RosterFile {
        let file = files::write(Form::Utf8Text, &self.plan.name, &self.pupils, 0, &mut Dice::new(0, seed));
        RosterFile { name: file.name, bytes: file.bytes, dry_run: false, since: Some(since), lang: Lang::Zh }
    }

    /// Somebody goes to the machine with what lies there. One at a time, in that order.
    fn hand_in(&self, world: &World) {
        let numbers: Vec<String> = self.pupils.iter().map(|pupil| pupil.roll_number.clone()).collect();
        let desk = self.desk.clone();
        let _ = world.ask(&self.plan.party, async move |open| {
            let school = open.school();
            loop {
                let Some(call) = desk.borrow().waiting.front().cloned() else { return };
                match enter(school, &numbers, &call).await {
                    Ok(()) => {
                        let mut desk = desk.borrow_mut();
                        desk.refused = None;
                        // two people may stand at the machine after a failure
                        if desk.waiting.front() == Some(&call) {
                            desk.waiting.pop_front();
                        }
                    }
                    Err(error) => {
                        desk.borrow_mut().refused = Some(format!("{:?} {}: {error}", call.class, call.day));
                        return;
                    }
                }
            }
        });
    }

    /// The last word of the class books on each class and day.
    fn last_words(&self) -> BTreeMap<(Day, Class), Call> {
        self.books.iter().map(|call| ((call.day, call.class), call.clone())).collect()
    }

    /// The last sheet of every day that has one, as the school's machine holds them.
    fn sheets(&self, world: &World) -> BTreeMap<Day, Counts> {
        sheets(world, &self.plan.party)
    }
}

/// The last sheet of every day that has one, as the school's machine holds them.
pub(crate) fn sheets(world: &World, school: &Party) -> BTreeMap<Day, Counts> {
    let read = |room: &mut Room<'_>| records::all::<SentSheet>(room, keys::SHEETS).expect("memory is read");
    let dated = |(key, sent): (Vec<u8>, SentSheet)| Some((keys::day_at_end(&key)?, sent.counts));
    world.read(school, read).into_iter().filter_map(dated).collect()
}

/// Enters a roll call. A class that called the roll already needs a reason.
async fn enter(school: &std::sync::Arc<School>, numbers: &[String], call: &Call) -> Result<(), SchoolError> {
    let listed: Vec<(String, Written)> = call
        .listed
        .iter()
        .map(|(at, said)| (numbers[*at].clone(), mark(said.word()).expect("a word of the school's services")))
        .collect();
    let handed = Handed {
        class: class_of(call.class),
        day: Some(call.day),
        listed,
        correction: Some(call.correction.unwrap_or("按点名册补录").to_owned()),
        by: "teacher".to_owned(),
    };
    school.call_roll(handed).await.map(drop)
}

impl Play for Classes {
    fn begin(&mut self, world: &mut World) -> Result<()> {
        let mut imported = Vec::new();
        for school in &self.schools {
            let roster = school.roster("rolls", self.first);
            imported.push(world.ask(&school.plan.party, async move |open| {
                open.school().import_roster(roster).await.map(|done| done.import.bad.len())
            }));
        }
        world.wait_for(&imported, "rolls")?;
        for one in imported {
            let bad = one.take().transpose()?;
            ensure!(bad == Some(0), "rows of a roll were refused: {bad:?}");
        }
        Ok(())
    }

    fn morning(&mut self, world: &mut World, day: Day) {
        for school in &mut self.schools {
            let calls = school.life.handed.get(&day).cloned().unwrap_or_default();
            school.books.extend(calls.iter().cloned());
            school.desk.borrow_mut().waiting.extend(calls);
            school.hand_in(world);
        }
    }

    fn repeat(&mut self, world: &mut World) {
        for school in &self.schools {
            school.desk.borrow_mut().waiting = school.last_words().into_values().collect();
            school.hand_in(world);
        }
    }

    fn check(&self, world: &mut World, last: Day, breaches: &mut Breaches) -> Result<()> {
        let days = Days::of_the_nation();
        for school in &self.schools {
            let party = &school.plan.party;
            let desk = school.desk.borrow();
            breaches.hold(desk.waiting.is_empty(), || {
                format!("{party}: {} roll calls are not taken: {:?}", desk.waiting.len(), desk.refused)
            });
            if self.moved.contains(party) {
                continue;
            }
            let truth =
                truth(&days, &school.pupils, (&[], &Moves::default()), &school.books, (self.first, last));
            let sheets = school.sheets(world);
            for (day, expected) in &truth.counts {
                let mut counts = Counts::default();
                if let Some((_, before)) = sheets.range(..=*day).next_back() {
                    counts.add(&before.only(Nature::Stock));
                }
                if let Some(own) = sheets.get(day) {
                    counts.add(&own.only(Nature::Flow));
                }
                breaches.hold(counts == *expected, || {
                    format!("{party} on {day}: {:?}, expected {:?}", counts.0, expected.0)
                });
            }
        }
        Ok(())
    }
}
