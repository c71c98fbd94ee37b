//! A calendar document: one layer's days and terms of one school year, as TOML that people write.

use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use super::error::{CalendarError, Fault};
use super::words::{Ages, DayKind, NotASchoolYear, SchoolYear, Scope};
use crate::model::day::Day;
use crate::model::rulebook::line_of;

/// The newest schema that this release reads.
pub const SCHEMA: u32 = 1;

/// A term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Term {
    /// 1 for autumn, 2 for spring.
    pub no: u8,
    /// First day, included.
    pub first_day: Day,
    /// Last day, included.
    pub last_day: Day,
}

/// One day that is not what its weekday says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayEntry {
    /// The day.
    pub date: Day,
    /// What it is.
    pub kind: DayKind,
    /// For whom.
    pub ages: Ages,
    /// Why: shown with every count. May be empty.
    pub reason: String,
}

/// One layer's calendar of one school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDocument {
    /// The year it is about.
    pub school_year: SchoolYear,
    /// Which layer it is.
    pub scope: Scope,
    /// [`NATION`], a division code, or a school code.
    pub owner: String,
    /// From 1; of two documents of the same layer, owner and year the higher one holds. Of what a hub issues it is
    /// the document's own, whatever its author wrote.
    pub version: u32,
    /// When it was issued.
    pub issued: Day,
    /// Terms, by their number.
    pub terms: Vec<Term>,
    /// Days, each with disjoint ages.
    pub days: Vec<DayEntry>,
}

impl CalendarDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// With the line of the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let syntax = |error: toml::de::Error| CalendarError {
            line: line_of(text, error.span().map_or(0, |s| s.start)),
            fault: Fault::Syntax(error.message().to_owned()),
        };
        let probe: Probe = toml::from_str(text).map_err(syntax)?;
        if *probe.schema.as_ref() != SCHEMA {
            let line = line_of(text, probe.schema.span().start);
            return Err(CalendarError { line, fault: Fault::Schema(probe.schema.into_inner()) });
        }
        let raw: RawDocument = toml::from_str(text).map_err(syntax)?;
        raw.checked().map_err(|(at, fault)| CalendarError { line: line_of(text, at), fault })
    }

    /// `text` with `version` in the place of the one that stands there; all else is as its author wrote it.
    ///
    /// # Errors
    /// As [`CalendarDocument::parse`].
    pub fn numbered(text: &str, version: u32) -> Result<String, CalendarError> {
        Self::parse(text)?;
        let syntax = |error: toml::de::Error| CalendarError {
            line: line_of(text, error.span().map_or(0, |s| s.start)),
            fault: Fault::Syntax(error.message().to_owned()),
        };
        let at = toml::from_str::<Numbered>(text).map_err(syntax)?.version.span();
        Ok([&text[..at.start], &version.to_string(), &text[at.end..]].concat())
    }

    /// Whether `other` says the same, whatever the two versions and dates of issue are.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let plain = |of: &Self| Self { version: 0, issued: self.issued, ..of.clone() };
        plain(self) == plain(other)
    }

    /// The document as text that [`CalendarDocument::parse`] reads back.
    pub fn to_text(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut out = format!(
            "schema = {SCHEMA}\nschool_year = \"{}\"\nscope = \"{}\"\nowner = {}\nversion = {}\nissued = {}\n",
            self.school_year,
            self.scope.word(),
            quoted(&self.owner),
            self.version,
            self.issued
        );
        for term in &self.terms {
            out += &format!(
                "\n[[term]]\nno = {}\nfirst_day = {}\nlast_day = {}\n",
                term.no, term.first_day, term.last_day
            );
        }
        for day in &self.days {
            out += &format!("\n[[day]]\ndate = {}\nkind = \"{}\"\n", day.date, day.kind.word());
            if let Some(age) = day.ages.from_age {
                out += &format!("from_age = {age}\n");
            }
            if let Some(age) = day.ages.only_under_age {
                out += &format!("only_under_age = {age}\n");
            }
            if !day.reason.is_empty() {
                out += &format!("reason = {}\n", quoted(&day.reason));
            }
        }
        out
    }
}

#[derive(Deserialize)]
struct Probe {
    schema: Spanned<u32>,
}

#[derive(Deserialize)]
struct Numbered {
    version: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    #[serde(rename = "schema")]
    _schema: u32,
    school_year: Spanned<String>,
    scope: Scope,
    owner: Spanned<String>,
    version: Spanned<u32>,
    issued: WrittenDay,
    #[serde(default)]
    term: Vec<Spanned<RawTerm>>,
    #[serde(default)]
    day: Vec<Spanned<RawDay>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    no: u8,
    first_day: WrittenDay,
    last_day: WrittenDay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDay {
    date: WrittenDay,
    kind: DayKind,
    from_age: Option<u8>,
    only_under_age: Option<u8>,
    #[serde(default)]
    reason: String,
}

/// A date as people write it in TOML: with quotes or without.
struct WrittenDay(Day);

impl<'de> Deserialize<'de> for WrittenDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Where in the text, in bytes, and what is wrong there.
type Found = (usize, Fault);

impl RawDocument {
    fn checked(self) -> Result<CalendarDocument, Found> {
        let (scope, year_at) = (self.scope, self.school_year.span().start);
        let school_year: SchoolYear =
            self.school_year.into_inner().parse().map_err(|e: NotASchoolYear| (year_at, Fault::Year(e.0)))?;
        let (owner_at, version_at) = (self.owner.span().start, self.version.span().start);
        let owner = self.owner.into_inner();
        if !scope.is_owned_by(&owner) {
            return Err((owner_at, Fault::Owner { scope, owner }));
        }
        let version = self.version.into_inner();
        if version == 0 {
            return Err((version_at, Fault::Version));
        }
        let terms = terms(self.term, scope, school_year)?;
        let days = days(self.day, scope, school_year)?;
        Ok(CalendarDocument { school_year, scope, owner, version, issued: self.issued.0, terms, days })
    }
}

fn terms(raw: Vec<Spanned<RawTerm>>, scope: Scope, year: SchoolYear) -> Result<Vec<Term>, Found> {
    let mut terms: Vec<Term> = Vec::new();
    for raw in raw {
        let (at, raw) = (raw.span().start, raw.into_inner());
        let term = Term { no: raw.no, first_day: raw.first_day.0, last_day: raw.last_day.0 };
        if let Some(day) = [term.first_day, term.last_day].into_iter().find(|d| !year.may_hold(scope, *d)) {
            return Err((at, Fault::OutsideYear { day, year }));
        }
        if term.first_day > term.last_day {
            return Err((at, Fault::TermBackwards(term.no)));
        }
        if !(1..=4).contains(&term.no) || terms.iter().any(|t| t.no == term.no) {
            return Err((at, Fault::TermNumber(term.no)));
        }
        if let Some(other) =
            terms.iter().find(|t| t.first_day <= term.last_day && term.first_day <= t.last_day)
        {
            return Err((at, Fault::TermsOverlap(other.no, term.no)));
        }
        terms.push(term);
    }
    terms.sort_by_key(|t| t.no);
    Ok(terms)
}

fn days(raw: Vec<Spanned<RawDay>>, scope: Scope, year: SchoolYear) -> Result<Vec<DayEntry>, Found> {
    let mut days: Vec<DayEntry> = Vec::new();
    for raw in raw {
        let (at, raw) = (raw.span().start, raw.into_inner());
        let ages = Ages { from_age: raw.from_age, only_under_age: raw.only_under_age };
        let day = DayEntry { date: raw.date.0, kind: raw.kind, ages, reason: raw.reason };
        if !year.may_hold(scope, day.date) {
            return Err((at, Fault::OutsideYear { day: day.date, year }));
        }
        if let (Some(from), Some(under)) = (ages.from_age, ages.only_under_age)
            && from >= under
        {
            return Err((at, Fault::NoAge { from, under }));
        }
        if days.iter().any(|d| d.date == day.date && d.ages.overlap(day.ages)) {
            return Err((at, Fault::DayTwice(day.date)));
        }
        days.push(day);
    }
    Ok(days)
}
