//! `case`.

use std::path::{Path, PathBuf};

use proto::model::lang::Lang;
use proto::say;
use proto::wire::office::PaperFile;
use proto::wire::school::step_case_request::Step;
use proto::wire::school::{
    AddLateEvidenceRequest, CaseClosing, CaseContact, CaseNotice, CaseObservation, CaseOrderSeen,
    CasePlacing, CaseReply, CaseReport, CaseResumption, CaseReturn, CaseRow, CaseSuspension, CaseTransfer,
    ListCasesReply, ListCasesRequest, OpenCaseRequest, ReferCaseRequest, ShowCaseRequest, StepCaseRequest,
    WithdrawCaseRequest,
};

use super::args::cases::{Case, Hand, Refer};
use super::page::{moment, pick};
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn case(&self, command: Case) -> Result<Page, Failure> {
        match command {
            Case::Open { child, reason, case, by } => {
                let case = case.unwrap_or_default();
                let request = self.ask(OpenCaseRequest { child, cause: reason, case, by });
                self.case_page(self.call(async |mut school| school.open_case(request).await).await?)
            }
            Case::List { all } => {
                let request = self.ask(ListCasesRequest { all });
                let reply = self.call(async |mut school| school.list_cases(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(list(&reply, self.lang)) }
            }
            Case::Show { case, proof: Some(file) } => self.proof(case, &file).await,
            Case::Show { case, proof: None } => {
                let request = self.ask(ShowCaseRequest { case });
                self.case_page(self.call(async |mut school| school.show_case(request).await).await?)
            }
            Case::Refer(refer) => self.refer(refer).await,
            Case::Withdraw { case, reason, by } => {
                let request = self.ask(WithdrawCaseRequest { case, reason, by });
                self.case_page(self.call(async |mut school| school.withdraw_case(request).await).await?)
            }
            Case::Late { case, text, evidence, by } => {
                let evidence = evidence.unwrap_or_default();
                let request = self.ask(AddLateEvidenceRequest { case, text, evidence, by });
                self.case_page(self.call(async |mut school| school.add_late_evidence(request).await).await?)
            }
            other => {
                let (hand, step, file) = step(other);
                self.step(hand, step, file.as_deref()).await
            }
        }
    }

    async fn refer(&self, refer: Refer) -> Result<Page, Failure> {
        let Refer { case, to, evidence, note, unwilling, unwilling_on, draft, by } = refer;
        let unwilling_on = unwilling_on.map(|day| day.to_string()).unwrap_or_default();
        let asked = ReferCaseRequest { case, to, evidence, note, draft, by, unwilling, unwilling_on };
        let request = self.ask(asked);
        self.case_page(self.call(async |mut school| school.refer_case(request).await).await?)
    }

    async fn step(&self, hand: Hand, step: Option<Step>, file: Option<&Path>) -> Result<Page, Failure> {
        let Hand { case, day, by } = hand;
        if let Some(file) = file {
            // nothing is entered and no number given when the document has no place to go
            proto::platform::ready_for(file).map_err(|why| self.no_file(file, &why))?;
        }
        let on = day.map(|day| day.to_string()).unwrap_or_default();
        let request = self.ask(StepCaseRequest { case, on, by, step });
        let reply = self.call(async |mut school| school.step_case(request).await).await?;
        if let (Some(paper), Some(file)) = (&reply.paper, file) {
            self.write_private(file, &paper.docx)?;
        }
        self.case_page(reply)
    }

    fn case_page(&self, reply: CaseReply) -> Result<Page, Failure> {
        if self.json { Page::json(&reply) } else { Ok(one(&reply, self.lang)) }
    }
}

/// The step of a command that is one, and the file for its document.
fn step(command: Case) -> (Hand, Option<Step>, Option<PathBuf>) {
    let mut file = None;
    let (hand, step) = match command {
        Case::Contact(contact) => {
            let wire = CaseContact {
                channel: contact.channel,
                reached: contact.reached,
                reason: contact.reason.unwrap_or_default(),
                promise: contact.promise,
                next: contact.next.map(|day| day.to_string()).unwrap_or_default(),
                note: contact.note,
                ..Default::default()
            };
            (contact.hand, Step::Contact(wire))
        }
        Case::Notice { hand, number, docx, return_by, delivery, receipt } => {
            let (document, number) = (docx.is_some(), number.unwrap_or_default());
            let return_by = return_by.map(|day| day.to_string()).unwrap_or_default();
            file = docx;
            (hand, Step::Notice(CaseNotice { number, delivery, receipt, document, return_by }))
        }
        Case::Report { hand, number, docx } => {
            let document = docx.is_some();
            file = docx;
            (hand, Step::Report(CaseReport { number, document }))
        }
        Case::OrderSeen { hand, how } => (hand, Step::OrderSeen(CaseOrderSeen { how })),
        Case::Return { hand } => (hand, Step::Back(CaseReturn {})),
        Case::Observe { hand, note } => (hand, Step::Observation(CaseObservation { note })),
        Case::Place { hand, how, evidence } => (hand, Step::Placing(CasePlacing { how, evidence })),
        Case::Close { hand, reason, note } => (hand, Step::Closing(CaseClosing { reason, note })),
        Case::Suspend { hand, until, reason } => {
            (hand, Step::Suspension(CaseSuspension { until: until.to_string(), reason }))
        }
        Case::Resume { hand } => (hand, Step::Resumption(CaseResumption {})),
        Case::Open { .. }
        | Case::List { .. }
        | Case::Show { .. }
        | Case::Refer(_)
        | Case::Withdraw { .. }
        | Case::Late { .. } => return (Hand::default(), None, None),
    };
    (hand, Some(step), file)
}

fn list(reply: &ListCasesReply, lang: Lang) -> Page {
    let mut page = Page::default();
    let rows = reply.cases.iter().map(|row| {
        let due = if row.overdue {
            format!("{} {}", row.due, pick(lang, "逾期", "LATE"))
        } else {
            row.due.clone()
        };
        [
            row.class.clone(),
            row.name.clone(),
            row.status_words.clone(),
            format!("{} {}", row.stage, row.stage_words),
            row.since.clone(),
            row.duty_words.clone(),
            due,
            row.office_words.clone(),
            state(row),
            row.case.clone(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["班级", "姓名", "状态", "阶段", "自", "下一步", "期限", "由谁", "移交", "个案编号"],
        Lang::En => ["class", "name", "status", "stage", "since", "next", "due", "whose", "transfer", "case"],
    };
    page.table(header, rows.collect());
    let (cases, late) = (reply.cases.len(), reply.cases.iter().filter(|row| row.overdue).count());
    page.line(say!(lang, "共 {cases} 个，逾期 {late} 个", "{cases} cases, {late} overdue"));
    for case in &reply.listed_from_above {
        page.line(say!(
            lang,
            "上级名单个案 {case} 尚未立案：case open 学生 --reason list --case {case}",
            "a list from above names a child under {case}: case open CHILD --reason list --case {case}"
        ));
    }
    page
}

fn state(row: &CaseRow) -> String {
    format!("{} {}", row.transfer, row.transfer_words).trim().to_owned()
}

fn one(reply: &CaseReply, lang: Lang) -> Page {
    let mut page = Page::default();
    if let Some(row) = &reply.row {
        head(&mut page, row, lang);
    }
    let rows = reply.events.iter().map(|event| {
        let to =
            if event.from == event.to { event.to.clone() } else { format!("{}→{}", event.from, event.to) };
        [event.on.clone(), event.words.clone(), to, event.by.clone(), event.note.clone()]
    });
    let header = match lang {
        Lang::Zh => ["日期", "步骤", "阶段", "经办", "说明"],
        Lang::En => ["day", "step", "stage", "by", "note"],
    };
    page.table(header, rows.collect());
    let rows = reply.contacts.iter().map(|contact| {
        [contact.on.clone(), contact.words.clone(), contact.promise.clone(), contact.next.clone()]
    });
    let header = match lang {
        Lang::Zh => ["联系日期", "方式、对象、原因", "承诺", "下次"],
        Lang::En => ["contact", "how, whom, reason", "promise", "next"],
    };
    page.table(header, rows.collect());
    if let Some(transfer) = &reply.transfer {
        way(&mut page, transfer, lang);
    }
    if !reply.proof_flaw.is_empty() {
        let flaw = &reply.proof_flaw;
        page.line(say!(lang, "流转证明不再有效：{flaw}", "the proof of the handover holds no more: {flaw}"));
    }
    for late in &reply.late {
        page.line(say!(lang, "移交后补充：{late}", "late evidence: {late}"));
    }
    if let Some(PaperFile { number, .. }) = &reply.paper {
        page.line(say!(
            lang,
            "已生成 {number} 并登记；送达后请用 paper deliver 登记。",
            "{number} is written and registered; enter its delivery with paper deliver."
        ));
    }
    page
}

fn head(page: &mut Page, row: &CaseRow, lang: Lang) {
    let CaseRow { case, name, class, stage, stage_words, since, cause_words, .. } = row;
    page.line(say!(lang, "个案 {case}", "case {case}"));
    page.line(format!("{name}  {class}  {cause_words}").trim());
    page.line(say!(lang, "{stage} {stage_words}，自 {since} 起", "{stage} {stage_words} since {since}"));
    if !row.due.is_empty() {
        let (due, duty, office) = (&row.due, &row.duty_words, &row.office_words);
        let late = if row.overdue { pick(lang, "（已逾期）", " (LATE)") } else { "" };
        page.line(say!(
            lang,
            "下一步：{duty}，{due} 前{late}，由{office}办理",
            "next: {duty} by {due}{late}, {office}"
        ));
    }
    if !row.suspended_until.is_empty() {
        let until = &row.suspended_until;
        page.line(say!(lang, "暂缓至 {until}", "set aside until {until}"));
    }
    if !row.closing.is_empty() {
        let why = &row.closing_words;
        page.line(match row.stage.as_str() {
            "P10" => say!(lang, "销号原因：{why}", "closed: {why}"),
            _ => say!(lang, "已申请销号：{why}", "closing asked: {why}"),
        });
    }
}

fn way(page: &mut Page, transfer: &CaseTransfer, lang: Lang) {
    let CaseTransfer { to, place, state, state_words, evidence_words, age_from, grade, last, .. } = transfer;
    if !transfer.unwilling.is_empty() {
        let (unwilling, by) = (&transfer.unwilling, &transfer.by);
        page.line(say!(
            lang,
            "返回意愿：{unwilling}（{by} 登记）",
            "will to come back: {unwilling} (entered by {by})"
        ));
    }
    let upto = age_from + 1;
    page.line(say!(
        lang,
        "移交：{place}（{to}），{state} {state_words}；依据：{evidence_words}",
        "transfer: to {place} ({to}), {state} {state_words}; evidence: {evidence_words}"
    ));
    page.line(say!(
        lang,
        "接收前对方只看到：{age_from} 至 {upto} 岁，{grade} 年级，原学校所在地 {last}，依据种类",
        "before it accepts, the other place sees: {age_from} to {upto} years, grade {grade}, last school in {last}, kind of evidence"
    ));
    page.line(match transfer.answers_here {
        true => pick(lang, "目前由本县负责", "this county answers for the child"),
        false => pick(lang, "目前由流入地负责", "the other place answers for the child"),
    });
    let rows = transfer.news.iter().map(|news| {
        [
            moment(news.at),
            format!("{} {}", news.state, news.state_words),
            news.place.clone(),
            news.outcome_words.clone(),
            news.reason.clone(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["时间", "进展", "地点", "结果", "说明"],
        Lang::En => ["when", "state", "place", "outcome", "reason"],
    };
    page.table(header, rows.collect());
    if !transfer.advice.is_empty() {
        page.line(&transfer.advice);
    }
}
