//! Lists of cases for the people of this hub: no name is in them.

use proto::custody::chain::State;
use proto::custody::proof::Proof;
use proto::custody::registrar::Registered;
use proto::custody::side::{Held, Stance};
use proto::model::case::{CaseId, Duty, Leg, TransferState};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::duties::{self, Desk};
use super::proof_of;
use crate::desk::custody::{self, Waiting};
use crate::desk::{Hub, HubError};
use crate::transfer::{self, Dossier};

/// A case as a county shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The dossier.
    pub dossier: Dossier,
    /// How this county stands to it.
    pub stance: Stance,
    /// What it has to do, and until when.
    pub duty: Option<(Duty, Day)>,
    /// The legs that are known here, ascending.
    pub legs: Vec<(Leg, Held)>,
}

/// A case as its registrar shows it: route and clock.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Which.
    pub leg: Leg,
    /// From whom.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// Where it stands; `None` while its first offer waits here.
    pub state: Option<State>,
    /// Its offer waits here for the officer.
    pub waiting: Option<Waiting>,
    /// It has gone from place to place too often to be let go with the others.
    pub round: bool,
    /// A hub that has joined leads there.
    pub joined: bool,
}

impl Hub {
    /// All cases of this county, those with a duty first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn dossiers(&self) -> Result<Vec<Shown>, HubError> {
        let (me, state, today) = (self.me.clone(), self.state(), self.clock.now().day());
        let read = move |room: &mut Room<'_>| {
            let desk = Desk { me: &me, state: &state, today };
            let mut shown = Vec::new();
            for dossier in transfer::all(room)? {
                if has_come(room, &dossier)? {
                    shown.push(show(room, &desk, dossier)?);
                }
            }
            shown.sort_by_key(|s: &Shown| (s.duty.is_none(), s.duty.map(|(_, due)| due), s.dossier.since));
            Ok::<_, StoreError>(shown)
        };
        Ok(self.desk.act(read).await?)
    }

    /// One case.
    ///
    /// # Errors
    /// When it is not here.
    pub async fn dossier(&self, case: CaseId) -> Result<Shown, HubError> {
        let (me, state, today) = (self.me.clone(), self.state(), self.clock.now().day());
        let read = move |room: &mut Room<'_>| {
            let desk = Desk { me: &me, state: &state, today };
            let dossier = transfer::find(room, case)?.ok_or(HubError::NoCase(case))?;
            Ok::<_, HubError>(show(room, &desk, dossier)?)
        };
        self.desk.act(read).await
    }

    /// What this hub moves as registrar, what waits first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn moves(&self) -> Result<Vec<Moved>, HubError> {
        let (me, state) = (self.me.clone(), self.state());
        let most = state.rules.transfer.most_legs;
        let read = move |room: &mut Room<'_>| {
            let has_joined = |to: &Party| *to == me || state.registry.leads_to(to);
            let mut moves: Vec<Moved> = Vec::new();
            for waiting in custody::waiting(room)? {
                let (leg, from, to) = (waiting.leg, waiting.from.clone(), waiting.to.clone());
                let round = custody::goes_round(room, leg, most)?;
                let joined = has_joined(&to);
                moves.push(Moved { leg, from, to, state: None, waiting: Some(waiting), round, joined });
            }
            for (leg, Registered { chain, .. }) in custody::all_registered(room)? {
                let Some(frame) = chain.frame() else { continue };
                match moves.iter_mut().find(|known| known.leg == leg) {
                    Some(known) => known.state = Some(chain.state()),
                    None => moves.push(Moved {
                        leg,
                        from: frame.offerer.clone(),
                        to: frame.receiver.clone(),
                        state: Some(chain.state()),
                        waiting: None,
                        round: false,
                        joined: has_joined(&frame.receiver),
                    }),
                }
            }
            Ok::<_, StoreError>(moves)
        };
        Ok(self.desk.act(read).await?)
    }

    /// The chains of a case as they are known here, for anyone to check.
    ///
    /// # Errors
    /// When nothing was sequenced of it that this hub knows.
    pub async fn proof(&self, case: CaseId) -> Result<Proof, HubError> {
        let state = self.state();
        let identity = state.identity.clone().ok_or_else(|| HubError::NotJoined(self.me.clone()))?;
        let root = identity.lineage().root().clone();
        self.desk
            .act(move |room| {
                if custody::chains(room, case)?.is_empty() {
                    return Err(HubError::NoCase(case));
                }
                Ok(proof_of(room, &root, case)?)
            })
            .await
    }
}

fn show(room: &mut Room<'_>, desk: &Desk<'_>, dossier: Dossier) -> Result<Shown, StoreError> {
    let facts = duties::facts(room, desk.me, &dossier)?;
    let mut legs = Vec::new();
    for number in 1..dossier.next_leg().number {
        let held = custody::held(room, dossier.case.leg(number))?;
        if !held.chain.is_empty() || held.pending.is_some() {
            legs.push((dossier.case.leg(number), held));
        }
    }
    let duty = desk.of_dossier(&dossier, facts).map(|owed| (owed.duty, owed.due));
    Ok(Shown { stance: facts.stance, duty, legs, dossier })
}

/// Whether a case is this county's business: what another shows before its offer was let go is not yet.
fn has_come(room: &Room<'_>, dossier: &Dossier) -> Result<bool, StoreError> {
    Ok(match &dossier.inflow {
        Some(inflow) if dossier.state == TransferState::Draft && dossier.origin.is_none() => {
            custody::held(room, inflow.leg)?.chain.frame().is_some()
        }
        _ => true,
    })
}
