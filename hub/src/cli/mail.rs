//! `letter`, `inbound` and `pool`.

use std::path::Path;

use proto::model::day::Day;
use proto::model::lang::Lang;
use proto::say;
use proto::wire::bureau as wire;

use super::ask::{Desk, print};
use super::tables::{or_dash, table, who};
use super::{Failed, InboundAction, LetterAction, papers};
use crate::desk::HubError;
use crate::letter::LetterError;

fn day(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn io(file: &Path, lang: Lang) -> impl FnOnce(std::io::Error) -> Failed {
    let what = file.display().to_string();
    move |why| Failed::of(HubError::Io { what, why }, lang)
}

/// Letters to other provinces.
pub(super) async fn letter(mut desk: Desk, action: LetterAction) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = match action {
        LetterAction::List => {
            let reply = desk.mail.letters(desk.ask(wire::LettersRequest {})).await?.into_inner();
            return desk.tell(&reply, |reply| letters(reply, lang));
        }
        LetterAction::Draft { to, prefix, legs, by } => {
            desk.mail.draft_letter(desk.ask(wire::DraftLetterRequest { to, prefix, legs, by })).await?
        }
        LetterAction::Send { number, day: on, by } => {
            desk.mail.send_letter(desk.ask(wire::SendLetterRequest { number, day: day(on), by })).await?
        }
        LetterAction::Reply { number, case, outcome, place, note, day: on, correct, by } => {
            if let Some(reason) = &correct
                && reason.trim().is_empty()
            {
                return Err(Failed::of(LetterError::NoReason, lang));
            }
            let (day, correct) = (day(on), correct.unwrap_or_default());
            let asked = wire::AnswerLetterRequest { number, case, outcome, place, note, day, correct, by };
            desk.mail.answer_letter(desk.ask(asked)).await?
        }
        LetterAction::Show { number, purpose, by, docx, contact, phone } => {
            let document = docx.is_some();
            if let Some(file) = &docx {
                papers::ready_for(file, lang)?;
            }
            let asked = wire::ShowLetterRequest { number, purpose, by, contact, phone, document };
            let reply = desk.mail.show_letter(desk.ask(asked)).await?;
            if let Some(file) = &docx {
                proto::platform::replace_file(file, &reply.get_ref().docx).map_err(io(file, lang))?;
            }
            reply
        }
    };
    desk.tell(reply.get_ref(), |reply| one_letter(reply, lang))
}

fn letters(reply: &wire::LettersReply, lang: Lang) -> String {
    let header = lang.pick(
        ["文号", "去函地", "状态", "发出", "答复期限", "人数", "已答复"],
        ["number", "to", "state", "sent", "reply by", "children", "answered"],
    );
    let mut sent = table(&header, 5);
    for letter in &reply.letters {
        let overdue = if letter.overdue { lang.pick("（已逾期）", " (overdue)") } else { "" };
        sent.add_row([
            letter.number.clone(),
            letter.addressee_name.clone(),
            format!("{}{overdue}", letter.state_text),
            or_dash(&letter.sent).to_owned(),
            or_dash(&letter.reply_by).to_owned(),
            letter.lines.len().to_string(),
            letter.answered.to_string(),
        ]);
    }
    let header = lang.pick(
        ["待去函个案", "县（区）", "去向", "去函地", "自"],
        ["case that waits", "county", "place", "to", "since"],
    );
    let mut waiting = table(&header, 5);
    for line in &reply.waiting {
        waiting.add_row([&line.leg, &line.county, &line.to, &line.addressee, &line.since]);
    }
    format!("{sent}\n{waiting}")
}

fn one_letter(letter: &wire::LetterReply, lang: Lang) -> String {
    let header = lang.pick(
        ["个案", "县（区）", "年龄", "年级", "去向", "姓名", "结果", "日期", "经办", "备注"],
        ["case", "county", "age", "grade", "place", "name", "result", "day", "by", "note"],
    );
    let mut list = table(&header, header.len());
    for line in &letter.lines {
        list.add_row([
            line.leg.clone(),
            line.county.clone(),
            format!("{}–{}", line.age_from, line.age_from + 1),
            line.grade.to_string(),
            line.place.clone(),
            or_dash(&line.name).to_owned(),
            or_dash(&line.outcome_text).to_owned(),
            or_dash(&line.answered).to_owned(),
            or_dash(&line.answered_by).to_owned(),
            line.note.clone(),
        ]);
    }
    let corrected: Vec<String> = letter
        .lines
        .iter()
        .flat_map(|line| line.corrected.iter().map(|was| format!("{}  {was}", line.leg)))
        .collect();
    let (number, to, state, by) =
        (&letter.number, &letter.addressee_name, &letter.state_text, or_dash(&letter.reply_by));
    let head = say!(
        lang,
        "{number}，致{to}，{state}，请于 {by} 前答复。",
        "{number} to {to}: {state}; an answer is asked for by {by}."
    );
    let (drafted, sent) = (or_dash(&letter.drafted_by), or_dash(&letter.sent_by));
    let head = say!(
        lang,
        "{head}拟稿：{drafted}；登记发出：{sent}。",
        "{head} Drafted by {drafted}; sent by {sent}."
    );
    std::iter::once(format!("{head}\n{list}")).chain(corrected).collect::<Vec<_>>().join("\n")
}

/// Lists from above.
pub(super) async fn inbound(mut desk: Desk, action: InboundAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        InboundAction::Import { file, list, answer_by, check, by } => {
            let bytes = std::fs::read(&file).map_err(io(&file, lang))?;
            let asked = wire::ImportListRequest { list, file: bytes, answer_by: day(answer_by), check, by };
            let reply = desk.mail.import_list(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| imported(reply, lang))
        }
        InboundAction::List { list, open } => {
            let reply = desk.mail.lists(desk.ask(wire::ListsRequest { list, open })).await?.into_inner();
            desk.tell(&reply, |reply| rows(&reply.rows, lang))
        }
        InboundAction::Answer { case, result, day: on, note, by } => {
            let asked = wire::AnswerRowRequest { case, result, day: day(on), note, by };
            let reply = desk.mail.answer_row(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| rows(std::slice::from_ref(reply), lang))
        }
        InboundAction::Reply { list, to, letter, day: on, docx, purpose, by } => {
            papers::ready_for(&docx, lang)?;
            let asked = wire::ReplyToListRequest { list, to, letter, day: day(on), purpose, by };
            let reply = desk.mail.reply_to_list(desk.ask(asked)).await?.into_inner();
            papers::write_file(&docx, &reply, lang)?;
            desk.tell(&reply, |reply| papers::written(reply, &docx, lang))
        }
        InboundAction::Assign { case, school, by } => {
            let asked = wire::AssignRowRequest { case, school, by };
            let reply = desk.mail.assign_row(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| rows(std::slice::from_ref(reply), lang))
        }
        InboundAction::Export { list, to, purpose, by } => {
            papers::ready_for(&to, lang)?;
            let asked = wire::ExportListRequest { list, purpose, by };
            let reply = desk.mail.export_list(desk.ask(asked)).await?.into_inner();
            // names stand in it: its owner alone reads it
            proto::platform::replace_file(&to, &reply.file).map_err(io(&to, lang))?;
            let (n, file) = (reply.rows, to.display());
            print(&say!(lang, "已写入 {file}，共 {n} 行。", "{n} rows are in {file}."))
        }
    }
}

fn imported(reply: &wire::ImportListReply, lang: Lang) -> String {
    let wire::ImportListReply { rows, sent, unassigned, known, .. } = reply;
    let bad = reply.faults.len();
    let head = say!(
        lang,
        "有效 {rows} 行：转学校或下级机关 {sent}，未对应到下属学校 {unassigned}，此前已导入 {known}；有问题 {bad} 处。",
        "{rows} good rows: {sent} to schools or offices below, {unassigned} without a school below, {known} imported before; {bad} faults."
    );
    let faults = reply.faults.iter().map(|fault| fault.text.as_str());
    std::iter::once(head.as_str()).chain(faults).collect::<Vec<_>>().join("\n")
}

fn rows(rows: &[wire::ListRow], lang: Lang) -> String {
    let header = lang.pick(
        ["名单", "行", "个案", "学校或下级机关", "要求其答复", "答复期限", "结果", "日期", "经办", "备注"],
        [
            "list",
            "row",
            "case",
            "school or office",
            "asked to answer by",
            "answer by",
            "result",
            "day",
            "by",
            "note",
        ],
    );
    let mut list = table(&header, header.len());
    for row in rows {
        let overdue = if row.overdue { lang.pick("（已逾期）", " (overdue)") } else { "" };
        let press = if row.press { lang.pick("（未按时答复）", " (late)") } else { "" };
        list.add_row([
            row.list.clone(),
            // a list that came down from above has its rows there
            if row.row == 0 { "-".to_owned() } else { row.row.to_string() },
            row.case.clone(),
            or_dash(&row.school).to_owned(),
            format!("{}{press}", or_dash(&row.asked_by)),
            format!("{}{overdue}", or_dash(&row.answer_by)),
            or_dash(&row.result_text).to_owned(),
            or_dash(&row.answered).to_owned(),
            who([&row.imported_by, &row.assigned_by, &row.answered_by]),
            row.note.clone(),
        ]);
    }
    let mut replied: Vec<String> =
        rows.iter().flat_map(|row| row.replies.iter().map(|it| format!("{}: {it}", row.list))).collect();
    replied.dedup();
    let replied: String =
        replied.iter().map(|it| format!("\n{}{it}", lang.pick("已复函 ", "answered, "))).collect();
    format!("{list}{replied}")
}

/// What blind matching found.
pub(super) async fn pool(mut desk: Desk) -> Result<(), Failed> {
    let lang = desk.lang;
    let reply = desk.mail.matches(desk.ask(wire::MatchesRequest {})).await?.into_inner();
    desk.tell(&reply, |reply| {
        let header = lang.pick(
            ["本地编号", "本地", "登记单位", "个案阶段", "对方县区", "对方编号", "对方", "时间", "说明"],
            [
                "number here",
                "here",
                "told by",
                "stage",
                "there",
                "number there",
                "state there",
                "when",
                "what",
            ],
        );
        let mut list = table(&header, header.len());
        for found in &reply.matches {
            list.add_row([
                &found.mine,
                &found.kind_words,
                &found.told_by,
                &found.stage,
                &found.there,
                &found.theirs,
                &found.their_kind_words,
                &found.at,
                &found.text,
            ]);
        }
        list.to_string()
    })
}
