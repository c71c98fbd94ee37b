//! I5: what somebody knows to be acknowledged is above, to the byte. I6: what was forgotten below is above.
//! I12: nothing waits.

use proto::link::book::{self, Cursor, StreamRecord};
use proto::model::day::Moment;
use proto::model::entry::Lane;
use proto::model::party::Party;
use proto::model::region::Level;

use super::Breaches;
use crate::world::World;

/// A stream that goes up, as one party holds it, with what the parties above are known to have.
struct Held {
    stream: StreamRecord,
    cursors: Vec<(Party, Cursor)>,
}

fn held(world: &World, me: &Party) -> Vec<Held> {
    let above: Vec<Party> = me.lineage().skip(1).collect();
    world.read(me, |room| {
        let streams = book::streams(room, true, me).expect("memory is read");
        let cursor = |stream: &StreamRecord, parent: &Party| {
            let cursor = book::cursor(room, parent, &stream.id).expect("memory is read")?;
            Some((parent.clone(), cursor))
        };
        let with = |stream: StreamRecord| {
            let cursors = above.iter().filter_map(|parent| cursor(&stream, parent)).collect();
            Held { stream, cursors }
        };
        streams.into_iter().map(with).collect()
    })
}

pub(super) fn check(world: &World, breaches: &mut Breaches) {
    for party in world.seats.keys() {
        for Held { stream, cursors } in held(world, party) {
            let vouched: Vec<Result<u64, String>> =
                cursors.iter().map(|(parent, cursor)| vouched(world, parent, &stream, cursor)).collect();
            for (held, (parent, cursor)) in vouched.iter().zip(&cursors) {
                breaches.hold(held.is_ok(), || {
                    let why = held.as_ref().err().map_or("", String::as_str);
                    format!("I5 {party}: {parent} acknowledged {} of {}: {why}", cursor.acked.seq, stream.id)
                });
            }
            let forgotten = stream.base - 1;
            let above = vouched.iter().filter_map(|held| held.as_ref().ok()).max();
            breaches.hold(stream.id.origin != *party || forgotten <= above.copied().unwrap_or(0), || {
                format!("I6 {party} has forgotten {forgotten} of {}, above are {above:?}", stream.id)
            });
        }
    }
}

/// How much of the stream the parent holds, when it holds what it acknowledged.
fn vouched(world: &World, parent: &Party, stream: &StreamRecord, cursor: &Cursor) -> Result<u64, String> {
    let acked = cursor.acked;
    world.read(parent, |room| {
        let Some(record) = book::find(room, &stream.id).expect("memory is read") else {
            return if acked.seq == 0 { Ok(0) } else { Err("it has none of it".to_owned()) };
        };
        if record.tail.seq < acked.seq {
            return Err(format!("it has only {}", record.tail.seq));
        }
        // what both sides have in a backup is forgotten, its hash with it
        match book::hash_at(room, &record, acked.seq).expect("memory is read") {
            Some(hash) if hash != acked.hash => Err("it has another content".to_owned()),
            _ => Ok(record.tail.seq),
        }
    })
}

pub(super) fn waiting(world: &World, since: Moment) -> Vec<String> {
    let mut waiting = Vec::new();
    for party in world.seats.keys().filter(|party| party.parent().is_some()) {
        for Held { stream, cursors } in held(world, party) {
            // above the county only totals travel; a town also passes on what its schools say
            let travels = stream.id.origin == *party || party.level() == Some(Level::Town);
            let settled = cursors.iter().any(|(_, cursor)| cursor.acked.seq >= stream.tail.seq);
            if travels
                && !settled
                && older(world, party, &stream, &cursors, since)
                && !superseded(world, party, &stream)
            {
                waiting.push(told(world, party, &stream));
            }
        }
        waiting.extend(unheard(world, party, since));
    }
    waiting
}

/// Whether something that waits was written before `since`: work goes on while the tree comes to rest.
fn older(
    world: &World,
    party: &Party,
    stream: &StreamRecord,
    cursors: &[(Party, Cursor)],
    since: Moment,
) -> bool {
    let acked = cursors.iter().map(|(_, cursor)| cursor.acked.seq).max().unwrap_or(0);
    let read = world.read(party, |room| book::read(room, &stream.id, acked + 1, 1));
    read.expect("memory is read").0.first().is_some_and(|entry| entry.made < since)
}

/// A stream that waits, as everybody on its way up holds it.
fn told(world: &World, party: &Party, stream: &StreamRecord) -> String {
    let mut told = format!("I12 {party}: {} waits;", stream.id);
    for holder in stream.id.origin.lineage() {
        let record = world.read(&holder, |room| book::find(room, &stream.id).expect("memory is read"));
        if let Some(StreamRecord { base, tail, safe, restate, forks, .. }) = record {
            let tail = tail.seq;
            told +=
                &format!(" {holder} has {base} to {tail}, safe {safe}, restate {restate}, forks {forks};");
        }
    }
    told
}

/// Answers on their way down to `party` that it does not have.
fn unheard(world: &World, party: &Party, since: Moment) -> Vec<String> {
    let mut unheard = Vec::new();
    for above in party.lineage().skip(1) {
        let sent = world.read(&above, |room| {
            book::current(room, &above, &Lane::To(party.clone())).expect("memory is read")
        });
        let Some(sent) = sent else { continue };
        let heard = world.read(party, |room| book::find(room, &sent.id).expect("memory is read"));
        let heard = heard.map_or(0, |record| record.tail.seq);
        let next = world.read(&above, |room| book::read(room, &sent.id, heard + 1, 1));
        let next = next.expect("memory is read").0;
        if heard < sent.tail.seq && next.first().is_none_or(|entry| entry.made < since) {
            unheard.push(format!("I12 {party} has heard {heard} of {} up to {}", sent.id, sent.tail.seq));
        }
    }
    unheard
}

/// Whether the stream's origin has begun a later life: an earlier one is said again in the latest.
fn superseded(world: &World, party: &Party, stream: &StreamRecord) -> bool {
    let latest = |party: &Party| {
        world.read(party, |room| book::latest_life(room, &stream.id).expect("memory is read"))
    };
    party.lineage().map(|party| latest(&party)).max() > Some(stream.id.life.number)
}
