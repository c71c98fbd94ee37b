//! Why an office does not do what it was asked about a case.

use proto::model::case::{Act, CaseId, Closing, NotACase, Stage};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::say;

/// Why an office does not do what it was asked about a case. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// No case number.
    #[error(transparent)]
    NotACase(#[from] NotACase),
    /// No such case here.
    #[error("case {0} is not in the register of this hub")]
    Unknown(CaseId),
    /// The case does not stand where this is done.
    #[error("{} does not fit a case at {}", .act.code(), .stage.code())]
    NotNow {
        /// What was to be done.
        act: Act,
        /// Where the case stands.
        stage: Stage,
    },
    /// The school has not asked to close it.
    #[error("the school has not asked to close the case")]
    NotAsked,
    /// Only the case of a closed school is ended by another case in its place.
    #[error("the school of case {0} is not closed")]
    SchoolIsOpen(CaseId),
    /// The case that was named in its place is none that a school works on.
    #[error("case {0} is no open case of a school that is there")]
    NotContinued(CaseId),
    /// The reason for closing and the stage contradict each other.
    #[error("a case at {} cannot be closed as {}", .stage.code(), .closing.code())]
    Contradicts {
        /// What the school asks for.
        closing: Closing,
        /// Where the school says that the case stands.
        stage: Stage,
    },
    /// Closing it as moved when this office answers for the child again.
    #[error("case {0} has come back: it is not closed as moved")]
    HereAgain(CaseId),
    /// Closing it as moved while another province still persuades the child: nobody there answers to this office.
    #[error("the child of case {0} is not yet in class in the other province")]
    NotInClass(CaseId),
    /// Closing it as moved when the place that took it has not found the child.
    #[error("the child of case {0} was not found at the place that took the case")]
    NotFoundThere(CaseId),
    /// A day that has not come.
    #[error("{day} has not come, today is {today}")]
    Future {
        /// Which.
        day: Day,
        /// Today.
        today: Day,
    },
    /// Informed before the school reported.
    #[error("{day} lies before the report of {reported}")]
    Early {
        /// Which.
        day: Day,
        /// When the school reported.
        reported: Day,
    },
    /// Before the act that it follows.
    #[error("{day} lies before {after}, the day of the act before")]
    BeforeStep {
        /// Which.
        day: Day,
        /// When the act before was done.
        after: Day,
    },
    /// An order gives more time than that.
    #[error("an order gives time until {earliest} at least")]
    TooSoon {
        /// The first day that would do.
        earliest: Day,
    },
    /// Without the document's number.
    #[error("the document's number is missing")]
    NoNumber,
    /// The step has no document of its own.
    #[error("{} has no document of its own", .0.code())]
    NoPaper(Act),
    /// Without a reason.
    #[error("the reason is missing")]
    NoReason,
    /// Without a purpose nothing is opened.
    #[error("the purpose is missing")]
    NoPurpose,
    /// Nobody says who acts.
    #[error("the account is missing")]
    Nobody,
    /// The school has not reported in writing.
    #[error("no written report has come for case {0}")]
    NoReport(CaseId),
    /// The report does not open with this hub's key.
    #[error("the report does not open with this hub's key")]
    Shut,
}

impl Say for CaseError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotACase(error) => error.say(lang),
            Self::Unknown(id) => say!(
                lang,
                "本节点没有个案 {id}。请用 case list 查看编号。",
                "Case {id} is not in the register of this hub. See case list."
            ),
            Self::NotNow { act, stage } => not_now(*act, *stage, lang),
            Self::NotAsked => say!(
                lang,
                "学校没有申请销号。请先由学校办理销号申请，再审核。",
                "The school has not asked to close this case. It asks first, then the office decides."
            ),
            Self::SchoolIsOpen(id) => say!(
                lang,
                "个案 {id} 的学校没有撤销，应由学校办理销号申请。",
                "The school of case {id} is not closed: it asks for the closing itself."
            ),
            Self::NotContinued(id) => say!(
                lang,
                "个案 {id} 不是在办学校的未结个案，不能作为续办个案。请先由接收学校立案。",
                "Case {id} is no open case of a school that is there. Let the school that takes over open one first."
            ),
            Self::Contradicts { closing, stage } => {
                let (closing, code, stage) = (closing.say(lang), stage.code(), stage.say(lang));
                say!(
                    lang,
                    "学校申请以“{closing}”销号，但个案现为 {code} {stage}，两者不符。请退回申请，由学校更正。",
                    "The school asks to close it as \"{closing}\", but the case stands at {code}, {stage}. Refuse the closing and let the school correct it."
                )
            }
            Self::Future { day, today } => say!(
                lang,
                "{day} 尚未到来（今天是 {today}）。请填写实际办理的日期。",
                "{day} has not come (today is {today}). Enter the day on which it was done."
            ),
            other => other.say_rest(lang),
        }
    }
}

impl CaseError {
    fn say_rest(&self, lang: Lang) -> String {
        match self {
            Self::TooSoon { earliest } => say!(
                lang,
                "限期返校的期限太短，最早可定在 {earliest}。请用 --until 重新填写。",
                "The order gives too little time: {earliest} is the earliest date. Give it with --until."
            ),
            Self::NoNumber => say!(
                lang,
                "请填写文书编号。通报乡镇政府和书面报告县级政府各有一个编号。",
                "Give the document's number. The notice to the township and the report to the county government have one each."
            ),
            Self::NoPaper(act) => say!(
                lang,
                "“{}”没有对应的公文。生成公文的步骤是 case inform 和 case order。",
                "“{}” has no document of its own. Steps with documents are case inform and case order.",
                act.say(lang)
            ),
            Self::NoReason => say!(
                lang,
                "请用 --reason 写明不同意销号的理由（不要写个人信息）。",
                "Say with --reason why the closing is refused; no personal data."
            ),
            Self::NoPurpose => say!(
                lang,
                "请用 --purpose 写明查看目的。查看会记入日志。",
                "Say with --purpose what it is opened for. The opening is logged."
            ),
            Self::Nobody => {
                say!(lang, "请用 --by 写明经办人的账号。", "Say with --by whose account this is done under.")
            }
            Self::NoReport(id) => say!(
                lang,
                "个案 {id} 还没有书面报告。学校上报后才能查看。",
                "No written report has come for case {id}. It can be opened once the school has filed it."
            ),
            Self::Early { day, reported } => say!(
                lang,
                "{day} 早于学校书面报告的日期 {reported}。请填写实际通报的日期。",
                "{day} lies before {reported}, the day of the school's report. Enter the day on which it was done."
            ),
            Self::BeforeStep { day, after } => say!(
                lang,
                "{day} 早于上一步办理的日期 {after}。请填写实际办理的日期。",
                "{day} lies before {after}, the day of the step before. Enter the day on which it was done."
            ),
            Self::HereAgain(id) => say!(
                lang,
                "个案 {id} 的学生现由本地负责，不能以“已转往外地”销号。请由学校继续劝返，或用 transfer hand-on 重新划转。",
                "This office answers for the child of case {id} again: it is not closed as moved. Its school goes on with it, or it is handed on anew with transfer hand-on."
            ),
            Self::NotInClass(id) => say!(
                lang,
                "个案 {id} 的学生在外省尚未入学，仍由本地负责，不能销号。请向对方询问，入学后用 letter reply 登记。",
                "The child of case {id} is not yet in class in the other province, and this office answers for it. Ask there, and enter letter reply once it is in class."
            ),
            Self::NotFoundThere(id) => say!(
                lang,
                "流入地答复没有找到个案 {id} 的学生，不能以“已转往外地”销号。请等流入地退回后继续劝返，或退回销号申请。",
                "The place that took case {id} has not found the child: it is not closed as moved. Wait until the case comes back, or refuse the closing."
            ),
            Self::Shut => say!(
                lang,
                "这份书面报告不是用本节点现在的密钥封装的，无法打开。已通知学校换用现在的密钥，请学校重新上报。",
                "The report was not sealed for the key that this hub has now. The school is told the key; let it file the report again."
            ),
            // the others have spoken in `say`
            other => other.to_string(),
        }
    }
}

/// What is possible instead.
fn not_now(act: Act, stage: Stage, lang: Lang) -> String {
    let needed = match act {
        Act::GovernmentInformed => "P3",
        Act::GovernmentPersuades => "P4",
        Act::Visited | Act::Ordered => "P5, P6",
        _ => "P0 - P9",
    };
    let (act, code, stage) = (act.say(lang), stage.code(), stage.say(lang));
    say!(
        lang,
        "个案现为 {code} {stage}，不能办理“{act}”（须在 {needed}）。请用 case show 查看经过。",
        "The case stands at {code}, {stage}; \"{act}\" is possible at {needed}. See case show."
    )
}
