//! The conversation over a pipe that cuts, repeats and restores: whatever happens, nothing that was
//! acknowledged is lost and nothing is applied twice.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, TestCaseError, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proto::link::conversation::{Conversation, Judgement, Limits, TalkError};
use proto::link::turn::{Ack, Turn};
use proto::model::entry::{Lane, Mark};

use crate::pipe::{self, REFUSED, Side, body, talk, talk_until};

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
async fn a_hub_restored_from_an_older_copy_is_filled_again() {
    let (school, county) = pair();
    school.write(4).await;
    talk(&school, &county).await;
    let backup = county.copy();
    school.write(3).await;
    talk(&school, &county).await;
    county.restore(&backup);
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.refilled, report.waiting), (3, 0));
    assert!(county.applied().await == school.written());
    assert!(county.once().await);
}

#[tokio::test]
async fn a_school_restored_from_an_older_copy_starts_a_new_life_and_gets_its_entries_back() {
    let (school, county) = pair();
    school.write(4).await;
    talk(&school, &county).await;
    let backup = school.copy();
    school.write(3).await;
    talk(&school, &county).await;
    school.restore(&backup);
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Behind]);
    assert_eq!((report.returned, report.waiting), (3, 0));
    assert_eq!(school.returned().await, [body(5), body(6), body(7)]);
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.waiting, report.new_lives.len()), (0, 0), "the new life is settled");
    assert!(county.applied().await.is_superset(&school.written()));
}

#[tokio::test]
async fn a_party_whose_own_words_come_back_is_told_before_it_hears_anything_else() {
    for writes_on in [false, true] {
        let (school, county) = pair();
        school.write(4).await;
        talk(&school, &county).await;
        let (school_then, county_then) = (school.copy(), county.copy());
        school.write(3).await;
        talk(&school, &county).await;
        county.restore(&county_then);
        talk(&school, &county).await;
        let told = (school.noticed().await, county.noticed().await);
        assert_eq!(told, (None, None), "the county has said nothing that it forgot");
        school.restore(&school_then);
        if writes_on {
            school.write_as(&[900]).await;
        }
        county.tell(&school, 1000).await;
        talk(&school, &county).await;
        assert_eq!(school.noticed().await, Some(0), "before the county's words are heard");
        assert!(school.applied().await.contains(&body(1000)), "and then they are heard");
        assert_eq!(county.noticed().await, None);
    }
}

#[tokio::test]
async fn a_cut_before_the_lost_entries_come_back_asks_for_them_again() {
    for cut in 0..8 {
        let (school, county) = pair();
        school.write(4).await;
        talk(&school, &county).await;
        let backup = school.copy();
        school.write(3).await;
        talk(&school, &county).await;
        school.restore(&backup);
        talk_until(&school, &county, cut).await;
        talk(&school, &county).await;
        assert_eq!(school.returned().await, [body(5), body(6), body(7)], "cut after turn {cut}");
        let (report, _) = talk(&school, &county).await;
        assert_eq!((report.waiting, report.new_lives.len()), (0, 0), "cut after turn {cut}");
    }
}

#[tokio::test]
async fn a_school_restored_twice_from_one_copy_gets_back_what_it_said_in_between() {
    let (school, county) = pair();
    school.write(2).await;
    talk(&school, &county).await;
    let backup = school.copy();
    school.write(1).await;
    talk(&school, &county).await;
    school.restore(&backup);
    talk(&school, &county).await;
    school.write_as(&[800, 801]).await;
    talk(&school, &county).await;
    school.restore(&backup);
    let (report, _) = talk(&school, &county).await;
    assert_eq!((&report.new_lives[..], report.waiting), (&[Judgement::Outlived][..], 0));
    let back = school.returned().await;
    for n in [3, 800, 801] {
        assert!(back.contains(&body(n)), "{n}");
    }
}

#[tokio::test]
async fn an_earlier_life_that_a_town_hands_on_does_not_wait_for_ever() {
    let school = Side::new("p52/c5205/d520502/t520502100/s2152000001");
    let town = Side::new("p52/c5205/d520502/t520502100");
    let county = Side::new("p52/c5205/d520502");
    school.write(2).await;
    talk(&school, &town).await;
    let backup = school.copy();
    school.write(2).await;
    talk(&school, &town).await;
    school.restore(&backup);
    talk(&school, &county).await; // speaks to the county in its second life first
    talk(&school, &town).await;
    school.restore(&backup);
    talk(&school, &county).await;
    talk(&school, &town).await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(town.applied().await.is_subset(&county.applied().await));
    // the county is restored: everything is offered again, also what is over
    county.renumber().await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    // the county is made anew, and the town has forgotten: the school says everything again
    town.secure().await;
    talk(&school, &town).await;
    county.secure().await;
    school.write(1).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    county.restore(&county.empty());
    talk(&town, &county).await;
    talk(&school, &town).await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(school.held().await.is_subset(&county.applied().await));
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
async fn a_school_and_its_town_put_back_together_learn_that_the_county_knows_it_otherwise() {
    let (school, town, county) = three();
    school.write(2).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    let images = (school.copy(), town.copy());
    school.write(3).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    school.restore(&images.0);
    town.restore(&images.1);
    school.write_as(&[900, 901, 902, 903]).await;
    for _ in 0..3 {
        talk(&school, &town).await;
        talk(&town, &county).await;
    }
    assert!(school.life().await > 1, "the county's word went down to the school");
    assert!(county.applied().await.contains(b"restated".as_slice()), "and all that stands came up again");
    let (report, _) = talk(&town, &county).await;
    assert_eq!((report.waiting, report.sent), (0, 0), "nothing is left to say");
}

#[tokio::test]
async fn a_county_put_back_with_its_whole_disk_gets_again_what_its_towns_handed_on() {
    for cut in [usize::MAX, 1, 0] {
        let (school, town, county) = three();
        school.write(2).await;
        talk(&school, &town).await;
        talk(&town, &county).await;
        let image = county.copy();
        school.write(2).await;
        talk(&school, &town).await;
        talk(&town, &county).await;
        county.restore(&image); // with the number of its store: nothing on the disk says so
        talk_until(&town, &county, cut).await;
        assert_eq!(talk(&town, &county).await.0.waiting, 0);
        assert!(county.applied().await == school.written(), "cut after turn {cut}");
        assert!(county.once().await);
    }
}

#[tokio::test]
async fn two_lives_of_one_number_are_never_taken_for_one() {
    let (school, county) = pair();
    let backup = school.copy();
    school.write(2).await;
    talk(&school, &county).await;
    school.restore(&backup); // as a node set up again with the old key
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((&report.new_lives[..], report.waiting), (&[Judgement::Outlived][..], 0));
    assert!(school.life().await > 1);
}

#[tokio::test]
async fn a_parent_that_always_claims_a_later_life_is_not_followed_for_ever() {
    let (school, county) = pair();
    school.write(1).await;
    let talk = Conversation::child(school.post.clone(), county.post.me.clone(), pipe::LIMITS);
    let (mut talk, _) = talk.open().await.expect("an opening");
    let mut hello =
        county.hears(&school, school.opening().await).await.expect("an answer").expect("a turn").hello;
    for slot in 0..20 {
        let acks = if slot % 2 == 0 { vec![claim(slot / 2, 100 + slot)] } else { Vec::new() };
        let turn = Turn { hello: hello.take(), acks, ..Turn::default() };
        match talk.hear(turn).await {
            Ok((went_on, _)) => talk = went_on,
            Err(error) => return assert!(matches!(error, TalkError::Order(_)), "{error}"),
        }
    }
    panic!("twenty turns, and no end");
}

#[tokio::test]
async fn a_parent_that_claims_the_last_life_there_is_stops_nobody() {
    let (school, county) = pair();
    school.write(1).await;
    let talk = Conversation::child(school.post.clone(), county.post.me.clone(), pipe::LIMITS);
    let (mut talk, _) = talk.open().await.expect("an opening");
    let hello =
        county.hears(&school, school.opening().await).await.expect("an answer").expect("a turn").hello;
    for (slot, hello) in [(0, hello), (0, None), (1, None), (1, None)] {
        let turn = Turn { hello, acks: vec![claim(slot, u32::MAX)], ..Turn::default() };
        match talk.hear(turn).await {
            Ok((went_on, _)) => talk = went_on,
            Err(error) => panic!("the school itself must not fail: {error}"),
        }
    }
    assert_eq!(talk.report.new_lives, [Judgement::Outlived], "there is no life after the last");
    school.write(1).await;
}

#[tokio::test]
async fn nobody_gives_back_what_was_not_asked_for() {
    let (school, county) = pair();
    school.write(1).await;
    talk(&school, &county).await;
    school.write(1).await;
    let mut turn = school.opening().await;
    assert_eq!(turn.batches.len(), 1);
    turn.batches[0].returned = true;
    assert!(county.hears(&school, turn).await.is_err());
    assert!(county.returned().await.is_empty());
}

#[tokio::test]
async fn a_restored_school_that_has_written_on_is_a_fork_and_both_branches_are_kept() {
    let (school, county) = pair();
    school.write(4).await;
    talk(&school, &county).await;
    let backup = school.copy();
    school.write(2).await;
    talk(&school, &county).await;
    school.restore(&backup);
    school.write_as(&[900, 901, 902]).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Forked]);
    assert_eq!(report.waiting, 0);
    let applied = county.applied().await;
    for n in [1, 4, 5, 6, 900, 901, 902] {
        assert!(applied.contains(&body(n)), "{n}");
    }
}

#[tokio::test]
async fn what_a_new_hub_lacks_and_nobody_keeps_is_said_again_from_the_facts() {
    let (school, county) = pair();
    school.write(6).await;
    talk(&school, &county).await;
    county.secure().await; // a verified backup: the school may forget
    school.write(1).await;
    talk(&school, &county).await;
    county.restore(&county.empty());
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Lost]);
    assert_eq!(report.waiting, 0);
    assert!(county.applied().await.contains(b"restated".as_slice()));
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
async fn nobody_gives_a_stream_that_is_not_theirs() {
    let (_, county) = pair();
    let stranger = Side::new("p52/c5205/d520502/s2152000002");
    let mut turn = stranger.opening().await;
    turn.offers[0].stream.origin = "p52/c5205/d520502/s2152000001".parse().expect("a party");
    assert!(county.hears(&stranger, turn).await.is_err());
    let mut turn = stranger.opening().await;
    turn.offers[0].stream.lane = Lane::To("p52/c5205/d520502/s2152000001".parse().expect("a party"));
    assert!(county.hears(&stranger, turn).await.is_err());
}

/// "I know a later life of yours."
const fn claim(slot: u32, latest_life: u32) -> Ack {
    Ack { slot, mark: Mark::START, safe: 0, latest_life, partial: 0, restate: false, duplicates: 0 }
}

fn three() -> (Side, Side, Side) {
    let below_the_town = Side::new("p52/c5205/d520502/t520502100/s2152000001");
    (below_the_town, Side::new("p52/c5205/d520502/t520502100"), Side::new("p52/c5205/d520502"))
}

fn pair() -> (Side, Side) {
    (Side::new("p52/c5205/d520502/s2152000001"), Side::new("p52/c5205/d520502"))
}

#[tokio::test]
async fn the_nights_bytes_are_kept_and_the_rest_waits() {
    let (school, county) = pair();
    school.write(1).await;
    talk(&school, &county).await;
    school.write(200).await;
    let limits = Limits { send_bytes: 3_000, ..pipe::LIMITS };
    let (report, _) = pipe::talk_within(&school, &county, limits).await;
    assert!(report.waiting > 100 && report.acked > 10, "{report:?}");
    let past = Limits { until: Some(school.post.clock.now()), ..pipe::LIMITS };
    let (report, _) = pipe::talk_within(&school, &county, past).await;
    assert_eq!(report.sent, 0, "the window is closed");
    assert_eq!(talk(&school, &county).await.0.waiting, 0);
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
async fn a_hub_restored_from_an_older_copy_gets_its_own_document_back_from_a_child() {
    let (school, county) = pair();
    let first = pipe::document(1, None, "a = 1");
    let second = pipe::document(2, Some(&first), "a = 2");
    county.issue(&first).await;
    let backup = county.copy();
    county.issue(&second).await;
    talk(&school, &county).await;
    county.restore(&backup);
    talk(&school, &county).await;
    assert_eq!(county.documents().await, [second]);
}

/// What happens to a school and its county in one step of a random history.
#[derive(Debug, Clone)]
enum Event {
    Write(u32),
    Talk,
    CutAfter(usize),
    Backup,
    SecureBackup,
    RestoreCounty,
    RestoreSchool,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1_u32..5).prop_map(Event::Write),
        3 => Just(Event::Talk),
        3 => (0_usize..6).prop_map(Event::CutAfter),
        1 => Just(Event::Backup),
        1 => Just(Event::SecureBackup),
        1 => Just(Event::RestoreCounty),
        1 => Just(Event::RestoreSchool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// After any history of cuts and restores, two good nights settle everything: all that the school
    /// holds is at the county, nothing was applied twice under one number, nothing waits.
    #[test]
    fn any_history_ends_settled(events in proptest::collection::vec(event(), 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(history(events))?;
    }
}

async fn history(events: Vec<Event>) -> Result<(), TestCaseError> {
    let (school, county) = pair();
    let (mut school_copy, mut county_copy) = (school.copy(), county.copy());
    for event in events {
        match event {
            Event::Write(n) => school.write(n).await,
            Event::Talk => drop(talk(&school, &county).await),
            Event::CutAfter(turns) => talk_until(&school, &county, turns).await,
            Event::Backup => (school_copy, county_copy) = (school.copy(), county.copy()),
            Event::SecureBackup => {
                county_copy = county.copy();
                county.secure().await;
            }
            Event::RestoreCounty => county.restore(&county_copy),
            Event::RestoreSchool => school.restore(&school_copy),
        }
    }
    talk(&school, &county).await;
    let (report, _) = talk(&school, &county).await;
    prop_assert_eq!(report.waiting, 0);
    prop_assert_eq!(report.new_lives.len(), 0, "a settled pair agrees");
    prop_assert!(county.once().await);
    let held = school.held().await;
    prop_assert!(held.is_subset(&county.applied().await), "everything the school holds is at the county");
    Ok(())
}
