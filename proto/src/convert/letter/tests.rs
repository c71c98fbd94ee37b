use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{option, sample};
use prost::Message as _;

use super::{account_in, account_out, letter_in, letter_out, record_in, record_out};
use crate::convert::Malformed;
use crate::model::case::{
    Account, Act, Answer, Ask, Assignment, AuditHead, CaseId, Checked, ChildRecord, Closing, Directed,
    Direction, Duty, Escalation, Evidence, Finding, Grounds, Handed, Inquiry, Introduced, Kept, Late, Leg,
    Letter, ListResult, Listed, Match, Newcomer, News, Office, Outcome, Outward, Overdue, PoolAsk, PoolKey,
    Posted, Preview, Progress, Proof, Referral, Refused, Release, Replied, Report, Roll, Showing, Stage, Tag,
    Token, TokenKind, Tokens, TransferState, Unheard, Unwilling, Unwillingness, Withdrawn,
};
use crate::model::day::{Day, Moment};
use crate::model::entry::Hash;
use crate::model::party::Party;
use crate::model::personal::Personal;
use crate::model::region::Region;
use crate::seal::{OpenKey, Sealed};
use crate::wire::letter as wire;
use crate::wire::letter::letter::Content;

fn case() -> impl Strategy<Value = CaseId> {
    any::<[u8; 16]>().prop_map(CaseId::new)
}

fn leg() -> impl Strategy<Value = Leg> {
    (case(), any::<u16>()).prop_map(|(case, number)| case.leg(number))
}

fn day() -> impl Strategy<Value = Day> {
    (0_i32..40_000).prop_map(|number| Day::from_number(number).unwrap())
}

fn place() -> impl Strategy<Value = Region> {
    (110_000_000_u32..830_000_000).prop_map(|number| Region::from_number(number).unwrap())
}

fn sealed() -> impl Strategy<Value = Sealed> {
    vec(any::<u8>(), 1..80).prop_map(Sealed)
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
    let act = (sample::select(Act::ALL), day(), text(), option::of(day()), text(), any::<bool>());
    let acts = act.prop_map(|(act, day, number, until, note, earlier)| Directed {
        act,
        day,
        number,
        until,
        note,
        earlier,
    });
    let progress = (progress, option::of(day()), option::of(sample::select(Closing::ALL)), vec(acts, 0..3));
    prop_oneof![
        progress.prop_map(
            |((case, revision, stage, since, due, overdue), suspended_until, closing, acts)| {
                let progress =
                    Progress { case, revision, stage, since, due, overdue, suspended_until, closing, acts };
                Letter::Progress(progress)
            }
        ),
        (case(), 1_u32.., text(), sealed()).prop_map(|(case, revision, number, record)| {
            Letter::Report(Report { case, revision, number, record })
        }),
        (case(), sample::select(Act::ALL), day(), text(), option::of(day()), text()).prop_map(
            |(case, act, day, number, until, note)| {
                Letter::Direction(Direction { case, act, day, number, until, note })
            }
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
        vec(any::<u8>(), 1..80).prop_map(Letter::Custody),
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
        (case(), text()).prop_map(|(case, file)| Letter::Proof(Proof { case, file })),
        (leg(), 1..u32::MAX, day(), any::<bool>())
            .prop_map(|(leg, step, sent, over)| Letter::Unheard(Unheard { leg, step, sent, over })),
        (leg(), day(), option::of(sample::select(Closing::ALL))).prop_map(|(leg, day, why)| {
            let county = "p52/c5205/d520502".parse().unwrap();
            Letter::Withdrawn(Withdrawn { leg, county, day, why })
        }),
        (case(), sealed()).prop_map(|(case, record)| Letter::Kept(Kept { case, record })),
        audit_head(),
        escalation(),
    ]
}

fn audit_head() -> impl Strategy<Value = Letter> {
    let hash = || any::<[u8; 32]>().prop_map(Hash);
    let parts = (0..u64::MAX / 2, hash(), hash(), vec(hash(), 0..5));
    parts.prop_map(|(since, hash, base, links)| {
        let n = since + links.len() as u64;
        Letter::AuditHead(AuditHead { n, hash, since, base, links })
    })
}

fn escalation() -> impl Strategy<Value = Letter> {
    let open = (sample::select(Duty::ALL), day()).prop_map(|(duty, due)| Overdue { duty, due });
    let open = vec(open, 0..3);
    let parts = (case(), sample::select(Office::ALL), any::<u64>(), open, any::<bool>());
    parts.prop_map(|(case, office, revision, open, unattended)| {
        let by = "p52/c5205/d520502".parse().unwrap();
        Letter::Escalation(Escalation { case, by, office, revision, open, unattended })
    })
}

fn of_an_inquiry() -> impl Strategy<Value = Letter> {
    let (state, outcome) = (sample::select(TransferState::ALL), option::of(sample::select(Outcome::ALL)));
    let posted = (leg(), state, text(), option::of(day()), outcome, option::of(place()));
    prop_oneof![
        (leg(), place(), preview(), sealed(), any::<bool>()).prop_map(
            |(leg, to, preview, record, withdrawn)| {
                Letter::Outward(Outward { leg, to, preview, record, withdrawn })
            }
        ),
        (posted, any::<i64>(), text()).prop_map(
            |((leg, state, number, reply_by, outcome, place), at, note)| {
                let at = Moment(at);
                Letter::Posted(Posted { leg, state, number, reply_by, outcome, place, at, note })
            }
        ),
        (case(), text(), day(), option::of(day()), sealed(), option::of(1..=9_u8)).prop_map(
            |(case, list, day, answer_by, record, grade)| {
                let code = grade.map(|grade| format!("215200000{grade}").parse().unwrap());
                Letter::Listed(Listed { case, list, day, answer_by, record, code, grade })
            }
        ),
        (case(), sample::select(ListResult::ALL), day(), text())
            .prop_map(|(case, result, day, note)| Letter::Checked(Checked { case, result, day, note })),
    ]
}

fn between_provinces() -> impl Strategy<Value = Letter> {
    let hub = || sample::select(&["p51", "p51/c5101"][..]).prop_map(|path| path.parse::<Party>().unwrap());
    let some = || vec(any::<u8>(), 0..40);
    let letter = (leg(), text(), hub(), place());
    prop_oneof![
        (some(), option::of(any::<[u8; 16]>()))
            .prop_map(|(receipt, parcel)| Letter::Refused(Refused { receipt, parcel })),
        (hub(), some())
            .prop_map(|(party, introduction)| Letter::Introduced(Introduced { party, introduction })),
        (letter, preview(), sealed(), day(), day(), any::<bool>()).prop_map(
            |((leg, number, writer, to), preview, record, sent, reply_by, withdrawn)| {
                Letter::Inquiry(Inquiry {
                    leg,
                    number,
                    writer,
                    to,
                    preview,
                    record,
                    sent,
                    reply_by,
                    withdrawn,
                })
            }
        ),
        (leg(), text(), sample::select(Outcome::ALL), day(), option::of(place()), text()).prop_map(
            |(leg, number, outcome, day, place, note)| {
                Letter::Replied(Replied { leg, number, outcome, day, place, note })
            }
        ),
    ]
}

fn of_a_pool() -> impl Strategy<Value = Letter> {
    let key = OpenKey::generate().public();
    let hub = || sample::select(&["p52", "p52/c5205"][..]).prop_map(|path| path.parse::<Party>().unwrap());
    let tag = || any::<[u8; 16]>().prop_map(Tag);
    let kind = || sample::select(TokenKind::ALL);
    let handed = (tag(), kind(), any::<[u8; 32]>());
    let handed = handed.prop_map(|(tag, kind, token)| Handed { tag, kind, token: Token(token) });
    prop_oneof![
        hub().prop_map(move |pool| Letter::PoolAsk(PoolAsk { pool, key: key.clone() })),
        (hub(), any::<u64>(), sealed()).prop_map(|(pool, id, key)| Letter::PoolKey(PoolKey {
            pool,
            id,
            key
        })),
        (tag(), sealed(), any::<bool>()).prop_map(|(tag, id_number, left)| Letter::Newcomer(Newcomer {
            tag,
            id_number,
            left
        })),
        sealed().prop_map(|children| Letter::Roll(Roll(children))),
        vec(any::<u8>(), 1..40).prop_map(Letter::Revocation),
        (any::<u64>(), vec(handed, 0..4), vec(tag(), 0..4))
            .prop_map(|(key, tokens, gone)| Letter::Tokens(Tokens { key, tokens, gone })),
        (tag(), kind(), hub(), tag(), kind()).prop_map(|(mine, kind, there, theirs, their_kind)| {
            Letter::Match(Match { mine, kind, there, theirs, their_kind })
        }),
    ]
}

fn record() -> impl Strategy<Value = ChildRecord> {
    let personal = || text().prop_map(Personal::new);
    let person = (personal(), personal(), day().prop_map(Personal::new), personal(), personal());
    let home = (personal(), personal(), personal());
    let unwilling = (sample::select(Unwillingness::ALL), day()).prop_map(|(kind, on)| Unwilling { kind, on });
    let told = (text(), personal(), personal(), personal(), option::of(any::<u32>()), option::of(unwilling));
    (person, home, told).prop_map(
        |(
            (name, sex, birth, id_number, roll_number),
            (guardian, phone, address),
            (school, evidence, summary, needs, reached, unwilling),
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
            reached,
            unwilling,
        },
    )
}

fn grounds() -> impl Strategy<Value = Grounds> {
    let counted = (day(), day(), any::<u32>(), option::of((".{1,20}", day())));
    (text(), text(), counted, text().prop_map(Personal::new)).prop_map(
        |(class, relation, (since, until, days, notice), efforts)| Grounds {
            class,
            relation,
            since,
            until,
            days,
            notice,
            efforts,
        },
    )
}

proptest! {
    #[test]
    fn a_report_reads_back_and_as_a_record_too(record in record(), grounds in option::of(grounds())) {
        let account = Account { record, grounds };
        let bytes = account_out(&account);
        assert_eq!(record_in(&bytes).as_ref(), Ok(&account.record));
        assert_eq!(account_in(&record_out(&account.record)).map(|read| read.grounds), Ok(None));
        assert_eq!(account_in(&bytes), Ok(account));
    }

    #[test]
    fn every_letter_reads_back(letter in prop_oneof![
        of_the_school(), of_the_transfer(), of_an_inquiry(), of_a_pool(), between_provinces(),
    ]) {
        assert_eq!(letter_in(&letter_out(&letter)), Ok(letter));
    }

    #[test]
    fn a_record_reads_back(record in record()) {
        assert_eq!(record_in(&record_out(&record)), Ok(record));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in vec(any::<u8>(), 0..120)) {
        let _ = (letter_in(&bytes), record_in(&bytes), account_in(&bytes));
    }
}

fn direction() -> wire::Direction {
    let (number, note) = (String::new(), String::new());
    wire::Direction { case: vec![7; 16], act: 3, day: 20_000, number, until: None, note }
}

fn read(content: Content) -> Result<Letter, Malformed> {
    letter_in(&wire::Letter { content: Some(content) }.encode_to_vec())
}

#[test]
fn a_report_of_a_school_that_does_not_count_them_is_the_first() {
    let report = wire::Report { case: vec![7; 16], record: vec![1], ..wire::Report::default() };
    assert!(matches!(read(Content::Report(report)), Ok(Letter::Report(Report { revision: 1, .. }))));
}

#[test]
fn a_letter_says_which_field_is_wrong() {
    let leg = Some(wire::Leg { case: vec![7; 16], number: 1 });
    let preview = Some(wire::Preview { age_from: 12, grade: 10, last: 520_502_000, evidence: 1 });
    let report = wire::Report { case: vec![7; 16], ..wire::Report::default() };
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
        (Content::Proof(wire::Proof { case: vec![7; 16], file: "x".repeat(Proof::MAX + 1) }), "proof.file"),
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
