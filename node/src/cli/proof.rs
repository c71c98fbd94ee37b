//! `case show --proof` and `verify`: who has answered for a child, and whether that is true.

use std::path::Path;

use proto::custody::proof::Verdict;
use proto::custody::revoked::Revocation;
use proto::identity::certificate::Certificate;
use proto::model::lang::Say;
use proto::model::reason;
use proto::platform;
use proto::say;
use proto::wire::school::{ShowCaseRequest, ShowRootRequest};
use serde_json::json;

use super::{Desk, Failure, Page};
use crate::desk::SchoolError;

impl Desk {
    /// Writes the proof that the county sent.
    pub(super) async fn proof(&self, case: String, file: &Path) -> Result<Page, Failure> {
        let request = self.ask(ShowCaseRequest { case });
        let reply = self.call(async |mut school| school.prove_case(request).await).await?;
        self.write_private(file, reply.proof.as_bytes())?;
        let (name, steps) = (file.display().to_string(), reply.steps);
        if self.json {
            return Page::json(&json!({ "case": reply.case, "file": name, "steps": steps }));
        }
        Ok(say!(
            self.lang,
            "流转证明（{steps} 步）已写入 {name}，可用 verify 离线验证。",
            "The proof, {steps} steps, is in {name}; check it anywhere with verify."
        )
        .into())
    }

    /// Checks a proof file with the root's certificate, and what this school was told of revoked keys; where a
    /// certificate is given, with that alone.
    pub(super) async fn verify(&self, file: &Path, root: Option<&Path>) -> Result<Page, Failure> {
        let (pem, known) = match root {
            Some(path) => (self.read_text(path)?, Vec::new()),
            None => {
                let request = self.ask(ShowRootRequest {});
                let reply = self.call(async |mut school| school.show_root(request).await).await?;
                (reply.pem, reply.revocations)
            }
        };
        let known: Vec<Revocation> =
            known.iter().filter_map(|bytes| Revocation::from_bytes(bytes).ok()).collect();
        let root = Certificate::authority_from_pem(&pem).map_err(|error| Failure::of(&error, self.lang))?;
        let verdict = Verdict::knowing(&self.read_text(file)?, &root, &known);
        let verdict = verdict.map_err(|error| Failure::of(&error, self.lang))?;
        if self.json { Page::json(&verdict.to_json()) } else { Ok(verdict.say(self.lang).into()) }
    }

    /// Writes a file that only this account may read.
    pub(super) fn write_private(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        platform::replace_file(path, bytes).map_err(|why| self.no_file(path, &why))
    }

    /// A file that cannot be written.
    pub(super) fn no_file(&self, path: &Path, why: &std::io::Error) -> Failure {
        Failure::of(&SchoolError::File { path: path.to_owned(), why: why.to_string() }, self.lang)
    }

    fn read_text(&self, path: &Path) -> Result<String, Failure> {
        std::fs::read_to_string(path).map_err(|why| {
            let name = path.display();
            let why = reason::io(&why, self.lang);
            Failure(say!(self.lang, "无法读取 {name}：{why}。", "Cannot read {name}: {why}."))
        })
    }
}
