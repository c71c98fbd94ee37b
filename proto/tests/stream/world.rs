//! Who there is, what is switched on, and what happens between two neighbours.

use proto::link::conversation::{Judgement, ack, judge};
use proto::model::party::Party;
use proto::store::Room;

use super::place::{self, Place};

pub(super) const SCHOOL: usize = 0;
pub(super) const PARENT: usize = 1;
pub(super) const UPPER: usize = 2;

/// What is kept of the rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// An entry carries the hash of all before it.
    pub(super) chained: bool,
    /// Neighbours talk, and what does not fit begins a new life.
    pub(super) talks: bool,
    /// An acknowledgement carries the hash of what it acknowledges.
    pub(super) hash_in_ack: bool,
    /// An entry is forgotten when it is safe, not when it is acknowledged.
    pub(super) kept_until_safe: bool,
    /// An acknowledgement of the parent's life before the last one that was met is no news.
    pub(super) age_of_ack: bool,
}

impl Rules {
    pub(super) const ALL: Self =
        Self { chained: true, talks: true, hash_in_ack: true, kept_until_safe: true, age_of_ack: true };
}

/// A world to explore.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) rules: Rules,
    /// Who may be put back.
    pub(super) restorable: &'static [usize],
    /// How often altogether.
    pub(super) restores: u8,
    /// How many entries the school writes.
    pub(super) entries: u8,
    /// Copies are put back behind the programs' backs, with the number of the store.
    pub(super) image: bool,
    /// There is a hub above the parent, which passes the school's stream on.
    pub(super) upper: bool,
    /// To the last state, not only the nearest ones.
    pub(super) whole: bool,
}

impl World {
    pub(super) fn size(&self) -> usize {
        if self.upper { 3 } else { 2 }
    }

    /// Child and parent, the way to the top first.
    pub(super) fn links(&self) -> &'static [(usize, usize)] {
        if self.upper { &[(SCHOOL, PARENT), (PARENT, UPPER)] } else { &[(SCHOOL, PARENT)] }
    }

    pub(super) fn top(&self) -> usize {
        self.size() - 1
    }
}

pub(super) fn party(at: usize) -> Party {
    let paths =
        ["p52/c5205/d520502/t520502100/s2152000001", "p52/c5205/d520502/t520502100", "p52/c5205/d520502"];
    paths[at].parse().expect("a party")
}

/// Whether anything is left to mend after a talk in which each side has heard the other once.
type Mended = bool;

/// Time goes by restores: how many there were. Two neighbours talk until their views of all streams fit. `forgot`: the parent was put back since they
/// last did; on a real line the tally of conversations tells.
pub(super) fn talk(
    world: &World,
    link: (usize, usize),
    ends: (&Place, &Place),
    forgot: bool,
    now: u8,
) -> (Place, Place) {
    let (mut child, mut parent) = (ends.0.clone(), ends.1.clone());
    let number = parent.act(|room| {
        let theirs = child.read(|room| place::number(room));
        place::meet(room, link.0, theirs, 0);
        place::number(room)
    });
    child.act(|room| {
        if place::known(room, link.1) != number || forgot {
            place::doubt(room, link.0, link.1);
        }
        place::meet(room, link.1, number, now);
    });
    for _ in 0..4 {
        if child.act(|room| views(room, world, link, &parent, now)) {
            return (child, parent);
        }
    }
    panic!("no talk needs so many lives");
}

/// The child hears where the parent stands in each stream that it shows.
fn views(room: &mut Room<'_>, world: &World, link: (usize, usize), parent: &Place, nonce: u8) -> Mended {
    let (me, peer) = (party(link.0), party(link.1));
    for record in place::shown(room, link) {
        let mine = record.id.origin == me;
        let mut said = parent.read(|room| ack(room, 0, &record.id, 0).expect("memory reads"));
        said.latest_life = if mine { said.latest_life } else { 0 };
        let judged = judge(room, &record, &said).expect("memory reads");
        if judged == Judgement::Agrees {
            place::settle(room, &peer, &record.id, &said, world.rules.kept_until_safe);
        } else if mine {
            if judged != Judgement::Lost {
                let from = if judged == Judgement::Forked { record.base } else { record.tail.seq + 1 };
                let lost = parent.read(|room| place::given_back(room, &record.id, from));
                place::note_returned(room, &lost);
            }
            place::begin_anew(room, &me, said.latest_life.max(record.id.life.number), nonce);
            if judged == Judgement::Lost {
                place::restate(room, &me);
            }
            return false;
        } else {
            place::pass_over(room, &peer, &record, judged);
        }
    }
    true
}
