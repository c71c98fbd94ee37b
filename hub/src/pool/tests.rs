use proto::model::case::{Handed, Tag, Token, TokenKind};
use proto::model::party::Party;
use proto::store::{MemoryStore, Room};

use super::{Meaning, keeper, key_id, meaning, normal_id, pools, take, take_back, token};
use TokenKind::{Enrolled, Lost, Offered};

fn party(path: &str) -> Party {
    path.parse().unwrap()
}

fn handed(tag: u8, kind: TokenKind, token: u8) -> Handed {
    Handed { tag: Tag([tag; 16]), kind, token: Token([token; 32]) }
}

#[test]
fn every_pair_has_its_meaning_whichever_came_first() {
    for (one, other, expected) in [
        (Lost, Enrolled, Some(Meaning::Found)),
        (Offered, Enrolled, Some(Meaning::AlreadyEnrolled)),
        (Lost, Lost, Some(Meaning::Twice)),
        (Offered, Offered, Some(Meaning::Twice)),
        (Lost, Offered, Some(Meaning::Twice)),
        (Enrolled, Enrolled, None),
    ] {
        assert_eq!(meaning(one, other), expected, "{one:?} {other:?}");
        assert_eq!(meaning(other, one), expected, "{other:?} {one:?}");
    }
}

#[test]
fn an_id_number_is_hashed_in_one_form() {
    let normal = "990101200501010019";
    let checked = normal_id("99010120050101001").is_none() && normal_id("").is_none();
    assert!(checked);
    let with_check =
        |head: &str| ('0'..='9').chain(['X']).map(|c| format!("{head}{c}")).find_map(|t| normal_id(&t));
    let good = with_check(&normal[..17]).unwrap();
    assert_eq!(good.len(), 18);
    let wide: String = good
        .chars()
        .map(|c| c.to_digit(10).map_or(c, |d| char::from_u32('０' as u32 + d).unwrap()))
        .collect();
    assert_eq!(normal_id(&wide), Some(good.clone()));
    assert_eq!(normal_id(&format!(" {} ", good.to_lowercase())), Some(good.clone()));
    // the old form of somebody born in 1999
    let old = with_check("99010119990101001").unwrap();
    assert_eq!(normal_id("990101990101001"), Some(old));
    // a slip in any place is no number
    for at in 0..17 {
        let mut slipped: Vec<u8> = good.clone().into_bytes();
        slipped[at] = if slipped[at] == b'9' { b'0' } else { slipped[at] + 1 };
        assert_eq!(normal_id(&String::from_utf8(slipped).unwrap()), None, "{at}");
    }
    for none in ["没有", "99010120050101001é", "é90101200501010"] {
        assert_eq!(normal_id(none), None, "{none}");
    }
}

#[test]
fn tokens_of_two_keys_have_nothing_in_common() {
    let (one, other) = ([1; 32], [2; 32]);
    assert_eq!(token(&one, "a"), token(&one, "a"));
    assert_ne!(token(&one, "a"), token(&other, "a"));
    assert_ne!(token(&one, "a"), token(&one, "b"));
    assert_ne!(key_id(&one), key_id(&other));
}

#[test]
fn the_key_is_kept_one_level_above_its_pool() {
    let county = party("p52/c5205/d520502");
    let pools = pools(&county);
    assert_eq!(pools, [party("p52/c5205"), party("p52")]);
    assert_eq!(pools.iter().map(keeper).collect::<Vec<_>>(), [party("p52"), party("p52")]);
}

#[test]
fn both_counties_are_told_once() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let [a, b] = ["p52/c5205/d520502", "p52/c5205/d520521"].map(party);
    assert!(take(&mut room, &a, 7, handed(1, Lost, 9)).unwrap().is_empty());
    let reports = take(&mut room, &b, 7, handed(2, Enrolled, 9)).unwrap();
    let told: Vec<_> = reports.iter().map(|r| (r.to.clone(), r.found.kind, r.found.there.clone())).collect();
    assert_eq!(told, [(b.clone(), Enrolled, a.clone()), (a.clone(), Lost, b.clone())]);
    // handed in again after a restore
    assert!(take(&mut room, &b, 7, handed(2, Enrolled, 9)).unwrap().is_empty());
    // another key, another child
    assert!(take(&mut room, &b, 8, handed(3, Enrolled, 9)).unwrap().is_empty());
    assert!(take(&mut room, &b, 7, handed(4, Enrolled, 8)).unwrap().is_empty());
}

#[test]
fn what_is_taken_back_or_replaced_matches_no_more() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let [a, b] = ["p52/c5205/d520502", "p52/c5205/d520521"].map(party);
    take(&mut room, &a, 7, handed(1, Lost, 9)).unwrap();
    take_back(&mut room, &a, Tag([1; 16])).unwrap();
    take(&mut room, &a, 7, handed(2, Lost, 9)).unwrap();
    // the ID number of the record was corrected
    take(&mut room, &a, 7, handed(2, Lost, 10)).unwrap();
    assert!(take(&mut room, &b, 7, handed(3, Enrolled, 9)).unwrap().is_empty());
    assert_eq!(take(&mut room, &b, 7, handed(4, Enrolled, 10)).unwrap().len(), 2);
    // a county cannot take back what another handed in
    take_back(&mut room, &b, Tag([2; 16])).unwrap();
    assert_eq!(take(&mut room, &b, 7, handed(5, Enrolled, 10)).unwrap().len(), 2);
}

#[test]
fn offered_to_a_county_that_has_the_child_already() {
    let store = MemoryStore::default();
    let mut room = Room::new(&store);
    let county = party("p52/c5205/d520521");
    take(&mut room, &county, 7, handed(1, Enrolled, 9)).unwrap();
    let reports = take(&mut room, &county, 7, handed(2, Offered, 9)).unwrap();
    assert_eq!(reports.len(), 1, "both sides are one reader");
    assert_eq!((reports[0].found.kind, reports[0].found.theirs), (Offered, Tag([1; 16])));
}
