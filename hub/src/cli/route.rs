//! `route`: answered from the division table alone, so that it works before there is a hub.

use std::path::Path;

use proto::model::division::{AdministeredBy, Divisions};
use proto::model::lang::{Lang, Say};
use proto::model::region::Region;
use serde::Serialize;

use super::Failed;
use super::ask::print;
use crate::config::Config;
use crate::files::Files;
use crate::routing::{self, Scope, Stop};

/// What `--json` prints.
#[derive(Serialize)]
struct Told {
    scope: Scope,
    mover: Option<Region>,
    path: Vec<Stop>,
    why: String,
}

/// Prints the way between two places. Who manages whom comes from the hub's settings when `dir` holds any.
pub(super) fn show(dir: &Path, from: &str, to: &str, as_json: bool, lang: Lang) -> Result<(), Failed> {
    let divisions = Divisions::shipped();
    let settings = Files::of(dir).config();
    let by = if settings.exists() {
        Config::load(&settings).map_err(|error| Failed::of(error, lang))?.by
    } else {
        AdministeredBy::default()
    };
    let find = |text| routing::place(divisions, text).map_err(|error| Failed::of(error, lang));
    let route = routing::route(divisions, &by, find(from)?, find(to)?);
    let route = route.map_err(|error| Failed::of(error, lang))?;
    if !as_json {
        return print(&route.say(lang));
    }
    let why = route.why.say(lang);
    let told = Told { scope: route.scope, mover: route.mover, path: route.path, why };
    let text = serde_json::to_string(&told).map_err(|error| Failed(error.to_string()))?;
    print(&text)
}
