//! `transfer` and `verify`.

use std::path::Path;
use std::sync::Arc;

use proto::custody::proof::Verdict;
use proto::identity::certificate::Certificate;
use proto::model::clock::WallClock;
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::wire::bureau as wire;

use super::ask::{Desk, print};
use super::tables::{at, or_dash, table};
use super::{Failed, TransferAction, papers};
use crate::desk::{Hub, HubError};
use crate::files::Files;
use crate::revocation;

/// Runs a command about cases on their way.
pub(super) async fn command(mut desk: Desk, action: TransferAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        TransferAction::List { duties } => {
            let asked = desk.ask(wire::ListCasesRequest { duties });
            let reply = desk.transfers.list(asked).await?.into_inner();
            desk.tell(&reply, |reply| list(reply, lang))
        }
        TransferAction::Show { case, proof: None } => {
            let asked = desk.ask(wire::TransferRequest { case, by: String::new() });
            let reply = desk.transfers.show(asked).await?.into_inner();
            desk.tell(&reply, |reply| show(reply, lang))
        }
        TransferAction::Show { case, proof: Some(file) } => proof(desk, case, &file).await,
        TransferAction::HandOn { case, to, note, by } => {
            let asked = desk.ask(wire::HandOnRequest { case, to, by, note });
            let reply = desk.transfers.hand_on(asked).await?.into_inner();
            desk.tell(&reply, |reply| handed(reply, lang))
        }
        TransferAction::Open { case, purpose, by } => {
            let asked = desk.ask(wire::OpenRecordRequest { case, purpose, by });
            let reply = desk.transfers.open_record(asked).await?.into_inner();
            desk.tell(&reply, |reply| record(reply, lang))
        }
        TransferAction::Paper { case, docx, reply_by, purpose, by } => {
            papers::ready_for(&docx, lang)?;
            let reply_by = reply_by.map(|day| day.to_string()).unwrap_or_default();
            let asked = desk.ask(wire::IssueHandoverRequest { case, purpose, by, reply_by });
            let reply = desk.transfers.issue_handover(asked).await?.into_inner();
            let what = docx.display().to_string();
            proto::platform::replace_file(&docx, &reply.docx)
                .map_err(|why| papers::lost(&reply.number, &docx, why, lang))?;
            desk.tell(&reply, |reply| {
                let number = &reply.number;
                say!(lang, "{number} 已写入 {what}，并已留痕。", "{number} is in {what}; it was logged.")
            })
        }
        TransferAction::Assign { case, unit, by } => {
            let asked = desk.ask(wire::AssignRequest { case, unit, by });
            let reply = desk.transfers.assign(asked).await?.into_inner();
            desk.tell(&reply, |reply| {
                let (unit, due) = (&reply.unit, &reply.due);
                say!(lang, "已指派 {unit}，请于 {due} 前答复。", "{unit} was asked to answer by {due}.")
            })
        }
        TransferAction::Moves => {
            let asked = desk.ask(wire::MovesRequest {});
            let reply = desk.transfers.moves(asked).await?.into_inner();
            desk.tell(&reply, |reply| moves(reply, lang))
        }
        TransferAction::Dispatch { leg, docx, by } => {
            if let Some(folder) = &docx {
                papers::ready_for_files_in(folder, lang)?;
            }
            let asked = wire::LegRequest { leg, by, document: docx.is_some(), ..Default::default() };
            let asked = desk.ask(asked);
            let reply = desk.transfers.dispatch(asked).await?.into_inner();
            let lists = match &docx {
                Some(folder) => papers::write_all(folder, &reply.papers, lang)?,
                None => String::new(),
            };
            desk.tell(&reply, |reply| {
                let n = reply.legs.len();
                lists + &say!(lang, "已批准 {n} 件。", "{n} went on their way.")
            })
        }
        TransferAction::Decline { leg, to, reason, by } => {
            let asked = desk.ask(wire::LegRequest { leg, by, reason, to, ..Default::default() });
            let reply = desk.transfers.decline(asked).await?.into_inner();
            desk.tell(&reply, |_| {
                lang.pick(
                    "已退回，提请单位下次联系时收到。",
                    "Sent back: its county hears of it at its next contact.",
                )
                .to_owned()
            })
        }
        other => step(desk, other).await,
    }
}

/// Writes the chains of a case to a file that `verify` checks.
pub(super) async fn proof(mut desk: Desk, case: String, file: &Path) -> Result<(), Failed> {
    let lang = desk.lang;
    let asked = desk.ask(wire::TransferRequest { case, by: String::new() });
    let reply = desk.transfers.prove(asked).await?.into_inner();
    let name = file.display().to_string();
    proto::platform::replace_file(file, reply.proof.as_bytes())
        .map_err(|why| Failed::of(HubError::Io { what: name.clone(), why }, lang))?;
    desk.tell(&serde_json::json!({ "file": name }), |_| {
        say!(
            lang,
            "证明文件已写入 {name}，可用 verify 离线验证。",
            "The proof is in {name}; check it anywhere with verify."
        )
    })
}

/// What changes a case and then shows it.
async fn step(mut desk: Desk, action: TransferAction) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = match action {
        TransferAction::Unwilling { case, who: kind, day, by } => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            desk.transfers.unwilling(desk.ask(wire::UnwillingRequest { case, kind, day, by })).await
        }
        TransferAction::SendBack { case, reason, by } => {
            let asked = desk.ask(wire::SendBackRequest { case, reason, by });
            desk.transfers.send_back(asked).await
        }
        TransferAction::Ask { case, purpose, by } => {
            let asked = desk.ask(wire::AskRequest { case, purpose, by });
            desk.transfers.ask(asked).await
        }
        TransferAction::Accept { case, by } => {
            let asked = desk.ask(wire::TransferRequest { case, by });
            desk.transfers.accept(asked).await
        }
        TransferAction::Reject { case, reason, hint, note, by } => {
            let asked = desk.ask(wire::RejectRequest { case, reason, hint, note, by });
            desk.transfers.reject(asked).await
        }
        TransferAction::Recall { case, by } => {
            let asked = desk.ask(wire::TransferRequest { case, by });
            desk.transfers.recall(asked).await
        }
        TransferAction::Conclude { case, outcome, place, note, by } => {
            let asked = desk.ask(wire::ConcludeRequest { case, outcome, by, place, note });
            desk.transfers.conclude(asked).await
        }
        TransferAction::Settle { case, note, by } => {
            let asked = desk.ask(wire::SettleRequest { case, note, by });
            desk.transfers.settle(asked).await
        }
        _ => return Ok(()),
    };
    desk.tell(&reply?.into_inner(), |reply| show(reply, lang))
}

fn list(reply: &wire::ListCasesReply, lang: Lang) -> String {
    if reply.cases.is_empty() {
        return lang.pick("没有划转个案。", "No case is on its way.").to_owned();
    }
    let header = match lang {
        Lang::Zh => ["个案", "状态", "由谁负责", "待办", "期限", "来自", "去往"],
        Lang::En => ["case", "state", "who answers", "to do", "due", "from", "to"],
    };
    let mut table = table(&header, header.len());
    for case in &reply.cases {
        let late = if case.overdue { "!" } else { "" };
        let from = if case.from.is_empty() { &case.school } else { &case.from };
        table.add_row([
            case.case.clone(),
            format!("{} {}", case.state, case.state_words),
            case.stance_words.clone(),
            or_dash(&case.duty_words).to_owned(),
            format!("{}{late}", or_dash(&case.due)),
            or_dash(from).to_owned(),
            or_dash(if case.to.is_empty() { &case.place } else { &case.to }).to_owned(),
        ]);
    }
    table.to_string()
}

fn show(case: &wire::TransferReply, lang: Lang) -> String {
    let mut out = format!("{}\n{} {}  {}\n", case.case, case.state, case.state_words, case.stance_words);
    if !case.duty.is_empty() {
        let (duty, due) = (&case.duty_words, &case.due);
        out += &say!(lang, "待办：{duty}，{due} 前\n", "to do: {duty}, by {due}\n");
    }
    if let Some(showing) = &case.showing {
        let (from, to, grade) = (showing.age_from, showing.age_from + 1, showing.grade);
        let (last, evidence) = (&showing.last_place, &showing.evidence);
        out += &say!(
            lang,
            "{from}至{to}岁，{grade}年级，原管理单位 {last}，依据：{evidence}\n",
            "aged {from} or {to}, grade {grade}, last managed by {last}, proved by: {evidence}\n"
        );
    }
    if !case.place.is_empty() {
        out += &say!(lang, "去向：{}\n", "said to be in {}\n", case.place);
    }
    for event in &case.history {
        out += &format!("{}  {}  {} {}\n", at(event.at), event.what, event.by, event.note);
    }
    for step in &case.steps {
        let hash = step.hash.get(..12).unwrap_or_default();
        out += &format!("#{} {}  {}  {}  {hash}\n", step.n, step.words, step.by, at(step.recorded));
    }
    out
}

fn handed(reply: &wire::HandOnReply, lang: Lang) -> String {
    let (to, registrar) = (&reply.to, &reply.registrar);
    match reply.outcome.as_str() {
        "HERE" => lang
            .pick(
                "流入地就在本县，请用 transfer assign 指派学校或乡镇。",
                "The place is in this county: give the case to a school or town with transfer assign.",
            )
            .to_owned(),
        "LETTER" => lang
            .pick(
                "流入地在外省，须由市级发函协查：letter draft。",
                "The place is in another province: the city writes a letter (letter draft).",
            )
            .to_owned(),
        _ => say!(
            lang,
            "已提请 {registrar} 划转给 {to}。对方接收登记前，仍由本单位负责。",
            "Offered to {to} through {registrar}. This place answers until the acceptance is recorded."
        ),
    }
}

pub(super) fn record(reply: &wire::OpenRecordReply, lang: Lang) -> String {
    let rows = [
        (lang.pick("姓名", "name"), &reply.name),
        (lang.pick("性别", "sex"), &reply.sex),
        (lang.pick("出生日期", "born"), &reply.birth),
        (lang.pick("身份证件号", "ID number"), &reply.id_number),
        (lang.pick("学籍号", "roll number"), &reply.roll_number),
        (lang.pick("监护人", "guardian"), &reply.guardian),
        (lang.pick("联系电话", "phone"), &reply.phone),
        (lang.pick("地址", "address"), &reply.address),
        (lang.pick("原学校", "school"), &reply.school),
        (lang.pick("依据", "evidence"), &reply.evidence),
        (lang.pick("劝返情况", "done so far"), &reply.summary),
        (lang.pick("返回意愿", "will to come back"), &reply.unwilling),
        (lang.pick("特殊需要", "needs"), &reply.needs),
    ];
    rows.iter().map(|(label, value)| format!("{label}  {}\n", or_dash(value))).collect()
}

fn moves(reply: &wire::MovesReply, lang: Lang) -> String {
    let mut out = String::new();
    for alarm in &reply.alarms {
        out += &format!("! {alarm}\n");
    }
    if reply.moves.is_empty() {
        return out + lang.pick("没有划转。", "Nothing is moved here.");
    }
    let header = match lang {
        Lang::Zh => ["编号", "来自", "去往", "状态", "等待自"],
        Lang::En => ["leg", "from", "to", "state", "waiting since"],
    };
    let mut table = table(&header, header.len());
    for moved in &reply.moves {
        let since = at(moved.since);
        table.add_row([&moved.leg, &moved.from, &moved.to, &moved.words, &since]);
    }
    out + &table.to_string()
}

/// Checks a proof file with the root's certificate alone.
pub(super) async fn verify(
    dir: &Path,
    file: &Path,
    root: Option<&Path>,
    as_json: bool,
    lang: Lang,
) -> Result<(), Failed> {
    let read = |path: &Path| {
        let why = |why| Failed::of(HubError::Io { what: path.display().to_string(), why }, lang);
        std::fs::read_to_string(path).map_err(why)
    };
    let root = match root {
        Some(path) => Certificate::authority_from_pem(&read(path)?).map_err(|e| Failed(e.say(lang)))?,
        None => known_root(dir, lang).await?,
    };
    // what this hub knows of revoked keys, when it is asked in a hub's folder
    let known = std::fs::read_to_string(Files::of(dir).revoked()).unwrap_or_default();
    let known = revocation::from_text(&known).unwrap_or_default();
    let verdict = Verdict::knowing(&read(file)?, &root, &known).map_err(|error| Failed(error.say(lang)))?;
    if as_json { print(&verdict.to_json()) } else { print(&verdict.say(lang)) }
}

/// Prints the root that this hub stands on: what `verify` needs elsewhere.
pub(super) async fn root(dir: &Path, lang: Lang) -> Result<(), Failed> {
    print(&known_root(dir, lang).await?.pem().trim_end())
}

/// The root that the hub in `dir` stands on.
async fn known_root(dir: &Path, lang: Lang) -> Result<Certificate, Failed> {
    let failed = |error: HubError| Failed::of(error, lang);
    if let Ok(kept) = std::fs::read_to_string(Files::of(dir).root()) {
        return Certificate::authority_from_pem(&kept).map_err(|error| Failed(error.say(lang)));
    }
    let (hub, closing) = Hub::open(dir, Arc::new(WallClock)).await.map_err(failed)?;
    let root = hub.state().identity.as_ref().map(|identity| identity.lineage().root().clone());
    let me = hub.me.clone();
    drop(hub);
    closing.wait().await.map_err(|error| failed(error.into()))?;
    root.ok_or_else(|| failed(HubError::NotJoined(me)))
}
