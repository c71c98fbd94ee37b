//! The roll: an import compares a file with what the school has and writes the difference as one.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::model::calendar::SchoolYear;
use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use proto::model::personal::Purpose;
use proto::store::{Room, StoreError};

use super::books::{Books, restand};
use super::{School, SchoolError};
use crate::pupil::{Pupil, PupilId};
use crate::records::{self, LeftOut, RecordedFacts, Seat, Stood, keys};
use crate::roster::{self, BadRow, Changed, Changes, Field, Import, Rules, Table};
use crate::standing::{EnrolmentStatus, Fact, Recorded};

/// What an import did, or would do.
#[derive(Debug)]
pub struct Imported {
    /// The sheet as checked.
    pub import: Import,
    /// The difference.
    pub changes: Changes,
    /// Names and classes of the pupils on the roll that [`Changes`] speaks of.
    pub people: Vec<(PupilId, Pupil)>,
    /// The refused rows as a workbook; empty when there are none.
    pub error_workbook: Vec<u8>,
    /// Something was written.
    pub written: bool,
    /// First day on the roll of children who are new.
    pub since: Day,
}

/// A file to import.
#[derive(Debug, Clone)]
pub struct RosterFile {
    /// Its name, for messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Say what would change and change nothing.
    pub dry_run: bool,
    /// First day on the roll of children who are new.
    pub since: Option<Day>,
    /// For the workbook that goes back.
    pub lang: Lang,
}

impl School {
    /// Imports a roster: good rows go in, bad rows do not, nothing is half written.
    ///
    /// A child who is new counts from `since`; when nothing is said, from the first day of the school year
    /// at the first import and for the rest of its day, from the day of the import later on. A child who changes class does so from
    /// the same day, and one that had left is on the roll again from it (T18). Sheets are drawn up from the day of the first import on, or from its `since`.
    ///
    /// # Errors
    /// When the file is refused as a whole, or the store fails.
    pub async fn import_roster(self: &Arc<Self>, file: RosterFile) -> Result<Imported, SchoolError> {
        let rules = Rules { today: self.clock.now().day(), school: self.party.school_code() };
        let RosterFile { name, bytes, dry_run, since, lang } = file;
        // seconds of work for a large file: not on the threads that answer others
        let read = move || -> Result<(Table, Import), roster::Refused> {
            let table = roster::read(&name, &bytes)?;
            let import = roster::check(&table, &rules);
            Ok((table, import))
        };
        let (table, import) = tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Stopped)??;
        let error_workbook = workbook(&table, &import.bad, lang)?;
        self.act(move |school, room, now| {
            let existing = records::by_child::<Pupil>(room, keys::PUPILS)?;
            let mut changes = roster::compare(&existing, &import.good, &import.refused);
            let off = off_the_roll(room)?;
            changes.ask_about_namesakes(&existing, &import.good, &off.keys().copied().collect());
            changes.mind_who_left(&off);
            // rows that were refused and mended the same day belong to the first import
            let began = records::diary(room)?.began;
            let first = existing.is_empty() || began.is_some_and(|began| began >= now.day());
            let begins = since.map_or(now.day(), |since| since.min(now.day()));
            let since = since.unwrap_or_else(|| first_day(first, now.day()));
            let differs = !changes.added.is_empty() || !changes.changed.is_empty();
            let written = differs && !dry_run;
            if written {
                let added = school.apply(room, &import.good, &changes, &existing, since, now)?;
                begin(room, begins)?;
                added.into_iter().for_each(|id| Self::tell_newcomer(room, id, None));
                let numbers = |of: &&Changed| of.fields.contains(&Field::IdNumber);
                for changed in changes.changed.iter().filter(numbers) {
                    Self::tell_anew(room, changed.id)?;
                }
            }
            if !dry_run {
                mark_left_out(room, &import.good, &changes, &existing, now.day())?;
                Self::tell_untold(room, &existing)?;
                school.write_letters(room, now)?;
            }
            Ok(Imported { import, changes, people: existing, error_workbook, written, since })
        })
        .await
    }

    /// Writes the difference; gives the ids of the children who are new.
    fn apply(
        &self,
        room: &mut Room<'_>,
        good: &[Pupil],
        changes: &Changes,
        existing: &[(PupilId, Pupil)],
        since: Day,
        now: Moment,
    ) -> Result<Vec<PupilId>, SchoolError> {
        let mut added = Vec::with_capacity(changes.added.len());
        for row in &changes.added {
            let pupil = &good[*row];
            let seat = Seat { birth: birth(pupil), since, classes: vec![(since, pupil.class)] };
            let id = new_id();
            self.write_pupil(room, id, pupil, &seat);
            added.push(id);
        }
        self.seats.renew(room);
        let mut moved = Vec::new();
        for changed in &changes.changed {
            let at = existing.binary_search_by_key(&changed.id, |(id, _)| *id);
            let old = &existing[at.expect("a change names a pupil on the roll")].1;
            let new = roster::merged(old, &good[changed.incoming]);
            let Some(mut seat) = room.read::<Seat>(&keys::seat(changed.id))? else { continue };
            self.forget_numbers(room, old);
            seat.move_to(new.class, since);
            if changed.returns {
                come_back(room, changed.id, since, ("roster", "roster import"), now)?;
            }
            let moves = |field: &Field| matches!(field, Field::Birth | Field::Grade | Field::Class);
            if changed.returns || changed.fields.iter().any(moves) {
                moved.push(changed.id);
            }
            seat.birth = birth(&new);
            self.write_pupil(room, changed.id, &new, &seat);
        }
        let mut diary = records::diary(room)?;
        diary.touch(since);
        room.write(keys::DIARY, &diary);
        let (law, mut books) = (self.law(room)?, Books::default());
        for id in moved {
            if let Some(stood) = room.read::<Stood>(&keys::standing(id))? {
                restand(room, &law, &mut books, id, stood.upto.max(since.min(now.day())), now)?;
            }
        }
        for changed in changes.changed.iter().filter(|changed| changed.returns) {
            self.tell_if_newcomer_left(room, changed.id, now)?;
        }
        Ok(added)
    }

    pub(super) fn write_pupil(&self, room: &mut Room<'_>, id: PupilId, pupil: &Pupil, seat: &Seat) {
        room.write(keys::pupil(id), pupil);
        room.write(keys::seat(id), seat);
        if let Some(number) = pupil.citizen() {
            room.put(self.id_key(number), id.bytes());
        }
        if let Some(number) = pupil.roll() {
            room.put(self.roll_key(number), id.bytes());
        }
    }

    fn forget_numbers(&self, room: &mut Room<'_>, pupil: &Pupil) {
        if let Some(number) = pupil.citizen() {
            room.delete(self.id_key(number));
        }
        if let Some(number) = pupil.roll() {
            room.delete(self.roll_key(number));
        }
    }
}

/// Who had left and is here again is on the roll again (T18): who says so, and what it rests on.
pub(super) fn come_back(
    room: &mut Room<'_>,
    id: PupilId,
    since: Day,
    (by, evidence): (&str, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let left = room.read::<Stood>(&keys::standing(id))?.map_or(since, |stood| stood.standing.since);
    let mut facts = room.read::<RecordedFacts>(&keys::facts(id))?.unwrap_or_default();
    let (fact, by) = (Fact::BackOnRoll { on: since.max(left) }, by.to_owned());
    facts.0.push(Recorded { fact, recorded: now, by, evidence: evidence.to_owned() });
    room.write(keys::facts(id), &facts);
    Ok(())
}

/// The first import begins the days that are closed.
pub(super) fn begin(room: &mut Room<'_>, day: Day) -> Result<(), SchoolError> {
    let mut diary = records::diary(room)?;
    diary.began.get_or_insert(day);
    room.write(keys::DIARY, &diary);
    Ok(())
}

/// How those stand who are on the roll no more.
fn off_the_roll(room: &Room<'_>) -> Result<BTreeMap<PupilId, EnrolmentStatus>, StoreError> {
    let stood = records::by_child::<Stood>(room, keys::STANDINGS)?.into_iter();
    let statuses = stood.map(|(id, stood)| (id, stood.standing.status));
    Ok(statuses.filter(|(_, status)| !status.is_on_roll()).collect())
}

/// Notes whom the roster should have and does not (A03), and forgets it of whom it has again.
fn mark_left_out(
    room: &mut Room<'_>,
    good: &[Pupil],
    changes: &Changes,
    existing: &[(PupilId, Pupil)],
    today: Day,
) -> Result<(), StoreError> {
    let here = changes.changed.iter().map(|changed| changed.id);
    for id in here.chain(changes.unchanged.iter().map(|(id, _)| *id)) {
        room.delete(keys::left_out(id));
    }
    let classes = existing.iter().map(|(id, pupil)| (*id, pupil.class)).collect();
    for id in changes.left_out(good, &classes) {
        if room.read::<LeftOut>(&keys::left_out(id))?.is_none() {
            room.write(keys::left_out(id), &LeftOut { since: today });
        }
    }
    Ok(())
}

fn workbook(table: &Table, bad: &[BadRow], lang: Lang) -> Result<Vec<u8>, SchoolError> {
    if bad.is_empty() {
        return Ok(Vec::new());
    }
    roster::error_workbook(table, bad, lang)
        .map_err(|error| SchoolError::File { path: "errors.xlsx".into(), why: error.to_string() })
}

fn first_day(first_import: bool, today: Day) -> Day {
    if !first_import {
        return today;
    }
    Day::new(SchoolYear::of(today).first_year(), 9, 1).unwrap_or(today)
}

fn birth(pupil: &Pupil) -> Day {
    *pupil.birth.open(Purpose::RollCheck)
}

pub(super) fn new_id() -> PupilId {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    PupilId::new(bytes)
}
