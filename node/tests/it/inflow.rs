//! A child that another place lost is found at this school.

use node::desk::School;
use node::persuasion::Case;
use node::records::keys;
use proto::model::case::{
    Act, Assignment, CaseId, ChildRecord, Closing, Evidence, Letter, ListResult, Listed, News, Outcome,
    Preview, Stage, TransferState,
};
use proto::model::personal::{Personal, Purpose};
use proto::seal::OpenKey;
use proto::store::Room;
use proto::wire::school as wire;
use tonic::{Code, Status};

use crate::campus::{Campus, MONDAY, afternoon, day, en, name, pupil, roll, rule};
use crate::county::{County, letters, outgoing, schools_key};

pub(crate) const CASE: CaseId = CaseId::new([0x77; 16]);

pub(crate) fn record() -> ChildRecord {
    record_of(&pupil(6, 3, 7))
}

/// The record of a child with the ID number of a line of the roster.
pub(crate) fn record_of(line: &str) -> ChildRecord {
    let text = |text: &str| Personal::new(text.to_owned());
    let id = line.split(',').nth(3).unwrap().to_owned();
    ChildRecord {
        name: text("乙小明"),
        sex: text("男"),
        birth: Personal::new(day("2014-01-15")),
        id_number: Personal::new(id),
        roll_number: text(""),
        guardian: text("乙大明"),
        phone: text("13900000000"),
        address: text("城关"),
        school: "原学校".to_owned(),
        evidence: text("父亲来电"),
        summary: text(""),
        needs: text(""),
        reached: None,
        unwilling: None,
    }
}

/// A school to which the county has assigned a child.
pub(crate) async fn assigned() -> (Campus, County) {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(1, County::seal(CASE, &record(), &key))).await;
    (campus, county)
}

pub(crate) fn assignment(leg: u16, record: proto::seal::Sealed) -> Letter {
    let last = "520521".parse().unwrap();
    let preview = Preview { age_from: 10, grade: 6, last, evidence: Evidence::ParentStatement };
    Letter::Assignment(Assignment { leg: CASE.leg(leg), preview, record, due: day("2025-09-26") })
}

impl Campus {
    pub(crate) async fn inflow(&self) -> wire::InflowRow {
        let reply = self.client().list_inflow(en(wire::ListInflowRequest {})).await.unwrap();
        reply.into_inner().children.remove(0)
    }

    pub(crate) async fn look(&self, purpose: &str) -> Result<wire::ShowInflowReply, Status> {
        let request = wire::ShowInflowRequest {
            case: CASE.to_string(),
            purpose: purpose.to_owned(),
            by: "wang".to_owned(),
        };
        Ok(self.client().show_inflow(en(request)).await?.into_inner())
    }

    pub(crate) async fn found(
        &self,
        outcome: &str,
        class: &str,
        place: &str,
    ) -> Result<wire::InflowRow, Status> {
        let request = wire::FoundInflowRequest {
            case: CASE.to_string(),
            outcome: outcome.to_owned(),
            class: class.to_owned(),
            place: place.to_owned(),
            by: "wang".to_owned(),
            ..Default::default()
        };
        Ok(self.client().found_inflow(en(request)).await?.into_inner().row.unwrap())
    }

    pub(crate) async fn openings(&self) -> wire::ListOpeningsReply {
        self.client().list_openings(en(wire::ListOpeningsRequest {})).await.unwrap().into_inner()
    }
}

/// The outcomes that the school wrote to its county.
async fn findings(campus: &Campus) -> Vec<Outcome> {
    let letters = letters(campus).await;
    let findings = letters.into_iter().filter_map(|letter| match letter {
        Letter::Finding(finding) => Some(finding.outcome),
        _ => None,
    });
    findings.collect()
}

/// Of whom the county was told that they came, or left again.
async fn newcomers(campus: &Campus) -> Vec<bool> {
    let letters = letters(campus).await;
    let newcomers = letters.into_iter().filter_map(|letter| match letter {
        Letter::Newcomer(newcomer) => Some(newcomer.left),
        _ => None,
    });
    newcomers.collect()
}

#[tokio::test]
async fn a_record_is_opened_for_a_purpose_and_every_opening_is_logged() {
    let (mut campus, _county) = assigned().await;
    let row = campus.inflow().await;
    assert_eq!((row.age_from, row.grade, row.outcome.as_str()), (10, 6, ""));
    assert!(campus.notices().await.contains(&"inflow".to_owned()));
    assert!(campus.openings().await.openings.is_empty(), "a list opens nothing");
    let blind = campus.look(" ").await.unwrap_err();
    assert_eq!(blind.code(), Code::InvalidArgument);
    let shown = campus.look("上门核查").await.unwrap().record.unwrap();
    assert_eq!((shown.name.as_str(), shown.guardian.as_str()), ("乙小明", "乙大明"));
    let log = campus.openings().await;
    assert_eq!((log.openings.len(), log.broken), (1, 0));
    let told = letters(&campus).await.into_iter().rev().find_map(|letter| match letter {
        Letter::AuditHead(head) => Some(head),
        _ => None,
    });
    let told = told.expect("the county is the log's witness");
    assert_eq!((told.n, told.links.len()), (1, 1));
    let line = &log.openings[0];
    assert_eq!((line.by.as_str(), line.purpose.as_str(), line.good), ("wang", "上门核查", true));
    campus.stop().await;
}

#[tokio::test]
async fn a_child_that_is_placed_is_a_pupil_here_and_the_county_hears_it() {
    let (mut campus, _county) = assigned().await;
    let nowhere = campus.found("placed", "", "").await.unwrap_err();
    assert_eq!(nowhere.code(), Code::InvalidArgument);
    let row = campus.found("placed", "4.2", "").await.unwrap();
    assert_eq!(row.outcome, "PLACED");
    let child = campus.explain(&row.child).await.child.unwrap();
    assert_eq!(
        (child.name.as_str(), child.class.as_str(), child.status.as_str()),
        ("乙小明", "4.2", "ENROLLED")
    );
    assert_eq!(child.since, MONDAY);
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "on_roll").await, 9);
    assert_eq!(findings(&campus).await, [Outcome::Placed]);
    assert_eq!(newcomers(&campus).await, [false], "somebody may miss this child");
    assert_eq!(campus.openings().await.openings[0].purpose, "T18");
    let twice = campus.found("not-found", "", "").await.unwrap_err();
    assert_eq!(rule(&twice), "T18");
    for entry in outgoing(&campus).await {
        assert!(!entry.body.windows(9).any(|piece| piece == "乙小明".as_bytes()), "entry {}", entry.seq);
    }
    campus.stop().await;
}

#[tokio::test]
async fn a_child_that_is_found_and_persuaded_has_a_case_here_until_it_is_in_class() {
    let (mut campus, _county) = assigned().await;
    campus.found("persuading", "", "").await.unwrap();
    let show = wire::ShowCaseRequest { case: CASE.to_string() };
    let row = campus.client().show_case(en(show.clone())).await.unwrap().into_inner().row.unwrap();
    assert_eq!(
        (row.stage.as_str(), row.cause.as_str(), row.name.as_str()),
        ("P0", "inflow", "(not opened: age 10 to 11, grade 6)")
    );
    let contact =
        wire::CaseContact { channel: "visit".to_owned(), reached: "child".to_owned(), ..Default::default() };
    let step = wire::StepCaseRequest {
        case: CASE.to_string(),
        step: Some(wire::step_case_request::Step::Contact(contact)),
        ..Default::default()
    };
    campus.client().step_case(en(step)).await.unwrap();
    campus.set(afternoon("2025-09-24"));
    let child = campus.found("placed", "5.1", "").await.unwrap().child;
    let row = campus.client().show_case(en(show)).await.unwrap().into_inner().row.unwrap();
    assert_eq!((row.stage.as_str(), row.name.as_str(), row.child), ("P9", "乙小明", child));
    assert_eq!(findings(&campus).await, [Outcome::Persuading, Outcome::Placed]);
    campus.stop().await;
}

#[tokio::test]
async fn what_is_not_found_or_went_on_is_answered_too() {
    let (mut campus, county) = assigned().await;
    campus.set(afternoon("2025-09-28"));
    assert!(campus.inflow().await.overdue);
    assert_eq!(campus.found("moved-on", "", "").await.unwrap_err().code(), Code::InvalidArgument);
    let named = wire::FoundInflowRequest {
        case: CASE.to_string(),
        outcome: "moved-on".to_owned(),
        place: "520523".to_owned(),
        note: "乙小明去了七星关".to_owned(),
        ..Default::default()
    };
    let named = campus.client().found_inflow(en(named)).await.unwrap_err();
    assert_eq!(named.code(), Code::InvalidArgument, "the note is read on its way");
    campus.found("moved-on", "", "520523").await.unwrap();
    // the next leg is a new search
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(3, County::seal(CASE, &record(), &key))).await;
    assert_eq!(campus.inflow().await.outcome, "");
    campus.found("not-found", "", "").await.unwrap();
    assert_eq!(findings(&campus).await, [Outcome::MovedOn, Outcome::NotFound]);
    campus.stop().await;
}

#[tokio::test]
async fn a_record_sealed_for_another_key_is_said_to_be_shut_and_the_attempt_is_logged() {
    let (mut campus, county) = assigned().await;
    let other = OpenKey::generate().public();
    county.write(&campus, assignment(1, County::seal(CASE, &record(), &other))).await;
    let shut = campus.look("核查").await.unwrap_err();
    assert_eq!((shut.code(), rule(&shut)), (Code::FailedPrecondition, "T18"));
    assert!(!campus.openings().await.openings[0].good);
    campus.stop().await;
}

#[tokio::test]
async fn who_is_on_no_roll_here_is_not_in_class_here_already() {
    let (mut campus, _county) = assigned().await;
    let refused = campus.found("already-enrolled", "", "").await.unwrap_err();
    assert_eq!(rule(&refused), "T18");
    assert_eq!(campus.inflow().await.outcome, "");
    campus.import(&(roll(&[(5, 1, 4), (4, 2, 4)]) + &pupil(6, 3, 7)), false).await.unwrap();
    assert_eq!(campus.found("already-enrolled", "", "").await.unwrap().outcome, "ALREADY_ENROLLED");
    campus.stop().await;
}

/// T18 at the school that the child had left: it is the same pupil, on the roll again and in a class.
#[tokio::test]
async fn a_child_placed_at_its_old_school_is_on_that_roll_again() {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    let child = name(5, 1, 1);
    for fact in ["start-transfer", "transfer-out"] {
        let left = wire::RecordFactRequest {
            child: child.clone(),
            fact: fact.to_owned(),
            day: MONDAY.to_owned(),
            evidence: "证 7 号".to_owned(),
            to: "2152000002".to_owned(),
            ..Default::default()
        };
        campus.fact(left).await.unwrap();
    }
    assert_eq!(campus.status_of(&child).await, "TRANSFERRED_OUT");
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(1, County::seal(CASE, &record_of(&pupil(5, 1, 1)), &key))).await;
    campus.set(afternoon("2025-09-24"));
    let placed = campus.found("placed", "4.2", "").await.unwrap();
    let row = campus.explain(&child).await.child.unwrap();
    assert_eq!(row.id, placed.child);
    assert_eq!((row.status.as_str(), row.class.as_str()), ("ENROLLED", "4.2"));
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure("2025-09-23", "on_roll").await, 7);
    assert_eq!(campus.figure("2025-09-24", "on_roll").await, 8);
    campus.stop().await;
}

/// Its record has no ID number: the roll number tells who it is.
#[tokio::test]
async fn a_child_placed_where_its_roll_number_is_becomes_no_second_pupil() {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    let number = format!("G{}", record_of(&pupil(4, 2, 5)).id_number.open(Purpose::RollCheck));
    let file = roll(&[]).replace("联系电话", "学籍号") + pupil(4, 2, 5).trim_end() + &number + "\n";
    let known = campus.import(&file, false).await.unwrap().added;
    let text = |text: &str| Personal::new(text.to_owned());
    let unnumbered = ChildRecord { id_number: text(""), roll_number: text(&number), ..record() };
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(1, County::seal(CASE, &unnumbered, &key))).await;
    let placed = campus.found("placed", "4.2", "").await.unwrap();
    assert_eq!(placed.child, campus.explain(&name(4, 2, 5)).await.child.unwrap().id, "{known:?}");
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "on_roll").await, 9);
    campus.stop().await;
}

async fn case(campus: &Campus) -> Case {
    let read = |_: &School, room: &mut Room<'_>| room.read::<Case>(&keys::case(CASE));
    campus.within(read).await.expect("a case")
}

#[tokio::test]
async fn a_child_that_the_county_hands_on_is_no_longer_looked_for_here() {
    let (mut campus, county) = assigned().await;
    campus.found("persuading", "", "").await.unwrap();
    assert_eq!(case(&campus).await.stage, Stage::Opened);
    let news = |leg: u16| {
        let (state, place) = (TransferState::AcceptedPersuading, Some("520502".parse().unwrap()));
        let (at, reason) = (afternoon(MONDAY), String::new());
        Letter::News(News { leg: CASE.leg(leg), state, place, outcome: None, at, reason, yours: false })
    };
    county.write(&campus, news(1)).await;
    assert_eq!(campus.inflow().await.outcome, "PERSUADING", "it came on that leg");
    county.write(&campus, news(2)).await;
    assert_eq!(campus.inflow().await.outcome, "MOVED_ON");
    let moved = case(&campus).await;
    assert_eq!((moved.stage, moved.closing.map(|asked| asked.why)), (Stage::Moved, Some(Closing::Moved)));
    county.direct(&campus, CASE, Act::ClosingConfirmed, MONDAY).await;
    assert_eq!(case(&campus).await.stage, Stage::Closed);
    // and comes back once more
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(3, County::seal(CASE, &record(), &key))).await;
    campus.found("persuading", "", "").await.unwrap();
    assert!(case(&campus).await.on_the_ladder());
    campus.stop().await;
}

#[tokio::test]
async fn who_was_not_found_is_looked_for_again_when_the_county_asks_again() {
    let (mut campus, county) = assigned().await;
    campus.found("persuading", "", "").await.unwrap();
    campus.found("not-found", "", "").await.unwrap();
    let ended = case(&campus).await;
    assert_eq!((ended.stage, ended.closing.map(|asked| asked.why)), (Stage::Moved, Some(Closing::Moved)));
    county.direct(&campus, CASE, Act::ClosingConfirmed, MONDAY).await;
    let done = campus.found("placed", "4.2", "").await.unwrap_err();
    assert_eq!(done.code(), Code::NotFound, "the answer is final until the county asks again");
    let key = schools_key(&campus).await;
    county.write(&campus, assignment(1, County::seal(CASE, &record(), &key))).await;
    assert_eq!(campus.inflow().await.outcome, "");
    campus.found("persuading", "", "").await.unwrap();
    // asked while it is persuaded: what stands is said once more
    county.write(&campus, assignment(1, County::seal(CASE, &record(), &key))).await;
    assert!(case(&campus).await.on_the_ladder());
    campus.found("placed", "4.2", "").await.unwrap();
    assert_eq!(case(&campus).await.stage, Stage::Returned);
    use Outcome::{NotFound, Persuading, Placed};
    assert_eq!(findings(&campus).await, [Persuading, NotFound, Persuading, Persuading, Placed]);
    campus.stop().await;
}

pub(crate) fn listed(case: CaseId, record: proto::seal::Sealed) -> Letter {
    Letter::Listed(Listed {
        case,
        list: "疑似辍学名单〔2025〕3号".to_owned(),
        day: day(MONDAY),
        answer_by: Some(day("2025-09-26")),
        record,
        code: None,
        grade: None,
    })
}

#[tokio::test]
async fn a_child_of_a_list_is_known_by_its_number_and_answered_for() {
    let (mut campus, county) = assigned().await;
    let key = schools_key(&campus).await;
    let [known, unknown] = [0x11, 0x22].map(|n| CaseId::new([n; 16]));
    let here = pupil(5, 1, 1).split(',').nth(3).unwrap().to_owned();
    let pupil_here = ChildRecord { id_number: Personal::new(here), ..record() };
    county.write(&campus, listed(known, County::seal(known, &pupil_here, &key))).await;
    county.write(&campus, listed(unknown, County::seal(unknown, &record(), &key))).await;
    // the order to open a case comes with it, and is answered with it
    county.direct(&campus, unknown, Act::OpenFromList, MONDAY).await;
    assert!(campus.notices().await.contains(&"listed-from-above".to_owned()));
    let rows =
        campus.client().list_listed(en(wire::ListListedRequest {})).await.unwrap().into_inner().children;
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].name.as_str(), rows[0].suggested.as_str()), (name(5, 1, 1).as_str(), "IN_SCHOOL"));
    assert!(rows[1].name.is_empty() && rows[1].suggested.is_empty());

    let look = |purpose: &str| wire::ShowListedRequest {
        case: unknown.to_string(),
        purpose: purpose.to_owned(),
        by: "wang".to_owned(),
    };
    assert_eq!(campus.client().show_listed(en(look(""))).await.unwrap_err().code(), Code::InvalidArgument);
    let shown = campus.client().show_listed(en(look("名单核查"))).await.unwrap().into_inner();
    assert_eq!(shown.record.unwrap().name, "乙小明");
    assert_eq!(campus.openings().await.openings.len(), 1);

    let answer = |case: CaseId, result: &str, note: &str| wire::AnswerListedRequest {
        case: case.to_string(),
        result: result.to_owned(),
        on: String::new(),
        note: note.to_owned(),
    };
    let named =
        campus.client().answer_listed(en(answer(unknown, "unknown", "无乙小明其人"))).await.unwrap_err();
    assert_eq!(named.code(), Code::InvalidArgument);
    // the roll knows better, and nothing was answered before it was asked
    for (case, result, id) in [(unknown, "in-school", "T18"), (known, "unknown", "2.5")] {
        let refused = campus.client().answer_listed(en(answer(case, result, ""))).await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, id), "{result}");
    }
    let early = wire::AnswerListedRequest { on: "2025-09-21".to_owned(), ..answer(unknown, "unknown", "") };
    let early = campus.client().answer_listed(en(early)).await.unwrap_err();
    assert_eq!(early.code(), Code::InvalidArgument);
    campus.client().answer_listed(en(answer(unknown, "unknown", "查无此人"))).await.unwrap();
    // the other one is looked for: the case has the list's number, and that is the answer
    let open = wire::OpenCaseRequest {
        child: name(5, 1, 1),
        cause: "list".to_owned(),
        case: known.to_string(),
        by: String::new(),
    };
    campus.client().open_case(en(open)).await.unwrap();
    let answers: Vec<_> = letters(&campus)
        .await
        .into_iter()
        .filter_map(|letter| match letter {
            Letter::Checked(checked) => Some((checked.case, checked.result)),
            _ => None,
        })
        .collect();
    assert_eq!(answers, [(unknown, ListResult::Unknown), (known, ListResult::Persuading)]);
    assert!(!campus.notices().await.contains(&"listed-from-above".to_owned()));
    campus.stop().await;
}

#[tokio::test]
async fn a_child_who_joins_the_roll_later_may_be_missed_elsewhere() {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    campus.set(afternoon("2025-09-23"));
    campus.import(&(roll(&[(5, 1, 4), (4, 2, 4)]) + &pupil(4, 2, 5)), false).await.unwrap();
    assert_eq!(newcomers(&campus).await, [false], "the first roll went in one letter");
    for child in [name(4, 2, 5), name(4, 2, 4)] {
        let abroad = wire::RecordFactRequest {
            child,
            fact: "abroad".to_owned(),
            evidence: "护照".to_owned(),
            ..Default::default()
        };
        campus.fact(abroad).await.unwrap();
    }
    assert_eq!(
        newcomers(&campus).await,
        [false, true, true],
        "who came, now or with the first roll, and left"
    );
    campus.stop().await;
}
