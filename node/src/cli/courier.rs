//! `courier export`, `courier import`.

use std::path::Path;

use proto::wire::school::{ExportCourierRequest, ImportCourierRequest};

use super::args::Courier;
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn courier(&self, courier: Courier) -> Result<Page, Failure> {
        match courier {
            Courier::Export { to, size, all } => {
                let request = ExportCourierRequest { path: absolute(&to)?, mebibytes: size, all };
                let request = self.ask(request);
                let reply = self.call(async |mut school| school.export_courier(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(lines(&reply.words)) }
            }
            Courier::Import { file, answer } => {
                let answer = answer.map(|path| absolute(&path)).transpose()?.unwrap_or_default();
                let request = self.ask(ImportCourierRequest { path: absolute(&file)?, answer });
                let reply = self.call(async |mut school| school.import_courier(request).await).await?;
                // in part: what is missing must be brought first
                let code = if reply.gaps.is_empty() { 0 } else { 2 };
                let page = if self.json { Page::json(&reply)? } else { lines(&reply.words) };
                Ok(page.with_code(code))
            }
        }
    }
}

/// The node that runs may have another working folder.
fn absolute(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(|error| Failure(error.to_string()))?;
    Ok(path.display().to_string())
}

fn lines(words: &[String]) -> Page {
    let mut page = Page::default();
    words.iter().for_each(|line| page.line(line));
    page
}
