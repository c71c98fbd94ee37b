//! Giving: which streams, from where on, how much in one turn.

use super::{Conversation, Role, TalkError};
use crate::link::book::{self, StreamRecord};
use crate::link::post;
use crate::link::turn::{Batch, Chunk, Offer, Turn};
use crate::model::day::Moment;
use crate::model::entry::{Entry, Hash, Lane, StreamId};
use crate::store::Room;

/// A stream that this side gives.
#[derive(Debug)]
pub(super) struct Giving {
    pub(super) stream: StreamId,
    /// Next number to send; `None` until the other side has said where it stands.
    pub(super) next: Option<u64>,
    /// Bytes of the next entry that the other side has.
    pub(super) partial: u64,
    /// Where the last run sent started: the same run is not sent twice in one conversation.
    pub(super) tried: Option<(u64, u64)>,
    /// Given up for this conversation: replaced by a new life, or not ours to mend.
    pub(super) closed: bool,
    /// The other side was asked for what is missing here. When it has answered, a new life begins with a
    /// number above this one.
    pub(super) asked_back: Option<u32>,
}

impl Conversation {
    /// Offers the streams that have something new and were not named yet in this conversation, and counts
    /// the entries that the other side has not acknowledged.
    pub(super) fn offer_news(&mut self, room: &mut Room<'_>, turn: &mut Turn) -> Result<(), TalkError> {
        self.report.waiting = 0;
        for record in self.streams_to_give(room)? {
            let cursor = book::cursor(room, &self.peer, &record.id)?;
            let acked = cursor.map_or(0, |c| c.acked.seq);
            // nobody has the part before, and its origin has said everything again in a later life
            if !(record.restate && book::latest_life(room, &record.id)? > record.id.life.number) {
                self.report.waiting += record.tail.seq.saturating_sub(acked);
            }
            if self.giving.iter().any(|g| g.stream == record.id) {
                continue;
            }
            let mine = record.id.origin == self.post.me;
            if !mine && book::is_refused(room, &self.peer, &record.id, record.tail)? {
                continue;
            }
            let news = cursor.is_none() || acked < record.tail.seq;
            // a child always shows its own stream: that is where a restore on either side is seen
            if news || (mine && self.role == Role::Child) {
                self.offer(turn, &record, cursor.map(|_| acked + 1));
            }
        }
        Ok(())
    }

    /// The other side has another store than at the last contact: it may lack what it acknowledged, so
    /// everything is offered again. A child's own stream is shown at every contact anyway.
    pub(super) fn doubt(&mut self, room: &mut Room<'_>) -> Result<(), TalkError> {
        for record in self.streams_to_give(room)? {
            if self.role == Role::Parent || record.id.origin != self.post.me {
                book::doubt(room, &self.peer, &record.id);
            }
        }
        Ok(())
    }

    pub(super) fn offer(&mut self, turn: &mut Turn, record: &StreamRecord, next: Option<u64>) {
        turn.offers.push(Offer { stream: record.id.clone(), base: record.base, tail: record.tail.seq });
        self.giving.push(Giving {
            stream: record.id.clone(),
            // what is no longer kept cannot be sent unasked
            next: next.filter(|n| *n >= record.base),
            partial: 0,
            tried: None,
            closed: false,
            asked_back: None,
        });
    }

    pub(super) fn streams_to_give(&self, room: &mut Room<'_>) -> Result<Vec<StreamRecord>, TalkError> {
        match self.role {
            Role::Parent | Role::Neighbour => Ok(book::streams(room, false, &self.peer)?),
            Role::Child => {
                let own = book::own(room, &self.post.me, &Lane::Up, post::random())?;
                let mut out = vec![own];
                for record in book::streams(room, true, &self.post.me)? {
                    if record.id.origin != self.post.me && self.post.handler.passes_up(room, &record.id)? {
                        out.push(record);
                    }
                }
                Ok(out)
            }
        }
    }

    /// Adds entries to the turn as far as it may grow. Whether more is left that this conversation will
    /// still send.
    pub(super) fn give(
        &mut self,
        room: &mut Room<'_>,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<bool, TalkError> {
        let mut room_left = self.limits.turn_bytes.min(self.limits.send_bytes);
        if self.limits.until.is_some_and(|until| now >= until) {
            self.report.used_up |= self.has_more(room)?;
            return Ok(false);
        }
        for slot in 0..self.giving.len() {
            let giving = &self.giving[slot];
            let (stream, Some(next)) = (giving.stream.clone(), giving.next) else { continue };
            if giving.closed || room_left == 0 || giving.tried == Some((next, giving.partial)) {
                continue;
            }
            let (mut entries, mut through) = book::read(room, &stream, next, room_left)?;
            self.giving[slot].tried = Some((next, self.giving[slot].partial));
            let whole = entries.iter().take_while(|e| e.body.len() <= self.limits.piece_bytes).count();
            if whole == 0
                && let Some(entry) = entries.first()
            {
                let chunk = self.piece(slot, entry, room_left);
                room_left = room_left.saturating_sub(chunk.piece.len());
                self.limits.send_bytes = self.limits.send_bytes.saturating_sub(chunk.piece.len());
                if chunk.offset + chunk.piece.len() as u64 == chunk.total {
                    self.report.sent += 1;
                }
                self.giving[slot].next = None;
                turn.chunks.push(chunk);
                continue;
            }
            if whole < entries.len() {
                let record = book::find(room, &stream)?;
                entries.truncate(whole);
                let last = entries.last().map_or(0, |e| e.seq);
                through = match record {
                    Some(record) => book::hash_at(room, &record, last)?.unwrap_or(Hash::ROOT),
                    None => Hash::ROOT,
                };
            }
            if entries.is_empty() {
                continue;
            }
            let size: usize = entries.iter().map(|e| e.body.len() + 16).sum();
            room_left = room_left.saturating_sub(size);
            self.limits.send_bytes = self.limits.send_bytes.saturating_sub(size);
            self.report.sent += entries.len() as u64;
            // the next run leaves when this one is acknowledged
            self.giving[slot].next = None;
            let slot = u32::try_from(slot).map_err(|_| TalkError::Order("too many offers"))?;
            turn.batches.push(Batch { slot, entries, through, returned: false });
        }
        let more = self.has_more(room)?;
        self.report.used_up |= more && self.limits.send_bytes == 0;
        Ok(more && self.limits.send_bytes > 0)
    }

    /// Whether this side would send something if it were its turn again: a run that is not sent yet, or
    /// one that waits to hear where the other side stands.
    pub(super) fn has_more(&self, room: &Room<'_>) -> Result<bool, TalkError> {
        for giving in self.giving.iter().filter(|g| !g.closed) {
            let Some(record) = book::find(room, &giving.stream)? else { continue };
            let more = match giving.next {
                Some(next) => next <= record.tail.seq && giving.tried != Some((next, giving.partial)),
                None => giving.tried.is_none() && record.tail.seq > 0,
            };
            if more {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn piece(&self, slot: usize, entry: &Entry, most: usize) -> Chunk {
        let from = usize::try_from(self.giving[slot].partial).unwrap_or(0).min(entry.body.len());
        let end = entry.body.len().min(from + most.max(1));
        Chunk {
            slot: u32::try_from(slot).unwrap_or(u32::MAX),
            seq: entry.seq,
            made: entry.made,
            kind: entry.kind,
            total: entry.body.len() as u64,
            body_hash: Hash(*blake3::hash(&entry.body).as_bytes()),
            offset: from as u64,
            piece: entry.body[from..end].to_vec(),
        }
    }
}
