//! Letters from other provinces in both languages.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::{IncomingError, Standing};

impl Standing {
    /// The same in every language.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Here => "HERE",
            Self::Passed => "PASSED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Searched => "SEARCHED",
            Self::Answered => "ANSWERED",
        }
    }
}

impl Say for Standing {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Here => say!(lang, "待办理", "to be answered here"),
            Self::Passed => say!(lang, "已转县（区）核查", "handed on to the county"),
            Self::Withdrawn => say!(lang, "来函单位已收回，不必再查找", "taken back by its writer"),
            Self::Searched => say!(lang, "已交学校（乡镇）核查", "a school or town looks"),
            Self::Answered => say!(lang, "已回函", "answered"),
        }
    }
}

impl Say for IncomingError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::None(text) => say!(
                lang,
                "没有编号以“{text}”开头的外省来函，或不止一件。请用 incoming list 核对编号。",
                "No letter from another province has a case that begins with {text:?}, or several do. See incoming list."
            ),
            Self::Shut(leg) => say!(
                lang,
                "来函 {leg} 的密封材料在本单位打不开（可能是按旧密钥加密的）。请联系来函单位重发。",
                "The sealed record of {leg} does not open here; it may be sealed for an old key. Ask the office that wrote to send it again."
            ),
            Self::NoCounty(party) => say!(
                lang,
                "{party} 不是本市下属的县（市、区）。请核对区划代码。",
                "{party} is no county below this hub. Check the code."
            ),
            Self::Passed { leg, county } => say!(
                lang,
                "来函 {leg} 已转 {county} 办理，由该单位回复。",
                "The letter about {leg} was handed on to {county}, which answers it."
            ),
            Self::TakenBack(leg) => say!(
                lang,
                "来函 {leg} 已由来函单位收回，不必再查找。",
                "The letter about {leg} was taken back by its writer: nobody has to look any more."
            ),
            Self::Day { number, day } => say!(
                lang,
                "日期 {day} 与来函 {number} 不符：不能早于来函之日，也不能晚于今天。",
                "The day {day} does not fit letter {number}: it may not be before the letter, nor after today."
            ),
            Self::Answered { leg, outcome } => {
                let outcome = outcome.say(lang);
                say!(
                    lang,
                    "来函 {leg} 已回复“{outcome}”，一个学生只有一个结果。",
                    "The letter about {leg} was answered before: {outcome}. A child has one result."
                )
            }
        }
    }
}
