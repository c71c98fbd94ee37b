//! A case's chains as a file that anyone can check offline with the root's certificate alone.
//!
//! It shows who held the case when, by whose signature and whose countersign; it holds no name. A file that
//! stops early is a true beginning of the story, and says where it stops; everything else that was changed is
//! refused with its place.
//!
//! The registrar's countersign is the witness that it knew of no revocation of the signer's keys when it put a
//! step in its place. Who writes the file adds the revocations that it knows of the keys in it; who reads it may
//! know more. A step that was recorded while one of its keys was revoked does not hold.

use super::chain::{Chain, State, Unlawful};
use super::revoked::Revocation;
use super::sign::{Forged, Sequenced};
use super::step::StepKind;
use crate::identity::certificate::Certificate;
use crate::identity::keys::SpkiHash;
use crate::model::case::Leg;
use crate::model::day::Moment;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

mod file;
mod verdict;

pub use verdict::Verdict;

/// The chains of all legs of one case, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// DER of the root's certificate, as the exporter knows it. The reader brings its own.
    root: Vec<u8>,
    legs: Vec<Vec<Sequenced>>,
    /// Of keys that signed in it, as far as the exporter knows.
    revocations: Vec<Revocation>,
}

/// One step that was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenStep {
    /// Which leg.
    pub leg: Leg,
    /// Number of the step in its leg.
    pub n: u32,
    /// What it did.
    pub kind: StepKind,
    /// Who signed.
    pub by: Party,
    /// The key that signed.
    pub key: SpkiHash,
    /// When, by the signer's clock.
    pub at: Moment,
    /// Who put it in its place.
    pub registrar: Party,
    /// When, by the registrar's clock.
    pub recorded: Moment,
    /// Who holds the case after it.
    pub holder: Party,
    /// The step's hash, as the next step names it.
    pub hash: Hash,
    /// Whether both leaf certificates were in force at the registrar's time. A wild clock makes this false;
    /// the signatures hold nevertheless.
    pub in_force: bool,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not such a file: damaged, cut off or another one.
    #[error("not a custody proof: {0}")]
    NotAProof(String),
    /// Written by a newer release.
    #[error("a proof of version {0}, which this release cannot read")]
    Version(u32),
    /// It stands on another root.
    #[error("the proof stands on another root than the one given")]
    OtherRoot,
    /// It holds no step.
    #[error("the proof holds no step")]
    Empty,
    /// One step does not hold.
    #[error("leg {leg}, step {step}: {flaw}")]
    Step {
        /// Place of the leg in the file, from 1.
        leg: usize,
        /// Place of the step in the leg, from 1.
        step: usize,
        /// What is wrong.
        flaw: Flaw,
    },
}

/// What is wrong with a step of a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Its bytes are no step.
    #[error("its bytes cannot be read")]
    Unreadable,
    /// It cannot stand in this place.
    #[error("{0}")]
    Unlawful(#[from] Unlawful),
    /// A signature does not hold.
    #[error("{0}")]
    Forged(#[from] Forged),
    /// It does not go on from the leg before.
    #[error("it does not go on from the leg before")]
    BetweenLegs,
    /// A certificate under it had been revoked when it was recorded.
    #[error("a certificate of {party} under it was revoked at {from}")]
    Revoked {
        /// Whose.
        party: Party,
        /// Since when.
        from: Moment,
    },
}

impl Proof {
    /// A proof of these legs, in order.
    pub fn new(root: &Certificate, legs: impl IntoIterator<Item = Chain>) -> Self {
        let legs = legs.into_iter().map(Vec::from).filter(|steps: &Vec<_>| !steps.is_empty()).collect();
        Self { root: root.der().to_vec(), legs, revocations: Vec::new() }
    }

    /// The same with what is known of revoked keys that signed in it.
    #[must_use]
    pub fn with_revocations(mut self, known: impl IntoIterator<Item = Revocation>) -> Self {
        let signatures = || {
            let steps = self.legs.iter().flatten();
            steps.flat_map(|step| [step.signed.signature(), &step.countersign])
        };
        let concern = |known: &Revocation| signatures().any(|signature| known.names(signature));
        let more: Vec<Revocation> = known.into_iter().filter(concern).collect();
        more.into_iter().for_each(|known| self.learn(known));
        self
    }

    fn learn(&mut self, more: Revocation) {
        let same = |known: &Revocation| (&known.party, known.from) == (&more.party, more.from);
        match self.revocations.iter_mut().find(|known| same(known)) {
            Some(known) if more.is_newer_than(Some(known)) => *known = more,
            Some(_) => (),
            None => self.revocations.push(more),
        }
    }

    /// The same with the legs that `earlier` has and this one has not: a place that took the case later knows
    /// its own legs alone.
    #[must_use]
    pub fn after(mut self, earlier: Self) -> Self {
        let number = |steps: &Vec<Sequenced>| steps.first().map_or(0, |first| first.step().leg.number);
        let known: Vec<u16> = self.legs.iter().map(number).collect();
        self.legs.extend(earlier.legs.into_iter().filter(|steps| !known.contains(&number(steps))));
        self.legs.sort_by_key(number);
        earlier.revocations.into_iter().for_each(|known| self.learn(known));
        self
    }

    /// The file.
    pub fn to_json(&self) -> String {
        file::write(self)
    }

    /// Reads a file. Nothing is proven yet.
    ///
    /// # Errors
    /// When it is no such file; a step that cannot be read is named.
    pub fn from_json(text: &str) -> Result<Self, ProofError> {
        file::read(text)
    }

    /// Checks everything against `root` and lists the steps.
    ///
    /// # Errors
    /// The first place that does not hold.
    pub fn verify(&self, root: &Certificate) -> Result<Vec<ProvenStep>, ProofError> {
        self.verify_knowing(root, &[])
    }

    /// [`Proof::verify`] by a reader who knows of these revocations besides those in the file. One that was not
    /// signed by a hub above its unit is nothing.
    ///
    /// # Errors
    /// The first place that does not hold.
    pub fn verify_knowing(
        &self,
        root: &Certificate,
        known: &[Revocation],
    ) -> Result<Vec<ProvenStep>, ProofError> {
        let mut told = self.clone();
        told.revocations.retain(|revocation| revocation.check(root).is_ok());
        known.iter().filter(|known| known.check(root).is_ok()).for_each(|known| told.learn(known.clone()));
        let revoked = told.revocations;
        let own = Certificate::authority(self.root.clone()).ok();
        if own.is_none_or(|own| (own.party(), own.key()) != (root.party(), root.key())) {
            return Err(ProofError::OtherRoot);
        }
        let mut proven = Vec::new();
        let mut before = None;
        for (place, steps) in self.legs.iter().enumerate() {
            let mut chain = Chain::default();
            for (at, step) in steps.iter().enumerate() {
                let flawed = |flaw| ProofError::Step { leg: place + 1, step: at + 1, flaw };
                step.check(root).map_err(|forged| flawed(forged.into()))?;
                if at == 0 && !goes_on(before.as_ref(), step) {
                    return Err(flawed(Flaw::BetweenLegs));
                }
                chain.push(step.clone()).map_err(|unlawful| flawed(unlawful.into()))?;
                if let Some(Revocation { party, from, .. }) = revoked.iter().find(|known| known.voids(step)) {
                    return Err(flawed(Flaw::Revoked { party: party.clone(), from: *from }));
                }
                proven.push(listed(step, &chain, root).ok_or_else(|| flawed(Forged::Chain.into()))?);
            }
            before = Some(chain);
        }
        if proven.is_empty() { Err(ProofError::Empty) } else { Ok(proven) }
    }
}

/// Whether `first` may begin a leg after `before`: offered by whom the leg before left the case with, and naming
/// its head, so that none can be left out.
fn goes_on(before: Option<&Chain>, first: &Sequenced) -> bool {
    let step = first.step();
    // a leg that was declined before anything stood in its place has a number and no step
    let Some(before) = before else { return step.leg.number == 1 || step.after == Some(Hash::ROOT) };
    before.leg().is_some_and(|leg| leg.case == step.leg.case && leg.number < step.leg.number)
        && before.state() != State::Offered
        && before.holder() == Some(&step.offerer)
        && step.after == Some(before.head())
}

fn listed(sequenced: &Sequenced, chain: &Chain, root: &Certificate) -> Option<ProvenStep> {
    let step = sequenced.step();
    let signer = sequenced.signed.signature().leaf_under(root)?;
    let registrar = sequenced.countersign.leaf_under(root)?;
    let dated = |leaf: &Certificate| (leaf.not_before()..=leaf.not_after()).contains(&sequenced.at);
    Some(ProvenStep {
        leg: step.leg,
        n: step.n,
        kind: step.kind,
        by: step.by.clone(),
        key: signer.spki_hash(),
        at: step.at,
        registrar: step.registrar.clone(),
        recorded: sequenced.at,
        holder: chain.holder()?.clone(),
        hash: sequenced.signed.hash(),
        in_force: dated(&signer) && dated(&registrar),
    })
}

impl Say for ProvenStep {
    fn say(&self, lang: Lang) -> String {
        let Self { leg, n, by, registrar, at, recorded, holder, hash, .. } = self;
        let kind = self.kind.say(lang);
        let doubt = match (self.in_force, lang) {
            (true, _) => "",
            (false, Lang::Zh) => "（证书当时不在有效期内，请核对时钟）",
            (false, Lang::En) => " (a certificate was not in force then; check the clocks)",
        };
        say!(
            lang,
            "第 {} 程第 {n} 步：{by} {kind}，{at} 签发；{registrar} 于 {recorded} 登记；此后由 {holder} 负责；摘要 {hash:?}{doubt}",
            "leg {} step {n}: {by} {kind}, signed {at}; recorded by {registrar} at {recorded}; then {holder} answers; hash {hash:?}{doubt}",
            leg.number
        )
    }
}

impl Say for ProofError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotAProof(why) => say!(
                lang,
                "文件不是完整的流转证明（{why}）。请重新导出或重新获取文件",
                "the file is no whole custody proof ({why}). Export it again, or fetch it again"
            ),
            Self::Version(version) => say!(
                lang,
                "流转证明版本为 {version}，本软件尚不能读取。请升级软件",
                "the proof has version {version}, which this release cannot read. Upgrade the program"
            ),
            Self::OtherRoot => say!(
                lang,
                "流转证明所依据的根证书与所给的不同。请核对根证书",
                "the proof stands on another root certificate than the one given. Check the root certificate"
            ),
            Self::Empty => say!(lang, "流转证明中没有任何步骤", "the proof holds no step"),
            Self::Step { leg, step, flaw: flaw @ Flaw::Revoked { .. } } => {
                let flaw = flaw.say(lang);
                say!(
                    lang,
                    "第 {leg} 程第 {step} 步不成立：{flaw}。请由登记机关核实这一步后重新办理",
                    "leg {leg}, step {step} does not hold: {flaw}. Have the registrar look into this step and take it again"
                )
            }
            Self::Step { leg, step, flaw } => {
                let flaw = flaw.say(lang);
                say!(
                    lang,
                    "第 {leg} 程第 {step} 步不成立：{flaw}。文件可能被改动，不能作为证明",
                    "leg {leg}, step {step} does not hold: {flaw}. The file may have been changed; it proves nothing"
                )
            }
        }
    }
}

impl Say for Flaw {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable => lang.pick("内容无法读取", "its bytes cannot be read").to_owned(),
            Self::Unlawful(unlawful) => unlawful.say(lang),
            Self::Forged(forged) => forged.say(lang),
            Self::BetweenLegs => {
                lang.pick("与上一程不衔接", "it does not go on from the leg before").to_owned()
            }
            Self::Revoked { party, from } => say!(
                lang,
                "登记时所依据的 {party} 的证书已于 {from} 停用",
                "when it was recorded, the certificate of {party} under it was revoked, since {from}"
            ),
        }
    }
}
