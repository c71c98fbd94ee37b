//! The bodies of entries: sheets, totals, receipts.

use prost::Message as _;

use super::{MAX_ITEMS, Malformed};
use crate::link::post::Reason;
use crate::model::day::{Day, Moment};
use crate::model::entry::{Incarnation, Lane, StreamId};
use crate::model::region::Region;
use crate::model::sheet::{Counts, Reporting, Sheet, Totals, TotalsRow};
use crate::wire;

/// The largest counter: more children than any province has.
const MAX_COUNT: u64 = 100_000_000;
/// More schools than any province has.
const MAX_UNITS: u32 = 1_000_000;

fn day_in(number: i32, field: &'static str) -> Result<Day, Malformed> {
    Day::from_number(number).map_err(|_| Malformed::Field(field))
}

/// Counters a newer party added at the end are kept in the stored body and left out of the counts.
fn counts_in(packed: Vec<u64>) -> Result<Counts, Malformed> {
    if packed.iter().any(|&n| n > MAX_COUNT) {
        return Err(Malformed::TooLarge("counts"));
    }
    Ok(packed.into())
}

/// A sheet as an entry's body.
pub fn sheet_out(sheet: &Sheet) -> Vec<u8> {
    wire::Sheet {
        day: sheet.day.number(),
        revision: sheet.revision,
        counts: sheet.counts.into(),
        provisional: sheet.provisional,
        closed: sheet.closed.0,
    }
    .encode_to_vec()
}

/// A sheet from an entry's body.
///
/// # Errors
/// When the bytes are no sheet.
pub fn sheet_in(body: &[u8]) -> Result<Sheet, Malformed> {
    let sheet = wire::Sheet::decode(body).map_err(|_| Malformed::NotA("sheet"))?;
    if sheet.revision == 0 {
        return Err(Malformed::Field("sheet.revision"));
    }
    Ok(Sheet {
        day: day_in(sheet.day, "sheet.day")?,
        revision: sheet.revision,
        counts: counts_in(sheet.counts)?,
        provisional: sheet.provisional,
        closed: Moment(sheet.closed),
    })
}

/// Totals as an entry's body.
pub fn totals_out(totals: &Totals) -> Vec<u8> {
    let rows = totals.rows.iter().map(|row| wire::TotalsRow {
        place: row.place.number(),
        counts: row.counts.into(),
        expected: row.reporting.expected,
        reported: row.reporting.reported,
        on_time: row.reporting.on_time,
        restated: row.reporting.restated,
        provisional: row.reporting.provisional,
        free: row.free,
    });
    wire::Totals {
        day: totals.day.number(),
        revision: totals.revision,
        drawn: totals.drawn.0,
        rows: rows.collect(),
    }
    .encode_to_vec()
}

/// Totals from an entry's body.
///
/// # Errors
/// When the bytes are no totals.
pub fn totals_in(body: &[u8]) -> Result<Totals, Malformed> {
    let totals = wire::Totals::decode(body).map_err(|_| Malformed::NotA("totals"))?;
    if totals.revision == 0 || totals.rows.len() > MAX_ITEMS {
        return Err(Malformed::Field("totals.revision"));
    }
    let rows = totals.rows.into_iter().map(|row| {
        let told = [row.expected, row.reported, row.on_time, row.restated, row.provisional, row.free];
        if told.into_iter().any(|n| n > MAX_UNITS) {
            return Err(Malformed::TooLarge("totals.reporting"));
        }
        Ok(TotalsRow {
            place: Region::from_number(row.place).map_err(|_| Malformed::Field("totals.place"))?,
            counts: counts_in(row.counts)?,
            reporting: Reporting {
                expected: row.expected,
                reported: row.reported,
                on_time: row.on_time,
                restated: row.restated,
                provisional: row.provisional,
            },
            free: row.free,
        })
    });
    Ok(Totals {
        day: day_in(totals.day, "totals.day")?,
        revision: totals.revision,
        drawn: Moment(totals.drawn),
        rows: rows.collect::<Result<_, _>>()?,
    })
}

/// An answer to one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The stream of the entry.
    pub stream: StreamId,
    /// Its number.
    pub seq: u64,
    /// Why it was not taken.
    pub reason: Reason,
    /// In words.
    pub detail: String,
}

/// A receipt as an entry's body.
pub fn receipt_out(receipt: &Receipt) -> Vec<u8> {
    let reason = match receipt.reason {
        Reason::Unreadable => wire::Refused::Unreadable,
        Reason::UnknownKind => wire::Refused::UnknownKind,
        Reason::Inconsistent => wire::Refused::Inconsistent,
        Reason::Day => wire::Refused::Day,
        Reason::NotYours => wire::Refused::NotYours,
        Reason::Forged => wire::Refused::Forged,
        Reason::Nowhere => wire::Refused::Nowhere,
        Reason::Early => wire::Refused::Early,
    };
    wire::Receipt {
        origin: receipt.stream.origin.to_string(),
        life: receipt.stream.life.number,
        nonce: receipt.stream.life.nonce,
        seq: receipt.seq,
        reason: reason.into(),
        detail: receipt.detail.clone(),
    }
    .encode_to_vec()
}

/// A receipt from an entry's body. Receipts answer entries that go up.
///
/// # Errors
/// When the bytes are no receipt.
pub fn receipt_in(body: &[u8]) -> Result<Receipt, Malformed> {
    let receipt = wire::Receipt::decode(body).map_err(|_| Malformed::NotA("receipt"))?;
    let reason = match receipt.reason() {
        wire::Refused::Unreadable => Reason::Unreadable,
        wire::Refused::UnknownKind => Reason::UnknownKind,
        wire::Refused::Inconsistent => Reason::Inconsistent,
        wire::Refused::Day => Reason::Day,
        wire::Refused::NotYours => Reason::NotYours,
        wire::Refused::Forged => Reason::Forged,
        wire::Refused::Nowhere => Reason::Nowhere,
        wire::Refused::Early => Reason::Early,
        wire::Refused::Unspecified => return Err(Malformed::Field("receipt.reason")),
    };
    Ok(Receipt {
        stream: StreamId {
            origin: receipt.origin.parse().map_err(|_| Malformed::Field("receipt.origin"))?,
            life: Incarnation { number: receipt.life, nonce: receipt.nonce },
            lane: Lane::Up,
        },
        seq: receipt.seq,
        reason,
        detail: receipt.detail,
    })
}
