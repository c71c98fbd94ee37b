//! Who is in class here, for the county's blind matching: somebody elsewhere may miss a child of this roll. The
//! county gets the ID numbers sealed, many in one letter, and only of children about whom there is news; the
//! school never holds a key of a pool (TRUST 5.4).
//!
//! A child whom this school itself misses is not in class, whatever the roll says. One that was
//! placed here by the transfer of its own case is known to the county under the case's number: nobody is told
//! that it was found.

use proto::model::case::{CaseId, InClass, Letter, Newcomer, Roll, Tag};
use proto::model::day::Moment;
use proto::model::personal::Personal;
use proto::seal::SealKey;
use proto::store::{Room, StoreError};

use super::letters::{Mail, Pen};
use super::{latest, standing_of};
use crate::desk::School;
use crate::persuasion::Case;
use crate::pupil::{Pupil, PupilId};
use crate::records::keys;
use crate::standing::{EnrolmentStatus, Standing};

/// What the county was told of a child: the first byte of what is kept. Nothing at all is an older release's
/// [`Told::In`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing = 0,
    In = 1,
    Left = 2,
}

/// What is kept of a child: what the county was told, and the case whose transfer placed it here.
struct Entry {
    told: Told,
    case: Option<CaseId>,
}

impl Entry {
    fn read(room: &Room<'_>, child: PupilId) -> Result<Option<Self>, StoreError> {
        Ok(room.get(&keys::newcomer(child))?.map(|bytes| {
            let (told, case) = bytes.split_first().unwrap_or((&1, &[]));
            let told = match told {
                0 => Told::Nothing,
                2 => Told::Left,
                _ => Told::In,
            };
            Self { told, case: <[u8; 16]>::try_from(case).ok().map(CaseId::new) }
        }))
    }

    fn write(&self, room: &mut Room<'_>, child: PupilId) {
        let case = self.case.map_or_else(Vec::new, |case| case.0.to_vec());
        room.put(keys::newcomer(child), [vec![self.told as u8], case].concat());
    }
}

/// What there is to say of one child.
enum News {
    In(PupilId, InClass),
    Left(PupilId, Tag),
}

/// News about children, in the order in which the county must hear it: who is gone before anything else that
/// is said of a case, who is back after it.
#[derive(Default)]
pub(super) struct RollNews {
    left: Vec<(PupilId, Tag)>,
    here: Vec<(PupilId, InClass)>,
}

impl School {
    /// A child was enrolled: the county is told. `case`: its own case brought it here.
    pub(in crate::desk) fn tell_newcomer(room: &mut Room<'_>, child: PupilId, case: Option<CaseId>) {
        Entry { told: Told::Nothing, case }.write(room, child);
        Mail::Newcomer.queue(room, CaseId::new(*child.bytes()), 0);
    }

    /// Children whom an older release put on the roll without telling the county are told of now.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(in crate::desk) fn tell_untold(
        room: &mut Room<'_>,
        pupils: &[(PupilId, Pupil)],
    ) -> Result<(), StoreError> {
        for (child, _) in pupils {
            if room.get(&keys::newcomer(*child))?.is_none() {
                Self::tell_newcomer(room, *child, None);
            }
        }
        Ok(())
    }

    /// A child's number was corrected: its county compares the new one from now on.
    pub(in crate::desk) fn tell_anew(room: &mut Room<'_>, child: PupilId) -> Result<(), StoreError> {
        let case = Entry::read(room, child)?.and_then(|entry| entry.case);
        Self::tell_newcomer(room, child, case);
        Ok(())
    }

    /// A child is off the roll: when the county was told that it came, it is told that it left.
    pub(in crate::desk) fn tell_if_newcomer_left(
        &self,
        room: &mut Room<'_>,
        child: PupilId,
        now: Moment,
    ) -> Result<(), StoreError> {
        Self::tell_if_changed(room, child)?;
        self.write_letters(room, now)
    }

    /// Queues what the county does not know yet of a child that it was told of.
    pub(super) fn tell_if_changed(room: &mut Room<'_>, child: PupilId) -> Result<(), StoreError> {
        let Some(entry) = Entry::read(room, child)? else { return Ok(()) };
        let known = if is_in_class(room, child)? { Told::In } else { Told::Left };
        if entry.told != known {
            Mail::Newcomer.queue(room, CaseId::new(*child.bytes()), 0);
        }
        Ok(())
    }

    /// What waits to be said of children, taken from the letters that wait.
    pub(super) fn roll_news(&self, room: &mut Room<'_>) -> Result<RollNews, StoreError> {
        let mut news = RollNews::default();
        for (at, _) in room.list(&keys::letters_of(Mail::Newcomer as u8))? {
            let Some((_, id, _)) = keys::case_in_letter(&at) else { continue };
            match self.news_of(room, PupilId::new(id.0))? {
                Some(News::In(child, here)) => news.here.push((child, here)),
                Some(News::Left(child, tag)) => news.left.push((child, tag)),
                None => {}
            }
            room.delete(at);
        }
        Ok(news)
    }

    fn news_of(&self, room: &Room<'_>, child: PupilId) -> Result<Option<News>, StoreError> {
        let pupil: Option<Pupil> = room.read(&keys::pupil(child))?;
        let Some(number) = pupil.as_ref().and_then(Pupil::citizen) else { return Ok(None) };
        let entry = Entry::read(room, child)?;
        let case = entry.as_ref().and_then(|entry| entry.case);
        let tag = case.map_or_else(|| Tag(self.key.blind("newcomer", child.bytes())), |case| Tag(case.0));
        if is_in_class(room, child)? {
            return Ok(InClass::new(tag, number.as_str()).map(|here| News::In(child, here)));
        }
        // one that the county never heard of did not leave
        let told = entry.is_some_and(|entry| entry.told != Told::Nothing);
        Ok(told.then_some(News::Left(child, tag)))
    }
}

impl RollNews {
    /// Writes who is gone.
    pub(super) fn say_left(
        &self,
        room: &mut Room<'_>,
        pen: &Pen,
        key: &SealKey,
        now: Moment,
    ) -> Result<(), StoreError> {
        for (child, tag) in &self.left {
            let left = Newcomer::left(*tag, pen.identity.party(), &pen.county, key);
            pen.send(room, Some(Letter::Newcomer(left)), now)?;
            remember(room, *child, Told::Left)?;
        }
        Ok(())
    }

    /// Writes who is here: one child in a letter of its own, many in one.
    pub(super) fn say_here(
        self,
        room: &mut Room<'_>,
        pen: &Pen,
        key: &SealKey,
        now: Moment,
    ) -> Result<(), StoreError> {
        let (from, to) = (pen.identity.party(), &pen.county);
        for some in self.here.chunks(Roll::MOST) {
            let letter = match some {
                [(child, here)] => {
                    Letter::Newcomer(Newcomer::enrolled(here.tag, &number_of(room, *child)?, from, to, key))
                }
                many => {
                    let children: Vec<InClass> = many.iter().map(|(_, here)| here.clone()).collect();
                    Letter::Roll(Roll::seal(&children, from, to, key))
                }
            };
            pen.send(room, Some(letter), now)?;
            some.iter().try_for_each(|(child, _)| remember(room, *child, Told::In))?;
        }
        Ok(())
    }
}

fn number_of(room: &Room<'_>, child: PupilId) -> Result<Personal<String>, StoreError> {
    let pupil: Option<Pupil> = room.read(&keys::pupil(child))?;
    let number = pupil.as_ref().and_then(Pupil::citizen).map(|number| number.as_str().to_owned());
    Ok(Personal::new(number.unwrap_or_default()))
}

fn remember(room: &mut Room<'_>, child: PupilId, told: Told) -> Result<(), StoreError> {
    let case = Entry::read(room, child)?.and_then(|entry| entry.case);
    Entry { told, case }.write(room, child);
    Ok(())
}

/// Whether the child is in class as far as anybody who misses it is concerned.
fn is_in_class(room: &Room<'_>, child: PupilId) -> Result<bool, StoreError> {
    Ok(in_class(standing_of(room, child)?.as_ref(), latest(room, child)?.as_ref()))
}

/// In class is who is on the roll and whom nobody misses: neither its marks nor a case, whose search begins with its
/// opening and not with the written report. Who is offered elsewhere is not found at the school that offers it.
fn in_class(standing: Option<&Standing>, latest: Option<&Case>) -> bool {
    let status = standing.map_or(EnrolmentStatus::Enrolled, |standing| standing.status);
    let sought = latest.is_some_and(|case| case.is_elsewhere(standing) || case.on_the_ladder());
    status.is_on_roll() && !status.is_missing() && !sought
}

#[cfg(test)]
mod tests {
    use proto::model::calendar::Calendar;
    use proto::model::case::{Closing, Stage};
    use proto::model::day::Day;
    use proto::model::rulebook::Persuasion;

    use super::*;
    use crate::persuasion::{Cause, Turn};
    use crate::standing::{By, RollMatch};

    fn case(stage: Stage) -> Case {
        let on = Day::new(2025, 9, 24).unwrap();
        let (rules, calendar) = (Persuasion::default(), Calendar::build(&[]));
        let turn = Turn { on, today: on, at: Moment(0), by: "t", rules: &rules, calendar: &calendar };
        let closed = (stage == Stage::Closed).then_some(Closing::Returned);
        Case { stage, closed, ..Case::open(CaseId::new([7; 16]), None, Cause::Suspected, &turn) }
    }

    #[test]
    fn nobody_is_in_class_whom_the_marks_or_an_open_case_miss() {
        use EnrolmentStatus as S;
        for status in S::ALL {
            let attends = status.is_on_roll() && !matches!(status, S::Suspected | S::DroppedOut);
            let on = Day::new(2025, 9, 24).unwrap();
            let standing = Standing { status, ..Standing::enrolled(on, RollMatch::Matched, By::default()) };
            let in_class = |latest: Option<&Case>| in_class(Some(&standing), latest);
            assert_eq!(in_class(None), attends, "{status:?}");
            for stage in Stage::ALL.iter().copied() {
                let found = matches!(stage, Stage::Placed | Stage::Returned | Stage::Closed);
                assert_eq!(in_class(Some(&case(stage))), attends && found, "{status:?} {stage:?}");
            }
            let moved = Case { closed: Some(Closing::Moved), ..case(Stage::Closed) };
            assert!(!in_class(Some(&moved)), "{status:?}");
        }
    }
}
