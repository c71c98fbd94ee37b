//! What a registrar and its parties tell each other. Messages may be lost, doubled, reordered and come from
//! a life that is over; the reducers bear it.

mod reports;

use std::collections::BTreeSet;

pub use reports::{Heads, Rebirth, Welcome};

use super::chain::{Chain, Equivocation};
use super::digest::Digest;
use super::registrar::Refusal;
use super::sign::{Forged, Sign, Signed};
use super::step::Ballot;
use crate::convert::{Malformed, message_in, message_out};
use crate::identity::certificate::Certificate;
use crate::model::case::Leg;
use crate::model::day::Moment;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// One message of the case protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// To the registrar: please sequence this step.
    Propose(Box<Signed>),
    /// To a party: its proposal was not sequenced.
    Refused {
        /// Which leg.
        leg: Leg,
        /// [`Signed::hash`] of the proposal.
        step: Hash,
        /// Why.
        why: Refusal,
    },
    /// To a party: the leg stands so.
    Sequenced {
        /// The registrar's life.
        ballot: Ballot,
        /// The whole leg.
        chain: Chain,
    },
    /// To all parties below: the registrar was restored and lives this life.
    Reborn {
        /// The new life.
        ballot: Ballot,
        /// What the registrar holds of the reader's chains.
        known: Digest,
    },
    /// To the registrar: a page of the answer to [`Message::Reborn`].
    Heads(Box<Heads>),
    /// To the registrar: another life of it, of no lower number, was promised before.
    Higher {
        /// That life.
        ballot: Ballot,
    },
    /// To a party: another life of it, of no lower number, is known.
    Stale {
        /// That life.
        life: Ballot,
    },
    /// To the registrar: this party was restored and lives this life.
    Hello {
        /// The new life.
        life: Ballot,
    },
    /// To a party that was restored or has reported: a page of what the registrar knows of its legs.
    Welcome(Box<Welcome>),
}

/// With which other parties legs may go on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Openness {
    /// With all.
    Everyone,
    /// With these.
    Only(BTreeSet<Party>),
}

/// A message whose sender and signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Checked {
    pub(super) from: Party,
    pub(super) message: Message,
}

/// A message with a step whose signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("step {n} of leg {leg}: {why}")]
pub struct BadMessage {
    /// In which leg.
    pub leg: Leg,
    /// Which step.
    pub n: u32,
    /// What is wrong.
    pub why: Forged,
}

/// What a reducer is given beside the message.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// The present instant, for people.
    pub at: Moment,
    /// A count that rises by one with each school day of this hub's calendar.
    pub school_day: u32,
    /// A fresh random number, should a new life begin.
    pub nonce: u64,
    /// Signs for this hub.
    pub signer: &'a dyn Sign,
}

/// What is to be done after a reducer has run, in the same commit as the states it changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// To be sent.
    pub send: Vec<(Party, Message)>,
    /// To be sent to every county below this registrar.
    pub broadcast: Option<Rebirth>,
    /// Legs whose state changed and must be written.
    pub changed: BTreeSet<Leg>,
    /// For people, at once.
    pub alarms: Vec<Alarm>,
}

/// What must not happen, and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// The registrar countersigned two steps in one place (R9). The leg is frozen.
    Equivocation(Leg, Box<Equivocation>),
    /// A party knows more of a leg than this registrar, which was not told that it was restored.
    Forgotten(Leg),
}

impl Openness {
    /// Nobody.
    pub const fn nobody() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether legs with `other` may go on.
    pub fn with(&self, other: &Party) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(those) => those.contains(other),
        }
    }

    /// Adds what `more` opens.
    pub(super) fn widen(&mut self, more: &Self) {
        match (&mut *self, more) {
            (Self::Only(these), Self::Only(those)) => these.extend(those.iter().cloned()),
            (_, Self::Everyone) => *self = Self::Everyone,
            (Self::Everyone, _) => (),
        }
    }
}

impl Message {
    /// The message as a letter's body.
    pub fn to_bytes(&self) -> Vec<u8> {
        message_out(self)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are no message, or a chain in it is not lawful.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        message_in(bytes)
    }

    /// Whether [`super::registrar::Registrar`] handles it; else [`super::side::Side`] does.
    pub const fn is_for_registrar(&self) -> bool {
        matches!(self, Self::Propose(_) | Self::Heads(_) | Self::Higher { .. } | Self::Hello { .. })
    }

    /// The legs whose states the reducer needs; `None`: all legs of the sender (for a registrar) or with
    /// the sender (for a side).
    pub fn leg(&self) -> Option<Leg> {
        match self {
            Self::Propose(signed) => Some(signed.step().leg),
            Self::Refused { leg, .. } => Some(*leg),
            Self::Sequenced { chain, .. } => chain.leg(),
            _ => None,
        }
    }

    /// Checks every signature in the message. `from` wrote it, by the parcel that brought it.
    ///
    /// # Errors
    /// The first step whose signature does not hold.
    pub fn check(self, from: &Party, root: &Certificate) -> Result<Checked, BadMessage> {
        if let Self::Propose(signed) = &self {
            let Some(why) = signed.check(root).err() else { return Ok(self.trusted(from)) };
            return Err(BadMessage { leg: signed.step().leg, n: signed.step().n, why });
        }
        for chain in self.chains() {
            if let (Some(leg), Err((n, why))) = (chain.leg(), chain.check(root)) {
                return Err(BadMessage { leg, n, why });
            }
        }
        Ok(self.trusted(from))
    }

    /// What this hub wrote to itself as registrar and party of one leg, or what a model sent.
    pub(super) fn trusted(self, from: &Party) -> Checked {
        Checked { from: from.clone(), message: self }
    }

    fn chains(&self) -> &[Chain] {
        match self {
            Self::Sequenced { chain, .. } => std::slice::from_ref(chain),
            Self::Heads(heads) => &heads.chains,
            Self::Welcome(welcome) => &welcome.chains,
            _ => &[],
        }
    }
}

impl Checked {
    /// What was checked.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// Who wrote it.
    pub const fn from(&self) -> &Party {
        &self.from
    }
}

impl std::fmt::Debug for Now<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Now")
            .field("at", &self.at)
            .field("school_day", &self.school_day)
            .finish_non_exhaustive()
    }
}

impl Done {
    pub(super) fn tell(&mut self, to: &Party, message: Message) {
        self.send.push((to.clone(), message));
    }

    /// Adds what another run left to be done.
    pub fn join(&mut self, other: Self) {
        self.send.extend(other.send);
        self.broadcast = other.broadcast.or(self.broadcast.take());
        self.changed.extend(other.changed);
        self.alarms.extend(other.alarms);
    }
}

impl Say for BadMessage {
    fn say(&self, lang: Lang) -> String {
        let Self { leg, n, why } = self;
        let why = why.say(lang);
        say!(
            lang,
            "个案 {leg} 第 {n} 步的签名无效（{why}），不予办理。请联系发送单位核查",
            "the signature of step {n} of {leg} does not hold ({why}); nothing is done. Ask the unit that sent it"
        )
    }
}

impl Say for Alarm {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Equivocation(leg, evidence) => {
                let (registrar, n) = (&evidence.ours.step().registrar, evidence.ours.step().n);
                say!(
                    lang,
                    "登记机关 {registrar} 对个案 {leg} 第 {n} 步签发了两份不同的登记。该程已冻结，两份均已留存；双方继续负责，请立即电话上报",
                    "the registrar {registrar} countersigned two different steps {n} of {leg}. The leg is frozen, both are kept, both places go on answering; call the office above at once"
                )
            }
            Self::Forgotten(leg) => say!(
                lang,
                "下级掌握的个案 {leg} 记录比本机多，本机数据可能由旧备份恢复。请在本机执行恢复登记后再办理",
                "a unit knows more of {leg} than this hub: its data may be an old copy. Declare it restored before going on"
            ),
        }
    }
}
