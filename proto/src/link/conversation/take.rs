//! Taking: what the other side offers and sends, applied and acknowledged.

use super::{Conversation, Role, TalkError};
use crate::link::post::{self, Quarantined, Taken};
use crate::link::turn::{Ack, Turn};
use crate::link::{book, copies};
use crate::model::day::Moment;
use crate::model::entry::{Lane, Mark, StreamId};
use crate::store::{Room, StoreError};

impl Conversation {
    /// Says where this side stands in what the other offers. Whether the other side lacks a part of its own
    /// stream: then it will ask for it, and this side must not end the conversation before.
    pub(super) fn hear_offers(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<bool, TalkError> {
        let mut missing = false;
        for offer in &heard.offers {
            let StreamId { origin, lane, .. } = &offer.stream;
            let allowed = match (self.role, lane) {
                (Role::Parent, Lane::Up) => *origin == self.peer || origin.is_below(&self.peer),
                (Role::Child, Lane::To(to)) => {
                    let me = &self.post.me;
                    (to == me || to.is_below(me)) && me.is_below(origin)
                }
                (Role::Neighbour, Lane::To(to)) => *to == self.post.me && *origin == self.peer,
                _ => false,
            };
            if !allowed {
                return Err(TalkError::NotYours(Box::new(offer.stream.clone())));
            }
            self.taking.push(offer.stream.clone());
            let slot =
                u32::try_from(self.taking.len() - 1).map_err(|_| TalkError::Order("too many offers"))?;
            let mut ack = ack(room, slot, &offer.stream, 0)?;
            if *origin != self.peer && ack.mark.seq > offer.tail {
                ack.mark = within(room, &offer.stream, offer.tail)?.unwrap_or(ack.mark);
            }
            let later = ack.mark.seq > offer.tail || ack.latest_life > offer.stream.life.number;
            missing |= later && *origin == self.peer;
            if ack.latest_life > offer.stream.life.number {
                self.notice_another_voice(room, &offer.stream, now)?;
            }
            turn.acks.push(ack);
        }
        Ok(missing)
    }

    pub(super) fn taken(&self, slot: u32) -> Result<StreamId, TalkError> {
        self.taking.get(slot as usize).cloned().ok_or(TalkError::Order("a slot that was not offered"))
    }

    pub(super) fn hear_entries(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        self.hear_returned(room, heard, now)?;
        for batch in heard.batches.iter().filter(|b| !b.returned) {
            let stream = self.taken(batch.slot)?;
            let result = book::hear(room, &stream, batch)?;
            self.apply(room, turn, batch.slot, &stream, result, now)?;
        }
        for chunk in &heard.chunks {
            let stream = self.taken(chunk.slot)?;
            let result = book::hear_chunk(room, &stream, chunk)?;
            // a piece changes how much of the next entry is here
            turn.acks.retain(|a| a.slot != chunk.slot);
            self.apply(room, turn, chunk.slot, &stream, result, now)?;
        }
        Ok(())
    }

    /// Applies what is new and acknowledges the whole.
    pub(super) fn apply(
        &mut self,
        room: &mut Room<'_>,
        turn: &mut Turn,
        slot: u32,
        stream: &StreamId,
        heard: book::Heard,
        now: Moment,
    ) -> Result<(), TalkError> {
        if heard.forked {
            tracing::warn!(stream = %stream, "the stream {stream} forked: kept what was here");
            self.forked_there |= stream.origin == self.peer;
            self.notice_another_voice(room, stream, now)?;
        } else if heard.duplicates > 0 || !heard.fresh.is_empty() {
            self.notice_one_voice(room, stream, &heard, now)?;
        }
        for entry in &heard.fresh {
            self.report.received += 1;
            if stream.lane != Lane::Up && stream.lane != Lane::To(self.post.me.clone()) {
                continue;
            }
            if let Taken::Refused(reason, detail) = self.post.handler.take(room, stream, entry, now)? {
                self.report.quarantined += 1;
                let held = Quarantined { stream: stream.clone(), seq: entry.seq, reason, detail, at: now };
                post::refuse(room, &self.post.me, &*self.post.handler, held, entry)?;
            }
        }
        self.report.received_again += u64::from(heard.duplicates);
        // what was read for the offer in this very turn holds but for the entries heard since
        let offered = turn.acks.iter().position(|a| a.slot == slot).map(|at| turn.acks.remove(at));
        turn.acks.push(match offered {
            Some(ack) => Ack { mark: heard.mark, duplicates: heard.duplicates, ..ack },
            None => ack(room, slot, stream, heard.duplicates)?,
        });
        Ok(())
    }
}

impl Conversation {
    /// A unit's own stream does not fit what is held here of it, or is one of an earlier life.
    fn notice_another_voice(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        now: Moment,
    ) -> Result<(), StoreError> {
        let Some(store) = self.store_of_unit(stream) else { return Ok(()) };
        if copies::contradicts(room, &self.peer, store, now)? {
            tracing::warn!(stream = %stream, "two machines may speak in the name of {}", self.peer);
        }
        Ok(())
    }

    /// Entries of a stream fit what is held here.
    fn notice_one_voice(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        heard: &book::Heard,
        now: Moment,
    ) -> Result<(), StoreError> {
        if stream.lane == Lane::Up && heard.fresh.first().is_some_and(|entry| entry.seq == 1) {
            copies::began(room, &stream.origin, stream.life, now)?;
        }
        match self.store_of_unit(stream) {
            Some(store) if book::latest_life(room, stream)? == stream.life.number => {
                copies::agrees(room, &self.peer, store, now)
            }
            _ => Ok(()),
        }
    }

    /// The store that speaks, when `stream` is its unit's own.
    fn store_of_unit(&self, stream: &StreamId) -> Option<u64> {
        self.store_there.filter(|_| self.role == Role::Parent && stream.origin == self.peer)
    }
}

/// Where somebody else's stream stood here at number `seq`. Who hands it on and has less is told this and not how
/// much more came another way: so it can see whether what it has is a part of that, or another branch.
fn within(room: &Room<'_>, stream: &StreamId, seq: u64) -> Result<Option<Mark>, StoreError> {
    if seq == 0 {
        return Ok(Some(Mark::START));
    }
    let Some(record) = book::find(room, stream)? else { return Ok(None) };
    Ok(book::hash_at(room, &record, seq)?.map(|hash| Mark { seq, hash }))
}

/// Where this side stands in a stream that the other offered under `slot`.
///
/// # Errors
/// When the store cannot read.
pub fn ack(room: &Room<'_>, slot: u32, stream: &StreamId, duplicates: u32) -> Result<Ack, StoreError> {
    let record = book::find(room, stream)?;
    let latest_life = book::latest_life(room, stream)?;
    Ok(match record {
        None => Ack { slot, mark: Mark::START, safe: 0, latest_life, partial: 0, restate: false, duplicates },
        Some(record) => Ack {
            slot,
            mark: record.tail,
            safe: record.safe,
            latest_life,
            partial: book::partial(room, stream)?,
            restate: record.restate,
            duplicates,
        },
    })
}
