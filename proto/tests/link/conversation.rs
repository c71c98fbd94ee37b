//! The conversation over a pipe that cuts and repeats: whatever happens, nothing that was acknowledged is lost
//! and nothing is applied twice.

use proto::link::conversation::Limits;

use crate::pipe::{self, REFUSED, Side, body, pair, talk, talk_until, three};

#[tokio::test]
async fn a_night_is_one_turn_each_way() {
    let (school, county) = pair();
    school.write(3).await;
    let (report, turns) = talk(&school, &county).await;
    assert_eq!((report.sent, report.acked, report.waiting), (3, 3, 0));
    assert!(county.applied().await == school.written());
    assert_eq!(turns, 4, "the first contact: an offer, where the hub stands, the entries, the ack");
    school.write(1).await;
    let (report, turns) = talk(&school, &county).await;
    assert_eq!((report.acked, turns), (1, 2), "later nights: one turn each way");
}

#[tokio::test]
async fn a_cut_at_any_turn_loses_nothing_and_repeats_nothing() {
    for cut in 0..4 {
        let (school, county) = pair();
        school.write(700).await;
        talk_until(&school, &county, cut).await;
        school.write(2).await;
        let (report, _) = talk(&school, &county).await;
        assert_eq!(report.waiting, 0);
        assert!(county.applied().await == school.written(), "cut after turn {cut}");
        assert!(county.once().await, "cut after turn {cut}");
    }
}

#[tokio::test]
async fn a_turn_said_twice_is_answered_from_the_record() {
    let (school, county) = pair();
    school.write(5).await;
    talk_until(&school, &county, 3).await; // the hub has the entries, the school never heard the ack
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.waiting, report.duplicates), (0, 5));
    assert!(county.once().await);
}

#[tokio::test]
async fn what_a_town_hands_on_after_the_county_has_heard_more_from_the_school_does_not_wait() {
    let (school, town, county) = three();
    school.write(2).await;
    talk(&school, &town).await;
    school.write(2).await;
    talk(&school, &county).await; // its town was silent
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(county.once().await);
}

#[tokio::test]
async fn the_same_entry_by_two_ways_counts_once() {
    let school = Side::new("p52/c5205/d520502/t520502100/s2152000001");
    let town = Side::new("p52/c5205/d520502/t520502100");
    let county = Side::new("p52/c5205/d520502");
    school.write(3).await;
    talk(&school, &town).await;
    school.write(2).await;
    talk(&school, &county).await; // the town is silent: the next parent is used
    assert!(county.applied().await == school.written());
    talk(&school, &town).await;
    let (report, _) = talk(&town, &county).await;
    assert_eq!(report.waiting, 0);
    assert!(county.applied().await == school.written());
    assert!(county.once().await && town.once().await);
}

#[tokio::test]
async fn a_large_entry_goes_in_pieces_and_resumes() {
    let (school, county) = pair();
    school.write(1).await;
    school.write_large(300_000).await;
    school.write(1).await;
    talk_until(&school, &county, 20).await;
    let (report, turns) = talk(&school, &county).await;
    assert_eq!(report.waiting, 0);
    assert!(turns < 30, "resumed, not started over: {turns} turns");
    assert!(county.applied().await == school.written());
    assert!(county.once().await);
}

#[tokio::test]
async fn a_refused_entry_is_kept_and_its_origin_hears_why() {
    let (school, county) = pair();
    school.write_as(&[1, REFUSED, 2]).await; // the test's hub takes no such fact
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.waiting, 0);
    assert_eq!(county.quarantined().await, [2]);
    assert!(county.applied().await.contains(&body(2)), "the rest flows");
    assert_eq!(school.receipts().await, 1, "in the same conversation");
}

#[tokio::test]
async fn an_older_and_a_newer_hub_both_keep_syncing() {
    for (newest, oldest) in [(2, 1), (1, 1)] {
        let (school, mut county) = pair();
        county.post.speaks = proto::version::Speaks { newest, oldest };
        school.write(2).await;
        assert_eq!(talk(&school, &county).await.0.waiting, 0);
    }
    let (school, mut county) = pair();
    county.post.speaks = proto::version::Speaks { newest: 9, oldest: 8 };
    school.write(1).await;
    assert!(pipe::try_talk(&school, &county, pipe::LIMITS, usize::MAX).await.is_err());
    assert!(county.applied().await.is_empty());
}

#[tokio::test]
async fn the_nights_bytes_are_kept_and_the_rest_waits() {
    let (school, county) = pair();
    school.write(1).await;
    talk(&school, &county).await;
    school.write(200).await;
    let limits = Limits { send_bytes: 3_000, ..pipe::LIMITS };
    let (report, _) = pipe::talk_within(&school, &county, limits).await;
    assert!(report.waiting > 100 && report.acked > 10 && report.used_up, "{report:?}");
    let past = Limits { until: Some(school.post.clock.now()), ..pipe::LIMITS };
    let (report, _) = pipe::talk_within(&school, &county, past).await;
    assert_eq!((report.sent, report.used_up), (0, true), "the window is closed");
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.waiting, report.used_up), (0, false));
    assert!(county.once().await);
}

#[tokio::test]
async fn a_document_goes_down_once_and_an_older_or_forked_one_is_refused() {
    let (school, county) = pair();
    let first = pipe::document(1, None, "a = 1");
    county.issue(&first).await;
    assert_eq!(talk(&school, &county).await.0.documents, 1);
    assert_eq!(talk(&school, &county).await.0.documents, 0);
    let second = pipe::document(2, Some(&first), "a = 2");
    county.issue(&second).await;
    assert_eq!(talk(&school, &county).await.0.documents, 1);
    assert_eq!(school.documents().await, std::slice::from_ref(&second));
    // the county's store is replaced by one that has another second version
    let (_, other) = pair();
    other.issue(&first).await;
    other.issue(&pipe::document(2, Some(&first), "a = 3")).await;
    let (report, _) = talk(&school, &other).await;
    assert_eq!((report.documents, report.documents_refused), (0, 1));
    assert_eq!(school.documents().await, [second]);
    school.repair(&first).await;
    assert_eq!(talk(&school, &other).await.0.documents, 1, "after the repair the issuer's own is taken");
}

#[tokio::test]
async fn sixty_silent_nights_of_a_summer_go_in_one_conversation() {
    let (school, county) = pair();
    school.write(1).await;
    talk(&school, &county).await;
    for _ in 0..60 {
        school.later(24 * 3_600_000);
        county.later(24 * 3_600_000);
        school.write(1).await;
    }
    let (report, turns) = talk(&school, &county).await;
    assert_eq!((report.acked, report.waiting), (60, 0));
    assert!(turns <= 4, "{turns} turns");
    assert!(county.applied().await == school.written() && county.once().await);
}
