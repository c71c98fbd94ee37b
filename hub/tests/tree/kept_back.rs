//! A hub on the way keeps a case's letters back: who signed a step and has no receipt in time has a duty that says
//! whom to telephone, and the hub above the silent one learns of it as soon as any word of it gets through.

use hub::desk::transfer::act::Handed;
use hub::todo::{Item, Wait};
use proto::model::case::{CaseId, Duty, Letter, TransferState, Unheard};
use proto::model::lang::{Lang, Say};

use crate::duties::{Counties, duty, of, officer, own, told};
use crate::harness::{EVENING, Place, day};

const CASE: CaseId = CaseId::new([7; 16]);
/// A county of another city: the province moves the case.
const FAR: &str = "520103";

/// A county whose case goes to another city, through a city that takes everything and passes nothing on.
async fn offered() -> Counties {
    let all = Counties::with(&[]).await;
    all.refer(&all.school, CASE, FAR).await;
    let handed = all.county().hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    assert!(matches!(handed, Handed::Offered { .. }), "{handed:?}");
    all
}

/// The county goes on calling; the city does not.
async fn county_calls_until(all: &Counties, days: &[&str]) {
    for on in days {
        all.evening_of(on);
        all.county().sync().await;
    }
}

async fn unheard(place: &Place) -> Vec<Item> {
    let items = of(place, CASE).await.into_iter();
    items.filter(|item| item.wait == Wait::Own(Duty::Unheard)).collect()
}

#[tokio::test]
async fn a_step_without_a_receipt_is_a_duty_on_the_fifth_day_that_says_whom_to_telephone() {
    let all = offered().await;
    let (county, city, province) = (all.county(), &all.tree.city, &all.tree.province);
    county_calls_until(&all, &[EVENING, "2025-09-28", "2025-09-29"]).await;
    assert_eq!(duty(county, CASE).await, Some(Duty::AwaitDispatch), "four workdays are no reason");
    county_calls_until(&all, &["2025-09-30"]).await;
    let [item] = unheard(county).await.try_into().unwrap();
    assert_eq!((item.since, item.due), (Some(day(EVENING)), day("2025-09-30")));
    assert_eq!(item.party, province.hub().me, "the hub above the one that keeps it back");
    let said = [Lang::Zh, Lang::En].map(|lang| item.say(lang));
    assert!(
        said[0].contains("没有回执") && said[0].contains("电话") && said[0].contains("（p52）"),
        "{said:?}"
    );
    assert!(
        said[1].contains("receipt") && said[1].contains("telephone") && said[1].contains("(p52)"),
        "{said:?}"
    );
    assert_eq!(unheard(province).await, [], "nothing got through");
    // days later something does: the hub above sees which hub to ask
    county_calls_until(&all, &["2025-10-09"]).await;
    city.sync().await;
    let [item] = unheard(province).await.try_into().unwrap();
    assert_eq!((&item.party, item.since), (&city.hub().me, Some(day(EVENING))));
    assert!(item.late > 0, "{item:?}");
    // the receipt comes down, and the notice is taken back
    county.sync().await;
    assert_eq!(unheard(county).await, []);
    assert_eq!(duty(county, CASE).await, Some(Duty::AwaitDispatch), "it waits for the province's officer");
    county.sync().await;
    city.sync().await;
    assert_eq!(unheard(province).await, []);
    assert_eq!(duty(province, CASE).await, Some(Duty::Deliver), "the county it is for has no hub");
}

#[tokio::test]
async fn an_offer_that_waits_for_the_moving_office_has_its_receipt() {
    let all = offered().await;
    let (county, city) = (all.county(), &all.tree.city);
    county.sync().await;
    city.sync().await;
    county.sync().await;
    all.tree.town.sync().await;
    all.school.call(0).await.unwrap();
    assert_eq!(told(&all.school).map(|(state, ..)| state), Some(TransferState::ProvinceReceived), "X4");
    county_calls_until(&all, &["2025-09-30", "2025-10-09"]).await;
    assert_eq!(unheard(county).await, []);
    assert_eq!(own(county, CASE).await, [(Duty::AwaitDispatch, "2025-09-30".to_owned(), 1)]);
}

#[tokio::test]
async fn a_county_whose_own_line_is_dead_blames_nobody() {
    let all = offered().await;
    all.county().sync().await;
    all.evening_of("2025-10-09");
    assert_eq!(unheard(all.county()).await, []);
}

/// Another city and its county, and a case that is offered there.
async fn offered_far() -> (Counties, Place, Place) {
    let all = Counties::with(&[]).await;
    let province = &all.tree.province;
    let city = Place::found("5201", all.tree.clock.clone()).await;
    city.join(province).await;
    let county = Place::found(FAR, all.tree.clock.clone()).await;
    county.join(&city).await;
    for place in [&county, &city] {
        place.sync().await;
    }
    all.refer(&all.school, CASE, FAR).await;
    all.county().hub().hand_on(CASE, None, officer(), String::new()).await.unwrap();
    all.rounds().await;
    province.hub().dispatch(None, officer()).await.unwrap();
    all.rounds().await;
    (all, city, county)
}

#[tokio::test]
async fn a_county_that_took_a_case_and_hears_nothing_of_it_notices_too() {
    let (all, city, there) = offered_far().await;
    let province = &all.tree.province;
    city.sync().await;
    there.sync().await;
    there.hub().accept(CASE, officer()).await.unwrap();
    // its city takes the acceptance and goes no further
    for on in [EVENING, "2025-09-29", "2025-09-30"] {
        all.evening_of(on);
        there.sync().await;
    }
    let [item] = unheard(&there).await.try_into().unwrap();
    assert_eq!((&item.party, item.due), (&province.hub().me, day("2025-09-30")));
    // the origin sees no receipt either: the province, which moved the case, is to be asked
    all.county().sync().await;
    let [item] = unheard(all.county()).await.try_into().unwrap();
    assert_eq!(item.party, province.hub().me);
    for place in [&there, &city, &there, &city, &there, &city] {
        place.sync().await;
    }
    all.rounds().await;
    assert_eq!((unheard(&there).await, unheard(all.county()).await), (vec![], vec![]));
    assert_eq!(unheard(province).await, []);
}

#[tokio::test]
async fn an_offer_after_which_nothing_of_its_county_comes_up_is_asked_for_at_the_city_between() {
    let (all, city, _there) = offered_far().await;
    let province = &all.tree.province;
    all.evening_of("2025-09-29");
    city.sync().await;
    all.evening_of("2025-09-30");
    let [item] = unheard(province).await.try_into().unwrap();
    assert_eq!((&item.party, item.due), (&city.hub().me, day("2025-09-30")));
    // who does not call at all is reached another way
    all.evening_of("2025-10-17");
    let duties: Vec<_> = of(province, CASE).await.iter().filter_map(|item| item.wait.duty()).collect();
    assert_eq!(duties, [Duty::Deliver]);
}

#[tokio::test]
async fn only_a_hub_below_the_next_one_says_that_a_step_has_no_receipt() {
    let all = Counties::with(&[]).await;
    let said = Unheard { leg: CASE.leg(1), step: 1, sent: day(EVENING), over: false };
    // its own county, a school's word, and not the hub above the parent
    for to in [&all.tree.county, &all.tree.city, &all.tree.province] {
        all.school.send(&to.hub().me, Letter::Unheard(said)).await;
    }
    all.rounds().await;
    for place in [&all.tree.county, &all.tree.city, &all.tree.province] {
        assert_eq!(unheard(place).await, [], "{}", place.hub().me);
    }
}
