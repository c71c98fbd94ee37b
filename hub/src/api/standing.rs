//! How the hub itself stands, and what needs a look.

use proto::model::case::Office;
use proto::model::lang::{Lang, Say};
use proto::model::region::Level;
use proto::say;
use proto::wire::bureau as wire;

use super::words::{called_parent, millis, refused};
use crate::clock::WrongClock;
use crate::desk::{Hub, HubError, watch};

/// A level in one word.
const fn level(level: Option<Level>) -> &'static str {
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
        parents: parents.iter().map(called_parent).collect(),
        rulebook: state.rules.label().to_owned(),
        calendar: state.calendar.label().to_owned(),
        units: count(state.registry.len()),
        silent: count(hub.silent(&board)),
        quarantined: count(quarantined.len()),
        refused_documents: count(refused.len()),
        certificate_until: millis(until),
        now: now.0,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        warnings: warnings(hub, hub.wrong_clock().await?, &parents, lang),
    })
}

/// What needs a look, in words.
fn warnings(hub: &Hub, wrong: Option<WrongClock>, parents: &[watch::Called], lang: Lang) -> Vec<String> {
    let (state, now) = (hub.state(), hub.clock.now());
    let mut out = Vec::new();
    if state.parents.is_empty() && hub.me.parent().is_some() {
        out.push(HubError::NotJoined(hub.me.clone()).say(lang));
    }
    let away = parents.iter().filter_map(|called| called.away.as_ref());
    out.extend(away.map(|away| format!("{}{}", away.say(lang), lang.pick("。", "."))));
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
    out.extend(wrong.map(|wrong| wrong.say(lang)));
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

/// A log that holds together.
pub(super) fn whole_log(records: u64, lang: Lang) -> String {
    say!(
        lang,
        "查阅日志共 {records} 条，前后衔接，没有改动。",
        "The log has {records} records and holds together."
    )
}

/// Offices that have work and nobody on duty.
async fn idle_offices(hub: &Hub, lang: Lang) -> Result<Vec<String>, HubError> {
    let tally = hub.tally().await?;
    let (open, below) = (tally.open, tally.escalations);
    let offices = hub.on_duty().await?;
    let idle = offices.into_iter().filter(|(office, duty)| match office {
        Office::Persuasion => duty.is_none() && open + below > 0,
        Office::Transfer => false,
    });
    Ok(idle
        .map(|(office, _)| {
            let (code, office) = (office.code(), office.say(lang));
            say!(
                lang,
                "{office}岗位无人值守：在办个案 {open} 件、下级逾期事项 {below} 件都会直接上报上级。请运行 duty set {code} 账号。",
                "Nobody is on duty for {office}: {open} open cases and {below} overdue matters of units go straight to the hub above. Run duty set {code} ACCOUNT."
            )
        })
        .collect())
}

/// Whether the sums are those of the sheets, and what was mended of them.
async fn sums(hub: &Hub, rebuild: bool, lang: Lang) -> Result<(&'static str, String), HubError> {
    let found = if rebuild { hub.rebuild().await? } else { hub.examine().await? };
    let grade = if found.mended == 0 { "good" } else { "bad" };
    let (rows, totals, wrong) = (found.rows, found.totals, found.mended);
    let said = match rebuild {
        true => say!(
            lang,
            "按 {rows} 份日报重算了 {totals} 个合计，更正 {wrong} 个；有更正的，下次同步时向上级重报。",
            "Recomputed {totals} sums from {rows} sheets; {wrong} had to be corrected, and the parent is told again at the next sync."
        ),
        false => say!(
            lang,
            "{totals} 个合计中有 {wrong} 个与 {rows} 份日报不符，汇总数字有误。请运行 doctor --rebuild 重算。",
            "{wrong} of {totals} sums are not those of the {rows} sheets: figures are wrong. Run doctor --rebuild."
        ),
    };
    Ok((grade, said))
}

/// Looks at everything that can be checked without the people.
pub(super) async fn doctor(hub: &Hub, rebuild: bool, lang: Lang) -> Result<wire::DoctorReply, HubError> {
    let mut findings: Vec<wire::Finding> = Vec::new();
    let mut find = |grade: &str, what: String| {
        findings.push(wire::Finding { grade: grade.to_owned(), what });
    };
    for warning in warnings(hub, hub.wrong_clock().await?, &hub.calls().await?.0, lang) {
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
    for found in hub.documents().await?.1 {
        let (line, version) = (refused(&found, lang), found.version);
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
    let (grade, sums) = sums(hub, rebuild, lang).await?;
    if rebuild || grade == "bad" {
        find(grade, sums);
    }
    let log = hub.verify_audit().await?;
    if let Err(broken) = &log.own {
        find("bad", broken.say(lang));
    }
    for witnessed in log.units.iter().filter(|witnessed| witnessed.alarm.is_some()) {
        find("bad", witnessed.say(lang));
    }
    for idle in idle_offices(hub, lang).await? {
        find("warning", idle);
    }
    if findings.is_empty() {
        let what = say!(lang, "没有发现问题。", "Nothing is wrong.");
        findings.push(wire::Finding { grade: "good".to_owned(), what });
    }
    Ok(wire::DoctorReply { findings })
}
