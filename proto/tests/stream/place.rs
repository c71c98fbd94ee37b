//! One party's disk, and what it does. All of it goes through the real books; what is added is what a school's
//! or a hub's own handler would note.

use std::collections::{BTreeMap, BTreeSet};

use proto::link::book::{self, Cursor, StreamRecord};
use proto::link::conversation::{Judgement, ack, judge};
use proto::link::turn::{Ack, Batch};
use proto::model::day::Moment;
use proto::model::entry::{Entry, Hash, Kind, Lane, Mark, StreamId};
use proto::model::party::Party;
use proto::store::memory::MemoryStore;
use proto::store::{Room, Store};

use super::world::{Rules, party};

/// Everything that is on a disk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Place(BTreeMap<Vec<u8>, Vec<u8>>);

/// What one neighbour wrote for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Letter {
    /// An entry, from below.
    Push { stream: StreamId, seq: u64, body: Vec<u8>, through: Hash, store: u8 },
    /// Where the parent stands, from above: written at `made` in its store `store` for the reader's `reader`.
    Word {
        stream: StreamId,
        seq: u64,
        hash: Hash,
        safe: u64,
        latest_life: u32,
        restate: bool,
        made: u8,
        store: u8,
        reader: u8,
    },
}

impl Place {
    pub(super) fn act<A>(&mut self, action: impl FnOnce(&mut Room<'_>) -> A) -> A {
        let store = self.store();
        let mut room = Room::new(&store);
        let out = action(&mut room);
        for (key, value) in room.into_batch() {
            match value {
                Some(value) => _ = self.0.insert(key, value),
                None => _ = self.0.remove(&key),
            }
        }
        out
    }

    pub(super) fn read<A>(&self, action: impl FnOnce(&mut Room<'_>) -> A) -> A {
        let store = self.store();
        action(&mut Room::new(&store))
    }

    fn store(&self) -> MemoryStore {
        let store = MemoryStore::default();
        let pairs = self.0.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        store.commit(pairs.collect()).expect("memory takes everything");
        store
    }

    fn ids(&self, prefix: &[u8]) -> BTreeSet<u8> {
        let pairs = self.0.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        pairs.map(|(key, _)| key[prefix.len()]).collect()
    }

    /// What a hub has applied.
    pub(super) fn facts(&self) -> BTreeSet<u8> {
        self.ids(b"x/fact/")
    }

    /// What a school has forgotten on the word of those above.
    pub(super) fn gone(&self) -> BTreeSet<u8> {
        self.ids(b"x/gone/")
    }

    /// What stands in a school's own stream.
    pub(super) fn held(&self, at: usize) -> BTreeSet<u8> {
        self.read(|room| match book::current(room, &party(at), &Lane::Up).expect("memory reads") {
            Some(record) => entries(room, &record.id, record.base).iter().map(|e| e.body[0]).collect(),
            None => BTreeSet::new(),
        })
    }

    /// Whether each entry was applied exactly once.
    pub(super) fn once(&self) -> bool {
        let prefix = b"x/seen/".as_slice();
        self.0.range(prefix.to_vec()..).take_while(|(k, _)| k.starts_with(prefix)).all(|(_, n)| n == &[1])
    }

    /// The copy of a backup; `number`: as the program's own restore numbers it.
    pub(super) fn put_back(&self, number: Option<u8>) -> Self {
        let mut back = self.clone();
        if let Some(number) = number {
            back.0.insert(b"x/n".to_vec(), vec![number]);
        }
        back
    }

    /// After a verified backup.
    pub(super) fn secured(&self, at: usize) -> Self {
        let mut place = self.clone();
        place.act(|room| {
            for record in book::streams(room, true, &party(at)).expect("memory reads") {
                book::secure(room, &record.id, record.tail.seq).expect("memory reads");
            }
        });
        place
    }

    /// All that can be written to the parent now: each entry that is kept.
    pub(super) fn pushes(&self, link: (usize, usize)) -> Vec<Letter> {
        self.read(|room| {
            let store = number(room);
            let mut letters = Vec::new();
            for record in given(room, link.0) {
                for entry in entries(room, &record.id, record.base) {
                    let through = book::hash_at(room, &record, entry.seq).expect("memory reads");
                    let through = through.expect("it is kept");
                    let stream = record.id.clone();
                    letters.push(Letter::Push { stream, seq: entry.seq, body: entry.body, through, store });
                }
            }
            letters
        })
    }

    /// All that can be written to the child now: where this party stands in each of its streams.
    pub(super) fn words(&self, link: (usize, usize), made: u8) -> Vec<Letter> {
        self.read(|room| {
            let (store, reader) = (number(room), known(room, link.0));
            let streams = book::streams(room, true, &party(link.0)).expect("memory reads");
            let word = |record: StreamRecord| {
                let said = ack(room, 0, &record.id, 0).expect("memory reads");
                let Ack { mark, safe, latest_life, restate, .. } = said;
                let stream = record.id;
                Letter::Word {
                    stream,
                    seq: mark.seq,
                    hash: mark.hash,
                    safe,
                    latest_life,
                    restate,
                    made,
                    store,
                    reader,
                }
            };
            streams.into_iter().map(word).collect()
        })
    }

    /// The school notes something.
    pub(super) fn write(&mut self, me: usize, id: u8, nonce: u8) {
        self.act(|room| append(room, &party(me), id, nonce));
    }
}

fn append(room: &mut Room<'_>, me: &Party, id: u8, nonce: u8) {
    book::append(room, me, &Lane::Up, u64::from(nonce), Kind::SHEET, vec![id], Moment(0))
        .expect("memory reads");
    room.put([b"x/told/".as_slice(), &[id]].concat(), b"1".as_slice());
}

fn entries(room: &Room<'_>, stream: &StreamId, from: u64) -> Vec<Entry> {
    book::read(room, stream, from, usize::MAX).expect("memory reads").0
}

/// The number of this party's store.
pub(super) fn number(room: &Room<'_>) -> u8 {
    room.get(b"x/n").expect("memory reads").map_or(0, |n| n[0])
}

fn known_key(peer: usize) -> Vec<u8> {
    format!("x/k/{peer}").into_bytes()
}

/// The neighbour's store as it was last met.
pub(super) fn known(room: &Room<'_>, peer: usize) -> u8 {
    room.get(&known_key(peer)).expect("memory reads").map_or(0, |n| n[0])
}

/// When the neighbour's newest words were made.
fn heard_at(room: &Room<'_>, peer: usize) -> u8 {
    room.get(&known_key(peer)).expect("memory reads").map_or(0, |n| n[1])
}

/// Words of that age from the neighbour's store of that number.
pub(super) fn meet(room: &mut Room<'_>, peer: usize, number: u8, made: u8) {
    room.put(known_key(peer), vec![number, made]);
}

/// The streams that `me` gives upwards.
pub(super) fn given(room: &mut Room<'_>, me: usize) -> Vec<StreamRecord> {
    let me = party(me);
    let mut given: Vec<_> = book::current(room, &me, &Lane::Up).expect("memory reads").into_iter().collect();
    let others = book::streams(room, true, &me).expect("memory reads");
    given.extend(others.into_iter().filter(|record| record.id.origin != me));
    given
}

/// Those of them that it shows in a talk: its own always, others only while they are news.
pub(super) fn shown(room: &mut Room<'_>, (me, peer): (usize, usize)) -> Vec<StreamRecord> {
    let mut shown = given(room, me);
    shown.retain(|record| {
        let cursor = book::cursor(room, &party(peer), &record.id).expect("memory reads");
        record.id.origin == party(me) || cursor.is_none_or(|cursor| cursor.acked.seq < record.tail.seq)
    });
    shown
}

/// The neighbour has another store: what it acknowledged of others' streams is doubted.
pub(super) fn doubt(room: &mut Room<'_>, me: usize, peer: usize) {
    for record in given(room, me).into_iter().filter(|record| record.id.origin != party(me)) {
        book::doubt(room, &party(peer), &record.id);
    }
}

/// Takes an acknowledgement that fits.
pub(super) fn settle(room: &mut Room<'_>, peer: &Party, stream: &StreamId, said: &Ack, until_safe: bool) {
    let safe = if until_safe { said.safe } else { said.mark.seq };
    let record = book::find(room, stream).expect("memory reads").expect("it was judged");
    let before = entries(room, stream, record.base);
    book::settle(room, peer, stream, Cursor { acked: said.mark, at: Moment(0) }, safe).expect("memory reads");
    let kept = book::find(room, stream).expect("memory reads").map_or(1, |record| record.base);
    for entry in before.iter().filter(|entry| entry.seq < kept) {
        room.put([b"x/gone/".as_slice(), &entry.body].concat(), b"1".as_slice());
    }
}

/// A hub does not mend what is another's.
pub(super) fn pass_over(room: &mut Room<'_>, peer: &Party, record: &StreamRecord, judged: Judgement) {
    match judged {
        Judgement::Lost => book::ask_restate(room, &record.id).expect("memory reads"),
        Judgement::Behind => {
            let cursor = Cursor { acked: record.tail, at: Moment(0) };
            book::settle(room, peer, &record.id, cursor, 0).expect("memory reads");
        }
        Judgement::Forked | Judgement::Outlived | Judgement::Agrees => {}
    }
}

/// What a party holds of its child's stream from a number on, and of its later lives.
pub(super) fn given_back(room: &Room<'_>, stream: &StreamId, from: u64) -> Vec<Entry> {
    let Some(record) = book::find(room, stream).expect("memory reads") else { return Vec::new() };
    let mut lost = entries(room, stream, from.max(record.base));
    for life in book::later_lives(room, stream).expect("memory reads") {
        lost.extend(entries(room, &life.id, life.base));
    }
    lost
}

pub(super) fn note_returned(room: &mut Room<'_>, lost: &[Entry]) {
    for entry in lost {
        room.put([b"x/told/".as_slice(), &entry.body].concat(), b"1".as_slice());
    }
}

pub(super) fn begin_anew(room: &mut Room<'_>, me: &Party, above: u32, nonce: u8) {
    book::reincarnate(room, me, &Lane::Up, above, u64::from(nonce)).expect("memory reads");
}

/// Everything that is known here and does not stand in the stream is said again.
pub(super) fn restate(room: &mut Room<'_>, me: &Party) {
    let record = book::current(room, me, &Lane::Up).expect("memory reads").expect("it has just begun");
    let held: BTreeSet<u8> = entries(room, &record.id, record.base).iter().map(|e| e.body[0]).collect();
    for (key, _) in room.list(b"x/told/").expect("memory reads") {
        let id = key[key.len() - 1];
        if !held.contains(&id) {
            append(room, me, id, 0);
        }
    }
}

/// The parent hears an entry.
pub(super) fn hear_push(room: &mut Room<'_>, from: usize, letter: &Letter, rules: Rules) {
    let Letter::Push { stream, seq, body, through, store } = letter else { return };
    let newer = known(room, from).max(*store);
    meet(room, from, newer, 0);
    let record = book::find(room, stream).expect("memory reads");
    let (base, tail) = record.map_or((1, Mark::START), |record| (record.base, record.tail));
    let entry = Entry { seq: *seq, made: Moment(0), kind: Kind::SHEET, body: body.clone() };
    let mut through = *through;
    if !rules.chained {
        if *seq != tail.seq + 1 {
            return;
        }
        through = tail.then(&entry).hash;
    }
    if *seq < base || *seq > tail.seq + 1 {
        return;
    }
    let batch = Batch { slot: 0, entries: vec![entry], through, returned: false };
    let hear = |room: &mut Room<'_>| {
        let heard = book::hear(room, stream, &batch).expect("memory reads");
        // how often a stream forked is only counted
        if heard.forked { Err(()) } else { Ok(heard.fresh) }
    };
    for fresh in room.attempt(hear).unwrap_or_default() {
        let key = [b"x/seen/".as_slice(), &stream.key(), &fresh.seq.to_be_bytes()].concat();
        let times = room.get(&key).expect("memory reads").map_or(0, |n| n[0]);
        room.put(key, vec![times + 1]);
        room.put([b"x/fact/".as_slice(), &fresh.body].concat(), b"1".as_slice());
    }
}

/// The child hears where the parent stands.
pub(super) fn hear_word(room: &mut Room<'_>, link: (usize, usize), letter: &Letter, rules: Rules) {
    let Letter::Word { stream, seq, hash, safe, latest_life, restate, made, store, reader } = letter else {
        return;
    };
    let (me, peer) = (party(link.0), party(link.1));
    let news = *made >= heard_at(room, link.1);
    if !news && rules.age_of_ack {
        return;
    }
    if news {
        if known(room, link.1) != *store {
            doubt(room, link.0, link.1);
        }
        meet(room, link.1, *store, *made);
    }
    let Some(record) = given(room, link.0).into_iter().find(|record| record.id == *stream) else { return };
    let mine = record.id.origin == me;
    let mut mark = Mark { seq: *seq, hash: *hash };
    if !rules.hash_in_ack {
        match book::hash_at(room, &record, *seq).expect("memory reads") {
            Some(own) => mark.hash = own,
            None => return,
        }
    }
    let latest_life = if mine { *latest_life } else { 0 };
    let said = Ack { slot: 0, mark, safe: *safe, latest_life, partial: 0, restate: *restate, duplicates: 0 };
    let believed = news && *reader == number(room);
    let judged = judge(room, &record, &said).expect("memory reads");
    let before = book::cursor(room, &peer, stream).expect("memory reads").map_or(0, |c| c.acked.seq);
    match judged {
        Judgement::Agrees if believed || mark.seq > before => {
            settle(room, &peer, stream, &said, rules.kept_until_safe);
        }
        Judgement::Behind if believed && !mine => pass_over(room, &peer, &record, judged),
        // one's own stream is mended in a talk: the model's clock does not tell the newest word of a life
        _ => {}
    }
}
