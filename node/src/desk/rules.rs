//! The rules as people see and set them: the school's own calendar layer, documents from above, backups.

use std::path::PathBuf;
use std::sync::Arc;

use proto::link::shelf::{self, RefusedDocument};
use proto::model::calendar::{CalendarDocument, Explanation, Scope};
use proto::model::day::Day;
use proto::model::document::{Document, Topic};
use proto::model::party::Party;
use proto::platform;
use proto::store::{BackupReport, backup_online};

use super::books::Consequence;
use super::{Law, School, SchoolError};
use crate::files::FolderError;
use crate::records::{self, OwnCalendar, keys};

/// The rules in force and where they come from.
#[derive(Debug)]
pub struct RulesView {
    /// The law.
    pub law: Arc<Law>,
    /// Documents that are held.
    pub documents: Vec<Document>,
    /// Documents that were refused.
    pub refused: Vec<RefusedDocument>,
    /// The school's own calendars, TOML.
    pub own: Vec<String>,
}

impl School {
    /// How an unbroken absence from `from` would be counted (C02, C03).
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn explain_calendar(
        self: &Arc<Self>,
        from: Day,
        birth: Option<Day>,
    ) -> Result<Explanation, SchoolError> {
        self.act(move |school, room, _| {
            let law = school.law(room)?;
            Ok(law.calendar.explain(from, &law.rules, birth))
        })
        .await
    }

    /// Sets the school's own calendar layer of one school year. Gives the document, the label of the
    /// calendar with it, and what follows for children.
    ///
    /// # Errors
    /// When the text is wrong, speaks for somebody else, or is no newer than the one in use.
    pub async fn set_calendar(
        self: &Arc<Self>,
        text: String,
        dry_run: bool,
    ) -> Result<(CalendarDocument, String, Vec<Consequence>), SchoolError> {
        let document = CalendarDocument::parse(&text)?;
        let own = self.party.school_code().map(|code| code.to_string());
        if document.scope != Scope::School || Some(&document.owner) != own.as_ref() {
            let of = format!("{} {}", document.scope.word(), document.owner);
            return Err(SchoolError::NotOurCalendar(of));
        }
        self.act(move |school, room, now| {
            let key = keys::calendar(document.school_year.first_year());
            if let Some(held) = room.read::<OwnCalendar>(&key)? {
                let version = CalendarDocument::parse(&held.text).map_or(0, |held| held.version);
                if held.text == text {
                    return Ok((document, school.law(room)?.calendar.label().to_owned(), Vec::new()));
                }
                if document.version <= version {
                    return Err(SchoolError::CalendarVersion { given: document.version, held: version });
                }
            }
            if dry_run {
                return Ok((document, school.law(room)?.calendar.label().to_owned(), Vec::new()));
            }
            room.write(key, &OwnCalendar { text, at: now });
            let consequences = school.rules_changed(room, now)?;
            Ok((document, school.law(room)?.calendar.label().to_owned(), consequences))
        })
        .await
    }

    /// The rules in force.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn rules(self: &Arc<Self>) -> Result<RulesView, SchoolError> {
        self.act(|school, room, _| {
            let own = records::all::<OwnCalendar>(room, keys::CALENDARS)?;
            Ok(RulesView {
                law: school.law(room)?,
                documents: shelf::all(room)?,
                refused: shelf::refused(room)?,
                own: own.into_iter().map(|(_, own)| own.text).collect(),
            })
        })
        .await
    }

    /// Forgets a document, so that the next call brings the issuer's own: the way out of a fork.
    ///
    /// # Errors
    /// When it is neither held nor refused.
    pub async fn repair_document(
        self: &Arc<Self>,
        topic: Topic,
        issuer: Party,
        part: String,
    ) -> Result<(), SchoolError> {
        self.act(move |school, room, now| {
            let held = shelf::held(room, topic, &issuer, &part)?.is_some();
            let refused = shelf::refused(room)?;
            let refused = refused.iter().any(|r| (r.topic, &r.issuer, &r.part) == (topic, &issuer, &part));
            if !held && !refused {
                return Err(SchoolError::NoDocument);
            }
            shelf::repair(room, topic, &issuer, &part);
            school.rules_changed(room, now)?;
            Ok(())
        })
        .await
    }

    /// Writes an encrypted backup and reads it back; into the folder's backups when no place is said.
    ///
    /// # Errors
    /// When it cannot be written, or does not read back.
    pub async fn backup(
        self: &Arc<Self>,
        to: Option<PathBuf>,
    ) -> Result<(PathBuf, BackupReport), SchoolError> {
        let to = match to {
            Some(to) => to,
            None => self.next_backup()?,
        };
        let report = backup_online(&self.desk, self.key.clone(), self.party.clone(), to.clone()).await?;
        tracing::info!(records = report.records, bytes = report.bytes, "backup written and read back");
        Ok((to, report))
    }

    fn next_backup(&self) -> Result<PathBuf, SchoolError> {
        let dir = self.folder.backups();
        platform::private_dir(&dir).map_err(|why| FolderError::File { path: dir.clone(), why })?;
        let now = self.clock.now().to_string().replace([' ', ':'], "-");
        Ok(dir.join(format!("{now}.guixue")))
    }
}
