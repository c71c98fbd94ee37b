//! The command line. It goes through the hub's own service, whether the hub runs or not: one way in.
//!
//! Exit codes: 0 done; 1 refused or failed, with the reason on stderr.

mod abroad;
mod args;
mod ask;
mod casework;
mod courier;
mod mail;
mod papers;
mod route;
mod run;
mod show;
mod tables;
mod transfer;

use std::process::ExitCode;

use proto::model::lang::{Lang, Say};
use proto::office::usage;
use tonic::Status;

use crate::desk::HubError;
pub use args::{
    Args, ClockAction, Command, CourierAction, DocumentAction, InboundAction, IncomingAction, LetterAction,
    NeighbourAction, PaperAction, SyncAction, TransferAction, UnitAction,
};
pub use casework::{AuditAction, CaseAction, DutyAction};

/// Why a command failed, in its reader's words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(String);

impl Failed {
    fn of(error: impl Into<HubError>, lang: Lang) -> Self {
        Self(error.into().say(lang))
    }
}

impl From<Status> for Failed {
    fn from(status: Status) -> Self {
        // the service has spoken to the reader already
        Self(status.message().to_owned())
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let args: Args = match usage::arguments() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let lang = args.lang.unwrap_or_else(usage::locale);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(args, lang)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(words)) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(args: Args, lang: Lang) -> Result<(), Failed> {
    match args.command {
        Command::Run => run::run(&args.dir, lang).await,
        Command::Init { region, name, listen, public } => {
            run::init(&args.dir, &region, &name, &listen, &public, args.json, lang).await
        }
        Command::Root => transfer::root(&args.dir, lang).await,
        Command::Verify { file, root } => {
            transfer::verify(&args.dir, &file, root.as_deref(), args.json, lang).await
        }
        Command::Route { from, to } => route::show(&args.dir, &from, &to, args.json, lang),
        Command::Audit { action: Some(AuditAction::Check { file, root }) } => {
            casework::check(&file, &root, args.json, lang)
        }
        Command::Restore { file } => run::restore(&args.dir, &file, args.json, lang).await,
        command => {
            run::quietly();
            let (counter, inside) = ask::reach(&args.dir, lang).await?;
            let desk = ask::Desk::new(counter, lang, args.json);
            let done = show::command(desk, command).await;
            if let Some(inside) = inside {
                inside.close().await.map_err(|error| Failed::of(error, lang))?;
            }
            done
        }
    }
}
