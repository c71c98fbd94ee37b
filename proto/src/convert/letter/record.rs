//! A child's record, as it stands inside a seal.

use prost::Message as _;
use zeroize::Zeroizing;

use super::field::{day, short, word};
use super::words::Word as _;
use crate::convert::Malformed;
use crate::model::case::{Account, ChildRecord, Grounds, Unwilling};
use crate::model::personal::{Personal, Purpose};
use crate::wire::letter as wire;

/// Bytes of a name, a number or a telephone line.
const MAX_LINE: usize = 400;
/// Bytes of an address or an account of what was done.
const MAX_ACCOUNT: usize = 16 << 10;

/// A record as it is sealed.
pub fn record_out(record: &ChildRecord) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(child_out(record).encode_to_vec())
}

/// A written report as it is sealed: a record, and what it rests on beside it, so that whoever looks for the
/// record alone reads it too.
pub fn account_out(account: &Account) -> Zeroizing<Vec<u8>> {
    let grounds = account.grounds.as_ref().map(grounds_out);
    Zeroizing::new(wire::ChildRecord { grounds, ..child_out(&account.record) }.encode_to_vec())
}

fn grounds_out(grounds: &Grounds) -> wire::Grounds {
    let Grounds { class, relation, since, until, days, notice, efforts } = grounds;
    let (notice, noticed) = notice.clone().map_or_else(Default::default, |(n, day)| (n, day.number()));
    wire::Grounds {
        class: class.clone(),
        relation: relation.clone(),
        since: since.number(),
        until: until.number(),
        days: *days,
        notice,
        noticed,
        efforts: efforts.open(Purpose::Handover).clone(),
    }
}

fn child_out(record: &ChildRecord) -> wire::ChildRecord {
    let open = |text: &Personal<String>| text.open(Purpose::Handover).clone();
    wire::ChildRecord {
        name: open(&record.name),
        sex: open(&record.sex),
        birth: record.birth.open(Purpose::Handover).number(),
        id_number: open(&record.id_number),
        roll_number: open(&record.roll_number),
        guardian: open(&record.guardian),
        phone: open(&record.phone),
        address: open(&record.address),
        school: record.school.clone(),
        evidence: open(&record.evidence),
        summary: open(&record.summary),
        needs: open(&record.needs),
        grounds: None,
        reached: record.reached,
        unwilling: record.unwilling.map(|it| wire::Unwilling { kind: it.kind.number(), on: it.on.number() }),
    }
}

/// A record that was unsealed.
///
/// # Errors
/// When a field is not of its form or too large; no error repeats what a field says.
pub fn record_in(bytes: &[u8]) -> Result<ChildRecord, Malformed> {
    child_in(wire::ChildRecord::decode(bytes).map_err(|_| Malformed::NotA("record"))?)
}

/// A written report that was unsealed.
///
/// # Errors
/// As [`record_in`].
pub fn account_in(bytes: &[u8]) -> Result<Account, Malformed> {
    let mut record = wire::ChildRecord::decode(bytes).map_err(|_| Malformed::NotA("record"))?;
    let grounds = record.grounds.take().map(grounds_in).transpose()?;
    Ok(Account { record: child_in(record)?, grounds })
}

fn grounds_in(grounds: wire::Grounds) -> Result<Grounds, Malformed> {
    let notice = short(grounds.notice, MAX_LINE, "grounds.notice")?;
    let noticed = || day(grounds.noticed, "grounds.noticed");
    Ok(Grounds {
        class: short(grounds.class, MAX_LINE, "grounds.class")?,
        relation: short(grounds.relation, MAX_LINE, "grounds.relation")?,
        since: day(grounds.since, "grounds.since")?,
        until: day(grounds.until, "grounds.until")?,
        days: grounds.days,
        notice: if notice.is_empty() { None } else { Some((notice, noticed()?)) },
        efforts: Personal::new(short(grounds.efforts, MAX_ACCOUNT, "grounds.efforts")?),
    })
}

fn child_in(record: wire::ChildRecord) -> Result<ChildRecord, Malformed> {
    let line = |text, field| short(text, MAX_LINE, field).map(Personal::new);
    let account = |text, field| short(text, MAX_ACCOUNT, field).map(Personal::new);
    Ok(ChildRecord {
        name: line(record.name, "record.name")?,
        sex: line(record.sex, "record.sex")?,
        birth: Personal::new(day(record.birth, "record.birth")?),
        id_number: line(record.id_number, "record.id_number")?,
        roll_number: line(record.roll_number, "record.roll_number")?,
        guardian: line(record.guardian, "record.guardian")?,
        phone: line(record.phone, "record.phone")?,
        address: account(record.address, "record.address")?,
        school: short(record.school, MAX_LINE, "record.school")?,
        evidence: account(record.evidence, "record.evidence")?,
        summary: account(record.summary, "record.summary")?,
        needs: account(record.needs, "record.needs")?,
        reached: record.reached,
        unwilling: record.unwilling.map(unwilling_in).transpose()?,
    })
}

fn unwilling_in(it: wire::Unwilling) -> Result<Unwilling, Malformed> {
    Ok(Unwilling { kind: word(it.kind, "unwilling.kind")?, on: day(it.on, "unwilling.on")? })
}
