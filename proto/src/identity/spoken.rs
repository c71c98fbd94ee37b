//! An invitation that is said over the telephone or typed by hand: a short code that is the secret, and eight
//! digits by which the unit knows the hub.
//!
//! ```text
//! XXXX-XXXX-XXXX   eleven characters of five random bits, and a check character
//! 1234-5678        follows from the code and from the key of the hub's authority
//! ```
//!
//! The digits are compared before the secret is shown: whoever answers at the address without the authority's key
//! would have to know the code in order to make a key that fits them, and has one guess in a hundred million.

use std::fmt;
use std::str::FromStr;

use super::base32::{character, is_gap, symbol};
use super::code::{InviteCode, NotACode, NotAnAddress, Pin};
use super::fingerprint::Fingerprint;
use super::invite::InviteSecret;
use super::keys::{SpkiHash, random, sha256};
use crate::model::party::Party;

/// Characters before the check character.
const RANDOM: usize = 11;
const LENGTH: usize = RANDOM + 1;
const GROUP: usize = 4;
/// How often the code is hashed for the secret: whoever steals a hub's store and tries all codes against what it
/// keeps has that much more to do.
const STRETCH: u32 = 1 << 16;
const DIGITS: u32 = 100_000_000;

/// The short code.
#[derive(Clone, PartialEq, Eq)]
pub struct SpokenCode([u8; RANDOM]);

/// The eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(u32);

/// How a unit that joins knows its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// By the key of its authority.
    Pin(Pin),
    /// By what was said over the telephone.
    Spoken(SpokenCode, Digits),
}

/// All that a unit needs in order to join, however it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The unit that is invited.
    pub unit: Party,
    /// The hub's `host:port`.
    pub address: String,
    /// How the hub is known.
    pub trust: Trust,
    /// The proof that the unit was invited.
    pub secret: InviteSecret,
}

impl SpokenCode {
    /// A new code.
    pub fn random() -> Self {
        Self(random::<RANDOM>().map(|byte| byte & 31))
    }

    /// The secret that it stands for.
    pub fn secret(&self) -> InviteSecret {
        let mut hash = sha256(&[b"guixue/spoken/v1\0".as_slice(), &self.0].concat());
        for _ in 0..STRETCH {
            hash = sha256(&hash);
        }
        let half: [u8; 16] = hash[..16].try_into().expect("a hash has 32 bytes");
        InviteSecret::from_bytes(half)
    }

    /// The digits by which a unit with this code knows the authority with this key.
    pub fn digits(&self, authority: &SpkiHash) -> Digits {
        let hash = sha256(&[b"guixue/spoken/hub/v1\0".as_slice(), &self.0, &authority.0].concat());
        let number = u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
        Digits(u32::try_from(number % u64::from(DIGITS)).expect("eight digits"))
    }
}

/// A wrong character and two that changed places are always found: each place counts with another power of a
/// generator of the field of 32.
fn check(symbols: &[u8]) -> u8 {
    symbols.iter().fold(0, |sum, symbol| {
        let sum = sum ^ symbol;
        (sum << 1 ^ if sum & 16 == 0 { 0 } else { 0b10_0101 }) & 31
    })
}

impl fmt::Debug for SpokenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpokenCode")
    }
}

impl fmt::Display for SpokenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, symbol) in self.0.into_iter().chain([check(&self.0)]).enumerate() {
            if i > 0 && i % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", character(symbol))?;
        }
        Ok(())
    }
}

impl FromStr for SpokenCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut typed = Vec::with_capacity(LENGTH);
        for found in text.chars().filter(|c| !is_gap(*c)).take(LENGTH + 1) {
            let group = typed.len() / GROUP + 1;
            typed.push(symbol(found).ok_or(NotACode::Character { found, group })?);
        }
        if typed.len() != LENGTH {
            return Err(NotACode::Length { expected: LENGTH, found: typed.len() });
        }
        let code: [u8; RANDOM] = typed[..RANDOM].try_into().expect("eleven of twelve");
        if check(&code) == typed[RANDOM] { Ok(Self(code)) } else { Err(NotACode::Check { group: None }) }
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl FromStr for Digits {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let typed: String = text.chars().filter(|c| !is_gap(*c)).collect();
        let right = typed.len() == 8 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let number = right.then(|| typed.parse().ok()).flatten();
        number.map(Self).ok_or(NotACode::Digits(typed))
    }
}

impl Trust {
    /// Whether `key` is the authority's.
    pub fn fits(&self, key: &SpkiHash) -> bool {
        match self {
            Self::Pin(pin) => pin.fits(key),
            Self::Spoken(code, digits) => code.digits(key) == *digits,
        }
    }
}

impl From<InviteCode> for Ticket {
    fn from(code: InviteCode) -> Self {
        let InviteCode { unit, address, pin, secret } = code;
        Self { unit, address, trust: Trust::Pin(pin), secret }
    }
}

impl Ticket {
    /// Reads what people hand over: the printed code, or `HOST:PORT/CODE/DIGITS` for the unit `me`, where the
    /// fingerprint of the hub's authority may stand in the place of the digits.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str, me: &Party) -> Result<Self, NotACode> {
        let parts: Vec<&str> = text.split('/').map(str::trim).collect();
        let [address, code, known] = parts.as_slice() else {
            return text.parse::<InviteCode>().map(Self::from);
        };
        let code: SpokenCode = code.parse()?;
        let secret = code.secret();
        let trust = match known.parse::<Fingerprint>() {
            Ok(fingerprint) => Trust::Pin(fingerprint.pin()),
            Err(_) => Trust::Spoken(code, known.parse()?),
        };
        let checked = InviteCode::new(me.clone(), address, &SpkiHash([0; 32]), secret.clone());
        let address = checked.map_err(|NotAnAddress(found)| NotACode::Address(found))?.address;
        Ok(Self { unit: me.clone(), address, trust, secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lang::{Lang, Say};

    #[test]
    fn a_code_is_read_as_people_write_it_and_every_slip_of_one_character_is_found() {
        let code = SpokenCode(std::array::from_fn(|i| (i * 7 % 32) as u8));
        let text = code.to_string();
        assert_eq!((text.len(), text.matches('-').count()), (14, 2));
        for written in [text.clone(), text.to_lowercase(), text.replace('-', " "), text.replace('0', "O")] {
            assert_eq!(written.parse::<SpokenCode>().unwrap(), code, "{written}");
        }
        let plain: Vec<char> = text.chars().filter(|c| *c != '-').collect();
        for at in 0..LENGTH {
            for other in 0..32 {
                let mut wrong = plain.clone();
                wrong[at] = character(other);
                if wrong != plain {
                    let typed: String = wrong.iter().collect();
                    assert_eq!(typed.parse::<SpokenCode>(), Err(NotACode::Check { group: None }), "{typed}");
                }
            }
            for with in at + 1..LENGTH {
                let mut wrong = plain.clone();
                wrong.swap(at, with);
                let typed: String = wrong.iter().collect();
                assert!(wrong == plain || typed.parse::<SpokenCode>().is_err(), "{typed}");
            }
        }
        for (typed, expected) in [
            ("ABCD", NotACode::Length { expected: 12, found: 4 }),
            ("ABCD-EFGH-JKM!", NotACode::Character { found: '!', group: 3 }),
        ] {
            assert_eq!(typed.parse::<SpokenCode>(), Err(expected));
        }
    }

    #[test]
    fn the_digits_follow_from_the_code_and_the_key_together() {
        let (code, other) = (SpokenCode([1; RANDOM]), SpokenCode([2; RANDOM]));
        let (key, foreign) = (SpkiHash([1; 32]), SpkiHash([2; 32]));
        let digits = code.digits(&key);
        assert_eq!(digits.to_string().parse::<Digits>(), Ok(digits));
        assert_eq!(digits.to_string().len(), 9);
        assert_ne!(digits, code.digits(&foreign));
        assert_ne!(digits, other.digits(&key));
        let trust = Trust::Spoken(code.clone(), digits);
        assert!(trust.fits(&key) && !trust.fits(&foreign));
        assert_ne!(code.secret(), other.secret());
        assert_eq!(format!("{code:?}"), "SpokenCode");
        for wrong in ["1234567", "123456789", "1234567x", ""] {
            assert!(matches!(wrong.parse::<Digits>(), Err(NotACode::Digits(_))), "{wrong}");
        }
    }

    #[test]
    fn what_is_typed_becomes_a_ticket_or_says_what_is_wrong() {
        let me: Party = "p52/c5205/d520502/s2152000001".parse().unwrap();
        let (code, key) = (SpokenCode([5; RANDOM]), SpkiHash([9; 32]));
        let typed = |known: &str| format!("10.2.3.4:7443/{code}/{known}");
        let ticket = Ticket::read(&typed(&code.digits(&key).to_string()), &me).unwrap();
        assert_eq!((&ticket.unit, ticket.address.as_str()), (&me, "10.2.3.4:7443"));
        assert_eq!(ticket.secret, code.secret());
        assert!(ticket.trust.fits(&key));
        let by_fingerprint = Ticket::read(&typed(&Fingerprint::of(&key).to_string()), &me).unwrap();
        assert_eq!(by_fingerprint.trust, Trust::Pin(Pin::of(&key)));
        let printed = InviteCode::new(me.clone(), "10.2.3.4:7443", &key, code.secret()).unwrap();
        assert_eq!(Ticket::read(&printed.to_string(), &me).unwrap(), Ticket::from(printed));
        for (text, expected) in [
            (typed("1234"), NotACode::Digits("1234".to_owned())),
            (format!("nowhere/{code}/1234-5678"), NotACode::Address("nowhere".to_owned())),
        ] {
            let wrong = Ticket::read(&text, &me).unwrap_err();
            assert_eq!(wrong, expected);
            assert_ne!(wrong.say(Lang::Zh), wrong.say(Lang::En));
        }
    }
}
