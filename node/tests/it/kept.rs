//! A school that was put back from a backup has its cases again, as it had given them away to keep: contacts, papers
//! and all. What cannot be put in its place is named.

use node::desk::School;
use node::persuasion::Case;
use node::records::keys;
use proto::link::post::Handler;
use proto::model::case::{Act, Letter};
use proto::model::entry::Entry;
use proto::store::Room;
use proto::wire::school as wire;
use proto::wire::school::step_case_request::Step;

use crate::campus::{Campus, MONDAY, afternoon, en};
use crate::cases::absentee;
use crate::county::{County, held, letters, outgoing, schools_key};
use crate::inflow::{CASE, assigned, assignment, record};

const SIXTH: &str = "2025-09-28";

/// A case that was opened and worked after the last backup; the backup, and what the parent holds since.
async fn worked_since_the_backup() -> (Campus, County, std::path::PathBuf, Vec<Entry>) {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    campus.passes(&[MONDAY, "2025-09-23", "2025-09-24", "2025-09-25", "2025-09-26"]).await;
    let copy = campus.beside("b.guixue");
    let to = copy.display().to_string();
    campus.client().backup(en(wire::BackupRequest { to })).await.unwrap();
    let before = outgoing(&campus).await.len();
    campus.passes(&[SIXTH]).await;
    campus.contact().await;
    let notice =
        wire::CaseNotice { number: "1".to_owned(), delivery: "家访".to_owned(), ..Default::default() };
    campus.step(Step::Notice(notice)).await.unwrap();
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    let case = campus.id().await;
    county.direct(&campus, case, Act::GovernmentInformed, SIXTH).await;
    let lost = outgoing(&campus).await.split_off(before);
    (campus, county, copy, lost)
}

async fn given_back(campus: &Campus, lost: Vec<Entry>) {
    let now = campus.now();
    campus.within(move |school, room| school.returned(room, &lost, now)).await;
}

async fn listed(campus: &Campus) -> Vec<wire::CaseRow> {
    let request = en(wire::ListCasesRequest { all: false });
    campus.client().list_cases(request).await.unwrap().into_inner().cases
}

#[tokio::test]
async fn a_restored_school_has_its_cases_again_with_contacts_and_papers() {
    let (mut campus, _county, copy, lost) = worked_since_the_backup().await;
    let (before, told) = (campus.row().await, held(&campus).await);
    campus.put_back(&copy).await;
    assert!(listed(&campus).await.is_empty(), "nobody here knows of it");
    given_back(&campus, lost).await;
    let request = en(wire::ShowCaseRequest { case: before.case.clone() });
    let shown = campus.client().show_case(request).await.unwrap().into_inner();
    let row = shown.row.unwrap();
    assert_eq!((row.stage.as_str(), &row.name), ("P4", &before.name));
    assert_eq!(shown.contacts[0].promise, "国庆后返校");
    let steps: Vec<&str> = shown.events.iter().map(|event| event.step.as_str()).collect();
    assert_eq!(steps, ["open", "contact", "notice", "report", "inform"]);
    // the roll calls of the sixth day are not here again: that does not say that nobody was absent
    campus.set(afternoon("2025-09-29"));
    campus.close_days().await.unwrap();
    assert_eq!(campus.row().await.closing, "");
    assert!(!campus.notices().await.contains(&"cases-lost".to_owned()));
    // a number that the county has is not given again
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    let mut reports = letters(&campus).await.into_iter().filter_map(|letter| match letter {
        Letter::Report(report) => Some(report.number),
        _ => None,
    });
    assert_eq!(reports.next_back().as_deref(), Some("〔2025〕2号"));
    let now = held(&campus).await;
    assert!(now.iter().all(|now| told.iter().all(|told| told.revision <= now.revision)), "{now:?}");
    let id = campus.id().await;
    let known = move |_: &School, room: &mut Room<'_>| room.read::<Case>(&keys::case(id));
    let acts = campus.within(known).await.unwrap().acts;
    assert!(acts.iter().any(|act| act.act == Act::GovernmentInformed), "{acts:?}");
    // handed in again, the roll calls mark the child, and no second case is opened
    for day in [SIXTH, "2025-09-29"] {
        campus.call("5.1", day, &[(&absentee(), "absent")], "").await.unwrap();
        campus.call("4.2", day, &[], "").await.unwrap();
    }
    campus.close_days().await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    assert_eq!(listed(&campus).await.len(), 1);
    campus.stop().await;
}

#[tokio::test]
async fn a_case_whose_child_a_restored_school_does_not_know_is_named_and_opened_again_with_all_that_was_known()
 {
    let (mut campus, _county, copy, lost) = worked_since_the_backup().await;
    let (row, case) = (campus.row().await, campus.id().await);
    let known = move |_: &School, room: &mut Room<'_>| room.read::<Case>(&keys::case(case));
    let child = campus.within(known).await.unwrap().child.unwrap();
    campus.put_back(&copy).await;
    // the child came to the roll after the backup
    let pupil = campus
        .within(move |_, room| {
            let pupil = room.get(&keys::pupil(child))?.expect("a pupil");
            room.delete(keys::pupil(child));
            Ok(pupil)
        })
        .await;
    given_back(&campus, lost).await;
    assert!(campus.notices().await.contains(&"cases-lost".to_owned()));
    let rows = listed(&campus).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let named = &rows[0];
    assert_eq!((&named.case, &named.name, &named.since), (&row.case, &row.name, &row.since));
    assert!(
        named.stage == "P4" && named.duty == "REOPEN" && named.duty_words.contains(&row.case),
        "{named:?}"
    );
    campus
        .within(move |_, room| {
            room.put(keys::pupil(child), pupil);
            Ok(())
        })
        .await;
    let open = wire::OpenCaseRequest {
        child: absentee(),
        cause: "register".to_owned(),
        case: row.case,
        ..Default::default()
    };
    campus.client().open_case(en(open)).await.unwrap();
    assert_eq!(campus.row().await.stage, "P4");
    let request = en(wire::ShowCaseRequest { case: absentee() });
    assert_eq!(
        campus.client().show_case(request).await.unwrap().into_inner().contacts[0].promise,
        "国庆后返校"
    );
    assert!(!campus.notices().await.contains(&"cases-lost".to_owned()));
    campus.stop().await;
}

/// The county asked again for a child that had not been found: the answer from before is none, lost or backed up.
#[tokio::test]
async fn a_search_that_was_asked_for_again_is_open_in_a_restored_school() {
    for backed_up in [false, true] {
        let (mut campus, county) = assigned().await;
        let key = schools_key(&campus).await;
        let copy = campus.beside("b.guixue");
        let backup = wire::BackupRequest { to: copy.display().to_string() };
        campus.set(afternoon("2025-09-23"));
        if backed_up {
            campus.found("not-found", "", "").await.unwrap();
        }
        campus.client().backup(en(backup)).await.unwrap();
        let before = outgoing(&campus).await.len();
        if !backed_up {
            campus.found("not-found", "", "").await.unwrap();
        }
        campus.set(afternoon("2025-09-24"));
        county.write(&campus, assignment(1, County::seal(CASE, &record(), &key))).await;
        let lost = outgoing(&campus).await.split_off(before);
        campus.put_back(&copy).await;
        given_back(&campus, lost).await;
        assert_eq!(campus.inflow().await.outcome, "", "backed up: {backed_up}");
        assert_eq!(campus.found("placed", "4.2", "").await.unwrap().outcome, "PLACED");
        campus.stop().await;
    }
}
