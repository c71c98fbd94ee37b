//! The school's official documents: the notice to the parents (D05) and the written report (D06), made of the
//! case's own data in the commit of the step that they belong to; and who got them.

use std::sync::Arc;

use proto::model::case::ChildRecord;
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::paper::delivery::{Delivery, Issued};
use proto::paper::register::{self, RegisterError, Written};
use proto::paper::{
    Absence, Attempt, Channel, Child, Earlier, Guardian, Head, Number, Paper, PersuasionNotice, Replaced,
    SchoolReport, Served, Standing,
};
use proto::store::{Room, StoreError};

use super::Desk;
use super::record::sex;
use crate::desk::{School, SchoolError};
use crate::persuasion::{self, Case, CaseRefused, Contact, Move, Reached, Step};
use crate::placement::Inflow;
use crate::pupil::{FamilyMember, Pupil};
use crate::records::{Stood, keys};

/// A document that is asked for with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// On a notice: the last day to come back; the day on which the report is due when not said.
    pub return_by: Option<Day>,
}

impl School {
    /// Issues the document of a step and gives the step its number. Other steps have none.
    pub(super) fn issue(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        (case, step): (&Case, Step),
        on: Day,
        (wanted, by): (Wanted, &str),
    ) -> Result<(Step, Option<Written>), SchoolError> {
        match step {
            Step::Notice(notice) => {
                let written = self.notice(room, desk, case, on, (wanted, by))?;
                let number = written.number.to_string();
                Ok((Step::Notice(persuasion::Notice { number, ..notice }), Some(written)))
            }
            Step::Report(_) => {
                let written = self.written_report(room, desk, case, on, by)?;
                Ok((Step::Report(written.number.to_string()), Some(written)))
            }
            step => Ok((step, None)),
        }
    }

    fn notice(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        on: Day,
        (wanted, by): (Wanted, &str),
    ) -> Result<Written, SchoolError> {
        let child = self.child_named(room, desk, case, (by, "D05"))?;
        let absence = absence(room, desk, case, on)?;
        let (letterhead, rules) = (&self.letterhead, &desk.law.rules.persuasion);
        let (department, township) = (letterhead.department()?, letterhead.township()?);
        let contact = letterhead.contact()?;
        let report_due = || desk.law.calendar.workdays_after(on, rules.report_after_days);
        let write = |number| {
            Paper::PersuasionNotice(PersuasionNotice {
                head: self.head(number, on),
                child,
                absence,
                attempts: u32::try_from(case.contacts.len()).unwrap_or(u32::MAX),
                return_by: wanted.return_by.unwrap_or_else(report_due),
                department,
                township,
                contact,
            })
        };
        Ok(register::issue(room, letterhead.prefix()?, on, write)?)
    }

    fn written_report(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        on: Day,
        by: &str,
    ) -> Result<Written, SchoolError> {
        let child = self.child_named(room, desk, case, (by, "D06"))?;
        let absence = absence(room, desk, case, on)?;
        let (notice, letterhead) = (notice_of(case)?, &self.letterhead);
        let (to, copy_to) = (letterhead.department()?, letterhead.township()?);
        let (signed_by, contact) = (letterhead.signed_by()?, letterhead.contact()?);
        let standing = standing(case);
        let replaces = case.report.as_ref();
        let replaces = replaces.map(|filed| Replaced { number: filed.number.clone(), day: filed.on });
        let write = |number| {
            Paper::SchoolReport(SchoolReport {
                head: self.head(number, on),
                replaces,
                signed_by,
                to,
                copy_to,
                child,
                absence,
                attempts: case.contacts.iter().map(attempt).collect(),
                notice,
                standing,
                whereabouts: None,
                contact,
            })
        };
        Ok(register::issue(room, letterhead.prefix()?, on, write)?)
    }

    /// The documents that this school issued, by number.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn issued_papers(self: &Arc<Self>) -> Result<Vec<Issued>, SchoolError> {
        self.act(|_, room, _| Ok(register::all(room)?)).await
    }

    /// Numbers go on behind `number`: it was given by hand, or lost when the store was put back.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn count_papers_past(self: &Arc<Self>, number: Number) -> Result<(), SchoolError> {
        self.act(move |_, room, _| Ok(register::go_past(room, &number)?)).await
    }

    /// Enters who got a document.
    ///
    /// # Errors
    /// When this school issued no such document.
    pub async fn deliver_paper(
        self: &Arc<Self>,
        number: Number,
        made: Delivery,
    ) -> Result<Issued, SchoolError> {
        self.act(move |_, room, _| Ok(register::deliver(room, &number, made)?)).await
    }

    fn head(&self, number: Number, day: Day) -> Head {
        Head { issuer: self.name.clone(), number, day }
    }

    /// Whom a document names. A child who is on no roll here is named by the record that came with it; to open it
    /// for a document is an opening for that rule, and logged.
    fn child_named(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        (by, rule): (&str, &str),
    ) -> Result<Child, SchoolError> {
        let Some(child) = case.child else {
            let inflow = room.read::<Inflow>(&keys::inflow(case.id))?.ok_or(CaseRefused::NoSuchCase)?;
            let record = self.unseal(room, &inflow, (by, rule), desk.now)??;
            return Ok(child_of_record(&record, &inflow));
        };
        let pupil = room.read::<Pupil>(&keys::pupil(child))?.ok_or(CaseRefused::NoSuchCase)?;
        let text = |text: &str| Personal::new(text.to_owned());
        Ok(Child {
            name: pupil.name.clone(),
            sex: text(sex(*pupil.sex.open(Purpose::Document))),
            born: pupil.birth.clone(),
            roll_number: pupil.roll().map(|number| text(number.as_str())),
            id_number: pupil.citizen().map(|number| text(number.as_str())),
            school: self.name.clone(),
            class: class(&pupil),
            is_pupil: true,
            guardian: guardian(&pupil),
        })
    }
}

/// A child from elsewhere, as a document names it: by its last school, in no class of this one.
fn child_of_record(record: &ChildRecord, inflow: &Inflow) -> Child {
    Child { class: grade(inflow.preview.grade), is_pupil: false, ..Child::from(record) }
}

/// `七年级（2）班`, as a document has it.
pub(super) fn class(pupil: &Pupil) -> String {
    match grade(pupil.class.grade) {
        none if none.is_empty() => none,
        grade => format!("{grade}({})班", pupil.class.number),
    }
}

fn grade(number: u8) -> String {
    const GRADES: [&str; 9] = ["一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let grade = usize::from(number).checked_sub(1).and_then(|at| GRADES.get(at));
    grade.map_or_else(String::new, |grade| format!("{grade}年级"))
}

pub(super) fn guardian(pupil: &Pupil) -> Guardian {
    let home = &pupil.school_only;
    let named = home.family.iter().find(|member| member.guardian == Some(true)).or(home.family.first());
    let of = |part: fn(&FamilyMember) -> &Option<Personal<String>>| named.and_then(|m| part(m).clone());
    let relation = of(|member| &member.relation);
    Guardian {
        name: of(|member| &member.name).unwrap_or_else(|| Personal::new(String::new())),
        relation: relation.map(|words| words.open(Purpose::Document).clone()).unwrap_or_default(),
        phone: of(|member| &member.phone).or_else(|| home.phone.clone()),
        address: home.address.clone().or_else(|| of(|member| &member.address)),
    }
}

/// Why persuasion failed: nobody of the family was reached, or the last who was refuses, or promised in vain. What a
/// neighbour says is no word of the family.
pub(super) fn standing(case: &Case) -> Standing {
    let reached = |contact: &&Contact| contact.reached_family();
    match case.contacts.iter().rev().find(reached) {
        Some(last) if !last.promise.open(Purpose::Document).is_empty() => Standing::Promised,
        Some(_) => Standing::Refuses,
        None if case.contacts.is_empty() => Standing::Untried,
        None => Standing::Unreachable,
    }
}

/// The days that were counted, up to the document's date; where the roll calls have none, because the case
/// was opened by hand, the workdays since then.
pub(super) fn absence(room: &Room<'_>, desk: &Desk<'_>, case: &Case, on: Day) -> Result<Absence, StoreError> {
    let stood = match case.child {
        Some(child) => room.read::<Stood>(&keys::standing(child))?,
        None => None,
    };
    let run = stood.map(|stood| stood.standing.run).unwrap_or_default();
    let counted: Vec<Day> = run.into_iter().filter(|day| *day <= on).collect();
    Ok(match (counted.first(), counted.last()) {
        (Some(since), Some(until)) => {
            Absence { since: *since, until: *until, days: u32::try_from(counted.len()).unwrap_or(u32::MAX) }
        }
        _ => {
            let since = case.began().min(on);
            Absence { since, until: on, days: desk.law.calendar.workdays_late(since, on).saturating_add(1) }
        }
    })
}

/// The notice that a report follows, and how it was served.
/// `None`: none was issued, as when the clock moved the case up.
fn notice_of(case: &Case) -> Result<Option<Served>, RegisterError> {
    let noted = case.log.iter().rev().find(|noted| noted.step == Move::Notice);
    let (Some(served), Some(noted)) = (&case.notice, noted) else { return Ok(None) };
    let notice = Earlier { number: served.number.parse()?, day: noted.on };
    let (how, receipt) = (&served.delivery, served.receipt.open(Purpose::Document));
    let how = if receipt.is_empty() { how.clone() } else { format!("{how}：{receipt}") };
    Ok(Some(Served { notice, how: Personal::new(how) }))
}

fn attempt(contact: &Contact) -> Attempt {
    use persuasion::Channel as By;
    let channel = match contact.channel {
        By::Phone => Channel::Phone,
        By::Visit => Channel::Visit,
        By::Message => Channel::Message,
        By::AtSchool | By::Other => Channel::Others,
    };
    let mut words = vec![format!("联系到：{}", contact.reached.say(Lang::Zh))];
    if contact.reached == Reached::Nobody {
        words = vec![contact.reached.say(Lang::Zh)];
    }
    words.extend(contact.excuse.map(|excuse| format!("原因：{}", excuse.say(Lang::Zh))));
    let said = [("承诺：", &contact.promise), ("", &contact.note)];
    let said = said.map(|(label, text)| (label, text.open(Purpose::Document).trim()));
    words.extend(
        said.iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| format!("{label}{text}")),
    );
    let outcome = Personal::new(format!("{}。", words.join("，").trim_end_matches('。')));
    Attempt { day: contact.on, by: Personal::new(contact.by.clone()), channel, outcome }
}
