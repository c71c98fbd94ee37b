//! Letters in both languages.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::{Correction, LetterError, Standing};

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
            Self::Empty(number) => say!(
                lang,
                "{number} 所列学生均已由县级收回，没有发出。该文号作废，请注销。",
                "Every child of {number} was taken back by its county, so it was not sent. Its number stays unused."
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
                    "个案 {leg} 已登记回函结果“{outcome}”，一个学生只有一个结果。如属误登，请加 --correct 事由 --by 账号更正。",
                    "Case {leg} was answered before: {outcome}. A child has one result. A slip is corrected with --correct REASON --by ACCOUNT."
                )
            }
            Self::NoPlace => say!(
                lang,
                "结果为“已转往他处”时须写明去向，请用 --place 填写区划代码或名称。",
                "A child that moved on went somewhere: name the place with --place."
            ),
            Self::NoReason => say!(
                lang,
                "更正回函结果须写明事由，请在 --correct 后填写。",
                "An answer is corrected for a reason: write it after --correct."
            ),
            Self::NotAnswered { number, leg } => say!(
                lang,
                "{number} 的个案 {leg} 尚未登记结果，无需更正。请直接登记。",
                "Case {leg} of {number} was not answered yet. Enter the answer without --correct."
            ),
            Self::SameAnswer(leg) => say!(
                lang,
                "个案 {leg} 原来登记的就是这个结果，没有改动。",
                "Case {leg} was answered so already; nothing was changed."
            ),
        }
    }
}

impl Say for Correction {
    fn say(&self, lang: Lang) -> String {
        let Self { was, at, by, reason } = self;
        let (day, outcome, on) = (at.day(), was.outcome.say(lang), was.day);
        let place = was.place.map(|place| format!(" {place}")).unwrap_or_default();
        say!(
            lang,
            "原登记“{outcome}{place}”（{on}），{by} 于 {day} 更正：{reason}",
            "was {outcome}{place} ({on}), corrected by {by} on {day}: {reason}"
        )
    }
}
