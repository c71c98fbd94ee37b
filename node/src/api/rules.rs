//! Calendar and rulebook.

use proto::model::calendar::{Explanation, weekday};
use proto::model::document::{Document, Topic};
use proto::model::lang::{Lang, Say};
use proto::wire::school as wire;

use super::{Answer, Api, day_said, word};
use crate::desk::{Law, SchoolError};

impl Api {
    pub(super) async fn explain_calendar(
        &self,
        request: wire::ExplainCalendarRequest,
        lang: Lang,
    ) -> Answer<wire::ExplainCalendarReply> {
        let (from, birth) = (request.absent_from.parse()?, day_said(request.birth)?);
        Ok(explanation_out(&self.school.explain_calendar(from, birth).await?, lang))
    }

    pub(super) async fn set_school_calendar(
        &self,
        request: wire::SetSchoolCalendarRequest,
        lang: Lang,
    ) -> Answer<wire::SetSchoolCalendarReply> {
        let (document, calendar, consequences) =
            self.school.set_calendar(request.text, request.dry_run).await?;
        Ok(wire::SetSchoolCalendarReply {
            school_year: document.school_year.to_string(),
            version: document.version,
            calendar,
            consequences: self.consequences(consequences, lang).await?,
        })
    }

    pub(super) async fn show_rules(
        &self,
        _: wire::ShowRulesRequest,
        lang: Lang,
    ) -> Answer<wire::ShowRulesReply> {
        let rules = self.school.rules().await?;
        let refused = rules.refused.iter().map(|refused| wire::RefusedRow {
            topic: word(&refused.topic),
            issuer: refused.issuer.to_string(),
            part: refused.part.clone(),
            version: refused.version,
            words: super::overview::fault_words(refused.why, lang),
            at: refused.at.0,
        });
        Ok(wire::ShowRulesReply {
            rules: rules.law.rules.label().to_owned(),
            calendar: rules.law.calendar.label().to_owned(),
            text: toml::to_string_pretty(&rules.law.rules).unwrap_or_default(),
            documents: rules
                .documents
                .iter()
                .map(|document| document_out(document, &rules.law, lang))
                .collect(),
            refused: refused.collect(),
            own_calendars: rules.own,
        })
    }

    pub(super) async fn repair_document(
        &self,
        request: wire::RepairDocumentRequest,
        _: Lang,
    ) -> Answer<wire::RepairDocumentReply> {
        let topic = match request.topic.as_str() {
            "rulebook" => Topic::Rulebook,
            "calendar" => Topic::Calendar,
            other => {
                let choices = "rulebook, calendar";
                return Err(SchoolError::Word { what: "topic", given: other.to_owned(), choices });
            }
        };
        let issuer = request.issuer.parse().map_err(|_| SchoolError::NoDocument)?;
        self.school.repair_document(topic, issuer, request.part).await?;
        Ok(wire::RepairDocumentReply {})
    }
}

fn document_out(document: &Document, law: &Law, lang: Lang) -> wire::DocumentRow {
    let fault = law.faults.iter().find(|(faulty, _)| faulty == document);
    wire::DocumentRow {
        topic: word(&document.topic),
        issuer: document.issuer.to_string(),
        part: document.part.clone(),
        version: document.version,
        issued: document.issued.0,
        fault: fault.map(|(_, [zh, en])| lang.pick(zh, en).clone()).unwrap_or_default(),
    }
}

/// An explanation on the wire.
pub(crate) fn explanation_out(explanation: &Explanation, lang: Lang) -> wire::ExplainCalendarReply {
    let day = |day: Option<proto::model::day::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let days = explanation.days.iter().map(|line| wire::CalendarLine {
        day: line.day.to_string(),
        weekday: weekday(line.day, lang).to_owned(),
        counting_day: line.counting_day.unwrap_or(0),
        why: word(&line.why),
        words: line.why.say(lang),
        reason: line.reason.clone(),
        layer: line.layer.clone(),
        provisional: line.provisional,
        triggers: line.triggers.iter().map(word).collect(),
    });
    wire::ExplainCalendarReply {
        absent_from: explanation.absent_from.to_string(),
        rules: explanation.rules.clone(),
        calendar: explanation.calendar.clone(),
        basis: word(&explanation.basis),
        report_on: day(explanation.report_on),
        suspected_on: day(explanation.suspected_on),
        provisional: explanation.provisional,
        days: days.collect(),
    }
}
