//! A seeded life of a school: who is absent on which school day and why, and what the teachers write
//! down about it, with the slips of real life: roll calls that are missing, roll calls that come a day
//! late, sick notes that come days later.

use std::collections::BTreeMap;

use proto::model::day::Day;

use crate::dice::Dice;
use crate::pupils::{Class, Pupil};

/// What a roll call says of a child that it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Here, said on purpose: of a child who was gone silence is no news.
    Present,
    /// Absent, nobody knows why.
    Absent,
    /// Sick.
    Sick,
    /// On leave.
    Leave,
}

impl Mark {
    /// The word of the school's services.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Sick => "sick",
            Self::Leave => "leave",
        }
    }
}

/// A roll call as it is handed in: the whole class, children by their place on the roll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which class.
    pub class: Class,
    /// Of which day; not always the day on which it is handed in.
    pub day: Day,
    /// Whoever is not listed was there.
    pub listed: Vec<(usize, Mark)>,
    /// Why, when the class already called the roll of that day.
    pub correction: Option<&'static str>,
}

/// Everything that is handed in, by the day on which it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Life {
    /// In the order of handing in.
    pub handed: BTreeMap<Day, Vec<Call>>,
}

impl Life {
    /// Every class calls its roll every day, and everybody is there.
    pub fn quiet(pupils: &[Pupil], out: &[usize], days: &[Day]) -> Self {
        let classes = classes(pupils, out);
        let call = |class: &Class, day| Call { class: *class, day, listed: Vec::new(), correction: None };
        let of = |day: &Day| (*day, classes.keys().map(|class| call(class, *day)).collect());
        Self { handed: days.iter().map(of).collect() }
    }

    /// Child `at` of `class` is away on `days`, and back after the last of them.
    pub fn away(&mut self, class: Class, at: usize, days: &[Day], mark: Mark) {
        for call in self.handed.values_mut().flatten().filter(|call| call.class == class) {
            if days.contains(&call.day) {
                call.listed.push((at, mark));
            } else if days.last().is_some_and(|last| *last < call.day) {
                call.listed.push((at, Mark::Present));
            }
        }
    }
}

/// What is the matter with a child for a while.
#[derive(Debug, Clone, Copy)]
struct Absence {
    /// Index of the first school day.
    first: usize,
    /// How many school days.
    days: usize,
    mark: Mark,
    /// A sick note for all days but the first comes on this school day.
    note: Option<usize>,
}

/// The life of `pupils` on the school days `days`. Children in `out` are not on the roll.
pub fn live(seed: u64, school: usize, pupils: &[Pupil], out: &[usize], days: &[Day]) -> Life {
    let mut dice = Dice::new(seed, &format!("marks {school}"));
    let absences: Vec<Option<Absence>> = (0..pupils.len())
        .map(|at| if out.contains(&at) { None } else { absence(at, days.len(), &mut dice) })
        .collect();
    let classes = classes(pupils, out);
    let mut life = Life::default();
    for (today, day) in days.iter().enumerate() {
        for (class, members) in &classes {
            let handed = match dice.below(100) {
                // never called
                0 => None,
                // called a day late
                1..3 if today + 1 < days.len() => Some(days[today + 1]),
                _ => Some(*day),
            };
            if let Some(handed) = handed {
                let known = days.iter().position(|day| *day == handed).unwrap_or(today);
                let listed = listed(members, &absences, today, known);
                let call = Call { class: *class, day: *day, listed, correction: None };
                life.handed.entry(handed).or_default().push(call);
            }
        }
    }
    notes(&mut life, pupils, &classes, &absences, days);
    life
}

fn classes(pupils: &[Pupil], out: &[usize]) -> BTreeMap<Class, Vec<usize>> {
    let mut classes: BTreeMap<Class, Vec<usize>> = BTreeMap::new();
    for (at, pupil) in pupils.iter().enumerate().filter(|(at, _)| !out.contains(at)) {
        classes.entry(pupil.class).or_default().push(at);
    }
    classes
}

/// The first children of a school live through what the rules are about; the others through chance.
fn absence(at: usize, days: usize, dice: &mut Dice) -> Option<Absence> {
    let long = |first: usize, length: usize| Absence { first, days: length, mark: Mark::Absent, note: None };
    let absence = match at {
        // gone from the first day on: suspected on the sixth, dropped out a month later
        0 => long(0, days),
        // five days: an alert, and back in time
        1 => long(dice.below(3), 5),
        // six days, then back
        2 => long(dice.below(4), 6),
        // gone for good, later than the first
        3 if dice.chance(0.5) => long(dice.between(1, days.max(2)), days),
        // seven days for which a sick note comes three days after the last
        4 => {
            let first = dice.below(3);
            Absence { note: Some(first + 9), ..long(first, 7) }
        }
        // back after being dropped out, when the term is long enough for it
        5 => long(0, days.saturating_sub(2).max(1)),
        _ => match dice.below(100) {
            0..8 => Absence { mark: Mark::Sick, ..long(dice.below(days), dice.between(1, 4)) },
            8..12 => Absence { mark: Mark::Leave, ..long(dice.below(days), dice.between(1, 8)) },
            12..16 => long(dice.below(days), dice.between(1, 5)),
            16 => long(dice.below(days), dice.between(5, 12)),
            _ => return None,
        },
    };
    Some(absence)
}

impl Absence {
    const fn covers(&self, day: usize) -> bool {
        self.first <= day && day < self.first + self.days
    }

    /// What the teacher writes down of school day `day` on school day `known`.
    fn mark_on(&self, day: usize, known: usize) -> Option<Mark> {
        let noted = self.note.is_some_and(|note| note <= known);
        match self.covers(day) {
            true if noted && day > self.first => Some(Mark::Sick),
            true => Some(self.mark),
            false if self.mark == Mark::Absent && day >= self.first + self.days => Some(Mark::Present),
            false => None,
        }
    }
}

fn listed(members: &[usize], absences: &[Option<Absence>], day: usize, known: usize) -> Vec<(usize, Mark)> {
    let mark = |at: &usize| Some((*at, absences[*at].as_ref()?.mark_on(day, known)?));
    members.iter().filter_map(mark).collect()
}

/// The corrections that the sick notes bring, for days whose roll was called.
fn notes(
    life: &mut Life,
    pupils: &[Pupil],
    classes: &BTreeMap<Class, Vec<usize>>,
    absences: &[Option<Absence>],
    days: &[Day],
) {
    for (at, absence) in absences.iter().enumerate() {
        let Some(Absence { first, days: length, note: Some(note), .. }) = absence else { continue };
        let Some(handed) = days.get(*note) else { continue };
        let class = pupils[at].class;
        for (day, date) in days.iter().enumerate().skip(first + 1).take(length - 1) {
            let called = life
                .handed
                .range(..=handed)
                .any(|(_, calls)| calls.iter().any(|call| call.class == class && call.day == *date));
            if called {
                let listed = listed(&classes[&class], absences, day, *note);
                let call = Call { class, day: *date, listed, correction: Some("家长补交病假条") };
                life.handed.entry(*handed).or_default().push(call);
            }
        }
    }
}
