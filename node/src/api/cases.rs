//! Persuasion cases and referrals.

use proto::convert::paper_out;
use proto::custody::revoked::Revocation;
use proto::model::case::{CaseId, Closing, Evidence, Preview, Unwilling, Unwillingness};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::office::said::Asked;
use proto::say;
use proto::wire::school as wire;

use super::referrals::transfer_out;
use super::{Answer, Api, account, coded, day_said, said, word};
use crate::desk::SchoolError;
use crate::desk::cases::paper::Wanted;
use crate::desk::cases::refer::{Adding, Referring};
use crate::desk::cases::view::{CaseView, Missing};
use crate::desk::cases::{Opening, Stepping};
use crate::desk::find::class_text;
use crate::persuasion::{
    Cause, Channel, Contact, Duty, Excuse, Noted, Notice, Placing, Reached, Step, Suspension,
};
use crate::referral::Transfer;

const CAUSES: &str = "term-check 开学核查未返校, register 台账在册, list 上级下发名单";
const PLACINGS: &str = "PLACED_HOME 送教上门, PLACED_REMOTE 远程视频送教, PLACED_VOCATIONAL 转入中职, EXEMPT 经认定不具备学习能力";
const CLOSINGS: &str = "RETURNED 返校就读, PLACED_HOME 送教上门, PLACED_REMOTE 远程视频送教, PLACED_VOCATIONAL 转入中职, \
    EXEMPT 经认定不具备学习能力, MOVED 移交流入地, ABROAD 出国（境）, DECEASED 死亡, COMPLETED 完成义务教育, \
    OPENED_IN_ERROR 误立";
const EVIDENCE: &str = "PARENT_STATEMENT 家长说明, EMPLOYER_OR_LANDLORD 用工单位或房东证明, \
    SCHOOL_CONFIRMATION 当地学校确认, POLICE_ANSWER 公安机关答复, OTHER 其他";
const UNWILLING: &str =
    "CHILD 学生本人不愿返回, GUARDIAN 监护人不愿返回, BOTH 均不愿返回, PERSUASION_FAILED 经劝返未返回";
const STEPS: &str =
    "contact, notice, report, order_seen, back, observation, placing, closing, suspension, resumption";

impl Api {
    pub(super) async fn open_case(
        &self,
        request: wire::OpenCaseRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        let by_hand = |text: &str| Cause::from_code(text).filter(|cause| cause.by_hand());
        let opening = Opening {
            child: request.child,
            cause: coded("cause", &request.cause, CAUSES, by_hand)?,
            case: said(request.case).map(|text| case_id(&text)).transpose()?,
            by: account(request.by),
        };
        let id = self.school.open_case(opening).await?;
        self.case_reply(id.to_string(), lang).await
    }

    pub(super) async fn list_cases(
        &self,
        request: wire::ListCasesRequest,
        lang: Lang,
    ) -> Answer<wire::ListCasesReply> {
        let (_, cases) = self.school.cases(request.all).await?;
        let listed = self.school.listed_from_above().await?;
        let missing = self.school.missing_cases().await?;
        let rows = cases.iter().map(|view| row_out(view, lang));
        Ok(wire::ListCasesReply {
            cases: missing.iter().map(|missing| missing_out(missing, lang)).chain(rows).collect(),
            listed_from_above: listed.iter().map(CaseId::to_string).collect(),
        })
    }

    pub(super) async fn show_case(
        &self,
        request: wire::ShowCaseRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        self.case_reply(request.case, lang).await
    }

    pub(super) async fn prove_case(
        &self,
        request: wire::ShowCaseRequest,
        _: Lang,
    ) -> Answer<wire::ProveCaseReply> {
        let (case, held) = self.school.proof(request.case).await?;
        let (case, at) = (case.to_string(), held.at.0);
        Ok(wire::ProveCaseReply { case, proof: held.file, steps: held.steps, at })
    }

    pub(super) async fn show_root(&self, _: wire::ShowRootRequest, _: Lang) -> Answer<wire::ShowRootReply> {
        let revocations = self.school.revocations().await?;
        let revocations = revocations.iter().map(Revocation::to_bytes).collect();
        Ok(wire::ShowRootReply { pem: self.school.root()?.pem(), revocations })
    }

    pub(super) async fn step_case(
        &self,
        request: wire::StepCaseRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        let (on, by) = (day_said(request.on)?, account(request.by));
        let none = || SchoolError::Word { what: "step", given: String::new(), choices: STEPS };
        let today = self.school.clock().now().day();
        let step = request.step.ok_or_else(none)?;
        let paper = wanted(&step)?;
        let step = step_in(step, on.unwrap_or(today), &by)?;
        let (id, written) =
            self.school.step_case(Stepping { case: request.case, step, on, by, paper }).await?;
        let paper = written.map(paper_out);
        Ok(wire::CaseReply { paper, ..self.case_reply(id.to_string(), lang).await? })
    }

    pub(super) async fn refer_case(
        &self,
        request: wire::ReferCaseRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        let said = request.unwilling.trim();
        let kind = (!said.is_empty()).then(|| coded("unwilling", said, UNWILLING, Unwillingness::from_code));
        let on = day_said(request.unwilling_on)?.unwrap_or_else(|| self.school.clock().now().day());
        let referring = Referring {
            case: request.case,
            to: request.to,
            evidence: coded("evidence", &request.evidence, EVIDENCE, Evidence::from_code)?,
            note: Personal::new(request.note),
            unwilling: kind.transpose()?.map(|kind| Unwilling { kind, on }),
            draft: request.draft,
            by: account(request.by),
        };
        let id = self.school.refer_case(referring).await?;
        self.case_reply(id.to_string(), lang).await
    }

    pub(super) async fn withdraw_case(
        &self,
        request: wire::WithdrawCaseRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        let request = request.checked()?;
        let by = account(request.by);
        let id = self.school.withdraw_case(request.case, request.reason, by).await?;
        self.case_reply(id.to_string(), lang).await
    }

    pub(super) async fn add_late_evidence(
        &self,
        request: wire::AddLateEvidenceRequest,
        lang: Lang,
    ) -> Answer<wire::CaseReply> {
        let request = request.checked()?;
        let kind = |text: String| coded("evidence", &text, EVIDENCE, Evidence::from_code);
        let adding = Adding {
            case: request.case,
            text: Personal::new(request.text),
            evidence: said(request.evidence).map(kind).transpose()?,
            by: account(request.by),
        };
        let id = self.school.add_late_evidence(adding).await?;
        self.case_reply(id.to_string(), lang).await
    }

    async fn case_reply(&self, case: String, lang: Lang) -> Answer<wire::CaseReply> {
        let (_, view) = self.school.case(case).await?;
        let late = view.late.iter().map(|late| format!("{} {}", late.at, shown(&late.text)));
        Ok(wire::CaseReply {
            row: Some(row_out(&view, lang)),
            events: view.case.log.iter().map(|noted| event_out(noted, lang)).collect(),
            contacts: view.case.all_contacts().map(|contact| contact_out(contact, lang)).collect(),
            transfer: view.transfer.as_ref().map(|transfer| transfer_out(transfer, lang)),
            late: late.collect(),
            paper: None,
            proof_flaw: view.flaw.as_ref().map(|flaw| flaw.say(lang)).unwrap_or_default(),
        })
    }
}

/// A case number, as people write it.
pub(super) fn case_id(text: &str) -> Answer<CaseId> {
    Ok(text.trim().parse::<CaseId>()?)
}

fn shown(text: &Personal<String>) -> &str {
    text.open(Purpose::SchoolStaff)
}

fn day_text(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// The document that is asked for with a step.
fn wanted(step: &wire::step_case_request::Step) -> Answer<Option<Wanted>> {
    use wire::step_case_request::Step as Wire;
    Ok(match step {
        Wire::Notice(notice) if notice.document => {
            Some(Wanted { return_by: day_said(notice.return_by.clone())? })
        }
        Wire::Report(report) if report.document => Some(Wanted { return_by: None }),
        _ => None,
    })
}

fn step_in(step: wire::step_case_request::Step, on: Day, by: &str) -> Answer<Step> {
    use wire::step_case_request::Step as Wire;
    Ok(match step {
        Wire::Contact(contact) => Step::Contact(contact_in(contact, on, by)?),
        Wire::Notice(wire::CaseNotice { number, delivery, receipt, .. }) => {
            Step::Notice(Notice { number, delivery, receipt: Personal::new(receipt) })
        }
        Wire::Report(report) => Step::Report(report.number),
        Wire::OrderSeen(seen) => Step::OrderSeen(seen.how),
        Wire::Back(_) => Step::Return,
        Wire::Observation(observation) => Step::Observe(Personal::new(observation.note)),
        Wire::Placing(placing) => Step::Place(Placing {
            how: coded("how", &placing.how, PLACINGS, Closing::from_code)?,
            evidence: placing.evidence,
        }),
        Wire::Closing(closing) => Step::AskClosing(
            coded("reason", &closing.reason, CLOSINGS, Closing::from_code)?,
            Personal::new(closing.note),
        ),
        Wire::Suspension(suspension) => Step::Suspend(Suspension {
            until: suspension.until.parse().map_err(SchoolError::Date)?,
            reason: Personal::new(suspension.reason),
        }),
        Wire::Resumption(_) => Step::Resume,
    })
}

fn contact_in(contact: wire::CaseContact, on: Day, by: &str) -> Answer<Contact> {
    let excuse = |text: String| coded("reason", &text, Excuse::CHOICES, Excuse::from_code);
    Ok(Contact {
        on,
        by: by.to_owned(),
        channel: coded("channel", &contact.channel, Channel::CHOICES, Channel::from_code)?,
        reached: coded("reached", &contact.reached, Reached::CHOICES, Reached::from_code)?,
        excuse: said(contact.reason).map(excuse).transpose()?,
        promise: Personal::new(contact.promise),
        next: day_said(contact.next)?,
        note: Personal::new(contact.note),
    })
}

fn contact_out(contact: &Contact, lang: Lang) -> wire::CaseContact {
    let mut words = vec![contact.channel.say(lang), contact.reached.say(lang)];
    words.extend(contact.excuse.map(|excuse| excuse.say(lang)));
    wire::CaseContact {
        channel: contact.channel.code().to_owned(),
        reached: contact.reached.code().to_owned(),
        reason: contact.excuse.map(|excuse| excuse.code().to_owned()).unwrap_or_default(),
        promise: shown(&contact.promise).to_owned(),
        next: day_text(contact.next),
        note: shown(&contact.note).to_owned(),
        on: contact.on.to_string(),
        by: contact.by.clone(),
        words: words.join(lang.pick("，", ", ")),
    }
}

/// What is to be done, and whether its day rests on a default of this system.
fn duty_words(duty: Duty, by_default: bool, lang: Lang) -> String {
    let default = if by_default { lang.pick("（系统默认期限）", " (default deadline)") } else { "" };
    duty.say(lang) + default
}

/// What stands for the name of a child whose record nobody here has opened yet.
fn unopened(preview: Option<&Preview>, lang: Lang) -> String {
    match preview {
        Some(Preview { age_from, grade, .. }) => say!(
            lang,
            "（未开封：{age_from}至{}岁，{grade}年级）",
            "(not opened: age {age_from} to {}, grade {grade})",
            age_from + 1
        ),
        None => lang.pick("（姓名不详）", "(name not known)").to_owned(),
    }
}

fn row_out(view: &CaseView, lang: Lang) -> wire::CaseRow {
    let CaseView { case, name, status, preview, class, due, by_default, office, overdue, transfer, .. } =
        view;
    let closing = case.closing.as_ref().map(|asked| asked.why).or(case.closed);
    let state = transfer.as_ref().map(Transfer::state);
    wire::CaseRow {
        case: case.id.to_string(),
        child: case.child.map(|child| child.to_string()).unwrap_or_default(),
        name: name.as_ref().map_or_else(|| unopened(preview.as_ref(), lang), |name| shown(name).to_owned()),
        class: class.map(class_text).unwrap_or_default(),
        stage: case.stage.code().to_owned(),
        stage_words: case.stage.say(lang),
        since: case.since.to_string(),
        opened: case.opened.to_string(),
        cause: case.cause.code().to_owned(),
        cause_words: case.cause.say(lang),
        due: day_text(due.map(|due| due.on)),
        duty: due.map(|due| due.duty.code().to_owned()).unwrap_or_default(),
        duty_words: due.map(|due| duty_words(due.duty, *by_default, lang)).unwrap_or_default(),
        office: office.map(|office| office.code().to_owned()).unwrap_or_default(),
        office_words: office.map(|office| office.say(lang)).unwrap_or_default(),
        overdue: *overdue,
        status: word(status),
        status_words: status.say(lang),
        suspended_until: day_text(case.suspended.as_ref().map(|suspended| suspended.until)),
        closing: closing.map(|why| why.code().to_owned()).unwrap_or_default(),
        closing_words: closing.map(|why| why.say(lang)).unwrap_or_default(),
        transfer: state.map(|state| state.code().to_owned()).unwrap_or_default(),
        transfer_words: state.map(|state| state.say(lang)).unwrap_or_default(),
    }
}

/// A case that the county holds and this school has lost: what is known of it, and what is to be done.
fn missing_out(missing: &Missing, lang: Lang) -> wire::CaseRow {
    let Missing { told, kept } = missing;
    let (case, kept) = (told.case.to_string(), kept.as_ref());
    let name = kept.and_then(|kept| kept.name.as_ref()).map(|name| shown(name).to_owned());
    let duty_words = say!(
        lang,
        "恢复备份后本校无此个案：补录点名，或 case open 学生 --reason register --case {case} 重新立案并补录联系、文书",
        "lost here in a restore: hand in the roll calls again, or case open CHILD --reason register --case {case}, and enter contacts and papers again"
    );
    wire::CaseRow {
        name: name.unwrap_or_else(|| lang.pick("（姓名未知）", "(name not known)").to_owned()),
        class: kept.and_then(|kept| kept.class).map(class_text).unwrap_or_default(),
        stage: told.stage.code().to_owned(),
        stage_words: told.stage.say(lang),
        since: told.since.to_string(),
        due: day_text(told.due),
        duty: "REOPEN".to_owned(),
        duty_words,
        overdue: told.overdue,
        suspended_until: day_text(told.suspended_until),
        closing: told.closing.map(|why| why.code().to_owned()).unwrap_or_default(),
        closing_words: told.closing.map(|why| why.say(lang)).unwrap_or_default(),
        case,
        ..Default::default()
    }
}

fn event_out(noted: &Noted, lang: Lang) -> wire::CaseEvent {
    wire::CaseEvent {
        on: noted.on.to_string(),
        at: noted.at.0,
        by: noted.by.clone(),
        step: noted.step.code().to_owned(),
        words: noted.step.say(lang),
        from: noted.from.code().to_owned(),
        to: noted.to.code().to_owned(),
        note: shown(&noted.note).to_owned(),
    }
}
