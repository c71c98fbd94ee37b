//! I1 and I4: all who know a leg hold the same chain. I2: somebody answers for every child at any time. I3: at
//! rest exactly one does. I12: nothing is blocked, on its way, or waits for an officer in vain.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use hub::desk::custody::{self, all_held, all_registered};
use hub::desk::transfer::stance;
use hub::transfer;
use proto::custody::chain::Chain;
use proto::custody::side::Stance;
use proto::custody::step::lowest_common;
use proto::model::case::{CaseId, Leg};
use proto::model::party::Party;

use super::Breaches;
use crate::world::World;

/// Who answered for each case when somebody last looked (I2).
#[derive(Default)]
pub(crate) struct Watch {
    /// With how often the disk of each had been put back then.
    answering: BTreeMap<CaseId, BTreeMap<Party, u64>>,
    /// Who ever answered, with how often its disk had been put back when it was last seen to.
    ever: BTreeMap<CaseId, BTreeMap<Party, u64>>,
    pub(crate) breaches: Breaches,
}

impl Watch {
    /// Looks at every county's disk. Only a county that was put back may have forgotten that it answers, until
    /// its registrar has told it.
    pub(crate) fn look(&mut self, world: &World) {
        let stances = stances(world);
        for (case, of_case) in &stances {
            let acting = of_case.iter().filter(|(_, stance)| stance.acts()).map(|(party, _)| party);
            let acting: BTreeMap<Party, u64> =
                acting.map(|party| (party.clone(), world.times_put_back(party))).collect();
            if !acting.is_empty() {
                self.ever.entry(*case).or_default().extend(acting.clone());
                self.answering.insert(*case, acting);
            }
        }
        for (case, last) in &self.answering {
            let acts = stances.get(case).is_some_and(|of| of.values().any(|stance| stance.acts()));
            let put_back = |(county, then): (&Party, &u64)| world.times_put_back(county) > *then;
            let forgot = last.iter().any(put_back);
            let ever = &self.ever[case];
            let unaware = || {
                let put_back = ever.iter().filter(|it| put_back(*it)).map(|(county, _)| county);
                put_back.into_iter().any(|county| is_unaware(world, county, ever.keys()))
            };
            self.breaches.hold(acts || forgot || unaware(), || {
                format!("I2 nobody answers for {case}: {:?}, before {last:?}", stances.get(case))
            });
        }
    }
}

/// Whether a county waits for a registrar's welcome before it knows its legs with one of `others`.
fn is_unaware<'p>(world: &World, county: &Party, mut others: impl Iterator<Item = &'p Party>) -> bool {
    world.read(county, |room| {
        others.any(|other| {
            let registrar = lowest_common(county, other).filter(|_| other != county);
            registrar.is_some_and(|registrar| {
                !custody::side(room, county, &registrar).expect("memory is read").is_open(other)
            })
        })
    })
}

/// How every county that knows a case stands to it.
fn stances(world: &World) -> BTreeMap<CaseId, BTreeMap<Party, Stance>> {
    let mut stances: BTreeMap<CaseId, BTreeMap<Party, Stance>> = BTreeMap::new();
    for hub in world.hubs() {
        world.read(hub, |room| {
            for dossier in transfer::all(room).expect("memory is read") {
                let how = stance(room, hub, &dossier).expect("memory is read");
                stances.entry(dossier.case).or_default().insert(hub.clone(), how);
            }
        });
    }
    stances
}

/// What of custody has not come to rest.
pub(crate) fn unsettled(world: &World) -> Vec<String> {
    let mut unsettled = Vec::new();
    for (case, of_case) in stances(world) {
        let acting = of_case.values().filter(|stance| stance.acts()).count();
        if acting != 1 || of_case.values().any(|how| matches!(how, Stance::Blocked | Stance::Frozen)) {
            unsettled.push(format!("I3 {case}: {of_case:?}"));
        }
    }
    let mut chains: BTreeMap<Leg, BTreeMap<Party, Chain>> = BTreeMap::new();
    for hub in world.hubs() {
        world.read(hub, |room| {
            for (leg, held) in all_held(room).expect("memory is read") {
                if let Some(pending) = &held.pending {
                    unsettled.push(format!("I12 {hub} waits with {:?} of {leg:?}", pending.step().kind));
                }
                chains.entry(leg).or_default().insert(hub.clone(), held.chain);
            }
            for (leg, known) in all_registered(room).expect("memory is read") {
                chains.entry(leg).or_default().insert(hub.clone(), known.chain);
            }
            for waiting in custody::waiting(room).expect("memory is read") {
                unsettled.push(format!("I12 {:?} waits at {hub}", waiting.leg));
            }
        });
    }
    unsettled.extend(chains.iter().filter_map(|(leg, known)| parted(*leg, known)));
    unsettled
}

/// What two of the three hold differently of a leg.
fn parted(leg: Leg, known: &BTreeMap<Party, Chain>) -> Option<String> {
    let longest = known.values().max_by_key(|chain| chain.len())?;
    let frame = longest.frame()?;
    let three = [&frame.offerer, &frame.receiver, &frame.registrar];
    let same = |party: &Party| known.get(party).map(Chain::sealed_head) == Some(longest.sealed_head());
    let lengths = || three.map(|party| (party.to_string(), known.get(party).map_or(0, Chain::len)));
    (!three.into_iter().all(same)).then(|| format!("I1 {leg:?} is not the same everywhere: {:?}", lengths()))
}

/// Every case's proof holds, and its last step names who answers for the child.
pub(crate) fn proofs(world: &mut World, cases: &[CaseId], breaches: &mut Breaches) -> Result<()> {
    for (case, of_case) in stances(world) {
        breaches.hold(cases.contains(&case), || format!("nobody referred {case}"));
        let Some(holder) = of_case.into_iter().find_map(|(who, how)| how.acts().then_some(who)) else {
            continue;
        };
        let sequenced = world.read(&holder, |room| custody::chains(room, case)).context("memory is read")?;
        if sequenced.is_empty() {
            continue;
        }
        let proven = world.ask(&holder, async move |open| {
            let root = open.hub().state().identity.as_ref().map(|own| own.lineage().root().clone());
            let proof = open.hub().proof(case).await.map_err(|error| error.to_string())?;
            let steps = proof.verify(&root.ok_or("not joined")?).map_err(|error| error.to_string())?;
            Ok::<_, String>(steps.last().map(|step| step.holder.clone()))
        });
        world.wait_for(std::slice::from_ref(&proven), "a proof")?;
        let proven = proven.take().context("an answer")?;
        breaches.hold(proven == Ok(Some(holder.clone())), || {
            format!("the proof of {case} at {holder}: {proven:?}")
        });
    }
    Ok(())
}
