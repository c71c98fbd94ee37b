//! Children that other places believe to be here, and the log of openings.

use proto::model::case::{ChildRecord, Outcome};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::office::said::Asked;
use proto::wire::school as wire;

use super::cases::case_id;
use super::referrals::place_words;
use super::{Answer, Api, account, coded, day_said, said};
use crate::desk::cases::inflow::Finding;
use crate::desk::find;
use crate::placement::Inflow;

const OUTCOMES: &str = "PLACED 已入学就读, PERSUADING 已找到正在劝返, NOT_FOUND 未找到, ALREADY_ENROLLED 已有学籍, \
    MOVED_ON 已转往他处";

impl Api {
    pub(super) async fn list_inflow(
        &self,
        _: wire::ListInflowRequest,
        lang: Lang,
    ) -> Answer<wire::ListInflowReply> {
        let (today, inflows) = self.school.inflows().await?;
        let children = inflows.iter().map(|inflow| row_out(inflow, today, lang)).collect();
        Ok(wire::ListInflowReply { children })
    }

    pub(super) async fn show_inflow(
        &self,
        request: wire::ShowInflowRequest,
        lang: Lang,
    ) -> Answer<wire::ShowInflowReply> {
        let case = case_id(&request.case)?;
        let request = request.checked()?;
        let (inflow, record) = self.school.open_record(case, request.purpose, account(request.by)).await?;
        let late = inflow.late.iter().map(|late| format!("{} {}", late.at, shown(&late.text))).collect();
        let row = row_out(&inflow, self.today(), lang);
        Ok(wire::ShowInflowReply { row: Some(row), record: Some(record_out(&record?, lang)), late })
    }

    pub(super) async fn found_inflow(
        &self,
        request: wire::FoundInflowRequest,
        lang: Lang,
    ) -> Answer<wire::FoundInflowReply> {
        let finding = Finding {
            case: case_id(&request.case)?,
            outcome: coded("outcome", &request.outcome, OUTCOMES, Outcome::from_code)?,
            on: day_said(request.on)?,
            class: said(request.class).map(|text| find::class(&text)).transpose()?,
            place: said(request.place),
            note: request.note,
            by: account(request.by),
        };
        let inflow = self.school.found(finding).await?;
        Ok(wire::FoundInflowReply { row: Some(row_out(&inflow, self.today(), lang)) })
    }

    pub(super) async fn list_openings(
        &self,
        _: wire::ListOpeningsRequest,
        _: Lang,
    ) -> Answer<wire::ListOpeningsReply> {
        let log = self.school.openings().await?;
        let head = log.lines.last().map(|line| hex(&line.hash().0)).unwrap_or_default();
        let openings = log.lines.into_iter().map(|line| wire::OpeningRow {
            n: line.n,
            at: line.at.0,
            by: line.by,
            purpose: line.purpose,
            case: line.case.to_string(),
            good: line.good,
        });
        Ok(wire::ListOpeningsReply { openings: openings.collect(), broken: log.broken.unwrap_or(0), head })
    }

    fn today(&self) -> Day {
        self.school.clock().now().day()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shown(text: &Personal<String>) -> &str {
    text.open(Purpose::SchoolStaff)
}

fn row_out(inflow: &Inflow, today: Day, lang: Lang) -> wire::InflowRow {
    let Inflow { leg, from, preview, due, received, findings, pupil, .. } = inflow;
    let outcome = inflow.outcome();
    wire::InflowRow {
        case: leg.case.to_string(),
        leg: u32::from(leg.number),
        from: from.to_string(),
        age_from: u32::from(preview.age_from),
        grade: u32::from(preview.grade),
        last: place_words(preview.last),
        evidence: preview.evidence.code().to_owned(),
        evidence_words: preview.evidence.say(lang),
        due: due.to_string(),
        received: received.0,
        overdue: inflow.is_overdue(today),
        outcome: outcome.map(|outcome| outcome.code().to_owned()).unwrap_or_default(),
        outcome_words: outcome_words(inflow, lang),
        found_on: findings.last().map(|finding| finding.day.to_string()).unwrap_or_default(),
        child: pupil.map(|child| child.to_string()).unwrap_or_default(),
    }
}

/// What was found, or why nothing is to be found any more.
fn outcome_words(inflow: &Inflow, lang: Lang) -> String {
    match (inflow.given_to_another(), inflow.outcome()) {
        (Some(reason), _) => reason.to_owned(),
        (None, outcome) => outcome.map(|outcome| outcome.say(lang)).unwrap_or_default(),
    }
}

pub(super) fn record_out(record: &ChildRecord, lang: Lang) -> wire::InflowRecord {
    let text = |text: &Personal<String>| shown(text).to_owned();
    wire::InflowRecord {
        name: text(&record.name),
        sex: text(&record.sex),
        birth: record.birth.open(Purpose::SchoolStaff).to_string(),
        id_number: text(&record.id_number),
        roll_number: text(&record.roll_number),
        guardian: text(&record.guardian),
        phone: text(&record.phone),
        address: text(&record.address),
        school: record.school.clone(),
        evidence: text(&record.evidence),
        summary: text(&record.summary),
        needs: text(&record.needs),
        unwilling: record.unwilling.map(|it| it.say(lang)).unwrap_or_default(),
    }
}
