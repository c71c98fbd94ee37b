//! Where a referred case is, and what of all cases waits for somebody.

use proto::model::case::{News, Outcome, TransferState};
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::model::region::Region;
use proto::say;
use proto::wire::school as wire;

use crate::desk::cases::view::CaseCounts;
use crate::referral::Transfer;

pub(super) fn transfer_out(transfer: &Transfer, lang: Lang) -> wire::CaseTransfer {
    let Transfer { to, evidence, preview, .. } = transfer;
    let state = transfer.state();
    wire::CaseTransfer {
        to: to.to_string(),
        place: place_words(*to),
        evidence: evidence.code().to_owned(),
        evidence_words: evidence.say(lang),
        note: transfer.note.open(Purpose::SchoolStaff).clone(),
        age_from: u32::from(preview.age_from),
        grade: u32::from(preview.grade),
        last: preview.last.to_string(),
        revision: transfer.revision,
        state: state.code().to_owned(),
        state_words: state.say(lang),
        submitted: transfer.submitted.map_or(0, |at| at.0),
        answers_here: transfer.answers_here(),
        news: transfer.news.iter().map(|news| news_out(news, lang)).collect(),
        advice: advice(transfer, lang),
        unwilling: transfer.unwilling.map(|it| it.say(lang)).unwrap_or_default(),
        by: transfer.by.clone(),
    }
}

/// A place by its whole name, or its code.
pub(super) fn place_words(place: Region) -> String {
    Divisions::shipped().full_name(place).unwrap_or_else(|| place.to_string())
}

fn news_out(news: &News, lang: Lang) -> wire::CaseNews {
    wire::CaseNews {
        at: news.at.0,
        leg: u32::from(news.leg.number),
        state: news.state.code().to_owned(),
        state_words: news.state.say(lang),
        place: news.place.map(place_words).unwrap_or_default(),
        outcome: news.outcome.map(|outcome| outcome.code().to_owned()).unwrap_or_default(),
        outcome_words: news.outcome.map(|outcome| outcome.say(lang)).unwrap_or_default(),
        reason: news.reason.clone(),
    }
}

/// What this school should do now.
fn advice(transfer: &Transfer, lang: Lang) -> String {
    let outcome = transfer.latest().and_then(|news| news.outcome);
    let roll = matches!(outcome, Some(Outcome::Placed | Outcome::AlreadyEnrolled))
        || matches!(transfer.state(), TransferState::AlreadyEnrolled | TransferState::AcceptedPlaced);
    if !transfer.answers_here() && roll {
        return say!(
            lang,
            "请配合就读学校办理转学：收到转学申请后十个工作日内核办（T14）",
            "expect the roll transfer from the other school and answer it within ten workdays (T14)"
        );
    }
    match transfer.state() {
        TransferState::Draft => {
            say!(lang, "校长审核后提交：case refer", "the principal submits it: case refer")
        }
        TransferState::ReturnedToSender | TransferState::Misrouted => {
            let reason = transfer.latest().map(|news| news.reason.clone()).unwrap_or_default();
            say!(
                lang,
                "已退回（{reason}），由本校继续劝返；核实去向后可重新移交",
                "it came back ({reason}): go on persuading here; refer it again once the place is confirmed"
            )
        }
        TransferState::AcceptedPersuading if !transfer.answers_here() => say!(
            lang,
            "已由流入地负责劝返，尚未入学：本校学籍状态不变，点名时仍须列出该生",
            "the other place persuades now; the child is in no class yet: it counts as missing here, and roll calls go on listing it"
        ),
        _ if transfer.answers_here() && transfer.is_pending() => say!(
            lang,
            "流入地接收之前，仍由本校和本县负责劝返",
            "until the other place accepts, this school and its county go on answering for the child"
        ),
        _ => String::new(),
    }
}

/// What waits for somebody.
pub(super) fn notices(counts: &CaseCounts, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    let CaseCounts {
        open,
        overdue,
        with_head,
        returned,
        inflow,
        inflow_overdue,
        from_lists,
        from_lists_overdue,
        ..
    } = *counts;
    let mut say_if = |n: u64, code: &str, urgent: bool, words: String| {
        if n > 0 {
            note(code, urgent, words);
        }
    };
    say_if(
        overdue,
        "cases-overdue",
        true,
        say!(
            lang,
            "{overdue} 个劝返个案逾期，其中 {with_head} 个由校长处理，上一级已能看到：case list",
            "{overdue} cases are overdue, {with_head} of them the principal's; the level above sees it: case list"
        ),
    );
    let on_time = open.saturating_sub(overdue);
    say_if(
        on_time,
        "cases-open",
        false,
        say!(lang, "{on_time} 个劝返个案在办：case list", "{on_time} cases are being worked: case list"),
    );
    say_if(
        returned,
        "referrals-returned",
        true,
        say!(
            lang,
            "{returned} 个移交被退回，仍由本校负责：case list",
            "{returned} referrals came back and are this school's again: case list"
        ),
    );
    say_if(
        inflow,
        "inflow",
        inflow_overdue > 0,
        say!(
            lang,
            "{inflow} 名流入学生待核实，其中 {inflow_overdue} 名已逾期：inflow list",
            "{inflow} children are to be found, {inflow_overdue} answers are late: inflow list"
        ),
    );
    say_if(
        from_lists,
        "listed-from-above",
        true,
        say!(
            lang,
            "上级名单中有 {from_lists} 人尚未答复，其中 {from_lists_overdue} 人已逾期、上一级已能看到：listed list",
            "{from_lists} children of lists from above are not answered for yet, {from_lists_overdue} of them are late and the level above sees it: listed list"
        ),
    );
    troubles(counts, lang, note);
}

/// What went wrong with this school's own record of them.
fn troubles(counts: &CaseCounts, lang: Lang, note: &mut impl FnMut(&str, bool, String)) {
    let CaseCounts { log_broken, lost, unwritten, .. } = *counts;
    let mut say_if = |n: u64, code: &str, urgent: bool, words: String| {
        if n > 0 {
            note(code, urgent, words);
        }
    };
    say_if(
        u64::from(log_broken),
        "audit-broken",
        true,
        say!(lang, "密封材料查阅记录被改动过：audit", "the log of openings was changed: audit"),
    );
    say_if(
        lost,
        "cases-lost",
        true,
        say!(
            lang,
            "恢复备份后本校缺少 {lost} 个上级在办的个案：case list 列出编号、阶段和应补录的内容",
            "{lost} cases that the county holds were lost here in a restore: case list names them and what is to be entered again"
        ),
    );
    say_if(
        unwritten,
        "letters-wait",
        false,
        say!(
            lang,
            "{unwritten} 封函件等待加入上级或上级密钥",
            "{unwritten} letters wait until the school has joined and has the county's key"
        ),
    );
}
