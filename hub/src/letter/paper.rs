//! A letter as a document (协查函).

use proto::model::case::ChildRecord;
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use proto::paper::{AssistanceLetter, Child, Contact, Guardian, Head, Moved, Paper};

use super::{Letter, Line};

/// The document of a letter; children whose record did not open are not on its list.
pub fn of(
    letter: &Letter,
    records: &[Option<ChildRecord>],
    issuer: &str,
    reply_by: Day,
    contact: Contact,
) -> Paper {
    let children = letter.lines.iter().zip(records);
    let children = children.filter_map(|(line, record)| Some(moved(line, record.as_ref()?)));
    Paper::AssistanceLetter(AssistanceLetter {
        head: Head {
            issuer: department(issuer),
            number: letter.number.clone(),
            day: letter.sent.as_ref().map_or(letter.drafted, |sent| sent.day),
        },
        to: department(&name(letter.addressee)),
        children: children.collect(),
        reply_by,
        contact,
    })
}

/// An office's name says that it is one; a place's does not.
pub(crate) fn department(name: &str) -> String {
    let is_one = ["局", "厅", "委", "部门"].iter().any(|end| name.ends_with(end));
    if is_one { name.to_owned() } else { format!("{name}教育行政部门") }
}

fn name(region: Region) -> String {
    Divisions::shipped().full_name(region).unwrap_or_else(|| region.to_string())
}

fn grade(number: u8) -> String {
    let han = ["一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let han = usize::from(number).checked_sub(1).and_then(|at| han.get(at));
    han.map_or_else(|| number.to_string(), |han| format!("{han}年级"))
}

/// What confirmed the move, and what the school has on record of the family: no more is said than was done (E03).
fn evidence(line: &Line, record: &ChildRecord) -> String {
    let mut confirmed = line.case.preview.evidence.say(Lang::Zh);
    let words = record.evidence.open(Purpose::Document);
    if !words.is_empty() {
        confirmed = format!("{confirmed}：{words}");
    }
    match record.reached {
        None => confirmed,
        Some(0) => format!("{confirmed}；学校尚未联系上学生及其监护人"),
        Some(times) => format!("{confirmed}；学校已联系学生或者其家人{times}次"),
    }
}

fn moved(line: &Line, record: &ChildRecord) -> Moved {
    let given = |text: &Personal<String>| (!text.open(Purpose::Document).is_empty()).then(|| text.clone());
    Moved {
        child: Child {
            name: record.name.clone(),
            sex: record.sex.clone(),
            born: record.birth.clone(),
            roll_number: given(&record.roll_number),
            id_number: given(&record.id_number),
            school: record.school.clone(),
            class: grade(line.case.preview.grade),
            is_pupil: true,
            guardian: Guardian {
                name: record.guardian.clone(),
                relation: "监护人".to_owned(),
                phone: given(&record.phone),
                address: given(&record.address),
            },
        },
        // where the child went, and not where it came from: that is the guardian's address
        whereabouts: Personal::new(name(line.case.to)),
        evidence: Personal::new(evidence(line, record)),
        unwilling: record.unwilling,
    }
}
