//! What goes down arrives everywhere.

use anyhow::Result;
use proto::link::shelf;
use proto::model::document::{Document, Topic};
use proto::model::party::Party;
use proto::store::Desk;

use super::{Law, Verdict};
use crate::tree::Tree;

pub(super) async fn check(tree: &Tree) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::SameDocuments);
    let schools = tree.schools().iter().map(|s| (s.party().clone(), s.school().desk().clone()));
    let hubs = tree.hubs().map(|hub| (hub.party().clone(), hub.hub().desk.clone()));
    for (party, desk) in hubs.chain(schools) {
        for issuer in party.lineage() {
            if issuer == party {
                continue;
            }
            for document in issued(&tree.hub(&issuer).hub().desk, &issuer).await? {
                let held = held(&desk, &document).await?;
                verdict.hold(held == Some(document.version), || {
                    let Document { topic, version, .. } = &document;
                    format!("{party} holds {held:?} of {issuer}'s {topic:?}, version {version} is in force")
                });
            }
        }
    }
    Ok(verdict)
}

/// What `issuer` has in force for everybody below.
async fn issued(desk: &Desk, issuer: &Party) -> Result<Vec<Document>> {
    let mut documents = desk.act(|room| shelf::all(room)).await?;
    documents.retain(|document| document.issuer == *issuer && document.topic != Topic::Directory);
    Ok(documents)
}

async fn held(desk: &Desk, document: &Document) -> Result<Option<u32>> {
    let Document { topic, issuer, part, .. } = document.clone();
    let held = desk.act(move |room| shelf::held(room, topic, &issuer, &part)).await?;
    Ok(held.map(|held| held.version))
}
