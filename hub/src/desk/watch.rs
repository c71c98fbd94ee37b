//! What people look at: figures, the silence board, the quarantine, how the hub itself stands.

use std::collections::BTreeMap;

use proto::link::caller::{Parent, calls_to};
use proto::link::post::{self, Contact, Quarantined};
use proto::link::schedule::Calls;
use proto::link::turned_away::{self, TurnedAway};
use proto::link::{addresses, book};
use proto::model::day::{Day, Moment};
use proto::model::division::Divisions;
use proto::model::entry::Lane;
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use proto::store::{Room, StoreError};

use super::intake::{Answered, answers, passes_schools};
use super::{Hub, HubError};
use crate::rollup;
use crate::silence::{self, Line, State};
use crate::units::{self, Unit};
use crate::view::{self, Subject, View};

/// A unit and what the link knows of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// From the register.
    pub unit: Unit,
    /// From the link.
    pub contact: Option<Contact>,
}

/// A parent and how calls to it went.
#[derive(Debug, Clone)]
pub struct Called {
    /// Whom.
    pub parent: Parent,
    /// Former addresses, which are tried when it does not answer at the newest.
    pub former: Vec<String>,
    /// How the calls went.
    pub calls: Calls,
    /// What it said of itself.
    pub contact: Option<Contact>,
    /// It refuses this hub.
    pub away: Option<TurnedAway>,
}

/// Figures, and who is missing in them.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The figures.
    pub view: View,
    /// Schools that should have reported of the last day and did not, with the last day that they did
    /// report of.
    pub missing: Vec<(Unit, Option<Day>)>,
    /// What the schools in the view are called.
    pub names: BTreeMap<Party, String>,
}

impl Hub {
    /// The register with each unit's last contact.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn units(&self) -> Result<Vec<Seen>, HubError> {
        let me = self.me.clone();
        let read = move |room: &mut Room<'_>| {
            units::list(room, &me)?
                .into_iter()
                .map(|unit| Ok(Seen { contact: post::contact(room, &unit.party)?, unit }))
                .collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.desk.act(read).await?)
    }

    /// The silence board, worst first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn board(&self) -> Result<Vec<Line>, HubError> {
        let (me, now, state) = (self.me.clone(), self.clock.now(), self.state());
        let read = move |room: &mut Room<'_>| {
            let mut known = silence::gather(room, &me, now)?;
            for known in &mut known {
                known.unit.name = shown_name(&known.unit);
                if known.unit.party.level() == Some(Level::Town) {
                    // it draws up nothing of its own: a call tells everything up to the day before
                    let told =
                        known.contact.as_ref().map(|contact| contact.last.plus_millis(-HALF_DAY).day());
                    known.last_day = told;
                }
                // a school that calls its town speaks here through its sheets
                if known.contact.is_none()
                    && known.unit.party.parent().as_ref() != Some(&me)
                    && let Some(day) = known.last_day
                {
                    known.contact = Some(through_the_town(day, now));
                }
            }
            let school_day = |_: &Party, day: Day| state.calendar.day(day, None).counts;
            Ok::<_, StoreError>(silence::board(
                &known,
                now,
                state.rules.reporting.silent_after_days,
                &school_day,
            ))
        };
        Ok(self.desk.act(read).await?)
    }

    /// How many lines of the board are silent longer than the rulebook allows; one that was invited and has
    /// not joined counts as well once it should have reported.
    pub fn silent(&self, board: &[Line]) -> usize {
        let after = self.state().rules.reporting.silent_after_days;
        board.iter().filter(|line| line.state < State::Late && line.school_days > after).count()
    }

    /// The figures of a place; without days, those of the newest day with any.
    ///
    /// # Errors
    /// When the store cannot read, or a record is damaged.
    pub async fn figures(&self, place: Region, days: Option<(Day, Day)>) -> Result<Shown, HubError> {
        let (me, state, today) = (self.me.clone(), self.state(), self.clock.now().day());
        let hub = Divisions::shipped().party_of(place, &self.config.by).unwrap_or_else(|_| me.clone());
        let read = move |room: &mut Room<'_>| {
            let (from, to) = match days {
                Some(days) => days,
                None => rollup::newest(room, me.region())?.map_or((today, today), |day| (day, day)),
            };
            let due = |_: Region, day: Day| state.calendar.day(day, None).counts;
            let mut view = view::period_view(room, place, from, to, &due)?;
            let rows_come =
                me.level().is_some_and(|level| level >= state.rules.reporting.school_rows_travel_to);
            show_rows(&mut view, &me, rows_come);
            let missing = if due(place, to) { missing(room, &hub, to)? } else { Vec::new() };
            let mut names = BTreeMap::new();
            for figure in &view.below {
                if let Subject::School(school) = &figure.subject
                    && let Some(unit) = units::get(room, school)?
                {
                    names.insert(school.clone(), shown_name(&unit));
                }
            }
            Ok::<_, StoreError>(Shown { view, missing, names })
        };
        Ok(self.desk.act(read).await?)
    }

    /// Entries that were not taken here, and answers to this hub's own.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn quarantine(&self) -> Result<(Vec<Quarantined>, Vec<Answered>), HubError> {
        let read = |room: &mut Room<'_>| Ok::<_, StoreError>((post::quarantined(room)?, answers(room)?));
        Ok(self.desk.act(read).await?)
    }

    /// The parents, how calls to them went, and how many entries wait for the first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn calls(&self) -> Result<(Vec<Called>, u64), HubError> {
        let (me, parents, state) = (self.me.clone(), self.state().parents.clone(), self.state());
        let read = move |room: &mut Room<'_>| {
            let mut waiting = 0;
            if let Some(parent) = parents.first() {
                let own = book::current(room, &me, &Lane::Up)?;
                let passed = book::streams(room, true, &me)?.into_iter().filter(|stream| {
                    stream.id.origin != me
                        && (!stream.id.origin.is_school() || passes_schools(me.level(), &state.rules))
                });
                for stream in own.into_iter().chain(passed) {
                    let acked = book::cursor(room, &parent.party, &stream.id)?.map_or(0, |c| c.acked.seq);
                    waiting += stream.tail.seq.saturating_sub(acked);
                }
            }
            let parents = parents.into_iter().map(|parent| {
                let calls = calls_to(room, &parent.party)?;
                let contact = post::contact(room, &parent.party)?;
                let away = turned_away::by(room, &parent.party)?;
                let former = addresses::to_try(room, &parent)?.split_off(1);
                Ok(Called { parent, former, calls, contact, away })
            });
            Ok::<_, StoreError>((parents.collect::<Result<Vec<_>, StoreError>>()?, waiting))
        };
        Ok(self.desk.act(read).await?)
    }

    /// Compares the rollup with what every unit said, and changes nothing.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn examine(&self) -> Result<rollup::Rebuilt, HubError> {
        let me = self.me.clone();
        Ok(self.desk.act(move |room| rollup::examine(room, &me)).await?)
    }

    /// Recomputes the rollup from what every unit said.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn rebuild(&self) -> Result<rollup::Rebuilt, HubError> {
        let me = self.me.clone();
        Ok(self.desk.act(move |room| rollup::rebuild(room, &me)).await?)
    }
}

/// The schools below `hub` that should have reported of `day` and did not.
fn missing(room: &Room<'_>, hub: &Party, day: Day) -> Result<Vec<(Unit, Option<Day>)>, StoreError> {
    let mut missing = Vec::new();
    for unit in units::list(room, hub)? {
        let expected = unit.party.is_school() && unit.is_active_on(day);
        if expected && !rollup::has_sheet(room, &unit.party, day)? {
            let last = rollup::last_sheet(room, &unit.party)?;
            missing.push((unit, last));
        }
    }
    Ok(missing)
}

/// Rows of other hubs' schools only where they may come, and then in the place of the row that sums them.
fn show_rows(view: &mut View, me: &Party, rows_come: bool) {
    let (mut summed, here) = (false, |school: &Party| rollup::is_own(me, school));
    view.below.retain(|figure| match &figure.subject {
        Subject::School(school) if !here(school) => {
            summed |= rows_come;
            rows_come
        }
        _ => true,
    });
    view.below.retain(|figure| !(summed && matches!(figure.subject, Subject::Straight(_))));
}

/// Half a day in milliseconds: a call before noon speaks for the day before.
const HALF_DAY: i64 = 43_200_000;

/// What a unit is called: its name, else its division's, else its code.
pub fn shown_name(unit: &Unit) -> String {
    if !unit.name.is_empty() {
        return unit.name.clone();
    }
    match unit.party.school_code() {
        Some(code) => code.to_string(),
        None => Divisions::shipped().name(unit.party.region()).unwrap_or_default().to_owned(),
    }
}

/// A contact that stands for "told everything up to this day", at its end or, while it lasts, now.
fn through_the_town(day: Day, now: Moment) -> Contact {
    Contact {
        last: Moment::at(day, 1_439).min(now),
        clock_offset: 0,
        store: 0,
        software: String::new(),
        version: 0,
        conversations: 0,
    }
}
