//! Answers as tables for people.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use proto::model::day::Moment;
use proto::model::lang::Lang;
use proto::model::rulebook::say_label;
use proto::model::sheet::Indicator;
use proto::say;
use proto::wire::bureau as wire;

/// The counters of the short table, in the order in which people ask for them.
const SHORT: [Indicator; 8] = [
    Indicator::OnRoll,
    Indicator::Enrolled,
    Indicator::Suspected,
    Indicator::DroppedOut,
    Indicator::Suspended,
    Indicator::HomeTaught,
    Indicator::NewlySuspected,
    Indicator::Returned,
];

pub(super) fn table(header: &[&str], numbers_from: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(header.to_vec())
        .set_content_arrangement(ContentArrangement::Dynamic);
    for column in numbers_from..header.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// An instant; a dash when there is none.
pub(super) fn at(millis: i64) -> String {
    if millis == 0 { "—".to_owned() } else { Moment(millis).to_string() }
}

/// The accounts that acted one after the other, each once.
pub(super) fn who<const N: usize>(accounts: [&String; N]) -> String {
    let mut said: Vec<&str> = accounts.iter().map(|by| by.as_str()).filter(|by| !by.is_empty()).collect();
    said.dedup();
    or_dash(&said.join(" / ")).to_owned()
}

pub(super) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

/// Tenths of a percent.
fn percent(tenths: Option<u64>) -> String {
    tenths.map_or_else(|| "—".to_owned(), |tenths| format!("{}.{}%", tenths / 10, tenths % 10))
}

/// Figures of a place, its parts below it, and who is missing.
pub(super) fn rollup(reply: &wire::RollupReply, all: bool, lang: Lang) -> String {
    let shown: &[Indicator] = if all { &Indicator::ALL } else { &SHORT };
    let mut header = vec![lang.pick("单位", "place")];
    header.extend(shown.iter().map(|indicator| lang.pick(indicator.zh(), indicator.en())));
    header.extend(match lang {
        Lang::Zh => ["应报", "已报", "按时", "上报率", "按时率", "数据截至"],
        Lang::En => ["expected", "reported", "on time", "rate", "on time rate", "as of"],
    });
    let mut table = table(&header, 1);
    let mut marked = false;
    for (figure, total) in
        reply.below.iter().map(|figure| (figure, false)).chain(reply.own.iter().map(|own| (own, true)))
    {
        let mark = if figure.corrected { "*" } else { "" };
        marked |= figure.corrected;
        let name = match total {
            true => say!(lang, "合计 {}{mark}", "total {}{mark}", figure.name),
            false => format!("{}{mark}", figure.name),
        };
        let mut row = vec![name];
        let count =
            |i: &Indicator| figure.counts.get(i.code()).map_or_else(|| "—".to_owned(), u64::to_string);
        row.extend(shown.iter().map(count));
        row.extend([figure.expected, figure.reported, figure.on_time].map(|n| n.to_string()));
        row.extend([percent(figure.reporting_permille), percent(figure.on_time_permille)]);
        row.push(at(figure.as_of));
        table.add_row(row);
    }
    let days =
        if reply.from == reply.to { reply.to.clone() } else { format!("{} — {}", reply.from, reply.to) };
    let mut out = format!("{days}\n{table}\n");
    if marked {
        out += &say!(lang, "* 截止时间之后有更正。\n", "* corrected after the deadline.\n");
    }
    out + &missing(reply, lang)
}

fn missing(reply: &wire::RollupReply, lang: Lang) -> String {
    let Some(own) = &reply.own else { return String::new() };
    let unreported = own.expected.saturating_sub(own.reported);
    if own.expected == 0 {
        return say!(lang, "当天没有应报单位。", "Nobody is expected to report of this.");
    }
    if unreported == 0 {
        return say!(lang, "应报单位全部已报。", "All that should have reported.");
    }
    let mut out = say!(
        lang,
        "{unreported} 个单位未报，以上数字按其上一份日报计：\n",
        "{unreported} have not reported; the figures stand with their last sheets:\n"
    );
    for unit in &reply.missing {
        let (name, party, last) = (&unit.name, &unit.party, or_dash(&unit.last_day));
        out += &say!(lang, "  {name} {party}（最近一份 {last}）\n", "  {name} {party} (last sheet {last})\n");
    }
    out
}

/// The register.
pub(super) fn units(reply: &wire::UnitsReply, lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["单位", "名称", "状态", "登记日", "地址", "证书到期", "最近联系"],
        Lang::En => ["unit", "name", "status", "since", "address", "certificate until", "last contact"],
    };
    let mut table = table(&header, header.len());
    for unit in &reply.units {
        table.add_row([
            unit.party.as_str(),
            or_dash(&unit.name),
            standing(&unit.status, lang),
            &unit.since,
            or_dash(&unit.address),
            &at(unit.certificate_until),
            &at(unit.last_contact),
        ]);
    }
    format!("{table}\n{}", knocks(&reply.knocks, lang))
}

fn standing(word: &str, lang: Lang) -> &str {
    match (lang, word) {
        (Lang::Zh, "active") => "在用",
        (Lang::Zh, "invited") => "已邀请",
        (Lang::Zh, "revoked") => "已停用",
        (Lang::Zh, "closed") => "已撤销",
        (_, word) => word,
    }
}

fn knocks(knocks: &[wire::KnockLine], lang: Lang) -> String {
    let lines = knocks.iter().map(|knock| {
        let (party, times, when) = (&knock.party, knock.times, at(knock.at));
        if knock.known {
            return say!(
                lang,
                "{party} 用比名册上更新的证书联系过 {times} 次（最近 {when}），未被接纳：本机可能恢复过较早的备份。请与该单位核实在用的是哪台电脑，再运行 units readmit {party}\n",
                "{party} called {times} times with a certificate newer than the one in the register (last {when}) and was turned away: this hub may have been restored from an older backup. Ask the unit which machine it uses, then: units readmit {party}\n"
            );
        }
        say!(
            lang,
            "{party} 持有效证书联系过 {times} 次（最近 {when}），但不在名册上。核实后运行 units readmit {party}\n",
            "{party} called {times} times with a valid certificate (last {when}) and is not in the register. After checking: units readmit {party}\n"
        )
    });
    lines.collect()
}

/// The silence board.
pub(super) fn silence(reply: &wire::SilenceReply, lang: Lang) -> String {
    if reply.lines.is_empty() && reply.knocks.is_empty() {
        return say!(lang, "没有失联或迟报的单位。", "Nobody is silent or late.");
    }
    let header = match lang {
        Lang::Zh => {
            ["单位", "状态", "缺几个上课日", "最近联系", "确认到", "最近日报", "估计积压", "证书到期"]
        }
        Lang::En => [
            "unit",
            "state",
            "school days",
            "last contact",
            "acked",
            "last sheet",
            "backlog",
            "certificate until",
        ],
    };
    let mut table = table(&header, header.len());
    let mut words = String::new();
    for line in &reply.lines {
        let state = match (lang, line.state.as_str()) {
            _ if line.revoked != 0 => lang.pick("已停用", "revoked"),
            (Lang::Zh, "never") => "从未联系",
            (Lang::Zh, "silent") => "失联",
            (Lang::Zh, "late") => "迟报",
            (Lang::Zh, "fresh") => "正常",
            (_, word) => word,
        };
        table.add_row([
            line.party.as_str(),
            state,
            &line.school_days.to_string(),
            &at(line.last_contact),
            &line.acked.to_string(),
            or_dash(&line.last_day),
            &line.backlog.to_string(),
            &at(line.certificate_until),
        ]);
        words += &format!("{}\n", line.words);
    }
    format!("{table}\n{words}{}", knocks(&reply.knocks, lang))
}

/// Documents in force and refused.
pub(super) fn documents(reply: &wire::DocumentsReply, lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["类别", "下发单位", "部分", "版本", "签发时间", "情况"],
        Lang::En => ["topic", "issuer", "part", "version", "issued", "state"],
    };
    let mut table = table(&header, header.len());
    let good = lang.pick("现行", "in force");
    for document in reply.in_force.iter().chain(&reply.refused) {
        table.add_row([
            topic(&document.topic, lang),
            &document.issuer,
            or_dash(&document.part),
            &document.version.to_string(),
            &at(document.issued),
            if document.why.is_empty() { good } else { &document.why },
        ]);
    }
    table.to_string()
}

/// What issuing a document would come to.
pub(super) fn checked(reply: &wire::IssueReply, lang: Lang) -> String {
    let (version, before) = (reply.version, say_label(&reply.before, lang));
    let said = match reply.unchanged {
        true => say!(
            lang,
            "文件与现行的第 {version} 版内容相同，无需下发。现行：{before}",
            "The document says what version {version}, in force, says: there is nothing to issue. In force: {before}"
        ),
        false => say!(
            lang,
            "文件可以下发，将编为第 {version} 版（文件中写的版本号不作数）。现行：{before}",
            "The document can be issued and will be version {version}, whatever number stands in it. In force: {before}"
        ),
    };
    warned(&reply.warnings, &said)
}

/// What was issued, and what is in force before and after.
pub(super) fn issued(reply: &wire::IssueReply, lang: Lang) -> String {
    let (version, before) = (reply.version, say_label(&reply.before, lang));
    let after = say_label(&reply.after, lang);
    let said = match reply.unchanged {
        true => say!(
            lang,
            "与现行的第 {version} 版内容相同，未重新下发。现行：{after}",
            "Version {version}, in force, says the same: nothing was issued. In force: {after}"
        ),
        false => say!(
            lang,
            "已签发第 {version} 版，下级单位下次联系时取得。\n此前：{before}\n现行：{after}",
            "Version {version} is signed; units get it at their next contact.\nBefore: {before}\nIn force: {after}"
        ),
    };
    warned(&reply.warnings, &said)
}

fn warned(warnings: &[String], said: &str) -> String {
    warnings.iter().map(String::as_str).chain([said]).collect::<Vec<_>>().join("\n")
}

/// A topic for people, with the word that `rulebook repair` takes.
fn topic(word: &str, lang: Lang) -> &str {
    match (lang, word) {
        (Lang::Zh, "rulebook") => "规则 rulebook",
        (Lang::Zh, "calendar") => "校历 calendar",
        (Lang::Zh, "directory") => "名录 directory",
        (_, word) => word,
    }
}

fn parents(lines: &[wire::ParentLine], lang: Lang) -> String {
    let lines = lines.iter().map(|parent| {
        let (party, address) = (&parent.party, &parent.address);
        let (answered, succeeded, failures) = (at(parent.answered), at(parent.succeeded), parent.failures);
        say!(
            lang,
            "上级 {party}（{address}）：最近应答 {answered}，最近同步完成 {succeeded}，其后失败 {failures} 次\n",
            "parent {party} ({address}): answered {answered}, last complete sync {succeeded}, {failures} failures since\n"
        ) + &former(parent, lang)
    });
    lines.collect()
}

/// Where a parent was reached before.
fn former(parent: &wire::ParentLine, lang: Lang) -> String {
    if parent.former_addresses.is_empty() {
        return String::new();
    }
    let addresses = parent.former_addresses.join(", ");
    say!(
        lang,
        "  以前的地址（新地址不通时仍会尝试）：{addresses}\n",
        "  former addresses, tried when that one does not answer: {addresses}\n"
    )
}

/// How calls to the parents went.
pub(super) fn sync(reply: &wire::SyncStatusReply, lang: Lang) -> String {
    if reply.parents.is_empty() {
        return say!(lang, "没有上级。", "There is no parent.");
    }
    let waiting = reply.waiting;
    let line =
        say!(lang, "等待上级确认 {waiting} 条。", "{waiting} entries wait for the parent's acknowledgement.");
    parents(&reply.parents, lang) + &line
}

/// Entries that were not taken.
pub(super) fn quarantine(reply: &wire::QuarantineReply, lang: Lang) -> String {
    if reply.entries.is_empty() && reply.own.is_empty() {
        return say!(lang, "隔离区是空的。", "The quarantine is empty.");
    }
    let header = match lang {
        Lang::Zh => ["来自", "编号", "原因", "说明", "时间"],
        Lang::En => ["from", "number", "reason", "detail", "at"],
    };
    let mut table = table(&header, header.len());
    for line in reply.entries.iter().chain(&reply.own) {
        let number = format!("{}#{}", line.life, line.seq);
        table.add_row([line.party.as_str(), &number, &line.reason, &line.detail, &at(line.at)]);
    }
    table.to_string()
}

/// What the doctor found.
pub(super) fn findings(reply: &wire::DoctorReply, lang: Lang) -> String {
    let lines = reply.findings.iter().map(|finding| {
        let grade = match (lang, finding.grade.as_str()) {
            (Lang::Zh, "good") => "正常",
            (Lang::Zh, "warning") => "注意",
            (Lang::Zh, "bad") => "问题",
            (_, word) => word,
        };
        format!("[{grade}] {}\n", finding.what)
    });
    lines.collect()
}

/// How the hub stands.
pub(super) fn status(reply: &wire::StatusReply, lang: Lang) -> String {
    let (name, party, address) = (&reply.name, &reply.party, or_dash(&reply.address));
    let (rules, calendar) = (say_label(&reply.rulebook, lang), say_label(&reply.calendar, lang));
    let until = at(reply.certificate_until);
    let (units, silent, quarantined) = (reply.units, reply.silent, reply.quarantined);
    let mut out = say!(
        lang,
        "{name}（{party}），地址 {address}\n规则 {rules}\n校历 {calendar}\n证书到期 {until}\n下级 {units} 个，失联 {silent} 个，隔离 {quarantined} 条\n",
        "{name} ({party}), address {address}\nrules {rules}\ncalendar {calendar}\ncertificate until {until}\n{units} units, {silent} silent, {quarantined} entries in quarantine\n"
    );
    out += &parents(&reply.parents, lang);
    for warning in &reply.warnings {
        out += &format!("! {warning}\n");
    }
    out
}
