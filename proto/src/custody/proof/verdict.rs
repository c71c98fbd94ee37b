//! What a proof file shows, for people and for programs: the same words at a school and at a hub.

use serde_json::{Value, json};

use super::{Proof, ProofError, ProvenStep};
use crate::custody::revoked::Revocation;
use crate::identity::certificate::Certificate;
use crate::model::case::CaseId;
use crate::model::lang::{Lang, Say};
use crate::say;

/// A proof that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict(Vec<ProvenStep>);

impl Verdict {
    /// Reads the text of a proof file and checks it against `root`.
    ///
    /// # Errors
    /// When it is no such file, or the first place that does not hold.
    pub fn of(text: &str, root: &Certificate) -> Result<Self, ProofError> {
        Self::knowing(text, root, &[])
    }

    /// [`Verdict::of`] by a reader who knows of these revocations.
    ///
    /// # Errors
    /// As [`Verdict::of`].
    pub fn knowing(text: &str, root: &Certificate, known: &[Revocation]) -> Result<Self, ProofError> {
        Proof::from_json(text)?.verify_knowing(root, known).map(Self)
    }

    /// The steps that were proven; at least one.
    pub fn steps(&self) -> &[ProvenStep] {
        &self.0
    }

    /// Whether it is about `case`. All legs of a proof are of one case.
    pub fn is_of(&self, case: CaseId) -> bool {
        self.0.iter().all(|step| step.leg.case == case)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let steps: Vec<Value> = self.0.iter().map(step).collect();
        json!({ "holds": true, "steps": steps })
    }
}

fn step(step: &ProvenStep) -> Value {
    json!({
        "leg": step.leg.to_string(),
        "n": step.n,
        "kind": format!("{:?}", step.kind),
        "by": step.by,
        "at": step.at.to_string(),
        "registrar": step.registrar,
        "recorded": step.recorded.to_string(),
        "holder": step.holder,
        "hash": step.hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

impl Say for Verdict {
    fn say(&self, lang: Lang) -> String {
        let lines: String = self.0.iter().map(|step| step.say(lang) + "\n").collect();
        let n = self.0.len();
        say!(lang, "{lines}证明有效，共 {n} 步。", "{lines}The proof holds: {n} steps.")
    }
}
