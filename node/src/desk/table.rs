//! A CSV of absences: one line a child and a day. All lines of one class and day are one roll call; where the
//! class called it before, each line corrects its child.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::store::{Room, StoreError};

use super::calls::Taken;
use super::find::Names;
use super::marks::{Line, Wrong, parse};
use super::{School, SchoolError};
use crate::attendance::{Handed, Mark};
use crate::pupil::{Class, PupilId};
use crate::records::{Seat, keys};

/// A table of absences.
#[derive(Debug, Clone)]
pub struct AbsenceTable {
    /// The file.
    pub bytes: Vec<u8>,
    /// Say what would change and change nothing.
    pub dry_run: bool,
    /// Why, for days on which a class already called the roll.
    pub correction: Option<String>,
    /// The account.
    pub by: String,
}

/// What came of a table.
#[derive(Debug)]
pub struct TableTaken {
    /// Lines under the header.
    pub lines: usize,
    /// The roll calls that were taken.
    pub calls: Vec<Taken>,
    /// Lines that were refused, by their number in the file; none of their class and day went in.
    pub refused: Vec<(u32, SchoolError)>,
    /// Something was written.
    pub written: bool,
}

/// A line of a roll call: its number, the child, the mark, the reason of a correction.
type Placed = (u32, PupilId, Mark, Option<String>);

impl School {
    /// Takes a table of absences. Lines that cannot be placed are named; a roll call in which one line is
    /// wrong is not taken, the others are.
    ///
    /// # Errors
    /// When the table cannot be read at all, or the store fails.
    pub async fn import_absences(self: &Arc<Self>, table: AbsenceTable) -> Result<TableTaken, SchoolError> {
        let parsed = parse(&table.bytes).map_err(SchoolError::Table)?;
        // a dry run goes through the whole action and is then refused: it cannot differ from the real one
        let result = self.act(move |school, room, now| {
            let mut out = TableTaken {
                lines: parsed.len(),
                calls: Vec::new(),
                refused: Vec::new(),
                written: !table.dry_run,
            };
            let calls = school.group(room, parsed, &mut out)?;
            let classroom = school.classroom(room, now)?;
            for ((day, class), lines) in calls {
                let numbers: Vec<u32> = lines.iter().map(|(number, ..)| *number).collect();
                let reason = lines.iter().find_map(|(.., reason)| reason.clone());
                let handed = Handed {
                    class,
                    day,
                    listed: lines.into_iter().map(|(_, id, mark, _)| (id, mark)).collect(),
                    taken: now,
                    by: table.by.clone(),
                    correction: table.correction.clone().or(reason),
                };
                match room.attempt(|room| school.take_call(room, &classroom, handed, now)) {
                    Ok(taken) => out.calls.push(taken),
                    Err(SchoolError::Store(error)) => return Err(error.into()),
                    Err(refused) => {
                        let line = numbers.first().copied().unwrap_or_default();
                        out.refused.push((line, refused));
                        out.with_line(line, (day, class), numbers.into_iter().skip(1));
                    }
                }
            }
            out.refused.sort_by_key(|(line, _)| *line);
            if table.dry_run { Err(SchoolError::Rehearsed(Box::new(out))) } else { Ok(out) }
        });
        match result.await {
            Err(SchoolError::Rehearsed(out)) => Ok(*out),
            other => other,
        }
    }

    fn group(
        &self,
        room: &Room<'_>,
        lines: Vec<Result<Line, Wrong>>,
        out: &mut TableTaken,
    ) -> Result<BTreeMap<(Day, Class), Vec<Placed>>, SchoolError> {
        let mut calls: BTreeMap<_, Vec<Placed>> = BTreeMap::new();
        let (mut spoilt, mut names) = (BTreeMap::new(), Names::default());
        for line in lines {
            let line = match line {
                Ok(line) => line,
                Err(Wrong { number, error, spoils, of }) => {
                    if let Some(at) = self.spoilt(room, &mut names, spoils, of)? {
                        spoilt.entry(at).or_insert(number);
                    }
                    out.refused.push((number, *error));
                    continue;
                }
            };
            match self.place(room, &mut names, &line) {
                Ok((id, class)) => {
                    calls.entry((line.day, class)).or_default().push((
                        line.number,
                        id,
                        line.mark,
                        line.correction,
                    ));
                }
                Err(SchoolError::Store(error)) => return Err(error.into()),
                Err(refused) => {
                    if let Some(class) = line.class {
                        spoilt.entry((line.day, class)).or_insert(line.number);
                    }
                    out.refused.push((line.number, refused));
                }
            }
        }
        for (at, line) in spoilt {
            let lines = calls.remove(&at).unwrap_or_default();
            out.with_line(line, at, lines.into_iter().map(|(number, ..)| number));
        }
        Ok(calls)
    }

    /// The roll call that lacks a line which cannot be read: the one that the line names, or that of the child's
    /// class.
    fn spoilt(
        &self,
        room: &Room<'_>,
        names: &mut Names,
        spoils: Option<(Day, Class)>,
        of: Option<(Day, String)>,
    ) -> Result<Option<(Day, Class)>, StoreError> {
        let (None, Some((day, child))) = (spoils, of) else { return Ok(spoils) };
        match self.child(room, names, &child, None) {
            Ok(id) => {
                let seat = room.read::<Seat>(&keys::seat(id))?;
                Ok(seat.and_then(|seat| seat.class_on(day)).map(|class| (day, class)))
            }
            Err(SchoolError::Store(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn place(
        &self,
        room: &Room<'_>,
        names: &mut Names,
        line: &Line,
    ) -> Result<(PupilId, Class), SchoolError> {
        let id = self.child(room, names, &line.child, line.class.map(|class| (class, line.day)))?;
        let class = match line.class {
            Some(class) => Some(class),
            None => room.read::<Seat>(&keys::seat(id))?.and_then(|seat| seat.class_on(line.day)),
        };
        Ok((id, class.ok_or(SchoolError::NoSuchChild)?))
    }
}

impl TableTaken {
    /// Good lines whose roll call is not taken because of another one.
    fn with_line(&mut self, line: u32, (day, class): (Day, Class), good: impl Iterator<Item = u32>) {
        self.refused.extend(good.map(|number| (number, SchoolError::OtherLine { line, class, day })));
    }
}

impl Say for TableTaken {
    fn say(&self, lang: Lang) -> String {
        let (lines, calls, refused) = (self.lines, self.calls.len(), self.refused.len());
        say!(
            lang,
            "{lines} 行；点名 {calls} 次；退回 {refused} 行",
            "{lines} lines; {calls} roll calls; {refused} lines refused"
        )
    }
}
