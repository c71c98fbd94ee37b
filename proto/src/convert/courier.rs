//! What is carried in files.

use prost::Message as _;

use super::{Malformed, offer_in, offer_out, turn_in, turn_out};
use crate::link::conversation::{Carried, Held};
use crate::link::courier::{Page, Signed};
use crate::link::turn::{Offer, Turn};
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::wire;

/// The most bytes that the entries and documents of one page may unpack to.
const MAX_PAGE: usize = 96 << 20;
/// The most streams of which a page speaks.
const MAX_HELD: usize = 100_000;

/// A signed page, as it is sealed.
pub(crate) fn signed_out(signed: Signed) -> Vec<u8> {
    let Signed { page, signature, chain } = signed;
    wire::Bundle { page, signature, chain }.encode_to_vec()
}

/// A signed page, nothing checked yet.
///
/// # Errors
/// When the bytes are none.
pub(crate) fn signed_in(bytes: &[u8]) -> Result<Signed, Malformed> {
    let wire::Bundle { page, signature, chain } =
        wire::Bundle::decode(bytes).map_err(|_| Malformed::NotA("bundle"))?;
    Ok(Signed { page, signature, chain })
}

/// A page for the wire.
pub(crate) fn page_out(page: &Page) -> Vec<u8> {
    let Page { from, to, part, parts, carried } = page;
    let held = carried.held.iter().map(|held| {
        let tail = held.offered.unwrap_or(0);
        let offer = Offer { stream: held.stream.clone(), base: 1, tail };
        wire::Held { stream: Some(offer_out(&offer, from)), offered: held.offered.is_some() }
    });
    wire::Page {
        from: from.to_string(),
        to: to.to_string(),
        made: carried.made.0,
        reader: carried.reader,
        held: held.collect(),
        turns: carried.turns.iter().map(|turn| turn_out(turn, from)).collect(),
        part: *part,
        parts: *parts,
    }
    .encode_to_vec()
}

/// A page from the wire.
///
/// # Errors
/// When a field is missing, not of its form, or the whole unpacks to too much.
pub(crate) fn page_in(bytes: &[u8]) -> Result<Page, Malformed> {
    let page = wire::Page::decode(bytes).map_err(|_| Malformed::NotA("page"))?;
    let from: Party = page.from.parse().map_err(|_| Malformed::Field("page.from"))?;
    let to = page.to.parse().map_err(|_| Malformed::Field("page.to"))?;
    if page.held.len() > MAX_HELD {
        return Err(Malformed::TooLarge("page.held"));
    }
    let held = page.held.into_iter().map(|held| {
        let offer = offer_in(&held.stream.ok_or(Malformed::Field("held.stream"))?, &from)?;
        Ok(Held { stream: offer.stream, offered: held.offered.then_some(offer.tail) })
    });
    let held = held.collect::<Result<_, _>>()?;
    let (mut turns, mut size) = (Vec::new(), 0_usize);
    for turn in page.turns {
        let turn = turn_in(turn, &from)?;
        size = size.saturating_add(unpacked(&turn));
        if size > MAX_PAGE {
            return Err(Malformed::TooLarge("page"));
        }
        turns.push(turn);
    }
    let carried = Carried { made: Moment(page.made), reader: page.reader, held, turns };
    Ok(Page { from, to, part: page.part, parts: page.parts, carried })
}

fn unpacked(turn: &Turn) -> usize {
    let entries = turn.batches.iter().flat_map(|batch| &batch.entries);
    let entries: usize = entries.map(|entry| entry.body.len() + 64).sum();
    let documents: usize = turn.documents.iter().map(|document| document.body.len()).sum();
    entries + documents
}
