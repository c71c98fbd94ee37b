//! `neighbour` and `incoming`.

use std::path::Path;

use proto::model::day::Moment;
use proto::model::lang::Lang;
use proto::say;
use proto::wire::bureau as wire;

use super::ask::Desk;
use super::show::qr;
use super::tables::{or_dash, table, who};
use super::{Failed, IncomingAction, NeighbourAction};
use crate::desk::HubError;

fn io(file: &Path, lang: Lang) -> impl FnOnce(std::io::Error) -> Failed {
    let what = file.display().to_string();
    move |why| Failed::of(HubError::Io { what, why }, lang)
}

/// Neighbouring provinces.
pub(super) async fn neighbour(mut desk: Desk, action: NeighbourAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        NeighbourAction::Introduce { file } => {
            let reply = desk.abroad.introduce(desk.ask(wire::IntroduceRequest {})).await?.into_inner();
            proto::platform::replace_file(&file, &reply.file).map_err(io(&file, lang))?;
            desk.tell(&reply, |reply| introduced(reply, &file, lang))
        }
        NeighbourAction::Add { file, fingerprint } => {
            let bytes = std::fs::read(&file).map_err(io(&file, lang))?;
            let fingerprint = fingerprint.unwrap_or_default();
            let asked = desk.ask(wire::AddNeighbourRequest { file: bytes, fingerprint });
            let reply = desk.abroad.add_neighbour(asked).await?.into_inner();
            desk.tell(&reply, |reply| {
                let (name, party, units) = (&reply.name, &reply.party, reply.units.len());
                say!(
                    lang,
                    "已登记邻省 {name}（{party}），可向其 {units} 个市级单位发函。请让对方也登记本省的介绍文件。",
                    "{name} ({party}) is a neighbour now; letters can be sealed for {units} of its hubs. Let it register this province's file too."
                )
            })
        }
        NeighbourAction::List => {
            let reply = desk.abroad.neighbours(desk.ask(wire::NeighboursRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| neighbours(reply, lang))
        }
        NeighbourAction::Remove { province } => {
            let asked = desk.ask(wire::RemoveNeighbourRequest { party: province });
            let reply = desk.abroad.remove_neighbour(asked).await?.into_inner();
            desk.tell(&reply, |reply| {
                let party = &reply.party;
                say!(
                    lang,
                    "已移除 {party}，不再接收它的文件，也不再向它发函。",
                    "{party} was removed: nothing is taken from it or written to it any more."
                )
            })
        }
    }
}

fn introduced(reply: &wire::IntroduceReply, file: &Path, lang: Lang) -> String {
    let (file, fingerprint, units) = (file.display(), &reply.fingerprint, reply.units);
    let words = say!(
        lang,
        "已写入 {file}（含 {units} 个下级单位的密钥，没有秘密内容）。请交给对方省级教育行政部门，并用电话或函件另行告知指纹：\n\n{fingerprint}\n",
        "Wrote {file} (with the keys of {units} units; nothing in it is secret). Hand it to the other province's office, and tell it the fingerprint by telephone or letter:\n\n{fingerprint}\n"
    );
    format!("{words}\n{}", qr(fingerprint))
}

fn neighbours(reply: &wire::NeighboursReply, lang: Lang) -> String {
    let header = lang.pick(
        ["省", "节点", "登记时间", "移除时间", "可发函单位", "指纹"],
        ["province", "party", "since", "removed", "hubs", "fingerprint"],
    );
    let mut list = table(&header, 6);
    for it in &reply.neighbours {
        list.add_row([
            it.name.clone(),
            it.party.clone(),
            Moment(it.since).to_string(),
            it.removed.map_or_else(|| "-".to_owned(), |at| Moment(at).to_string()),
            it.units.len().to_string(),
            it.fingerprint.clone(),
        ]);
    }
    list.to_string()
}

/// Letters from neighbouring provinces.
pub(super) async fn incoming(mut desk: Desk, action: IncomingAction) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = match action {
        IncomingAction::List { all } => {
            let reply = desk.abroad.incoming(desk.ask(wire::IncomingRequest { all })).await?.into_inner();
            return desk.tell(&reply, |reply| letters(&reply.letters, lang));
        }
        IncomingAction::Open { case, purpose, by } => {
            let asked = desk.ask(wire::OpenIncomingRequest { case, purpose, by });
            let reply = desk.abroad.open_incoming(asked).await?.into_inner();
            return desk.tell(&reply, |reply| {
                let record = reply.record.as_ref().map(|record| super::transfer::record(record, lang));
                format!("{}\n{}", letters(reply.letter.as_slice(), lang), record.unwrap_or_default())
            });
        }
        IncomingAction::Pass { case, county, by } => {
            desk.abroad.pass_incoming(desk.ask(wire::PassIncomingRequest { case, county, by })).await?
        }
        IncomingAction::Assign { case, unit, by } => {
            desk.abroad.assign_incoming(desk.ask(wire::AssignIncomingRequest { case, unit, by })).await?
        }
        IncomingAction::Answer { case, outcome, place, note, day, by } => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            let asked = wire::AnswerIncomingRequest { case, outcome, place, note, day, by };
            desk.abroad.answer_incoming(desk.ask(asked)).await?
        }
    };
    desk.tell(reply.get_ref(), |reply| letters(std::slice::from_ref(reply), lang))
}

fn letters(letters: &[wire::IncomingLine], lang: Lang) -> String {
    let header = lang.pick(
        ["个案", "文号", "来函单位", "去向", "年龄", "年级", "答复期限", "状态", "经办单位", "结果", "经办"],
        ["case", "number", "from", "place", "age", "grade", "answer by", "state", "with", "result", "by"],
    );
    let mut list = table(&header, header.len());
    for it in letters {
        let overdue = if it.overdue { lang.pick("（已逾期）", " (overdue)") } else { "" };
        list.add_row([
            it.leg.clone(),
            it.number.clone(),
            it.writer.clone(),
            it.to.clone(),
            format!("{}–{}", it.age_from, it.age_from + 1),
            it.grade.to_string(),
            format!("{}{overdue}", it.reply_by),
            it.state_text.clone(),
            or_dash(if it.assigned.is_empty() { &it.county } else { &it.assigned }).to_owned(),
            or_dash(if it.outcome.is_empty() { &it.found_text } else { &it.outcome_text }).to_owned(),
            who([&it.passed_by, &it.assigned_by, &it.answered_by]),
        ]);
    }
    list.to_string()
}
