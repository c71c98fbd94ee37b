//! No child is known outside the school: not on a hub's disk, not in a hub's records once they are
//! opened, not in what a hub answers, not in anybody's log.

use anyhow::{Result, ensure};

use super::{Law, Verdict};
use crate::search::Search;
use crate::tree::{HubSeat, Tree};

pub(super) async fn check(tree: &Tree, log: Option<&[u8]>) -> Result<Verdict> {
    let search = Search::of(tree.schools().iter().flat_map(|school| school.pupils()));
    let mut verdict = Verdict::of(Law::NoNames);
    // a search that finds nothing where the names are would find nothing anywhere
    for school in tree.schools() {
        let records = school.school().desk().act(|room| room.list(b"")).await?;
        ensure!(records.iter().any(|(_, value)| search.find(value).is_some()), "the search is blind");
    }
    for hub in tree.hubs() {
        let dir = hub.dir().to_owned();
        let (found, _) = search.files(&dir)?;
        verdict.hold(found.is_empty(), || format!("in files: {}", found.join(", ")));
        let records = hub.hub().desk.act(|room| room.list(b"")).await?;
        for (key, value) in records {
            let clean = search.find(&key).is_none() && search.find(&value).is_none();
            verdict.hold(clean, || format!("in a record of {} under {}", hub.party(), key.escape_ascii()));
        }
        let told = told(hub, tree).await?;
        verdict.hold(search.find(told.as_bytes()).is_none(), || format!("in answers of {}", hub.party()));
    }
    if let Some(log) = log {
        let text = String::from_utf8_lossy(log);
        ensure!(tree.hubs().all(|hub| text.contains(&hub.party().to_string())), "the log is another's");
        verdict.hold(search.find(log).is_none(), || "in the log".to_owned());
    }
    Ok(verdict)
}

/// All that a hub tells.
async fn told(hub: &HubSeat, tree: &Tree) -> Result<String> {
    let (first, last) = (tree.days()[0], tree.today());
    let figures = hub.hub().figures(hub.party().region(), Some((first, last))).await?;
    let units = hub.hub().units().await?.into_iter().map(|seen| seen.unit).collect::<Vec<_>>();
    let board = hub.hub().board().await?;
    let cases = (hub.hub().dossiers().await?, hub.hub().moves().await?, hub.hub().letters().await?);
    Ok(format!("{:?} {units:?} {board:?} {cases:?}", figures.view))
}
