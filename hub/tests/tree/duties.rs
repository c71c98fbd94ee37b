//! Every step of a transfer has an office and a clock: it waits in `todo`, goes up when nobody does it, and what
//! is refused comes back to who can act.

use hub::desk::HubError;
use hub::desk::inbound::Filter;
use hub::desk::transfer::act::{Concluding, Handed};
use hub::desk::transfer::moving::Declining;
use hub::letter::Reply;
use hub::routing::RouteError;
use hub::todo::{Item, Wait};
use hub::transfer::What;
use proto::custody::step::RejectReason;
use proto::model::case::{
    Act, CaseId, ChildRecord, Duty, Evidence, Finding, Letter, Office, Outcome, Preview, Referral,
    TransferState, Unwilling, Unwillingness, Way,
};
use proto::model::clock::Clock as _;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use proto::seal::{self, OpenKey, SealKey};
use proto::store::StoreError;

use crate::harness::{EVENING, Place, School, Tree, day};

const CASE: CaseId = CaseId::new([7; 16]);
/// What schools are told, in both languages.
const EXPIRED: &str = "逾期未答复，划转终止 / expired without an answer";
const DUPLICATE: &str = "本地已有该个案 / this place holds the case already";
pub(crate) const ID: &str = "99010120130501001";

pub(crate) fn child() -> ChildRecord {
    let text = |text: &str| Personal::new(text.to_owned());
    let id = ('0'..='9').chain(['X']).find_map(|check| hub::pool::normal_id(&format!("{ID}{check}")));
    ChildRecord {
        name: text("金丝雀"),
        sex: text("男"),
        birth: Personal::new(day("2013-05-01")),
        id_number: Personal::new(id.unwrap()),
        roll_number: text(""),
        guardian: text("某"),
        phone: text(""),
        address: text(""),
        school: "示范小学".to_owned(),
        evidence: text("家长电话说明"),
        summary: text(""),
        needs: text(""),
        reached: None,
        unwilling: Some(Unwilling { kind: Unwillingness::Guardian, on: day(EVENING) }),
    }
}

pub(crate) fn place(code: &str) -> Region {
    code.parse().unwrap()
}

pub(crate) fn officer() -> String {
    "wang".to_owned()
}

pub(crate) async fn key_of(place: &Place) -> SealKey {
    place.hub().desk.act(|room| Ok::<_, StoreError>(seal::own(room)?.public())).await.unwrap()
}

/// A city with a county that loses children and others where they may be.
pub(crate) struct Counties {
    pub(crate) tree: Tree,
    pub(crate) school: School,
    pub(crate) others: Vec<Place>,
}

impl Counties {
    pub(crate) async fn with(others: &[&str]) -> Self {
        let tree = Tree::joined().await;
        let school = tree.school("2152000001").await;
        tree.town.sync().await;
        let mut joined = Vec::new();
        for code in others {
            let other = Place::found(code, tree.clock.clone()).await;
            other.join(&tree.city).await;
            joined.push(other);
        }
        Self { tree, school, others: joined }
    }

    pub(crate) fn county(&self) -> &Place {
        &self.tree.county
    }

    /// Everybody calls until what was written has arrived.
    pub(crate) async fn rounds(&self) {
        for _ in 0..3 {
            self.school.call(0).await.unwrap();
            self.tree.town.sync().await;
            self.county().sync().await;
            for other in &self.others {
                other.sync().await;
            }
            self.tree.city.sync().await;
        }
        self.county().sync().await;
        self.tree.town.sync().await;
        self.school.call(0).await.unwrap();
    }

    pub(crate) async fn refer(&self, school: &School, case: CaseId, to: &str) {
        self.refer_from(self.county(), school, case, to).await;
    }

    /// A school of `county` refers the case.
    pub(crate) async fn refer_from(&self, county: &Place, school: &School, case: CaseId, to: &str) {
        let key = key_of(county).await;
        let county = county.hub().me.clone();
        let way = Way { case, from: &school.party, to: &county };
        let record = way.seal(&child(), &key);
        let (last, evidence) = (place("520502"), Evidence::ParentStatement);
        let preview = Preview { age_from: 12, grade: 7, last, evidence };
        let referral = Referral { case, revision: 1, to: place(to), preview, record, withdrawn: false };
        school.send(&county, Letter::Referral(referral)).await;
        school.call(0).await.unwrap();
        self.rounds().await;
    }

    /// The school takes its referral back (X12).
    pub(crate) async fn withdraw(&self, case: CaseId, to: &str) {
        let key = key_of(self.county()).await;
        let county = self.county().hub().me.clone();
        let record = Way { case, from: &self.school.party, to: &county }.seal(&child(), &key);
        let (last, evidence) = (place("520502"), Evidence::ParentStatement);
        let preview = Preview { age_from: 12, grade: 7, last, evidence };
        let referral = Referral { case, revision: 2, to: place(to), preview, record, withdrawn: true };
        self.school.send(&county, Letter::Referral(referral)).await;
        self.rounds().await;
    }

    /// A county offers the case, the city lets it go, it arrives.
    pub(crate) async fn offer(&self, from: &Place, case: CaseId, to: &str) {
        let handed = from.hub().hand_on(case, Some(place(to)), officer(), String::new()).await.unwrap();
        assert!(matches!(handed, Handed::Offered { .. }), "{handed:?}");
        self.rounds().await;
        // by its number, as a case that goes round needs it
        let mut waits = self.tree.city.hub().moves().await.unwrap();
        waits.retain(|moved| moved.waiting.is_some());
        for moved in waits {
            self.tree.city.hub().dispatch(Some(moved.leg), officer()).await.unwrap();
        }
        self.rounds().await;
    }

    pub(crate) async fn hand_over(&self, from: &Place, to: &Place, case: CaseId) {
        self.offer(from, case, &to.hub().me.region().to_string()).await;
        to.hub().accept(case, officer()).await.unwrap();
        self.rounds().await;
        assert!(to.hub().dossier(case).await.unwrap().stance.acts());
        assert!(!from.hub().dossier(case).await.unwrap().stance.acts());
    }

    /// A minute passes: what is signed now is another step than what was signed before.
    pub(crate) fn later(&self) {
        self.tree.clock.set(self.tree.clock.now().plus_millis(60_000));
    }

    /// Sets the clock of everybody to the evening of a day.
    pub(crate) fn evening_of(&self, on: &str) {
        self.tree.clock.set(self.tree.clock_at(on));
    }
}

/// What a hub has to do about a case itself: what, by when, how late.
pub(crate) async fn own(place: &Place, case: CaseId) -> Vec<(Duty, String, u32)> {
    let items = of(place, case).await.into_iter();
    let own = items.filter_map(|item| match item.wait {
        Wait::Own(duty) => Some((duty, item.due.to_string(), item.late)),
        _ => None,
    });
    own.collect()
}

pub(crate) async fn duty(place: &Place, case: CaseId) -> Option<Duty> {
    let own = own(place, case).await;
    assert!(own.len() < 2, "{own:?}");
    own.first().map(|(duty, ..)| *duty)
}

pub(crate) async fn of(place: &Place, case: CaseId) -> Vec<Item> {
    let items = place.hub().todo().await.unwrap();
    items.into_iter().filter(|item| item.case == case).collect()
}

pub(crate) async fn below(place: &Place, case: CaseId) -> Vec<(Duty, bool, u32)> {
    let items = of(place, case).await.into_iter();
    let below = items.filter_map(|item| match item.wait {
        Wait::Below { office: Office::Transfer, duty, unattended } => Some((duty, unattended, item.late)),
        _ => None,
    });
    below.collect()
}

pub(crate) async fn on_duty(place: &Place) {
    place.hub().set_duty(Office::Transfer, Some(officer()), officer()).await.unwrap();
}

/// What the school was told last: how it stands, whether it is the school's again, and why.
pub(crate) fn told(school: &School) -> Option<(TransferState, bool, String)> {
    let letters = school.letters();
    letters.into_iter().rev().find_map(|letter| match letter {
        Letter::News(news) => Some((news.state, news.yours, news.reason)),
        _ => None,
    })
}

pub(crate) fn found(outcome: Outcome) -> Concluding {
    Concluding { outcome, place: None, note: String::new() }
}

#[tokio::test]
async fn every_step_of_a_transfer_waits_at_its_office_and_goes_up_when_nobody_does_it() {
    let all = Counties::with(&["520521"]).await;
    let (county, there, city) = (all.county(), &all.others[0], &all.tree.city);
    all.refer(&all.school, CASE, "520521").await;
    let items = of(county, CASE).await;
    let [item] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!((item.office, item.since), (Office::Transfer, Some(day(EVENING))));
    assert_eq!((item.wait, item.due), (Wait::Own(Duty::CheckReferral), day("2025-09-26")));
    assert_eq!(item.party, all.school.party);
    // nobody is on duty: it goes up at once, as far as somebody is
    assert_eq!(below(city, CASE).await, [(Duty::CheckReferral, true, 0)]);
    assert_eq!(below(&all.tree.province, CASE).await, [(Duty::CheckReferral, true, 0)]);
    for office in [county, city] {
        on_duty(office).await;
    }
    all.rounds().await;
    assert_eq!((below(city, CASE).await, below(&all.tree.province, CASE).await), (vec![], vec![]));
    // the make-up Sunday and the Monday pass
    all.evening_of("2025-09-29");
    all.rounds().await;
    assert_eq!(below(city, CASE).await, [(Duty::CheckReferral, false, 2)]);

    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(below(city, CASE).await, [], "done");
    assert_eq!(duty(county, CASE).await, Some(Duty::AwaitDispatch));
    assert_eq!(duty(city, CASE).await, Some(Duty::Dispatch));
    city.hub().dispatch(None, "wang".to_owned()).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(city, CASE).await, duty(county, CASE).await), (None, Some(Duty::AwaitAnswer)));
    // unread for two workdays it goes to who is on duty: here to the city at once, for nobody is
    assert_eq!(own(there, CASE).await, [(Duty::AnswerOffer, "2025-10-09".to_owned(), 0)]);
    assert_eq!(below(city, CASE).await, [(Duty::AnswerOffer, true, 0)]);
    there.hub().ask_for_record(CASE, "核查就读".to_owned(), "officer".to_owned()).await.unwrap();
    all.rounds().await;
    assert_eq!(
        own(there, CASE).await,
        [(Duty::AnswerOffer, "2025-10-20".to_owned(), 0)],
        "it is looked into"
    );
    // half of the time has passed: the city presses
    all.evening_of("2025-10-14");
    all.rounds().await;
    assert_eq!(own(city, CASE).await, [(Duty::Press, "2025-10-13".to_owned(), 1)]);
    there.hub().accept(CASE, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(city, CASE).await, duty(county, CASE).await), (None, None), "another place answers");
    assert_eq!(duty(there, CASE).await, Some(Duty::Assign));
    there.hub().conclude(CASE, found(Outcome::NotFound), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::HandBack));
    there.hub().hand_on(CASE, Some(place("520521")), officer(), "再查".to_owned()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::Assign));
    there.hub().conclude(CASE, found(Outcome::Persuading), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::Persuade));
    there.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::NameSchool), "in class, by an officer's word");
    there.hub().settle(CASE, "已核对该校名册".to_owned(), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, None, "in class");
    all.rounds().await;
    assert_eq!(told(&all.school).map(|(state, ..)| state), Some(TransferState::AcceptedPlaced));
    assert_eq!(of(city, CASE).await, []);
}

#[tokio::test]
async fn what_is_rejected_comes_back_with_its_reason_and_after_three_offers_the_city_decides() {
    let all = Counties::with(&["520521"]).await;
    let (county, there, city) = (all.county(), &all.others[0], &all.tree.city);
    all.refer(&all.school, CASE, "520521").await;
    let hint = place("520523");
    for (reason, state) in [
        (RejectReason::OverAge, TransferState::ReturnedToSender),
        (RejectReason::Duplicate, TransferState::ReturnedToSender),
        (RejectReason::Misrouted { hint }, TransferState::Misrouted),
    ] {
        all.offer(county, CASE, "520521").await;
        there.hub().reject(CASE, officer(), reason, String::new()).await.unwrap();
        all.rounds().await;
        assert_eq!(duty(county, CASE).await, Some(Duty::DecideReturn), "{reason:?}");
        let words = format!("{} / {}", reason.say(Lang::Zh), reason.say(Lang::En));
        assert_eq!(told(&all.school), Some((state, true, words)));
    }
    // to and fro three times, against the hint: the common superior looks at it
    county.hub().hand_on(CASE, Some(place("520521")), officer(), String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(city, CASE).await, Some(Duty::DecideLoop));
    let leg = city.hub().moves().await.unwrap()[0].leg;
    let why = Declining { place: Some(hint), reason: "经核定应由该县接收".to_owned() };
    city.hub().decline(leg, why.clone(), "wang".to_owned()).await.unwrap();
    all.rounds().await;
    let shown = county.hub().dossier(CASE).await.unwrap();
    assert_eq!(shown.duty.map(|(duty, _)| duty), Some(Duty::DecideReturn));
    let last = shown.dossier.history.last().unwrap();
    assert_eq!((last.what, last.note.as_str()), (What::Declined, "520523 经核定应由该县接收"));
    assert_eq!(told(&all.school), Some((TransferState::Misrouted, true, why.reason)));
    assert!(matches!(
        city.hub().decline(leg, Declining::default(), "wang".to_owned()).await,
        Err(HubError::NothingWaits(_))
    ));
    // kept in the county it has a next step too, and the county itself may say what became of the child
    let handed = county.hub().hand_on(CASE, Some(place("520502")), officer(), String::new()).await.unwrap();
    assert_eq!((handed, duty(county, CASE).await), (Handed::Here, Some(Duty::Assign)));
    county.hub().conclude(CASE, found(Outcome::Persuading), officer()).await.unwrap();
    assert_eq!(duty(county, CASE).await, Some(Duty::Persuade));
    county.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    assert_eq!(duty(county, CASE).await, Some(Duty::NameSchool));
    county.hub().settle(CASE, "已核对该校名册".to_owned(), officer()).await.unwrap();
    assert_eq!(duty(county, CASE).await, None);
    all.rounds().await;
    assert_eq!(told(&all.school), Some((TransferState::AcceptedPlaced, false, String::new())));
}

#[tokio::test]
async fn an_offer_that_was_sent_back_stays_back_when_it_is_said_again() {
    let all = Counties::with(&["520521"]).await;
    let (county, there, city) = (all.county(), &all.others[0], &all.tree.city);
    all.refer(&all.school, CASE, "520521").await;
    county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    let leg = city.hub().moves().await.unwrap()[0].leg;
    city.hub().decline(leg, Declining::default(), officer()).await.unwrap();
    // a day begins before the county has heard: it says again what has no place yet
    county.hub().transfer_day().await.unwrap();
    all.rounds().await;
    assert_eq!((own(city, CASE).await, duty(county, CASE).await), (vec![], Some(Duty::DecideReturn)));
    let nothing = city.hub().dispatch(None, officer()).await.unwrap();
    assert!(nothing.is_empty(), "{nothing:?}");
    // what is offered anew goes
    all.later();
    all.offer(county, CASE, "520521").await;
    assert_eq!(duty(there, CASE).await, Some(Duty::AnswerOffer));
}

#[tokio::test]
async fn what_is_found_before_the_acceptance_has_its_place_is_answered_after_it() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    there.hub().accept(CASE, officer()).await.unwrap();
    there.hub().conclude(CASE, found(Outcome::Placed), officer()).await.unwrap();
    let answered = async || there.hub().dossier(CASE).await.unwrap().dossier.inflow.unwrap().answered;
    assert_eq!(answered().await, None, "the registrar has not put the acceptance in its place");
    all.rounds().await;
    all.rounds().await;
    assert_eq!(answered().await, Some(Outcome::Placed));
    assert_eq!(
        told(&all.school).map(|(state, yours, _)| (state, yours)),
        Some((TransferState::AcceptedPlaced, false))
    );
}

#[tokio::test]
async fn a_county_that_got_its_own_offer_back_and_asks_a_school_waits_for_the_school() {
    let all = Counties::with(&["520521", "520523"]).await;
    let (there, next) = (&all.others[0], &all.others[1]);
    all.refer(&all.school, CASE, "520521").await;
    all.hand_over(all.county(), there, CASE).await;
    all.offer(there, CASE, "520523").await;
    next.hub().reject(CASE, officer(), RejectReason::NotHere, String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(there, CASE).await, Some(Duty::DecideReturn));
    let looks = crate::called_off::finder(&all, there, "520521").await;
    there.hub().assign(CASE, looks.party.clone(), officer()).await.unwrap();
    assert_eq!(duty(there, CASE).await, Some(Duty::Verify));
}

#[tokio::test]
async fn a_recalled_offer_and_a_referral_sent_back_stay_in_sight() {
    let all = Counties::with(&["520521"]).await;
    let county = all.county();
    all.refer(&all.school, CASE, "520521").await;
    all.offer(county, CASE, "520521").await;
    let on_its_way = county.hub().conclude(CASE, found(Outcome::Placed), officer()).await;
    assert!(matches!(on_its_way, Err(HubError::OnItsWay(CASE))), "{on_its_way:?}");
    county.hub().recall(CASE, officer()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::DecideReturn));
    county.hub().send_referral_back(CASE, officer(), "请补充地址".to_owned()).await.unwrap();
    assert_eq!(duty(county, CASE).await, Some(Duty::AwaitSchool));
    all.rounds().await;
    assert_eq!(told(&all.school), Some((TransferState::ReturnedToSender, true, "请补充地址".to_owned())));
}

#[tokio::test]
async fn an_offer_to_a_place_without_a_hub_is_seen_after_five_workdays_and_comes_back() {
    let all = Counties::with(&[]).await;
    let (county, city) = (all.county(), &all.tree.city);
    for office in [county, city] {
        on_duty(office).await;
    }
    all.refer(&all.school, CASE, "520523").await;
    all.offer(county, CASE, "520523").await;
    assert_eq!(own(county, CASE).await, [(Duty::AwaitReceipt, "2025-09-30".to_owned(), 0)]);
    assert_eq!(own(city, CASE).await, []);
    all.evening_of("2025-10-09");
    all.rounds().await;
    assert_eq!(own(city, CASE).await, [(Duty::Deliver, "2025-09-30".to_owned(), 1)]);
    assert_eq!(below(city, CASE).await, [(Duty::Unheard, false, 1)]);
    // the tenth school day ends the offer: its county decides again
    for on in 9..=22 {
        all.evening_of(&format!("2025-10-{on:02}"));
        city.hub().transfer_day().await.unwrap();
    }
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::DecideReturn));
    assert_eq!(told(&all.school), Some((TransferState::ReturnedToSender, true, EXPIRED.to_owned())));
    assert_eq!(of(city, CASE).await, []);
}

#[tokio::test]
async fn a_place_that_is_ambiguous_unknown_or_abolished_leaves_the_case_with_the_officer() {
    let all = Counties::with(&["520521"]).await;
    let county = all.county();
    // a city whose counties answer for its children
    all.refer(&all.school, CASE, "520300").await;
    let to = |to: &str| county.hub().hand_on(CASE, Some(place(to)), officer(), String::new());
    let ambiguous = county.hub().hand_on(CASE, None, officer(), String::new()).await;
    let named = matches!(&ambiguous, Err(HubError::Route(RouteError::NoCounty { counties, .. })) if counties.len() > 5);
    assert!(named, "{ambiguous:?}");
    let unknown = to("520599").await;
    assert!(matches!(unknown, Err(HubError::Route(RouteError::NoHub(_)))), "{unknown:?}");
    let abolished = to("520522").await;
    assert!(matches!(abolished, Err(HubError::Route(RouteError::Abolished { .. }))), "{abolished:?}");
    assert_eq!(duty(county, CASE).await, Some(Duty::CheckReferral));
    assert!(matches!(to("520521").await, Ok(Handed::Offered { .. })));
}

#[tokio::test]
async fn the_same_child_offered_by_two_schools_is_rejected_once_and_goes_back_to_the_second() {
    let all = Counties::with(&["520521"]).await;
    let (county, there) = (all.county(), &all.others[0]);
    let second = all.tree.school("2152000002").await;
    all.tree.town.sync().await;
    let other = CaseId::new([8; 16]);
    all.refer(&all.school, CASE, "520521").await;
    all.refer(&second, other, "520521").await;
    for case in [CASE, other] {
        all.offer(county, case, "520521").await;
        there.hub().ask_for_record(case, "核查就读".to_owned(), "officer".to_owned()).await.unwrap();
        all.rounds().await;
    }
    // one school cannot speak of the other's case
    let mut opened = Vec::new();
    for case in [CASE, other] {
        let record = there.hub().open_record(case, officer(), "核查就读".to_owned()).await.unwrap();
        opened.push(record.id_number.open(Purpose::Handover).clone());
    }
    assert_eq!(opened[0], opened[1], "the officer sees that it is one child");
    all.rounds().await;
    for case in [CASE, other] {
        let twice = of(there, case).await;
        assert!(twice.iter().any(|item| item.wait == Wait::Own(Duty::Match)), "matching tells: {twice:?}");
    }
    there.hub().accept(CASE, officer()).await.unwrap();
    there.hub().reject(other, officer(), RejectReason::Duplicate, String::new()).await.unwrap();
    all.rounds().await;
    assert_eq!(duty(county, other).await, Some(Duty::DecideReturn));
    assert_eq!(duty(county, CASE).await, None);
    second.call(0).await.unwrap();
    assert_eq!(told(&second), Some((TransferState::ReturnedToSender, true, DUPLICATE.to_owned())));
}

#[tokio::test]
async fn a_child_of_a_list_without_a_school_is_given_to_one_later() {
    let all = Counties::with(&[]).await;
    let county = all.county().hub();
    let key = OpenKey::generate();
    all.school.send(&county.me, Letter::Key(key.public())).await;
    all.rounds().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let id = child().id_number.open(Purpose::Handover).clone();
    for (line, cells) in (0..).zip([["姓名", "身份证号", "学校"], ["金丝雀", &id, "外地某校"]])
    {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).unwrap();
        }
    }
    let list = "教基〔2025〕1号".to_owned();
    let file = book.save_to_buffer().unwrap();
    let done = county.import_list(list, file, Some(day("2025-10-15")), "wang".to_owned()).await.unwrap();
    assert_eq!((done.rows, done.unassigned), (1, 1));
    let row = county.lists(Filter::default()).await.unwrap()[0].0.case;
    assert_eq!(own(all.county(), row).await, [(Duty::AssignRow, "2025-09-26".to_owned(), 0)]);

    let town: Party = all.tree.town.hub().me.clone();
    let wrong = county.assign_row(row, town, officer()).await;
    assert!(matches!(wrong, Err(HubError::NoUnit(_))), "{wrong:?}");
    county.assign_row(row, all.school.party.clone(), officer()).await.unwrap();
    assert_eq!(own(all.county(), row).await, [(Duty::AnswerRow, "2025-10-14".to_owned(), 0)]);
    all.rounds().await;
    let letters = all.school.letters();
    assert!(letters.iter().any(|letter| matches!(letter, Letter::Listed(listed) if listed.case == row)));
    let opens = |letter: &Letter| matches!(letter, Letter::Direction(told) if told.act == Act::OpenFromList);
    assert!(letters.iter().any(opens), "{letters:?}");
    let result = hub::desk::inbound::result("in_school").unwrap();
    let answer =
        hub::inbound::Answer { result, day: day(EVENING), note: String::new(), by: "wang".to_owned() };
    county.answer_row(row, answer).await.unwrap();
    assert_eq!(own(all.county(), row).await, []);
    let late = county.assign_row(row, all.school.party.clone(), officer()).await;
    assert!(matches!(late, Err(HubError::RowAnswered(_))), "{late:?}");
}

#[tokio::test]
async fn a_town_looks_for_a_child_and_its_answer_reaches_the_origin() {
    let all = Counties::with(&["520521"]).await;
    // the child is lost in the other county and believed to be in this one, which has a town
    let (county, town, other) = (all.county(), &all.tree.town, &all.others[0]);
    let code = other.invite("2152000009", Some("520521")).await;
    let school = School::join(&code, all.tree.clock.clone()).await.unwrap();
    let me = other.hub().me.clone();
    let record = Way { case: CASE, from: &school.party, to: &me }.seal(&child(), &key_of(other).await);
    let (last, evidence) = (place("520521"), Evidence::PoliceAnswer);
    let preview = Preview { age_from: 12, grade: 7, last, evidence };
    let referral =
        Referral { case: CASE, revision: 1, to: place("520502"), preview, record, withdrawn: false };
    school.send(&me, Letter::Referral(referral)).await;
    school.call(0).await.unwrap();
    all.hand_over(other, county, CASE).await;
    county.hub().assign(CASE, town.hub().me.clone(), officer()).await.unwrap();
    all.rounds().await;
    assert_eq!((duty(town, CASE).await, duty(county, CASE).await), (Some(Duty::Verify), Some(Duty::Verify)));
    let opened = town.hub().open_record(CASE, officer(), "入户核查".to_owned()).await.unwrap();
    assert_eq!(opened.name.open(Purpose::Handover), "金丝雀");
    town.hub().conclude(CASE, found(Outcome::Persuading), officer()).await.unwrap();
    assert_eq!(duty(town, CASE).await, None);
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::Persuade));
    school.call(0).await.unwrap();
    assert_eq!(
        told(&school).map(|(state, yours, _)| (state, yours)),
        Some((TransferState::AcceptedPersuading, false))
    );
    // a town answers for what it was asked alone
    let day = day(EVENING);
    let leg = CASE.leg(1);
    let finding = Finding { leg, outcome: Outcome::Placed, day, place: None, note: String::new() };
    all.school.send(&county.hub().me, Letter::Finding(finding)).await;
    all.rounds().await;
    assert_eq!(duty(county, CASE).await, Some(Duty::Persuade), "the school was not asked");
}

#[tokio::test]
async fn a_letter_to_another_province_is_a_duty_until_it_is_answered() {
    let all = Counties::with(&[]).await;
    let (county, city) = (all.county(), &all.tree.city);
    all.refer(&all.school, CASE, "440306").await;
    let handed = county.hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    assert_eq!((handed, duty(county, CASE).await), (Handed::Letter, Some(Duty::AwaitLetter)));
    all.rounds().await;
    let within = own(city, CASE).await;
    assert_eq!(within, [(Duty::WriteLetter, "2025-09-30".to_owned(), 0)]);
    let prefix = "毕教函".parse().unwrap();
    city.hub().draft_letter(place("440306"), prefix, Vec::new(), "wang".to_owned()).await.unwrap();
    assert_eq!(own(city, CASE).await, within, "a draft is not sent");
    let letter = city.hub().send_letter("1号".to_owned(), None, "wang".to_owned()).await.unwrap();
    let reply_by = letter.sent.unwrap().reply_by.to_string();
    assert_eq!(own(city, CASE).await, [(Duty::LetterReply, reply_by.clone(), 0)]);
    all.rounds().await;
    assert_eq!(own(county, CASE).await, [(Duty::AwaitLetter, reply_by, 0)]);
    let case = CASE.to_string()[..6].to_owned();
    let answer = async |outcome| {
        let reply =
            Reply { outcome, day: day(EVENING), place: None, note: String::new(), by: "wang".to_owned() };
        city.hub().answer_letter("1号".to_owned(), case.clone(), reply).await.unwrap();
        all.rounds().await;
    };
    // found there, and in no class yet: the other province is asked again
    answer(Outcome::Persuading).await;
    assert_eq!(own(city, CASE).await, [(Duty::AskAgain, "2025-10-24".to_owned(), 0)]);
    assert_eq!(own(county, CASE).await, [(Duty::AskAgain, "2025-10-24".to_owned(), 0)]);
    answer(Outcome::NotFound).await;
    assert_eq!((duty(city, CASE).await, duty(county, CASE).await), (None, Some(Duty::DecideReturn)));
}
