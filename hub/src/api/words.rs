//! The desk's answers as messages.

use proto::link::caller::{Called, Parent};
use proto::link::post::Quarantined;
use proto::link::schedule::Calls;
use proto::link::shelf::{DocumentFault, RefusedDocument};
use proto::model::day::{Day, Moment};
use proto::model::document::{Document, Topic};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Level;
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

fn millis(moment: Option<Moment>) -> i64 {
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

pub(super) fn parent(parent: &Parent, calls: Option<&Calls>) -> wire::ParentLine {
    wire::ParentLine {
        party: parent.party.to_string(),
        address: parent.address.clone(),
        answered: millis(calls.and_then(|calls| calls.answered)),
        succeeded: millis(calls.and_then(|calls| calls.succeeded)),
        failures: calls.map_or(0, |calls| calls.failures),
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

pub(super) fn quarantined(entry: &Quarantined) -> wire::QuarantineLine {
    wire::QuarantineLine {
        party: entry.stream.origin.to_string(),
        life: entry.stream.life.number,
        seq: entry.seq,
        reason: entry.reason.to_string(),
        detail: entry.detail.clone(),
        at: entry.at.0,
    }
}

pub(super) fn answered(answer: &Answered) -> wire::QuarantineLine {
    wire::QuarantineLine {
        party: answer.from.to_string(),
        life: 0,
        seq: answer.seq,
        reason: answer.reason.to_string(),
        detail: answer.detail.clone(),
        at: answer.at.0,
    }
}

/// A level in one word.
pub(super) const fn level(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Province) => "province",
        Some(Level::City) => "city",
        Some(Level::County) => "county",
        Some(Level::Town) => "town",
        None => "school",
    }
}

pub(super) async fn status(hub: &Hub, lang: Lang) -> Result<wire::StatusReply, HubError> {
    let (state, now) = (hub.state(), hub.clock.now());
    let (parents, _) = hub.calls().await?;
    let board = hub.board().await?;
    let (quarantined, _) = hub.quarantine().await?;
    let (_, refused) = hub.documents().await?;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let until = state.identity.as_ref().map(|identity| identity.leaf().not_after());
    Ok(wire::StatusReply {
        party: hub.me.to_string(),
        region: hub.me.region().to_string(),
        name: hub.config.shown_name(),
        level: level(hub.me.level()).to_owned(),
        address: hub.public_address().unwrap_or_default(),
        joined: !state.parents.is_empty(),
        parents: parents.iter().map(|called| parent(&called.parent, Some(&called.calls))).collect(),
        rulebook: state.rules.label().to_owned(),
        calendar: state.calendar.label().to_owned(),
        units: count(state.registry.len()),
        silent: count(hub.silent(&board)),
        quarantined: count(quarantined.len()),
        refused_documents: count(refused.len()),
        certificate_until: millis(until),
        now: now.0,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        warnings: warnings(hub, &parents, lang),
    })
}

/// What needs a look, in words.
fn warnings(hub: &Hub, parents: &[watch::Called], lang: Lang) -> Vec<String> {
    let (state, now) = (hub.state(), hub.clock.now());
    let mut out = Vec::new();
    if state.parents.is_empty() && hub.me.parent().is_some() {
        out.push(HubError::NotJoined(hub.me.clone()).say(lang));
    }
    if let Some(identity) = &state.identity {
        let left = identity.leaf().not_after().since(now);
        let days = left / 86_400_000;
        if left <= 0 {
            out.push(say!(
                lang,
                "本节点的证书已过期，目前处于宽限期。请尽快与上级同步一次，证书会自动更新。",
                "This hub's certificate has expired and is in its grace. Sync with the parent soon: it renews by itself."
            ));
        } else if days < i64::from(state.rules.certificates.warn_days) {
            out.push(say!(
                lang,
                "本节点的证书还有 {days} 天到期，同步时会自动更新。",
                "This hub's certificate ends in {days} days; it renews by itself at the next sync."
            ));
        }
    }
    let most = i64::from(state.rules.clock.timers_stop_when_off_by_hours);
    for offset in
        parents.iter().filter_map(|called| called.contact.as_ref()).map(|c| c.clock_offset / 3_600_000)
    {
        if offset.abs() >= most {
            out.push(say!(
                lang,
                "本机时钟与上级相差 {offset} 小时，日期可能记错。请校正系统时间。",
                "This machine's clock is {offset} hours off its parent's, so days may be wrong. Set the system time right."
            ));
        }
    }
    out.extend(state.calendar.warnings(now.day()).iter().map(|warning| warning.say(lang)));
    let knocks = hub.knocks.all().len();
    if knocks > 0 {
        out.push(say!(
            lang,
            "有 {knocks} 个持有效证书的单位不在名册上。请用 units 查看，核实后用 units readmit 恢复登记。",
            "{knocks} units with valid certificates are not in the register. See units; after checking, let them in with units readmit."
        ));
    }
    out
}

/// Looks at everything that can be checked without the people.
pub(super) async fn doctor(hub: &Hub, rebuild: bool, lang: Lang) -> Result<wire::DoctorReply, HubError> {
    let mut findings: Vec<wire::Finding> = Vec::new();
    let mut find = |grade: &str, what: String| {
        findings.push(wire::Finding { grade: grade.to_owned(), what });
    };
    for warning in warnings(hub, &hub.calls().await?.0, lang) {
        find("warning", warning);
    }
    let (quarantined, answered) = hub.quarantine().await?;
    if !quarantined.is_empty() || !answered.is_empty() {
        let (n, own) = (quarantined.len(), answered.len());
        find(
            "warning",
            say!(
                lang,
                "隔离区有 {n} 条下级数据，上级退回本节点 {own} 条。请用 sync quarantine 查看。",
                "{n} entries of units are in quarantine and the parent did not take {own} of this hub's. See sync quarantine."
            ),
        );
    }
    for refused in hub.documents().await?.1 {
        let (line, version) = (self::refused(&refused, lang), refused.version);
        let (issuer, why) = (line.issuer, line.why);
        find(
            "bad",
            say!(
                lang,
                "{issuer} 下发的第 {version} 版文件没有采用：{why}。",
                "Version {version} of a document of {issuer} is not used: {why}."
            ),
        );
    }
    if rebuild {
        let rebuilt = hub.rebuild().await?;
        let grade = if rebuilt.mended == 0 { "good" } else { "bad" };
        let (rows, totals, mended) = (rebuilt.rows, rebuilt.totals, rebuilt.mended);
        find(
            grade,
            say!(
                lang,
                "按 {rows} 份日报重算了 {totals} 个合计，更正 {mended} 个。",
                "Recomputed {totals} sums from {rows} sheets; {mended} had to be corrected."
            ),
        );
    }
    if findings.is_empty() {
        let what = say!(lang, "没有发现问题。", "Nothing is wrong.");
        findings.push(wire::Finding { grade: "good".to_owned(), what });
    }
    Ok(wire::DoctorReply { findings })
}
