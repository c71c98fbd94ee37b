//! Why a step of a case is refused, in both languages.

use proto::model::case::{CaseId, Closing, ListResult, Stage, Unwillingness};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::say;

use super::Move;
use crate::standing::EnrolmentStatus;

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefused {
    /// 2.3 draws no such step from there.
    #[error("{step:?} is not drawn from {stage:?} ({rule})")]
    NotDrawn {
        /// Where the case stands.
        stage: Stage,
        /// The step.
        step: Move,
        /// The rule that would have to draw it.
        rule: &'static str,
    },
    /// No case fits.
    #[error("there is no such case")]
    NoSuchCase,
    /// No proof of a handover came yet.
    #[error("no proof of case {0} came yet")]
    NoProof(CaseId),
    /// The child has an open case.
    #[error("the child has an open case, {0}")]
    OpenAlready(CaseId),
    /// The child was handed over, and another place answers for it.
    #[error("another place answers for the child, case {0}")]
    AnsweredElsewhere(CaseId),
    /// A number that neither a list nor the county gave.
    #[error("nobody gave the number {0}")]
    NumberUnknown(CaseId),
    /// A number that a case has.
    #[error("there is a case {0} already")]
    NumberTaken(CaseId),
    /// A number that a list gave another pupil.
    #[error("the number {0} is another pupil's")]
    NumberOfAnother(CaseId),
    /// A day that has not come yet.
    #[error("{0} has not come yet")]
    Future(Day),
    /// A day before the step that it follows.
    #[error("{on} is before {from}")]
    TooEarly {
        /// As given.
        on: Day,
        /// The day of the step before.
        from: Day,
    },
    /// Something that the step needs is not said.
    #[error("{0:?} is not said")]
    Missing(Need),
    /// The county is asked to close it.
    #[error("the county is asked to close the case")]
    ClosingAsked,
    /// The county was not asked.
    #[error("no closing was asked for")]
    NotAsked,
    /// Closed for this reason from another stage only.
    #[error("{why:?} does not close a case in {stage:?}")]
    ClosesOtherwise {
        /// The reason.
        why: Closing,
        /// Where the case stands.
        stage: Stage,
    },
    /// The child is under watch.
    #[error("the child is under watch until {0}")]
    WatchNotOver(Day),
    /// Observations are missing.
    #[error("{0} observations are missing")]
    Unobserved(u32),
    /// It is set aside already.
    #[error("the case is set aside already")]
    SuspendedAlready,
    /// It is not set aside.
    #[error("the case is not set aside")]
    NotSuspended,
    /// Set aside until a day that has passed or lies too far ahead.
    #[error("a case is set aside until tomorrow at least and {most} at most, not {until}")]
    SuspensionLength {
        /// As given.
        until: Day,
        /// The last day allowed.
        most: Day,
    },
    /// No present mark: silence is no return.
    #[error("no present mark on {0}")]
    NotPresent(Day),
    /// A place that is not in the division table, or abolished.
    #[error("{0:?} is no place of the division table")]
    NoPlace(String),
    /// The child is no longer of school age.
    #[error("the child is {0} years old")]
    OverAge(i16),
    /// It is handed over already, or on its way.
    #[error("the case is referred already")]
    ReferredAlready,
    /// A parent's statement without a contact in which a parent or guardian was reached.
    #[error("no parent or guardian was reached, so none has stated anything ({rule})")]
    NobodyReached {
        /// The rule that asks for it.
        rule: &'static str,
    },
    /// Somebody is said not to be willing to come back, with whom nobody spoke up to that day (E03).
    #[error("up to {on} no contact bears out {kind:?}")]
    NobodySaid {
        /// What is said.
        kind: Unwillingness,
        /// Of which day.
        on: Day,
    },
    /// Nothing was referred, or another place answers.
    #[error("there is nothing to take back")]
    NotReferred,
    /// Nobody handed this child over, or the answer is final.
    #[error("there is no such inflow")]
    NoInflow,
    /// Said to be in class here already, and nobody on the roll has the number.
    #[error("nobody on the roll has the number of the record")]
    NotOnRoll,
    /// Placed outside a class without what the rule asks for.
    #[error("{need:?} is not said ({rule})")]
    PlacedWithout {
        /// What is missing.
        need: Need,
        /// The rule of that way of placing.
        rule: &'static str,
    },
    /// Said to be known to nobody, and on the roll by its number.
    #[error("the number of the record is on the roll")]
    OnRoll,
    /// An answer to a list that the school's own figures contradict.
    #[error("the child is {status:?} here: {result:?} is no answer")]
    AnsweredOtherwise {
        /// As given.
        result: ListResult,
        /// What the figures say.
        status: EnrolmentStatus,
        /// The answer that agrees with them.
        instead: Option<ListResult>,
    },
    /// The sealed record does not open here.
    #[error("the sealed record does not open here")]
    Shut,
    /// A text that others read on its way names somebody.
    #[error("a text that is read on its way names somebody")]
    NamesSomebody,
}

/// What a step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// The number of a document.
    Number,
    /// How a document was delivered.
    Delivery,
    /// What proves it.
    Proof,
    /// The reason.
    Reason,
    /// Why a record is opened.
    Purpose,
    /// The class.
    Class,
    /// Where the child went on to.
    Place,
    /// The text.
    Text,
    /// A talk with the family, or a visit by the government's people.
    Contact,
    /// The finding of the county's expert committee that the child cannot attend.
    Assessment,
    /// What shows that the child was persuaded in person and refuses.
    InPerson,
    /// What shows that a vocational school took the child.
    Admission,
    /// The county committee's certificate that the child is not able to study.
    Certificate,
    /// Who is not willing to come back from another province, and when that was said.
    Unwilling,
}

pub(crate) fn needed(text: &Personal<String>, need: Need) -> Result<(), CaseRefused> {
    if text.open(Purpose::SchoolStaff).trim().is_empty() {
        return Err(CaseRefused::Missing(need));
    }
    Ok(())
}

/// Refuses a text with one of `names` in it, or with digits enough for a telephone or an ID number.
pub(crate) fn unnamed<'a>(
    text: &str,
    names: impl IntoIterator<Item = &'a Personal<String>>,
) -> Result<(), CaseRefused> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= MANY_DIGITS);
    let named = |name: &Personal<String>| {
        let name = name.open(Purpose::SchoolStaff).trim();
        !name.is_empty() && text.contains(name)
    };
    if digits || names.into_iter().any(named) { Err(CaseRefused::NamesSomebody) } else { Ok(()) }
}

/// More than any date, fewer than any telephone number.
const MANY_DIGITS: usize = 9;

impl CaseRefused {
    /// The id of the rule that refuses.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotDrawn { rule, .. } | Self::PlacedWithout { rule, .. } | Self::NobodyReached { rule } => {
                rule
            }
            Self::Missing(Need::Number | Need::Delivery) => "D05",
            Self::Missing(Need::Proof) => "E01",
            Self::Missing(Need::Unwilling) | Self::NobodySaid { .. } => "E03",
            Self::NotPresent(_) => "C05",
            Self::WatchNotOver(_) | Self::Unobserved(_) => "P9",
            Self::ClosingAsked | Self::NotAsked | Self::ClosesOtherwise { .. } => "P10",
            Self::AnsweredElsewhere(_)
            | Self::NoPlace(_)
            | Self::ReferredAlready
            | Self::NotReferred
            | Self::OverAge(_) => "2.4",
            Self::NoInflow | Self::Shut | Self::NotOnRoll => "T18",
            Self::OnRoll | Self::AnsweredOtherwise { .. } => "2.5",
            _ => "2.3",
        }
    }
}

impl Say for Need {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Number => lang.pick("文号", "the document's number"),
            Self::Delivery => lang.pick("送达方式", "how it was delivered"),
            Self::Proof => lang.pick("证明材料", "what proves it"),
            Self::Reason => lang.pick("原因", "the reason"),
            Self::Purpose => lang.pick("查阅目的", "the purpose of opening it"),
            Self::Class => lang.pick("编入的班级", "the class"),
            Self::Place => lang.pick("去往的地方", "the place where the child went on to"),
            Self::Text => lang.pick("内容", "the text"),
            Self::Contact => lang
                .pick("与家庭的联系记录或政府的走访记录", "a contact with the family, or a government visit"),
            Self::Assessment => lang.pick(
                "县级残疾人教育专家委员会的评估认定文号（--evidence）",
                "the number of the assessment by the county's expert committee (--evidence)",
            ),
            Self::InPerson => lang.pick(
                "实地劝导的证明（--evidence）",
                "what shows that the child was persuaded in person (--evidence)",
            ),
            Self::Admission => lang.pick(
                "中职学校的录取或就读证明（--evidence）",
                "the vocational school's letter of admission (--evidence)",
            ),
            Self::Unwilling => lang.pick(
                "谁在哪一天表示不愿返回，或者劝返无效（--unwilling、--unwilling-on）：流入外省的，先劝其返回，不愿返回的才去函（E03、E04）",
                "who said on which day that the child does not come back, or that persuasion failed (--unwilling, --unwilling-on): a child in another province is asked to come back first, and a letter goes only when it does not (E03, E04)",
            ),
            Self::Certificate => lang.pick(
                "区县专家委员会出具的认定文号（--evidence）",
                "the number of the county committee's certificate (--evidence)",
            ),
        }
        .to_owned()
    }
}

impl Say for CaseRefused {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotDrawn { stage, step, rule } => say!(
                lang,
                "个案目前“{}”，不能{}（{}）。请用 case show 查看下一步。",
                "the case is {}: {} cannot be done now ({}); case show names the next step.",
                stage.say(lang),
                step.say(lang),
                rule
            ),
            Self::NoSuchCase => say!(
                lang,
                "没有这个个案，或该生没有立案。请用 case list 查看。",
                "there is no such case, or the child has none; see case list."
            ),
            Self::NoProof(id) => say!(
                lang,
                "还没有收到个案 {} 的流转证明：流入地接收登记后由县级自动送达，请先运行 sync。",
                "no proof of case {} came yet: the county sends it once the other place has accepted; run sync.",
                id
            ),
            Self::OpenAlready(id) => say!(
                lang,
                "该生已有未销号的个案 {}，不重复立案。",
                "the child has an open case, {}: a second one is not opened.",
                id
            ),
            Self::Future(day) => {
                say!(
                    lang,
                    "{} 尚未到来，请到当天再登记。",
                    "{} has not come yet; record it on that day.",
                    day
                )
            }
            Self::TooEarly { on, from } => say!(
                lang,
                "{} 早于上一步的日期 {}，请核对。",
                "{} is before the step that it follows, of {}; check the date.",
                on,
                from
            ),
            Self::Missing(need) => {
                say!(lang, "请填写{}。", "{} must be said.", need.say(lang))
            }
            Self::PlacedWithout { need: Need::Contact, rule } => say!(
                lang,
                "安置前须先联系家庭核实情况（{rule}）：本轮还没有{}。请先用 case contact 登记联系。",
                "before a child is placed its family is spoken with ({rule}): there is no {} in this round; enter it with case contact first.",
                Need::Contact.say(lang)
            ),
            Self::PlacedWithout { need, rule } => say!(
                lang,
                "这种安置需要凭据（{rule}）：请填写{}。",
                "this way of placing rests on evidence ({rule}): {} must be said.",
                need.say(lang)
            ),
            Self::NotPresent(day) => say!(
                lang,
                "{} 没有到校记录，不能登记返校（C05）。请先在当天点名中记为“到校”。",
                "no present mark on {}: a return rests on one (C05); list the child as present in that day's roll call first.",
                day
            ),
            other => other.say_rest(lang),
        }
    }
}

impl CaseRefused {
    fn say_rest(&self, lang: Lang) -> String {
        match self {
            Self::ClosingAsked => say!(
                lang,
                "已申请销号，等待县级确认。县级退回后可继续办理。",
                "the county is asked to close the case; go on when it has answered."
            ),
            Self::NotAsked => say!(lang, "没有申请销号。", "no closing was asked for."),
            Self::ClosesOtherwise { why, stage } => say!(
                lang,
                "个案目前“{}”，不能以“{}”销号。请核对原因，或先办理相应步骤。",
                "a case that is {} is not closed as {}; check the reason, or take the step that leads there first.",
                stage.say(lang),
                why.say(lang)
            ),
            Self::WatchNotOver(until) => say!(
                lang,
                "返校观察期到 {} 才结束，之后再申请销号。",
                "the child is under watch until {}; ask for the closing then.",
                until
            ),
            Self::Unobserved(n) => say!(
                lang,
                "还缺 {} 次跟踪回访，请先用 case observe 登记。",
                "{} observations are missing; record them with case observe first.",
                n
            ),
            Self::SuspendedAlready => say!(
                lang,
                "个案已暂缓。如需延长，请先恢复再重新暂缓。",
                "the case is set aside already; take it up first to set it aside for longer."
            ),
            Self::NotSuspended => say!(lang, "个案没有暂缓。", "the case is not set aside."),
            Self::SuspensionLength { until, most } => say!(
                lang,
                "暂缓截止日 {} 不对：最早明天，最晚 {}。",
                "a case is not set aside until {}: tomorrow at the earliest, {} at the latest.",
                until,
                most
            ),
            other => other.say_about_places(lang),
        }
    }

    fn say_about_places(&self, lang: Lang) -> String {
        match self {
            Self::AnsweredElsewhere(id) => say!(
                lang,
                "该生已移交，个案 {id} 由流入地负责，不重复立案。上级名单中的，请用 listed answer 答复去向。",
                "the child was handed over and another place answers for it, case {id}: no second case is opened; answer a list with listed answer."
            ),
            Self::NoPlace(text) => say!(
                lang,
                "“{}”不是有效的行政区划代码，或已撤并。请填写流入地 6 位或 9 位代码，知道到哪一级就填哪一级。",
                "{:?} is no code of the division table, or abolished; give the place's code, as fine as it is known.",
                text
            ),
            Self::OverAge(age) => say!(
                lang,
                "该生已 {} 周岁，不再移交流入地。请核对出生日期，或按完成义务教育等原因申请销号。",
                "the child is {} years old and is not handed over; check the birth date, or ask for the closing.",
                age
            ),
            Self::NobodyReached { rule } => say!(
                lang,
                "还没有联系上父母或其他监护人的记录，不能以“家长说明”为依据移交（{}）。请先用 case contact 登记联系情况，或改用其他依据（学校、公安等答复）。",
                "no contact with a parent or guardian is on record, so the move cannot rest on a parent's statement ({}); record the contact with case contact, or name other evidence (a school, the police).",
                rule
            ),
            Self::NobodySaid { kind, on } => say!(
                lang,
                "截至 {on}，没有与“{}”相符的联系记录（E03）。请先用 case contact 登记联系情况，或核对日期和人员。",
                "up to {on} no contact on record bears out \"{}\" (E03); record the contact with case contact, or check who said so and when.",
                kind.say(lang)
            ),
            Self::ReferredAlready => say!(
                lang,
                "已提交移交，等待答复。如有误，请先撤回（case withdraw）。",
                "it is referred and waits for an answer; take it back first (case withdraw) if it was wrong."
            ),
            Self::NotReferred => say!(
                lang,
                "没有可撤回的移交：尚未提交，或流入地已接收。",
                "there is nothing to take back: nothing was referred, or another place answers already."
            ),
            Self::NoInflow => say!(
                lang,
                "没有这条流入核查任务，或已答复完毕。请用 inflow list 查看。",
                "there is no such inflow, or its answer is final; see inflow list."
            ),
            Self::NotOnRoll => say!(
                lang,
                "本校在册学生中没有该证件号码，不能答复“已在本校就读”。如确在本校，请先登记或更正证件号码；否则按核查结果答复。",
                "nobody on this roll has that number, so the child is not in class here already; if it is, enter it or correct its number first, else answer what was found."
            ),
            Self::OnRoll => say!(
                lang,
                "本校名册上有该证件号码或学籍号的学生，不能答复“查无此人”。请用 listed list 查看对应的学生，按其现状答复。",
                "a pupil of this school has that number, so the child is not unknown; see listed list for the pupil, and answer how it stands."
            ),
            Self::AnsweredOtherwise { result, status, instead } => {
                let instead = instead.map(|it| say!(lang, "（“{}”）", " ({})", it.say(lang)));
                let instead = instead.unwrap_or_default();
                say!(
                    lang,
                    "该生在本校登记的状态是“{}”，不能答复“{}”。请按现状答复{instead}；如登记有误，请先更正（点名、fact 或 case）。",
                    "the child is recorded here as {}, so the answer cannot be {:?}; answer as it stands{instead}, or put the record right first (roll call, fact, case).",
                    status.say(lang),
                    result.say(lang)
                )
            }
            Self::Shut => say!(
                lang,
                "密封材料无法打开：不是为本校现用密钥密封的。已请上级重新发送，请稍后再试。",
                "the sealed record does not open: it was sealed for another key. Ask the county to send it again."
            ),
            Self::NamesSomebody => say!(
                lang,
                "说明会随信明文传递，不能写姓名、证件号或电话。请改写后重试。",
                "this text is read on its way: no name, number or telephone may stand in it; write it without."
            ),
            other => other.say_about_numbers(lang),
        }
    }

    fn say_about_numbers(&self, lang: Lang) -> String {
        match self {
            Self::NumberUnknown(id) => say!(
                lang,
                "编号 {id} 不是上级给出的：请核对名单（listed list、case list），或不填编号，由系统编号。",
                "nobody above gave the number {id}: check the list (listed list, case list), or leave it out and the case gets a number of its own."
            ),
            Self::NumberTaken(id) => say!(
                lang,
                "编号 {id} 已有个案，一个编号只用于一个个案。请用 case show 查看，并核对编号。",
                "there is a case under {id} already, and a number is one case's only; see case show, and check the number."
            ),
            Self::NumberOfAnother(id) => say!(
                lang,
                "名单编号 {id} 所列证件号码或学籍号是本校另一名学生的。请用 listed list 核对。",
                "by its numbers the list means another pupil of this school under {id}; see listed list."
            ),
            _ => self.to_string(),
        }
    }
}
