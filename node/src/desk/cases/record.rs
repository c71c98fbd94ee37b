//! The record of a child as it leaves the school, sealed: in the written report (D06) and in a referral.

use proto::model::case::{ChildRecord, Way};
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::seal;
use proto::store::{Room, StoreError};

use crate::desk::School;
use crate::persuasion::{Case, Contact, Filed, Notice};
use crate::placement::Inflow;
use crate::pupil::{Disability, Pupil, Sex};
use crate::records::keys;
use crate::referral::Transfer;

type Text = Personal<String>;

impl School {
    /// The child's record; `None` when nobody here knows the child. Where the family lives and who answers
    /// there goes along only with what somebody at the school sends: a report that the clock files leaves the
    /// school by itself, and goes without.
    pub(super) fn record_of(
        &self,
        room: &mut Room<'_>,
        case: &Case,
        transfer: Option<&Transfer>,
    ) -> Result<Option<ChildRecord>, StoreError> {
        let Some(child) = case.child else { return self.record_that_came(room, case) };
        let Some(pupil) = room.read::<Pupil>(&keys::pupil(child))? else { return Ok(None) };
        let by_itself = transfer.is_none() && case.report.as_ref().is_some_and(|report| report.by_clock);
        let home = if by_itself { Home::default() } else { Home::of(&pupil) };
        Ok(Some(ChildRecord {
            name: pupil.name.clone(),
            sex: text(sex(*open(&pupil.sex))),
            birth: pupil.birth.clone(),
            id_number: text(pupil.citizen().map_or("", |number| number.as_str())),
            roll_number: text(pupil.roll().map_or("", |number| number.as_str())),
            guardian: home.guardian,
            phone: home.phone,
            address: home.address,
            school: self.name.clone(),
            evidence: transfer.map_or_else(|| text(""), |transfer| transfer.note.clone()),
            summary: Personal::new(summary(case)),
            needs: text(pupil.disability.as_ref().map_or("", |kind| needs(*open(kind)))),
            reached: Some(case.reached()),
            unwilling: transfer.and_then(|transfer| transfer.unwilling),
        }))
    }

    /// The record of a child who is on no roll here: as it came, with what was done here since.
    fn record_that_came(&self, room: &mut Room<'_>, case: &Case) -> Result<Option<ChildRecord>, StoreError> {
        let Some(inflow) = room.read::<Inflow>(&keys::inflow(case.id))? else { return Ok(None) };
        let way = Way { case: case.id, from: &inflow.from, to: &self.party };
        let Ok(record) = way.open(&inflow.record, &seal::own(room)?) else { return Ok(None) };
        let before = record.summary.open(Purpose::Handover);
        let summary = Personal::new(format!("{before}\n{}", summary(case)).trim().to_owned());
        let reached = record.reached.map(|before| before.saturating_add(case.reached()));
        Ok(Some(ChildRecord { summary, reached, ..record }))
    }
}

/// Where the child lives and who answers there.
struct Home {
    guardian: Text,
    phone: Text,
    address: Text,
}

impl Default for Home {
    fn default() -> Self {
        Self { guardian: text(""), phone: text(""), address: text("") }
    }
}

impl Home {
    fn of(pupil: &Pupil) -> Self {
        let home = &pupil.school_only;
        let named = home.family.iter().find(|member| member.guardian == Some(true));
        let guardian = named.or(home.family.first());
        let said = |text: Option<&Text>| text.cloned().unwrap_or_else(|| Personal::new(String::new()));
        Self {
            guardian: said(guardian.and_then(|member| member.name.as_ref())),
            phone: said(guardian.and_then(|member| member.phone.as_ref()).or(home.phone.as_ref())),
            address: said(home.address.as_ref().or(guardian.and_then(|member| member.address.as_ref()))),
        }
    }
}

fn open<T>(value: &Personal<T>) -> &T {
    value.open(Purpose::Handover)
}

fn text(text: &str) -> Text {
    Personal::new(text.to_owned())
}

pub(super) const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
    }
}

const fn needs(disability: Disability) -> &'static str {
    match disability {
        Disability::None => "",
        Disability::Sight => "视力残疾",
        Disability::Hearing => "听力残疾",
        Disability::Speech => "言语残疾",
        Disability::Limbs => "肢体残疾",
        Disability::Intellect => "智力残疾",
        Disability::Mental => "精神残疾",
        Disability::Multiple => "多重残疾",
        Disability::Other => "其他残疾",
    }
}

/// What was done so far, a line each, every round of it; an official reads it.
fn summary(case: &Case) -> String {
    let mut lines = vec![format!("{} 立案（{}）", case.opened, case.cause.say(Lang::Zh))];
    for round in &case.earlier {
        lines.extend(tried(&round.contacts, round.notice.as_ref(), round.report.as_ref()));
        lines.push(format!("{} 再次劝返", round.until));
    }
    lines.extend(tried(&case.contacts, case.notice.as_ref(), case.report.as_ref()));
    lines.join("\n")
}

fn tried(contacts: &[Contact], notice: Option<&Notice>, report: Option<&Filed>) -> Vec<String> {
    let notice = notice.map(|notice| format!("劝返通知书 {}（{}）", notice.number, notice.delivery));
    let late = report.filter(|report| report.by_clock).map(|_| "学校逾期未报，系统自动报告".to_owned());
    contacts.iter().map(contact_line).chain(notice).chain(late).collect()
}

fn contact_line(contact: &Contact) -> String {
    let Contact { on, channel, reached, excuse, promise, .. } = contact;
    let mut line = format!("{on} {}：{}", channel.say(Lang::Zh), reached.say(Lang::Zh));
    if let Some(excuse) = excuse {
        line += &format!("，原因：{}", excuse.say(Lang::Zh));
    }
    let promise = open(promise);
    if !promise.is_empty() {
        line += &format!("，承诺：{promise}");
    }
    line
}
