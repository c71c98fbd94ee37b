//! The school's official documents: the notice to the parents (D05) and the written report (D06), made of the
//! case's own data in the commit of the step that they belong to; and who got them.

use std::sync::Arc;

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::paper::delivery::{Delivery, Issued};
use proto::paper::register::{self, RegisterError, Written};
use proto::paper::{
    Absence, Attempt, Channel, Child, Earlier, Guardian, Head, Number, Paper, PaperError, PersuasionNotice,
    Replaced, SchoolReport, Standing,
};
use proto::store::{Room, StoreError};

use super::Desk;
use super::record::sex;
use crate::desk::{School, SchoolError};
use crate::persuasion::{self, Case, CaseRefused, Contact, Move, Reached, Step};
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
        wanted: Wanted,
    ) -> Result<(Step, Option<Written>), SchoolError> {
        match step {
            Step::Notice(notice) => {
                let written = self.notice(room, desk, case, on, wanted)?;
                let number = written.number.to_string();
                Ok((Step::Notice(persuasion::Notice { number, ..notice }), Some(written)))
            }
            Step::Report(_) => {
                let written = self.written_report(room, desk, case, on)?;
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
        wanted: Wanted,
    ) -> Result<Written, SchoolError> {
        let (child, absence) = (self.child_named(room, case)?, absence(room, desk, case, on)?);
        let (letterhead, rules) = (&self.letterhead, &desk.law.rules.persuasion);
        let (department, township) = (letterhead.department()?, letterhead.township()?);
        let contact = letterhead.contact()?;
        let report_due = || desk.law.calendar.workdays_after(on, rules.report_after_days);
        let write = |number| {
            Paper::PersuasionNotice(PersuasionNotice {
                head: self.head(number, on),
                child,
                absence,
                attempts: u32::try_from(case.contacts_now().len()).unwrap_or(u32::MAX),
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
    ) -> Result<Written, SchoolError> {
        let (child, absence) = (self.child_named(room, case)?, absence(room, desk, case, on)?);
        let ((notice, served), letterhead) = (notice_of(case)?, &self.letterhead);
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
                attempts: case.contacts_now().iter().map(attempt).collect(),
                notice,
                served,
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

    fn child_named(&self, room: &Room<'_>, case: &Case) -> Result<Child, SchoolError> {
        let pupil = match case.child {
            Some(child) => room.read::<Pupil>(&keys::pupil(child))?,
            None => None,
        };
        let pupil = pupil.ok_or(CaseRefused::NoSuchCase)?;
        let text = |text: &str| Personal::new(text.to_owned());
        Ok(Child {
            name: pupil.name.clone(),
            sex: text(sex(*pupil.sex.open(Purpose::Document))),
            born: pupil.birth.clone(),
            roll_number: pupil.roll().map(|number| text(number.as_str())),
            id_number: pupil.citizen().map(|number| text(number.as_str())),
            school: self.name.clone(),
            class: class(&pupil),
            guardian: guardian(&pupil),
        })
    }
}

/// `七年级（2）班`, as a document has it.
pub(super) fn class(pupil: &Pupil) -> String {
    const GRADES: [&str; 9] = ["一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let grade = usize::from(pupil.class.grade).checked_sub(1).and_then(|at| GRADES.get(at));
    grade.map_or_else(String::new, |grade| format!("{grade}年级({})班", pupil.class.number))
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

/// Why persuasion failed: somebody was reached and refuses, or nobody was.
pub(super) fn standing(case: &Case) -> Standing {
    let reached = case.contacts_now().iter().any(|contact| contact.reached != Reached::Nobody);
    if reached { Standing::Refuses } else { Standing::Unreachable }
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
fn notice_of(case: &Case) -> Result<(Earlier, Personal<String>), RegisterError> {
    let noted = case.log.iter().rev().find(|noted| noted.step == Move::Notice);
    let (Some(notice), Some(noted)) = (&case.notice, noted) else {
        return Err(PaperError::Empty("劝返通知书文号").into());
    };
    let earlier = Earlier { number: notice.number.parse()?, day: noted.on };
    let receipt = notice.receipt.open(Purpose::Document);
    let served =
        if receipt.is_empty() { notice.delivery.clone() } else { format!("{}：{receipt}", notice.delivery) };
    Ok((earlier, Personal::new(served)))
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
