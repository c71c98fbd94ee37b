//! What was signed under a revoked certificate proves nothing from then on, and what was signed before goes on
//! proving.

use super::super::message::{Done, Message};
use super::super::proof::{Flaw, Proof, ProofError, Verdict};
use super::super::registrar::{Refusal, Registrar};
use super::super::revoked::Revocation;
use super::super::side::Move;
use super::super::sign::{Forged, Signed};
use super::super::step::StepKind;
use super::tree::{CITY, OTHER, Talk, Tree, offer, step};
use super::{LEG, party};
use crate::identity::Identity;
use crate::identity::forge::NOW;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};

/// The city says that the keys of the county that accepts were revoked.
fn revoked(tree: &Tree, from: Moment) -> Revocation {
    let whose: &Identity = &tree.other;
    let keys = vec![whose.leaf().spki_hash(), whose.lineage().nearest().spki_hash()];
    Revocation::new(party(OTHER), keys, from, party(CITY), &tree.city)
}

#[test]
fn an_accept_under_a_revoked_certificate_proves_nothing_where_the_revocation_is_known() {
    let tree = Tree::new();
    let (root, chain) = (&tree.root, tree.handed_over());
    let refused = |from| {
        let flaw = Flaw::Revoked { party: party(OTHER), from };
        Err(ProofError::Step { leg: 1, step: 2, flaw })
    };
    // whoever writes the file does not know, whoever reads it does
    let told = Proof::from_json(&Proof::new(root, [chain.clone()]).to_json()).unwrap();
    assert_eq!(told.verify(root).map(|steps| steps.len()), Ok(2));
    let before = NOW.plus_millis(-1);
    for (from, until, held) in [
        (before, None, false),
        (NOW, None, false),
        // revoked later: what was signed before goes on proving
        (NOW.plus_millis(1), None, true),
        // the same keys were let in again before, or too late
        (before, Some(NOW), true),
        (before, Some(NOW.plus_millis(1)), false),
    ] {
        let known = revoked(&tree, from);
        let known = until.map_or_else(|| known.clone(), |until| known.clone().lifted(until, &tree.city));
        let verdict = told.verify_knowing(root, std::slice::from_ref(&known)).map(|steps| steps.len());
        assert_eq!(verdict, if held { Ok(2) } else { refused(from) }, "{from} {until:?}");
        // and it travels in the file
        let text = Proof::new(root, [chain.clone()]).with_revocations([known]).to_json();
        let read = Proof::from_json(&text).unwrap().verify(root).map(|steps| steps.len());
        assert_eq!(read, if held { Ok(2) } else { refused(from) }, "{from} {until:?}");
    }
    let text = Proof::new(root, [chain]).with_revocations([revoked(&tree, before)]).to_json();
    let error = Verdict::of(&text, root).unwrap_err();
    for (lang, words) in [(Lang::Zh, "证书已于"), (Lang::En, "was revoked, since")] {
        assert!(error.say(lang).contains(words), "{}", error.say(lang));
    }
}

#[test]
fn a_step_under_a_registrar_that_was_revoked_proves_nothing() {
    let tree = Tree::new();
    let keys = vec![tree.city.leaf().spki_hash()];
    let told = Proof::new(&tree.root, [tree.handed_over()]);
    let known = Revocation::new(party(CITY), keys.clone(), NOW, party("p52"), &tree.province);
    let flaw = Flaw::Revoked { party: party(CITY), from: NOW };
    let refused = Err(ProofError::Step { leg: 1, step: 1, flaw });
    assert_eq!(told.verify_knowing(&tree.root, &[known]), refused);
    // nobody revokes itself
    let own = Revocation::new(party(CITY), keys, NOW, party(CITY), &tree.city);
    assert_eq!(own.check(&tree.root), Err(Forged::Signer));
}

#[test]
fn a_revocation_is_a_word_of_a_hub_above_and_of_nobody_else() {
    let tree = Tree::new();
    let good = revoked(&tree, NOW);
    assert_eq!(good.check(&tree.root), Ok(()));
    assert_eq!(Revocation::from_bytes(&good.to_bytes()), Ok(good.clone()));
    let beside = Revocation::new(party(OTHER), good.keys.clone(), NOW, party(super::tree::ONE), &tree.one);
    for (what, forged, why) in [
        ("a county of another", beside, Forged::Signer),
        (
            "in another's name",
            Revocation::new(party(OTHER), good.keys.clone(), NOW, party(CITY), &tree.one),
            Forged::Signer,
        ),
        ("an earlier time", Revocation { from: NOW.plus_millis(-1), ..good.clone() }, Forged::Signature),
        ("a lifted one", Revocation { until: Some(NOW), ..good.clone() }, Forged::Signature),
        ("of another", Revocation { party: party(super::tree::ONE), ..good.clone() }, Forged::Signature),
    ] {
        assert_eq!(forged.check(&tree.root), Err(why), "{what}");
    }
    assert_eq!(good.check(&Tree::new().root), Err(Forged::Chain));
    // one that does not hold makes no true step false
    let forged = Revocation { from: NOW.plus_millis(-1), ..good };
    let told = Proof::new(&tree.root, [tree.handed_over()]).with_revocations([forged]);
    assert_eq!(told.verify(&tree.root).map(|steps| steps.len()), Ok(2));
}

#[test]
fn a_proposal_under_a_revoked_key_is_known_and_its_writer_hears_why() {
    let tree = Tree::new();
    let known = revoked(&tree, NOW);
    let accept = Signed::new(step(&tree.offered(), StepKind::Accept), &tree.other);
    assert!(known.names(accept.signature()) && known.stands());
    assert!(!known.names(Signed::new(step(&tree.offered(), StepKind::Recall), &tree.one).signature()));
    assert!(!known.lifted(NOW, &tree.city).stands());
    let refused = Message::Refused { leg: LEG, step: accept.hash(), why: Refusal::Revoked };
    let expected = Done { send: vec![(party(OTHER), refused)], ..Done::default() };
    assert_eq!(Registrar::turn_away(&accept), expected);
}

#[test]
fn an_accept_that_was_refused_for_its_certificate_is_signed_again_under_a_new_one() {
    let (tree, renewed) = (Tree::new(), Tree::new());
    for (signer, dropped) in [(&tree.other, false), (&renewed.other, true)] {
        let mut talk = Talk::new(&tree);
        talk.make(0, offer());
        let accept = talk.draft(1, LEG, Move::Accept);
        let Message::Propose(signed) = accept.send[0].1.clone() else { panic!("a proposal") };
        let (_, refused) = Registrar::turn_away(&signed).send.remove(0);
        let (side, legs) = &mut talk.sides[1];
        let checked = refused.check(&party(CITY), &tree.root).unwrap();
        side.handle(checked, legs, Talk::now(signer, 0));
        assert_eq!(talk.held(1).pending.is_none(), dropped);
    }
}
