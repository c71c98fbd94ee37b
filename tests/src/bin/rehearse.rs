//! `rehearse`: a province on this machine, some weeks of school, and what every level may see at the end.

use std::process::ExitCode;

use clap::Parser;
use proto::model::lang::Lang;
use tests::rehearse::{Options, rehearse};

fn main() -> ExitCode {
    let options = Options::parse();
    let lang = options.lang();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(lang, &error.into()),
    };
    match runtime.block_on(rehearse(options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(lang, &error),
    }
}

fn failed(lang: Lang, error: &anyhow::Error) -> ExitCode {
    eprintln!("{}{error:#}", lang.pick("演练中断：", "the rehearsal broke off: "));
    ExitCode::FAILURE
}
