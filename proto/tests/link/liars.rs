//! Neighbours that claim what is not so, or give what is not theirs.

use proto::link::book;
use proto::link::conversation::{Conversation, Judgement, Report, TalkError};
use proto::link::turn::{Ack, Batch, Turn};
use proto::model::entry::{Hash, Lane, Mark};
use proto::store::{Room, StoreError};

use crate::pipe::{self, Side, body, pair, talk, three};

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

/// What the county answers to the school's opening, with its acknowledgements changed.
async fn answered(school: &Side, county: &Side, acks: impl Fn(&mut Ack)) -> Report {
    let talk = Conversation::child(school.post.clone(), county.post.me.clone(), pipe::LIMITS);
    let (talk, opening) = talk.open().await.expect("an opening");
    let mut turn = county.hears(school, opening).await.expect("an answer").expect("a turn");
    turn.acks.iter_mut().for_each(acks);
    talk.hear(turn).await.expect("it is only an acknowledgement").0.report
}

#[tokio::test]
async fn an_acknowledgement_of_a_longer_log_than_there_is_settles_nothing() {
    let (school, county) = pair();
    school.write(3).await;
    talk(&school, &county).await;
    school.write(1).await;
    let longer = |ack: &mut Ack| ack.mark = Mark { seq: 99, hash: Hash([7; 32]) };
    let report = answered(&school, &county, longer).await;
    assert_eq!((report.acked, &report.new_lives[..]), (0, &[Judgement::Behind][..]));
    assert_eq!(talk(&school, &county).await.0.waiting, 0);
    assert!(school.written().is_subset(&county.applied().await));
}

#[tokio::test]
async fn a_forged_acknowledgement_makes_nobody_forget() {
    let (school, county) = pair();
    school.write(3).await;
    let forged = |ack: &mut Ack| (ack.mark, ack.safe) = (Mark { seq: 3, hash: Hash([7; 32]) }, 3);
    let report = answered(&school, &county, forged).await;
    assert_eq!((report.acked, &report.new_lives[..]), (0, &[Judgement::Forked][..]));
    assert_eq!(school.held().await, school.written(), "all is still here");
    assert_eq!(talk(&school, &county).await.0.waiting, 0);
    assert!(school.written().is_subset(&county.applied().await));
}

/// Each machine's next talk after the other's shows that another has spoken, and nothing of either is lost.
async fn two_machines(one: &Side, other: &Side, county: &Side, same_store: bool) {
    for round in 0..3 {
        for (machine, first) in [(one, 100), (other, 200)] {
            machine.write_as(&[first + round]).await;
            let (report, _) = talk(machine, county).await;
            assert_eq!(report.waiting, 0);
            let noticed = !report.new_lives.is_empty();
            assert_eq!(noticed, round > 0 || first == 200, "machine {first}, round {round}: {report:?}");
            // the parent sees it when a machine that it knows contradicts what another has said
            let seen = county.two_machines(one).await.is_some();
            assert_eq!(seen, round > 0 || (first == 200 && same_store), "machine {first}, round {round}");
        }
    }
    // one of them is switched off: the sign goes after a week of one voice
    county.later(8 * 86_400_000);
    assert!(county.two_machines(one).await.is_some(), "nobody has spoken since");
    other.write_as(&[300]).await;
    talk(other, county).await;
    assert_eq!(county.two_machines(one).await, None);
    let applied = county.applied().await;
    assert!((0..3).all(|n| applied.contains(&body(100 + n)) && applied.contains(&body(200 + n))));
    assert!(county.once().await);
}

#[tokio::test]
async fn a_stolen_key_on_a_second_machine_hides_nothing_and_is_seen_at_once() {
    let (school, county) = pair();
    let thief = Side::new(&school.post.me.to_string());
    school.write(2).await;
    talk(&school, &county).await;
    two_machines(&school, &thief, &county, false).await;
}

#[tokio::test]
async fn a_cloned_machine_hides_nothing_and_is_seen_at_once() {
    let (school, county) = pair();
    school.write(2).await;
    talk(&school, &county).await;
    let clone = Side::new(&school.post.me.to_string());
    clone.restore(&school.copy());
    two_machines(&school, &clone, &county, true).await;
}

#[tokio::test]
async fn a_town_that_leaves_an_entry_out_can_pass_on_nothing_after_it() {
    let (school, town, county) = three();
    school.write(3).await;
    talk(&school, &town).await;
    let mut turn = town.opening().await;
    let slot = turn.offers.iter().position(|offer| offer.stream.origin == school.post.me).expect("offered");
    let (stream, tail) = (turn.offers[slot].stream.clone(), turn.offers[slot].tail);
    let read = move |room: &mut Room<'_>| book::read(room, &stream, 1, usize::MAX);
    let (all, through) = town.post.desk.act::<_, StoreError>(read).await.expect("memory reads");
    assert_eq!(tail, 3);
    let (mut hidden, mut renumbered) = (all.clone(), all);
    hidden.remove(1);
    renumbered.remove(1);
    renumbered[1].seq = 2;
    let slot = u32::try_from(slot).expect("a few offers");
    for entries in [hidden, renumbered] {
        turn.batches = vec![Batch { slot, entries, through, returned: false }];
        let answer = county.hears(&town, turn.clone()).await.expect("an answer").expect("a turn");
        let ack = answer.acks.iter().find(|ack| ack.slot == slot).expect("acknowledged");
        assert_eq!(ack.mark, Mark::START, "the county sees that something is missing");
    }
    assert!(county.applied().await.is_empty());
}
