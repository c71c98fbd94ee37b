//! Official documents of an office: written with the step, numbered, registered, printed again; and nowhere
//! where the record is not.

use hub::audit::{Action, Ended};
use hub::desk::HubError;
use hub::desk::casework::{Order, Wish};
use hub::desk::official::Writer;
use hub::persuasion::CaseError;
use proto::model::case::{Account, Act, CaseId, ChildRecord, Grounds, Letter, Progress, Report, Stage, Way};
use proto::model::day::Moment;
use proto::model::personal::{Personal, Purpose};
use proto::paper::Kind;
use proto::paper::PaperError;
use proto::paper::delivery::{Delivery, Receipt, Recipient, Service, Way as By};
use proto::paper::register::RegisterError;
use proto::seal::{OpenKey, SealKey};
use proto::store::Room;

use crate::harness::{EVENING, Place, School, Tree, day};

const ID: CaseId = CaseId::new([9; 16]);
/// A name that must not be found where it may not be.
const NAME: &str = "某某某";
const PAPERS: &str = "
[papers]
prefix = \"七教函\"
department = \"毕节市七星关区教育科技局\"
government = \"七星关区人民政府\"
signed_by = \"赵宏\"
contact = \"王强\"
phone = \"0857-8000002\"
";

fn account(grounds: Option<Grounds>) -> Account {
    let text = |text: &str| Personal::new(text.to_owned());
    let record = ChildRecord {
        name: text(NAME),
        sex: text("女"),
        birth: Personal::new(day("2012-05-06")),
        id_number: text(""),
        roll_number: text("G99010120120506001X"),
        guardian: text("监护人甲"),
        phone: text("13800000000"),
        address: text("石桥村三组"),
        school: "鸭池小学".to_owned(),
        evidence: text(""),
        summary: text("三次联系未果"),
        needs: text(""),
        reached: None,
        unwilling: None,
    };
    Account { record, grounds }
}

fn grounds() -> Grounds {
    Grounds {
        class: "六年级(1)班".to_owned(),
        relation: "父亲".to_owned(),
        since: day("2025-09-08"),
        until: day("2025-09-22"),
        days: 11,
        notice: Some(("鸭小劝返〔2025〕3号".to_owned(), day("2025-09-19"))),
        efforts: Personal::new("电话联系3次，已发劝返通知书，经劝返仍拒不复学。".to_owned()),
    }
}

/// A county with what stands on its documents, and a school below its town.
async fn with_school() -> (Tree, School) {
    let mut tree = Tree::joined().await;
    tree.county = tree
        .county
        .restart_after(|home| {
            let config = home.join("config.toml");
            let settings = std::fs::read_to_string(&config).unwrap();
            std::fs::write(config, settings + PAPERS).unwrap();
        })
        .await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    (tree, school)
}

async fn tell(tree: &Tree, school: &School, letter: Letter) {
    school.send(&tree.county.hub().me, letter).await;
    school.call(0).await.unwrap();
    tree.town.sync().await;
}

async fn key(place: &Place) -> SealKey {
    place.hub().desk.act(|room: &mut Room<'_>| proto::seal::own(room)).await.unwrap().public()
}

/// The school says that it has reported, and reports.
async fn reported(tree: &Tree, school: &School, (revision, number): (u32, &str), account: &Account) {
    let key = key(&tree.county).await;
    let progress = Progress {
        case: ID,
        revision,
        stage: Stage::Reported,
        since: day(EVENING),
        due: None,
        overdue: false,
        suspended_until: None,
        closing: None,
        acts: Vec::new(),
    };
    let way = Way { case: ID, from: &school.party, to: &tree.county.hub().me };
    let record = way.seal_account(account, &key);
    tell(tree, school, Letter::Progress(progress)).await;
    tell(tree, school, Letter::Report(Report { case: ID, revision, number: number.to_owned(), record }))
        .await;
}

fn order(act: Act) -> Order {
    let until = (act == Act::Ordered).then(|| day("2025-12-01"));
    Order { act, day: None, number: String::new(), until, note: String::new() }
}

fn wish() -> Wish {
    Wish { purpose: "印发公文".to_owned(), ..Wish::default() }
}

fn writer() -> Writer {
    Writer { by: "wang".to_owned(), purpose: "加印".to_owned() }
}

async fn on_paper(
    place: &Place,
    act: Act,
) -> Result<(Stage, Vec<proto::paper::register::Written>), HubError> {
    let done = place.hub().direct_on_paper(ID, order(act), wish(), "wang".to_owned()).await;
    done.map(|(looked, written)| (looked.case.stage(), written))
}

#[tokio::test]
async fn an_office_writes_its_documents_with_the_step_and_keeps_who_got_them() {
    let (tree, school) = with_school().await;
    reported(&tree, &school, (1, "鸭小报〔2025〕1号"), &account(Some(grounds()))).await;
    let hub = tree.county.hub();
    let (stage, told) = on_paper(&tree.county, Act::GovernmentInformed).await.unwrap();
    assert_eq!(stage, Stage::GovInformed);
    hub.direct(ID, Order { number: "府办".to_owned(), ..order(Act::GovernmentPersuades) }, "wang".to_owned())
        .await
        .unwrap();
    let (stage, ordered) = on_paper(&tree.county, Act::Ordered).await.unwrap();
    assert_eq!(stage, Stage::Ordered);
    let names: Vec<_> = told.iter().chain(&ordered).map(|written| written.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "通报（七教函〔2025〕1号）.docx",
            "书面报告（七教函〔2025〕2号）.docx",
            "限期返校通知书（七教函〔2025〕3号）.docx"
        ]
    );
    // the school hears the numbers
    tree.town.sync().await;
    school.call(0).await.unwrap();
    let numbers: Vec<String> = school
        .letters()
        .into_iter()
        .filter_map(|letter| match letter {
            Letter::Direction(direction) => Some(direction.number),
            _ => None,
        })
        .collect();
    let both = "通报乡镇政府：七教函〔2025〕1号；报告县级政府：七教函〔2025〕2号";
    assert_eq!(numbers, [both, "府办", "七教函〔2025〕3号"]);
    // what was opened is in the log, with its purpose
    let log = hub.audit(20).await.unwrap();
    let issued: Vec<_> = log.iter().filter(|it| it.action == Action::Issue).collect();
    assert_eq!(issued.len(), 2, "{log:?}");
    assert!(issued.iter().all(|it| it.purpose == "印发公文" && it.ended == Ended::Done && it.who == "wang"));

    let again = hub.print_paper(told[0].number.clone(), writer()).await.unwrap();
    assert_eq!(again, told[0], "what is printed again is the same");
    assert_eq!(hub.audit(1).await.unwrap()[0].purpose, "加印");
    let by = Personal::new("wang".to_owned());
    let to = Recipient::Office("鸭池镇人民政府".to_owned());
    let at = Moment::at(day(EVENING), 60);
    let made = Delivery { to, copy: None, way: By::ByHand, by, at, receipt: Receipt::Awaited };
    let later = Delivery { at: Moment::at(day("2025-09-25"), 60), ..made.clone() };
    let refused = hub.deliver_paper(told[0].number.clone(), later).await.unwrap_err();
    assert!(matches!(refused, HubError::Case(CaseError::Future { .. })), "{refused}");
    let row = hub.deliver_paper(told[0].number.clone(), made).await.unwrap();
    assert_eq!((row.service(), row.copies.count(), row.deliveries[0].copy), (Service::Waiting, 2, Some(1)));
    let kinds: Vec<_> = hub.issued_papers().await.unwrap().iter().map(|issued| issued.kind).collect();
    assert_eq!(kinds, [Kind::Notification, Kind::GovernmentReport, Kind::ReturnOrder]);
    // names are on paper, and nowhere in a store
    for place in [&tree.town, &tree.county, &tree.city, &tree.province] {
        let pairs = place.hub().desk.act(|room: &mut Room<'_>| room.list(b"")).await.unwrap();
        let named = pairs.iter().any(|(_, value)| value.windows(NAME.len()).any(|w| w == NAME.as_bytes()));
        assert!(!named, "{}", place.hub().me);
    }
}

#[tokio::test]
async fn a_hub_without_the_record_writes_no_document_about_a_child() {
    let (tree, school) = with_school().await;
    reported(&tree, &school, (1, "鸭小报〔2025〕1号"), &account(Some(grounds()))).await;
    let (_, told) = on_paper(&tree.county, Act::GovernmentInformed).await.unwrap();
    for place in [&tree.town, &tree.city, &tree.province] {
        let hub = place.hub();
        let refused = on_paper(place, Act::GovernmentInformed).await.unwrap_err();
        assert!(matches!(refused, HubError::Case(CaseError::Unknown(_))), "{}: {refused}", hub.me);
        let refused = hub.issue_handover(ID, None, "划转".to_owned(), "li".to_owned()).await.unwrap_err();
        assert!(matches!(refused, HubError::NoCase(_)), "{}: {refused}", hub.me);
        let refused = hub.print_paper(told[0].number.clone(), writer()).await.unwrap_err();
        assert!(matches!(refused, HubError::Register(RegisterError::NoSuch(_))), "{}: {refused}", hub.me);
        assert_eq!(hub.audit(1).await.unwrap()[0].ended, Ended::Refused, "{}: the attempt is logged", hub.me);
        assert!(hub.issued_papers().await.unwrap().is_empty(), "{}", hub.me);
    }
    for nobody in [Writer { by: " ".to_owned(), ..writer() }, Writer { purpose: String::new(), ..writer() }] {
        let refused = tree.county.hub().print_paper(told[0].number.clone(), nobody).await.unwrap_err();
        assert!(matches!(refused, HubError::Case(CaseError::Nobody | CaseError::NoPurpose)), "{refused}");
    }
}

#[tokio::test]
async fn a_report_for_another_key_gives_no_document_and_no_number_and_is_logged() {
    let (tree, school) = with_school().await;
    let hub = tree.county.hub();
    reported(&tree, &school, (1, "鸭小报〔2025〕1号"), &account(Some(grounds()))).await;
    let way = Way { case: ID, from: &school.party, to: &hub.me };
    let record = way.seal_account(&account(Some(grounds())), &OpenKey::generate().public());
    let shut = Report { case: ID, revision: 2, number: "鸭小报〔2025〕2号".to_owned(), record };
    tell(&tree, &school, Letter::Report(shut)).await;
    let refused = on_paper(&tree.county, Act::GovernmentInformed).await.unwrap_err();
    assert!(matches!(refused, HubError::Case(CaseError::Shut)), "{refused}");
    let log = hub.audit(1).await.unwrap();
    assert_eq!((log[0].action, log[0].ended), (Action::Issue, Ended::Refused));
    assert_eq!(hub.case(ID).await.unwrap().case.stage(), Stage::Reported);
    assert!(hub.issued_papers().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_document_lacks_stops_the_step_and_takes_no_number() {
    let (tree, school) = with_school().await;
    let hub = tree.county.hub();
    let number = "鸭小报〔2025〕1号";
    let stands =
        || async { (hub.case(ID).await.unwrap().case.stage(), hub.issued_papers().await.unwrap().len()) };
    reported(&tree, &school, (1, number), &account(None)).await;
    let refused = on_paper(&tree.county, Act::GovernmentInformed).await.unwrap_err();
    assert!(matches!(refused, HubError::Paper(PaperError::Empty("缺课起始日期"))), "{refused}");
    assert_eq!(stands().await, (Stage::Reported, 0));
    let without = Grounds { notice: None, ..grounds() };
    reported(&tree, &school, (2, number), &account(Some(without))).await;
    on_paper(&tree.county, Act::GovernmentInformed).await.expect("a notice is not needed for these");
    let refused = on_paper(&tree.county, Act::GovernmentPersuades).await.unwrap_err();
    assert!(matches!(refused, HubError::Case(CaseError::NoPaper(_))), "{refused}");
    hub.direct(ID, order(Act::GovernmentPersuades), "wang".to_owned()).await.unwrap();
    let late = Order { until: Some(day("2025-09-25")), ..order(Act::Ordered) };
    let refused = hub.direct_on_paper(ID, late, wish(), "wang".to_owned()).await.unwrap_err();
    assert!(matches!(refused, HubError::Case(CaseError::TooSoon { .. })), "{refused}");
    assert_eq!(stands().await, (Stage::GovPersuading, 2), "the number of the order is free again");
    hub.count_papers_past("七教函〔2025〕8号".parse().unwrap()).await.unwrap();
    hub.count_papers_past("七教函〔2025〕5号".parse().unwrap()).await.unwrap();
    // as when the clock moved the case up: an order goes out without a notice before it
    let (_, ordered) = on_paper(&tree.county, Act::Ordered).await.unwrap();
    assert_eq!(ordered[0].number.serial, 9, "behind what was given by hand");
}

#[tokio::test]
async fn a_corrected_report_takes_the_place_of_the_earlier_one_and_both_can_be_read() {
    let (tree, school) = with_school().await;
    let hub = tree.county.hub();
    reported(&tree, &school, (1, "鸭小报〔2025〕1号"), &account(Some(grounds()))).await;
    let mut corrected = account(Some(grounds()));
    corrected.record.address = Personal::new("石桥村四组".to_owned());
    reported(&tree, &school, (2, "鸭小报〔2025〕2号"), &corrected).await;
    let shown = hub.case(ID).await.unwrap();
    let told: Vec<_> = shown.reports.iter().map(|it| (it.revision, it.number.as_str())).collect();
    assert_eq!(told, [(1, "鸭小报〔2025〕1号"), (2, "鸭小报〔2025〕2号")]);
    for (asked, revision, replaced_by, address) in
        [(None, 2, None, "石桥村四组"), (Some(2), 2, None, "石桥村四组"), (Some(1), 1, Some(2), "石桥村三组")]
    {
        let opened = hub.open_report(ID, asked, "核对".to_owned(), "wang".to_owned()).await.unwrap();
        assert_eq!((opened.revision, opened.replaced_by), (revision, replaced_by));
        assert_eq!(opened.record.address.open(Purpose::Handover), address);
    }
    let none = hub.open_report(ID, Some(3), "核对".to_owned(), "wang".to_owned()).await.unwrap_err();
    assert!(matches!(none, HubError::Case(CaseError::NoReport(_))), "{none}");
}
