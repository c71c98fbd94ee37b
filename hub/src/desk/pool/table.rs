//! What blind matching found, as the office reads it: both sides of each match.

use std::sync::Arc;

use proto::model::case::{CaseId, Stage};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use crate::desk::{Hub, HubError};
use crate::persuasion;
use crate::pool::{self, Told};

/// One match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was told: the numbers of both sides, the other county, and how the child stands at each.
    pub told: Told,
    /// Who told of the child here: a school, or the county that offers it.
    pub from: Party,
    /// Where the case of a school here stands, when it is one.
    pub stage: Option<Stage>,
}

impl Hub {
    /// The matches that still concern somebody here: a child that was found, or whose case is over, has left the
    /// pools, and its matches with it.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn matches(self: &Arc<Self>) -> Result<Vec<Line>, HubError> {
        self.desk.act(|room| Ok(lines(room)?)).await
    }
}

fn lines(room: &mut Room<'_>) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    for told in pool::told(room)? {
        let Some(mine) = pool::child(room, told.found.mine)? else { continue };
        let cases = persuasion::of(room, CaseId(told.found.mine.0))?;
        let stage = cases.iter().map(|case| case.progress.stage).max();
        lines.push(Line { told, from: mine.from, stage });
    }
    Ok(lines)
}
