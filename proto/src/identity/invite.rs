//! Invitations: a secret on paper, good once, for one unit, for a few days (TRUST 5.3).
//!
//! The hub keeps only the secret's hash. A unit whose answer was lost on the line asks again with the
//! same key and gets its certificate again; another key with the same secret is refused.

use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::keys::{SpkiHash, random, sha256};
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// How long an invitation is good unless the operator says otherwise: 72 hours, in milliseconds.
pub const GOOD_FOR: i64 = 72 * 3_600_000;

/// How long after the end the same key may still ask for its lost answer, in milliseconds.
const REPEAT_FOR: i64 = 72 * 3_600_000;

/// 128 random bits that the unit shows when it joins. It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteSecret(Zeroizing<[u8; 16]>);

/// What the hub keeps of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// For whom.
    pub unit: Party,
    /// SHA-256 of the secret: the record's key in the store.
    pub secret_hash: [u8; 32],
    /// When it was made.
    pub made: Moment,
    /// The last instant at which it can be used.
    pub expires: Moment,
    /// By which key it was used, and when.
    pub used: Option<(SpkiHash, Moment)>,
}

/// Why a unit may not join by the invitation that it showed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such secret: mistyped, withdrawn, or of another hub.
    #[error("no such invitation")]
    Unknown,
    /// Too late.
    #[error("the invitation of {unit} expired at {since}")]
    Expired {
        /// For whom it was.
        unit: Party,
        /// When it ended.
        since: Moment,
    },
    /// Another key has used it: the unit's other machine, or a thief.
    #[error("the invitation of {unit} was used by another key at {at}")]
    UsedByAnotherKey {
        /// For whom it was.
        unit: Party,
        /// When it was used.
        at: Moment,
    },
    /// It is for somebody else.
    #[error("the invitation is not for {0}")]
    WrongUnit(Party),
}

/// What a good invitation leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// Used now: store this record in the same commit as the certificate.
    First(Invitation),
    /// Used before by the same key: give the same answer again.
    Again,
}

impl InviteSecret {
    /// From its bytes, as the printed code carries them.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, for the printed code and for the one call that shows it.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Under which hash the hub keeps it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[b"guixue/invite/v1\0", &self.0[..]].concat())
    }
}

impl fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteSecret")
    }
}

impl Invitation {
    /// A new invitation for `unit`, good for `millis` milliseconds, and its secret.
    pub fn new(unit: Party, now: Moment, millis: i64) -> (Self, InviteSecret) {
        let secret = InviteSecret::from_bytes(random());
        (Self::by(unit, &secret, now, millis), secret)
    }

    /// The same with a secret that was made elsewhere.
    pub fn by(unit: Party, secret: &InviteSecret, now: Moment, millis: i64) -> Self {
        Self { unit, secret_hash: secret.hash(), made: now, expires: now.plus_millis(millis), used: None }
    }

    /// Decides on a unit that shows `secret` and the key `key`. `found` is the record under the secret's
    /// hash, if there is one. A unit that was revoked is refused before this is asked.
    ///
    /// # Errors
    /// The reason, for the unit's screen and for the hub's log.
    pub fn redeem(
        found: Option<&Self>,
        secret: &InviteSecret,
        unit: &Party,
        key: SpkiHash,
        now: Moment,
    ) -> Result<Redeemed, Refusal> {
        let found = found.filter(|invitation| bool::from(invitation.secret_hash.ct_eq(&secret.hash())));
        let invitation = found.ok_or(Refusal::Unknown)?;
        if invitation.unit != *unit {
            return Err(Refusal::WrongUnit(unit.clone()));
        }
        let expired = || Refusal::Expired { unit: unit.clone(), since: invitation.expires };
        match invitation.used {
            Some((by, at)) if by != key => Err(Refusal::UsedByAnotherKey { unit: unit.clone(), at }),
            Some(_) if now > invitation.expires.plus_millis(REPEAT_FOR) => Err(expired()),
            Some(_) => Ok(Redeemed::Again),
            None if now > invitation.expires => Err(expired()),
            None => Ok(Redeemed::First(Self { used: Some((key, now)), ..invitation.clone() })),
        }
    }
}

impl Say for Refusal {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unknown => say!(
                lang,
                "没有这个邀请码，可能已作废或不是本单位发出的。请向上级索取新的邀请码",
                "there is no such invitation here: it may be withdrawn, or another office's. Ask for a new one"
            ),
            Self::Expired { unit, since } => say!(
                lang,
                "{unit} 的邀请码已于 {since} 失效。请向上级索取新的邀请码，并核对本机时间",
                "the invitation of {unit} expired at {since}. Ask for a new one, and check this machine's clock"
            ),
            Self::UsedByAnotherKey { unit, at } => say!(
                lang,
                "{unit} 的邀请码已于 {at} 用过，每个邀请码只能用一次。本机当时已加入成功的，不必再加入；如非本单位操作，请立即电话通知上级停用该证书；否则请索取新的邀请码",
                "the invitation of {unit} was used at {at}, and is good once. If this machine joined by it then, there is nothing to do. If it was not you, call the office above at once to revoke that certificate; else ask for a new invitation"
            ),
            Self::WrongUnit(unit) => say!(
                lang,
                "该邀请码不是发给 {unit} 的。请核对单位代码，或索取本单位的邀请码",
                "the invitation is not for {unit}. Check the unit's code, or ask for the unit's own invitation"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_758_643_200_000);
    const KEY: SpkiHash = SpkiHash([1; 32]);
    const OTHER: SpkiHash = SpkiHash([2; 32]);

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    #[test]
    fn an_invitation_is_good_once() {
        let (ours, theirs) = (party("p52/c5205/d520502"), party("p52/c5205/d520521"));
        let (fresh, secret) = Invitation::new(ours.clone(), NOW, GOOD_FOR);
        let wrong = InviteSecret::from_bytes([7; 16]);
        let Ok(Redeemed::First(used)) = Invitation::redeem(Some(&fresh), &secret, &ours, KEY, NOW) else {
            panic!()
        };
        let (end, much_later) = (fresh.expires, fresh.expires.plus_millis(REPEAT_FOR + 1));
        let expired = || Err(Refusal::Expired { unit: ours.clone(), since: end });
        let stolen = Err(Refusal::UsedByAnotherKey { unit: ours.clone(), at: NOW });
        for (name, found, secret, unit, key, now, answer) in [
            ("unknown", None, &secret, &ours, KEY, NOW, Err(Refusal::Unknown)),
            ("another's record", Some(&fresh), &wrong, &ours, KEY, NOW, Err(Refusal::Unknown)),
            (
                "another unit",
                Some(&fresh),
                &secret,
                &theirs,
                KEY,
                NOW,
                Err(Refusal::WrongUnit(theirs.clone())),
            ),
            ("too late", Some(&fresh), &secret, &ours, KEY, end.plus_millis(1), expired()),
            ("repeated", Some(&used), &secret, &ours, KEY, NOW, Ok(Redeemed::Again)),
            ("repeated late", Some(&used), &secret, &ours, KEY, end.plus_millis(1), Ok(Redeemed::Again)),
            ("repeated much later", Some(&used), &secret, &ours, KEY, much_later, expired()),
            ("replayed by another key", Some(&used), &secret, &ours, OTHER, NOW, stolen),
        ] {
            assert_eq!(Invitation::redeem(found, secret, unit, key, now), answer, "{name}");
        }
        assert_eq!(used.used, Some((KEY, NOW)));
    }

    #[test]
    fn neither_the_record_nor_a_log_shows_the_secret() {
        let (invitation, secret) = Invitation::new(party("p52"), NOW, GOOD_FOR);
        let stored = postcard::to_stdvec(&invitation).unwrap();
        assert!(!stored.windows(16).any(|w| w == secret.bytes()));
        assert_eq!(format!("{secret:?}"), "InviteSecret");
    }
}
