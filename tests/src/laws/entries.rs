//! Every acknowledgement that anybody holds against the record of the one who gave it.

use anyhow::Result;
use proto::link::book::{self, Cursor, StreamRecord};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::store::{Desk, StoreError};

use super::{Law, Verdict};
use crate::tree::Tree;

/// What one party holds of the streams that go up, and what it knows `above` to hold.
async fn held(
    desk: &Desk,
    me: &Party,
    above: Vec<Party>,
) -> Result<Vec<(StreamRecord, Vec<(Party, Cursor)>)>> {
    let me = me.clone();
    let read = desk.act(move |room| {
        let mut out = Vec::new();
        for stream in book::streams(room, true, &me)? {
            let mut cursors = Vec::new();
            for parent in &above {
                let cursor = book::cursor(room, parent, &stream.id)?;
                cursors.extend(cursor.map(|cursor| (parent.clone(), cursor)));
            }
            out.push((stream, cursors));
        }
        Ok::<_, StoreError>(out)
    });
    Ok(read.await?)
}

pub(super) async fn check(tree: &Tree) -> Result<Vec<Verdict>> {
    let mut lost = Verdict::of(Law::NothingLost);
    let mut waits = Verdict::of(Law::NothingWaits);
    for (party, desk) in parties(tree) {
        let above: Vec<Party> = party.lineage().skip(1).collect();
        if above.is_empty() {
            continue;
        }
        for (stream, cursors) in held(&desk, &party, above).await? {
            for (parent, cursor) in &cursors {
                let (holds, why) = vouched(tree, parent, &stream, cursor).await?;
                lost.hold(holds, || format!("{party} {} of {}: {why}", cursor.acked.seq, stream.id));
            }
            let settled = cursors.iter().any(|(_, cursor)| cursor.acked.seq >= stream.tail.seq);
            // an earlier life is said again in the latest one
            let latest = stream.tail.seq == 0 || settled || superseded(tree, &desk, &stream).await?;
            if !travels(&party, &stream) {
                continue;
            }
            waits.hold(latest, || format!("{party}: {} up to {} waits", stream.id, stream.tail.seq));
        }
    }
    Ok(vec![lost, waits])
}

/// A party sends what it wrote itself; a town also passes on what its schools say. Above the county only
/// totals travel.
fn travels(party: &Party, stream: &StreamRecord) -> bool {
    stream.id.origin == *party || party.level() == Some(Level::Town)
}

fn parties(tree: &Tree) -> Vec<(Party, Desk)> {
    let schools =
        tree.schools().iter().map(|school| (school.party().clone(), school.school().desk().clone()));
    let hubs = tree.hubs().map(|hub| (hub.party().clone(), hub.hub().desk.clone()));
    schools.chain(hubs).collect()
}

/// Whether `parent` holds what it acknowledged: the number, and the same content up to it.
async fn vouched(
    tree: &Tree,
    parent: &Party,
    stream: &StreamRecord,
    cursor: &Cursor,
) -> Result<(bool, String)> {
    let (id, acked) = (stream.id.clone(), cursor.acked);
    let read = tree.hub(parent).hub().desk.act(move |room| {
        let Some(record) = book::find(room, &id)? else {
            return Ok::<_, StoreError>((acked.seq == 0, "not there at all".to_owned()));
        };
        if record.tail.seq < acked.seq {
            return Ok((false, format!("only {} are there", record.tail.seq)));
        }
        // what both sides have in a backup is forgotten, its hash with it
        let same = book::hash_at(room, &record, acked.seq)?.is_none_or(|hash| hash == acked.hash);
        Ok((same, "another content is there".to_owned()))
    });
    Ok(read.await?)
}

/// Whether the stream's origin has begun a later life.
async fn superseded(tree: &Tree, desk: &Desk, stream: &StreamRecord) -> Result<bool> {
    let id = stream.id.clone();
    let here = desk.act(move |room| book::latest_life(room, &id)).await?;
    let root = tree.hubs().next().map(|root| root.hub().desk.clone());
    let id = stream.id.clone();
    let there = match root {
        Some(root) => root.act(move |room| book::latest_life(room, &id)).await?,
        None => 0,
    };
    Ok(here.max(there) > stream.id.life.number)
}
