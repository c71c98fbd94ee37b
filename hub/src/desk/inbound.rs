//! Lists from above at a hub: imported, handed on to its schools or to the offices below that lead to them,
//! answered, and given back.

mod relay;

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::link::post::{Reason, Taken};
use proto::model::case::{
    Act, CaseId, Checked, ChildRecord, Direction, Letter, ListResult, Listed, Office, Way,
};
use proto::model::day::Day;
use proto::model::party::{Party, SchoolCode};
use proto::model::personal::Personal;
use proto::seal;
use proto::store::{Room, StoreError};

use self::relay::{office_below, takes_rows};
use super::casework::account;
use super::letter::Opening;
use super::transfer::Case;
use super::transfer::act::names_nobody;
use super::{Hub, HubError};
use crate::audit::{self, Action, Ended, Note};
use crate::inbound::reply::Replied;
use crate::inbound::{self, Answer, Beside, Entry, Fault, Row, Sheet};
use crate::{keyring, offices, units};

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Rows that are on the list now.
    pub rows: u32,
    /// Of these, handed on to a school below.
    pub sent: u32,
    /// Of these, without a school below: somebody here has to find out who answers.
    pub unassigned: u32,
    /// Of these, imported before.
    pub known: u32,
    /// Rows that were left out.
    pub faults: Vec<Fault>,
}

/// Which rows to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this list.
    pub list: Option<String>,
    /// Without an answer.
    pub open: bool,
}

/// The schools below, as lists name them, and the offices below that lead to others.
struct Schools {
    here: Vec<(Party, String)>,
    by_code: BTreeMap<SchoolCode, Party>,
}

impl Schools {
    fn below(room: &Room<'_>, me: &Party) -> Result<Self, StoreError> {
        let units = units::list(room, me)?.into_iter().filter(|unit| unit.party.is_school());
        let here = units.filter(|unit| unit.active().is_some()).map(|unit| (unit.party, unit.name)).collect();
        Ok(Self { here, by_code: inbound::offices_by_code(room)? })
    }

    /// By its code, else by a name that only one has.
    fn named(&self, entry: &Entry) -> Option<Party> {
        if entry.code.is_some() {
            let of_code = |(party, _): &&(Party, String)| party.school_code() == entry.code;
            return self.here.iter().find(of_code).map(|(party, _)| party.clone());
        }
        let mut of_name =
            self.here.iter().filter(|(_, name)| !name.is_empty() && *name == entry.record.school);
        match (of_name.next(), of_name.next()) {
            (Some((party, _)), None) => Some(party.clone()),
            _ => None,
        }
    }
}

impl Case<'_> {
    fn import(
        &self,
        room: &mut Room<'_>,
        (list, by): (&str, &str),
        sheet: Sheet,
    ) -> Result<Imported, StoreError> {
        let schools = Schools::below(room, &self.hub.me)?;
        let mut done = Imported { faults: sheet.faults, ..Imported::default() };
        for entry in sheet.rows {
            done.rows += 1;
            let case = inbound::number(room, list, &entry.record)?;
            if inbound::find(room, case)?.is_some() {
                done.known += 1;
                continue;
            }
            let mut row = self.row_of(room, (case, list.to_owned(), by), &entry, &schools)?;
            if let code @ Some(_) = entry.code {
                inbound::keep_beside(room, case, &Beside { code, ..Beside::default() });
            }
            match row.school {
                Some(_) => done.sent += 1,
                None => done.unassigned += 1,
            }
            self.tell_row(room, &mut row)?;
            inbound::keep(room, &row);
        }
        Ok(done)
    }

    /// A row as this hub keeps it, with the unit below that answers for it.
    fn row_of(
        &self,
        room: &mut Room<'_>,
        (case, list, by): (CaseId, String, &str),
        entry: &Entry,
        schools: &Schools,
    ) -> Result<Row, StoreError> {
        let (me, key, state) = (&self.hub.me, seal::own(room)?.public(), self.hub.state());
        let days = state.rules.transfer.list_reply_days;
        let in_time = || state.calendar.workdays_after(self.now.day(), days);
        let school = match schools.named(entry) {
            None => office_below(room, me, entry, schools)?,
            school => school,
        };
        Ok(Row {
            case,
            list,
            number: entry.row,
            school,
            school_text: entry.record.school.clone(),
            grade: entry.grade,
            answer_by: entry.answer_by.unwrap_or_else(in_time),
            record: Way { case, from: me, to: me }.seal(&entry.record, &key),
            imported: self.now,
            by: by.to_owned(),
            assigned_by: String::new(),
            asked_by: None,
            told: false,
            answer: None,
        })
    }

    /// Hands a row on to its school, or to the office below that leads to it, once its sealing key is known.
    fn tell_row(&self, room: &mut Room<'_>, row: &mut Row) -> Result<(), StoreError> {
        let Some(school) = row.school.clone().filter(|_| !row.told) else { return Ok(()) };
        let Some(key) = keyring::of(room, &school)? else { return Ok(()) };
        let (case, me, day) = (row.case, &self.hub.me, self.now.day());
        let Some(record) = opened(room, me, row)? else { return Ok(()) };
        let record = Way { case, from: me, to: &school }.seal(&record, &key);
        let (list, grade, answer_by) = (row.list.clone(), row.grade, Some(self.asked_by(row, &school)));
        let code = inbound::beside(room, case)?.code;
        let listed = Listed { case, list: list.clone(), day, answer_by, record, code, grade };
        self.send(room, &school, Letter::Listed(listed))?;
        (row.told, row.asked_by) = (true, answer_by);
        if !school.is_school() {
            return Ok(());
        }
        let direction = Direction {
            case,
            act: Act::OpenFromList,
            day,
            number: list,
            until: answer_by,
            note: String::new(),
        };
        self.send(room, &school, Letter::Direction(direction))
    }

    /// The day by which a unit is asked to answer: a school within the rulebook's workdays, so that its office has
    /// time left, an office below by the list's own day. What comes down late leaves a school its workdays too.
    fn asked_by(&self, row: &Row, unit: &Party) -> Day {
        let (state, today) = (self.hub.state(), self.now.day());
        let check = state.calendar.workdays_after(today, state.rules.transfer.list_check_days);
        match unit.is_school() {
            true if row.answer_by > today => check.min(row.answer_by),
            true => check,
            false => row.answer_by,
        }
    }

    /// Who did what with a list, for the log: the list stands there by its title.
    fn log_list(&self, room: &mut Room<'_>, list: &str, (by, what): (&str, &str)) -> Result<(), StoreError> {
        let role = offices::role(room, Office::Transfer, by)?.to_owned();
        let (who, purpose, object) = (by.to_owned(), what.to_owned(), audit::object(list.as_bytes()));
        let note = Note { who, role, purpose, action: Action::Decide, object, ended: Ended::Done };
        audit::append(room, note, self.now).map(drop)
    }

    /// A school, or an office below, told its key: what waited for it goes out.
    pub(super) fn tell_rows(&self, room: &mut Room<'_>, school: &Party) -> Result<(), StoreError> {
        if !takes_rows(school) {
            return Ok(());
        }
        for mut row in inbound::all(room)? {
            if row.school.as_ref() == Some(school) && !row.told {
                self.tell_row(room, &mut row)?;
                inbound::keep(room, &row);
            }
        }
        Ok(())
    }

    /// A school, or the office below that leads to it, answers for a child of a list.
    pub(super) fn checked(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        checked: Checked,
    ) -> Result<Taken, StoreError> {
        let asked = inbound::find(room, checked.case)?;
        let before = inbound::beside(room, checked.case)?.asked_before.contains(from);
        let asked = asked.filter(|row| row.school.as_ref() == Some(from) || before);
        let Some(mut row) = asked else {
            return Ok(Taken::Refused(Reason::NotYours, "no list asked that school".to_owned()));
        };
        let Checked { result, day, note, .. } = checked;
        if row.school.as_ref() != Some(from) && result == ListResult::Unknown {
            return Ok(Taken::Applied);
        }
        row.answer = Some(Answer { result, day, note, by: from.to_string() });
        inbound::keep(room, &row);
        self.answer_up(room, &row)?;
        Ok(Taken::Applied)
    }
}

/// The record of a row; `None` when it does not open.
pub(super) fn opened(room: &mut Room<'_>, me: &Party, row: &Row) -> Result<Option<ChildRecord>, StoreError> {
    let way = Way { case: row.case, from: me, to: me };
    Ok(way.open(&row.record, &seal::own(room)?).ok())
}

impl Hub {
    /// Imports a list: every good row becomes a case of this hub, and goes to the school below that it names.
    ///
    /// # Errors
    /// When the file cannot be read at all; bad rows are in what it gives.
    pub async fn import_list(
        self: &Arc<Self>,
        list: String,
        file: Vec<u8>,
        answer_by: Option<Day>,
        by: String,
    ) -> Result<Imported, HubError> {
        account(&by)?;
        let list = list.trim().to_owned();
        if list.is_empty() || list.chars().count() > MOST_TITLE {
            return Err(HubError::Field { field: "list", found: list.chars().take(MOST_TITLE).collect() });
        }
        let read = tokio::task::spawn_blocking(move || inbound::read(&file, answer_by));
        let sheet = read.await.unwrap_or(Err(inbound::ListError::Damaged))?;
        self.with_cases(move |desk, room| {
            desk.log_list(room, &list, (&by, "import a list"))?;
            Ok(desk.import(room, (&list, &by), sheet)?)
        })
        .await
    }

    /// Reads a list without importing it.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub async fn check_list(file: Vec<u8>) -> Result<Imported, HubError> {
        let read = tokio::task::spawn_blocking(move || inbound::read(&file, None));
        let sheet = read.await.unwrap_or(Err(inbound::ListError::Damaged))?;
        let rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        Ok(Imported { rows, faults: sheet.faults, ..Imported::default() })
    }

    /// Rows of lists, with the letters that answered each list.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn lists(self: &Arc<Self>, filter: Filter) -> Result<Vec<(Row, Vec<Replied>)>, HubError> {
        let read = move |room: &mut Room<'_>| {
            let fits = |row: &Row| {
                filter.list.as_ref().is_none_or(|list| row.list == *list)
                    && !(filter.open && row.answer.is_some())
            };
            let rows = inbound::all(room)?.into_iter().filter(fits);
            let with_replies = |row: Row| {
                let replies = inbound::reply::of(room, &row.list)?;
                Ok((row, replies))
            };
            rows.map(with_replies).collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.desk.act(read).await?)
    }

    /// Names the school that answers for a child of a list, which opens a case as if the list had named it; or the
    /// office below that leads to the school.
    ///
    /// # Errors
    /// When there is no such row, it was answered, or the unit is neither a school nor an office below this hub.
    pub async fn assign_row(
        self: &Arc<Self>,
        case: CaseId,
        school: Party,
        by: String,
    ) -> Result<Row, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut row = inbound::find(room, case)?.ok_or(HubError::NoCase(case))?;
            let known = units::get(room, &school)?.is_some_and(|unit| unit.active().is_some());
            if !known || !takes_rows(&school) {
                return Err(HubError::NoUnit(school.to_string()));
            }
            // who was asked does not know the child: another one may
            let unknown = |answer: &Answer| answer.result == ListResult::Unknown;
            if row.answer.take().is_some_and(|answer| !unknown(&answer)) {
                return Err(HubError::RowAnswered(case));
            }
            if let Some(before) = row.school.clone().filter(|before| *before != school) {
                let mut beside = inbound::beside(room, case)?;
                beside.asked_before.push(before);
                inbound::keep_beside(room, case, &beside);
            }
            // the same unit once more: what it was told may have been sealed for a key that it has no longer
            row.told = false;
            desk.log(room, case, (&by, "assign a row"), Action::Decide, Ended::Done)?;
            (row.school, row.assigned_by) = (Some(school), by);
            desk.tell_row(room, &mut row)?;
            inbound::keep(room, &row);
            desk.assign_like(room, &row)?;
            Ok(row)
        })
        .await
    }

    /// Enters the answer to a row by hand.
    ///
    /// # Errors
    /// When there is no such row, or the day has not come.
    pub async fn answer_row(self: &Arc<Self>, case: CaseId, answer: Answer) -> Result<Row, HubError> {
        account(&answer.by)?;
        let today = self.clock.now().day();
        if answer.day > today {
            return Err(HubError::NotYet { day: answer.day, today });
        }
        self.with_cases(move |desk, room| {
            let mut row = inbound::find(room, case)?.ok_or(HubError::NoCase(case))?;
            names_nobody(opened(room, &desk.hub.me, &row)?.as_ref(), &answer.note)?;
            desk.log(room, case, (&answer.by, answer.result.code()), Action::Decide, Ended::Done)?;
            row.answer = Some(answer);
            inbound::keep(room, &row);
            desk.answer_up(room, &row)?;
            Ok(row)
        })
        .await
    }

    /// A list with its results as a workbook, with names: for the office that asked. The opening is logged.
    /// Gives how many rows it has.
    ///
    /// # Errors
    /// When there is no such list, or the workbook cannot be written.
    pub async fn export_list(
        self: &Arc<Self>,
        list: String,
        opening: Opening,
    ) -> Result<(Personal<Vec<u8>>, usize), HubError> {
        let (me, now) = (self.me.clone(), self.clock.now());
        let rows: Vec<(Row, Option<ChildRecord>)> = self
            .desk
            .act(move |room| {
                let rows: Vec<Row> = inbound::all(room)?.into_iter().filter(|row| row.list == list).collect();
                if rows.is_empty() {
                    return Err(HubError::Field { field: "list", found: list });
                }
                opening.log(room, Action::OpenList, list.as_bytes(), now)?;
                let mut opened_rows = Vec::new();
                for row in rows {
                    let record = opened(room, &me, &row)?;
                    opened_rows.push((row, record));
                }
                Ok(opened_rows)
            })
            .await?;
        let file = inbound::workbook(&rows);
        let failed = |error| HubError::Io { what: "xlsx".to_owned(), why: std::io::Error::other(error) };
        Ok((file.map_err(failed)?, rows.len()))
    }
}

/// Characters of a list's number or title.
const MOST_TITLE: usize = 60;

/// Reads a result as it is typed.
///
/// # Errors
/// When there is no such result.
pub fn result(text: &str) -> Result<ListResult, HubError> {
    let wrong = || HubError::Field { field: "result", found: text.to_owned() };
    ListResult::from_code(&text.to_uppercase()).ok_or_else(wrong)
}
