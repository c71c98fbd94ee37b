//! What a written report rests on, for the documents that the county writes from it (D07, D08, P6).

use proto::model::case::Grounds;
use proto::model::day::Day;
use proto::model::personal::Personal;
use proto::store::{Room, StoreError};

use super::Desk;
use super::paper::{absence, class, guardian, standing};
use crate::desk::School;
use crate::persuasion::{Case, Channel, Filed, Move};
use crate::pupil::Pupil;
use crate::records::keys;

impl School {
    /// `None` when nobody here knows the child. How the guardian stands to the child goes along where the
    /// guardian's name does: not with a report that the clock filed.
    pub(super) fn grounds_of(
        &self,
        room: &Room<'_>,
        desk: &Desk<'_>,
        case: &Case,
        filed: &Filed,
    ) -> Result<Option<Grounds>, StoreError> {
        let Some(child) = case.child else { return Ok(None) };
        let Some(pupil) = room.read::<Pupil>(&keys::pupil(child))? else { return Ok(None) };
        let absence = absence(room, desk, case, filed.on)?;
        Ok(Some(Grounds {
            class: class(&pupil),
            relation: if filed.by_clock { String::new() } else { guardian(&pupil).relation },
            since: absence.since,
            until: absence.until,
            days: absence.days,
            notice: notice(case),
            efforts: Personal::new(efforts(case)),
        }))
    }
}

fn notice(case: &Case) -> Option<(String, Day)> {
    let noted = case.log.iter().rev().find(|noted| noted.step == Move::Notice)?;
    case.notice.as_ref().map(|notice| (notice.number.clone(), noted.on))
}

/// `电话联系2次，上门走访1次，已发劝返通知书（鸭中劝返〔2026〕3号），经劝返仍拒不复学。`
fn efforts(case: &Case) -> String {
    let counted = |channel: Channel| case.contacts.iter().filter(|it| it.channel == channel).count();
    let ways = [
        (Channel::Phone, "电话联系"),
        (Channel::Visit, "上门走访"),
        (Channel::Message, "短信（微信）联系"),
        (Channel::AtSchool, "到校面谈"),
        (Channel::Other, "其他方式联系"),
    ];
    let tried = ways.into_iter().filter_map(|(channel, words)| match counted(channel) {
        0 => None,
        n => Some(format!("{words}{n}次")),
    });
    let notice = notice(case).map(|(number, _)| format!("已发劝返通知书（{number}）"));
    let words: Vec<String> = tried.chain(notice).collect();
    match words.is_empty() {
        true => "学校尚未联系到学生及其监护人。".to_owned(),
        false => format!("{}，{}。", words.join("，"), standing(case).name()),
    }
}
