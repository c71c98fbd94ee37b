//! Document numbers as offices write them: 七教函〔2026〕3号.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::words::is_han;
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::say;

/// The letters in front of an office's numbers (发文机关代字): 七教函.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

/// The calendar year in which numbers begin again at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Year(i16);

/// A document's number; one office never gives the same twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Number {
    /// Whose number.
    pub prefix: Prefix,
    /// Of which year.
    pub year: Year,
    /// From 1.
    pub serial: u32,
}

/// A text that cannot stand in front of a document number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a document prefix: expected 1 to 12 Han characters")]
pub struct NotAPrefix(pub String);

/// A text that is no document number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a document number: expected one such as 七教函〔2026〕3号")]
pub struct NotANumber(pub String);

impl Prefix {
    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Year {
    /// The year of `day`.
    pub fn of(day: Day) -> Self {
        Self(day.date().year())
    }

    /// The year as a number, 1800 to 2199.
    pub const fn number(self) -> i16 {
        self.0
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let fits = (1..=LONGEST).contains(&text.chars().count()) && text.chars().all(is_han);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAPrefix(text.to_owned())) }
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    /// As it is printed; other brackets and a missing 号 do, for keyboards without the right ones.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let read = || {
            let (prefix, rest) = text.trim().split_once(['〔', '[', '(', '（', '【'])?;
            let (year, serial) = rest.split_once(['〕', ']', ')', '）', '】'])?;
            let serial = serial.trim_end_matches('号').parse().ok().filter(|serial| *serial > 0)?;
            let year = year.parse().ok().filter(|year| (1800..2200).contains(year))?;
            Some(Self { prefix: prefix.parse().ok()?, year: Year(year), serial })
        };
        read().ok_or_else(|| NotANumber(text.to_owned()))
    }
}

impl Number {
    /// Every document number that stands in a text, such as a step's with two documents.
    pub fn all_in(text: &str) -> Vec<Self> {
        let (mut found, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('号') {
            let start = before.rfind(['〔', '[', '(', '（', '【']).map(|year| {
                let han = before[..year].char_indices().rev().take_while(|(_, letter)| is_han(*letter));
                han.last().map_or(year, |(at, _)| at)
            });
            found.extend(start.and_then(|start| before[start..].parse::<Self>().ok()));
            rest = after;
        }
        found
    }
}

/// The longest prefix, in characters.
const LONGEST: usize = 12;

impl TryFrom<String> for Prefix {
    type Error = NotAPrefix;

    fn try_from(text: String) -> Result<Self, NotAPrefix> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.0
    }
}

impl Say for NotAPrefix {
    fn say(&self, lang: Lang) -> String {
        let text = &self.0;
        say!(
            lang,
            "“{text}”不能作为发文机关代字。请填写 1 至 12 个汉字，例如：七教函。",
            "{text:?} cannot stand in front of document numbers. Enter 1 to 12 Chinese characters, such as 七教函."
        )
    }
}

impl Say for NotANumber {
    fn say(&self, lang: Lang) -> String {
        let text = &self.0;
        say!(
            lang,
            "“{text}”不是发文字号。请照公文填写，例如：七教函〔2026〕3号。",
            "{text:?} is no document number. Write it as on the document, such as 七教函〔2026〕3号."
        )
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Number {
    /// `七教函〔2026〕3号`: the year in full between 六角括号, no 第, no leading zeros (GB/T 9704 7.2.5).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.prefix, self.year, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_the_standard_says() {
        let year = Year::of("2026-11-21".parse().unwrap());
        let number = Number { prefix: "七教函".parse().unwrap(), year, serial: 3 };
        assert_eq!(number.to_string(), "七教函〔2026〕3号");
    }

    #[test]
    fn a_number_reads_back_however_its_brackets_were_typed() {
        for text in ["七教函〔2026〕3号", "七教函[2026]3", " 七教函(2026)3号 "] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), "七教函〔2026〕3号");
        }
        for text in ["", "七教函3号", "七教函〔2026〕0号", "七教函〔26〕3号", "A〔2026〕3号"]
        {
            assert_eq!(text.parse::<Number>(), Err(NotANumber(text.to_owned())));
        }
    }

    #[test]
    fn all_numbers_in_a_text_are_found() {
        let of = |text: &str| Number::all_in(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        let both = "通报乡镇政府：七教函〔2025〕8号；报告县级政府：七教报[2025]9号";
        assert_eq!(of(both), ["七教函〔2025〕8号", "七教报〔2025〕9号"]);
        assert_eq!(of("七教令〔2025〕2号"), ["七教令〔2025〕2号"]);
        for none in ["", "12号", "〔2025〕2号", "派出所答复"] {
            assert!(of(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn a_prefix_is_a_few_han_characters() {
        for text in ["", "七教函3", "七教 函", "七教函〔2026〕", "七/教", "一二三四五六七八九十一二三"]
        {
            assert_eq!(text.parse::<Prefix>(), Err(NotAPrefix(text.to_owned())));
        }
        assert_eq!("黔教基函".parse::<Prefix>().map(|p| p.to_string()).as_deref(), Ok("黔教基函"));
    }
}
