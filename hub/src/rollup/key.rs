//! Where the rollup keeps what. Everything starts with `r/`; numbers are big-endian, so that places and
//! days sort as they should.
//!
//! | key | record |
//! |---|---|
//! | `r/l/<leaf>` | [`super::record::Leaf`] |
//! | `r/s/<leaf><day>` | [`super::record::Row`]: what the leaf says of the day |
//! | `r/t/<group><day>` | [`super::record::Sum`] |
//! | `r/p/<place><place below>` | an index of the places straight below a place |
//! | `r/h/<group>` | an index of the groups made of this hub's own schools |
//! | `r/q/<reporter><place>` | an index of the rows a hub has ever sent |
//! | `r/w/<reporter><day>` | [`super::record::Told`]: which totals of a hub stand |
//! | `r/d/<day>` | a mark: this hub's totals of the day may have changed |
//! | `r/v/<day>` | [`super::record::Drawn`]: the totals this hub sent last |
//! | `r/c` | the calendar that they were drawn up by |

use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::store::StoreError;

/// Whose sheets are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Everything at and below a place.
    All(Region),
    /// Only the schools that hang straight on a place above the town: city-run schools, and schools of a
    /// county that has no town between.
    Straight(Region),
}

impl Group {
    /// The place.
    pub const fn place(self) -> Region {
        match self {
            Self::All(place) | Self::Straight(place) => place,
        }
    }

    pub(crate) fn bytes(self) -> [u8; 5] {
        let [a, b, c, d] = self.place().number().to_be_bytes();
        [a, b, c, d, u8::from(matches!(self, Self::Straight(_)))]
    }

    /// Reads it back from a key, `skip` bytes from its start.
    pub(crate) fn from_key(key: &[u8], skip: usize) -> Result<Self, StoreError> {
        let read = || {
            let [a, b, c, d, straight] = key.get(skip..skip + 5)?.try_into().ok()?;
            let place = Region::from_number(u32::from_be_bytes([a, b, c, d])).ok()?;
            Some(if straight == 1 { Self::Straight(place) } else { Self::All(place) })
        };
        read().ok_or_else(|| not_a_key(key))
    }
}

/// Names a leaf: its place, and the school or the hub whose word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LeafKey {
    pub(super) place: Region,
    /// A school's code, or a hub's place above [`HUBS`].
    source: u64,
}

/// School codes have ten digits.
const HUBS: u64 = 10_000_000_000;

impl LeafKey {
    pub(super) fn new(reporter: &Party, place: Region) -> Self {
        let source = match reporter.school_code() {
            Some(code) => code.number(),
            None => HUBS + u64::from(reporter.region().number()),
        };
        Self { place, source }
    }

    fn bytes(self) -> [u8; 9] {
        let mut out = [0; 9];
        out[..4].copy_from_slice(&self.place.number().to_be_bytes());
        out[4..].copy_from_slice(&self.source.to_be_bytes()[3..]);
        out
    }

    pub(super) fn from_key(key: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let tail: [u8; 9] = key.get(4..13)?.try_into().ok()?;
            let [a, b, c, d, e, f, g, h, i] = tail;
            let place = Region::from_number(u32::from_be_bytes([a, b, c, d])).ok()?;
            Some(Self { place, source: u64::from_be_bytes([0, 0, 0, e, f, g, h, i]) })
        };
        read().ok_or_else(|| not_a_key(key))
    }
}

/// The earliest and the latest day number as stored.
pub(super) const EVER: [u32; 2] = [0, u32::MAX];

/// A day so that days before 1970 sort first.
pub(super) fn day_number(day: Day) -> u32 {
    day.number().cast_unsigned() ^ (1 << 31)
}

/// The day at the end of a key.
pub(super) fn day_of(key: &[u8]) -> Result<Day, StoreError> {
    let read = || {
        let tail: [u8; 4] = key.get(key.len().checked_sub(4)?..)?.try_into().ok()?;
        Day::from_number((u32::from_be_bytes(tail) ^ (1 << 31)).cast_signed()).ok()
    };
    read().ok_or_else(|| not_a_key(key))
}

/// The place at the end of a key.
pub(super) fn place_of(key: &[u8]) -> Result<Region, StoreError> {
    let read = || {
        let tail: [u8; 4] = key.get(key.len().checked_sub(4)?..)?.try_into().ok()?;
        Region::from_number(u32::from_be_bytes(tail)).ok()
    };
    read().ok_or_else(|| not_a_key(key))
}

/// The group that follows the four bytes of the key's kind.
pub(super) fn group_of(key: &[u8]) -> Result<Group, StoreError> {
    Group::from_key(key, 4)
}

fn not_a_key(key: &[u8]) -> StoreError {
    damaged(key, "the key of a rollup record is not of its form")
}

pub(super) fn damaged(key: &[u8], why: &'static str) -> StoreError {
    StoreError::Damaged { key: key.iter().map(|byte| format!("{byte:02x}")).collect(), why }
}

pub(super) fn leaf(leaf: LeafKey) -> Vec<u8> {
    [b"r/l/".as_slice(), &leaf.bytes()].concat()
}

pub(super) fn leaves_of(place: Region) -> Vec<u8> {
    [b"r/l/".as_slice(), &place.number().to_be_bytes()].concat()
}

pub(super) fn row(leaf: LeafKey, day: u32) -> Vec<u8> {
    [b"r/s/".as_slice(), &leaf.bytes(), &day.to_be_bytes()].concat()
}

pub(super) fn sum(group: Group, day: u32) -> Vec<u8> {
    [b"r/t/".as_slice(), &group.bytes(), &day.to_be_bytes()].concat()
}

pub(super) fn below(place: Region) -> Vec<u8> {
    [b"r/p/".as_slice(), &place.number().to_be_bytes()].concat()
}

pub(super) fn child(above: Region, place: Region) -> Vec<u8> {
    [below(above).as_slice(), &place.number().to_be_bytes()].concat()
}

pub(super) fn held(group: Group) -> Vec<u8> {
    [b"r/h/".as_slice(), &group.bytes()].concat()
}

pub(super) fn rows_of(reporter: Region) -> Vec<u8> {
    [b"r/q/".as_slice(), &reporter.number().to_be_bytes()].concat()
}

pub(super) fn row_of(reporter: Region, place: Region) -> Vec<u8> {
    [rows_of(reporter).as_slice(), &place.number().to_be_bytes()].concat()
}

pub(super) fn told(reporter: Region, day: u32) -> Vec<u8> {
    [b"r/w/".as_slice(), &reporter.number().to_be_bytes(), &day.to_be_bytes()].concat()
}

pub(super) fn dirty(day: u32) -> Vec<u8> {
    [b"r/d/".as_slice(), &day.to_be_bytes()].concat()
}

pub(super) fn drawn(day: u32) -> Vec<u8> {
    [b"r/v/".as_slice(), &day.to_be_bytes()].concat()
}
