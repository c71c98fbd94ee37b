//! Two parties over a pipe in memory, with a handler that remembers what it was told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use proto::convert;
use proto::link::conversation::{Conversation, Limits, Report, TalkError};
use proto::link::post::{Handler, Post, Reason, Taken, random};
use proto::link::shelf::DocumentFault;
use proto::link::turn::Turn;
use proto::link::{book, copies, shelf};
use proto::model::clock::SetClock;
use proto::model::day::Moment;
use proto::model::document::{Document, Topic};
use proto::model::entry::{Entry, Hash, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::store::memory::MemoryStore;
use proto::store::{Desk, Pair, Room, Store, StoreError};

/// Everything that a store holds.
pub(crate) type Copy = Vec<Pair>;

/// Applies every entry by its body; a body known already changes nothing, as with sheets.
struct Notes(Party);

impl Handler for Notes {
    fn take(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        _: Moment,
    ) -> Result<Taken, StoreError> {
        if entry.kind == Kind::RECEIPT {
            room.put([b"receipt/".as_slice(), &entry.seq.to_be_bytes()].concat(), b"1".as_slice());
            return Ok(Taken::Applied);
        }
        if entry.body == body(REFUSED) {
            return Ok(Taken::Refused(Reason::Inconsistent, "no such fact".to_owned()));
        }
        let key = [b"seen/".as_slice(), &stream.key(), &entry.seq.to_be_bytes()].concat();
        let times = room.get(&key)?.map_or(0, |n| n[0]);
        room.put(key, vec![times + 1]);
        room.put([b"fact/".as_slice(), blake3::hash(&entry.body).as_bytes()].concat(), entry.body.clone());
        Ok(Taken::Applied)
    }

    fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn returned(&self, room: &mut Room<'_>, entries: &[Entry], _: Moment) -> Result<(), StoreError> {
        for entry in entries {
            let hash = blake3::hash(&entry.body);
            let key = [b"back/".as_slice(), &entry.seq.to_be_bytes(), hash.as_bytes()].concat();
            room.put(key, entry.body.clone());
        }
        Ok(())
    }

    fn put_back(&self, room: &mut Room<'_>, _: Moment) -> Result<(), StoreError> {
        let heard = room.list(b"fact/")?.len();
        room.put(b"copy/noticed".as_slice(), u64::try_from(heard).expect("few").to_be_bytes());
        Ok(())
    }

    fn restate(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        book::append(room, &self.0, &Lane::Up, random(), Kind::SHEET, b"restated".to_vec(), now)?;
        Ok(())
    }

    fn check(&self, _: &Document) -> Result<(), DocumentFault> {
        Ok(())
    }
}

pub(crate) struct Side {
    pub(crate) post: Post,
    clock: Arc<SetClock>,
    store: MemoryStore,
    written: Mutex<BTreeSet<Vec<u8>>>,
    count: Mutex<u32>,
}

/// The fact that the hub refuses.
pub(crate) const REFUSED: u32 = 1_000_000;

pub(crate) fn body(n: u32) -> Vec<u8> {
    format!("fact number {n}, with some words to give it a body that is worth packing").into_bytes()
}

impl Side {
    pub(crate) fn new(party: &str) -> Self {
        let store = MemoryStore::default();
        let (desk, writer) = Desk::open(Arc::new(store.clone()));
        tokio::spawn(writer.run());
        let clock = Arc::new(SetClock::new(Moment(1_758_643_200_000)));
        let post = Post {
            me: party.parse().expect("a party"),
            desk,
            clock: clock.clone(),
            handler: Arc::new(Notes(party.parse().expect("a party"))),
            speaks: proto::version::Speaks::default(),
        };
        Self { post, clock, store, written: Mutex::default(), count: Mutex::new(0) }
    }

    /// Time goes by here.
    pub(crate) fn later(&self, millis: i64) {
        self.clock.set(self.post.clock.now().plus_millis(millis));
    }

    async fn append(&self, body: Vec<u8>) {
        self.written.lock().expect("no test panics while it counts").insert(body.clone());
        let (me, now) = (self.post.me.clone(), self.post.clock.now());
        let append =
            move |room: &mut Room<'_>| book::append(room, &me, &Lane::Up, random(), Kind::SHEET, body, now);
        self.post.desk.act(append).await.expect("the store in memory takes everything");
    }

    pub(crate) async fn write(&self, n: u32) {
        for _ in 0..n {
            let number = {
                let mut count = self.count.lock().expect("no test panics while it counts");
                *count += 1;
                *count
            };
            self.append(body(number)).await;
        }
    }

    pub(crate) async fn write_as(&self, numbers: &[u32]) {
        for &n in numbers {
            self.append(body(n)).await;
        }
    }

    /// Something for a unit.
    pub(crate) async fn tell(&self, unit: &Self, n: u32) {
        let (me, to, now) = (self.post.me.clone(), unit.post.me.clone(), self.post.clock.now());
        let append = move |room: &mut Room<'_>| {
            book::append(room, &me, &Lane::To(to), random(), Kind::SHEET, body(n), now)
        };
        self.post.desk.act(append).await.expect("the store in memory takes everything");
    }

    pub(crate) async fn write_large(&self, size: usize) {
        let noise: Vec<u8> = blake3::Hasher::new().finalize_xof().fill_vec(size);
        self.append(noise).await;
    }

    pub(crate) fn written(&self) -> BTreeSet<Vec<u8>> {
        self.written.lock().expect("no test panics while it counts").clone()
    }

    async fn list(&self, prefix: &'static [u8]) -> Vec<Pair> {
        self.post.desk.act(move |room| room.list(prefix)).await.expect("the store in memory reads")
    }

    pub(crate) async fn applied(&self) -> BTreeSet<Vec<u8>> {
        self.list(b"fact/").await.into_iter().map(|(_, v)| v).collect()
    }

    /// Whether every entry was applied exactly once.
    pub(crate) async fn once(&self) -> bool {
        self.list(b"seen/").await.iter().all(|(_, times)| times == &[1])
    }

    pub(crate) async fn returned(&self) -> Vec<Vec<u8>> {
        self.list(b"back/").await.into_iter().map(|(_, v)| v).collect()
    }

    /// Whether this side was told that its store is a copy, and how many facts it had heard by then.
    pub(crate) async fn noticed(&self) -> Option<u64> {
        let noticed = self.list(b"copy/noticed").await.pop()?;
        Some(u64::from_be_bytes(noticed.1.try_into().expect("eight bytes")))
    }

    /// Since when this side has taken two machines to speak in the name of `unit`.
    pub(crate) async fn two_machines(&self, unit: &Self) -> Option<Moment> {
        let unit = unit.post.me.clone();
        let read = move |room: &mut Room<'_>| copies::of(room, &unit);
        self.post.desk.act(read).await.expect("the store in memory reads").sign()
    }

    pub(crate) async fn receipts(&self) -> usize {
        self.list(b"receipt/").await.len()
    }

    pub(crate) async fn quarantined(&self) -> Vec<u64> {
        let read = |room: &mut Room<'_>| proto::link::post::quarantined(room);
        let list = self.post.desk.act(read).await.expect("the store in memory reads");
        list.into_iter().map(|q| q.seq).collect()
    }

    /// The facts in this side's own stream, in whatever life.
    pub(crate) async fn held(&self) -> BTreeSet<Vec<u8>> {
        let me = self.post.me.clone();
        let read = move |room: &mut Room<'_>| {
            let Some(record) = book::current(room, &me, &Lane::Up)? else { return Ok(Vec::new()) };
            Ok::<_, StoreError>(book::read(room, &record.id, record.base, usize::MAX)?.0)
        };
        let entries = self.post.desk.act(read).await.expect("the store in memory reads");
        entries.into_iter().map(|e| e.body).collect()
    }

    pub(crate) async fn issue(&self, document: &Document) {
        let document = document.clone();
        let issue = move |room: &mut Room<'_>| shelf::take(room, &document);
        let taken: Result<_, StoreError> = self.post.desk.act(issue).await;
        assert_eq!(taken.expect("the store in memory takes everything"), Ok(true));
    }

    pub(crate) async fn documents(&self) -> Vec<Document> {
        let read = |room: &mut Room<'_>| shelf::all(room);
        self.post.desk.act(read).await.expect("the store in memory reads")
    }

    pub(crate) async fn repair(&self, document: &Document) {
        let (topic, issuer) = (document.topic, document.issuer.clone());
        let repair = move |room: &mut Room<'_>| {
            shelf::repair(room, topic, &issuer, "");
            Ok::<_, StoreError>(())
        };
        self.post.desk.act(repair).await.expect("the store in memory takes everything");
    }

    /// The number of this side's own life.
    pub(crate) async fn life(&self) -> u32 {
        let me = self.post.me.clone();
        let read = move |room: &mut Room<'_>| book::current(room, &me, &Lane::Up);
        let record = self.post.desk.act(read).await.expect("the store in memory reads");
        record.map_or(0, |record| record.id.life.number)
    }

    /// As after the opening of a store that was put back.
    pub(crate) async fn renumber(&self) {
        let renumber = |room: &mut Room<'_>| proto::link::post::renew_store_number(room);
        self.post.desk.act(renumber).await.expect("the store in memory takes everything");
    }

    /// As after a verified backup: everything here is safe.
    pub(crate) async fn secure(&self) {
        let me = self.post.me.clone();
        let secure = move |room: &mut Room<'_>| {
            for record in book::streams(room, true, &me)? {
                book::secure(room, &record.id, record.tail.seq)?;
            }
            Ok::<_, StoreError>(())
        };
        self.post.desk.act(secure).await.expect("the store in memory takes everything");
    }

    pub(crate) fn copy(&self) -> Copy {
        self.store.scan(&[], &[u8::MAX; 8]).map(|pair| pair.expect("memory reads")).collect()
    }

    pub(crate) fn empty(&self) -> Copy {
        Copy::new()
    }

    pub(crate) fn restore(&self, copy: &Copy) {
        let gone = self.copy().into_iter().map(|(key, _)| (key, None));
        let back = copy.iter().cloned().map(|(key, value)| (key, Some(value)));
        let batch: Vec<_> = gone.chain(back).collect();
        self.store.commit(batch).expect("memory takes everything");
    }

    pub(crate) async fn opening(&self) -> Turn {
        let parent = self.post.me.parent().expect("a child has a parent");
        let talk = Conversation::child(self.post.clone(), parent, Limits::default());
        talk.open().await.expect("an opening").1
    }

    pub(crate) async fn hears(&self, child: &Self, turn: Turn) -> Result<Option<Turn>, TalkError> {
        let talk = Conversation::parent(self.post.clone(), child.post.me.clone(), Limits::default());
        Ok(talk.hear(turn).await?.1)
    }
}

/// A school, its town, its county.
pub(crate) fn three() -> (Side, Side, Side) {
    let below_the_town = Side::new("p52/c5205/d520502/t520502100/s2152000001");
    (below_the_town, Side::new("p52/c5205/d520502/t520502100"), Side::new("p52/c5205/d520502"))
}

/// A school that speaks with its county directly.
pub(crate) fn pair() -> (Side, Side) {
    (Side::new("p52/c5205/d520502/s2152000001"), Side::new("p52/c5205/d520502"))
}

/// Small turns, so that a test sees many.
pub(crate) const LIMITS: Limits =
    Limits { turn_bytes: 16 << 10, piece_bytes: 8 << 10, send_bytes: usize::MAX, until: None };

/// A county's document on thresholds.
pub(crate) fn document(version: u32, previous: Option<&Document>, text: &str) -> Document {
    Document {
        topic: Topic::Rulebook,
        issuer: "p52/c5205/d520502".parse().expect("a party"),
        part: String::new(),
        version,
        previous: previous.map_or(Hash::ROOT, Document::hash),
        issued: Moment(1_758_643_200_000),
        body: text.to_owned(),
        signature: Vec::new(),
    }
}

/// A whole conversation: the child's report and the number of turns.
pub(crate) async fn talk(child: &Side, parent: &Side) -> (Report, usize) {
    talk_within(child, parent, LIMITS).await
}

pub(crate) async fn talk_within(child: &Side, parent: &Side, limits: Limits) -> (Report, usize) {
    try_talk(child, parent, limits, usize::MAX).await.expect("the conversation ends well")
}

/// The line is cut after `turns` turns.
pub(crate) async fn talk_until(child: &Side, parent: &Side, turns: usize) {
    try_talk(child, parent, LIMITS, turns).await.expect("the conversation goes well until the cut");
}

pub(crate) async fn try_talk(
    child: &Side,
    parent: &Side,
    limits: Limits,
    most: usize,
) -> Result<(Report, usize), TalkError> {
    let mut above = Conversation::parent(parent.post.clone(), child.post.me.clone(), limits);
    let below = Conversation::child(child.post.clone(), parent.post.me.clone(), limits);
    let (mut below, first) = below.open().await?;
    let (mut turn, mut turns) = (Some(first), 0);
    while let Some(said) = turn {
        if turns == most {
            return Ok((below.report, turns));
        }
        turns += 1;
        let childs = turns % 2 == 1;
        let speaker = if childs { &child.post.me } else { &parent.post.me };
        // through the wire's own words and back
        let heard = convert::turn_in(convert::turn_out(&said, speaker), speaker)?;
        assert_eq!(heard, said, "nothing is lost in translation");
        if childs {
            (above, turn) = above.hear(heard).await?;
        } else {
            (below, turn) = below.hear(heard).await?;
        }
    }
    Ok((below.report, turns))
}

trait FillVec {
    fn fill_vec(&mut self, size: usize) -> Vec<u8>;
}

impl FillVec for blake3::OutputReader {
    fn fill_vec(&mut self, size: usize) -> Vec<u8> {
        let mut out = vec![0; size];
        self.fill(&mut out);
        out
    }
}
