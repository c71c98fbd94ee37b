//! The rehearsal: a tree grows, lives through some weeks with everything that goes wrong in them, and its
//! laws are checked.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use proto::model::day::Day;
use proto::model::document::Topic;
use proto::model::lang::Say;
use proto::model::party::Party;
use proto::model::region::Level;

use crate::laws::{self, Verdict};
use crate::officers::Officers;
use crate::plan::plan;
use crate::tree::{self, Tree};

mod events;
mod journal;
mod options;
mod progress;
mod report;
mod table;
mod transfers;

pub use events::Event;
pub use options::Options;
pub use report::Report;
pub use transfers::{Story, Transfers};

use events::programme;
use progress::Progress;

/// Runs the rehearsal that `options` asks for and prints what came of it. Whether every law held.
///
/// # Errors
/// When a part of the tree does not do its work at all.
pub async fn rehearse(options: Options) -> Result<bool> {
    let (lang, json, serve) = (options.lang(), options.json, options.serve);
    let bars = Progress::new(!json && std::io::stderr().is_terminal(), lang);
    let (tree, report) = play(&options, &bars).await?;
    bars.done();
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{}", table::levels(&tree, lang).await?);
        println!("{}", report.say(lang));
    }
    if serve {
        println!("{}", table::addresses(&tree, lang));
        tokio::signal::ctrl_c().await?;
    }
    let held = report.holds();
    tree.fell().await?;
    Ok(held)
}

/// The rehearsal without anybody watching: for tests.
///
/// # Errors
/// When a part of the tree does not do its work at all.
pub async fn quietly(options: &Options) -> Result<Report> {
    let (tree, report) = play(options, &Progress::new(false, options.lang())).await?;
    tree.fell().await?;
    Ok(report)
}

async fn play(options: &Options, bars: &Progress) -> Result<(Tree, Report)> {
    if let Some(dir) = &options.keep {
        std::fs::create_dir(dir).with_context(|| format!("cannot make the new folder {}", dir.display()))?;
    }
    journal::begin();
    let started = tokio::time::Instant::now();
    let lived = live(options, bars).await;
    if let Some(dir) = &options.keep {
        std::fs::write(dir.join("rehearse.log"), journal::written())?;
    }
    let (tree, officers, verdicts) = lived?;
    let seconds = started.elapsed().as_secs_f64();
    let report = Report::of((&tree, &officers), options, verdicts, seconds).await?;
    Ok((tree, report))
}

async fn live(options: &Options, bars: &Progress) -> Result<(Tree, Officers, Vec<Verdict>)> {
    bars.begin(options.schools, bars.lang().pick("建校联网", "growing the tree"));
    let first = Day::new(2025, 9, 1).context("the first of September")?;
    let grown = tree::Options {
        plan: plan(options.seed, options.schools.into()),
        seed: options.seed,
        dir: options.keep.clone(),
        first,
        days: options.nights.into(),
        quiet: false,
        local: options.serve,
    };
    let mut tree = Tree::grow(grown, || bars.step()).await?;
    issue_documents(&tree).await?;
    bars.begin(options.nights, bars.lang().pick("上学与夜间同步", "school days and nights"));
    tree.weather(options.cut);
    let mut programme = programme(&tree, options.nights);
    let mut officers = Officers::of(&tree, options.seed);
    for night in 1..=options.nights {
        tree.morning().await?;
        programme.run(night, &mut tree).await?;
        tree.night().await?;
        officers.evening(&mut tree).await?;
        bars.step();
    }
    heal(&mut tree, &mut officers).await?;
    bars.begin(1, bars.lang().pick("核对规律", "checking the laws"));
    let mut verdicts = laws::check(&tree, Some(&journal::written())).await?;
    verdicts.extend(laws::handovers(&tree, &officers).await?);
    Ok((tree, officers, verdicts))
}

/// The faults stop. The officers see their cases to the end, and within three more rounds everything must
/// have arrived everywhere.
async fn heal(tree: &mut Tree, officers: &mut Officers) -> Result<()> {
    tree.weather(0.0);
    tree.hubs().for_each(|hub| hub.line().close(false));
    for _ in 0..PATIENCE {
        if !officers.busy() {
            break;
        }
        tree.sync().await?;
        officers.evening(tree).await?;
    }
    for _ in 0..3 {
        tree.sync().await?;
    }
    Ok(())
}

/// The province sets the rules and each county its terms; they reach the schools with the nightly calls.
async fn issue_documents(tree: &Tree) -> Result<()> {
    for hub in tree.hubs() {
        let party = hub.party();
        let (topic, body) = match party.level() {
            Some(Level::Province) => (Topic::Rulebook, RULES.to_owned()),
            Some(Level::County) => (Topic::Calendar, terms(party)),
            _ => continue,
        };
        let (draft, _) = hub.hub().draft(topic, body)?;
        hub.hub().issue(draft).await?;
    }
    Ok(())
}

/// Rounds after which a case that has not come to its end never will.
const PATIENCE: usize = 48;

const RULES: &str =
    "[absence]\nreport_on_day = 5\nsuspect_after_days = 5\n[reporting]\nsilent_after_days = 3\n";

fn terms(county: &Party) -> String {
    let owner = county.region();
    format!(
        "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"{owner}\"\nversion = 1\n\
         issued = 2025-08-20\n[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n\
         [[term]]\nno = 2\nfirst_day = 2026-03-02\nlast_day = 2026-07-10\n"
    )
}
