//! What the county is told of cases: corrected, restored, and never in the clear.

use node::desk::School;
use node::records::{Parents, keys};
use proto::link::caller::Parent;
use proto::link::post::{Handler, Taken};
use proto::model::case::{Act, Letter, Outcome, Report, TransferState};
use proto::model::personal::Purpose;
use proto::store::Room;
use proto::wire::school as wire;
use proto::wire::school::step_case_request::Step;
use tonic::Code;

use crate::campus::{Campus, afternoon, day, en, name};
use crate::cases::{absentee, suspected};
use crate::county::{held, letters, outgoing};
use crate::referrals::news;

async fn reports(campus: &Campus) -> Vec<Report> {
    let letters = letters(campus).await.into_iter();
    let report = |letter| match letter {
        Letter::Report(report) => Some(report),
        _ => None,
    };
    letters.filter_map(report).collect()
}

#[tokio::test]
async fn a_corrected_report_goes_out_as_the_next_revision_with_what_it_rests_on() {
    let (mut campus, county) = suspected().await;
    campus.contact().await;
    let notice = wire::CaseNotice {
        number: "示小劝返〔2025〕1号".to_owned(),
        delivery: "家访".to_owned(),
        ..Default::default()
    };
    campus.step(Step::Notice(notice)).await.unwrap();
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    let case = campus.id().await;
    let told: Vec<_> = reports(&campus).await.into_iter().map(|it| (it.revision, it.number)).collect();
    assert_eq!(told, [(1, "〔2025〕1号".to_owned()), (2, "〔2025〕2号".to_owned())]);
    let grounds = county.open_account(case, &reports(&campus).await[1].record).grounds.unwrap();
    assert_eq!(grounds.notice.unwrap(), ("示小劝返〔2025〕1号".to_owned(), day("2025-09-28")));
    assert_eq!((grounds.days, grounds.until), (6, day("2025-09-28")));
    let efforts = grounds.efforts.open(Purpose::SchoolStaff);
    assert!(efforts.contains("1次") && efforts.contains("（示小劝返〔2025〕1号）"), "{efforts}");
    let revisions = async |campus: &Campus| -> Vec<u32> {
        reports(campus).await.into_iter().map(|report| report.revision).collect()
    };
    // the county has lost it: said again, it is the same report
    let now = campus.now();
    campus.within(move |school, room| school.restate(room, now)).await;
    assert_eq!(revisions(&campus).await, [1, 2, 2]);
    // the school has lost what it told, and gets it back from above
    let told = outgoing(&campus).await;
    let forgets = move |school: &School, room: &mut Room<'_>| {
        room.delete(keys::told_report(case));
        school.returned(room, &told, now)
    };
    campus.within(forgets).await;
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    assert_eq!(revisions(&campus).await, [1, 2, 2, 3], "never a revision that the county has");
    campus.stop().await;
}

#[tokio::test]
async fn a_restored_school_goes_on_from_what_the_county_was_told() {
    let (mut campus, county) = suspected().await;
    campus.contact().await;
    let copy = campus.beside("b.guixue");
    let to = copy.display().to_string();
    campus.client().backup(en(wire::BackupRequest { to })).await.unwrap();
    let case = campus.id().await;
    let before = outgoing(&campus).await.len();
    let letters_before = letters(&campus).await.len();
    // after the backup: a notice, a report, and a second child's case
    campus.set(afternoon("2025-09-29"));
    let notice =
        wire::CaseNotice { number: "1".to_owned(), delivery: "家访".to_owned(), ..Default::default() };
    campus.step(Step::Notice(notice)).await.unwrap();
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    let other = name(4, 2, 3);
    let open = |child: &str| wire::OpenCaseRequest {
        child: child.to_owned(),
        cause: "register".to_owned(),
        ..Default::default()
    };
    let second = campus.client().open_case(en(open(&other))).await.unwrap().into_inner().row.unwrap().case;
    let lost = outgoing(&campus).await.split_off(before);
    let told = held(&campus).await;
    let told = |id: &str| told.iter().find(|known| known.case.to_string() == id).unwrap().clone();

    campus.put_back(&copy).await;
    assert_eq!(campus.row().await.stage, "P1");
    // the parent gives back what it holds
    let now = campus.now();
    campus.within(move |school, room| school.returned(room, &lost, now)).await;
    assert_eq!(campus.row().await.stage, "P3", "the county was told so");
    campus.contact().await;
    let listed = campus.client().list_cases(en(wire::ListCasesRequest { all: false })).await.unwrap();
    let listed = listed.into_inner().cases;
    assert!(listed.iter().any(|row| row.case == second && row.name == other), "{listed:?}");
    campus.contact().await;
    campus.passes(&["2025-09-30"]).await;
    for letter in letters(&campus).await.into_iter().skip(letters_before) {
        if let Letter::Progress(progress) = letter {
            let known = told(&progress.case.to_string());
            assert!(progress.revision > known.revision, "{progress:?} after {known:?}");
        }
    }
    county.direct(&campus, case, Act::GovernmentInformed, "2025-09-30").await;
    assert_eq!(campus.row().await.stage, "P4");
    campus.stop().await;
}

#[tokio::test]
async fn a_restored_school_writes_no_letter_before_it_knows_what_it_said() {
    let (mut campus, _county) = suspected().await;
    let parent = Parent { party: crate::county::county(), address: "127.0.0.1:1".to_owned() };
    campus
        .within(move |_, room| {
            room.write(keys::PARENTS, &Parents(vec![parent]));
            Ok(())
        })
        .await;
    let copy = campus.beside("b.guixue");
    let to = copy.display().to_string();
    campus.client().backup(en(wire::BackupRequest { to })).await.unwrap();
    let before = outgoing(&campus).await;
    campus.put_back(&copy).await;
    campus.contact().await;
    assert_eq!(campus.row().await.stage, "P1");
    assert_eq!(outgoing(&campus).await, before);
    let notices = campus.notices().await;
    assert!(
        ["ask-first", "letters-wait"].iter().all(|code| notices.contains(&(*code).to_owned())),
        "{notices:?}"
    );
    campus.stop().await;
}

#[tokio::test]
async fn a_parent_that_lost_a_part_hears_every_case_again_under_the_same_revisions() {
    let (mut campus, _county) = suspected().await;
    campus.contact().await;
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let before = (letters(&campus).await.len(), held(&campus).await);
    let now = campus.now();
    campus.within(move |school, room| school.restate(room, now)).await;
    let again: Vec<_> = letters(&campus).await.split_off(before.0);
    assert_eq!(again.iter().map(Letter::name).collect::<Vec<_>>(), ["progress", "key", "referral", "roll"]);
    assert_eq!(again[0], Letter::Progress(before.1[0].clone()));
    assert_eq!(held(&campus).await, before.1);
    campus.stop().await;
}

#[tokio::test]
async fn no_name_and_no_number_leaves_the_school_in_the_clear() {
    let (mut campus, county) = suspected().await;
    campus.contact().await;
    campus.refer("520521", "POLICE_ANSWER", "派出所答复").await.unwrap();
    let case = campus.id().await;
    county.write(&campus, news(case, 3, TransferState::AcceptedPlaced, Some(Outcome::Placed), false)).await;
    let late = wire::AddLateEvidenceRequest {
        case: absentee(),
        text: format!("{}在大方", absentee()),
        ..Default::default()
    };
    campus.client().add_late_evidence(en(late)).await.unwrap();
    let entries = outgoing(&campus).await;
    let kinds: Vec<_> = letters(&campus).await.iter().map(Letter::name).collect();
    for kind in ["key", "progress", "referral", "late evidence"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    for canary in
        [absentee(), "2015-01-15".to_owned(), "20150115".to_owned(), "父亲".to_owned(), "派出所".to_owned()]
    {
        for entry in &entries {
            let found = entry.body.windows(canary.len()).any(|piece| piece == canary.as_bytes());
            assert!(!found, "{canary} in entry {}", entry.seq);
        }
    }
    campus.stop().await;
}

#[tokio::test]
async fn only_the_county_writes_to_a_school_and_each_letter_counts_once() {
    let (mut campus, county) = suspected().await;
    let case = campus.id().await;
    let visited = Letter::Direction(proto::model::case::Direction {
        case,
        act: Act::Visited,
        day: "2025-09-28".parse().unwrap(),
        number: String::new(),
        until: None,
        note: String::new(),
    });
    let id = [9; 16];
    for _ in 0..2 {
        assert_eq!(county.deliver(&campus, visited.clone(), id).await, Taken::Applied);
    }
    let reply =
        campus.client().show_case(en(wire::ShowCaseRequest { case: case.to_string() })).await.unwrap();
    let visits = reply.into_inner().events.iter().filter(|event| event.step == "visit").count();
    assert_eq!(visits, 1);
    // a letter that only counties read
    let astray = Letter::Key(county.key.public());
    assert_eq!(county.write(&campus, astray).await, Taken::Applied);
    let progress = Letter::Progress(held(&campus).await[0].clone());
    assert!(matches!(county.write(&campus, progress).await, Taken::Refused(..)));
    campus.stop().await;
}

#[tokio::test]
async fn what_is_read_on_its_way_names_nobody() {
    let (mut campus, _county) = suspected().await;
    campus.contact().await;
    let notice =
        wire::CaseNotice { number: "1".to_owned(), delivery: "家访".to_owned(), ..Default::default() };
    campus.step(Step::Notice(notice)).await.unwrap();
    for number in [format!("关于{}的报告", absentee()), "13900000000".to_owned()] {
        let refused =
            campus.step(Step::Report(wire::CaseReport { number, document: false })).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(!refused.message().contains(&absentee()));
    }
    assert_eq!(campus.row().await.stage, "P2");
    campus.stop().await;
}
