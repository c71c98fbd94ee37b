//! Judging an acknowledgement against one's own record, and mending what does not fit.

use super::give::Giving;
use super::{Conversation, TalkError};
use crate::link::book::{self, Cursor, StreamRecord};
use crate::link::post;
use crate::link::turn::{Ack, Batch, Recall, Turn};
use crate::model::day::Moment;
use crate::model::entry::Lane;
use crate::store::{Room, StoreError};

/// A neighbour that claims a later life again and again is not followed further in one conversation.
const MOST_LIVES: usize = 4;

/// The most bytes of entries that one turn gives back: years of a school's sheets.
const RETURNED_BYTES: usize = 256 << 10;

/// How the giver's record and the receiver's acknowledgement of it compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The receiver has a part of what is here.
    Agrees,
    /// The receiver has more than is here: the giver was restored from an older copy.
    Behind,
    /// Both have something different under one number.
    Forked,
    /// The receiver lacks what is no longer kept here.
    Lost,
    /// The receiver knows a later life of the giver.
    Outlived,
}

impl Conversation {
    /// Whether the other side holds more of this party's own words than its store does. What it says next may
    /// rest on them, so this is known before anything is heard.
    pub(super) fn notice_a_copy(
        &self,
        room: &mut Room<'_>,
        heard: &Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        for ack in &heard.acks {
            let own = |giving: &&Giving| !giving.closed && giving.stream.origin == self.post.me;
            let Some(giving) = self.giving.get(ack.slot as usize).filter(own) else { continue };
            let Some(record) = book::find(room, &giving.stream)? else { continue };
            let fault = judge(room, &record, ack)?;
            if matches!(fault, Judgement::Behind | Judgement::Forked | Judgement::Outlived) {
                self.post.handler.put_back(room, now)?;
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn hear_acks(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        for ack in &heard.acks {
            let slot = ack.slot as usize;
            let Some(giving) = self.giving.get(slot) else {
                return Err(TalkError::Order("an ack without an offer"));
            };
            if giving.closed {
                continue;
            }
            let stream = giving.stream.clone();
            let Some(record) = book::find(room, &stream)? else { continue };
            self.report.duplicates += u64::from(ack.duplicates);
            let mine = record.id.origin == self.post.me;
            // an earlier life of somebody else is history: it goes on its way to the end
            let ack = &Ack { latest_life: if mine { ack.latest_life } else { 0 }, ..*ack };
            match judge(room, &record, ack)? {
                Judgement::Agrees => self.settle(room, slot, ack, now)?,
                fault => self.mend(room, turn, slot, &record, ack, fault, now)?,
            }
        }
        Ok(())
    }

    pub(super) fn settle(
        &mut self,
        room: &mut Room<'_>,
        slot: usize,
        ack: &Ack,
        now: Moment,
    ) -> Result<(), TalkError> {
        let stream = self.giving[slot].stream.clone();
        let before = book::cursor(room, &self.peer, &stream)?.map_or(0, |c| c.acked.seq);
        if ack.mark.seq < before {
            self.report.refilled += before - ack.mark.seq;
            tracing::warn!(stream = %stream, "{} was restored from an older copy: sending {} entries again", self.peer, before - ack.mark.seq);
        }
        self.report.acked += ack.mark.seq.saturating_sub(before);
        book::settle(room, &self.peer, &stream, Cursor { acked: ack.mark, at: now }, ack.safe)?;
        let giving = &mut self.giving[slot];
        giving.next = Some(ack.mark.seq + 1);
        giving.partial = ack.partial;
        Ok(())
    }

    /// One's own stream goes on in a new life; another's is kept as it is, and its origin is asked.
    #[expect(clippy::too_many_arguments, reason = "one call site; the parts belong to one judgement")]
    pub(super) fn mend(
        &mut self,
        room: &mut Room<'_>,
        turn: &mut Turn,
        slot: usize,
        record: &StreamRecord,
        ack: &Ack,
        fault: Judgement,
        now: Moment,
    ) -> Result<(), TalkError> {
        self.giving[slot].closed = true;
        tracing::warn!(stream = %record.id, "{}'s view of the stream {} does not fit: {fault:?}", self.peer, record.id);
        if record.id.origin != self.post.me {
            match fault {
                Judgement::Lost => book::ask_restate(room, &record.id)?,
                // its origin was put back together with this party, so that the two agree and the origin cannot
                // see it; what it says again comes in a later life, and this branch is never taken there
                Judgement::Forked => {
                    book::ask_restate(room, &record.id)?;
                    book::note_refused(room, &self.peer, &record.id, record.tail);
                }
                // the origin reached the receiver by another way, too: all that is here is there, and nothing
                // of it waits; nor is anything forgotten on the word of a number alone
                Judgement::Behind => {
                    let cursor = Cursor { acked: record.tail, at: now };
                    book::settle(room, &self.peer, &record.id, cursor, 0)?;
                }
                Judgement::Outlived | Judgement::Agrees => {}
            }
            return Ok(());
        }
        if self
            .giving
            .iter()
            .filter(|g| g.stream.origin == self.post.me && g.stream.lane == record.id.lane)
            .count()
            > MOST_LIVES
        {
            return Err(TalkError::Order("no life is late enough"));
        }
        let above = ack.latest_life.max(record.id.life.number);
        if matches!(fault, Judgement::Behind | Judgement::Outlived | Judgement::Forked) {
            // where two branches part nobody knows: of a fork everything is asked for that may be another
            let from = if fault == Judgement::Forked { record.base } else { record.tail.seq + 1 };
            turn.recalls.push(Recall { slot: ack.slot, from });
            // the new life waits for the answer: after a cut, what is missing would never be asked for again
            self.giving[slot].asked_back = Some(above);
            self.report.new_lives.push(fault);
            return Ok(());
        }
        book::reincarnate(room, &self.post.me, &record.id.lane, above, post::random())?;
        if fault == Judgement::Lost && record.id.lane == Lane::Up {
            self.post.handler.restate(room, now)?;
        }
        self.report.new_lives.push(fault);
        Ok(())
    }

    /// Takes back one's own entries that were asked for in the turn before, and starts the new life that
    /// waited for them. What nobody asked for is no entry of ours.
    pub(super) fn hear_returned(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        for batch in heard.batches.iter().filter(|b| b.returned) {
            let asked = self.giving.get(batch.slot as usize).is_some_and(|g| g.asked_back.is_some());
            if !asked {
                return Err(TalkError::Order("entries given back that nobody asked for"));
            }
            self.report.returned += batch.entries.len() as u64;
            self.post.handler.returned(room, &batch.entries, now)?;
        }
        for giving in &mut self.giving {
            if let Some(above) = giving.asked_back.take() {
                book::reincarnate(room, &self.post.me, &giving.stream.lane, above, post::random())?;
            }
        }
        Ok(())
    }

    pub(super) fn hear_recalls(
        &self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
    ) -> Result<(), TalkError> {
        let mut left = RETURNED_BYTES;
        for recall in &heard.recalls {
            let stream = self.taken(recall.slot)?;
            let Some(record) = book::find(room, &stream)? else { continue };
            let (mut from, slot) = (recall.from.max(record.base), recall.slot);
            // what was said in a life that the asker has forgotten altogether is missing there, too
            for life in std::iter::once(record).chain(book::later_lives(room, &stream)?) {
                let (entries, through) = book::read(room, &life.id, from.max(life.base), left)?;
                left = left.saturating_sub(entries.iter().map(|e| e.body.len() + 16).sum());
                from = 1;
                if !entries.is_empty() {
                    turn.batches.push(Batch { slot, entries, through, returned: true });
                }
                if left == 0 {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Compares an acknowledgement with the giver's own record.
///
/// # Errors
/// When the store cannot read.
pub fn judge(room: &Room<'_>, record: &StreamRecord, ack: &Ack) -> Result<Judgement, StoreError> {
    Ok(if ack.latest_life > record.id.life.number {
        Judgement::Outlived
    } else if ack.mark.seq > record.tail.seq {
        Judgement::Behind
    } else if ack.restate || ack.mark.seq + 1 < record.base {
        Judgement::Lost
    } else if book::hash_at(room, record, ack.mark.seq)? == Some(ack.mark.hash) {
        Judgement::Agrees
    } else {
        Judgement::Forked
    })
}
