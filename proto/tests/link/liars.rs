//! Neighbours that claim what is not so, or give what is not theirs.

use proto::link::conversation::{Conversation, Judgement, TalkError};
use proto::link::turn::{Ack, Turn};
use proto::model::entry::{Lane, Mark};

use crate::pipe::{self, Side, pair, talk};

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
