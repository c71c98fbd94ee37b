//! The fingerprint of an authority's key, as two people compare it by telephone or letter.

use std::fmt;
use std::str::FromStr;

use super::base32::{CHECK, bytes, character, check, is_gap, is_good, symbol, symbols, symbols_for};
use super::code::Pin;
use super::keys::SpkiHash;
use crate::model::lang::{Lang, Say};
use crate::say;

const GROUP: usize = 4;
const LENGTH: usize = symbols_for(16) + CHECK;

/// Half of the SHA-256 of a key, and check characters: `7QK2-M0ZD-…`, eight groups of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(Pin);

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFingerprint {
    /// Too short, too long, or with characters that no fingerprint has.
    #[error("a fingerprint has {LENGTH} characters")]
    Form,
    /// The check characters do not fit: it was miscopied.
    #[error("the check characters of the fingerprint do not fit")]
    Check,
}

impl Fingerprint {
    /// The fingerprint of a key.
    pub fn of(key: &SpkiHash) -> Self {
        Self(Pin::of(key))
    }

    /// What a unit that joins pins.
    pub const fn pin(&self) -> Pin {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = symbols(&self.0.0);
        written.extend(check(&written));
        for (i, symbol) in written.into_iter().enumerate() {
            if i > 0 && i % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", character(symbol))?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let typed = text.chars().filter(|c| !is_gap(*c)).take(LENGTH + 1);
        let typed: Option<Vec<u8>> = typed.map(symbol).collect();
        let typed = typed.filter(|typed| typed.len() == LENGTH).ok_or(NotAFingerprint::Form)?;
        if !is_good(&typed) {
            return Err(NotAFingerprint::Check);
        }
        let pin = bytes(&typed[..LENGTH - CHECK]).try_into().map_err(|_| NotAFingerprint::Form)?;
        Ok(Self(Pin(pin)))
    }
}

impl Say for NotAFingerprint {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Form => say!(
                lang,
                "指纹应为 {} 个数字或字母（每 4 个一组）。请对照对方的来函或电话记录重新输入。",
                "A fingerprint has {} digits and letters, in groups of four. Compare with the other office's letter and type it again.",
                LENGTH
            ),
            Self::Check => say!(
                lang,
                "指纹抄写有误，校验字符不符。请对照原件重新输入。",
                "The fingerprint is miscopied: its check characters do not fit. Compare with the original and type it again."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, NotAFingerprint, SpkiHash};

    #[test]
    fn a_fingerprint_reads_back_as_people_write_it_and_shows_what_was_miscopied() {
        let fingerprint = Fingerprint::of(&SpkiHash(std::array::from_fn(|i| i as u8 * 7)));
        let text = fingerprint.to_string();
        assert_eq!((text.len(), text.split('-').count()), (39, 8), "{text}");
        for written in [text.clone(), text.to_lowercase(), text.replace('-', " "), text.replace('-', "")] {
            assert_eq!(written.parse(), Ok(fingerprint), "{written}");
        }
        let wrong = text.replacen(text.chars().nth(5).unwrap(), "Z", 1);
        assert_eq!(wrong.parse::<Fingerprint>(), Err(NotAFingerprint::Check), "{wrong}");
        for short in ["", &text[..20], &format!("{text}0"), &text.replace('-', "U")] {
            assert_eq!(short.parse::<Fingerprint>(), Err(NotAFingerprint::Form), "{short}");
        }
    }
}
