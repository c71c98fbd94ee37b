//! Commands about cases.

mod args;
mod tables;

use std::path::{Path, PathBuf};

use proto::identity::certificate::Certificate;
use proto::model::case::Act;
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::wire::bureau as wire;

use super::ask::{Desk, print};
use super::{Failed, papers};
use crate::audit::export::Export;
use crate::desk::HubError;
pub(super) use args::Officer;
pub use args::{AuditAction, CaseAction, DutyAction};

/// Works on cases.
pub(super) async fn case(mut desk: Desk, action: CaseAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        CaseAction::List { stage, overdue, school, all } => {
            let asked = wire::CasesRequest { stage, overdue, school, closed: all };
            let reply = desk.cases.cases(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| tables::cases(reply, lang))
        }
        CaseAction::Show { case, proof: Some(file) } => super::transfer::proof(desk, case, &file).await,
        CaseAction::Show { case, proof: None } => {
            let reply = desk.cases.case(desk.ask(wire::CaseRequest { case })).await?.into_inner();
            desk.tell(&reply, |reply| tables::case(reply, lang))
        }
        CaseAction::Report { case, purpose, revision, officer } => {
            let (by, revision) = (officer.account(), revision.unwrap_or_default());
            let asked = wire::OpenReportRequest { case, purpose, by, revision };
            let reply = desk.cases.open_report(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| tables::report(reply, lang))
        }
        CaseAction::Passed => {
            let reply = desk.cases.passed(desk.ask(wire::PassedRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| tables::passed(reply, lang))
        }
        act => {
            let at = where_to(&act);
            direct(desk, directed(act, lang), at).await
        }
    }
}

/// Where the documents of a step go.
enum Destination {
    File(PathBuf),
    Folder(PathBuf),
}

fn where_to(action: &CaseAction) -> Option<Destination> {
    match action {
        CaseAction::Inform { docx, .. } => docx.clone().map(Destination::Folder),
        CaseAction::Order { docx, .. } => docx.clone().map(Destination::File),
        _ => None,
    }
}

/// What is asked of the service for an act.
fn directed(action: CaseAction, lang: Lang) -> wire::DirectRequest {
    let request = |case, act: Act, day: Option<Day>, officer: Officer| wire::DirectRequest {
        case,
        act: act.code().to_owned(),
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        by: officer.account(),
        ..wire::DirectRequest::default()
    };
    match action {
        CaseAction::Inform { case, town, county, docx, to, reply_by, purpose, day, officer } => {
            let number = both(&town, &county, lang);
            let reply_by = reply_by.map(|day| day.to_string()).unwrap_or_default();
            let papers = docx.map(|_| wire::PaperWish { purpose, to, reply_by });
            wire::DirectRequest { number, papers, ..request(case, Act::GovernmentInformed, day, officer) }
        }
        CaseAction::Government { case, number, day, officer } => {
            wire::DirectRequest { number, ..request(case, Act::GovernmentPersuades, day, officer) }
        }
        CaseAction::Visit { case, day, officer } => request(case, Act::Visited, day, officer),
        CaseAction::Order { case, number, docx, purpose, until, day, officer } => {
            let until = until.to_string();
            let papers = docx.map(|_| wire::PaperWish { purpose, ..wire::PaperWish::default() });
            wire::DirectRequest { number, until, papers, ..request(case, Act::Ordered, day, officer) }
        }
        CaseAction::Confirm { case, continued, closing, reason, officer } => {
            let asked = request(case, Act::ClosingConfirmed, None, officer);
            wire::DirectRequest { continued, closing, note: reason, ..asked }
        }
        CaseAction::Refuse { case, reason, officer } => {
            wire::DirectRequest { note: reason, ..request(case, Act::ClosingRefused, None, officer) }
        }
        CaseAction::List { .. }
        | CaseAction::Show { .. }
        | CaseAction::Report { .. }
        | CaseAction::Passed => wire::DirectRequest::default(),
    }
}

/// The numbers of two documents; empty when one is missing.
fn both(town: &str, county: &str, lang: Lang) -> String {
    match (town.trim(), county.trim()) {
        ("", _) | (_, "") => String::new(),
        (town, county) => say!(
            lang,
            "通报乡镇政府：{town}；报告县级政府：{county}",
            "township: {town}; county government: {county}"
        ),
    }
}

async fn direct(mut desk: Desk, asked: wire::DirectRequest, into: Option<Destination>) -> Result<(), Failed> {
    let lang = desk.lang;
    match &into {
        Some(Destination::Folder(folder)) => papers::ready_for_files_in(folder, lang)?,
        Some(Destination::File(file)) => papers::ready_for(file, lang)?,
        None => {}
    }
    let reply = desk.cases.direct(desk.ask(asked)).await?.into_inner();
    let papers = match (into, reply.papers.as_slice()) {
        (Some(Destination::Folder(folder)), all) => papers::write_all(&folder, all, lang)?,
        (Some(Destination::File(file)), [paper]) => {
            papers::write_file(&file, paper, lang)?;
            papers::written(paper, &file, lang) + "\n"
        }
        _ => String::new(),
    };
    desk.tell(&reply, |reply| {
        let line = reply.line.clone().unwrap_or_default();
        let (case, school, stage, words) = (line.case, line.school, line.stage, line.stage_words);
        let done = say!(
            lang,
            "已记录，学校 {school} 下次联系时收到。个案 {case} 现为 {stage} {words}。",
            "Recorded; {school} gets it at its next contact. Case {case} stands at {stage}, {words}."
        );
        format!("{done}\n{papers}{}", tables::owed(&reply.owed, lang))
    })
}

/// The in-tray.
pub(super) async fn todo(mut desk: Desk) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.cases.todo(desk.ask(wire::TodoRequest {})).await?.into_inner();
    desk.tell(&reply, |reply| tables::todo(reply, lang))
}

/// Works on offices.
pub(super) async fn duty(mut desk: Desk, action: DutyAction) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = match action {
        DutyAction::List => desk.cases.duties(desk.ask(wire::DutiesRequest {})).await?,
        DutyAction::Set { office, account, officer } => {
            let account = if account == "none" { String::new() } else { account };
            let asked = wire::SetDutyRequest { office, account, by: officer.account() };
            desk.cases.set_duty(desk.ask(asked)).await?
        }
    };
    desk.tell(reply.get_ref(), |reply| tables::duties(reply, lang))
}

/// Works on the log.
pub(super) async fn audit(mut desk: Desk, action: AuditAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        AuditAction::List { most } => {
            let reply = desk.cases.audit(desk.ask(wire::AuditRequest { most })).await?.into_inner();
            desk.tell(&reply, |reply| tables::audit(reply, lang))
        }
        AuditAction::Verify => verify(desk).await,
        AuditAction::Export { file, officer } => {
            papers::ready_for(&file, lang)?;
            let asked = wire::ExportAuditRequest { by: officer.account() };
            let reply = desk.cases.export_audit(desk.ask(asked)).await?.into_inner();
            let what = file.display().to_string();
            proto::platform::replace_file(&file, reply.text.as_bytes())
                .map_err(|why| Failed::of(HubError::Io { what: what.clone(), why }, lang))?;
            desk.tell(&serde_json::json!({ "file": what, "records": reply.records }), |_| {
                let n = reply.records;
                say!(lang, "已导出 {n} 条记录并签名：{what}。", "{n} records are written and signed: {what}.")
            })
        }
        // needs no hub: it never comes this far
        AuditAction::Check { .. } => Ok(()),
        AuditAction::Accept { unit, officer } => {
            let asked = wire::AcceptAuditRequest { unit, by: officer.account() };
            let reply = desk.cases.accept_audit(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| {
                let unit = &reply.unit;
                if reply.accepted {
                    say!(lang, "已确认 {unit} 现在的日志。", "The log of {unit} is accepted as it is now.")
                } else {
                    say!(lang, "{unit} 的日志没有异常。", "There is no alarm about the log of {unit}.")
                }
            })
        }
    }
}

/// Checks an exported log with the root's certificate alone.
pub(super) fn check(file: &Path, root: &Path, as_json: bool, lang: Lang) -> Result<(), Failed> {
    let read = |path: &Path| {
        let why = |why| Failed::of(HubError::Io { what: path.display().to_string(), why }, lang);
        std::fs::read_to_string(path).map_err(why)
    };
    let root = Certificate::authority_from_pem(&read(root)?).map_err(|error| Failed(error.say(lang)))?;
    let export = Export::read(&read(file)?).map_err(|error| Failed(error.say(lang)))?;
    let records = export.check(&root).map_err(|error| Failed(error.say(lang)))?;
    let (n, party) = (records.len(), &export.party);
    if as_json {
        return print(&serde_json::json!({ "holds": true, "party": party, "records": records }));
    }
    print(&say!(
        lang,
        "{party} 的查阅日志共 {n} 条，签名有效，前后衔接。",
        "The log of {party} has {n} records, is signed by it and holds together."
    ))
}

async fn verify(mut desk: Desk) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.cases.verify_audit(desk.ask(wire::VerifyAuditRequest {})).await?.into_inner();
    desk.tell(&reply, tables::verified)?;
    if !reply.good || reply.units.iter().any(|unit| unit.alarm) {
        return Err(Failed(say!(lang, "日志有异常。", "A log does not hold.")));
    }
    Ok(())
}
