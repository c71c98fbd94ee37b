//! Letters in both languages.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::{LetterError, Standing};

impl Standing {
    /// The same in every language.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Drafted => "DRAFTED",
            Self::Sent => "SENT",
            Self::Partial => "PARTIAL",
            Self::Answered => "ANSWERED",
        }
    }
}

impl Say for Standing {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Drafted => say!(lang, "已拟稿", "drafted"),
            Self::Sent => say!(lang, "已发出，待回函", "sent, no answer yet"),
            Self::Partial => say!(lang, "部分回函", "answered in part"),
            Self::Answered => say!(lang, "已回函", "answered"),
        }
    }
}

impl Say for LetterError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NothingWaits(place) => say!(
                lang,
                "没有待去函 {place} 的个案。请用 letter list 查看待办。",
                "No case waits for a letter to {place}. See what waits with letter list."
            ),
            Self::NotWaiting(leg) => say!(
                lang,
                "个案 {leg} 不在待去函名单中，或者去向是别处。请用 letter list 核对。",
                "Case {leg} does not wait for a letter to that place. Check it with letter list."
            ),
            Self::NoLetter(number) => say!(
                lang,
                "没有文号为“{number}”的协查函，或不止一份。请用 letter list 查看完整文号。",
                "No letter, or more than one, has the number {number:?}. See the full numbers with letter list."
            ),
            Self::AlreadySent(number) => say!(
                lang,
                "{number} 已经发出，不再重复登记。",
                "{number} was sent already; nothing was changed."
            ),
            Self::NotSent(number) => say!(
                lang,
                "{number} 尚未发出，不能登记回函。请先运行 letter send。",
                "{number} was not sent yet, so it has no answer. Run letter send first."
            ),
            Self::Day { number, day } => say!(
                lang,
                "日期 {day} 与 {number} 不符：不能早于拟稿或发出之日，也不能晚于今天。",
                "The day {day} does not fit {number}: it may not be before the letter, nor after today."
            ),
            Self::NoLine { number, case } => say!(
                lang,
                "{number} 的名单中没有编号以“{case}”开头的个案，或不止一个。请用 letter show 查看名单。",
                "The list of {number} has no case that begins with {case:?}, or several. See letter show."
            ),
            Self::AlreadyAnswered { leg, outcome } => {
                let outcome = outcome.say(lang);
                say!(
                    lang,
                    "个案 {leg} 已登记回函结果“{outcome}”，一个学生只有一个结果。",
                    "Case {leg} was answered before: {outcome}. A child has one result."
                )
            }
        }
    }
}
