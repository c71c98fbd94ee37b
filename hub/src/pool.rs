//! Blind matching: who is lost in one county and enrolled in another is found, and the hub that finds it learns
//! no ID number.
//!
//! ```text
//! keeper (the hub above the pool) ── key, sealed ──> counties ── tokens ──> pool hub ── matches ──> counties
//! ```
//!
//! A token is a keyed hash of the ID number. The pool hub has the tokens and not the key; the keeper has the key
//! and not the tokens. The province has nobody above it and keeps the key of its own pool itself, sealed for
//! itself: whoever holds both its store and its store's key could try ID numbers one by one. Schools get neither.
//!
//! Keys: at a keeper `h/x/k/<pool>`, at a county `h/x/c/<pool>` the pool's key, sealed for this hub; at a county
//! `h/x/e/<tag>` a child, `h/x/f/<mine><theirs>` a match; at a pool hub `h/x/t/<token><county>/<tag>` a token,
//! `h/x/g/<county>/<tag>` where it is, `h/x/m/<one><other>` a match that was reported.
//!
//! A case's tag is its number, and a child that its own transfer placed keeps it: two tokens of one tag are one case
//! at two counties, which know of each other, and no match.

pub mod rolls;
mod words;

use proto::model::case::{Handed, Match, Tag, Token, TokenKind};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::seal::Sealed;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// What the hash is over, before the number.
const PURPOSE: &[u8] = b"guixue/pool/token/v1\0";

/// What it means that two tokens are one child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Meaning {
    /// Lost at one place, enrolled at the other: the case can be handed over, or closed.
    Found,
    /// Offered to a place, and on a roll already (X11).
    AlreadyEnrolled,
    /// Two cases of one child.
    Twice,
}

/// What a pair of tokens of two tags means (a case that is offered keeps its tag); `None` when it is no news: two
/// enrolments are a matter of the roll.
pub const fn meaning(one: TokenKind, other: TokenKind) -> Option<Meaning> {
    use TokenKind as K;
    match (one, other) {
        (K::Lost, K::Enrolled) | (K::Enrolled, K::Lost) => Some(Meaning::Found),
        (K::Offered, K::Enrolled) | (K::Enrolled, K::Offered) => Some(Meaning::AlreadyEnrolled),
        (K::Lost | K::Offered, K::Lost | K::Offered) => Some(Meaning::Twice),
        (K::Enrolled, K::Enrolled) => None,
    }
}

/// What an ID number of these 17 digits is hashed as; `None` when they are none.
pub fn id_of_digits(head: &str) -> Option<String> {
    check_digit(head).map(|check| format!("{head}{check}"))
}

/// An ID number as it is hashed: 18 characters, an old one of 15 digits made new. `None` when it is none; a
/// wrong check digit counts as none, for a slip would match nobody or the wrong child.
pub fn normal_id(text: &str) -> Option<String> {
    let tidy: String = text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
    let (head, check) = match tidy.len() {
        15 => (format!("{}19{}", tidy.get(..6)?, &tidy[6..]), None),
        18 => (tidy.get(..17)?.to_owned(), tidy.chars().last()),
        _ => return None,
    };
    let expected = check_digit(&head)?;
    (check.is_none_or(|check| check == expected)).then(|| format!("{head}{expected}"))
}

fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        'x' | 'ｘ' | 'Ｘ' => 'X',
        c => c,
    }
}

/// GB 11643: the eighteenth character.
fn check_digit(head: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let digits: Vec<u32> = head.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    if digits.len() != WEIGHTS.len() {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    Some(char::from(CHECKS[(sum % 11) as usize]))
}

/// The token of an ID number that [`normal_id`] made.
pub fn token(key: &[u8; 32], id: &str) -> Token {
    Token(*blake3::keyed_hash(key, &[PURPOSE, id.as_bytes()].concat()).as_bytes())
}

/// Names a key without telling it.
pub fn key_id(key: &[u8; 32]) -> u64 {
    let hash = blake3::derive_key("guixue pool key id v1", key);
    u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

/// Who keeps the key of a pool: the hub above it, so that the one who compares cannot compute.
pub fn keeper(pool: &Party) -> Party {
    pool.parent().unwrap_or_else(|| pool.clone())
}

/// The pools that a county hands its tokens to: of every hub above it.
pub fn pools(county: &Party) -> Vec<Party> {
    county.lineage().skip(1).collect()
}

/// A pool's key, sealed for the hub that keeps it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Which.
    pub id: u64,
    /// The key.
    pub sealed: Sealed,
}

/// A child of this county in its pools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Why.
    pub kind: TokenKind,
    /// Who told of it: a school, or the county that offers it. Nobody else speaks of this tag.
    pub from: Party,
    /// Its normal ID number, sealed for this county; empty when it is in a roll ([`rolls`]).
    pub id: Sealed,
}

/// A token at a pool hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Whose.
    pub county: Party,
    /// What the county calls the child.
    pub tag: Tag,
    /// Why it was handed in.
    pub kind: TokenKind,
}

/// Where a county's tag stands at a pool hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    token: Token,
    key: u64,
}

/// A match that this county was told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What.
    pub found: Match,
    /// When.
    pub at: Moment,
}

/// A match and who has to hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// To whom.
    pub to: Party,
    /// What.
    pub found: Match,
}

macro_rules! records {
    ($($type:ty: $name:literal;)*) => {$(
        impl Record for $type {
            const VERSION: u8 = 1;
            const NAME: &'static str = $name;
        }
    )*};
}

records! {
    Key: "key of a pool";
    Child: "child in a pool";
    Held: "token";
    Place: "place of a token";
    Told: "match";
}

fn token_prefix(key: u64, token: Token) -> Vec<u8> {
    [b"h/x/t/".as_slice(), &key.to_be_bytes(), &token.0].concat()
}

fn token_key(key: u64, token: Token, county: &Party, tag: Tag) -> Vec<u8> {
    [token_prefix(key, token).as_slice(), format!("{county}/").as_bytes(), &tag.0].concat()
}

fn place_key(county: &Party, tag: Tag) -> Vec<u8> {
    [b"h/x/g/".as_slice(), format!("{county}/").as_bytes(), &tag.0].concat()
}

/// Pool hub: takes a token of a county. Gives what has to be reported: every pair once, to both sides.
///
/// # Errors
/// When the store cannot read.
pub fn take(
    room: &mut Room<'_>,
    county: &Party,
    key: u64,
    handed: Handed,
) -> Result<Vec<Report>, StoreError> {
    let Handed { tag, kind, token } = handed;
    take_back(room, county, tag)?;
    let others = room.list(&token_prefix(key, token))?;
    room.write(token_key(key, token, county, tag), &Held { county: county.clone(), tag, kind });
    room.write(place_key(county, tag), &Place { token, key });
    let mut reports = Vec::new();
    for (_, value) in others {
        let other: Held = from_bytes(&value)?;
        if other.tag == tag
            || meaning(kind, other.kind).is_none()
            || !first_time(room, (tag, kind), (other.tag, other.kind))?
        {
            continue;
        }
        let theirs = |mine: Tag, kind, there: &Party, theirs, their_kind| Match {
            mine,
            kind,
            there: there.clone(),
            theirs,
            their_kind,
        };
        let found = theirs(tag, kind, &other.county, other.tag, other.kind);
        reports.push(Report { to: county.clone(), found });
        if other.county != *county {
            let found = theirs(other.tag, other.kind, county, tag, kind);
            reports.push(Report { to: other.county, found });
        }
    }
    Ok(reports)
}

/// Pool hub: a county takes a token back.
///
/// # Errors
/// When the store cannot read.
pub fn take_back(room: &mut Room<'_>, county: &Party, tag: Tag) -> Result<(), StoreError> {
    if let Some(Place { token, key }) = room.read(&place_key(county, tag))? {
        room.delete(token_key(key, token, county, tag));
        room.delete(place_key(county, tag));
    }
    Ok(())
}

/// Whether this pair was not reported yet, for these reasons.
fn first_time(
    room: &mut Room<'_>,
    one: (Tag, TokenKind),
    other: (Tag, TokenKind),
) -> Result<bool, StoreError> {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let key = [b"h/x/m/".as_slice(), &first.0.0, &[first.1 as u8], &second.0.0, &[second.1 as u8]].concat();
    let known = room.get(&key)?.is_some();
    room.put(key, [1]);
    Ok(!known)
}

fn party_key(prefix: &str, party: &Party) -> Vec<u8> {
    format!("{prefix}{party}").into_bytes()
}

/// The key of a pool that this hub keeps for others.
///
/// # Errors
/// When the store cannot read.
pub fn kept(room: &Room<'_>, pool: &Party) -> Result<Option<Key>, StoreError> {
    room.read(&party_key("h/x/k/", pool))
}

/// Keeps the key of a pool for others.
pub fn keep(room: &mut Room<'_>, pool: &Party, key: &Key) {
    room.write(party_key("h/x/k/", pool), key);
}

/// The key of a pool that this county was given.
///
/// # Errors
/// When the store cannot read.
pub fn given(room: &Room<'_>, pool: &Party) -> Result<Option<Key>, StoreError> {
    room.read(&party_key("h/x/c/", pool))
}

/// Keeps the key that this county was given.
pub fn keep_given(room: &mut Room<'_>, pool: &Party, key: &Key) {
    room.write(party_key("h/x/c/", pool), key);
}

fn child_key(tag: Tag) -> Vec<u8> {
    [b"h/x/e/".as_slice(), &tag.0].concat()
}

/// A child of this county.
///
/// # Errors
/// When the store cannot read.
pub fn child(room: &Room<'_>, tag: Tag) -> Result<Option<Child>, StoreError> {
    room.read(&child_key(tag))
}

/// Keeps a child of this county.
pub fn keep_child(room: &mut Room<'_>, tag: Tag, child: &Child) {
    room.write(child_key(tag), child);
}

/// Forgets a child of this county.
pub fn forget_child(room: &mut Room<'_>, tag: Tag) {
    room.delete(child_key(tag));
}

/// All children of this county.
///
/// # Errors
/// When the store cannot read.
pub fn children(room: &Room<'_>) -> Result<Vec<(Tag, Child)>, StoreError> {
    let all = room.list(b"h/x/e/")?;
    let named = all.iter().filter_map(|(key, value)| {
        let tag = key.get(6..)?.try_into().ok()?;
        Some(from_bytes(value).map(|child| (Tag(tag), child)).map_err(StoreError::from))
    });
    named.collect()
}

/// Keeps a match that this county was told of.
pub fn keep_told(room: &mut Room<'_>, told: &Told) {
    let Match { mine, theirs, .. } = &told.found;
    room.write([b"h/x/f/".as_slice(), &mine.0, &theirs.0].concat(), told);
}

/// The matches that this county was told of.
///
/// # Errors
/// When the store cannot read.
pub fn told(room: &Room<'_>) -> Result<Vec<Told>, StoreError> {
    room.list(b"h/x/f/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

#[cfg(test)]
mod tests;
