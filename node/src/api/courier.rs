//! Files on a stick.

use std::path::PathBuf;

use proto::link::conversation::{Gap, Words};
use proto::link::courier::files::{Exported, Imported, Written};
use proto::model::lang::Lang;
use proto::wire::school as wire;

use super::{Answer, Api, said};

impl Api {
    pub(super) async fn export_courier(
        &self,
        request: wire::ExportCourierRequest,
        lang: Lang,
    ) -> Answer<wire::ExportCourierReply> {
        let words = Words::of_mebibytes(request.mebibytes, request.all);
        let made = self.school.courier_export(PathBuf::from(request.path), words).await?;
        Ok(exported(&made, lang))
    }

    pub(super) async fn import_courier(
        &self,
        request: wire::ImportCourierRequest,
        lang: Lang,
    ) -> Answer<wire::ImportCourierReply> {
        let answer = said(request.answer).map(PathBuf::from);
        let taken = self.school.courier_import(PathBuf::from(request.path), answer).await?;
        Ok(imported(&taken, lang))
    }
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
