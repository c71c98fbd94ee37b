//! Wire to model and back. The only file that names both: past it nobody meets an `Option` that must
//! not be empty.

mod courier;
mod custody;
mod letter;
mod parcel;

pub(crate) use courier::{page_in, page_out, signed_in, signed_out};
pub use custody::{message_in, message_out};
pub(crate) use custody::{step_in, step_out};
pub use letter::{account_in, account_out, letter_in, letter_out, record_in, record_out};
pub use parcel::{parcel_address_in, parcel_content_in, parcel_content_out, parcel_in, parcel_out};

use prost::Message as _;

use crate::link::post::Reason;
use crate::link::turn::{Ack, Batch, Chunk, DocumentHead, Hello, Offer, Recall, ShelfList, Turn};
use crate::model::day::{Day, Moment};
use crate::model::document::{Document, MAX_DOCUMENT, Topic};
use crate::model::entry::{Entry, Hash, Incarnation, Kind, Lane, MAX_BODY, Mark, StreamId};
use crate::model::party::Party;
use crate::model::region::Region;
use crate::model::sheet::{Counts, Reporting, Sheet, Totals, TotalsRow};
use crate::version::Speaks;
use crate::wire;

/// A message that does not say what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not the protobuf message it should be.
    #[error("the bytes are no {0}")]
    NotA(&'static str),
    /// A field is missing or not of its form.
    #[error("the field {0} is missing or not of its form")]
    Field(&'static str),
    /// Larger than the limit.
    #[error("{0} is larger than its limit")]
    TooLarge(&'static str),
    /// Something that a later release writes: this one keeps it until it is upgraded.
    #[error("{0} is of a sort that this release does not know")]
    Later(&'static str),
}

/// The most bytes that a packed frame may unpack to.
const MAX_FRAME: usize = 4 << 20;
/// The most items of one sort in a turn.
const MAX_ITEMS: usize = 10_000;
/// The largest counter: more children than any province has.
const MAX_COUNT: u64 = 100_000_000;
/// More schools than any province has.
const MAX_UNITS: u32 = 1_000_000;
/// Frames below this size are not worth packing.
const PACK_FROM: usize = 160;
/// Frames from this size on are packed harder.
const PACK_HARD_FROM: usize = 4 << 10;

/// A turn for the wire. `speaker` says it.
pub fn turn_out(turn: &Turn, speaker: &Party) -> wire::Turn {
    wire::Turn {
        hello: turn.hello.as_ref().map(hello_out),
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
    ];
    if counts.into_iter().any(|n| n > MAX_ITEMS) {
        return Err(Malformed::TooLarge("turn"));
    }
    // of the whole turn: a few packed bytes may stand for megabytes
    let mut left = Left { bytes: MAX_FRAME, entries: MAX_ITEMS };
    Ok(Turn {
        hello: turn.hello.map(hello_in),
        offers: turn.offers.into_iter().map(|o| offer_in(&o, speaker)).collect::<Result<_, _>>()?,
        batches: turn.batches.into_iter().map(|b| batch_in(&b, &mut left)).collect::<Result<_, _>>()?,
        chunks: turn.chunks.into_iter().map(chunk_in).collect::<Result<_, _>>()?,
        acks: turn.acks.iter().map(ack_in).collect::<Result<_, _>>()?,
        recalls: turn.recalls.iter().map(|r| Recall { slot: r.slot, from: r.from }).collect(),
        shelf: turn.shelf.map(shelf_in).transpose()?,
        documents: turn.documents.into_iter().map(document_in).collect::<Result<_, _>>()?,
        certificate: turn.certificate.map(|c| c.chain).unwrap_or_default(),
        over: turn.over,
    })
}

fn hello_out(hello: &Hello) -> wire::Hello {
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
    }
}

fn hello_in(hello: wire::Hello) -> Hello {
    Hello {
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
    }
}

fn offer_out(offer: &Offer, speaker: &Party) -> wire::Offer {
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

fn offer_in(offer: &wire::Offer, speaker: &Party) -> Result<Offer, Malformed> {
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

fn batch_out(batch: &Batch) -> wire::Batch {
    let mut last = 0;
    let entries = batch.entries.iter().map(|entry| {
        let made = entry.made.0.wrapping_sub(last);
        last = entry.made.0;
        wire::Entry { made, kind: entry.kind.0, body: entry.body.clone() }
    });
    let plain = wire::Frame { entries: entries.collect() }.encode_to_vec();
    let (packing, frame) = pack(plain);
    wire::Batch {
        slot: batch.slot,
        first: batch.entries.first().map_or(0, |e| e.seq),
        through: batch.through.0.to_vec(),
        packing: packing.into(),
        frame,
        returned: batch.returned,
    }
}

fn pack(plain: Vec<u8>) -> (wire::Packing, Vec<u8>) {
    let level = if plain.len() >= PACK_HARD_FROM { 9 } else { 3 };
    if plain.len() >= PACK_FROM
        && let Ok(packed) = zstd::bulk::compress(&plain, level)
        && packed.len() < plain.len()
    {
        return (wire::Packing::Zstd, packed);
    }
    (wire::Packing::Plain, plain)
}

/// What the rest of a turn may still unpack to.
struct Left {
    bytes: usize,
    entries: usize,
}

fn batch_in(batch: &wire::Batch, left: &mut Left) -> Result<Batch, Malformed> {
    let too_large = || Malformed::TooLarge("batch.frame");
    let plain = match batch.packing() {
        wire::Packing::Plain => batch.frame.clone(),
        wire::Packing::Zstd => zstd::bulk::decompress(&batch.frame, left.bytes).map_err(|_| too_large())?,
    };
    left.bytes = left.bytes.checked_sub(plain.len()).ok_or_else(too_large)?;
    let frame = wire::Frame::decode(plain.as_slice()).map_err(|_| Malformed::NotA("frame"))?;
    left.entries = left.entries.checked_sub(frame.entries.len()).ok_or_else(too_large)?;
    if batch.first == 0 || batch.first.checked_add(frame.entries.len() as u64).is_none() {
        return Err(Malformed::Field("batch.first"));
    }
    let mut made = 0_i64;
    let entries = frame.entries.into_iter().zip(batch.first..).map(|(entry, seq)| {
        made = made.wrapping_add(entry.made);
        if entry.body.len() > MAX_BODY {
            return Err(Malformed::TooLarge("entry.body"));
        }
        Ok(Entry { seq, made: Moment(made), kind: Kind(entry.kind), body: entry.body })
    });
    Ok(Batch {
        slot: batch.slot,
        entries: entries.collect::<Result<_, _>>()?,
        through: hash_in(&batch.through, "batch.through")?,
        returned: batch.returned,
    })
}

fn chunk_out(chunk: &Chunk) -> wire::Chunk {
    wire::Chunk {
        slot: chunk.slot,
        seq: chunk.seq,
        made: chunk.made.0,
        kind: chunk.kind.0,
        total: chunk.total,
        body_hash: chunk.body_hash.0.to_vec(),
        offset: chunk.offset,
        piece: chunk.piece.clone(),
    }
}

fn chunk_in(chunk: wire::Chunk) -> Result<Chunk, Malformed> {
    Ok(Chunk {
        slot: chunk.slot,
        seq: chunk.seq,
        made: Moment(chunk.made),
        kind: Kind(chunk.kind),
        total: chunk.total,
        body_hash: hash_in(&chunk.body_hash, "chunk.body_hash")?,
        offset: chunk.offset,
        piece: chunk.piece,
    })
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

fn hash_in(bytes: &[u8], field: &'static str) -> Result<Hash, Malformed> {
    bytes.try_into().map(Hash).map_err(|_| Malformed::Field(field))
}

fn shelf_in(shelf: wire::Shelf) -> Result<ShelfList, Malformed> {
    if shelf.heads.len() > MAX_ITEMS || shelf.wants.len() > MAX_ITEMS {
        return Err(Malformed::TooLarge("shelf"));
    }
    let heads = shelf.heads.into_iter().map(|head| {
        Ok(DocumentHead {
            topic: topic_in(head.topic())?,
            issuer: head.issuer.parse().map_err(|_| Malformed::Field("head.issuer"))?,
            part: head.part,
            version: head.version,
            hash: head.hash,
        })
    });
    Ok(ShelfList { heads: heads.collect::<Result<_, _>>()?, wants: shelf.wants })
}

fn head_out(head: &DocumentHead) -> wire::DocumentHead {
    wire::DocumentHead {
        topic: topic_out(head.topic).into(),
        issuer: head.issuer.to_string(),
        part: head.part.clone(),
        version: head.version,
        hash: head.hash,
    }
}

const fn topic_out(topic: Topic) -> wire::Topic {
    match topic {
        Topic::Rulebook => wire::Topic::Rulebook,
        Topic::Calendar => wire::Topic::Calendar,
        Topic::Directory => wire::Topic::Directory,
    }
}

const fn topic_in(topic: wire::Topic) -> Result<Topic, Malformed> {
    match topic {
        wire::Topic::Rulebook => Ok(Topic::Rulebook),
        wire::Topic::Calendar => Ok(Topic::Calendar),
        wire::Topic::Directory => Ok(Topic::Directory),
        wire::Topic::Unspecified => Err(Malformed::Field("topic")),
    }
}

fn document_out(document: &Document) -> wire::Document {
    wire::Document {
        topic: topic_out(document.topic).into(),
        issuer: document.issuer.to_string(),
        part: document.part.clone(),
        version: document.version,
        previous: document.previous.0.to_vec(),
        issued: document.issued.0,
        body: document.body.clone(),
        signature: document.signature.clone(),
    }
}

fn document_in(document: wire::Document) -> Result<Document, Malformed> {
    if document.body.len() > MAX_DOCUMENT {
        return Err(Malformed::TooLarge("document.body"));
    }
    Ok(Document {
        topic: topic_in(document.topic())?,
        issuer: document.issuer.parse().map_err(|_| Malformed::Field("document.issuer"))?,
        part: document.part,
        version: document.version,
        previous: hash_in(&document.previous, "document.previous")?,
        issued: Moment(document.issued),
        body: document.body,
        signature: document.signature,
    })
}

fn day_in(number: i32, field: &'static str) -> Result<Day, Malformed> {
    Day::from_number(number).map_err(|_| Malformed::Field(field))
}

/// Counters a newer party added at the end are kept in the stored body and left out of the counts.
fn counts_in(packed: Vec<u64>) -> Result<Counts, Malformed> {
    if packed.iter().any(|&n| n > MAX_COUNT) {
        return Err(Malformed::TooLarge("counts"));
    }
    Ok(packed.into())
}

/// A sheet as an entry's body.
pub fn sheet_out(sheet: &Sheet) -> Vec<u8> {
    wire::Sheet {
        day: sheet.day.number(),
        revision: sheet.revision,
        counts: sheet.counts.into(),
        provisional: sheet.provisional,
        closed: sheet.closed.0,
    }
    .encode_to_vec()
}

/// A sheet from an entry's body.
///
/// # Errors
/// When the bytes are no sheet.
pub fn sheet_in(body: &[u8]) -> Result<Sheet, Malformed> {
    let sheet = wire::Sheet::decode(body).map_err(|_| Malformed::NotA("sheet"))?;
    if sheet.revision == 0 {
        return Err(Malformed::Field("sheet.revision"));
    }
    Ok(Sheet {
        day: day_in(sheet.day, "sheet.day")?,
        revision: sheet.revision,
        counts: counts_in(sheet.counts)?,
        provisional: sheet.provisional,
        closed: Moment(sheet.closed),
    })
}

/// Totals as an entry's body.
pub fn totals_out(totals: &Totals) -> Vec<u8> {
    let rows = totals.rows.iter().map(|row| wire::TotalsRow {
        place: row.place.number(),
        counts: row.counts.into(),
        expected: row.reporting.expected,
        reported: row.reporting.reported,
        on_time: row.reporting.on_time,
        restated: row.reporting.restated,
        provisional: row.reporting.provisional,
    });
    wire::Totals {
        day: totals.day.number(),
        revision: totals.revision,
        drawn: totals.drawn.0,
        rows: rows.collect(),
    }
    .encode_to_vec()
}

/// Totals from an entry's body.
///
/// # Errors
/// When the bytes are no totals.
pub fn totals_in(body: &[u8]) -> Result<Totals, Malformed> {
    let totals = wire::Totals::decode(body).map_err(|_| Malformed::NotA("totals"))?;
    if totals.revision == 0 || totals.rows.len() > MAX_ITEMS {
        return Err(Malformed::Field("totals.revision"));
    }
    let rows = totals.rows.into_iter().map(|row| {
        let told = [row.expected, row.reported, row.on_time, row.restated, row.provisional];
        if told.into_iter().any(|n| n > MAX_UNITS) {
            return Err(Malformed::TooLarge("totals.reporting"));
        }
        Ok(TotalsRow {
            place: Region::from_number(row.place).map_err(|_| Malformed::Field("totals.place"))?,
            counts: counts_in(row.counts)?,
            reporting: Reporting {
                expected: row.expected,
                reported: row.reported,
                on_time: row.on_time,
                restated: row.restated,
                provisional: row.provisional,
            },
        })
    });
    Ok(Totals {
        day: day_in(totals.day, "totals.day")?,
        revision: totals.revision,
        drawn: Moment(totals.drawn),
        rows: rows.collect::<Result<_, _>>()?,
    })
}

/// An answer to one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The stream of the entry.
    pub stream: StreamId,
    /// Its number.
    pub seq: u64,
    /// Why it was not taken.
    pub reason: Reason,
    /// In words.
    pub detail: String,
}

/// A receipt as an entry's body.
pub fn receipt_out(receipt: &Receipt) -> Vec<u8> {
    let reason = match receipt.reason {
        Reason::Unreadable => wire::Refused::Unreadable,
        Reason::UnknownKind => wire::Refused::UnknownKind,
        Reason::Inconsistent => wire::Refused::Inconsistent,
        Reason::Day => wire::Refused::Day,
        Reason::NotYours => wire::Refused::NotYours,
        Reason::Forged => wire::Refused::Forged,
        Reason::Nowhere => wire::Refused::Nowhere,
    };
    wire::Receipt {
        origin: receipt.stream.origin.to_string(),
        life: receipt.stream.life.number,
        nonce: receipt.stream.life.nonce,
        seq: receipt.seq,
        reason: reason.into(),
        detail: receipt.detail.clone(),
    }
    .encode_to_vec()
}

/// A receipt from an entry's body. Receipts answer entries that go up.
///
/// # Errors
/// When the bytes are no receipt.
pub fn receipt_in(body: &[u8]) -> Result<Receipt, Malformed> {
    let receipt = wire::Receipt::decode(body).map_err(|_| Malformed::NotA("receipt"))?;
    let reason = match receipt.reason() {
        wire::Refused::Unreadable => Reason::Unreadable,
        wire::Refused::UnknownKind => Reason::UnknownKind,
        wire::Refused::Inconsistent => Reason::Inconsistent,
        wire::Refused::Day => Reason::Day,
        wire::Refused::NotYours => Reason::NotYours,
        wire::Refused::Forged => Reason::Forged,
        wire::Refused::Nowhere => Reason::Nowhere,
        wire::Refused::Unspecified => return Err(Malformed::Field("receipt.reason")),
    };
    Ok(Receipt {
        stream: StreamId {
            origin: receipt.origin.parse().map_err(|_| Malformed::Field("receipt.origin"))?,
            life: Incarnation { number: receipt.life, nonce: receipt.nonce },
            lane: Lane::Up,
        },
        seq: receipt.seq,
        reason,
        detail: receipt.detail,
    })
}
