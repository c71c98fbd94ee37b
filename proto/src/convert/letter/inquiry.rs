//! Inquiries: letters to another province, and lists from above.

use super::field::{
    case, day, day_if_any, leg, number, region, region_if_any, sealed, sentence, word, word_if_any,
};
use super::read::preview;
use super::words::{Word as _, number_of};
use crate::convert::Malformed;
use crate::model::case::{Checked, Listed, Outward, Posted};
use crate::model::day::{Day, Moment};
use crate::model::region::Region;
use crate::wire::letter as wire;

impl From<&Outward> for wire::Outward {
    fn from(outward: &Outward) -> Self {
        Self {
            leg: Some(outward.leg.into()),
            to: outward.to.number(),
            preview: Some((&outward.preview).into()),
            record: outward.record.0.clone(),
            withdrawn: outward.withdrawn,
        }
    }
}

impl TryFrom<wire::Outward> for Outward {
    type Error = Malformed;

    fn try_from(outward: wire::Outward) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(outward.leg, "outward.leg")?,
            to: region(outward.to, "outward.to")?,
            preview: preview(outward.preview, "outward.preview")?,
            record: sealed(outward.record, "outward.record")?,
            withdrawn: outward.withdrawn,
        })
    }
}

impl From<&Posted> for wire::Posted {
    fn from(posted: &Posted) -> Self {
        Self {
            leg: Some(posted.leg.into()),
            state: posted.state.number(),
            number: posted.number.clone(),
            reply_by: posted.reply_by.map(Day::number),
            outcome: number_of(posted.outcome),
            place: posted.place.map_or(0, Region::number),
            at: posted.at.0,
            note: posted.note.clone(),
        }
    }
}

impl TryFrom<wire::Posted> for Posted {
    type Error = Malformed;

    fn try_from(posted: wire::Posted) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(posted.leg, "posted.leg")?,
            state: word(posted.state, "posted.state")?,
            number: number(posted.number, "posted.number")?,
            reply_by: day_if_any(posted.reply_by, "posted.reply_by")?,
            outcome: word_if_any(posted.outcome, "posted.outcome")?,
            place: region_if_any(posted.place, "posted.place")?,
            at: Moment(posted.at),
            note: sentence(posted.note, "posted.note")?,
        })
    }
}

impl From<&Listed> for wire::Listed {
    fn from(listed: &Listed) -> Self {
        Self {
            case: listed.case.0.to_vec(),
            list: listed.list.clone(),
            day: listed.day.number(),
            answer_by: listed.answer_by.map(Day::number),
            record: listed.record.0.clone(),
            school_code: listed.code.map(|code| code.to_string()).unwrap_or_default(),
            grade: listed.grade.map(u32::from),
        }
    }
}

impl TryFrom<wire::Listed> for Listed {
    type Error = Malformed;

    fn try_from(listed: wire::Listed) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&listed.case, "listed.case")?,
            list: number(listed.list, "listed.list")?,
            day: day(listed.day, "listed.day")?,
            answer_by: day_if_any(listed.answer_by, "listed.answer_by")?,
            record: sealed(listed.record, "listed.record")?,
            // a code or grade that is none is looked up by hand, like one that is missing
            code: listed.school_code.parse().ok(),
            grade: listed.grade.and_then(|grade| u8::try_from(grade).ok()),
        })
    }
}

impl From<&Checked> for wire::Checked {
    fn from(checked: &Checked) -> Self {
        Self {
            case: checked.case.0.to_vec(),
            result: checked.result.number(),
            day: checked.day.number(),
            note: checked.note.clone(),
        }
    }
}

impl TryFrom<wire::Checked> for Checked {
    type Error = Malformed;

    fn try_from(checked: wire::Checked) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&checked.case, "checked.case")?,
            result: word(checked.result, "checked.result")?,
            day: day(checked.day, "checked.day")?,
            note: sentence(checked.note, "checked.note")?,
        })
    }
}
