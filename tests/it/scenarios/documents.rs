//! All eight official documents, as schools and hubs really write them from their cases; an office program opens
//! every one. With `KEEP_PAPERS=folder` they stay there, to be looked at.

#[path = "../../../proto/src/paper/tests/program.rs"]
mod program;

use std::path::Path;

use hub::desk::casework::{Order, Wish};
use hub::desk::official::{Replying, Writer};
use hub::desk::transfer::act::Handed;
use hub::inbound::Answer;
use node::desk::cases::paper::Wanted;
use node::desk::cases::refer::Referring;
use node::desk::cases::{Opening, Stepping};
use node::persuasion::{Cause, Channel, Contact, Excuse, Notice, Reached, Step};
use proto::model::case::{Act, CaseId, Evidence, ListResult};
use proto::model::personal::{Personal, Purpose};
use proto::paper::register::Written;
use tests::officers::asked_back;
use tests::tree::Tree;

use super::IN_A_TOWN;
use super::transfer::{name, rounds};
use program::{convert, other_fonts, pages, programs, run};

/// Two cities, the second in the place of a school of another county.
const SCHOOLS: usize = 4;

fn writer() -> Writer {
    Writer { by: "officer".to_owned(), purpose: "印发公文".to_owned() }
}

async fn opened(tree: &Tree, child: &str) -> CaseId {
    let opening =
        Opening { child: child.to_owned(), cause: Cause::TermCheck, case: None, by: "head".to_owned() };
    tree.school(IN_A_TOWN).school().open_case(opening).await.expect("a case")
}

async fn step(tree: &Tree, case: CaseId, step: Step, on_paper: bool) -> Option<Written> {
    let paper = on_paper.then_some(Wanted { return_by: None });
    let stepping = Stepping { case: case.to_string(), step, on: None, by: "周敏".to_owned(), paper };
    tree.school(IN_A_TOWN).school().step_case(stepping).await.expect("a step").1
}

async fn refer(tree: &Tree, case: CaseId, place: &str) {
    let school = tree.school(IN_A_TOWN).school();
    let unwilling = match place.starts_with("52") {
        true => None,
        false => Some(asked_back(school, &case.to_string(), tree.today()).await.expect("a contact")),
    };
    let referring = Referring {
        case: case.to_string(),
        to: place.to_owned(),
        evidence: Evidence::SchoolConfirmation,
        note: Personal::new("当地学校来电确认".to_owned()),
        unwilling,
        draft: false,
        by: "head".to_owned(),
    };
    school.refer_case(referring).await.expect("a referral");
}

/// The school: contacts, the notice, the report, and the report once more, corrected.
async fn at_the_school(tree: &Tree, case: CaseId) -> Vec<Written> {
    for (channel, reached, excuse) in [
        (Channel::Phone, Reached::Parent, Some(Excuse::MovedWithParents)),
        (Channel::Visit, Reached::Relative, None),
        (Channel::Message, Reached::Nobody, None),
    ] {
        let contact = Contact {
            on: tree.today(),
            by: "周敏".to_owned(),
            channel,
            reached,
            excuse,
            promise: Personal::new("下周一返校".to_owned()),
            next: None,
            note: Personal::new(String::new()),
        };
        step(tree, case, Step::Contact(contact), false).await;
    }
    let (delivery, receipt) = ("当面送达".to_owned(), Personal::new("祖母签收".to_owned()));
    let notice = Notice { number: String::new(), delivery, receipt };
    let notice = step(tree, case, Step::Notice(notice), true).await.expect("a notice");
    let report = step(tree, case, Step::Report(String::new()), true).await.expect("a report");
    let corrected = step(tree, case, Step::Report(String::new()), true).await.expect("a corrected one");
    vec![notice, report, corrected]
}

/// The county: both governments, then the order.
async fn at_the_county(tree: &Tree, case: CaseId) -> Vec<Written> {
    let county = tree.place("520502").hub();
    let told = county.case(case).await.expect("the report came");
    assert_eq!(told.reports.last().map(|it| it.revision), Some(2));
    let mut all = Vec::new();
    for act in [Act::GovernmentInformed, Act::GovernmentPersuades, Act::Ordered] {
        let until = (act == Act::Ordered).then(|| tree.today().plus(45));
        let order = Order { act, day: None, number: String::new(), until, note: String::new() };
        if act == Act::GovernmentPersuades {
            county.direct(case, order, "officer".to_owned()).await.expect("assigned");
            continue;
        }
        let wish = Wish { purpose: "印发公文".to_owned(), ..Wish::default() };
        let written = county.direct_on_paper(case, order, wish, "officer".to_owned()).await;
        all.extend(written.expect("the documents of the step").1);
    }
    all
}

/// Found in another city: the mover's list, and the county's with the name.
async fn on_the_way(tree: &mut Tree, case: CaseId) -> Vec<Written> {
    refer(tree, case, "520103").await;
    rounds(tree).await;
    let county = tree.place("520502").hub().clone();
    let handed = county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed on");
    assert!(matches!(handed, Handed::Offered { .. }), "{handed:?}");
    rounds(tree).await;
    let province = tree.place("520000").hub();
    let (legs, lists) = province.dispatch_on_paper(None, "wang".to_owned()).await.expect("dispatched");
    assert_eq!((legs.len(), lists.len()), (1, 1));
    let (why, by) = ("划转台账".to_owned(), "officer".to_owned());
    let own = county.issue_handover(case, None, why, by).await.expect("a handover");
    lists.into_iter().chain([own]).collect()
}

/// Found in another province: the city writes a letter.
async fn to_another_province(tree: &mut Tree, case: CaseId) -> Written {
    refer(tree, case, "440306").await;
    rounds(tree).await;
    let county = tree.place("520502").hub().clone();
    let handed = county.hand_on(case, None, "officer".to_owned(), String::new()).await.expect("handed on");
    assert_eq!(handed, Handed::Letter);
    rounds(tree).await;
    let city = tree.place("520500").hub();
    let (to, prefix) = ("440306".parse().expect("a place"), "毕教函".parse().expect("a prefix"));
    let letter = city.draft_letter(to, prefix, Vec::new(), "wang".to_owned()).await.expect("a letter");
    city.send_letter(letter.number.to_string(), None, "wang".to_owned()).await.expect("sent");
    let (_, records, written) =
        city.letter_on_paper(letter.number.to_string(), None, writer()).await.expect("a document");
    assert!(records.iter().all(Option::is_some));
    let issued = city.issued_papers().await.expect("a register");
    assert_eq!(issued.iter().map(|it| it.number.clone()).collect::<Vec<_>>(), [letter.number]);
    written
}

/// Another province asks: every child is answered, then the letter.
async fn answered(tree: &Tree, child: &str) -> Written {
    let county = tree.place("520502").hub();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in
        (0..).zip([["姓名", "性别", "出生日期", "学校"], [child, "女", "2013-05-06", "示范小学"]])
    {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).expect("a cell");
        }
    }
    let file = book.save_to_buffer().expect("a workbook");
    let list = "深教函〔2025〕12号".to_owned();
    let imported = county.import_list(list.clone(), file, None, "wang".to_owned()).await.expect("a list");
    assert_eq!((imported.rows, imported.faults.len()), (1, 0), "{:?}", imported.faults);
    let replying = Replying { list, to: "深圳市教育局".to_owned(), letter: None, day: None };
    let early = county.reply_to_list(replying.clone(), writer()).await;
    assert!(early.is_err(), "who is not answered for stops the letter");
    for (row, _) in county.lists(hub::desk::inbound::Filter::default()).await.expect("rows") {
        let answer = Answer {
            result: ListResult::InSchool,
            day: tree.today(),
            note: String::new(),
            by: "wang".to_owned(),
        };
        county.answer_row(row.case, answer).await.expect("answered");
    }
    let written = county.reply_to_list(replying, writer()).await.expect("a reply");
    let lists = county.lists(hub::desk::inbound::Filter::default()).await.expect("rows");
    assert_eq!(lists[0].1[0].number, written.number, "the list says which letter answered it");
    written
}

/// Its pages, and that each character has a Chinese glyph and the number can be read.
fn looks_right(folder: &Path, written: &Written, expected: u32) {
    let pdf = folder.join(&written.name).with_extension("pdf");
    let pdf = pdf.to_str().expect("a name");
    assert_eq!(pages(pdf), expected, "{}: pages", written.name);
    assert_eq!(other_fonts(pdf), Vec::<String>::new(), "{}", written.name);
    let flat: String = run("pdftotext", &["-layout", pdf, "-"]).split_whitespace().collect();
    assert!(flat.contains(&written.number.to_string()), "{}: {flat}", written.name);
    assert!(!flat.contains('\u{fffd}'), "{}: {flat}", written.name);
}

#[tokio::test]
async fn every_document_is_written_from_a_case_and_opens_in_an_office_program() {
    let mut tree = Tree::quiet(SCHOOLS, 2).await.expect("a tree");
    tree.day().await.expect("a day");
    let school = tree.school(IN_A_TOWN);
    let mut on_the_roll = (0..school.pupils().len()).filter(|at| !school.out().contains(at));
    let mut next = || name(&tree, IN_A_TOWN, on_the_roll.next().expect("a child on the roll"));
    let (child, other) = (next(), next());
    let case = opened(&tree, &child).await;
    let mut written = at_the_school(&tree, case).await;
    rounds(&mut tree).await;
    written.extend(at_the_county(&tree, case).await);
    rounds(&mut tree).await;
    written.extend(on_the_way(&mut tree, case).await);
    let second = opened(&tree, &other).await;
    written.push(to_another_province(&mut tree, second).await);
    written.push(answered(&tree, &other).await);

    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for paper in &written {
        let file = folder.path().join(&paper.name);
        std::fs::write(&file, paper.bytes.open(Purpose::Document)).expect("a file");
        files.push(file.to_str().expect("a name").to_owned());
    }
    let kinds: Vec<&str> = written.iter().filter_map(|paper| paper.name.split('（').next()).collect();
    let expected = [
        "劝返通知书",
        "书面报告",
        "书面报告",
        "通报",
        "书面报告",
        "限期返校通知书",
        "台账划转单",
        "台账划转单",
        "协查函",
        "回函",
    ];
    assert_eq!(kinds, expected);
    if !programs() {
        return;
    }
    convert(folder.path(), &files);
    if let Some(keep) = std::env::var_os("KEEP_PAPERS") {
        for file in
            std::fs::read_dir(folder.path()).expect("files").flatten().filter(|it| it.path().is_file())
        {
            std::fs::copy(file.path(), Path::new(&keep).join(file.file_name())).expect("kept");
        }
    }
    for (paper, pages) in written.iter().zip([2, 2, 2, 3, 3, 2, 2, 2, 3, 2]) {
        looks_right(folder.path(), paper, pages);
    }
}
