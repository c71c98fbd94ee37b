//! Writing down.

use std::collections::BTreeMap;

use super::super::take::ack;
use super::super::{Conversation, Limits, Role, TalkError};
use super::{Carried, Delivered, Held, Way, Words};
use crate::link::turn::{Batch, DocumentHead, Recall, ShelfList, Turn};
use crate::link::{acquaintance, book, post, shelf};
use crate::model::day::Moment;
use crate::model::entry::StreamId;
use crate::model::party::Party;
use crate::store::{Room, StoreError};

/// Bytes of entries in one turn: with the 16 that each costs besides its body, never too many for a turn.
const TURN_BYTES: usize = 128 << 10;
/// Acknowledgements in one turn.
const TURN_ACKS: usize = 5_000;
/// Documents in one turn.
const TURN_DOCUMENTS: usize = 8;

/// What is still to be written: streams by slot, and the next number of each.
type Rest = Vec<(u32, StreamId, u64)>;

/// Writes down all that this party has for `peer`: every entry above what it acknowledged, where this party
/// stands in the other's streams, documents. After words from it were read out, this is the answer to them.
///
/// # Errors
/// When the store fails.
pub async fn write_down(
    post: &post::Post,
    peer: &Party,
    way: Way,
    words: Words,
    heard: Option<&Delivered>,
) -> Result<Vec<Carried>, TalkError> {
    let (mut written, mut pieces) = (BTreeMap::new(), Vec::new());
    loop {
        let talk = Conversation::new(post.clone(), peer.clone(), way.into(), Limits::default());
        let (heard, now) = (heard.cloned().unwrap_or_default(), post.clock.now());
        let (first, done) = (pieces.is_empty(), written.clone());
        let begin = move |room: &mut Room<'_>| talk.begin(room, &heard, first, &done, words.all, now);
        let (mut carried, mut rest) = post.desk.act(begin).await?;
        let mut left = words.bytes.max(1);
        while left > 0 && !rest.is_empty() {
            let most = left.min(TURN_BYTES);
            let page = move |room: &mut Room<'_>| page(room, rest, most);
            let (turn, size, after) = post.desk.act::<_, TalkError>(page).await?;
            rest = after;
            left = left.saturating_sub(size);
            carried.turns.extend((!turn.batches.is_empty()).then_some(turn));
        }
        let over = rest.is_empty();
        for turn in &mut carried.turns {
            turn.over = true;
        }
        written = rest.into_iter().map(|(_, stream, next)| (stream, next)).collect();
        pieces.push(carried);
        if over {
            return Ok(pieces);
        }
    }
}

/// One turn of entries: how many bytes it has, and what is left.
fn page(room: &Room<'_>, rest: Rest, most: usize) -> Result<(Turn, usize, Rest), TalkError> {
    let (mut turn, mut size, mut after) = (Turn::default(), 0, Vec::new());
    for (slot, stream, next) in rest {
        if size >= most {
            after.push((slot, stream, next));
            continue;
        }
        let (entries, through) = book::read(room, &stream, next, most - size)?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { continue };
        size += entries.iter().map(|entry| entry.body.len() + 16).sum::<usize>();
        turn.batches.push(Batch { slot, entries, through, returned: false });
        if book::find(room, &stream)?.is_some_and(|record| record.tail.seq > last) {
            after.push((slot, stream, last + 1));
        }
    }
    Ok((turn, size, after))
}

impl Conversation {
    /// All but the entries. Of `done`, what it names goes on from there, and what it does not name is written
    /// already.
    fn begin(
        mut self,
        room: &mut Room<'_>,
        heard: &Delivered,
        first: bool,
        done: &BTreeMap<StreamId, u64>,
        all: bool,
        now: Moment,
    ) -> Result<(Carried, Rest), TalkError> {
        let made = acquaintance::write_at(room, &self.peer, now)?;
        let mut turn = Turn::default();
        self.introduce(room, &mut turn, made)?;
        if let Some(hello) = &mut turn.hello {
            hello.seal_key = acquaintance::own_key(room)?;
        }
        let mut rest = Vec::new();
        for (record, slot) in self.streams_to_give(room)?.into_iter().zip(0_u32..) {
            let acked = book::cursor(room, &self.peer, &record.id)?.map_or(0, |cursor| cursor.acked.seq);
            let start = if all { record.base } else { record.base.max(acked + 1) };
            let next = if first { Some(start) } else { done.get(&record.id).copied() };
            if let Some(next) = next.filter(|next| *next <= record.tail.seq) {
                rest.push((slot, record.id.clone(), next));
            }
            self.offer(&mut turn, &record, None);
        }
        // an answer is for the store that asked
        let reader = match heard.store {
            0 => post::contact(room, &self.peer)?.map_or(0, |contact| contact.store),
            store => store,
        };
        let held = self.held(room, heard)?;
        let mut turns = self.acks(room, turn, &held)?;
        if first {
            self.give_back(room, heard, &mut turns[0])?;
            turns[0].certificate.clone_from(&heard.certificate);
            let papers = self.papers(room, heard.heads.as_deref(), &mut turns[0])?;
            turns.extend(papers);
        }
        Ok((Carried { made, reader, held, turns }, rest))
    }

    /// The other's streams: those that it offered, then the others that are held here.
    fn held(&self, room: &Room<'_>, heard: &Delivered) -> Result<Vec<Held>, StoreError> {
        let known = match self.role {
            Role::Parent => book::streams(room, true, &self.peer)?,
            Role::Child | Role::Neighbour => book::streams(room, false, &self.post.me)?,
        };
        let mut held = heard.offers.clone();
        for record in known {
            let theirs = match self.role {
                Role::Parent => true,
                Role::Child => self.post.me.is_below(&record.id.origin),
                Role::Neighbour => record.id.origin == self.peer,
            };
            if theirs && !held.iter().any(|held| held.stream == record.id) {
                held.push(Held { stream: record.id, offered: None });
            }
        }
        Ok(held)
    }

    fn acks(&self, room: &Room<'_>, mut turn: Turn, held: &[Held]) -> Result<Vec<Turn>, TalkError> {
        let mut acks = Vec::with_capacity(held.len());
        for (held, slot) in held.iter().zip(0_u32..) {
            acks.push(ack(room, slot, &held.stream, 0)?);
        }
        let mut turns = Vec::new();
        for some in acks.chunks(TURN_ACKS) {
            turn.acks = some.to_vec();
            turns.push(std::mem::take(&mut turn));
        }
        if turns.is_empty() {
            turns.push(turn);
        }
        Ok(turns)
    }

    /// What the other side has lost of its own streams, without waiting to be asked: the next stick may be
    /// weeks away.
    fn give_back(
        &mut self,
        room: &mut Room<'_>,
        heard: &Delivered,
        turn: &mut Turn,
    ) -> Result<(), TalkError> {
        self.taking = heard.offers.iter().map(|held| held.stream.clone()).collect();
        let mut lost = Turn::default();
        for ack in turn.acks.iter().take(heard.offers.len()) {
            let Held { stream, offered } = &heard.offers[ack.slot as usize];
            let offered = offered.unwrap_or(0);
            if stream.origin == self.peer && (ack.mark.seq > offered || ack.latest_life > stream.life.number)
            {
                lost.recalls.push(Recall { slot: ack.slot, from: offered + 1 });
            }
        }
        self.hear_recalls(room, &lost, turn)
    }

    /// A child says which documents it has; a parent gives those that the child lacks, or all when it does not
    /// know. Neighbours have none in common.
    fn papers(
        &self,
        room: &Room<'_>,
        theirs: Option<&[DocumentHead]>,
        opening: &mut Turn,
    ) -> Result<Vec<Turn>, TalkError> {
        if self.role == Role::Neighbour {
            return Ok(Vec::new());
        }
        let heads = shelf::heads_for(room, &self.child_party())?;
        if self.role == Role::Child {
            opening.shelf = Some(ShelfList { heads, wants: Vec::new() });
            return Ok(Vec::new());
        }
        let mut documents = Vec::new();
        for head in heads {
            let held = theirs.unwrap_or_default().iter().find(|their| {
                (their.topic, &their.issuer, &their.part) == (head.topic, &head.issuer, &head.part)
            });
            let newer = |their: &DocumentHead| {
                head.version > their.version || (head.version == their.version && head.hash != their.hash)
            };
            if held.is_none_or(newer) {
                documents.extend(shelf::held(room, head.topic, &head.issuer, &head.part)?);
            }
        }
        let turns = documents.chunks(TURN_DOCUMENTS);
        Ok(turns.map(|some| Turn { documents: some.to_vec(), ..Turn::default() }).collect())
    }
}
