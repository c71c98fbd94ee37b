//! The command line. Every command goes to the node that runs in the data folder, and opens the school
//! itself when none runs; a page of text or JSON comes back.
//!
//! Exit codes: 0 done; 1 refused or failed, with the reason on stderr; 2 done in part: rows were refused.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use proto::link::net::TcpNet;
use proto::model::clock::WallClock;
use proto::model::lang::{Lang, Say};
use proto::office::{self, Counter, usage};
use proto::say;
use proto::store::OpenError;
use proto::wire::school::school_client::SchoolClient;
use tonic::Request;

use crate::api::LANG_HEADER;
use crate::serve::{self, Inside, Options, StartError};

mod args;
mod calendar;
mod cases;
mod courier;
mod days;
mod folder;
mod inflow;
mod listed;
mod page;
mod papers;
mod people;
mod proof;
mod roster;
mod rules;
mod run;
mod up;

use args::{Args, Command};
use page::Page;

/// What goes wrong on the way to the school, or in it.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn of(error: &impl Say, lang: Lang) -> Self {
        Self(error.say(lang))
    }
}

/// One command on its way.
struct Desk {
    lang: Lang,
    json: bool,
    dir: PathBuf,
}

/// Runs the command line and gives the exit code.
pub fn main() -> ExitCode {
    let args: Args = match usage::arguments() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let lang = args.lang.unwrap_or_else(usage::locale);
    match work(args, lang) {
        Ok(page) => print(&page),
        Err(Failure(words)) => {
            let _ = writeln!(std::io::stderr(), "{words}");
            ExitCode::FAILURE
        }
    }
}

/// A reader who has seen enough and closes the pipe is no failure.
fn print(page: &Page) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(page.text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::from(page.code),
    }
}

fn work(args: Args, lang: Lang) -> Result<Page, Failure> {
    let desk = Desk { lang, json: args.json, dir: args.dir };
    let runtime = match args.command {
        Command::Run => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
        _ => tokio::runtime::Builder::new_current_thread().enable_all().build(),
    };
    let runtime = runtime.map_err(|error| Failure(error.to_string()))?;
    runtime.block_on(desk.serve(args.command))
}

impl Desk {
    async fn serve(&self, command: Command) -> Result<Page, Failure> {
        match command {
            Command::Run => self.run().await,
            Command::Init(init) => self.init(&init),
            Command::Restore(restore) => self.restore(&restore),
            Command::Calendar(calendar) => self.calendar(calendar).await,
            Command::Join { code, typed } => self.join(typed.text().unwrap_or_else(|| code.concat())).await,
            Command::Roster(roster) => self.roster(roster).await,
            Command::Attendance(attendance) => self.attendance(attendance).await,
            Command::Fact(fact) => self.fact(fact).await,
            Command::Case(case) => self.case(case).await,
            Command::Inflow(inflow) => self.inflow(inflow).await,
            Command::Listed(listed) => self.listed(listed).await,
            Command::Paper(paper) => self.paper(paper).await,
            Command::Verify { file, root } => self.verify(&file, root.as_deref()).await,
            Command::Audit => self.audit().await,
            Command::Status => self.status().await,
            Command::Classes => self.classes().await,
            Command::Children(filter) => self.children(filter).await,
            Command::Explain { child } => self.explain(child).await,
            Command::Sheet(sheet) => self.sheet(sheet).await,
            Command::Sync(sync) => self.sync(sync).await,
            Command::Courier(courier) => self.courier(courier).await,
            Command::Backup { to } => self.backup(to).await,
            Command::Doctor => self.doctor().await,
            Command::Rulebook(rulebook) => self.rulebook(rulebook).await,
        }
    }

    /// The running node, or the school opened for this command.
    async fn school(&self) -> Result<School, Failure> {
        match office::reach(&self.dir).await {
            Ok(Some(counter)) => return Ok(School { client: client(counter), inside: None }),
            Ok(None) => {}
            Err(error) => return Err(Failure(error.to_string())),
        }
        match serve::inside(Options::new(&self.dir, Arc::new(WallClock), Arc::new(TcpNet))).await {
            Ok(inside) => Ok(School { client: client(inside.counter.clone()), inside: Some(inside) }),
            Err(StartError::Open(OpenError::InUse { dir })) => Err(Failure(say!(
                self.lang,
                "数据目录 {} 正被另一个程序使用，而它的本机服务无法连接（可能正在启动或停止）。请稍后再试，或先停止它。",
                "The store {} is in use by another process whose local services cannot be reached (it may be starting or stopping). Try again in a moment, or stop it.",
                dir.display()
            ))),
            Err(error) => Err(Failure::of(&error, self.lang)),
        }
    }

    /// A request in the reader's language.
    fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let name = self.lang.pick("zh", "en");
        request.metadata_mut().insert(LANG_HEADER, name.parse().expect("two letters are a header"));
        request
    }

    /// One call: opens the way, asks, closes, and gives the answer.
    async fn call<T, A, F>(&self, asked: impl FnOnce(SchoolClient<Counter>) -> F) -> Result<A, Failure>
    where
        F: Future<Output = Result<tonic::Response<A>, T>>,
        T: Into<tonic::Status>,
    {
        let School { client, inside } = self.school().await?;
        let answer = asked(client).await.map_err(|status| Failure(status.into().message().to_owned()));
        if let Some(inside) = inside {
            inside.close().await.map_err(|error| Failure::of(&error, self.lang))?;
        }
        Ok(answer?.into_inner())
    }
}

/// The way to a school.
struct School {
    client: SchoolClient<Counter>,
    inside: Option<Inside>,
}

fn client(counter: Counter) -> SchoolClient<Counter> {
    SchoolClient::new(counter)
        .max_decoding_message_size(office::MAX_MESSAGE)
        .max_encoding_message_size(office::MAX_MESSAGE)
}
