//! The proof of a handover: the county sends it, the school keeps it and shows it to whoever asks who answers
//! for the child.

use std::sync::Arc;

use proto::custody::proof::{Proof, ProofError, Verdict};
use proto::custody::revoked::Revocation;
use proto::identity::certificate::Certificate;
use proto::link::post::{Reason, Taken};
use proto::model::case::{CaseId, Proof as ProofFile};
use proto::model::day::Moment;
use proto::store::{Room, StoreError};

use crate::desk::{School, SchoolError};
use crate::persuasion::CaseRefused;
use crate::records::{self, HeldProof, keys};

impl School {
    /// Keeps a proof that holds under this school's root. A shorter one than is kept was overtaken.
    pub(super) fn keep_proof(
        &self,
        room: &mut Room<'_>,
        proof: ProofFile,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let ProofFile { case, file } = proof;
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

    /// Keeps what a hub above says of revoked keys: what it says was signed by a hub above their owner.
    pub(super) fn keep_revocation(&self, room: &mut Room<'_>, said: &[u8]) -> Result<Taken, StoreError> {
        let Ok(revocation) = Revocation::from_bytes(said) else {
            return Ok(Taken::Refused(Reason::Unreadable, "no revocation".to_owned()));
        };
        let root = self.root();
        let forged = |why: &str| Ok(Taken::Refused(Reason::Forged, why.to_owned()));
        let Ok(root) = root else { return forged("this school knows no root") };
        if let Err(why) = revocation.check(&root) {
            return forged(&why.to_string());
        }
        let key = keys::revocation(&revocation.party, revocation.from);
        if revocation.is_newer_than(room.read(&key)?.as_ref()) {
            let Revocation { party, by, .. } = &revocation;
            tracing::warn!(%party, %by, "{by} says which keys of {party} are revoked");
            room.write(key, &revocation);
        }
        Ok(Taken::Applied)
    }

    /// The revoked keys that this school was told of.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn revocations(self: &Arc<Self>) -> Result<Vec<Revocation>, SchoolError> {
        self.act(|_, room, _| Ok(revocations(room)?)).await
    }

    /// Why the proof that is held of a case proves nothing any more; `None` when it does, or there is none.
    pub(super) fn flaw_of_proof(
        &self,
        room: &Room<'_>,
        case: CaseId,
    ) -> Result<Option<ProofError>, StoreError> {
        let (Some(held), Ok(root)) = (room.read::<HeldProof>(&keys::proof(case))?, self.root()) else {
            return Ok(None);
        };
        Ok(Verdict::knowing(&held.file, &root, &revocations(room)?).err())
    }

    /// The proof of a case: its number, or its child; with what was heard since of revoked keys in it.
    ///
    /// # Errors
    /// When there is no such case, or no proof of it came yet.
    pub async fn proof(self: &Arc<Self>, case: String) -> Result<(CaseId, HeldProof), SchoolError> {
        self.act(move |school, room, _| {
            let id = school.case_meant(room, &case)?.id;
            let held: Option<HeldProof> = room.read(&keys::proof(id))?;
            let mut held = held.ok_or(CaseRefused::NoProof(id))?;
            if let (known @ [_, ..], Ok(proof)) =
                (revocations(room)?.as_slice(), Proof::from_json(&held.file))
            {
                held.file = proof.with_revocations(known.iter().cloned()).to_json();
            }
            Ok((id, held))
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

fn revocations(room: &Room<'_>) -> Result<Vec<Revocation>, StoreError> {
    Ok(records::all::<Revocation>(room, keys::REVOCATIONS)?.into_iter().map(|(_, known)| known).collect())
}
