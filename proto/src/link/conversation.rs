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
//! shows there and is mended in the same conversation (the table of views in the README).

mod carried;
mod give;
mod mend;
mod papers;
mod report;
mod take;

pub use carried::{Carried, Delivered, Gap, Held, Way, Words, read_out, write_down};
pub use mend::{Judgement, judge};
pub use report::Report;
pub use take::ack;

use give::Giving;

use super::acquaintance::{Acquaintance, Contact};
use super::addresses::{self, Listens};
use super::post::{self, Post};
use super::shelf;
use super::tally::{Shown, Tally};
use super::turn::{DocumentHead, Hello, Turn};
use crate::convert::Malformed;
use crate::model::day::Moment;
use crate::model::entry::StreamId;
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

/// Which side of the conversation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Child,
    Parent,
    /// Neither is above the other: two roots, which give each other only what they address to each other.
    Neighbour,
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
    /// The other side's store, once it has spoken of itself as it is now.
    store_there: Option<u64>,
    /// A parent's: the number that it hands out, and whether it did not know the one it was shown.
    tally: (u64, bool),
    /// The other side's own stream forked in this turn: it will ask for what it lacks.
    forked_there: bool,
    shelf_said: bool,
    shelf_heads: Vec<DocumentHead>,
    /// Of the documents in force, while none comes in.
    shelf_digest: Option<u64>,
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
            store_there: None,
            tally: (0, false),
            forked_there: false,
            shelf_said: false,
            shelf_heads: Vec::new(),
            shelf_digest: None,
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
        self.notice_a_copy(room, heard, now)?;
        let missing_there = self.hear_offers(room, heard, &mut turn, now)?;
        self.hear_entries(room, heard, &mut turn, now)?;
        self.hear_acks(room, heard, &mut turn, now)?;
        self.hear_recalls(room, heard, &mut turn)?;
        self.hear_documents(room, heard, &mut turn, now)?;
        if !self.introduced {
            self.introduce(room, &mut turn, now)?;
        }
        self.offer_news(room, &mut turn)?;
        let left = self.give(room, &mut turn, now)?;
        let forked_there = std::mem::take(&mut self.forked_there);
        turn.over = !left && !missing_there && !forked_there;
        let asked = heard.needs_answer() || (self.role == Role::Parent && heard.hello.is_some());
        Ok((asked || !turn.is_silent()).then_some(turn))
    }

    /// This side's first words: hello, the streams it can give, its certificate request.
    fn introduce(&mut self, room: &mut Room<'_>, turn: &mut Turn, now: Moment) -> Result<(), TalkError> {
        self.introduced = true;
        let child = self.child_party();
        let renewal = match self.role {
            Role::Child => self.post.handler.renewal(&self.peer, now).unwrap_or_default(),
            Role::Parent | Role::Neighbour => Vec::new(),
        };
        let shelf = match self.shelf_digest {
            Some(digest) => digest,
            None if self.role == Role::Neighbour => 0,
            None => shelf::digest(&shelf::heads_for(room, &child)?),
        };
        let them = Acquaintance::of(room, &self.peer)?;
        let (tally, forgot) = match self.role {
            Role::Child => (them.tally.to_show(), false),
            Role::Parent | Role::Neighbour => self.tally,
        };
        let (whereabouts, listens) = match self.role {
            Role::Child => {
                let held = addresses::digest_held(room, &self.post.handler.parents(room)?)?;
                (held, addresses::newest(room, &self.post.me)?)
            }
            Role::Parent | Role::Neighbour => (0, None),
        };
        turn.hello = Some(Hello {
            whereabouts,
            listens,
            tally,
            forgot,
            speaks: self.post.speaks,
            clock: now,
            shelf,
            store: post::store_number(room)?,
            renewal,
            software: env!("CARGO_PKG_VERSION").to_owned(),
            seal_key: them.to_show(room)?,
            knows_key: them.known(),
        });
        Ok(())
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
        self.store_there = Some(hello.store);
        let here = self.post.speaks;
        let version = here.common(hello.speaks).ok_or(TalkError::Version { here, there: hello.speaks })?;
        self.report.clock_offset = hello.clock.since(now);
        let mut them = Acquaintance::of(room, &self.peer)?;
        let before = them.contact.take();
        them.contact = Some(Contact {
            last: now,
            clock_offset: self.report.clock_offset,
            store: hello.store,
            software: hello.software.clone(),
            version,
            conversations: before.as_ref().map_or(0, |c| c.conversations) + 1,
        });
        them.meet(room, &self.peer, hello, now)?;
        let remembers = self.compare_tallies(&mut them.tally, hello);
        them.keep(room, &self.peer);
        if !remembers || before.is_some_and(|before| before.store != hello.store) {
            self.doubt(room)?;
        }
        if self.role == Role::Parent {
            if !hello.renewal.is_empty()
                && let Some(chain) = self.post.handler.renew(room, &self.peer, &hello.renewal, now)?
            {
                turn.certificate = chain;
            }
            self.exchange_whereabouts(room, hello, turn, now)?;
            let heads = shelf::heads_for(room, &self.peer)?;
            let digest = shelf::digest(&heads);
            self.shelf_digest = Some(digest);
            if digest != hello.shelf {
                self.say_shelf(turn, heads);
            }
        }
        Ok(())
    }

    /// Where a unit that is a hub listens, and where it finds its parents, when it does not know that yet.
    fn exchange_whereabouts(
        &self,
        room: &mut Room<'_>,
        hello: &Hello,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        self.hear_listens(room, hello, now)?;
        let told = self.post.handler.whereabouts(room, &self.peer)?;
        if !told.is_empty() && addresses::digest(&told) != hello.whereabouts {
            turn.parents = told;
        }
        Ok(())
    }

    fn hear_listens(&self, room: &mut Room<'_>, hello: &Hello, now: Moment) -> Result<(), StoreError> {
        let own = |told: &&Listens| told.party == self.peer && !self.peer.is_school();
        match hello.listens.as_ref().filter(own) {
            Some(told) => self.post.handler.listens(room, told, now),
            None => Ok(()),
        }
    }

    /// Whether both sides remember the last conversation.
    fn compare_tallies(&mut self, tally: &mut Tally, hello: &Hello) -> bool {
        if self.role == Role::Child {
            tally.keep(hello.tally);
            return !hello.forgot;
        }
        let next = post::random().max(1);
        let shown = tally.hand_out(hello.tally, next);
        self.tally = (next, shown == Shown::Unknown);
        shown == Shown::Last
    }

    fn child_party(&self) -> Party {
        match self.role {
            Role::Child | Role::Neighbour => self.post.me.clone(),
            Role::Parent => self.peer.clone(),
        }
    }
}
