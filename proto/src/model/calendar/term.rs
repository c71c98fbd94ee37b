//! Terms, and what is due at their start (A01 to A08).

use serde::Serialize;

use super::document::Term;
use super::words::{SchoolYear, Scope};
use super::{Calendar, CalendarWarning};
use crate::model::day::Day;
use crate::model::rulebook::Basis;

/// A term, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PlacedTerm {
    /// Of which school year.
    pub school_year: SchoolYear,
    /// Number and days.
    pub term: Term,
    /// Which layer set it.
    pub scope: Scope,
}

/// Until when the checks at the start of a term are due, counted from the first day of teaching in the
/// county's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TermDeadlines {
    /// First day of teaching.
    pub start: Day,
    /// A01, within two days: who came back. The second day of teaching.
    pub return_check: Day,
    /// A03, within a week: roll against pupils, three registers.
    pub comparison: Day,
    /// A07, within two weeks: written report.
    pub written_report: Day,
    /// A08, within a month: registers against poverty and disability data.
    pub matching: Day,
}

impl Calendar {
    /// The term that `day` lies in.
    pub fn term_of(&self, day: Day) -> Option<&PlacedTerm> {
        self.terms_up_to(Scope::School).find(|t| t.holds(day))
    }

    /// A term by its year and number, as the county has it when `Scope::County` is asked for.
    pub fn term(&self, year: SchoolYear, no: u8, lowest: Scope) -> Option<&PlacedTerm> {
        self.terms_up_to(lowest).find(|t| t.school_year == year && t.term.no == no)
    }

    /// The first day of teaching of a term in the county's calendar; `None` when the term is not known
    /// or has no such day.
    pub fn first_instruction_day(&self, year: SchoolYear, no: u8) -> Option<Day> {
        self.county_days(year, no)?.next()
    }

    /// What is due when at the start of a term; `None` when the term is not known.
    pub fn term_deadlines(&self, year: SchoolYear, no: u8) -> Option<TermDeadlines> {
        let mut days = self.county_days(year, no)?;
        let start = days.next()?;
        Some(TermDeadlines {
            start,
            return_check: days.next().unwrap_or(start),
            comparison: start.plus(7),
            written_report: start.plus(14),
            matching: start.plus_months(1),
        })
    }

    /// The days of teaching of a term, without the school's own changes.
    fn county_days(&self, year: SchoolYear, no: u8) -> Option<impl Iterator<Item = Day> + '_> {
        let term = self.term(year, no, Scope::County)?.term;
        let days = std::iter::successors(Some(term.first_day), |d| Some(d.next()));
        Some(
            days.take_while(move |d| *d <= term.last_day)
                .filter(|d| self.verdict_up_to(Scope::County, *d, None, Basis::SchoolDays).counts),
        )
    }

    /// Terms that hold, of the layers from the nation down to `lowest`: a later layer's term takes the
    /// place of the earlier one of the same year and number.
    fn terms_up_to(&self, lowest: Scope) -> impl Iterator<Item = &PlacedTerm> {
        let terms = move || self.terms.iter().filter(move |t| t.scope <= lowest);
        terms().enumerate().filter_map(move |(at, term)| {
            let later = terms().skip(at + 1).any(|t| t.names() == term.names());
            (!later).then_some(term)
        })
    }

    /// Whether the school may teach on `day`: inside a term, or no term of that school year is known.
    pub fn in_term(&self, day: Day) -> bool {
        self.in_term_up_to(Scope::School, day)
    }

    pub(super) fn in_term_up_to(&self, lowest: Scope, day: Day) -> bool {
        let year = SchoolYear::of(day);
        let mut known = false;
        for term in self.terms_up_to(lowest) {
            if term.holds(day) {
                return true;
            }
            known |= term.school_year == year;
        }
        !known
    }

    pub(super) fn term_warning(&self, today: Day) -> Option<CalendarWarning> {
        let year = SchoolYear::of(today);
        let mut ends: Vec<Day> = self
            .terms_up_to(Scope::School)
            .filter(|t| t.school_year == year)
            .map(|t| t.term.last_day)
            .collect();
        ends.sort();
        match ends.as_slice() {
            [] => Some(CalendarWarning::NoTerms(year)),
            [only] if *only < today => Some(CalendarWarning::NoLaterTerm(year, *only)),
            _ => None,
        }
    }
}

impl PlacedTerm {
    fn names(&self) -> (SchoolYear, u8) {
        (self.school_year, self.term.no)
    }

    fn holds(&self, day: Day) -> bool {
        (self.term.first_day..=self.term.last_day).contains(&day)
    }
}
