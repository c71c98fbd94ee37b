//! The words of custody: lives, steps and their kinds.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::convert::{step_in, step_out};
use crate::model::case::Leg;
use crate::model::day::Moment;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::region::Region;
use crate::say;

/// One life of a hub in the case protocol; a hub whose store was put back from a backup begins the next one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ballot {
    /// Rises with each life, from 1.
    pub number: u64,
    /// Random: two lives that took one number unknown to each other stay apart.
    pub nonce: u64,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepKind {
    /// The holder offers the case to the receiver.
    Offer,
    /// The receiver takes it: from now on it answers for the child.
    Accept,
    /// The receiver does not take it.
    Reject(RejectReason),
    /// The offerer takes its offer back.
    Recall,
    /// The registrar ends an offer that was not answered in time.
    Expire,
}

impl StepKind {
    /// Every step with every reason, `hint` for the place that is meant; a table over it forgets none.
    pub const fn every(hint: Region) -> [Self; 11] {
        [
            Self::Offer,
            Self::Accept,
            Self::Recall,
            Self::Expire,
            Self::Reject(RejectReason::NotHere),
            Self::Reject(RejectReason::Misrouted { hint }),
            Self::Reject(RejectReason::Duplicate),
            Self::Reject(RejectReason::AlreadyEnrolled),
            Self::Reject(RejectReason::OverAge),
            Self::Reject(RejectReason::Insufficient),
            Self::Reject(RejectReason::KeyUnknown),
        ]
    }
}

/// Why an offer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RejectReason {
    /// The child was looked for and is not there.
    NotHere,
    /// Another place is meant.
    Misrouted {
        /// Which, as far as the receiver knows.
        hint: Region,
    },
    /// The receiver holds this child's case already.
    Duplicate,
    /// The child is on a roll there; only the roll transfer is missing.
    AlreadyEnrolled,
    /// Past compulsory schooling.
    OverAge,
    /// Too little is said to look for the child.
    Insufficient,
    /// The record was sealed to a key that the receiver no longer has.
    KeyUnknown,
}

/// One step of a leg, as its signer says it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// Which leg.
    pub leg: Leg,
    /// From 1, without gaps.
    pub n: u32,
    /// [`Step::hash`] of the step before; [`Hash::ROOT`] for the first.
    pub prev: Hash,
    /// What it does.
    pub kind: StepKind,
    /// Who offers (J).
    pub offerer: Party,
    /// To whom (K).
    pub receiver: Party,
    /// The lowest hub above both (L), which may be one of them.
    pub registrar: Party,
    /// Who signs.
    pub by: Party,
    /// When, by the signer's clock. Decides nothing.
    pub at: Moment,
    /// The signer's life.
    pub life: Ballot,
    /// Hash of what the step is about (the preview of an offer); [`Hash::ROOT`] when of nothing.
    pub payload: Hash,
    /// The head of the leg before, in the first offer of every leg but the first.
    pub after: Option<Hash>,
    /// In words, without personal data; at most [`MAX_NOTE`] bytes.
    pub note: String,
}

/// The longest note, in bytes.
pub const MAX_NOTE: usize = 1_000;

impl Ballot {
    /// Before any life.
    pub const NONE: Self = Self { number: 0, nonce: 0 };

    /// The first life of a hub.
    pub const fn first(nonce: u64) -> Self {
        Self { number: 1, nonce }
    }

    /// A life after this one.
    #[must_use]
    pub const fn next(self, nonce: u64) -> Self {
        Self { number: self.number.saturating_add(1), nonce }
    }

    /// How `heard` stands to this life, the latest that is known here.
    pub const fn judge(self, heard: Self) -> Age {
        if heard.number == self.number {
            if heard.nonce == self.nonce { Age::Same } else { Age::Twin }
        } else if heard.number > self.number {
            Age::Newer
        } else {
            Age::Older
        }
    }
}

/// How a life stands to the latest known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// A life that is over.
    Older,
    /// The known one.
    Same,
    /// Another life that took the same number: both came from one backup.
    Twin,
    /// The known one is over.
    Newer,
}

impl Step {
    /// The step's bytes, over which its hash and signature are made. Encode once, keep the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        step_out(self)
    }

    /// Reads a step.
    ///
    /// # Errors
    /// When the bytes are no step.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, crate::convert::Malformed> {
        step_in(bytes)
    }

    /// The name of a step in its chain: BLAKE3 over its bytes.
    pub(super) fn hash_of(bytes: &[u8]) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"guixue/custody/step/v1\0").update(bytes);
        Hash(*hasher.finalize().as_bytes())
    }

    /// Who must sign a step of this kind.
    pub const fn signer(&self) -> &Party {
        match self.kind {
            StepKind::Offer | StepKind::Recall => &self.offerer,
            StepKind::Accept | StepKind::Reject(_) => &self.receiver,
            StepKind::Expire => &self.registrar,
        }
    }
}

/// The lowest hub above both, or one of them when it stands above the other: the registrar of a leg between
/// the two. `None` between two trees.
pub fn lowest_common(one: &Party, other: &Party) -> Option<Party> {
    let above: Vec<Party> = other.lineage().collect();
    one.lineage().find(|hub| above.contains(hub))
}

impl fmt::Display for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:08x}", self.number, self.nonce >> 32)
    }
}

impl fmt::Debug for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Say for StepKind {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Offer => ("提出划转", "offered"),
            Self::Accept => ("接收", "accepted"),
            Self::Reject(reason) => {
                let why = reason.say(lang);
                return say!(lang, "退回：{why}", "rejected: {why}");
            }
            Self::Recall => ("撤回划转", "recalled"),
            Self::Expire => ("逾期未答复，划转终止", "expired without an answer"),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for RejectReason {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::NotHere => ("经核查不在本地", "looked for and not here"),
            Self::Misrouted { hint } => {
                return say!(lang, "应由 {hint} 接收", "meant for {hint}");
            }
            Self::Duplicate => ("本地已有该个案", "this place holds the case already"),
            Self::AlreadyEnrolled => {
                ("已在本地就读，只需办理学籍转接", "in class here; only the roll transfer is missing")
            }
            Self::OverAge => ("已超过义务教育年龄", "past compulsory schooling"),
            Self::Insufficient => ("信息不足，无法查找", "too little is said to look for the child"),
            Self::KeyUnknown => {
                ("无法打开密封材料，请重新密封发送", "the sealed record cannot be opened; seal it again")
            }
        };
        lang.pick(words.0, words.1).to_owned()
    }
}
