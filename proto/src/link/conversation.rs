//! One conversation between two neighbours, turn by turn, without a socket in sight.
//!
//! ```text
//! child                                        parent
//!   hello, offers, what is new ------------------>   applies, commits
//!   <-------- hello, acks, offers, what waits below, documents
//!   acks, the rest ------------------------------>   ...until neither has anything left to say
//! ```
//!
//! Every acknowledgement carries the hash of what it acknowledges. The giver compares it with its own
//! record ([`Judgement`]); a copy restored from an older backup on either side, a clone, or a lost part
//! shows there and is mended in the same conversation (`TRUST.md` 4.2, the table of views).

use super::book::{self, Cursor, StreamRecord};
use super::post::{self, Contact, Post, Quarantined, Taken};
use super::shelf;
use super::turn::{Ack, Batch, Chunk, Hello, Offer, Recall, ShelfList, Turn};
use crate::convert::{Malformed, Receipt, receipt_out};
use crate::model::day::Moment;
use crate::model::entry::{Hash, Kind, Lane, StreamId};
use crate::model::party::Party;
use crate::store::{Room, StoreError};
use crate::version::Speaks;

/// Why a conversation ended early.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// This side's store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The other side said something that cannot be understood.
    #[error("the other side said something malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The two speak no common protocol version.
    #[error("no common protocol version: here {here:?}, there {there:?}")]
    Version {
        /// This side's.
        here: Speaks,
        /// The other side's.
        there: Speaks,
    },
    /// The other side offers a stream that is not its to give.
    #[error("the other side may not give the stream {0}")]
    NotYours(Box<StreamId>),
    /// The turns do not follow the protocol.
    #[error("the other side broke the order of turns: {0}")]
    Order(&'static str),
}

/// Limits of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of entries in one turn. A cut loses at most this much.
    pub turn_bytes: usize,
    /// Bodies above this size go in pieces.
    pub piece_bytes: usize,
    /// Bytes of entries this side may send in the whole conversation.
    pub send_bytes: usize,
    /// Nothing more is sent after this instant.
    pub until: Option<Moment>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { turn_bytes: 64 << 10, piece_bytes: 32 << 10, send_bytes: usize::MAX, until: None }
    }
}

/// What a conversation achieved, for the one who asked for it. It is a success only when
/// [`Report::waiting`] is 0 and no error came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries sent.
    pub sent: u64,
    /// Entries newly acknowledged by the other side, recorded on disk here.
    pub acked: u64,
    /// Entries of ours that the other side had already.
    pub duplicates: u64,
    /// Entries received and applied.
    pub received: u64,
    /// Entries received that were here already.
    pub received_again: u64,
    /// Entries received that are in quarantine.
    pub quarantined: u64,
    /// Documents that came into force.
    pub documents: u64,
    /// Documents refused.
    pub documents_refused: u64,
    /// Entries sent again because the other side was restored from an older copy.
    pub refilled: u64,
    /// Entries of ours that the other side gave back: this side was restored from an older copy.
    pub returned: u64,
    /// New lives started, with the reason.
    pub new_lives: Vec<Judgement>,
    /// A new certificate was received.
    pub renewed: bool,
    /// Entries still waiting when the conversation ended.
    pub waiting: u64,
    /// The other side's clock minus ours, in milliseconds.
    pub clock_offset: i64,
}

impl Report {
    /// Adds what another conversation of the same call achieved; what waits and the clock are the last one's.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acked += other.acked;
        self.duplicates += other.duplicates;
        self.received += other.received;
        self.received_again += other.received_again;
        self.quarantined += other.quarantined;
        self.documents += other.documents;
        self.documents_refused += other.documents_refused;
        self.refilled += other.refilled;
        self.returned += other.returned;
        self.new_lives.extend(other.new_lives);
        self.renewed |= other.renewed;
        self.waiting = other.waiting;
        self.clock_offset = other.clock_offset;
    }
}

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

/// Which side of the conversation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Child,
    Parent,
}

/// A stream that this side gives.
#[derive(Debug)]
struct Giving {
    stream: StreamId,
    /// Next number to send; `None` until the other side has said where it stands.
    next: Option<u64>,
    /// Bytes of the next entry that the other side has.
    partial: u64,
    /// Where the last run sent started: the same run is not sent twice in one conversation.
    tried: Option<(u64, u64)>,
    /// Given up for this conversation: replaced by a new life, or not ours to mend.
    closed: bool,
}

/// One side of one conversation.
#[derive(Debug)]
pub struct Conversation {
    post: Post,
    peer: Party,
    role: Role,
    limits: Limits,
    giving: Vec<Giving>,
    taking: Vec<StreamId>,
    introduced: bool,
    heard_hello: bool,
    shelf_said: bool,
    shelf_heads: Vec<super::turn::DocumentHead>,
    /// What this conversation achieved so far.
    pub report: Report,
}

impl Conversation {
    /// The child's side: it speaks first, see [`Conversation::open`].
    pub fn child(post: Post, parent: Party, limits: Limits) -> Self {
        Self::new(post, parent, Role::Child, limits)
    }

    /// The parent's side.
    pub fn parent(post: Post, child: Party, limits: Limits) -> Self {
        Self::new(post, child, Role::Parent, limits)
    }

    fn new(post: Post, peer: Party, role: Role, limits: Limits) -> Self {
        Self {
            post,
            peer,
            role,
            limits,
            giving: Vec::new(),
            taking: Vec::new(),
            introduced: false,
            heard_hello: false,
            shelf_said: false,
            shelf_heads: Vec::new(),
            report: Report::default(),
        }
    }

    /// The child's first turn.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(self) -> Result<(Self, Turn), TalkError> {
        let (talk, turn) = self.act(Turn::default()).await?;
        Ok((talk, turn.unwrap_or_default()))
    }

    /// Hears the other side's turn and answers; `None` ends the conversation.
    ///
    /// # Errors
    /// See [`TalkError`]. What was acknowledged before stands.
    pub async fn hear(self, turn: Turn) -> Result<(Self, Option<Turn>), TalkError> {
        self.act(turn).await
    }

    /// All that one turn does is one action at the desk: entries and what they mean are committed
    /// together, before the answer leaves.
    async fn act(mut self, heard: Turn) -> Result<(Self, Option<Turn>), TalkError> {
        let desk = self.post.desk.clone();
        let now = self.post.clock.now();
        desk.act(move |room| {
            let answer = self.answer(room, &heard, now)?;
            Ok((self, answer))
        })
        .await
    }

    fn answer(&mut self, room: &mut Room<'_>, heard: &Turn, now: Moment) -> Result<Option<Turn>, TalkError> {
        let mut turn = Turn::default();
        self.hear_hello(room, heard, &mut turn, now)?;
        self.hear_offers(room, heard, &mut turn)?;
        self.hear_entries(room, heard, &mut turn, now)?;
        self.hear_acks(room, heard, &mut turn, now)?;
        self.hear_recalls(room, heard, &mut turn)?;
        self.hear_documents(room, heard, &mut turn, now)?;
        if !self.introduced {
            self.introduce(room, &mut turn, now)?;
        }
        self.offer_news(room, &mut turn)?;
        let left = self.give(room, &mut turn, now)?;
        self.report.waiting = self.waiting(room)?;
        turn.over = !left;
        let asked = heard.needs_answer() || (self.role == Role::Parent && heard.hello.is_some());
        Ok((asked || !turn.is_silent()).then_some(turn))
    }

    /// This side's first words: hello, the streams it can give, its certificate request.
    fn introduce(&mut self, room: &mut Room<'_>, turn: &mut Turn, now: Moment) -> Result<(), TalkError> {
        self.introduced = true;
        let child = self.child_party();
        let renewal = match self.role {
            Role::Child => self.post.handler.renewal(&self.peer, now).unwrap_or_default(),
            Role::Parent => Vec::new(),
        };
        turn.hello = Some(Hello {
            speaks: self.post.speaks,
            clock: now,
            shelf: shelf::digest(&shelf::heads_for(room, &child)?),
            store: post::store_number(room)?,
            renewal,
            software: env!("CARGO_PKG_VERSION").to_owned(),
        });
        Ok(())
    }

    /// Offers the streams that have something new and were not named yet in this conversation.
    fn offer_news(&mut self, room: &mut Room<'_>, turn: &mut Turn) -> Result<(), TalkError> {
        for record in self.streams_to_give(room)? {
            if self.giving.iter().any(|g| g.stream == record.id) {
                continue;
            }
            let cursor = book::cursor(room, &self.peer, &record.id)?;
            let mine = record.id.origin == self.post.me;
            let news = cursor.is_none_or(|c| c.acked.seq < record.tail.seq);
            // a child always shows its own stream: that is where a restore on either side is seen
            if news || (mine && self.role == Role::Child) {
                self.offer(turn, &record, cursor.map(|c| c.acked.seq + 1));
            }
        }
        Ok(())
    }

    fn offer(&mut self, turn: &mut Turn, record: &StreamRecord, next: Option<u64>) {
        turn.offers.push(Offer { stream: record.id.clone(), base: record.base, tail: record.tail.seq });
        self.giving.push(Giving {
            stream: record.id.clone(),
            // what is no longer kept cannot be sent unasked
            next: next.filter(|n| *n >= record.base),
            partial: 0,
            tried: None,
            closed: false,
        });
    }

    fn streams_to_give(&self, room: &mut Room<'_>) -> Result<Vec<StreamRecord>, TalkError> {
        match self.role {
            Role::Parent => Ok(book::streams(room, false, &self.peer)?),
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

    fn hear_hello(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        let Some(hello) = &heard.hello else {
            let opening = self.role == Role::Child && !self.introduced;
            return if self.heard_hello || opening { Ok(()) } else { Err(TalkError::Order("no hello")) };
        };
        if self.heard_hello {
            return Err(TalkError::Order("a second hello"));
        }
        self.heard_hello = true;
        let here = self.post.speaks;
        let version = here.common(hello.speaks).ok_or(TalkError::Version { here, there: hello.speaks })?;
        self.report.clock_offset = hello.clock.since(now);
        let before = post::contact(room, &self.peer)?;
        let contact = Contact {
            last: now,
            clock_offset: self.report.clock_offset,
            store: hello.store,
            software: hello.software.clone(),
            version,
            conversations: before.as_ref().map_or(0, |c| c.conversations) + 1,
        };
        post::note_contact(room, &self.peer, &contact);
        if self.role == Role::Parent {
            if !hello.renewal.is_empty()
                && let Some(chain) = self.post.handler.renew(room, &self.peer, &hello.renewal, now)?
            {
                turn.certificate = chain;
            }
            let heads = shelf::heads_for(room, &self.peer)?;
            if shelf::digest(&heads) != hello.shelf {
                self.say_shelf(turn, heads);
            }
        }
        Ok(())
    }

    fn hear_offers(&mut self, room: &mut Room<'_>, heard: &Turn, turn: &mut Turn) -> Result<(), TalkError> {
        for offer in &heard.offers {
            let StreamId { origin, lane, .. } = &offer.stream;
            let allowed = match (self.role, lane) {
                (Role::Parent, Lane::Up) => *origin == self.peer || origin.is_below(&self.peer),
                (Role::Child, Lane::To(to)) => {
                    let me = &self.post.me;
                    (to == me || to.is_below(me)) && me.is_below(origin)
                }
                _ => false,
            };
            if !allowed {
                return Err(TalkError::NotYours(Box::new(offer.stream.clone())));
            }
            self.taking.push(offer.stream.clone());
            let slot =
                u32::try_from(self.taking.len() - 1).map_err(|_| TalkError::Order("too many offers"))?;
            turn.acks.push(ack(room, slot, &offer.stream, 0)?);
        }
        Ok(())
    }

    fn taken(&self, slot: u32) -> Result<StreamId, TalkError> {
        self.taking.get(slot as usize).cloned().ok_or(TalkError::Order("a slot that was not offered"))
    }

    fn hear_entries(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        for batch in heard.batches.iter().filter(|b| b.returned) {
            self.report.returned += batch.entries.len() as u64;
            self.post.handler.returned(room, &batch.entries, now)?;
        }
        for batch in heard.batches.iter().filter(|b| !b.returned) {
            let stream = self.taken(batch.slot)?;
            let result = book::hear(room, &stream, batch)?;
            self.apply(room, turn, batch.slot, &stream, result, now)?;
        }
        for chunk in &heard.chunks {
            let stream = self.taken(chunk.slot)?;
            let result = book::hear_chunk(room, &stream, chunk)?;
            self.apply(room, turn, chunk.slot, &stream, result, now)?;
        }
        Ok(())
    }

    /// Applies what is new and acknowledges the whole.
    fn apply(
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
        }
        for entry in &heard.fresh {
            self.report.received += 1;
            if stream.lane != Lane::Up && stream.lane != Lane::To(self.post.me.clone()) {
                continue;
            }
            if let Taken::Refused(reason, detail) = self.post.handler.take(room, stream, entry, now)? {
                self.report.quarantined += 1;
                self.refuse(
                    room,
                    Quarantined { stream: stream.clone(), seq: entry.seq, reason, detail, at: now },
                )?;
            }
        }
        self.report.received_again += u64::from(heard.duplicates);
        turn.acks.retain(|a| a.slot != slot);
        turn.acks.push(ack(room, slot, stream, heard.duplicates)?);
        Ok(())
    }

    /// Keeps an entry in quarantine and sends its origin the reason.
    fn refuse(&self, room: &mut Room<'_>, entry: Quarantined) -> Result<(), TalkError> {
        post::note_quarantined(room, &entry);
        let origin = entry.stream.origin.clone();
        if entry.stream.lane == Lane::Up && origin.is_below(&self.post.me) {
            let Quarantined { stream, seq, reason, detail, at } = entry;
            let body = receipt_out(&Receipt { stream, seq, reason, detail });
            book::append(room, &self.post.me, &Lane::To(origin), post::random(), Kind::RECEIPT, body, at)?;
        }
        Ok(())
    }

    fn hear_acks(
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
            match judge(room, &record, ack)? {
                Judgement::Agrees => self.settle(room, slot, ack, now)?,
                fault => self.mend(room, turn, slot, &record, ack, fault, now)?,
            }
        }
        Ok(())
    }

    fn settle(&mut self, room: &mut Room<'_>, slot: usize, ack: &Ack, now: Moment) -> Result<(), TalkError> {
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
    fn mend(
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
            if fault == Judgement::Lost {
                book::ask_restate(room, &record.id)?;
            }
            return Ok(());
        }
        if fault == Judgement::Behind {
            let recall = Recall { slot: ack.slot, from: record.tail.seq + 1 };
            turn.recalls.push(recall);
        }
        let above = ack.latest_life.max(record.id.life.number);
        book::reincarnate(room, &self.post.me, &record.id.lane, above, post::random())?;
        if fault == Judgement::Lost && record.id.lane == Lane::Up {
            self.post.handler.restate(room, now)?;
        }
        self.report.new_lives.push(fault);
        Ok(())
    }

    fn hear_recalls(&self, room: &mut Room<'_>, heard: &Turn, turn: &mut Turn) -> Result<(), TalkError> {
        for recall in &heard.recalls {
            let stream = self.taken(recall.slot)?;
            let Some(record) = book::find(room, &stream)? else { continue };
            let (entries, through) =
                book::read(room, &stream, recall.from.max(record.base), self.limits.turn_bytes)?;
            if !entries.is_empty() {
                turn.batches.push(Batch { slot: recall.slot, entries, through, returned: true });
            }
        }
        Ok(())
    }

    fn hear_documents(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        if self.role == Role::Child && !heard.certificate.is_empty() {
            self.post.handler.renewed(room, &heard.certificate, now)?;
            self.report.renewed = true;
        }
        for document in &heard.documents {
            self.take_document(room, document, now)?;
        }
        let Some(list) = &heard.shelf else { return Ok(()) };
        for want in &list.wants {
            let Some(head) = self.shelf_heads.get(*want as usize) else { continue };
            turn.documents.extend(shelf::held(room, head.topic, &head.issuer, &head.part)?);
        }
        if list.heads.is_empty() {
            return Ok(());
        }
        let mine = shelf::heads_for(room, &self.child_party())?;
        let newer_than = |theirs: &super::turn::DocumentHead| {
            let held = mine
                .iter()
                .find(|m| (m.topic, &m.issuer, &m.part) == (theirs.topic, &theirs.issuer, &theirs.part));
            held.is_none_or(|m| {
                theirs.version > m.version || (theirs.version == m.version && theirs.hash != m.hash)
            })
        };
        let wants = list.heads.iter().zip(0_u32..).filter(|(head, _)| newer_than(head)).map(|(_, i)| i);
        let wants: Vec<u32> = wants.collect();
        if self.shelf_said {
            if !wants.is_empty() {
                turn.shelf = Some(ShelfList { heads: Vec::new(), wants });
            }
        } else {
            self.say_shelf(turn, mine);
            turn.shelf.get_or_insert_default().wants = wants;
        }
        Ok(())
    }

    fn say_shelf(&mut self, turn: &mut Turn, heads: Vec<super::turn::DocumentHead>) {
        self.shelf_said = true;
        self.shelf_heads.clone_from(&heads);
        turn.shelf = Some(ShelfList { heads, wants: Vec::new() });
    }

    fn take_document(
        &mut self,
        room: &mut Room<'_>,
        document: &crate::model::document::Document,
        now: Moment,
    ) -> Result<(), TalkError> {
        let child = self.child_party();
        let verdict = if !child.is_below(&document.issuer) {
            Err(shelf::DocumentFault::NotAbove)
        } else {
            match self.post.handler.check(document) {
                Ok(()) => shelf::take(room, document)?,
                Err(fault) => Err(fault),
            }
        };
        match verdict {
            Ok(true) => {
                self.report.documents += 1;
                self.post.handler.in_force(room, document, now)?;
            }
            Ok(false) => {}
            Err(why) => {
                self.report.documents_refused += 1;
                tracing::warn!(issuer = %document.issuer, topic = ?document.topic, version = document.version, "refused a document: {why}");
                shelf::note_refused(room, document, why, now);
            }
        }
        Ok(())
    }

    /// Adds entries to the turn as far as it may grow. Whether more is left that this conversation will
    /// still send.
    fn give(&mut self, room: &mut Room<'_>, turn: &mut Turn, now: Moment) -> Result<bool, TalkError> {
        let mut room_left = self.limits.turn_bytes.min(self.limits.send_bytes);
        if self.limits.until.is_some_and(|until| now >= until) {
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
        Ok(self.has_more(room)? && self.limits.send_bytes > 0)
    }

    /// Whether this side would send something if it were its turn again: a run that is not sent yet, or
    /// one that waits to hear where the other side stands.
    fn has_more(&self, room: &Room<'_>) -> Result<bool, TalkError> {
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

    fn piece(&self, slot: usize, entry: &crate::model::entry::Entry, most: usize) -> Chunk {
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

    /// How many entries for the other side have not been acknowledged by it.
    fn waiting(&self, room: &mut Room<'_>) -> Result<u64, TalkError> {
        let mut waiting = 0;
        for record in self.streams_to_give(room)? {
            let acked = book::cursor(room, &self.peer, &record.id)?.map_or(0, |c| c.acked.seq);
            waiting += record.tail.seq.saturating_sub(acked);
        }
        Ok(waiting)
    }

    fn child_party(&self) -> Party {
        match self.role {
            Role::Child => self.post.me.clone(),
            Role::Parent => self.peer.clone(),
        }
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

fn ack(room: &Room<'_>, slot: u32, stream: &StreamId, duplicates: u32) -> Result<Ack, StoreError> {
    let record = book::find(room, stream)?;
    let latest_life = book::latest_life(room, stream)?;
    Ok(match record {
        None => Ack {
            slot,
            mark: crate::model::entry::Mark::START,
            safe: 0,
            latest_life,
            partial: 0,
            restate: false,
            duplicates,
        },
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
