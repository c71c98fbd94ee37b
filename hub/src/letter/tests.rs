use proto::model::case::{CaseId, ChildRecord, Evidence, Outcome, Preview};
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::paper::{Contact, Number, Paper, Year, serial};
use proto::seal::Sealed;
use proto::store::{MemoryStore, Room};

use super::{LetterError, Reply, Standing, Waiting, all, draft, find, paper, wait, waiting, withdraw};

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

fn case(n: u8) -> Waiting {
    Waiting {
        leg: CaseId::new([n; 16]).leg(1),
        county: "p52/c5205/d520502".parse().unwrap(),
        to: "440306".parse().unwrap(),
        addressee: "440300".parse().unwrap(),
        preview: Preview {
            age_from: 12,
            grade: 7,
            last: "520502".parse().unwrap(),
            evidence: Evidence::ParentStatement,
        },
        record: Sealed(vec![n]),
        since: Moment(0),
    }
}

fn number(room: &mut Room<'_>, day: &str) -> Number {
    serial::next(room, &"毕教函".parse().unwrap(), Year::of(d(day))).unwrap()
}

fn reply(outcome: Outcome, day: &str) -> Reply {
    Reply { outcome, day: d(day), place: None, note: String::new(), by: "wang".to_owned() }
}

#[test]
fn a_case_is_in_one_letter_and_the_numbers_run_through_the_year() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    assert!(wait(&mut room, &case(1)).unwrap() && wait(&mut room, &case(2)).unwrap());
    let first = number(&mut room, "2026-11-21");
    draft(&mut room, first, case(1).addressee, (d("2026-11-21"), "wang"), vec![case(1)]);
    assert_eq!(waiting(&room).unwrap(), [case(2)]);
    // asked again after a restore of the county: it is in a letter already
    assert!(!wait(&mut room, &case(1)).unwrap());
    assert!(withdraw(&mut room, case(2).leg).unwrap() && !withdraw(&mut room, case(2).leg).unwrap());
    let second = number(&mut room, "2026-12-31");
    draft(&mut room, second, case(3).addressee, (d("2026-12-31"), "wang"), vec![case(3)]);
    let numbers: Vec<String> = all(&room).unwrap().iter().map(|letter| letter.number.to_string()).collect();
    assert_eq!(numbers, ["毕教函〔2026〕1号", "毕教函〔2026〕2号"]);
    for (text, found) in
        [("2号", true), ("毕教函〔2026〕1号", true), ("〔2026〕1号", true), ("号", false), ("3号", false)]
    {
        assert_eq!(find(&room, text).unwrap().is_ok(), found, "{text}");
    }
}

#[test]
fn a_letter_is_answered_child_by_child_in_part_late_and_once() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let given = number(&mut room, "2026-11-21");
    let mut letter =
        draft(&mut room, given, case(1).addressee, (d("2026-11-21"), "wang"), vec![case(1), case(2)]);
    let today = d("2026-12-30");
    let (one, two) = (case(1).leg.to_string(), case(2).leg.to_string());
    let early = letter.reply(&one, reply(Outcome::Placed, "2026-12-01"), today);
    assert!(matches!(early, Err(LetterError::NotSent(_))));
    assert!(matches!(letter.send(d("2026-11-20"), today, 30, "wang"), Err(LetterError::Day { .. })));
    assert!(matches!(letter.send(d("2026-12-31"), today, 30, "wang"), Err(LetterError::Day { .. })));
    letter.send(d("2026-11-23"), today, 30, "wang").unwrap();
    assert_eq!(letter.sent.as_ref().map(|sent| sent.reply_by), Some(d("2026-12-23")));
    assert!(matches!(letter.send(d("2026-11-23"), today, 30, "wang"), Err(LetterError::AlreadySent(_))));
    assert!(!letter.is_overdue(d("2026-12-23")) && letter.is_overdue(d("2026-12-24")));

    assert!(matches!(
        letter.reply("", reply(Outcome::Placed, "2026-12-01"), today),
        Err(LetterError::NoLine { .. })
    ));
    letter.reply(&one[..4], reply(Outcome::Persuading, "2026-12-01"), today).unwrap();
    assert_eq!(letter.standing(), Standing::Partial);
    // found first, in class later: that is no contradiction
    letter.reply(&one, reply(Outcome::Placed, "2026-12-20"), today).unwrap();
    letter.reply(&one, reply(Outcome::Placed, "2026-12-20"), today).unwrap();
    let contradicted = letter.reply(&one, reply(Outcome::NotFound, "2026-12-21"), today).unwrap_err();
    assert!(matches!(contradicted, LetterError::AlreadyAnswered { .. }));
    assert!(contradicted.say(Lang::Zh).contains("一个学生只有一个结果"));
    // late, and taken all the same
    assert!(letter.is_overdue(today));
    letter.reply(&two, reply(Outcome::NotFound, "2026-12-29"), today).unwrap();
    assert_eq!(letter.standing(), Standing::Answered);
    assert!(!letter.is_overdue(today));
}

fn text(text: &str) -> Personal<String> {
    Personal::new(text.to_owned())
}

fn record() -> ChildRecord {
    ChildRecord {
        name: text("甲"),
        sex: text("女"),
        birth: Personal::new(d("2013-05-06")),
        id_number: text(""),
        roll_number: text(""),
        guardian: text("某"),
        phone: text(""),
        address: text("某镇某村 78 号"),
        school: "示范小学".to_owned(),
        evidence: text("房东来电"),
        summary: text(""),
        needs: text(""),
        reached: None,
        unwilling: None,
    }
}

#[test]
fn a_letter_is_a_document_of_the_children_whose_records_open() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let given = number(&mut room, "2026-11-21");
    let letter =
        draft(&mut room, given, case(1).addressee, (d("2026-11-21"), "wang"), vec![case(1), case(2)]);
    let contact = Contact { name: text("某"), phone: text("0857-0000000") };
    let paper = paper::of(&letter, &[Some(record()), None], "毕节市教育局", d("2026-12-21"), contact);
    assert!(paper.docx().is_ok_and(|docx| docx.open(Purpose::Document).starts_with(b"PK")));
    let Paper::AssistanceLetter(paper) = paper else { panic!() };
    assert_eq!((paper.head.issuer.as_str(), paper.to.as_str()), ("毕节市教育局", "广东省深圳市教育行政部门"));
    assert_eq!(paper.children.len(), 1);
    let moved = &paper.children[0];
    assert_eq!((moved.child.class.as_str(), moved.child.id_number.is_none()), ("七年级", true));
    assert_eq!(moved.whereabouts.open(Purpose::Document), "广东省深圳市宝安区");
}

#[test]
fn a_letter_says_of_contacts_what_the_school_has_on_record_and_no_more() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let given = number(&mut room, "2026-11-21");
    let letter = draft(
        &mut room,
        given,
        case(1).addressee,
        (d("2026-11-21"), "wang"),
        vec![case(1), case(2), case(3)],
    );
    let records = [Some(2), Some(0), None].map(|reached| Some(ChildRecord { reached, ..record() }));
    let contact = Contact { name: text("某"), phone: text("0857-0000000") };
    let paper = paper::of(&letter, &records, "毕节市教育局", d("2026-12-21"), contact);
    let Paper::AssistanceLetter(paper) = paper else { panic!() };
    let said: Vec<&String> =
        paper.children.iter().map(|moved| moved.evidence.open(Purpose::Document)).collect();
    let proof = case(1).preview.evidence.say(Lang::Zh);
    let expected = ["；学校已联系学生或者其家人2次", "；学校尚未联系上学生及其监护人", ""];
    assert_eq!(said, expected.map(|words| format!("{proof}：房东来电{words}")).each_ref());
}
