//! The persuasion ladder (`domain/2-states.md` 2.3): who does what next so that a child comes back. The
//! child's status is kept apart: the status says what is, the case says who acts.
//!
//! ```text
//! P0 opened -contact-> P1 -notice-> P2 -report-> P3 -inform-> P4 -assign-> P5 -order-> P6
//!      |               |            |     ^
//!      +---------------+------------+-----+  the clock files the report itself
//! P0..P8 -back in class-> P9     P0..P6, P9 -placed-> P8     P0..P6 -handed over-> P7 -handed back-> P1
//! P0..P9 -closing asked, then confirmed by the county-> P10
//! P8, P9, P10 -absent again-> P0     P10 -handed back after the closing-> P0
//! ```
//!
//! The county's acts arrive by letter: twice, late or out of order, and after a restore about steps that were
//! forgotten here. So they only ever carry a case upwards.

use proto::model::calendar::Calendar;
use proto::model::case::{CaseId, Closing, Directed, Leg, Progress, Stage};
use proto::model::day::{Day, Moment};
use proto::model::personal::Personal;
use proto::model::rulebook::Persuasion;
use serde::{Deserialize, Serialize};

mod due;
mod facts;
mod ladder;
mod opening;
mod recalled;
mod refused;
mod round;
mod take;
#[cfg(test)]
mod tests;
mod words;

pub use due::{Due, Duty, Office};
pub use facts::{Channel, Contact, Excuse, Notice, Observation, Order, Placing, Reached, Suspension};
pub(crate) use ladder::ends_the_search;
pub use ladder::{Move, after};
pub use opening::{Known, Numbered, may_open};
pub use refused::{CaseRefused, Need};
pub(crate) use refused::{needed, unnamed};
pub use round::Round;

use crate::pupil::PupilId;
use crate::standing::Standing;

/// One child that is to be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub id: CaseId,
    /// Whose; `None` while a child that another place handed over is on no roll here.
    pub child: Option<PupilId>,
    /// Why it was opened.
    pub cause: Cause,
    /// When.
    pub opened: Day,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub since: Day,
    /// From this day the present stage's deadline runs: `since`, the day on which a mark was found, or the end
    /// of a suspension.
    pub clock: Day,
    /// Every contact (D04), oldest first.
    pub contacts: Vec<Contact>,
    /// The notice (D05).
    pub notice: Option<Notice>,
    /// The written report (D06).
    pub report: Option<Filed>,
    /// Visits by the government's people (D09).
    pub visits: Vec<Day>,
    /// The order to return.
    pub order: Option<Order>,
    /// How the child was placed outside a class.
    pub placing: Option<Placing>,
    /// Since when the child is back.
    pub returned: Option<Day>,
    /// Observations since then.
    pub observations: Vec<Observation>,
    /// Set aside.
    pub suspended: Option<Suspension>,
    /// The county is asked to confirm that it is closed.
    pub closing: Option<Asked>,
    /// Why it was closed.
    pub closed: Option<Closing>,
    /// The stretch of way on which it came from another place.
    pub leg: Option<Leg>,
    /// All steps, oldest first.
    pub log: Vec<Noted>,
    /// What the county was last told.
    pub told: Option<Progress>,
    /// The rounds before the present one, oldest first.
    pub earlier: Vec<Round>,
    /// What the county did or decided, as it was heard: told back with every word to the county.
    pub acts: Vec<Directed>,
    /// It came back after a restore; the roll calls that marked the child, or the facts that ended the search, are not
    /// here again yet.
    pub recalled: bool,
}

/// Why a case was opened (P0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// The roll calls marked the child SUSPECTED (T02).
    Suspected,
    /// Not back after the check at the start of term (A01).
    TermCheck,
    /// A name in a register (A04, A06).
    Register,
    /// A name in a list from above.
    List,
    /// Another place handed the child over (T17).
    Inflow,
}

/// A written report as it was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The document's number.
    pub number: String,
    /// When.
    pub on: Day,
    /// The deadline passed and nobody had written it.
    pub by_clock: bool,
}

/// A closing that waits for the county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Why the case should be closed.
    pub why: Closing,
    /// Since when it is asked.
    pub on: Day,
    /// What proves it.
    pub note: Personal<String>,
}

/// One step as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// What.
    pub step: Move,
    /// The stage before.
    pub from: Stage,
    /// The stage after.
    pub to: Stage,
    /// On which day.
    pub on: Day,
    /// When it was written down.
    pub at: Moment,
    /// The account, `clock`, or the party above.
    pub by: String,
    /// Details for the school's staff.
    pub note: Personal<String>,
}

/// A step with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// D04
    Contact(Contact),
    /// D05
    Notice(Notice),
    /// D06; the number of the report.
    Report(String),
    /// D06, filed by the clock.
    ReportByClock(String),
    /// D07, D08, by the county.
    Inform(String),
    /// D09, by the county.
    Assign(String),
    /// D09, by the county.
    Visit,
    /// By the county.
    Order(Order),
    /// The order was handed to the parents; how.
    OrderSeen(String),
    /// C05
    Return,
    /// One of the observations after a return.
    Observe(Personal<String>),
    /// F02, F04, F05, F08
    Place(Placing),
    /// Another place answers for the child (E01, E02).
    MoveAway(String),
    /// The other place handed the child back.
    ComeBack(String),
    /// Ask the county to close the case; why, and what proves it.
    AskClosing(Closing, Personal<String>),
    /// The county closes it.
    Confirm,
    /// The county does not close it; why.
    RefuseClosing(String),
    /// Set aside until a day, with the reason.
    Suspend(Suspension),
    /// Go on.
    Resume,
    /// Absent again.
    Reopen,
}

/// A step's day, hand and law.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// On which day the step was taken.
    pub on: Day,
    /// Today.
    pub today: Day,
    /// When it is written down.
    pub at: Moment,
    /// Who writes.
    pub by: &'a str,
    /// The ladder's rules.
    pub rules: &'a Persuasion,
    /// Which days count.
    pub calendar: &'a Calendar,
}

impl Case {
    /// Opens a case (D03).
    pub fn open(id: CaseId, child: Option<PupilId>, cause: Cause, turn: &Turn<'_>) -> Self {
        let mut case = Self {
            id,
            child,
            cause,
            opened: turn.on,
            stage: Stage::Opened,
            since: turn.on,
            clock: turn.today,
            contacts: Vec::new(),
            notice: None,
            report: None,
            visits: Vec::new(),
            order: None,
            placing: None,
            returned: None,
            observations: Vec::new(),
            suspended: None,
            closing: None,
            closed: None,
            leg: None,
            log: Vec::new(),
            told: None,
            earlier: Vec::new(),
            acts: Vec::new(),
            recalled: false,
        };
        case.note(Move::Open, Stage::Opened, turn, Personal::new(String::new()));
        case
    }

    /// Whether somebody here still has to act for the child.
    pub const fn is_open(&self) -> bool {
        self.stage.is_open()
    }

    /// Whether the child is still looked for: below placing, return and handover.
    pub const fn on_the_ladder(&self) -> bool {
        ladder::on_the_ladder(self.stage)
    }

    /// Whether another place answers for the child, the closing confirmed or not.
    pub fn is_moved(&self) -> bool {
        self.stage == Stage::Moved || self.stage == Stage::Closed && self.closed == Some(Closing::Moved)
    }

    /// Whether another place still answers for the child: it was handed over, and is not on the roll here again
    /// since (T18).
    pub fn is_elsewhere(&self, standing: Option<&Standing>) -> bool {
        let left = self.log.iter().rev().find(|noted| noted.step == Move::MoveAway);
        let left = left.map_or(self.since, |noted| noted.on);
        self.is_moved() && standing.and_then(Standing::back_on_roll).is_none_or(|back| back < left)
    }

    /// The step by which a child that was handed over is looked for here again.
    pub(crate) fn comes_back(&self, why: String) -> Step {
        match self.stage {
            Stage::Closed if !self.is_moved() => Step::Reopen,
            _ => Step::ComeBack(why),
        }
    }

    /// In how many contacts the child or its family was reached.
    pub fn reached(&self) -> u32 {
        let reached = self.contacts.iter().filter(|contact| contact.reached_family()).count();
        u32::try_from(reached).unwrap_or(u32::MAX)
    }

    /// The observations since the child was last back.
    pub fn observations_now(&self) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(|it| self.returned.is_some_and(|back| it.on >= back))
    }

    /// How often `step` was taken in the present round.
    fn taken_now(&self, step: Move) -> usize {
        let now = self.log.iter().rev().take_while(|noted| !noted.step.begins());
        now.filter(|noted| noted.step == step).count()
    }

    /// Who took `step` last in the present round.
    pub(crate) fn taker(&self, step: Move) -> Option<&str> {
        let mut now = self.log.iter().rev().take_while(|noted| !noted.step.begins());
        now.find(|noted| noted.step == step).map(|noted| noted.by.as_str())
    }

    /// When the present round began: the opening, or the last return to it.
    pub fn began(&self) -> Day {
        self.log.iter().rev().find(|noted| noted.step.begins()).map_or(self.opened, |noted| noted.on)
    }

    /// The county did not close it in the present round: it is not asked again by itself.
    pub fn was_refused_closing(&self) -> bool {
        self.taken_now(Move::RefuseClosing) > 0
    }

    /// Notes a step that leaves the case where it is and is kept elsewhere: a referral, evidence.
    pub(crate) fn remark(&mut self, step: Move, turn: &Turn<'_>, note: String) {
        self.note(step, self.stage, turn, Personal::new(note));
    }

    /// The closing is not asked for any more.
    pub(crate) fn drop_closing(&mut self, turn: &Turn<'_>) {
        if let Some(asked) = self.closing.take() {
            self.remark(Move::DropClosing, turn, asked.why.code().to_owned());
        }
    }

    fn note(&mut self, step: Move, from: Stage, turn: &Turn<'_>, note: Personal<String>) {
        let Turn { on, at, by, .. } = *turn;
        self.log.push(Noted { step, from, to: self.stage, on, at, by: by.to_owned(), note });
    }

    /// How it stands, as the county may know it: no name. The revision is that of the last letter.
    pub fn progress(&self, today: Day, rules: &Persuasion, calendar: &Calendar) -> Progress {
        let due = self.due(rules, calendar);
        Progress {
            case: self.id,
            revision: self.told.as_ref().map_or(0, |told| told.revision),
            stage: self.stage,
            since: self.since,
            due: due.map(|due| due.on),
            overdue: due.is_some_and(|due| due.on < today),
            suspended_until: self.suspended.as_ref().map(|suspended| suspended.until),
            closing: self.closing.as_ref().map(|asked| asked.why).or(self.closed),
            acts: self.acts[self.acts.len().saturating_sub(Progress::MOST_ACTS)..].to_vec(),
        }
    }
}
