//! Reading out.

use std::collections::BTreeSet;

use super::super::{Conversation, Judgement, Limits, Role, TalkError, judge};
use super::{Carried, Delivered, Gap, Held, Way};
use crate::link::acquaintance::{Acquaintance, Contact};
use crate::link::book::{self, Cursor};
use crate::link::conversation::give::Giving;
use crate::link::post::{self, Post};
use crate::link::shelf;
use crate::link::turn::{Batch, Hello, Turn};
use crate::model::day::Moment;
use crate::model::entry::{Mark, StreamId};
use crate::model::party::Party;
use crate::store::Room;

/// Words on their way into the store.
struct Reading {
    talk: Conversation,
    made: Moment,
    reader: u64,
    held: Vec<Held>,
    wants_answer: bool,
    /// What the speaker says of its view of this side is the newest there is.
    believed: bool,
    done: Delivered,
}

/// Reads out what `peer` wrote down: turn by turn, each one action at the desk, as on a line. `wants_answer`:
/// an answer will be written down, so a new certificate may be issued for it.
///
/// # Errors
/// See [`TalkError`]. What was read out before stands, and the whole may be read out again.
pub async fn read_out(
    post: &Post,
    peer: &Party,
    way: Way,
    carried: Carried,
    wants_answer: bool,
) -> Result<Delivered, TalkError> {
    let Carried { made, reader, held, turns } = carried;
    let talk = Conversation::new(post.clone(), peer.clone(), way.into(), Limits::default());
    let done = Delivered::default();
    let mut reading = Reading { talk, made, reader, held, wants_answer, believed: false, done };
    for (turn, number) in turns.into_iter().zip(0_u32..) {
        let now = post.clock.now();
        let hear = move |room: &mut Room<'_>| {
            reading.hear(room, &turn, number == 0, now)?;
            Ok::<_, TalkError>(reading)
        };
        reading = post.desk.act(hear).await?;
    }
    let Reading { talk, believed, mut done, .. } = reading;
    done.report = talk.report;
    done.answered = believed && !done.ask_again;
    Ok(done)
}

impl Reading {
    fn hear(&mut self, room: &mut Room<'_>, turn: &Turn, first: bool, now: Moment) -> Result<(), TalkError> {
        if first != turn.hello.is_some() || !turn.chunks.is_empty() || !turn.recalls.is_empty() {
            return Err(TalkError::Order("not as words are written down"));
        }
        // answers on the line, of which only what is acknowledged anew is of use here
        let mut answer = Turn::default();
        if let Some(hello) = &turn.hello {
            self.greet(room, hello, now)?;
        }
        self.talk.hear_offers(room, turn, &mut answer, now)?;
        let offers = turn.offers.iter();
        self.done.offers.extend(offers.map(|o| Held { stream: o.stream.clone(), offered: Some(o.tail) }));
        self.hear_acks(room, turn, &mut answer, now)?;
        if first {
            self.take_back(room, turn, now)?;
        }
        for batch in turn.batches.iter().filter(|batch| !batch.returned) {
            self.hear_batch(room, &mut answer, batch, now)?;
        }
        self.hear_papers(room, turn, now)
    }

    fn greet(&mut self, room: &mut Room<'_>, hello: &Hello, now: Moment) -> Result<(), TalkError> {
        let here = self.talk.post.speaks;
        let version = here.common(hello.speaks).ok_or(TalkError::Version { here, there: hello.speaks })?;
        let peer = self.talk.peer.clone();
        let mut them = Acquaintance::of(room, &peer)?;
        let news = them.is_news(self.made, now);
        let to_us = self.reader == post::store_number(room)?;
        self.done.stale = !news;
        self.done.store = hello.store;
        self.believed = news && to_us;
        self.done.ask_again = !to_us && self.reader != 0;
        if news {
            self.talk.store_there = Some(hello.store);
            let before = them.contact.take();
            them.note_keys(room, &peer, hello)?;
            if self.talk.role == Role::Parent {
                self.talk.hear_listens(room, hello, now)?;
            }
            them.contact = Some(Contact {
                last: now,
                clock_offset: before.as_ref().map_or(0, |contact| contact.clock_offset),
                store: hello.store,
                software: hello.software.clone(),
                version,
                conversations: before.as_ref().map_or(0, |contact| contact.conversations),
            });
            them.keep(room, &peer);
            if before.is_some_and(|before| before.store != hello.store) {
                self.doubt(room)?;
            }
            if self.wants_answer && self.talk.role == Role::Parent && !hello.renewal.is_empty() {
                let chain = self.talk.post.handler.renew(room, &peer, &hello.renewal, now)?;
                self.done.certificate = chain.unwrap_or_default();
            }
        }
        self.prepare_to_judge(room)
    }

    /// The other side was restored: on a line a child's own stream would be shown from where the answer says;
    /// here all that is kept goes next time.
    fn doubt(&self, room: &mut Room<'_>) -> Result<(), TalkError> {
        for record in self.talk.streams_to_give(room)? {
            book::doubt(room, &self.talk.peer, &record.id);
        }
        Ok(())
    }

    /// The streams that the acknowledgements speak of. One that this side does not give is passed over.
    fn prepare_to_judge(&mut self, room: &mut Room<'_>) -> Result<(), TalkError> {
        let ours: BTreeSet<StreamId> =
            self.talk.streams_to_give(room)?.into_iter().map(|record| record.id).collect();
        self.talk.giving = self
            .held
            .iter()
            .map(|held| Giving {
                stream: held.stream.clone(),
                next: None,
                partial: 0,
                tried: None,
                closed: !ours.contains(&held.stream),
                asked_back: None,
            })
            .collect();
        Ok(())
    }

    fn hear_acks(
        &mut self,
        room: &mut Room<'_>,
        turn: &Turn,
        answer: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        if self.believed {
            self.talk.notice_a_copy(room, turn, now)?;
            return self.talk.hear_acks(room, turn, answer, now);
        }
        if self.done.stale {
            // the speaker may have been put back since, and lack by now what it says it has
            return Ok(());
        }
        for ack in &turn.acks {
            let giving = self.talk.giving.get(ack.slot as usize);
            let giving = giving.ok_or(TalkError::Order("an ack without a stream"))?;
            let stream = giving.stream.clone();
            let Some(record) = book::find(room, &stream)?.filter(|_| !giving.closed) else { continue };
            let peer = &self.talk.peer;
            let before = book::cursor(room, peer, &stream)?.map_or(0, |cursor| cursor.acked.seq);
            match judge(room, &record, ack)? {
                Judgement::Agrees if ack.mark.seq > before => {
                    self.talk.report.acked += ack.mark.seq - before;
                    book::settle(room, peer, &stream, Cursor { acked: ack.mark, at: now }, ack.safe)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes back what this side has lost of its own streams. When the words were written before the loss was
    /// known, it must be asked for anew, and the new life waits.
    fn take_back(&mut self, room: &mut Room<'_>, turn: &Turn, now: Moment) -> Result<(), TalkError> {
        for (slot, held) in self.held.iter().enumerate() {
            let giving = &mut self.talk.giving[slot];
            let Some(above) = giving.asked_back.take() else { continue };
            let tail = book::find(room, &held.stream)?.map_or(0, |record| record.tail.seq);
            if held.offered.is_none_or(|offered| offered > tail) {
                self.done.ask_again = true;
                self.talk.report.new_lives.pop();
                continue;
            }
            let returned = turn.batches.iter().filter(|b| b.returned && b.slot as usize == slot);
            for batch in returned {
                self.talk.report.returned += batch.entries.len() as u64;
                self.talk.post.handler.returned(room, &batch.entries, now)?;
            }
            let StreamId { origin, lane, .. } = &held.stream;
            book::reincarnate(room, origin, lane, above, post::random())?;
        }
        Ok(())
    }

    fn hear_batch(
        &mut self,
        room: &mut Room<'_>,
        answer: &mut Turn,
        batch: &Batch,
        now: Moment,
    ) -> Result<(), TalkError> {
        let stream = self.talk.taken(batch.slot)?;
        let Some(first) = batch.entries.first().map(|entry| entry.seq) else { return Ok(()) };
        let record = book::find(room, &stream)?;
        let (base, tail) = record.map_or((1, Mark::START), |record| (record.base, record.tail));
        if first > tail.seq + 1 {
            if !self.done.gaps.iter().any(|gap| gap.stream == stream) {
                self.done.gaps.push(Gap { stream, from: tail.seq + 1, to: first - 1 });
            }
            return Ok(());
        }
        // what is forgotten here was safe further up, and cannot be compared any more
        let known: Vec<_> = batch.entries.iter().filter(|entry| entry.seq >= base).cloned().collect();
        self.talk.report.received_again += (batch.entries.len() - known.len()) as u64;
        if known.is_empty() {
            return Ok(());
        }
        let batch = Batch { entries: known, ..batch.clone() };
        let heard = book::hear(room, &stream, &batch)?;
        self.talk.apply(room, answer, batch.slot, &stream, heard, now)
    }

    fn hear_papers(&mut self, room: &mut Room<'_>, turn: &Turn, now: Moment) -> Result<(), TalkError> {
        if self.talk.role == Role::Neighbour {
            return Ok(());
        }
        if self.talk.role == Role::Parent {
            if let Some(list) = &turn.shelf {
                self.done.heads = Some(list.heads.clone());
            }
            return Ok(());
        }
        for document in &turn.documents {
            let held = shelf::held(room, document.topic, &document.issuer, &document.part)?;
            if held.is_none_or(|held| held.version <= document.version) {
                self.talk.take_document(room, document, now)?;
            }
        }
        if !turn.certificate.is_empty() && !self.done.stale {
            self.talk.post.handler.renewed(room, &turn.certificate, now)?;
            self.talk.report.renewed = true;
        }
        Ok(())
    }
}
