//! Rows of lists that go on to an office below, which leads to the school: sealed anew for each office on the way,
//! and the answer comes back by the same offices.

use proto::link::book;
use proto::link::post::{Reason, Taken};
use proto::model::case::{Checked, Letter, Listed, Way};
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::model::region::Level;
use proto::seal;
use proto::store::{Room, StoreError};

use super::{Case, Schools};
use crate::inbound::{self, Beside, Entry, Row};
use crate::units;

/// Whether lists are handed on to a unit: to schools, and to the hubs that lead to them. A town has no schools of its
/// own to ask.
pub(super) fn takes_rows(unit: &Party) -> bool {
    unit.is_school() || unit.level().is_some_and(|level| level != Level::Town)
}

/// The office below that leads to the school of a row: the one through which a school of that code reports, or to which
/// an earlier row of that code was given, else the only one whose place, or a county in it, is named by school or address.
pub(super) fn office_below(
    room: &Room<'_>,
    me: &Party,
    entry: &Entry,
    schools: &Schools,
) -> Result<Option<Party>, StoreError> {
    let mut offices: Vec<Party> = Vec::new();
    for unit in units::list(room, me)? {
        if unit.active().is_some() && !unit.party.is_school() && takes_rows(&unit.party) {
            offices.push(unit.party);
        }
    }
    for office in offices.iter().filter(|_| entry.code.is_some()) {
        let streams = book::streams(room, true, office)?;
        if streams.iter().any(|stream| stream.id.origin.school_code() == entry.code) {
            return Ok(Some(office.clone()));
        }
    }
    let told =
        entry.code.and_then(|code| schools.by_code.get(&code)).filter(|office| offices.contains(office));
    if let Some(office) = told {
        return Ok(Some(office.clone()));
    }
    let (school, purpose) = (&entry.record.school, Purpose::Handover);
    let text = format!("{school}\n{}", entry.record.address.open(purpose));
    Ok(named_in(&offices, &text))
}

/// The only one of `offices` whose place is named, or a county of whose place.
fn named_in(offices: &[Party], text: &str) -> Option<Party> {
    let divisions = Divisions::shipped();
    let own = |office: &&Party| divisions.name(office.region()).is_some_and(|name| text.contains(name));
    let county = |office: &&Party| {
        let mut inside = divisions.children(office.region());
        inside.any(|row| row.region.level() == Level::County && !row.is_filler() && text.contains(row.name))
    };
    only(offices.iter().filter(own)).or_else(|| only(offices.iter().filter(county))).cloned()
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

impl Case<'_> {
    /// The office above hands a row on. A row that is here already is answered once more.
    pub(in crate::desk) fn listed(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        listed: Listed,
    ) -> Result<Taken, StoreError> {
        let me = &self.hub.me;
        if me.parent().as_ref() != Some(from) {
            return Ok(Taken::Refused(Reason::NotYours, "lists come from the office above".to_owned()));
        }
        let Listed { case, list, answer_by, record, code, grade, .. } = listed;
        if let Some(row) = inbound::find(room, case)? {
            self.answer_up(room, &row)?;
            return Ok(Taken::Applied);
        }
        let own = seal::own(room)?;
        let Ok(record) = (Way { case, from, to: me }).open(&record, &own) else {
            self.send(room, from, Letter::Key(own.public()))?;
            return Ok(Taken::Refused(Reason::Unreadable, "sealed for another key".to_owned()));
        };
        let entry = Entry { row: 0, record, code, grade, answer_by };
        let schools = Schools::below(room, me)?;
        let mut row = self.row_of(room, (case, list, &from.to_string()), &entry, &schools)?;
        inbound::keep_beside(room, case, &Beside { code, from: Some(from.clone()), ..Beside::default() });
        self.tell_row(room, &mut row)?;
        inbound::keep(room, &row);
        Ok(Taken::Applied)
    }

    /// An office below leads to the school of a row: the other children of that school that wait go there too.
    pub(super) fn assign_like(&self, room: &mut Room<'_>, given: &Row) -> Result<(), StoreError> {
        let office = given.school.as_ref().filter(|unit| !unit.is_school());
        let (Some(office), Some(code)) = (office, inbound::beside(room, given.case)?.code) else {
            return Ok(());
        };
        for mut row in inbound::all(room)? {
            let waits = row.school.is_none() && row.answer.is_none();
            if waits && inbound::beside(room, row.case)?.code == Some(code) {
                (row.school, row.assigned_by) = (Some(office.clone()), given.assigned_by.clone());
                self.tell_row(room, &mut row)?;
                inbound::keep(room, &row);
            }
        }
        Ok(())
    }

    /// Tells the office that handed the row on what was answered.
    pub(super) fn answer_up(&self, room: &mut Room<'_>, row: &Row) -> Result<(), StoreError> {
        let Some(above) = inbound::beside(room, row.case)?.from else { return Ok(()) };
        let Some(answer) = row.answer.clone() else { return Ok(()) };
        let inbound::Answer { result, day, note, .. } = answer;
        self.send(room, &above, Letter::Checked(Checked { case: row.case, result, day, note }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_is_named_by_its_place_or_by_a_county_of_it() {
        let office = |path: &str| path.parse::<Party>().unwrap();
        let (bijie, guiyang) = (office("p52/c5205"), office("p52/c5201"));
        let cities = [bijie.clone(), guiyang];
        let counties = [office("p52/c5205/d520502"), office("p52/c5205/d520521")];
        for (offices, text, found) in [
            (&cities, "毕节市第一小学", Some(&bijie)),
            (&cities, "七星关区第三小学", Some(&bijie)),
            (&cities, "毕节市与贵阳市", None),
            (&cities, "示范小学", None),
            (&counties, "贵州省毕节市七星关区某路", Some(&counties[0])),
            (&counties, "大方县第三小学", Some(&counties[1])),
            (&counties, "七星关区学生，现住大方县", None),
        ] {
            assert_eq!(named_in(offices, text).as_ref(), found, "{text}");
        }
    }
}
