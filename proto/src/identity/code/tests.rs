use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, prop_assert_ne, proptest};

use super::*;

fn code(unit: &str, address: &str) -> InviteCode {
    let secret = InviteSecret::from_bytes(*b"0123456789abcdef");
    InviteCode::new(unit.parse().unwrap(), address, &SpkiHash([0x5a; 32]), secret).unwrap()
}

#[test]
fn a_code_is_as_short_as_it_can_be_and_reads_back() {
    for (unit, address, characters) in [
        ("p52/c5205", "10.2.3.4:7443", 76),
        ("p52/c5205/d520502/t520502100", "10.2.3.4:7443", 76),
        ("p52/c5205/d520502/t520502100/s2152000001", "10.2.3.4:7443", 84),
        ("p52/c5205/s2152000001", "10.2.3.4:7443", 84),
        ("p65/d659001/s2165000001", "10.2.3.4:7443", 84),
        ("p44/c4419/t441900003", "hub.dg.example.cn:7443", 91),
        ("p52/c5205/d520502", "[2001:db8::1]:7443", 95),
        ("p52/c5201/d520502/s2152000001", "localhost:1", 123),
    ] {
        let code = code(unit, address);
        let printed = code.to_string();
        assert_eq!(printed.parse(), Ok(code), "{unit} {address}");
        assert_eq!(printed.chars().filter(|c| *c != '-').count(), characters, "{unit} {address}");
    }
}

#[test]
fn what_cannot_be_dialed_is_not_printed() {
    for address in
        ["", "hub", "hub:", ":7443", "hub:70000", "hub:07443", "hub_1:7443", "中心:7443", "10.2.3.4"]
    {
        let secret = InviteSecret::from_bytes([0; 16]);
        let made = InviteCode::new("p52/c5205".parse().unwrap(), address, &SpkiHash([0; 32]), secret);
        assert!(made.is_err(), "{address}");
    }
}

#[test]
fn a_person_writes_it_as_they_like() {
    let code = code("p52/c5205/d520502/s2152000001", "10.2.3.4:7443");
    let printed = code.to_string();
    let full_width: String =
        printed.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c)).collect();
    for written in [
        printed.to_lowercase(),
        printed.replace('-', ""),
        printed.replace('-', " — "),
        printed.replace('0', "o").replace('1', "l"),
        printed.replace('0', "O").replace('1', "I"),
        format!("\n {printed}\u{3000}\r\n"),
        full_width,
    ] {
        assert_eq!(written.parse(), Ok(code.clone()), "{written}");
    }
}

#[test]
fn a_wrong_text_is_told_what_is_wrong() {
    let printed = code("p52/c5205/d520502/s2152000001", "10.2.3.4:7443").to_string();
    let swapped = |at: usize| {
        let mut text: Vec<char> = printed.chars().collect();
        text[at] = if text[at] == '7' { '8' } else { '7' };
        text.into_iter().collect::<String>()
    };
    let mut newer = vec![2_u8, 1, 2, 3];
    newer.extend(base32::check(&newer));
    let mut nonsense = vec![VERSION, 1, 2, 3];
    nonsense.extend(base32::check(&nonsense));
    let text = |symbols: Vec<u8>| symbols.into_iter().map(character).collect::<String>();
    for (text, error) in [
        (String::new(), NotACode::Length { expected: 76, found: 0 }),
        ("1".to_owned(), NotACode::Length { expected: 76, found: 1 }),
        (printed[..printed.len() - 1].to_owned(), NotACode::Length { expected: 84, found: 83 }),
        (printed.replacen('-', "-7", 8), NotACode::Length { expected: 84, found: 92 }),
        (printed.replacen('-', "-U", 1), NotACode::Character { found: 'U', group: 2 }),
        (swapped(0), NotACode::Check { group: Some(1) }),
        (swapped(6), NotACode::Check { group: Some(2) }),
        (swapped(printed.len() - 1), NotACode::Check { group: Some(17) }),
        (swapped(20).replacen('Z', "Y", 1).replacen('A', "B", 1), NotACode::Check { group: None }),
        (text(newer), NotACode::Version(2)),
        (text(nonsense), NotACode::Content),
        ("0".repeat(5_000), NotACode::Content),
    ] {
        assert_eq!(text.parse::<InviteCode>(), Err(error.clone()), "{text}");
        assert!(!error.say(Lang::Zh).is_empty() && !error.say(Lang::En).is_empty());
    }
}

fn any_code() -> impl Strategy<Value = InviteCode> {
    let unit = prop_oneof![
        Just("p52"),
        Just("p52/c5205/d520502"),
        Just("p52/c5205/d520502/t520502100/s2152000001"),
        Just("p52/d520502/s0000000001"),
        Just("p65/d659001"),
    ];
    let address =
        prop_oneof!["[a-z0-9][a-z0-9.-]{0,40}:[1-9][0-9]{0,3}", "1?[0-9]\\.0\\.2[0-4][0-9]\\.1:[1-9]"];
    (unit, address, any::<[u8; 16]>(), any::<[u8; 32]>()).prop_map(|(unit, address, secret, key)| {
        let secret = InviteSecret::from_bytes(secret);
        InviteCode::new(unit.parse().unwrap(), &address, &SpkiHash(key), secret).unwrap()
    })
}

proptest! {
    #[test]
    fn every_code_reads_back(code in any_code()) {
        prop_assert_eq!(code.to_string().parse(), Ok(code));
    }

    #[test]
    fn up_to_four_wrong_characters_are_always_found(
        secret in any::<[u8; 16]>(),
        wrong in proptest::collection::btree_map(0_usize..84, 1_u8..32, 1..=4),
    ) {
        let secret = InviteSecret::from_bytes(secret);
        let unit = "p52/c5205/d520502/s2152000001".parse().unwrap();
        let code = InviteCode::new(unit, "10.2.3.4:7443", &SpkiHash([3; 32]), secret).unwrap();
        let mut written: Vec<u8> =
            code.to_string().chars().filter(|c| !is_gap(*c)).filter_map(base32::symbol).collect();
        for (at, change) in wrong {
            written[at] ^= change;
        }
        let text: String = written.into_iter().map(character).collect();
        prop_assert!(text.parse::<InviteCode>().is_err());
    }

    #[test]
    fn two_neighbours_swapped_are_found(code in any_code(), at in 0_usize..74) {
        let mut text: Vec<char> = code.to_string().chars().filter(|c| *c != '-').collect();
        text.swap(at, at + 1);
        let text: String = text.into_iter().collect();
        match text.parse::<InviteCode>() {
            Ok(back) => prop_assert_eq!(back, code, "the two were the same"),
            Err(error) => prop_assert_ne!(error, NotACode::Content),
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        prop_assert!(text.parse::<InviteCode>().is_err());
    }
}
