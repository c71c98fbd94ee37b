//! The proof of a handover: the county sends it, the school keeps it and shows it to whoever asks who answers
//! for the child.

use std::sync::Arc;

use proto::custody::proof::Verdict;
use proto::identity::certificate::Certificate;
use proto::link::post::{Reason, Taken};
use proto::model::case::{CaseId, Proof};
use proto::model::day::Moment;
use proto::store::{Room, StoreError};

use crate::desk::{School, SchoolError};
use crate::persuasion::CaseRefused;
use crate::records::{HeldProof, keys};

impl School {
    /// Keeps a proof that holds under this school's root. A shorter one than is kept was overtaken.
    pub(super) fn keep_proof(
        &self,
        room: &mut Room<'_>,
        proof: Proof,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let Proof { case, file } = proof;
        let refused = |why: String| Ok(Taken::Refused(Reason::Forged, why));
        let Ok(root) = self.root() else { return refused("this school knows no root".to_owned()) };
        let verdict = match Verdict::of(&file, &root) {
            Ok(verdict) if verdict.is_of(case) => verdict,
            Ok(_) => return refused(format!("the proof is not of case {case}")),
            Err(flaw) => return refused(flaw.to_string()),
        };
        let (key, steps) = (keys::proof(case), verdict.steps().len() as u64);
        if room.read::<HeldProof>(&key)?.is_none_or(|held| held.steps <= steps) {
            room.write(key, &HeldProof { file, steps, at: now });
        }
        Ok(Taken::Applied)
    }

    /// The proof of a case: its number, or its child.
    ///
    /// # Errors
    /// When there is no such case, or no proof of it came yet.
    pub async fn proof(self: &Arc<Self>, case: String) -> Result<(CaseId, HeldProof), SchoolError> {
        self.act(move |school, room, _| {
            let id = school.case_meant(room, &case)?.id;
            let held: Option<HeldProof> = room.read(&keys::proof(id))?;
            Ok((id, held.ok_or(CaseRefused::NoProof(id))?))
        })
        .await
    }

    /// The root that this school stands on: what a proof is checked against.
    ///
    /// # Errors
    /// Before the school has joined.
    pub fn root(&self) -> Result<Certificate, SchoolError> {
        let identity = self.identity.borrow();
        let root = identity.as_ref().map(|identity| identity.lineage().root().clone());
        root.ok_or(SchoolError::NoRoot)
    }
}
