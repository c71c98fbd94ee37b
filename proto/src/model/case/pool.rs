//! Blind matching: counties hand in tokens of ID numbers, the pool hub finds equal ones and learns no number.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::party::Party;
use crate::model::personal::{Personal, Purpose};
use crate::seal::{OpenKey, SealKey, Sealed, Unopened};

/// A keyed hash of an ID number. Whoever has no key learns nothing from it but that two are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token(pub [u8; 32]);

/// What a county calls the child of a token; only that county knows whom it means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag(pub [u8; 16]);

/// Why a county hands a token in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TokenKind {
    /// Lost here; nobody knows where the child is.
    Lost,
    /// Offered to this county by another.
    Offered,
    /// Newly enrolled at a school here.
    Enrolled,
}

/// County to the keeper of a pool's key: hand me the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolAsk {
    /// Which hub's pool.
    pub pool: Party,
    /// Seal it for this key.
    pub key: SealKey,
}

/// The keeper to a county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolKey {
    /// Which hub's pool.
    pub pool: Party,
    /// Which key: tokens of different keys are not compared.
    pub id: u64,
    /// The key, sealed for the asker.
    pub key: Sealed,
}

/// School to county: a child that came from elsewhere was enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// What the school calls the child.
    pub tag: Tag,
    /// The ID number, sealed for the county.
    pub id_number: Sealed,
    /// The child left again: the token is taken back.
    pub left: bool,
}

/// School to county: children who are in class there, many in one message. What the county already knows may
/// come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll(pub Sealed);

/// A child who is in class: what its school calls it, and its ID number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InClass {
    /// What the school calls the child.
    pub tag: Tag,
    /// The first 17 digits of its ID number; the last character follows from them.
    pub number: Personal<u64>,
}

/// County to the pool hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Which key they were made with.
    pub key: u64,
    /// Tokens handed in; one of a known tag replaces the one before.
    pub tokens: Vec<Handed>,
    /// Tags taken back.
    pub gone: Vec<Tag>,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// What the county calls the child.
    pub tag: Tag,
    /// Why.
    pub kind: TokenKind,
    /// The token.
    pub token: Token,
}

/// The pool hub to each of two counties: these two are one child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The reader's tag.
    pub mine: Tag,
    /// Why the reader handed it in.
    pub kind: TokenKind,
    /// The other county; the reader itself when both tokens are its own.
    pub there: Party,
    /// The other's tag, to speak of.
    pub theirs: Tag,
    /// Why the other handed it in.
    pub their_kind: TokenKind,
}

/// What a sealed ID number is.
const ID: &[u8] = b"guixue/pool/id/v1";

impl Newcomer {
    /// School `from` tells its county `to`, whose key is `key`, that a child was enrolled.
    pub fn enrolled(tag: Tag, id_number: &Personal<String>, from: &Party, to: &Party, key: &SealKey) -> Self {
        let plain = id_number.open(Purpose::Handover).as_bytes();
        Self { tag, id_number: key.seal(ID, &tag.way(from, to), plain), left: false }
    }

    /// The child left again.
    pub fn left(tag: Tag, from: &Party, to: &Party, key: &SealKey) -> Self {
        let nothing = Personal::new(String::new());
        Self { left: true, ..Self::enrolled(tag, &nothing, from, to, key) }
    }

    /// The ID number, at the county.
    ///
    /// # Errors
    /// When it was sealed for another key, child or way.
    pub fn open(&self, from: &Party, to: &Party, key: &OpenKey) -> Result<Personal<String>, Unopened> {
        let plain = key.open(ID, &self.tag.way(from, to), &self.id_number)?;
        let text = std::str::from_utf8(&plain).map_err(|_| Unopened::Suite)?;
        Ok(Personal::new(text.to_owned()))
    }
}

/// What a sealed roll is.
const ROLL: &[u8] = b"guixue/pool/roll/v1";
/// Bytes of a child in a roll.
const ROW: usize = 24;

impl Roll {
    /// The most children of one message: what is sealed stays well below the size of a parcel.
    pub const MOST: usize = 2_000;

    /// School `from` tells its county `to`, whose key is `key`, who is in class.
    pub fn seal(children: &[InClass], from: &Party, to: &Party, key: &SealKey) -> Self {
        let mut plain = Zeroizing::new(Vec::with_capacity(children.len() * ROW));
        for child in children {
            plain.extend_from_slice(&child.tag.0);
            plain.extend_from_slice(&child.number.open(Purpose::Handover).to_be_bytes());
        }
        Self(key.seal(ROLL, &roll_way(from, to), &plain))
    }

    /// The children, at the county.
    ///
    /// # Errors
    /// When it was sealed for another key or way, or is no roll.
    pub fn open(&self, from: &Party, to: &Party, key: &OpenKey) -> Result<Vec<InClass>, Unopened> {
        let plain = key.open(ROLL, &roll_way(from, to), &self.0)?;
        let (rows, rest) = plain.as_chunks::<ROW>();
        if !rest.is_empty() {
            return Err(Unopened::Suite);
        }
        let child = |row: &[u8; ROW]| {
            let (tag, number) = row.split_at(16);
            let number = u64::from_be_bytes(number.try_into().ok()?);
            Some(InClass { tag: Tag(tag.try_into().ok()?), number: Personal::new(number) })
        };
        rows.iter().map(child).collect::<Option<_>>().ok_or(Unopened::Suite)
    }
}

impl InClass {
    /// A child with an ID number of 18 characters; `None` when the number is none.
    pub fn new(tag: Tag, id_number: &str) -> Option<Self> {
        let digits = id_number.get(..17).filter(|_| id_number.len() == 18)?;
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        Some(Self { tag, number: Personal::new(number) })
    }

    /// The first 17 digits.
    pub fn digits(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:017}", self.number.open(Purpose::Handover)))
    }
}

/// What a roll is bound to: its way.
fn roll_way(from: &Party, to: &Party) -> Vec<u8> {
    format!("{from}\0{to}").into_bytes()
}

impl Tag {
    /// What an ID number is bound to: its child and its way.
    fn way(self, from: &Party, to: &Party) -> Vec<u8> {
        [self.0.as_slice(), format!("{from}\0{to}").as_bytes()].concat()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
