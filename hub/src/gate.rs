//! Who may speak on a link: the register decides, on every call, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use proto::identity::keys::SpkiHash;
use proto::link::refusal::Refusal;
use proto::model::day::Moment;
use proto::model::party::Party;

use crate::desk::has_authority;
use crate::desk::registry::{Entry, Registry, Standing};

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
) -> Result<(), Refusal> {
    if !party.is_below(me) {
        return Err(Refusal::NotBelow);
    }
    let entry = registry.entry(party).ok_or(Refusal::Unknown)?;
    match entry.standing {
        Standing::Revoked => return Err(Refusal::Revoked),
        Standing::Closed(day) if day <= now.day() => return Err(Refusal::Closed),
        Standing::Active | Standing::Closed(_) => {}
    }
    if !entry.keys.contains(key) {
        return Err(Refusal::OtherKey);
    }
    if now.since(until) > grace {
        return Err(Refusal::Expired);
    }
    Ok(())
}

/// Whether a certificate that was turned away shows that the register is older than it, as after a restore: it
/// knows the unit not at all, or by a certificate that ends sooner and another key. A key that was revoked is no
/// news, and a hub's certificate, which it issues to itself, proves nothing against a register that knows it.
pub fn is_news(party: &Party, entry: Option<&Entry>, key: &SpkiHash, until: Moment) -> bool {
    let Some(entry) = entry else { return true };
    let newer = entry.until.is_some_and(|known| known < until);
    newer && !has_authority(party) && !entry.keys.contains(key) && !entry.revoked.contains(key)
}

/// Somebody with a valid certificate who is not in the register, or only by an older one.
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
    /// The register knows it by an older certificate.
    pub known: bool,
}

/// How many strangers are remembered.
const MOST_KNOCKS: usize = 256;

/// Those who knocked since the program started.
#[derive(Debug, Default)]
pub struct Knocks(Mutex<BTreeMap<Party, Knock>>);

impl Knocks {
    /// Remembers a stranger.
    pub fn note(&self, party: &Party, key: SpkiHash, until: Moment, at: Moment, known: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_KNOCKS && !all.contains_key(party) {
            return;
        }
        let knock = Knock { party: party.clone(), key, until, at, times: 0, known };
        let entry = all.entry(party.clone()).or_insert(knock);
        *entry = Knock { key, until, at, known, times: entry.times.saturating_add(1), ..entry.clone() };
    }

    /// Those who are still news to `registry`: one that its county or another hub has entered since is none.
    pub fn strangers(&self, registry: &Registry) -> Vec<Knock> {
        let mut all = self.all();
        all.retain(|knock| is_news(&knock.party, registry.entry(&knock.party), &knock.key, knock.until));
        all
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_decides() {
        let me: Party = "p52/c5205/d520502".parse().unwrap();
        let party = |n: u8| -> Party { format!("{me}/t520502100/s215200000{n}").parse().unwrap() };
        let now = Moment(1_758_643_200_000);
        let (key, next, other) = (SpkiHash([1; 32]), SpkiHash([2; 32]), SpkiHash([3; 32]));
        let entry = |standing| Entry { keys: vec![key, next], standing, revoked: Vec::new(), until: None };
        let listed = [
            (party(1), entry(Standing::Active)),
            (party(2), entry(Standing::Revoked)),
            (party(3), entry(Standing::Closed(now.day()))),
            (party(4), entry(Standing::Closed(now.day().next()))),
        ];
        let registry = Registry::new(listed);
        let (valid, grace) = (now.plus_millis(1), 1_000);
        for (who, key, until, outcome) in [
            (party(1), key, valid, Ok(())),
            (party(1), next, valid, Ok(())),
            (party(1), other, valid, Err(Refusal::OtherKey)),
            (party(1), key, now.plus_millis(-1_000), Ok(())),
            (party(1), key, now.plus_millis(-1_001), Err(Refusal::Expired)),
            (party(2), key, valid, Err(Refusal::Revoked)),
            (party(3), key, valid, Err(Refusal::Closed)),
            (party(4), key, valid, Ok(())),
            (party(5), key, valid, Err(Refusal::Unknown)),
            (me.clone(), key, valid, Err(Refusal::NotBelow)),
            ("p52/c5205/d520521".parse().unwrap(), key, valid, Err(Refusal::NotBelow)),
        ] {
            let result = admit(&me, &registry, &who, &key, until, grace, now);
            assert_eq!(result, outcome, "{who}");
        }
    }

    #[test]
    fn a_certificate_that_is_newer_than_the_register_is_news_and_a_revoked_or_older_one_is_none() {
        let county = "p52/c5205/d520502";
        let school: Party = format!("{county}/s2152000001").parse().unwrap();
        let (key, other, stolen) = (SpkiHash([1; 32]), SpkiHash([2; 32]), SpkiHash([3; 32]));
        let entry = |until| Entry {
            keys: vec![key],
            standing: Standing::Revoked,
            revoked: vec![stolen],
            until: Some(Moment(until)),
        };
        for (party, entry, shown, news) in [
            (&school, None, other, true),
            (&school, Some(entry(4)), other, true),
            (&school, Some(entry(5)), other, false),
            (&school, Some(entry(4)), key, false),
            (&school, Some(entry(4)), stolen, false),
            (&school, Some(Entry { until: None, ..entry(4) }), other, false),
            (&county.parse().unwrap(), Some(entry(4)), other, false),
        ] {
            assert_eq!(is_news(party, entry.as_ref(), &shown, Moment(5)), news, "{party} {entry:?}");
        }
    }

    #[test]
    fn strangers_are_remembered_up_to_a_limit() {
        let knocks = Knocks::default();
        for n in 0..400 {
            let party: Party = format!("p52/s{n:010}").parse().unwrap();
            knocks.note(&party, SpkiHash([1; 32]), Moment(2), Moment(n), false);
        }
        knocks.note(&"p52/s0000000003".parse().unwrap(), SpkiHash([4; 32]), Moment(2), Moment(500), false);
        assert_eq!(knocks.all().len(), MOST_KNOCKS);
        let again = knocks.of(&"p52/s0000000003".parse().unwrap()).unwrap();
        assert_eq!((again.times, again.key, again.at), (2, SpkiHash([4; 32]), Moment(500)));
    }
}
