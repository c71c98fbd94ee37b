//! Blind matching.

use super::field::{key, sealed, word};
use super::words::Word as _;
use crate::convert::Malformed;
use crate::model::case::{Handed, Match, Newcomer, PoolAsk, PoolKey, Roll, Tag, Token, Tokens};
use crate::model::party::Party;
use crate::wire::letter as wire;

/// Tokens or tags of one letter.
const MAX_TOKENS: usize = 10_000;

fn tag(bytes: &[u8], field: &'static str) -> Result<Tag, Malformed> {
    bytes.try_into().map(Tag).map_err(|_| Malformed::Field(field))
}

fn pool(path: &str, field: &'static str) -> Result<Party, Malformed> {
    path.parse().map_err(|_| Malformed::Field(field))
}

impl From<&PoolAsk> for wire::PoolAsk {
    fn from(ask: &PoolAsk) -> Self {
        Self { pool: ask.pool.to_string(), key: ask.key.bytes().to_vec() }
    }
}

impl TryFrom<wire::PoolAsk> for PoolAsk {
    type Error = Malformed;

    fn try_from(ask: wire::PoolAsk) -> Result<Self, Malformed> {
        Ok(Self { pool: pool(&ask.pool, "pool_ask.pool")?, key: key(&ask.key, "pool_ask.key")? })
    }
}

impl From<&PoolKey> for wire::PoolKey {
    fn from(given: &PoolKey) -> Self {
        Self { pool: given.pool.to_string(), id: given.id, key: given.key.0.clone() }
    }
}

impl TryFrom<wire::PoolKey> for PoolKey {
    type Error = Malformed;

    fn try_from(given: wire::PoolKey) -> Result<Self, Malformed> {
        Ok(Self {
            pool: pool(&given.pool, "pool_key.pool")?,
            id: given.id,
            key: sealed(given.key, "pool_key.key")?,
        })
    }
}

impl From<&Newcomer> for wire::Newcomer {
    fn from(newcomer: &Newcomer) -> Self {
        Self { tag: newcomer.tag.0.to_vec(), id_number: newcomer.id_number.0.clone(), left: newcomer.left }
    }
}

impl TryFrom<wire::Newcomer> for Newcomer {
    type Error = Malformed;

    fn try_from(newcomer: wire::Newcomer) -> Result<Self, Malformed> {
        Ok(Self {
            tag: tag(&newcomer.tag, "newcomer.tag")?,
            id_number: sealed(newcomer.id_number, "newcomer.id_number")?,
            left: newcomer.left,
        })
    }
}

impl From<&Roll> for wire::Roll {
    fn from(roll: &Roll) -> Self {
        Self { children: roll.0.0.clone() }
    }
}

impl TryFrom<wire::Roll> for Roll {
    type Error = Malformed;

    fn try_from(roll: wire::Roll) -> Result<Self, Malformed> {
        sealed(roll.children, "roll.children").map(Self)
    }
}

impl From<&Tokens> for wire::Tokens {
    fn from(tokens: &Tokens) -> Self {
        let handed = tokens.tokens.iter().map(|it| wire::Handed {
            tag: it.tag.0.to_vec(),
            kind: it.kind.number(),
            token: it.token.0.to_vec(),
        });
        let gone = tokens.gone.iter().map(|tag| tag.0.to_vec());
        Self { key: tokens.key, tokens: handed.collect(), gone: gone.collect() }
    }
}

impl TryFrom<wire::Tokens> for Tokens {
    type Error = Malformed;

    fn try_from(tokens: wire::Tokens) -> Result<Self, Malformed> {
        if tokens.tokens.len() > MAX_TOKENS || tokens.gone.len() > MAX_TOKENS {
            return Err(Malformed::TooLarge("tokens"));
        }
        let handed = tokens.tokens.iter().map(|it| {
            let token = it.token.as_slice().try_into();
            Ok(Handed {
                tag: tag(&it.tag, "tokens.tag")?,
                kind: word(it.kind, "tokens.kind")?,
                token: token.map(Token).map_err(|_| Malformed::Field("tokens.token"))?,
            })
        });
        Ok(Self {
            key: tokens.key,
            tokens: handed.collect::<Result<_, Malformed>>()?,
            gone: tokens.gone.iter().map(|gone| tag(gone, "tokens.gone")).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Match> for wire::Match {
    fn from(found: &Match) -> Self {
        Self {
            mine: found.mine.0.to_vec(),
            kind: found.kind.number(),
            there: found.there.to_string(),
            theirs: found.theirs.0.to_vec(),
            their_kind: found.their_kind.number(),
        }
    }
}

impl TryFrom<wire::Match> for Match {
    type Error = Malformed;

    fn try_from(found: wire::Match) -> Result<Self, Malformed> {
        Ok(Self {
            mine: tag(&found.mine, "match.mine")?,
            kind: word(found.kind, "match.kind")?,
            there: pool(&found.there, "match.there")?,
            theirs: tag(&found.theirs, "match.theirs")?,
            their_kind: word(found.their_kind, "match.their_kind")?,
        })
    }
}
