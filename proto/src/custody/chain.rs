//! The chain of one leg: every step stands in its place, was allowed there, and was taken by who may take it.

use serde::{Deserialize, Serialize};

use super::sign::{Forged, Sequenced, Signed};
use super::step::{MAX_NOTE, Step, StepKind, lowest_common};
use crate::every;
use crate::identity::certificate::Certificate;
use crate::model::case::Leg;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;

/// The sequenced steps of one leg, checked as they entered. Empty before the first offer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Sequenced>", into = "Vec<Sequenced>")]
pub struct Chain {
    steps: Vec<Sequenced>,
}

every! {
    /// Where a leg stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum State {
        /// The offerer holds the case; nothing is offered.
        Held,
        /// The offerer holds the case until the receiver's answer is sequenced.
        Offered,
        /// The receiver holds the case; the leg is over.
        HandedOver,
    }
}

/// The most steps in a chain: more offers between the same two are ping-pong, for the offices above to end.
pub const MAX_STEPS: usize = 64;

/// Why a step cannot stand where it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unlawful {
    /// Not the next number.
    #[error("its number is not the next")]
    Number,
    /// It does not follow from the step before.
    #[error("it does not follow from the step before")]
    Prev,
    /// Other leg, parties or registrar than the first step.
    #[error("its leg, parties or registrar are not those of the chain")]
    Frame,
    /// The registrar is not the lowest hub above both parties, or both are one.
    #[error("its registrar is not the lowest hub above both parties")]
    Registrar,
    /// Not a step from this state.
    #[error("such a step is not allowed in this state")]
    Kind,
    /// Taken by somebody who may not.
    #[error("its signer may not take such a step")]
    Signer,
    /// The link to the leg before is missing, or is there where none belongs.
    #[error("its link to the leg before is wrong")]
    After,
    /// Note too long, or the chain is.
    #[error("the note or the chain is too long")]
    TooLong,
}

/// How another chain of the same leg stands to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The same steps.
    Same,
    /// The other goes on from this one.
    Longer,
    /// The other is a beginning of this one.
    Shorter,
    /// They part: the registrar gave one number twice.
    Forked(Box<Equivocation>),
}

/// Evidence against a registrar (R9): two different steps in one place, both countersigned.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Equivocation {
    /// The one that was known here.
    pub ours: Sequenced,
    /// The one that came.
    pub theirs: Sequenced,
}

impl State {
    /// The state after a step; `None` when the step is not allowed.
    pub const fn take(self, kind: StepKind) -> Option<Self> {
        match (self, kind) {
            (Self::Held, StepKind::Offer) => Some(Self::Offered),
            (Self::Offered, StepKind::Accept) => Some(Self::HandedOver),
            (Self::Offered, StepKind::Reject(_) | StepKind::Recall | StepKind::Expire) => Some(Self::Held),
            _ => None,
        }
    }
}

impl Chain {
    /// The steps in order.
    pub fn steps(&self) -> &[Sequenced] {
        &self.steps
    }

    /// The last step.
    pub fn last(&self) -> Option<&Sequenced> {
        self.steps.last()
    }

    /// The first step: it names the leg and the three.
    pub fn frame(&self) -> Option<&Step> {
        self.steps.first().map(Sequenced::step)
    }

    /// Which leg; `None` while empty.
    pub fn leg(&self) -> Option<Leg> {
        self.frame().map(|step| step.leg)
    }

    /// How many steps, which is the number of the last.
    pub fn len(&self) -> u32 {
        u32::try_from(self.steps.len()).expect("a chain has at most 64 steps")
    }

    /// Before the first offer.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The hash of the last step; [`Hash::ROOT`] while empty. The first offer of the next leg names it.
    pub fn head(&self) -> Hash {
        self.last().map_or(Hash::ROOT, |last| last.signed.hash())
    }

    /// The hash of the last step with its countersign; [`Hash::ROOT`] while empty.
    pub fn sealed_head(&self) -> Hash {
        self.last().map_or(Hash::ROOT, Sequenced::hash)
    }

    /// Where the leg stands.
    pub fn state(&self) -> State {
        match self.last().map(|last| last.step().kind) {
            Some(StepKind::Offer) => State::Offered,
            Some(StepKind::Accept) => State::HandedOver,
            _ => State::Held,
        }
    }

    /// Who holds the case by this chain; `None` while empty.
    pub fn holder(&self) -> Option<&Party> {
        let frame = self.frame()?;
        Some(if self.state() == State::HandedOver { &frame.receiver } else { &frame.offerer })
    }

    /// Whether the chain holds this very step.
    pub fn holds(&self, step: Hash) -> bool {
        self.steps.iter().any(|known| known.signed.hash() == step)
    }

    /// Whether `signed` may come next. Signatures are not looked at.
    ///
    /// # Errors
    /// [`Unlawful`].
    pub fn admits(&self, signed: &Signed) -> Result<(), Unlawful> {
        let step = signed.step();
        let frame = self.frame().unwrap_or(step);
        let three =
            |step: &Step| (step.leg, step.offerer.clone(), step.receiver.clone(), step.registrar.clone());
        let after_due = self.is_empty() && step.leg.number > 1;
        if step.note.len() > MAX_NOTE || self.steps.len() == MAX_STEPS {
            Err(Unlawful::TooLong)
        } else if step.n != self.len() + 1 {
            Err(Unlawful::Number)
        } else if step.prev != self.head() {
            Err(Unlawful::Prev)
        } else if three(frame) != three(step) || step.leg.number == 0 {
            Err(Unlawful::Frame)
        } else if step.offerer == step.receiver
            || lowest_common(&step.offerer, &step.receiver).as_ref() != Some(&step.registrar)
        {
            Err(Unlawful::Registrar)
        } else if self.state().take(step.kind).is_none() {
            Err(Unlawful::Kind)
        } else if step.by != *step.signer() {
            Err(Unlawful::Signer)
        } else if step.after.is_some() != after_due {
            Err(Unlawful::After)
        } else {
            Ok(())
        }
    }

    /// Takes the next step. Signatures are not looked at.
    ///
    /// # Errors
    /// [`Unlawful`]; the chain stays as it was.
    pub fn push(&mut self, next: Sequenced) -> Result<(), Unlawful> {
        self.admits(&next.signed)?;
        if next.prev != self.sealed_head() {
            return Err(Unlawful::Prev);
        }
        self.steps.push(next);
        Ok(())
    }

    /// Checks every signature.
    ///
    /// # Errors
    /// The number of the first step that does not hold, and why.
    pub fn check(&self, root: &Certificate) -> Result<(), (u32, Forged)> {
        self.steps.iter().try_for_each(|step| step.check(root).map_err(|forged| (step.step().n, forged)))
    }

    /// How `other` stands to this chain.
    pub fn against(&self, other: &Self) -> Standing {
        let pair = self.steps.iter().zip(&other.steps).find(|(a, b)| a.signed.hash() != b.signed.hash());
        if let Some((ours, theirs)) = pair {
            let evidence = Equivocation { ours: ours.clone(), theirs: theirs.clone() };
            return Standing::Forked(Box::new(evidence));
        }
        match other.len().cmp(&self.len()) {
            std::cmp::Ordering::Less => Standing::Shorter,
            std::cmp::Ordering::Equal => Standing::Same,
            std::cmp::Ordering::Greater => Standing::Longer,
        }
    }
}

impl Equivocation {
    /// Whether this proves what it says: two different steps of one place in one leg, both rightly
    /// countersigned by the same registrar.
    pub fn holds(&self, root: &Certificate) -> bool {
        let (ours, theirs) = (self.ours.step(), self.theirs.step());
        ours.leg == theirs.leg
            && ours.n == theirs.n
            && ours.registrar == theirs.registrar
            && self.ours.signed.hash() != self.theirs.signed.hash()
            && self.ours.check(root).is_ok()
            && self.theirs.check(root).is_ok()
    }
}

impl TryFrom<Vec<Sequenced>> for Chain {
    type Error = Unlawful;

    fn try_from(steps: Vec<Sequenced>) -> Result<Self, Unlawful> {
        let mut chain = Self::default();
        steps.into_iter().try_for_each(|step| chain.push(step))?;
        Ok(chain)
    }
}

impl From<Chain> for Vec<Sequenced> {
    fn from(chain: Chain) -> Self {
        chain.steps
    }
}

impl Say for State {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Held => ("由提出方负责", "the offering place answers"),
            Self::Offered => ("划转中，仍由提出方负责", "offered; the offering place still answers"),
            Self::HandedOver => ("已划转，由接收方负责", "handed over; the receiving place answers"),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for Unlawful {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Number => ("序号不连续", "its number is not the next"),
            Self::Prev => ("与前一步不衔接", "it does not follow from the step before"),
            Self::Frame => {
                ("个案、双方或登记机关前后不一致", "its leg, parties or registrar differ from the first step")
            }
            Self::Registrar => {
                ("登记机关不是双方最近的共同上级", "its registrar is not the lowest hub above both parties")
            }
            Self::Kind => ("当前状态不允许这一步", "such a step is not allowed in this state"),
            Self::Signer => ("办理单位无权办理这一步", "its signer may not take such a step"),
            Self::After => ("与上一程的衔接有误", "its link to the leg before is wrong"),
            Self::TooLong => {
                ("说明过长或往返次数过多", "the note is too long, or there were too many offers")
            }
        };
        lang.pick(words.0, words.1).to_owned()
    }
}
