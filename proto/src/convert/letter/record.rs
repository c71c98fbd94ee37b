//! A child's record, as it stands inside a seal.

use prost::Message as _;
use zeroize::Zeroizing;

use super::field::{day, short};
use crate::convert::Malformed;
use crate::model::case::ChildRecord;
use crate::model::personal::{Personal, Purpose};
use crate::wire::letter as wire;

/// Bytes of a name, a number or a telephone line.
const MAX_LINE: usize = 400;
/// Bytes of an address or an account of what was done.
const MAX_ACCOUNT: usize = 16 << 10;

/// A record as it is sealed.
pub fn record_out(record: &ChildRecord) -> Zeroizing<Vec<u8>> {
    let open = |text: &Personal<String>| text.open(Purpose::Handover).clone();
    let record = wire::ChildRecord {
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
    };
    Zeroizing::new(record.encode_to_vec())
}

/// A record that was unsealed.
///
/// # Errors
/// When a field is not of its form or too large; no error repeats what a field says.
pub fn record_in(bytes: &[u8]) -> Result<ChildRecord, Malformed> {
    let record = wire::ChildRecord::decode(bytes).map_err(|_| Malformed::NotA("record"))?;
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
    })
}
