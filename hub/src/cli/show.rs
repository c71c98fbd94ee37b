//! One command: what it asks, and how the answer is told.

use std::path::{Path, PathBuf};

use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use proto::say;
use proto::wire::bureau as wire;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::ask::Desk;
use super::courier::courier;
use super::{
    AuditAction, ClockAction, Command, DutyAction, Failed, PaperAction, SyncAction, TransferAction,
    UnitAction, casework, tables,
};
use crate::desk::HubError;

/// Runs a command that goes through the service.
pub(super) async fn command(desk: Desk, command: Command) -> Result<(), Failed> {
    match command {
        Command::Join { code, typed } => join(desk, typed.text().unwrap_or_else(|| code.concat())).await,
        Command::Invite { unit, under, hours, name } => {
            let under = under.unwrap_or_default();
            let asked = wire::InviteRequest { unit, under, hours: hours.unwrap_or(0), name };
            invite(desk, asked).await
        }
        Command::Units { action } => units(desk, action.unwrap_or(UnitAction::List)).await,
        Command::Revoke { unit, reason } => revoke(desk, unit, reason).await,
        Command::Rollup { place, day, from, to, all } => {
            let days = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
            let (from, to) = (days(day.or(from)), days(day.or(to)));
            let asked = wire::RollupRequest { place: place.unwrap_or_default(), from, to };
            rollup(desk, asked, all).await
        }
        Command::Silence { all } => silence(desk, all).await,
        Command::Rulebook { action } => papers(desk, action).await,
        Command::Sync { action } => sync(desk, action.unwrap_or(SyncAction::Now)).await,
        Command::Courier { action } => courier(desk, action).await,
        Command::Case { action } => casework::case(desk, action).await,
        Command::Todo => casework::todo(desk).await,
        Command::Duty { action } => casework::duty(desk, action.unwrap_or(DutyAction::List)).await,
        Command::Audit { action } => {
            casework::audit(desk, action.unwrap_or(AuditAction::List { most: 0 })).await
        }
        Command::Backup { path } => backup(desk, path).await,
        Command::Doctor { rebuild } => doctor(desk, rebuild).await,
        Command::Status => status(desk).await,
        Command::Clock { action: ClockAction::Confirm { day } } => confirm_clock(desk, day).await,
        Command::Letter { action } => super::mail::letter(desk, action).await,
        Command::Inbound { action } => super::mail::inbound(desk, action).await,
        Command::Neighbour { action } => super::abroad::neighbour(desk, action).await,
        Command::Incoming { action } => super::abroad::incoming(desk, action).await,
        Command::Paper { action } => super::papers::command(desk, action).await,
        Command::Pool => super::mail::pool(desk).await,
        Command::Transfer { action } => {
            super::transfer::command(desk, action.unwrap_or(TransferAction::List { duties: false })).await
        }
        Command::Run
        | Command::Init { .. }
        | Command::Restore { .. }
        | Command::Route { .. }
        | Command::Root
        | Command::Verify { .. } => Ok(()),
    }
}

async fn join(mut desk: Desk, code: String) -> Result<(), Failed> {
    let reply = desk.client.join(desk.ask(wire::JoinRequest { code })).await?.into_inner();
    let lang = desk.lang;
    desk.tell(&reply, |reply| {
        let parents: Vec<String> =
            reply.parents.iter().map(|parent| format!("{} ({})", parent.party, parent.address)).collect();
        let (me, parents) = (&reply.party, parents.join(lang.pick("、", ", ")));
        say!(lang, "{me} 已加入上级：{parents}。", "{me} has joined: {parents}.")
    })
}

async fn invite(mut desk: Desk, asked: wire::InviteRequest) -> Result<(), Failed> {
    let reply = desk.client.invite(desk.ask(asked)).await?.into_inner();
    let lang = desk.lang;
    desk.tell(&reply, |reply| {
        let until = Moment(reply.expires);
        let (unit, code, address) = (&reply.party, &reply.code, &reply.address);
        let words = say!(
            lang,
            "{unit} 的邀请码（{until} 前有效，只能用一次，地址 {address}）：\n\n{code}\n",
            "The invitation of {unit} (good once, until {until}, address {address}):\n\n{code}\n"
        );
        let (spoken, digits, fingerprint) = (&reply.spoken, &reply.digits, &reply.fingerprint);
        let typed = say!(
            lang,
            "电话告知或手工输入（同一邀请码，只能用一次）：地址 {address}，短码 {spoken}，核对码 {digits}\n  join --hub {address} --code {spoken} --digits {digits}\n签发机构指纹（可代替核对码，--fingerprint）：{fingerprint}",
            "By telephone or by hand (the same invitation, good once): address {address}, code {spoken}, digits {digits}\n  join --hub {address} --code {spoken} --digits {digits}\nThe authority's fingerprint (in place of the digits, --fingerprint): {fingerprint}"
        );
        format!("{words}\n{}\n{typed}", qr(code))
    })
}

/// A QR code for the terminal.
pub(super) fn qr(text: &str) -> String {
    let code = QrCode::new(text.as_bytes())
        .map(|qr| qr.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build());
    code.unwrap_or_default()
}

async fn units(mut desk: Desk, action: UnitAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        UnitAction::List => {
            let reply = desk.client.units(desk.ask(wire::UnitsRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| tables::units(reply, lang))
        }
        UnitAction::Close { unit, day } => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            let asked = wire::UnitRequest { unit, day, reason: String::new() };
            let reply = desk.client.close_unit(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| say!(lang, "{} 已撤销登记。", "{} is closed.", reply.party))
        }
        UnitAction::Readmit { unit } => {
            let asked = wire::UnitRequest { unit, ..wire::UnitRequest::default() };
            let reply = desk.client.readmit(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| {
                say!(lang, "{} 已恢复登记。", "{} is in the register again.", reply.party)
            })
        }
    }
}

async fn revoke(mut desk: Desk, unit: String, reason: String) -> Result<(), Failed> {
    let asked = wire::UnitRequest { unit, reason, day: String::new() };
    let reply = desk.client.revoke(desk.ask(asked)).await?.into_inner();
    let lang = desk.lang;
    desk.tell(&reply, |reply| {
        say!(
            lang,
            "{} 的证书已停用，下次联系时生效。",
            "The certificate of {} is revoked from its next contact on.",
            reply.party
        )
    })
}

async fn rollup(mut desk: Desk, asked: wire::RollupRequest, all: bool) -> Result<(), Failed> {
    let reply = desk.client.rollup(desk.ask(asked)).await?.into_inner();
    let lang = desk.lang;
    desk.tell(&reply, |reply| tables::rollup(reply, all, lang))
}

async fn silence(mut desk: Desk, all: bool) -> Result<(), Failed> {
    let reply = desk.client.silence(desk.ask(wire::SilenceRequest { all })).await?.into_inner();
    let lang = desk.lang;
    desk.tell(&reply, |reply| tables::silence(reply, lang))
}

async fn papers(mut desk: Desk, action: PaperAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        PaperAction::Show => {
            let reply = desk.client.rulebook(desk.ask(wire::RulebookRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| format!("# {}\n{}", reply.label, reply.toml))
        }
        PaperAction::List => {
            let reply = desk.client.documents(desk.ask(wire::DocumentsRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| tables::documents(reply, lang))
        }
        PaperAction::Check { file } => check(desk, "rulebook", &file).await,
        PaperAction::Calendar { file, check: true } => check(desk, "calendar", &file).await,
        PaperAction::Issue { file } => issue(desk, "rulebook", &file).await,
        PaperAction::Calendar { file, check: false } => issue(desk, "calendar", &file).await,
        PaperAction::Repair { topic, issuer, part } => {
            let reply = desk.client.repair(desk.ask(wire::RepairRequest { topic, issuer, part })).await?;
            desk.tell(reply.get_ref(), |reply| match reply.own {
                true => say!(
                    lang,
                    "已清除分叉记录，本节点签发的文件继续有效。仍持有另一份的下级请运行 rulebook repair；未清除前，它下次联系时会再次报来。",
                    "The report is gone; the document that this hub has issued stands. Units that still hold another one run rulebook repair themselves: until then their next contact brings the report again."
                ),
                false => say!(
                    lang,
                    "已清除，下次与上级联系时重新取得。",
                    "Forgotten; the next contact with the parent brings it again."
                ),
            })
        }
    }
}

fn paper(topic: &str, file: &Path, lang: Lang) -> Result<wire::IssueRequest, Failed> {
    let body = std::fs::read_to_string(file)
        .map_err(|why| Failed::of(HubError::Io { what: file.display().to_string(), why }, lang))?;
    Ok(wire::IssueRequest { topic: topic.to_owned(), body })
}

async fn check(mut desk: Desk, topic: &str, file: &Path) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.client.check(desk.ask(paper(topic, file, lang)?)).await?.into_inner();
    desk.tell(&reply, |reply| tables::checked(reply, lang))
}

async fn issue(mut desk: Desk, topic: &str, file: &Path) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.client.issue(desk.ask(paper(topic, file, lang)?)).await?.into_inner();
    desk.tell(&reply, |reply| tables::issued(reply, lang))
}

async fn sync(mut desk: Desk, action: SyncAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        SyncAction::Now => {
            let reply = desk.client.sync_now(desk.ask(wire::SyncNowRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| {
                let (sent, acked, received, documents) =
                    (reply.sent, reply.acked, reply.received, reply.documents);
                say!(
                    lang,
                    "同步成功：发出 {sent} 条，上级确认 {acked} 条，收到 {received} 条，文件 {documents} 份。",
                    "Synced: {sent} entries sent, {acked} acknowledged, {received} received, {documents} documents."
                )
            })
        }
        SyncAction::Status => {
            let reply = desk.client.sync_status(desk.ask(wire::SyncStatusRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| tables::sync(reply, lang))
        }
        SyncAction::Quarantine => {
            let reply = desk.client.quarantine(desk.ask(wire::QuarantineRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| tables::quarantine(reply, lang))
        }
    }
}

async fn backup(mut desk: Desk, path: Option<PathBuf>) -> Result<(), Failed> {
    let lang = desk.lang;
    // the hub that runs may have another working folder
    let path = path.map(|path| std::path::absolute(&path).unwrap_or(path));
    let path = path.map(|path| path.display().to_string()).unwrap_or_default();
    let reply = desk.client.backup(desk.ask(wire::BackupRequest { path })).await?.into_inner();
    desk.tell(&reply, |reply| {
        let (path, records) = (&reply.path, reply.records);
        say!(
            lang,
            "已备份 {records} 条记录并核对无误：{path}。请连同 store.key 和 identity 目录存放到另一台机器。",
            "{records} records are copied and verified: {path}. Keep it on another machine, with store.key and the folder identity."
        )
    })
}

async fn doctor(mut desk: Desk, rebuild: bool) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.client.doctor(desk.ask(wire::DoctorRequest { rebuild })).await?.into_inner();
    let bad = reply.findings.iter().any(|finding| finding.grade == "bad");
    desk.tell(&reply, |reply| tables::findings(reply, lang))?;
    if bad {
        return Err(Failed(say!(lang, "有需要处理的问题。", "Something needs to be mended.")));
    }
    Ok(())
}

async fn status(mut desk: Desk) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.client.status(desk.ask(wire::StatusRequest {})).await?.into_inner();
    desk.tell(&reply, |reply| tables::status(reply, lang))
}

async fn confirm_clock(mut desk: Desk, day: Day) -> Result<(), Failed> {
    let lang = desk.lang;
    let asked = wire::ConfirmClockRequest { day: day.to_string() };
    let reply = desk.client.confirm_clock(desk.ask(asked)).await?.into_inner();
    desk.tell(&reply, |_| say!(lang, "已确认今天是 {day}，计时继续。", "Today is {day}: timers go on."))
}
