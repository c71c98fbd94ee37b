//! Files on a stick.

use std::path::PathBuf;
use std::sync::Arc;

use proto::link::conversation::{Gap, Words};
use proto::link::courier::files::{Exported, Imported, Written};
use proto::model::lang::Lang;
use proto::wire::bureau as wire;

use crate::desk::courier::{Answer, Reader};
use crate::desk::{Hub, HubError};

pub(super) async fn export(
    hub: &Arc<Hub>,
    asked: wire::ExportCourierRequest,
    lang: Lang,
) -> Result<wire::ExportCourierReply, HubError> {
    let reader = match asked.unit.as_str() {
        "" | "parent" => Reader::Parent,
        words => match hub.neighbour_named(words).await? {
            Some(root) => Reader::Neighbour(root),
            None => Reader::Unit(hub.registered(words).await?),
        },
    };
    let words = Words::of_mebibytes(asked.mebibytes, asked.all);
    Ok(exported(&hub.courier_export(reader, PathBuf::from(asked.path), words).await?, lang))
}

pub(super) async fn import(
    hub: &Arc<Hub>,
    asked: wire::ImportCourierRequest,
    lang: Lang,
) -> Result<wire::ImportCourierReply, HubError> {
    let answer = match asked.answer {
        _ if asked.no_answer => Answer::None,
        path if path.is_empty() => Answer::Beside,
        path => Answer::At(PathBuf::from(path)),
    };
    Ok(imported(&hub.courier_import(PathBuf::from(asked.path), answer).await?, lang))
}

fn file_out(file: &Written) -> wire::CourierFile {
    wire::CourierFile { path: file.path.display().to_string(), bytes: file.bytes, entries: file.entries }
}

fn gap_out(gap: &Gap) -> wire::CourierGap {
    wire::CourierGap { origin: gap.stream.origin.to_string(), from: gap.from, to: gap.to }
}

fn exported(exported: &Exported, lang: Lang) -> wire::ExportCourierReply {
    wire::ExportCourierReply {
        to: exported.to.to_string(),
        files: exported.files.iter().map(file_out).collect(),
        words: exported.lines(lang),
    }
}

fn imported(imported: &Imported, lang: Lang) -> wire::ImportCourierReply {
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
