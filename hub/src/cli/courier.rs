//! `courier export`, `courier import`.

use std::path::Path;

use proto::say;
use proto::wire::bureau as wire;

use super::ask::Desk;
use super::{CourierAction, Failed};

pub(super) async fn courier(mut desk: Desk, action: CourierAction) -> Result<(), Failed> {
    let lang = desk.lang;
    match action {
        CourierAction::Export { path, to, size, all } => {
            let path = absolute(&path);
            let asked = wire::ExportCourierRequest { path, mebibytes: size, all, unit: to };
            let reply = desk.client.export_courier(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| reply.words.join("\n"))
        }
        CourierAction::Import { file, answer, no_answer } => {
            let answer = answer.map(|path| absolute(&path)).unwrap_or_default();
            let asked = wire::ImportCourierRequest { path: absolute(&file), answer, no_answer };
            let reply = desk.client.import_courier(desk.ask(asked)).await?.into_inner();
            desk.tell(&reply, |reply| reply.words.join("\n"))?;
            if reply.gaps.is_empty() {
                return Ok(());
            }
            Err(Failed(say!(
                lang,
                "有缺少的内容，没有全部导入。",
                "Something is missing; not all of it was taken."
            )))
        }
    }
}

/// The hub that runs may have another working folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
