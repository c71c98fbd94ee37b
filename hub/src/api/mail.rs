//! The officers' service for letters to other provinces, lists from above, and the pool.

use proto::convert::paper_out;
use proto::model::case::ChildRecord;
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use proto::office::said::heard;
use proto::paper::Contact;
use proto::wire::bureau as wire;
use proto::wire::bureau::mail_server::Mail;
use tonic::Request;

use super::transfer::{case_of, leg_of, place_of};
use super::{Answer, Bureau, answer, lang};
use crate::desk::inbound::{Filter, Imported, result};
use crate::desk::letter::{Opening, outcome, prefix};
use crate::desk::official::{Replying, Writer};
use crate::desk::pool::Line as Matched;
use crate::desk::{Hub, HubError};
use crate::inbound::reply::Replied;
use crate::letter::{Letter, Line, Reply, Waiting};
use crate::{inbound, routing};

pub(super) fn day_or(text: &str, today: Day) -> Result<Day, HubError> {
    Ok(day_if_any(text)?.unwrap_or(today))
}

fn day_if_any(text: &str) -> Result<Option<Day>, HubError> {
    let wrong = |_| HubError::Field { field: "day", found: text.to_owned() };
    (!text.is_empty()).then(|| text.parse().map_err(wrong)).transpose()
}

fn name(region: Region) -> String {
    Divisions::shipped().full_name(region).unwrap_or_default()
}

pub(super) fn shown(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn letter_reply(
    letter: &Letter,
    records: &[Option<ChildRecord>],
    today: Day,
    lang: Lang,
) -> wire::LetterReply {
    let lines = letter.lines.iter().enumerate();
    let lines = lines.map(|(at, line)| letter_line(line, records.get(at).and_then(Option::as_ref), lang));
    let standing = letter.standing();
    wire::LetterReply {
        number: letter.number.to_string(),
        addressee: letter.addressee.to_string(),
        addressee_name: name(letter.addressee),
        state: standing.code().to_owned(),
        state_text: standing.say(lang),
        drafted: letter.drafted.to_string(),
        sent: shown(letter.sent.as_ref().map(|sent| sent.day)),
        reply_by: shown(letter.sent.as_ref().map(|sent| sent.reply_by)),
        overdue: letter.is_overdue(today),
        answered: u32::try_from(letter.answered()).unwrap_or(u32::MAX),
        lines: lines.collect(),
        docx: Vec::new(),
        drafted_by: letter.by.clone(),
        sent_by: letter.sent.as_ref().map(|sent| sent.by.clone()).unwrap_or_default(),
    }
}

fn letter_line(line: &Line, record: Option<&ChildRecord>, lang: Lang) -> wire::LetterLine {
    let Line { case, reply } = line;
    let code = reply.as_ref().map(|reply| reply.outcome.code().to_owned());
    wire::LetterLine {
        leg: case.leg.to_string(),
        county: case.county.to_string(),
        age_from: case.preview.age_from.into(),
        grade: case.preview.grade.into(),
        place: case.to.to_string(),
        outcome: code.unwrap_or_default(),
        outcome_text: reply.as_ref().map(|reply| reply.outcome.say(lang)).unwrap_or_default(),
        answered: shown(reply.as_ref().map(|reply| reply.day)),
        note: reply.as_ref().map(|reply| reply.note.clone()).unwrap_or_default(),
        name: record.map(|record| record.name.open(Purpose::Document).clone()).unwrap_or_default(),
        corrected: Vec::new(),
        answered_by: reply.as_ref().map(|reply| reply.by.clone()).unwrap_or_default(),
    }
}

fn waiting_line(waiting: &Waiting) -> wire::WaitingLine {
    wire::WaitingLine {
        leg: waiting.leg.to_string(),
        county: waiting.county.to_string(),
        to: waiting.to.to_string(),
        addressee: waiting.addressee.to_string(),
        since: waiting.since.day().to_string(),
    }
}

fn list_row(row: &inbound::Row, replies: &[Replied], today: Day, lang: Lang) -> wire::ListRow {
    let answer = row.answer.as_ref();
    wire::ListRow {
        list: row.list.clone(),
        row: row.number,
        case: row.case.to_string(),
        school: row.school.as_ref().map_or_else(|| row.school_text.clone(), ToString::to_string),
        answer_by: row.answer_by.to_string(),
        overdue: row.is_overdue(today),
        result: answer.map(|answer| answer.result.code().to_owned()).unwrap_or_default(),
        result_text: answer.map(|answer| answer.result.say(lang)).unwrap_or_default(),
        answered: shown(answer.map(|answer| answer.day)),
        note: answer.map(|answer| answer.note.clone()).unwrap_or_default(),
        replies: replies.iter().map(|it| format!("{} {}", it.number, it.day)).collect(),
        imported_by: row.by.clone(),
        assigned_by: row.assigned_by.clone(),
        answered_by: answer.map(|answer| answer.by.clone()).unwrap_or_default(),
        asked_by: shown(row.asked_by),
        press: row.is_to_press(today),
    }
}

fn imported_reply(list: String, imported: &Imported, lang: Lang) -> wire::ImportListReply {
    let faults = imported.faults.iter().map(|fault| wire::RowFault {
        row: fault.row,
        column: fault.field.name().to_owned(),
        text: fault.say(lang),
    });
    wire::ImportListReply {
        list,
        rows: imported.rows,
        sent: imported.sent,
        unassigned: imported.unassigned,
        known: imported.known,
        faults: faults.collect(),
    }
}

fn match_line(line: &Matched, lang: Lang) -> wire::MatchLine {
    let Matched { told, from, stage } = line;
    wire::MatchLine {
        kind_words: told.found.kind.say(lang),
        their_kind_words: told.found.their_kind.say(lang),
        told_by: from.to_string(),
        stage: stage.map(|stage| format!("{} {}", stage.code(), stage.say(lang))).unwrap_or_default(),
        mine: told.found.mine.to_string(),
        kind: told.found.kind.code().to_owned(),
        there: told.found.there.to_string(),
        theirs: told.found.theirs.to_string(),
        their_kind: told.found.their_kind.code().to_owned(),
        text: told.say(lang),
        at: told.at.to_string(),
    }
}

impl Bureau {
    fn today(&self) -> Day {
        self.hub.clock.now().day()
    }

    async fn show(&self, asked: wire::ShowLetterRequest, lang: Lang) -> Result<wire::LetterReply, HubError> {
        let wire::ShowLetterRequest { number, purpose, by, contact, phone, document } = asked;
        if document {
            let named = !contact.is_empty();
            let contact = Contact { name: Personal::new(contact), phone: Personal::new(phone) };
            let (contact, writer) = (named.then_some(contact), Writer { by, purpose });
            let (letter, records, written) = self.hub.letter_on_paper(number, contact, writer).await?;
            let docx = written.bytes.open(Purpose::Document).clone();
            return Ok(wire::LetterReply { docx, ..letter_reply(&letter, &records, self.today(), lang) });
        }
        let (letter, records) = self.hub.letter(number, Opening::of(by, purpose)).await?;
        self.with_corrections(letter_reply(&letter, &records, self.today(), lang), &letter, lang).await
    }

    /// The same with what was entered before and corrected.
    async fn with_corrections(
        &self,
        mut reply: wire::LetterReply,
        letter: &Letter,
        lang: Lang,
    ) -> Result<wire::LetterReply, HubError> {
        for (leg, correction) in self.hub.corrections(letter).await? {
            let leg = leg.to_string();
            let line = reply.lines.iter_mut().find(|line| line.leg == leg);
            line.into_iter().for_each(|line| line.corrected.push(correction.say(lang)));
        }
        Ok(reply)
    }

    async fn import(
        &self,
        asked: wire::ImportListRequest,
        lang: Lang,
    ) -> Result<wire::ImportListReply, HubError> {
        let imported = if asked.check {
            Hub::check_list(asked.file).await?
        } else {
            let answer_by = day_if_any(&asked.answer_by)?;
            self.hub.import_list(asked.list.clone(), asked.file, answer_by, asked.by).await?
        };
        Ok(imported_reply(asked.list, &imported, lang))
    }
}

#[tonic::async_trait]
impl Mail for Bureau {
    async fn draft_letter(&self, request: Request<wire::DraftLetterRequest>) -> Answer<wire::LetterReply> {
        let (lang, asked) = heard(request)?;
        let draft = async {
            let to = routing::place(Divisions::shipped(), &asked.to)?;
            let legs: Result<Vec<_>, HubError> =
                asked.legs.iter().filter_map(|leg| leg_of(leg).transpose()).collect();
            let letter = self.hub.draft_letter(to, prefix(&asked.prefix)?, legs?, asked.by).await?;
            Ok(letter_reply(&letter, &[], self.today(), lang))
        };
        answer(draft.await, lang)
    }

    async fn send_letter(&self, request: Request<wire::SendLetterRequest>) -> Answer<wire::LetterReply> {
        let (lang, asked) = heard(request)?;
        let send = async {
            let letter = self.hub.send_letter(asked.number, day_if_any(&asked.day)?, asked.by).await?;
            Ok(letter_reply(&letter, &[], self.today(), lang))
        };
        answer(send.await, lang)
    }

    async fn answer_letter(&self, request: Request<wire::AnswerLetterRequest>) -> Answer<wire::LetterReply> {
        let (lang, asked) = heard(request)?;
        let enter = async {
            let reply = Reply {
                outcome: outcome(&asked.outcome)?,
                day: day_or(&asked.day, self.today())?,
                place: place_of(&asked.place)?,
                note: asked.note,
                by: asked.by,
            };
            let letter = match asked.correct.is_empty() {
                true => self.hub.answer_letter(asked.number, asked.case, reply).await?,
                false => self.hub.correct_letter(asked.number, asked.case, reply, asked.correct).await?,
            };
            self.with_corrections(letter_reply(&letter, &[], self.today(), lang), &letter, lang).await
        };
        answer(enter.await, lang)
    }

    async fn show_letter(&self, request: Request<wire::ShowLetterRequest>) -> Answer<wire::LetterReply> {
        let lang = lang(&request);
        answer(self.show(request.into_inner(), lang).await, lang)
    }

    async fn letters(&self, request: Request<wire::LettersRequest>) -> Answer<wire::LettersReply> {
        let (lang, today) = (lang(&request), self.today());
        let letters = self.hub.letters().await.map(|(letters, waiting)| wire::LettersReply {
            letters: letters.iter().map(|letter| letter_reply(letter, &[], today, lang)).collect(),
            waiting: waiting.iter().map(waiting_line).collect(),
        });
        answer(letters, lang)
    }

    async fn import_list(&self, request: Request<wire::ImportListRequest>) -> Answer<wire::ImportListReply> {
        let (lang, asked) = heard(request)?;
        answer(self.import(asked, lang).await, lang)
    }

    async fn lists(&self, request: Request<wire::ListsRequest>) -> Answer<wire::ListsReply> {
        let (lang, asked, today) = (lang(&request), request.into_inner(), self.today());
        let filter = Filter { list: (!asked.list.is_empty()).then_some(asked.list), open: asked.open };
        let rows = self.hub.lists(filter).await;
        let reply = rows.map(|rows| wire::ListsReply {
            rows: rows.iter().map(|(row, replies)| list_row(row, replies, today, lang)).collect(),
        });
        answer(reply, lang)
    }

    async fn assign_row(&self, request: Request<wire::AssignRowRequest>) -> Answer<wire::ListRow> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let school = self.hub.registered(&asked.school).await?;
            let row = self.hub.assign_row(case_of(&asked.case)?, school, asked.by).await?;
            Ok(list_row(&row, &[], self.today(), lang))
        };
        answer(done.await, lang)
    }

    async fn answer_row(&self, request: Request<wire::AnswerRowRequest>) -> Answer<wire::ListRow> {
        let (lang, asked) = heard(request)?;
        let enter = async {
            let (result, day) = (result(&asked.result)?, day_or(&asked.day, self.today())?);
            let given = inbound::Answer { result, day, note: asked.note, by: asked.by };
            let row = self.hub.answer_row(case_of(&asked.case)?, given).await?;
            Ok(list_row(&row, &[], self.today(), lang))
        };
        answer(enter.await, lang)
    }

    async fn export_list(&self, request: Request<wire::ExportListRequest>) -> Answer<wire::ExportListReply> {
        let (lang, asked) = heard(request)?;
        let export = async {
            let opening = Opening::of(asked.by, asked.purpose)
                .ok_or_else(|| HubError::Field { field: "purpose", found: String::new() })?;
            let (file, rows) = self.hub.export_list(asked.list, opening).await?;
            let rows = u32::try_from(rows).unwrap_or(u32::MAX);
            Ok(wire::ExportListReply { file: file.open(Purpose::SchoolFile).clone(), rows })
        };
        answer(export.await, lang)
    }

    async fn reply_to_list(&self, request: Request<wire::ReplyToListRequest>) -> Answer<wire::PaperFile> {
        let (lang, asked) = heard(request)?;
        let reply = async {
            let wire::ReplyToListRequest { list, to, letter, day, purpose, by } = asked;
            let letter = Some(letter).filter(|letter| !letter.trim().is_empty());
            let replying = Replying { list, to, letter, day: day_if_any(&day)? };
            Ok(paper_out(self.hub.reply_to_list(replying, Writer { by, purpose }).await?))
        };
        answer(reply.await, lang)
    }

    async fn matches(&self, request: Request<wire::MatchesRequest>) -> Answer<wire::MatchesReply> {
        let lang = lang(&request);
        let matches = self.hub.matches().await.map(|told| wire::MatchesReply {
            matches: told.iter().map(|line| match_line(line, lang)).collect(),
        });
        answer(matches, lang)
    }
}
