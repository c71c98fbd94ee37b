//! A conversation without a line: what one side has to say is written down whole, carried, and read out
//! on the other side by the same rules as turns on a line.
//!
//! Words that are carried may come late, twice, in another order, or never. Entries bear all of that by
//! themselves: number and hash say what is new. What one side says of its own state does not, so it is
//! believed only as far as it is news:
//!
//! | what | news | older than what was heard since |
//! |---|---|---|
//! | entries, documents | taken | taken: they are there already, or fill in |
//! | "I have your entries up to 9" | taken, even when it was 12 before: the other side was restored | left: it may have been restored since |
//! | "I have more of yours than you" | this side was restored; its entries come back | left |
//! | another store number, key, certificate | taken | left |

mod read;
mod write;

pub use read::read_out;
pub use write::write_down;

use super::{Report, Role};
use crate::link::turn::{DocumentHead, Turn};
use crate::model::day::Moment;
use crate::model::entry::StreamId;

/// What one side says in writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// When, by the speaker's clock; later than all it wrote to this reader before.
    pub made: Moment,
    /// The reader's store as the speaker knows it; 0 when it does not.
    pub reader: u64,
    /// The streams that the acknowledgements speak of, by slot.
    pub held: Vec<Held>,
    /// The words.
    pub turns: Vec<Turn>,
}

/// A stream of the reader's that the speaker knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub stream: StreamId,
    /// The last number that the reader had offered when the speaker wrote; `None` when this is no answer.
    pub offered: Option<u64>,
}

/// How much to write down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Bytes of entries in one piece of writing; there are as many pieces as it takes.
    pub bytes: usize,
    /// All entries that are still kept, not only those above what the reader acknowledged.
    pub all: bool,
}

impl Default for Words {
    fn default() -> Self {
        Self { bytes: 16 << 20, all: false }
    }
}

/// Entries that are missing between what is here and what was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Of which stream.
    pub stream: StreamId,
    /// First number missing.
    pub from: u64,
    /// Last number missing.
    pub to: u64,
}

/// What became of words that were carried here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// As of a conversation.
    pub report: Report,
    /// What must be brought again, from there on.
    pub gaps: Vec<Gap>,
    /// The words are no news: something newer was heard from the speaker.
    pub stale: bool,
    /// The speaker wrote to a store that is gone, and holds entries that this one may have lost: it must be
    /// asked anew.
    pub ask_again: bool,
    /// The words answer what this very store said last, and leave nothing open.
    pub answered: bool,
    /// The speaker's store.
    store: u64,
    offers: Vec<Held>,
    heads: Option<Vec<DocumentHead>>,
    certificate: Vec<Vec<u8>>,
}

/// Where this side stands to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The other one is this party's parent.
    Up,
    /// The other one is a unit of this party.
    Down,
}

impl From<Way> for Role {
    fn from(way: Way) -> Self {
        match way {
            Way::Up => Self::Child,
            Way::Down => Self::Parent,
        }
    }
}
