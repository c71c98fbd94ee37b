//! A turn of a conversation: hello, offers, entries, acknowledgements.

use super::frame::{Left, batch_in, batch_out, chunk_in, chunk_out};
use super::paper::{document_in, document_out, head_out, shelf_in};
use super::{MAX_ITEMS, Malformed, hash_in};
use crate::link::addresses::Listens;
use crate::link::turn::{Ack, Hello, Offer, Recall, Turn};
use crate::model::day::Moment;
use crate::model::entry::{Hash, Incarnation, Lane, Mark, StreamId};
use crate::model::party::Party;
use crate::version::Speaks;
use crate::wire;

/// A turn for the wire. `speaker` says it.
pub fn turn_out(turn: &Turn, speaker: &Party) -> wire::Turn {
    wire::Turn {
        hello: turn.hello.as_ref().map(|hello| hello_out(hello, speaker)),
        offers: turn.offers.iter().map(|o| offer_out(o, speaker)).collect(),
        batches: turn.batches.iter().map(batch_out).collect(),
        chunks: turn.chunks.iter().map(chunk_out).collect(),
        acks: turn.acks.iter().map(ack_out).collect(),
        recalls: turn.recalls.iter().map(|r| wire::Recall { slot: r.slot, from: r.from }).collect(),
        shelf: turn
            .shelf
            .as_ref()
            .map(|s| wire::Shelf { heads: s.heads.iter().map(head_out).collect(), wants: s.wants.clone() }),
        documents: turn.documents.iter().map(document_out).collect(),
        parents: turn.parents.iter().map(|told| listens_out(told, speaker)).collect(),
        certificate: (!turn.certificate.is_empty())
            .then(|| wire::Certificate { chain: turn.certificate.clone() }),
        over: turn.over,
    }
}

/// A turn from the wire, said by `speaker`.
///
/// # Errors
/// When a field is missing, not of its form or too large.
pub fn turn_in(turn: wire::Turn, speaker: &Party) -> Result<Turn, Malformed> {
    let counts = [
        turn.offers.len(),
        turn.batches.len(),
        turn.chunks.len(),
        turn.acks.len(),
        turn.recalls.len(),
        turn.documents.len(),
        turn.parents.len(),
    ];
    if counts.into_iter().any(|n| n > MAX_ITEMS) {
        return Err(Malformed::TooLarge("turn"));
    }
    // of the whole turn: a few packed bytes may stand for megabytes
    let mut left = Left::of_a_turn();
    Ok(Turn {
        hello: turn.hello.map(|hello| hello_in(hello, speaker)).transpose()?,
        offers: turn.offers.into_iter().map(|o| offer_in(&o, speaker)).collect::<Result<_, _>>()?,
        batches: turn.batches.into_iter().map(|b| batch_in(&b, &mut left)).collect::<Result<_, _>>()?,
        chunks: turn.chunks.into_iter().map(chunk_in).collect::<Result<_, _>>()?,
        acks: turn.acks.iter().map(ack_in).collect::<Result<_, _>>()?,
        recalls: turn.recalls.iter().map(|r| Recall { slot: r.slot, from: r.from }).collect(),
        shelf: turn.shelf.map(shelf_in).transpose()?,
        documents: turn.documents.into_iter().map(document_in).collect::<Result<_, _>>()?,
        parents: turn.parents.into_iter().map(|l| listens_in(l, speaker)).collect::<Result<_, _>>()?,
        certificate: turn.certificate.map(|c| c.chain).unwrap_or_default(),
        over: turn.over,
    })
}

fn hello_out(hello: &Hello, speaker: &Party) -> wire::Hello {
    wire::Hello {
        version: hello.speaks.newest,
        oldest: hello.speaks.oldest,
        clock: hello.clock.0,
        shelf: hello.shelf,
        renewal: hello.renewal.clone(),
        software: hello.software.clone(),
        store: hello.store,
        seal_key: hello.seal_key.clone(),
        knows_key: hello.knows_key,
        tally: hello.tally,
        forgot: hello.forgot,
        whereabouts: hello.whereabouts,
        listens: hello.listens.as_ref().map(|told| listens_out(told, speaker)),
    }
}

fn hello_in(hello: wire::Hello, speaker: &Party) -> Result<Hello, Malformed> {
    Ok(Hello {
        speaks: Speaks { newest: hello.version, oldest: hello.oldest },
        clock: Moment(hello.clock),
        shelf: hello.shelf,
        store: hello.store,
        tally: hello.tally,
        forgot: hello.forgot,
        renewal: hello.renewal,
        software: hello.software.chars().filter(|c| c.is_ascii_graphic()).take(40).collect(),
        seal_key: hello.seal_key,
        knows_key: hello.knows_key,
        whereabouts: hello.whereabouts,
        listens: hello.listens.map(|told| listens_in(told, speaker)).transpose()?,
    })
}

fn listens_out(told: &Listens, speaker: &Party) -> wire::Listens {
    let Listens { party, address, since } = told;
    let party = if party == speaker { String::new() } else { party.to_string() };
    wire::Listens { party, address: address.clone(), since: since.0 }
}

fn listens_in(told: wire::Listens, speaker: &Party) -> Result<Listens, Malformed> {
    let party = match told.party.as_str() {
        "" => speaker.clone(),
        path => path.parse().map_err(|_| Malformed::Field("listens.party"))?,
    };
    Ok(Listens { party, address: told.address, since: Moment(told.since) })
}

pub(super) fn offer_out(offer: &Offer, speaker: &Party) -> wire::Offer {
    let StreamId { origin, life, lane } = &offer.stream;
    wire::Offer {
        origin: if origin == speaker { String::new() } else { origin.to_string() },
        life: Some(wire::Life { number: life.number, nonce: life.nonce }),
        to: match lane {
            Lane::Up => String::new(),
            Lane::To(party) => party.to_string(),
        },
        base: offer.base,
        tail: offer.tail,
    }
}

pub(super) fn offer_in(offer: &wire::Offer, speaker: &Party) -> Result<Offer, Malformed> {
    let life = offer.life.ok_or(Malformed::Field("offer.life"))?;
    let origin = match offer.origin.as_str() {
        "" => speaker.clone(),
        path => path.parse().map_err(|_| Malformed::Field("offer.origin"))?,
    };
    let lane = match offer.to.as_str() {
        "" => Lane::Up,
        path => Lane::To(path.parse().map_err(|_| Malformed::Field("offer.to"))?),
    };
    if offer.base == 0 || offer.base > offer.tail.saturating_add(1) {
        return Err(Malformed::Field("offer.base"));
    }
    let life = Incarnation { number: life.number, nonce: life.nonce };
    Ok(Offer { stream: StreamId { origin, life, lane }, base: offer.base, tail: offer.tail })
}

fn ack_out(ack: &Ack) -> wire::Ack {
    wire::Ack {
        slot: ack.slot,
        seq: ack.mark.seq,
        hash: if ack.mark.seq == 0 { Vec::new() } else { ack.mark.hash.0.to_vec() },
        safe: ack.safe,
        latest_life: ack.latest_life,
        partial: ack.partial,
        restate: ack.restate,
        duplicates: ack.duplicates,
    }
}

fn ack_in(ack: &wire::Ack) -> Result<Ack, Malformed> {
    let hash = if ack.seq == 0 { Hash::ROOT } else { hash_in(&ack.hash, "ack.hash")? };
    Ok(Ack {
        slot: ack.slot,
        mark: Mark { seq: ack.seq, hash },
        safe: ack.safe,
        latest_life: ack.latest_life,
        partial: ack.partial,
        restate: ack.restate,
        duplicates: ack.duplicates,
    })
}
