//! Letters between provinces, and what is told of an entry in quarantine.

use super::field::{bytes, day, leg, number, party, region, region_if_any, sealed, sentence, word};
use super::read::preview;
use super::words::Word as _;
use crate::convert::Malformed;
use crate::model::case::{Inquiry, Introduced, Refused, Replied};
use crate::model::region::Region;
use crate::wire::letter as wire;

/// Bytes of a receipt.
const MAX_RECEIPT: usize = 8 << 10;
/// Bytes of an introduction: a root and the keys of its units.
const MAX_INTRODUCTION: usize = 256 << 10;

impl From<&Refused> for wire::Refused {
    fn from(refused: &Refused) -> Self {
        let parcel = refused.parcel.map_or_else(Vec::new, |id| id.to_vec());
        Self { receipt: refused.receipt.clone(), parcel }
    }
}

impl TryFrom<wire::Refused> for Refused {
    type Error = Malformed;

    fn try_from(refused: wire::Refused) -> Result<Self, Malformed> {
        let receipt = bytes(refused.receipt, MAX_RECEIPT, "refused.receipt")?;
        let parcel = match refused.parcel.as_slice() {
            [] => None,
            id => Some(id.try_into().map_err(|_| Malformed::Field("refused.parcel"))?),
        };
        Ok(Self { receipt, parcel })
    }
}

impl From<&Introduced> for wire::Introduced {
    fn from(introduced: &Introduced) -> Self {
        Self { party: introduced.party.to_string(), introduction: introduced.introduction.clone() }
    }
}

impl TryFrom<wire::Introduced> for Introduced {
    type Error = Malformed;

    fn try_from(introduced: wire::Introduced) -> Result<Self, Malformed> {
        Ok(Self {
            party: party(&introduced.party, "introduced.party")?,
            introduction: bytes(introduced.introduction, MAX_INTRODUCTION, "introduced.introduction")?,
        })
    }
}

impl From<&Inquiry> for wire::Inquiry {
    fn from(inquiry: &Inquiry) -> Self {
        Self {
            leg: Some(inquiry.leg.into()),
            number: inquiry.number.clone(),
            writer: inquiry.writer.to_string(),
            to: inquiry.to.number(),
            preview: Some((&inquiry.preview).into()),
            record: inquiry.record.0.clone(),
            sent: inquiry.sent.number(),
            reply_by: inquiry.reply_by.number(),
            withdrawn: inquiry.withdrawn,
        }
    }
}

impl TryFrom<wire::Inquiry> for Inquiry {
    type Error = Malformed;

    fn try_from(inquiry: wire::Inquiry) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(inquiry.leg, "inquiry.leg")?,
            number: number(inquiry.number, "inquiry.number")?,
            writer: party(&inquiry.writer, "inquiry.writer")?,
            to: region(inquiry.to, "inquiry.to")?,
            preview: preview(inquiry.preview, "inquiry.preview")?,
            record: sealed(inquiry.record, "inquiry.record")?,
            sent: day(inquiry.sent, "inquiry.sent")?,
            reply_by: day(inquiry.reply_by, "inquiry.reply_by")?,
            withdrawn: inquiry.withdrawn,
        })
    }
}

impl From<&Replied> for wire::Replied {
    fn from(replied: &Replied) -> Self {
        Self {
            leg: Some(replied.leg.into()),
            number: replied.number.clone(),
            outcome: replied.outcome.number(),
            day: replied.day.number(),
            place: replied.place.map_or(0, Region::number),
            note: replied.note.clone(),
        }
    }
}

impl TryFrom<wire::Replied> for Replied {
    type Error = Malformed;

    fn try_from(replied: wire::Replied) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(replied.leg, "replied.leg")?,
            number: number(replied.number, "replied.number")?,
            outcome: word(replied.outcome, "replied.outcome")?,
            day: day(replied.day, "replied.day")?,
            place: region_if_any(replied.place, "replied.place")?,
            note: sentence(replied.note, "replied.note")?,
        })
    }
}
