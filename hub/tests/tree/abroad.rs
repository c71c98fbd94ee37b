//! Two roots that know each other: keys that come late, and letters that nobody may write across.

use hub::desk::HubError;
use hub::desk::courier::{Answer, Reader};
use hub::incoming::{self, Incoming, IncomingError, Standing};
use hub::letter::{Reply, Standing as LetterStanding};
use hub::todo::Wait;
use proto::link::conversation::Words;
use proto::link::post::Reason;
use proto::model::case::{CaseId, Duty, Evidence, Finding, Leg, Letter, Outcome, Preview, Referral, Way};
use proto::model::day::Day;
use proto::model::personal::Purpose;
use proto::parcel;
use proto::seal::OpenKey;
use proto::store::Room;

use crate::duties::{officer, own};
use crate::harness::{EVENING, Place, School, Tree, day};
use crate::mail::{child, key_of};

async fn introduce(from: &Place, to: &Place) {
    let told = from.hub().introduction().await.unwrap();
    let fingerprint = told.fingerprint.to_string();
    to.hub().add_neighbour(told.file, Some(&fingerprint)).await.unwrap();
}

/// One stick from root to root.
async fn carry(from: &Place, to: &Place) {
    let stick = tempfile::tempdir().unwrap();
    let reader = Reader::Neighbour(to.hub().me.clone());
    let made = from.hub().courier_export(reader, stick.path().to_owned(), Words::default()).await.unwrap();
    for file in made.files {
        to.hub().courier_import(file.path, Answer::None).await.unwrap();
    }
}

async fn told(place: &Place) -> Vec<(String, Reason)> {
    let (_, answers) = place.hub().quarantine().await.unwrap();
    answers.into_iter().map(|answer| (answer.from.to_string(), answer.reason)).collect()
}

/// The place that is written to.
const THERE: &str = "510104";

/// The city writes a letter about a child of its county. Gives the school that lost it.
async fn written(tree: &Tree) -> (School, Leg) {
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    refer(tree, &school, (CaseId::new([7; 16]), 1, false)).await;
    tree.county.hub().hand_on(CaseId::new([7; 16]), None, officer(), String::new()).await.unwrap();
    for _ in 0..3 {
        tree.night().await;
    }
    let city = tree.city.hub();
    let to = THERE.parse().unwrap();
    city.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), officer()).await.unwrap();
    let leg = city.send_letter("1号".to_owned(), None, officer()).await.unwrap().lines[0].case.leg;
    tree.night().await;
    (school, leg)
}

/// A county of the other province with a school, and a letter that reached it.
struct There {
    sichuan: Place,
    chengdu: Place,
    county: Place,
    school: School,
    key: OpenKey,
}

impl There {
    async fn known_to(tree: &Tree) -> Self {
        let clock = || tree.clock.clone();
        let (sichuan, chengdu) = (Place::found("51", clock()).await, Place::found("5101", clock()).await);
        let county = Place::found(THERE, clock()).await;
        chengdu.join(&sichuan).await;
        county.join(&chengdu).await;
        let code = county.invite("2151000001", Some(THERE)).await;
        let school = School::join(&code, clock()).await.unwrap();
        let key = OpenKey::generate();
        school.send(&county.hub().me, Letter::Key(key.public())).await;
        let there = Self { sichuan, chengdu, county, school, key };
        there.calls().await;
        introduce(&there.sichuan, &tree.province).await;
        introduce(&tree.province, &there.sichuan).await;
        tree.night().await;
        there
    }

    async fn calls(&self) {
        for _ in 0..3 {
            self.school.call(0).await.unwrap();
            self.county.sync().await;
            self.chengdu.sync().await;
        }
    }

    /// What the writer has sent reaches the school.
    async fn hears(&self, tree: &Tree) {
        carry(&tree.province, &self.sichuan).await;
        self.calls().await;
    }

    async fn stands(&self) -> Incoming {
        self.county.hub().incoming().await.unwrap().remove(0)
    }

    async fn gives(&self, leg: Leg) {
        let (case, unit) = (leg.case.to_string(), self.school.party.clone());
        let it = self.county.hub().assign_incoming(case, unit, officer()).await.unwrap();
        assert_eq!(
            (it.standing(), own(&self.county, leg.case).await[0].0),
            (Standing::Searched, Duty::Verify)
        );
        self.calls().await;
    }

    async fn finds(&self, leg: Leg, outcome: Outcome) {
        self.finds_on(leg, outcome, day(EVENING)).await;
    }

    async fn finds_on(&self, leg: Leg, outcome: Outcome, day: Day) {
        let note = String::new();
        let finding = Finding { leg, outcome, day, place: None, note };
        self.school.send(&self.county.hub().me, Letter::Finding(finding)).await;
        self.calls().await;
    }

    fn is_relieved(&self, leg: Leg) -> bool {
        self.school.letters().iter().any(|letter| matches!(letter, Letter::News(news) if news.ends(leg)))
    }
}

#[tokio::test]
async fn a_school_looks_for_the_child_of_a_letter_and_what_it_finds_is_the_answer() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let (_school, leg) = written(&tree).await;
    there.hears(&tree).await;
    assert_eq!(there.stands().await.standing(), Standing::Here);
    let (county, school) = (&there.county, &there.school);
    let assign = async |unit| county.hub().assign_incoming(leg.case.to_string(), unit, officer()).await;
    let town = assign(there.chengdu.hub().me.clone()).await;
    assert!(matches!(town, Err(HubError::NoUnit(_))), "{town:?}");
    there.gives(leg).await;
    let given = school.letters().into_iter().find_map(|letter| match letter {
        Letter::Assignment(given) => Some(given),
        _ => None,
    });
    let given = given.unwrap();
    let way = Way { case: leg.case, from: &county.hub().me, to: &school.party };
    assert_eq!((given.leg, given.due), (leg, day("2025-09-30")));
    assert_eq!(way.open(&given.record, &there.key).unwrap().name.open(Purpose::SchoolStaff), "金丝雀");
    // not found there: the officer decides who looks next, and nothing was answered
    there.finds(leg, Outcome::NotFound).await;
    let it = there.stands().await;
    assert_eq!((it.standing(), it.reply), (Standing::Here, None));
    assert_eq!(own(county, leg.case).await[0].0, Duty::AnswerInquiry);
    there.gives(leg).await;
    there.finds(leg, Outcome::Placed).await;
    let it = there.stands().await;
    let by = it.reply.as_ref().map(|reply| reply.by.clone());
    assert_eq!((it.standing(), by), (Standing::Answered, Some(school.party.to_string())));
    carry(&there.sichuan, &tree.province).await;
    tree.night().await;
    assert_eq!(tree.city.hub().letters().await.unwrap().0[0].standing(), LetterStanding::Answered);
    let late = assign(school.party.clone()).await;
    assert!(matches!(late, Err(HubError::Incoming(IncomingError::Answered { .. }))), "{late:?}");
}

#[tokio::test]
async fn a_school_that_looks_for_the_child_of_a_letter_hears_that_its_writer_asks_no_more() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let (school, leg) = written(&tree).await;
    there.hears(&tree).await;
    there.gives(leg).await;
    assert!(!there.is_relieved(leg));
    refer(&tree, &school, (leg.case, 2, true)).await;
    tree.night().await;
    there.hears(&tree).await;
    assert!(there.is_relieved(leg));
    assert_eq!(there.stands().await.standing(), Standing::Withdrawn);
    assert_eq!(own(&there.county, leg.case).await, []);
    let unit = there.school.party.clone();
    let again = there.county.hub().assign_incoming(leg.case.to_string(), unit, officer()).await;
    assert!(matches!(again, Err(HubError::Incoming(IncomingError::TakenBack(_)))), "{again:?}");
}

#[tokio::test]
async fn a_school_that_persuades_the_child_of_a_letter_hears_that_an_officer_answered_otherwise() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let (_school, leg) = written(&tree).await;
    there.hears(&tree).await;
    there.gives(leg).await;
    there.finds(leg, Outcome::Persuading).await;
    let reply =
        |outcome| Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: officer() };
    let answer = async |outcome| {
        there.county.hub().answer_incoming(leg.case.to_string(), reply(outcome)).await.unwrap();
        there.calls().await;
    };
    answer(Outcome::Persuading).await;
    assert!(!there.is_relieved(leg), "the same answer once more");
    answer(Outcome::NotFound).await;
    assert!(there.is_relieved(leg));
}

#[tokio::test]
async fn a_school_that_had_the_child_before_the_letter_was_written_answers_it() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let (_school, leg) = written(&tree).await;
    there.hears(&tree).await;
    there.gives(leg).await;
    there.finds_on(leg, Outcome::Placed, day(EVENING).plus(-9)).await;
    let it = there.stands().await;
    assert_eq!((it.standing(), it.reply.unwrap().day), (Standing::Answered, it.inquiry.sent));
}

#[tokio::test]
async fn a_letter_handed_on_to_another_county_is_over_at_the_first_unless_that_has_the_child() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let other = Place::found("510105", tree.clock.clone()).await;
    other.join(&there.chengdu).await;
    let (_school, leg) = written(&tree).await;
    there.hears(&tree).await;
    there.gives(leg).await;
    let chengdu = there.chengdu.hub();
    let pass = async |to: &str| {
        chengdu.pass_incoming(leg.case.to_string(), to.parse().unwrap(), officer()).await.unwrap();
        there.calls().await;
        other.sync().await;
    };
    pass("510105").await;
    assert!(there.is_relieved(leg));
    assert_eq!(
        (there.stands().await.standing(), own(&there.county, leg.case).await),
        (Standing::Withdrawn, vec![])
    );
    assert_eq!(own(&other, leg.case).await[0].0, Duty::AnswerInquiry);
    // and back: it is asked once more
    pass(THERE).await;
    assert_eq!(there.stands().await.standing(), Standing::Searched);
    pass("510105").await;
    // its school had the child before it heard
    there.finds(leg, Outcome::Placed).await;
    assert_eq!(chengdu.incoming().await.unwrap()[0].standing(), Standing::Answered);
    carry(&there.sichuan, &tree.province).await;
    tree.night().await;
    assert_eq!(tree.city.hub().letters().await.unwrap().0[0].standing(), LetterStanding::Answered);
}

#[tokio::test]
async fn a_school_that_persuades_the_child_of_a_letter_hears_that_it_is_back_where_it_was_lost() {
    let tree = Tree::joined().await;
    let there = There::known_to(&tree).await;
    let (school, leg) = written(&tree).await;
    there.hears(&tree).await;
    there.gives(leg).await;
    there.finds(leg, Outcome::Persuading).await;
    assert_eq!(there.stands().await.standing(), Standing::Answered);
    carry(&there.sichuan, &tree.province).await;
    tree.night().await;
    refer(&tree, &school, (leg.case, 2, true)).await;
    tree.night().await;
    assert!(!there.is_relieved(leg));
    there.hears(&tree).await;
    assert!(there.is_relieved(leg));
    assert_eq!(there.stands().await.standing(), Standing::Withdrawn);
}

#[tokio::test]
async fn a_letter_whose_reader_has_no_known_key_waits_until_the_neighbour_has_told_it() {
    let tree = Tree::joined().await;
    let sichuan = Place::found("51", tree.clock.clone()).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let (_school, leg) = written(&tree).await;
    let (city, case, to) = (tree.city.hub(), leg.case, THERE.parse().unwrap());
    let out = || city.desk.act(move |room: &mut Room<'_>| incoming::across(room, leg));
    assert_eq!(out().await.unwrap().unwrap().sent, None, "no key to seal for");

    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    carry(&sichuan, &tree.province).await;
    tree.night().await;
    assert!(out().await.unwrap().unwrap().sent.is_some(), "the key has come, and the letter goes");
    tree.night().await;
    carry(&tree.province, &sichuan).await;
    chengdu.sync().await;
    let came = chengdu.hub().incoming().await.unwrap();
    assert_eq!(came[0].standing(), Standing::Here, "its county runs no hub yet");
    assert!(chengdu.hub().todo().await.unwrap().iter().any(|item| item.wait == Wait::Inquiry));
    let nobody = chengdu.hub().pass_incoming(case.to_string(), to, "wang".to_owned()).await;
    assert!(matches!(nobody, Err(HubError::NoSealKey(_))), "{nobody:?}");
    let reply = Reply {
        outcome: Outcome::NotFound,
        day: day(EVENING),
        place: None,
        note: String::new(),
        by: "wang".to_owned(),
    };
    chengdu.hub().answer_incoming(case.to_string(), reply).await.unwrap();
    chengdu.sync().await;
    carry(&sichuan, &tree.province).await;
    tree.night().await;
    assert_eq!(city.letters().await.unwrap().0[0].standing(), LetterStanding::Answered);
}

#[tokio::test]
async fn another_province_writes_letters_and_nothing_else_and_is_told_so() {
    let tree = Tree::joined().await;
    let sichuan = Place::found("51", tree.clock.clone()).await;
    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let leg = CaseId::new([7; 16]).leg(1);
    let (day, note) = (day(EVENING), String::new());
    let finding = Letter::Finding(Finding { leg, outcome: Outcome::Placed, day, place: None, note });
    let (hub, to) = (chengdu.hub().clone(), tree.city.hub().me.clone());
    let send = move |room: &mut Room<'_>| {
        let identity = hub.state().identity.clone().unwrap();
        parcel::send(room, &identity, &to, finding, hub.clock.now())
    };
    chengdu.hub().desk.act(send).await.unwrap();
    chengdu.sync().await;
    carry(&sichuan, &tree.province).await;
    for _ in 0..2 {
        tree.night().await;
    }
    let (held, _) = tree.city.hub().quarantine().await.unwrap();
    assert_eq!((held.len(), held[0].reason), (1, Reason::NotYours), "{held:?}");
    carry(&tree.province, &sichuan).await;
    chengdu.sync().await;
    assert_eq!(told(&chengdu).await, [("p52/c5205".to_owned(), Reason::NotYours)]);
}

/// A letter of this city about a child goes by stick to the city of the place there.
async fn written_across(tree: &Tree, case: CaseId) -> (Place, Place, School) {
    let sichuan = Place::found("51", tree.clock.clone()).await;
    let chengdu = Place::found("5101", tree.clock.clone()).await;
    chengdu.join(&sichuan).await;
    introduce(&sichuan, &tree.province).await;
    introduce(&tree.province, &sichuan).await;
    tree.night().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    refer(tree, &school, (case, 1, false)).await;
    tree.county.hub().hand_on(case, None, "officer".to_owned(), String::new()).await.unwrap();
    for _ in 0..3 {
        tree.night().await;
    }
    let city = tree.city.hub();
    city.draft_letter("510104".parse().unwrap(), "毕教函".parse().unwrap(), Vec::new(), "ma".to_owned())
        .await
        .unwrap();
    city.send_letter("1号".to_owned(), None, "ma".to_owned()).await.unwrap();
    exchange(tree, &sichuan, &chengdu).await;
    (sichuan, chengdu, school)
}

async fn refer(tree: &Tree, school: &School, (case, revision, withdrawn): (CaseId, u32, bool)) {
    let county = tree.county.hub().me.clone();
    let record = Way { case, from: &school.party, to: &county }.seal(&child(), &key_of(&tree.county).await);
    let (last, evidence) = ("520502".parse().unwrap(), Evidence::ParentStatement);
    let preview = Preview { age_from: 12, grade: 7, last, evidence };
    let to = "510104".parse().unwrap();
    let referral = Referral { case, revision, to, preview, record, withdrawn };
    school.send(&county, Letter::Referral(referral)).await;
    school.call(0).await.unwrap();
    for _ in 0..2 {
        tree.night().await;
    }
}

/// Sticks both ways, and what they bring goes to its city.
async fn exchange(tree: &Tree, sichuan: &Place, chengdu: &Place) {
    for _ in 0..2 {
        tree.night().await;
        carry(&tree.province, sichuan).await;
        chengdu.sync().await;
        carry(sichuan, &tree.province).await;
    }
    tree.night().await;
}

#[tokio::test]
async fn a_neighbour_that_has_a_letter_hears_that_the_child_is_back() {
    let (tree, case) = (Tree::joined().await, CaseId::new([7; 16]));
    let (sichuan, chengdu, school) = written_across(&tree, case).await;
    assert_eq!(chengdu.hub().incoming().await.unwrap()[0].standing(), Standing::Here);
    refer(&tree, &school, (case, 2, true)).await;
    exchange(&tree, &sichuan, &chengdu).await;
    assert_eq!(chengdu.hub().incoming().await.unwrap()[0].standing(), Standing::Withdrawn);
    for place in [&chengdu, &tree.city] {
        let open = place.hub().todo().await.unwrap();
        assert!(open.iter().all(|item| item.case != case), "{open:?}");
    }
}

#[tokio::test]
async fn an_answer_that_contradicts_what_was_entered_waits_for_the_officer() {
    let (tree, case) = (Tree::joined().await, CaseId::new([7; 16]));
    let (sichuan, chengdu, _school) = written_across(&tree, case).await;
    let city = tree.city.hub();
    let reply =
        |outcome| Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: "ma".to_owned() };
    let text = case.to_string()[..6].to_owned();
    city.answer_letter("1号".to_owned(), text.clone(), reply(Outcome::Placed)).await.unwrap();
    chengdu.hub().answer_incoming(case.to_string(), reply(Outcome::NotFound)).await.unwrap();
    exchange(&tree, &sichuan, &chengdu).await;
    let differs = async || {
        let todo = city.todo().await.unwrap();
        todo.iter().any(|item| item.case == case && item.wait.duty() == Some(Duty::AnswersDiffer))
    };
    assert!(differs().await);
    let letter = city.letters().await.unwrap().0.remove(0);
    let beside = city.corrections(&letter).await.unwrap();
    assert_eq!((beside.len(), beside[0].1.was.outcome), (1, Outcome::NotFound), "both answers are shown");
    let named = "金丝雀的家长来电确认".to_owned();
    let refused = city.correct_letter("1号".to_owned(), text.clone(), reply(Outcome::Placed), named).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    // the officer has telephoned: what was entered holds
    city.correct_letter("1号".to_owned(), text, reply(Outcome::Placed), "电话核实".to_owned()).await.unwrap();
    assert!(!differs().await);
}
