//! Children handed from place to place: one county answers, everybody holds the same chain, a proof holds
//! by itself, a child counts once, and nobody ever talked to anybody but above and below.

use anyhow::{Context, Result};
use hub::desk::custody;
use node::standing::EnrolmentStatus;
use proto::custody::chain::Chain;
use proto::custody::proof::Proof;
use proto::identity::certificate::Certificate;
use proto::model::case::{CaseId, Leg, Stage};
use proto::model::party::Party;

use super::{Law, Verdict};
use crate::officers::{Errand, Officers, stances};
use crate::search::Search;
use crate::tree::{HubSeat, Tree};

/// Where the proof file of a case stands.
pub fn proof_file(tree: &Tree, case: CaseId) -> std::path::PathBuf {
    tree.dir().join("proofs").join(format!("{case}.json"))
}

pub(super) async fn check(tree: &Tree, officers: &Officers) -> Result<Vec<Verdict>> {
    let mut verdicts = vec![only_neighbours(tree).await?];
    if officers.referred().next().is_some() {
        verdicts.push(finished(officers));
        verdicts.push(one_answers(tree, officers).await?);
        verdicts.push(counted_once(tree, officers).await?);
    }
    if officers.referred().any(|errand| errand.there != Some(errand.county.clone()) && errand.there.is_some())
    {
        verdicts.push(same_chains(tree).await?);
    }
    if officers.referred().any(handed_over) {
        verdicts.push(proofs(tree, officers).await?);
    }
    Ok(verdicts)
}

/// Another county of the tree took the child.
fn handed_over(errand: &Errand) -> bool {
    errand.is_placed_here() && errand.there.as_ref() != Some(&errand.county)
}

/// Whom a hub dials is its parent, and whom it lets in is below it: two counties never met.
async fn only_neighbours(tree: &Tree) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::OnlyNeighbours);
    for seat in tree.hubs() {
        let (me, hub) = (seat.party(), seat.hub());
        for parent in &hub.state().parents {
            verdict.hold(me.is_below(&parent.party), || format!("{me} dials {}", parent.party));
        }
        for seen in hub.units().await? {
            let unit = seen.unit.party;
            verdict.hold(unit.is_below(me), || format!("{me} lets {unit} in"));
        }
    }
    Ok(verdict)
}

fn finished(officers: &Officers) -> Verdict {
    let mut verdict = Verdict::of(Law::CasesEnd);
    for errand in officers.referred() {
        verdict.hold(errand.ended.is_some(), || format!("{} waits: {errand:?}", label(errand)));
    }
    verdict
}

fn label(errand: &Errand) -> String {
    let case = errand.case.map(|case| case.to_string()).unwrap_or_default();
    format!("case {case} from {} to {}", errand.county, errand.to)
}

/// Somebody answered on every evening, and now exactly one does.
async fn one_answers(tree: &Tree, officers: &Officers) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::OneAnswers);
    let (asked, nobody) = officers.watched();
    verdict.checked += asked;
    nobody.iter().for_each(|breach| verdict.hold(false, || breach.clone()));
    for errand in officers.referred() {
        let Some(case) = errand.case else { continue };
        let stances = stances(tree, case).await?;
        let acting: Vec<&str> =
            stances.iter().filter(|(_, stance)| stance.acts()).map(|(who, _)| who.as_str()).collect();
        let expected = match &errand.there {
            Some(there) if errand.is_placed_here() => there.to_string(),
            _ => errand.county.to_string(),
        };
        verdict.hold(acting == [expected.as_str()], || {
            format!("{}: {acting:?} answer, expected {expected}; {stances:?}", label(errand))
        });
    }
    Ok(verdict)
}

/// Every registrar's chains against those of the two parties.
async fn same_chains(tree: &Tree) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::SameChains);
    for registrar in tree.hubs() {
        let known = registrar.hub().desk.act(|room| custody::all_registered(room)).await?;
        for (leg, registered) in known {
            let Some(frame) = registered.chain.frame() else { continue };
            for party in [&frame.offerer, &frame.receiver] {
                let held = held(tree.hub(party), leg).await?;
                verdict.hold(held == registered.chain, || {
                    let (here, there) = (held.len(), registered.chain.len());
                    format!("{leg}: {party} holds {here} steps, {} {there}", registrar.party())
                });
            }
        }
    }
    Ok(verdict)
}

async fn held(seat: &HubSeat, leg: Leg) -> Result<Chain> {
    Ok(seat.hub().desk.act(move |room| custody::held(room, leg)).await?.chain)
}

/// Each case's proof, written to a file, read again, and verified with nothing but the root.
async fn proofs(tree: &Tree, officers: &Officers) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::ProofsHold);
    let search = Search::of(tree.schools().iter().flat_map(|school| school.pupils()));
    let root = root(tree)?;
    for errand in officers.referred().filter(|errand| handed_over(errand) && errand.ended.is_some()) {
        let (Some(case), Some(there)) = (errand.case, &errand.there) else { continue };
        let file = proof_file(tree, case);
        std::fs::create_dir_all(file.parent().context("the folder of proofs")?)?;
        std::fs::write(&file, tree.hub(there).hub().proof(case).await?.to_json())?;
        let text = std::fs::read_to_string(&file)?;
        let holder = Proof::from_json(&text).and_then(|proof| proof.verify(&root));
        let ends = |holder: &Party| holder == there;
        let holds = holder.as_ref().is_ok_and(|steps| steps.last().is_some_and(|last| ends(&last.holder)));
        verdict.hold(holds, || format!("{}: {:?}", label(errand), holder.err()));
        verdict.hold(search.find(text.as_bytes()).is_none(), || format!("{} names a child", label(errand)));
    }
    Ok(verdict)
}

/// The province's certificate, as it hangs on any office's wall.
fn root(tree: &Tree) -> Result<Certificate> {
    let top = tree.hubs().next().context("a tree has a root")?;
    let state = top.hub().state();
    let identity = state.identity.as_ref().context("the root is its own authority")?;
    Ok(identity.lineage().root().clone())
}

/// In class in one school, and moved at the other.
async fn counted_once(tree: &Tree, officers: &Officers) -> Result<Verdict> {
    let mut verdict = Verdict::of(Law::CountedOnce);
    for errand in officers.referred() {
        let (Some(case), Some(child)) = (errand.case, errand.child) else { continue };
        let lost = tree.school(errand.school);
        let (_, view) = lost.school().case(case.to_string()).await?;
        let status = lost.status(child).await?;
        if errand.kind == crate::officers::Kind::Withdrawn {
            let here = view.case.stage != Stage::Moved && status != EnrolmentStatus::TransferPending;
            verdict.hold(here, || format!("{}: {:?} {status:?}", label(errand), view.case.stage));
            continue;
        }
        // the roll follows who is in class there; who is only looked for there is missing here
        let follows = view.transfer.as_ref().is_some_and(|transfer| transfer.state().roll_follows());
        let pending = status == EnrolmentStatus::TransferPending;
        let away = view.case.stage == Stage::Moved && pending == follows;
        verdict.hold(away, || format!("{}: {:?} {status:?}", label(errand), view.case.stage));
        if !errand.is_placed_here() {
            continue;
        }
        let mut enrolled = Vec::new();
        for school in tree.schools() {
            let number = &lost.pupils()[child].roll_number;
            if let Ok((found, _)) = school.school().explain_child(number.clone()).await
                && found.standing.status == EnrolmentStatus::Enrolled
            {
                enrolled.push(school.plan().number);
            }
        }
        let expected: Vec<usize> = errand.placed.iter().map(|placed| placed.school).collect();
        verdict.hold(enrolled.len() == 1 && enrolled == expected, || {
            format!("{}: in class at {enrolled:?}, expected {expected:?}", label(errand))
        });
    }
    Ok(verdict)
}
