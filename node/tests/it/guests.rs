//! A child from elsewhere at this school before it is in class: it has a name where its record was opened, a
//! standing, and documents; and the county's blind matching hears of it under its own case.

use std::io::{Read as _, Write as _};

use proto::link::post::Handler as _;
use proto::model::case::{InClass, Letter, Roll, Tag};
use proto::wire::school as wire;
use proto::wire::school::step_case_request::Step;

use crate::campus::{Campus, MONDAY, afternoon, en, name, pupil, roll, rule};
use crate::county::{County, letters, outgoing, school};
use crate::inflow::{CASE, assigned};

async fn row(campus: &Campus) -> wire::CaseRow {
    let list = wire::ListCasesRequest { all: false };
    campus.client().list_cases(en(list)).await.unwrap().into_inner().cases.remove(0)
}

async fn step(campus: &Campus, step: Step) -> Result<wire::CaseReply, tonic::Status> {
    let request = wire::StepCaseRequest {
        case: CASE.to_string(),
        step: Some(step),
        by: "wang".to_owned(),
        ..Default::default()
    };
    Ok(campus.client().step_case(en(request)).await?.into_inner())
}

#[tokio::test]
async fn a_child_from_elsewhere_is_never_without_a_name_and_is_pending_until_it_is_in_class() {
    let (mut campus, _county) = assigned().await;
    campus.found("persuading", "", "").await.unwrap();
    let unopened = row(&campus).await;
    assert_eq!(unopened.name, "(not opened: age 10 to 11, grade 6)");
    assert_eq!((unopened.status.as_str(), unopened.class.as_str()), ("INFLOW_PENDING", ""));
    assert!(campus.openings().await.openings.is_empty(), "a list opens nothing");
    campus.look("上门核查").await.unwrap();
    assert_eq!(row(&campus).await.name, "乙小明");
    assert_eq!(campus.openings().await.openings.len(), 1, "what was opened is shown, not opened again");
    campus.set(afternoon("2025-09-24"));
    campus.found("placed", "5.1", "").await.unwrap();
    let list = wire::ListCasesRequest { all: true };
    let placed = campus.client().list_cases(en(list)).await.unwrap().into_inner().cases.remove(0);
    assert_eq!((placed.name.as_str(), placed.status.as_str()), ("乙小明", "ENROLLED"));
    campus.stop().await;
}

/// The text of a document.
fn body(docx: &[u8]) -> String {
    let mut file = zip::ZipArchive::new(std::io::Cursor::new(docx)).unwrap();
    let mut text = String::new();
    file.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn documents_of_a_child_from_elsewhere_are_made_of_its_record_and_the_opening_is_logged() {
    let (mut campus, _county) = assigned().await;
    campus.found("persuading", "", "").await.unwrap();
    campus.stop().await;
    let mut config = std::fs::OpenOptions::new().append(true).open(campus.dir().join("config.toml")).unwrap();
    let papers = "\n[papers]\nprefix = \"示范小\"\ndepartment = \"七星关区教育局\"\ntownship = \"鸭池镇人民政府\"\n\
        signed_by = \"王校长\"\ncontact = \"李老师\"\nphone = \"0857-8000000\"\n";
    config.write_all(papers.as_bytes()).unwrap();
    campus.run().await;
    let contact =
        wire::CaseContact { channel: "visit".to_owned(), reached: "parent".to_owned(), ..Default::default() };
    step(&campus, Step::Contact(contact)).await.unwrap();
    let notice =
        wire::CaseNotice { delivery: "上门送达".to_owned(), document: true, ..Default::default() };
    let notice = step(&campus, Step::Notice(notice)).await.unwrap().paper.unwrap();
    let report = wire::CaseReport { number: String::new(), document: true };
    let report = step(&campus, Step::Report(report)).await.unwrap().paper.unwrap();
    for (paper, words) in [(notice, "乙大明"), (report, "服务区内")] {
        let text = body(&paper.docx);
        assert!(text.contains("乙小明") && text.contains(words), "{}: {text}", paper.name);
    }
    let log = campus.openings().await.openings;
    let lines: Vec<_> = log.iter().map(|line| (line.by.as_str(), line.purpose.as_str(), line.good)).collect();
    assert_eq!(lines, [("wang", "D05", true), ("wang", "D06", true)]);
    campus.stop().await;
}

/// The children in class of whom the county was told many at a time.
async fn rolls(campus: &Campus, county: &County) -> Vec<Vec<InClass>> {
    let open = |roll: Roll| roll.open(&school(), &crate::county::county(), &county.key).unwrap();
    let letters = letters(campus).await;
    let rolls = letters.into_iter().filter_map(|letter| match letter {
        Letter::Roll(roll) => Some(open(roll)),
        _ => None,
    });
    rolls.collect()
}

/// Tags of single children, and whether they left.
async fn single(campus: &Campus) -> Vec<(Tag, bool)> {
    let letters = letters(campus).await;
    let single = letters.into_iter().filter_map(|letter| match letter {
        Letter::Newcomer(newcomer) => Some((newcomer.tag, newcomer.left)),
        _ => None,
    });
    single.collect()
}

#[tokio::test]
async fn the_first_roster_goes_to_the_county_sealed_in_one_letter_and_later_only_what_changed() {
    let (mut campus, county) = assigned().await;
    let first = rolls(&campus, &county).await;
    assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [8]);
    let line = pupil(5, 1, 1);
    let id = line.split(',').nth(3).unwrap();
    let digits: Vec<String> = first[0].iter().map(|child| child.digits().to_string()).collect();
    assert!(digits.contains(&id[..17].to_owned()), "{digits:?}");
    let sealed: usize = outgoing(&campus).await.iter().map(|entry| entry.body.len()).max().unwrap();
    assert!(sealed < 4_000, "8 children took {sealed} bytes");
    // nothing changed, nothing is said; one more child is one letter
    let same = roll(&[(5, 1, 4), (4, 2, 4)]);
    campus.import(&same, false).await.unwrap();
    assert_eq!((rolls(&campus, &county).await.len(), single(&campus).await.len()), (1, 0));
    campus.import(&(same.clone() + &pupil(6, 3, 7)), false).await.unwrap();
    assert_eq!((rolls(&campus, &county).await.len(), single(&campus).await.len()), (1, 1));
    // who was put on the roll by a release that told nobody
    campus
        .within(|_, room| {
            let told = room.list(node::records::keys::NEWCOMERS)?;
            told.into_iter().take(3).for_each(|(key, _)| room.delete(key));
            Ok(())
        })
        .await;
    campus.import(&(roll(&[(5, 1, 4), (4, 2, 4)]) + &pupil(6, 3, 7)), false).await.unwrap();
    assert_eq!(rolls(&campus, &county).await.last().map(Vec::len), Some(3));
    // the county has lost what it knew
    let now = campus.now();
    campus.within(move |school, room| school.restate(room, now)).await;
    assert_eq!(rolls(&campus, &county).await.last().map(Vec::len), Some(9));
    for entry in outgoing(&campus).await {
        assert!(!entry.body.windows(17).any(|piece| piece == &id.as_bytes()[..17]), "entry {}", entry.seq);
    }
    campus.stop().await;
}

#[tokio::test]
async fn a_child_that_this_school_misses_is_not_in_class_until_it_is_back() {
    let (mut campus, county) = assigned().await;
    let first = rolls(&campus, &county).await.remove(0);
    let line = pupil(5, 1, 1);
    let id = line.split(',').nth(3).unwrap().to_owned();
    let tag = first.iter().find(|child| *child.digits() == id[..17]).unwrap().tag;
    let open =
        wire::OpenCaseRequest { child: name(5, 1, 1), cause: "register".to_owned(), ..Default::default() };
    let case = campus.client().open_case(en(open)).await.unwrap().into_inner().row.unwrap().case;
    assert_eq!(single(&campus).await, [(tag, true)], "from the opening of the case, whatever is reported");
    let take = async |campus: &Campus, step: Step| {
        let request = wire::StepCaseRequest { case: case.clone(), step: Some(step), ..Default::default() };
        campus.client().step_case(en(request)).await.unwrap();
    };
    let contact =
        wire::CaseContact { channel: "visit".to_owned(), reached: "nobody".to_owned(), ..Default::default() };
    take(&campus, Step::Contact(contact)).await;
    let notice =
        wire::CaseNotice {
            number: "1".to_owned(), delivery: "上门送达".to_owned(), ..Default::default()
        };
    take(&campus, Step::Notice(notice)).await;
    take(&campus, Step::Report(wire::CaseReport { number: "2".to_owned(), document: false })).await;
    assert_eq!(single(&campus).await, [(tag, true)]);
    let written = letters(&campus).await;
    let place = |wanted: fn(&Letter) -> bool| written.iter().position(wanted).unwrap();
    let (left, report) =
        (place(|it| matches!(it, Letter::Newcomer(_))), place(|it| matches!(it, Letter::Report(_))));
    assert!(left < report, "the county would find the child at its own school");
    campus.call("5.1", MONDAY, &[], "").await.unwrap();
    take(&campus, Step::Back(wire::CaseReturn {})).await;
    assert_eq!(single(&campus).await, [(tag, true), (tag, false)]);
    campus.stop().await;
}

#[tokio::test]
async fn a_child_that_its_own_transfer_placed_is_known_by_its_case() {
    let (mut campus, _county) = assigned().await;
    campus.found("placed", "4.2", "").await.unwrap();
    assert_eq!(single(&campus).await, [(Tag(CASE.0), false)], "nobody is to be told that it was found");
    campus.stop().await;
}

#[tokio::test]
async fn nobody_is_placed_outside_a_class_without_a_contact_and_the_committees_assessment() {
    let (mut campus, _county) = assigned().await;
    let open =
        wire::OpenCaseRequest { child: name(5, 1, 2), cause: "register".to_owned(), ..Default::default() };
    let case = campus.client().open_case(en(open)).await.unwrap().into_inner().row.unwrap().case;
    let place = async |campus: &Campus, how: &str, evidence: &str| {
        let placing = wire::CasePlacing { how: how.to_owned(), evidence: evidence.to_owned() };
        let step = Some(Step::Placing(placing));
        let request = wire::StepCaseRequest { case: case.clone(), step, ..Default::default() };
        campus.client().step_case(en(request)).await
    };
    for (how, evidence, by) in [
        ("PLACED_HOME", "", "F07"),
        ("PLACED_HOME", "评〔2025〕1号", "F07"),
        ("PLACED_REMOTE", " ", "F05"),
        ("PLACED_VOCATIONAL", "", "F02"),
        ("EXEMPT", "", "F08"),
    ] {
        let refused = place(&campus, how, evidence).await.unwrap_err();
        assert_eq!(rule(&refused), by, "{how} {evidence}");
    }
    let contact =
        wire::CaseContact { channel: "visit".to_owned(), reached: "parent".to_owned(), ..Default::default() };
    let step = Some(Step::Contact(contact));
    let request = wire::StepCaseRequest { case: case.clone(), step, ..Default::default() };
    campus.client().step_case(en(request)).await.unwrap();
    let placed = place(&campus, "PLACED_HOME", "评〔2025〕1号").await.unwrap().into_inner();
    assert_eq!(placed.row.unwrap().stage, "P8");
    campus.stop().await;
}
