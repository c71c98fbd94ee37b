//! Asks the hub's service, whether the hub runs or this command opens it.

use std::io::{ErrorKind, Write};
use std::path::Path;

use proto::link::join::LANG_HEADER;
use proto::model::lang::Lang;
use proto::office::{self, Counter, MAX_MESSAGE, Token};
use proto::wire::bureau::abroad_client::AbroadClient;
use proto::wire::bureau::bureau_client::BureauClient;
use proto::wire::bureau::casework_client::CaseworkClient;
use proto::wire::bureau::mail_client::MailClient;
use proto::wire::bureau::papers_client::PapersClient;
use proto::wire::bureau::transfers_client::TransfersClient;
use serde::Serialize;
use tonic::Request;

use super::Failed;
use crate::desk::HubError;
use crate::serve::{Inside, Options, inside};

/// The running hub of `dir`, or the hub opened for this command.
pub(super) async fn reach(dir: &Path, lang: Lang) -> Result<(Counter, Option<Inside>), Failed> {
    let office = |error: office::OfficeError| {
        let what = dir.display().to_string();
        Failed::of(HubError::Io { what, why: std::io::Error::other(error) }, lang)
    };
    if let Some(counter) = office::reach(dir).await.map_err(office)? {
        return Ok((counter, None));
    }
    let opened = inside(Options::new(dir)).await.map_err(|error| Failed::of(error, lang))?;
    let token = Token::random();
    let counter = office::inside(opened.bureau.routes(&token).await, token).await.map_err(office)?;
    Ok((counter, Some(opened)))
}

/// Prints a line. A reader who has seen enough and closes the pipe is no failure.
pub(super) fn print(line: &impl std::fmt::Display) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failed(error.to_string())),
        _ => Ok(()),
    }
}

/// The service and how its answers are shown.
#[derive(Clone)]
pub(super) struct Desk {
    /// The service.
    pub(super) client: BureauClient<Counter>,
    /// The service for cases on their way.
    pub(super) transfers: TransfersClient<Counter>,
    /// The office's work on cases.
    pub(super) cases: CaseworkClient<Counter>,
    /// The service for letters, lists and the pool.
    pub(super) mail: MailClient<Counter>,
    /// The service for neighbouring provinces.
    pub(super) abroad: AbroadClient<Counter>,
    /// The register of documents.
    pub(super) papers: PapersClient<Counter>,
    /// The reader's language.
    pub(super) lang: Lang,
    json: bool,
}

impl Desk {
    pub(super) fn new(counter: Counter, lang: Lang, json: bool) -> Self {
        let client = BureauClient::new(counter.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let transfers = TransfersClient::new(counter.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let cases = CaseworkClient::new(counter.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let abroad = AbroadClient::new(counter.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let mail = MailClient::new(counter.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let papers = PapersClient::new(counter)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Self { client, transfers, cases, mail, abroad, papers, lang, json }
    }

    /// A request in the reader's language.
    pub(super) fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let lang = self.lang.pick("zh", "en").parse().expect("two letters are a header");
        request.metadata_mut().insert(LANG_HEADER, lang);
        request
    }

    /// Prints an answer: as JSON, or in `words`.
    pub(super) fn tell<T: Serialize>(
        &self,
        answer: &T,
        words: impl FnOnce(&T) -> String,
    ) -> Result<(), Failed> {
        if self.json {
            let text = serde_json::to_string_pretty(answer).map_err(|error| Failed(error.to_string()))?;
            return print(&text);
        }
        print(&words(answer).trim_end())
    }
}
