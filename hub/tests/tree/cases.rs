//! What a county does about the cases of its schools, through letters that really travel.

use hub::audit::witness::Alarm;
use hub::audit::{Action, Ended, Head};
use hub::desk::HubError;
use hub::desk::casework::{Filter, Order};
use hub::persuasion::{CaseError, Ending};
use hub::todo::Wait;
use proto::model::case::{
    Act, CaseId, ChildRecord, Closing, Duty, Evidence, Letter, Office, Preview, Progress, Referral, Report,
    Stage, TransferState, Way,
};
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::seal::{OpenKey, SealKey};
use proto::store::{Room, StoreError};

use crate::harness::{EVENING, Place, School, Tree, day};

const ID: CaseId = CaseId::new([7; 16]);
/// A name that must not be found where it may not be.
const NAME: &str = "某某某";

fn progress(revision: u32, stage: Stage) -> Progress {
    let (due, overdue, suspended_until, closing) = (None, false, None, None);
    Progress {
        case: ID,
        revision,
        stage,
        since: day(EVENING),
        due,
        overdue,
        suspended_until,
        closing,
        acts: Vec::new(),
    }
}

fn order(act: Act) -> Order {
    let until = (act == Act::Ordered).then(|| day("2025-12-01"));
    Order {
        act, day: None, number: "七教函〔2025〕12号".to_owned(), until, note: "缺返校证明".to_owned()
    }
}

fn record() -> ChildRecord {
    let text = |text: &str| Personal::new(text.to_owned());
    ChildRecord {
        name: text(NAME),
        sex: text("女"),
        birth: Personal::new(day("2012-05-06")),
        id_number: text(""),
        roll_number: text(""),
        guardian: text("监护人"),
        phone: text(""),
        address: text(""),
        school: "鸭池小学".to_owned(),
        evidence: text(""),
        summary: text("三次联系未果"),
        needs: text(""),
        reached: None,
        unwilling: None,
    }
}

/// A tree with a school that hangs on the county's town and is known there.
async fn with_school() -> (Tree, School) {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    (tree, school)
}

/// The school tells the county something, by way of its town.
async fn tell(tree: &Tree, school: &School, letter: Letter) {
    school.send(&tree.county.hub().me, letter).await;
    school.call(0).await.unwrap();
    tree.town.sync().await;
}

/// What the county wrote reaches the school.
async fn deliver(tree: &Tree, school: &School) -> Vec<Letter> {
    tree.town.sync().await;
    school.call(0).await.unwrap();
    school.letters()
}

async fn direct(place: &Place, act: Act) -> Result<Stage, HubError> {
    place.hub().direct(ID, order(act), "wang".to_owned()).await.map(|looked| looked.case.stage())
}

async fn todo(place: &Place) -> Vec<(Wait, String, u32)> {
    let items = place.hub().todo().await.unwrap();
    items.into_iter().map(|item| (item.wait, item.due.to_string(), item.late)).collect()
}

fn inform_below(unattended: bool) -> Wait {
    Wait::Below { office: Office::Persuasion, duty: Duty::Inform, unattended }
}

#[tokio::test]
async fn a_case_climbs_the_ladder_and_every_step_reaches_the_school() {
    let (tree, school) = with_school().await;
    tree.county.hub().set_duty(Office::Persuasion, Some("wang".to_owned()), "wang".to_owned()).await.unwrap();
    tell(&tree, &school, Letter::Progress(progress(1, Stage::NoticeIssued))).await;
    let early = direct(&tree.county, Act::GovernmentInformed).await.unwrap_err();
    assert!(matches!(early, HubError::Case(CaseError::NotNow { stage: Stage::NoticeIssued, .. })), "{early}");
    tell(&tree, &school, Letter::Progress(progress(2, Stage::Reported))).await;
    for (act, stage) in [
        (Act::GovernmentInformed, Stage::GovInformed),
        (Act::GovernmentPersuades, Stage::GovPersuading),
        (Act::Visited, Stage::GovPersuading),
        (Act::Ordered, Stage::Ordered),
    ] {
        assert_eq!(direct(&tree.county, act).await.unwrap(), stage);
    }
    let told: Vec<Act> = deliver(&tree, &school)
        .await
        .into_iter()
        .filter_map(|letter| match letter {
            Letter::Direction(direction) => Some(direction.act),
            _ => None,
        })
        .collect();
    assert_eq!(told, [Act::GovernmentInformed, Act::GovernmentPersuades, Act::Visited, Act::Ordered]);
    let asks = Progress { closing: Some(Closing::Returned), ..progress(3, Stage::Returned) };
    tell(&tree, &school, Letter::Progress(asks)).await;
    assert_eq!(direct(&tree.county, Act::ClosingConfirmed).await.unwrap(), Stage::Closed);
    let listed = |filter| tree.county.hub().cases(filter);
    assert_eq!(listed(Filter::default()).await.unwrap().cases.len(), 0);
    assert_eq!(listed(Filter { closed: true, ..Filter::default() }).await.unwrap().cases.len(), 1);
}

#[tokio::test]
async fn what_the_county_leaves_undone_goes_up_and_is_taken_back() {
    let (tree, school) = with_school().await;
    tree.county.hub().set_duty(Office::Persuasion, Some("wang".to_owned()), "wang".to_owned()).await.unwrap();
    tree.city.hub().set_duty(Office::Persuasion, Some("li".to_owned()), "li".to_owned()).await.unwrap();
    tree.clock.set(tree.clock_at("2025-09-29"));
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Reported))).await;
    tree.night().await;
    assert_eq!(todo(&tree.county).await, [(Wait::Own(Duty::Inform), "2025-10-09".to_owned(), 0)]);
    assert_eq!(todo(&tree.city).await, []);
    // the days off of National Day and the day itself pass
    for (evening, late) in [("2025-10-09", None), ("2025-10-11", Some(2))] {
        tree.clock.set(tree.clock_at(evening));
        tree.night().await;
        let expected: Vec<_> =
            late.map(|late| (inform_below(false), "2025-10-09".to_owned(), late)).into_iter().collect();
        assert_eq!(todo(&tree.city).await, expected, "{evening}");
    }
    assert_eq!(todo(&tree.province).await, [], "the city is on duty");
    let overdue = tree.county.hub().cases(Filter { overdue: true, ..Filter::default() }).await.unwrap();
    assert_eq!(overdue.cases[0].late_since, Some(day("2025-10-09")));
    assert_eq!(tree.city.hub().tally().await.unwrap().escalations, 1);
    direct(&tree.county, Act::GovernmentInformed).await.unwrap();
    tree.night().await;
    assert_eq!(todo(&tree.city).await, []);
    assert_eq!(tree.city.hub().tally().await.unwrap().escalations, 0);
}

#[tokio::test]
async fn an_office_with_nobody_on_duty_hands_up_at_once_as_far_as_somebody_is() {
    let (tree, school) = with_school().await;
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Reported))).await;
    tree.night().await;
    let up = vec![(inform_below(true), "2025-09-26".to_owned(), 0)];
    assert_eq!(todo(&tree.city).await, up);
    assert_eq!(todo(&tree.province).await, up, "nobody is on duty in the city either");
    tree.city.hub().set_duty(Office::Persuasion, Some("li".to_owned()), "li".to_owned()).await.unwrap();
    tree.night().await;
    assert_eq!(todo(&tree.province).await, []);
    assert_eq!(todo(&tree.city).await, up);
    tree.county.hub().set_duty(Office::Persuasion, Some("wang".to_owned()), "wang".to_owned()).await.unwrap();
    tree.night().await;
    assert_eq!(todo(&tree.city).await, []);
}

#[tokio::test]
async fn a_school_that_is_behind_shows_one_level_up() {
    let (tree, school) = with_school().await;
    let late = Progress { due: Some(day("2025-09-22")), overdue: true, ..progress(1, Stage::Contacting) };
    tell(&tree, &school, Letter::Progress(late)).await;
    assert_eq!(todo(&tree.county).await, [(Wait::School(Stage::Contacting), "2025-09-22".to_owned(), 2)]);
    tree.night().await;
    assert_eq!(todo(&tree.city).await, [], "one level and no more");
}

/// The school learns the county's key and seals its report for it.
async fn reported(tree: &Tree, school: &School, key: Option<SealKey>) {
    let key = match key {
        Some(key) => key,
        None => {
            tell(tree, school, Letter::Key(OpenKey::generate().public())).await;
            let letters = deliver(tree, school).await;
            let [Letter::Key(key)] = letters.as_slice() else { panic!("{letters:?}") };
            key.clone()
        }
    };
    let way = Way { case: ID, from: &school.party, to: &tree.county.hub().me };
    let report = Report {
        case: ID,
        revision: 1,
        number: "报〔2025〕3号".to_owned(),
        record: way.seal(&record(), &key),
    };
    tell(tree, school, Letter::Progress(progress(1, Stage::Reported))).await;
    tell(tree, school, Letter::Report(report)).await;
}

#[tokio::test]
async fn a_report_is_opened_for_a_purpose_and_the_opening_is_logged() {
    let (tree, school) = with_school().await;
    reported(&tree, &school, None).await;
    let hub = tree.county.hub();
    let (purpose, by) = ("核实去向".to_owned(), "wang".to_owned());
    for (purpose, by, refused) in [("", "wang", CaseError::NoPurpose), ("核实去向", " ", CaseError::Nobody)]
    {
        let error = hub.open_report(ID, None, purpose.to_owned(), by.to_owned()).await.unwrap_err();
        assert!(matches!(&error, HubError::Case(found) if *found == refused), "{error}");
    }
    assert!(hub.audit(10).await.unwrap().is_empty(), "nothing was opened");
    let opened = hub.open_report(ID, None, purpose, by).await.unwrap();
    assert_eq!(opened.record, record());
    assert!(opened.record.lines(Purpose::Handover, Lang::Zh).contains(&("姓名", NAME.to_owned())));
    let log = hub.audit(10).await.unwrap();
    assert_eq!((log.len(), log[0].action, log[0].ended), (1, Action::OpenReport, Ended::Done));
    assert_eq!((log[0].who.as_str(), log[0].purpose.as_str()), ("wang", "核实去向"));
    assert!(hub.verify_audit().await.unwrap().own.is_ok());
    // the town let it pass and knows no more than that
    let passed = tree.town.hub().passed().await.unwrap();
    let sorts: Vec<_> = passed.iter().map(|it| (it.sort.as_str(), it.letters)).collect();
    assert_eq!(sorts, [("key", 1), ("progress", 1), ("report", 1)]);
}

#[tokio::test]
async fn no_name_is_in_a_hub_s_store() {
    let (tree, school) = with_school().await;
    reported(&tree, &school, None).await;
    tree.county.hub().open_report(ID, None, "核实去向".to_owned(), "wang".to_owned()).await.unwrap();
    tree.night().await;
    for place in [&tree.town, &tree.county, &tree.city, &tree.province] {
        let pairs = place.hub().desk.act(|room: &mut Room<'_>| room.list(b"")).await.unwrap();
        assert!(!pairs.is_empty());
        for (key, value) in pairs {
            assert!(
                !value.windows(NAME.len()).any(|w| w == NAME.as_bytes()),
                "{key:?} at {}",
                place.hub().me
            );
        }
    }
}

#[tokio::test]
async fn a_report_for_an_old_key_is_refused_logged_and_the_school_is_told_the_key() {
    let (tree, school) = with_school().await;
    reported(&tree, &school, Some(OpenKey::generate().public())).await;
    let hub = tree.county.hub();
    let shut = hub.open_report(ID, None, "核实去向".to_owned(), "wang".to_owned()).await.unwrap_err();
    assert!(matches!(shut, HubError::Case(CaseError::Shut)), "{shut}");
    assert_eq!(hub.audit(10).await.unwrap()[0].ended, Ended::Refused);
    let letters = deliver(&tree, &school).await;
    assert!(matches!(letters.as_slice(), [Letter::Key(_)]), "{letters:?}");
}

#[tokio::test]
async fn what_is_not_a_hub_s_to_hear_is_refused() {
    let (tree, school) = with_school().await;
    let escalation = proto::model::case::Escalation {
        case: ID,
        by: school.party.clone(),
        office: Office::Persuasion,
        revision: 1,
        open: Vec::new(),
        unattended: false,
    };
    tell(&tree, &school, Letter::Escalation(escalation)).await;
    deliver(&tree, &school).await;
    let receipts = school.quiet.receipts.lock().unwrap().clone();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert!(receipts[0].contains("may not speak"), "{receipts:?}");
}

#[tokio::test]
async fn the_parent_is_witness_of_the_log_and_a_log_that_was_cut_is_found() {
    let (tree, school) = with_school().await;
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Reported))).await;
    direct(&tree.county, Act::GovernmentInformed).await.unwrap();
    direct(&tree.county, Act::GovernmentPersuades).await.unwrap();
    tree.night().await;
    let witnessed = |place: &Place| {
        let hub = place.hub().clone();
        async move { hub.verify_audit().await.unwrap().units }
    };
    let seen = witnessed(&tree.city).await;
    assert_eq!((seen[0].unit.clone(), seen[0].head.n), (tree.county.hub().me.clone(), 2));
    // somebody with the key to the county's store takes the last record out, and the head with it
    let cut = |room: &mut Room<'_>| {
        let newest = [b"h/a/".as_slice(), &2_u64.to_be_bytes()].concat();
        let second: hub::audit::Logged = room.read(&newest)?.expect("two records were written");
        room.delete(newest);
        room.write(b"h/a-head".as_slice(), &Head { n: 1, hash: second.prev });
        Ok::<_, StoreError>(())
    };
    tree.county.hub().desk.act(cut).await.unwrap();
    assert!(
        tree.county.hub().verify_audit().await.unwrap().own.is_ok(),
        "nothing shows at the county itself"
    );
    tree.night().await;
    let seen = witnessed(&tree.city).await;
    assert_eq!(seen[0].alarm.as_ref().map(|it| it.alarm), Some(Alarm::GoneBack));
    assert!(seen[0].say(Lang::Zh).contains("audit accept"), "{}", seen[0].say(Lang::Zh));
    assert_eq!(tree.city.hub().tally().await.unwrap().alarms, 1);
    assert!(tree.city.hub().accept_head(seen[0].unit.clone(), "li".to_owned()).await.unwrap());
    assert_eq!(tree.city.hub().tally().await.unwrap().alarms, 0);
    assert_eq!(tree.city.hub().audit(1).await.unwrap()[0].action, Action::AcceptHead);
}

#[tokio::test]
async fn a_case_survives_a_restart_of_the_county() {
    let (mut tree, school) = with_school().await;
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Reported))).await;
    direct(&tree.county, Act::GovernmentInformed).await.unwrap();
    tree.county = tree.county.restart().await;
    let looked = tree.county.hub().case(ID).await.unwrap();
    assert_eq!((looked.case.stage(), looked.case.acts.len()), (Stage::GovInformed, 1));
    assert!(looked.case.heard >= Moment::at(day(EVENING), 0));
    assert!(matches!(deliver(&tree, &school).await.as_slice(), [Letter::Direction(_)]));
}

/// The case of a closed school does not stay open for ever, and does not end before another school has the child.
#[tokio::test]
async fn the_case_of_a_closed_school_ends_when_another_school_goes_on_with_it() {
    let (tree, school) = with_school().await;
    let heir = tree.school("2152000002").await;
    tree.town.sync().await;
    let other = CaseId::new([0x55; 16]);
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Contacting))).await;
    let county = tree.county.hub();
    let end = || county.end(ID, Ending::GoesOn(other), "wang".to_owned());
    assert!(matches!(end().await, Err(HubError::Case(CaseError::SchoolIsOpen(ID)))));
    // and it had referred the child
    let (record, to) = (crate::mail::child(), "520502".parse().unwrap());
    let way = Way { case: ID, from: &school.party, to: &county.me };
    let record = way.seal(&record, &crate::mail::key_of(&tree.county).await);
    let preview = Preview { age_from: 12, grade: 7, last: to, evidence: Evidence::ParentStatement };
    let referral = Referral { case: ID, revision: 1, to, preview, record, withdrawn: false };
    tell(&tree, &school, Letter::Referral(referral)).await;
    let owed = async || {
        let todo = county.todo().await.unwrap();
        todo.into_iter()
            .filter(|item| item.case == ID)
            .filter_map(|item| item.wait.duty())
            .collect::<Vec<_>>()
    };
    assert_eq!(owed().await, [Duty::CheckReferral]);
    county.close_unit(school.party.clone(), None).await.unwrap();
    assert!(matches!(end().await, Err(HubError::Case(CaseError::NotContinued(_)))));
    tell(&tree, &heir, Letter::Progress(Progress { case: other, ..progress(1, Stage::Opened) })).await;
    let ended = end().await.unwrap();
    assert_eq!(ended.case.stage(), Stage::Closed);
    assert_eq!(ended.case.acts.last().map(|done| done.note.clone()), Some(other.to_string()));
    assert_eq!(owed().await, [], "its transfer is over with it");
    assert_eq!(county.dossier(ID).await.unwrap().dossier.state, TransferState::Withdrawn);
    assert!(matches!(end().await, Err(HubError::Case(CaseError::NotNow { .. }))), "once");
}

/// Nobody here goes on with it: the school moved to another county with its cases, or the child is grown.
#[tokio::test]
async fn the_case_of_a_closed_school_with_which_nobody_goes_on_is_ended_by_its_county() {
    let (tree, school) = with_school().await;
    tell(&tree, &school, Letter::Progress(progress(1, Stage::Contacting))).await;
    let county = tree.county.hub();
    let end = async |note: &str| {
        county.end(ID, Ending::Known(Closing::Moved, note.to_owned()), "wang".to_owned()).await
    };
    let open = end("已随学校转由大方县办理").await;
    assert!(matches!(open, Err(HubError::Case(CaseError::SchoolIsOpen(ID)))), "{open:?}");
    county.close_unit(school.party.clone(), None).await.unwrap();
    assert!(matches!(end(" ").await, Err(HubError::Case(CaseError::NoReason))));
    let ended = end("已随学校转由大方县办理").await.unwrap();
    assert_eq!(
        (ended.case.stage(), ended.case.asked.map(|asked| asked.closing)),
        (Stage::Closed, Some(Closing::Moved))
    );
    assert!(county.todo().await.unwrap().iter().all(|item| item.case != ID));
    assert!(matches!(end("再次").await, Err(HubError::Case(CaseError::NotNow { .. }))), "once");
}
