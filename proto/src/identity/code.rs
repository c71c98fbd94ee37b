//! The printed invitation: all that a unit needs to find its hub, to know it for certain, and to be
//! known. It is copied by hand at worst, so it is short and says where it was miscopied.
//!
//! `version (1 character) | flags, unit, address, pin, secret | check (6 characters)`, in groups of five.

mod content;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::base32::{self, CHECK, bytes, character, is_gap, is_good, one_wrong, symbols, symbols_for};
use super::invite::InviteSecret;
use super::keys::SpkiHash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

const VERSION: u8 = 1;
const GROUP: usize = 5;

/// The first half of the SHA-256 of an authority's key: what a unit pins before its first contact. Nobody
/// can make a second key that fits it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pin(pub [u8; 16]);

/// What the printed code says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InviteCode {
    /// The unit that is invited.
    pub unit: Party,
    /// The hub's `host:port`.
    pub address: String,
    /// The key of the authority that will issue the certificate.
    pub pin: Pin,
    /// The proof that the unit was invited.
    pub secret: InviteSecret,
}

/// Why an address cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address: expected host:port such as 10.2.3.4:7443 or hub.example.cn:7443")]
pub struct NotAnAddress(pub String);

/// Why a text is no invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACode {
    /// A character that no code has.
    #[error("{found:?} in group {group} is not a character of an invitation")]
    Character {
        /// The character.
        found: char,
        /// In which group of five, from 1.
        group: usize,
    },
    /// Characters are missing or too many.
    #[error("an invitation has {expected} characters here, found {found}")]
    Length {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The check characters do not fit.
    #[error("the check characters do not fit{}", .group.map(|group| format!(": look at group {group}")).unwrap_or_default())]
    Check {
        /// The group that alone would explain it, from 1.
        group: Option<usize>,
    },
    /// Printed by a program of another version.
    #[error("the invitation is of version {0}, this program reads version 1")]
    Version(u8),
    /// The check fits but the content makes no sense.
    #[error("the invitation says nothing that makes sense")]
    Content,
}

impl Pin {
    /// The pin of a key.
    pub fn of(key: &SpkiHash) -> Self {
        let mut pin = [0; 16];
        pin.copy_from_slice(&key.0[..16]);
        Self(pin)
    }

    /// Whether `key` is the pinned one.
    pub fn fits(&self, key: &SpkiHash) -> bool {
        key.0[..16] == self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl InviteCode {
    /// A code to print.
    ///
    /// # Errors
    /// When `address` is not `host:port` with a plain DNS name or an IP address.
    pub fn new(
        unit: Party,
        address: &str,
        authority: &SpkiHash,
        secret: InviteSecret,
    ) -> Result<Self, NotAnAddress> {
        let address = address.trim().to_ascii_lowercase();
        content::write_address(&address).ok_or_else(|| NotAnAddress(address.clone()))?;
        Ok(Self { unit, address, pin: Pin::of(authority), secret })
    }
}

impl fmt::Display for InviteCode {
    /// The code in groups of five, parted by dashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = vec![VERSION];
        written.extend(symbols(&content::write(self)));
        written.extend(base32::check(&written));
        for (i, symbol) in written.into_iter().enumerate() {
            if i > 0 && i % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", character(symbol))?;
        }
        Ok(())
    }
}

impl FromStr for InviteCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut written = Vec::with_capacity(96);
        for found in text.chars().filter(|c| !is_gap(*c)) {
            let group = written.len() / GROUP + 1;
            written.push(base32::symbol(found).ok_or(NotACode::Character { found, group })?);
            // far longer than any code: not worth looking at
            if written.len() > 1_000 {
                return Err(NotACode::Content);
            }
        }
        if !is_good(&written) || written.len() <= 1 + CHECK {
            return Err(miscopied(&written));
        }
        if written[0] != VERSION {
            return Err(NotACode::Version(written[0]));
        }
        let written = &written[1..written.len() - CHECK];
        // one code, one text: whatever would print differently was not printed by us
        content::read(&bytes(written))
            .filter(|code| symbols(&content::write(code)) == written)
            .ok_or(NotACode::Content)
    }
}

/// What to say of a text whose check does not fit: its length, its version or one group.
fn miscopied(written: &[u8]) -> NotACode {
    if let Some(at) = one_wrong(written) {
        return NotACode::Check { group: Some(at / GROUP + 1) };
    }
    match written.first() {
        Some(&VERSION) => {}
        Some(&version) if written.len() > 1 + CHECK => return NotACode::Version(version),
        _ => return NotACode::Length { expected: SHORTEST, found: written.len() },
    }
    let expected = content::length(&bytes(&written[1..])).map_or(SHORTEST, |n| 1 + symbols_for(n) + CHECK);
    if expected == written.len() {
        NotACode::Check { group: None }
    } else {
        NotACode::Length { expected, found: written.len() }
    }
}

/// The characters of a code for a hub at an IPv4 address.
const SHORTEST: usize = 1 + symbols_for(1 + 4 + 6 + 32) + CHECK;

impl Say for NotAnAddress {
    fn say(&self, lang: Lang) -> String {
        let address = &self.0;
        say!(
            lang,
            "“{address}”不是可用的地址。请写成 主机:端口，例如 10.2.3.4:7443 或 hub.example.cn:7443",
            "{address:?} is no usable address. Write host:port, such as 10.2.3.4:7443 or hub.example.cn:7443"
        )
    }
}

impl Say for NotACode {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Character { found, group } => say!(
                lang,
                "邀请码第 {group} 组里的“{found}”不是邀请码的字符（只有数字和字母，没有字母 U）。请对照原件重新输入",
                "{found:?} in group {group} is no character of an invitation (digits and letters, no U). Compare with the original and type it again"
            ),
            Self::Length { expected, found } => say!(
                lang,
                "邀请码应有 {expected} 个字符，现有 {found} 个，可能漏抄或多抄。请对照原件重新输入",
                "the invitation should have {expected} characters but has {found}: some are missing or too many. Compare with the original and type it again"
            ),
            Self::Check { group: Some(group) } => say!(
                lang,
                "邀请码有误，很可能在第 {group} 组。请对照原件核对该组",
                "the invitation is miscopied, most likely in group {group}. Compare that group with the original"
            ),
            Self::Check { group: None } => say!(
                lang,
                "邀请码有误，不止一处抄错。请对照原件重新输入",
                "the invitation is miscopied in more than one place. Compare with the original and type it again"
            ),
            Self::Version(version) => say!(
                lang,
                "邀请码是第 {version} 版，本程序只能读第 1 版。请先升级本程序；如已是最新，请核对第一个字符",
                "the invitation is of version {version}, this program reads version 1. Upgrade this program; if it is the newest, check the first character"
            ),
            Self::Content => say!(
                lang,
                "这不是本系统的邀请码。请向上级索取新的邀请码",
                "this is no invitation of this system. Ask the office above for a new one"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
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
        fn two_neighbours_swapped_are_found(code in any_code(), at in 0_usize..75) {
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
}
