//! The desk's answers as messages.

use proto::link::caller::{Called, Parent};
use proto::link::post::{Quarantined, Reason};
use proto::link::schedule::Calls;
use proto::link::shelf::{DocumentFault, RefusedDocument};
use proto::model::day::{Day, Moment};
use proto::model::document::{Document, Topic};
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::say;
use proto::wire::bureau as wire;

use super::figures::sentence;
use crate::desk::intake::Answered;
use crate::desk::watch::{self, Seen};
use crate::desk::{Hub, HubError};
use crate::silence::{Line, State};
use crate::units::{Status, Unit};

/// A date in a request; empty: none.
pub(super) fn day(field: &'static str, text: &str) -> Result<Option<Day>, HubError> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| HubError::Field { field, found: text.to_owned() }),
    }
}

/// The issuer of a document: a path, or the code of a hub above.
pub(super) fn issuer(hub: &Hub, words: &str) -> Result<Party, HubError> {
    let above = hub.me.lineage().find(|party| party.region().to_string() == words);
    match above {
        Some(party) => Ok(party),
        None => Ok(words.parse()?),
    }
}

pub(super) fn millis(moment: Option<Moment>) -> i64 {
    moment.map_or(0, |moment| moment.0)
}

/// A unit's status in one word.
fn unit_status(unit: &Unit, now: Moment) -> &'static str {
    match &unit.status {
        Status::Revoked { .. } => "revoked",
        _ if unit.closed.is_some_and(|day| day <= now.day()) => "closed",
        Status::Invited => "invited",
        Status::Active => "active",
    }
}

pub(super) fn unit(seen: &Seen, now: Moment) -> wire::UnitLine {
    let Seen { unit, contact } = seen;
    wire::UnitLine {
        party: unit.party.to_string(),
        name: watch::shown_name(unit),
        status: unit_status(unit, now).to_owned(),
        since: unit.since.to_string(),
        closed: unit.closed.map(|day| day.to_string()).unwrap_or_default(),
        address: unit.address.clone().unwrap_or_default(),
        certificate_until: millis(unit.not_after),
        last_contact: contact.as_ref().map_or(0, |contact| contact.last.0),
        software: contact.as_ref().map(|contact| contact.software.clone()).unwrap_or_default(),
        clock_offset: contact.as_ref().map_or(0, |contact| contact.clock_offset),
    }
}

pub(super) fn knocks(hub: &Hub) -> Vec<wire::KnockLine> {
    let knocks = hub.knocks.all().into_iter();
    knocks
        .map(|knock| wire::KnockLine { party: knock.party.to_string(), at: knock.at.0, times: knock.times })
        .collect()
}

pub(super) fn called_parent(called: &watch::Called) -> wire::ParentLine {
    wire::ParentLine {
        former_addresses: called.former.clone(),
        ..parent(&called.parent, Some(&called.calls))
    }
}

pub(super) fn parent(parent: &Parent, calls: Option<&Calls>) -> wire::ParentLine {
    wire::ParentLine {
        party: parent.party.to_string(),
        address: parent.address.clone(),
        answered: millis(calls.and_then(|calls| calls.answered)),
        succeeded: millis(calls.and_then(|calls| calls.succeeded)),
        failures: calls.map_or(0, |calls| calls.failures),
        former_addresses: Vec::new(),
    }
}

pub(super) fn silence(line: &Line, lang: Lang) -> wire::SilenceLine {
    let state = match line.state {
        State::Never => "never",
        State::Silent => "silent",
        State::Late => "late",
        State::Fresh => "fresh",
    };
    wire::SilenceLine {
        party: line.party.to_string(),
        name: line.name.clone(),
        state: state.to_owned(),
        last_contact: millis(line.last_contact),
        school_days: line.school_days,
        calendar_days: line.calendar_days,
        acked: line.acked,
        last_day: line.last_day.map(|day| day.to_string()).unwrap_or_default(),
        backlog: line.backlog,
        certificate_until: millis(line.not_after),
        clock_offset: line.clock_offset,
        lives: line.lives,
        words: sentence(line, lang),
        revoked: millis(line.revoked.as_ref().map(|revoked| revoked.at)),
        revoked_by: line.revoked.as_ref().map(|revoked| revoked.by.to_string()).unwrap_or_default(),
        revoked_reason: line.revoked.as_ref().map(|revoked| revoked.reason.clone()).unwrap_or_default(),
    }
}

const fn topic_word(topic: Topic) -> &'static str {
    match topic {
        Topic::Rulebook => "rulebook",
        Topic::Calendar => "calendar",
        Topic::Directory => "directory",
    }
}

pub(super) fn document(document: &Document) -> wire::DocumentLine {
    wire::DocumentLine {
        topic: topic_word(document.topic).to_owned(),
        issuer: document.issuer.to_string(),
        part: document.part.clone(),
        version: document.version,
        issued: document.issued.0,
        why: String::new(),
    }
}

pub(super) fn refused(document: &RefusedDocument, lang: Lang) -> wire::DocumentLine {
    let why = match document.why {
        DocumentFault::Older => say!(lang, "比现行版本旧", "older than the one in force"),
        DocumentFault::Forked => say!(
            lang,
            "与现行版本不衔接：请向下发单位核实后运行 rulebook repair",
            "does not follow from the one in force: ask its issuer, then run rulebook repair"
        ),
        DocumentFault::Signature => say!(lang, "签名无效", "the signature is not the issuer's"),
        DocumentFault::NotAbove => say!(lang, "下发单位不是本单位的上级", "its issuer is not above this hub"),
        DocumentFault::Unreadable => {
            say!(lang, "内容无法读取：请升级本程序", "cannot be read: upgrade this program")
        }
    };
    wire::DocumentLine {
        topic: topic_word(document.topic).to_owned(),
        issuer: document.issuer.to_string(),
        part: document.part.clone(),
        version: document.version,
        issued: document.at.0,
        why,
    }
}

pub(super) fn rulebook(hub: &Hub) -> Result<wire::RulebookReply, HubError> {
    let state = hub.state();
    let unwritten =
        |e: toml::ser::Error| HubError::Io { what: "rulebook".to_owned(), why: std::io::Error::other(e) };
    let toml = toml::to_string_pretty(&*state.rules).map_err(unwritten)?;
    Ok(wire::RulebookReply { label: state.rules.label().to_owned(), toml })
}

/// What is in force of a topic, all layers together.
pub(super) fn in_force(hub: &Hub, topic: Topic) -> String {
    let state = hub.state();
    match topic {
        Topic::Calendar => state.calendar.label().to_owned(),
        Topic::Rulebook | Topic::Directory => state.rules.label().to_owned(),
    }
}

pub(super) fn called(called: &Called) -> wire::SyncReply {
    let report = &called.report;
    wire::SyncReply {
        sent: report.sent,
        acked: report.acked,
        received: report.received,
        duplicates: report.duplicates,
        quarantined: report.quarantined,
        documents: report.documents,
        documents_refused: report.documents_refused,
        refilled: report.refilled,
        returned: report.returned,
        waiting: report.waiting,
        bytes_out: called.bytes_out,
        bytes_in: called.bytes_in,
        resumed: called.resumed,
        renewed: report.renewed,
    }
}

/// Why an entry is in quarantine.
fn reason(reason: Reason, lang: Lang) -> String {
    let zh = match reason {
        Reason::Unreadable => "内容无法读取",
        Reason::UnknownKind => "本机程序较旧，尚不认识这类数据",
        Reason::Inconsistent => "数字互相矛盾",
        Reason::Day => "日期在未来或过早",
        Reason::NotYours => "不属于来文单位",
        Reason::Forged => "签名无效",
        Reason::Nowhere => "收件单位不在本系统内",
        Reason::Early => "所涉个案因恢复备份尚未找回，会自动重试",
    };
    lang.pick(zh, &reason.to_string()).to_owned()
}

pub(super) fn quarantined(entry: &Quarantined, lang: Lang) -> wire::QuarantineLine {
    wire::QuarantineLine {
        party: entry.stream.origin.to_string(),
        life: entry.stream.life.number,
        seq: entry.seq,
        reason: reason(entry.reason, lang),
        detail: entry.detail.clone(),
        at: entry.at.0,
    }
}

pub(super) fn answered(answer: &Answered, lang: Lang) -> wire::QuarantineLine {
    wire::QuarantineLine {
        party: answer.from.to_string(),
        life: 0,
        seq: answer.seq,
        reason: reason(answer.reason, lang),
        detail: answer.detail.clone(),
        at: answer.at.0,
    }
}
