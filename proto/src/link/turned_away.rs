//! A parent that turns this party away: since when and why, until it holds a conversation again.
//!
//! Key: `l/x/<party>`.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;
use crate::store::{Record, Room, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    code: String,
    since: Moment,
}

impl Record for Noted {
    const VERSION: u8 = 1;
    const NAME: &'static str = "refusal of a parent";
}

/// What a parent said when it turned this party away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Who.
    pub by: Party,
    /// Why.
    pub why: Refusal,
    /// When it was heard first.
    pub since: Moment,
}

fn key(parent: &Party) -> Vec<u8> {
    format!("l/b/{parent}").into_bytes()
}

/// Keeps that `parent` refuses this party; another reason counts from now.
///
/// # Errors
/// When the store cannot read.
pub fn note(room: &mut Room<'_>, parent: &Party, why: Refusal, now: Moment) -> Result<(), StoreError> {
    let before: Option<Noted> = room.read(&key(parent))?;
    if before.is_none_or(|before| before.code != why.code()) {
        room.write(key(parent), &Noted { code: why.code().to_owned(), since: now });
    }
    Ok(())
}

/// `parent` holds conversations again.
///
/// # Errors
/// When the store cannot read.
pub fn forget(room: &mut Room<'_>, parent: &Party) -> Result<(), StoreError> {
    if room.get(&key(parent))?.is_some() {
        room.delete(key(parent));
    }
    Ok(())
}

/// Whether `parent` turned this party away when it was last asked.
///
/// # Errors
/// When the store cannot read.
pub fn by(room: &Room<'_>, parent: &Party) -> Result<Option<TurnedAway>, StoreError> {
    let noted: Option<Noted> = room.read(&key(parent))?;
    Ok(noted.and_then(|Noted { code, since }| {
        Some(TurnedAway { by: parent.clone(), why: Refusal::from_code(&code)?, since })
    }))
}

impl TurnedAway {
    /// A word for tables and `--json`.
    pub const fn code(&self) -> &'static str {
        match self.why {
            Refusal::Revoked => "revoked",
            _ => "turned-away",
        }
    }
}

impl Say for TurnedAway {
    fn say(&self, lang: Lang) -> String {
        let Self { by, why, since } = self;
        match why {
            Refusal::Revoked => say!(
                lang,
                "本单位的证书已被上级停用（{by}，本机自 {since} 起得知），数据不能上报，均保存在本机。请电话向上级问明原因，索取新的邀请码后重新加入（join），此前的数据会自动补报",
                "this party's certificate was revoked ({by}; known here since {since}): nothing can be reported, everything is kept here. Ask the office above why, get a new invitation and join again; what waits goes up then by itself"
            ),
            why => {
                let why = why.say(lang);
                say!(
                    lang,
                    "上级 {by} 自 {since} 起拒绝本单位：{why}",
                    "{by} has turned this party away since {since}: {why}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn a_refusal_is_known_from_its_first_day_until_the_parent_talks_again() {
        let (shelf, parent) = (MemoryStore::default(), "p52/c5205".parse::<Party>().unwrap());
        let mut room = Room::new(&shelf);
        assert_eq!(by(&room, &parent).unwrap(), None);
        for (at, why, since) in
            [(5, Refusal::Revoked, 5), (9, Refusal::Revoked, 5), (12, Refusal::OtherKey, 12)]
        {
            note(&mut room, &parent, why, Moment(at)).unwrap();
            let expected = TurnedAway { by: parent.clone(), why, since: Moment(since) };
            assert_eq!(by(&room, &parent).unwrap(), Some(expected));
        }
        forget(&mut room, &parent).unwrap();
        assert_eq!(by(&room, &parent).unwrap(), None);
    }
}
