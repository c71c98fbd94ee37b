//! Roll calls, absences, recorded facts.

use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::wire::school as wire;

use super::children::child_out;
use super::{Answer, Api, account, day_said, said};
use crate::attendance::Mark;
use crate::desk::books::Consequence;
use crate::desk::calls::{Call, Taken};
use crate::desk::facts::Wanted;
use crate::desk::find::{self, class_text};
use crate::desk::marks;
use crate::desk::table::AbsenceTable;
use crate::desk::view::RollView;
use crate::desk::withdraw::{FactId, FactView};
use crate::pupil::PupilId;

impl Api {
    pub(super) async fn call_roll(
        &self,
        request: wire::CallRollRequest,
        lang: Lang,
    ) -> Answer<wire::CallRollReply> {
        let listed = request.absences.into_iter().map(|a| Ok((a.child, marks::mark(&a.mark)?)));
        let call = Call {
            class: find::class(&request.class)?,
            day: day_said(request.day)?,
            listed: listed.collect::<Answer<Vec<(String, Mark)>>>()?,
            correction: said(request.correction),
            by: account(request.by),
        };
        let taken = self.school.call_roll(call).await?;
        self.taken_out(taken, lang).await
    }

    async fn taken_out(&self, taken: Taken, lang: Lang) -> Answer<wire::CallRollReply> {
        Ok(wire::CallRollReply {
            class: class_text(taken.class),
            day: taken.day.to_string(),
            revision: taken.revision,
            unchanged: taken.unchanged,
            kept: u32::try_from(taken.kept).unwrap_or(u32::MAX),
            consequences: self.consequences(taken.consequences, lang).await?,
        })
    }

    pub(super) async fn import_absences(
        &self,
        request: wire::ImportAbsencesRequest,
        lang: Lang,
    ) -> Answer<wire::ImportAbsencesReply> {
        let table = AbsenceTable {
            bytes: request.file,
            dry_run: request.dry_run,
            correction: said(request.correction),
            by: account(request.by),
        };
        let taken = self.school.import_absences(table).await?;
        let problems = taken
            .refused
            .iter()
            .map(|(line, error)| wire::LineProblem { line: *line, words: error.say(lang) });
        let mut reply = wire::ImportAbsencesReply {
            rows: u32::try_from(taken.lines).unwrap_or(u32::MAX),
            problems: problems.collect(),
            written: taken.written,
            calls: Vec::new(),
        };
        for call in taken.calls {
            reply.calls.push(self.taken_out(call, lang).await?);
        }
        Ok(reply)
    }

    pub(super) async fn show_roll(
        &self,
        request: wire::ShowRollRequest,
        lang: Lang,
    ) -> Answer<wire::ShowRollReply> {
        let class = said(request.class).map(|text| find::class(&text)).transpose()?;
        let (day, rolls) = self.school.rolls(class, day_said(request.day)?).await?;
        let classes = rolls.into_iter().map(|roll| roll_out(roll, lang)).collect();
        Ok(wire::ShowRollReply { day: day.to_string(), classes })
    }

    pub(super) async fn record_fact(
        &self,
        request: wire::RecordFactRequest,
        lang: Lang,
    ) -> Answer<wire::RecordFactReply> {
        let wanted = Wanted {
            child: request.child,
            kind: request.fact,
            day: day_said(request.day)?,
            until: day_said(request.until)?,
            to: request.to,
            evidence: request.evidence,
            by: account(request.by),
        };
        let done = self.school.record_fact(wanted).await?;
        let fact = done.fact.map(|fact| fact.to_string()).unwrap_or_default();
        self.fact_out((done.child, done.consequences), fact, lang).await
    }

    pub(super) async fn list_facts(
        &self,
        request: wire::ListFactsRequest,
        lang: Lang,
    ) -> Answer<wire::ListFactsReply> {
        let facts = self.school.facts(said(request.child)).await?;
        Ok(wire::ListFactsReply { facts: facts.iter().map(|fact| fact_line(fact, lang)).collect() })
    }

    pub(super) async fn withdraw_fact(
        &self,
        request: wire::WithdrawFactRequest,
        lang: Lang,
    ) -> Answer<wire::RecordFactReply> {
        let id: FactId = request.fact.parse()?;
        let done = self.school.withdraw_fact(id, request.reason, account(request.by)).await?;
        self.fact_out(done, id.to_string(), lang).await
    }

    async fn fact_out(
        &self,
        (id, consequences): (PupilId, Vec<Consequence>),
        fact: String,
        lang: Lang,
    ) -> Answer<wire::RecordFactReply> {
        let child = self.school.child_view(id).await?;
        Ok(wire::RecordFactReply {
            child: Some(child_out(&child, lang)),
            consequences: self.consequences(consequences, lang).await?,
            fact,
        })
    }
}

/// A recorded fact.
pub(super) fn fact_line(fact: &FactView, lang: Lang) -> wire::FactLine {
    let FactView { recorded, withdrawn, .. } = fact;
    let gone = withdrawn.clone();
    wire::FactLine {
        fact: fact.id.to_string(),
        child: fact.child.to_string(),
        name: fact.name.open(Purpose::SchoolStaff).clone(),
        kind: recorded.fact.kind().to_owned(),
        words: recorded.fact.say(lang),
        day: recorded.fact.effective().to_string(),
        evidence: recorded.evidence.clone(),
        recorded: recorded.recorded.0,
        by: recorded.by.clone(),
        withdrawn: gone.as_ref().map_or(0, |gone| gone.at.0),
        withdrawn_by: gone.as_ref().map(|gone| gone.by.clone()).unwrap_or_default(),
        reason: gone.map(|gone| gone.reason).unwrap_or_default(),
    }
}

fn roll_out(roll: RollView, lang: Lang) -> wire::RollRow {
    let listed = roll.call.iter().flat_map(|call| &call.listed);
    let marks = listed.zip(roll.names).map(|((id, mark), name)| wire::Mark {
        child: id.to_string(),
        name: name.open(Purpose::SchoolStaff).clone(),
        mark: marks::mark_code(*mark).to_owned(),
        words: marks::mark_words(*mark, lang),
    });
    wire::RollRow {
        class: class_text(roll.class),
        due: roll.due,
        called: roll.call.is_some(),
        children: roll.children,
        marks: marks.collect(),
        revision: roll.call.as_ref().map_or(0, |call| call.revision),
        correction: roll.call.and_then(|call| call.correction).unwrap_or_default(),
    }
}
