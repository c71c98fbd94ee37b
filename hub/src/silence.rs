//! The silence board: who has sent no figures, for how long, and what is probably waiting there.
//!
//! What counts is the last day that figures came of, by whichever way: a school may call elsewhere while
//! its town is down, and a school may call every night and send nothing. A unit calls at night. A contact before noon speaks for the night of the day before, so a school that
//! called at 02:15 has told everything up to yesterday; the day after is missed when the next night has
//! passed without a call.

#[cfg(test)]
mod tests;
mod words;

use std::cmp::Reverse;

use proto::link::book::{self, StreamRecord};
use proto::link::copies::{self, Copies};
use proto::link::post::{self, Contact};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::{Room, StoreError};
use serde::Serialize;

use crate::desk::has_authority;
use crate::rollup;
use crate::units::{self, Status, Unit};

/// What is known of one unit.
#[derive(Debug, Clone)]
pub struct Known {
    /// From the register.
    pub unit: Unit,
    /// From the link.
    pub contact: Option<Contact>,
    /// The streams that it writes upwards, one for each life.
    pub streams: Vec<StreamRecord>,
    /// The stores that spoke in its name.
    pub copies: Copies,
    /// The last day that it sent figures of.
    pub last_day: Option<Day>,
    /// The hub that issues its certificate, and may revoke it.
    pub issuer: Party,
}

/// How silent a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has never called, and nothing of it is known.
    Never,
    /// Without figures for as many school days as the rulebook says, or more.
    Silent,
    /// Without figures of a school day, not yet that many.
    Late,
    /// Nothing is missing.
    Fresh,
}

/// One line of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Who.
    pub party: Party,
    /// Its name.
    pub name: String,
    /// How silent.
    pub state: State,
    /// When it last called.
    pub last_contact: Option<Moment>,
    /// School days missed since the last call, or since it was registered.
    pub school_days: u32,
    /// Calendar days of the same span.
    pub calendar_days: u32,
    /// The last number acknowledged, in its latest life.
    pub acked: u64,
    /// The last day that it sent figures of.
    pub last_day: Option<Day>,
    /// School days since then, or since it was registered: sheets that probably wait there. The state
    /// follows from it.
    pub backlog: u32,
    /// When its certificate ends.
    pub not_after: Option<Moment>,
    /// Its clock minus ours, in milliseconds, at the last call.
    pub clock_offset: i64,
    /// How many lives it has had here. More than one: it was restored, replaced or copied.
    pub lives: u32,
    /// Its certificate was revoked: it cannot report before it joins again.
    pub revoked: Option<Revoked>,
    /// What else needs a look.
    pub troubles: Vec<Trouble>,
}

impl Line {
    /// Whether there is anything to see to.
    pub fn needs_a_look(&self) -> bool {
        self.state != State::Fresh || self.revoked.is_some() || !self.troubles.is_empty()
    }
}

/// Who revoked a unit's certificate, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revoked {
    /// Which hub.
    pub by: Party,
    /// When.
    pub at: Moment,
    /// Why, as its operator said; may be empty.
    pub reason: String,
}

/// What needs a look beside the silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    /// Its certificate has ended.
    Expired(Moment),
    /// Its certificate ends within 30 days.
    Expires(Moment),
    /// Its clock is more than a day off: days may be closed under a wrong date. Milliseconds.
    Clock(i64),
    /// It has had this many lives here, and the last one began within a week.
    Lives(u32),
    /// Two machines were seen to speak in its name, and it has not spoken with one voice for a week since.
    TwoMachines,
}

/// Reads what is known of every unit below `me` that is not closed on the day of `now`. A revoked one stays
/// on the board: its children are still somebody's to answer for.
///
/// # Errors
/// When the store cannot read.
pub fn gather(room: &Room<'_>, me: &Party, now: Moment) -> Result<Vec<Known>, StoreError> {
    let mut out = Vec::new();
    let above = me.parent().filter(|_| !has_authority(me));
    let issuer = above.unwrap_or_else(|| me.clone());
    for unit in units::list(room, me)? {
        if unit.closed.is_some_and(|closed| closed <= now.day()) {
            continue;
        }
        let last_day = if unit.party.is_school() {
            rollup::last_sheet(room, &unit.party)?
        } else {
            rollup::last_totals(room, &unit.party)?
        };
        let contact = post::contact(room, &unit.party)?;
        let mut streams = book::streams(room, true, &unit.party)?;
        streams.retain(|stream| stream.id.origin == unit.party);
        let copies = copies::of(room, &unit.party)?;
        out.push(Known { unit, contact, streams, copies, last_day, issuer: issuer.clone() });
    }
    Ok(out)
}

/// The board, worst first. `silent_after` is the rulebook's `reporting.silent_after_days`, in school days;
/// `is_school_day` asks the unit's calendar.
pub fn board(
    known: &[Known],
    now: Moment,
    silent_after: u32,
    is_school_day: &dyn Fn(&Party, Day) -> bool,
) -> Vec<Line> {
    let mut lines: Vec<Line> =
        known.iter().map(|known| line(known, now, silent_after, is_school_day)).collect();
    lines.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.party.cmp(&b.party)));
    lines
}

fn order(line: &Line) -> impl Ord + use<> {
    (line.state, Reverse(line.backlog), Reverse(line.school_days), Reverse(line.troubles.len()))
}

fn line(known: &Known, now: Moment, silent_after: u32, is_school_day: &dyn Fn(&Party, Day) -> bool) -> Line {
    let Known { unit, contact, streams, last_day, issuer, .. } = known;
    let today = now.day();
    let told = contact.as_ref().map_or(unit.since.plus(-1), |contact| spoke_for(contact.last));
    let school_days =
        |after: Day| between(after, today).filter(|day| is_school_day(&unit.party, *day)).count();
    let missed = number(school_days(told));
    let spoken = || streams.iter().filter(|stream| stream.tail.seq > 0);
    let latest = spoken().max_by_key(|stream| (stream.id.life.number, stream.tail.seq));
    let lives = number(spoken().count());
    let backlog = number(school_days(last_day.unwrap_or(unit.since.plus(-1))));
    Line {
        party: unit.party.clone(),
        name: unit.name.clone(),
        state: match backlog {
            _ if contact.is_none() && last_day.is_none() => State::Never,
            0 => State::Fresh,
            n if n < silent_after => State::Late,
            _ => State::Silent,
        },
        last_contact: contact.as_ref().map(|contact| contact.last),
        school_days: missed,
        calendar_days: number(between(told, today).count()),
        acked: latest.map_or(0, |stream| stream.tail.seq),
        last_day: *last_day,
        backlog,
        not_after: unit.not_after,
        clock_offset: contact.as_ref().map_or(0, |contact| contact.clock_offset),
        lives,
        revoked: match &unit.status {
            Status::Revoked { at, reason } => {
                Some(Revoked { by: issuer.clone(), at: *at, reason: reason.clone() })
            }
            Status::Invited | Status::Active => None,
        },
        troubles: troubles(known, now, lives),
    }
}

fn troubles(known: &Known, now: Moment, lives: u32) -> Vec<Trouble> {
    let certificate = known.unit.not_after.and_then(|end| match end.since(now) {
        left if left <= 0 => Some(Trouble::Expired(end)),
        left if left <= EXPIRES_SOON => Some(Trouble::Expires(end)),
        _ => None,
    });
    let offset = known.contact.as_ref().map_or(0, |contact| contact.clock_offset);
    let clock = (offset.unsigned_abs() > DAY.unsigned_abs()).then_some(Trouble::Clock(offset));
    let twice = known.copies.sign().map(|_| Trouble::TwoMachines);
    let lives = (lives > 1 && known.copies.began_lately(now)).then_some(Trouble::Lives(lives));
    [certificate, clock, twice, lives].into_iter().flatten().collect()
}

const DAY: i64 = 86_400_000;
const EXPIRES_SOON: i64 = 30 * DAY;

/// The last day that a contact at `at` can have told everything of.
fn spoke_for(at: Moment) -> Day {
    at.plus_millis(-DAY / 2).day()
}

/// The days after `after` and before `today`, at most ten years of them.
fn between(after: Day, today: Day) -> impl Iterator<Item = Day> {
    let days = (today.number() - after.number() - 1).clamp(0, 3_660);
    (1..=days).map(move |n| after.plus(n))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
