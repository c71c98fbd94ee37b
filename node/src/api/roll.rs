//! The roll: imports.

use std::collections::HashMap;

use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::say;
use proto::wire::school as wire;

use super::{Answer, Api, day_said};
use crate::desk::find::class_text;
use crate::desk::roster::{Imported, RosterFile};
use crate::pupil::{Pupil, PupilId};
use crate::roster::{BadRow, Field};

impl Api {
    pub(super) async fn import_roster(
        &self,
        request: wire::ImportRosterRequest,
        lang: Lang,
    ) -> Answer<wire::ImportRosterReply> {
        let file = RosterFile {
            name: request.file_name,
            bytes: request.file,
            dry_run: request.dry_run,
            since: day_said(request.since)?,
            lang,
        };
        Ok(imported_out(self.school.import_roster(file).await?, lang))
    }
}

fn imported_out(imported: Imported, lang: Lang) -> wire::ImportRosterReply {
    let Imported { import, changes, people, error_workbook, written, since } = imported;
    let known: HashMap<PupilId, Pupil> = people.into_iter().collect();
    let row = |at: usize| change_out(&import.good[at], Vec::new());
    let gone = |id: &PupilId| known.get(id).map(|pupil| change_out(pupil, Vec::new()));
    let changed = changes.changed.iter().map(|changed| {
        let new = &import.good[changed.incoming];
        let old = known.get(&changed.id);
        let fields = changed.fields.iter().map(|field| field_out(*field, old, new, lang));
        let back = changed.returns.then(|| say!(lang, "学籍转回（T18）", "on the roll again (T18)"));
        change_out(new, back.into_iter().chain(fields).collect())
    });
    wire::ImportRosterReply {
        rows: u32::try_from(import.rows).unwrap_or(u32::MAX),
        added: changes.added.iter().map(|at| row(*at)).collect(),
        changed: changed.collect(),
        unchanged: changes.unchanged.len() as u32,
        missing: changes.missing.iter().filter_map(gone).collect(),
        conflicts: changes.conflicts.iter().map(|conflict| row(conflict.incoming)).collect(),
        bad: import.bad.iter().map(|bad| bad_out(bad, lang)).collect(),
        unmapped: import.unmapped,
        error_workbook,
        written,
        since: since.to_string(),
    }
}

/// A field that changes; from what to what, where that tells nothing of the child but its place at school.
fn field_out(field: Field, old: Option<&Pupil>, new: &Pupil, lang: Lang) -> String {
    let name = field.say(lang);
    let value = |pupil: &Pupil| match field {
        Field::Grade => Some(pupil.class.grade.to_string()),
        Field::Class => Some(pupil.class.number.to_string()),
        _ => None,
    };
    match (old.and_then(value), value(new)) {
        (Some(old), Some(new)) => format!("{name} {old} → {new}"),
        _ => name,
    }
}

fn change_out(pupil: &Pupil, fields: Vec<String>) -> wire::RosterChange {
    let name = pupil.name.open(Purpose::SchoolStaff).clone();
    wire::RosterChange { name, class: class_text(pupil.class), fields }
}

fn bad_out(bad: &BadRow, lang: Lang) -> wire::BadRow {
    let problems = bad.problems.iter().map(|problem| wire::Problem {
        column: problem.column.clone(),
        code: problem.reason.code().to_owned(),
        words: problem.reason.say(lang),
    });
    wire::BadRow {
        row: bad.at.row,
        sheet: bad.at.sheet.as_deref().unwrap_or_default().to_owned(),
        problems: problems.collect(),
        words: bad.say(lang),
    }
}
