//! `paper`, and documents that come with a step: written to files that their owner alone reads.

use std::path::Path;

use proto::model::lang::{Lang, Say};
use proto::say;
use proto::wire::bureau as wire;
use proto::wire::office::PaperDelivery;

use super::ask::Desk;
use super::tables::{at, table};
use super::{DocumentAction, Failed};
use crate::desk::HubError;

/// Works on the register of documents.
pub(super) async fn command(mut desk: Desk, action: DocumentAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        DocumentAction::List => {
            let reply = desk.papers.list_papers(desk.ask(wire::ListPapersRequest {})).await?.into_inner();
            desk.tell(&reply, |reply| list(&reply.papers, lang))
        }
        DocumentAction::Deliver { number, to, way, receipt, day, officer } => {
            let (day, by) = (day.map(|day| day.to_string()).unwrap_or_default(), officer.account());
            let asked = wire::DeliverPaperRequest { number, to, way, receipt, by, day };
            let reply = desk.papers.deliver_paper(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |row| list(std::slice::from_ref(row), lang))
        }
        DocumentAction::After { number } => {
            let asked = desk.ask(wire::CountPapersPastRequest { number: number.clone() });
            let reply = desk.papers.count_papers_past(asked).await?.into_inner();
            desk.tell(&reply, |_| {
                say!(lang, "下一个文号从 {number} 之后续编。", "Numbers go on behind {number}.")
            })
        }
        DocumentAction::Print { number, docx, purpose, officer } => {
            ready_for(&docx, lang)?;
            let asked = wire::PrintPaperRequest { number, purpose, by: officer.account() };
            let reply = desk.papers.print_paper(desk.ask(asked)).await?.into_inner();
            write_file(&docx, &reply, lang)?;
            desk.tell(&reply, |reply| written(reply, &docx, lang))
        }
    }
}

/// Writes a document to `file`.
pub(super) fn write_file(file: &Path, paper: &wire::PaperFile, lang: Lang) -> Result<(), Failed> {
    proto::platform::replace_file(file, &paper.docx).map_err(|why| lost(&paper.number, file, why, lang))
}

/// Makes sure that `file` can be written before anything is entered whose document goes there.
pub(super) fn ready_for(file: &Path, lang: Lang) -> Result<(), Failed> {
    let what = file.display().to_string();
    proto::platform::ready_for(file).map_err(|why| Failed::of(HubError::Io { what, why }, lang))
}

/// The same for documents that get their names with their numbers.
pub(super) fn ready_for_files_in(folder: &Path, lang: Lang) -> Result<(), Failed> {
    let what = folder.display().to_string();
    proto::platform::ready_for_files_in(folder).map_err(|why| Failed::of(HubError::Io { what, why }, lang))
}

/// The step was entered and the document has its number; only the file is missing.
pub(super) fn lost(number: &str, file: &Path, why: std::io::Error, lang: Lang) -> Failed {
    let what = file.display().to_string();
    let entered = say!(
        lang,
        "已办理并编号 {number}，只是文件没有写成；请勿重复办理，用 paper print 加印。",
        "It was entered, under number {number}; only the file is missing. Do not enter it again: paper print writes it."
    );
    Failed(format!("{entered}{}", HubError::Io { what, why }.say(lang)))
}

/// Writes documents into a folder, each under its own name; gives what was done, in words.
pub(super) fn write_all(folder: &Path, papers: &[wire::PaperFile], lang: Lang) -> Result<String, Failed> {
    let mut out = String::new();
    for paper in papers {
        let file = folder.join(&paper.name);
        write_file(&file, paper, lang)?;
        out += &written(paper, &file, lang);
        out.push('\n');
    }
    Ok(out)
}

/// Where a document is now.
pub(super) fn written(paper: &wire::PaperFile, file: &Path, lang: Lang) -> String {
    let (number, file) = (&paper.number, file.display());
    say!(lang, "{number} 已写入 {file}，并已留痕。", "{number} is in {file}; it was logged.")
}

fn list(papers: &[wire::PaperRow], lang: Lang) -> String {
    let header = lang.pick(
        ["文号", "文种", "成文日期", "送达", "份数"],
        ["number", "document", "day", "delivered", "copies"],
    );
    let mut register = table(&header, 5);
    for paper in papers {
        let wire::PaperRow { number, kind, day, service_words, copies, .. } = paper;
        register.add_row([number.as_str(), kind, day, service_words, &copies.to_string()]);
    }
    let mut out = format!("{register}\n");
    for paper in papers {
        for made in &paper.deliveries {
            let PaperDelivery { to, way, by, at: when, receipt } = made;
            out += &format!("{}  {}  {to}  {way}  {by}  {receipt}\n", paper.number, at(*when));
        }
    }
    let n = papers.len();
    out + &say!(lang, "共 {n} 份", "{n} documents")
}
