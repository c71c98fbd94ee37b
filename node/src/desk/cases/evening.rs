//! What cases do by themselves: they open with a mark (T02), follow a return (T03, T05) and what is recorded
//! of the child, climb when a deadline has passed, and are taken up again when a suspension ends.

use proto::model::case::Stage;
use proto::model::day::{Day, Moment};
use proto::store::{Room, StoreError};

use super::letters::Mail;
use super::status::{CLOCK, asks_in_vain, closes, follows, is_missing, mark, rests_on_the_status};
use super::{Desk, Found, all, latest, report_number};
use crate::desk::books::{self, Books};
use crate::desk::{Law, School, SchoolError};
use crate::persuasion::{Case, Cause, Step};
use crate::pupil::PupilId;
use crate::records::{ChildCases, Stood, keys};
use crate::standing::Standing;

impl School {
    /// Looks at every case and every missing child, with the statuses of this evening, and writes what is to
    /// be written.
    pub(crate) fn review_cases(
        &self,
        room: &mut Room<'_>,
        law: &Law,
        today: Day,
        now: Moment,
    ) -> Result<(), StoreError> {
        let desk = Desk { law, today, now };
        let standings = books::standings(room)?;
        for mut case in all(room)? {
            let child = if is_followed(room, &case)? { case.child } else { None };
            let stood = child.and_then(|child| standings.get(&child));
            self.review(room, &desk, &mut case, stood.map(|stood| &stood.standing))?;
        }
        for (id, stood) in &standings {
            self.open_if_missing(room, &desk, *id, &stood.standing)?;
        }
        self.write_letters(room, now)
    }

    /// Looks at single children, at once: their roll call was just taken.
    pub(in crate::desk) fn follow(
        &self,
        room: &mut Room<'_>,
        law: &Law,
        children: impl IntoIterator<Item = PupilId>,
        today: Day,
        now: Moment,
    ) -> Result<(), StoreError> {
        let desk = Desk { law, today, now };
        for id in children {
            let Some(stood) = room.read::<Stood>(&keys::standing(id))? else { continue };
            if let Some(mut case) = latest(room, id)? {
                self.review(room, &desk, &mut case, Some(&stood.standing))?;
            }
            self.open_if_missing(room, &desk, id, &stood.standing)?;
        }
        self.write_letters(room, now)
    }

    /// Takes every step that follows by itself.
    fn review(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        standing: Option<&Standing>,
    ) -> Result<(), StoreError> {
        if let Some(standing) = standing {
            if case.recalled && case.on_the_ladder() && is_missing(standing) {
                case.recalled = false;
                room.write(keys::case(case.id), case);
            }
            if asks_in_vain(case, standing) {
                case.drop_closing(&desk.turn(desk.today, CLOCK));
                self.keep_case(room, desk, case)?;
            }
            let moved = case.is_moved();
            let step = match follows(case, standing, desk.today) {
                None if is_undone(room, case, standing)? => Some((Step::Reopen, desk.today)),
                step => step,
            };
            self.by_clock(room, desk, case, step)?;
            if moved && !case.is_moved() {
                self.is_here_again(room, desk, case, standing)?;
            }
            let step = closes(case, standing, desk.today);
            self.by_clock(room, desk, case, step)?;
        }
        let ends = case.suspended.as_ref().map(|suspended| suspended.until.next());
        let step = ends.filter(|on| *on <= desk.today).map(|on| (Step::Resume, on));
        self.by_clock(room, desk, case, step)?;
        let late = case.report_due(&desk.law.rules.persuasion, &desk.law.calendar);
        if late.is_some_and(|due| due < desk.today) {
            let number = report_number(room, desk.today)?;
            self.by_clock(room, desk, case, Some((Step::ReportByClock(number), desk.today)))?;
        }
        // a deadline that passed is told too
        self.keep_if_news(room, desk, case)
    }

    /// A child of whom another place has the case was at school here: that place is told, and hands the case back.
    fn is_here_again(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        standing: &Standing,
    ) -> Result<(), StoreError> {
        self.take_back_if_on_its_way(room, desk, case)?;
        self.keep_case(room, desk, case)?;
        // one that was closed begins again first
        let step = follows(case, standing, desk.today);
        self.by_clock(room, desk, case, step)
    }

    /// Takes a step that nobody took. What the table does not draw there waits for a person.
    fn by_clock(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &mut Case,
        step: Option<(Step, Day)>,
    ) -> Result<(), StoreError> {
        let Some((step, on)) = step else { return Ok(()) };
        match self.take_step(room, desk, case, step, on, CLOCK) {
            Err(SchoolError::Store(error)) => Err(error),
            Err(refused) => {
                tracing::debug!(case.id = %case.id, "the clock leaves case {}: {refused}", case.id);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn keep_if_news(&self, room: &mut Room<'_>, desk: &Desk<'_>, case: &Case) -> Result<(), StoreError> {
        let progress = case.progress(desk.today, &desk.law.rules.persuasion, &desk.law.calendar);
        if case.told.as_ref() != Some(&progress) {
            Mail::Progress.queue(room, case.id, 0);
        }
        Ok(())
    }

    /// Opens a case for a child who is SUSPECTED or DROPPED_OUT and has none, or none of this absence.
    fn open_if_missing(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        child: PupilId,
        standing: &Standing,
    ) -> Result<(), StoreError> {
        if !is_missing(standing) {
            return Ok(());
        }
        let wanted = match latest(room, child)? {
            None => true,
            // who is found elsewhere and in no class there is missing here, and another place answers until the child
            // is on the roll here again
            Some(case) if case.is_moved() => !case.is_elsewhere(Some(standing)),
            Some(case) => case.stage == Stage::Closed && mark(standing) > Some(case.since),
        };
        if wanted {
            let since = mark(standing).unwrap_or(standing.since).min(desk.today);
            let opening = Found { child, cause: Cause::Suspected, since, number: None };
            self.open_for(room, desk, opening, CLOCK)?;
        }
        Ok(())
    }
}

/// Of several cases of a child the newest follows its status; an older one only while somebody here acts for the child.
fn is_followed(room: &Room<'_>, case: &Case) -> Result<bool, StoreError> {
    let Some(child) = case.child else { return Ok(false) };
    let ChildCases(cases) = room.read(&keys::cases_of(child))?.unwrap_or_default();
    Ok(case.is_open() || cases.last().is_none_or(|newest| *newest == case.id))
}

/// Whether the child is missing as before, because what took the case off the ladder does not hold any more: the mark
/// that stands again is no new one.
fn is_undone(room: &Room<'_>, case: &Case, standing: &Standing) -> Result<bool, StoreError> {
    let (Some(child), true) = (case.child, is_missing(standing)) else { return Ok(false) };
    match case.returned.filter(|_| case.stage == Stage::Returned) {
        // a restored store without the roll call of the return does not say that the child was absent
        Some(back) if standing.last_return < Some(back) => was_called(room, child, back),
        Some(_) => Ok(false),
        None => Ok(rests_on_the_status(case)),
    }
}

fn was_called(room: &Room<'_>, child: PupilId, on: Day) -> Result<bool, StoreError> {
    Ok(Books::default().child(room, child)?.is_some_and(|book| book.was_called(on)))
}
