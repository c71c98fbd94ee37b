//! What `tests/peers/goals.py` measures from inside a hub; each command prints one line of JSON.
//!
//! ```text
//! goals fill DIR N             N more records in the stopped party of DIR
//! goals figures DIR            what a figure costs in the county that `load prepare` made in DIR
//! goals year DIR SCHOOLS N     a new county in DIR plays N nights: bytes written, room taken
//! ```

mod figures;
mod fill;
mod year;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

#[derive(Debug, Parser)]
enum Command {
    /// Adds records to a stopped party.
    Fill { dir: PathBuf, records: u64 },
    /// Measures figures and their rebuilding.
    Figures { dir: PathBuf },
    /// Plays nights.
    Year { dir: PathBuf, schools: u32, nights: i32 },
}

#[tokio::main]
async fn main() -> Result<()> {
    let said = match Command::parse() {
        Command::Fill { dir, records } => fill::fill(&dir, records)?,
        Command::Figures { dir } => figures::figures(&dir).await?,
        Command::Year { dir, schools, nights } => year::year(&dir, schools, nights).await?,
    };
    println!("{said}");
    Ok(())
}
