//! Handing a case over, as its school sees it.

use proto::custody::revoked::Revocation;
use proto::identity::keys::SpkiHash;
use proto::link::post::{Reason, Taken};
use proto::model::case::{
    Act, Assignment, CaseId, Evidence, Letter, News, Outcome, Preview, TransferState, Unwilling,
    Unwillingness,
};
use proto::model::day::Moment;
use proto::model::personal::Purpose;
use proto::seal::Sealed;
use proto::wire::school as wire;
use proto::wire::school::step_case_request::Step;
use tonic::Code;

use crate::campus::{Campus, afternoon, day, en, name, pupil, roll, rule};
use crate::cases::{absentee, suspected};
use crate::county::{County, letters, school, schools_key};
use crate::inflow::{listed, record_of};

pub(crate) fn news(
    case: CaseId,
    at: i64,
    state: TransferState,
    outcome: Option<Outcome>,
    yours: bool,
) -> Letter {
    Letter::News(News {
        leg: case.leg(1),
        state,
        place: Some("520521".parse().unwrap()),
        outcome,
        at: Moment(afternoon("2025-10-09").0 + at),
        reason: "地址不存在".to_owned(),
        yours,
    })
}

#[tokio::test]
async fn a_child_of_age_is_not_referred_and_its_case_stays_here() {
    let (campus, _) = suspected().await;
    campus.set(afternoon("2035-10-09"));
    let refused = campus.refer("520521", "PARENT_STATEMENT", "父亲来电").await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, "2.4"));
    assert!(!letters(&campus).await.iter().any(|letter| matches!(letter, Letter::Referral(_))));
    assert_eq!(campus.row().await.stage, "P0");
}

/// A child in another province is asked to come back first; a letter goes there only when it does not (E03, E04).
#[tokio::test]
async fn a_child_in_another_province_is_referred_when_it_is_on_record_that_it_does_not_come_back() {
    let (campus, county) = suspected().await;
    county.show_key(&campus).await;
    campus.set(afternoon("2025-10-09"));
    let refer = async |unwilling: &str, on: &str, draft: bool| {
        let request = wire::ReferCaseRequest {
            case: absentee(),
            to: "440306".to_owned(),
            evidence: "POLICE_ANSWER".to_owned(),
            note: "派出所答复".to_owned(),
            unwilling: unwilling.to_owned(),
            unwilling_on: on.to_owned(),
            draft,
            ..Default::default()
        };
        campus.client().refer_case(en(request)).await.map(tonic::Response::into_inner)
    };
    campus.contact().await;
    for (unwilling, on, code, id) in [
        ("", "", Code::InvalidArgument, "E03"),
        ("NOBODY", "", Code::InvalidArgument, ""),
        ("GUARDIAN", "2025-10-08", Code::FailedPrecondition, "E03"),
        ("CHILD", "", Code::FailedPrecondition, "E03"),
        ("GUARDIAN", "2025-10-10", Code::InvalidArgument, "2.3"),
    ] {
        let refused = refer(unwilling, on, false).await.unwrap_err();
        assert_eq!(refused.code(), code, "{unwilling} {on}: {refused}");
        assert!(id.is_empty() || rule(&refused) == id, "{unwilling} {on}: {refused}");
    }
    let draft = refer("", "", true).await.unwrap().transfer.unwrap();
    assert_eq!((draft.state.as_str(), draft.unwilling.as_str()), ("X0", ""), "a draft may wait for it");
    let sent = refer("GUARDIAN", "2025-10-09", false).await.unwrap().transfer.unwrap();
    assert!(sent.state == "X1" && sent.unwilling.contains("2025-10-09"), "{sent:?}");
    let case = campus.id().await;
    let letters = letters(&campus).await;
    let record = letters.iter().find_map(|letter| match letter {
        Letter::Referral(referral) => Some(county.open(case, &referral.record)),
        _ => None,
    });
    let said = Unwilling { kind: Unwillingness::Guardian, on: day("2025-10-09") };
    assert_eq!(record.unwrap().unwilling, Some(said), "the county reads what was recorded");
}

/// What a hub above says of revoked keys is kept; what is nobody's word is refused.
#[tokio::test]
async fn a_school_keeps_a_revocation_that_a_hub_above_has_signed_and_no_other() {
    let (campus, county) = suspected().await;
    let (owner, by, key) = (school(), crate::county::county(), SpkiHash([7; 32]));
    let good = Revocation::new(owner.clone(), vec![key], Moment(5), by.clone(), county.signer());
    let others = Revocation::new("p52/c5201".parse().unwrap(), vec![key], Moment(5), by, county.signer());
    for forged in [Revocation { from: Moment(4), ..good.clone() }, others] {
        let taken = county.write(&campus, Letter::Revocation(forged.to_bytes())).await;
        assert!(matches!(taken, Taken::Refused(Reason::Forged, _)), "{taken:?}");
    }
    let lifted = good.clone().lifted(Moment(9), county.signer());
    for (said, stands) in [(&good, true), (&lifted, false), (&good, false)] {
        assert_eq!(county.write(&campus, Letter::Revocation(said.to_bytes())).await, Taken::Applied);
        // what `verify` is told beside the root
        let shown = campus.client().show_root(en(wire::ShowRootRequest {})).await.unwrap().into_inner();
        let known = shown.revocations.iter().map(|bytes| Revocation::from_bytes(bytes).unwrap().stands());
        assert_eq!(known.collect::<Vec<_>>(), [stands]);
    }
}

/// A restored school hears the county before its own referral has come back to it.
#[tokio::test]
async fn news_of_a_referral_that_is_not_here_are_refused_for_now_and_read_when_it_is() {
    let (campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    let case = campus.id().await;
    let early = news(case, 5, TransferState::AcceptedPersuading, Some(Outcome::Persuading), false);
    let id = [7; 16];
    let first = county.deliver(&campus, early.clone(), id).await;
    assert!(matches!(first, Taken::Refused(Reason::Early, _)), "{first:?}");
    campus.contact().await;
    campus.refer("520521", "PARENT_STATEMENT", "父亲来电").await.unwrap();
    assert_eq!(county.deliver(&campus, early, id).await, Taken::Applied);
    assert_eq!(campus.row().await.stage, "P7", "it was read and not taken for one that came twice");
}

#[tokio::test]
async fn a_confirmed_move_is_referred_and_answered_for_here_until_the_other_place_accepts() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    for (to, note, id) in [("520521", " ", "E01"), ("529999", "父亲来电", "2.4"), ("abc", "父亲来电", "2.4")]
    {
        let refused = campus.refer(to, "PARENT_STATEMENT", note).await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::InvalidArgument, id), "{to} {note}");
    }
    // nobody has spoken to the family: no parent has stated anything
    for (to, id) in [("520521", "E01"), ("440306", "E03")] {
        let refused = campus.refer(to, "PARENT_STATEMENT", "父亲来电").await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, id), "{to}");
    }
    campus.contact().await;
    let reply = campus.refer("520521", "PARENT_STATEMENT", "父亲来电，在大方务工").await.unwrap();
    let transfer = reply.transfer.unwrap();
    assert_eq!((transfer.state.as_str(), transfer.age_from, transfer.grade), ("X1", 10, 5));
    assert!(transfer.answers_here);
    let twice = campus.refer("520521", "PARENT_STATEMENT", "父亲来电").await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);

    let case = campus.id().await;
    let sent = letters(&campus).await.into_iter().find_map(|letter| match letter {
        Letter::Referral(referral) => Some(referral),
        _ => None,
    });
    let sent = sent.unwrap();
    assert_eq!((sent.revision, sent.to.to_string().as_str()), (1, "520521"));
    assert_eq!(county.open(case, &sent.record).reached, Some(1), "what a letter may say");
    assert_eq!(county.open(case, &sent.record).evidence.open(Purpose::SchoolStaff), "父亲来电，在大方务工");

    // the answers come in the wrong order, and one twice
    let accepted = news(case, 5, TransferState::AcceptedPersuading, Some(Outcome::Persuading), false);
    county.write(&campus, accepted.clone()).await;
    county.write(&campus, news(case, 2, TransferState::CountyChecked, None, true)).await;
    county.write(&campus, accepted).await;
    let reply = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    let reply = reply.into_inner();
    let (row, transfer) = (reply.row.unwrap(), reply.transfer.unwrap());
    assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P7", "MOVED"));
    assert_eq!((transfer.state.as_str(), transfer.news.len(), transfer.answers_here), ("X8b", 2, false));
    // found there and in no class anywhere: missing here as before
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    let back = wire::WithdrawCaseRequest { case: absentee(), reason: "误报".to_owned(), by: String::new() };
    let back = campus.client().withdraw_case(en(back)).await.unwrap_err();
    assert_eq!(rule(&back), "2.4");

    // what is learned later follows the child, sealed
    let late = wire::AddLateEvidenceRequest {
        case: absentee(),
        text: "租住在城关某处".to_owned(),
        ..Default::default()
    };
    campus.client().add_late_evidence(en(late)).await.unwrap();
    let late = letters(&campus).await.into_iter().rev().find_map(|letter| match letter {
        Letter::Late(late) => Some(late),
        _ => None,
    });
    let way = proto::model::case::Way { case, from: &crate::county::school(), to: &crate::county::county() };
    let text = way.open_text(&late.unwrap().text, &county.key).unwrap();
    assert_eq!(text.open(Purpose::SchoolStaff), "租住在城关某处");
    campus.stop().await;
}

/// X8b, X8: who is found and in no class anywhere is missing where its roll is; the roll follows who is in class.
#[tokio::test]
async fn who_is_found_elsewhere_and_in_no_class_counts_as_missing_here_until_it_is_in_one() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    let figures = ["suspected", "transfers_pending", "on_roll"];
    let steps = [
        ("2025-10-09", TransferState::AcceptedPersuading, "SUSPECTED", [1, 0, 8]),
        ("2025-10-10", TransferState::AcceptedPlaced, "TRANSFER_PENDING", [0, 1, 7]),
        // in class there no more, and looked for there again
        ("2025-10-13", TransferState::AcceptedPersuading, "SUSPECTED", [1, 0, 8]),
        ("2025-10-14", TransferState::AlreadyEnrolled, "TRANSFER_PENDING", [0, 1, 7]),
    ];
    for (at, (on, state, status, expected)) in steps.into_iter().enumerate() {
        campus.set(afternoon(on));
        let Letter::News(mut told) = news(case, 0, state, None, false) else { unreachable!("news are news") };
        told.at = Moment(afternoon(on).0 + i64::try_from(at).unwrap());
        county.write(&campus, Letter::News(told)).await;
        assert_eq!(campus.row().await.stage, "P7", "{on}: the other place answers");
        assert_eq!(campus.status_of(&absentee()).await, status, "{on}");
        campus.close_days().await.unwrap();
        for (figure, expected) in figures.into_iter().zip(expected) {
            assert_eq!(campus.figure(on, figure).await, expected, "{on} {figure}");
        }
    }
    campus.stop().await;
}

/// A register named a child whom no roll call ever had absent: nothing is stored of where it stands.
#[tokio::test]
async fn the_roll_of_a_child_who_was_never_absent_follows_it_too() {
    let (mut campus, county) = suspected().await;
    let child = name(5, 1, 2);
    let open =
        wire::OpenCaseRequest { child: child.clone(), cause: "register".to_owned(), ..Default::default() };
    let row = campus.client().open_case(en(open)).await.unwrap().into_inner().row.unwrap();
    campus.set(afternoon("2025-10-09"));
    let request = wire::ReferCaseRequest {
        case: row.case.clone(),
        to: "520521".to_owned(),
        evidence: "POLICE_ANSWER".to_owned(),
        note: "派出所答复".to_owned(),
        ..Default::default()
    };
    campus.client().refer_case(en(request)).await.unwrap();
    let case = row.case.parse().unwrap();
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, Some(Outcome::Placed), false)).await;
    assert_eq!(campus.status_of(&child).await, "TRANSFER_PENDING");
    campus.stop().await;
}

/// X11: not taken there, because the child is in class there.
#[tokio::test]
async fn who_is_on_a_roll_where_it_was_offered_is_not_persuaded_any_more_and_its_roll_is_to_be_moved() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 5, TransferState::AlreadyEnrolled, None, false)).await;
    let reply = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    let reply = reply.into_inner();
    let (row, transfer) = (reply.row.unwrap(), reply.transfer.unwrap());
    assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P7", "MOVED"));
    assert!(transfer.state == "X11" && transfer.advice.contains("T14"), "{}", transfer.advice);
    assert_eq!(campus.status_of(&absentee()).await, "TRANSFER_PENDING");
    campus.stop().await;
}

#[tokio::test]
async fn a_referral_that_comes_back_is_this_schools_again_and_a_return_takes_one_back() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county
        .write(&campus, news(case, 3, TransferState::ReturnedToSender, Some(Outcome::NotFound), true))
        .await;
    assert!(campus.notices().await.contains(&"referrals-returned".to_owned()));
    let shown = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    assert!(shown.into_inner().transfer.unwrap().advice.contains("地址不存在"));
    assert_eq!(campus.row().await.stage, "P0", "it never left");
    campus.refer("520523", "POLICE_ANSWER", "派出所更正").await.unwrap();
    // the child is in class again: the second referral is taken back by itself (X12)
    campus.call("5.1", "2025-10-09", &[(&absentee(), "present")], "").await.unwrap();
    let revisions: Vec<_> = letters(&campus)
        .await
        .into_iter()
        .filter_map(|letter| match letter {
            Letter::Referral(referral) => Some((referral.revision, referral.withdrawn)),
            _ => None,
        })
        .collect();
    assert_eq!(revisions, [(1, false), (2, false), (3, true)]);
    assert_eq!(campus.row().await.transfer, "X12");
    campus.stop().await;
}

#[tokio::test]
async fn a_referral_of_a_child_whom_nobody_is_to_look_for_is_taken_back() {
    for accepted in [false, true] {
        let (mut campus, county) = suspected().await;
        campus.set(afternoon("2025-10-09"));
        campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
        let case = campus.id().await;
        let abroad = wire::RecordFactRequest {
            child: absentee(),
            fact: "abroad".to_owned(),
            evidence: "护照".to_owned(),
            ..Default::default()
        };
        campus.fact(abroad).await.unwrap();
        campus.close_days().await.unwrap();
        let row = campus.row().await;
        assert_eq!((row.transfer.as_str(), row.closing.as_str()), ("X12", "ABROAD"));
        if accepted {
            // the other place took it before it heard
            county.write(&campus, news(case, 5, TransferState::AcceptedPersuading, None, false)).await;
            let row = campus.row().await;
            assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P7", "ABROAD"));
        }
        campus.stop().await;
    }
}

/// Placed outside a class nobody looks for the child any more, here or elsewhere.
#[tokio::test]
async fn a_referral_of_a_child_who_is_placed_is_taken_back() {
    let (mut campus, _county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.contact().await;
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let placing = wire::CasePlacing {
        how: "PLACED_VOCATIONAL".to_owned(),
        evidence: "毕职录〔2025〕3号".to_owned(),
    };
    campus.step(Step::Placing(placing)).await.unwrap();
    let row = campus.row().await;
    assert_eq!((row.stage.as_str(), row.transfer.as_str()), ("P8", "X12"));
    let sent = letters(&campus).await.into_iter().rev().find_map(|letter| match letter {
        Letter::Referral(referral) => Some((referral.revision, referral.withdrawn)),
        _ => None,
    });
    assert_eq!(sent, Some((2, true)));
    let shown = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    let events = shown.into_inner().events;
    assert!(events.iter().any(|event| event.note == "F02"), "why it was taken back: {events:?}");
    campus.stop().await;
}

/// The list comes after the handover: another place answers for the child, and the school says so.
#[tokio::test]
async fn a_list_opens_no_second_case_for_a_child_who_was_handed_over() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    let number = CaseId::new([0x11; 16]);
    let key = schools_key(&campus).await;
    county.write(&campus, listed(number, County::seal(number, &record_of(&pupil(5, 1, 1)), &key))).await;
    county.direct(&campus, number, Act::OpenFromList, "2025-10-09").await;
    let answer = async |campus: &Campus, result: &str| {
        let request = wire::AnswerListedRequest {
            case: number.to_string(),
            result: result.to_owned(),
            ..Default::default()
        };
        campus.client().answer_listed(en(request)).await
    };
    // still looked for here: it is in no class, whatever the roll says
    let refused = answer(&campus, "in-school").await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, "2.5"));
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, Some(Outcome::Placed), false)).await;
    county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
    assert_eq!(campus.row().await.stage, "P10");
    let open = wire::OpenCaseRequest {
        child: absentee(),
        cause: "list".to_owned(),
        case: number.to_string(),
        ..Default::default()
    };
    let refused = campus.client().open_case(en(open)).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, "2.4"));
    assert!(refused.message().contains(&case.to_string()), "{}", refused.message());
    let cases = campus.client().list_cases(en(wire::ListCasesRequest { all: true })).await.unwrap();
    assert!(cases.into_inner().listed_from_above.is_empty(), "nobody is told to open one");
    for result in ["in-school", "persuading"] {
        let refused = answer(&campus, result).await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, "2.5"), "{result}");
    }
    let row = campus.client().list_listed(en(wire::ListListedRequest {})).await.unwrap().into_inner();
    assert_eq!(row.children[0].suggested, "ELSEWHERE");
    answer(&campus, "elsewhere").await.unwrap();
    campus.stop().await;
}

#[tokio::test]
async fn a_child_that_is_handed_back_is_looked_for_here_again() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPersuading, None, false)).await;
    campus.set(afternoon("2025-10-13"));
    let Letter::News(mut back) = news(case, 9, TransferState::ReturnedToSender, None, true) else {
        unreachable!("news are news")
    };
    back.leg = case.leg(2);
    county.write(&campus, Letter::News(back)).await;
    assert_eq!(campus.row().await.stage, "P1");
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    campus.stop().await;
}

#[tokio::test]
async fn a_case_that_was_closed_as_handed_over_opens_again_when_it_comes_back() {
    let (mut campus, county) = suspected().await;
    campus.contact().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPersuading, None, false)).await;
    county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
    assert_eq!(campus.row().await.stage, "P10");
    let Letter::News(mut back) = news(case, 9, TransferState::ReturnedToSender, None, true) else {
        unreachable!("news are news")
    };
    back.leg = case.leg(2);
    county.write(&campus, Letter::News(back)).await;
    assert_eq!(campus.row().await.stage, "P0");
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    let shown = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    assert_eq!(
        shown.into_inner().contacts[0].promise,
        "国庆后返校",
        "what was tried before is not forgotten"
    );
    campus.refer("520523", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let Some(Letter::Referral(again)) = letters(&campus).await.pop() else { panic!("a second referral") };
    let record = county.open(case, &again.record);
    assert!(record.summary.open(Purpose::SchoolStaff).contains("国庆后返校"));
    campus.stop().await;
}

/// Its roll had moved; the other place lost it and hands the case back. Nobody answers for it there any more.
#[tokio::test]
async fn a_child_who_is_handed_back_after_its_roll_moved_is_looked_for_here() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, Some(Outcome::Placed), false)).await;
    county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
    let out = wire::RecordFactRequest {
        child: absentee(),
        fact: "transfer-out".to_owned(),
        to: "520521".to_owned(),
        evidence: "转〔2025〕1号".to_owned(),
        ..Default::default()
    };
    campus.fact(out).await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "TRANSFERRED_OUT");
    campus.set(afternoon("2025-10-13"));
    let Letter::News(mut back) = news(case, 9, TransferState::ReturnedToSender, None, true) else {
        unreachable!("news are news")
    };
    back.leg = case.leg(2);
    county.write(&campus, Letter::News(back)).await;
    assert_eq!(campus.row().await.stage, "P0");
    campus.close_days().await.unwrap();
    let row = campus.row().await;
    assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P0", ""), "the evening moves it nowhere");
    campus.stop().await;
}

/// T18 ends what another place answers for: the next mark is of a new absence, and opens a new case.
#[tokio::test]
async fn who_was_handed_over_and_is_on_the_roll_again_has_a_new_case_when_it_is_missing_again() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, Some(Outcome::Placed), false)).await;
    county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
    let out = wire::RecordFactRequest {
        child: absentee(),
        fact: "transfer-out".to_owned(),
        to: "520521".to_owned(),
        evidence: "转〔2025〕1号".to_owned(),
        ..Default::default()
    };
    campus.fact(out).await.unwrap();
    campus.set(afternoon("2025-10-13"));
    campus.import(&roll(&[(5, 1, 4), (4, 2, 4)]), false).await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    campus
        .passes(&["2025-10-13", "2025-10-14", "2025-10-15", "2025-10-16", "2025-10-17", "2025-10-20"])
        .await;
    let row = campus.row().await;
    assert_eq!((row.stage.as_str(), row.since.as_str()), ("P0", "2025-10-20"));
    assert_ne!(row.case, case.to_string());
    // and back again it is this case that follows, not the one that another place had
    campus.set(afternoon("2025-10-21"));
    campus.call("5.1", "2025-10-21", &[(&absentee(), "present")], "").await.unwrap();
    campus.close_days().await.unwrap();
    let cases = campus.client().list_cases(en(wire::ListCasesRequest { all: true })).await.unwrap();
    let mut stages: Vec<_> = cases.into_inner().cases.into_iter().map(|case| case.stage).collect();
    stages.sort();
    assert_eq!(stages, ["P10", "P9"]);
    campus.stop().await;
}

/// The search that the county gives its old school comes before the news that the child is its own again.
#[tokio::test]
async fn a_child_that_its_old_school_is_to_find_counts_as_missing_again() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-10-09"));
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, None, false)).await;
    assert_eq!(campus.status_of(&absentee()).await, "TRANSFER_PENDING");
    campus.set(afternoon("2025-10-13"));
    let preview =
        Preview { age_from: 10, grade: 5, last: "520502".parse().unwrap(), evidence: Evidence::PoliceAnswer };
    let (leg, record, due) = (case.leg(2), Sealed(vec![1]), day("2025-10-20"));
    county.write(&campus, Letter::Assignment(Assignment { leg, preview, record, due })).await;
    assert_eq!(campus.row().await.stage, "P1");
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure("2025-10-13", "suspected").await, 1);
    campus.stop().await;
}

/// X12 after X8b: that takes both sides.
#[tokio::test]
async fn a_child_that_is_back_is_taken_back_from_who_has_accepted_it_also_when_its_case_was_closed() {
    for closed in [false, true] {
        let (mut campus, county) = suspected().await;
        campus.set(afternoon("2025-10-09"));
        campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
        let case = campus.id().await;
        county.write(&campus, news(case, 3, TransferState::AcceptedPersuading, None, false)).await;
        if closed {
            county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
        }
        assert_eq!(campus.row().await.stage, if closed { "P10" } else { "P7" });
        campus.set(afternoon("2025-10-10"));
        campus.call("5.1", "2025-10-10", &[(&absentee(), "present")], "").await.unwrap();
        let row = campus.row().await;
        assert_eq!((row.case.parse(), row.stage.as_str()), (Ok(case), "P9"), "closed: {closed}");
        assert_eq!(row.transfer, "X8b", "until it is handed back the other place answers");
        assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
        let taken_back = |letter: &Letter| matches!(letter, Letter::Referral(it) if it.withdrawn);
        let told = letters(&campus).await.iter().filter(|letter| taken_back(letter)).count();
        assert_eq!(told, 1);
        campus.close_days().await.unwrap();
        let Letter::News(mut back) = news(case, 9, TransferState::Withdrawn, None, true) else {
            unreachable!("news are news")
        };
        back.leg = case.leg(2);
        county.write(&campus, Letter::News(back)).await;
        let row = campus.row().await;
        assert_eq!((row.stage.as_str(), row.transfer.as_str()), ("P9", "X12"));
        assert_eq!(letters(&campus).await.iter().filter(|letter| taken_back(letter)).count(), 1);
        campus.stop().await;
    }
}
