//! The desk's casework as messages.

use proto::convert::paper_out;
use proto::model::case::{Act, CaseId, Closing, NotACase, Office, Stage};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::model::rulebook::Rulebook;
use proto::office::said::heard;
use proto::wire::bureau as wire;
use proto::wire::bureau::casework_server::Casework as Service;
use tonic::Request;

use super::{Answer, Bureau, answer, lang, papers, words};
use crate::audit::Ended;
use crate::desk::casework::{Filter, Looked, Opened, Order};
use crate::desk::{Hub, HubError};
use crate::directory::hex;
use crate::persuasion::counts::Count;
use crate::persuasion::duties::is_by_default;
use crate::persuasion::{CaseError, Ending};

/// Records of the log that are shown when nobody says how many.
const NEWEST: u64 = 100;

fn id(text: &str) -> Result<CaseId, HubError> {
    Ok(text.trim().to_ascii_lowercase().parse().map_err(|error: NotACase| CaseError::NotACase(error))?)
}

fn wrong(field: &'static str, found: &str) -> HubError {
    HubError::Field { field, found: found.to_owned() }
}

fn stage(text: &str) -> Result<Option<Stage>, HubError> {
    match text {
        "" => Ok(None),
        code => Stage::from_code(&code.to_ascii_uppercase()).map(Some).ok_or_else(|| wrong("stage", code)),
    }
}

fn office(text: &str) -> Result<Office, HubError> {
    Office::from_code(text).ok_or_else(|| wrong("office", text))
}

fn date(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn line(looked: &Looked, lang: Lang) -> wire::CaseLine {
    let Looked { case, name, duties, late_since, suspended, reports } = looked;
    let stage = case.stage();
    let school_due = case.progress.due.filter(|_| stage == case.progress.stage && case.is_open());
    let due = duties.iter().map(|duty| duty.due).chain(school_due).min();
    let asked = case.asked.filter(|asked| asked.answer.is_none());
    wire::CaseLine {
        case: case.progress.case.to_string(),
        school: case.school.to_string(),
        school_name: name.clone(),
        stage: stage.code().to_owned(),
        stage_words: stage.say(lang),
        since: case.since().to_string(),
        due: date(due),
        late_since: date(*late_since),
        suspended_until: date(*suspended),
        closing: asked.map(|asked| asked.closing.code().to_owned()).unwrap_or_default(),
        reported: !reports.is_empty(),
        heard: case.heard.0,
    }
}

fn whole(looked: &Looked, rules: &Rulebook, lang: Lang) -> wire::CaseReply {
    let by_default = |duty| match is_by_default(duty, &rules.persuasion) {
        true => lang.pick("（系统默认期限）", " (default deadline)"),
        false => "",
    };
    let owed = looked.duties.iter().map(|owed| wire::DutyLine {
        duty: owed.duty.code().to_owned(),
        words: owed.duty.say(lang) + by_default(owed.duty),
        due: owed.due.to_string(),
    });
    let acts = looked.case.acts.iter().map(|done| wire::ActLine {
        act: done.act.code().to_owned(),
        words: done.act.say(lang),
        day: done.day.to_string(),
        number: done.number.clone(),
        until: date(done.until),
        note: done.note.clone(),
        by: done.by.clone(),
        restated: done.restated,
    });
    let reports = looked.reports.iter().map(|it| wire::ReportLine {
        revision: it.revision,
        number: it.number.clone(),
        came: it.came.0,
    });
    wire::CaseReply {
        line: Some(line(looked, lang)),
        owed: owed.collect(),
        acts: acts.collect(),
        told_stage: looked.case.progress.stage.code().to_owned(),
        revision: looked.case.progress.revision,
        papers: Vec::new(),
        reports: reports.collect(),
    }
}

fn order(asked: wire::DirectRequest) -> Result<Order, HubError> {
    let act = match Act::from_code(&asked.act) {
        // a case is opened by the school, not by directing one that there is
        None | Some(Act::OpenFromList) => return Err(wrong("act", &asked.act)),
        Some(act) => act,
    };
    let (day, until) = (words::day("day", &asked.day)?, words::day("until", &asked.until)?);
    Ok(Order { act, day, number: asked.number, until, note: asked.note })
}

fn opened(opened: &Opened, lang: Lang) -> wire::OpenReportReply {
    let lines = opened.record.lines(Purpose::Handover, lang).into_iter();
    let lines = lines.map(|(label, value)| wire::RecordLine { label: label.to_owned(), value });
    wire::OpenReportReply {
        number: opened.number.clone(),
        came: opened.came.0,
        lines: lines.collect(),
        revision: opened.revision,
        replaced_by: opened.replaced_by.unwrap_or_default(),
    }
}

async fn cases(hub: &Hub, asked: wire::CasesRequest, lang: Lang) -> Result<wire::CasesReply, HubError> {
    let school = Some(asked.school).filter(|school| !school.is_empty());
    let filter = Filter { stage: stage(&asked.stage)?, overdue: asked.overdue, school, closed: asked.closed };
    let listed = hub.cases(filter).await?;
    let counts = listed.counts.iter().map(|((school, stage), count)| {
        let Count { cases, overdue, suspended, closing } = *count;
        let (school, stage) = (school.to_string(), stage.code().to_owned());
        wire::CaseCount { school, stage, cases, overdue, suspended, closing }
    });
    Ok(wire::CasesReply {
        cases: listed.cases.iter().map(|looked| line(looked, lang)).collect(),
        counts: counts.collect(),
    })
}

async fn todo(hub: &Hub, lang: Lang) -> Result<wire::TodoReply, HubError> {
    let items = hub.todo().await?;
    let lines = items.iter().map(|item| wire::TodoLine {
        case: item.case.to_string(),
        party: item.party.to_string(),
        kind: item.wait.code().to_owned(),
        due: item.due.to_string(),
        late: item.late,
        words: item.say(lang),
        office: item.office.code().to_owned(),
        since: item.since.map(|day| day.to_string()).unwrap_or_default(),
        overdue: item.late > 0,
        duty: item.wait.duty().map(|duty| duty.code().to_owned()).unwrap_or_default(),
    });
    let warnings = hub.wrong_clock().await?.iter().map(|wrong| wrong.say(lang)).collect();
    Ok(wire::TodoReply { items: lines.collect(), warnings })
}

async fn passed(hub: &Hub) -> Result<wire::PassedReply, HubError> {
    let passed = hub.passed().await?;
    let lines = passed.into_iter().map(|it| wire::PassedLine {
        school: it.school.to_string(),
        sort: it.sort,
        letters: it.letters,
        bytes: it.bytes,
        last: it.last.0,
    });
    Ok(wire::PassedReply { lines: lines.collect() })
}

async fn duties(hub: &Hub, lang: Lang) -> Result<wire::DutiesReply, HubError> {
    let offices = hub.on_duty().await?;
    let lines = offices.into_iter().map(|(office, duty)| wire::OfficeLine {
        office: office.code().to_owned(),
        words: office.say(lang),
        since: duty.as_ref().map_or(0, |duty| duty.since.0),
        account: duty.map(|duty| duty.account).unwrap_or_default(),
    });
    Ok(wire::DutiesReply { offices: lines.collect() })
}

async fn audit(hub: &Hub, most: u64, lang: Lang) -> Result<wire::AuditReply, HubError> {
    let records = hub.audit(if most == 0 { NEWEST } else { most }).await?;
    let lines = records.into_iter().map(|logged| wire::AuditLine {
        n: logged.n,
        when: logged.when.0,
        who: logged.who,
        role: logged.role,
        purpose: logged.purpose,
        action: logged.action.code().to_owned(),
        action_words: logged.action.say(lang),
        object: hex(&logged.object.0),
        done: logged.ended == Ended::Done,
    });
    Ok(wire::AuditReply { records: lines.collect() })
}

async fn verify(hub: &Hub, lang: Lang) -> Result<wire::VerifyAuditReply, HubError> {
    let log = hub.verify_audit().await?;
    let units = log.units.iter().map(|witnessed| wire::WitnessLine {
        unit: witnessed.unit.to_string(),
        records: witnessed.head.n,
        at: witnessed.at.0,
        alarm: witnessed.alarm.is_some(),
        words: witnessed.say(lang),
    });
    let (head, words) = match &log.own {
        Ok(head) => (Some(head), super::standing::whole_log(head.n, lang)),
        Err(broken) => (None, broken.say(lang)),
    };
    Ok(wire::VerifyAuditReply {
        good: head.is_some(),
        records: head.map_or(0, |head| head.n),
        head: head.map(|head| hex(&head.hash.0)).unwrap_or_default(),
        words,
        units: units.collect(),
    })
}

#[tonic::async_trait]
impl Service for Bureau {
    async fn cases(&self, request: Request<wire::CasesRequest>) -> Answer<wire::CasesReply> {
        let lang = lang(&request);
        answer(cases(&self.hub, request.into_inner(), lang).await, lang)
    }

    async fn case(&self, request: Request<wire::CaseRequest>) -> Answer<wire::CaseReply> {
        let lang = lang(&request);
        let case = async {
            Ok(whole(&self.hub.case(id(&request.get_ref().case)?).await?, &self.hub.state().rules, lang))
        };
        answer(case.await, lang)
    }

    async fn direct(&self, request: Request<wire::DirectRequest>) -> Answer<wire::CaseReply> {
        let (lang, mut asked) = heard(request)?;
        let direct = async {
            let (case, by, papers) = (id(&asked.case)?, asked.by.clone(), asked.papers.take());
            if !asked.continued.is_empty() {
                let looked = self.hub.end(case, Ending::GoesOn(id(&asked.continued)?), by).await?;
                return Ok(whole(&looked, &self.hub.state().rules, lang));
            }
            if !asked.closing.is_empty() {
                let why = Closing::from_code(&asked.closing.to_ascii_uppercase());
                let why = why.ok_or_else(|| wrong("closing", &asked.closing))?;
                let looked = self.hub.end(case, Ending::Known(why, asked.note), by).await?;
                return Ok(whole(&looked, &self.hub.state().rules, lang));
            }
            let order = order(asked)?;
            let Some(papers) = papers else {
                return Ok(whole(&self.hub.direct(case, order, by).await?, &self.hub.state().rules, lang));
            };
            let (looked, written) = self.hub.direct_on_paper(case, order, papers::wish(papers)?, by).await?;
            let papers = written.into_iter().map(paper_out).collect();
            Ok(wire::CaseReply { papers, ..whole(&looked, &self.hub.state().rules, lang) })
        };
        answer(direct.await, lang)
    }

    async fn open_report(&self, request: Request<wire::OpenReportRequest>) -> Answer<wire::OpenReportReply> {
        let (lang, asked) = heard(request)?;
        let open = async {
            let revision = Some(asked.revision).filter(|revision| *revision > 0);
            let report = self.hub.open_report(id(&asked.case)?, revision, asked.purpose, asked.by).await?;
            Ok(opened(&report, lang))
        };
        answer(open.await, lang)
    }

    async fn passed(&self, request: Request<wire::PassedRequest>) -> Answer<wire::PassedReply> {
        let lang = lang(&request);
        answer(passed(&self.hub).await, lang)
    }

    async fn todo(&self, request: Request<wire::TodoRequest>) -> Answer<wire::TodoReply> {
        let lang = lang(&request);
        answer(todo(&self.hub, lang).await, lang)
    }

    async fn duties(&self, request: Request<wire::DutiesRequest>) -> Answer<wire::DutiesReply> {
        let lang = lang(&request);
        answer(duties(&self.hub, lang).await, lang)
    }

    async fn set_duty(&self, request: Request<wire::SetDutyRequest>) -> Answer<wire::DutiesReply> {
        let (lang, asked) = heard(request)?;
        let set = async {
            let account = Some(asked.account).filter(|account| !account.is_empty());
            self.hub.set_duty(office(&asked.office)?, account, asked.by).await?;
            duties(&self.hub, lang).await
        };
        answer(set.await, lang)
    }

    async fn audit(&self, request: Request<wire::AuditRequest>) -> Answer<wire::AuditReply> {
        let lang = lang(&request);
        answer(audit(&self.hub, request.get_ref().most, lang).await, lang)
    }

    async fn verify_audit(
        &self,
        request: Request<wire::VerifyAuditRequest>,
    ) -> Answer<wire::VerifyAuditReply> {
        let lang = lang(&request);
        answer(verify(&self.hub, lang).await, lang)
    }

    async fn export_audit(
        &self,
        request: Request<wire::ExportAuditRequest>,
    ) -> Answer<wire::ExportAuditReply> {
        let (lang, asked) = heard(request)?;
        let exported = self.hub.export_audit(asked.by).await;
        answer(exported.map(|(text, records)| wire::ExportAuditReply { records, text }), lang)
    }

    async fn accept_audit(
        &self,
        request: Request<wire::AcceptAuditRequest>,
    ) -> Answer<wire::AcceptAuditReply> {
        let (lang, asked) = heard(request)?;
        let accept = async {
            let unit = self.hub.registered(&asked.unit).await?;
            let accepted = self.hub.accept_head(unit.clone(), asked.by).await?;
            Ok(wire::AcceptAuditReply { unit: unit.to_string(), accepted })
        };
        answer(accept.await, lang)
    }
}
