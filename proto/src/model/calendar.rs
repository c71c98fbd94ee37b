//! Which day counts (`domain/6-calendar.md`).
//!
//! A day counts for a child when it is a workday and a day on which the child's school teaches. Layers
//! say so, and the later layer wins day by day:
//!
//! ```text
//! weekday rule < nation (built in, 2022 to 2026) < nation, province, city, county, school (documents)
//! ```
//!
//! The nation leaves children under 14 at home on 1 June (REG-HOL 3), without a substitute day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::day::Day;
use super::rulebook::Basis;

mod document;
mod error;
mod explain;
mod nation;
mod term;
#[cfg(test)]
mod tests;
mod words;
mod workdays;

pub use document::{CalendarDocument, DayEntry, SCHEMA, Term};
pub use error::{CalendarError, CalendarWarning, Fault};
pub use explain::{Explanation, Line, Trigger, weekday};
pub use term::{PlacedTerm, TermDeadlines};
pub use words::{Ages, DayKind, NATION, NotASchoolYear, SchoolYear, Scope, age_on};

/// All layers of one school, laid over each other.
#[derive(Debug, Clone)]
pub struct Calendar {
    layers: Vec<Layer>,
    /// Entries of a day in layer order: the last one that is meant for a child holds.
    days: HashMap<Day, Vec<Placed>>,
    /// Terms in layer order: the last one of a (school year, number) holds.
    terms: Vec<PlacedTerm>,
    /// Years of which the national days are known.
    national: BTreeSet<i16>,
    label: String,
}

#[derive(Debug, Clone)]
struct Layer {
    scope: Scope,
    label: String,
}

#[derive(Debug, Clone)]
struct Placed {
    layer: usize,
    entry: DayEntry,
}

/// What a day is for a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DayVerdict<'c> {
    /// Whether an absence on this day counts.
    pub counts: bool,
    /// Why.
    pub why: Why,
    /// In the words of the document that says so; may be empty.
    pub reason: &'c str,
    /// Which layer says so: `county 520502@3`.
    pub layer: &'c str,
    /// The nation's days of this year are not known: the weekday rule stands in.
    pub provisional: bool,
}

/// Why a day counts or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Monday to Friday, nothing else said: counts.
    Weekday,
    /// Saturday or Sunday, nothing else said.
    Weekend,
    /// A day off.
    DayOff,
    /// A make-up workday in term: counts.
    MakeUpDay,
    /// The school teaches on purpose: counts.
    ClassAdded,
    /// The school does not teach.
    NoClass,
    /// A workday outside the terms.
    OutsideTerm,
}

/// Days of counting looked ahead for the next one that counts, before a calendar is held to have none.
const MOST_IDLE_DAYS: u32 = 400;

const WEEKDAY_RULE: &str = "weekday rule";

impl Calendar {
    /// Lays `documents` over the built-in national days. Their order is of no account: the layer counts,
    /// and of two versions of one document (layer, owner, school year) the higher one.
    pub fn build(documents: &[CalendarDocument]) -> Self {
        let mut newest: BTreeMap<(Scope, &str, SchoolYear), &CalendarDocument> = BTreeMap::new();
        for document in documents {
            let key = (document.scope, document.owner.as_str(), document.school_year);
            match newest.get(&key) {
                Some(held) if held.version >= document.version => {}
                _ => _ = newest.insert(key, document),
            }
        }
        let mut calendar = Self {
            layers: vec![],
            days: HashMap::new(),
            terms: vec![],
            national: BTreeSet::new(),
            label: String::new(),
        };
        calendar.lay(Scope::National, nation::LABEL.to_owned(), nation::days(), &[], None);
        for document in newest.into_values() {
            let label = format!("{} {}@{}", document.scope.word(), document.owner, document.version);
            let (days, year) = (document.days.clone(), Some(document.school_year));
            calendar.lay(document.scope, label, days, &document.terms, year);
        }
        let labels: Vec<&str> = calendar.layers.iter().map(|l| l.label.as_str()).collect();
        calendar.label = labels.join("+");
        calendar
    }

    fn lay(
        &mut self,
        scope: Scope,
        label: String,
        days: Vec<DayEntry>,
        terms: &[Term],
        year: Option<SchoolYear>,
    ) {
        let layer = self.layers.len();
        self.layers.push(Layer { scope, label });
        for entry in days {
            // every announcement of a year's days off names its first day
            if scope == Scope::National && (entry.date.date().month(), entry.date.date().day()) == (1, 1) {
                self.national.insert(entry.date.date().year());
            }
            self.days.entry(entry.date).or_default().push(Placed { layer, entry });
        }
        for (term, school_year) in terms.iter().zip(year.into_iter().cycle()) {
            self.terms.push(PlacedTerm { school_year, term: *term, scope });
        }
    }

    /// Which layers these are: `built-in+county 520502@3`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether the school teaches a child born on `birth`. Without a birth date, what holds for everyone.
    pub fn day(&self, day: Day, birth: Option<Day>) -> DayVerdict<'_> {
        self.verdict(day, birth, Basis::SchoolDays)
    }

    /// Whether `day` counts towards an absence on `basis`.
    pub fn verdict(&self, day: Day, birth: Option<Day>, basis: Basis) -> DayVerdict<'_> {
        self.verdict_up_to(Scope::School, day, birth, basis)
    }

    /// A statutory workday for everyone.
    pub fn is_workday(&self, day: Day) -> bool {
        self.verdict(day, None, Basis::WorkDays).counts
    }

    /// The verdict of the layers from the nation down to `lowest`.
    fn verdict_up_to(&self, lowest: Scope, day: Day, birth: Option<Day>, basis: Basis) -> DayVerdict<'_> {
        let provisional = self.provisional(day);
        let say = |counts, why, reason, layer| DayVerdict { counts, why, reason, layer, provisional };
        let outside_term = |why, reason, layer| match basis {
            Basis::SchoolDays if !self.in_term_up_to(lowest, day) => say(false, Why::OutsideTerm, "", layer),
            _ => say(true, why, reason, layer),
        };
        let Some(placed) = self.entry(lowest, day, birth, basis) else {
            return match (nation::childrens_day(day, birth), day.is_weekday()) {
                (Some(reason), true) => say(false, Why::DayOff, reason, nation::LABEL),
                (_, false) => say(false, Why::Weekend, "", WEEKDAY_RULE),
                (None, true) => outside_term(Why::Weekday, "", WEEKDAY_RULE),
            };
        };
        let (reason, layer) = (placed.entry.reason.as_str(), self.layers[placed.layer].label.as_str());
        match placed.entry.kind {
            DayKind::Off => say(false, Why::DayOff, reason, layer),
            DayKind::NoClass => say(false, Why::NoClass, reason, layer),
            DayKind::Class => say(true, Why::ClassAdded, reason, layer),
            DayKind::Work => outside_term(Why::MakeUpDay, reason, layer),
        }
    }

    /// The entry that holds. Statutory workdays know days off and make-up days only.
    fn entry(&self, lowest: Scope, day: Day, birth: Option<Day>, basis: Basis) -> Option<&Placed> {
        self.days.get(&day)?.iter().rev().find(|placed| {
            self.layers[placed.layer].scope <= lowest
                && placed.entry.ages.include(birth, day)
                && (basis == Basis::SchoolDays || matches!(placed.entry.kind, DayKind::Off | DayKind::Work))
        })
    }

    /// The nation's days of this year are not known: what is counted is provisional (6.3).
    pub fn provisional(&self, day: Day) -> bool {
        !self.national.contains(&day.date().year())
    }

    /// The days that count from `from` on. It ends where no day counts for 400 days; without terms it
    /// goes on for ever.
    pub fn counting_days(
        &self,
        from: Day,
        birth: Option<Day>,
        basis: Basis,
    ) -> impl Iterator<Item = Day> + '_ {
        let mut next = from;
        std::iter::from_fn(move || {
            for _ in 0..MOST_IDLE_DAYS {
                let day = next;
                next = day.next();
                if self.verdict(day, birth, basis).counts {
                    return Some(day);
                }
            }
            None
        })
    }

    /// What is missing on `today`: to be said loudly.
    pub fn warnings(&self, today: Day) -> Vec<CalendarWarning> {
        let mut out = Vec::new();
        if self.provisional(today) {
            out.push(CalendarWarning::NoNationalDays(today.date().year()));
        }
        // next year's days are announced in autumn: ask for them before they are needed
        if today.date().month() == 12 && !self.national.contains(&(today.date().year() + 1)) {
            out.push(CalendarWarning::NoNationalDays(today.date().year() + 1));
        }
        out.extend(self.term_warning(today));
        out
    }
}
