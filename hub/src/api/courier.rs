//! Files on a stick.

use std::path::PathBuf;
use std::sync::Arc;

use proto::convert::{exported_out, imported_out};
use proto::link::conversation::Words;
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
    Ok(exported_out(&hub.courier_export(reader, PathBuf::from(asked.path), words).await?, lang))
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
    Ok(imported_out(&hub.courier_import(PathBuf::from(asked.path), answer).await?, lang))
}
