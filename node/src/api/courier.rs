//! Files on a stick.

use std::path::PathBuf;

use proto::convert::{exported_out, imported_out};
use proto::link::conversation::Words;
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
        Ok(exported_out(&made, lang))
    }

    pub(super) async fn import_courier(
        &self,
        request: wire::ImportCourierRequest,
        lang: Lang,
    ) -> Answer<wire::ImportCourierReply> {
        let answer = said(request.answer).map(PathBuf::from);
        let taken = self.school.courier_import(PathBuf::from(request.path), answer).await?;
        Ok(imported_out(&taken, lang))
    }
}
