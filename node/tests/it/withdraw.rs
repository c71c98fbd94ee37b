//! A recorded fact that should not stand is withdrawn, visibly, unless something rests on it.

use proto::link::post::Taken;
use proto::model::case::{Outcome, TransferState};
use proto::wire::school as wire;
use tonic::{Code, Status};

use crate::campus::{Campus, MONDAY, afternoon, en, name};
use crate::cases::{absentee, suspected};
use crate::referrals::news;

const TUESDAY: &str = "2025-09-23";

async fn record(campus: &Campus, fact: &str, day: &str, until: &str) -> String {
    let fact = wire::RecordFactRequest {
        child: name(5, 1, 2),
        fact: fact.to_owned(),
        day: day.to_owned(),
        until: until.to_owned(),
        evidence: "鸭池镇批〔2025〕3号".to_owned(),
        ..Default::default()
    };
    campus.fact(fact).await.unwrap().fact
}

async fn withdraw(campus: &Campus, fact: &str, reason: &str) -> Result<wire::RecordFactReply, Status> {
    let (fact, reason) = (fact.to_owned(), reason.to_owned());
    let asked = wire::WithdrawFactRequest { fact, reason, by: "office".to_owned() };
    Ok(campus.client().withdraw_fact(en(asked)).await?.into_inner())
}

async fn facts(campus: &Campus, child: &str) -> Vec<wire::FactLine> {
    let asked = wire::ListFactsRequest { child: child.to_owned() };
    campus.client().list_facts(en(asked)).await.unwrap().into_inner().facts
}

#[tokio::test]
async fn a_leave_entered_by_mistake_is_withdrawn_visibly_and_its_days_go_out_again() {
    let campus = Campus::with_roll().await;
    campus.school_days(&[MONDAY, TUESDAY], &name(5, 1, 1)).await;
    let leave = record(&campus, "suspend", MONDAY, "2025-12-31").await;
    let restated = campus.close_days().await.unwrap();
    assert!(restated.contains(&(MONDAY.to_owned(), 2)), "{restated:?}");
    assert_eq!(campus.figure(MONDAY, "suspended").await, 1);
    assert_eq!(facts(&campus, "").await.len(), 1);

    let done = withdraw(&campus, &leave, "登记错了学生").await.unwrap();
    assert_eq!(done.child.unwrap().status, "ENROLLED");
    assert!(done.consequences.iter().any(|consequence| consequence.reversed), "{:?}", done.consequences);
    let restated = campus.close_days().await.unwrap();
    for day in [MONDAY, TUESDAY] {
        assert!(restated.contains(&(day.to_owned(), 3)), "{restated:?}");
        assert_eq!(campus.figure(day, "suspended").await, 0);
    }
    let explained = campus.explain(&name(5, 1, 2)).await;
    assert_eq!(explained.reversals.len(), 1, "what was undone stays to be read");
    let [fact] = explained.facts.as_slice() else { panic!("{:?}", explained.facts) };
    assert_eq!((fact.reason.as_str(), fact.withdrawn_by.as_str()), ("登记错了学生", "office"));
    assert!(fact.withdrawn > fact.recorded - 1 && fact.kind == "suspend", "{fact:?}");

    let again = record(&campus, "suspend", TUESDAY, "2025-12-31").await;
    assert_ne!(again, leave, "the right one can be entered");
    assert_eq!(campus.status_of(&name(5, 1, 2)).await, "SUSPENDED");
}

#[tokio::test]
async fn what_something_rests_on_is_not_withdrawn() {
    let campus = Campus::with_roll().await;
    campus.school_days(&[MONDAY], &name(5, 1, 1)).await;
    let leave = record(&campus, "suspend", MONDAY, "2025-12-31").await;
    campus.school_days(&[TUESDAY], &name(5, 1, 1)).await;
    let back = record(&campus, "end-leave", TUESDAY, "").await;
    let refused = |answer: Result<wire::RecordFactReply, Status>| {
        let status = answer.unwrap_err();
        (status.code(), status.message().to_owned())
    };
    for (fact, reason, code, words) in [
        (leave.as_str(), " ", Code::InvalidArgument, "--reason"),
        ("00000000", "why", Code::NotFound, "fact list"),
        ("leave", "why", Code::InvalidArgument, "fact list"),
        (leave.as_str(), "why", Code::FailedPrecondition, back.as_str()),
    ] {
        let found = refused(withdraw(&campus, fact, reason).await);
        assert!(found.0 == code && found.1.contains(words), "{fact} {reason}: {found:?}");
    }
    withdraw(&campus, &back, "日期不对").await.unwrap();
    assert_eq!(campus.status_of(&name(5, 1, 2)).await, "SUSPENDED");
    let twice = refused(withdraw(&campus, &back, "日期不对").await);
    assert!(twice.1.contains("already"), "{twice:?}");
    withdraw(&campus, &leave, "登记错了学生").await.unwrap();
    assert_eq!(campus.status_of(&name(5, 1, 2)).await, "ENROLLED");
}

#[tokio::test]
async fn what_a_case_on_its_way_has_written_is_taken_back_with_the_case() {
    let (campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    let case = campus.id().await;
    campus.contact().await;
    campus.refer("520521", "PARENT_STATEMENT", "父亲来电").await.unwrap();
    let accepted = news(case, 5, TransferState::AcceptedPlaced, Some(Outcome::Placed), false);
    assert_eq!(county.deliver(&campus, accepted, [7; 16]).await, Taken::Applied);
    let written = facts(&campus, &absentee()).await;
    assert_eq!(written.len(), 1, "{written:?}");
    for fact in written {
        let refused = withdraw(&campus, &fact.fact, "why").await.unwrap_err();
        assert!(refused.message().contains(&format!("case withdraw {case}")), "{}", refused.message());
    }
}
