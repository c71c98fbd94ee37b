//! What a party answers to its own command line, the same at schools and hubs.

use crate::link::conversation::Gap;
use crate::link::courier::files::{self, Exported, Imported};
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::personal::Purpose;
use crate::paper::delivery::{Delivery, Issued};
use crate::paper::register::Written;
use crate::wire::office as wire;

/// A document, for the one who asked for it.
pub fn paper_out(written: Written) -> wire::PaperFile {
    let Written { number, name, bytes } = written;
    wire::PaperFile { number: number.to_string(), name, docx: bytes.open(Purpose::Document).clone() }
}

/// The register of documents.
pub fn register_out(papers: &[Issued], lang: Lang) -> wire::ListPapersReply {
    wire::ListPapersReply { papers: papers.iter().map(|issued| issued_out(issued, lang)).collect() }
}

/// A document in the register, with who got it: for those who keep the register.
pub fn issued_out(issued: &Issued, lang: Lang) -> wire::PaperRow {
    let service = issued.service();
    wire::PaperRow {
        number: issued.number.to_string(),
        kind: issued.kind.say(lang),
        day: issued.day.to_string(),
        service: service.code().to_owned(),
        service_words: service.say(lang),
        copies: issued.copies.count().into(),
        content: issued.fingerprint(),
        deliveries: issued.deliveries.iter().map(|made| delivery_out(made, lang)).collect(),
    }
}

fn delivery_out(made: &Delivery, lang: Lang) -> wire::PaperDelivery {
    let Moment(at) = made.at;
    wire::PaperDelivery {
        to: made.to.shown().to_owned(),
        way: made.way.say(lang),
        by: made.carrier().to_owned(),
        at,
        receipt: made.receipt.say(lang),
    }
}

/// What was written on a stick.
pub fn exported_out(exported: &Exported, lang: Lang) -> wire::ExportCourierReply {
    wire::ExportCourierReply {
        to: exported.to.to_string(),
        files: exported.files.iter().map(file_out).collect(),
        words: exported.lines(lang),
    }
}

/// What came of a file from a stick.
pub fn imported_out(imported: &Imported, lang: Lang) -> wire::ImportCourierReply {
    let Imported { from, part: (part, parts), delivered, answers } = imported;
    let report = &delivered.report;
    wire::ImportCourierReply {
        from: from.to_string(),
        part: *part,
        parts: *parts,
        received: report.received,
        received_again: report.received_again,
        quarantined: report.quarantined,
        acked: report.acked,
        returned: report.returned,
        documents: report.documents,
        documents_refused: report.documents_refused,
        renewed: report.renewed,
        stale: delivered.stale,
        ask_again: delivered.ask_again,
        gaps: delivered.gaps.iter().map(gap_out).collect(),
        answers: answers.iter().map(file_out).collect(),
        words: imported.lines(lang),
    }
}

fn file_out(file: &files::Written) -> wire::CourierFile {
    wire::CourierFile { path: file.path.display().to_string(), bytes: file.bytes, entries: file.entries }
}

fn gap_out(gap: &Gap) -> wire::CourierGap {
    wire::CourierGap { origin: gap.stream.origin.to_string(), from: gap.from, to: gap.to }
}
