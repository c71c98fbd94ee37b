//! What cases do by themselves: they open with a mark (T02), follow a return (T03, T05) and what is recorded
//! of the child, climb when a deadline has passed, and are taken up again when a suspension ends.

use proto::model::case::{Closing, Stage};
use proto::model::day::{Day, Moment};
use proto::model::personal::Personal;
use proto::store::{Room, StoreError};

use super::letters::Mail;
use super::{Desk, Found, all, latest, report_number};
use crate::desk::{Law, School, SchoolError, books};
use crate::persuasion::{Case, Cause, Move, Placing, Step};
use crate::pupil::PupilId;
use crate::records::{Stood, keys};
use crate::standing::{EnrolmentStatus, Standing, Transition};

/// Who takes a step that nobody took.
const CLOCK: &str = "clock";

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
            let stood = case.child.and_then(|child| standings.get(&child));
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
            if case.recalled && is_missing(standing) {
                case.recalled = false;
                room.write(keys::case(case.id), case);
            }
            let moved = case.is_moved();
            let step = follows(case, standing, desk.today);
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
            // who is found elsewhere and in no class there is missing here, and another place answers
            Some(case) if case.is_moved() => false,
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

const fn is_missing(standing: &Standing) -> bool {
    matches!(standing.status, EnrolmentStatus::Suspected | EnrolmentStatus::DroppedOut)
}

/// The day of the last mark.
fn mark(standing: &Standing) -> Option<Day> {
    standing.history.iter().rev().find(|step| step.id == Transition::T02).map(|step| step.effective)
}

/// The step that the child's status takes by itself.
fn follows(case: &Case, standing: &Standing, today: Day) -> Option<(Step, Day)> {
    if is_missing(standing) {
        if case.is_moved() {
            // at school in between, and absent again
            let between = standing.last_return >= Some(case.since);
            let marked = mark(standing).filter(|on| between && *on > case.since)?;
            return Some((Step::ComeBack("T02".to_owned()), marked.min(today)));
        }
        let again = matches!(case.stage, Stage::Placed | Stage::Returned | Stage::Closed);
        let marked = mark(standing).filter(|on| *on > case.since && again)?;
        return Some((Step::Reopen, marked.min(today)));
    }
    if case.stage == Stage::Closed && case.is_moved() && standing.status == EnrolmentStatus::Enrolled {
        return returned(case, standing).map(|back| (Step::ComeBack("C05".to_owned()), back));
    }
    if !case.on_the_ladder() && case.stage != Stage::Moved {
        return None;
    }
    match standing.status {
        EnrolmentStatus::Enrolled => returned(case, standing).map(|back| (Step::Return, back)),
        EnrolmentStatus::HomeTaught if case.stage != Stage::Moved => {
            let evidence = standing.history.last().map(|step| step.evidence.clone()).unwrap_or_default();
            Some((Step::Place(Placing { how: Closing::PlacedHome, evidence }), today))
        }
        EnrolmentStatus::TransferredOut if case.stage != Stage::Moved && roll_moved(case, standing) => {
            Some((Step::MoveAway("T14".to_owned()), today))
        }
        _ => None,
    }
}

/// Whether the roll moved in the present round: one that had moved before the other place handed the child back makes
/// nobody answer for it there.
fn roll_moved(case: &Case, standing: &Standing) -> bool {
    let begun = case.log.iter().rev().find(|noted| noted.step.begins());
    begun.is_none_or(|begun| begun.step != Move::ComeBack || standing.since > begun.on)
}

/// When the child came back in the present round.
fn returned(case: &Case, standing: &Standing) -> Option<Day> {
    standing.last_return.filter(|day| *day >= case.began())
}

/// The closing that the child's status asks for by itself.
fn closes(case: &Case, standing: &Standing, today: Day) -> Option<(Step, Day)> {
    if case.closing.is_some() || case.stage == Stage::Closed || case.was_refused_closing() {
        return None;
    }
    let why = match standing.status {
        EnrolmentStatus::Abroad => Closing::Abroad,
        EnrolmentStatus::Deceased => Closing::Deceased,
        EnrolmentStatus::Completed => Closing::Completed,
        EnrolmentStatus::TransferredOut if case.stage == Stage::Moved => Closing::Moved,
        // a late note took the mark back: there was nothing to persuade
        EnrolmentStatus::Enrolled
            if case.cause == Cause::Suspected
                && !case.recalled
                && case.on_the_ladder()
                && returned(case, standing).is_none() =>
        {
            Closing::OpenedInError
        }
        _ => return None,
    };
    let proof = standing.history.last().map(|step| format!("{:?} {}", step.id, step.evidence));
    let proof = proof.unwrap_or_else(|| "T02".to_owned());
    Some((Step::AskClosing(why, Personal::new(proof)), today))
}
