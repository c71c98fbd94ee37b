use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{option, sample};
use prost::Message as _;

use super::{letter_in, letter_out, record_in, record_out};
use crate::convert::Malformed;
use crate::model::case::{
    Act, Answer, Ask, Assignment, AuditHead, CaseId, ChildRecord, Closing, Direction, Evidence, Finding,
    Late, Leg, Letter, News, Outcome, Preview, Progress, Referral, Release, Report, Showing, Stage,
    TransferState,
};
use crate::model::day::{Day, Moment};
use crate::model::entry::Hash;
use crate::model::personal::Personal;
use crate::model::region::Region;
use crate::seal::{OpenKey, Sealed};
use crate::wire::letter as wire;
use crate::wire::letter::letter::Content;

const ACTS: [Act; 7] = [
    Act::GovernmentInformed,
    Act::GovernmentPersuades,
    Act::Visited,
    Act::Ordered,
    Act::ClosingConfirmed,
    Act::ClosingRefused,
    Act::OpenFromList,
];

fn case() -> impl Strategy<Value = CaseId> {
    any::<[u8; 16]>().prop_map(CaseId::new)
}

fn leg() -> impl Strategy<Value = Leg> {
    (case(), 1_u16..).prop_map(|(case, number)| case.leg(number))
}

fn day() -> impl Strategy<Value = Day> {
    (0_i32..40_000).prop_map(|number| Day::from_number(number).unwrap())
}

fn place() -> impl Strategy<Value = Region> {
    (110_000_000_u32..830_000_000).prop_map(|number| Region::from_number(number).unwrap())
}

fn sealed() -> impl Strategy<Value = Sealed> {
    proptest::collection::vec(any::<u8>(), 1..80).prop_map(Sealed)
}

fn text() -> impl Strategy<Value = String> {
    ".{0,30}"
}

fn preview() -> impl Strategy<Value = Preview> {
    let parts = (0_u8..=30, 1_u8..=9, place(), sample::select(Evidence::ALL));
    parts.prop_map(|(age_from, grade, last, evidence)| Preview { age_from, grade, last, evidence })
}

fn of_the_school() -> impl Strategy<Value = Letter> {
    let stage = sample::select(Stage::ALL);
    let progress = (case(), 1_u32.., stage, day(), option::of(day()), any::<bool>());
    let progress = (progress, option::of(day()), option::of(sample::select(Closing::ALL)));
    prop_oneof![
        progress.prop_map(|((case, revision, stage, since, due, overdue), suspended_until, closing)| {
            let progress = Progress { case, revision, stage, since, due, overdue, suspended_until, closing };
            Letter::Progress(progress)
        }),
        (case(), text(), sealed()).prop_map(|(case, number, record)| Letter::Report(Report {
            case,
            number,
            record
        })),
        (case(), sample::select(&ACTS[..]), day(), text(), option::of(day())).prop_map(
            |(case, act, day, number, until)| Letter::Direction(Direction { case, act, day, number, until })
        ),
        (case(), 1_u32.., place(), preview(), sealed(), any::<bool>()).prop_map(
            |(case, revision, to, preview, record, withdrawn)| {
                Letter::Referral(Referral { case, revision, to, preview, record, withdrawn })
            }
        ),
        (case(), sealed(), any::<i64>(), option::of(sample::select(Evidence::ALL))).prop_map(
            |(case, text, at, evidence)| Letter::Late(Late { case, text, at: Moment(at), evidence })
        ),
    ]
}

fn of_the_transfer() -> impl Strategy<Value = Letter> {
    let key = OpenKey::generate().public();
    let (state, outcome) = (sample::select(TransferState::ALL), sample::select(Outcome::ALL));
    let news = (leg(), state, option::of(place()), option::of(outcome.clone()), any::<i64>());
    prop_oneof![
        Just(Letter::Key(key.clone())),
        (news, text(), any::<bool>()).prop_map(|((leg, state, place, outcome, at), reason, yours)| {
            Letter::News(News { leg, state, place, outcome, at: Moment(at), reason, yours })
        }),
        proptest::collection::vec(any::<u8>(), 1..80).prop_map(Letter::Custody),
        (leg(), preview(), place()).prop_map(|(leg, preview, place)| Letter::Showing(Showing {
            leg,
            preview,
            place
        })),
        (leg(), text()).prop_map(move |(leg, purpose)| Letter::Ask(Ask { leg, purpose, key: key.clone() })),
        (leg(), sealed()).prop_map(|(leg, record)| Letter::Release(Release { leg, record })),
        (leg(), preview(), sealed(), day()).prop_map(|(leg, preview, record, due)| {
            Letter::Assignment(Assignment { leg, preview, record, due })
        }),
        (leg(), outcome.clone(), day(), option::of(place()), text()).prop_map(
            |(leg, outcome, day, place, note)| Letter::Finding(Finding { leg, outcome, day, place, note })
        ),
        (leg(), outcome, day(), any::<bool>()).prop_map(|(leg, outcome, day, roll_transfer)| {
            Letter::Answer(Answer { leg, outcome, day, roll_transfer })
        }),
        (any::<u64>(), any::<[u8; 32]>())
            .prop_map(|(n, hash)| Letter::AuditHead(AuditHead { n, hash: Hash(hash) })),
    ]
}

fn record() -> impl Strategy<Value = ChildRecord> {
    let personal = || text().prop_map(Personal::new);
    let person = (personal(), personal(), day().prop_map(Personal::new), personal(), personal());
    let home = (personal(), personal(), personal());
    let told = (text(), personal(), personal(), personal());
    (person, home, told).prop_map(
        |(
            (name, sex, birth, id_number, roll_number),
            (guardian, phone, address),
            (school, evidence, summary, needs),
        )| ChildRecord {
            name,
            sex,
            birth,
            id_number,
            roll_number,
            guardian,
            phone,
            address,
            school,
            evidence,
            summary,
            needs,
        },
    )
}

proptest! {
    #[test]
    fn every_letter_reads_back(letter in prop_oneof![of_the_school(), of_the_transfer()]) {
        assert_eq!(letter_in(&letter_out(&letter)), Ok(letter));
    }

    #[test]
    fn a_record_reads_back(record in record()) {
        assert_eq!(record_in(&record_out(&record)), Ok(record));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = (letter_in(&bytes), record_in(&bytes));
    }
}

fn direction() -> wire::Direction {
    wire::Direction { case: vec![7; 16], act: 3, day: 20_000, number: String::new(), until: None }
}

fn read(content: Content) -> Result<Letter, Malformed> {
    letter_in(&wire::Letter { content: Some(content) }.encode_to_vec())
}

#[test]
fn a_letter_says_which_field_is_wrong() {
    let leg = Some(wire::Leg { case: vec![7; 16], number: 1 });
    let preview = Some(wire::Preview { age_from: 12, grade: 10, last: 520_502_000, evidence: 1 });
    let report = wire::Report { case: vec![7; 16], number: String::new(), record: Vec::new() };
    let long = || "长".repeat(2_000);
    for (content, expected) in [
        (Content::Direction(wire::Direction { case: vec![7; 15], ..direction() }), "direction.case"),
        (Content::Direction(wire::Direction { act: 0, ..direction() }), "direction.act"),
        (Content::Direction(wire::Direction { day: i32::MAX, ..direction() }), "direction.day"),
        (Content::Report(report.clone()), "report.record"),
        (Content::Showing(wire::Showing { leg: leg.clone(), preview, place: 520_502_000 }), "preview.grade"),
        (Content::Ask(wire::Ask { leg: None, purpose: String::new(), key: vec![1] }), "ask.leg"),
        (Content::Ask(wire::Ask { leg: leg.clone(), purpose: String::new(), key: vec![1] }), "ask.key"),
        (Content::Key(vec![1, 2, 3]), "key"),
        (Content::Custody(Vec::new()), "custody"),
    ] {
        assert_eq!(read(content), Err(Malformed::Field(expected)));
    }
    for (content, expected) in [
        (Content::Direction(wire::Direction { number: long(), ..direction() }), "direction.number"),
        (Content::Report(wire::Report { record: vec![1; 1 << 17], ..report }), "report.record"),
        (Content::Ask(wire::Ask { leg, purpose: long(), key: vec![1] }), "ask.purpose"),
    ] {
        assert_eq!(read(content), Err(Malformed::TooLarge(expected)));
    }
}

#[test]
fn what_a_later_release_writes_is_told_from_what_is_broken() {
    // field 900, two bytes
    let letter = [0xa2, 0x38, 0x02, 1, 2];
    assert_eq!(letter_in(&letter), Err(Malformed::Later("letter")));
    let act = Content::Direction(wire::Direction { act: 99, ..direction() });
    assert_eq!(read(act), Err(Malformed::Later("direction.act")));
    assert_eq!(letter_in(&[]), Err(Malformed::Field("letter")));
    assert_eq!(letter_in(b"\xff"), Err(Malformed::NotA("letter")));
}

#[test]
fn an_error_about_a_record_tells_nothing_of_the_child() {
    let record = wire::ChildRecord { name: "某".repeat(300), ..wire::ChildRecord::default() };
    let error = record_in(&record.encode_to_vec()).unwrap_err();
    assert_eq!(error, Malformed::TooLarge("record.name"));
    assert!(!format!("{error} {error:?}").contains('某'));
}
