//! A proof holds as it was written, and no changed file does.

use super::super::chain::{Chain, Unlawful};
use super::super::proof::{Flaw, Proof, ProofError};
use super::super::sign::{Forged, Sequenced, Signed};
use super::super::step::{Ballot, RejectReason, Step, StepKind};
use super::tree::{ONE, OTHER, Tree, step};
use super::{LEG, party};
use crate::identity::forge::NOW;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};

/// Offered, rejected, offered again, accepted; then offered back.
fn story(tree: &Tree) -> Proof {
    let first = tree.chain(&[
        (StepKind::Offer, &tree.one),
        (StepKind::Reject(RejectReason::Insufficient), &tree.other),
        (StepKind::Offer, &tree.one),
        (StepKind::Accept, &tree.other),
    ]);
    let second = back(tree, first.head());
    Proof::new(&tree.root, [first, second])
}

fn back(tree: &Tree, after: Hash) -> Chain {
    let step = Step {
        leg: LEG.case.leg(2),
        offerer: party(OTHER),
        receiver: party(ONE),
        by: party(OTHER),
        after: Some(after),
        ..step(&Chain::default(), StepKind::Offer)
    };
    let signed = Signed::new(step, &tree.other);
    Chain::try_from(vec![Sequenced::new(signed, Ballot::first(1), NOW, Hash::ROOT, &tree.city)]).unwrap()
}

#[test]
fn a_proof_lists_who_held_the_case_and_by_whose_hand() {
    let tree = Tree::new();
    let proof = Proof::from_json(&story(&tree).to_json()).unwrap();
    let steps = proof.verify(&tree.root).unwrap();
    let holders: Vec<_> = steps.iter().map(|step| step.holder.to_string()).collect();
    assert_eq!(holders, [ONE, ONE, ONE, OTHER, OTHER]);
    assert!(steps.iter().all(|step| step.in_force));
    assert_eq!(steps[3].key, tree.other.leaf().spki_hash());
    for (lang, words) in
        [(Lang::Zh, "第 4 步：p52/c5205/d520521 接收"), (Lang::En, "step 4: p52/c5205/d520521 accepted")]
    {
        assert!(steps[3].say(lang).contains(words), "{}", steps[3].say(lang));
    }
}

fn step_error(leg: usize, step: usize, flaw: impl Into<Flaw>) -> ProofError {
    ProofError::Step { leg, step, flaw: flaw.into() }
}

#[test]
fn a_changed_file_is_refused_with_the_place() {
    type Change = fn(&mut serde_json::Value);
    let changes: [(&str, ProofError, Change); 8] = [
        ("a step cut out", step_error(1, 2, Unlawful::Number), |f| {
            f["legs"][0].as_array_mut().unwrap().remove(1);
        }),
        ("two steps swapped", step_error(1, 1, Unlawful::Number), |f| {
            f["legs"][0].as_array_mut().unwrap().swap(0, 2);
        }),
        ("a leg cut out", step_error(1, 1, Flaw::BetweenLegs), |f| {
            f["legs"].as_array_mut().unwrap().remove(0);
        }),
        ("the end of the first leg cut off", step_error(2, 1, Flaw::BetweenLegs), |f| {
            f["legs"][0].as_array_mut().unwrap().pop();
        }),
        ("a later time", step_error(1, 3, Forged::Signature), |f| {
            f["legs"][0][2]["recorded"] = serde_json::json!(1_758_643_200_001_i64);
        }),
        ("another's signature", step_error(1, 2, Forged::Signer), |f| {
            f["legs"][0][1]["signature"] = f["legs"][0][0]["signature"].clone();
        }),
        ("a step that is none", step_error(1, 4, Flaw::Unreadable), |f| {
            f["legs"][0][3]["step"] = serde_json::json!("00zz");
        }),
        ("a newer version", ProofError::Version(3), |f| f["version"] = serde_json::json!(3)),
    ];
    let tree = Tree::new();
    let text = story(&tree).to_json();
    for (what, error, change) in changes {
        let mut file = serde_json::from_str(&text).unwrap();
        change(&mut file);
        let read = Proof::from_json(&file.to_string()).and_then(|proof| proof.verify(&tree.root));
        assert_eq!(read, Err(error), "{what}");
    }
}

#[test]
fn a_cut_file_an_empty_one_and_another_root_prove_nothing() {
    let tree = Tree::new();
    let text = story(&tree).to_json();
    assert!(matches!(Proof::from_json(&text[..text.len() - 3]), Err(ProofError::NotAProof(_))));
    assert!(matches!(Proof::from_json("{}"), Err(ProofError::NotAProof(_))));
    assert_eq!(Proof::new(&tree.root, []).verify(&tree.root), Err(ProofError::Empty));
    assert_eq!(story(&tree).verify(&Tree::new().root), Err(ProofError::OtherRoot));
}
