//! A hub that believes in another day: nothing that runs by days moves on there, and it says so.

use std::sync::Arc;

use hub::clock::WrongClock;
use hub::desk::HubError;
use hub::todo::Wait;
use proto::identity::keys::SecretKey;
use proto::model::case::{CaseId, Duty, Letter, Office, Progress, Stage};
use proto::model::clock::{Clock, SetClock};
use proto::model::day::Moment;

use crate::harness::{Place, School, day, evening};

const CASE: CaseId = CaseId::new([7; 16]);
const DAYS: i64 = 86_400_000;

fn at(on: &str) -> Moment {
    Moment::at(day(on), 20 * 60)
}

/// A city with a county that has a clock of its own, a school there with a case, both offices on duty.
struct Apart {
    city: Place,
    county: Place,
    school: School,
    truth: Arc<SetClock>,
    own: Arc<SetClock>,
}

impl Apart {
    async fn on(begin: &str) -> Self {
        let (truth, own) = (evening(), evening());
        truth.set(at(begin));
        own.set(at(begin));
        let city = Place::found("5205", truth.clone()).await;
        let county = Place::found("520502", own.clone()).await;
        county.join(&city).await;
        let code = county.invite("2152000001", Some("520502")).await;
        let school = School::join(&code, truth.clone()).await.unwrap();
        for place in [&city, &county] {
            let wang = || "wang".to_owned();
            place.hub().set_duty(Office::Persuasion, Some(wang()), wang()).await.unwrap();
        }
        let since = day(begin);
        let (due, suspended_until, closing) = (None, None, None);
        let stage = Stage::Reported;
        let case = Progress {
            case: CASE,
            revision: 1,
            stage,
            since,
            due,
            overdue: false,
            suspended_until,
            closing,
            acts: Vec::new(),
        };
        school.send(&county.hub().me, Letter::Progress(case)).await;
        school.call(0).await.unwrap();
        county.sync().await;
        Self { city, county, school, truth, own }
    }

    /// The evening of `on` at the city; the county's machine shows so many days more.
    fn evening(&self, on: &str, ahead: i64) {
        self.truth.set(at(on));
        self.own.set(at(on).plus_millis(ahead * DAYS));
    }

    async fn waits(place: &Place) -> Vec<(Wait, u32)> {
        place.hub().todo().await.unwrap().into_iter().map(|item| (item.wait, item.late)).collect()
    }

    async fn wrong(place: &Place) -> Option<WrongClock> {
        place.hub().wrong_clock().await.unwrap()
    }
}

const INFORM: Wait = Wait::Own(Duty::Inform);
const BELOW: Wait = Wait::Below { office: Office::Persuasion, duty: Duty::Inform, unattended: false };

#[tokio::test]
async fn a_county_whose_clock_is_days_ahead_lets_nothing_become_overdue_until_it_is_right() {
    // to be done by the 26th
    let all = Apart::on("2025-09-24").await;
    all.evening("2025-09-25", 1);
    all.county.sync().await;
    assert_eq!(Apart::wrong(&all.county).await, None, "a day is not too much");
    all.evening("2025-09-25", 2);
    all.county.sync().await;
    assert_eq!(Apart::wrong(&all.county).await, Some(WrongClock::Off(2 * DAYS)));
    all.evening("2025-09-25", 6);
    all.county.sync().await;
    assert_eq!(Apart::waits(&all.county).await, [(INFORM, 0)], "days count by the parent's clock");
    all.evening("2025-09-26", 6);
    all.county.sync().await;
    all.county.sync().await;
    assert_eq!(Apart::waits(&all.city).await, [], "nothing went up");
    assert_eq!(all.county.hub().look_again().await.unwrap(), 0);

    all.evening("2025-09-29", 0);
    all.county.sync().await;
    assert_eq!(Apart::wrong(&all.county).await, None);
    all.county.sync().await;
    let (own, up) = (Apart::waits(&all.county).await, Apart::waits(&all.city).await);
    assert!(own[0].1 > 0 && up == [(BELOW, own[0].1)], "it goes on: {own:?} {up:?}");
}

#[tokio::test]
async fn what_went_up_is_not_taken_back_by_a_clock_that_is_behind() {
    let all = Apart::on("2025-09-24").await;
    all.evening("2025-09-29", 0);
    all.county.sync().await;
    let up = Apart::waits(&all.city).await;
    assert_eq!(up.len(), 1);
    all.evening("2025-09-29", -5);
    for _ in 0..3 {
        all.county.sync().await;
    }
    assert_eq!(Apart::wrong(&all.county).await, Some(WrongClock::Off(-5 * DAYS)));
    assert_eq!(Apart::waits(&all.city).await, up);
}

#[tokio::test]
async fn certificates_are_not_issued_again_by_a_wrong_clock() {
    let all = Apart::on("2025-09-24").await;
    all.evening("2025-09-25", 300);
    all.county.sync().await;
    let before = all.county.hub().state().identity.as_ref().unwrap().leaf().not_after();
    assert!(!all.county.hub().renew_own_leaf().await.unwrap());
    all.school.ask_renewal(&SecretKey::generate());
    assert!(!all.school.call(0).await.unwrap().report.renewed);
    all.evening("2026-06-25", 0);
    all.county.sync().await;
    all.county.hub().refresh().await.unwrap();
    all.county.hub().renew_own_leaf().await.unwrap();
    let after = all.county.hub().state().identity.as_ref().unwrap().leaf().not_after();
    assert!(after > before, "it goes on");
    all.school.ask_renewal(&SecretKey::generate());
    assert!(all.school.call(0).await.unwrap().report.renewed);
}

#[tokio::test]
async fn a_root_whose_clock_went_back_stands_still_until_a_person_names_the_day() {
    let clock = evening();
    let root = Place::found("52", clock.clone()).await;
    hub::serve::begin_day(root.hub()).await;
    let (today, now) = (clock.now().day(), clock.now());
    clock.set(now.plus_millis(-1000 * DAYS));
    assert_eq!(Apart::wrong(&root).await, Some(WrongClock::Back(now)));
    hub::serve::begin_day(root.hub()).await;
    let other = root.hub().confirm_clock(today).await.unwrap_err();
    assert!(matches!(other, HubError::NotToday { .. }), "{other}");
    root.hub().confirm_clock(clock.now().day()).await.unwrap();
    assert_eq!(Apart::wrong(&root).await, None);
}

#[tokio::test]
async fn nobody_confirms_a_date_against_the_parent() {
    let all = Apart::on("2025-09-24").await;
    all.evening("2025-09-25", 3);
    all.county.sync().await;
    let refused = all.county.hub().confirm_clock(all.own.now().day()).await.unwrap_err();
    assert!(matches!(refused, HubError::Clock(WrongClock::Off(_))), "{refused}");
}

#[tokio::test]
async fn a_wrong_clock_is_said_in_status_doctor_and_the_in_tray() {
    use proto::wire::bureau::bureau_server::Bureau;
    use proto::wire::bureau::casework_server::Casework;
    use proto::wire::bureau::{DoctorRequest, StatusRequest, TodoRequest};
    use tonic::Request;

    let all = Apart::on("2025-09-24").await;
    all.evening("2025-09-25", 3);
    all.county.sync().await;
    let bureau = &all.county.running.bureau;
    let status = bureau.status(Request::new(StatusRequest {})).await.unwrap().into_inner().warnings;
    let todo = bureau.todo(Request::new(TodoRequest {})).await.unwrap().into_inner().warnings;
    let doctor = bureau.doctor(Request::new(DoctorRequest { rebuild: false })).await.unwrap().into_inner();
    let doctor: Vec<String> = doctor.findings.into_iter().map(|finding| finding.what).collect();
    for said in [status, todo, doctor] {
        assert!(said.iter().any(|line| line.contains("72") && line.contains("计时已停止")), "{said:?}");
    }
}
