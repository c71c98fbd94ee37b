//! The two numbers of a pupil that can be checked by themselves (GB 11643-1999).

use std::fmt;
use std::str::FromStr;

use proto::model::day::Day;
use serde::{Deserialize, Serialize};

use super::Sex;

/// A citizen's number that passed GB 11643: 18 characters, a real birth date, the right check
/// digit. The area prefix is not looked up: it is the code at the time of issue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdNumber([u8; 18]);

/// 学籍号: G (formal), L (temporary) or J (a child without a usable ID number), then 18 characters
/// with the check digit of GB 11643. An ID number is never derived from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RollNumber([u8; 19]);

/// Why a text is no ID number or roll number. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// The first-generation form of 15 digits.
    #[error("the old form of 15 digits")]
    FifteenDigits,
    /// Too short or too long.
    #[error("{0} characters long")]
    Length(usize),
    /// A character that cannot stand there.
    #[error("a character that cannot stand there")]
    Shape,
    /// Digits 7 to 14 are no date.
    #[error("digits 7 to 14 are no date")]
    Birth,
    /// The last character does not follow from the others.
    #[error("the check digit is wrong")]
    CheckDigit,
}

impl IdNumber {
    /// The eighteen characters, `X` in upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("checked to be digits and X when parsed")
    }

    /// The birth date in digits 7 to 14.
    pub fn birth(&self) -> Day {
        birth(&self.0).expect("checked to be a date when parsed")
    }

    /// The sex in the 17th digit: odd is male.
    pub const fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }
}

impl FromStr for IdNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        if text.len() == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadNumber::FifteenDigits);
        }
        let length = text.chars().count();
        let number: [u8; 18] =
            text.to_ascii_uppercase().into_bytes().try_into().map_err(|_| BadNumber::Length(length))?;
        checked(&number)?;
        birth(&number).ok_or(BadNumber::Birth)?;
        Ok(Self(number))
    }
}

impl RollNumber {
    /// The nineteen characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("checked to be ASCII when parsed")
    }
}

impl FromStr for RollNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let length = text.chars().count();
        let number: [u8; 19] =
            text.to_ascii_uppercase().into_bytes().try_into().map_err(|_| BadNumber::Length(length))?;
        let (letter, digits) = number.split_first_chunk::<1>().expect("nineteen bytes have a first");
        if !matches!(letter, b"G" | b"L" | b"J") {
            return Err(BadNumber::Shape);
        }
        checked(digits.try_into().expect("eighteen of nineteen bytes are left"))?;
        Ok(Self(number))
    }
}

/// Seventeen digits and the check digit of GB 11643-1999.
fn checked(number: &[u8; 18]) -> Result<(), BadNumber> {
    let (body, last) = number.split_at(17);
    if !body.iter().all(u8::is_ascii_digit) || !matches!(last, [b'0'..=b'9' | b'X']) {
        return Err(BadNumber::Shape);
    }
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if last == [CHECK_DIGITS[(sum % 11) as usize]] { Ok(()) } else { Err(BadNumber::CheckDigit) }
}

fn birth(number: &[u8; 18]) -> Option<Day> {
    let digits = std::str::from_utf8(&number[6..14]).ok()?;
    Day::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS: &[u8; 11] = b"10X98765432";

/// What both numbers need to be stored as text and to stay out of logs.
macro_rules! hidden_text {
    ($number:ty) => {
        impl TryFrom<String> for $number {
            type Error = BadNumber;

            fn try_from(text: String) -> Result<Self, BadNumber> {
                text.parse()
            }
        }

        impl From<$number> for String {
            fn from(number: $number) -> Self {
                number.as_str().to_owned()
            }
        }

        impl fmt::Debug for $number {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[personal]")
            }
        }
    };
}
hidden_text!(IdNumber);
hidden_text!(RollNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_numbers_follow_gb_11643() {
        for (text, birth, sex) in [
            ("11010519491231002X", "1949-12-31", Sex::Female),
            ("11010519491231002x", "1949-12-31", Sex::Female),
            ("440524188001010014", "1880-01-01", Sex::Male),
            ("99010120150901001X", "2015-09-01", Sex::Male),
            ("990101201509010028", "2015-09-01", Sex::Female),
            ("990102201603150138", "2016-03-15", Sex::Male),
        ] {
            let number: IdNumber = text.parse().unwrap();
            assert_eq!((number.birth().to_string().as_str(), number.sex()), (birth, sex), "{text}");
            assert_eq!(number.as_str(), text.to_ascii_uppercase());
        }
        for (text, reason) in [
            ("990103201402290018", BadNumber::Birth),
            ("110105194912310021", BadNumber::CheckDigit),
            ("110105491231002", BadNumber::FifteenDigits),
            ("11010519491231002", BadNumber::Length(17)),
            ("11010519491231002A", BadNumber::Shape),
            ("1101051949X231002X", BadNumber::Shape),
            ("九九0101201509", BadNumber::Length(12)),
            ("", BadNumber::Length(0)),
        ] {
            assert_eq!(text.parse::<IdNumber>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn roll_numbers_have_a_letter_and_the_same_check_digit() {
        for text in ["G99010120150901001X", "l990101201509010028", "J990102201603150138"] {
            assert_eq!(text.parse::<RollNumber>().unwrap().as_str(), text.to_ascii_uppercase());
        }
        for (text, reason) in [
            ("G990101201509010010", BadNumber::CheckDigit),
            ("A99010120150901001X", BadNumber::Shape),
            ("99010120150901001X", BadNumber::Length(18)),
        ] {
            assert_eq!(text.parse::<RollNumber>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn numbers_stay_out_of_debug_output() {
        let number: IdNumber = "99010120150901001X".parse().unwrap();
        assert_eq!(format!("{number:?}"), "[personal]");
        assert!(!format!("{:?}", "990101201509010010".parse::<IdNumber>()).contains("9901"));
    }
}
