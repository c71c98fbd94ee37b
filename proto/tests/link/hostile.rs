//! Turns that no honest neighbour says.

use prost::Message as _;
use proto::convert::{Malformed, turn_in, turn_out};
use proto::model::party::Party;
use proto::wire;

fn school() -> Party {
    "p52/c5205/d520502/s2152000001".parse().expect("a party")
}

fn frame(entries: Vec<wire::Entry>) -> Vec<u8> {
    wire::Frame { entries }.encode_to_vec()
}

fn batch(first: u64, packing: wire::Packing, frame: Vec<u8>) -> wire::Batch {
    let through = vec![0; 32];
    wire::Batch { slot: 0, first, through, packing: packing.into(), frame, returned: false }
}

fn turn(batches: Vec<wire::Batch>) -> wire::Turn {
    wire::Turn { batches, ..wire::Turn::default() }
}

#[test]
fn many_small_frames_do_not_unpack_to_more_than_one_turn_holds() {
    let zeros = frame(vec![wire::Entry { made: 0, kind: 1, body: vec![0; 1 << 20] }]);
    let packed = zstd::bulk::compress(&zeros, 3).expect("zeros pack well");
    assert!(packed.len() < 1_000);
    let of = |n: usize| turn(vec![batch(1, wire::Packing::Zstd, packed.clone()); n]);
    assert!(turn_in(of(3), &school()).is_ok());
    assert_eq!(turn_in(of(5), &school()), Err(Malformed::TooLarge("batch.frame")));
    let empty = vec![wire::Entry::default(); 6_000];
    let of = |n: usize| turn(vec![batch(1, wire::Packing::Plain, frame(empty.clone())); n]);
    assert!(turn_in(of(1), &school()).is_ok());
    assert_eq!(turn_in(of(2), &school()), Err(Malformed::TooLarge("batch.frame")));
}

#[test]
fn numbers_at_the_end_of_their_range_are_refused_or_carried_unharmed() {
    let one = || frame(vec![wire::Entry::default()]);
    let last = turn(vec![batch(u64::MAX, wire::Packing::Plain, one())]);
    assert_eq!(turn_in(last, &school()), Err(Malformed::Field("batch.first")));
    // a town hands on what a school wrote, however odd its clock
    let made = [i64::MIN, i64::MAX, 1].map(|made| wire::Entry { made, kind: 1, body: Vec::new() });
    let odd = turn(vec![batch(1, wire::Packing::Plain, frame(made.to_vec()))]);
    let heard = turn_in(odd, &school()).expect("clocks decide nothing");
    assert_eq!(turn_in(turn_out(&heard, &school()), &school()), Ok(heard));
}

#[test]
fn nobody_asks_for_a_million_answers_in_one_turn() {
    let recalls = vec![wire::Recall { slot: 0, from: 1 }; 10_001];
    let greedy = wire::Turn { recalls, ..wire::Turn::default() };
    assert_eq!(turn_in(greedy, &school()), Err(Malformed::TooLarge("turn")));
}

#[test]
fn a_million_tiny_entries_are_more_than_a_turn_holds() {
    let tiny = wire::Entry { made: 0, kind: 0, body: Vec::new() };
    let many = frame(vec![tiny; 1_000_000]);
    let packed = zstd::bulk::compress(&many, 3).expect("zeros pack well");
    assert!(packed.len() < 1_000, "a few bytes on the line");
    for (packing, bytes) in [(wire::Packing::Zstd, packed), (wire::Packing::Plain, many)] {
        let refused = turn_in(turn(vec![batch(1, packing, bytes)]), &school());
        assert_eq!(refused, Err(Malformed::TooLarge("batch.frame")));
    }
}
