//! Every status against every step.

use proto::model::lang::{Lang, Say};

use super::{Child, Fact, d};
use crate::standing::EnrolmentStatus as S;
use crate::standing::{Act, Proposal, Standing, StepRefused, propose};

/// What 2.2 draws; everything else is refused.
const DRAWN: [(Act, &[S], S); 10] = [
    (Act::BackOnRoll, &[S::TransferredOut, S::Abroad], S::Enrolled),
    (Act::Suspend, &[S::Enrolled, S::Suspended], S::Suspended),
    (Act::EndLeave, &[S::Suspended], S::Enrolled),
    (Act::TeachAtHome, &[S::Enrolled, S::Unregistered, S::DroppedOut], S::HomeTaught),
    (Act::EndHomeTeaching, &[S::HomeTaught], S::Enrolled),
    (Act::StartTransfer, &[S::Enrolled, S::Suspected, S::DroppedOut], S::TransferPending),
    (Act::LapseTransfer, &[S::TransferPending], S::Enrolled),
    (Act::TransferOut, &[S::TransferPending], S::TransferredOut),
    (Act::Return, &[S::Suspected, S::DroppedOut], S::Enrolled),
    (
        Act::Complete,
        &[
            S::Enrolled,
            S::Suspected,
            S::DroppedOut,
            S::Suspended,
            S::HomeTaught,
            S::RemoteTaught,
            S::TransferPending,
            S::Exempt,
        ],
        S::Completed,
    ),
];

#[test]
fn only_what_is_drawn_is_taken() {
    for from in S::ALL {
        for act in Act::ALL {
            let gone = [S::Abroad, S::Deceased, S::Completed, S::TransferredOut].contains(&from);
            let expected = match act {
                Act::GoAbroad => (!gone).then_some(S::Abroad),
                Act::Die => (!gone).then_some(S::Deceased),
                Act::Delete => [S::Completed, S::Deceased].contains(&from).then_some(from),
                _ => DRAWN.iter().find(|(a, f, _)| *a == act && f.contains(&from)).map(|(.., to)| *to),
            };
            let taken = from.take(act);
            assert_eq!(taken.as_ref().ok().copied(), expected, "{from:?} {act:?}");
            if let Err(refused) = taken {
                assert_eq!(refused.rule(), act.rule(from), "{from:?} {act:?}");
                for lang in [Lang::Zh, Lang::En] {
                    let told = refused.say(lang);
                    assert!(told.contains(refused.rule()) || act == Act::Expel, "{told}");
                }
            }
        }
    }
}

fn refused(child: &Child, today: &str, proposal: &Proposal<'_>) -> &'static str {
    let standing = child.on(today);
    propose(proposal, &standing, child.since, d(today)).expect_err("is to be refused").rule()
}

#[test]
fn forbidden_steps_are_refused_with_the_rules_id() {
    let suspected = Child::new().absent("2025-09-24", "2025-12-31");
    let today = "2025-10-09";
    let leave = |approval: &str, until: &str| Fact::Suspension {
        from: d("2025-10-09"),
        until: d(until),
        approval: approval.into(),
    };
    let absent = Proposal::Return { on: d(today), present: false };
    for (proposal, rule) in [
        (Proposal::DropOut, "T04"),
        (Proposal::MarkSuspected, "T02"),
        (Proposal::Delete, "B07"),
        (Proposal::Expel, "LAW-CE 27"),
        (absent, "T03"),
        (Proposal::Record { fact: &leave("镇 1 号", "2025-12-31"), evidence: "x" }, "T11"),
    ] {
        assert_eq!(refused(&suspected, today, &proposal), rule, "{proposal:?}");
    }
    assert_eq!(refused(&suspected, "2025-11-03", &absent), "T05");
    let present = Proposal::Return { on: d(today), present: true };
    assert_eq!(propose(&present, &suspected.on(today), suspected.since, d(today)), Ok(S::Enrolled));

    let enrolled = Child::new();
    for (fact, evidence, rule) in [
        (leave(" ", "2025-12-31"), "x", "T11"),
        (leave("镇 1 号", "2025-10-08"), "x", "T11"),
        (leave("镇 1 号", "2026-10-09"), "x", "T11"),
        (Fact::HomeTaught { from: d(today), assessment: String::new() }, "x", "T09"),
        (Fact::Completed { on: d(today) }, "", "T22"),
        (Fact::Completed { on: d("2025-10-10") }, "x", "2.2"),
        (Fact::Abroad { on: d("2025-08-31") }, "x", "2.2"),
    ] {
        assert_eq!(refused(&enrolled, today, &Proposal::Record { fact: &fact, evidence }), rule, "{fact:?}");
    }
    let (fact, evidence) = (leave("镇 1 号", "2026-10-08"), "住院证明");
    let approved = Proposal::Record { fact: &fact, evidence };
    assert_eq!(propose(&approved, &enrolled.on(today), enrolled.since, d(today)), Ok(S::Suspended));
}

#[test]
fn a_leave_is_not_backdated_over_a_mark() {
    let child = Child::new().absent("2025-09-24", "2025-10-09");
    let fact =
        Fact::Suspension { from: d("2025-09-24"), until: d("2025-12-31"), approval: "镇 1 号".into() };
    let standing: Standing = child.on("2025-10-09");
    let proposal = Proposal::Record { fact: &fact, evidence: "住院证明" };
    let refused = propose(&proposal, &standing, child.since, d("2025-10-09"));
    assert_eq!(refused, Err(StepRefused::NotDrawn { from: S::Suspected, act: Act::Suspend, rule: "T11" }));
}
