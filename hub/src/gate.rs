//! Who may speak on a link: the register decides, on every call, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proto::identity::keys::SpkiHash;
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::say;

use crate::desk::registry::{Registry, Standing};

/// Why somebody with a certificate of ours is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// Not below this hub.
    #[error("{0} is not below this hub")]
    NotBelow(Party),
    /// Not in the register: invited after the backup from which this hub was restored, or the directory
    /// has not come yet.
    #[error("{0} is not in this hub's register")]
    Unknown(Party),
    /// Another key is in force.
    #[error("{0} shows another key than the one in force")]
    OtherKey(Party),
    /// Revoked.
    #[error("{0} was revoked")]
    Revoked(Party),
    /// Closed.
    #[error("{0} was closed")]
    Closed(Party),
    /// Expired beyond the grace.
    #[error("the certificate of {0} expired too long ago")]
    Expired(Party),
}

impl Shut {
    /// One word for counters.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotBelow(_) => "not_below",
            Self::Unknown(_) => "unknown",
            Self::OtherKey(_) => "other_key",
            Self::Revoked(_) => "revoked",
            Self::Closed(_) => "closed",
            Self::Expired(_) => "expired",
        }
    }
}

/// Whether `party` with the key `key` may speak here.
///
/// # Errors
/// Why not.
pub fn admit(
    me: &Party,
    registry: &Registry,
    party: &Party,
    key: &SpkiHash,
    until: Moment,
    grace: i64,
    now: Moment,
) -> Result<(), Shut> {
    if !party.is_below(me) {
        return Err(Shut::NotBelow(party.clone()));
    }
    let entry = registry.entry(party).ok_or_else(|| Shut::Unknown(party.clone()))?;
    match entry.standing {
        Standing::Revoked(_) => return Err(Shut::Revoked(party.clone())),
        Standing::Closed(day) if day <= now.day() => return Err(Shut::Closed(party.clone())),
        Standing::Active | Standing::Closed(_) => {}
    }
    if !entry.keys.contains(key) {
        return Err(Shut::OtherKey(party.clone()));
    }
    if now.since(until) > grace {
        return Err(Shut::Expired(party.clone()));
    }
    Ok(())
}

/// Somebody with a valid certificate who is not in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// Who.
    pub party: Party,
    /// With which key.
    pub key: SpkiHash,
    /// When its certificate ends.
    pub until: Moment,
    /// When it knocked last.
    pub at: Moment,
    /// How often.
    pub times: u32,
}

/// How many strangers are remembered.
const MOST_KNOCKS: usize = 256;

/// Those who knocked since the program started.
#[derive(Debug, Default)]
pub struct Knocks(Mutex<BTreeMap<Party, Knock>>);

impl Knocks {
    /// Remembers a stranger.
    pub fn note(&self, party: &Party, key: SpkiHash, until: Moment, at: Moment) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_KNOCKS && !all.contains_key(party) {
            return;
        }
        let knock = Knock { party: party.clone(), key, until, at, times: 0 };
        let entry = all.entry(party.clone()).or_insert(knock);
        *entry = Knock { key, until, at, times: entry.times.saturating_add(1), ..entry.clone() };
    }

    /// Forgets one that was let in.
    pub fn forget(&self, party: &Party) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(party);
    }

    /// Who knocked.
    pub fn all(&self) -> Vec<Knock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The knock of `party`.
    pub fn of(&self, party: &Party) -> Option<Knock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(party).cloned()
    }
}

impl Say for Shut {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotBelow(party) => say!(
                lang,
                "{party} 不是本节点的下属单位，不能在这里上报。请核对上级地址。",
                "{party} is not below this hub and cannot report here. Check the parent's address."
            ),
            Self::Unknown(party) => say!(
                lang,
                "{party} 不在本节点的名册上。请联系上级：用 units readmit 恢复登记，或重新邀请；乡镇节点请先与县同步一次。",
                "{party} is not in this hub's register. Ask its people to readmit or invite it; a town hub first needs one sync with its county."
            ),
            Self::OtherKey(party) => say!(
                lang,
                "{party} 出示的证书不是登记的那一份：可能是旧电脑，也可能被冒用。请电话联系上级核实，重新办理入网。",
                "{party} shows another key than the one in the register: an old machine, or somebody posing as it. Call the office above and join again."
            ),
            Self::Revoked(party) => say!(
                lang,
                "{party} 的证书已被上级停用。请联系上级重新办理入网。",
                "The certificate of {party} was revoked. Ask the office above for a new invitation."
            ),
            Self::Closed(party) => say!(
                lang,
                "{party} 已在上级撤销登记，不再接收上报。",
                "{party} was closed and no longer reports."
            ),
            Self::Expired(party) => say!(
                lang,
                "{party} 的证书过期太久，已不能自动续期。请联系上级重新办理入网，并核对本机时间。",
                "The certificate of {party} expired too long ago to be renewed by itself. Ask for a new invitation, and check this machine's clock."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::registry::Entry;

    #[test]
    fn the_register_decides() {
        let me: Party = "p52/c5205/d520502".parse().unwrap();
        let party = |n: u8| -> Party { format!("{me}/t520502100/s215200000{n}").parse().unwrap() };
        let now = Moment(1_758_643_200_000);
        let (key, next, other) = (SpkiHash([1; 32]), SpkiHash([2; 32]), SpkiHash([3; 32]));
        let entry = |standing| Entry { keys: vec![key, next], standing };
        let listed = [
            (party(1), entry(Standing::Active)),
            (party(2), entry(Standing::Revoked(now))),
            (party(3), entry(Standing::Closed(now.day()))),
            (party(4), entry(Standing::Closed(now.day().next()))),
        ];
        let registry = Registry::new(&[], listed);
        let (valid, grace) = (now.plus_millis(1), 1_000);
        for (who, key, until, outcome) in [
            (party(1), key, valid, Ok(())),
            (party(1), next, valid, Ok(())),
            (party(1), other, valid, Err("other_key")),
            (party(1), key, now.plus_millis(-1_000), Ok(())),
            (party(1), key, now.plus_millis(-1_001), Err("expired")),
            (party(2), key, valid, Err("revoked")),
            (party(3), key, valid, Err("closed")),
            (party(4), key, valid, Ok(())),
            (party(5), key, valid, Err("unknown")),
            (me.clone(), key, valid, Err("not_below")),
            ("p52/c5205/d520521".parse().unwrap(), key, valid, Err("not_below")),
        ] {
            let result = admit(&me, &registry, &who, &key, until, grace, now);
            assert_eq!(result.as_ref().map_err(Shut::word), outcome.as_ref().map_err(|w| *w).copied(), "{who}");
        }
    }

    #[test]
    fn strangers_are_remembered_up_to_a_limit() {
        let knocks = Knocks::default();
        for n in 0..400 {
            let party: Party = format!("p52/s{n:010}").parse().unwrap();
            knocks.note(&party, SpkiHash([1; 32]), Moment(2), Moment(n));
        }
        knocks.note(&"p52/s0000000003".parse().unwrap(), SpkiHash([4; 32]), Moment(2), Moment(500));
        assert_eq!(knocks.all().len(), MOST_KNOCKS);
        let again = knocks.of(&"p52/s0000000003".parse().unwrap()).unwrap();
        assert_eq!((again.times, again.key, again.at), (2, SpkiHash([4; 32]), Moment(500)));
    }
}
